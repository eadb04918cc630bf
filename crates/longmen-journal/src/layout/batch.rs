//! The header and trailer of a batch.

use super::{SECTOR, array_at, is_zero, put, salted_crc, u32_at, u64_at};
use crate::hash::Hash;

pub(crate) const HEADER_LEN: usize = 128;
pub(crate) const TRAILER_LEN: usize = 32;
const MAGIC: &[u8; 4] = b"LBAT";

/// The fixed part of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchHeader {
    pub(crate) batch_len: u32,
    pub(crate) entry_count: u32,
    pub(crate) first_position: u64,
    pub(crate) offset: u64,
    pub(crate) durable_off: u64,
    pub(crate) epoch: u32,
    pub(crate) prev_hash: Hash,
    pub(crate) body_len: u32,
    pub(crate) commit_ns: u64,
}

impl BatchHeader {
    pub(crate) fn encode(&self, salt: &[u8; 16], out: &mut [u8]) {
        let out = &mut out[..HEADER_LEN];
        out.fill(0);
        put(out, 0, MAGIC);
        put(out, 8, &self.batch_len.to_le_bytes());
        put(out, 12, &self.entry_count.to_le_bytes());
        put(out, 16, &self.first_position.to_le_bytes());
        put(out, 24, &self.offset.to_le_bytes());
        put(out, 32, &self.durable_off.to_le_bytes());
        put(out, 40, &self.epoch.to_le_bytes());
        put(out, 48, self.prev_hash.as_bytes());
        put(out, 80, &self.body_len.to_le_bytes());
        put(out, 88, &self.commit_ns.to_le_bytes());
        let crc = salted_crc(salt, &out[8..]);
        put(out, 4, &crc.to_le_bytes());
    }

    /// The header at the front of `bytes`, when its magic and checksum say that it was written whole.
    /// What it claims is not checked yet.
    pub(crate) fn decode_intact(salt: &[u8; 16], bytes: &[u8]) -> Option<BatchHeader> {
        let bytes = bytes.get(..HEADER_LEN)?;
        if !bytes.starts_with(MAGIC) || u32_at(bytes, 4) != salted_crc(salt, &bytes[8..]) {
            return None;
        }
        Some(BatchHeader {
            batch_len: u32_at(bytes, 8),
            entry_count: u32_at(bytes, 12),
            first_position: u64_at(bytes, 16),
            offset: u64_at(bytes, 24),
            durable_off: u64_at(bytes, 32),
            epoch: u32_at(bytes, 40),
            prev_hash: Hash::from_bytes(array_at(bytes, 48)),
            body_len: u32_at(bytes, 80),
            commit_ns: u64_at(bytes, 88),
        })
    }
}

/// Whether the unused bytes of an intact header are zero.
pub(crate) fn reserved_is_zero(bytes: &[u8]) -> bool {
    u32_at(bytes, 44) == 0 && u32_at(bytes, 84) == 0 && is_zero(&bytes[96..HEADER_LEN])
}

/// The size on disk of a batch with so many bytes of entries.
pub(crate) fn batch_len(body_len: usize) -> usize {
    (HEADER_LEN + body_len + TRAILER_LEN).next_multiple_of(SECTOR)
}
