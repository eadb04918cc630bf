//! What a journal's files look like to other users of the machine, and what a held lock says.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use longmen_journal::{Appender, FileStorage, JournalError, Runs, Snapshot};

use crate::common::{append, config};

#[test]
fn nobody_else_may_look_at_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("x/y/z");
    let storage = FileStorage::new(&root);
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    append(&mut appender, 1, 10);
    appender.switch_segment(5_000).unwrap();
    Snapshot::write(&storage, appender.ledger_id(), appender.head(), &Runs::default(), b"the books").unwrap();
    let mode = |path: &str| std::fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o7777;
    for path in ["x", "x/y", "x/y/z", "x/y/z/seg", "x/y/z/snap", "x/y/z/quarantine"] {
        assert_eq!(mode(path), 0o700, "{path}");
    }
    for path in [
        "x/y/z/LOCK",
        "x/y/z/MANIFEST.a",
        "x/y/z/MANIFEST.b",
        "x/y/z/seg/0000000000000001-00000001.jrn",
        "x/y/z/snap/00000000000000000002.snap",
    ] {
        assert_eq!(mode(path), 0o600, "{path}");
    }
    assert_eq!(mode("x/y/z/seg/0000000000000000-00000001.jrn"), 0o400, "sealed");
}

#[test]
fn a_held_lock_is_not_taken_for_a_writer() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Arc::new(FileStorage::new(dir.path()));
    Appender::create(storage.clone(), config(), 1_000).unwrap().close(2_000).unwrap();
    // A reader that looks whether a writer is there, for longer than usual.
    let lock = std::fs::File::open(dir.path().join("LOCK")).unwrap();
    lock.lock_shared().unwrap();
    let error = Appender::open(storage.clone(), config(), 3_000).unwrap_err();
    assert!(matches!(error, JournalError::InUse));
    assert!(error.to_string().contains("reader"), "{error}");
    drop(lock);
    Appender::open(storage, config(), 3_000).unwrap();
}
