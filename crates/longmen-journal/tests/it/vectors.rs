//! The official BLAKE3 test vectors, where they lie beside the checkout.

use longmen_journal::Hash;
use longmen_journal::hash::{Hasher, derive_key, digest, digest128, keyed_digest};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/blake3.json");

/// The text of a string or a number behind `"name":`, from the front of `text`; and the rest of the text.
fn field<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let quoted = format!("\"{name}\":");
    let rest = text[text.find(&quoted)? + quoted.len()..].trim_start();
    match rest.strip_prefix('"') {
        Some(rest) => rest.split_once('"'),
        None => Some(rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?)),
    }
}

#[test]
fn the_official_vectors_agree_in_every_mode() {
    let Ok(text) = std::fs::read_to_string(PATH) else {
        println!("skipped: the vectors are not beside the checkout");
        return;
    };
    let key = *b"whats the Elvish word for friend";
    let context = "BLAKE3 2019-12-27 16:29:52 test vectors context";
    let (mut rest, mut count) = (text.as_str(), 0);
    while let Some((len, after)) = field(rest, "input_len") {
        let input: Vec<u8> = (0..=250).cycle().take(len.parse().unwrap()).collect();
        let (hash, after) = field(after, "hash").unwrap();
        let (keyed, after) = field(after, "keyed_hash").unwrap();
        let (derived, after) = field(after, "derive_key").unwrap();
        assert_eq!(digest(&input).to_string(), hash[..64], "{len}");
        assert_eq!(digest128(&input)[..], digest(&input).as_bytes()[..16]);
        assert_eq!(keyed_digest(&key, &input).to_string(), keyed[..64], "{len}");
        assert_eq!(Hash::from_bytes(derive_key(context, &input)).to_string(), derived[..64], "{len}");
        let mut hasher = Hasher::new_keyed(&key);
        input.chunks(100).for_each(|piece| {
            hasher.update(piece);
        });
        assert_eq!(hasher.finalize().to_string(), keyed[..64], "{len} in pieces");
        rest = after;
        count += 1;
    }
    assert_eq!(count, 35);
}
