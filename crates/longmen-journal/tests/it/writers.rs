//! One writer: a second one is refused, a deposed one stops, one that met an error acknowledges nothing more; readers
//! beside a writer see what is durable and nothing else.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use longmen_journal::{
    Appender, Batch, Claim, Config, FileStorage, Inspection, InspectionState, Journal, JournalError,
    MemoryStorage, ReadFile, ReadStorage, Storage, WriteFile, inspect,
};

use crate::common::{append, config, inspected, push, read_all};

#[test]
fn a_second_writer_is_refused_while_the_first_lives() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Arc::new(FileStorage::new(dir.path()));
    let first = Appender::create(storage.clone(), config(), 1_000).unwrap();
    assert!(matches!(Appender::open(storage.clone(), config(), 2_000), Err(JournalError::InUse)));
    assert!(matches!(Appender::create(storage.clone(), config(), 2_000), Err(JournalError::InUse)));
    first.close(3_000).unwrap();
    Appender::open(storage.clone(), config(), 4_000).unwrap().0.close(5_000).unwrap();
    assert!(matches!(Appender::create(storage, config(), 6_000), Err(JournalError::AlreadyExists)));
}

#[test]
fn a_directory_without_a_journal_is_left_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Arc::new(FileStorage::new(dir.path().join("none")));
    assert!(matches!(Appender::open(storage.clone(), config(), 1), Err(JournalError::NotAJournal { .. })));
    assert!(matches!(Journal::open(storage.clone()), Err(JournalError::NotAJournal { .. })));
    assert_eq!(inspect(storage.as_ref(), &mut |_, _| ()).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert!(!dir.path().join("none").exists());
}

#[test]
fn an_interrupted_creation_can_be_done_again() {
    let storage = MemoryStorage::new();
    drop(Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap());
    let mut image = storage.snapshot();
    image.retain(|path, _| !path.ends_with(".jrn") && path != "MANIFEST.a");
    let storage = MemoryStorage::with_files(image);
    assert!(matches!(
        Appender::open(Arc::new(storage.clone()), config(), 2),
        Err(JournalError::NotAJournal { .. })
    ));
    Appender::create(Arc::new(storage.clone()), config(), 3_000).unwrap().close(4_000).unwrap();
    assert_eq!(inspected(&storage).state, InspectionState::Clean);
}

#[test]
fn a_writer_whose_directory_was_replaced_stops() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("ledger");
    let mut appender = Appender::create(Arc::new(FileStorage::new(&root)), config(), 1_000).unwrap();
    append(&mut appender, 1, 10);
    std::fs::rename(&root, dir.path().join("moved")).unwrap();
    let mut batch = Batch::new();
    push(&mut batch, &appender, 1, 10);
    assert!(matches!(appender.append(&mut batch, 9_000), Err(JournalError::Fenced)));
    assert!(matches!(appender.append(&mut batch, 9_000), Err(JournalError::Poisoned { .. })));
}

#[test]
fn a_batch_that_does_not_fit_is_refused_and_harms_nothing() {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    let head = appender.head();
    let refused: [(u16, u64, u64, u32, usize); 6] = [
        (15, 1, 2_000, 1, 8),
        (16, 2, 2_000, 1, 8),
        (16, 0, 2_000, 1, 8),
        (16, 1, 1_000, 1, 8),
        (16, 1, 2_000, 2, 8),
        (16, 1, 2_000, 1, 16 << 10),
    ];
    for (kind, position, time_ns, epoch, len) in refused {
        let mut batch = Batch::new();
        batch.push(kind, 1, position, time_ns, epoch, |out| out.resize(out.len() + len, 1));
        let error = appender.append(&mut batch, 5_000).unwrap_err();
        let known = matches!(error, JournalError::BadBatch { .. } | JournalError::TooLarge { .. });
        assert!(known && appender.head() == head, "{error}");
    }
    append(&mut appender, 1, 16_000);
    assert_eq!(appender.max_batch_bytes(), 16 << 10);
}

fn visible(storage: &Arc<dyn ReadStorage>) -> u64 {
    Journal::open(Arc::clone(storage)).unwrap().head().unwrap().next_position
}

fn look(storage: &Arc<dyn ReadStorage>) -> Inspection {
    inspect(storage.as_ref(), &mut |_, _| ()).unwrap()
}

