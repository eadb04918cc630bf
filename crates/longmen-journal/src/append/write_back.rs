//! Making what an opening found durable before anything is built upon it.
//!
//! After a failed sync the system may take bytes for clean that only its memory holds; a later sync of them does nothing
//! and succeeds. What no later write says was synced is therefore written again, byte for byte, and synced then.

use std::io;

use super::disk::write_slot;
use crate::error::JournalError;
use crate::layout::{SECTOR_U64, SEG_DIR, to_usize};
use crate::recovery::Verdict;
use crate::storage::{Storage, WriteFile};
use crate::survey::{Survey, watermark_for};
use crate::walk::{Step, Walk};

/// Makes the end of the last segment, the manifest that counts and the names of all segments durable.
pub(super) fn write_back(storage: &dyn Storage, found: &Survey) -> Result<(), JournalError> {
    let name = &found.last().name;
    match storage.open_write(name) {
        Ok(file) => {
            write_end(storage, file.as_ref(), found)?;
            file.sync_all().map_err(JournalError::io("sync", name))?;
        }
        // A file is made read-only only after it was synced.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
        Err(error) => return Err(JournalError::io("open", name)(error)),
    }
    // The next generation goes to the other slot, so that this one counts if the power goes meanwhile. Where the other
    // one is damaged, this one is all there is, and is not touched.
    if found.damaged_slot.is_none() {
        write_slot(storage, &found.manifest)?;
    }
    storage.sync_dir(SEG_DIR).map_err(JournalError::io("sync", SEG_DIR))
}

/// Writes the batches in doubt, and the seal or the torn bytes behind them, to where they stand.
fn write_end(storage: &dyn Storage, file: &dyn WriteFile, found: &Survey) -> Result<(), JournalError> {
    let (meta, end) = (found.last(), found.walk.offset);
    let from = found.walk.durable_off.max(watermark_for(meta, &found.manifest)).min(end);
    let write = |bytes: &[u8], offset| {
        file.write_all_at(bytes, offset).map_err(JournalError::io("write", &meta.name))
    };
    let mut walk = Walk::start(storage, meta, found.walk.keys())?;
    if let Some(header) = walk.header_at(from)? {
        walk.jump(from, header.first_position, header.prev_hash);
    }
    // What memory held a moment ago may be gone from it: only what verifies once more is written.
    while from < end && walk.offset < end {
        let at = walk.offset;
        let Step::Batch(_) = walk.step()? else { return Err(changed(&meta.name)) };
        if walk.offset > from {
            write(walk.bytes(), at)?;
        }
    }
    if from < end && walk.state.hash != found.walk.state.hash {
        return Err(changed(&meta.name));
    }
    let behind = match found.verdict {
        Verdict::Torn { dropped_len } => dropped_len,
        _ if found.seal_digest.is_some() => SECTOR_U64,
        _ => 0,
    };
    let mut bytes = vec![0; to_usize(behind)];
    if !found.walk.read(&mut bytes, end)?
        || found.seal_digest.is_some_and(|seal| !bytes.ends_with(seal.as_bytes()))
    {
        return Err(changed(&meta.name));
    }
    if bytes.is_empty() { Ok(()) } else { write(&bytes, end) }
}

fn changed(name: &str) -> JournalError {
    let source = io::Error::other("it no longer holds what was read a moment ago");
    JournalError::io("read again", name)(source)
}
