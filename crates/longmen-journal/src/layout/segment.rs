//! The header of a segment file.

use super::{
    SECTOR, SECTOR_DIGEST_AT, SECTOR_U32, array_at, batch_key, is_segment_size, is_zero, put, u16_at, u32_at,
    u64_at,
};
use crate::config::LedgerId;
use crate::hash::{Hash, digest};

const MAGIC: &[u8; 8] = b"LMSEG\0\0\x01";
const VERSION: u16 = 1;
const HEADER_LEN: u16 = 4096;

/// How the segment before this one ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrevEndKind {
    /// There is none.
    None,
    /// With a seal.
    Sealed,
    /// Without one: a recovery cut it off.
    Recovered,
}

impl PrevEndKind {
    fn code(self) -> u32 {
        match self {
            PrevEndKind::None => 0,
            PrevEndKind::Sealed => 1,
            PrevEndKind::Recovered => 2,
        }
    }

    fn from_code(code: u32) -> Option<PrevEndKind> {
        match code {
            0 => Some(PrevEndKind::None),
            1 => Some(PrevEndKind::Sealed),
            2 => Some(PrevEndKind::Recovered),
            _ => None,
        }
    }
}

/// The end of the segment before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PrevEnd {
    pub(crate) kind: PrevEndKind,
    /// Where its valid batches end.
    pub(crate) end: u64,
    /// The digest of its seal, or BLAKE3 of the bytes that recovery dropped.
    pub(crate) digest: Hash,
    pub(crate) dropped_len: u64,
}

impl PrevEnd {
    pub(crate) const NONE: PrevEnd =
        PrevEnd { kind: PrevEndKind::None, end: 0, digest: Hash::ZERO, dropped_len: 0 };
}

/// The first sector of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) ledger_id: LedgerId,
    pub(crate) segno: u64,
    pub(crate) epoch: u32,
    pub(crate) base_position: u64,
    pub(crate) segment_size: u64,
    pub(crate) salt: [u8; 16],
    /// The hash of the entry before `base_position`.
    pub(crate) base_hash: Hash,
    pub(crate) schema_fingerprint: Hash,
    pub(crate) created_ns: u64,
    /// The time of the entry before `base_position`.
    pub(crate) base_time_ns: u64,
    pub(crate) prev: PrevEnd,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; SECTOR] {
        let mut out = [0; SECTOR];
        put(&mut out, 0, MAGIC);
        put(&mut out, 8, &VERSION.to_le_bytes());
        put(&mut out, 10, &HEADER_LEN.to_le_bytes());
        put(&mut out, 16, self.ledger_id.as_bytes());
        put(&mut out, 32, &self.segno.to_le_bytes());
        put(&mut out, 40, &self.epoch.to_le_bytes());
        put(&mut out, 44, &SECTOR_U32.to_le_bytes());
        put(&mut out, 48, &self.base_position.to_le_bytes());
        put(&mut out, 56, &self.segment_size.to_le_bytes());
        put(&mut out, 64, &self.salt);
        put(&mut out, 80, self.base_hash.as_bytes());
        put(&mut out, 112, self.schema_fingerprint.as_bytes());
        put(&mut out, 144, &self.created_ns.to_le_bytes());
        put(&mut out, 152, &self.base_time_ns.to_le_bytes());
        put(&mut out, 160, &self.prev.end.to_le_bytes());
        put(&mut out, 168, &self.prev.kind.code().to_le_bytes());
        put(&mut out, 176, self.prev.digest.as_bytes());
        put(&mut out, 208, &self.prev.dropped_len.to_le_bytes());
        let hash = digest(&out[..SECTOR_DIGEST_AT]);
        put(&mut out, SECTOR_DIGEST_AT, hash.as_bytes());
        out
    }

    /// Reads a header; every byte of the sector is checked.
    pub(crate) fn decode(sector: &[u8; SECTOR]) -> Result<SegmentHeader, &'static str> {
        if !sector.starts_with(MAGIC) {
            return Err("the magic is not that of a segment");
        }
        if digest(&sector[..SECTOR_DIGEST_AT]).as_bytes() != &sector[SECTOR_DIGEST_AT..] {
            return Err("the header's digest does not match");
        }
        if u16_at(sector, 8) != VERSION {
            return Err("the format version is not 1: a newer program wrote it");
        }
        let fixed = u16_at(sector, 10) == HEADER_LEN && u32_at(sector, 44) == SECTOR_U32;
        let unused = u32_at(sector, 12) == 0 && u32_at(sector, 172) == 0;
        if !fixed || !unused || !is_zero(&sector[216..SECTOR_DIGEST_AT]) {
            return Err("a fixed or unused field has another value");
        }
        if !is_segment_size(u64_at(sector, 56)) {
            return Err("the segment size is not one a journal can have");
        }
        let kind = PrevEndKind::from_code(u32_at(sector, 168)).ok_or("the kind of end is unknown")?;
        Ok(SegmentHeader {
            ledger_id: LedgerId::from_bytes(array_at(sector, 16)),
            segno: u64_at(sector, 32),
            epoch: u32_at(sector, 40),
            base_position: u64_at(sector, 48),
            segment_size: u64_at(sector, 56),
            salt: array_at(sector, 64),
            base_hash: Hash::from_bytes(array_at(sector, 80)),
            schema_fingerprint: Hash::from_bytes(array_at(sector, 112)),
            created_ns: u64_at(sector, 144),
            base_time_ns: u64_at(sector, 152),
            prev: PrevEnd {
                kind,
                end: u64_at(sector, 160),
                digest: Hash::from_bytes(array_at(sector, 176)),
                dropped_len: u64_at(sector, 208),
            },
        })
    }

    pub(crate) fn batch_key(&self) -> [u8; 32] {
        batch_key(self.ledger_id, self.salt)
    }
}
