//! The books and the model side by side, step by step.

mod compare;
mod readers;

use std::collections::BTreeMap;
use std::fmt::Debug;

use longmen_core::{
    AccountId, AccountRow, Action, Books, Class, Command, Decision, Details, Digest, Entry, Event,
    GroupDecision, HoldState, Key, Known, Memo, OpenAccount, Original, Overdraft, Parts, Prior, fell_with,
};
use longmen_money::{Amount, Currency};

use crate::generate::Step;
use crate::laws;
use crate::model::{Fault, GroupOutcome, Model, ModelAccount, Outcome};
use readers::Readers;

/// The books and the model side by side.
pub(crate) struct Pair {
    pub(crate) books: Books,
    pub(crate) model: Model,
    pub(crate) now: u64,
    /// Books from a replay and from a snapshot, which must go on as the books do.
    twins: Vec<Books>,
    readers: Readers,
    prior: BTreeMap<Key, (Command, Prior)>,
    pub(crate) seen: BTreeMap<String, u64>,
    pub(crate) commands: u64,
    journal: Vec<(u64, Entry)>,
    digests: u128,
}

impl Pair {
    /// Begins with accounts below their limits and one whose counters are nearly full, as a snapshot could have them.
    pub(crate) fn new() -> Self {
        let mut model = Model::default();
        let mut books = Books::restore(beginning(&mut model));
        Self {
            readers: Readers::of(&mut books),
            books,
            model,
            // Two days before a year ends.
            now: 1_735_516_800_000_000_000,
            twins: Vec::new(),
            prior: BTreeMap::new(),
            seen: BTreeMap::new(),
            commands: 0,
            journal: Vec::new(),
            digests: 0,
        }
    }

