//! One entry: header, payload, padding, hash.

use super::{Keys, array_at, is_zero, put, to_u64, to_usize, u16_at, u32_at, u64_at};
use crate::hash::{Hash, keyed_digest};

pub(crate) const HEADER_LEN: usize = 32;
const HASH_LEN: usize = 32;
const ALIGN: usize = 16;

/// The fixed part of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntryHeader {
    pub(crate) payload_len: u32,
    pub(crate) kind: u16,
    pub(crate) schema: u16,
    pub(crate) position: u64,
    pub(crate) time_ns: u64,
    pub(crate) epoch: u32,
}

impl EntryHeader {
    pub(crate) fn encode(&self, out: &mut [u8]) {
        put(out, 0, &self.payload_len.to_le_bytes());
        put(out, 4, &self.kind.to_le_bytes());
        put(out, 6, &self.schema.to_le_bytes());
        put(out, 8, &self.position.to_le_bytes());
        put(out, 16, &self.time_ns.to_le_bytes());
        put(out, 24, &self.epoch.to_le_bytes());
        put(out, 28, &[0; 4]);
    }

    fn decode(bytes: &[u8]) -> EntryHeader {
        EntryHeader {
            payload_len: u32_at(bytes, 0),
            kind: u16_at(bytes, 4),
            schema: u16_at(bytes, 6),
            position: u64_at(bytes, 8),
            time_ns: u64_at(bytes, 16),
            epoch: u32_at(bytes, 24),
        }
    }
}

/// Header, payload and padding of an entry: what the body hash covers.
pub(crate) fn body_len(payload_len: usize) -> usize {
    HEADER_LEN + payload_len.next_multiple_of(ALIGN)
}

/// The whole entry on disk.
pub(crate) fn record_len(payload_len: usize) -> usize {
    body_len(payload_len) + HASH_LEN
}

/// The one rule of the chain: the hash of an entry from the hash before it and its body.
pub(crate) fn entry_hash(keys: &Keys, prev: Hash, body: &[u8]) -> Hash {
    let mut link = [0; 64];
    link[..32].copy_from_slice(prev.as_bytes());
    link[32..].copy_from_slice(keyed_digest(&keys.entry, body).as_bytes());
    keyed_digest(&keys.chain, &link)
}

/// An entry in place in a batch's bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawEntry<'a> {
    pub(crate) header: EntryHeader,
    pub(crate) body: &'a [u8],
    pub(crate) hash: Hash,
}

impl<'a> RawEntry<'a> {
    /// Takes the entry at the front of `bytes`; refuses one whose shape is wrong.
    pub(crate) fn split(bytes: &'a [u8]) -> Result<(RawEntry<'a>, &'a [u8]), &'static str> {
        if bytes.len() < HEADER_LEN + HASH_LEN {
            return Err("the entry is cut off");
        }
        let header = EntryHeader::decode(bytes);
        // Checked as 64 bits first, so that a hostile length cannot overflow.
        if u64::from(header.payload_len) > to_u64(bytes.len()) {
            return Err("the payload is longer than the batch");
        }
        let payload_len = to_usize(u64::from(header.payload_len));
        let body_len = body_len(payload_len);
        if body_len + HASH_LEN > bytes.len() {
            return Err("the payload is longer than the batch");
        }
        let body = &bytes[..body_len];
        if u32_at(body, 28) != 0 || !is_zero(&body[HEADER_LEN + payload_len..]) {
            return Err("padding is not zero");
        }
        let hash = Hash::from_bytes(array_at(bytes, body_len));
        Ok((RawEntry { header, body, hash }, &bytes[body_len + HASH_LEN..]))
    }

    pub(crate) fn payload(&self) -> &'a [u8] {
        &self.body[HEADER_LEN..HEADER_LEN + to_usize(u64::from(self.header.payload_len))]
    }
}
