//! An embeddable double-entry wallet ledger: one directory, one writer, every entry durable and hash-chained.
//!
//! ```
//! use longmen::{AccountId, Amount, Class, Command, Currency, Key, Ledger, OpenAccount};
//!
//! let dir = tempfile::tempdir()?;
//! let ledger = Ledger::create(dir.path())?;
//! let (bank, alice) = (AccountId::new("bank.cny")?, AccountId::new("alice.cny")?);
//! let opened = ledger.submit_all(vec![
//!     Command::open_account(Key::new("open-bank")?, OpenAccount::new(bank, Currency::CNY, Class::Asset)),
//!     Command::open_account(Key::new("open-alice")?, OpenAccount::new(alice, Currency::CNY, Class::Liability)),
//! ]);
//! for receipt in opened.wait()? {
//!     receipt.accepted()?;
//! }
//!
//! let amount = Amount::parse("100.00", &Currency::CNY)?;
//! let top_up = Command::transfer(Key::new("top-up-1")?, bank, alice, amount, Currency::CNY);
//! let stamp = ledger.submit(top_up).wait()?.accepted()?;
//! println!("durable at position {}, {}", stamp.position, stamp.hash);
//!
//! assert_eq!(ledger.balance(&alice).expect("it is open").available().to_string(), "100.00 CNY");
//! ledger.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Ledger`] is the handle and [`Options`] says how it is run; [`Command`] is what you submit and [`Receipt`] what you
//! get back. [`replay`] reads a ledger without opening it for writing, and [`verify`] checks every byte of it.
//!
//! `follow` starts a replica, which answers at any position beside the writer or in another process; it is the feature
//! `replica`, which is on unless you turn it off.
//!
//! What it is not: no server, no database and no replication; it keeps one directory on one machine, and an outsider
//! must keep a receipt of his own to notice that a whole directory was replaced by an older one.

use std::path::Path;
use std::sync::Arc;

pub use longmen_audit::{AuditError, CurrencyTotals, EntryCounts, Law, Report, Violation};
pub use longmen_core::{
    Access, Account, AccountChange, AccountId, AccountNo, AccountSet, Action, ActionKind, Balance, Books,
    CONDITIONS_MAX, Capture, ChangeAccount, Changed, Class, Closes, Code, Command, Condition, Decision,
    Detail, Details, Digest, EXEMPT_MAX, Effect, EffectiveDate, Event, Extras, Flow, GroupDecision,
    GroupMember, Hold, HoldNo, HoldPlaced, HoldState, Increment, Key, Known, LEGS_MAX, Leg, Legs, Limit,
    LimitId, LimitNo, LimitState, MEMO_BYTES_MAX, META_PAIRS_MAX, META_TEXT_BYTES_MAX, Member, MemberNo,
    Membership, Memo, Meta, MetaKey, Most, Move, NAME_BYTES_MAX, NotADay, Obstacle, Obstacles, OpenAccount,
    OpenThings, Original, Overdraft, Part, Party, Phase, PlaceHold, Portion, Posting, Postings, Prior,
    Quantity, Reason, Refusal, Relation, Release, Rows, SECRET_BYTES_MAX, Scope, Secret, SetId, SetNo, Share,
    Side, Subject, Thing, Totals, Usage, Value, Window, contains_payment_card_number,
};
pub use longmen_engine::{
    Clock, Content, Durability, Entries, Error, FoundEntries, JournalEntry, Ledger, Options, Outcome,
    Receipt, Replayed, Stamp, Ticket, View, Waiting,
};
pub use longmen_journal::{
    Claim, Damage, DamageClass, FileStorage, Hash, Head, Inspection, InspectionState, JournalError, LedgerId,
    MemoryStorage, Opening, ReadFile, ReadStorage, Record, Recovery, Snapshot, Storage, Watch, WriteFile,
    record,
};
pub use longmen_money::{Amount, AmountError, Currency, CurrencyError, Money, Sum};
#[cfg(feature = "replica")]
#[doc(inline)]
pub use longmen_replica as replica;
#[cfg(feature = "replica")]
pub use longmen_replica::Replica;
#[doc(inline)]
pub use longmen_secret as secret;
#[doc(inline)]
pub use longmen_wallet as wallet;
pub use longmen_wallet::{Entry, State, Wish};

/// Replays the ledger in `dir` without opening it for writing, also beside a live writer, and never writes.
///
/// With `until`, only the entries before that position are taken: the balances as they were then.
///
/// # Errors
///
/// [`Error`] where there is no ledger, or it is damaged.
pub fn replay(dir: impl AsRef<Path>, until: Option<u64>) -> Result<Replayed, Error> {
    replay_with(dir, until, &mut |_, _| ())
}

/// The same as [`replay`], telling `progress` now and then how many entries are done and how many there are.
///
/// # Errors
///
/// As [`replay`].
pub fn replay_with(
    dir: impl AsRef<Path>,
    until: Option<u64>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Replayed, Error> {
    longmen_engine::replay(storage(dir), until, progress)
}

/// Walks the entries of the ledger in `dir` from `position` on, without opening it for writing.
///
/// # Errors
///
/// [`Error`] where there is no ledger, or it is damaged.
pub fn entries(dir: impl AsRef<Path>, position: u64) -> Result<Entries, Error> {
    longmen_engine::entries(storage(dir), position)
}

/// Finds the entries of the ledger in `dir` whose metadata has this pair, in their order, without opening it for writing.
///
/// # Errors
///
/// [`Error`] where there is no ledger, or it is damaged.
pub fn find_entries(dir: impl AsRef<Path>, key: &MetaKey, value: &Value) -> Result<FoundEntries, Error> {
    longmen_engine::find_entries(storage(dir), key, value)
}

/// Follows the ledger in `dir`, beside a live writer or without one, and answers queries at a position; never writes
/// there.
///
/// # Errors
///
/// [`replica::Error`] where there is no ledger, or the replica's own directory cannot be used.
#[cfg(feature = "replica")]
pub fn follow(dir: impl AsRef<Path>, options: replica::Options) -> Result<Replica, replica::Error> {
    Replica::follow(storage(dir), options)
}

/// Checks every byte of the ledger in `dir` and, in words of its own, the laws of double entry; never writes.
///
/// `progress` is told now and then how much is done of how much.
///
/// # Errors
///
/// [`AuditError`] where the directory cannot be read. Damage is no error: it is in the [`Report`].
pub fn verify(dir: impl AsRef<Path>, progress: &mut dyn FnMut(u64, u64)) -> Result<Report, AuditError> {
    longmen_audit::verify(storage(dir), progress)
}

fn storage(dir: impl AsRef<Path>) -> Arc<dyn ReadStorage> {
    Arc::new(FileStorage::new(dir.as_ref()))
}

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct ReadmeExamples;

#[cfg(doctest)]
#[doc = include_str!("../../../README.zh-CN.md")]
struct ReadmeExamplesInChinese;
