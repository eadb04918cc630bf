//! Truncated files, and batches and segments moved, removed, repeated or taken from another ledger.

use std::sync::Arc;

use longmen_journal::{Appender, DamageClass, Inspection, InspectionState, MemoryStorage};

use crate::common::{
    Image, append, config, config_seeded, inspected, last_segment, lived_clean, lived_unclean, read_all,
    used_len,
};

/// A closed journal of one segment with eight batches of two entries and one sector each.
fn eight_batches(seed: u64) -> Image {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config_seeded(seed), 1_000).unwrap();
    for _ in 0..8 {
        append(&mut appender, 2, 300);
    }
    appender.close(90_000).unwrap();
    storage.snapshot()
}

/// The inspection, an opening and reading all have to notice.
fn check_refused(image: Image, what: &str) -> Inspection {
    let storage = MemoryStorage::with_files(image);
    let seen = inspected(&storage);
    assert_eq!(seen.state, InspectionState::Corrupt, "{what}");
    assert!(read_all(&storage).is_err(), "{what}: reading noticed nothing");
    let opened = Appender::open(Arc::new(storage), config(), 99_000);
    assert!(opened.is_err(), "{what}: opening noticed nothing");
    seen
}

fn sector(image: &Image, at: usize) -> Vec<u8> {
    image[&last_segment(image)][at * 4096..(at + 1) * 4096].to_vec()
}

fn put(image: &mut Image, at: usize, sector: &[u8]) {
    let live = last_segment(image);
    image.get_mut(&live).unwrap()[at * 4096..(at + 1) * 4096].copy_from_slice(sector);
}

#[test]
fn two_batches_that_change_places_are_noticed() {
    let sound = eight_batches(1);
    for a in 1..10 {
        for b in a + 1..10 {
            let mut image = sound.clone();
            put(&mut image, a, &sector(&sound, b));
            put(&mut image, b, &sector(&sound, a));
            let seen = check_refused(image, &format!("sectors {a} and {b}"));
            let first = &seen.damages[0];
            assert_eq!(first.offset, u64::try_from(a * 4096).unwrap());
        }
    }
}

#[test]
fn a_batch_that_is_deleted_repeated_or_blanked_is_noticed() {
    let sound = eight_batches(1);
    for at in 1..10 {
        let mut deleted = sound.clone();
        let mut repeated = sound.clone();
        for to in at..10 {
            put(&mut deleted, to, &sector(&sound, to + 1));
            put(&mut repeated, to + 1, &sector(&sound, to));
        }
        check_refused(deleted, &format!("deleted {at}"));
        check_refused(repeated, &format!("repeated {at}"));
        let mut blanked = sound.clone();
        put(&mut blanked, at, &[0; 4096]);
        check_refused(blanked, &format!("blanked {at}"));
    }
}

#[test]
fn damage_in_the_middle_of_an_unclosed_journal_is_never_taken_for_a_torn_write() {
    // The manifest still is the one from the creation: no watermark above the genesis entry.
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    for _ in 0..8 {
        append(&mut appender, 2, 300);
    }
    drop(appender);
    let sound = storage.snapshot();
    for at in 1..9 {
        for byte in (0..4096).step_by(331) {
            let mut image = sound.clone();
            let live = last_segment(&image);
            image.get_mut(&live).unwrap()[at * 4096 + byte] ^= 0x10;
            check_refused(image, &format!("sector {at} byte {byte}"));
        }
    }
}

#[test]
fn a_batch_or_segment_of_another_ledger_is_noticed() {
    let (ours, theirs) = (eight_batches(1), eight_batches(2));
    for at in 0..10 {
        let mut image = ours.clone();
        put(&mut image, at, &sector(&theirs, at));
        check_refused(image, &format!("sector {at}"));
    }
    let mut image = ours.clone();
    image.insert(last_segment(&ours), theirs[&last_segment(&theirs)].clone());
    let seen = check_refused(image, "the whole segment");
    assert_eq!(seen.damages[0].class, DamageClass::Chain);
}

