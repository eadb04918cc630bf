//! What happened: the facts that the journal keeps.

use longmen_money::Amount;
use smallvec::SmallVec;

use crate::{AccountNo, Digest, EffectiveDate, HoldNo, Key, Memo, OpenAccount, Refusal, Side};

/// The postings of an entry; four of them need no allocation.
pub type Postings = SmallVec<[Posting; 4]>;

/// One accounting fact. It is balanced: on each layer every currency sums to zero by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The key of its command; entries that the writer makes by itself have none.
    pub key: Option<Key>,
    /// The digest of its command's content, zero where there was no command.
    pub digest: Digest,
    /// The day on which it counts, where that is not the day of the journal time.
    pub effective: Option<EffectiveDate>,
    /// Free text.
    pub memo: Memo,
    /// What happened.
    pub event: Event,
    /// Every change of a counter, on both layers.
    pub postings: Postings,
}

/// What an entry says beside its postings.
///
/// Exhaustive on purpose: a new event must get its bytes and its audit before anything compiles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// An account was opened; its number is the count of accounts before it.
    AccountOpened(OpenAccount),
    /// A group was posted.
    Posted,
    /// A hold was placed; its number is the count of holds before it.
    HoldPlaced {
        /// Journal time in nanoseconds at which it ends, if any.
        expires_ns: Option<u64>,
    },
    /// Part of a hold was posted.
    HoldCaptured {
        /// The hold.
        hold: HoldNo,
        /// What was captured.
        amount: Amount,
        /// Whether the rest was released with it.
        is_final: bool,
    },
    /// Part of a hold was given back.
    HoldReleased {
        /// The hold.
        hold: HoldNo,
        /// What was given back.
        amount: Amount,
    },
    /// A hold came to its time; all that remained was given back.
    HoldExpired {
        /// The hold.
        hold: HoldNo,
    },
    /// A command was refused because of the state of the books.
    Refused {
        /// What the command wanted.
        action: ActionKind,
        /// Why it was refused.
        refusal: Refusal,
    },
}

/// The kind of an action, without its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActionKind {
    /// Open an account.
    OpenAccount,
    /// Post a group.
    Post,
    /// Place a hold.
    PlaceHold,
    /// Capture a hold.
    Capture,
    /// Release a hold.
    Release,
}

impl ActionKind {
    /// Every kind, in the order of their codes in the journal.
    pub const ALL: [Self; 5] = [Self::OpenAccount, Self::Post, Self::PlaceHold, Self::Capture, Self::Release];
}

/// What a posting does to its account's counters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Adds to the posted layer.
    Post,
    /// Adds to the held layer.
    Hold,
    /// Takes from the held layer what a hold added there.
    Unhold,
}

/// One change of one counter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Posting {
    /// The account.
    pub account: AccountNo,
    /// Which side.
    pub side: Side,
    /// Which layer, and whether it grows or shrinks.
    pub effect: Effect,
    /// How much, in minor units.
    pub amount: Amount,
}
