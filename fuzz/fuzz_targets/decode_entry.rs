//! Bytes as an entry: no panic, and one encoding of each entry.

#![no_main]

use libfuzzer_sys::fuzz_target;
use longmen_wire::{Payload, decode_entry, encode_entry, kind_of};

fuzz_target!(|input: (u8, u16, &[u8])| {
    let (kind, schema, bytes) = input;
    // All kinds there are and some that there are not; the one schema there is, most of the time.
    let (kind, schema) = (12 + u16::from(kind % 24), if schema % 8 == 0 { schema } else { 1 });
    if let Ok(entry) = decode_entry(Payload { kind, schema, bytes }) {
        let mut again = Vec::new();
        encode_entry(&entry, &mut again);
        assert_eq!((kind_of(&entry.event), again.as_slice()), (kind, bytes));
    }
});
