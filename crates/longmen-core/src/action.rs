//! What commands can do, one type for each.

use alloc::boxed::Box;
use core::num::NonZeroU64;

use longmen_money::{Amount, Currency};
use smallvec::{SmallVec, smallvec};

use crate::{
    AccountId, Class, Closes, Details, EffectiveDate, Key, Limit, LimitId, Member, Overdraft, SetId, Side,
    Subject,
};

/// The most legs that one command may have.
pub const LEGS_MAX: usize = 254;

/// The legs of a posting; two of them need no allocation.
pub type Legs = SmallVec<[Leg; 2]>;

/// What a command does.
///
/// Exhaustive on purpose: a new action must get its digest before anything compiles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Open an account.
    OpenAccount(Box<OpenAccount>),
    /// Change an account's rules or what is said of it.
    ChangeAccount(Box<ChangeAccount>),
    /// Post legs at once: all of them or none.
    Post(Legs),
    /// Move up to an amount, as much as accounts have: a balancing transfer.
    Move(Box<Move>),
    /// Post the exact mirror of what the command with this key posted.
    Reverse(Key),
    /// Reserve an amount.
    PlaceHold(PlaceHold),
    /// Reserve more on an open hold.
    Increment(Increment),
    /// Post what a hold has reserved, in part or to the end.
    Capture(Capture),
    /// Give back what a hold has reserved, in part or whole.
    Release(Release),
    /// Open a set of accounts.
    OpenSet(SetId),
    /// Put an account or a set into a set.
    Join(Box<Membership>),
    /// Take an account or a set out of a set.
    Leave(Box<Membership>),
    /// Set a velocity limit, or set it anew.
    SetLimit(Box<Limit>),
    /// Drop a velocity limit.
    DropLimit(LimitId),
    /// Seal every day up to this one: no effective date may lie there any more.
    SealPeriod(EffectiveDate),
    /// Note that the key of this subject was destroyed: nothing can be kept for it any more.
    EraseSubject(Subject),
}

/// One line of a posting: an amount on one side of one account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leg {
    /// The account.
    pub account: AccountId,
    /// Its side.
    pub side: Side,
    /// How much, in minor units; more than zero.
    pub amount: Amount,
    /// The currency, which must be the account's.
    pub currency: Currency,
}

/// A new account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenAccount {
    /// Its name, for ever.
    pub id: AccountId,
    /// Its one currency.
    pub currency: Currency,
    /// What it stands for.
    pub class: Class,
    /// How far below zero it may go.
    pub overdraft: Overdraft,
    /// Whether its owner should not see it yet.
    pub hidden: bool,
    /// Whether only products may post to it, hold on it and change it; only products open such accounts.
    pub managed: bool,
    /// Its place in the chart of accounts, and what is said of it.
    pub details: Details,
}

impl OpenAccount {
    /// An account that may not go below zero.
    #[must_use]
    pub fn new(id: AccountId, currency: Currency, class: Class) -> Self {
        Self {
            id,
            currency,
            class,
            overdraft: Overdraft::FORBIDDEN,
            hidden: false,
            managed: false,
            details: Details::default(),
        }
    }

    /// The same account with another overdraft rule.
    #[must_use]
    pub fn overdraft(mut self, overdraft: Overdraft) -> Self {
        self.overdraft = overdraft;
        self
    }
}

/// A change of an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeAccount {
    /// The account.
    pub account: AccountId,
    /// The currency, which must then be the account's: an overdraft limit in minor units says nothing by itself.
    pub currency: Option<Currency>,
    /// What is changed.
    pub change: AccountChange,
}

/// What can be changed of an account.
///
/// Exhaustive on purpose: a new change must get its bytes and its audit before anything compiles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AccountChange {
    /// How far below zero it may go from now on. Where it stands already is not asked.
    Overdraft(Overdraft),
    /// Which of its sides take nothing new.
    Freeze {
        /// Debits.
        debit: bool,
        /// Credits.
        credit: bool,
    },
    /// Whether its owner should not see it.
    Hidden(bool),
    /// Close it for good: it must be empty.
    Close,
    /// Open it again after it was closed for good.
    Reopen,
    /// Its place in the chart of accounts and its metadata, in place of those before.
    Details(Details),
}

/// A move of as much as there is, up to an amount.
///
/// What moves is the least of `at_most` and what each bounded side has room for; where that is nothing, nothing moves
/// and the command is carried out all the same.
/// A side's room is what can be debited to its accounts before they stand on the debit side, holds counted, or credited
/// before they stand on the credit side: overdrafts are not drawn on, and what is only expected is not counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Move {
    /// Who is debited.
    pub debit: Party,
    /// Who is credited.
    pub credit: Party,
    /// The most that is moved, in minor units; [`Amount::MAX`] for all there is.
    pub at_most: Amount,
    /// The least: where not even that can be moved the command is refused.
    pub at_least: Amount,
    /// The currency of all the accounts.
    pub currency: Currency,
}

