//! The few things a writer does to the directory, in the order that the format demands.

use std::io;

use super::Live;
use crate::catalog::SegmentMeta;
use crate::config::Config;
use crate::error::JournalError;
use crate::hash::Hasher;
use crate::layout::manifest::Manifest;
use crate::layout::segment::{PrevEnd, SegmentHeader};
use crate::layout::{LOCK, SECTOR_U64, SEG_DIR, SLOTS, SPARE, segment_name};
use crate::storage::{Claim, Storage};
use crate::walk::State;

/// The nanosecond after `time_ns`; only a damaged clock gets to the end of time, in the year 2554.
pub(super) fn later(time_ns: u64) -> Result<u64, JournalError> {
    let reason = || JournalError::BadBatch { reason: "its time is the last one there is".to_owned() };
    time_ns.checked_add(1).ok_or_else(reason)
}

/// The header of the segment that follows this state.
pub(super) fn next_header(
    config: &Config,
    manifest: &Manifest,
    state: State,
    segno: u64,
    prev: PrevEnd,
    now_ns: u64,
) -> Result<SegmentHeader, JournalError> {
    Ok(SegmentHeader {
        ledger_id: manifest.ledger_id,
        segno,
        epoch: manifest.epoch,
        base_position: state.position,
        segment_size: manifest.segment_size,
        salt: config.entropy.draw("salt", segno, manifest.epoch)?,
        base_hash: state.hash,
        schema_fingerprint: config.schema_fingerprint,
        created_ns: now_ns.max(later(state.commit_ns)?),
        base_time_ns: state.time_ns,
        prev,
    })
}

/// Takes the claim.
pub(super) fn claim(storage: &dyn Storage) -> Result<Box<dyn Claim>, JournalError> {
    storage.claim().map_err(|source| match source.kind() {
        io::ErrorKind::WouldBlock => JournalError::InUse,
        _ => JournalError::io("claim", LOCK)(source),
    })
}

/// Writes a generation of the manifest over the older slot; makes the file anew where it is missing or has another
/// length, which no write into it would change.
pub(super) fn write_slot(storage: &dyn Storage, manifest: &Manifest) -> Result<(), JournalError> {
    let name = SLOTS[manifest.slot()];
    let found = match storage.open_write(name) {
        Ok(file) if file.len().map_err(JournalError::io("measure", name))? == SECTOR_U64 => Some(file),
        Ok(_) => {
            storage.remove(name).map_err(JournalError::io("remove", name))?;
            None
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(JournalError::io("open", name)(error)),
    };
    let made = found.is_none();
    let file = match found {
        Some(file) => file,
        None => storage.create(name, SECTOR_U64).map_err(JournalError::io("create", name))?,
    };
    file.write_all_at(&manifest.encode(), 0).map_err(JournalError::io("write", name))?;
    file.sync_all().map_err(JournalError::io("sync", name))?;
    if made {
        storage.sync_dir("").map_err(JournalError::io("sync", "the journal's directory"))?;
    }
    Ok(())
}

/// Turns the spare into a segment with this header, still under the spare's name.
pub(super) fn start_segment(storage: &dyn Storage, header: SegmentHeader) -> Result<Live, JournalError> {
    let sector = header.encode();
    let file = storage.open_write(SPARE).map_err(JournalError::io("open", SPARE))?;
    file.write_all_at(&sector, 0).map_err(JournalError::io("write", SPARE))?;
    file.sync_all().map_err(JournalError::io("sync", SPARE))?;
    let meta = SegmentMeta::new(header, &sector);
    let mut digests = Hasher::new();
    digests.update(meta.digest.as_bytes());
    Ok(Live { meta, file, offset: SECTOR_U64, durable: SECTOR_U64, digests })
}

/// Gives the spare its name as a segment: from here on it is part of the journal.
pub(super) fn publish(storage: &dyn Storage, live: &Live) -> Result<(), JournalError> {
    let header = &live.meta.header;
    let name = segment_name(header.segno, header.epoch);
    storage.rename(SPARE, &name).map_err(JournalError::io("rename", SPARE))?;
    storage.sync_dir(SEG_DIR).map_err(JournalError::io("sync", SEG_DIR))
}
