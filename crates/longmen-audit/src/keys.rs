//! Which idempotency keys were used more than once, at 32 bytes a key.

use std::hash::{BuildHasher, RandomState};

use longmen_core::KeyRow;
use longmen_core::{Digest, Key};

/// Every key of the journal as a keyed 128-bit fingerprint, with its position and the start of its command's digest.
///
/// Two equal keys always have equal fingerprints, so no repeat is overlooked. Two different keys share one with a
/// chance of about 10^-23 over a hundred million keys, and nobody can choose them to, because the fingerprints are
/// keyed anew in every run.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    hashers: [RandomState; 2],
    seen: Vec<Seen>,
}

/// The two halves of a key's fingerprint.
pub(crate) type Fingerprint = [u64; 2];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Seen {
    key: Fingerprint,
    position: u64,
    digest: u64,
}

impl Keys {
    /// Makes room for the keys of so many entries at once: growing would copy them and take half as much again.
    pub(crate) fn expect(&mut self, entries: u64) {
        self.seen.reserve_exact(usize::try_from(entries).unwrap_or(0));
    }

    pub(crate) fn fingerprint(&self, key: &Key) -> Fingerprint {
        let [one, other] = &self.hashers;
        [one.hash_one(key), other.hash_one(key)]
    }

    pub(crate) fn note(&mut self, position: u64, key: &Key, digest: &Digest) {
        self.seen.push(self.seen_at(position, key, digest));
    }

    /// How many keys were noted.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.seen.len()).unwrap_or(u64::MAX)
    }

    /// Whether a snapshot lists exactly the keys that were noted, in whatever order.
    pub(crate) fn are(&self, rows: &[KeyRow]) -> bool {
        let rows = rows.iter().map(|row| self.seen_at(row.prior.position, &row.key, &row.prior.digest));
        let (mut listed, mut noted): (Vec<Seen>, Vec<Seen>) = (rows.collect(), self.seen.clone());
        listed.sort_unstable();
        noted.sort_unstable();
        listed == noted
    }

    /// Every entry whose key was used before: (the earlier position, the later one).
    pub(crate) fn repeats(mut self) -> Vec<(u64, u64)> {
        self.seen.sort_unstable();
        let pairs = self.seen.iter().zip(self.seen.iter().skip(1));
        let equal = pairs.filter(|(earlier, later)| earlier.key == later.key);
        equal.map(|(earlier, later)| (earlier.position, later.position)).collect()
    }

    fn seen_at(&self, position: u64, key: &Key, digest: &Digest) -> Seen {
        let digest = digest.0.first_chunk().copied().map_or(0, u64::from_le_bytes);
        Seen { key: self.fingerprint(key), position, digest }
    }
}
