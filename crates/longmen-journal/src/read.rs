//! Reading a journal; nothing here can change it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::append::Head;
use crate::catalog::{Manifests, SegmentMeta, SegmentNames, check_link, corrupt_manifests, not_a_journal};
use crate::config::LedgerId;
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::Hash;
use crate::layout::batch::{BatchHeader, HEADER_LEN};
use crate::layout::entry::RawEntry;
use crate::layout::manifest::Manifest;
use crate::layout::{Keys, SECTOR_U64, segment_name, to_u64, to_usize};
use crate::recovery::{Verdict, judge};
use crate::storage::ReadStorage;
use crate::survey::{check_first, observe, refusal_damage, watermark_for};
use crate::walk::{Step, Walk};

/// One index point for so many bytes of a segment.
const INDEX_STRIDE: u64 = 64 << 10;
/// How often a manifest that is just being written is looked at again.
const MANIFEST_TRIES: u32 = 100;
/// How often a place that looks damaged is looked at before it is reported.
const LOOKS_MAX: u32 = 3;

/// A journal, open for reading.
///
/// Beside a live writer it shows what is known to be durable; without one, every valid batch.
#[derive(Debug)]
pub struct Journal {
    storage: Arc<dyn ReadStorage>,
    keys: Arc<Keys>,
    ledger_id: LedgerId,
    segment_size: u64,
    known: Mutex<Known>,
    /// Entries below this position are durable, says the embedder.
    durable_floor: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct Known {
    segments: Vec<Arc<SegmentMeta>>,
    /// For each segment number, where some of its batches start.
    index: BTreeMap<u64, Vec<IndexPoint>>,
}

#[derive(Clone, Copy, Debug)]
struct IndexPoint {
    first_position: u64,
    offset: u64,
    prev_hash: Hash,
}

/// What a segment's header says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentInfo {
    /// The file, relative to the journal's directory.
    pub file: String,
    /// The segment's number, from 0.
    pub segno: u64,
    /// The epoch of the writer that created it.
    pub epoch: u32,
    /// The position of its first entry.
    pub base_position: u64,
    /// The hash of the entry before that.
    pub base_hash: Hash,
    /// When it was created, in nanoseconds.
    pub created_ns: u64,
    /// The hash of the payload schema its creator used.
    pub schema_fingerprint: Hash,
}

impl Journal {
    /// Opens a journal for reading; verifies manifest, headers and how the segments are linked.
    ///
    /// # Errors
    ///
    /// [`JournalError::NotAJournal`], [`JournalError::Corrupt`], or the storage's own errors.
    pub fn open(storage: Arc<dyn ReadStorage>) -> Result<Journal, JournalError> {
        if let Some(reason) = not_a_journal(storage.as_ref())? {
            return Err(JournalError::NotAJournal { reason: reason.to_owned() });
        }
        let manifest = load_manifest(storage.as_ref())?;
        let journal = Journal {
            keys: Arc::new(Keys::new(manifest.ledger_id)),
            ledger_id: manifest.ledger_id,
            segment_size: manifest.segment_size,
            known: Mutex::default(),
            durable_floor: Arc::default(),
            storage,
        };
        journal.refresh(&manifest)?;
        Ok(journal)
    }

    /// The ledger's name.
    pub fn ledger_id(&self) -> LedgerId {
        self.ledger_id
    }

    /// Bytes of a segment file.
    pub fn segment_size(&self) -> u64 {
        self.segment_size
    }

    /// The segments there are now.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`].
    pub fn segments(&self) -> Result<Vec<SegmentInfo>, JournalError> {
        self.refresh(&load_manifest(self.storage.as_ref())?)?;
        let known = self.known();
        Ok(known.segments.iter().map(|meta| info(meta)).collect())
    }

    /// Tells this reader that every entry below `next_position` is durable, as the writer's own process knows first.
    pub fn note_durable_below(&self, next_position: u64) {
        self.durable_floor.fetch_max(next_position, Ordering::AcqRel);
    }

    /// Reads entries in order from a position on.
    ///
    /// Every batch is verified as a whole before its first entry is shown: checksum, digest, each entry's hash, the
    /// chain. Reading from the middle trusts the first batch's own statement of the hash before it.
    /// At the end of what is visible the iterator ends; a later call of this function continues.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`]; damage to the entries themselves comes from the iterator.
    pub fn read(&self, from_position: u64) -> Result<Entries, JournalError> {
        // Before the manifest: a writer that comes later only adds.
        let live = probe(self.storage.as_ref())?;
        let manifest = load_manifest(self.storage.as_ref())?;
        self.refresh(&manifest)?;
        let segments = self.known().segments.clone();
        let at = segments.partition_point(|meta| meta.header.base_position <= from_position).max(1) - 1;
        // Of several segments with one base the last is the one that holds entries.
        let walk = self.walk_to(&segments[at], from_position)?;
        Ok(Entries {
            storage: Arc::clone(&self.storage),
            keys: Arc::clone(&self.keys),
            durable_floor: Arc::clone(&self.durable_floor),
            segments,
            at,
            walk,
            live,
            watermark: 0,
            manifest,
            batch: None,
            from_position,
            done: false,
        })
    }

