//! What lies in the directory: manifests and segments, and how they fit together.

use std::io;

use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::{Hash, digest};
use crate::layout::manifest::Manifest;
use crate::layout::seal::{self, Seal};
use crate::layout::segment::{PrevEndKind, SegmentHeader};
use crate::layout::{SECTOR, SECTOR_DIGEST_AT, SECTOR_U64, SEG_DIR, SLOTS, array_at, in_flight_max};
use crate::layout::{parse_segment_name, segment_name, to_usize};
use crate::storage::{ReadFile, ReadStorage};

/// A segment whose header verifies.
#[derive(Clone, Debug)]
pub(crate) struct SegmentMeta {
    pub(crate) name: String,
    pub(crate) header: SegmentHeader,
    /// The header's own digest.
    pub(crate) digest: Hash,
    pub(crate) batch_key: [u8; 32],
}

impl SegmentMeta {
    pub(crate) fn new(header: SegmentHeader, sector: &[u8; SECTOR]) -> SegmentMeta {
        SegmentMeta {
            name: segment_name(header.segno, header.epoch),
            digest: Hash::from_bytes(array_at(sector, SECTOR_DIGEST_AT)),
            batch_key: header.batch_key(),
            header,
        }
    }

    /// Reads and checks the header of one segment file.
    pub(crate) fn load(
        storage: &dyn ReadStorage,
        segno: u64,
        epoch: u32,
        manifest: &Manifest,
    ) -> Result<SegmentMeta, JournalError> {
        let name = segment_name(segno, epoch);
        let damage = |class, detail: &str| Err(JournalError::Corrupt(Damage::new(class, &name, 0, detail)));
        let Some((sector, len)) = first_sector(storage, &name)? else {
            return damage(DamageClass::FileLength, "the file ends inside the segment header");
        };
        let header = match SegmentHeader::decode(&sector) {
            Ok(header) => header,
            Err(detail) => return damage(DamageClass::SegmentHeader, detail),
        };
        if (header.segno, header.epoch) != (segno, epoch) {
            return damage(DamageClass::Chain, "the header belongs to a file of another name");
        }
        if (header.ledger_id, header.segment_size) != (manifest.ledger_id, manifest.segment_size) {
            return damage(DamageClass::Chain, "the segment belongs to another ledger");
        }
        if len != header.segment_size {
            return damage(DamageClass::FileLength, "the file's length is not the segment size");
        }
        Ok(SegmentMeta::new(header, &sector))
    }
}

/// Both manifest slots.
#[derive(Debug)]
pub(crate) struct Manifests {
    pub(crate) slots: [Result<Manifest, Damage>; 2],
}

impl Manifests {
    pub(crate) fn load(storage: &dyn ReadStorage) -> Result<Manifests, JournalError> {
        let mut slots = [load_slot(storage, 0)?, load_slot(storage, 1)?];
        if let [Ok(a), Ok(b)] = &slots {
            // The slots take turns, so anything but neighbours means that one was put back from a copy.
            let neighbours = a.generation.abs_diff(b.generation) == 1;
            if !neighbours || (a.ledger_id, a.segment_size) != (b.ledger_id, b.segment_size) {
                let older = usize::from(a.generation > b.generation);
                let detail = "this slot is not the generation before the other one";
                slots[older] = Err(Damage::new(DamageClass::Manifest, SLOTS[older], 0, detail));
            }
        }
        Ok(Manifests { slots })
    }

    pub(crate) fn newest(&self) -> Option<&Manifest> {
        self.slots.iter().flatten().max_by_key(|manifest| manifest.generation)
    }

    /// The slot that does not verify.
    pub(crate) fn damaged(&self) -> Option<(usize, &Damage)> {
        self.slots
            .iter()
            .enumerate()
            .find_map(|(slot, found)| found.as_ref().err().map(|damage| (slot, damage)))
    }
}

fn load_slot(storage: &dyn ReadStorage, slot: usize) -> Result<Result<Manifest, Damage>, JournalError> {
    let name = SLOTS[slot];
    let damage = |detail: &str| Ok(Err(Damage::new(DamageClass::Manifest, name, 0, detail)));
    let found = match first_sector(storage, name) {
        Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return damage("the file is missing");
        }
        found => found?,
    };
    let Some((sector, len)) = found else { return damage("the file is cut off") };
    if len != SECTOR_U64 {
        return damage("the file is longer than a slot");
    }
    Manifest::decode(slot, &sector).map_or_else(damage, |manifest| Ok(Ok(manifest)))
}

/// The names of the segments, and other names in their folder.
#[derive(Debug, Default)]
pub(crate) struct SegmentNames {
    /// Number and epoch, in order; of two files with one number the higher epoch counts.
    pub(crate) segments: Vec<(u64, u32)>,
    /// Segments that a later writer has superseded: what a stale writer left behind.
    pub(crate) superseded: Vec<String>,
    /// Names that are no segment's.
    pub(crate) unknown: Vec<String>,
}

