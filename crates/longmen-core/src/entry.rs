//! What happened: the facts that the journal keeps.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use longmen_money::Amount;
use serde::Serialize;
use smallvec::SmallVec;

use crate::{
    AccountChange, AccountNo, Action, Closes, Digest, EffectiveDate, Extras, HoldNo, Key, Limit, LimitNo,
    MemberNo, Memo, Meta, OpenAccount, Refusal, SetId, SetNo, Side, Subject,
};

/// The postings of an entry; four of them need no allocation.
pub type Postings = SmallVec<[Posting; 4]>;

/// One accounting fact. It is balanced: on each layer every currency sums to zero by itself.
///
/// The ledger by itself knows no products; a layer above may put what it has to say into `product`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry<P = ()> {
    /// The key of its command; entries that the writer makes by itself have none.
    pub key: Option<Key>,
    /// The digest of its command's content, zero where there was no command.
    pub digest: Digest,
    /// The day on which it counts, where that is not the day of the journal time.
    pub effective: Option<EffectiveDate>,
    /// Free text.
    pub memo: Memo,
    /// Whether the next entry is of the same atomic group.
    pub linked: bool,
    /// Whether limits and freezes were passed over.
    pub forced: bool,
    /// What happened.
    pub event: Event,
    /// Every change of a counter, on both layers.
    pub postings: Postings,
    /// Metadata, a time in the past, a secret; nothing rather than an empty box.
    pub extras: Option<Box<Extras>>,
    /// What the entry means to a product.
    pub product: P,
}

impl Entry {
    /// An entry that the writer makes by itself.
    #[must_use]
    pub fn of_writer(event: Event, postings: Postings) -> Self {
        Self {
            key: None,
            digest: Digest::ZERO,
            effective: None,
            memo: Memo::EMPTY,
            linked: false,
            forced: false,
            event,
            postings,
            extras: None,
            product: (),
        }
    }

    /// What becomes of a command that is refused because of the state of the books.
    #[must_use]
    pub fn refused(
        key: Key,
        effective: Option<EffectiveDate>,
        digest: Digest,
        action: ActionKind,
        refusal: Refusal,
    ) -> Self {
        let event = Event::Refused { action, refusal };
        Self { key: Some(key), digest, effective, ..Self::of_writer(event, Postings::new()) }
    }
}

impl<P> Entry<P> {
    /// The same entry with something else to say to products.
    #[must_use]
    pub fn with_product<Q>(self, product: Q) -> Entry<Q> {
        let Self { key, digest, effective, memo, linked, forced, event, postings, extras, product: _ } = self;
        Entry { key, digest, effective, memo, linked, forced, event, postings, extras, product }
    }

    /// What happened, one thing after the other, each with its own postings.
    pub fn parts(&self) -> impl Iterator<Item = (&Event, &[Posting])> {
        let several = match &self.event {
            Event::Compound(parts) => Some(parts),
            _ => None,
        };
        let mut rest = &self.postings[..];
        let one = several.is_none().then_some((&self.event, &self.postings[..]));
        let parts = several.into_iter().flatten().map(move |part| {
            let (own, others) = rest.split_at(usize::from(part.postings).min(rest.len()));
            rest = others;
            (&part.event, own)
        });
        one.into_iter().chain(parts)
    }

    /// Its metadata, if it has any.
    #[must_use]
    pub fn meta(&self) -> Option<&Meta> {
        self.extras.as_ref().map(|extras| &extras.meta)
    }

    /// For imported history, when it happened, in nanoseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn happened_ns(&self) -> Option<u64> {
        self.extras.as_ref().and_then(|extras| extras.happened_ns).map(NonZeroU64::get)
    }
}

