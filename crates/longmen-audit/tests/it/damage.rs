//! Damaged bytes: they are in the inspection, and the audit goes as far as the entries are whole.

use std::sync::Arc;

use longmen_audit::{AuditError, verify};
use longmen_journal::{JournalError, MemoryStorage};

use crate::build::{ALICE, BANK, append, audit, create, findings, group, sample};

/// A journal of three batches, the last of which breaks a law, and the segment's path.
fn three_batches() -> (MemoryStorage, String) {
    let disk = MemoryStorage::new();
    let mut appender = create(&disk);
    append(&mut appender, &sample());
    append(&mut appender, &[group("k", BANK, ALICE, 5)]);
    append(&mut appender, &[group("l", ALICE, ALICE, 5)]);
    appender.close(1_000_000).unwrap();
    let path = disk.snapshot().keys().find(|path| path.starts_with("seg/")).unwrap().clone();
    (disk, path)
}

#[test]
fn a_flipped_bit_is_damage_and_stops_the_walk_before_it() {
    let (disk, path) = three_batches();
    assert_eq!(audit(&disk).violations_count, 1);
    // Segment header, genesis and the sample come first; the second batch is the last sector but one.
    let image = disk.snapshot();
    let used = image[&path].iter().rposition(|byte| *byte != 0).unwrap();
    let second = (used / 4_096 - 1) * 4_096;
    assert!(disk.tamper(&path, |bytes| bytes[second + 200] ^= 4));

    let report = audit(&disk);
    assert!(!report.is_clean());
    assert!(!report.inspection.damages.is_empty());
    let stopped_by = report.stopped_by.as_ref().unwrap();
    assert_eq!(
        (stopped_by.file.as_str(), stopped_by.offset),
        (path.as_str(), u64::try_from(second).unwrap())
    );
    assert_eq!((report.head.next_position, report.entries, report.accounts), (40, 40, 7));
    assert_eq!(findings(&report), [], "what is before the damage is audited and whole");
}

#[test]
fn wherever_a_bit_flips_the_report_is_not_clean() {
    let disk = MemoryStorage::new();
    let mut appender = create(&disk);
    append(&mut appender, &sample());
    appender.close(1_000_000).unwrap();
    let image = disk.snapshot();
    for (path, bytes) in &image {
        for at in (0..bytes.len()).step_by(if path.starts_with("seg/") { 32_003 } else { 509 }) {
            let mut damaged = image.clone();
            damaged.get_mut(path).unwrap()[at] ^= 1 << (at % 8);
            let report = audit(&MemoryStorage::with_files(damaged));
            assert!(!report.is_clean(), "{path} at {at}");
        }
    }
}

#[test]
fn without_a_manifest_there_is_still_a_report() {
    let (disk, _) = three_batches();
    for path in ["MANIFEST.a", "MANIFEST.b"] {
        assert!(disk.tamper(path, |bytes| bytes[0] ^= 1));
    }
    let report = audit(&disk);
    assert!(!report.is_clean());
    assert!(report.stopped_by.is_some());
    assert_eq!((report.entries, report.inspection.entries), (0, 42));
}

#[test]
fn an_empty_directory_is_an_error_that_says_what_to_do() {
    let error = verify(Arc::new(MemoryStorage::new()), &mut |_, _| ()).unwrap_err();
    assert!(matches!(error, AuditError::Journal(JournalError::NotAJournal { .. })), "{error:?}");
    assert!(error.to_string().ends_with("create one, or check the path"), "{error}");
}
