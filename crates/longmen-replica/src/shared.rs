//! What the follower's thread and those who ask have between them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use event_listener::{Event, Listener};
use longmen_journal::{Journal, Stamp};

use crate::looked_up::LookedUp;
use crate::past::Past;
use crate::projection::Projection;
use crate::{Error, Status, StoreError};

/// Shared by the follower's thread and everyone who asks.
#[derive(Debug)]
pub(crate) struct Shared {
    projection: RwLock<Projection>,
    /// For looking up single entries.
    pub(crate) journal: Journal,
    /// States of the past.
    pub(crate) past: Past,
    pub(crate) looked_up: LookedUp,
    status: Mutex<Status>,
    /// Whoever waits for a position listens here.
    moved: Event,
    stopping: AtomicBool,
    /// What somebody who asked has found wrong with the rows, for the follower.
    fault: Mutex<Option<StoreError>>,
    /// How many times the projection was replaced by an earlier one.
    generation: AtomicU64,
}

impl Shared {
    pub(crate) fn new(projection: Projection, journal: Journal, status: Status) -> Self {
        let (projection, status) = (RwLock::new(projection), Mutex::new(status));
        Self {
            projection,
            journal,
            past: Past::default(),
            looked_up: LookedUp::default(),
            status,
            moved: Event::new(),
            stopping: AtomicBool::new(false),
            fault: Mutex::default(),
            generation: AtomicU64::new(0),
        }
    }

    /// Puts an earlier projection in the place of this one; whatever is being asked meanwhile is not answered.
    pub(crate) fn replace(&self, projection: Projection) {
        let mut now = self.write();
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        self.generation.fetch_add(1, Ordering::AcqRel);
        *fault = None;
        drop(fault);
        let before = std::mem::replace(&mut *now, projection);
        drop(now);
        // Closing its store may take long.
        drop(before);
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Tells the follower what is wrong with the rows of a generation; gives what to answer meanwhile.
    pub(crate) fn report(&self, error: StoreError, generation: u64) -> Error {
        if let Err(stopped) = self.check() {
            tracing::error!(%error, "nobody builds the rows of a replica that stopped again");
            return stopped;
        }
        let answer = if error.is_damage() {
            Error::Rebuilding { done: 0, all: self.read().entries() }
        } else {
            error.clone().into()
        };
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have told of it before, and other rows are in their place already.
        if self.generation() == generation {
            *fault = Some(error);
        }
        drop(fault);
        answer
    }

    /// The last entry of a projection that answers.
    pub(crate) fn last_of(&self, projection: &Projection) -> Result<Stamp, Error> {
        match (projection.rebuilt_at, projection.last) {
            (None, Some(last)) => Ok(last),
            _ => Err(self.not_whole(projection)),
        }
    }

    /// Why a projection that is not whole is not answered from.
    pub(crate) fn not_whole(&self, projection: &Projection) -> Error {
        // Where it stopped on its way, asking again does not help.
        self.check().err().unwrap_or_else(|| rebuilding(projection))
    }

    /// What was reported since this was last called.
    pub(crate) fn take_fault(&self) -> Option<StoreError> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Projection> {
        self.projection.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Projection> {
        self.projection.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait that something has changed.
    pub(crate) fn tell(&self) {
        self.moved.notify(usize::MAX);
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.tell();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// The projection, once it has the entry at `position`.
    pub(crate) fn read_at_least(
        &self,
        position: u64,
        timeout: Duration,
    ) -> Result<RwLockReadGuard<'_, Projection>, Error> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            let listener = self.moved.listen();
            let now = self.read();
            let at = self.last_of(&now)?.position;
            if at >= position {
                return Ok(now);
            }
            drop(now);
            self.check()?;
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let told = match left {
                Some(left) => listener.wait_timeout(left).is_some(),
                None => {
                    listener.wait();
                    true
                }
            };
            if !told {
                return Err(Error::NotYet { wanted: position, at });
            }
        }
    }

    /// Why there is no answer at `wanted`, which lies behind the last entry that was folded in.
    pub(crate) fn beyond(&self, wanted: u64, at: u64) -> Error {
        let head = self.status().head.map_or(at, |head| head.position.max(at));
        match self.check() {
            _ if wanted > head => Error::Future { wanted, at: head },
            Err(stopped) => stopped,
            Ok(()) => Error::NotYet { wanted, at },
        }
    }

    /// Why there is nothing more to wait for, if so.
    fn check(&self) -> Result<(), Error> {
        match &self.status().stopped {
            Some(cause) => Err(Error::Stopped { cause: Arc::clone(cause) }),
            None if self.is_stopping() => Err(Error::Stopped { cause: Arc::new(Error::Closed) }),
            None => Ok(()),
        }
    }
}

fn rebuilding(projection: &Projection) -> Error {
    let done = projection.entries();
    let all = projection.rebuilt_at.map_or(done, |position| position.saturating_add(1));
    Error::Rebuilding { done, all }
}