#[test]
fn an_older_copy_of_a_segment_is_noticed() {
    // The segment as it was before the last batches, under the manifest that closed the journal.
    let sound = eight_batches(1);
    for kept in 2..10 {
        let mut image = sound.clone();
        (kept..10).for_each(|at| put(&mut image, at, &[0; 4096]));
        let seen = check_refused(image, &format!("{kept} sectors kept"));
        assert_eq!(seen.damages[0].class, DamageClass::LostTail);
    }
}

#[test]
fn bytes_behind_a_closed_end_are_noticed() {
    for at in [10, 11, 14, 15] {
        let mut image = eight_batches(1);
        let batch = sector(&image, 9);
        put(&mut image, at, &batch);
        check_refused(image, &format!("a batch at sector {at}"));
        let mut image = eight_batches(1);
        put(&mut image, at, &[0x55; 4096]);
        let seen = check_refused(image, &format!("noise at sector {at}"));
        assert_eq!(seen.damages[0].class, DamageClass::StrayBytes);
    }
}

/// Every length of a small file; of a segment the lengths around sectors and some between, or with
/// `LONGMEN_EXHAUSTIVE=1` every one.
fn shorter_lengths(full: usize) -> impl Iterator<Item = usize> {
    let all = full <= 4096 || std::env::var_os("LONGMEN_EXHAUSTIVE").is_some();
    (0..full).filter(move |len| all || len % 97 == 0 || len % 512 < 2 || len + 1 == full)
}

#[test]
fn truncations_of_every_file_are_noticed() {
    for sound in [lived_clean().snapshot(), lived_unclean().snapshot()] {
        for (path, bytes) in &sound {
            for len in shorter_lengths(bytes.len()) {
                let mut image = sound.clone();
                image.get_mut(path).unwrap().truncate(len);
                let seen = inspected(&MemoryStorage::with_files(image));
                assert!(!seen.damages.is_empty(), "{path} cut to {len} bytes");
            }
            let mut longer = sound.clone();
            longer.get_mut(path).unwrap().push(0);
            let seen = inspected(&MemoryStorage::with_files(longer));
            assert!(!seen.damages.is_empty() || !seen.notes.is_empty(), "{path} with one byte more");
        }
    }
}

#[test]
fn a_file_that_is_missing_is_noticed() {
    let sound = lived_clean().snapshot();
    for path in sound.keys() {
        let mut image = sound.clone();
        image.remove(path);
        let seen = inspected(&MemoryStorage::with_files(image));
        let optional = path == "LOCK" || path.starts_with("quarantine/");
        assert_eq!(seen.damages.is_empty(), optional, "{path}: {:?}", seen.damages);
    }
}

#[test]
fn a_segment_that_a_stale_writer_left_is_reported_and_not_read() {
    let storage = lived_clean();
    let mut image = storage.snapshot();
    let live = last_segment(&image);
    let stale = live.replace("-00000002", "-00000001");
    assert_ne!(stale, live);
    image.insert(stale.clone(), image[&live].clone());
    let forked = MemoryStorage::with_files(image);
    let seen = inspected(&forked);
    assert_eq!((seen.damages.len(), seen.damages[0].class), (1, DamageClass::StrayFile));
    assert_eq!(seen.damages[0].file, stale);
    assert_eq!(read_all(&forked).unwrap(), read_all(&storage).unwrap());
}

#[test]
fn a_file_that_is_no_part_of_a_journal_is_noted() {
    let mut image = lived_clean().snapshot();
    image.insert("README".to_owned(), b"x".to_vec());
    image.insert("seg/old.bak".to_owned(), b"x".to_vec());
    image.insert("snap/1.snap".to_owned(), b"x".to_vec());
    let seen = inspected(&MemoryStorage::with_files(image));
    assert_eq!((seen.damages.len(), seen.notes.len(), seen.state), (0, 3, InspectionState::Clean));
}

#[test]
fn bytes_written_into_a_segment_after_it_was_cut_off_are_noticed() {
    let sound = lived_clean().snapshot();
    for (path, bytes) in sound.iter().filter(|(path, _)| path.ends_with(".jrn")) {
        let mut image = sound.clone();
        let at = used_len(bytes);
        image.get_mut(path).unwrap()[at + 5_000] = 1;
        let seen = inspected(&MemoryStorage::with_files(image));
        assert_eq!(seen.damages[0].class, DamageClass::StrayBytes, "{path}");
    }
}
