//! A ledger with a random history over some weeks, and the plainest words about it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use longmen_core::{AccountNo, Effect, EffectiveDate, Event, Posting, Side};
use longmen_engine::{Content, JournalEntry, Options as LedgerOptions, Replayed, entries, replay};
use longmen_journal::{MemoryStorage, ReadStorage};
use longmen_money::Sum;
use longmen_replica::{Line, LineKind, Options, Replica, Want};
use longmen_sim::{Step, TestClock, Workload};

const HOUR_NS: u64 = 3_600_000_000_000;

/// A ledger that has ended, and everything that it journaled.
pub(crate) struct World {
    pub(crate) storage: Arc<MemoryStorage>,
    pub(crate) entries: Vec<JournalEntry>,
    pub(crate) replica: Replica,
}

/// A line as it is told by the entries alone, and the metadata of its entry.
pub(crate) struct Told {
    pub(crate) no: AccountNo,
    pub(crate) line: Line,
    pub(crate) entry: usize,
}

impl World {
    /// So many steps of the workload of a seed, over some weeks.
    pub(crate) fn new(seed: u64, steps: usize) -> Self {
        let storage = Arc::new(MemoryStorage::new());
        let clock = TestClock::at(1_727_000_000_000_000_000);
        // Much of it is dated to days around 2024-10-04.
        let options = LedgerOptions { clock: clock.reader(), snapshot_every: 300, ..Default::default() };
        let ledger = options.create_on(Arc::clone(&storage) as _).unwrap();
        ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
        let mut workload = Workload::new("w", seed);
        for step in 0..steps {
            // Holds live for some thousand nanoseconds only.
            clock.advance(if step % 16 == 0 { 9 * HOUR_NS } else { 10 });
            match workload.step().unwrap() {
                Step::One(command) => drop(ledger.submit(command).wait().unwrap()),
                Step::Slice(commands) => {
                    ledger.submit_all(commands).wait().unwrap();
                }
                Step::Advance(by_ns) => clock.advance(by_ns),
            }
        }
        ledger.close().unwrap();
        Self::of(storage)
    }

    pub(crate) fn of(storage: Arc<MemoryStorage>) -> Self {
        let reading: Arc<dyn ReadStorage> = storage.clone();
        let entries: Vec<_> = entries(Arc::clone(&reading), 0).unwrap().map(Result::unwrap).collect();
        let replica = Replica::follow(reading, Options::default()).unwrap();
        let world = Self { storage, entries, replica };
        world.replica.read(Want::AtLeast(world.last(), Duration::from_secs(60)), |_| Ok(())).unwrap();
        world
    }

    pub(crate) fn last(&self) -> u64 {
        self.entries.last().unwrap().stamp.position
    }

    /// Positions all over the history, the first and the last among them.
    pub(crate) fn positions(&self, count: u64) -> Vec<u64> {
        let last = self.last();
        (0..=count).map(|n| last * n / count).collect()
    }

    pub(crate) fn state_at(&self, position: u64) -> Replayed {
        replay(self.storage.clone(), Some(position + 1), &mut |_, _| ()).unwrap()
    }

    /// Every line of the ledger, in the order of the journal.
    pub(crate) fn lines(&self) -> Vec<Told> {
        let last = self.state_at(self.last());
        let books = last.books();
        let mut counters = HashMap::<AccountNo, [u128; 4]>::new();
        let mut told: Vec<Told> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let Content::Ledger(content) = &entry.content else { continue };
            let stamp = entry.stamp;
            for (event, postings) in content.parts() {
                for posting in postings {
                    let account = books.account_at(posting.account).unwrap();
                    let own = counters.entry(posting.account).or_default();
                    add(own, posting);
                    let others: Vec<AccountNo> = postings
                        .iter()
                        .map(|other| other.account)
                        .filter(|no| *no != posting.account)
                        .collect();
                    let is_one = !others.is_empty() && others.iter().all(|no| *no == others[0]);
                    let same =
                        |told: &&Told| told.no == posting.account && told.line.position == stamp.position;
                    let line = Line {
                        account: *account.id(),
                        position: stamp.position,
                        index: u16::try_from(told.iter().rev().take(600).filter(same).count()).unwrap(),
                        time_ns: stamp.time_ns,
                        effective: content.effective.unwrap_or(EffectiveDate::of_time(stamp.time_ns)),
                        kind: kind(event),
                        product: content.product.as_ref().map(|fact| fact.event.kind()),
                        side: posting.side,
                        effect: posting.effect,
                        amount: Sum::new(posting.amount, account.currency()),
                        other: is_one.then(|| *books.account_at(others[0]).unwrap().id()),
                        balance: account.balance_with(*own),
                    };
                    told.push(Told { no: posting.account, line, entry: at });
                }
            }
        }
        told
    }
}

pub(crate) fn add(counters: &mut [u128; 4], posting: &Posting) {
    let amount = u128::from(posting.amount.minor());
    match (posting.effect, posting.side) {
        (Effect::Post, Side::Debit) => counters[0] += amount,
        (Effect::Post, Side::Credit) => counters[1] += amount,
        (Effect::Hold, Side::Debit) => counters[2] += amount,
        (Effect::Hold, Side::Credit) => counters[3] += amount,
        (Effect::Unhold, Side::Debit) => counters[2] -= amount,
        (Effect::Unhold, Side::Credit) => counters[3] -= amount,
    }
}

fn kind(event: &Event) -> LineKind {
    match event {
        Event::Posted => LineKind::Post,
        Event::Moved { .. } => LineKind::Move,
        Event::Reversed { .. } => LineKind::Reverse,
        Event::HoldPlaced(_) => LineKind::Hold,
        Event::HoldIncremented { .. } => LineKind::Increment,
        Event::HoldCaptured { .. } => LineKind::Capture,
        Event::HoldReleased { .. } => LineKind::Release,
        Event::HoldExpired { .. } => LineKind::Expire,
        other => panic!("{other:?} has no postings"),
    }
}
