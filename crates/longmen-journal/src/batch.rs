//! Building a batch away from the appender, so that one thread can fill it while another makes the last one durable.

use crate::KIND_FIRST_FREE;
use crate::hash::{Hash, keyed_digest};
use crate::layout::batch::{BatchHeader, HEADER_LEN, TRAILER_LEN, batch_len};
use crate::layout::entry::{self, EntryHeader};
use crate::layout::{Keys, put, to_u64, to_usize, u32_at};
use crate::record::{KIND_SNAPSHOT, SCHEMA, SnapshotMark};

/// Entries on their way to the journal.
///
/// The buffers are kept over [`Batch::clear`], so that a batch in a loop allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The bytes as they go to disk; the header and the hashes are filled in when it is appended.
    bytes: Vec<u8>,
    /// Where the entries end; beyond it an append puts padding and the trailer.
    body_end: usize,
    entries: u32,
    first: Option<EntryHeader>,
    last: Option<EntryHeader>,
    fault: Option<&'static str>,
    hashes: Vec<Hash>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Adds an entry of a kind of the caller's own (16 or more).
    ///
    /// `position` continues from the appender's head, `time_ns` is later than that of the entry before, `epoch` is the
    /// appender's. `write_payload` appends the payload to the buffer it is given.
    /// A misfit is not reported here: [`Appender::append`](crate::Appender::append) refuses the batch.
    pub fn push(
        &mut self,
        kind: u16,
        schema: u16,
        position: u64,
        time_ns: u64,
        epoch: u32,
        write_payload: impl FnOnce(&mut Vec<u8>),
    ) {
        if kind < KIND_FIRST_FREE {
            self.fault = Some("kinds below 16 are the journal's own");
        }
        self.push_any(kind, schema, position, time_ns, epoch, write_payload);
    }

    /// Adds an entry that vouches for a snapshot.
    pub fn push_snapshot(&mut self, position: u64, time_ns: u64, epoch: u32, mark: &SnapshotMark) {
        self.push_any(KIND_SNAPSHOT, SCHEMA, position, time_ns, epoch, |out| {
            out.extend_from_slice(&mark.to_bytes());
        });
    }

    /// The batch's size on disk, in bytes: a multiple of 4096, or 0 when it is empty.
    pub fn len_bytes(&self) -> u64 {
        if self.entries == 0 { 0 } else { to_u64(batch_len(self.body_end - HEADER_LEN)) }
    }

    /// The size on disk, in bytes, that one more entry with so long a payload would make it.
    pub fn len_bytes_with(&self, payload_len: usize) -> u64 {
        let body = self.body_end.saturating_sub(HEADER_LEN);
        to_u64(batch_len(body + entry::record_len(payload_len)))
    }

    /// How many entries it holds.
    pub fn entry_count(&self) -> usize {
        to_usize(u64::from(self.entries))
    }

    /// Whether it holds no entry.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        let mut hashes = std::mem::take(&mut self.hashes);
        bytes.clear();
        hashes.clear();
        *self = Batch { bytes, hashes, ..Batch::default() };
    }

    /// The hashes of its entries in order, once it has been appended; empty before.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    pub(crate) fn push_any(
        &mut self,
        kind: u16,
        schema: u16,
        position: u64,
        time_ns: u64,
        epoch: u32,
        write_payload: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = self.body_end.max(HEADER_LEN);
        // A refused append left padding behind.
        self.bytes.truncate(start);
        self.bytes.resize(start + entry::HEADER_LEN, 0);
        write_payload(&mut self.bytes);
        let payload_len = self.bytes.len().saturating_sub(start + entry::HEADER_LEN);
        let Ok(len) = u32::try_from(payload_len) else {
            self.fault = Some("a payload is longer than 4 GiB");
            return;
        };
        let header = EntryHeader { payload_len: len, kind, schema, position, time_ns, epoch };
        if let Some(last) = self.last {
            if Some(position) != last.position.checked_add(1) {
                self.fault = Some("positions do not follow one another");
            } else if time_ns <= last.time_ns {
                self.fault = Some("times do not increase");
            } else if epoch != last.epoch {
                self.fault = Some("epochs differ");
            }
        }
        self.bytes.resize(start + entry::record_len(payload_len), 0);
        header.encode(&mut self.bytes[start..]);
        self.body_end = self.bytes.len();
        self.first.get_or_insert(header);
        self.last = Some(header);
        self.entries += 1;
    }

    /// The first and the last entry, or why the batch can never be appended.
    pub(crate) fn span(&self) -> Result<Option<(EntryHeader, EntryHeader)>, &'static str> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(self.first.zip(self.last)),
        }
    }

    /// Fills in header, hashes and digest; the bytes are then as they go to disk.
    /// The header's lengths and counts are set here, the rest of it comes from the caller.
    pub(crate) fn seal(&mut self, keys: &Keys, salt: &[u8; 16], batch_key: &[u8; 32], header: BatchHeader) {
        let body_len = self.body_end - HEADER_LEN;
        let total = batch_len(body_len);
        self.bytes.truncate(self.body_end);
        self.bytes.resize(total, 0);

        self.hashes.clear();
        self.hashes.reserve(self.entry_count());
        let mut prev = header.prev_hash;
        let mut at = HEADER_LEN;
        while at < self.body_end {
            let body_end = at + entry::body_len(to_usize(u64::from(u32_at(&self.bytes, at))));
            prev = entry::entry_hash(keys, prev, &self.bytes[at..body_end]);
            put(&mut self.bytes, body_end, prev.as_bytes());
            self.hashes.push(prev);
            at = body_end + 32;
        }

        let header = BatchHeader {
            batch_len: u32::try_from(total).expect("a batch is at most 1 MiB"),
            entry_count: self.entries,
            body_len: u32::try_from(body_len).expect("a batch is at most 1 MiB"),
            ..header
        };
        header.encode(salt, &mut self.bytes);
        let digest = keyed_digest(batch_key, &self.bytes[..total - TRAILER_LEN]);
        put(&mut self.bytes, total - TRAILER_LEN, digest.as_bytes());
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
