//! Files in memory, for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Claim, ReadFile, ReadStorage, Storage, WriteFile};
use crate::layout::{to_u64, to_usize};

type Bytes = Arc<Mutex<Vec<u8>>>;

/// A journal's directory in memory; a clone is the same store.
///
/// Every write is durable at once: it loses nothing, and simulates no power cut.
#[derive(Clone, Default)]
pub struct MemoryStorage {
    store: Arc<Mutex<Store>>,
}

#[derive(Default)]
struct Store {
    files: BTreeMap<String, Bytes>,
    claimed: Arc<Mutex<bool>>,
}

impl MemoryStorage {
    /// An empty store.
    pub fn new() -> MemoryStorage {
        MemoryStorage::default()
    }

    /// A store that holds these files.
    pub fn with_files(files: BTreeMap<String, Vec<u8>>) -> MemoryStorage {
        let storage = MemoryStorage::new();
        storage.restore(files);
        storage
    }

    /// A copy of every file.
    pub fn snapshot(&self) -> BTreeMap<String, Vec<u8>> {
        lock(&self.store).files.iter().map(|(path, bytes)| (path.clone(), lock(bytes).clone())).collect()
    }

    /// Replaces every file; files that are open keep the old bytes.
    pub fn restore(&self, files: BTreeMap<String, Vec<u8>>) {
        lock(&self.store).files =
            files.into_iter().map(|(path, bytes)| (path, Arc::new(Mutex::new(bytes)))).collect();
    }

    /// Changes one file in place, as rot or an attacker would; says whether there is such a file.
    pub fn tamper(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        self.bytes(path).map(|bytes| change(&mut lock(&bytes))).is_ok()
    }

    fn bytes(&self, path: &str) -> io::Result<Bytes> {
        lock(&self.store).files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl fmt::Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(lock(&self.store).files.keys()).finish()
    }
}

impl ReadStorage for MemoryStorage {
    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let store = lock(&self.store);
        let below = store.files.keys().filter_map(|path| path.strip_prefix(&prefix));
        let names: BTreeSet<&str> = below.filter_map(|rest| rest.split('/').next()).collect();
        Ok(names.into_iter().map(str::to_owned).collect())
    }

    fn open_read(&self, path: &str) -> io::Result<Box<dyn ReadFile>> {
        Ok(Box::new(MemoryFile(self.bytes(path)?)))
    }

    fn writer_is_live(&self) -> io::Result<bool> {
        Ok(*lock(&lock(&self.store).claimed))
    }
}

impl Storage for MemoryStorage {
    fn claim(&self) -> io::Result<Box<dyn Claim>> {
        let mut store = lock(&self.store);
        let claimed = Arc::clone(&store.claimed);
        if std::mem::replace(&mut *lock(&claimed), true) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        store.files.entry(crate::layout::LOCK.to_owned()).or_default();
        Ok(Box::new(MemoryClaim(claimed)))
    }

    fn create(&self, path: &str, len: u64) -> io::Result<Box<dyn WriteFile>> {
        let mut store = lock(&self.store);
        if store.files.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let bytes: Bytes = Arc::new(Mutex::new(vec![0; to_usize(len)]));
        store.files.insert(path.to_owned(), Arc::clone(&bytes));
        Ok(Box::new(MemoryFile(bytes)))
    }

    fn open_write(&self, path: &str) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(MemoryFile(self.bytes(path)?)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut store = lock(&self.store);
        let bytes = store.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        store.files.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        lock(&self.store).files.remove(path).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn create_dir(&self, _path: &str) -> io::Result<()> {
        Ok(())
    }

    fn sync_dir(&self, _path: &str) -> io::Result<()> {
        Ok(())
    }

    fn make_read_only(&self, _path: &str) -> io::Result<()> {
        Ok(())
    }
}

struct MemoryFile(Bytes);

impl ReadFile for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        Ok(to_u64(lock(&self.0).len()))
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let bytes = lock(&self.0);
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let found = bytes.get(start..start.saturating_add(buf.len())).ok_or(io::ErrorKind::UnexpectedEof)?;
        buf.copy_from_slice(found);
        Ok(())
    }
}

impl WriteFile for MemoryFile {
    fn write_all_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        let mut bytes = lock(&self.0);
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let end = start + buf.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[start..end].copy_from_slice(buf);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn sync_all(&self) -> io::Result<()> {
        Ok(())
    }
}

struct MemoryClaim(Arc<Mutex<bool>>);

impl Claim for MemoryClaim {
    fn still_held(&self) -> io::Result<bool> {
        Ok(true)
    }
}

impl Drop for MemoryClaim {
    fn drop(&mut self) {
        *lock(&self.0) = false;
    }
}

/// A panic in one test thread must not hide the bytes from the others.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
