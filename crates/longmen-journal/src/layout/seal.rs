//! The seal: the last sector of a full segment.

use super::{SECTOR, SECTOR_DIGEST_AT, array_at, is_zero, put, salted_crc, u32_at, u64_at};
use crate::hash::{Hash, keyed_digest};

const MAGIC: &[u8; 4] = b"LSEA";

/// What a seal says about its segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) segno: u64,
    pub(crate) epoch: u32,
    pub(crate) first_position: u64,
    pub(crate) last_position: u64,
    pub(crate) entry_count: u64,
    /// Bytes before the seal, which is also where the seal stands.
    pub(crate) used: u64,
    pub(crate) head: Hash,
    /// BLAKE3 over the digest of the segment header and the digest of each batch, in order.
    pub(crate) segment_digest: Hash,
}

impl Seal {
    pub(crate) fn encode(&self, salt: &[u8; 16], key: &[u8; 32]) -> [u8; SECTOR] {
        let mut out = [0; SECTOR];
        put(&mut out, 0, MAGIC);
        put(&mut out, 8, &self.segno.to_le_bytes());
        put(&mut out, 16, &self.epoch.to_le_bytes());
        put(&mut out, 24, &self.first_position.to_le_bytes());
        put(&mut out, 32, &self.last_position.to_le_bytes());
        put(&mut out, 40, &self.entry_count.to_le_bytes());
        put(&mut out, 48, &self.used.to_le_bytes());
        put(&mut out, 64, self.head.as_bytes());
        put(&mut out, 96, self.segment_digest.as_bytes());
        let crc = salted_crc(salt, &out[8..SECTOR_DIGEST_AT]);
        put(&mut out, 4, &crc.to_le_bytes());
        let digest = keyed_digest(key, &out[..SECTOR_DIGEST_AT]);
        put(&mut out, SECTOR_DIGEST_AT, digest.as_bytes());
        out
    }

    /// The seal in `sector`, when every byte of it verifies.
    pub(crate) fn decode(salt: &[u8; 16], key: &[u8; 32], sector: &[u8]) -> Option<Seal> {
        if sector.len() != SECTOR || !sector.starts_with(MAGIC) {
            return None;
        }
        let intact = u32_at(sector, 4) == salted_crc(salt, &sector[8..SECTOR_DIGEST_AT])
            && digest(sector) == keyed_digest(key, &sector[..SECTOR_DIGEST_AT])
            && u32_at(sector, 20) == 0
            && u64_at(sector, 56) == 0
            && is_zero(&sector[128..SECTOR_DIGEST_AT]);
        intact.then(|| Seal {
            segno: u64_at(sector, 8),
            epoch: u32_at(sector, 16),
            first_position: u64_at(sector, 24),
            last_position: u64_at(sector, 32),
            entry_count: u64_at(sector, 40),
            used: u64_at(sector, 48),
            head: Hash::from_bytes(array_at(sector, 64)),
            segment_digest: Hash::from_bytes(array_at(sector, 96)),
        })
    }
}

/// The digest in the last bytes of a sector; the next segment's header repeats it.
pub(crate) fn digest(sector: &[u8]) -> Hash {
    Hash::from_bytes(array_at(sector, SECTOR_DIGEST_AT))
}
