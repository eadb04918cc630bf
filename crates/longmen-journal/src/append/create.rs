//! Creating a journal.

use std::sync::Arc;

use super::Appender;
use super::check::check_now;
use super::disk::{claim, publish, start_segment, write_slot};
use super::spare::{Spare, remove_stale};
use crate::batch::Batch;
use crate::catalog::{Manifests, SegmentNames};
use crate::config::{Config, LedgerId};
use crate::error::JournalError;
use crate::hash::Hash;
use crate::layout::manifest::Manifest;
use crate::layout::segment::{PrevEnd, SegmentHeader};
use crate::layout::{Keys, QUARANTINE_DIR, SEG_DIR, SLOTS, SNAP_DIR, SPARE};
use crate::record::{Genesis, KIND_GENESIS, SCHEMA};
use crate::storage::Storage;
use crate::walk::State;

/// The epoch of the writer that creates a journal.
const FIRST_EPOCH: u32 = 1;

impl Appender {
    /// Creates a journal whose first entry, the genesis entry, is durable when this returns.
    ///
    /// The moment of creation is the renaming of segment 0: before it there is no journal, and creating one again over
    /// the remains of an interrupted creation is fine.
    ///
    /// # Errors
    ///
    /// [`JournalError::AlreadyExists`], [`JournalError::InUse`], [`JournalError::SegmentSize`],
    /// [`JournalError::NoSpace`], [`JournalError::BadBatch`] for a wild `now_ns`, or the storage's own errors.
    pub fn create(storage: Arc<dyn Storage>, config: Config, now_ns: u64) -> Result<Appender, JournalError> {
        config.check()?;
        check_now(now_ns)?;
        storage.create_dir("").map_err(JournalError::io("create", "the journal's directory"))?;
        let claim = claim(storage.as_ref())?;
        clear_remains(storage.as_ref())?;

        let ledger_id = LedgerId::from_bytes(config.entropy.draw("ledger", 0, 0)?);
        let segment_size = config.segment_size;
        let mut manifest = Manifest {
            ledger_id,
            generation: 0,
            epoch: FIRST_EPOCH,
            clean: false,
            live_segno: 0,
            watermark: 0,
            next_position: 0,
            head: Hash::ZERO,
            segment_size,
            written_ns: now_ns,
        };
        for dir in [SEG_DIR, SNAP_DIR, QUARANTINE_DIR] {
            storage.create_dir(dir).map_err(JournalError::io("create", dir))?;
        }
        write_slot(storage.as_ref(), &manifest)?;
        manifest.generation = 1;
        write_slot(storage.as_ref(), &manifest)?;
        storage.sync_dir("").map_err(JournalError::io("sync", "the journal's directory"))?;

        let mut spare = Spare::Missing;
        spare.ensure(&storage, segment_size)?;
        let header = SegmentHeader {
            ledger_id,
            segno: 0,
            epoch: FIRST_EPOCH,
            base_position: 0,
            segment_size,
            salt: config.entropy.draw("salt", 0, FIRST_EPOCH)?,
            base_hash: Hash::ZERO,
            schema_fingerprint: config.schema_fingerprint,
            created_ns: now_ns,
            base_time_ns: 0,
            prev: PrevEnd::NONE,
        };
        let live = start_segment(storage.as_ref(), header)?;
        spare.used();
        let state =
            State { position: 0, hash: Hash::ZERO, time_ns: 0, commit_ns: now_ns, epoch: FIRST_EPOCH };
        let mut appender = Appender {
            keys: Keys::new(ledger_id),
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
        let mut genesis = Batch::new();
        let payload = Genesis { ledger_id, segment_size }.to_bytes();
        genesis.push_any(KIND_GENESIS, SCHEMA, 0, now_ns, FIRST_EPOCH, |out| out.extend_from_slice(&payload));
        appender.write_batch(&mut genesis, now_ns)?;
        appender.sync_live()?;
        publish(appender.storage.as_ref(), &appender.live)?;
        appender.write_manifest(false, now_ns)?;
        Ok(appender)
    }
}

/// Removes what an interrupted creation left; refuses to touch anything that ever was a journal.
fn clear_remains(storage: &dyn Storage) -> Result<(), JournalError> {
    let begun = Manifests::load(storage)?.newest().is_some_and(|manifest| manifest.next_position > 0);
    if begun || !SegmentNames::load(storage)?.segments.is_empty() {
        return Err(JournalError::AlreadyExists);
    }
    remove_stale(storage).map_err(JournalError::io("remove", SPARE))?;
    for name in SLOTS {
        match storage.remove(name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(JournalError::io("remove", name)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
