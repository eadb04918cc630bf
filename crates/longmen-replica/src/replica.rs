//! The handle, and the thread that follows.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use longmen_journal::{Journal, LedgerId, ReadStorage, Stamp};
use longmen_wallet::Entry;

use crate::projection::Projection;
use crate::shared::Shared;
use crate::store::MemoryStore;
use crate::tail::Tail;
use crate::{Error, Options};

/// So many entries are read and verified before they are folded in together.
const STEP: usize = 1_024;

/// How long the thread waits at most before it looks whether it should stop.
const NAP: Duration = Duration::from_millis(100);

/// A replica: a thread that follows a journal, and this handle, which any number of threads may ask at once.
#[derive(Debug)]
pub struct Replica {
    shared: Arc<Shared>,
    follower: Option<JoinHandle<()>>,
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
    /// How many times its rows were thrown away and built again.
    pub rebuilt: u64,
    /// How many checkpoints it has put into its store.
    pub checkpoints: u64,
    /// Why it stopped.
    pub stopped: Option<Arc<str>>,
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
    /// [`Error`] where there is no journal, or the replica's own directory cannot be used.
    pub fn follow(storage: Arc<dyn ReadStorage>, options: Options) -> Result<Self, Error> {
        let mut projection = Projection::new(Arc::new(MemoryStore::default()));
        let mut tail = Tail::new(Arc::clone(&storage), options.watch.clone(), None)?;
        let ledger_id = tail.ledger_id();
        // Every journal has a first entry, so that whoever asks at once gets an answer.
        tail.advance(1, &mut |stamp, entry| projection.fold(stamp, entry.as_ref()))?;
        let status = Status {
            phase: Phase::CatchingUp,
            last: projection.last,
            head: tail.head()?.last(),
            rebuilt: 0,
            checkpoints: 0,
            stopped: None,
        };
        let shared = Arc::new(Shared::new(projection, Journal::open(storage)?, status));
        let follower = Follower { shared: Arc::clone(&shared), tail };
        let follower = std::thread::Builder::new()
            .name("longmen-replica".into())
            .spawn(move || follower.run())
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
            let _ = follower.join();
        }
    }
}

struct Follower {
    shared: Arc<Shared>,
    tail: Tail,
}

impl Follower {
    fn run(mut self) {
        let mut step: Vec<(Stamp, Option<Entry>)> = Vec::with_capacity(STEP);
        while !self.shared.is_stopping() {
            if let Err(error) = self.step(&mut step) {
                tracing::error!(%error, "the replica stopped");
                let mut status = self.shared.status();
                (status.phase, status.stopped) = (Phase::Stopped, Some(error.to_string().into()));
                drop(status);
                self.shared.tell();
                return;
            }
        }
    }

    /// Reads and verifies some entries, then folds them in.
    fn step(&mut self, step: &mut Vec<(Stamp, Option<Entry>)>) -> Result<(), Error> {
        let advance = self.tail.advance(STEP, &mut |stamp, entry| {
            step.push((stamp, entry));
            Ok(())
        })?;
        let mut projection = self.shared.write();
        for (stamp, entry) in step.drain(..) {
            projection.fold(stamp, entry.as_ref())?;
        }
        let last = projection.last;
        drop(projection);
        let mut status = self.shared.status();
        status.last = last;
        if !advance.more {
            (status.phase, status.head) = (Phase::Following, last);
        }
        drop(status);
        self.shared.tell();
        if advance.entries == 0 {
            self.tail.wait(NAP);
        }
        Ok(())
    }
}
