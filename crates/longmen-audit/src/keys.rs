//! Which idempotency keys were used more than once, at 24 bytes a key, and what runs must say: of keys, and at 16 bytes
//! a pair of metadata.

use std::hash::{BuildHasher, RandomState};

use longmen_core::{Entry, Key, Value};
use longmen_journal::{JournalError, KeyRun, LedgerId, MetaRun, ReadStorage, Run, RunRow};
use siphasher::sip::SipHasher13;

/// Every key of the journal as a 128-bit fingerprint, with its position.
///
/// Two equal keys always have equal fingerprints, so no repeat is overlooked. Two different keys share one with a
/// chance of about 10^-23 over a hundred million keys, and nobody can choose them to, because the second half is keyed
/// anew in every run. The first half is the hash that key runs hold, worked out here a second time.
#[derive(Debug)]
pub(crate) struct Keys {
    of_runs: SipHasher13,
    of_this_run: RandomState,
    /// In the order of their positions.
    seen: Vec<Seen>,
    /// The pairs of metadata, in the order of their positions.
    pairs: Vec<RunRow>,
}

/// Words where a run says something else than the entries.
pub(crate) type Verdict = Result<(), String>;

/// The two halves of a key's fingerprint.
pub(crate) type Fingerprint = [u64; 2];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Seen {
    key: Fingerprint,
    position: u64,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            of_runs: SipHasher13::new(),
            of_this_run: RandomState::new(),
            seen: Vec::new(),
            pairs: Vec::new(),
        }
    }
}

impl Keys {
    /// Before the first key: whose keys they are, which is what the hash in key runs is keyed with.
    pub(crate) fn of(&mut self, ledger_id: LedgerId) {
        self.of_runs = SipHasher13::new_with_key(ledger_id.as_bytes());
    }

    /// Makes room for the keys of so many entries at once: growing would copy them and take half as much again.
    pub(crate) fn expect(&mut self, entries: u64) {
        self.seen.reserve_exact(usize::try_from(entries).unwrap_or(0));
    }

    pub(crate) fn fingerprint(&self, key: &Key) -> Fingerprint {
        [self.of_runs.hash(key.as_str().as_bytes()), self.of_this_run.hash_one(key)]
    }

    /// The fingerprint of a name that has two parts.
    pub(crate) fn fingerprint_of_two(&self, one: &Key, other: &Key) -> Fingerprint {
        let bytes = [one.as_bytes(), other.as_bytes()].join(&0);
        [self.of_runs.hash(&bytes), self.of_this_run.hash_one(&bytes)]
    }

    pub(crate) fn note(&mut self, position: u64, key: &Key) {
        self.seen.push(Seen { key: self.fingerprint(key), position });
    }

    /// The pairs of the entry at `position`.
    pub(crate) fn note_pairs(&mut self, position: u64, entry: &Entry) {
        for (key, value) in entry.meta().map_or(&[][..], |meta| meta.pairs()) {
            let hash = self.of_runs.hash(&bytes_of(key.as_bytes(), value));
            self.pairs.push(RunRow { hash, position });
        }
    }

    /// How many keys were noted.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.seen.len()).unwrap_or(u64::MAX)
    }

    /// What a key run says, beside the keys that were noted at its positions; words where it says something else.
    pub(crate) fn judge(
        &self,
        storage: &dyn ReadStorage,
        ledger_id: LedgerId,
        run: &KeyRun,
    ) -> Result<Verdict, JournalError> {
        let seen = within(&self.seen, run, |seen| seen.position);
        let row = |seen: &Seen| RunRow { hash: seen.key[0], position: seen.position };
        compare(storage, ledger_id, run, seen.iter().map(row).collect(), "keys")
    }

    /// The same of a meta run.
    pub(crate) fn judge_pairs(
        &self,
        storage: &dyn ReadStorage,
        ledger_id: LedgerId,
        run: &MetaRun,
    ) -> Result<Verdict, JournalError> {
        let rows = within(&self.pairs, run, |row| row.position).to_vec();
        compare(storage, ledger_id, run, rows, "metadata")
    }

    /// Every entry whose key was used before: (the earlier position, the later one).
    pub(crate) fn repeats(mut self) -> Vec<(u64, u64)> {
        self.seen.sort_unstable();
        let pairs = self.seen.iter().zip(self.seen.iter().skip(1));
        let equal = pairs.filter(|(earlier, later)| earlier.key == later.key);
        equal.map(|(earlier, later)| (earlier.position, later.position)).collect()
    }
}

/// The bytes of a pair as an entry has them, `docs/format/entries-v1.md`.
fn bytes_of(key: &[u8], value: &Value) -> Vec<u8> {
    let len = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    let mut bytes = vec![len(key)];
    bytes.extend_from_slice(key);
    match value {
        Value::Text(text) => {
            bytes.extend([0, len(text.as_bytes())]);
            bytes.extend_from_slice(text.as_bytes());
        }
        Value::Int(number) => {
            bytes.push(1);
            bytes.extend(number.to_le_bytes());
        }
        Value::Bool(yes) => bytes.extend([2, u8::from(*yes)]),
        Value::Reference(reference) => {
            bytes.push(3);
            bytes.extend(reference.to_le_bytes());
        }
    }
    bytes
}

/// Those that stand at positions that the run covers, of all in the order of their positions.
fn within<'a, T, const META: bool>(all: &'a [T], run: &Run<META>, position: impl Fn(&T) -> u64) -> &'a [T] {
    let from = all.partition_point(|one| position(one) < run.from);
    let until = all.partition_point(|one| position(one) < run.until);
    all.get(from..until).unwrap_or_default()
}

/// Whether a run has these rows and no others.
fn compare<const META: bool>(
    storage: &dyn ReadStorage,
    ledger_id: LedgerId,
    run: &Run<META>,
    mut rows: Vec<RunRow>,
    what: &str,
) -> Result<Verdict, JournalError> {
    rows.sort_unstable();
    let (mut own, mut same) = (rows.iter(), true);
    let read = run.read(storage, ledger_id, &mut |listed| {
        same = same && listed.iter().all(|row| own.next() == Some(row));
    });
    match read {
        Ok(()) if same && own.next().is_none() => Ok(Ok(())),
        Ok(()) => Ok(Err(format!("lists other {what} than the entries have"))),
        Err(JournalError::Corrupt(damage)) => Ok(Err(damage.to_string())),
        Err(JournalError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(Err("is missing".to_owned()))
        }
        Err(error) => Err(error),
    }
}
