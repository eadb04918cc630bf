//! What can be asked of a view.

mod activity;
mod balance;
mod cursor;
mod entry;
mod holds;
mod merge;
mod period;
mod search;
mod statement;
mod totals;
mod wallet;

pub use activity::{Activity, ActivityItem, ActivityQuestion, Filter};
pub use balance::{AccountBalance, EffectiveBalance};
pub use cursor::Paging;
pub use entry::{EntryView, PostingView};
pub use holds::{HoldsPage, OpenHold};
pub use period::{Edge, Period};
pub use search::{Found, FoundAccount, FoundOwner};
pub use statement::{Order, Statement, StatementQuestion};
pub use totals::{AccountsPage, Of, TrialBalance};
pub use wallet::{ItemsQuestion, WithdrawalsPage};

pub(crate) use cursor::{from_hex, to_hex};
pub(crate) use entry::entry_view;
