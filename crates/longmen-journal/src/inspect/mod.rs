//! Looking at every byte of a journal; changes nothing.

mod parts;
mod segments;

use std::io;
use std::sync::Arc;

use self::parts::{Records, check_quarantine, check_snapshots};
use self::parts::{load_manifests, stand_in_manifest, unknown_names};
use crate::append::Head;
use crate::catalog::{Manifests, SegmentMeta, SegmentNames, check_link, not_a_journal};
use crate::error::{Damage, DamageClass, JournalError};
use crate::layout::manifest::Manifest;
use crate::layout::{Keys, SECTOR_U64, SLOTS, segment_name, to_u64};
use crate::recovery::Verdict;
use crate::storage::ReadStorage;
use crate::survey::check_first;
use crate::walk::State;

/// What an inspection found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// Everything that is wrong.
    pub damages: Vec<Damage>,
    /// What is remarkable and not wrong, such as files that are no part of a journal.
    pub notes: Vec<String>,
    /// How many entries verify.
    pub entries: u64,
    /// How many segment files there are.
    pub segments: u64,
    /// How many bytes were looked at.
    pub bytes: u64,
    /// The end of the chain, when it could be followed to its end.
    pub head: Option<Head>,
    /// What an opening for writing would find.
    pub state: InspectionState,
}

/// What an opening for writing would find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InspectionState {
    /// Closed by its writer.
    Clean,
    /// A writer has it open now.
    InUse,
    /// Not closed; nothing is torn.
    Unclean,
    /// Not closed; the last write, never acknowledged, is torn, and an opening would drop it.
    Torn,
    /// Damaged: an opening would refuse, or a reader would fail on the way.
    Corrupt,
}

/// Checks every byte of a journal's directory. Of a snapshot it checks digest and header; what its body says is the
/// caller's business.
///
/// `progress` is told how many bytes of how many have been looked at.
///
/// # Errors
///
/// Only when the storage fails, or ([`io::ErrorKind::NotFound`]) when there is no journal. Damage is not an error.
pub fn inspect(storage: &dyn ReadStorage, progress: &mut dyn FnMut(u64, u64)) -> io::Result<Inspection> {
    if let Some(reason) = not_a_journal(storage).map_err(into_io)? {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("not a journal: {reason}")));
    }
    Inspector::look(storage, progress).map_err(into_io)
}

/// Damage is collected where it is found, so what is left is the storage's own errors.
fn into_io(error: JournalError) -> io::Error {
    match error {
        JournalError::Io { op, file, source } => {
            io::Error::new(source.kind(), format!("could not {op} {file}: {source}"))
        }
        other => io::Error::other(other.to_string()),
    }
}

struct Inspector<'a> {
    storage: &'a dyn ReadStorage,
    progress: &'a mut dyn FnMut(u64, u64),
    total: u64,
    live: bool,
    manifest: Manifest,
    one_slot_damaged: bool,
    keys: Arc<Keys>,
    found: Inspection,
    /// One for each segment file; none where the header is unreadable.
    metas: Vec<Option<Arc<SegmentMeta>>>,
    records: Records,
    verdict: Verdict,
}

impl<'a> Inspector<'a> {
    fn look(
        storage: &'a dyn ReadStorage,
        progress: &'a mut dyn FnMut(u64, u64),
    ) -> Result<Inspection, JournalError> {
        let live = storage.writer_is_live().map_err(JournalError::io("probe", crate::layout::LOCK))?;
        let manifests = load_manifests(storage, live)?;
        let names = SegmentNames::load(storage)?;
        let manifest = match manifests.newest() {
            Some(manifest) => *manifest,
            None => stand_in_manifest(storage, &names)?,
        };
        let segments = to_u64(names.segments.len());
        let found = Inspection {
            damages: manifests.slots.iter().filter_map(|slot| slot.as_ref().err().cloned()).collect(),
            notes: unknown_names(storage, &names)?,
            entries: 0,
            segments,
            bytes: 2 * SECTOR_U64,
            head: None,
            state: InspectionState::Corrupt,
        };
        let mut inspector = Inspector {
            storage,
            progress,
            total: 2 * SECTOR_U64 + segments * manifest.segment_size,
            live,
            one_slot_damaged: found.damages.len() == 1,
            keys: Arc::new(Keys::new(manifest.ledger_id)),
            manifest,
            found,
            metas: Vec::new(),
            records: Records::default(),
            verdict: Verdict::Unclean,
        };
        inspector.look_at_names(&names);
        inspector.load_headers(&names)?;
        let end = inspector.look_at_segments()?;
        inspector.finish(&manifests, end)
    }

