//! The handle, and the thread that follows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use longmen_journal::{Journal, LedgerId, ReadStorage, Stamp};

use crate::ahead::{Ahead, Step};
use crate::checkpoint::{self, Stored};
use crate::give_way::{Nice, give_way};
use crate::projection::Projection;
use crate::schedule::Schedule;
use crate::shared::Shared;
use crate::store::{MemoryStore, StoreDir};
use crate::tail::Tail;
use crate::{Error, Keep, Options, StoreError};

/// How long the thread waits at most before it looks whether it should stop.
const NAP: Duration = Duration::from_millis(100);

/// A replica: a thread that follows a journal, and this handle, which any number of threads may ask at once.
#[derive(Debug)]
pub struct Replica {
    shared: Arc<Shared>,
    /// Gives back the rows, so that nobody else opens them before this is dropped.
    follower: Option<JoinHandle<Option<Rows>>>,
    ledger_id: LedgerId,
}

/// What a replica is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// It folds in what was journaled before it came.
    CatchingUp,
    /// It has come to the journal's end and follows it.
    Following,
    /// Its rows were damaged and are built again.
    Rebuilding,
    /// It follows no more; see [`Status::stopped`].
    Stopped,
}

/// How a replica is doing.
#[derive(Clone, Debug)]
pub struct Status {
    /// What it is doing.
    pub phase: Phase,
    /// The last entry that it has folded in.
    pub last: Option<Stamp>,
    /// The last entry of the journal, as far as it was visible when it was last looked at.
    pub head: Option<Stamp>,
    /// The last entry of the last checkpoint: a restart begins behind it.
    pub stored: Option<Stamp>,
    /// How many times its rows were thrown away and built again.
    pub rebuilt: u64,
    /// How many checkpoints it has put into its store.
    pub checkpoints: u64,
    /// Why it stopped.
    pub stopped: Option<Arc<Error>>,
}

impl Status {
    /// How many entries it is behind the journal.
    #[must_use]
    pub fn lag_entries(&self) -> u64 {
        let next = |stamp: Option<Stamp>| stamp.map_or(0, |stamp| stamp.position.saturating_add(1));
        next(self.head).saturating_sub(next(self.last))
    }

    /// How much journal time lies between its last entry and the journal's.
    #[must_use]
    pub fn lag(&self) -> Duration {
        let time = |stamp: Option<Stamp>| stamp.map_or(0, |stamp| stamp.time_ns);
        Duration::from_nanos(time(self.head).saturating_sub(time(self.last)))
    }
}

impl Replica {
    /// Follows the journal in `storage`, beside a live writer or without one, and never writes there.
    ///
    /// # Errors
    ///
    /// [`Error`] where there is no journal, it is not the one that the replica's rows were made of, or the replica's
    /// own directory cannot be used; damaged rows are no error, they are built again.
    pub fn follow(storage: Arc<dyn ReadStorage>, options: Options) -> Result<Self, Error> {
        let journal = Journal::open(Arc::clone(&storage))?;
        let (rows, mut projection) = match &options.keep {
            Keep::Memory => (None, Projection::new(Arc::new(MemoryStore::default()))),
            Keep::Dir(dir) => {
                let (rows, projection) = Rows::open(StoreDir::open(dir, journal.ledger_id())?, &options)?;
                (Some(rows), projection)
            }
        };
        // Lines behind the last checkpoint may be in the rows too, so the journal must have their entries as well.
        drop(journal.continue_after(rows.as_ref().and_then(|rows| rows.ahead))?);
        let mut tail = Tail::new(Arc::clone(&storage), options.watch.clone(), projection.last)?;
        let (ledger_id, head) = (tail.ledger_id(), tail.head()?.last());
        let is_damaged = rows.as_ref().is_some_and(|rows| rows.is_rebuilt);
        if is_damaged {
            projection.rebuilt_at = head.map(|head| head.position);
        }
        let stored = projection.last;
        if stored.is_none() {
            // Every journal has a first entry, so that whoever asks at once gets an answer.
            tail.advance(1, &mut |stamp, entry| projection.fold(stamp, entry.as_ref()))?;
        }
        let status = Status {
            phase: if is_damaged { Phase::Rebuilding } else { Phase::CatchingUp },
            last: projection.last,
            head,
            stored,
            rebuilt: u64::from(is_damaged),
            checkpoints: 0,
            stopped: None,
        };
        let shared = Arc::new(Shared::new(projection, journal, status));
        let ahead = Ahead::new(tail)?;
        let follower = Follower { shared: Arc::clone(&shared), storage, options, ahead, rows };
        let follower = std::thread::Builder::new()
            .name("longmen-replica".into())
            .spawn(move || follower.run_to_the_end())
            .map_err(Error::Thread)?;
        Ok(Self { shared, follower: Some(follower), ledger_id })
    }

    /// How it is doing.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status().clone()
    }

    /// The name of the ledger that it follows.
    #[must_use]
    pub fn ledger_id(&self) -> LedgerId {
        self.ledger_id
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(follower) = self.follower.take() {
            // A panic of the follower has been reported on its own thread.
            let rows = follower.join().ok().flatten();
            // A feed may live on, and must not hold on to the store whose directory is free then.
            self.shared.replace(Projection::new(Arc::new(MemoryStore::default())));
            drop(rows);
        }
    }
}

