//! The parts of an inspection that are not about batches: manifests, names, recovery records, quarantine.

use std::sync::Arc;

use super::Inspection;
use crate::catalog::{Manifests, SegmentMeta, SegmentNames, first_sector};
use crate::config::LedgerId;
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::Hash;
use crate::layout::batch::BatchHeader;
use crate::layout::entry::RawEntry;
use crate::layout::manifest::Manifest;
use crate::layout::segment::{PrevEndKind, SegmentHeader};
use crate::layout::{LOCK, QUARANTINE_DIR, SEG_DIR, SLOTS, SNAP_DIR, SPARE};
use crate::layout::{parse_quarantine_name, segment_name, to_usize};
use crate::record::{KIND_RECOVERY, RecoveryReason, RecoveryRecord};
use crate::run::{KeyRun, MetaRun};
use crate::snapshot::Snapshot;
use crate::storage::ReadStorage;
use crate::walk::Walk;

const MANIFEST_TRIES: u32 = 100;

/// Both slots; beside a live writer a slot that is just being written is looked at again.
pub(crate) fn load_manifests(storage: &dyn ReadStorage, live: bool) -> Result<Manifests, JournalError> {
    let mut manifests = Manifests::load(storage)?;
    let mut tries_left = if live { MANIFEST_TRIES } else { 0 };
    while tries_left > 0 && manifests.damaged().is_some() {
        std::thread::yield_now();
        manifests = Manifests::load(storage)?;
        tries_left -= 1;
    }
    Ok(manifests)
}

/// What the segments can be inspected with when no manifest slot verifies.
pub(crate) fn stand_in_manifest(
    storage: &dyn ReadStorage,
    names: &SegmentNames,
) -> Result<Manifest, JournalError> {
    let mut manifest = Manifest {
        ledger_id: LedgerId::from_bytes([0; 16]),
        generation: 0,
        epoch: u32::MAX,
        clean: false,
        live_segno: 0,
        watermark: 0,
        next_position: 0,
        head: Hash::ZERO,
        segment_size: 0,
        written_ns: 0,
    };
    for (segno, epoch) in &names.segments {
        let found = first_sector(storage, &segment_name(*segno, *epoch))?;
        if let Some(header) = found.and_then(|(sector, _)| SegmentHeader::decode(&sector).ok()) {
            manifest.ledger_id = header.ledger_id;
            manifest.segment_size = header.segment_size;
            break;
        }
    }
    Ok(manifest)
}

/// What is remarkable about the names in the directory.
pub(crate) fn unknown_names(
    storage: &dyn ReadStorage,
    names: &SegmentNames,
) -> Result<Vec<String>, JournalError> {
    let known = [LOCK, SLOTS[0], SLOTS[1], SEG_DIR, SNAP_DIR, QUARANTINE_DIR];
    let listed = storage.list("").map_err(JournalError::io("list", "the journal's directory"))?;
    let top = listed.into_iter().filter(|name| !known.contains(&name.as_str()));
    let below = names.unknown.iter().filter(|name| *name != SPARE).cloned();
    let mut notes: Vec<String> =
        top.chain(below).map(|name| format!("{name} is no part of a journal")).collect();
    match storage.open_read(LOCK).and_then(|file| file.len()) {
        Ok(0) => {}
        Ok(_) => notes.push(format!("{LOCK} should be empty")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            notes.push(format!("{LOCK} is missing"));
        }
        Err(error) => return Err(JournalError::io("open", LOCK)(error)),
    }
    Ok(notes)
}

/// The recovery entries met on the way.
#[derive(Default)]
pub(crate) struct Records {
    found: Vec<(u64, RecoveryRecord)>,
}

impl Records {
    pub(crate) fn collect(&mut self, walk: &Walk, header: &BatchHeader) {
        let mut rest = walk.body(header);
        while let Ok((entry, next)) = RawEntry::split(rest) {
            rest = next;
            if entry.header.kind == KIND_RECOVERY
                && let Some(record) = RecoveryRecord::from_bytes(entry.payload())
                && record.reason != RecoveryReason::ManifestSlot
            {
                self.found.push((entry.header.position, record));
            }
        }
    }

