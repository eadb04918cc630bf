//! A naive ledger: names for accounts, signed sums, holds added up each time they are asked for.
//!
//! It shares nothing with the core but the types of commands and reasons.
//! A command is judged by writing down every fault that it has and taking the first one of the lowest code; limits
//! are judged by making the change, looking at the result, and taking it back.

use std::collections::BTreeMap;

use longmen_core::{Action, Capture, Class, Command, Key, Overdraft, PlaceHold, Reason, Side};
use longmen_money::{Amount, Currency};

use crate::shape::shape;

const FULL: i128 = 1 << 126;
const AMOUNT_MAX: i128 = 999_999_999_999_999_999;

#[derive(Clone)]
pub(crate) struct ModelAccount {
    pub(crate) currency: Currency,
    pub(crate) grows_by_debit: bool,
    pub(crate) floor: Option<i128>,
    pub(crate) debits: i128,
    pub(crate) credits: i128,
}

#[derive(Clone)]
pub(crate) struct ModelHold {
    pub(crate) debit: String,
    pub(crate) credit: String,
    pub(crate) currency: Currency,
    pub(crate) captured: i128,
    pub(crate) released: i128,
    pub(crate) remaining: i128,
    pub(crate) expires: Option<u64>,
    pub(crate) state: &'static str,
    placed: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Done,
    Replay(u64),
    Refused { reason: Reason, leg: Option<usize>, short_by: i128, journaled: bool },
}

/// What is wrong, at which leg, and by how much.
pub(crate) type Fault = (Reason, Option<usize>, i128);

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) accounts: BTreeMap<String, ModelAccount>,
    pub(crate) holds: BTreeMap<String, ModelHold>,
    /// What was journaled under each key, and where.
    pub(crate) done: BTreeMap<String, (Command, u64)>,
    position: u64,
}

impl Model {
    pub(crate) fn open(
        &mut self,
        name: &str,
        currency: Currency,
        class: Class,
        overdraft: Overdraft,
        posted: i128,
    ) {
        let floor = match overdraft {
            Overdraft::Unlimited => None,
            Overdraft::UpTo(limit) => Some(-i128::from(limit.minor())),
        };
        let grows_by_debit = class == Class::Asset || class == Class::Expense;
        // `posted` on both sides, so that a full account can be told from an empty one.
        let account = ModelAccount { currency, grows_by_debit, floor, debits: posted, credits: posted };
        assert!(self.accounts.insert(name.into(), account).is_none());
    }

    pub(crate) fn held(&self, name: &str) -> i128 {
        let by_debit = self.accounts[name].grows_by_debit;
        let named = |hold: &ModelHold| if by_debit { hold.credit == name } else { hold.debit == name };
        let mine = |hold: &&ModelHold| hold.remaining != 0 && named(hold);
        self.holds.values().filter(mine).map(|hold| hold.remaining).sum()
    }

    /// What each account holds, in one walk over the holds.
    pub(crate) fn all_held(&self) -> BTreeMap<&str, i128> {
        let mut held = BTreeMap::new();
        for hold in self.holds.values().filter(|hold| hold.remaining != 0) {
            for (name, by_debit) in [(&hold.debit, false), (&hold.credit, true)] {
                if self.accounts[name].grows_by_debit == by_debit {
                    *held.entry(name.as_str()).or_default() += hold.remaining;
                }
            }
        }
        held
    }

    pub(crate) fn posted(&self, name: &str) -> i128 {
        let account = &self.accounts[name];
        let posted = account.debits - account.credits;
        if account.grows_by_debit { posted } else { -posted }
    }

    /// The next hold to end by `now`: the earliest, and of those the one that was placed first.
    pub(crate) fn expire(&mut self, now: u64) -> Option<String> {
        let due =
            |hold: &ModelHold| hold.state == "open" && hold.expires.is_some_and(|expires| expires <= now);
        let due = self.holds.iter().filter(|(_, hold)| due(hold));
        let (name, _) = due.min_by_key(|(_, hold)| (hold.expires, hold.placed))?;
        let name = name.clone();
        self.take(&name, 0, None, "expired");
        self.position += 1;
        Some(name)
    }