    /// The end of the chain, as far as it is visible.
    ///
    /// # Errors
    ///
    /// As [`Journal::read`]; damage on the way to the end is an error too.
    pub fn head(&self) -> Result<Head, JournalError> {
        let mut entries = self.read(u64::MAX)?;
        while entries.next_batch()? {}
        Ok(entries.walk.state.into())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in segments that have appeared since.
    fn refresh(&self, manifest: &Manifest) -> Result<(), JournalError> {
        let names = SegmentNames::load(self.storage.as_ref())?;
        let count = to_u64(names.segments.len());
        let missing = names.gap().or((count <= manifest.live_segno).then_some(count));
        if let Some(segno) = missing {
            let name = segment_name(segno, manifest.epoch);
            let damage = Damage::new(DamageClass::MissingSegment, &name, 0, "no file has this number");
            return Err(JournalError::Corrupt(damage));
        }
        let mut known = self.known();
        let have = known.segments.len();
        for (segno, epoch) in names.segments.into_iter().skip(have) {
            let meta = Arc::new(SegmentMeta::load(self.storage.as_ref(), segno, epoch, manifest)?);
            match known.segments.last() {
                Some(prev) => check_link(self.storage.as_ref(), prev, &meta)?,
                None => check_first(&meta)?,
            }
            known.segments.push(meta);
        }
        Ok(())
    }

    /// A walk that stands at the batch that holds `position`, or not far before it.
    fn walk_to(&self, meta: &Arc<SegmentMeta>, position: u64) -> Result<Walk, JournalError> {
        let mut walk = Walk::start(self.storage.as_ref(), meta, &self.keys)?;
        let base = meta.header.base_position;
        if position <= base {
            return Ok(walk);
        }
        let mut known = self.known();
        let index = known.index.entry(meta.header.segno).or_insert_with(|| {
            vec![IndexPoint { first_position: base, offset: SECTOR_U64, prev_hash: meta.header.base_hash }]
        });
        let found = index.partition_point(|point| point.first_position <= position).max(1) - 1;
        let mut point = index[found];
        // From the last known point on, hop from header to header; the batches are verified when they are read.
        let mut offset = point.offset;
        while let Some(header) = walk.header_at(offset)? {
            if header.first_position > position {
                break;
            }
            let here =
                IndexPoint { first_position: header.first_position, offset, prev_hash: header.prev_hash };
            if found + 1 == index.len() || offset < index[found + 1].offset {
                let newest = index[index.len() - 1].offset;
                if offset >= newest + INDEX_STRIDE {
                    index.push(here);
                }
            }
            point = here;
            offset += u64::from(header.batch_len);
        }
        walk.jump(point.offset, point.first_position, point.prev_hash);
        Ok(walk)
    }
}

/// The newest manifest; one that is just being written is looked at again.
fn load_manifest(storage: &dyn ReadStorage) -> Result<Manifest, JournalError> {
    let mut manifests = Manifests::load(storage)?;
    for _ in 0..MANIFEST_TRIES {
        if manifests.newest().is_some() {
            break;
        }
        std::thread::yield_now();
        manifests = Manifests::load(storage)?;
    }
    manifests.newest().copied().ok_or_else(|| corrupt_manifests(&manifests))
}

fn probe(storage: &dyn ReadStorage) -> Result<bool, JournalError> {
    storage.writer_is_live().map_err(JournalError::io("probe", crate::layout::LOCK))
}

fn info(meta: &SegmentMeta) -> SegmentInfo {
    SegmentInfo {
        file: meta.name.clone(),
        segno: meta.header.segno,
        epoch: meta.header.epoch,
        base_position: meta.header.base_position,
        base_hash: meta.header.base_hash,
        created_ns: meta.header.created_ns,
        schema_fingerprint: meta.header.schema_fingerprint,
    }
}

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

/// Entries in order, from [`Journal::read`].
pub struct Entries {
    storage: Arc<dyn ReadStorage>,
    keys: Arc<Keys>,
    durable_floor: Arc<AtomicU64>,
    segments: Vec<Arc<SegmentMeta>>,
    at: usize,
    walk: Walk,
    live: bool,
    /// The highest watermark met in the last segment.
    watermark: u64,
    manifest: Manifest,
    batch: Option<Shown>,
    from_position: u64,
    done: bool,
}

/// The batch that is being shown.
struct Shown {
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
    fn next_batch(&mut self) -> Result<bool, JournalError> {
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
                Step::Nothing | Step::Broken(_) => {
                    match judge(&observe(&self.walk, self.watermark, closed, false, false)?) {
                        Verdict::Corrupt(refusal) => refusal,
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

    /// Whether everything before the walk's offset is known to be durable.
    fn is_visible(&mut self) -> Result<bool, JournalError> {
        let end = self.walk.offset;
        if !self.live || self.walk.state.position <= self.durable_floor.load(Ordering::Acquire) {
            return Ok(true);
        }
        if self.watermark < end {
            self.watermark = self.watermark.max(self.walk.durable_at(end)?.unwrap_or(0));
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
