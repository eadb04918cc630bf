//! The one writer of a journal.

mod check;
mod create;
mod disk;
mod open;
mod spare;
mod write_back;

pub use open::{Opening, Recovery};

use std::sync::Arc;

use crate::batch::Batch;
use crate::catalog::SegmentMeta;
use crate::config::{Config, LedgerId};
use crate::error::JournalError;
use crate::hash::{Hash, Hasher};
use crate::layout::batch::{BatchHeader, TRAILER_LEN};
use crate::layout::manifest::Manifest;
use crate::layout::seal::{self, Seal};
use crate::layout::segment::{PrevEnd, PrevEndKind};
use crate::layout::{Keys, SECTOR_U64, in_flight_max, to_u64};
use crate::stamp::Stamp;
use crate::storage::{Claim, Storage, WriteFile};
use crate::walk::State;
use check::{check_now, check_room};
use disk::{later, next_header, publish, start_segment, write_slot};
use spare::Spare;

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The position that the next entry takes.
    pub next_position: u64,
    /// The hash of the entry before it.
    pub hash: Hash,
    /// The time of the entry before it, in nanoseconds; the next entry's must be greater.
    pub time_ns: u64,
}

impl Head {
    /// The last entry; nothing before the first.
    #[must_use]
    pub fn last(self) -> Option<Stamp> {
        let position = self.next_position.checked_sub(1)?;
        Some(Stamp { position, hash: self.hash, time_ns: self.time_ns })
    }
}

impl From<State> for Head {
    fn from(state: State) -> Head {
        Head { next_position: state.position, hash: state.hash, time_ns: state.time_ns }
    }
}

/// Appends batches to a journal and makes them durable.
///
/// Dropping it without [`Appender::close`] is safe: the next opening finds an unclean end and records it.
pub struct Appender {
    storage: Arc<dyn Storage>,
    claim: Box<dyn Claim>,
    config: Config,
    keys: Keys,
    manifest: Manifest,
    live: Live,
    state: State,
    /// The head as of `live.durable`.
    durable_state: State,
    spare: Spare,
    poison: Option<String>,
}

/// The segment that is written to.
struct Live {
    meta: SegmentMeta,
    file: Box<dyn WriteFile>,
    /// Where the next batch goes.
    offset: u64,
    /// Everything below is synced.
    durable: u64,
    digests: Hasher,
}

impl Appender {
    /// The end of the chain, durable or not yet.
    pub fn head(&self) -> Head {
        self.state.into()
    }

    /// The end of what is durable; the same as [`Appender::head`] when every append syncs.
    pub fn durable_head(&self) -> Head {
        self.durable_state.into()
    }

    /// The term of this writer; every entry it appends carries it.
    pub fn epoch(&self) -> u32 {
        self.manifest.epoch
    }

    /// The ledger's name.
    pub fn ledger_id(&self) -> LedgerId {
        self.manifest.ledger_id
    }

    /// Bytes of a segment file.
    pub fn segment_size(&self) -> u64 {
        self.manifest.segment_size
    }

    /// The largest [`Batch::len_bytes`] that [`Appender::append`] takes.
    pub fn max_batch_bytes(&self) -> u64 {
        in_flight_max(self.manifest.segment_size)
    }

    /// Appends a batch: one write, one sync. When it returns, every entry of the batch is durable.
    ///
    /// `now_ns` is the time of the commit. An empty batch does nothing.
    /// Times of 2^63 nanoseconds and more, in the year 2262, are refused here and everywhere: a wild clock.
    ///
    /// # Errors
    ///
    /// [`JournalError::BadBatch`], [`JournalError::TooLarge`] and [`JournalError::NoSpace`] come before anything is
    /// written and leave the appender as it was. Every other error poisons it for good: it is then unknown whether the
    /// batch is on disk, and later calls return [`JournalError::Poisoned`].
    pub fn append(&mut self, batch: &mut Batch, now_ns: u64) -> Result<(), JournalError> {
        self.check_poison()?;
        if self.check_batch(batch, now_ns)? {
            let result = self.append_checked(batch, now_ns);
            return self.poison_on_error(result);
        }
        Ok(())
    }

