//! Opening for writing: continue a closed journal, recover from a crash, refuse a damaged one.

use std::sync::Arc;

use super::check::{check_now, check_room};
use super::disk::{claim, later, next_header, publish, start_segment, write_slot};
use super::spare::{Spare, remove_stale};
use super::write_back::write_back;
use super::{Appender, Live};
use crate::batch::Batch;
use crate::config::Config;
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash;
use crate::layout::manifest::Manifest;
use crate::layout::segment::{PrevEnd, PrevEndKind, SegmentHeader};
use crate::layout::{Keys, QUARANTINE_DIR, SLOTS, SPARE, quarantine_name, to_u64, to_usize};
use crate::record::{KIND_RECOVERY, RecoveryReason, RecoveryRecord, SCHEMA};
use crate::recovery::Verdict;
use crate::storage::Storage;
use crate::survey::{Survey, survey};

/// In which state an opening found the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Opening {
    /// Its last writer had closed it.
    Clean,
    /// Its last writer had not closed it; nothing was torn.
    Unclean,
    /// The last write, never acknowledged, was torn; its bytes were dropped.
    Torn {
        /// The segment.
        segno: u64,
        /// Where the dropped bytes start, in bytes from the segment's start.
        offset: u64,
        /// How many bytes were dropped.
        dropped_len: u64,
    },
}

/// What an opening found and wrote down.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// In which state the journal was.
    pub opening: Opening,
    /// The manifest file that was damaged and has been written anew.
    pub manifest_rewritten: Option<&'static str>,
    /// The recovery entries that were appended, in order.
    pub records: Vec<RecoveryRecord>,
    /// The file that keeps a copy of the dropped bytes.
    pub quarantined: Option<String>,
}

impl Appender {
    /// Opens a journal for writing, under a new epoch.
    ///
    /// A closed journal is continued in its last segment. After anything else a new segment is started, whose first
    /// entries record what was found. `config.segment_size` is ignored: a journal keeps the size it was created with.
    ///
    /// It verifies every byte of the last segment, of both manifests and of every segment's header, and every seal.
    /// The batches of older segments are verified by reading them, or by [`inspect`](crate::inspect).
    ///
    /// # Errors
    ///
    /// [`JournalError::NotAJournal`], [`JournalError::InUse`], [`JournalError::Corrupt`] when acknowledged data is
    /// damaged, [`JournalError::BadBatch`] for a wild `now_ns`, [`JournalError::NoSpace`], or the storage's own errors.
    /// All but the storage's own errors leave every byte of the journal as it was.
    /// After an error of the storage the next opening goes on from wherever this one had come.
    pub fn open(
        storage: Arc<dyn Storage>,
        config: Config,
        now_ns: u64,
    ) -> Result<(Appender, Recovery), JournalError> {
        check_now(now_ns)?;
        if let Some(reason) = crate::catalog::not_a_journal(storage.as_ref())? {
            return Err(JournalError::NotAJournal { reason: reason.to_owned() });
        }
        let claim = claim(storage.as_ref())?;
        let found = survey(storage.as_ref())?;
        if let Verdict::Corrupt(refusal) = found.verdict {
            return Err(JournalError::Corrupt(found.damage(refusal)));
        }
        if found.verdict != Verdict::Clean {
            check_room(found.walk.state)?;
        }
        remove_stale(storage.as_ref()).map_err(JournalError::io("remove", SPARE))?;
        let mut spare = Spare::Missing;
        if found.verdict != Verdict::Clean {
            // Space first: without it nothing has changed.
            spare.ensure(&storage, found.manifest.segment_size)?;
        }

        // The term begins before anything else is written.
        let manifest = begin_term(storage.as_ref(), &found, now_ns)?;
        let mut state = found.walk.state;
        let mut cut = Cut::default();
        let live = if found.verdict == Verdict::Clean {
            continue_segment(storage.as_ref(), &found)?
        } else {
            cut = cut_off(storage.as_ref(), &found)?;
            let header =
                next_header(&config, &manifest, state, found.last().header.segno + 1, cut.prev, now_ns)?;
            let live = start_segment(storage.as_ref(), header)?;
            publish(storage.as_ref(), &live)?;
            spare.used();
            state.commit_ns = header.created_ns;
            live
        };
        let mut appender = Appender {
            keys: Keys::new(manifest.ledger_id),
            durable_state: state,
            poison: None,
            storage,
            claim,
            config,
            manifest,
            live,
            state,
            spare,
        };
        appender.record(&cut.records, now_ns)?;
        let recovery = Recovery {
            opening: cut.opening,
            manifest_rewritten: found.damaged_slot.map(|slot| SLOTS[slot]),
            records: cut.records,
            quarantined: cut.quarantined,
        };
        Ok((appender, recovery))
    }

    /// Journals what was found; a closed journal gives nothing to record.
    fn record(&mut self, records: &[RecoveryRecord], now_ns: u64) -> Result<(), JournalError> {
        if records.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        let times = now_ns.max(later(self.state.time_ns)?)..;
        for ((position, time_ns), record) in (self.state.position..).zip(times).zip(records) {
            let payload = record.to_bytes();
            batch.push_any(KIND_RECOVERY, SCHEMA, position, time_ns, self.epoch(), |out| {
                out.extend_from_slice(&payload);
            });
        }
        self.write_batch(&mut batch, now_ns)?;
        self.sync_live()?;
        self.write_manifest(false, now_ns)
    }
}

