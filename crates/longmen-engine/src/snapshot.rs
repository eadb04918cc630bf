//! Writing snapshots, away from the commit path: a reader of the journal does it, not the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{SendTimeoutError, Sender};
use longmen_journal::record::SnapshotMark;
use longmen_journal::{Journal, ReadStorage, Snapshot, Storage};
use longmen_wire::encode_snapshot;

use crate::Error;
use crate::restore::restore;
use crate::work::Job;

/// How many times as long as a snapshot took the next one is put off.
const REST: u32 = 9;

/// How many snapshots are kept: the newest, which nothing confirms yet, and two before it.
const KEPT: usize = 3;

/// How long to wait for room in the queue before looking whether the ledger is being closed.
const PATIENCE: Duration = Duration::from_millis(50);

/// Writes snapshots now and then, on a thread of its own.
pub(crate) struct Snapshots {
    every: u64,
    last: u64,
    storage: Arc<dyn Storage>,
    queue: Sender<Job>,
    stop: Arc<AtomicBool>,
    /// Gives back how long it took.
    thread: Option<JoinHandle<Duration>>,
    /// No new one is started before this: taking snapshots gets a tenth of one core at the most.
    not_before: Instant,
}

impl Snapshots {
    /// Snapshots every so many entries (0 for never), the last of them at `last`.
    pub(crate) fn new(every: u64, last: u64, storage: Arc<dyn Storage>, queue: Sender<Job>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        Self { every, last, storage, queue, stop, thread: None, not_before: Instant::now() }
    }

    /// Starts taking a snapshot if enough entries have come since the last one and none is being taken.
    pub(crate) fn start_if_due(&mut self, next_position: u64) {
        if self.every == 0 || next_position.saturating_sub(self.last) < self.every {
            return;
        }
        let now = Instant::now();
        if let Some(thread) = self.thread.take_if(|thread| thread.is_finished()) {
            self.not_before = now + thread.join().unwrap_or_default() * REST;
        }
        if self.thread.is_some() || now < self.not_before {
            return;
        }
        self.last = next_position;
        let (storage, queue, stop) = (Arc::clone(&self.storage), self.queue.clone(), Arc::clone(&self.stop));
        let run = move || {
            match take(&storage, &stop) {
                Ok(Some(taken)) => confirm(&queue, taken, &stop),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "no snapshot was written; the next open replays more"),
            }
            now.elapsed()
        };
        self.thread = std::thread::Builder::new().name("longmen-snapshot".into()).spawn(run).ok();
    }

    /// Lets the thread end by itself.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Ends the thread; a snapshot that is not finished is given up.
    pub(crate) fn finish(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Asks the writer to journal a snapshot. Unless that happens before the ledger closes, the snapshot never counts.
fn confirm(queue: &Sender<Job>, mut taken: Job, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        match queue.send_timeout(taken, PATIENCE) {
            Err(SendTimeoutError::Timeout(back)) => taken = back,
            Ok(()) | Err(SendTimeoutError::Disconnected(_)) => return,
        }
    }
}

/// Replays the journal up to what is known to be durable, writes the state down and returns what the writer must
/// journal before the snapshot counts. Nothing where `stop` was set meanwhile.
fn take(storage: &Arc<dyn Storage>, stop: &AtomicBool) -> Result<Option<Job>, Error> {
    let reading: Arc<dyn ReadStorage> = Arc::<dyn Storage>::clone(storage);
    let journal = Journal::open(reading)?;
    let restored = restore(storage.as_ref(), &journal, None, &mut |_, _| !stop.load(Ordering::Relaxed))?;
    if stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let mut body = Vec::new();
    encode_snapshot(&restored.books, restored.keys.rows(), &mut body);
    let digest = Snapshot::write(storage.as_ref(), journal.ledger_id(), restored.head, &body)?;
    let all = Snapshot::list(storage.as_ref())?;
    for position in all.iter().rev().skip(KEPT) {
        Snapshot::remove(storage.as_ref(), *position)?;
    }
    let (position, entry_hash) = (restored.head.next_position, restored.head.hash);
    Ok(Some(Job::SnapshotTaken(SnapshotMark { position, entry_hash, digest })))
}
