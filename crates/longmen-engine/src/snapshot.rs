//! Writing snapshots, away from the commit path: a reader of the journal does it, not the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{SendTimeoutError, Sender};
use longmen_journal::record::SnapshotMark;
use longmen_journal::{Journal, LedgerId, ReadStorage, Run, RunRow, Runs, Snapshot, Storage};
use longmen_wallet::Entry;
use longmen_wire::encode_snapshot;

use crate::Error;
use crate::key_index::KeyHasher;
use crate::meta_index::MetaHasher;
use crate::published::Published;
use crate::restore::{Indexing, Restored, restore};
use crate::work::Job;

/// How many times as long as a snapshot took the next one is put off.
const REST: u32 = 9;

/// How many snapshots are kept: the newest, which nothing confirms yet, and two before it.
const KEPT: usize = 3;

/// A run has at most so many rows, 64 MiB, so that a long replay needs no more memory than that for its keys, and as much for its
/// metadata.
const ROWS_MAX: usize = 1 << 22;

/// How long to wait for room in the queue before looking whether the ledger is being closed.
const PATIENCE: Duration = Duration::from_millis(50);

/// Writes snapshots now and then, on a thread of its own.
pub(crate) struct Snapshots {
    every: u64,
    last: u64,
    storage: Arc<dyn Storage>,
    published: Arc<Published>,
    queue: Sender<Job>,
    stop: Arc<AtomicBool>,
    /// The runs of the newest snapshot that this process has read or written; no others are built upon.
    runs: Runs,
    thread: Option<JoinHandle<TripEnd>>,
    /// No new one is started before this: taking snapshots gets a tenth of one core at the most.
    not_before: Instant,
}

/// How long a snapshot took, and its runs if there is one.
struct TripEnd {
    took: Duration,
    runs: Option<Runs>,
}

impl Snapshots {
    /// Snapshots every so many entries (0 for never), the last of them the one that the books were restored from.
    pub(crate) fn new(
        every: u64,
        restored: &Restored,
        storage: Arc<dyn Storage>,
        published: Arc<Published>,
        queue: Sender<Job>,
    ) -> Self {
        let (last, runs) = (restored.snapshot, restored.runs.clone());
        let stop = Arc::new(AtomicBool::new(false));
        Self { every, last, storage, published, queue, stop, runs, thread: None, not_before: Instant::now() }
    }

