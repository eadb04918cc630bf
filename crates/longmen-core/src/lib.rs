//! The ledger, pure: accounts, postings on two layers, holds, limits and refusals.
//!
//! [`Books`] is the whole state.
//! [`Books::decide`] turns a [`Command`] into an [`Entry`] or a [`Refusal`], and [`Books::apply`] folds an entry in.
//! Neither can name a clock, a file, a thread or a random number: time and numbers come in as arguments, so that a
//! replay of the same entries gives the same books on any machine.
//!
//! ```
//! use longmen_core::{AccountId, Books, Class, Command, Decision, Digest, Key, Leg, OpenAccount};
//! use longmen_money::{Amount, Currency};
//!
//! let mut books = Books::new();
//! let mut position = 0;
//! let mut run = |books: &mut Books, command: Command| {
//!     let Decision::Entry(entry) = books.decide(command, Digest::ZERO, None, 1_000) else { panic!() };
//!     books.apply(position, &entry).unwrap();
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
//! whoever does, in [`Keys`] or elsewhere, looks a key up and passes the [`Prior`] in.

#![no_std]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

mod account;
mod apply;
mod books;
mod command;
mod decide;
mod entry;
mod hold;
mod keys;
mod memo;
mod name;
mod refusal;

pub use account::{Account, AccountNo, Balance, Class, Overdraft, Side};
pub use apply::ApplyError;
pub use books::Books;
pub use command::{Action, Capture, Command, LEGS_MAX, Leg, Legs, OpenAccount, PlaceHold, Portion, Release};
pub use decide::{Decision, Digest, Prior};
pub use entry::{ActionKind, Effect, Entry, Event, Posting, Postings};
pub use hold::{Hold, HoldNo, HoldState};
pub use keys::{KeyRow, Keys};
pub use memo::{EffectiveDate, MEMO_BYTES_MAX, Memo, contains_payment_card_number};
pub use name::{AccountId, Key, NAME_BYTES_MAX};
pub use refusal::{Reason, Refusal};
