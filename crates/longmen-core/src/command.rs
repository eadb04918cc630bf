//! What a caller wants.

use core::num::NonZeroU64;

use longmen_money::{Amount, Currency};
use smallvec::{SmallVec, smallvec};

use crate::{AccountId, Class, EffectiveDate, Key, Memo, Overdraft, Reason, Refusal, Side};

/// The most legs that one group may have.
pub const LEGS_MAX: usize = 254;

/// The legs of a group; two of them need no allocation.
pub type Legs = SmallVec<[Leg; 2]>;

/// One wish, with the key that makes a retry safe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// The caller's own name for this command.
    pub key: Key,
    /// What is wanted.
    pub action: Action,
    /// Free text that is kept beside the entry.
    pub memo: Memo,
    /// The day on which it counts, where that is not the day of the journal time.
    pub effective: Option<EffectiveDate>,
}

/// What a command does.
///
/// Exhaustive on purpose: a new action must get its digest before anything compiles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Open an account.
    OpenAccount(OpenAccount),
    /// Post a group of legs at once: all of them or none.
    Post(Legs),
    /// Reserve an amount.
    PlaceHold(PlaceHold),
    /// Post what a hold has reserved, in part or to the end.
    Capture(Capture),
    /// Give back what a hold has reserved, in part or whole.
    Release(Release),
}

/// One line of a group: an amount on one side of one account.
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenAccount {
    /// Its name, for ever.
    pub id: AccountId,
    /// Its one currency.
    pub currency: Currency,
    /// What it stands for.
    pub class: Class,
    /// How far below zero it may go.
    pub overdraft: Overdraft,
}

impl OpenAccount {
    /// An account that may not go below zero.
    #[must_use]
    pub fn new(id: AccountId, currency: Currency, class: Class) -> Self {
        Self { id, currency, class, overdraft: Overdraft::FORBIDDEN }
    }

    /// The same account with another overdraft rule.
    #[must_use]
    pub fn overdraft(mut self, overdraft: Overdraft) -> Self {
        self.overdraft = overdraft;
        self
    }
}

/// A new hold. Its name is the key of its command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlaceHold {
    /// The account on which the amount is reserved.
    pub debit: AccountId,
    /// The account in whose favour it is reserved.
    pub credit: AccountId,
    /// How much, in minor units; more than zero.
    pub amount: Amount,
    /// The currency of both accounts.
    pub currency: Currency,
    /// Its life in nanoseconds from the journal time of its entry; without it the hold never expires.
    pub expires_after_ns: Option<NonZeroU64>,
}

/// A capture of a hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capture {
    /// The hold's key.
    pub hold: Key,
    /// How much, in minor units; more than zero and at most what remains.
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

impl Command {
    /// A command without a memo that counts on the day it is journaled.
    #[must_use]
    pub fn new(key: Key, action: Action) -> Self {
        Self { key, action, memo: Memo::EMPTY, effective: None }
    }

    /// Opens an account.
    #[must_use]
    pub fn open_account(key: Key, account: OpenAccount) -> Self {
        Self::new(key, Action::OpenAccount(account))
    }

    /// Moves `amount` from the credit of `debit` to the credit of `credit`: the group of two legs.
    #[must_use]
    pub fn transfer(
        key: Key,
        debit: AccountId,
        credit: AccountId,
        amount: Amount,
        currency: Currency,
    ) -> Self {
        let leg = |account, side| Leg { account, side, amount, currency };
        Self::post(key, smallvec![leg(debit, Side::Debit), leg(credit, Side::Credit)])
    }

    /// Posts a group of legs.
    #[must_use]
    pub fn post(key: Key, legs: Legs) -> Self {
        Self::new(key, Action::Post(legs))
    }

    /// Places a hold, named by `key`.
    #[must_use]
    pub fn place_hold(key: Key, hold: PlaceHold) -> Self {
        Self::new(key, Action::PlaceHold(hold))
    }

