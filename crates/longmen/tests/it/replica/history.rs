//! A random history of ledger and products, made through a real ledger.

use std::collections::BTreeMap;
use std::path::Path;

use longmen::wallet::{Command, Product};
use longmen::{Durability, EffectiveDate, Key, Ledger, Options, Outcome, Receipt, Ticket, Wish};
use longmen_sim::{Random, Step, TestClock, Workload};

use crate::drawn;
use crate::support::setting;
use crate::teller::{DAY, START, Teller};

/// How often each command of a product was carried out and refused.
pub(crate) type Outcomes = BTreeMap<&'static str, [u64; 2]>;

/// The maker of a history: random commands of the ledger and of products, with an eye on what became of them.
pub(crate) struct History {
    random: Random,
    workload: Workload,
    teller: Teller,
    clock: TestClock,
    name: String,
    made: u64,
    pub(crate) outcomes: Outcomes,
    /// How many commands there were.
    pub(crate) commands: u64,
}

/// Small journal files, so that there are many of them, some snapshots, and the clock of the history.
pub(crate) fn options(clock: &TestClock, durability: Durability) -> Options {
    Options {
        durability,
        segment_size: 1 << 20,
        snapshot_every: setting("LONGMEN_REPLICA_COMMANDS", 0).max(70_000) / 10,
        clock: clock.reader(),
        ..Options::default()
    }
}

/// Opens the ledger in `dir`, or creates it.
pub(crate) fn open(dir: &Path, clock: &TestClock, durability: Durability) -> Ledger {
    match options(clock, durability).open(dir) {
        Ok(ledger) => ledger,
        Err(longmen::Error::Journal(longmen::JournalError::NotAJournal { .. })) => {
            options(clock, durability).create(dir).unwrap()
        }
        Err(error) => panic!("{error}"),
    }
}

impl History {
    /// A history in this ledger, new or gone on with; no two of one ledger have the same name.
    pub(crate) fn of(ledger: &Ledger, clock: &TestClock, name: &str, seed: u64) -> Self {
        let world = drawn::world();
        ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
        for command in world.commands {
            let receipt = ledger.submit(command).wait().unwrap();
            assert_eq!(receipt.outcome, Outcome::Done);
        }
        let teller = Teller::beside(ledger);
        clock.set(teller.now.max(START));
        Self {
            random: Random::new(seed),
            workload: Workload::new(name, seed),
            teller,
            clock: clock.clone(),
            name: name.to_owned(),
            made: 0,
            outcomes: Outcomes::new(),
            commands: 0,
        }
    }

    /// Some commands, submitted together or one after the other, and waited for.
    pub(crate) fn round(&mut self, ledger: &Ledger) {
        if self.random.once_in(2) {
            self.products(ledger);
        } else {
            self.plain(ledger);
        }
        self.teller.catch_up(ledger);
        self.clock.set(self.clock.now_ns().max(self.teller.now));
    }

    /// Commands of the ledger.
    fn plain(&mut self, ledger: &Ledger) {
        let mut tickets: Vec<Ticket<Vec<Receipt>>> = Vec::new();
        for _ in 0..1 + self.random.below(16) {
            let commands = match self.workload.step().unwrap() {
                Step::One(command) => vec![command],
                Step::Slice(commands) => commands,
                Step::Advance(ns) => {
                    self.clock.advance(ns);
                    continue;
                }
            };
            self.commands += commands.len() as u64;
            let commands = commands.into_iter().map(|command| self.dated(command)).collect();
            tickets.push(ledger.submit_all(commands));
        }
        for ticket in tickets {
            ticket.wait().unwrap();
        }
    }

    /// Now and then a command counts on a day not far from today.
    fn dated(&mut self, command: longmen::Command) -> longmen::Command {
        if command.effective.is_some() || !self.random.once_in(12) {
            return command;
        }
        let today = i64::try_from(self.clock.now_ns() / DAY).unwrap();
        let off = i64::try_from(self.random.below(9)).unwrap() - 5;
        let effective = i32::try_from(today + off).ok().and_then(EffectiveDate::from_days);
        longmen::Command { effective, ..command }
    }

    /// Commands of products.
    fn products(&mut self, ledger: &Ledger) {
        let mut slice: Vec<(Product, Command)> = Vec::new();
        let mut passes = 0;
        for _ in 0..1 + self.random.below(16) {
            let (product, after) = drawn::draw(&self.teller, &mut self.random);
            passes = passes.max(after);
            let Some(product) = product else { continue };
            self.made += 1;
            let key = Key::new(&format!("{}-p{}", self.name, self.made)).unwrap();
            slice.push((product.clone(), Command::new(key, Wish::from(product))));
        }
        self.clock.advance(passes);
        let tickets: Vec<_> = slice.iter().map(|(_, command)| ledger.submit(command.clone())).collect();
        for ((product, _), ticket) in slice.iter().zip(tickets) {
            let receipt = ticket.wait().unwrap();
            self.commands += 1;
            let done = usize::from(receipt.outcome != Outcome::Done);
            self.outcomes.entry(drawn::name(product)).or_default()[done] += 1;
        }
    }

    /// Goes on for so many commands.
    pub(crate) fn go_on(&mut self, ledger: &Ledger, commands: u64) {
        let until = self.commands + commands;
        while self.commands < until {
            self.round(ledger);
        }
    }
}
