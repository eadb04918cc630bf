//! Folding an entry into the books.

use core::fmt;

use longmen_money::Amount;

use crate::account::Flags;
use crate::decide::Use;
use crate::resolve::pair;
use crate::undo::Undo;
use crate::{
    Access, Account, AccountChange, AccountNo, AccountRow, Books, Effect, Entry, Event, Hold, HoldNo,
    HoldPlaced, HoldState, Key, Limit, LimitNo, LimitState, MemberNo, Meta, OpenAccount, Posting, SetNo,
    Usage,
};

/// An entry that does not follow from the books it was applied to: the journal is not this ledger's, or is damaged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApplyError {
    /// The entry's position.
    pub position: u64,
    /// What does not fit.
    pub what: &'static str,
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the entry at position {} does not follow from the books: {}", self.position, self.what)
    }
}

impl core::error::Error for ApplyError {}

/// One thing that happened, and what of its entry it depends on.
pub(crate) struct Fact<'a> {
    pub(crate) key: Option<&'a Key>,
    pub(crate) meta: Option<&'a Meta>,
    pub(crate) is_imported: bool,
    pub(crate) event: &'a Event,
    pub(crate) postings: &'a [Posting],
}

impl Books {
    /// Folds in the entry at `position`, journaled at `time_ns`.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] where the entry does not follow from these books.
    /// The books are then of no further use: some of the entry's postings may have been folded in.
    pub fn apply<P>(&mut self, position: u64, time_ns: u64, entry: &Entry<P>) -> Result<(), ApplyError> {
        let misfit = |what| ApplyError { position, what };
        let (key, meta) = (entry.key.as_ref(), entry.meta());
        let is_imported = entry.happened_ns().is_some();
        let own: usize = entry.parts().map(|(_, postings)| postings.len()).sum();
        if own != entry.postings.len() {
            return Err(misfit("its parts do not name each of its postings once"));
        }
        for (event, postings) in entry.parts() {
            let fact = Fact { key, meta, is_imported, event, postings };
            self.apply_fact(position, time_ns, &fact).map_err(misfit)?;
        }
        if let Some(happened_ns) = entry.happened_ns() {
            let old = self.imported_ns.replace(happened_ns);
            self.note(Undo::Imported(old));
        }
        Ok(())
    }

