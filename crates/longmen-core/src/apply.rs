//! Folding an entry into the books.

use core::fmt;

use longmen_money::Amount;

use crate::account::Counters;
use crate::{Account, Books, Effect, Entry, Event, Hold, HoldNo, HoldState, Posting, Side};

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

impl Books {
    /// Folds in the entry at `position`.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] where the entry does not follow from these books.
    /// The books are then of no further use: some of the entry's postings may have been folded in.
    pub fn apply(&mut self, position: u64, entry: &Entry) -> Result<(), ApplyError> {
        let misfit = |what| ApplyError { position, what };
        self.apply_postings(&entry.postings).map_err(misfit)?;
        self.apply_event(entry).map_err(misfit)
    }

    fn apply_postings(&mut self, postings: &[Posting]) -> Result<(), &'static str> {
        for posting in postings {
            let account =
                self.account_mut(posting.account).ok_or("a posting names an account that is not open")?;
            account.counters = account.counters.with(posting).ok_or("a counter would leave its range")?;
        }
        Ok(())
    }

    fn apply_event(&mut self, entry: &Entry) -> Result<(), &'static str> {
        match &entry.event {
            Event::AccountOpened(account) => {
                if self.account_no(&account.id).is_some() {
                    return Err("it opens an account that is open");
                }
                self.push_account(Account {
                    id: account.id,
                    currency: account.currency,
                    class: account.class,
                    overdraft: account.overdraft,
                    counters: Counters::default(),
                });
                Ok(())
            }
            Event::Posted | Event::Refused { .. } => Ok(()),
            Event::HoldPlaced { expires_ns } => self.apply_placed(entry, *expires_ns),
            Event::HoldCaptured { hold, amount, is_final } => {
                let taken = self.open_hold(*hold)?;
                taken.captured =
                    taken.captured.checked_add(*amount).ok_or("a capture leaves the range of amounts")?;
                taken.remaining = taken.remaining.checked_sub(*amount).ok_or("a capture exceeds its hold")?;
                if *is_final {
                    taken.remaining = Amount::ZERO;
                }
                self.end_if_spent(*hold, HoldState::Captured)
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
        }
    }

    fn apply_placed(&mut self, entry: &Entry, expires_ns: Option<u64>) -> Result<(), &'static str> {
        let key = entry.key.ok_or("a hold has no key")?;
        if self.hold_no(&key).is_some() {
            return Err("a hold's key was used before");
        }
        let [debit, credit] = entry.postings.as_slice() else { return Err("a hold has not two postings") };
        let sides = (debit.side, credit.side, debit.effect, credit.effect);
        if sides != (Side::Debit, Side::Credit, Effect::Hold, Effect::Hold) || debit.amount != credit.amount {
            return Err("a hold's postings are not a debit and a credit of one amount on the held layer");
        }
        let account = self.account_at(debit.account).ok_or("a hold names an account that is not open")?;
        self.push_hold(Hold {
            key,
            debit: debit.account,
            credit: credit.account,
            currency: account.currency,
            amount: debit.amount,
            captured: Amount::ZERO,
            remaining: debit.amount,
            expires_ns,
            state: HoldState::Open,
        });
        Ok(())
    }

    fn open_hold(&mut self, no: HoldNo) -> Result<&mut Hold, &'static str> {
        let hold = self.hold_mut(no).ok_or("it names a hold that was never placed")?;
        if hold.state == HoldState::Open { Ok(hold) } else { Err("it names a hold that has ended") }
    }

    fn end_if_spent(&mut self, no: HoldNo, state: HoldState) -> Result<(), &'static str> {
        let hold = self.open_hold(no)?;
        if hold.remaining.is_zero() {
            hold.state = state;
            let expires_ns = hold.expires_ns;
            self.forget_expiry(no, expires_ns);
        }
        Ok(())
    }
}
