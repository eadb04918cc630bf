//! The replica's directory: a lock, and the rows under a number that grows whenever they are built again.
//!
//! A store that was given up may still be at work on its files, so no path is used twice.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use longmen_journal::LedgerId;

use super::{CheckedStore, SledStore, Store};
use crate::{Error, StoreError};

const LOCK: &str = "lock";
const ROWS: &str = "rows-";

/// The directory of one replica, which no other one can have at the same time.
#[derive(Debug)]
pub(crate) struct StoreDir {
    dir: PathBuf,
    ledger_id: LedgerId,
    /// The number of the rows in use.
    number: u64,
    /// Held until this is dropped.
    _lock: File,
}

impl StoreDir {
    /// Takes the directory, which is made if need be.
    pub(crate) fn open(dir: &Path, ledger_id: LedgerId) -> Result<Self, Error> {
        std::fs::create_dir_all(dir).map_err(io("opened"))?;
        let lock = File::create(dir.join(LOCK)).map_err(io("opened"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse { dir: dir.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(io("opened")(error).into()),
        }
        let number = numbers(dir)?.into_iter().max().unwrap_or(1);
        Ok(Self { dir: dir.to_owned(), ledger_id, number, _lock: lock })
    }

    /// The newest rows.
    pub(crate) fn store(&self) -> Result<Arc<dyn Store>, Error> {
        let store = SledStore::open(&self.rows(self.number))?;
        Ok(Arc::new(CheckedStore::open(Box::new(store), self.ledger_id)?))
    }

    /// Empty rows; those in use until now are kept for whoever wants to know what happened to them, older ones are not.
    pub(crate) fn start_anew(&mut self) -> Result<Arc<dyn Store>, Error> {
        for number in numbers(&self.dir)?.into_iter().filter(|number| *number != self.number) {
            std::fs::remove_dir_all(self.rows(number)).map_err(io("removed"))?;
        }
        self.number = self.number.saturating_add(1);
        self.store()
    }

    fn rows(&self, number: u64) -> PathBuf {
        self.dir.join(format!("{ROWS}{number}"))
    }
}

/// The numbers of the rows that there are.
fn numbers(dir: &Path) -> Result<Vec<u64>, StoreError> {
    let mut numbers = Vec::new();
    for file in std::fs::read_dir(dir).map_err(io("listed"))? {
        let name = file.map_err(io("listed"))?.file_name();
        let number: Option<u64> = name.to_str().and_then(|name| name.strip_prefix(ROWS)?.parse().ok());
        numbers.extend(number);
    }
    Ok(numbers)
}

fn io(op: &'static str) -> impl Fn(std::io::Error) -> StoreError {
    move |error| StoreError::Io { op, cause: error.to_string() }
}
