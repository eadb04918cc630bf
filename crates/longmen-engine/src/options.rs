//! How a ledger is run. Options are data; they are not kept in the directory, except the segment size.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use longmen_journal::{FileStorage, MemoryStorage, Storage};

use crate::{Error, Ledger};

/// When a command counts as done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Durability {
    /// As soon as the batch it came into is synced. Commands that wait at the same time share the sync.
    #[default]
    Synced,
    /// The same, but a batch is kept open for this long so that more commands share its sync.
    Window(Duration),
    /// When it is written but not synced: for tests, and for imports that end with [`Ledger::close`], which syncs.
    /// What was acknowledged, and what readers have seen, may be lost when the machine stops.
    Unsynced,
}

/// Nanoseconds since 1970-01-01T00:00:00Z.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// How a ledger is run.
///
/// ```
/// use longmen_engine::{Durability, Options};
///
/// let dir = tempfile::tempdir()?;
/// let options = Options { durability: Durability::Unsynced, segment_size: 1 << 20, ..Options::default() };
/// let ledger = options.create(dir.path())?;
/// ledger.close()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Options {
    /// When a command counts as done.
    pub durability: Durability,
    /// How many submissions may wait in the queue before a caller is held back; a slice is one submission.
    pub queue_len: usize,
    /// Bytes of one journal file, a multiple of 64 KiB; fixed when the ledger is created.
    pub segment_size: u64,
    /// A snapshot is written after this many entries, so that the next open has less to replay; 0 for never.
    pub snapshot_every: u64,
    /// How long a disk without room for the next journal file is waited for, callers held back, before the ledger
    /// stops with nothing lost.
    pub space_patience: Duration,
    /// Where journal time comes from.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Synced,
            queue_len: 1_024,
            segment_size: 64 << 20,
            snapshot_every: 1_000_000,
            space_patience: Duration::from_secs(10),
            clock: Arc::new(system_time_ns),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("durability", &self.durability)
            .field("queue_len", &self.queue_len)
            .field("segment_size", &self.segment_size)
            .field("snapshot_every", &self.snapshot_every)
            .field("space_patience", &self.space_patience)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// Creates a ledger in `dir`, which is made if need be.
    ///
    /// # Errors
    ///
    /// [`Error::Journal`] where the directory holds a journal already or cannot be written.
    pub fn create(self, dir: impl AsRef<Path>) -> Result<Ledger, Error> {
        self.create_on(Arc::new(FileStorage::new(dir.as_ref())))
    }

    /// Opens the ledger in `dir`.
    ///
    /// # Errors
    ///
    /// [`Error::Journal`] where there is none, another process has it open, or it is damaged.
    pub fn open(self, dir: impl AsRef<Path>) -> Result<Ledger, Error> {
        self.open_on(Arc::new(FileStorage::new(dir.as_ref())))
    }

    /// Creates a ledger that lives in memory and is gone when it is closed: the same engine, for an embedder's tests.
    ///
    /// # Errors
    ///
    /// [`Error::Thread`] where the writer's threads cannot be started.
    pub fn in_memory(self) -> Result<Ledger, Error> {
        let segment_size = self.segment_size.min(4 << 20);
        Self { segment_size, ..self }.create_on(Arc::new(MemoryStorage::new()))
    }

    /// Creates a ledger on any storage.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn create_on(self, storage: Arc<dyn Storage>) -> Result<Ledger, Error> {
        Ledger::create_on(storage, self)
    }

    /// Opens a ledger on any storage.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_on(self, storage: Arc<dyn Storage>) -> Result<Ledger, Error> {
        Ledger::open_on(storage, self)
    }
}

/// A clock whose readings stay below a bound: one wild reading must not use up all the time there is.
#[derive(Clone)]
pub(crate) struct BoundedClock(pub(crate) Clock);

/// In the year 2116.
const TIME_NS_MAX: u64 = 1 << 62;

impl BoundedClock {
    pub(crate) fn now_ns(&self) -> u64 {
        (self.0)().min(TIME_NS_MAX)
    }
}

fn system_time_ns() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
