//! Where the entry of every idempotency key stands, in 11 to 23 bytes a key.
//!
//! The index holds no keys: the journal has them. It holds 44 bits of each key's hash and the position of its entry.
//! Whoever finds equal bits reads the entry there and compares the key, so the answer is exact.

use hashbrown::HashTable;
use longmen_core::Key;
use longmen_journal::LedgerId;
use siphasher::sip::SipHasher13;

use crate::Error;

/// Positions from here on have no room in a slot.
pub(crate) const POSITIONS_MAX: u64 = 1 << 40;

/// A shard grows by itself, so that no growth is long and only one shard is ever there twice.
const SHARD_BITS: u32 = 12;

/// Bytes of a hash that a slot keeps, and those of a position.
const KEPT: usize = 4;
const POSITION: usize = 5;

/// The hash of keys: the same on every machine and for ever, because key runs hold it.
///
/// It is keyed by the ledger's id, which callers need not know: with it, keys could be made that fall into one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyHasher(SipHasher13);

impl KeyHasher {
    pub(crate) fn new(ledger_id: LedgerId) -> Self {
        Self(SipHasher13::new_with_key(ledger_id.as_bytes()))
    }

    pub(crate) fn hash(&self, key: &Key) -> u64 {
        self.0.hash(key.as_str().as_bytes())
    }
}

/// The positions of the entries of all keys, by the keys' hashes.
#[derive(Clone, Debug)]
pub(crate) struct KeyIndex {
    shards: Vec<HashTable<Slot>>,
}

/// Bits of a key's hash and the position of its entry. Bytes, because a number of 64 bits would be padded to 16 bytes.
#[derive(Clone, Copy, Debug)]
struct Slot {
    kept: [u8; KEPT],
    position: [u8; POSITION],
}

impl Slot {
    fn position(self) -> u64 {
        let [a, b, c, d, e] = self.position;
        u64::from_le_bytes([a, b, c, d, e, 0, 0, 0])
    }
}

impl KeyIndex {
    pub(crate) fn new() -> Self {
        Self { shards: vec![HashTable::new(); 1 << SHARD_BITS] }
    }

    /// Makes room for so many keys, so that no shard grows while they come.
    pub(crate) fn reserve(&mut self, keys: u64) {
        let each = usize::try_from(keys >> SHARD_BITS).unwrap_or(0);
        self.shards.iter_mut().for_each(|shard| shard.reserve(each, |slot| spread(slot.kept)));
    }

    /// The positions whose keys have hashes that look like this one: mostly none for a key that is new, and the one
    /// of its entry for a key that is known.
    pub(crate) fn positions(&self, hash: u64) -> impl Iterator<Item = u64> {
        let (shard, kept) = split(hash);
        let slots = self.shards.get(shard).into_iter().flat_map(move |shard| shard.iter_hash(spread(kept)));
        slots.filter(move |slot| slot.kept == kept).map(|slot| slot.position())
    }

    /// Remembers where the entry of a key with this hash stands.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] for a position that a slot has no room for.
    pub(crate) fn insert(&mut self, hash: u64, position: u64) -> Result<(), Error> {
        let (shard, kept) = split(hash);
        let [a, b, c, d, e, 0, 0, 0] = position.to_le_bytes() else { return Err(Error::Full) };
        let slot = Slot { kept, position: [a, b, c, d, e] };
        if let Some(shard) = self.shards.get_mut(shard) {
            shard.insert_unique(spread(kept), slot, |slot| spread(slot.kept));
        }
        Ok(())
    }

    /// Whether the index takes two hashes for the same.
    pub(crate) fn same(one: u64, other: u64) -> bool {
        split(one) == split(other)
    }
}

/// The shard of a hash, from its highest bits, and what a slot keeps, from the bits below.
fn split(hash: u64) -> (usize, [u8; KEPT]) {
    let shard = usize::try_from(hash >> (u64::BITS - SHARD_BITS)).unwrap_or(0);
    let [a, b, c, d, ..] = (hash << SHARD_BITS).to_be_bytes();
    (shard, [a, b, c, d])
}

