//! The payloads of the journal's own entries.

use crate::config::LedgerId;
use crate::hash::Hash;
use crate::layout::{array_at, put, u32_at, u64_at};

/// The kind of the first entry of every journal.
pub const KIND_GENESIS: u16 = 1;
/// The kind of an entry that records what an opening found and dropped.
pub const KIND_RECOVERY: u16 = 2;
/// The kind of an entry that vouches for a snapshot.
pub const KIND_SNAPSHOT: u16 = 3;
/// Reserved for signed checkpoints.
pub const KIND_CHECKPOINT: u16 = 4;

/// The schema number of the payloads in this module.
pub const SCHEMA: u16 = 1;

/// Entry 0: what the journal was created with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The ledger's name.
    pub ledger_id: LedgerId,
    /// Bytes of a segment file.
    pub segment_size: u64,
}

impl Genesis {
    /// The payload's bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut out = [0; 32];
        put(&mut out, 0, self.ledger_id.as_bytes());
        put(&mut out, 16, &self.segment_size.to_le_bytes());
        put(&mut out, 24, &crate::layout::SECTOR_U32.to_le_bytes());
        out
    }

    /// Reads a payload; `None` when it is not exactly one.
    pub fn from_bytes(payload: &[u8]) -> Option<Genesis> {
        let fits = payload.len() == 32
            && u32_at(payload, 24) == crate::layout::SECTOR_U32
            && u32_at(payload, 28) == 0;
        fits.then(|| Genesis {
            ledger_id: LedgerId::from_bytes(array_at(payload, 0)),
            segment_size: u64_at(payload, 16),
        })
    }
}

/// Why a recovery entry was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecoveryReason {
    /// A torn write, never acknowledged, was dropped.
    TornWriteDropped,
    /// The last writer did not close the journal; nothing was dropped.
    UncleanEnd,
    /// One of the two manifest slots was damaged and has been written anew.
    ManifestSlot,
}

impl RecoveryReason {
    fn code(self) -> u32 {
        match self {
            RecoveryReason::TornWriteDropped => 1,
            RecoveryReason::UncleanEnd => 2,
            RecoveryReason::ManifestSlot => 3,
        }
    }

    fn from_code(code: u32) -> Option<RecoveryReason> {
        match code {
            1 => Some(RecoveryReason::TornWriteDropped),
            2 => Some(RecoveryReason::UncleanEnd),
            3 => Some(RecoveryReason::ManifestSlot),
            _ => None,
        }
    }
}

/// What an opening found at the end of an older segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryRecord {
    /// The segment that ended.
    pub segno: u64,
    /// The epoch in that segment's name.
    pub epoch: u32,
    /// Why the record was written.
    pub reason: RecoveryReason,
    /// Where the segment's valid batches end.
    pub offset: u64,
    /// How many bytes from there were dropped.
    pub dropped_len: u64,
    /// BLAKE3 of the dropped bytes, of no bytes when there were none.
    pub digest: Hash,
}

impl RecoveryRecord {
    /// The payload's bytes.
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut out = [0; 64];
        put(&mut out, 0, &self.segno.to_le_bytes());
        put(&mut out, 8, &self.epoch.to_le_bytes());
        put(&mut out, 12, &self.reason.code().to_le_bytes());
        put(&mut out, 16, &self.offset.to_le_bytes());
        put(&mut out, 24, &self.dropped_len.to_le_bytes());
        put(&mut out, 32, self.digest.as_bytes());
        out
    }

    /// Reads a payload; `None` when it is not exactly one.
    pub fn from_bytes(payload: &[u8]) -> Option<RecoveryRecord> {
        if payload.len() != 64 {
            return None;
        }
        Some(RecoveryRecord {
            segno: u64_at(payload, 0),
            epoch: u32_at(payload, 8),
            reason: RecoveryReason::from_code(u32_at(payload, 12))?,
            offset: u64_at(payload, 16),
            dropped_len: u64_at(payload, 24),
            digest: Hash::from_bytes(array_at(payload, 32)),
        })
    }
}

/// An entry that vouches for a snapshot of what the entries below a position add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotMark {
    /// The snapshot covers every entry below this position.
    pub position: u64,
    /// The hash of the entry before that position.
    pub entry_hash: Hash,
    /// The digest of the snapshot, as its maker defines it.
    pub digest: Hash,
}

impl SnapshotMark {
    /// The payload's bytes.
    pub fn to_bytes(&self) -> [u8; 72] {
        let mut out = [0; 72];
        put(&mut out, 0, &self.position.to_le_bytes());
        put(&mut out, 8, self.entry_hash.as_bytes());
        put(&mut out, 40, self.digest.as_bytes());
        out
    }

    /// Reads a payload; `None` when it is not exactly one.
    pub fn from_bytes(payload: &[u8]) -> Option<SnapshotMark> {
        (payload.len() == 72).then(|| SnapshotMark {
            position: u64_at(payload, 0),
            entry_hash: Hash::from_bytes(array_at(payload, 8)),
            digest: Hash::from_bytes(array_at(payload, 40)),
        })
    }
}

/// One of the journal's own entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// The first entry.
    Genesis(Genesis),
    /// What an opening found.
    Recovery(RecoveryRecord),
    /// A snapshot was taken.
    Snapshot(SnapshotMark),
}

impl Record {
    /// Reads an entry of the journal's own; `None` when it is none, or not exactly one.
    pub fn from_entry(entry: &crate::EntryRef<'_>) -> Option<Record> {
        match (entry.kind, entry.schema) {
            (KIND_GENESIS, SCHEMA) => Genesis::from_bytes(entry.payload).map(Record::Genesis),
            (KIND_RECOVERY, SCHEMA) => RecoveryRecord::from_bytes(entry.payload).map(Record::Recovery),
            (KIND_SNAPSHOT, SCHEMA) => SnapshotMark::from_bytes(entry.payload).map(Record::Snapshot),
            _ => None,
        }
    }
}

impl std::fmt::Display for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Record::Genesis(genesis) => write!(f, "genesis of ledger {}", genesis.ledger_id),
            Record::Recovery(recovery) => match recovery.reason {
                RecoveryReason::TornWriteDropped => {
                    let RecoveryRecord { segno, offset, dropped_len, .. } = recovery;
                    write!(f, "recovery: {dropped_len} torn bytes dropped from segment {segno} at {offset}")
                }
                RecoveryReason::UncleanEnd => {
                    write!(f, "recovery: segment {} was not closed; nothing was lost", recovery.segno)
                }
                RecoveryReason::ManifestSlot => {
                    write!(f, "recovery: a damaged manifest slot was written anew")
                }
            },
            Record::Snapshot(mark) => write!(f, "snapshot of all entries before {}", mark.position),
        }
    }
}