    /// Every segment that was cut off has its entry, and every entry its segment.
    pub(crate) fn compare(
        &self,
        metas: &[Option<Arc<SegmentMeta>>],
        end_position: u64,
        damages: &mut Vec<Damage>,
    ) {
        for pair in metas.windows(2) {
            let [Some(before), Some(after)] = pair else { continue };
            // A recovery that was itself interrupted has not journaled anything yet.
            let owed = after.header.base_position >= end_position;
            let prev = &after.header.prev;
            let recorded = self.found.iter().any(|(_, record)| {
                record.segno == before.header.segno
                    && record.epoch == before.header.epoch
                    && (record.offset, record.dropped_len) == (prev.end, prev.dropped_len)
                    && record.digest == prev.digest
            });
            if prev.kind == PrevEndKind::Recovered && !recorded && !owed {
                let detail = "no recovery entry records how this segment was cut off";
                damages.push(Damage::new(DamageClass::Recovery, &before.name, prev.end, detail));
            }
        }
        for (position, record) in &self.found {
            let at = usize::try_from(record.segno).ok().and_then(|segno| segno.checked_add(1));
            let Some(Some(after)) = at.and_then(|at| metas.get(at)) else { continue };
            let prev = &after.header.prev;
            let dropped = (prev.end, prev.dropped_len) == (record.offset, record.dropped_len);
            if !dropped || prev.kind == PrevEndKind::Recovered && prev.digest != record.digest {
                let detail = "the header does not say what a recovery entry recorded";
                let damage = Damage::new(DamageClass::Recovery, &after.name, 0, detail);
                damages.push(damage.at_position(*position));
            }
        }
    }
}

/// Compares the copies of dropped bytes with what still stands in the segments.
pub(crate) fn check_quarantine(
    storage: &dyn ReadStorage,
    metas: &[Option<Arc<SegmentMeta>>],
    found: &mut Inspection,
) -> Result<(), JournalError> {
    for name in storage.list(QUARANTINE_DIR).map_err(JournalError::io("list", QUARANTINE_DIR))? {
        let path = format!("{QUARANTINE_DIR}/{name}");
        let Some((segno, offset)) = parse_quarantine_name(&name) else {
            found.notes.push(format!("{path} is no part of a journal"));
            continue;
        };
        let next =
            usize::try_from(segno).ok().and_then(|segno| metas.get(segno + 1)).and_then(Option::as_ref);
        let Some(next) = next.filter(|next| next.header.prev.end == offset) else {
            found.notes.push(format!("{path} was left by a recovery that was interrupted"));
            continue;
        };
        let file = storage.open_read(&path).map_err(JournalError::io("open", &path))?;
        let len = file.len().map_err(JournalError::io("measure", &path))?;
        found.bytes += len;
        let mut same = len == next.header.prev.dropped_len;
        if same {
            let mut copy = vec![0; to_usize(len)];
            file.read_exact_at(&mut copy, 0).map_err(JournalError::io("read", &path))?;
            same = crate::hash::digest(&copy) == next.header.prev.digest;
        }
        if !same {
            let detail = "the copy is not the bytes that were dropped";
            found.damages.push(Damage::new(DamageClass::Quarantine, &path, 0, detail));
        }
    }
    Ok(())
}

/// Checks digest and header of each snapshot and run; what they say is the caller's business.
pub(crate) fn check_snapshots(
    storage: &dyn ReadStorage,
    ledger_id: LedgerId,
    found: &mut Inspection,
) -> Result<(), JournalError> {
    for name in storage.list(SNAP_DIR).map_err(JournalError::io("list", SNAP_DIR))? {
        let read = if let Some(position) = Snapshot::position_of(&name) {
            Snapshot::read(storage, ledger_id, position).map(|snapshot| snapshot.file_len())
        } else if let Some(range) = KeyRun::range_of(&name) {
            KeyRun::inspect(storage, ledger_id, range)
        } else if let Some(range) = MetaRun::range_of(&name) {
            MetaRun::inspect(storage, ledger_id, range)
        } else {
            let path = format!("{SNAP_DIR}/{name}");
            if path != Snapshot::TEMPORARY {
                found.notes.push(format!("{path} is no part of a journal"));
            }
            continue;
        };
        match read {
            Ok(len) => found.bytes += len,
            Err(JournalError::Corrupt(damage)) => found.damages.push(damage),
            // A writer takes old ones away.
            Err(JournalError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
