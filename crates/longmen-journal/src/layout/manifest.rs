//! A manifest slot: the term of the writer and the durability watermark.

use super::{SECTOR, SECTOR_DIGEST_AT, array_at, is_segment_size, is_zero, put, u32_at, u64_at};
use crate::config::LedgerId;
use crate::hash::{Hash, digest};

const MAGIC: &[u8; 8] = b"LMANIF\0\x01";

/// One generation of the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) ledger_id: LedgerId,
    pub(crate) generation: u64,
    pub(crate) epoch: u32,
    /// Whether the writer closed the journal; nothing follows the watermark then.
    pub(crate) clean: bool,
    pub(crate) live_segno: u64,
    /// Everything below this offset of the live segment is synced.
    pub(crate) watermark: u64,
    /// The head at the watermark.
    pub(crate) next_position: u64,
    pub(crate) head: Hash,
    pub(crate) segment_size: u64,
    pub(crate) written_ns: u64,
}

impl Manifest {
    /// Which of the two files this generation goes to.
    pub(crate) fn slot(&self) -> usize {
        usize::from(!self.generation.is_multiple_of(2))
    }

    pub(crate) fn encode(&self) -> [u8; SECTOR] {
        let mut out = [0; SECTOR];
        put(&mut out, 0, MAGIC);
        put(&mut out, 8, self.ledger_id.as_bytes());
        put(&mut out, 24, &self.generation.to_le_bytes());
        put(&mut out, 32, &self.epoch.to_le_bytes());
        put(&mut out, 36, &(if self.clean { 2_u32 } else { 1 }).to_le_bytes());
        put(&mut out, 40, &self.live_segno.to_le_bytes());
        put(&mut out, 48, &self.watermark.to_le_bytes());
        put(&mut out, 56, &self.next_position.to_le_bytes());
        put(&mut out, 64, self.head.as_bytes());
        put(&mut out, 96, &self.segment_size.to_le_bytes());
        put(&mut out, 104, &self.written_ns.to_le_bytes());
        let hash = digest(&out[..SECTOR_DIGEST_AT]);
        put(&mut out, SECTOR_DIGEST_AT, hash.as_bytes());
        out
    }

    /// Reads the slot with this number; every byte of the sector is checked.
    pub(crate) fn decode(slot: usize, sector: &[u8; SECTOR]) -> Result<Manifest, &'static str> {
        if !sector.starts_with(MAGIC) {
            return Err("the magic is not that of a manifest");
        }
        if digest(&sector[..SECTOR_DIGEST_AT]).as_bytes() != &sector[SECTOR_DIGEST_AT..] {
            return Err("the manifest's digest does not match");
        }
        let clean = match u32_at(sector, 36) {
            1 => false,
            2 => true,
            _ => return Err("the state is unknown"),
        };
        if !is_segment_size(u64_at(sector, 96)) {
            return Err("the segment size is not one a journal can have");
        }
        if !is_zero(&sector[112..SECTOR_DIGEST_AT]) {
            return Err("an unused field is not zero");
        }
        let manifest = Manifest {
            ledger_id: LedgerId::from_bytes(array_at(sector, 8)),
            generation: u64_at(sector, 24),
            epoch: u32_at(sector, 32),
            clean,
            live_segno: u64_at(sector, 40),
            watermark: u64_at(sector, 48),
            next_position: u64_at(sector, 56),
            head: Hash::from_bytes(array_at(sector, 64)),
            segment_size: u64_at(sector, 96),
            written_ns: u64_at(sector, 104),
        };
        if manifest.slot() != slot {
            return Err("this generation belongs into the other slot");
        }
        Ok(manifest)
    }
}