    fn look_at_names(&mut self, names: &SegmentNames) {
        let damages = &mut self.found.damages;
        for name in &names.superseded {
            let detail = "a file with this number and a higher epoch exists: a stale writer left this one";
            damages.push(Damage::new(DamageClass::StrayFile, name, 0, detail));
        }
        let count = to_u64(names.segments.len());
        let cut = (count <= self.manifest.live_segno).then_some(count);
        if let Some(segno) = names.gap().or(cut) {
            let name = segment_name(segno, self.manifest.epoch);
            damages.push(Damage::new(DamageClass::MissingSegment, &name, 0, "no file has this number"));
        }
    }

    fn load_headers(&mut self, names: &SegmentNames) -> Result<(), JournalError> {
        for (segno, epoch) in &names.segments {
            let loaded = SegmentMeta::load(self.storage, *segno, *epoch, &self.manifest);
            let meta = self.keep(loaded)?.map(Arc::new);
            if let Some(meta) = &meta {
                let linked = match (self.metas.last(), self.metas.is_empty()) {
                    (_, true) => check_first(meta),
                    (Some(Some(prev)), _) => check_link(self.storage, prev, meta),
                    _ => Ok(()),
                };
                self.keep(linked)?;
                self.check_against_manifest(meta);
            }
            self.metas.push(meta);
        }
        Ok(())
    }

    fn check_against_manifest(&mut self, meta: &SegmentMeta) {
        let (manifest, header) = (&self.manifest, &meta.header);
        let successor = Some(header.segno) == manifest.live_segno.checked_add(1);
        if header.epoch > manifest.epoch && !self.one_slot_damaged && !self.live {
            let detail = "written in an epoch that the manifest does not know yet";
            self.found.damages.push(Damage::new(DamageClass::Manifest, &meta.name, 0, detail));
        }
        let shorter = header.prev.end < manifest.watermark;
        if successor && (shorter || manifest.clean && !self.one_slot_damaged && !self.live) {
            let detail = "the manifest and the segments contradict one another";
            self.found.damages.push(Damage::new(DamageClass::LostTail, &meta.name, 0, detail));
        }
    }

    fn finish(mut self, manifests: &Manifests, end: Option<State>) -> Result<Inspection, JournalError> {
        let last_position = end.map_or(0, |state| state.position);
        self.records.compare(&self.metas, last_position, &mut self.found.damages);
        check_quarantine(self.storage, &self.metas, &mut self.found)?;
        check_snapshots(self.storage, self.manifest.ledger_id, &mut self.found)?;
        self.found.head = end.map(Head::from);
        let refused = manifests.newest().is_none()
            || self.found.damages.iter().any(|damage| match damage.class {
                DamageClass::Manifest => !(self.one_slot_damaged && SLOTS.contains(&damage.file.as_str())),
                DamageClass::StrayFile | DamageClass::Quarantine | DamageClass::Snapshot => false,
                _ => true,
            });
        self.found.state = match self.verdict {
            _ if refused => InspectionState::Corrupt,
            _ if self.live => InspectionState::InUse,
            Verdict::Clean => InspectionState::Clean,
            Verdict::Unclean => InspectionState::Unclean,
            Verdict::Torn { .. } => InspectionState::Torn,
            Verdict::Corrupt(_) => InspectionState::Corrupt,
        };
        Ok(self.found)
    }

    /// Keeps damage as a finding; passes on the storage's own errors.
    fn keep<T>(&mut self, result: Result<T, JournalError>) -> Result<Option<T>, JournalError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(JournalError::Corrupt(damage)) => {
                self.found.damages.push(damage);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
