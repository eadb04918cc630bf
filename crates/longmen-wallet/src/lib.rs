//! The products of a wallet operator, pure: everything between a customer's tap and the ledger's postings.
//!
//! [`State`] is the whole state: the ledger's [`Books`](longmen_core::Books) and the [`Products`] on them.
//! A command of a product becomes actions of the ledger and a [`Fact`], decided together and journaled as one entry:
//! all of it or none. Like the core, nothing here can name a clock, a file, a thread or a random number; deadlines are
//! computed outside and written in.
//!
//! ```
//! use longmen_core::{Decision, Digest, Key, Known};
//! use longmen_money::Currency;
//! use longmen_wallet::{Command, HouseCommand, PoolId, State};
//!
//! let mut state = State::new();
//! let open = HouseCommand::Open { pool: PoolId::new("emoney")?, currency: Currency::CNY };
//! let command = Command::new(Key::new("k1")?, open.into());
//! let Decision::Entry(entry) = state.decide(command, Digest::ZERO, &Known::default(), 0, 1) else { panic!() };
//! state.apply(0, 1, &entry).unwrap();
//! assert_eq!(state.safeguarding(1)[0].excess().to_string(), "0.00 CNY");
//! # Ok::<(), longmen_core::Refusal>(())
//! ```
//!
//! What it is not: it talks to no bank, no card network and no person. Whoever embeds it does, and tells what happened.

#![no_std]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

mod card;
mod case;
mod channel;
mod collection;
mod credit;
mod dispute;
mod draft;
mod due;
mod exchange;
mod fee;
mod gift;
mod house;
mod item;
mod lot;
mod machine;
mod matrix;
mod name;
mod owner;
mod payee;
mod payment;
mod product;
mod refund;
mod report;
mod role;
mod safeguard;
mod seen;
mod state;
mod table;
mod terms;
mod top_up;
mod transfer;
mod view;
mod withdrawal;

pub use card::{
    Authorisation, Card, CardCommand, CardEvent, Cards, CreditAuthorisation, IncrementBy, Load, Made, Parked,
    Share,
};
pub use case::{Case, CaseAccount, CaseCommand, CaseEvent, CaseMove, CaseSide, Cases};
pub use channel::{
    Channel, ChannelCommand, ChannelEvent, ChannelKind, Channels, Counterparty, SETTLED_ITEMS_MAX, Subsidy,
};
pub use collection::{
    Assignment, Batch, Batches, CollectionCommand, CollectionEvent, Deposit, Doubt, Pinned, Receiver, Sender,
};
pub use credit::{CreditCommand, CreditEvent, Part, PartState, Plan, Plans};
pub use dispute::{Dispute, DisputeCommand, DisputeEvent, DisputedOn, Disputes};
pub use due::Due;
pub use exchange::{ExchangeCommand, ExchangeEvent, Quote, Quotes};
pub use fee::{Fee, Rate, Rounding};
pub use gift::{GiftCard, GiftCards, GiftCommand, GiftEvent};
pub use house::{House, HouseCommand, HouseEvent, Houses};
pub use item::{Item, ItemChange, Items};
pub use lot::{AccountLots, Draw, Lot, LotUse, Lots, Unspent};
pub use machine::{STEPS, Steps, may_go};
pub use matrix::{PERMITTED, is_permitted};
pub use name::{CardId, ChannelId, OwnerId, PayeeId, PoolId, SHORT_NAME_BYTES_MAX, TermsId};
pub use owner::{Owner, OwnerCommand, OwnerEvent, OwnerKind, Owners, SubAccount};
pub use payee::{Payee, PayeeCommand, PayeeEvent, PayeeRef};
pub use payment::{Payment, PaymentCommand, PaymentEvent, PaymentWay, Payments};
pub use product::{Command, Entry, Fact, Product, ProductEvent, ProductKind, Wish};
pub use refund::{Refund, RefundCommand, RefundEvent, RefundOf, RefundWay, Refunds};
pub use report::{OpenItem, RoleTotals};
pub use role::{Of, Role};
pub use safeguard::Safeguarding;
pub use seen::Seen;
pub use state::{Products, State};
pub use table::{Named, Table};
pub use terms::{
    AtExpiry, CardTerms, CreditTerms, ExchangeTerms, LIMITS_MAX, LateSuccess, PaymentTerms, Rail,
    RefundParts, RefundRate, Returns, Terms, TermsCommand, TermsEvent, TermsHistory, TermsRef, TermsTable,
    TierLimit, TopUpTerms, Version, WalletTerms, WithdrawalTerms,
};
pub use top_up::{
    Arrival, Chargeback, Receipt, Recredit, TopUp, TopUpCommand, TopUpEvent, TopUpTarget, TopUps,
};
pub use transfer::{TransferCommand, TransferEvent};
pub use view::{AccountView, CardView, HoldView, OpenView, OwnerView, PendingView};
pub use withdrawal::{Withdrawal, WithdrawalCommand, WithdrawalEvent, Withdrawals};
