//! Entries in order, verified a batch at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{load_manifest, probe};
use crate::catalog::SegmentMeta;
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::Hash;
use crate::layout::batch::{BatchHeader, HEADER_LEN};
use crate::layout::entry::RawEntry;
use crate::layout::manifest::Manifest;
use crate::layout::{Keys, to_u64, to_usize};
use crate::recovery::{Refusal, Verdict, judge};
use crate::stamp::Stamp;
use crate::storage::ReadStorage;
use crate::survey::{observe, refusal_damage, watermark_for};
use crate::walk::{Step, Walk};

/// How often a place that looks damaged is looked at before it is reported.
const LOOKS_MAX: u32 = 3;

/// One entry, in place in the reader's buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EntryRef<'a> {
    /// Its number in the chain.
    pub position: u64,
    /// Its time in nanoseconds.
    pub time_ns: u64,
    /// The term of the writer that appended it.
    pub epoch: u32,
    /// What it is; below 16 the journal's own.
    pub kind: u16,
    /// The version of its payload's layout.
    pub schema: u16,
    /// The payload.
    pub payload: &'a [u8],
    /// Its hash.
    pub hash: Hash,
    /// The file it lies in, relative to the journal's directory.
    pub file: &'a str,
    /// Where it starts in that file, in bytes.
    pub offset: u64,
}

impl EntryRef<'_> {
    /// Where it stands.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp { position: self.position, hash: self.hash, time_ns: self.time_ns }
    }
}

/// Entries in order, from [`Journal::read`](super::Journal::read).
pub struct Entries {
    pub(super) storage: Arc<dyn ReadStorage>,
    pub(super) keys: Arc<Keys>,
    pub(super) durable_floor: Arc<AtomicU64>,
    pub(super) segments: Vec<Arc<SegmentMeta>>,
    pub(super) at: usize,
    pub(super) walk: Walk,
    pub(super) live: bool,
    /// The highest watermark met in the last segment.
    pub(super) watermark: u64,
    pub(super) manifest: Manifest,
    pub(super) batch: Option<Shown>,
    pub(super) from_position: u64,
    pub(super) done: bool,
}

/// The batch that is being shown.
pub(super) struct Shown {
    header: BatchHeader,
    /// Bytes of the body that have been shown.
    shown: usize,
}

