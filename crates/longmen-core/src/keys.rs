//! What is known of every idempotency key.

use alloc::vec::Vec;
use core::hash::BuildHasher;

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use crate::{Key, Prior};

/// One key and what is known of its command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyRow {
    /// The key.
    pub key: Key,
    /// What is known of its command.
    pub prior: Prior,
}

/// Every key that was ever used, in memory: 64 bytes a row, in the order of their entries, and 9 or more in a table.
///
/// The table keeps 32 bits of each key's hash, so that a key that is new, as almost every one is, touches no row.
///
/// ```
/// use longmen_core::{Digest, Key, Keys, Prior};
///
/// let mut keys = Keys::new(7);
/// let (key, prior) = (Key::new("top-up-1")?, Prior { digest: Digest::ZERO, position: 3, refused: false });
/// assert_eq!(keys.get(&key), None);
/// keys.insert(key, prior);
/// assert_eq!(keys.get(&key), Some(prior));
/// # Ok::<(), longmen_core::Refusal>(())
/// ```
#[derive(Clone, Debug)]
pub struct Keys {
    rows: Vec<KeyRow>,
    by_hash: HashTable<Slot>,
    hasher: FixedState,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    row: u32,
}

impl Keys {
    /// No keys. Keys come from outside, so the seed should not be known there: with it, keys could be made that all
    /// fall into one place and are slow to find.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { rows: Vec::new(), by_hash: HashTable::new(), hasher: FixedState::with_seed(seed) }
    }

    /// What is known of the command with this key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Prior> {
        let hash = self.hash(key);
        let same = |slot: &Slot| slot.hash == hash && self.row(*slot).is_some_and(|row| row.key == *key);
        let slot = self.by_hash.find(spread(hash), same)?;
        self.row(*slot).map(|row| row.prior)
    }

    /// Remembers a key that was not known. There is room for 4,294,967,295 of them.
    pub fn insert(&mut self, key: Key, prior: Prior) {
        let Ok(row) = u32::try_from(self.rows.len()) else { return };
        let slot = Slot { hash: self.hash(&key), row };
        self.rows.push(KeyRow { key, prior });
        self.by_hash.insert_unique(spread(slot.hash), slot, |slot| spread(slot.hash));
    }

    /// Every key, in the order in which they were remembered.
    #[must_use]
    pub fn rows(&self) -> &[KeyRow] {
        &self.rows
    }

    fn row(&self, slot: Slot) -> Option<&KeyRow> {
        self.rows.get(usize::try_from(slot.row).ok()?)
    }

    /// The half of the key's hash that the table keeps.
    fn hash(&self, key: &Key) -> u32 {
        let [a, b, c, d, ..] = self.hasher.hash_one(key).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }
}

/// Spreads the kept half over 64 bits, of which the table uses the lowest and the highest.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::Digest;
    use std::format;

    #[test]
    fn every_key_is_found_again_and_no_other() {
        let key = |n: u64| Key::new(&format!("key-{n}")).unwrap();
        let prior = |n: u64| Prior { digest: Digest::ZERO, position: n, refused: false };
        let mut keys = Keys::new(1);
        for n in 0..20_000 {
            assert_eq!(keys.get(&key(n)), None);
            keys.insert(key(n), prior(n));
        }
        for n in 0..20_000 {
            assert_eq!(keys.get(&key(n)), Some(prior(n)));
        }
        assert_eq!(keys.get(&key(20_000)), None);
        assert!(keys.rows().iter().map(|row| row.prior.position).eq(0..20_000));
    }

    #[test]
    fn keys_whose_kept_hashes_are_the_same_are_told_apart() {
        let key = |n: u64| Key::new(&format!("key-{n}")).unwrap();
        let mut keys = Keys::new(1);
        let hash = keys.hash(&key(0));
        // Another key under the same kept hash, as one in four billion pairs has it.
        keys.rows
            .push(KeyRow { key: key(1), prior: Prior { digest: Digest::ZERO, position: 1, refused: false } });
        keys.by_hash.insert_unique(spread(hash), Slot { hash, row: 0 }, |slot| spread(slot.hash));
        assert_eq!(keys.get(&key(0)), None);
        keys.insert(key(0), Prior { digest: Digest::ZERO, position: 2, refused: false });
        assert_eq!(keys.get(&key(0)).map(|prior| prior.position), Some(2));
    }
}
