//! Where the entry of every idempotency key stands, in 11 to 14 bytes a key.
//!
//! The index holds no keys: the journal has them. It holds 44 bits of each key's hash and the position of its entry.
//! Whoever finds equal bits reads the entry there and compares the key, so the answer is exact.

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
#[derive(Debug)]
pub(crate) struct KeyIndex {
    shards: Vec<Shard>,
}

impl KeyIndex {
    pub(crate) fn new() -> Self {
        Self { shards: std::iter::repeat_with(Shard::default).take(1 << SHARD_BITS).collect() }
    }

    /// Makes room for so many keys, so that few shards grow while they come.
    pub(crate) fn reserve(&mut self, keys: u64) {
        let each = usize::try_from(keys >> SHARD_BITS).unwrap_or(0);
        self.shards.iter_mut().for_each(|shard| shard.reserve(each));
    }

    /// The positions whose keys have hashes that look like this one: mostly none for a key that is new, so that
    /// nothing is allocated, and the one of its entry for a key that is known.
    pub(crate) fn positions(&self, hash: u64) -> Vec<u64> {
        let (shard, kept) = split(hash);
        self.shards.get(shard).map_or(Vec::new(), |shard| shard.positions(kept))
    }

    /// Remembers where the entry of a key with this hash stands.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] for a position that a slot has no room for.
    pub(crate) fn insert(&mut self, hash: u64, position: u64) -> Result<(), Error> {
        let (shard, kept) = split(hash);
        let [a, b, c, d, e, 0, 0, 0] = position.to_le_bytes() else { return Err(Error::Full) };
        if let Some(shard) = self.shards.get_mut(shard) {
            shard.reserve(shard.len + 1);
            let [f, g, h, i] = kept;
            shard.put([f, g, h, i, a, b, c, d, e]);
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

/// Bits of a key's hash, then the position of its entry.
type Slot = [u8; KEPT + POSITION];

/// One line of the processor's cache: slots, and how many of them are taken. To find that a key is new costs one miss.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Bucket {
    slots: [Slot; SLOTS],
    taken: u8,
}

const SLOTS: usize = 7;

impl Bucket {
    const EMPTY: Bucket = Bucket { slots: [[0; KEPT + POSITION]; SLOTS], taken: 0 };

    fn taken(&self) -> &[Slot] {
        self.slots.get(..usize::from(self.taken)).unwrap_or(&self.slots)
    }

    fn is_full(&self) -> bool {
        usize::from(self.taken) == SLOTS
    }
}

/// A part of the index. A slot is in the bucket that its bits say, or where that is full in the next one that is not.
#[derive(Debug, Default)]
struct Shard {
    buckets: Vec<Bucket>,
    /// How many slots are taken.
    len: usize,
}

impl Shard {
    /// Grows by a quarter or more where more than seventeen twentieths of the slots would be taken.
    fn reserve(&mut self, len: usize) {
        let now = self.buckets.len();
        if len * 20 <= now * SLOTS * 17 {
            return;
        }
        let wanted = (len * 20).div_ceil(SLOTS * 17).max(now + now / 4);
        let before = std::mem::replace(&mut self.buckets, vec![Bucket::EMPTY; wanted]);
        self.len = 0;
        before.iter().flat_map(Bucket::taken).for_each(|slot| self.put(*slot));
    }

    fn put(&mut self, slot: Slot) {
        let [a, b, c, d, ..] = slot;
        let home = self.home([a, b, c, d]);
        let (before, after) = self.buckets.split_at_mut(home);
        let Some(bucket) = after.iter_mut().chain(before).find(|bucket| !bucket.is_full()) else { return };
        if let Some(free) = bucket.slots.get_mut(usize::from(bucket.taken)) {
            *free = slot;
            bucket.taken += 1;
            self.len += 1;
        }
    }

    fn positions(&self, kept: [u8; KEPT]) -> Vec<u64> {
        let mut found = Vec::new();
        let (before, after) = self.buckets.split_at(self.home(kept));
        for bucket in after.iter().chain(before) {
            for [a, b, c, d, position @ ..] in bucket.taken() {
                if [*a, *b, *c, *d] == kept {
                    let [a, b, c, d, e] = *position;
                    found.push(u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]));
                }
            }
            if !bucket.is_full() {
                break;
            }
        }
        found
    }