struct Follower {
    shared: Arc<Shared>,
    storage: Arc<dyn ReadStorage>,
    options: Options,
    ahead: Ahead,
    rows: Option<Rows>,
}

impl Follower {
    /// Runs, and stops where it panics: half of an entry may be folded in then, from which nothing is answered.
    fn run_to_the_end(self) -> Option<Rows> {
        if self.options.watch.is_some() {
            give_way(Nice::Following);
        }
        let shared = Arc::clone(&self.shared);
        catch_unwind(AssertUnwindSafe(|| self.run())).unwrap_or_else(|_| {
            stop(&shared, Error::Panicked { work: "folds in entries" });
            None
        })
    }

    fn run(mut self) -> Option<Rows> {
        while !self.shared.is_stopping() {
            let done = match self.step() {
                Err(Error::Store(error)) => self.rebuild(error),
                done => done,
            };
            if let Err(error) = done {
                stop(&self.shared, error);
                return self.rows;
            }
        }
        let entries = self.shared.read().entries();
        let finished = self.rows.as_mut().map_or(Ok(()), |rows| rows.schedule.finish(&self.shared, entries));
        if let Err(error) = finished {
            tracing::warn!(%error, "the replica's last checkpoint failed");
        }
        self.rows
    }

    /// Folds in what was read, and puts what is new into the store now and then.
    fn step(&mut self) -> Result<(), Error> {
        if let Some(fault) = self.shared.take_fault() {
            return Err(fault.into());
        }
        if let Some(step) = self.ahead.next(NAP)? {
            self.fold(&step)?;
        }
        let Some(rows) = &mut self.rows else { return Ok(()) };
        let entries = self.shared.read().entries();
        rows.schedule.step(&self.shared, entries)
    }

    fn fold(&self, step: &Step) -> Result<(), Error> {
        let mut projection = self.shared.write();
        for (stamp, entry) in &step.entries {
            projection.fold(*stamp, entry.as_ref())?;
        }
        let (last, is_rebuilt) = (projection.last, projection.rebuilt_at.is_none());
        drop(projection);
        let mut status = self.shared.status();
        status.last = last;
        if !step.more {
            status.head = last;
        }
        status.phase = match (is_rebuilt, step.more) {
            (false, _) => Phase::Rebuilding,
            (true, false) => Phase::Following,
            (true, true) if status.phase == Phase::Rebuilding => Phase::CatchingUp,
            (true, true) => status.phase,
        };
        drop(status);
        self.shared.tell();
        Ok(())
    }

    /// Throws damaged rows away and begins again at the journal's first entry.
    fn rebuild(&mut self, error: StoreError) -> Result<(), Error> {
        let (last, until) = (self.shared.status().last, self.shared.read().rebuilt_at);
        // What is damaged again before it is whole is not helped by a third try, nor is a full disk by a second.
        let Some(rows) = self.rows.as_mut().filter(|_| until.is_none() && error.is_damage()) else {
            return Err(match error {
                StoreError::Damaged { what } => StoreError::Io {
                    op: "built again",
                    cause: format!("they were damaged meanwhile: {what}"),
                },
                other => other,
            }
            .into());
        };
        tracing::error!(%error, "the replica's rows are built again");
        let mut projection = rows.start_anew(&self.options)?;
        projection.rebuilt_at = last.map(|last| last.position);
        self.ahead = Ahead::new(Tail::new(Arc::clone(&self.storage), self.options.watch.clone(), None)?)?;
        self.shared.replace(projection);
        let mut status = self.shared.status();
        (status.phase, status.last, status.stored) = (Phase::Rebuilding, None, None);
        status.rebuilt = status.rebuilt.saturating_add(1);
        drop(status);
        self.shared.tell();
        Ok(())
    }
}

fn stop(shared: &Shared, error: Error) {
    tracing::error!(%error, "the replica stopped");
    let mut status = shared.status();
    (status.phase, status.stopped) = (Phase::Stopped, Some(Arc::new(error)));
    drop(status);
    shared.tell();
}

/// The rows of a replica that keeps them.
#[derive(Debug)]
struct Rows {
    dir: StoreDir,
    schedule: Schedule,
    /// The entry behind which no line of those that were found is.
    ahead: Option<Stamp>,
    /// Whether those that were found could not be used.
    is_rebuilt: bool,
}

impl Rows {
    /// The newest rows, or empty ones where those are damaged.
    fn open(mut dir: StoreDir, options: &Options) -> Result<(Self, Projection), Error> {
        let load = |store| Ok((checkpoint::load(&store)?, store));
        let found = dir.store().and_then(load);
        let is_rebuilt = matches!(&found, Err(Error::Store(error)) if error.is_damage());
        let ((projection, stored), store) = match found {
            Err(error) if is_rebuilt => {
                tracing::error!(%error, "the replica's rows are built again");
                dir.start_anew().and_then(load)?
            }
            found => found?,
        };
        let ahead = stored.ahead;
        let schedule = Schedule::new(store, options, stored, projection.entries());
        Ok((Self { dir, schedule, ahead, is_rebuilt }, projection))
    }

    /// Empty rows, and the projection of no entry.
    fn start_anew(&mut self, options: &Options) -> Result<Projection, Error> {
        let store = self.dir.start_anew()?;
        self.schedule = Schedule::new(Arc::clone(&store), options, Stored::default(), 0);
        Ok(Projection::new(store))
    }
}

#[cfg(test)]
mod tests;
