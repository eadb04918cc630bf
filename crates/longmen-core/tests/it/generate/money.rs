//! Random commands that move or reserve money.

use core::num::NonZeroU64;

use longmen_core::{
    Action, Capture, Closes, HoldState, Increment, Key, Leg, Legs, Move, Party, PlaceHold, Portion, Release,
    Share, Side,
};
use longmen_money::{Amount, Currency};

use super::Generator;
use crate::model::ModelHold;

impl Generator<'_> {
    pub(super) fn legs(&mut self) -> Legs {
        let mut legs = Legs::new();
        let pairs = match self.random.below(800) {
            0 => 128 + self.random.below(20),
            1 => 126 + self.random.below(2),
            2..200 => 2 + self.random.below(2),
            _ => 1,
        };
        for _ in 0..pairs {
            let currency = self.currency();
            let (debit, credit) = self.accounts(currency);
            let drawn = if self.random.once_in(2) { debit } else { credit };
            let close = self.available(&drawn);
            let amount = if pairs > 100 { Amount::new(1).unwrap() } else { self.amount(close) };
            legs.push(Leg { account: debit, side: Side::Debit, amount, currency });
            legs.push(Leg { account: credit, side: Side::Credit, amount, currency });
        }
        if self.random.once_in(40) {
            legs.pop();
        }
        if self.random.once_in(2) {
            legs.rotate_left(1);
        }
        legs
    }

    pub(super) fn moved(&mut self) -> Move {
        let currency = self.currency();
        let is_open = self.random.below(3);
        let debit = self.party(currency, is_open == 0);
        let mut credit = self.party(currency, is_open == 1);
        if !self.random.once_in(30) {
            credit.accounts.retain(|id| !debit.accounts.contains(id));
        }
        if credit.accounts.is_empty() && !self.random.once_in(30) {
            credit = Party::any(self.account(Some(currency)));
        }
        let mut wanted = Move {
            debit,
            credit,
            at_most: Amount::MAX,
            at_least: Amount::ZERO,
            currency: self.other_currency(currency),
        };
        let is_known = self.model.state.accounts.len();
        let all = wanted.debit.accounts.iter().chain(&wanted.credit.accounts);
        let known = all.filter(|id| self.model.state.accounts.contains_key(id)).count();
        let is_known = is_known > 0 && known == wanted.debit.accounts.len() + wanted.credit.accounts.len();
        let close = if is_known { self.model.state.movable(&wanted) } else { 0 };
        if !self.random.once_in(5) {
            wanted.at_most = self.amount(close);
        }
        if self.random.once_in(2) {
            wanted.at_least = self.amount(close).min(wanted.at_most);
        }
        if self.random.once_in(60) {
            wanted.at_least = Amount::new(wanted.at_most.minor() + 1).unwrap_or(Amount::MAX);
        }
        wanted
    }

    fn party(&mut self, currency: Currency, is_open: bool) -> Party {
        let count = match self.random.below(600) {
            0 => 254,
            _ if is_open && !self.random.once_in(30) => 1,
            _ => 1 + self.random.below(3),
        };
        let mut accounts: Vec<_> = (0..count).map(|_| self.account(Some(currency))).collect();
        if count < 100 && !self.random.once_in(30) {
            let all = accounts.clone();
            let mut at = 0;
            accounts.retain(|id| {
                at += 1;
                !all[..at - 1].contains(id)
            });
        }
        let share = if self.random.once_in(2) { Share::InOrder } else { Share::InProportion };
        Party { accounts: accounts.into(), is_bounded: !is_open, share }
    }

    pub(super) fn reverse(&mut self) -> Action {
        let done = self.model.done.values();
        let posted = done.filter(|done| !done.posted.is_empty()).map(|done| done.command.key);
        let posted = self.random.any(posted);
        let any = self.any_key();
        Action::Reverse(if self.random.once_in(6) { any } else { posted.unwrap_or(any) })
    }

    pub(super) fn hold(&mut self) -> Action {
        let currency = self.currency();
        let (debit, credit) = self.accounts(currency);
        let life = match self.random.below(60) {
            0 => u64::MAX,
            1 | 2 => (1 << 62) + 1 - self.random.below(3),
            3..24 => 0,
            _ => 1 + self.random.below(40),
        };
        let zero = self.random.once_in(12);
        let amount = if zero { Amount::ZERO } else { self.amount(self.available(&debit)) };
        let mut closes = Closes::default();
        if self.random.once_in(10) {
            closes = Closes { debit: self.random.once_in(2), credit: self.random.once_in(2) };
        }
        let expires_after_ns = NonZeroU64::new(life);
        Action::PlaceHold(PlaceHold { debit, credit, amount, currency, closes, expires_after_ns })
    }

    /// A hold's key and the hold: an open one, most of the time.
    fn a_hold(&mut self) -> (Key, Option<ModelHold>) {
        let open_only = !self.random.once_in(5);
        let holds = self.model.state.holds.iter();
        let open = holds.clone().filter(|(_, hold)| open_only && hold.state == HoldState::Open);
        let holds = open.clone().chain(holds.filter(|_| open.clone().next().is_none()));
        match self.random.any(holds).filter(|_| !self.random.once_in(50)) {
            None => (Key::new("missing").unwrap(), None),
            Some((key, hold)) => (*key, Some(hold.clone())),
        }
    }

    pub(super) fn increment(&mut self) -> Action {
        let (hold, found) = self.a_hold();
        let debit = found.as_ref().map(|hold| hold.debit);
        let available = debit.map_or(0, |debit| self.available(&debit));
        let (placed, currency) = found.map_or((0, Currency::CNY), |hold| (hold.amount, hold.currency));
        let is_total = self.random.once_in(2);
        let close = match (is_total, self.random.once_in(3)) {
            (true, true) => placed,
            (true, false) => placed + available,
            (false, _) => available,
        };
        let (amount, currency) = (self.amount(close), self.other_currency(currency));
        Action::Increment(Increment { hold, amount, currency, is_total })
    }

    pub(super) fn capture(&mut self) -> Action {
        let (hold, found) = self.a_hold();
        let (remaining, currency) = found.map_or((0, Currency::CNY), |hold| (hold.remaining, hold.currency));
        let currency = self.other_currency(currency);
        let mut amount = self.amount(remaining);
        if self.random.once_in(2) {
            amount = Amount::new(amount.minor().div_ceil(2)).unwrap();
        }
        let mut capture =
            Capture { hold, amount, currency, is_final: self.random.once_in(4), to: Default::default() };
        let mut left = amount.minor();
        for _ in 0..*self.random.of(&[0, 0, 1, 2, 3, 3]) {
            let part = if self.random.once_in(2) { left } else { left / 2 };
            let credit = self.account(Some(currency));
            capture.to.push(Portion { credit, amount: Amount::new(part).unwrap() });
            left -= part;
        }
        if let Some(last) = capture.to.last_mut()
            && !self.random.once_in(10)
        {
            last.amount = Amount::new(last.amount.minor() + left).unwrap();
        }
        // A portion of nothing is refused, so most of them are left out.
        if !self.random.once_in(10) {
            capture.to.retain(|portion| !portion.amount.is_zero());
        }
        if self.random.once_in(400) {
            capture.to = (0..254).map(|_| Portion { credit: self.account(Some(currency)), amount }).collect();
        }
        Action::Capture(capture)
    }

    pub(super) fn release(&mut self) -> Action {
        let (hold, found) = self.a_hold();
        let (remaining, currency) = found.map_or((0, Currency::CNY), |hold| (hold.remaining, hold.currency));
        let part = (self.amount(remaining), self.other_currency(currency));
        Action::Release(Release { hold, part: if self.random.once_in(3) { None } else { Some(part) } })
    }
}