    /// Starts taking a snapshot if enough entries have come since the last one and none is being taken.
    pub(crate) fn start_if_due(&mut self, next_position: u64) {
        if self.every == 0 || next_position.saturating_sub(self.last) < self.every {
            return;
        }
        let now = Instant::now();
        if let Some(thread) = self.thread.take_if(|thread| thread.is_finished()) {
            let end = thread.join().unwrap_or(TripEnd { took: Duration::ZERO, runs: None });
            self.not_before = now + end.took * REST;
            if let Some(runs) = end.runs {
                self.runs = runs;
            }
        }
        if self.thread.is_some() || now < self.not_before {
            return;
        }
        self.last = next_position;
        let (storage, queue, stop) = (Arc::clone(&self.storage), self.queue.clone(), Arc::clone(&self.stop));
        let (known, published) = (self.runs.clone(), Arc::clone(&self.published));
        let run = move || {
            let taken = take(&storage, &known, &published, &stop).unwrap_or_else(|error| {
                tracing::warn!(%error, "no snapshot was written; the next open replays more");
                None
            });
            let runs = taken.map(|(mark, runs)| {
                confirm(&queue, Job::SnapshotTaken(mark), &stop);
                runs
            });
            TripEnd { took: now.elapsed(), runs }
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

/// Replays the journal up to what is known to be durable, writes down the state and the keys and metadata since the last
/// snapshot, lets those who look for metadata search there, and returns what the writer must journal before the snapshot counts, with its runs. Nothing where `stop` was set.
fn take(
    storage: &Arc<dyn Storage>,
    known: &Runs,
    published: &Published,
    stop: &AtomicBool,
) -> Result<Option<(SnapshotMark, Runs)>, Error> {
    let reading: Arc<dyn ReadStorage> = Arc::<dyn Storage>::clone(storage);
    let journal = Journal::open(reading)?;
    let mut collecting = Collecting::new(storage.as_ref(), journal.ledger_id(), known);
    let go_on = &mut |_, _| !stop.load(Ordering::Relaxed);
    let restored = restore(storage.as_ref(), &journal, None, &mut collecting, go_on)?;
    if stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let (position, entry_hash) = (restored.head.next_position, restored.head.hash);
    let runs = collecting.into_runs(position)?;
    let mut body = Vec::new();
    encode_snapshot(&restored.state, &mut body);
    let digest = Snapshot::write(storage.as_ref(), journal.ledger_id(), restored.head, &runs, &body)?;
    // The journal need not confirm what this process has just written itself.
    published.cover(&runs.meta, position);
    if let Err(error) = remove_old(storage.as_ref(), journal.ledger_id()) {
        tracing::warn!(%error, "old snapshots were not removed");
    }
    Ok(Some((SnapshotMark { position, entry_hash, digest }, runs)))
}

/// Removes all snapshots but the newest ones, and every run that none of these names.
fn remove_old(storage: &dyn Storage, ledger_id: LedgerId) -> Result<(), Error> {
    let mut named = Runs::default();
    for (age, position) in Snapshot::list(storage)?.into_iter().rev().enumerate() {
        if age < KEPT {
            let runs = Snapshot::runs_named(storage, ledger_id, position)?;
            named.keys.extend(runs.keys);
            named.meta.extend(runs.meta);
        } else {
            Snapshot::remove(storage, position)?;
        }
    }
    remove_unnamed(storage, &named.keys)?;
    remove_unnamed(storage, &named.meta)
}

fn remove_unnamed<const META: bool>(storage: &dyn Storage, named: &[Run<META>]) -> Result<(), Error> {
    for (from, until) in Run::<META>::list(storage)? {
        if !named.iter().any(|run| (run.from, run.until) == (from, until)) {
            Run::<META>::remove(storage, from, until)?;
        }
    }
    Ok(())
}

/// The keys and the metadata of the entries that are replayed, written to runs now and then.
struct Collecting<'a> {
    known: &'a Runs,
    key_hasher: KeyHasher,
    meta_hasher: MetaHasher,
    keys: Collected<'a, false>,
    meta: Collected<'a, true>,
}

impl<'a> Collecting<'a> {
    fn new(storage: &'a dyn Storage, ledger_id: LedgerId, known: &'a Runs) -> Self {
        Self {
            known,
            key_hasher: KeyHasher::new(ledger_id),
            meta_hasher: MetaHasher::new(ledger_id),
            keys: Collected { storage, ledger_id, runs: Vec::new(), from: 0, rows: Vec::new() },
            meta: Collected { storage, ledger_id, runs: Vec::new(), from: 0, rows: Vec::new() },
        }
    }

    /// The runs that cover everything before `position`.
    fn into_runs(mut self, position: u64) -> Result<Runs, Error> {
        self.keys.write(position)?;
        self.meta.write(position)?;
        Ok(Runs { keys: self.keys.runs, meta: self.meta.runs })
    }
}

impl Indexing for Collecting<'_> {
    fn restart(&mut self, position: u64, runs: &Runs) -> Result<(), Error> {
        if !self.known.starts_with(runs) || !runs.cover(position) {
            let what = "it names runs that were not read when the ledger was opened";
            return Err(Error::Snapshot { position, what });
        }
        self.keys.restart(position, &runs.keys);
        self.meta.restart(position, &runs.meta);
        Ok(())
    }

    fn note(&mut self, position: u64, entry: &Entry) -> Result<(), Error> {
        let hash = entry.key.as_ref().map(|key| self.key_hasher.hash(key));
        self.keys.note(position, hash.map(|hash| RunRow { hash, position }))?;
        self.meta.note(position, self.meta_hasher.rows(position, entry))
    }

    fn complete(&mut self, _: &Runs) -> Result<(), Error> {
        Ok(())
    }
}

/// The rows of one kind of run.
struct Collected<'a, const META: bool> {
    storage: &'a dyn Storage,
    ledger_id: LedgerId,
    /// The runs so far, and where the next one begins.
    runs: Vec<Run<META>>,
    from: u64,
    rows: Vec<RunRow>,
}

impl<const META: bool> Collected<'_, META> {
    fn restart(&mut self, position: u64, runs: &[Run<META>]) {
        (self.runs, self.from) = (runs.to_vec(), position);
        self.rows.clear();
    }

    /// Takes the rows of the entry at `position`.
    fn note(&mut self, position: u64, rows: impl IntoIterator<Item = RunRow>) -> Result<(), Error> {
        if self.rows.len() >= ROWS_MAX {
            self.write(position)?;
        }
        self.rows.extend(rows);
        Ok(())
    }

    fn write(&mut self, until: u64) -> Result<(), Error> {
        if until > self.from {
            let run = Run::write(self.storage, self.ledger_id, self.from, until, &mut self.rows)?;
            self.runs.push(run);
            self.from = until;
            self.rows.clear();
        }
        Ok(())
    }
}
