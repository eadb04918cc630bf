//! Holds and what becomes of them.

use std::num::NonZeroU64;

use longmen_core::{Action, Capture, Closes, Command, Increment, Key, PlaceHold, Portion, Refusal, Release};
use longmen_money::Currency;

use super::{CUSTOMERS, HOLDS_MAX, Workload, account, keep, minor};

impl Workload {
    pub(super) fn hold(&mut self, key: Key, currency: Currency) -> Result<Action, Refusal> {
        keep(&mut self.holds, HOLDS_MAX, self.at, (key, currency));
        let amount = if self.random.once_in(16) { 0 } else { 100 + self.random.below(5_000) };
        let life = if self.random.once_in(2) { 500 + self.random.below(20_000) } else { 0 };
        let debit = self.customer(currency)?;
        let hold = PlaceHold::new(debit, account("bank", 0, currency)?, minor(amount), currency);
        if self.random.once_in(16) {
            return self.closing_hold(hold);
        }
        Ok(Action::PlaceHold(PlaceHold { expires_after_ns: NonZeroU64::new(life), ..hold }))
    }

    /// Its account is closed for a while only, so that the others have something left to do.
    fn closing_hold(&mut self, hold: PlaceHold) -> Result<Action, Refusal> {
        let credit = account("spare", 0, hold.currency)?;
        let closes = Closes { debit: self.random.once_in(2), credit: true };
        let life = NonZeroU64::new(100 + self.random.below(1_000));
        Ok(Action::PlaceHold(PlaceHold { credit, closes, expires_after_ns: life, ..hold }))
    }

    /// A hold that was placed a while ago, or none.
    fn a_hold(&mut self) -> Result<(Key, Currency), Refusal> {
        match self.random.of(&self.holds) {
            Some(hold) => Ok(*hold),
            None => Ok((Key::new("no-such-hold")?, Currency::CNY)),
        }
    }

    pub(super) fn capture(&mut self) -> Result<Action, Refusal> {
        let (hold, currency) = self.a_hold()?;
        // Sometimes more than there is left of it: done only where it is forced.
        let most = if self.random.once_in(6) { 5_000 } else { 300 };
        let amount = 1 + self.random.below(most);
        let mut capture = Capture {
            hold,
            amount: minor(2 * amount),
            currency,
            is_final: self.random.once_in(3),
            to: Default::default(),
        };
        if self.random.once_in(3) {
            for (name, no) in [("bank", 0), ("user", self.random.below(CUSTOMERS))] {
                capture.to.push(Portion { credit: account(name, no, currency)?, amount: minor(amount) });
            }
        }
        Ok(Action::Capture(capture))
    }

    pub(super) fn release(&mut self) -> Result<Action, Refusal> {
        let (hold, currency) = self.a_hold()?;
        let part = self.random.once_in(2).then(|| (minor(1 + self.random.below(200)), currency));
        Ok(Action::Release(Release { hold, part }))
    }

    pub(super) fn increment(&mut self) -> Result<Action, Refusal> {
        let (hold, currency) = self.a_hold()?;
        let is_total = self.random.once_in(3);
        let amount = minor(1 + self.random.below(if is_total { 10_000 } else { 1_000 }));
        Ok(Action::Increment(Increment { hold, amount, currency, is_total }))
    }

    /// A hold that is incremented and captured in the group that places it.
    pub(super) fn hold_and_capture(&mut self) -> Result<Vec<Command>, Refusal> {
        let currency = self.currency();
        let hold = self.next_key()?;
        let action = self.hold(hold, currency)?;
        let more = Increment { hold, amount: minor(300), currency, is_total: false };
        Ok(vec![
            Command::new(hold, action),
            Command::increment(self.next_key()?, more),
            Command::capture(self.next_key()?, hold, minor(1 + self.random.below(400)), currency),
        ])
    }
}