    /// Captures part of a hold and leaves the rest open.
    #[must_use]
    pub fn capture(key: Key, hold: Key, amount: Amount, currency: Currency) -> Self {
        Self::new(
            key,
            Action::Capture(Capture { hold, amount, currency, is_final: false, to: SmallVec::new() }),
        )
    }

    /// Captures part of a hold and releases the rest.
    #[must_use]
    pub fn capture_final(key: Key, hold: Key, amount: Amount, currency: Currency) -> Self {
        Self::new(
            key,
            Action::Capture(Capture { hold, amount, currency, is_final: true, to: SmallVec::new() }),
        )
    }

    /// Releases all that remains of a hold.
    #[must_use]
    pub fn release(key: Key, hold: Key) -> Self {
        Self::new(key, Action::Release(Release { hold, part: None }))
    }

    /// The same command with a memo.
    #[must_use]
    pub fn with_memo(mut self, memo: Memo) -> Self {
        self.memo = memo;
        self
    }

    /// The same command, counting on another day.
    #[must_use]
    pub fn with_effective(mut self, day: EffectiveDate) -> Self {
        self.effective = Some(day);
        self
    }

    /// Checks what can be known without the books.
    ///
    /// # Errors
    ///
    /// A refusal whose code is below 300, so that nothing is journaled.
    pub fn check(&self) -> Result<(), Refusal> {
        match &self.action {
            Action::OpenAccount(_) => Ok(()),
            Action::Post(legs) => check_legs(legs),
            Action::PlaceHold(hold) => {
                check_amount(hold.amount)?;
                if hold.debit == hold.credit { Err(Reason::SameAccount.into()) } else { Ok(()) }
            }
            Action::Capture(capture) => check_capture(capture),
            Action::Release(release) => release.part.map_or(Ok(()), |(amount, _)| check_amount(amount)),
        }
    }
}

fn check_amount(amount: Amount) -> Result<(), Refusal> {
    if amount.is_zero() { Err(Reason::AmountZero.into()) } else { Ok(()) }
}

fn check_legs(legs: &[Leg]) -> Result<(), Refusal> {
    for (at, leg) in legs.iter().enumerate() {
        check_amount(leg.amount).map_err(|refusal| refusal.at_leg(at))?;
    }
    if legs.len() < 2 {
        return Err(Reason::TooFewLegs.into());
    }
    if legs.len() > LEGS_MAX {
        return Err(Reason::TooManyLegs.into());
    }
    for (at, leg) in legs.iter().enumerate() {
        let seen = legs.iter().take(at).any(|earlier| earlier.currency == leg.currency);
        if !seen && net(legs, leg.currency) != 0 {
            return Err(Refusal::new(Reason::Unbalanced).at_leg(at));
        }
    }
    match legs {
        [one, other] if one.account == other.account => Err(Reason::SameAccount.into()),
        _ => Ok(()),
    }
}

/// Debits less credits in one currency; 254 legs of 18 digits stay far inside an `i128`.
fn net(legs: &[Leg], currency: Currency) -> i128 {
    legs.iter().filter(|leg| leg.currency == currency).fold(0, |sum: i128, leg| match leg.side {
        Side::Debit => sum.saturating_add(i128::from(leg.amount.minor())),
        Side::Credit => sum.saturating_sub(i128::from(leg.amount.minor())),
    })
}

fn check_capture(capture: &Capture) -> Result<(), Refusal> {
    check_amount(capture.amount)?;
    if capture.to.is_empty() {
        return Ok(());
    }
    for (at, portion) in capture.to.iter().enumerate() {
        check_amount(portion.amount).map_err(|refusal| refusal.at_leg(at))?;
    }
    if capture.to.len() >= LEGS_MAX {
        return Err(Reason::TooManyLegs.into());
    }
    let sum = capture.to.iter().try_fold(Amount::ZERO, |sum, portion| sum.checked_add(portion.amount));
    if sum == Some(capture.amount) { Ok(()) } else { Err(Reason::PortionsDiffer.into()) }
}
