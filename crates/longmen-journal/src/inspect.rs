//! Looking at every byte of a journal; changes nothing.

use std::io;
use std::sync::Arc;

use crate::append::Head;
use crate::catalog::{Manifests, SegmentMeta, SegmentNames, check_link, not_a_journal};
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::Hash;
use crate::inspect_parts::{Records, check_quarantine, load_manifests, stand_in_manifest, unknown_names};
use crate::layout::manifest::Manifest;
use crate::layout::segment::PrevEndKind;
use crate::layout::{Keys, SECTOR_U64, SLOTS, segment_name, to_u64, to_usize};
use crate::recovery::{Verdict, judge};
use crate::storage::ReadStorage;
use crate::survey::{check_first, matches_manifest, observe, refusal_damage, watermark_for};
use crate::walk::{State, Step, Walk};

/// How often the end of a segment that a live writer is writing to is looked at before it is called damaged.
const LOOKS_MAX: u32 = 3;

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

/// Checks every byte of a journal's directory except `snap/`, which is the caller's.
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

    /// Walks through all segments; gives the state at the end, if the chain could be followed to it.
    fn look_at_segments(&mut self) -> Result<Option<State>, JournalError> {
        let mut end: Option<State> = None;
        for at in 0..self.metas.len() {
            let Some(meta) = self.metas[at].clone() else {
                end = None;
                continue;
            };
            let base = (meta.header.base_position, meta.header.base_hash);
            if end.is_some_and(|state| (state.position, state.hash) != base) {
                let detail = "the segment does not continue from the last entry of the one before";
                self.found.damages.push(Damage::new(DamageClass::Chain, &meta.name, 0, detail));
            }
            let damages = self.found.damages.len();
            let state = match self.metas.get(at + 1).cloned() {
                Some(next) => self.look_inside(&meta, next.as_deref())?,
                None => self.look_at_last(&meta)?,
            };
            end = (self.found.damages.len() == damages).then_some(state);
            self.found.bytes += meta.header.segment_size;
            (self.progress)(self.found.bytes, self.total);
        }
        Ok(end)
    }

    /// A segment that another one follows: its end is known to the byte.
    fn look_inside(
        &mut self,
        meta: &Arc<SegmentMeta>,
        next: Option<&SegmentMeta>,
    ) -> Result<State, JournalError> {
        let mut walk = Walk::start(self.storage, meta, &self.keys)?;
        let size = meta.header.segment_size;
        let end = next.map_or(size, |next| next.header.prev.end.min(size));
        let mut seal = None;
        while walk.offset < end {
            match self.step(&mut walk)? {
                Step::Batch(_) => continue,
                Step::Broken(damage) | Step::Misfit(damage) => self.found.damages.push(damage),
                Step::Seal { digest } if next.is_none() => {
                    seal = Some(digest);
                    break;
                }
                // Without the next header nobody can say where this segment ends.
                Step::Nothing if next.is_none() => break,
                Step::Seal { .. } | Step::Nothing => {
                    let damage = walk.damage(DamageClass::Batch, "a batch is missing here");
                    self.found.damages.push(damage);
                }
            }
            if !resume(&mut walk, end)? {
                walk.offset = end;
            }
        }
        let mut behind = walk.offset;
        if let Some(next) = next {
            let prev = &next.header.prev;
            behind = end.saturating_add(prev.dropped_len);
            if prev.kind == PrevEndKind::Sealed {
                seal = self.look_at_seal(&mut walk)?;
            }
        }
        if seal.is_some() {
            behind = behind.saturating_add(SECTOR_U64);
        }
        self.check_zero(&walk, behind)?;
        Ok(walk.state)
    }

    fn look_at_seal(&mut self, walk: &mut Walk) -> Result<Option<Hash>, JournalError> {
        match walk.step()? {
            Step::Seal { digest } => return Ok(Some(digest)),
            Step::Misfit(damage) => self.found.damages.push(damage),
            _ => {
                self.found.damages.push(walk.damage(DamageClass::Seal, "the seal does not verify"));
            }
        }
        // What stands there has been reported; the bytes behind it are still to be looked at.
        Ok(Some(Hash::ZERO))
    }

    fn check_zero(&mut self, walk: &Walk, from: u64) -> Result<(), JournalError> {
        if let Some(offset) = walk.nonzero_from(from)? {
            let detail = "bytes stand behind the end of the segment";
            self.found.damages.push(Damage::new(DamageClass::StrayBytes, &walk.meta.name, offset, detail));
        }
        Ok(())
    }

    /// The last segment: what follows its batches is judged as an opening would.
    fn look_at_last(&mut self, meta: &Arc<SegmentMeta>) -> Result<State, JournalError> {
        let mut walk = Walk::start(self.storage, meta, &self.keys)?;
        let mut at_watermark = None;
        let mut looks_left = if self.live { LOOKS_MAX } else { 1 };
        let damage = loop {
            let watermark = watermark_for(meta, &self.manifest);
            if walk.offset == watermark {
                at_watermark = Some(walk.state);
            }
            let step = self.step(&mut walk)?;
            let (misfit, sealed) = match step {
                Step::Batch(_) => continue,
                Step::Misfit(damage) => (Some(damage), false),
                Step::Seal { .. } => (None, true),
                Step::Nothing | Step::Broken(_) => (None, false),
            };
            let closed = self.manifest.clean && !self.one_slot_damaged && !self.live;
            let facts = observe(&walk, watermark, closed, misfit.is_some(), sealed)?;
            self.verdict = judge(&facts);
            looks_left -= 1;
            match self.verdict {
                Verdict::Corrupt(refusal) if looks_left == 0 => {
                    break Some(refusal_damage(&walk, refusal, misfit));
                }
                // Beside a live writer this may be a batch that is just being written.
                Verdict::Corrupt(_) => {}
                _ => break None,
            }
        };
        let known = walk.offset >= watermark_for(meta, &self.manifest);
        match damage {
            Some(damage) => self.found.damages.push(damage),
            None if known && !matches_manifest(&walk, &self.manifest, at_watermark) => {
                let name = SLOTS[self.manifest.slot()];
                let detail = "what the manifest says about this journal is not what the segment holds";
                self.found.damages.push(Damage::new(DamageClass::Manifest, name, 0, detail));
            }
            None if walk.state.position == 0 => {
                let damage = walk.damage(DamageClass::Batch, "segment 0 does not hold the genesis entry");
                self.found.damages.push(damage);
            }
            None => return Ok(walk.state),
        }
        // What can still be verified behind the damage is counted.
        let state = walk.state;
        while resume(&mut walk, meta.header.segment_size)? {
            while let Step::Batch(_) = self.step(&mut walk)? {}
        }
        Ok(state)
    }

    /// One step, with its entries counted and its recovery records kept.
    fn step(&mut self, walk: &mut Walk) -> Result<Step, JournalError> {
        let step = walk.step()?;
        if let Step::Batch(header) = &step {
            self.found.entries += u64::from(header.entry_count);
            self.records.collect(walk, header);
            (self.progress)(self.found.bytes + walk.offset, self.total);
        }
        Ok(step)
    }

    fn finish(mut self, manifests: &Manifests, end: Option<State>) -> Result<Inspection, JournalError> {
        let last_position = end.map_or(0, |state| state.position);
        self.records.compare(&self.metas, last_position, &mut self.found.damages);
        check_quarantine(self.storage, &self.metas, &mut self.found)?;
        self.found.head = end.map(Head::from);
        let refused = manifests.newest().is_none()
            || self.found.damages.iter().any(|damage| match damage.class {
                DamageClass::Manifest => !(self.one_slot_damaged && SLOTS.contains(&damage.file.as_str())),
                DamageClass::StrayFile | DamageClass::Quarantine => false,
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

/// Moves to the next intact batch header behind the walk's offset; `false` when there is none below `end`.
fn resume(walk: &mut Walk, end: u64) -> Result<bool, JournalError> {
    let sectors = (walk.offset + SECTOR_U64..end).step_by(to_usize(SECTOR_U64));
    for offset in sectors {
        if let Some(header) = walk.header_at(offset)? {
            walk.jump(offset, header.first_position, header.prev_hash);
            return Ok(true);
        }
    }
    Ok(false)
}