    /// Takes one step on both sides; what differs is the error.
    pub(crate) fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Tick(by) => self.now += by,
            Step::Expire => self.expire()?,
            Step::Command(command) => {
                self.commands += 1;
                let want = self.model.run(command, self.now);
                let got = self.decide(command)?;
                same("outcome", &got, &want)?;
                self.compare()?;
            }
            Step::Group(group) => {
                self.commands += u64::try_from(group.len()).unwrap();
                let want = self.model.run_group(group, self.now);
                let got = self.decide_group(group)?;
                same("outcome of the group", &got, &want)?;
                self.compare()?;
            }
            Step::Twins => self.twins = vec![self.replayed()?, Books::restore(self.books.parts())],
        }
        Ok(())
    }

    fn expire(&mut self) -> Result<(), String> {
        while let Some(key) = self.model.expire(self.now) {
            let entry = self.books.decide_expiry(self.now).ok_or(format!("{key} has not expired"))?;
            for twin in &self.twins {
                same("a twin's expiry", &twin.decide_expiry(self.now).as_ref(), &Some(&entry))?;
            }
            self.apply(&entry)?;
            same("expired", &self.books.hold(&key).map(|hold| hold.state), &Some(HoldState::Expired))?;
            self.compare()?;
        }
        same("left to expire", &self.books.decide_expiry(self.now), &None)
    }

    fn decide(&mut self, command: &Command) -> Result<Outcome, String> {
        let (digest, known) = self.known(command);
        let before = self.commands.is_multiple_of(16).then(|| laws::looks(&self.books));
        let decision = self.books.decide(command.clone(), digest, &known, self.now);
        if let Some(before) = before {
            same("books after deciding", &laws::looks(&self.books), &before)?;
        }
        for twin in &self.twins {
            same("a twin's decision", &twin.decide(command.clone(), digest, &known, self.now), &decision)?;
        }
        self.outcome(command, digest, &decision)
    }

    /// What a decision says, and journals what it decided.
    fn outcome(&mut self, command: &Command, digest: Digest, decision: &Decision) -> Result<Outcome, String> {
        match decision {
            Decision::Replay(position) => {
                self.count("replay".into());
                Ok(Outcome::Replay(*position))
            }
            Decision::Refuse(refusal) => {
                if refusal.reason.is_journaled() {
                    return Err(format!("{refusal:?} is not journaled"));
                }
                self.count(refusal.reason.name().into());
                Ok(Outcome::Refused(Fault::from(*refusal)))
            }
            Decision::Entry(entry) => {
                self.journal(command, digest, entry)?;
                let Event::Refused { refusal, .. } = &entry.event else { return Ok(Outcome::Done) };
                if !refusal.reason.is_journaled() {
                    return Err(format!("{refusal:?} is journaled"));
                }
                self.count(refusal.reason.name().into());
                Ok(Outcome::Refused(Fault::from(*refusal)))
            }
        }
    }

    /// Checks what an entry keeps of its command, and applies it.
    fn journal(&mut self, command: &Command, digest: Digest, entry: &Entry) -> Result<(), String> {
        let is_refused = matches!(entry.event, Event::Refused { .. });
        let memo = if is_refused { Memo::EMPTY } else { command.memo.clone() };
        let extras = command.extras.clone().filter(|extras| !is_refused && !extras.is_empty());
        same("digest", &entry.digest, &digest)?;
        same("key", &entry.key, &Some(command.key))?;
        same("day", &entry.effective, &command.effective)?;
        // A refusal keeps no text, no metadata, no force and no link.
        same("memo", &entry.memo, &memo)?;
        same("extras", &entry.extras, &extras)?;
        same("force", &entry.forced, &(command.force && !is_refused))?;
        same("link", &entry.linked, &(command.linked && !is_refused))?;
        let position = u64::try_from(self.journal.len()).unwrap();
        let prior = Prior { digest, position, refused: is_refused };
        self.prior.insert(command.key, (command.clone(), prior));
        self.apply(entry)
    }

    fn decide_group(&mut self, group: &[Command]) -> Result<GroupOutcome, String> {
        let before = laws::looks(&self.books);
        let members: Vec<_> = group.iter().map(|command| (command.clone(), self.known(command))).collect();
        let members: Vec<_> =
            members.into_iter().map(|(command, (digest, known))| (command, digest, known)).collect();
        let position = u64::try_from(self.journal.len()).unwrap();
        let decision = self.books.decide_group(members.clone(), position, self.now);
        same("books after deciding", &laws::looks(&self.books), &before)?;
        for twin in &mut self.twins {
            same("a twin's group", &twin.decide_group(members.clone(), position, self.now), &decision)?;
        }
        match decision {
            GroupDecision::Entries(entries) => {
                same("entries", &entries.len(), &group.len())?;
                for ((command, digest, _), entry) in members.iter().zip(&entries) {
                    self.journal(command, *digest, entry)?;
                }
                self.count("group done".into());
                Ok(GroupOutcome::Done)
            }
            GroupDecision::Replay(positions) => {
                self.count("group replay".into());
                Ok(GroupOutcome::Replay(positions))
            }
            GroupDecision::Fell { culprit, decision } => {
                let (command, digest, _) = &members[culprit];
                self.count(fell_with(culprit).reason.name().into());
                Ok(GroupOutcome::Fell(culprit, self.outcome(command, *digest, &decision)?))
            }
        }
    }

    /// The digest of a command, one and the same for the same content under a key, and what the journal has on it.
    fn known(&mut self, command: &Command) -> (Digest, Known) {
        let prior = self.prior.get(&command.key);
        let digest = match prior {
            Some((earlier, prior)) if earlier == command => prior.digest,
            _ => {
                self.digests += 1;
                Digest(self.digests.to_le_bytes())
            }
        };
        let original = match &command.action {
            Action::Reverse(key) => self.prior.get(key).map(|(_, prior)| prior.position),
            _ => None,
        };
        let original = original.map(|position| Original {
            position,
            entry: Box::new(self.journal[usize::try_from(position).unwrap()].1.clone()),
        });
        (digest, Known { prior: prior.map(|(_, prior)| *prior), original })
    }

    fn apply(&mut self, entry: &Entry) -> Result<(), String> {
        self.count(match &entry.event {
            Event::Refused { action, .. } => format!("refused {action:?}"),
            Event::HoldPlaced(placed) => format!("HoldPlaced ends:{}", placed.expires_ns.is_some()),
            Event::HoldCaptured { beyond, is_final, .. } => {
                format!("HoldCaptured final:{is_final} beyond:{}", !beyond.is_zero())
            }
            Event::AccountChanged { change, .. } => format!("AccountChanged {}", word(&**change)),
            Event::LimitSet(limit) => format!("LimitSet {} {}", word(&limit.window), word(&limit.most)),
            other => word(other),
        });
        laws::check_entry(&self.books, entry)?;
        let before = laws::available(&self.books);
        let position = u64::try_from(self.journal.len()).unwrap();
        for books in [&mut self.books].into_iter().chain(&mut self.twins) {
            books.apply(position, self.now, entry).map_err(|error| error.to_string())?;
        }
        self.readers.follow(&mut self.books, position)?;
        self.journal.push((self.now, entry.clone()));
        // Journal time always grows.
        self.now += 1;
        laws::check_sums(&self.books)?;
        laws::check_holds(&self.books)?;
        if entry.forced { Ok(()) } else { laws::check_limits(&self.books, &before) }
    }

    /// The journal read again.
    fn replayed(&self) -> Result<Books, String> {
        let mut again = Self::new().books;
        for (position, (time, entry)) in (0..).zip(&self.journal) {
            again.apply(position, *time, entry).map_err(|error| error.to_string())?;
        }
        Ok(again)
    }

    /// The journal read again, a snapshot of the end, and the twins that came along all are these books.
    pub(crate) fn check_again(&self) -> Result<(), String> {
        let looks = laws::looks(&self.books);
        let [again, restored] = [self.replayed()?, Books::restore(self.books.parts())];
        for other in [&again, &restored].into_iter().chain(&self.twins) {
            same("books", other, &self.books)?;
            same("books looked at", &laws::looks(other), &looks)?;
            laws::check_names(other)?;
        }
        self.readers.check()?;
        self.compare_chart()
    }

    fn count(&mut self, what: String) {
        *self.seen.entry(what).or_default() += 1;
    }
}

