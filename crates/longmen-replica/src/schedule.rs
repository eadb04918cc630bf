//! When a checkpoint is due, and the one that is under way beside the follower.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use longmen_journal::Stamp;

use crate::checkpoint::{Checkpoint, Stored};
use crate::give_way::{Nice, give_way};
use crate::shared::Shared;
use crate::store::Store;
use crate::{Error, Options, StoreError};

/// A checkpoint that takes longer will never end.
const DEADLINE: Duration = Duration::from_secs(600);

/// The follower is held back when so many checkpoints' entries came while one was under way.
const AHEAD: u64 = 2;

/// The checkpoints of a replica that keeps its rows, one at a time.
#[derive(Debug)]
pub(crate) struct Schedule {
    store: Arc<dyn Store>,
    entries: u64,
    every: Duration,
    deadline: Duration,
    /// Whether the writer is in this process.
    is_beside_writer: bool,
    /// What is in the store, unless a checkpoint is under way.
    stored: Stored,
    /// How many entries went into checkpoints, the one under way included.
    taken: u64,
    /// When the last one was begun.
    begun: Instant,
    under_way: Option<UnderWay>,
}

#[derive(Debug)]
struct UnderWay {
    stamp: Stamp,
    done: Receiver<Result<Stored, StoreError>>,
}

impl Schedule {
    /// Checkpoints into a store that has this, and `taken` entries.
    pub(crate) fn new(store: Arc<dyn Store>, options: &Options, stored: Stored, taken: u64) -> Self {
        let (entries, every) = (options.checkpoint_entries.max(1), options.checkpoint_every);
        let (deadline, begun) = (DEADLINE, Instant::now());
        let is_beside_writer = options.watch.is_some();
        Self { store, entries, every, deadline, is_beside_writer, stored, taken, begun, under_way: None }
    }

    /// Begins a checkpoint if one is due; waits where too much has come since the one that is under way.
    pub(crate) fn step(&mut self, shared: &Shared, entries: u64) -> Result<(), Error> {
        let fresh = entries.saturating_sub(self.taken);
        let wait = fresh >= self.entries.saturating_mul(AHEAD);
        self.end(shared, wait)?;
        let is_due = fresh >= self.entries || (fresh > 0 && self.begun.elapsed() >= self.every);
        if is_due && self.under_way.is_none() { self.begin(shared) } else { Ok(()) }
    }

    /// Puts everything into the store, and waits for it.
    pub(crate) fn finish(&mut self, shared: &Shared, entries: u64) -> Result<(), Error> {
        self.end(shared, true)?;
        if entries > self.taken {
            self.begin(shared)?;
            self.end(shared, true)?;
        }
        Ok(())
    }

    /// Takes what is to be put on this thread, and puts it on another one.
    fn begin(&mut self, shared: &Shared) -> Result<(), Error> {
        let Some(checkpoint) = Checkpoint::of(&shared.read()) else { return Ok(()) };
        // Only this thread folds, so nothing has come in between.
        let checkpoint = checkpoint.with_lines(&mut shared.write());
        let stamp = checkpoint.stamp;
        let (store, stored) = (Arc::clone(&self.store), std::mem::take(&mut self.stored));
        let (told, done) = channel();
        let gives_way = self.is_beside_writer;
        let put = move || {
            if gives_way {
                give_way(Nice::Putting);
            }
            let put = checkpoint.put(store.as_ref(), stored);
            // Whoever is told may want to open the store again.
            drop((store, checkpoint));
            // Nobody wants to know any more where this fails.
            let _ = told.send(put);
        };
        let thread = std::thread::Builder::new().name("longmen-checkpoint".into());
        drop(thread.spawn(put).map_err(Error::Thread)?);
        (self.taken, self.begun) = (stamp.position.saturating_add(1), Instant::now());
        self.under_way = Some(UnderWay { stamp, done });
        Ok(())
    }

    /// Ends the checkpoint that is under way, if it is done or waited for.
    fn end(&mut self, shared: &Shared, wait: bool) -> Result<(), Error> {
        let Some(UnderWay { stamp, done }) = &self.under_way else { return Ok(()) };
        let left = self.deadline.saturating_sub(self.begun.elapsed());
        let put = match done.recv_timeout(if wait { left } else { Duration::ZERO }) {
            Ok(put) => put,
            Err(RecvTimeoutError::Timeout) if !left.is_zero() && !wait => return Ok(()),
            Err(error) => Err(StoreError::Damaged { what: format!("a checkpoint did not end: {error}") }),
        };
        let stamp = *stamp;
        self.under_way = None;
        self.stored = put?;
        shared.write().stored(stamp);
        let mut status = shared.status();
        (status.checkpoints, status.stored) = (status.checkpoints.saturating_add(1), Some(stamp));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use longmen_engine::Options as Ledger;
    use longmen_journal::{Journal, MemoryStorage};

    use super::*;
    use crate::projection::Projection;
    use crate::store::{MemoryStore, Row};
    use crate::{Phase, Status};

    /// A store that takes for ever to put anything.
    #[derive(Debug)]
    struct Stuck;

    impl Store for Stuck {
        fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(None)
        }

        fn last_in(&self, _: &[u8], _: &[u8]) -> Result<Option<Row>, StoreError> {
            Ok(None)
        }

        fn first_in(&self, _: &[u8], _: &[u8]) -> Result<Option<Row>, StoreError> {
            Ok(None)
        }

        fn put(&self, _: Row) -> Result<(), StoreError> {
            loop {
                std::thread::park();
            }
        }

        fn put_all(&self, _: Vec<Row>) -> Result<(), StoreError> {
            loop {
                std::thread::park();
            }
        }
    }

    fn shared() -> Shared {
        let disk = Arc::new(MemoryStorage::new());
        Ledger::default().create_on(disk.clone()).unwrap().close().unwrap();
        let journal = Journal::open(disk).unwrap();
        let mut projection = Projection::new(Arc::new(MemoryStore::default()));
        let first = journal.read(0).unwrap().next().unwrap().unwrap().stamp();
        projection.fold(first, None).unwrap();
        let status = Status {
            phase: Phase::Following,
            last: Some(first),
            head: Some(first),
            stored: None,
            rebuilt: 0,
            checkpoints: 0,
            stopped: None,
        };
        Shared::new(projection, journal, status)
    }

    #[test]
    fn a_checkpoint_that_does_not_end_is_damage_and_holds_nobody_up_before_its_deadline() {
        let shared = shared();
        let mut schedule = Schedule::new(Arc::new(Stuck), &Options::default(), Stored::default(), 0);
        schedule.begin(&shared).unwrap();
        let asked = Instant::now();
        schedule.step(&shared, 1).unwrap();
        assert!(asked.elapsed() < DEADLINE / 2, "it waited");
        schedule.deadline = Duration::from_millis(200);
        let said = schedule.finish(&shared, 1).unwrap_err();
        assert!(said.to_string().contains("a checkpoint did not end"), "{said}");
        assert!(matches!(said, Error::Store(StoreError::Damaged { .. })));
        assert_eq!(shared.status().checkpoints, 0);
    }
}
