//! Following a journal: reading on after a stamp, from journals that may be other ones than they were.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use longmen_journal::{
    Appender, Config, Hash, Head, Journal, JournalError, MemoryStorage, ReadStorage, Stamp, Storage,
};

use crate::common::{Image, append, config, config_seeded, lived_clean, lived_unclean, open};
use crate::hooked::{Hooked, Step};

/// What has been taken in of a journal.
#[derive(Clone, Default)]
pub(crate) struct Follower {
    pub(crate) stamps: Vec<Stamp>,
}

impl Follower {
    pub(crate) fn last(&self) -> Option<Stamp> {
        self.stamps.last().copied()
    }

    /// Takes in what is visible; gives how many entries that were.
    pub(crate) fn read_on(&mut self, journal: &Journal) -> Result<usize, JournalError> {
        let before = self.stamps.len();
        let mut entries = journal.continue_after(self.last())?;
        while let Some(entry) = entries.next() {
            let stamp = entry?.stamp();
            assert_eq!(stamp.position, self.last().map_or(0, |last| last.position + 1));
            self.stamps.push(stamp);
        }
        Ok(self.stamps.len() - before)
    }

    /// One that has taken in all of a storage.
    fn of(storage: &MemoryStorage) -> Follower {
        let mut follower = Follower::default();
        follower.read_on(&journal(storage)).unwrap();
        follower
    }
}

fn journal(storage: &MemoryStorage) -> Journal {
    Journal::open(Arc::new(storage.clone())).unwrap()
}

fn after(journal: &Journal, last: Stamp) -> Result<Vec<Stamp>, JournalError> {
    let mut entries = journal.continue_after(Some(last))?;
    let mut stamps = Vec::new();
    while let Some(entry) = entries.next() {
        stamps.push(entry?.stamp());
    }
    Ok(stamps)
}

/// What one journal answers to a stamp: the number of entries after it, or why there are none.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Entries(usize),
    Forked { position: u64, found: Hash },
    Cut { head: Head },
}

fn answer(storage: &MemoryStorage, last: Stamp) -> Answer {
    answer_of(&journal(storage), last)
}

fn answer_of(journal: &Journal, last: Stamp) -> Answer {
    match after(journal, last) {
        Ok(stamps) => Answer::Entries(stamps.len()),
        Err(JournalError::Forked { position, expected, found }) => {
            assert_eq!((position, expected), (last.position, last.hash));
            assert_ne!(found, expected);
            Answer::Forked { position, found }
        }
        Err(JournalError::Cut { head, expected }) => {
            assert_eq!(expected, last);
            Answer::Cut { head }
        }
        Err(error) => panic!("{error}"),
    }
}

fn head_of(stamps: &[Stamp]) -> Head {
    let last = stamps.last().unwrap();
    Head { next_position: last.position + 1, hash: last.hash, time_ns: last.time_ns }
}

#[test]
fn entries_are_continued_after_any_of_them_and_after_nothing_else() {
    let beside_writer = lived_clean();
    let mut writer = open(&beside_writer);
    append(&mut writer, 5, 300);
    writer.note_durable(60_000).unwrap();
    for storage in [lived_clean(), lived_unclean(), beside_writer] {
        let all = Follower::of(&storage).stamps;
        assert!(all.len() >= 9, "several batches in several segments");
        let kept = journal(&storage);
        for (at, stamp) in all.iter().copied().enumerate() {
            assert_eq!(after(&journal(&storage), stamp).unwrap(), all[at + 1..]);
            assert_eq!(after(&kept, stamp).unwrap(), all[at + 1..], "a journal that was asked before");
            assert_eq!(after(&kept, stamp).unwrap(), all[at + 1..], "and is asked again");
            // The hash covers the time.
            for time_ns in [0, stamp.time_ns + 1, u64::MAX] {
                assert_eq!(after(&kept, Stamp { time_ns, ..stamp }).unwrap(), all[at + 1..]);
            }
            // Every other hash is another journal's.
            for byte in [0, 31] {
                let mut bytes = *stamp.hash.as_bytes();
                bytes[byte] ^= 1;
                let other = Stamp { hash: Hash::from_bytes(bytes), ..stamp };
                for journal in [&journal(&storage), &kept] {
                    let forked = Answer::Forked { position: stamp.position, found: stamp.hash };
                    assert_eq!(answer_of(journal, other), forked);
                }
            }
        }
        let last = all[all.len() - 1];
        for position in [last.position + 1, last.position + 100, u64::MAX] {
            let future = Stamp { position, ..last };
            assert_eq!(answer(&storage, future), Answer::Cut { head: head_of(&all) });
        }
    }
}

