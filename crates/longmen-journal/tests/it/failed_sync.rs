//! After a sync that failed, the system shows bytes that the disk has not got and takes them for synced. What an opening
//! then finds and builds upon must be on the disk before anything is acknowledged again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use longmen_journal::{
    Appender, Batch, Claim, Config, DamageClass, JournalError, MemoryStorage, ReadFile, ReadStorage, Storage,
    WriteFile,
};

use crate::common::{Image, append, config, inspected, last_segment, push, read_all, used_len};
use crate::hooked::{Hooked, Step};

/// One file: what a reader sees, what the disk holds, and the sectors that a sync would write.
#[derive(Default)]
struct Bytes {
    now: Vec<u8>,
    disk: Vec<u8>,
    dirty: BTreeSet<usize>,
}

type File = Arc<Mutex<Bytes>>;

/// Files behind a cache. A sync that fails leaves its sectors clean and off the disk; names are durable at once.
#[derive(Clone, Default)]
struct Cached {
    files: Arc<Mutex<BTreeMap<String, File>>>,
    claimed: Arc<AtomicBool>,
    /// How many syncs succeed before one fails.
    left: Arc<AtomicU32>,
}

impl Cached {
    fn fail_after(&self, syncs: u32) {
        self.left.store(syncs, Ordering::Relaxed);
    }

    /// What is there when the power comes back.
    fn power_cut(&self) -> Image {
        let files = self.files.lock().unwrap();
        files.iter().map(|(path, file)| (path.clone(), file.lock().unwrap().disk.clone())).collect()
    }

    fn file(&self, path: &str) -> io::Result<Box<CachedFile>> {
        let file = self.files.lock().unwrap().get(path).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(CachedFile { file, left: Arc::clone(&self.left) }))
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.files.lock().unwrap().keys()).finish()
    }
}

impl ReadStorage for Cached {
    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let files = self.files.lock().unwrap();
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let names: BTreeSet<&str> = files
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix))
            .filter_map(|rest| rest.split('/').next())
            .collect();
        Ok(names.into_iter().map(str::to_owned).collect())
    }
    fn open_read(&self, path: &str) -> io::Result<Box<dyn ReadFile>> {
        Ok(self.file(path)?)
    }
    fn writer_is_live(&self) -> io::Result<bool> {
        Ok(self.claimed.load(Ordering::SeqCst))
    }
}

