//! Reading a journal; nothing here can change it.

mod entries;
mod follow;
mod index;

pub use entries::{Entries, EntryRef};

use self::entries::End;
use self::index::Index;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::append::Head;
use crate::catalog::{Manifests, SegmentMeta, SegmentNames, check_link, corrupt_manifests, not_a_journal};
use crate::config::LedgerId;
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::Hash;
use crate::layout::manifest::Manifest;
use crate::layout::{Keys, segment_name, to_u64};
use crate::storage::ReadStorage;
use crate::survey::check_first;
use crate::walk::Walk;

/// How often a manifest that is just being written is looked at again.
const MANIFEST_TRIES: u32 = 100;

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
    /// Where entries that were read to the end have ended.
    end: Arc<Mutex<Option<End>>>,
}

#[derive(Debug, Default)]
struct Known {
    segments: Arc<Vec<Arc<SegmentMeta>>>,
    /// The manifest that was the newest one just before the folder was last listed.
    listed: Option<Manifest>,
    index: Index,
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
            end: Arc::default(),
            storage,
        };
        journal.refresh(&manifest)?;
        Ok(journal)
    }

    /// The ledger's name.
    pub fn ledger_id(&self) -> LedgerId {
        self.ledger_id
    }

    /// The storage that it is read from.
    #[must_use]
    pub fn storage(&self) -> &Arc<dyn ReadStorage> {
        &self.storage
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
        let (live, manifest, segments) = self.look()?;
        let at = segment_of(&segments, from_position);
        let walk = self.walk_to(&segments[at], from_position)?;
        Ok(self.entries(live, manifest, segments, at, walk, from_position))
    }

    /// The end of the chain, as far as it is visible.
    ///
    /// It is that of a batch that was verified just now, or where the last segment shows none, what that segment's
    /// header says. The batches before it are not looked at.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`], and damage to the batches at the end.
    pub fn head(&self) -> Result<Head, JournalError> {
        let (live, manifest, segments) = self.look()?;
        let at = segments.len() - 1;
        let walk = self.walk_to_durable(&segments[at], &manifest)?;
        let mut entries = self.entries(live, manifest, segments, at, walk, u64::MAX);
        while entries.next_batch()? {}
        Ok(entries.walk.state.into())
    }

    fn look(&self) -> Result<Look, JournalError> {
        self.look_from(probe(self.storage.as_ref())?, None)
    }

    /// The same, and lists no folder to which nothing can have been added: beside a writer a new segment is followed by
    /// a new manifest, and that by the segment's first entry that is visible.
    fn look_again(&self) -> Result<Look, JournalError> {
        let live = probe(self.storage.as_ref())?;
        let listed = self.known().listed.filter(|_| live);
        self.look_from(live, listed)
    }

    fn look_from(&self, live: bool, listed: Option<Manifest>) -> Result<Look, JournalError> {
        // The probe came before the manifest: a writer that comes later only adds.
        let manifest = load_manifest(self.storage.as_ref())?;
        if listed != Some(manifest) {
            self.refresh(&manifest)?;
        }
        let segments = Arc::clone(&self.known().segments);
        Ok((live, manifest, segments))
    }

    fn entries(
        &self,
        live: bool,
        manifest: Manifest,
        segments: Arc<Vec<Arc<SegmentMeta>>>,
        at: usize,
        walk: Walk,
        from_position: u64,
    ) -> Entries {
        Entries {
            storage: Arc::clone(&self.storage),
            keys: Arc::clone(&self.keys),
            durable_floor: Arc::clone(&self.durable_floor),
            end: Arc::clone(&self.end),
            segments,
            at,
            walk,
            live,
            watermark: 0,
            manifest,
            judged: None,
            batch: None,
            from_position,
            done: false,
        }
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
            Arc::make_mut(&mut known.segments).push(meta);
        }
        known.listed = Some(*manifest);
        Ok(())
    }
}

/// Whether there is a writer, the manifest, and all segments.
type Look = (bool, Manifest, Arc<Vec<Arc<SegmentMeta>>>);

/// The index of the segment that holds a position, or will.
fn segment_of(segments: &[Arc<SegmentMeta>], position: u64) -> usize {
    // Of several segments with one base the last is the one that holds entries.
    segments.partition_point(|meta| meta.header.base_position <= position).max(1) - 1
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