#[test]
fn a_reader_beside_a_writer_sees_what_is_known_to_be_durable() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Arc::new(FileStorage::new(dir.path()));
    let reader: Arc<dyn ReadStorage> = storage.clone();
    let mut appender = Appender::create(storage.clone(), config(), 1_000).unwrap();
    assert_eq!(visible(&reader), 1);
    append(&mut appender, 2, 100);
    assert_eq!(visible(&reader), 1, "nothing vouches for the last batch yet");
    append(&mut appender, 2, 100);
    assert_eq!(visible(&reader), 3, "the next batch vouches for the one before");
    let journal = Journal::open(Arc::clone(&reader)).unwrap();
    journal.note_durable_below(5);
    assert_eq!(journal.head().unwrap().next_position, 5, "the embedder vouches for it");
    appender.note_durable(20_000).unwrap();
    assert_eq!(visible(&reader), 5, "the manifest vouches for it");
    append(&mut appender, 2, 100);
    appender.switch_segment(30_000).unwrap();
    assert_eq!(visible(&reader), 7, "a later segment vouches for the one before");
    assert_eq!((look(&reader).state, look(&reader).damages), (InspectionState::InUse, vec![]));
    append(&mut appender, 2, 100);
    drop(appender);
    assert_eq!(visible(&reader), 9, "without a writer every valid batch counts");
    assert_eq!(look(&reader).state, InspectionState::Unclean);
}

#[test]
fn a_reader_never_sees_damage_where_a_writer_is_at_work() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Arc::new(FileStorage::new(dir.path()));
    let config = Config { sync: false, ..config() };
    let mut appender = Appender::create(storage.clone(), config, 1_000).unwrap();
    let writer = std::thread::spawn(move || {
        for round in 0..600 {
            append(&mut appender, 1 + round % 7, 200);
            if round % 9 == 0 {
                appender.note_durable(round).unwrap();
            }
        }
        appender.close(u64::MAX / 2).unwrap();
    });
    let reader: Arc<dyn ReadStorage> = storage;
    let mut last = 0;
    while !writer.is_finished() {
        let now = visible(&reader);
        assert!(now >= last, "the head went back from {last} to {now}");
        last = now;
        assert_eq!(look(&reader).damages, []);
    }
    writer.join().unwrap();
    assert_eq!(look(&reader).state, InspectionState::Clean);
}

#[test]
fn without_syncing_nothing_is_durable_until_asked() {
    let storage = MemoryStorage::new();
    let config = Config { sync: false, ..config() };
    let mut appender = Appender::create(Arc::new(storage.clone()), config, 1_000).unwrap();
    append(&mut appender, 2, 100);
    assert_eq!((appender.head().next_position, appender.durable_head().next_position), (3, 1));
    appender.sync().unwrap();
    assert_eq!(appender.durable_head(), appender.head());
    for _ in 0..60 {
        append(&mut appender, 3, 400);
    }
    assert!(appender.durable_head().next_position > 100, "what is in flight is bounded");
    appender.close(90_000).unwrap();
    assert_eq!((inspected(&storage).state, read_all(&storage).unwrap().len()), (InspectionState::Clean, 183));
}

/// A storage in memory that fails at its n-th change, and at every one after it.
#[derive(Clone, Debug)]
struct Failing {
    inner: MemoryStorage,
    left: Arc<AtomicU32>,
    calls_after: Arc<AtomicU32>,
    kind: io::ErrorKind,
}

impl Failing {
    fn tick(&self) -> io::Result<()> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            self.calls_after.fetch_add(1, Ordering::Relaxed);
            return Err(self.kind.into());
        }
        self.left.store(left - 1, Ordering::Relaxed);
        Ok(())
    }

    fn wrap(&self, file: Box<dyn WriteFile>) -> Box<dyn WriteFile> {
        Box::new(FailingFile { file, storage: self.clone() })
    }
}

impl ReadStorage for Failing {
    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.inner.list(dir)
    }
    fn open_read(&self, path: &str) -> io::Result<Box<dyn ReadFile>> {
        self.inner.open_read(path)
    }
    fn writer_is_live(&self) -> io::Result<bool> {
        self.inner.writer_is_live()
    }
}

impl Storage for Failing {
    fn claim(&self) -> io::Result<Box<dyn Claim>> {
        self.inner.claim()
    }
    fn create(&self, path: &str, len: u64) -> io::Result<Box<dyn WriteFile>> {
        self.tick()?;
        Ok(self.wrap(self.inner.create(path, len)?))
    }
    fn open_write(&self, path: &str) -> io::Result<Box<dyn WriteFile>> {
        self.tick()?;
        Ok(self.wrap(self.inner.open_write(path)?))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.tick()?;
        self.inner.rename(from, to)
    }
    fn remove(&self, path: &str) -> io::Result<()> {
        self.inner.remove(path)
    }
    fn create_dir(&self, path: &str) -> io::Result<()> {
        self.inner.create_dir(path)
    }
    fn sync_dir(&self, path: &str) -> io::Result<()> {
        self.tick()?;
        self.inner.sync_dir(path)
    }
    fn make_read_only(&self, path: &str) -> io::Result<()> {
        self.tick()?;
        self.inner.make_read_only(path)
    }
}

