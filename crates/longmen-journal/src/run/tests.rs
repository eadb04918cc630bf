//! What comes back from a run, what is refused, and what a search finds.

use super::*;
use crate::storage::MemoryStorage;

const ID: LedgerId = LedgerId::from_bytes([7; 16]);

fn row(hash: u64, position: u64) -> RunRow {
    RunRow { hash, position }
}

fn rows_of(run: KeyRun, disk: &MemoryStorage) -> Result<Vec<RunRow>, JournalError> {
    let mut rows = Vec::new();
    run.read(disk, ID, &mut |some| rows.extend_from_slice(some)).map(|()| rows)
}

#[test]
fn a_run_comes_back_sorted_and_every_flipped_bit_and_cut_shows() {
    let disk = MemoryStorage::new();
    let mut rows = [row(9, 5), row(2, 7), row(9, 3), row(u64::MAX, 4)];
    let run = KeyRun::write(&disk, ID, 3, 8, &mut rows).unwrap();
    assert_eq!(rows_of(run, &disk).unwrap(), [row(2, 7), row(9, 3), row(9, 5), row(u64::MAX, 4)]);
    assert_eq!(KeyRun::list(&disk).unwrap(), [(3, 8)]);
    assert!(run.read(&disk, LedgerId::from_bytes([8; 16]), &mut |_| ()).is_err());
    assert!(KeyRun { digest: Hash::ZERO, ..run }.read(&disk, ID, &mut |_| ()).is_err());

    let (image, path) = (disk.snapshot(), KeyRun::file_of(3, 8));
    assert_eq!(KeyRun::inspect(&disk, ID, (3, 8)).unwrap(), to_u64(image[&path].len()));
    for bit in 0..image[&path].len() * 8 {
        let mut damaged = image.clone();
        damaged.get_mut(&path).unwrap()[bit / 8] ^= 1 << (bit % 8);
        assert!(rows_of(run, &MemoryStorage::with_files(damaged)).is_err(), "bit {bit}");
    }
    for len in 0..image[&path].len() {
        let mut cut = image.clone();
        cut.get_mut(&path).unwrap().truncate(len);
        assert!(rows_of(run, &MemoryStorage::with_files(cut)).is_err(), "cut at {len}");
    }
}

#[test]
fn a_run_of_many_rows_comes_in_pieces_and_an_empty_one_in_none() {
    let disk = MemoryStorage::new();
    let count = to_u64(2 * ROWS_AT_ONCE + 3);
    let mut rows: Vec<RunRow> = (0..count).rev().map(|n| row(n / 2, n)).collect();
    let run = KeyRun::write(&disk, ID, 0, count, &mut rows).unwrap();
    assert_eq!(rows_of(run, &disk).unwrap(), rows);
    let empty = KeyRun::write(&disk, ID, count, count + 1, &mut []).unwrap();
    assert_eq!(rows_of(empty, &disk).unwrap(), []);
    KeyRun::remove(&disk, 0, count).unwrap();
    KeyRun::remove(&disk, 0, count).unwrap();
    assert_eq!(KeyRun::list(&disk).unwrap(), [(count, count + 1)]);
}

#[test]
fn rows_out_of_order_out_of_range_or_twice_are_refused_also_under_a_right_digest() {
    for rows in [vec![row(2, 5), row(1, 4)], vec![row(1, 8)], vec![row(1, 2)], vec![row(1, 4), row(1, 4)]] {
        let mut bytes = KeyRun::header(ID, 3, 8, to_u64(rows.len())).to_vec();
        rows.iter().for_each(|row| bytes.extend_from_slice(&row.to_bytes()));
        let digest = crate::hash::digest(&bytes);
        bytes.extend_from_slice(digest.as_bytes());
        let disk = MemoryStorage::with_files([(KeyRun::file_of(3, 8), bytes)].into());
        let run = KeyRun { from: 3, until: 8, digest };
        assert!(matches!(rows_of(run, &disk), Err(JournalError::Corrupt(_))), "{rows:?}");
    }
}