impl SegmentNames {
    pub(crate) fn load(storage: &dyn ReadStorage) -> Result<SegmentNames, JournalError> {
        let mut names = SegmentNames::default();
        // The names are sorted, so a number's highest epoch comes last.
        for name in storage.list(SEG_DIR).map_err(JournalError::io("list", SEG_DIR))? {
            let Some((segno, epoch)) = parse_segment_name(&name) else {
                names.unknown.push(format!("{SEG_DIR}/{name}"));
                continue;
            };
            if let Some(last) = names.segments.pop_if(|last| last.0 == segno) {
                names.superseded.push(segment_name(last.0, last.1));
            }
            names.segments.push((segno, epoch));
        }
        Ok(names)
    }

    /// The first number for which there is no file, if a later one has one.
    pub(crate) fn gap(&self) -> Option<u64> {
        (0..).zip(&self.segments).find(|(expected, found)| found.0 != *expected).map(|(expected, _)| expected)
    }
}

/// Checks that `next` says the truth about how `prev` ended, as far as headers, seal and dropped bytes show it.
pub(crate) fn check_link(
    storage: &dyn ReadStorage,
    prev: &SegmentMeta,
    next: &SegmentMeta,
) -> Result<(), JournalError> {
    let (before, after) = (&prev.header, &next.header);
    let broken = |class, file: &str, offset, detail: &str| {
        let damage = Damage::new(class, file, offset, detail).at_position(after.base_position);
        Err(JournalError::Corrupt(damage))
    };
    let end = after.prev.end;
    let in_order = after.base_position >= before.base_position
        && after.epoch >= before.epoch
        && after.created_ns > before.created_ns
        && after.base_time_ns >= before.base_time_ns
        && end >= SECTOR_U64
        && end.is_multiple_of(SECTOR_U64)
        && end <= before.segment_size
        && after.prev.dropped_len.is_multiple_of(SECTOR_U64)
        && after.prev.dropped_len <= in_flight_max(before.segment_size).min(before.segment_size - end);
    if !in_order {
        return broken(DamageClass::Chain, &next.name, 0, "the header does not continue the segment before");
    }
    let file = storage.open_read(&prev.name).map_err(JournalError::io("open", &prev.name))?;
    match after.prev.kind {
        PrevEndKind::None => {
            broken(DamageClass::Chain, &next.name, 0, "the header says there is no segment before")
        }
        PrevEndKind::Sealed => {
            let sector = sector_at(file.as_ref(), &prev.name, end)?;
            let sector = sector.as_ref().map_or(&[][..], |sector| &sector[..]);
            let seal = Seal::decode(&before.salt, &prev.batch_key, sector);
            let fits = seal.is_some_and(|found| {
                seal::digest(sector) == after.prev.digest
                    && found.head == after.base_hash
                    && found.last_position.checked_add(1) == Some(after.base_position)
                    && after.prev.dropped_len == 0
            });
            if fits {
                Ok(())
            } else {
                broken(DamageClass::Seal, &prev.name, end, "not the seal recorded next")
            }
        }
        PrevEndKind::Recovered => {
            let mut dropped = vec![0; to_usize(after.prev.dropped_len)];
            file.read_exact_at(&mut dropped, end).map_err(JournalError::io("read", &prev.name))?;
            if digest(&dropped) == after.prev.digest {
                return Ok(());
            }
            broken(
                DamageClass::Recovery,
                &prev.name,
                end,
                "the dropped bytes are not those that were recorded",
            )
        }
    }
}

/// The first sector of a file, and the file's length; `None` when it is shorter than a sector.
pub(crate) fn first_sector(
    storage: &dyn ReadStorage,
    name: &str,
) -> Result<Option<([u8; SECTOR], u64)>, JournalError> {
    let file = storage.open_read(name).map_err(JournalError::io("open", name))?;
    let len = file.len().map_err(JournalError::io("measure", name))?;
    Ok(sector_at(file.as_ref(), name, 0)?.map(|sector| (sector, len)))
}

/// One sector of a file; `None` when the file ends before.
fn sector_at(file: &dyn ReadFile, name: &str, offset: u64) -> Result<Option<[u8; SECTOR]>, JournalError> {
    let mut sector = [0; SECTOR];
    match file.read_exact_at(&mut sector, offset) {
        Ok(()) => Ok(Some(sector)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(JournalError::io("read", name)(error)),
    }
}

/// Whether anything here looks like a journal at all; if not, says what is missing.
pub(crate) fn not_a_journal(storage: &dyn ReadStorage) -> Result<Option<&'static str>, JournalError> {
    if !SegmentNames::load(storage)?.segments.is_empty() {
        return Ok(None);
    }
    let manifests = Manifests::load(storage)?;
    Ok(match manifests.newest() {
        None => Some("neither a manifest nor a segment is here"),
        Some(manifest) if manifest.next_position == 0 => Some("its creation was interrupted"),
        Some(_) => None,
    })
}

/// The refusal when no manifest slot verifies.
pub(crate) fn corrupt_manifests(manifests: &Manifests) -> JournalError {
    let first = manifests.damaged().map(|(_, damage)| damage.clone());
    JournalError::Corrupt(
        first.unwrap_or_else(|| {
            Damage::new(DamageClass::Manifest, SLOTS[0], 0, "neither manifest slot verifies")
        }),
    )
}
