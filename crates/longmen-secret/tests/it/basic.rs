//! Sealing, opening and erasing as a caller sees them; each refusal by its own name.

use longmen_secret::{PLAINTEXT_BYTES_MAX, SecretError};
use proptest::prelude::*;

use crate::common::{ALICE, BOB, fresh, opened};

proptest! {
    #[test]
    fn what_is_sealed_opens_again_and_sealing_again_gives_the_same_bytes(
        subject in "[ -~]{1,40}",
        context in prop::collection::vec(any::<u8>(), 0..80),
        plaintext in prop::collection::vec(any::<u8>(), 0..=PLAINTEXT_BYTES_MAX),
    ) {
        let (disk, keys) = fresh();
        let sealed = keys.seal(&subject, &context, &plaintext).unwrap();
        prop_assert_eq!(&keys.unseal(&subject, &context, &sealed).unwrap(), &plaintext);
        drop(keys);
        let keys = opened(&disk).unwrap();
        prop_assert_eq!(keys.seal(&subject, &context, &plaintext).unwrap(), sealed);
        prop_assert_eq!(keys.subjects().unwrap(), vec![subject]);
    }

    #[test]
    fn other_contexts_and_plaintexts_share_nothing_but_the_commitment(
        one in prop::collection::vec(any::<u8>(), 32),
        other in prop::collection::vec(any::<u8>(), 32),
    ) {
        prop_assume!(one != other);
        let (_, keys) = fresh();
        let first = keys.seal(ALICE, b"k", &one).unwrap();
        let under_another = keys.seal(ALICE, b"l", &one).unwrap();
        let of_another = keys.seal(ALICE, b"k", &other).unwrap();
        prop_assert_ne!(&first[40..64], &under_another[40..64]);
        prop_assert_ne!(&first[64..], &under_another[64..]);
        prop_assert_ne!(&first[40..64], &of_another[40..64]);
        // Not the same key stream: the texts would then differ as the plaintexts do.
        let differs: Vec<u8> = (0..32).map(|at| first[64 + at] ^ of_another[64 + at]).collect();
        let plain: Vec<u8> = (0..32).map(|at| one[at] ^ other[at]).collect();
        prop_assert_ne!(differs, plain);
    }
}

#[test]
fn a_secret_opens_for_its_subject_and_its_context_only() {
    let (_, keys) = fresh();
    let sealed = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    keys.seal(BOB, b"pay-1", b"a street").unwrap();
    assert!(matches!(keys.unseal(ALICE, b"pay-2", &sealed), Err(SecretError::WrongContext)));
    assert!(matches!(keys.unseal(BOB, b"pay-1", &sealed), Err(SecretError::OtherKey)));
    assert!(matches!(keys.unseal("nobody", b"pay-1", &sealed), Err(SecretError::UnknownSubject)));
    for bytes in [&sealed[..sealed.len() - 1], &sealed[..80], &[], &[0; 1040]] {
        let refused = keys.unseal(ALICE, b"pay-1", bytes);
        assert!(matches!(refused, Err(SecretError::Malformed { len }) if len == bytes.len()));
    }
    for subject in ["", "a\n", "张三", &"x".repeat(41)] {
        assert!(matches!(keys.seal(subject, b"", b""), Err(SecretError::BadSubject)), "{subject}");
    }
}

#[test]
fn a_secret_that_is_too_long_makes_no_key() {
    let (_, keys) = fresh();
    let refused = keys.seal(ALICE, b"pay-1", &[0; PLAINTEXT_BYTES_MAX + 1]);
    assert!(matches!(refused, Err(SecretError::TooLong { .. })));
    assert!(keys.subjects().unwrap().is_empty());
}

#[test]
fn erasing_one_subject_ends_its_secrets_and_no_others() {
    let (disk, keys) = fresh();
    let alices = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    let bobs = keys.seal(BOB, b"pay-1", b"a street").unwrap();
    keys.erase(ALICE).unwrap();
    let check = |keys: &longmen_secret::SubjectKeys| {
        assert!(matches!(keys.unseal(ALICE, b"pay-1", &alices), Err(SecretError::Erased)));
        assert!(matches!(keys.seal(ALICE, b"pay-2", b""), Err(SecretError::Erased)));
        assert_eq!(keys.unseal(BOB, b"pay-1", &bobs).unwrap(), b"a street");
        assert_eq!(keys.subjects().unwrap(), [BOB]);
        assert!(keys.is_erased(ALICE).unwrap() && !keys.is_erased(BOB).unwrap());
    };
    check(&keys);
    let before = disk.snapshot();
    keys.erase(ALICE).unwrap();
    assert_eq!(disk.snapshot(), before, "a second erase changes nothing");
    drop(keys);
    check(&opened(&disk).unwrap());
}

#[test]
fn a_subject_that_never_had_a_key_can_be_erased() {
    let (_, keys) = fresh();
    keys.erase(ALICE).unwrap();
    assert!(matches!(keys.seal(ALICE, b"pay-1", b""), Err(SecretError::Erased)));
    assert!(matches!(keys.unseal(ALICE, b"pay-1", &[0; 112]), Err(SecretError::Erased)));
}

#[test]
fn threads_that_seal_for_a_new_subject_make_one_key() {
    let (_, keys) = fresh();
    let seal = || keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    let sealed: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(seal)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(sealed.iter().all(|bytes| *bytes == sealed[0]));
}

#[test]
fn every_refusal_says_what_to_do_and_names_no_subject() {
    let (_, keys) = fresh();
    let sealed = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    keys.erase(BOB).unwrap();
    for refused in [
        keys.unseal(ALICE, b"pay-2", &sealed),
        keys.unseal(BOB, b"pay-1", &sealed),
        keys.unseal("nobody-9", b"pay-1", &sealed),
        keys.unseal(ALICE, b"pay-1", b"short"),
        keys.seal(ALICE, b"pay-1", &[0; 2000]),
    ] {
        let said = refused.unwrap_err().to_string();
        assert!(said.contains(';'), "{said}");
        assert!([ALICE, BOB, "nobody-9"].iter().all(|subject| !said.contains(subject)), "{said}");
    }
}
