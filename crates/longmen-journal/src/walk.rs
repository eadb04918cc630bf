//! Walking through one segment, a verified batch at a time.

use std::sync::Arc;

use crate::catalog::SegmentMeta;
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::{Hash, Hasher, keyed_digest};
use crate::layout::batch::{self, BatchHeader};
use crate::layout::entry::{RawEntry, entry_hash};
use crate::layout::seal::{self, Seal};
use crate::layout::{Keys, SECTOR, SECTOR_U64, array_at, in_flight_max, is_zero, to_u64, to_usize};
use crate::record::{Genesis, KIND_CHECKPOINT, KIND_GENESIS, KIND_RECOVERY, RecoveryRecord};
use crate::record::{KIND_SNAPSHOT, SnapshotMark};
use crate::storage::{ReadFile, ReadStorage};

/// How much of a tail is read at once, in bytes.
const PIECE: usize = 64 << 10;

/// How far the chain has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The next position.
    pub(crate) position: u64,
    /// The hash of the entry before it.
    pub(crate) hash: Hash,
    /// The time of the entry before it, in nanoseconds.
    pub(crate) time_ns: u64,
    /// The commit time of the last batch.
    pub(crate) commit_ns: u64,
    /// The epoch of the last batch.
    pub(crate) epoch: u32,
}

/// What stands at the walk's offset.
#[derive(Debug)]
pub(crate) enum Step {
    /// A batch that verifies and continues the chain; the walk has gone past it.
    Batch(BatchHeader),
    /// The seal; the walk stays in front of it.
    Seal { digest: Hash },
    /// Nothing: a sector of zeros, or the end of the file.
    Nothing,
    /// Something that does not verify; a torn write can look like this.
    Broken(Damage),
    /// Something that verifies and does not belong here; no torn write can look like this.
    Misfit(Damage),
}

/// A walk through one segment.
pub(crate) struct Walk {
    pub(crate) meta: Arc<SegmentMeta>,
    pub(crate) state: State,
    pub(crate) offset: u64,
    /// The last batch says that everything below this offset was synced.
    pub(crate) durable_off: u64,
    /// Batches and entries seen so far.
    pub(crate) entries: u64,
    file: Arc<dyn ReadFile>,
    keys: Arc<Keys>,
    /// Digest of the header and of each batch, while the walk has seen them all.
    digests: Option<Hasher>,
    buf: Vec<u8>,
}

impl Walk {
    /// Starts at the first batch of a segment.
    pub(crate) fn start(
        storage: &dyn ReadStorage,
        meta: &Arc<SegmentMeta>,
        keys: &Arc<Keys>,
    ) -> Result<Walk, JournalError> {
        let file = storage.open_read(&meta.name).map_err(JournalError::io("open", &meta.name))?;
        let header = &meta.header;
        let mut digests = Hasher::new();
        digests.update(meta.digest.as_bytes());
        Ok(Walk {
            state: State {
                position: header.base_position,
                hash: header.base_hash,
                time_ns: header.base_time_ns,
                commit_ns: header.created_ns,
                epoch: header.epoch,
            },
            offset: SECTOR_U64,
            durable_off: SECTOR_U64,
            entries: 0,
            file: Arc::from(file),
            keys: Arc::clone(keys),
            digests: Some(digests),
            buf: Vec::new(),
            meta: Arc::clone(meta),
        })
    }

    /// Moves to a batch whose header is known, and trusts that header for the chain before it.
    pub(crate) fn jump(&mut self, offset: u64, first_position: u64, prev_hash: Hash) {
        if offset != self.offset {
            self.offset = offset;
            self.state.position = first_position;
            self.state.hash = prev_hash;
            self.state.time_ns = self.meta.header.base_time_ns;
            self.digests = None;
        }
    }

    /// Moves to where a walk through this segment stood before.
    pub(crate) fn resume(&mut self, offset: u64, state: State) {
        self.jump(offset, state.position, state.hash);
        self.state = state;
    }

    /// Verifies what stands at the offset.
    ///
    /// # Errors
    ///
    /// Only when the storage fails.
    pub(crate) fn step(&mut self) -> Result<Step, JournalError> {
        let size = self.meta.header.segment_size;
        if self.offset + SECTOR_U64 > size {
            return Ok(Step::Nothing);
        }
        self.buf.resize(SECTOR, 0);
        if !self.read_at(0)? {
            return Ok(Step::Broken(self.damage(DamageClass::FileLength, "the file ends here")));
        }
        if is_zero(&self.buf) {
            return Ok(Step::Nothing);
        }
        let salt = &self.meta.header.salt;
        if let Some(found) = Seal::decode(salt, &self.meta.batch_key, &self.buf) {
            return Ok(self.check_seal(&found));
        }
        let Some(header) = BatchHeader::decode_intact(salt, &self.buf) else {
            return Ok(Step::Broken(self.damage(DamageClass::Batch, "no batch header verifies here")));
        };
        if let Err(detail) = self.check_shape(&header) {
            return Ok(Step::Misfit(self.damage(DamageClass::Chain, detail)));
        }
        self.buf.resize(to_usize(u64::from(header.batch_len)), 0);
        if !self.read_at(SECTOR)? {
            return Ok(Step::Broken(self.damage(DamageClass::FileLength, "the file ends inside a batch")));
        }
        let end = self.buf.len() - batch::TRAILER_LEN;
        let digest: [u8; 32] = array_at(&self.buf, end);
        if keyed_digest(&self.meta.batch_key, &self.buf[..end]).as_bytes() != &digest {
            return Ok(Step::Broken(self.damage(DamageClass::Batch, "the batch's digest does not match")));
        }
        match self.check_chain(&header) {
            Err(damage) => Ok(Step::Misfit(*damage)),
            Ok(state) => {
                self.state = state;
                self.entries += u64::from(header.entry_count);
                self.offset += u64::from(header.batch_len);
                self.durable_off = header.durable_off;
                if let Some(digests) = &mut self.digests {
                    digests.update(&digest);
                }
                Ok(Step::Batch(header))
            }
        }
    }