impl Storage for Cached {
    fn claim(&self) -> io::Result<Box<dyn Claim>> {
        assert!(!self.claimed.swap(true, Ordering::SeqCst));
        self.files.lock().unwrap().entry("LOCK".to_owned()).or_default();
        Ok(Box::new(CachedClaim(Arc::clone(&self.claimed))))
    }
    fn create(&self, path: &str, len: u64) -> io::Result<Box<dyn WriteFile>> {
        let mut files = self.files.lock().unwrap();
        assert!(!files.contains_key(path), "{path}");
        let len = usize::try_from(len).unwrap();
        // The length is durable with the name, which makes it harder to tell what was lost.
        let file = Bytes { now: vec![0; len], disk: vec![0; len], dirty: BTreeSet::new() };
        files.insert(path.to_owned(), Arc::new(Mutex::new(file)));
        drop(files);
        self.open_write(path)
    }
    fn open_write(&self, path: &str) -> io::Result<Box<dyn WriteFile>> {
        Ok(self.file(path)?)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.files.lock().unwrap();
        let file = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }
    fn remove(&self, path: &str) -> io::Result<()> {
        self.files.lock().unwrap().remove(path).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
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

struct CachedClaim(Arc<AtomicBool>);

impl Claim for CachedClaim {
    fn still_held(&self) -> io::Result<bool> {
        Ok(true)
    }
}

impl Drop for CachedClaim {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

struct CachedFile {
    file: File,
    left: Arc<AtomicU32>,
}

impl ReadFile for CachedFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.lock().unwrap().now.len().try_into().unwrap())
    }
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        let file = self.file.lock().unwrap();
        buf.copy_from_slice(file.now.get(start..start + buf.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl WriteFile for CachedFile {
    fn write_all_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        let mut file = self.file.lock().unwrap();
        file.now[start..start + buf.len()].copy_from_slice(buf);
        file.dirty.extend(start / 4096..(start + buf.len()).div_ceil(4096));
        Ok(())
    }
    fn sync_data(&self) -> io::Result<()> {
        let mut file = self.file.lock().unwrap();
        let dirty = std::mem::take(&mut file.dirty);
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.wrapping_sub(1), Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::other("a sync failed"));
        }
        for sector in dirty {
            let bytes = sector * 4096..file.now.len().min((sector + 1) * 4096);
            let Bytes { now, disk, .. } = &mut *file;
            disk[bytes.clone()].copy_from_slice(&now[bytes]);
        }
        Ok(())
    }
    fn sync_all(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Works until a sync fails; gives how many entries were acknowledged, and the error.
fn work(appender: &mut Appender, rounds: u64) -> (u64, Option<JournalError>) {
    let mut batch = Batch::new();
    for round in 0..rounds {
        batch.clear();
        push(&mut batch, appender, 1 + round % 4, 1_400);
        let now_ns = appender.head().time_ns + 1_000;
        let mut done = appender.append(&mut batch, now_ns);
        if round % 5 == 4 {
            done = done.and_then(|()| appender.note_durable(now_ns));
        }
        if round % 7 == 6 {
            done = done.and_then(|()| appender.switch_segment(now_ns));
        }
        if done.is_err() {
            return (appender.durable_head().next_position, done.err());
        }
    }
    (appender.durable_head().next_position, None)
}

/// The n-th sync fails, and `again` more openings after it fail at their n-th sync; then the ledger is opened on the
/// same running system, acknowledges something, and the power goes. Says whether there were so many syncs at all.
fn lives_through(n: u32, sync: bool, again: Option<u32>) -> bool {
    let disk = Cached::default();
    disk.fail_after(u32::MAX);
    let config = Config { sync, ..config() };
    let mut appender = Appender::create(Arc::new(disk.clone()), config.clone(), 1_000).unwrap();
    disk.fail_after(n);
    let (mut acknowledged, mut failed) = work(&mut appender, 24);
    let at_close = failed.is_none();
    if at_close {
        failed = appender.close(900_000).err();
    } else {
        drop(appender);
    }
    if failed.is_none() {
        return false;
    }
    if let Some(m) = again {
        disk.fail_after(m);
        if let Ok((appender, _)) = Appender::open(Arc::new(disk.clone()), config.clone(), 950_000) {
            acknowledged = appender.durable_head().next_position;
        }
        let after = Arc::new(MemoryStorage::with_files(disk.power_cut()));
        let (appender, _) = Appender::open(after, config.clone(), 960_000).unwrap();
        assert!(appender.head().next_position >= acknowledged, "sync {n}, then {m}");
    }
    disk.fail_after(u32::MAX);
    let (mut appender, _) = Appender::open(Arc::new(disk.clone()), config.clone(), 990_000).unwrap();
    assert!(appender.head().next_position >= acknowledged);
    append(&mut appender, 2, 100);
    appender.sync().unwrap();
    let (head, hash) = (appender.head().next_position, appender.head().hash);
    drop(appender);

    let label = format!("sync {n}, then {again:?}, with a sync for each batch: {sync}");
    let after = MemoryStorage::with_files(disk.power_cut());
    let damages = inspected(&after).damages;
    // A slot whose sync failed at a close is old on the disk; the other one counts.
    let only_a_slot = at_close && damages.iter().all(|damage| damage.class == DamageClass::Manifest);
    assert!(damages.is_empty() || only_a_slot, "{label}: {damages:?}");
    let opened = Appender::open(Arc::new(after.clone()), config, 999_000);
    let (appender, _) = opened.unwrap_or_else(|error| panic!("{label}: {error}"));
    drop(appender);
    let hashes = read_all(&after).unwrap();
    assert_eq!(hashes[usize::try_from(head).unwrap() - 1], hash, "{label}");
    true
}

#[test]
fn what_an_opening_finds_after_a_failed_sync_is_on_the_disk_before_it_is_built_upon() {
    for sync in [true, false] {
        let tried = (0..).take_while(|n| lives_through(*n, sync, None)).count();
        assert!(tried > 20, "{tried}");
    }
}

#[test]
fn syncs_that_fail_while_an_opening_recovers_lose_nothing_either() {
    for n in (0..).take_while(|n| lives_through(*n, true, Some(u32::MAX))) {
        for m in 0..8 {
            lives_through(n, true, Some(m));
        }
    }
}

#[test]
fn what_is_gone_from_memory_before_it_is_written_again_is_not_built_upon() {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    append(&mut appender, 3, 500);
    append(&mut appender, 3, 500);
    drop(appender);
    // The disk never got the last batch, and memory drops it when the opening is about to write.
    let image = storage.snapshot();
    let live = last_segment(&image);
    let used = used_len(&image[&live]);
    let (inner, name) = (storage.clone(), live.clone());
    let forgetful = Hooked::new(storage.clone(), move |step, path| {
        if step == Step::OpenWrite && path == name {
            inner.tamper(path, |bytes| bytes[used - 4096..used].fill(0));
        }
        Ok(())
    });
    let opened = Appender::open(Arc::new(forgetful.clone()), config(), 80_000);
    assert!(matches!(opened, Err(JournalError::Io { .. })), "{opened:?}");
    assert_eq!(last_segment(&storage.snapshot()), live, "a segment was started");
    let (appender, _) = Appender::open(Arc::new(forgetful), config(), 90_000).unwrap();
    assert_eq!(appender.head().next_position, 5, "three entries, genesis and what was found");
    appender.close(95_000).unwrap();
    assert_eq!(inspected(&storage).damages, []);
}
