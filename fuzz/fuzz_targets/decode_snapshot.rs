//! Bytes as a snapshot: no panic, and one encoding of each state.

#![no_main]

use libfuzzer_sys::fuzz_target;
use longmen_wire::{decode_snapshot, encode_snapshot};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(state) = decode_snapshot(bytes) {
        let mut again = Vec::new();
        encode_snapshot(&state, &mut again);
        assert_eq!(again, bytes);
    }
});
