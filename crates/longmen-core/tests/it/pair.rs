//! The books and the model side by side, step by step.

use std::collections::BTreeMap;

use longmen_core::{
    Account, AccountId, Books, Class, Command, Decision, Entry, Event, HoldState, Key, Memo, Overdraft, Prior,
};
use longmen_money::{Amount, Currency};

use crate::digest;
use crate::generate::Step;
use crate::laws;
use crate::model::{Model, Outcome};

/// The books and the model side by side.
pub(crate) struct Pair {
    pub(crate) books: Books,
    pub(crate) model: Model,
    pub(crate) now: u64,
    position: u64,
    prior: BTreeMap<Key, Prior>,
    pub(crate) seen: BTreeMap<String, u64>,
    pub(crate) commands: u64,
    journal: Vec<Entry>,
}

impl Pair {
    /// Begins with an account below its limit and one whose counters are nearly full, as a snapshot could have them.
    pub(crate) fn new() -> Self {
        let mut model = Model::default();
        let mut accounts = Vec::new();
        let full = (1 << 126) - 20_000;
        for (name, overdraft, counter) in [
            ("deep", Overdraft::UpTo(Amount::new(10).unwrap()), 0),
            ("well", Overdraft::Unlimited, 0),
            ("full", Overdraft::Unlimited, full),
        ] {
            let (id, class) =
                (AccountId::new(name).unwrap(), if name == "well" { Class::Asset } else { Class::Liability });
            model.open(name, Currency::CNY, class, overdraft, counter);
            let mut counters = [u128::try_from(counter).unwrap(), u128::try_from(counter).unwrap(), 0, 0];
            let account = model.accounts.get_mut(name).unwrap();
            match name {
                "deep" => (counters[0], account.debits) = (900, 900),
                "well" => (counters[1], account.credits) = (900, 900),
                _ => {}
            }
            accounts.push(Account::restore(id, Currency::CNY, class, overdraft, counters));
        }
        let books = Books::restore(accounts, Vec::new());
        Self {
            books,
            model,
            now: 0,
            position: 0,
            prior: BTreeMap::new(),
            seen: BTreeMap::new(),
            commands: 0,
            journal: Vec::new(),
        }
    }

    /// Takes one step on both sides; what differs is the error.
    pub(crate) fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Tick(by) => self.now += by,
            Step::Expire => {
                while let Some(name) = self.model.expire(self.now) {
                    let entry =
                        self.books.decide_expiry(self.now).ok_or(format!("{name} has not expired"))?;
                    self.apply(&entry)?;
                    let expired = self.books.hold(&Key::new(&name).unwrap()).map(|hold| hold.state);
                    same("expired", expired, Some(HoldState::Expired))?;
                    self.compare()?;
                }
                same("left to expire", self.books.decide_expiry(self.now), None)?;
            }
            Step::Command(command) => {
                self.commands += 1;
                let want = self.model.run(command, self.now);
                let got = self.decide(command)?;
                same("outcome", got, want)?;
                self.compare()?;
            }
        }
        Ok(())
    }

    fn decide(&mut self, command: &Command) -> Result<Outcome, String> {
        let (digest, prior) = (digest(command), self.prior.get(&command.key).copied());
        let refused = |refusal: longmen_core::Refusal, journaled| Outcome::Refused {
            reason: refusal.reason,
            leg: refusal.leg.map(usize::from),
            short_by: refusal.short_by.minor().into(),
            journaled,
        };
        match self.books.decide(command.clone(), digest, prior, self.now) {
            Decision::Replay(position) => {
                self.count("replay".into());
                Ok(Outcome::Replay(position))
            }
            Decision::Refuse(refusal) => {
                self.count(refusal.reason.name().into());
                Ok(refused(refusal, false))
            }
            Decision::Entry(entry) => {
                same("digest", entry.digest, digest)?;
                same("key", entry.key, Some(command.key))?;
                same("day", entry.effective, command.effective)?;
                // A refusal keeps no text.
                let memo =
                    if let Event::Refused { .. } = entry.event { Memo::EMPTY } else { command.memo.clone() };
                same("memo", &entry.memo, &memo)?;
                self.prior.insert(command.key, Prior { digest, position: self.position });
                self.apply(&entry)?;
                let Event::Refused { refusal, .. } = entry.event else { return Ok(Outcome::Done) };
                self.count(refusal.reason.name().into());
                Ok(refused(refusal, true))
            }
        }
    }

    fn apply(&mut self, entry: &Entry) -> Result<(), String> {
        self.count(match &entry.event {
            Event::Refused { action, .. } => format!("refused {action:?}"),
            Event::HoldPlaced { expires_ns } => format!("HoldPlaced ends:{}", expires_ns.is_some()),
            Event::HoldCaptured { is_final, .. } => {
                format!("HoldCaptured final:{is_final} postings:{}", entry.postings.len().min(6))
            }
            other => format!("{other:?}").split(['(', ' ']).next().unwrap().to_owned(),
        });
        laws::check_entry(&self.books, entry)?;
        let before = laws::available(&self.books);
        self.books.apply(self.position, entry).map_err(|error| error.to_string())?;
        self.position += 1;
        self.journal.push(entry.clone());
        laws::check_sums(&self.books)?;
        laws::check_holds(&self.books)?;
        laws::check_limits(&self.books, &before)
    }

    /// Every balance and every hold.
    fn compare(&self) -> Result<(), String> {
        same("accounts", self.books.accounts().len(), self.model.accounts.len())?;
        let held = self.model.all_held();
        for account in self.books.accounts() {
            let name = account.id().as_str();
            let balance = account.balance();
            let got = [balance.posted(), balance.held(), balance.available()].map(|money| money.minor());
            let (posted, held) = (self.model.posted(name), held.get(name).copied().unwrap_or(0));
            if got != [posted, held, posted - held] {
                return Err(format!("{name}: {got:?}, the model has {posted} less {held}"));
            }
        }
        same("holds", self.books.holds().len(), self.model.holds.len())?;
        for hold in self.books.holds() {
            let want = self.model.holds.get(hold.key.as_str()).ok_or("a hold is unknown")?;
            let got =
                [hold.captured, hold.released(), hold.remaining].map(|amount| i128::from(amount.minor()));
            let same_state = hold.state.as_str() == want.state && hold.expires_ns == want.expires;
            if got != [want.captured, want.released, want.remaining] || !same_state {
                return Err(format!("{hold:?}, the model has {}, {got:?}", want.state));
            }
        }
        Ok(())
    }

    /// The journal read again and a snapshot of the end both give these books.
    pub(crate) fn check_again(&self) -> Result<(), String> {
        let mut again = Self::new().books;
        for (position, entry) in (0..).zip(&self.journal) {
            again.apply(position, entry).map_err(|error| error.to_string())?;
        }
        let restored = Books::restore(self.books.accounts().to_vec(), self.books.holds().to_vec());
        for other in [&again, &restored] {
            same("books", other, &self.books)?;
            same("next expiry", other.next_expiry_ns(), self.books.next_expiry_ns())?;
            laws::check_names(other)?;
        }
        Ok(())
    }

    fn count(&mut self, what: String) {
        *self.seen.entry(what).or_default() += 1;
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: T, want: T) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{what}: {got:?}, the model says {want:?}")) }
}