#[test]
fn a_journal_that_forked_is_told_from_the_one_that_was_followed() {
    let storage = lived_clean();
    let copy = MemoryStorage::with_files(storage.snapshot());
    let common = Follower::of(&storage).stamps.len();
    let [mut here, mut there] = [&storage, &copy].map(open);
    append(&mut here, 3, 100);
    append(&mut here, 2, 100);
    append(&mut there, 4, 101);
    here.close(80_000).unwrap();
    there.close(80_000).unwrap();
    let [here, there] = [&storage, &copy].map(|storage| Follower::of(storage).stamps);
    assert_eq!((here.len(), there.len()), (common + 5, common + 4));
    for (at, stamp) in here.iter().enumerate() {
        let expected = match there.get(at) {
            Some(_) if at < common => Answer::Entries(there.len() - at - 1),
            Some(other) => Answer::Forked { position: stamp.position, found: other.hash },
            None => Answer::Cut { head: head_of(&there) },
        };
        assert_eq!(answer(&copy, *stamp), expected, "entry {at}");
    }
    // Another ledger has no entry of this one, because its id is in every hash.
    let other = MemoryStorage::new();
    let mut writer = Appender::create(Arc::new(other.clone()), config_seeded(8), 1_000).unwrap();
    append(&mut writer, 2, 900);
    writer.close(9_000).unwrap();
    for stamp in &here[..3] {
        assert!(matches!(answer(&other, *stamp), Answer::Forked { .. }));
    }
}

/// A journal of several segments as its directory was after each batch, open or closed then.
fn copies(closed: bool) -> Vec<Image> {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    let mut images = vec![storage.snapshot()];
    for round in 0..24 {
        append(&mut appender, 1 + round % 3, 2_500);
        match closed {
            true => {
                appender.close(500_000).unwrap();
                images.push(storage.snapshot());
                appender = open(&storage);
            }
            false => images.push(storage.snapshot()),
        }
    }
    assert!(storage.snapshot().keys().filter(|path| path.ends_with(".jrn")).count() > 2);
    images
}

#[test]
fn a_journal_that_was_cut_or_put_back_is_never_continued() {
    for closed in [false, true] {
        let images = copies(closed);
        let seen: Vec<Vec<Stamp>> = images
            .iter()
            .map(|image| Follower::of(&MemoryStorage::with_files(image.clone())).stamps)
            .collect();
        for (at, image) in images.iter().enumerate() {
            let storage = MemoryStorage::with_files(image.clone());
            let cut = Answer::Cut { head: head_of(&seen[at]) };
            // Each of them has read a later state to its end, and then the directory goes back under it.
            let mut watchers: Vec<(Journal, Stamp)> = Vec::new();
            for (later, image) in seen.iter().zip(&images).skip(at + 1) {
                storage.restore(image.clone());
                let journal = journal(&storage);
                let mut follower = Follower::default();
                follower.read_on(&journal).unwrap();
                assert_eq!(&follower.stamps, later);
                watchers.push((journal, later[later.len() - 1]));
            }
            storage.restore(image.clone());
            for later in &seen[at + 1..] {
                assert_eq!(answer(&storage, later[later.len() - 1]), cut, "batch {at}");
                assert_eq!(answer(&storage, later[seen[at].len()]), cut, "batch {at}");
            }
            // Another writer goes on from here; what it has not reached yet is still missing.
            let mut writer = open(&storage);
            for _ in 0..3 {
                writer.note_durable(600_000).unwrap();
                let now = Follower::of(&storage).stamps;
                for (journal, lost) in &watchers {
                    let result = after(journal, *lost);
                    match result.unwrap_err() {
                        JournalError::Cut { head, .. } => assert!(head.next_position <= lost.position),
                        JournalError::Forked { position, found, .. } => {
                            assert_eq!(found, now[usize::try_from(position).unwrap()].hash);
                        }
                        error => panic!("{error}"),
                    }
                }
                append(&mut writer, 2, 90);
            }
        }
    }
}

