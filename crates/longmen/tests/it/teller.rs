//! A teller beside a ledger: the state that random commands of products are drawn for, and the clock.
//!
//! The wallet's own tests have one that decides by itself and checks every law; what is drawn is drawn from either.

use std::fmt::Debug;

use longmen::wallet::{Command, Product};
use longmen::{Content, Decision, Digest, Entry, Event, Key, Known, Ledger, State, Wish};

pub(crate) use crate::small_world::{consumer, sum};

/// A second, in nanoseconds.
pub(crate) const SECOND: u64 = 1_000_000_000;
/// A day, in nanoseconds.
pub(crate) const DAY: u64 = 86_400 * SECOND;
/// When every world begins: 2026-11-22T00:00:00Z.
pub(crate) const START: u64 = 1_795_305_600 * SECOND;

/// Reads anything that is read from text, such as a name or a sum.
pub(crate) fn read<T: std::str::FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// What those who draw want to know of an entry.
#[derive(Clone)]
pub(crate) struct Noted {
    pub(crate) key: Option<Key>,
}

/// The state after the last entry that it knows of, and the clock.
#[derive(Clone)]
pub(crate) struct Teller {
    pub(crate) state: State,
    pub(crate) now: u64,
    /// Every entry so far with its journal time.
    pub(crate) entries: Vec<(u64, Noted)>,
    /// The commands that it made up by itself, in order.
    pub(crate) commands: Vec<Command>,
}

impl Teller {
    /// An empty state.
    pub(crate) fn new() -> Self {
        Self { state: State::new(), now: START, entries: vec![], commands: vec![] }
    }

    /// A teller beside a ledger that has a past.
    pub(crate) fn beside(ledger: &Ledger) -> Self {
        let mut teller = Self::new();
        teller.catch_up(ledger);
        teller
    }

    /// Carries a command out on this state alone, keeps it, and gives its key.
    pub(crate) fn done(&mut self, product: impl Into<Product>) -> Key {
        self.now += 1_000;
        let key: Key = read(&format!("world-{}", self.commands.len()));
        let command = Command::new(key, Wish::from(product.into()));
        let position = self.entries.len() as u64;
        let digest = Digest([1; 16]);
        match self.state.decide(command.clone(), digest, &Known::default(), position, self.now) {
            Decision::Entry(entry) if !matches!(entry.event, Event::Refused { .. }) => {
                self.commands.push(command);
                self.apply(self.now, &entry);
            }
            other => panic!("{other:?}"),
        }
        key
    }

    fn apply(&mut self, time_ns: u64, entry: &Entry) {
        self.state.apply(self.entries.len() as u64, time_ns, entry).unwrap();
        self.entries.push((time_ns, Noted { key: entry.key }));
    }

    /// Takes over what the ledger has journaled since.
    pub(crate) fn catch_up(&mut self, ledger: &Ledger) {
        for entry in ledger.entries(self.entries.len() as u64).unwrap() {
            let entry = entry.unwrap();
            self.now = self.now.max(entry.stamp.time_ns);
            match &entry.content {
                Content::Ledger(own) => self.apply(entry.stamp.time_ns, own),
                Content::Journal(_) => self.entries.push((entry.stamp.time_ns, Noted { key: None })),
            }
        }
    }
}