    /// Folds in one thing that happened, of an entry or of what is being decided.
    pub(crate) fn apply_fact(
        &mut self,
        position: u64,
        time_ns: u64,
        fact: &Fact<'_>,
    ) -> Result<(), &'static str> {
        self.apply_postings(position, fact.postings)?;
        self.apply_event(position, fact)?;
        self.apply_usage(time_ns, fact);
        Ok(())
    }

    fn apply_postings(&mut self, position: u64, postings: &[Posting]) -> Result<(), &'static str> {
        for posting in postings {
            let account =
                self.account_mut(posting.account).ok_or("a posting names an account that is not open")?;
            account.counters.add(posting).ok_or("a counter would leave its range")?;
            account.version = position;
        }
        Ok(())
    }

    /// Counts what was posted for the limits that look at it.
    fn apply_usage(&mut self, time_ns: u64, fact: &Fact<'_>) {
        if fact.is_imported || !self.is_watched(fact.postings) {
            return;
        }
        for no in self.watching(fact.postings) {
            let Some(state) = self.limit_at(no).filter(|state| !state.limit.exempts(fact.meta)) else {
                continue;
            };
            let Use { posted, .. } = self.use_of(no, &state.limit, fact.event, fact.postings);
            if posted != 0 {
                self.count(no, time_ns, posted);
            }
        }
    }

    fn apply_event(&mut self, position: u64, fact: &Fact<'_>) -> Result<(), &'static str> {
        match fact.event {
            Event::Posted | Event::Moved { .. } | Event::Refused { .. } => Ok(()),
            Event::Compound(_) => Err("there are parts within a part"),
            Event::AccountOpened(account) => self.apply_opened(position, account),
            Event::AccountChanged { account, change } => self.apply_changed(position, *account, change),
            Event::Reversed { original } => {
                if *original >= position || self.reversal_of(*original).is_some() {
                    return Err("it reverses an entry that was reversed, or is not there yet");
                }
                self.note_reversal(*original, position);
                Ok(())
            }
            Event::HoldPlaced(placed) => self.apply_placed(fact, placed),
            Event::HoldIncremented { hold, amount } => {
                let more = self.open_hold(*hold)?;
                more.amount = more.amount.checked_add(*amount).ok_or("a hold leaves the range of amounts")?;
                more.remaining =
                    more.remaining.checked_add(*amount).ok_or("a hold leaves the range of amounts")?;
                Ok(())
            }
            Event::HoldCaptured { hold, amount, beyond, is_final } => {
                self.apply_captured(*hold, *amount, *beyond, *is_final)
            }
            Event::HoldReleased { hold, amount } => {
                let freed = self.open_hold(*hold)?;
                freed.remaining = freed.remaining.checked_sub(*amount).ok_or("a release exceeds its hold")?;
                self.end_if_spent(*hold, HoldState::Released)
            }
            Event::HoldExpired { hold } => {
                self.open_hold(*hold)?.remaining = Amount::ZERO;
                self.end_if_spent(*hold, HoldState::Expired)
            }
            Event::SetOpened(id) => {
                if self.set_no(id).is_some() {
                    return Err("it opens a set that is open");
                }
                self.push_set(*id);
                Ok(())
            }
            Event::Joined { set, member } => self.apply_membership(*set, *member, true),
            Event::Left { set, member } => self.apply_membership(*set, *member, false),
            Event::LimitSet(limit) => self.apply_limit(limit),
            Event::LimitDropped { limit } => {
                let state = self.limit_at(*limit).filter(|state| state.is_in_force);
                let state = state.ok_or("it drops a limit that is not in force")?;
                let dropped = LimitState { is_in_force: false, usage: Usage::default(), ..state.clone() };
                self.change_limit(*limit, dropped);
                Ok(())
            }
            Event::PeriodSealed { through } => {
                if self.sealed_through.is_some_and(|sealed| sealed >= *through) {
                    return Err("it seals what is sealed");
                }
                let old = self.sealed_through.replace(*through);
                self.note(Undo::Sealed(old));
                Ok(())
            }
            Event::SubjectErased(subject) => {
                if self.is_erased(subject) {
                    return Err("it erases a subject that was erased");
                }
                self.note_erased(*subject);
                Ok(())
            }
        }
    }

    fn apply_opened(&mut self, position: u64, opened: &OpenAccount) -> Result<(), &'static str> {
        if self.account_no(&opened.id).is_some() {
            return Err("it opens an account that is open");
        }
        let account = Account::restore(AccountRow {
            id: opened.id,
            currency: opened.currency,
            class: opened.class,
            overdraft: opened.overdraft,
            access: Access { hidden: opened.hidden, managed: opened.managed, ..Access::default() },
            version: position,
            counters: [0; 4],
        });
        self.push_account(account, opened.details.clone());
        Ok(())
    }

    fn apply_changed(
        &mut self,
        position: u64,
        no: AccountNo,
        change: &AccountChange,
    ) -> Result<(), &'static str> {
        let account = self.account_mut(no).ok_or("it changes an account that is not open")?;
        account.version = position;
        match change {
            AccountChange::Overdraft(overdraft) => account.set_overdraft(*overdraft),
            AccountChange::Freeze { debit, credit } => {
                account.flags.set(Flags::DEBIT_FROZEN, *debit);
                account.flags.set(Flags::CREDIT_FROZEN, *credit);
            }
            AccountChange::Hidden(hidden) => account.flags.set(Flags::HIDDEN, *hidden),
            AccountChange::Close => account.flags.set(Flags::CLOSED, true),
            AccountChange::Reopen => account.flags.set(Flags::CLOSED, false),
            AccountChange::Details(details) => self.set_details(no, details.clone()),
        }
        Ok(())
    }

    fn apply_placed(&mut self, fact: &Fact<'_>, placed: &HoldPlaced) -> Result<(), &'static str> {
        let key = *fact.key.ok_or("a hold has no key")?;
        if self.hold_no(&key).is_some() {
            return Err("a hold's key was used before");
        }
        let HoldPlaced { debit, credit, amount, expires_ns, closes } = *placed;
        if fact.postings != &pair(debit, credit, Effect::Hold, amount)[..] {
            return Err("a hold's postings are not a debit and a credit of its amount on the held layer");
        }
        let account = self.account_at(debit).ok_or("a hold names an account that is not open")?;
        self.push_hold(Hold {
            key,
            debit,
            credit,
            currency: account.currency,
            amount,
            captured: Amount::ZERO,
            forced: Amount::ZERO,
            remaining: amount,
            expires_ns,
            closes,
            state: HoldState::Open,
        });
        Ok(())
    }

    fn apply_captured(
        &mut self,
        no: HoldNo,
        amount: Amount,
        beyond: Amount,
        is_final: bool,
    ) -> Result<(), &'static str> {
        let hold = self.hold_mut(no).ok_or("it names a hold that was never placed")?;
        let taken =
            amount.checked_sub(beyond).ok_or("a capture is beyond its hold by more than its amount")?;
        hold.captured = hold.captured.checked_add(taken).ok_or("a capture leaves the range of amounts")?;
        hold.forced = hold.forced.checked_add(beyond).ok_or("a capture leaves the range of amounts")?;
        hold.remaining = hold.remaining.checked_sub(taken).ok_or("a capture exceeds its hold")?;
        if hold.state != HoldState::Open {
            return Ok(());
        }
        if is_final {
            hold.remaining = Amount::ZERO;
        }
        self.end_if_spent(no, HoldState::Captured)
    }

    fn apply_membership(&mut self, set: SetNo, member: MemberNo, joins: bool) -> Result<(), &'static str> {
        let own = self.set_at(set).ok_or("it names a set that is not open")?;
        if own.members.contains(&member) == joins {
            return Err("it puts in what is in, or takes out what is not");
        }
        if joins {
            self.link(set, member);
        } else {
            self.unlink(set, member);
        }
        self.watch_again_in(member);
        Ok(())
    }

    fn apply_limit(&mut self, limit: &Limit) -> Result<(), &'static str> {
        let new = |usage| LimitState { limit: limit.clone(), is_in_force: true, usage };
        match self.limit_no(&limit.id) {
            Some(no) => {
                let old = self.limit_at(no).filter(|old| old.is_in_force && old.limit.continues(limit));
                let state = new(old.map(|old| old.usage.clone()).unwrap_or_default());
                self.change_limit(no, state);
            }
            None => {
                self.push_limit(new(Usage::default()));
                if let Some(member) = self.scope_no(limit.scope) {
                    self.watch_again_in(member);
                }
            }
        }
        Ok(())
    }

    /// Puts another limit in the place of one; who is watched may change with it.
    fn change_limit(&mut self, no: LimitNo, state: LimitState) {
        let scopes = [self.limit_at(no).map(|old| old.limit.scope), Some(state.limit.scope)];
        self.replace_limit(no, state);
        for scope in scopes.into_iter().flatten() {
            if let Some(member) = self.scope_no(scope) {
                self.watch_again_in(member);
            }
        }
    }

    fn open_hold(&mut self, no: HoldNo) -> Result<&mut Hold, &'static str> {
        let hold = self.hold_mut(no).ok_or("it names a hold that was never placed")?;
        if hold.state == HoldState::Open { Ok(hold) } else { Err("it names a hold that has ended") }
    }

    fn end_if_spent(&mut self, no: HoldNo, state: HoldState) -> Result<(), &'static str> {
        if self.open_hold(no)?.remaining.is_zero() {
            self.end_hold(no, state);
        }
        Ok(())
    }
}
