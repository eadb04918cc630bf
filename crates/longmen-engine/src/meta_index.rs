//! Which entries have a pair of metadata: what meta runs hold, and in memory the rows since the last of them.
//!
//! As the index of keys it holds hashes and positions, and whoever finds one reads the entry there and compares it.

use std::hash::Hasher;
use std::sync::Arc;

use longmen_core::{MetaKey, Value};
use longmen_journal::{LedgerId, MetaRun, RunRow};
use longmen_wallet::Entry;
use siphasher::sip::SipHasher13;

/// So many rows are sorted at once, which a search then halves its way through.
const CHUNK: usize = 4_096;

/// The hash of pairs: the same on every machine and for ever, because meta runs hold it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MetaHasher(SipHasher13);

impl MetaHasher {
    pub(crate) fn new(ledger_id: LedgerId) -> Self {
        Self(SipHasher13::new_with_key(ledger_id.as_bytes()))
    }

    /// The hash of a pair's bytes as an entry has them: length of the key, key, type, value.
    pub(crate) fn hash(&self, key: &MetaKey, value: &Value) -> u64 {
        // Two pairs with equal hashes cannot be found by trying, so these have them in tests.
        #[cfg(test)]
        if key.as_str().starts_with("twin.") {
            return self.0.hash(b"twin.");
        }
        let mut hasher = self.0;
        hasher.write(&[short(key.as_bytes())]);
        hasher.write(key.as_bytes());
        match value {
            Value::Text(text) => {
                hasher.write(&[0, short(text.as_bytes())]);
                hasher.write(text.as_bytes());
            }
            Value::Int(number) => {
                hasher.write(&[1]);
                hasher.write(&number.to_le_bytes());
            }
            Value::Bool(yes) => hasher.write(&[2, u8::from(*yes)]),
            Value::Reference(reference) => {
                hasher.write(&[3]);
                hasher.write(&reference.to_le_bytes());
            }
        }
        hasher.finish()
    }

    /// The rows of an entry: one for each pair.
    pub(crate) fn rows<'a>(&'a self, position: u64, entry: &'a Entry) -> impl Iterator<Item = RunRow> + 'a {
        let pairs = entry.meta().map_or(&[][..], |meta| meta.pairs());
        pairs.iter().map(move |(key, value)| RunRow { hash: self.hash(key, value), position })
    }
}

/// The length of a key or of a text, which is short.
fn short(bytes: &[u8]) -> u8 {
    u8::try_from(bytes.len()).unwrap_or(u8::MAX)
}

/// Rows in the order of their hashes, and the last of their positions.
#[derive(Debug)]
pub(crate) struct Chunk {
    rows: Box<[RunRow]>,
    last: u64,
}

/// Rows of entries that no run in use covers, in the order of their positions.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    chunks: Vec<Chunk>,
    /// Fewer than a chunk, as they came.
    open: Vec<RunRow>,
}

impl Tail {
    pub(crate) fn push(&mut self, row: RunRow) {
        self.open.push(row);
        if self.open.len() == CHUNK {
            let mut rows = std::mem::take(&mut self.open).into_boxed_slice();
            rows.sort_unstable();
            self.chunks.push(Chunk { rows, last: row.position });
        }
    }

    /// The positions from `from` on of the rows with this hash, in order.
    fn positions(&self, hash: u64, from: u64) -> Vec<u64> {
        let wanted = RunRow { hash, position: from };
        let in_chunks = self.chunks.iter().flat_map(|chunk| {
            let at = chunk.rows.partition_point(|row| *row < wanted);
            chunk.rows.iter().skip(at).take_while(|row| row.hash == hash)
        });
        let in_open = self.open.iter().filter(|row| row.hash == hash && row.position >= from);
        in_chunks.chain(in_open).map(|row| row.position).collect()
    }

    /// Takes away the chunks of which every row is before `position`, as a whole.
    fn take_before(&mut self, position: u64) -> Vec<Chunk> {
        let count = self.chunks.partition_point(|chunk| chunk.last < position);
        let gone = self.chunks.drain(..count).collect();
        if self.chunks.is_empty() {
            self.open.retain(|row| row.position >= position);
        }
        gone
    }
}

/// Where every pair stands: in the runs before a position, in memory from there on.
#[derive(Debug)]
pub(crate) struct MetaIndex {
    hasher: MetaHasher,
    runs: Arc<[MetaRun]>,
    /// The runs cover every entry before this position.
    covered: u64,
    tail: Tail,
}

/// Where a pair may stand.
pub(crate) struct Places {
    pub(crate) hash: u64,
    pub(crate) runs: Arc<[MetaRun]>,
    /// Those that are in no run.
    pub(crate) positions: Vec<u64>,
}

impl MetaIndex {
    /// Runs that cover every entry before `covered` and were found whole, and the rows of those from there on.
    pub(crate) fn new(hasher: MetaHasher, runs: &[MetaRun], covered: u64, tail: Tail) -> Self {
        Self { hasher, runs: runs.into(), covered, tail }
    }

    pub(crate) fn hasher(&self) -> MetaHasher {
        self.hasher
    }

    pub(crate) fn push(&mut self, row: RunRow) {
        self.tail.push(row);
    }

    pub(crate) fn places(&self, key: &MetaKey, value: &Value) -> Places {
        let hash = self.hasher.hash(key, value);
        Places { hash, runs: Arc::clone(&self.runs), positions: self.tail.positions(hash, self.covered) }
    }

    /// From now on these runs, which cover every entry before `covered`, take the place of those before and of rows
    /// in memory, which are given back so that the caller may free them where nobody waits.
    pub(crate) fn cover(&mut self, runs: &[MetaRun], covered: u64) -> Vec<Chunk> {
        if covered < self.covered {
            // What lies between is in memory no more.
            return Vec::new();
        }
        (self.runs, self.covered) = (runs.into(), covered);
        self.tail.take_before(covered)
    }

    /// How many rows are in memory.
    #[cfg(test)]
    pub(crate) fn in_memory(&self) -> usize {
        self.tail.chunks.iter().map(|chunk| chunk.rows.len()).sum::<usize>() + self.tail.open.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_a_run_covers_are_given_back_and_no_others_are_missed() {
        let hasher = MetaHasher::new(LedgerId::from_bytes([7; 16]));
        let mut index = MetaIndex::new(hasher, &[], 0, Tail::default());
        let (key, value) = (MetaKey::new("order").unwrap(), Value::Int(7));
        let hash = hasher.hash(&key, &value);
        let count = u64::try_from(3 * CHUNK + 5).unwrap();
        for position in 0..count {
            index.push(RunRow { hash: if position.is_multiple_of(2) { hash } else { position }, position });
        }
        let even = |from: u64| Vec::from_iter((from..count).filter(|position| position.is_multiple_of(2)));
        assert_eq!(index.places(&key, &value).positions, even(0));
        // In the middle of the second chunk, so only the first goes.
        let covered = u64::try_from(CHUNK + 2_000).unwrap();
        assert_eq!(index.cover(&[], covered).len(), 1);
        assert_eq!((index.in_memory(), index.places(&key, &value).positions), (2 * CHUNK + 5, even(covered)));
        drop(index.cover(&[], count - 2));
        // An older one does not bring back what is gone.
        assert!(index.cover(&[], covered).is_empty());
        assert_eq!((index.in_memory(), index.places(&key, &value).positions), (2, even(count - 2)));
    }
}
