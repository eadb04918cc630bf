//! Every single flipped bit is refused, and none is taken for something else.

use longmen_journal::MemoryStorage;
use longmen_secret::SecretError;

use crate::common::{ALICE, fresh, opened, paths};

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

#[test]
fn every_flipped_bit_of_sealed_bytes_is_refused() {
    let (_, keys) = fresh();
    let sealed = keys.seal(ALICE, b"pay-1", b"Nanjing Road 1, on the second floor").unwrap();
    assert_eq!(sealed.len(), 144);
    for bit in 0..sealed.len() * 8 {
        let refused = keys.unseal(ALICE, b"pay-1", &flipped(&sealed, bit)).unwrap_err();
        match refused {
            SecretError::OtherKey => assert!(bit < 32 * 8),
            SecretError::Tampered => assert!(bit >= 32 * 8),
            other => panic!("bit {bit}: {other}"),
        }
    }
}

#[test]
fn every_flipped_bit_of_a_key_file_and_of_the_ring_is_damage() {
    let (disk, keys) = fresh();
    let sealed = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    drop(keys);
    let image = disk.snapshot();
    let key = paths(&image, "keys/").remove(0);
    for path in [key.as_str(), "KEYRING"] {
        for bit in 0..image[path].len() * 8 {
            let mut image = image.clone();
            image.insert(path.to_owned(), flipped(&image[path], bit));
            let keys = opened(&MemoryStorage::with_files(image));
            let refused = keys.and_then(|keys| keys.unseal(ALICE, b"pay-1", &sealed)).unwrap_err();
            assert!(
                matches!(&refused, SecretError::Damaged { file, .. } if file == path),
                "{bit}: {refused}"
            );
        }
    }
}

#[test]
fn a_key_file_of_any_other_length_is_damage() {
    let (disk, keys) = fresh();
    keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    let image = disk.snapshot();
    let key = paths(&image, "keys/").remove(0);
    for len in (0..image[&key].len()).chain([image[&key].len() + 1, 5000]) {
        disk.tamper(&key, |bytes| {
            *bytes = image[&key].clone();
            bytes.resize(len, 0);
        });
        let refused = keys.seal(ALICE, b"pay-1", b"a street").unwrap_err();
        assert!(matches!(refused, SecretError::Damaged { .. }), "{len}: {refused}");
    }
}
