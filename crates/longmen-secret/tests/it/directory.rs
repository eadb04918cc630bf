//! The key directory: who may open it, what backups bring back, new key-encryption keys.

use std::sync::Arc;

use longmen_journal::MemoryStorage;
use longmen_secret::{SecretError, SubjectKeys};

use crate::common::{ALICE, BOB, KEK, NEW_KEK, fresh, opened, paths};

#[test]
fn a_real_directory_is_made_opened_and_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/keys");
    assert!(matches!(SubjectKeys::open(&path, &KEK), Err(SecretError::NotKeys)));
    assert!(!path.exists(), "looking makes nothing");
    let keys = SubjectKeys::create(&path, &KEK).unwrap();
    let sealed = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    keys.erase(BOB).unwrap();
    keys.rewrap(&NEW_KEK).unwrap();
    assert!(matches!(SubjectKeys::open(&path, &NEW_KEK), Err(SecretError::InUse)));
    drop(keys);
    assert!(matches!(SubjectKeys::create(&path, &KEK), Err(SecretError::AlreadyExists)));
    assert!(matches!(SubjectKeys::open(&path, &KEK), Err(SecretError::WrongKek { .. })));
    let keys = SubjectKeys::open(&path, &NEW_KEK).unwrap();
    assert_eq!(keys.unseal(ALICE, b"pay-1", &sealed).unwrap(), b"a street");
    assert!(keys.is_erased(BOB).unwrap());
}

#[test]
fn a_directory_that_is_replaced_beneath_its_keys_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys");
    let keys = SubjectKeys::create(&path, &KEK).unwrap();
    std::fs::rename(&path, dir.path().join("moved")).unwrap();
    assert!(matches!(keys.seal(ALICE, b"pay-1", b""), Err(SecretError::Stopped)));
    drop(SubjectKeys::create(&path, &KEK).unwrap());
    assert!(matches!(keys.seal(ALICE, b"pay-1", b""), Err(SecretError::Stopped)));
}

#[test]
fn no_file_shows_a_subject_a_key_or_the_kek() {
    let (disk, keys) = fresh();
    keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    keys.erase(BOB).unwrap();
    for (path, bytes) in disk.snapshot() {
        for subject in [ALICE, BOB] {
            let seen = |text: &[u8]| text.windows(subject.len()).any(|window| window == subject.as_bytes());
            assert!(!seen(path.as_bytes()) && !seen(&bytes), "{path}");
        }
        assert!(!bytes.windows(32).any(|window| window == KEK), "{path}");
    }
}

#[test]
fn a_ring_that_is_lost_is_not_replaced_by_a_new_one() {
    let (disk, keys) = fresh();
    keys.erase(ALICE).unwrap();
    drop(keys);
    let mut image = disk.snapshot();
    image.remove("KEYRING");
    let disk = MemoryStorage::with_files(image);
    assert!(matches!(opened(&disk), Err(SecretError::NotKeys)));
    let created = SubjectKeys::create_on(Arc::new(disk), &KEK);
    assert!(matches!(created, Err(SecretError::AlreadyExists)));
}

#[test]
fn a_key_that_a_backup_brings_back_stays_destroyed() {
    let (disk, keys) = fresh();
    let sealed = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    let key = paths(&disk.snapshot(), "keys/").remove(0);
    let backup = disk.snapshot()[&key].clone();
    keys.erase(ALICE).unwrap();
    let restore = || {
        let mut image = disk.snapshot();
        image.insert(key.clone(), backup.clone());
        disk.restore(image);
    };
    // Beside a live process, which destroys it at the next erasure.
    restore();
    assert!(matches!(keys.unseal(ALICE, b"pay-1", &sealed), Err(SecretError::Erased)));
    assert!(keys.subjects().unwrap().is_empty());
    keys.erase(ALICE).unwrap();
    assert!(!disk.snapshot().contains_key(&key));
    drop(keys);
    // And at the next opening; an empty tombstone is one too.
    restore();
    let tombstone = paths(&disk.snapshot(), "erased/").remove(0);
    disk.tamper(&tombstone, Vec::clear);
    let keys = opened(&disk).unwrap();
    assert!(!disk.snapshot().contains_key(&key));
    assert!(matches!(keys.unseal(ALICE, b"pay-1", &sealed), Err(SecretError::Erased)));
}

#[test]
fn a_key_file_under_another_name_is_refused() {
    let (disk, keys) = fresh();
    let alices = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    keys.seal(BOB, b"pay-1", b"a street").unwrap();
    let mut image = disk.snapshot();
    let names = paths(&image, "keys/");
    let swapped = [image[&names[1]].clone(), image[&names[0]].clone()];
    image.extend(names.into_iter().zip(swapped));
    disk.restore(image);
    for subject in [ALICE, BOB] {
        let refused = keys.unseal(subject, b"pay-1", &alices);
        assert!(matches!(refused, Err(SecretError::Damaged { .. })));
    }
}

#[test]
fn a_key_file_of_before_a_rewrap_is_named_as_such() {
    let (disk, keys) = fresh();
    keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    let old = disk.snapshot();
    keys.rewrap(&NEW_KEK).unwrap();
    let new = paths(&disk.snapshot(), "keys/").remove(0);
    disk.tamper(&new, |bytes| *bytes = old[&paths(&old, "keys/")[0]].clone());
    let refused = keys.seal(ALICE, b"pay-1", b"a street");
    assert!(matches!(refused, Err(SecretError::WrongKek { file }) if file == new));
}

#[test]
fn rewrapping_changes_every_file_and_no_sealed_byte() {
    let (disk, keys) = fresh();
    let sealed = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    keys.erase(BOB).unwrap();
    let before = disk.snapshot();
    keys.rewrap(&NEW_KEK).unwrap();
    let after = disk.snapshot();
    assert_eq!(paths(&after, "keys/").len(), 1);
    assert_ne!(paths(&before, "keys/"), paths(&after, "keys/"));
    assert_eq!(keys.seal(ALICE, b"pay-1", b"a street").unwrap(), sealed);
    drop(keys);
    assert!(matches!(opened(&disk), Err(SecretError::WrongKek { .. })));
    let keys = SubjectKeys::open_on(Arc::new(disk), &NEW_KEK).unwrap();
    assert_eq!(keys.unseal(ALICE, b"pay-1", &sealed).unwrap(), b"a street");
    assert!(keys.is_erased(BOB).unwrap());
}

#[test]
fn an_old_ring_beside_new_keys_removes_none_of_them() {
    let (disk, keys) = fresh();
    keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    let old = disk.snapshot()["KEYRING"].clone();
    keys.rewrap(&NEW_KEK).unwrap();
    drop(keys);
    disk.tamper("KEYRING", |bytes| *bytes = old);
    let before = disk.snapshot();
    let refused = opened(&disk);
    assert!(matches!(refused, Err(SecretError::Damaged { file, .. }) if file == "KEYRING"));
    assert_eq!(disk.snapshot(), before);
}

#[test]
fn files_of_others_are_left_alone() {
    let (disk, keys) = fresh();
    keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    drop(keys);
    let mut image = disk.snapshot();
    for path in ["notes.tmp", "keys/README", "keys/1-00.key", "erased/README"] {
        image.insert(path.to_owned(), b"by hand".to_vec());
    }
    let disk = MemoryStorage::with_files(image.clone());
    assert_eq!(opened(&disk).unwrap().subjects().unwrap(), [ALICE]);
    assert_eq!(disk.snapshot(), image);
}
