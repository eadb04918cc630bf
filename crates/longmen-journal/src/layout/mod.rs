//! The bytes of format v1, one file for each structure; `docs/format/journal-v1.md` describes the same in words.

pub(crate) mod batch;
pub(crate) mod entry;
pub(crate) mod manifest;
pub(crate) mod seal;
pub(crate) mod segment;

use crate::config::LedgerId;
use crate::hash;

/// The largest batch on disk, in bytes; a journal with small segments allows a quarter of a segment.
pub const MAX_BATCH_BYTES: u64 = 1 << 20;

/// The unit of writing: batches start and end on its multiples.
pub(crate) const SECTOR: usize = 4096;
pub(crate) const SECTOR_U32: u32 = 4096;
pub(crate) const SECTOR_U64: u64 = 4096;
const SEGMENT_SIZE_UNIT: u64 = 64 << 10;
const SEGMENT_SIZE_MAX: u64 = 1 << 30;
/// Where a one-sector structure keeps its digest.
pub(crate) const SECTOR_DIGEST_AT: usize = SECTOR - 32;

pub(crate) const LOCK: &str = "LOCK";
pub(crate) const SLOTS: [&str; 2] = ["MANIFEST.a", "MANIFEST.b"];
pub(crate) const SEG_DIR: &str = "seg";
pub(crate) const SPARE: &str = "seg/next.tmp";
pub(crate) const SNAP_DIR: &str = "snap";
pub(crate) const QUARANTINE_DIR: &str = "quarantine";

/// Whether a journal can have segments of so many bytes.
pub(crate) fn is_segment_size(bytes: u64) -> bool {
    (SEGMENT_SIZE_UNIT..=SEGMENT_SIZE_MAX).contains(&bytes) && bytes.is_multiple_of(SEGMENT_SIZE_UNIT)
}

/// The most bytes that can be written but not yet synced: one batch.
pub(crate) fn in_flight_max(segment_size: u64) -> u64 {
    MAX_BATCH_BYTES.min(segment_size / 4)
}

/// `seg/<segno>-<epoch>.jrn`.
pub(crate) fn segment_name(segno: u64, epoch: u32) -> String {
    format!("{SEG_DIR}/{segno:016x}-{epoch:08x}.jrn")
}

/// The inverse of [`segment_name`], for a name without its folder.
pub(crate) fn parse_segment_name(name: &str) -> Option<(u64, u32)> {
    let (segno, epoch) = name.strip_suffix(".jrn")?.split_once('-')?;
    let parsed = (u64::from_str_radix(segno, 16).ok()?, u32::from_str_radix(epoch, 16).ok()?);
    // Comparing the name written back refuses every other spelling of the same numbers.
    (segment_name(parsed.0, parsed.1).strip_prefix("seg/") == Some(name)).then_some(parsed)
}

/// `quarantine/<segno>-<offset>.torn`.
pub(crate) fn quarantine_name(segno: u64, offset: u64) -> String {
    format!("{QUARANTINE_DIR}/{segno:016x}-{offset:08x}.torn")
}

/// The inverse of [`quarantine_name`], for a name without its folder.
pub(crate) fn parse_quarantine_name(name: &str) -> Option<(u64, u64)> {
    let (segno, offset) = name.strip_suffix(".torn")?.split_once('-')?;
    let parsed = (u64::from_str_radix(segno, 16).ok()?, u64::from_str_radix(offset, 16).ok()?);
    (quarantine_name(parsed.0, parsed.1).strip_prefix("quarantine/") == Some(name)).then_some(parsed)
}

/// The keys that do not change over a journal's life.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) entry: [u8; 32],
    pub(crate) chain: [u8; 32],
}

impl Keys {
    pub(crate) fn new(ledger_id: LedgerId) -> Keys {
        Keys {
            entry: hash::derive_key("longmen 2026 journal v1 entry", ledger_id.as_bytes()),
            chain: hash::derive_key("longmen 2026 journal v1 chain", ledger_id.as_bytes()),
        }
    }
}

/// The key of a segment's batches and seal.
pub(crate) fn batch_key(ledger_id: LedgerId, salt: [u8; 16]) -> [u8; 32] {
    let mut material = [0; 32];
    material[..16].copy_from_slice(ledger_id.as_bytes());
    material[16..].copy_from_slice(&salt);
    hash::derive_key("longmen 2026 journal v1 batch", &material)
}

/// The salted checksum that protects a batch header or a seal before anything in it is trusted.
pub(crate) fn salted_crc(salt: &[u8; 16], bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(salt), bytes)
}

pub(crate) fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array_at(bytes, at))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

pub(crate) fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

/// Whether every byte is zero; compares whole sectors, because a byte loop is slow in unoptimised builds.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    static ZEROS: [u8; SECTOR] = [0; SECTOR];
    bytes.chunks(SECTOR).all(|chunk| *chunk == ZEROS[..chunk.len()])
}

/// A length as the format writes it.
///
/// # Panics
///
/// Never on supported machines: memory is not larger than 2^64.
pub(crate) fn to_u64(len: usize) -> u64 {
    u64::try_from(len).expect("a length in memory fits 64 bits")
}

/// A checked offset or length as memory needs it.
///
/// # Panics
///
/// When the value was not checked against the segment size before.
pub(crate) fn to_usize(len: u64) -> usize {
    usize::try_from(len).expect("a segment is at most 1 GiB")
}
