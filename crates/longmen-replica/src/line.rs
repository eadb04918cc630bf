//! One line of an account's history.

use longmen_core::{AccountId, Balance, Effect, EffectiveDate, Event, Posting, Side};
use longmen_money::Sum;
use longmen_wallet::ProductKind;
use serde::Serialize;

/// One posting on one account, as a statement shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Line {
    /// The account.
    pub account: AccountId,
    /// The position of its entry.
    pub position: u64,
    /// Its place among the lines of the account in that entry, from 0.
    pub index: u16,
    /// The journal time of its entry, in nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: u64,
    /// The day on which it counts: the effective date of its entry, or else the day of its journal time in UTC.
    pub effective: EffectiveDate,
    /// What it came of.
    pub kind: LineKind,
    /// The product whose command or event it is, if any.
    pub product: Option<ProductKind>,
    /// The side.
    pub side: Side,
    /// The layer, and whether that grows or shrinks.
    pub effect: Effect,
    /// How much.
    pub amount: Sum,
    /// The account on the other side, where it is one account.
    pub other: Option<AccountId>,
    /// The account's balance after it.
    pub balance: Balance,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)+) => {
        /// What a line came of.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum LineKind { $($(#[$doc])* $kind,)+ }

        impl LineKind {
            /// Every kind, in the order of their codes in the store.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// The kind in lower case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }
        }
    };
}

kinds! {
    /// Legs that were posted.
    Post = "post",
    /// A move of as much as there was.
    Move = "move",
    /// A reversal.
    Reverse = "reverse",
    /// A hold that was placed.
    Hold = "hold",
    /// More that was reserved on a hold.
    Increment = "increment",
    /// A capture of a hold.
    Capture = "capture",
    /// A release of a hold.
    Release = "release",
    /// The expiry of a hold.
    Expire = "expire",
}

impl LineKind {
    /// The kind of line that an event's postings make; nothing for events without postings.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Posted => Some(Self::Post),
            Event::Moved { .. } => Some(Self::Move),
            Event::Reversed { .. } => Some(Self::Reverse),
            Event::HoldPlaced(_) => Some(Self::Hold),
            Event::HoldIncremented { .. } => Some(Self::Increment),
            Event::HoldCaptured { .. } => Some(Self::Capture),
            Event::HoldReleased { .. } => Some(Self::Release),
            Event::HoldExpired { .. } => Some(Self::Expire),
            _ => None,
        }
    }
}

/// The counters of an account: debits posted, credits posted, debits held, credits held.
pub(crate) type Counters = [u128; 4];

/// The counters after a posting; nothing where one would leave its range.
pub(crate) fn after(mut counters: Counters, posting: &Posting) -> Option<Counters> {
    let side = usize::from(posting.side == Side::Credit);
    let amount = u128::from(posting.amount.minor());
    let counter = match posting.effect {
        Effect::Post => counters.get_mut(side)?,
        Effect::Hold | Effect::Unhold => counters.get_mut(2 + side)?,
    };
    *counter = match posting.effect {
        Effect::Unhold => counter.checked_sub(amount)?,
        Effect::Post | Effect::Hold => counter.checked_add(amount)?,
    };
    Some(counters)
}
