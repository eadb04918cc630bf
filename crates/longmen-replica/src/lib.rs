//! The read side: follows a journal, verifies and folds its entries into rows, and answers queries at a position.
//!
//! ```text
//! journal -> tail -> projection (state, history, points) -> view -> answer, with the stamp that it is true at
//!            verify   fold                    |
//!                                       checkpoint -> store (sled, or memory)
//! ```
//!
//! Architecture invariants:
//! its only input is committed entries, so it runs beside the writer, in another process, or on a copy of the files;
//! an entry is folded in only after it is verified and continues the chain of the entry before it;
//! every answer says at which position it is true, and everything in it is true at that one position;
//! what is kept in a store can be thrown away at any time, because the journal has it all.

mod ahead;
mod changes;
mod checkpoint;
mod chunk;
mod error;
mod give_way;
mod history;
mod holds;
mod line;
mod looked_up;
mod options;
mod past;
mod points;
mod projection;
mod query;
mod replica;
mod schedule;
mod shared;
mod store;
mod tail;
mod view;

pub use changes::{BalanceChange, Change, Changes, ChangesFrom};
pub use error::{Error, StoreError};
pub use line::{Line, LineKind};
pub use options::{Keep, Options};
pub use query::{
    AccountBalance, AccountsPage, Activity, ActivityItem, ActivityQuestion, Edge, EffectiveBalance,
    EntryView, Filter, Found, FoundAccount, FoundOwner, HoldsPage, ItemsQuestion, Of, OpenHold, Order,
    Paging, Period, PostingView, Statement, StatementQuestion, TrialBalance, WithdrawalsPage,
};
pub use replica::{Phase, Replica, Status};
pub use view::{Answer, View, Want};
