//! The power goes, or the disk refuses, after every single step: what was promised is kept.

use std::io;
use std::sync::Arc;

use longmen_secret::{SecretError, SubjectKeys};
use longmen_sim::{Fault, Moment, OpKind, SimDisk, When};

use crate::common::{ALICE, BOB, KEK, NEW_KEK, opened, paths};

const SEEDS: u64 = 24;

fn create(disk: &SimDisk) -> Result<SubjectKeys, SecretError> {
    SubjectKeys::create_on(Arc::new(disk.clone()), &KEK)
}

/// The disks that a moment can leave: after the process dies, and after power cuts.
fn left_by(moment: &Moment) -> impl Iterator<Item = SimDisk> + '_ {
    std::iter::once(moment.kill()).chain((0..SEEDS).map(|seed| moment.crash(seed)))
}

fn text(of: Result<Vec<u8>, SecretError>) -> Option<String> {
    of.ok().map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn a_creation_that_was_cut_short_can_be_done_again() {
    let disk = SimDisk::new();
    disk.keep_history();
    drop(create(&disk).unwrap());
    let done = disk.moments() - 1;
    for (at, moment) in disk.history().iter().enumerate() {
        for left in left_by(moment) {
            let keys = opened(&left).or_else(|refused| {
                assert!(at < done && matches!(refused, SecretError::NotKeys), "moment {at}: {refused}");
                create(&left)
            });
            keys.unwrap().seal(ALICE, b"pay-1", b"a street").unwrap();
        }
    }
}

#[test]
fn bytes_that_were_returned_open_after_any_power_cut() {
    let disk = SimDisk::new();
    let keys = create(&disk).unwrap();
    disk.keep_history();
    let sealed = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    let done = disk.moments() - 1;
    keys.seal(BOB, b"pay-2", b"a road").unwrap();
    for (at, moment) in disk.history().iter().enumerate() {
        for left in left_by(moment) {
            let keys = opened(&left).unwrap();
            let opens = text(keys.unseal(ALICE, b"pay-1", &sealed));
            assert!(at < done || opens.as_deref() == Some("a street"), "moment {at}");
            // Between the file aside and its new name there is no key, and nothing is left over.
            assert!(left.files().keys().all(|path| !path.ends_with(".tmp")));
            keys.seal(ALICE, b"pay-3", b"a lane").unwrap();
        }
    }
}

#[test]
fn an_erasure_is_done_or_not_and_what_was_promised_stays_done() {
    let disk = SimDisk::new();
    let keys = create(&disk).unwrap();
    let alices = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    let bobs = keys.seal(BOB, b"pay-1", b"a road").unwrap();
    disk.keep_history();
    keys.erase(ALICE).unwrap();
    let done = disk.moments() - 1;
    for (at, moment) in disk.history().iter().enumerate() {
        for left in left_by(moment) {
            // Looked at before opening, which would finish it.
            assert!(at < done || paths(&left.files(), "keys/").len() == 1, "moment {at}");
            let keys = opened(&left).unwrap();
            match keys.unseal(ALICE, b"pay-1", &alices) {
                Ok(_) => assert!(at < done && !keys.is_erased(ALICE).unwrap(), "moment {at}"),
                Err(SecretError::Erased) => assert_eq!(paths(&left.files(), "keys/").len(), 1),
                Err(other) => panic!("moment {at}: {other}"),
            }
            assert_eq!(text(keys.unseal(BOB, b"pay-1", &bobs)).as_deref(), Some("a road"));
        }
    }
}

#[test]
fn after_a_rewrap_that_was_cut_short_exactly_one_kek_opens_everything() {
    let disk = SimDisk::new();
    let keys = create(&disk).unwrap();
    let alices = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    let bobs = keys.seal(BOB, b"pay-1", b"a road").unwrap();
    keys.erase("customer-9").unwrap();
    disk.keep_history();
    keys.rewrap(&NEW_KEK).unwrap();
    let done = disk.moments() - 1;
    let (mut with_old, mut with_new) = (0, 0);
    for (at, moment) in disk.history().iter().enumerate() {
        for left in left_by(moment) {
            assert!(at < done || paths(&left.files(), "keys/").len() == 2, "moment {at}");
            let new = SubjectKeys::open_on(Arc::new(left.clone()), &NEW_KEK);
            let is_new = new.is_ok();
            let keys = new.or_else(|refused| {
                assert!(at < done && matches!(refused, SecretError::WrongKek { .. }), "{at}: {refused}");
                opened(&left)
            });
            let keys = keys.unwrap();
            *(if is_new { &mut with_new } else { &mut with_old }) += 1;
            assert_eq!(text(keys.unseal(ALICE, b"pay-1", &alices)).as_deref(), Some("a street"));
            assert_eq!(text(keys.unseal(BOB, b"pay-1", &bobs)).as_deref(), Some("a road"));
            assert!(keys.is_erased("customer-9").unwrap());
            assert_eq!(paths(&left.files(), "keys/").len(), 2, "one wrapping a key is left");
            keys.rewrap(&[9; 32]).unwrap();
            assert_eq!(text(keys.unseal(ALICE, b"pay-1", &alices)).as_deref(), Some("a street"));
        }
    }
    assert!(with_old > 0 && with_new > 0);
}

/// Opens with whichever KEK fits, and says what was seen.
fn seen(disk: &SimDisk, sealed: &[u8]) -> (bool, bool, Option<String>) {
    let new = SubjectKeys::open_on(Arc::new(disk.clone()), &NEW_KEK);
    let is_new = new.is_ok();
    let keys = new.or_else(|_| opened(disk)).unwrap();
    (is_new, keys.is_erased(BOB).unwrap(), text(keys.unseal(ALICE, b"pay-1", sealed)))
}

#[test]
fn what_an_opening_shows_after_a_kill_survives_a_power_cut() {
    let disk = SimDisk::new();
    let keys = create(&disk).unwrap();
    disk.keep_history();
    let sealed = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    keys.erase(BOB).unwrap();
    keys.rewrap(&NEW_KEK).unwrap();
    for (at, moment) in disk.history().iter().enumerate() {
        let left = moment.kill();
        left.keep_history();
        let shown = seen(&left, &sealed);
        for seed in 0..SEEDS {
            assert_eq!(seen(&left.crash(seed), &sealed), shown, "moment {at}, seed {seed}");
        }
        // The power may also go while that opening tidies up, which must leave the directory openable.
        for moment in left.history() {
            for left in left_by(&moment) {
                seen(&left, &sealed);
            }
        }
    }
}

#[test]
fn after_any_error_of_the_disk_nothing_is_promised_until_it_is_opened_again() {
    // Every step of a life in turn; a life has fewer than 200.
    let mut failures = 0;
    for step in 0..200 {
        let disk = SimDisk::new();
        let keys = create(&disk).unwrap();
        let before = keys.seal(BOB, b"pay-1", b"a road").unwrap();
        disk.plan(When::Nth(step), Fault::Error(io::ErrorKind::Other));
        let sealed = keys.seal(ALICE, b"pay-1", b"a street");
        let erased = keys.erase("customer-9");
        let rewrapped = keys.rewrap(&NEW_KEK);
        if rewrapped.is_ok() {
            break;
        }
        failures += 1;
        assert!(matches!(keys.unseal(BOB, b"pay-1", &before), Err(SecretError::Stopped)));
        drop(keys);
        disk.mend();
        for left in [disk.moment().kill(), disk.crash(0), disk.crash(2), disk.crash(7)] {
            let new = SubjectKeys::open_on(Arc::new(left.clone()), &NEW_KEK);
            let keys = new.or_else(|_| opened(&left)).unwrap();
            assert_eq!(text(keys.unseal(BOB, b"pay-1", &before)).as_deref(), Some("a road"));
            assert!(erased.is_err() || keys.is_erased("customer-9").unwrap(), "step {step}");
            if let Ok(sealed) = &sealed {
                assert!(keys.unseal(ALICE, b"pay-1", sealed).is_ok(), "step {step}");
            }
        }
    }
    assert!(failures > 20);
}

#[test]
fn a_key_is_synced_before_bytes_are_returned_and_not_again() {
    let disk = SimDisk::new();
    let keys = create(&disk).unwrap();
    let syncs = || (disk.count(OpKind::Sync), disk.count(OpKind::SyncDir));
    let before = syncs();
    keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    assert_eq!(syncs(), (before.0 + 1, before.1 + 1));
    keys.seal(ALICE, b"pay-2", b"a street").unwrap();
    assert_eq!(syncs(), (before.0 + 1, before.1 + 1));
}