#[test]
fn what_was_read_without_a_writer_is_neither_lost_nor_shown_twice_when_one_comes() {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    for _ in 0..3 {
        append(&mut appender, 3, 400);
    }
    let beside = journal(&storage);
    let mut follower = Follower::default();
    assert_eq!(follower.read_on(&beside).unwrap(), 7, "nothing vouches for the last batch");
    drop(appender);
    assert_eq!(follower.read_on(&beside).unwrap(), 3, "without a writer it counts");
    // A writer has come and has written nothing yet: the last batch is hidden again, and it is there.
    let claim = storage.claim().unwrap();
    let fresh = journal(&storage);
    assert_eq!(Follower::default().read_on(&fresh).unwrap(), 7);
    for journal in [&beside, &fresh, &beside, &fresh] {
        assert_eq!(follower.clone().read_on(journal).unwrap(), 0);
        let inside = follower.stamps[8];
        assert_eq!(after(journal, inside).unwrap(), [], "the rest of a hidden batch is hidden too");
    }
    drop(claim);
    let mut appender = open(&storage);
    assert_eq!(follower.clone().read_on(&fresh).unwrap(), 1, "the entry of the recovery");
    append(&mut appender, 2, 400);
    appender.close(90_000).unwrap();
    assert_eq!(follower.read_on(&beside).unwrap(), 3);
    assert_eq!(follower.stamps, Follower::of(&storage).stamps);
}

#[test]
fn a_batch_that_nothing_vouches_for_is_not_continued_over_damage() {
    let storage = MemoryStorage::new();
    let unsynced = Config { sync: false, segment_size: 4 << 20, ..config() };
    let mut appender = Appender::create(Arc::new(storage.clone()), unsynced, 1_000).unwrap();
    for _ in 0..4 {
        append(&mut appender, 1, 5_000);
    }
    drop(appender);
    let stamps = Follower::of(&storage).stamps;
    assert_eq!(stamps.len(), 5);
    // Of the second batch only the header reached the disk, and of those behind it everything did.
    let name = crate::common::last_segment(&storage.snapshot());
    storage.tamper(&name, |bytes| bytes[4096 + 4096 + 8192 + 4096..][..4096].fill(0));
    assert_eq!(answer(&storage, stamps[1]), Answer::Entries(0));
    for lost in &stamps[2..] {
        assert_eq!(answer(&storage, *lost), Answer::Cut { head: head_of(&stamps[..2]) });
    }
}

#[test]
fn following_reads_every_batch_once_and_a_look_at_nothing_reads_one_header() {
    let storage = MemoryStorage::new();
    let config = Config { segment_size: 4 << 20, ..config() };
    let mut appender = Appender::create(Arc::new(storage.clone()), config, 1_000).unwrap();
    let read = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&read);
    let hooked = Hooked::new(storage.clone(), move |step, path| {
        if let Step::Read(len) = step
            && path.starts_with("seg/")
        {
            counter.fetch_add(len, Ordering::Relaxed);
        }
        Ok(())
    });
    let reader: Arc<dyn ReadStorage> = Arc::new(hooked);
    let journal = Journal::open(reader).unwrap();
    let mut follower = Follower::default();
    let mut polled = |head: Head| {
        read.store(0, Ordering::Relaxed);
        let count = follower.read_on(&journal).unwrap();
        assert!(follower.last().unwrap().position < head.next_position);
        (count, read.load(Ordering::Relaxed))
    };
    polled(appender.head());
    for _ in 0..20 {
        append(&mut appender, 10, 30_000);
        // The batch before becomes visible; this one is hidden, of 300 000 bytes that are not verified yet.
        let (count, bytes) = polled(appender.head());
        assert!(count <= 10 && bytes < 340_000, "{count} entries, {bytes} bytes");
        for _ in 0..3 {
            assert!(
                matches!(polled(appender.head()), (0, bytes) if bytes < 10_000),
                "a look at a hidden batch"
            );
        }
        appender.note_durable(9_000).unwrap();
        let (count, bytes) = polled(appender.head());
        assert!(count > 0 && bytes < 340_000, "{count} entries, {bytes} bytes");
        for _ in 0..3 {
            assert!(matches!(polled(appender.head()), (0, bytes) if bytes < 10_000), "a look at nothing");
        }
    }
    append(&mut appender, 1, 100);
    let head = appender.head();
    drop(appender);
    // Without a writer the rest of the segment is judged once.
    assert!(matches!(polled(head), (1, _)));
    for _ in 0..3 {
        assert!(matches!(polled(head), (0, bytes) if bytes < 10_000), "a look at nothing without a writer");
    }
    assert_eq!(follower.stamps, Follower::of(&storage).stamps);
}