/// One side of a move.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Party {
    /// Its accounts, each of them once.
    pub accounts: SmallVec<[AccountId; 1]>,
    /// Whether no more moves than these accounts have room for. Several accounts must be bounded.
    pub is_bounded: bool,
    /// How the amount is shared among them.
    pub share: Share,
}

impl Party {
    /// One account, whatever it has.
    #[must_use]
    pub fn any(account: AccountId) -> Self {
        Self { accounts: smallvec![account], is_bounded: false, share: Share::InOrder }
    }

    /// One account, no further than it has room.
    #[must_use]
    pub fn up_to(account: AccountId) -> Self {
        Self { is_bounded: true, ..Self::any(account) }
    }

    /// Several accounts, the first one as far as it has room, then the second, and so on.
    #[must_use]
    pub fn in_order(accounts: &[AccountId]) -> Self {
        Self { accounts: accounts.into(), is_bounded: true, share: Share::InOrder }
    }

    /// Several accounts, each in proportion to the room that it has.
    #[must_use]
    pub fn in_proportion(accounts: &[AccountId]) -> Self {
        Self { accounts: accounts.into(), is_bounded: true, share: Share::InProportion }
    }
}

/// How an amount is shared among several accounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Share {
    /// One after the other, each as far as it has room.
    InOrder,
    /// In proportion to the room that each has. Each gets the whole units of its share; what is left over goes, a unit
    /// each, to those whose shares were cut the most, the earlier one first among equals (largest remainder).
    InProportion,
}

/// A new hold. Its name is the key of its command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlaceHold {
    /// The account on which the amount is reserved.
    pub debit: AccountId,
    /// The account in whose favour it is reserved.
    pub credit: AccountId,
    /// How much, in minor units; zero to note that something is expected.
    pub amount: Amount,
    /// The currency of both accounts.
    pub currency: Currency,
    /// Which of its accounts are closed while it is open.
    pub closes: Closes,
    /// Its life in nanoseconds from the journal time of its entry; without it the hold never expires.
    pub expires_after_ns: Option<NonZeroU64>,
}

impl PlaceHold {
    /// A hold that never expires and closes nothing.
    #[must_use]
    pub fn new(debit: AccountId, credit: AccountId, amount: Amount, currency: Currency) -> Self {
        Self { debit, credit, amount, currency, closes: Closes::default(), expires_after_ns: None }
    }

    /// The same hold with a life, in nanoseconds from the journal time of its entry.
    #[must_use]
    pub fn expires_after_ns(mut self, life_ns: NonZeroU64) -> Self {
        self.expires_after_ns = Some(life_ns);
        self
    }
}

/// An increment of a hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Increment {
    /// The hold's key.
    pub hold: Key,
    /// How much, in minor units; more than zero.
    pub amount: Amount,
    /// The currency, which must be the hold's.
    pub currency: Currency,
    /// Whether the amount is the new total that the hold is for, rather than what is added to it.
    pub is_total: bool,
}

/// A capture of a hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capture {
    /// The hold's key.
    pub hold: Key,
    /// How much, in minor units; more than zero, and at most what remains unless the command is forced.
    pub amount: Amount,
    /// The currency, which must be the hold's.
    pub currency: Currency,
    /// Whether the rest of the hold is released with it.
    pub is_final: bool,
    /// Who is credited with which part; without any it is the account that the hold names.
    pub to: SmallVec<[Portion; 1]>,
}

/// A part of a captured amount and the account that is credited with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Portion {
    /// The credited account.
    pub credit: AccountId,
    /// How much, in minor units; more than zero.
    pub amount: Amount,
}

/// A release of a hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Release {
    /// The hold's key.
    pub hold: Key,
    /// How much, in minor units of which currency, which must be the hold's; without it all that remains.
    pub part: Option<(Amount, Currency)>,
}

/// A member of a set, now or from now on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Membership {
    /// The set.
    pub set: SetId,
    /// What is in it.
    pub member: Member,
}

impl Action {
    /// Whether it can move or reserve money, so that it can be forced.
    pub(crate) fn moves_money(&self) -> bool {
        matches!(
            self,
            Self::Post(_)
                | Self::Move(_)
                | Self::Reverse(_)
                | Self::PlaceHold(_)
                | Self::Increment(_)
                | Self::Capture(_)
        )
    }
}
