//! When a checkpoint is due, and the one that is under way beside the follower.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use longmen_journal::Stamp;

use crate::checkpoint::{Checkpoint, Stored};
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
        Self { store, entries, every, stored, taken, begun: Instant::now(), under_way: None }
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
        let put = move || {
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
        let left = DEADLINE.saturating_sub(self.begun.elapsed());
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
