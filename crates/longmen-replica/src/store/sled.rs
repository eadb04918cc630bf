//! Rows in sled: one tree; what must be true together is one atomic batch, and what must be durable is flushed.
//!
//! sled stops at what it finds damaged, now and then with a panic or not at all, so every call is fenced: a panic is
//! damage, and what could wait for ever (opening, closing) has a deadline.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::{Row, Store};
use crate::StoreError;

/// Bytes of pages that sled keeps in memory; what it needs beside them is more than that.
const CACHE: u64 = 48 << 20;

/// Opening takes no longer than this, or it counts as damage; a store of some GB opens in a few seconds.
const OPENING: Duration = Duration::from_secs(120);

/// Everything was flushed before, so that there is nothing to lose if closing takes longer.
const CLOSING: Duration = Duration::from_secs(10);

/// Rows in a directory of sled's.
#[derive(Debug)]
pub(crate) struct SledStore {
    /// Always there until it is dropped.
    db: Option<sled::Db>,
}

impl SledStore {
    /// Opens the rows in this directory, which is made if need be.
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(CACHE)
            .mode(sled::Mode::LowSpace)
            .flush_every_ms(None)
            .print_profile_on_drop(false);
        let opened = within(OPENING, move || fenced("opened", || unlocked(&config)));
        let db = opened.unwrap_or_else(|| Err(StoreError::Damaged { what: "they do not open".into() }))?;
        Ok(Self { db: Some(db) })
    }

    fn with<T>(
        &self,
        op: &'static str,
        call: impl FnOnce(&sled::Db) -> sled::Result<T>,
    ) -> Result<T, StoreError> {
        let closed = || StoreError::Io { op, cause: "they are closed".into() };
        let db = self.db.as_ref().ok_or_else(closed)?;
        fenced(op, || call(db))
    }
}

impl Store for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.with("read", |db| db.get(key))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn last_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        let row = self.with("read", |db| db.range(low..=high).next_back().transpose())?;
        Ok(row.map(|(key, value)| (key.to_vec(), value.to_vec())))
    }

    fn first_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        let row = self.with("read", |db| db.range(low..=high).next().transpose())?;
        Ok(row.map(|(key, value)| (key.to_vec(), value.to_vec())))
    }

    fn put(&self, (key, value): Row) -> Result<(), StoreError> {
        self.with("written", |db| db.insert(key, value).map(drop))
    }

    fn put_all(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        rows.into_iter().for_each(|(key, value)| batch.insert(key, value));
        self.with("written", |db| {
            db.apply_batch(batch)?;
            db.flush().map(drop)
        })
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        let Some(db) = self.db.take() else { return };
        let closed = within(CLOSING, move || catch_unwind(AssertUnwindSafe(|| drop(db))));
        if !matches!(closed, Some(Ok(()))) {
            tracing::warn!(
                "the replica's rows could not be closed; they are looked at when they are opened again"
            );
        }
    }
}

/// Opens what sled's own threads may still be closing; nobody else can have it, because the directory is locked.
fn unlocked(config: &sled::Config) -> sled::Result<sled::Db> {
    let start = Instant::now();
    loop {
        match config.open() {
            Err(sled::Error::Io(error))
                if error.to_string().contains("acquire lock") && start.elapsed() < CLOSING =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            opened => return opened,
        }
    }
}

/// Makes damage of a panic.
fn fenced<T>(op: &'static str, call: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(done) => done.map_err(|error| store_error(op, &error)),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
            Err(StoreError::Damaged { what: format!("they could not be {op}: {said}") })
        }
    }
}

/// What a disk without space or permission says is no damage: new rows would fare no better.
fn store_error(op: &'static str, error: &sled::Error) -> StoreError {
    use std::io::ErrorKind as Kind;
    let is_elsewhere = |kind| {
        let room = matches!(kind, Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge);
        room || matches!(kind, Kind::PermissionDenied | Kind::ReadOnlyFilesystem)
    };
    match error {
        sled::Error::Io(io) if is_elsewhere(io.kind()) => StoreError::Io { op, cause: error.to_string() },
        _ => StoreError::Damaged { what: format!("they could not be {op}: {error}") },
    }
}

/// Calls on a thread of its own, and waits no longer than this; nothing if that was not enough.
fn within<T: Send + 'static>(deadline: Duration, call: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, wait) = mpsc::channel();
    let thread = std::thread::Builder::new().name("longmen-rows".into()).spawn(move || {
        // Nobody waits any more where this fails.
        let _ = done.send(call());
    });
    thread.ok().and_then(|_| wait.recv_timeout(deadline).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_for_ever_is_waited_for_no_longer_than_its_deadline() {
        let begun = Instant::now();
        let stuck = within(Duration::from_millis(20), || std::thread::sleep(Duration::from_secs(60)));
        assert_eq!((stuck, begun.elapsed() < Duration::from_secs(30)), (None, true));
        assert_eq!(within(Duration::from_secs(60), || 7), Some(7));
    }

    #[test]
    fn a_disk_that_takes_no_more_is_no_damage_and_a_panic_is() {
        use std::io::{Error as Io, ErrorKind};
        let said = |kind: ErrorKind| fenced::<()>("written", || Err(Io::from(kind).into())).unwrap_err();
        for kind in [ErrorKind::StorageFull, ErrorKind::FileTooLarge, ErrorKind::PermissionDenied] {
            assert!(!said(kind).is_damage(), "{kind:?}");
        }
        for kind in [ErrorKind::UnexpectedEof, ErrorKind::NotFound, ErrorKind::Other] {
            assert!(said(kind).is_damage(), "{kind:?}");
        }
        let panicked = fenced::<()>("read", || panic!("so says a test")).unwrap_err();
        assert!(panicked.is_damage() && panicked.to_string().contains("so says a test"), "{panicked}");
    }
}