/// Spreads what a slot keeps over 64 bits, of which the table uses the lowest for the place and the highest seven.
fn spread(kept: [u8; KEPT]) -> u64 {
    let kept = u64::from(u32::from_be_bytes(kept));
    kept << 32 | kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(index: &KeyIndex, hash: u64) -> Vec<u64> {
        index.positions(hash).collect()
    }

    fn bytes(index: &KeyIndex) -> usize {
        index.shards.iter().map(|shard| shard.allocation_size() + size_of::<HashTable<Slot>>()).sum()
    }

    /// Hashes as good as random ones, without repeats.
    fn hash(n: u64) -> u64 {
        let n = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ n >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ n >> 31
    }

    #[test]
    fn every_key_is_found_again_and_no_other_while_the_index_grows() {
        let mut index = KeyIndex::new();
        for n in 0..1_000_000 {
            assert!(!positions(&index, hash(n)).contains(&n));
            index.insert(hash(n), n).unwrap();
        }
        let mut others = 0;
        for n in 0..1_000_000 {
            let found = positions(&index, hash(n));
            assert!(found.contains(&n), "{n}");
            others += found.len() - 1 + positions(&index, hash(1_000_000 + n)).len();
        }
        // Of a million, two in 2^44 are equal with a chance of one in twenty-five.
        assert!(others < 4, "{others}");
    }

    #[test]
    fn hashes_that_look_alike_are_all_given() {
        let mut index = KeyIndex::new();
        // The lowest 20 bits are not kept.
        for n in 0..100 {
            index.insert(0xabc1_2345_678f_0000 | n, n).unwrap();
        }
        index.insert(0xabc1_2345_679f_0000, 100).unwrap();
        let mut found = positions(&index, 0xabc1_2345_678f_ffff);
        found.sort_unstable();
        assert_eq!(found, Vec::from_iter(0..100));
        assert_eq!(positions(&index, 0xabc1_2345_6790_0000), [100]);
        assert!(KeyIndex::same(0xabc1_2345_678f_ffff, 0xabc1_2345_6780_0000));
        assert!(!KeyIndex::same(0xabc1_2345_678f_ffff, 0xabc1_2345_6790_0000));
    }

    #[test]
    fn a_position_that_has_no_room_is_refused_and_never_cut_short() {
        let mut index = KeyIndex::new();
        index.insert(7, POSITIONS_MAX - 1).unwrap();
        assert_eq!(positions(&index, 7), [POSITIONS_MAX - 1]);
        for position in [POSITIONS_MAX, POSITIONS_MAX + 1, u64::MAX] {
            assert!(matches!(index.insert(7, position), Err(Error::Full)), "{position}");
        }
        assert_eq!(positions(&index, 7), [POSITIONS_MAX - 1]);
    }

    #[test]
    fn the_hash_stays_what_it_is() {
        // The values are from a second implementation of SipHash-1-3.
        let hasher = KeyHasher::new(LedgerId::from_bytes(std::array::from_fn(|n| u8::try_from(n).unwrap())));
        let hash = |key: &str| hasher.hash(&Key::new(key).unwrap());
        assert_eq!(hash("top-up-1"), 0xe1b5_6181_e086_3c86);
        assert_eq!(hash("01K00000000000000000000001"), 0x1ee7_46e0_9538_a578);
    }

    /// `cargo test --release -p longmen-engine a_hundred_million -- --ignored --nocapture`
    #[test]
    #[ignore = "a gigabyte and a minute"]
    fn a_hundred_million_keys_fit_two_gibibytes() {
        const COUNT: u64 = 100_000_000;
        let mut index = KeyIndex::new();
        let (mut slowest, mut peak) = (std::time::Duration::ZERO, 0);
        let start = std::time::Instant::now();
        let mut looks_alike = 0_u64;
        for n in 0..COUNT {
            if n % 1_000 == 0 {
                let slice = std::time::Instant::now();
                (n..n + 1_000).for_each(|n| {
                    looks_alike += u64::try_from(index.positions(hash(n)).count()).unwrap();
                    index.insert(hash(n), n).unwrap();
                });
                slowest = slowest.max(slice.elapsed());
            }
            if n % 10_000_000 == 0 {
                peak = peak.max(bytes(&index));
                println!("{n}: {} bytes, {:?}, slowest thousand {slowest:?}", bytes(&index), start.elapsed());
            }
        }
        let all = bytes(&index);
        println!("{COUNT} keys: {all} bytes, {looks_alike} looked alike, {:?} in all", start.elapsed());
        assert!(all < 2 << 30);
    }
}