/// The closed journal's last segment, ready for the next batch.
fn continue_segment(storage: &dyn Storage, found: &Survey) -> Result<Live, JournalError> {
    let (last, walk) = (found.last(), &found.walk);
    Ok(Live {
        meta: (**last).clone(),
        file: storage.open_write(&last.name).map_err(JournalError::io("open", &last.name))?,
        offset: walk.offset,
        durable: walk.offset,
        digests: walk.digests().cloned().unwrap_or_default(),
    })
}

/// What there is to say about a segment that was cut off.
struct Cut {
    opening: Opening,
    prev: PrevEnd,
    records: Vec<RecoveryRecord>,
    quarantined: Option<String>,
}

impl Default for Cut {
    fn default() -> Cut {
        Cut { opening: Opening::Clean, prev: PrevEnd::NONE, records: Vec::new(), quarantined: None }
    }
}

/// Ends the last segment where its valid batches end; its bytes stay as they are.
fn cut_off(storage: &dyn Storage, found: &Survey) -> Result<Cut, JournalError> {
    let last = found.last();
    let offset = found.walk.offset;
    let mut dropped = Vec::new();
    let mut opening = Opening::Unclean;
    let mut quarantined = None;
    if let Verdict::Torn { dropped_len } = found.verdict {
        opening = Opening::Torn { segno: last.header.segno, offset, dropped_len };
        dropped.resize(to_usize(dropped_len), 0);
        found.walk.read(&mut dropped, offset)?;
        quarantined = Some(quarantine(storage, &last.header, offset, &dropped)?);
    }
    let digest = hash::digest(&dropped);
    let dropped_len = to_u64(dropped.len());
    let mut records = owed_records(found);
    let record = RecoveryRecord {
        segno: last.header.segno,
        epoch: last.header.epoch,
        reason: reason(dropped_len),
        offset,
        dropped_len,
        digest,
    };
    records.push(record);
    if found.damaged_slot.is_some() {
        let reason = RecoveryReason::ManifestSlot;
        records.push(RecoveryRecord { reason, dropped_len: 0, digest: hash::digest(&[]), ..record });
    }
    let prev = match found.seal_digest {
        Some(digest) => PrevEnd { kind: PrevEndKind::Sealed, end: offset, digest, dropped_len: 0 },
        None => PrevEnd { kind: PrevEndKind::Recovered, end: offset, digest, dropped_len },
    };
    storage.make_read_only(&last.name).map_err(JournalError::io("protect", &last.name))?;
    Ok(Cut { opening, prev, records, quarantined })
}

/// Writes the manifest of the new term; what was found on disk is made durable first, because it may be in memory only.
fn begin_term(storage: &dyn Storage, found: &Survey, now_ns: u64) -> Result<Manifest, JournalError> {
    if found.verdict != Verdict::Clean {
        write_back(storage, found)?;
    }
    let run_out = || {
        let detail = "epochs or generations have run out";
        JournalError::Corrupt(Damage::new(DamageClass::Manifest, SLOTS[found.manifest.slot()], 0, detail))
    };
    let manifest = Manifest {
        generation: found.manifest.generation.checked_add(1).ok_or_else(run_out)?,
        epoch: found.epoch_max.checked_add(1).ok_or_else(run_out)?,
        clean: false,
        live_segno: found.last().header.segno,
        watermark: found.walk.offset,
        next_position: found.walk.state.position,
        head: found.walk.state.hash,
        written_ns: now_ns,
        ..found.manifest
    };
    write_slot(storage, &manifest)?;
    Ok(manifest)
}

/// The records of segments that an interrupted recovery cut off but could not journal any more.
fn owed_records(found: &Survey) -> Vec<RecoveryRecord> {
    let mut owed = Vec::new();
    let mut empty_from = found.walk.state.position;
    for pair in found.segments.windows(2).rev() {
        let [before, after] = [&pair[0].header, &pair[1].header];
        // An empty segment is one that nothing was journaled in before the next one began.
        if after.base_position != empty_from || after.prev.kind != PrevEndKind::Recovered {
            break;
        }
        empty_from = after.base_position;
        owed.push(RecoveryRecord {
            segno: before.segno,
            epoch: before.epoch,
            reason: reason(after.prev.dropped_len),
            offset: after.prev.end,
            dropped_len: after.prev.dropped_len,
            digest: after.prev.digest,
        });
    }
    owed.reverse();
    owed
}

fn reason(dropped_len: u64) -> RecoveryReason {
    if dropped_len > 0 { RecoveryReason::TornWriteDropped } else { RecoveryReason::UncleanEnd }
}

/// Keeps a copy of the dropped bytes as evidence.
fn quarantine(
    storage: &dyn Storage,
    header: &SegmentHeader,
    offset: u64,
    dropped: &[u8],
) -> Result<String, JournalError> {
    let name = quarantine_name(header.segno, offset);
    let keep = || {
        storage.create_dir(QUARANTINE_DIR)?;
        storage.sync_dir("")?;
        // A recovery that was interrupted here may have left half a copy.
        match storage.remove(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = storage.create(&name, to_u64(dropped.len()))?;
        file.write_all_at(dropped, 0)?;
        file.sync_all()?;
        storage.sync_dir(QUARANTINE_DIR)
    };
    keep().map_err(JournalError::io("write", &name))?;
    Ok(name)
}