    pub(crate) fn run(&mut self, command: &Command, now: u64) -> Outcome {
        let key = command.key.as_str();
        let mut faults = shape(&command.action, now);
        if let Some((first, position)) = self.done.get(key) {
            let same = first.action == command.action
                && first.memo == command.memo
                && first.effective == command.effective;
            if same {
                return Outcome::Replay(*position);
            }
            faults.push((Reason::KeyReused, None, 0));
        }
        if faults.is_empty() {
            faults = self.state_faults(&command.action);
        }
        if faults.is_empty() {
            faults = self.try_out(command, now);
        }
        // Of equal codes the first is given: faults are written down in the order of legs.
        let worst = faults.into_iter().min_by_key(|(reason, _, _)| reason.code());
        let outcome = match worst {
            None => Outcome::Done,
            Some((reason, leg, short_by)) => {
                Outcome::Refused { reason, leg, short_by, journaled: reason.code() >= 300 }
            }
        };
        if !matches!(outcome, Outcome::Refused { journaled: false, .. }) {
            self.done.insert(key.into(), (command.clone(), self.position));
            self.position += 1;
        }
        outcome
    }

    /// Faults that the books show before anything is changed.
    fn state_faults(&self, action: &Action) -> Vec<Fault> {
        match action {
            Action::OpenAccount(open) => {
                let exists = self.accounts.contains_key(open.id.as_str());
                exists.then_some((Reason::AccountExists, None, 0)).into_iter().collect()
            }
            Action::Post(legs) => self.names(legs.iter().map(|leg| (leg.account.as_str(), leg.currency))),
            Action::PlaceHold(hold) => {
                let currency = hold.currency;
                self.names([(hold.debit.as_str(), currency), (hold.credit.as_str(), currency)].into_iter())
            }
            Action::Capture(capture) => {
                let mut faults =
                    self.names(capture.to.iter().map(|to| (to.credit.as_str(), capture.currency)));
                faults.extend(self.hold_faults(&capture.hold, Some((capture.amount, capture.currency))));
                faults
            }
            Action::Release(release) => self.hold_faults(&release.hold, release.part),
        }
    }

