//! What the follower's thread and those who ask have between them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use event_listener::{Event, Listener};
use longmen_journal::{Journal, Stamp};

use crate::past::Past;
use crate::projection::Projection;
use crate::{Error, Status};

/// Shared by the follower's thread and everyone who asks.
#[derive(Debug)]
pub(crate) struct Shared {
    projection: RwLock<Projection>,
    /// For looking up single entries.
    pub(crate) journal: Journal,
    /// States of the past.
    pub(crate) past: Past,
    status: Mutex<Status>,
    /// Whoever waits for a position listens here.
    moved: Event,
    stopping: AtomicBool,
}

impl Shared {
    pub(crate) fn new(projection: Projection, journal: Journal, status: Status) -> Self {
        let (projection, status) = (RwLock::new(projection), Mutex::new(status));
        Self {
            projection,
            journal,
            past: Past::default(),
            status,
            moved: Event::new(),
            stopping: AtomicBool::new(false),
        }
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
            let at = stamp(&now)?.position;
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

    /// Why there is nothing more to wait for, if so.
    fn check(&self) -> Result<(), Error> {
        match &self.status().stopped {
            Some(cause) => Err(Error::Stopped { cause: Arc::clone(cause) }),
            None if self.is_stopping() => Err(Error::Stopped { cause: "it was closed".into() }),
            None => Ok(()),
        }
    }
}

/// The last entry of a projection that has one.
pub(crate) fn stamp(projection: &Projection) -> Result<Stamp, Error> {
    projection.last.ok_or(Error::Rebuilding { done: 0, all: 0 })
}
