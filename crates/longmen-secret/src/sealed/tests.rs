use super::*;

/// The worked example of `docs/format/secret-v1.md`; the integration tests open real directories with its reader.
const GOLDEN: &[&str] = &[
    "a5a8401aeb142030aaf189495a78983e42a1927bcfc19300879f4d0216057164",
    "27031cf365ea419a",
    "1c8876dd6158fb75a567f24cf7273a1987468977b5b6dcbf",
    "644e85313b986ef2b3a8fd38ea1b63bfc790925046870c25c89bd45349a2f9a6",
    "299383536e2a8cde2bf87806726a927e",
];
const CONTEXT: &[u8] = b"pay-1";
const PLAINTEXT: &[u8] = b"Zhang San, Nanjing Road 1";

fn key(first: u8) -> Key {
    Key::copied(&std::array::from_fn(|at| first.wrapping_add(u8::try_from(at).unwrap())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_sealed_bytes_of_fixed_inputs_are_those_of_the_format() {
    assert_eq!(hex(&seal(&key(0), CONTEXT, PLAINTEXT).unwrap()), GOLDEN.concat());
}

#[test]
fn the_document_has_the_golden_bytes() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/format/secret-v1.md");
    let text = std::fs::read_to_string(document).unwrap();
    assert!(text.contains(&GOLDEN.join("\n")), "the document lacks {GOLDEN:?}");
}

/// What one who holds a key can make: every part as it should be, but for what the arguments say.
fn forged(committed: &Key, used: &Key, nonce: Option<Nonce>, padded: &[u8]) -> Vec<u8> {
    let nonce = nonce.unwrap_or_else(|| nonce_of(used, CONTEXT, PLAINTEXT));
    let mut text = padded.to_vec();
    used.derived(CIPHER_KEY).encrypt(&nonce, CONTEXT, &mut text, 0).unwrap();
    [&committed.commitment(COMMITMENT)[..], &mark_of(used, CONTEXT), &nonce, &text].concat()
}

fn padded(plaintext: &[u8], len: usize) -> Vec<u8> {
    let mut padded = [plaintext, &[PAD]].concat();
    padded.resize(len, 0);
    padded
}

#[test]
fn a_valid_tag_under_another_key_than_the_committed_one_is_refused() {
    let (ours, other, padded) = (key(0), key(1), padded(PLAINTEXT, 32));
    assert_eq!(forged(&ours, &ours, None, &padded), seal(&ours, CONTEXT, PLAINTEXT).unwrap());

    let two_faced = forged(&ours, &other, None, &padded);
    assert!(matches!(unseal(&other, CONTEXT, &two_faced), Err(SecretError::OtherKey)));
    assert!(unseal(&ours, CONTEXT, &two_faced).is_err());
    let of_other = forged(&other, &other, None, &padded);
    assert!(matches!(unseal(&ours, CONTEXT, &of_other), Err(SecretError::OtherKey)));
}

#[test]
fn a_holder_of_the_key_cannot_choose_nonce_or_padding() {
    let ours = key(0);
    for (nonce, text) in [
        (Some([7; NONCE_LEN]), padded(PLAINTEXT, 32)),
        (None, padded(PLAINTEXT, 64)),
        (None, [PLAINTEXT, &[0; 7]].concat()),
        (None, vec![0; 32]),
        (None, vec![0xff; 32]),
    ] {
        let forged = forged(&ours, &ours, nonce, &text);
        assert!(matches!(unseal(&ours, CONTEXT, &forged), Err(SecretError::Tampered)), "{text:?}");
    }
}

#[test]
fn no_two_splits_of_context_and_plaintext_share_a_nonce() {
    let dek = key(0);
    assert_ne!(nonce_of(&dek, b"ab", b"c"), nonce_of(&dek, b"a", b"bc"));
    assert_ne!(nonce_of(&dek, b"", b"abc"), nonce_of(&dek, b"abc", b""));
}

#[test]
fn the_length_shows_a_multiple_of_the_block_only() {
    for (len, sealed_len) in [(0, 112), (31, 112), (32, 144), (PLAINTEXT_BYTES_MAX, 1008)] {
        let sealed = seal(&key(0), CONTEXT, &vec![b'x'; len]).unwrap();
        assert_eq!(sealed.len(), sealed_len);
        assert_eq!(unseal(&key(0), CONTEXT, &sealed).unwrap().len(), len);
    }
    let too_long = seal(&key(0), CONTEXT, &[0; PLAINTEXT_BYTES_MAX + 1]);
    assert!(matches!(too_long, Err(SecretError::TooLong { bytes: 928, max: 927 })));
}