    fn names<'a>(&self, names: impl Iterator<Item = (&'a str, Currency)>) -> Vec<Fault> {
        let fault = |(leg, (name, currency)): (usize, (&str, Currency))| match self.accounts.get(name) {
            None => Some((Reason::AccountNotFound, Some(leg), 0)),
            Some(account) if account.currency != currency => Some((Reason::CurrencyMismatch, Some(leg), 0)),
            Some(_) => None,
        };
        names.enumerate().filter_map(fault).collect()
    }

    fn hold_faults(&self, key: &Key, part: Option<(Amount, Currency)>) -> Vec<Fault> {
        let Some(hold) = self.holds.get(key.as_str()) else { return vec![(Reason::HoldNotFound, None, 0)] };
        let over = part.map_or(0, |(amount, _)| i128::from(amount.minor()) - hold.remaining);
        let other_currency = part.is_some_and(|(_, currency)| currency != hold.currency);
        let faults = [
            (other_currency, Reason::CurrencyMismatch),
            (hold.state == "captured", Reason::HoldCaptured),
            (hold.state == "released", Reason::HoldReleased),
            (hold.state == "expired", Reason::HoldExpired),
            (over > 0, Reason::ExceedsHold),
        ];
        let short = |reason| if reason == Reason::ExceedsHold { over } else { 0 };
        faults.into_iter().filter(|(is, _)| *is).map(|(_, reason)| (reason, None, short(reason))).collect()
    }

    /// Makes the change, and takes it back if an account is then where it may not be.
    fn try_out(&mut self, command: &Command, now: u64) -> Vec<Fault> {
        let touched = self.touched(&command.action);
        let available = |model: &Self, name: &str| model.posted(name) - model.held(name);
        let before: Vec<i128> = touched.iter().map(|(_, name)| available(self, name)).collect();
        let old_accounts: Vec<_> = touched.iter().map(|(_, name)| self.accounts[name].clone()).collect();
        let old_hold = match &command.action {
            Action::Capture(capture) => self.holds.get(capture.hold.as_str()).cloned(),
            _ => None,
        };
        self.change(command, now);
        let mut faults = Vec::new();
        for ((leg, name), before) in touched.iter().zip(before) {
            let (account, after) = (&self.accounts[name], available(self, name));
            if account.debits >= FULL || account.credits >= FULL {
                faults.push((Reason::CounterOverflow, *leg, 0));
            } else if account.floor.is_some_and(|floor| after < before && after < floor) {
                let short_by = (account.floor.unwrap() - after).min(AMOUNT_MAX);
                faults.push((Reason::InsufficientFunds, *leg, short_by));
            }
        }
        if !faults.is_empty() {
            for ((_, name), account) in touched.into_iter().zip(old_accounts) {
                self.accounts.insert(name, account);
            }
            match old_hold {
                Some(hold) => drop(self.holds.insert(hold_of(command), hold)),
                None => drop(self.holds.remove(command.key.as_str())),
            }
        }
        faults
    }

    /// The accounts that a change moves, with the leg that each is named by.
    fn touched(&self, action: &Action) -> Vec<(Option<usize>, String)> {
        let pair =
            |debit: &str, credit: &str| vec![(Some(0), debit.to_owned()), (Some(1), credit.to_owned())];
        match action {
            Action::OpenAccount(_) | Action::Release(_) => Vec::new(),
            Action::Post(legs) => {
                legs.iter().enumerate().map(|(at, leg)| (Some(at), leg.account.to_string())).collect()
            }
            Action::PlaceHold(hold) => pair(hold.debit.as_str(), hold.credit.as_str()),
            Action::Capture(capture) => {
                let hold = &self.holds[capture.hold.as_str()];
                if capture.to.is_empty() {
                    return pair(&hold.debit, &hold.credit);
                }
                let portions =
                    capture.to.iter().enumerate().map(|(at, to)| (Some(at), to.credit.to_string()));
                [(None, hold.debit.clone())].into_iter().chain(portions).collect()
            }
        }
    }

    fn change(&mut self, command: &Command, now: u64) {
        match &command.action {
            Action::OpenAccount(open) => {
                self.open(open.id.as_str(), open.currency, open.class, open.overdraft, 0);
            }
            Action::Post(legs) => {
                legs.iter().for_each(|leg| self.post(leg.account.as_str(), leg.side, leg.amount.minor()));
            }
            Action::PlaceHold(hold) => self.place(command.key.as_str(), hold, now),
            Action::Capture(capture) => self.capture(capture),
            Action::Release(release) => {
                let amount = release.part.map(|(amount, _)| i128::from(amount.minor()));
                self.take(release.hold.as_str(), 0, amount, "released");
            }
        }
    }

    fn post(&mut self, name: &str, side: Side, amount: u64) {
        let account = self.accounts.get_mut(name).unwrap();
        let counter = if side == Side::Debit { &mut account.debits } else { &mut account.credits };
        *counter += i128::from(amount);
    }

    fn place(&mut self, name: &str, hold: &PlaceHold, now: u64) {
        let hold = ModelHold {
            debit: hold.debit.to_string(),
            credit: hold.credit.to_string(),
            currency: hold.currency,
            captured: 0,
            released: 0,
            remaining: hold.amount.minor().into(),
            expires: hold.expires_after_ns.map(|life| now + life.get()),
            state: "open",
            placed: self.position,
        };
        self.holds.insert(name.into(), hold);
    }

    fn capture(&mut self, capture: &Capture) {
        let hold = self.holds[capture.hold.as_str()].clone();
        self.post(&hold.debit, Side::Debit, capture.amount.minor());
        if capture.to.is_empty() {
            self.post(&hold.credit, Side::Credit, capture.amount.minor());
        }
        for portion in &capture.to {
            self.post(portion.credit.as_str(), Side::Credit, portion.amount.minor());
        }
        let rest = if capture.is_final { None } else { Some(0) };
        self.take(capture.hold.as_str(), capture.amount.minor().into(), rest, "captured");
    }

    /// Takes from a hold what was captured and what is given back, `None` being all the rest.
    fn take(&mut self, name: &str, captured: i128, released: Option<i128>, end: &'static str) {
        let hold = self.holds.get_mut(name).unwrap();
        let released = released.unwrap_or(hold.remaining - captured);
        hold.captured += captured;
        hold.released += released;
        hold.remaining -= captured + released;
        if hold.remaining == 0 {
            hold.state = end;
        }
    }
}

fn hold_of(command: &Command) -> String {
    match &command.action {
        Action::Capture(capture) => capture.hold.to_string(),
        _ => command.key.to_string(),
    }
}