    /// The bytes of the entries in the batch that [`Walk::step`] has just gone past.
    pub(crate) fn body(&self, header: &BatchHeader) -> &[u8] {
        &self.buf[batch::HEADER_LEN..batch::HEADER_LEN + to_usize(u64::from(header.body_len))]
    }

    /// The bytes that the last [`Walk::step`] verified: a batch.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buf
    }

    /// What vouches that all bytes below some offset are synced, at a place beyond the walk's offset:
    /// that offset, if an intact batch header or a seal stands at `offset`.
    pub(crate) fn durable_at(&self, offset: u64) -> Result<Option<u64>, JournalError> {
        let mut sector = [0; SECTOR];
        if offset + SECTOR_U64 > self.meta.header.segment_size || !self.read(&mut sector, offset)? {
            return Ok(None);
        }
        let salt = &self.meta.header.salt;
        if let Some(header) = BatchHeader::decode_intact(salt, &sector) {
            // A header that lies elsewhere than it says proves nothing about this place.
            return Ok((header.offset == offset).then_some(header.durable_off));
        }
        let seal = Seal::decode(salt, &self.meta.batch_key, &sector);
        Ok(seal.filter(|seal| seal.used == offset).map(|seal| seal.used))
    }

    /// The header of the batch at `offset`, if an intact one says that it stands there.
    pub(crate) fn header_at(&self, offset: u64) -> Result<Option<BatchHeader>, JournalError> {
        let mut bytes = [0; batch::HEADER_LEN];
        if offset + SECTOR_U64 > self.meta.header.segment_size || !self.read(&mut bytes, offset)? {
            return Ok(None);
        }
        let header = BatchHeader::decode_intact(&self.meta.header.salt, &bytes);
        Ok(header.filter(|header| header.offset == offset && self.check_shape_at(header, offset).is_ok()))
    }

    /// The digest that ends right before `offset`: of a batch, or of the segment's header.
    pub(crate) fn digest_before(&self, offset: u64) -> Result<Option<Hash>, JournalError> {
        let mut bytes = [0; batch::TRAILER_LEN];
        let is_there = self.read(&mut bytes, offset - to_u64(batch::TRAILER_LEN))?;
        Ok(is_there.then(|| Hash::from_bytes(bytes)))
    }

    /// Reads `buf.len()` bytes at `offset`; `false` when the file ends before.
    pub(crate) fn read(&self, buf: &mut [u8], offset: u64) -> Result<bool, JournalError> {
        match self.file.read_exact_at(buf, offset) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(JournalError::io("read", &self.meta.name)(error)),
        }
    }

    /// The first sector from `offset` on that is not zero.
    pub(crate) fn nonzero_from(&self, mut offset: u64) -> Result<Option<u64>, JournalError> {
        let size = self.meta.header.segment_size;
        let mut piece = vec![0; PIECE];
        while offset < size {
            let len = to_usize((size - offset).min(to_u64(PIECE)));
            // A file that is too short has been reported when its header was read.
            if !self.read(&mut piece[..len], offset)? {
                return Ok(None);
            }
            let found = piece[..len].chunks(SECTOR).position(|sector| !is_zero(sector));
            if let Some(at) = found {
                return Ok(Some(offset + to_u64(at * SECTOR)));
            }
            offset += to_u64(len);
        }
        Ok(None)
    }

    /// The keys of the ledger.
    pub(crate) fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// The running digest of the segment, for the writer that continues it.
    pub(crate) fn digests(&self) -> Option<&Hasher> {
        self.digests.as_ref()
    }

    /// Damage at the walk's offset.
    pub(crate) fn damage(&self, class: DamageClass, detail: impl Into<String>) -> Damage {
        Damage::new(class, &self.meta.name, self.offset, detail).at_position(self.state.position)
    }

    fn read_at(&mut self, skip: usize) -> Result<bool, JournalError> {
        let mut buf = std::mem::take(&mut self.buf);
        let offset = self.offset + to_u64(skip);
        let whole = if skip < buf.len() { self.read(&mut buf[skip..], offset) } else { Ok(true) };
        self.buf = buf;
        whole
    }

    fn check_shape(&self, header: &BatchHeader) -> Result<(), &'static str> {
        if !batch::reserved_is_zero(&self.buf) {
            return Err("an unused field of the batch header is not zero");
        }
        self.check_shape_at(header, self.offset)
    }

    /// Everything that can be said of a header without the rest of its batch.
    fn check_shape_at(&self, header: &BatchHeader, offset: u64) -> Result<(), &'static str> {
        let size = self.meta.header.segment_size;
        let len = u64::from(header.batch_len);
        if header.offset != offset {
            return Err("the batch was written for another offset");
        }
        // The last sector belongs to the seal.
        if len > in_flight_max(size) || offset + len + SECTOR_U64 > size {
            return Err("the batch is longer than a batch can be");
        }
        if header.entry_count == 0 || to_u64(batch::batch_len(to_usize(u64::from(header.body_len)))) != len {
            return Err("the lengths in the batch header do not agree");
        }
        if header.durable_off < SECTOR_U64 || header.durable_off > offset {
            return Err("the durability watermark is not below the batch");
        }
        Ok(())
    }

    fn check_chain(&self, header: &BatchHeader) -> Result<State, Box<Damage>> {
        let misfit = |detail: &str| Box::new(self.damage(DamageClass::Chain, detail));
        let mut state = self.state;
        if header.first_position != state.position {
            return Err(misfit("the batch does not continue at this position"));
        }
        if header.prev_hash != state.hash {
            return Err(misfit("the batch does not continue from the entry before it"));
        }
        if header.epoch < state.epoch {
            return Err(misfit("the batch is from an older epoch"));
        }
        if header.commit_ns <= state.commit_ns {
            return Err(misfit("the commit time does not increase"));
        }
        state.commit_ns = header.commit_ns;
        state.epoch = header.epoch;

        let mut rest = self.body(header);
        let body_len = rest.len();
        for _ in 0..header.entry_count {
            let at = self.offset + to_u64(batch::HEADER_LEN + body_len - rest.len());
            let fault = |class, detail: &str| {
                let damage = Damage::new(class, &self.meta.name, at, detail);
                Box::new(damage.at_position(state.position))
            };
            let entry;
            (entry, rest) = RawEntry::split(rest).map_err(|detail| fault(DamageClass::Entry, detail))?;
            if entry.header.position != state.position || entry.header.epoch != header.epoch {
                return Err(fault(DamageClass::Chain, "the entry's position or epoch is out of order"));
            }
            if entry.header.time_ns <= state.time_ns && state.position > 0 {
                return Err(fault(DamageClass::Chain, "the entry's time does not increase"));
            }
            if entry_hash(&self.keys, state.hash, entry.body) != entry.hash {
                return Err(fault(DamageClass::Entry, "the entry's hash does not match"));
            }
            self.check_own_kind(&entry).map_err(|detail| fault(DamageClass::Entry, detail))?;
            state.position = match state.position.checked_add(1) {
                Some(position) => position,
                None => return Err(fault(DamageClass::Chain, "positions have run out")),
            };
            state.hash = entry.hash;
            state.time_ns = entry.header.time_ns;
        }
        if !rest.is_empty() {
            return Err(misfit("bytes follow the last entry of the batch"));
        }
        let padding = batch::HEADER_LEN + body_len..self.buf.len() - batch::TRAILER_LEN;
        if !is_zero(&self.buf[padding]) {
            return Err(misfit("the batch's padding is not zero"));
        }
        Ok(state)
    }

    fn check_own_kind(&self, entry: &RawEntry<'_>) -> Result<(), &'static str> {
        let kind = entry.header.kind;
        if (entry.header.position == 0) != (kind == KIND_GENESIS) {
            return Err("the genesis entry is not the first entry");
        }
        let known = match kind {
            KIND_GENESIS => Genesis::from_bytes(entry.payload()).is_some_and(|genesis| {
                genesis.ledger_id == self.meta.header.ledger_id
                    && genesis.segment_size == self.meta.header.segment_size
            }),
            KIND_RECOVERY => RecoveryRecord::from_bytes(entry.payload()).is_some(),
            KIND_SNAPSHOT => SnapshotMark::from_bytes(entry.payload()).is_some(),
            KIND_CHECKPOINT => true,
            kind => kind >= crate::KIND_FIRST_FREE,
        };
        if known { Ok(()) } else { Err("the payload is not one that this kind of entry has") }
    }

    fn check_seal(&self, found: &Seal) -> Step {
        let meta = &self.meta;
        let fits = found.segno == meta.header.segno
            && found.epoch >= self.state.epoch
            && found.used == self.offset
            && found.first_position == meta.header.base_position
            && found.last_position.checked_add(1) == Some(self.state.position)
            && found.entry_count == self.state.position - meta.header.base_position
            && found.head == self.state.hash
            && self.digests.as_ref().is_none_or(|digests| digests.finalize() == found.segment_digest);
        if fits {
            Step::Seal { digest: seal::digest(&self.buf) }
        } else {
            Step::Misfit(self.damage(DamageClass::Seal, "the seal contradicts the segment"))
        }
    }
}
