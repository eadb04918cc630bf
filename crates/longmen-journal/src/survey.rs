//! Looking a journal over before it is opened for writing: changes nothing.

use std::sync::Arc;

use crate::catalog::{Manifests, SegmentMeta, SegmentNames, check_link, corrupt_manifests};
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::Hash;
use crate::layout::manifest::Manifest;
use crate::layout::{Keys, SECTOR_U64, SLOTS, in_flight_max, segment_name, to_u64, to_usize};
use crate::recovery::{Refusal, TailFacts, Verdict, judge};
use crate::storage::ReadStorage;
use crate::walk::{State, Step, Walk};

/// What was found.
pub(crate) struct Survey {
    pub(crate) manifest: Manifest,
    pub(crate) damaged_slot: Option<usize>,
    /// All segments, at least one.
    pub(crate) segments: Vec<Arc<SegmentMeta>>,
    /// Stands at the end of the last segment's valid batches.
    pub(crate) walk: Walk,
    pub(crate) seal_digest: Option<Hash>,
    pub(crate) verdict: Verdict,
    /// The highest epoch seen anywhere.
    pub(crate) epoch_max: u32,
    misfit: Option<Damage>,
}

impl Survey {
    pub(crate) fn last(&self) -> &Arc<SegmentMeta> {
        &self.walk.meta
    }

    /// The damage that a refusal stands for.
    pub(crate) fn damage(&self, refusal: Refusal) -> Damage {
        refusal_damage(&self.walk, refusal, self.misfit.clone())
    }
}

/// Verifies manifests, every header and link, and the whole last segment.
pub(crate) fn survey(storage: &dyn ReadStorage) -> Result<Survey, JournalError> {
    let manifests = Manifests::load(storage)?;
    let Some(manifest) = manifests.newest().copied() else { return Err(corrupt_manifests(&manifests)) };
    let damaged_slot = manifests.damaged().map(|(slot, _)| slot);
    // A surviving slot may be the older one: what it says about a close is then no longer true.
    let closed_clean = manifest.clean && damaged_slot.is_none();
    let segments = load_segments(storage, &manifest, closed_clean)?;
    let last = &segments[segments.len() - 1];
    check_epochs(&segments, &manifest, damaged_slot)?;

    let keys = Arc::new(Keys::new(manifest.ledger_id));
    let walk = Walk::start(storage, last, &keys)?;
    let tail = walk_tail(walk, &manifest, closed_clean)?;
    let epoch_max = manifest.epoch.max(last.header.epoch).max(tail.walk.state.epoch);
    if tail.walk.state.position == 0 {
        let damage = tail.walk.damage(DamageClass::Batch, "segment 0 does not hold the genesis entry");
        return Err(JournalError::Corrupt(damage));
    }
    if damaged_slot.is_none() && epoch_max > manifest.epoch {
        return Err(JournalError::Corrupt(unknown_epoch(&last.name)));
    }
    Ok(Survey {
        manifest,
        damaged_slot,
        walk: tail.walk,
        seal_digest: tail.seal_digest,
        verdict: tail.verdict,
        misfit: tail.misfit,
        segments,
        epoch_max,
    })
}

/// Headers of all segments, in order and linked; at least one.
fn load_segments(
    storage: &dyn ReadStorage,
    manifest: &Manifest,
    closed_clean: bool,
) -> Result<Vec<Arc<SegmentMeta>>, JournalError> {
    let names = SegmentNames::load(storage)?;
    let missing = |segno| {
        let name = segment_name(segno, manifest.epoch);
        Err(JournalError::Corrupt(Damage::new(
            DamageClass::MissingSegment,
            &name,
            0,
            "no file has this number",
        )))
    };
    if let Some(segno) = names.gap() {
        return missing(segno);
    }
    let count = to_u64(names.segments.len());
    if count <= manifest.live_segno {
        return missing(count);
    }
    let mut segments: Vec<Arc<SegmentMeta>> = Vec::with_capacity(names.segments.len());
    for (segno, epoch) in names.segments {
        let meta = Arc::new(SegmentMeta::load(storage, segno, epoch, manifest)?);
        match segments.last() {
            Some(prev) => check_link(storage, prev, &meta)?,
            None => check_first(&meta)?,
        }
        segments.push(meta);
    }
    // Where a later segment exists, its header says where the one the manifest speaks of ends.
    if let Some(after) = segments.get(to_usize(manifest.live_segno) + 1) {
        let live = &segments[to_usize(manifest.live_segno)];
        if after.header.prev.end < manifest.watermark || closed_clean {
            let detail = "the manifest and the segments contradict one another";
            return Err(JournalError::Corrupt(Damage::new(DamageClass::LostTail, &live.name, 0, detail)));
        }
    }
    Ok(segments)
}

