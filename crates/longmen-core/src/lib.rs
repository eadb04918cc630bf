//! The ledger, pure: accounts, postings on two layers, holds, limits and refusals.
//!
//! [`Books`] is the whole state.
//! [`Books::decide`] turns a [`Command`] into an [`Entry`] or a [`Refusal`], and [`Books::apply`] folds an entry in.
//! Neither can name a clock, a file, a thread or a random number: time and numbers come in as arguments, so that a
//! replay of the same entries gives the same books on any machine.
//!
//! ```
//! use longmen_core::{AccountId, Books, Class, Command, Decision, Digest, Key, Known, OpenAccount};
//! use longmen_money::{Amount, Currency};
//!
//! let mut books = Books::new();
//! let mut position = 0;
//! let mut run = |books: &mut Books, command: Command| {
//!     let Decision::Entry(entry) = books.decide(command, Digest::ZERO, &Known::default(), 1_000) else { panic!() };
//!     books.apply(position, 1_000, &entry).unwrap();
//!     position += 1;
//!     entry
//! };
//! let bank = AccountId::new("bank.cny")?;
//! let alice = AccountId::new("alice.cny")?;
//! run(&mut books, Command::open_account(Key::new("k1")?, OpenAccount::new(bank, Currency::CNY, Class::Asset)));
//! run(&mut books, Command::open_account(Key::new("k2")?, OpenAccount::new(alice, Currency::CNY, Class::Liability)));
//! let hundred = Amount::parse("100.00", &Currency::CNY)?;
//! run(&mut books, Command::transfer(Key::new("k3")?, bank, alice, hundred, Currency::CNY));
//! assert_eq!(books.account(&alice).unwrap().balance().available().to_string(), "100.00 CNY");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! What it is not: it keeps nothing on disk and reads no wall clock. [`Books`] does not hold the idempotency keys:
//! whoever does looks a key up and passes what it finds in, as [`Known`].

#![no_std]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

mod account;
mod action;
mod apply;
mod books;
mod calendar;
mod change;
mod chart;
mod check;
mod command;
mod compound;
mod condition;
mod decide;
mod entry;
mod group;
mod hold;
mod limit;
mod meta;
mod name;
mod pages;
mod product;
mod refusal;
mod resolve;
mod rows;
mod share;
mod text;
mod touched;
mod undo;

pub use account::{Access, Account, AccountNo, AccountRow, Balance, Class, Overdraft, Side};
pub use action::{
    AccountChange, Action, Capture, ChangeAccount, Increment, LEGS_MAX, Leg, Legs, Membership, Move,
    OpenAccount, Party, PlaceHold, Portion, Release, Share,
};
pub use apply::ApplyError;
pub use books::{Books, Parts};
pub use chart::{AccountSet, Details, Member, MemberNo, SetNo, Totals};
pub use command::Command;
pub use compound::Step;
pub use condition::{CONDITIONS_MAX, Condition, Quantity, Relation};
pub use decide::{Decision, Digest, Known, Original, Prior};
pub use entry::{ActionKind, Effect, Entry, Event, HoldPlaced, Part, Posting, Postings};
pub use group::{GroupDecision, GroupMember, fell_with};
pub use hold::{Closes, Hold, HoldNo, HoldState};
pub use limit::{EXEMPT_MAX, Flow, Limit, LimitNo, LimitState, Most, Scope, Usage, Window};
pub use meta::{Extras, META_PAIRS_MAX, META_TEXT_BYTES_MAX, Meta, SECRET_BYTES_MAX, Secret, Value};
pub use name::{AccountId, Code, Key, LimitId, MetaKey, NAME_BYTES_MAX, SetId, Subject};
pub use product::{Obstacle, OpenThings, Phase, Thing};
pub use refusal::{Detail, Obstacles, Reason, Refusal};
pub use rows::Rows;
pub use text::{EffectiveDate, MEMO_BYTES_MAX, Memo, NotADay, contains_payment_card_number};
pub use touched::Changed;
