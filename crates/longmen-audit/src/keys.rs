//! Which idempotency keys were used more than once, at 24 bytes a key, and what the key runs must say.

use std::hash::{BuildHasher, RandomState};

use longmen_core::{Digest, Key};
use longmen_journal::{JournalError, KeyRow, KeyRun, LedgerId, ReadStorage};
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
}

/// The two halves of a key's fingerprint.
pub(crate) type Fingerprint = [u64; 2];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Seen {
    key: Fingerprint,
    position: u64,
}

impl Default for Keys {
    fn default() -> Self {
        Self { of_runs: SipHasher13::new(), of_this_run: RandomState::new(), seen: Vec::new() }
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

    // The digest is no part of a key run, and so not of what is noted; the caller need not know.
    pub(crate) fn note(&mut self, position: u64, key: &Key, _: &Digest) {
        self.seen.push(Seen { key: self.fingerprint(key), position });
    }

    /// How many keys were noted.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.seen.len()).unwrap_or(u64::MAX)
    }

    /// What a run says, beside the keys that were noted at its positions; words where it says something else.
    pub(crate) fn judge(
        &self,
        storage: &dyn ReadStorage,
        ledger_id: LedgerId,
        run: &KeyRun,
    ) -> Result<Result<(), String>, JournalError> {
        let from = self.seen.partition_point(|seen| seen.position < run.from);
        let until = self.seen.partition_point(|seen| seen.position < run.until).max(from);
        let row = |seen: &Seen| KeyRow { hash: seen.key[0], position: seen.position };
        let mut rows: Vec<KeyRow> = self.seen[from..until].iter().map(row).collect();
        rows.sort_unstable();
        let (mut own, mut same) = (rows.iter(), true);
        let read = run.read(storage, ledger_id, &mut |listed| {
            same = same && listed.iter().all(|row| own.next() == Some(row));
        });
        match read {
            Ok(()) if same && own.next().is_none() => Ok(Ok(())),
            Ok(()) => Ok(Err("lists other keys than the entries have".to_owned())),
            Err(JournalError::Corrupt(damage)) => Ok(Err(damage.to_string())),
            Err(JournalError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                Ok(Err("is missing".to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    /// Every entry whose key was used before: (the earlier position, the later one).
    pub(crate) fn repeats(mut self) -> Vec<(u64, u64)> {
        self.seen.sort_unstable();
        let pairs = self.seen.iter().zip(self.seen.iter().skip(1));
        let equal = pairs.filter(|(earlier, later)| earlier.key == later.key);
        equal.map(|(earlier, later)| (earlier.position, later.position)).collect()
    }
}