struct FailingFile {
    file: Box<dyn WriteFile>,
    storage: Failing,
}

impl ReadFile for FailingFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buf, offset)
    }
}

impl WriteFile for FailingFile {
    fn write_all_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        // A write that fails has written something.
        self.storage.tick().inspect_err(|_| {
            let _ = self.file.write_all_at(&buf[..buf.len() / 2], offset);
        })?;
        self.file.write_all_at(buf, offset)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.storage.tick()?;
        self.file.sync_data()
    }
    fn sync_all(&self) -> io::Result<()> {
        self.storage.tick()?;
        self.file.sync_all()
    }
}

/// Runs until the n-th change fails; gives how many entries were acknowledged, and the error that ended it.
fn run_until_failure(storage: &Failing) -> (u64, Option<JournalError>) {
    let mut appender = match Appender::create(Arc::new(storage.clone()), config(), 1_000) {
        Ok(appender) => appender,
        Err(error) => return (0, Some(error)),
    };
    let mut acknowledged = 1;
    let mut batch = Batch::new();
    for round in 0..30_u64 {
        batch.clear();
        push(&mut batch, &appender, 3, 1_500);
        let error = match appender.append(&mut batch, 2_000 + round) {
            Ok(()) => {
                acknowledged += 3;
                if round % 5 != 4 {
                    continue;
                }
                appender.note_durable(3_000).err()
            }
            Err(error) => Some(error),
        };
        let Some(error) = error else { continue };
        if matches!(error, JournalError::NoSpace { .. }) {
            return (acknowledged, Some(error));
        }
        // Poisoned for good: no further call reaches the storage, and none succeeds.
        let calls = storage.calls_after.load(Ordering::Relaxed);
        storage.left.store(u32::MAX, Ordering::Relaxed);
        assert!(matches!(appender.append(&mut batch, 9_000), Err(JournalError::Poisoned { .. })));
        assert!(matches!(appender.sync(), Err(JournalError::Poisoned { .. })));
        assert!(matches!(appender.note_durable(9_000), Err(JournalError::Poisoned { .. })));
        assert!(matches!(appender.close(9_000), Err(JournalError::Poisoned { .. })));
        assert_eq!(storage.calls_after.load(Ordering::Relaxed), calls);
        assert_eq!(calls, 1, "something was tried again after an error");
        return (acknowledged, Some(error));
    }
    (acknowledged, appender.close(90_000).err())
}

#[test]
fn after_any_error_nothing_is_tried_again_nothing_acknowledged_and_nothing_lost() {
    let mut failures = 0;
    for n in 0.. {
        let inner = MemoryStorage::new();
        let storage = Failing {
            inner: inner.clone(),
            left: Arc::new(AtomicU32::new(n)),
            calls_after: Arc::default(),
            kind: io::ErrorKind::PermissionDenied,
        };
        let (acknowledged, error) = run_until_failure(&storage);
        let Some(error) = error else { break };
        failures += 1;
        if acknowledged == 0 {
            continue;
        }
        let (appender, _) = Appender::open(Arc::new(inner.clone()), config(), 50_000)
            .unwrap_or_else(|refused| panic!("change {n} failed ({error}), and opening then: {refused}"));
        let head = appender.head().next_position;
        assert!(head >= acknowledged, "change {n}: {head} of {acknowledged} acknowledged entries");
        appender.close(60_000).unwrap();
        assert_eq!(inspected(&inner).damages, [], "change {n}");
    }
    assert!(failures > 100, "{failures}");
}

#[test]
fn without_space_for_the_next_segment_the_batch_is_refused_and_can_be_tried_again() {
    let inner = MemoryStorage::new();
    let storage = Failing {
        inner: inner.clone(),
        left: Arc::new(AtomicU32::new(u32::MAX)),
        calls_after: Arc::default(),
        kind: io::ErrorKind::StorageFull,
    };
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    for _ in 0..5 {
        append(&mut appender, 3, 2_000);
    }
    let mut batch = Batch::new();
    push(&mut batch, &appender, 3, 2_000);
    let head = appender.head();
    storage.left.store(0, Ordering::Relaxed);
    assert!(matches!(appender.append(&mut batch, 50_000), Err(JournalError::NoSpace { .. })));
    assert!(matches!(appender.append(&mut batch, 50_000), Err(JournalError::NoSpace { .. })));
    assert_eq!(appender.head(), head);
    storage.left.store(u32::MAX, Ordering::Relaxed);
    appender.append(&mut batch, 50_000).unwrap();
    appender.close(60_000).unwrap();
    assert_eq!(inspected(&inner).state, InspectionState::Clean);
}
