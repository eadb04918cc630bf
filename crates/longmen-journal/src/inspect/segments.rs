//! The part of an inspection that goes through the segments.

use std::sync::Arc;

use super::Inspector;
use crate::catalog::SegmentMeta;
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::Hash;
use crate::layout::segment::PrevEndKind;
use crate::layout::{SECTOR_U64, SLOTS, to_usize};
use crate::recovery::{Verdict, judge};
use crate::survey::{matches_manifest, observe, refusal_damage, watermark_for};
use crate::walk::{State, Step, Walk};

/// How often the end of a segment that a live writer is writing to is looked at before it is called damaged.
const LOOKS_MAX: u32 = 3;

impl Inspector<'_> {
    /// Walks through all segments; gives the state at the end, if the chain could be followed to it.
    pub(super) fn look_at_segments(&mut self) -> Result<Option<State>, JournalError> {
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