#[test]
fn a_search_finds_what_reading_all_of_it_finds() {
    let count = 3_000;
    // One hash fills more than what is read at once, and most stand once.
    for modulus in [1, 2, 7, 700, 2_999, u64::MAX] {
        let disk = MemoryStorage::new();
        let hash = |n: u64| (n % modulus).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut rows: Vec<RunRow> = (0..count).map(|n| row(hash(n), 10 + n)).collect();
        let run = MetaRun::write(&disk, ID, 10, 10 + count, &mut rows).unwrap();
        for n in 0..count {
            let expected: Vec<u64> =
                (0..count).filter(|other| hash(*other) == hash(n)).map(|other| 10 + other).collect();
            if modulus > 7 || n < 10 {
                assert_eq!(run.positions(&disk, ID, hash(n)).unwrap(), expected, "{modulus} {n}");
            }
        }
        for absent in [1, u64::MAX, hash(1).wrapping_add(1)] {
            assert_eq!(run.positions(&disk, ID, absent).unwrap(), []);
        }
    }
    let disk = MemoryStorage::new();
    let empty = MetaRun::write(&disk, ID, 0, 5, &mut []).unwrap();
    assert_eq!(empty.positions(&disk, ID, 0).unwrap(), []);
    assert!(MetaRun { until: 6, ..empty }.positions(&disk, ID, 0).is_err());
    assert!(MetaRun { digest: Hash::ZERO, ..empty }.positions(&disk, ID, 0).is_err());
    assert!(empty.positions(&disk, LedgerId::from_bytes([8; 16]), 0).is_err());
}

/// A search does not read all of a run, so it need not see every flipped bit; what it meets it does not believe.
#[test]
fn a_search_that_meets_rows_out_of_order_or_out_of_range_says_so() {
    let disk = MemoryStorage::new();
    let mut rows: Vec<RunRow> = (0..1_000).map(|n| row(n * 10, n)).collect();
    let run = MetaRun::write(&disk, ID, 0, 1_000, &mut rows).unwrap();
    let (image, path) = (disk.snapshot(), MetaRun::file_of(0, 1_000));
    for at in [1, 250, 251, 400, 499, 500, 501, 999] {
        for (offset, value) in [(8, 1_000), (0, u64::MAX), (0, 0)] {
            let mut damaged = image.clone();
            let from = to_usize(offset_of(at)) + offset;
            damaged.get_mut(&path).unwrap()[from..from + 8].copy_from_slice(&u64::to_le_bytes(value));
            let disk = MemoryStorage::with_files(damaged);
            assert!(matches!(run.read(&disk, ID, &mut |_| ()), Err(JournalError::Corrupt(_))));
            let found = run.positions(&disk, ID, at * 10);
            assert!(
                found.is_err() || found.as_ref().is_ok_and(|found| *found != [at] || (at, value) == (0, 0))
            );
        }
    }
}

#[test]
fn a_run_of_one_kind_is_none_of_the_other() {
    let disk = MemoryStorage::new();
    let keys = KeyRun::write(&disk, ID, 0, 5, &mut [row(1, 2)]).unwrap();
    assert_eq!(MetaRun::list(&disk).unwrap(), []);
    let bytes = disk.snapshot()[&KeyRun::file_of(0, 5)].clone();
    let disk = MemoryStorage::with_files([(MetaRun::file_of(0, 5), bytes)].into());
    assert_eq!((KeyRun::list(&disk).unwrap(), MetaRun::list(&disk).unwrap()), (vec![], vec![(0, 5)]));
    let meta = MetaRun { from: 0, until: 5, digest: keys.digest };
    assert!(meta.read(&disk, ID, &mut |_| ()).is_err() && meta.positions(&disk, ID, 1).is_err());
    assert!(MetaRun::inspect(&disk, ID, (0, 5)).is_err());
}
