//! Entries in order, verified a batch at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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
use crate::walk::{State, Step, Walk};

/// How often a place that looks damaged is looked at before it is reported.
pub(super) const LOOKS_MAX: u32 = 3;

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
    pub(super) end: Arc<Mutex<Option<End>>>,
    pub(super) segments: Arc<Vec<Arc<SegmentMeta>>>,
    pub(super) at: usize,
    pub(super) walk: Walk,
    pub(super) live: bool,
    /// The highest watermark met in the last segment.
    pub(super) watermark: u64,
    pub(super) manifest: Manifest,
    /// The manifest under which what stands at the walk's offset was judged when there was no writer either.
    pub(super) judged: Option<Manifest>,
    pub(super) batch: Option<Shown>,
    pub(super) from_position: u64,
    pub(super) done: bool,
}

/// Where the visible entries of a journal ended when they were last read to the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) segno: u64,
    pub(super) offset: u64,
    pub(super) state: State,
    /// What stood right before it: the digest of the last batch, or of the segment's header.
    pub(super) digest: Hash,
    /// The manifest under which, without a writer, what stands behind was found to be no entry.
    pub(super) judged: Option<Manifest>,
}

/// Which batches count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    /// What is known to be durable.
    Visible,
    /// What verifies, durable or not.
    Valid,
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
        let found = self.find_batch(Count::Visible);
        match &found {
            Ok(Some(_)) => {}
            Ok(None) => {
                self.done = true;
                self.remember_end()?;
            }
            Err(_) => self.done = true,
        }
        self.batch = found?.map(|header| Shown { header, shown: 0 });
        Ok(self.batch.is_some())
    }

    fn remember_end(&self) -> Result<(), JournalError> {
        let (segno, offset, state) = (self.walk.meta.header.segno, self.walk.offset, self.walk.state);
        let judged = (!self.live).then_some(self.manifest);
        let digest = self.walk.digest_before(offset)?;
        let end = digest.map(|digest| End { segno, offset, state, digest, judged });
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = end;
        Ok(())
    }

    fn find_batch(&mut self, count: Count) -> Result<Option<BatchHeader>, JournalError> {
        loop {
            if let Some(next) = self.segments.get(self.at + 1) {
                // The next header says where this segment ends, to the byte.
                let next = Arc::clone(next);
                if self.walk.offset < next.header.prev.end {
                    return self.step_inside(next.header.prev.end).map(Some);
                }
                self.enter(next)?;
            } else {
                return self.step_last(count);
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

    /// A batch in the last segment, if it counts.
    fn step_last(&mut self, count: Count) -> Result<Option<BatchHeader>, JournalError> {
        self.watermark = self.watermark.max(watermark_for(&self.walk.meta, &self.manifest));
        // A writer may have come since the manifest was read, and may just be writing here: a place that looks damaged
        // is looked at again before it is reported.
        let mut tries_left = LOOKS_MAX;
        loop {
            tries_left -= 1;
            let closed = self.manifest.clean && !self.live;
            let at_close = closed && self.walk.offset >= self.watermark;
            let floor = self.durable_floor.load(Ordering::Acquire);
            // Its header tells that a batch is hidden yet, at a fraction of what verifying it costs.
            if count == Count::Visible && self.is_hidden()? {
                return Ok(None);
            }
            let before = (self.walk.offset, self.walk.state, self.walk.entries);
            let step = if at_close { Step::Nothing } else { self.walk.step()? };
            let refusal = match step {
                Step::Batch(header) => {
                    self.watermark = self.watermark.max(header.durable_off);
                    self.judged = None;
                    if count == Count::Valid || self.is_visible()? {
                        return Ok(Some(header));
                    }
                    (self.walk.offset, self.walk.state, self.walk.entries) = before;
                    return Ok(None);
                }
                Step::Misfit(damage) => return Err(JournalError::Corrupt(damage)),
                Step::Seal { .. } => return Ok(None),
                // Nothing has been written here yet; what lies behind is for an inspection to look at.
                Step::Nothing if self.live && self.is_end(floor) => return Ok(None),
                // Nobody has written since, and judging may read the rest of the segment.
                Step::Nothing | Step::Broken(_)
                    if !self.live
                        && self.judged == Some(self.manifest)
                        && self.walk.state.position >= floor =>
                {
                    return Ok(None);
                }
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

    /// Whether a batch stands at the walk's offset of which nobody knows that it is durable.
    fn is_hidden(&mut self) -> Result<bool, JournalError> {
        if !self.live {
            return Ok(false);
        }
        let Some(header) = self.walk.header_at(self.walk.offset)? else { return Ok(false) };
        let end_position = header.first_position.saturating_add(u64::from(header.entry_count));
        Ok(!self.is_durable(self.walk.offset + u64::from(header.batch_len), end_position)?)
    }

    /// Whether the batch that the walk has just gone past may be shown.
    pub(super) fn is_visible(&mut self) -> Result<bool, JournalError> {
        Ok(!self.live || self.is_durable(self.walk.offset, self.walk.state.position)?)
    }

    /// Whether the entries below `end_position`, which end at offset `end`, are known to be durable.
    fn is_durable(&mut self, end: u64, end_position: u64) -> Result<bool, JournalError> {
        if end_position <= self.durable_floor.load(Ordering::Acquire) {
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

    /// Goes past the entry that `last` names, whether or not it may be shown again already; fails where the journal has
    /// no such entry.
    pub(super) fn pass(&mut self, last: Stamp) -> Result<(), JournalError> {
        while self.walk.state.position <= last.position {
            let Some(header) = self.find_batch(Count::Valid)? else {
                return Err(JournalError::Cut { head: self.walk.state.into(), expected: last });
            };
            self.batch = Some(Shown { header, shown: 0 });
        }
        let found = self.hash_in_batch(last.position);
        if found != Some(last.hash) {
            let found = found.unwrap_or(self.walk.state.hash);
            return Err(JournalError::Forked { position: last.position, expected: last.hash, found });
        }
        // What follows it in its own batch may be hidden still; of later batches that is asked when they are reached.
        let ends_batch = self.walk.state.position == last.position + 1;
        if !ends_batch && self.at + 1 == self.segments.len() && !self.is_visible()? {
            self.done = true;
            self.batch = None;
        }
        Ok(())
    }

    /// The hash of an entry of the batch that is being shown.
    fn hash_in_batch(&self, position: u64) -> Option<Hash> {
        let mut rest = self.walk.body(&self.batch.as_ref()?.header);
        while let Ok((entry, after)) = RawEntry::split(rest) {
            if entry.header.position == position {
                return Some(entry.hash);
            }
            rest = after;
        }
        None
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
