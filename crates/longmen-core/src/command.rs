//! What a caller wants.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use longmen_money::{Amount, Currency};
use smallvec::{SmallVec, smallvec};

use crate::{
    AccountChange, AccountId, Action, Capture, ChangeAccount, Condition, EffectiveDate, Extras, Increment,
    Key, Leg, Legs, Limit, Memo, Meta, Move, OpenAccount, Overdraft, PlaceHold, Release, Secret, Side,
};

/// One wish, with the key that makes a retry safe.
///
/// The wish is an [`Action`] of the ledger, unless a layer above puts wishes of its own there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command<A = Action> {
    /// The caller's own name for this command.
    pub key: Key,
    /// What is wanted.
    pub action: A,
    /// Free text that is kept beside the entry.
    pub memo: Memo,
    /// The day on which it counts, where that is not the day of the journal time.
    pub effective: Option<EffectiveDate>,
    /// Whether it and the next command of its slice are carried out both or not at all.
    ///
    /// A run of linked commands and the first one after it that is not is an atomic group.
    pub linked: bool,
    /// Whether the outside world has done it already: overdraft limits, freezes and velocity limits, the end of a hold
    /// and what remains of it stop it no more. Names, currencies, closed accounts, seals and conditions still do.
    pub force: bool,
    /// What must be so for it to be carried out.
    pub conditions: Vec<Condition>,
    /// Metadata, a time in the past, a secret.
    pub extras: Option<Box<Extras>>,
}

impl<A> Command<A> {
    /// A command without a memo that counts on the day it is journaled.
    #[must_use]
    pub fn new(key: Key, action: A) -> Self {
        Self {
            key,
            action,
            memo: Memo::EMPTY,
            effective: None,
            linked: false,
            force: false,
            conditions: Vec::new(),
            extras: None,
        }
    }

    /// The wish, and the command without it.
    #[must_use]
    pub fn take_action(self) -> (A, Command<()>) {
        let Self { key, action, memo, effective, linked, force, conditions, extras } = self;
        (action, Command { key, action: (), memo, effective, linked, force, conditions, extras })
    }

    /// The same command with another wish in it.
    #[must_use]
    pub fn with_action<B>(self, action: B) -> Command<B> {
        let Self { key, action: _, memo, effective, linked, force, conditions, extras } = self;
        Command { key, action, memo, effective, linked, force, conditions, extras }
    }

    /// The same command, its wish as a wider kind of wish.
    #[must_use]
    pub fn widen<B: From<A>>(self) -> Command<B> {
        let (action, command) = self.take_action();
        command.with_action(action.into())
    }

    /// For imported history, when it happened, in nanoseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn happened_ns(&self) -> Option<u64> {
        self.extras.as_ref().and_then(|extras| extras.happened_ns).map(NonZeroU64::get)
    }
}

impl Command {
    /// Opens an account.
    #[must_use]
    pub fn open_account(key: Key, account: OpenAccount) -> Self {
        Self::new(key, Action::OpenAccount(Box::new(account)))
    }

    /// Moves `amount` from the credit of `debit` to the credit of `credit`: a posting of two legs.
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

    /// Posts legs.
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

    /// Moves up to an amount.
    #[must_use]
    pub fn move_up_to(key: Key, wanted: Move) -> Self {
        Self::new(key, Action::Move(Box::new(wanted)))
    }

    /// Reverses what the command with the key `original` posted.
    #[must_use]
    pub fn reverse(key: Key, original: Key) -> Self {
        Self::new(key, Action::Reverse(original))
    }

    /// Reserves more, or so much in all, on an open hold.
    #[must_use]
    pub fn increment(key: Key, increment: Increment) -> Self {
        Self::new(key, Action::Increment(increment))
    }

    /// Changes an account's rules or what is said of it.
    #[must_use]
    pub fn change_account(key: Key, account: AccountId, change: AccountChange) -> Self {
        Self::new(key, Action::ChangeAccount(Box::new(ChangeAccount { account, currency: None, change })))
    }

    /// Gives an account another credit limit, in its own currency.
    #[must_use]
    pub fn set_credit_limit(key: Key, account: AccountId, limit: Amount, currency: Currency) -> Self {
        let change = AccountChange::Overdraft(Overdraft::UpTo(limit));
        let change = ChangeAccount { account, currency: Some(currency), change };
        Self::new(key, Action::ChangeAccount(Box::new(change)))
    }

    /// Sets a velocity limit.
    #[must_use]
    pub fn set_limit(key: Key, limit: Limit) -> Self {
        Self::new(key, Action::SetLimit(Box::new(limit)))
    }

    /// Releases all that remains of a hold.
    #[must_use]
    pub fn release(key: Key, hold: Key) -> Self {
        Self::new(key, Action::Release(Release { hold, part: None }))
    }
}

impl<A> Command<A> {
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

    /// The same command, linked to the next one of its slice: both are carried out or none.
    #[must_use]
    pub fn linked(mut self) -> Self {
        self.linked = true;
        self
    }

    /// The same command, forced: the outside world has done it already.
    #[must_use]
    pub fn forced(mut self) -> Self {
        self.force = true;
        self
    }

    /// The same command, with one condition more.
    #[must_use]
    pub fn only_if(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// The same command, with metadata.
    #[must_use]
    pub fn with_meta(mut self, meta: Meta) -> Self {
        self.extras.get_or_insert_default().meta = meta;
        self
    }

    /// The same command as imported history: it happened at this time, in nanoseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn happened_at(mut self, time_ns: NonZeroU64) -> Self {
        self.extras.get_or_insert_default().happened_ns = Some(time_ns);
        self
    }

    /// The same command, with a secret.
    #[must_use]
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.extras.get_or_insert_default().secret = Some(secret);
        self
    }
}
