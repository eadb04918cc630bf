//! A crash in the middle of a batch: whatever part of it reached the disk, the journal is exactly the acknowledged
//! prefix, plus all of the batch or none of it.

use std::sync::Arc;

use longmen_journal::record::RecoveryReason;
use longmen_journal::{Appender, Hash, InspectionState, MemoryStorage, Opening, hash};

use crate::common::{Image, append, config, inspected, last_segment, open, read_all, used_len};

/// An image before the last batch, the same after it, and the hashes of all entries.
fn before_and_after(payload: usize) -> (Image, Image, Vec<Hash>) {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    append(&mut appender, 4, 500);
    append(&mut appender, 1, 900);
    let before = storage.snapshot();
    append(&mut appender, 3, payload);
    let after = storage.snapshot();
    drop(appender);
    let hashes = read_all(&storage).unwrap();
    (before, after, hashes)
}

/// Opens what a crash left, and checks all that an opening promises.
fn check(crashed: Image, whole: bool, hashes: &[Hash]) {
    let storage = MemoryStorage::with_files(crashed.clone());
    let kept = if whole { hashes.len() } else { hashes.len() - 3 };
    let seen = inspected(&storage);
    assert!(seen.damages.is_empty(), "{:?}", seen.damages);

    let (mut appender, found) = Appender::open(Arc::new(storage.clone()), config(), 50_000).unwrap();
    match found.opening {
        Opening::Torn { segno, offset, dropped_len } => {
            assert_eq!(seen.state, InspectionState::Torn);
            let record = found.records[0];
            let name = last_segment(&crashed);
            let start = usize::try_from(offset).unwrap();
            let dropped = &crashed[&name][start..start + usize::try_from(dropped_len).unwrap()];
            assert_eq!((record.segno, record.reason), (segno, RecoveryReason::TornWriteDropped));
            assert_eq!(record.digest, hash::digest(dropped));
            assert_eq!(storage.snapshot()[&found.quarantined.unwrap()], dropped);
            assert_eq!(storage.snapshot()[&name], crashed[&name], "an old segment was changed");
        }
        opening => assert_eq!((opening, seen.state), (Opening::Unclean, InspectionState::Unclean)),
    }
    append(&mut appender, 1, 10);
    appender.close(90_000).unwrap();
    let after = read_all(&storage).unwrap();
    assert_eq!(after[..kept], hashes[..kept]);
    assert_eq!(after.len(), kept + 2, "one recovery entry, one more entry");
    let seen = inspected(&storage);
    assert_eq!((seen.state, &seen.damages[..]), (InspectionState::Clean, &[][..]));
}

#[test]
fn every_subset_of_the_512_byte_pieces_of_a_torn_batch_rolls_back_to_what_was_acknowledged() {
    // 512 bytes is the least that a disk writes in one piece.
    let (before, after, hashes) = before_and_after(1_300);
    let live = last_segment(&before);
    let start = used_len(&before[&live]);
    let end = used_len(&after[&live]);
    // A piece of padding is zero before and after, so it makes no difference whether it was written.
    let differ = |at: &usize| before[&live][*at..at + 512] != after[&live][*at..at + 512];
    let pieces: Vec<usize> = (start..end).step_by(512).filter(differ).collect();
    assert_eq!((end - start, pieces.len()), (8192, 10));
    for subset in 0..1_u32 << pieces.len() {
        let mut crashed = before.clone();
        let bytes = crashed.get_mut(&live).unwrap();
        for (_, at) in (0..).zip(&pieces).filter(|(bit, _)| subset >> bit & 1 == 1) {
            bytes[*at..at + 512].copy_from_slice(&after[&live][*at..at + 512]);
        }
        let whole = bytes[..] == after[&live][..];
        check(crashed, whole, &hashes);
    }
}

#[test]
fn prefixes_of_a_torn_batch_roll_back_to_what_was_acknowledged() {
    let (before, after, hashes) = before_and_after(2_000);
    let live = last_segment(&before);
    let start = used_len(&before[&live]);
    let end = used_len(&after[&live]);
    for cut in (start..=end).step_by(97).chain([end]) {
        let mut crashed = before.clone();
        crashed.get_mut(&live).unwrap()[start..cut].copy_from_slice(&after[&live][start..cut]);
        let whole = crashed[&live] == after[&live];
        check(crashed, whole, &hashes);
    }
}

#[test]
fn a_torn_seal_is_dropped_and_recorded() {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    append(&mut appender, 4, 500);
    let before = storage.snapshot();
    appender.switch_segment(9_000).unwrap();
    drop(appender);
    let after = storage.snapshot();
    let sealed = last_segment(&before);
    let start = used_len(&before[&sealed]);
    for cut in [8, 128, 512, 4000, 4096] {
        let mut crashed = before.clone();
        let bytes = crashed.get_mut(&sealed).unwrap();
        bytes[start..start + cut].copy_from_slice(&after[&sealed][start..start + cut]);
        let storage = MemoryStorage::with_files(crashed);
        let (mut appender, found) = Appender::open(Arc::new(storage.clone()), config(), 50_000).unwrap();
        match found.opening {
            Opening::Unclean => assert_eq!(cut, 4096),
            opening => assert!(matches!(opening, Opening::Torn { dropped_len: 4096, .. }), "{opening:?}"),
        }
        append(&mut appender, 1, 10);
        appender.close(90_000).unwrap();
        assert_eq!(inspected(&storage).state, InspectionState::Clean);
    }
}

#[test]
fn a_recovery_that_is_interrupted_is_recorded_by_the_next_one() {
    let (before, after, hashes) = before_and_after(2_000);
    let live = last_segment(&before);
    let start = used_len(&before[&live]);
    let mut crashed = before;
    crashed.get_mut(&live).unwrap()[start..start + 4096].copy_from_slice(&after[&live][start..start + 4096]);
    let storage = MemoryStorage::with_files(crashed);
    let (manifest_a, manifest_b) =
        (storage.snapshot()["MANIFEST.a"].clone(), storage.snapshot()["MANIFEST.b"].clone());
    drop(open(&storage));
    // The new segment is there, its first batch is not; the manifest is the one written before it, or still older.
    let mut image = storage.snapshot();
    let newest = last_segment(&image);
    image.get_mut(&newest).unwrap()[4096..].fill(0);
    image.insert("MANIFEST.a".to_owned(), manifest_a);
    image.insert("MANIFEST.b".to_owned(), manifest_b);
    let epoch_two = storage.snapshot()["MANIFEST.b"].clone();
    image.insert("MANIFEST.b".to_owned(), epoch_two);
    let storage = MemoryStorage::with_files(image);
    assert!(inspected(&storage).damages.is_empty(), "{:?}", inspected(&storage).damages);

    let (appender, found) = Appender::open(Arc::new(storage.clone()), config(), 70_000).unwrap();
    let reasons: Vec<_> = found.records.iter().map(|record| (record.segno, record.reason)).collect();
    assert_eq!(reasons, [(0, RecoveryReason::TornWriteDropped), (1, RecoveryReason::UncleanEnd)]);
    appender.close(80_000).unwrap();
    assert_eq!(inspected(&storage).damages, []);
    assert_eq!(read_all(&storage).unwrap().len(), hashes.len() - 3 + 2);
}