    /// Makes everything appended so far durable; needed only when the configuration says not to sync.
    ///
    /// # Errors
    ///
    /// Any error poisons the appender.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.check_poison()?;
        let result = self.sync_live();
        self.poison_on_error(result)
    }

    /// Writes down how far the journal is durable, if that has moved since it was last written down.
    ///
    /// To be called when the writer has been idle for a moment: from then on, damage to the last batch can no longer be
    /// taken for a torn write, and readers beside the writer see the last batch.
    ///
    /// # Errors
    ///
    /// [`JournalError::BadBatch`] for a wild `now_ns`; any other error poisons the appender.
    pub fn note_durable(&mut self, now_ns: u64) -> Result<(), JournalError> {
        self.check_poison()?;
        check_now(now_ns)?;
        let noted = &self.manifest;
        if (noted.live_segno, noted.watermark) == (self.live.meta.header.segno, self.live.durable) {
            return Ok(());
        }
        let result = self.write_manifest(false, now_ns);
        self.poison_on_error(result)
    }

    /// Seals the live segment now and starts the next, so that the sealed file can be copied away.
    /// Does nothing while the live segment holds no entry.
    ///
    /// # Errors
    ///
    /// [`JournalError::NoSpace`], and [`JournalError::BadBatch`] for a wild `now_ns`, leave the appender as it was; any
    /// other error poisons it.
    pub fn switch_segment(&mut self, now_ns: u64) -> Result<(), JournalError> {
        self.check_poison()?;
        check_now(now_ns)?;
        check_room(self.state)?;
        if self.live.meta.header.base_position == self.state.position {
            return Ok(());
        }
        let result = self.switch(now_ns);
        self.poison_on_error(result)
    }

    /// Makes everything durable and marks the journal as closed, so that the next opening continues where this ends.
    ///
    /// # Errors
    ///
    /// Any error leaves the journal as a crash would.
    pub fn close(mut self, now_ns: u64) -> Result<(), JournalError> {
        self.check_poison()?;
        check_now(now_ns)?;
        self.sync_live()?;
        self.spare.discard(self.storage.as_ref());
        self.write_manifest(true, now_ns)
    }

    fn check_poison(&self) -> Result<(), JournalError> {
        self.poison.clone().map_or(Ok(()), |cause| Err(JournalError::Poisoned { cause }))
    }

    fn poison_on_error<T>(&mut self, result: Result<T, JournalError>) -> Result<T, JournalError> {
        if let Err(error) = &result
            && !matches!(error, JournalError::NoSpace { .. })
        {
            self.poison = Some(error.to_string());
        }
        result
    }

    fn append_checked(&mut self, batch: &mut Batch, now_ns: u64) -> Result<(), JournalError> {
        self.check_claim()?;
        let len = batch.len_bytes();
        let size = self.manifest.segment_size;
        // The last sector belongs to the seal.
        let end = self.live.offset + len + SECTOR_U64;
        if end > size - size / 10 {
            self.spare.ensure(&self.storage, size)?;
        }
        if end > size {
            self.switch(now_ns)?;
        }
        // Without a sync for each batch, this keeps what is in flight below what recovery can tell from damage.
        if self.live.offset + len - self.live.durable > self.max_batch_bytes() {
            self.sync_live()?;
        }
        self.write_batch(batch, now_ns)?;
        if self.config.sync {
            self.sync_live()?;
        }
        if self.live.offset >= size / 2 {
            self.spare.start(&self.storage, size);
        }
        Ok(())
    }

    fn write_batch(&mut self, batch: &mut Batch, now_ns: u64) -> Result<(), JournalError> {
        let Ok(Some((first, last))) = batch.span() else { return Ok(()) };
        let live = &mut self.live;
        let commit_ns = now_ns.max(later(self.state.commit_ns)?);
        let header = BatchHeader {
            batch_len: 0,
            entry_count: 0,
            body_len: 0,
            first_position: first.position,
            offset: live.offset,
            durable_off: live.durable,
            epoch: self.manifest.epoch,
            prev_hash: self.state.hash,
            commit_ns,
        };
        batch.seal(&self.keys, &live.meta.header.salt, &live.meta.batch_key, header);
        let bytes = batch.bytes();
        live.file.write_all_at(bytes, live.offset).map_err(JournalError::io("write", &live.meta.name))?;
        live.digests.update(&bytes[bytes.len() - TRAILER_LEN..]);
        live.offset += to_u64(bytes.len());
        self.state = State {
            position: last.position + 1,
            hash: batch.hashes().last().copied().unwrap_or(self.state.hash),
            time_ns: last.time_ns,
            commit_ns,
            epoch: self.manifest.epoch,
        };
        Ok(())
    }

    fn sync_live(&mut self) -> Result<(), JournalError> {
        let live = &mut self.live;
        if live.durable < live.offset {
            live.file.sync_data().map_err(JournalError::io("sync", &live.meta.name))?;
            live.durable = live.offset;
            self.durable_state = self.state;
        }
        Ok(())
    }

    /// Seals the live segment and starts the next one.
    fn switch(&mut self, now_ns: u64) -> Result<(), JournalError> {
        self.check_claim()?;
        // Space first: after the seal there is no way back.
        self.spare.ensure(&self.storage, self.manifest.segment_size)?;
        self.sync_live()?;
        let live = &self.live;
        let (header, name) = (&live.meta.header, &live.meta.name);
        let sealed = Seal {
            segno: header.segno,
            epoch: self.manifest.epoch,
            first_position: header.base_position,
            last_position: self.state.position - 1,
            entry_count: self.state.position - header.base_position,
            used: live.offset,
            head: self.state.hash,
            segment_digest: live.digests.finalize(),
        }
        .encode(&header.salt, &live.meta.batch_key);
        live.file.write_all_at(&sealed, live.offset).map_err(JournalError::io("seal", name))?;
        live.file.sync_all().map_err(JournalError::io("sync", name))?;
        self.storage.make_read_only(name).map_err(JournalError::io("protect", name))?;
        let prev = PrevEnd {
            kind: PrevEndKind::Sealed,
            end: live.offset,
            digest: seal::digest(&sealed),
            dropped_len: 0,
        };
        let header = next_header(&self.config, &self.manifest, self.state, header.segno + 1, prev, now_ns)?;
        self.live = start_segment(self.storage.as_ref(), header)?;
        publish(self.storage.as_ref(), &self.live)?;
        self.spare.used();
        self.state.commit_ns = header.created_ns;
        self.durable_state = self.state;
        self.write_manifest(false, now_ns)
    }

    fn check_claim(&self) -> Result<(), JournalError> {
        let held = self.claim.still_held().map_err(JournalError::io("check", crate::layout::LOCK))?;
        if held { Ok(()) } else { Err(JournalError::Fenced) }
    }

    fn write_manifest(&mut self, clean: bool, now_ns: u64) -> Result<(), JournalError> {
        self.check_claim()?;
        let next = Manifest {
            ledger_id: self.manifest.ledger_id,
            generation: self.manifest.generation + 1,
            epoch: self.manifest.epoch,
            clean,
            live_segno: self.live.meta.header.segno,
            watermark: self.live.durable,
            next_position: self.durable_state.position,
            head: self.durable_state.hash,
            segment_size: self.manifest.segment_size,
            written_ns: now_ns,
        };
        write_slot(self.storage.as_ref(), &next)?;
        self.manifest = next;
        Ok(())
    }
}

impl Drop for Appender {
    /// The claim may be given up only when nothing is written any more.
    fn drop(&mut self) {
        self.spare.wait();
    }
}

impl std::fmt::Debug for Appender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Appender")
            .field("storage", &self.storage)
            .field("head", &self.head())
            .field("epoch", &self.epoch())
            .field("poison", &self.poison)
            .finish_non_exhaustive()
    }
}