/// Segment 0 starts from nothing.
pub(crate) fn check_first(meta: &SegmentMeta) -> Result<(), JournalError> {
    let header = &meta.header;
    let from_nothing = header.base_position == 0
        && header.base_hash == Hash::ZERO
        && header.base_time_ns == 0
        && header.prev == crate::layout::segment::PrevEnd::NONE;
    if from_nothing {
        return Ok(());
    }
    Err(JournalError::Corrupt(Damage::new(
        DamageClass::Chain,
        &meta.name,
        0,
        "the first segment does not start at 0",
    )))
}

fn check_epochs(
    segments: &[Arc<SegmentMeta>],
    manifest: &Manifest,
    damaged_slot: Option<usize>,
) -> Result<(), JournalError> {
    // With one slot damaged the other may be from before the latest term.
    let known = |meta: &&Arc<SegmentMeta>| damaged_slot.is_none() && meta.header.epoch > manifest.epoch;
    match segments.iter().find(known) {
        Some(meta) => Err(JournalError::Corrupt(unknown_epoch(&meta.name))),
        None => Ok(()),
    }
}

fn unknown_epoch(name: &str) -> Damage {
    Damage::new(DamageClass::Manifest, name, 0, "written in an epoch that the manifest does not know yet")
}

/// The end of the last segment.
pub(crate) struct Tail {
    pub(crate) walk: Walk,
    pub(crate) seal_digest: Option<Hash>,
    pub(crate) verdict: Verdict,
    pub(crate) misfit: Option<Damage>,
}

/// Walks from where `walk` stands to the end of the valid batches, and judges what follows.
pub(crate) fn walk_tail(
    mut walk: Walk,
    manifest: &Manifest,
    closed_clean: bool,
) -> Result<Tail, JournalError> {
    let watermark = watermark_for(&walk.meta, manifest);
    let mut at_watermark = None;
    let mut misfit = None;
    let mut seal_digest = None;
    loop {
        if walk.offset == watermark {
            at_watermark = Some(walk.state);
        }
        match walk.step()? {
            Step::Batch(_) => {}
            Step::Seal { digest } => {
                seal_digest = Some(digest);
                break;
            }
            Step::Nothing | Step::Broken(_) => break,
            Step::Misfit(damage) => {
                misfit = Some(damage);
                break;
            }
        }
    }
    if misfit.is_none() && watermark <= walk.offset && !matches_manifest(&walk, manifest, at_watermark) {
        let detail = "what the manifest says about this journal is not what the segment holds";
        misfit = Some(Damage::new(DamageClass::Manifest, SLOTS[manifest.slot()], 0, detail));
    }
    let facts = observe(&walk, watermark, closed_clean, misfit.is_some(), seal_digest.is_some())?;
    Ok(Tail { verdict: judge(&facts), walk, seal_digest, misfit })
}

/// The offset in this segment below which all is known synced.
pub(crate) fn watermark_for(meta: &SegmentMeta, manifest: &Manifest) -> u64 {
    let here = manifest.live_segno == meta.header.segno && manifest.next_position > 0;
    if here { manifest.watermark } else { SECTOR_U64 }
}

/// Whether position and hash that the manifest gives for its watermark are those found there.
pub(crate) fn matches_manifest(walk: &Walk, manifest: &Manifest, at_watermark: Option<State>) -> bool {
    if manifest.live_segno != walk.meta.header.segno || manifest.next_position == 0 {
        return true;
    }
    at_watermark.is_some_and(|state| (state.position, state.hash) == (manifest.next_position, manifest.head))
}

/// Gathers the facts about everything behind the valid batches.
pub(crate) fn observe(
    walk: &Walk,
    watermark: u64,
    closed_clean: bool,
    misfit: bool,
    sealed: bool,
) -> Result<TailFacts, JournalError> {
    let size = walk.meta.header.segment_size;
    let valid_end = walk.offset;
    let mut facts = TailFacts {
        valid_end,
        watermark,
        closed_clean,
        misfit,
        sealed,
        nonzero_end: valid_end,
        durable_beyond: 0,
        in_flight_max: in_flight_max(size),
    };
    let mut from = if sealed { valid_end + SECTOR_U64 } else { valid_end };
    while let Some(offset) = walk.nonzero_from(from)? {
        from = offset + SECTOR_U64;
        facts.nonzero_end = from;
        facts.durable_beyond = facts.durable_beyond.max(walk.durable_at(offset)?.unwrap_or(0));
    }
    Ok(facts)
}

/// The damage that a refusal at the walk's offset stands for.
pub(crate) fn refusal_damage(walk: &Walk, refusal: Refusal, misfit: Option<Damage>) -> Damage {
    let class = match refusal {
        Refusal::Misfit => DamageClass::Chain,
        Refusal::BelowWatermark => DamageClass::LostTail,
        Refusal::StrayBytes | Refusal::MoreThanInFlight => DamageClass::StrayBytes,
        Refusal::AcknowledgedBeyond => DamageClass::Batch,
    };
    misfit.unwrap_or_else(|| walk.damage(class, refusal.to_string()))
}
