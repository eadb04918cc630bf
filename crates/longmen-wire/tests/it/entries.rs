//! Entries and their one encoding.

use longmen_core::{Extras, Meta};
use longmen_wallet::Entry;
use longmen_wire::{DecodeError, KINDS, Payload, SCHEMA, decode_entry, encode_entry, kind_of};

use crate::samples::{entries, extras};

pub(crate) fn encode(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_entry(entry, &mut bytes);
    bytes
}

pub(crate) fn decode(kind: u16, bytes: &[u8]) -> Result<Entry, DecodeError> {
    decode_entry(Payload { kind, schema: SCHEMA, bytes })
}

#[test]
fn entries_come_back_as_they_were() {
    let mut kinds = std::collections::BTreeSet::new();
    for entry in entries() {
        kinds.insert(kind_of(&entry.event));
        for extras in extras() {
            for (linked, forced) in [(false, false), (true, false), (false, true), (true, true)] {
                let entry = Entry { linked, forced, extras: extras.clone(), ..entry.clone() };
                assert_eq!(decode(kind_of(&entry.event), &encode(&entry)), Ok(entry));
            }
        }
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), KINDS.collect::<Vec<_>>(), "a sample of every kind");
}

#[test]
fn nothing_beside_a_memo_is_written_as_nothing() {
    for entry in entries() {
        let empty = Entry { extras: Some(Box::default()), ..entry.clone() };
        assert_eq!(encode(&empty), encode(&entry));
    }
}

/// A flipped bit is refused or means something else; it never means the same. Cuts and additions are refused.
#[test]
fn no_two_encodings_mean_the_same() {
    let all = extras().into_iter().next_back().unwrap();
    for plain in entries() {
        for extras in [None, all.clone()] {
            one_encoding(&Entry { extras, ..plain.clone() });
        }
    }
}

fn one_encoding(entry: &Entry) {
    let (kind, bytes) = (kind_of(&entry.event), encode(entry));
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = decode(kind, &flipped) {
            assert_ne!(&other, entry, "bit {bit} of {entry:?} carries no meaning");
            assert_eq!(encode(&other), flipped, "bit {bit} of {entry:?}");
        }
    }
    for len in 0..bytes.len() {
        assert!(decode(kind, &bytes[..len]).is_err(), "cut at {len}");
    }
    assert!(decode(kind, &[bytes.as_slice(), &[0]].concat()).is_err());
    let payload = Payload { kind, schema: SCHEMA + 1, bytes: &bytes };
    assert_eq!(decode_entry(payload), Err(DecodeError::UnknownSchema(SCHEMA + 1)));
    for unknown in [KINDS.start() - 1, KINDS.end() + 1] {
        assert_eq!(decode(unknown, &bytes), Err(DecodeError::UnknownKind(unknown)));
    }
}

/// Under another kind the same bytes may be an entry too, but then one that is written like that.
#[test]
fn bytes_of_one_kind_never_have_two_meanings_under_another() {
    for entry in entries() {
        let bytes = encode(&entry);
        for kind in KINDS {
            if let Ok(other) = decode(kind, &bytes) {
                assert_eq!((kind_of(&other.event), encode(&other)), (kind, bytes.clone()));
            }
        }
    }
}

#[test]
fn pairs_out_of_order_are_refused() {
    let all = crate::samples::pairs();
    let (first, second) = (all[2].clone(), all[3].clone());
    let meta = Meta::new([first, second]).unwrap();
    let mut plain = entries().swap_remove(0);
    plain.extras = Some(Box::new(Extras { meta, ..Extras::default() }));
    let bytes = encode(&plain);
    // "c.int" takes 1 + 5 + 1 + 8 bytes and "d.bool" 1 + 6 + 1 + 1; both stand last.
    let (before, swapped) = bytes.split_at(bytes.len() - 24);
    let (int, yes) = swapped.split_at(15);
    assert_eq!(decode(17, &[before, int, yes].concat()), Ok(plain));
    assert_eq!(decode(17, &[before, yes, int].concat()), Err(DecodeError::BadField("pair.key")));
    let mut twice = [before, int, int].concat();
    twice[26] = 2;
    assert_eq!(decode(17, &twice), Err(DecodeError::BadField("pair.key")));
}