    /// The first bucket to look at. Greater bits are in later buckets, so that growing copies from front to back.
    fn home(&self, kept: [u8; KEPT]) -> usize {
        let buckets = u64::try_from(self.buckets.len()).unwrap_or(0);
        usize::try_from((u64::from(u32::from_be_bytes(kept)) * buckets) >> 32).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn bytes(index: &KeyIndex) -> usize {
        index
            .shards
            .iter()
            .map(|shard| size_of::<Shard>() + shard.buckets.capacity() * size_of::<Bucket>())
            .sum()
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
            assert!(!index.positions(hash(n)).contains(&n));
            index.insert(hash(n), n).unwrap();
        }
        let mut others = 0;
        for n in 0..1_000_000 {
            let found = index.positions(hash(n));
            assert!(found.contains(&n), "{n}");
            others += found.len() - 1 + index.positions(hash(1_000_000 + n)).len();
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
        let mut found = index.positions(0xabc1_2345_678f_ffff);
        found.sort_unstable();
        assert_eq!(found, Vec::from_iter(0..100));
        assert_eq!(index.positions(0xabc1_2345_6790_0000), [100]);
        assert!(KeyIndex::same(0xabc1_2345_678f_ffff, 0xabc1_2345_6780_0000));
        assert!(!KeyIndex::same(0xabc1_2345_678f_ffff, 0xabc1_2345_6790_0000));
    }

    /// The last bucket's slots go on in the first one.
    #[test]
    fn a_shard_that_is_crowded_at_its_ends_loses_nothing() {
        let mut index = KeyIndex::new();
        let (least, greatest) = (0xabc0_0000_0000_0000, 0xabcf_ffff_fff0_0000);
        for n in 0..300 {
            index.insert(greatest, n).unwrap();
            index.insert(least, 300 + n).unwrap();
            for (hash, range) in [(greatest, 0..=n), (least, 300..=300 + n)] {
                let mut found = index.positions(hash);
                found.sort_unstable();
                assert!(found.into_iter().eq(range));
            }
        }
    }

    #[test]
    fn room_that_was_made_before_is_no_larger_than_room_that_was_needed() {
        let (mut grown, mut reserved) = (KeyIndex::new(), KeyIndex::new());
        reserved.reserve(1_000_000);
        for n in 0..1_000_000 {
            grown.insert(hash(n), n).unwrap();
            reserved.insert(hash(n), n).unwrap();
        }
        assert!(bytes(&reserved) <= bytes(&grown) * 11 / 10);
        // Up to a fifteenth of the shards' slots are taken unevenly.
        assert!(bytes(&grown) < 15_000_000, "{}", bytes(&grown));
    }

    #[test]
    fn a_position_that_has_no_room_is_refused_and_never_cut_short() {
        let mut index = KeyIndex::new();
        index.insert(7, POSITIONS_MAX - 1).unwrap();
        assert_eq!(index.positions(7), [POSITIONS_MAX - 1]);
        for position in [POSITIONS_MAX, POSITIONS_MAX + 1, u64::MAX] {
            assert!(matches!(index.insert(7, position), Err(Error::Full)), "{position}");
        }
        assert_eq!(index.positions(7), [POSITIONS_MAX - 1]);
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
        let (mut slowest, mut looks_alike) = (Duration::ZERO, 0);
        let start = Instant::now();
        for from in (0..COUNT).step_by(1_000) {
            let slice = Instant::now();
            for n in from..from + 1_000 {
                looks_alike += index.positions(hash(n)).len();
                index.insert(hash(n), n).unwrap();
            }
            slowest = slowest.max(slice.elapsed());
            if (from + 1_000) % 10_000_000 == 0 {
                let (keys, bytes, took) = (from + 1_000, bytes(&index), start.elapsed());
                println!("{keys} keys: {bytes} bytes, {took:?}, slowest thousand {slowest:?}");
                slowest = Duration::ZERO;
            }
        }
        println!("{looks_alike} keys looked like another one");
        let start = Instant::now();
        for n in COUNT..COUNT + 1_000_000 {
            looks_alike += index.positions(hash(n)).len();
            index.insert(hash(n), n).unwrap();
        }
        println!("{:?} for a million more, {looks_alike}", start.elapsed());
        assert!(bytes(&index) < 2 << 30);
    }
}