impl Entries {
    /// The next entry, or `None` at the end of what is visible; after an error there are no more.
    #[expect(clippy::should_implement_trait, reason = "an Iterator cannot lend from its own buffer")]
    pub fn next(&mut self) -> Option<Result<EntryRef<'_>, JournalError>> {
        loop {
            if self.batch.as_ref().is_none_or(|batch| batch.shown == to_usize(batch.header.body_len.into())) {
                match self.next_batch() {
                    Ok(true) => {}
                    Ok(false) => return None,
                    Err(error) => return Some(Err(error)),
                }
            }
            if let Some((start, end)) = self.next_in_batch() {
                return Some(self.entry(start, end));
            }
        }
    }

    /// Steps over one entry of the batch; gives its place when it is to be shown.
    fn next_in_batch(&mut self) -> Option<(usize, usize)> {
        let batch = self.batch.as_mut()?;
        let body = self.walk.body(&batch.header);
        let start = batch.shown;
        let Ok((entry, rest)) = RawEntry::split(&body[start..]) else {
            batch.shown = body.len();
            return None;
        };
        batch.shown = body.len() - rest.len();
        (entry.header.position >= self.from_position).then_some((start, batch.shown))
    }

    fn entry(&self, start: usize, end: usize) -> Result<EntryRef<'_>, JournalError> {
        let file = &self.walk.meta.name;
        let broken = |detail: &str| JournalError::Corrupt(Damage::new(DamageClass::Entry, file, 0, detail));
        let batch = self.batch.as_ref().ok_or_else(|| broken("no batch"))?;
        let (entry, _) = RawEntry::split(&self.walk.body(&batch.header)[start..end]).map_err(broken)?;
        Ok(EntryRef {
            position: entry.header.position,
            time_ns: entry.header.time_ns,
            epoch: entry.header.epoch,
            kind: entry.header.kind,
            schema: entry.header.schema,
            payload: entry.payload(),
            hash: entry.hash,
            file,
            offset: batch.header.offset + to_u64(HEADER_LEN + start),
        })
    }

    /// Goes to the next visible batch; `false` at the end.
    pub(super) fn next_batch(&mut self) -> Result<bool, JournalError> {
        if self.done {
            return Ok(false);
        }
        let found = self.find_batch();
        match &found {
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => self.done = true,
        }
        self.batch = found?.map(|header| Shown { header, shown: 0 });
        Ok(self.batch.is_some())
    }

    fn find_batch(&mut self) -> Result<Option<BatchHeader>, JournalError> {
        loop {
            if let Some(next) = self.segments.get(self.at + 1) {
                // The next header says where this segment ends, to the byte.
                let next = Arc::clone(next);
                if self.walk.offset < next.header.prev.end {
                    return self.step_inside(next.header.prev.end).map(Some);
                }
                self.enter(next)?;
            } else {
                return self.step_last();
            }
        }
    }

    fn enter(&mut self, next: Arc<SegmentMeta>) -> Result<(), JournalError> {
        let (state, header) = (self.walk.state, &next.header);
        if (state.position, state.hash) != (header.base_position, header.base_hash) {
            let detail = "the segment does not continue from the last entry of the one before";
            return Err(JournalError::Corrupt(Damage::new(DamageClass::Chain, &next.name, 0, detail)));
        }
        self.walk = Walk::start(self.storage.as_ref(), &next, &self.keys)?;
        self.at += 1;
        Ok(())
    }

    /// A batch in a segment whose end is known: anything but a batch is damage.
    fn step_inside(&mut self, end: u64) -> Result<BatchHeader, JournalError> {
        let damage = match self.walk.step()? {
            Step::Batch(header) if self.walk.offset <= end => return Ok(header),
            Step::Batch(_) | Step::Seal { .. } | Step::Nothing => {
                self.walk.damage(DamageClass::Batch, "a batch is missing here")
            }
            Step::Broken(damage) | Step::Misfit(damage) => damage,
        };
        Err(JournalError::Corrupt(damage))
    }

    /// A batch in the last segment, if it is visible.
    fn step_last(&mut self) -> Result<Option<BatchHeader>, JournalError> {
        self.watermark = self.watermark.max(watermark_for(&self.walk.meta, &self.manifest));
        // A writer may have come since the manifest was read, and may just be writing here: a place that looks damaged
        // is looked at again before it is reported.
        let mut tries_left = LOOKS_MAX;
        loop {
            tries_left -= 1;
            let closed = self.manifest.clean && !self.live;
            let at_close = closed && self.walk.offset >= self.watermark;
            let floor = self.durable_floor.load(Ordering::Acquire);
            let before = (self.walk.offset, self.walk.state, self.walk.entries);
            let step = if at_close { Step::Nothing } else { self.walk.step()? };
            let refusal = match step {
                Step::Batch(header) => {
                    self.watermark = self.watermark.max(header.durable_off);
                    if self.is_visible()? {
                        return Ok(Some(header));
                    }
                    (self.walk.offset, self.walk.state, self.walk.entries) = before;
                    return Ok(None);
                }
                Step::Misfit(damage) => return Err(JournalError::Corrupt(damage)),
                Step::Seal { .. } => return Ok(None),
                // Nothing has been written here yet; what lies behind is for an inspection to look at.
                Step::Nothing if self.live && self.is_end(floor) => return Ok(None),
                Step::Nothing | Step::Broken(_) => {
                    match judge(&observe(&self.walk, self.watermark, closed, false, false)?) {
                        Verdict::Corrupt(refusal) => refusal,
                        _ if self.walk.state.position < floor => Refusal::BelowWatermark,
                        _ => return Ok(None),
                    }
                }
            };
            if tries_left == 0 {
                return Err(JournalError::Corrupt(refusal_damage(&self.walk, refusal, None)));
            }
            self.live = self.live || probe(self.storage.as_ref())?;
            self.manifest = load_manifest(self.storage.as_ref())?;
        }
    }

    /// Whether nobody knows of anything durable behind the walk's offset.
    fn is_end(&self, floor: u64) -> bool {
        self.walk.offset >= self.watermark && self.walk.state.position >= floor
    }

    /// Whether everything before the walk's offset is known to be durable.
    fn is_visible(&mut self) -> Result<bool, JournalError> {
        let end = self.walk.offset;
        if !self.live || self.walk.state.position <= self.durable_floor.load(Ordering::Acquire) {
            return Ok(true);
        }
        // Any batch behind may vouch for it, not only the next one.
        let mut at = end;
        while self.watermark < end {
            self.watermark = self.watermark.max(self.walk.durable_at(at)?.unwrap_or(0));
            let Some(header) = self.walk.header_at(at)? else { break };
            at += u64::from(header.batch_len);
        }
        Ok(self.watermark >= end)
    }
}

impl std::fmt::Debug for Entries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entries")
            .field("file", &self.walk.meta.name)
            .field("offset", &self.walk.offset)
            .finish()
    }
}