/// The name of a variant.
fn word(value: &impl Debug) -> String {
    format!("{value:?}").split(['(', ' ', '{']).next().unwrap().to_owned()
}

/// Accounts as a snapshot could have them, in the model too.
fn beginning(model: &mut Model) -> Parts {
    let full = (1 << 126) - 20_000;
    let ten = Overdraft::UpTo(Amount::new(10).unwrap());
    let rows = [
        ("deep", ten, Class::Liability, [900, 0]),
        ("well", Overdraft::Unlimited, Class::Asset, [0, 900]),
        ("full", Overdraft::Unlimited, Class::Liability, [full, full]),
    ];
    let mut parts = Parts::default();
    for (name, overdraft, class, [debits, credits]) in rows {
        let id = AccountId::new(name).unwrap();
        let is = OpenAccount::new(id, Currency::CNY, class).overdraft(overdraft);
        let account = ModelAccount { is, debits, credits, frozen: [false; 2], closed: false, version: 0 };
        model.state.accounts.insert(id, account);
        let counters = [debits.unsigned_abs(), credits.unsigned_abs(), 0, 0];
        let access = longmen_core::Access::default();
        let row = AccountRow { id, currency: Currency::CNY, class, overdraft, access, version: 0, counters };
        parts.accounts.push((row, Details::default()));
    }
    parts
}

pub(crate) fn same<T: PartialEq + Debug + ?Sized>(what: &str, got: &T, want: &T) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{what}: {got:?}, the model says {want:?}")) }
}
