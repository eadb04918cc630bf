//! The next segment's file, prepared before it is needed.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::error::JournalError;
use crate::layout::SPARE;
use crate::storage::Storage;

/// From this size on a spare is prepared in the background; a smaller one is made in place in about a millisecond.
const BACKGROUND_FROM: u64 = 4 << 20;

/// A file of zeros under a name that readers ignore.
#[derive(Debug)]
pub(super) enum Spare {
    Missing,
    Underway(JoinHandle<io::Result<()>>),
    Ready,
}

impl Spare {
    /// Starts preparing one in the background, where that is worth a thread.
    pub(super) fn start(&mut self, storage: &Arc<dyn Storage>, size: u64) {
        if !matches!(self, Spare::Missing) || size < BACKGROUND_FROM {
            return;
        }
        let storage = Arc::clone(storage);
        let spawned = std::thread::Builder::new()
            .name("journal-spare".to_owned())
            .spawn(move || prepare(storage.as_ref(), size));
        // Without a thread the spare is made when it is needed.
        if let Ok(thread) = spawned {
            *self = Spare::Underway(thread);
        }
    }

    /// Returns when there is a spare.
    pub(super) fn ensure(&mut self, storage: &Arc<dyn Storage>, size: u64) -> Result<(), JournalError> {
        let made = match std::mem::replace(self, Spare::Missing) {
            Spare::Ready => Ok(()),
            Spare::Missing => prepare(storage.as_ref(), size),
            // What went wrong in the background may be long past.
            Spare::Underway(thread) => join(thread).or_else(|_| prepare(storage.as_ref(), size)),
        };
        match made {
            Ok(()) => {
                *self = Spare::Ready;
                Ok(())
            }
            Err(source) => Err(match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => JournalError::NoSpace { source },
                _ => JournalError::io("prepare", SPARE)(source),
            }),
        }
    }

    /// The spare has become a segment.
    pub(super) fn used(&mut self) {
        *self = Spare::Missing;
    }

    /// Removes the spare; one that cannot be removed is harmless, the next opening tries again.
    pub(super) fn discard(&mut self, storage: &dyn Storage) {
        self.wait();
        let _ = storage.remove(SPARE);
    }

    /// Returns when no thread is at work any more.
    pub(super) fn wait(&mut self) {
        if let Spare::Underway(thread) = std::mem::replace(self, Spare::Missing) {
            let _ = join(thread);
        }
    }
}

fn join(thread: JoinHandle<io::Result<()>>) -> io::Result<()> {
    thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that prepared it panicked")))
}

fn prepare(storage: &dyn Storage, size: u64) -> io::Result<()> {
    remove_stale(storage)?;
    let made = storage.create(SPARE, size).and_then(|file| file.sync_all());
    if made.is_err() {
        // Half a spare only holds space that others may need.
        let _ = storage.remove(SPARE);
    }
    made
}

/// Removes what an earlier writer may have left.
pub(super) fn remove_stale(storage: &dyn Storage) -> io::Result<()> {
    match storage.remove(SPARE) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