/// What an entry says beside its postings.
///
/// Exhaustive on purpose: a new event must get its bytes and its audit before anything compiles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// An account was opened; its number is the count of accounts before it.
    AccountOpened(Box<OpenAccount>),
    /// An account's rules, or what is said of it, changed.
    AccountChanged {
        /// The account.
        account: AccountNo,
        /// What changed.
        change: Box<AccountChange>,
    },
    /// Legs were posted.
    Posted,
    /// As much was moved as there was, which may be nothing.
    Moved {
        /// How much, the sum of the debits.
        amount: Amount,
    },
    /// The mirror of an earlier entry's postings was posted.
    Reversed {
        /// The position of that entry.
        original: u64,
    },
    /// A hold was placed; its number is the count of holds before it.
    HoldPlaced(HoldPlaced),
    /// More was reserved on a hold.
    HoldIncremented {
        /// The hold.
        hold: HoldNo,
        /// How much more; zero where the new total was the old one.
        amount: Amount,
    },
    /// Part of a hold was posted, or something beyond it.
    HoldCaptured {
        /// The hold.
        hold: HoldNo,
        /// What was captured, in all.
        amount: Amount,
        /// How much of it was beyond what remained of the hold.
        beyond: Amount,
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
    /// A set was opened; its number is the count of sets before it.
    SetOpened(SetId),
    /// An account or a set was put into a set.
    Joined {
        /// The set.
        set: SetNo,
        /// What is in it now.
        member: MemberNo,
    },
    /// An account or a set was taken out of a set.
    Left {
        /// The set.
        set: SetNo,
        /// What was in it.
        member: MemberNo,
    },
    /// A velocity limit was set; under a new name its number is the count of limits before it.
    LimitSet(Box<Limit>),
    /// A velocity limit was dropped.
    LimitDropped {
        /// The limit.
        limit: LimitNo,
    },
    /// Every day up to this one was sealed.
    PeriodSealed {
        /// The last sealed day.
        through: EffectiveDate,
    },
    /// The key of a subject was destroyed.
    SubjectErased(Subject),
    /// Several things happened at once, for a product.
    Compound(Vec<Part>),
    /// A command was refused because of the state of the books.
    Refused {
        /// What the command wanted.
        action: ActionKind,
        /// Why it was refused.
        refusal: Refusal,
    },
}

impl Event {
    /// What happened, in lower case, such as `hold_placed`; `product` for what a product's command did at once.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::AccountOpened(_) => "account_opened",
            Self::AccountChanged { .. } => "account_changed",
            Self::Posted => "posted",
            Self::Moved { .. } => "moved",
            Self::Reversed { .. } => "reversed",
            Self::HoldPlaced(_) => "hold_placed",
            Self::HoldIncremented { .. } => "hold_incremented",
            Self::HoldCaptured { .. } => "hold_captured",
            Self::HoldReleased { .. } => "hold_released",
            Self::HoldExpired { .. } => "hold_expired",
            Self::SetOpened(_) => "set_opened",
            Self::Joined { .. } => "joined",
            Self::Left { .. } => "left",
            Self::LimitSet(_) => "limit_set",
            Self::LimitDropped { .. } => "limit_dropped",
            Self::PeriodSealed { .. } => "period_sealed",
            Self::SubjectErased(_) => "subject_erased",
            Self::Compound(_) => "product",
            Self::Refused { .. } => "refused",
        }
    }
}

/// One of the things that happened at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// What happened; never [`Event::Compound`] or [`Event::Refused`].
    pub event: Event,
    /// How many of the entry's postings are its own: they stand in the order of the parts.
    pub postings: u16,
}

/// A hold as it was placed. Where its amount is zero the entry has no postings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HoldPlaced {
    /// The account on which it is reserved.
    pub debit: AccountNo,
    /// The account in whose favour it is reserved.
    pub credit: AccountNo,
    /// How much.
    pub amount: Amount,
    /// Journal time in nanoseconds at which it ends, if any.
    pub expires_ns: Option<u64>,
    /// Which accounts it keeps closed.
    pub closes: Closes,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)+) => {
        /// The kind of an action, without its content.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum ActionKind {
            $($(#[$doc])* $kind,)+
            /// Whatever a product wants.
            Product,
        }

        impl ActionKind {
            /// Every kind, in the order of their codes in the journal.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+ Self::Product];

            /// The kind in lower case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ Self::Product => "product" }
            }
        }

        impl Action {
            /// The kind of the action.
            #[must_use]
            pub fn kind(&self) -> ActionKind {
                match self { $(Self::$kind(_) => ActionKind::$kind,)+ }
            }
        }
    };
}

kinds! {
    /// Open an account.
    OpenAccount = "open",
    /// Change an account.
    ChangeAccount = "change",
    /// Post legs.
    Post = "post",
    /// Move up to an amount.
    Move = "move",
    /// Reverse an entry.
    Reverse = "reverse",
    /// Place a hold.
    PlaceHold = "hold",
    /// Increment a hold.
    Increment = "increment",
    /// Capture a hold.
    Capture = "capture",
    /// Release a hold.
    Release = "release",
    /// Open a set.
    OpenSet = "open_set",
    /// Put something into a set.
    Join = "join",
    /// Take something out of a set.
    Leave = "leave",
    /// Set a limit.
    SetLimit = "limit",
    /// Drop a limit.
    DropLimit = "drop_limit",
    /// Seal a period.
    SealPeriod = "seal",
    /// Erase a subject.
    EraseSubject = "erase",
}

/// What a posting does to its account's counters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
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
