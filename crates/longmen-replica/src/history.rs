//! The lines of every account: the newest in memory, the others in the store.

use std::ops::Range;
use std::sync::Arc;

use longmen_core::AccountNo;

use crate::StoreError;
use crate::chunk::{Chunk, Read, Record, damaged};
use crate::line::Counters;
use crate::store::Store;

/// The lines of every account, in chunks.
///
/// An account's chunks follow each other without a gap, those in the store first: the counters after a chunk, and the
/// count of lines, are those before the next, and that is looked at whenever one is read.
/// The store may have lines that it was not yet said to have; they are not read from there.
#[derive(Debug)]
pub(crate) struct History {
    store: Arc<dyn Store>,
    of: Lines,
    /// Every line below this position is in the store.
    stored: u64,
    /// How many lines each account has.
    counts: Vec<u64>,
    /// Lines on their way into the store.
    moving: Arc<Fresh>,
    /// Lines since then.
    fresh: Fresh,
}

/// Which lines a history has: the first byte of their keys in the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lines {
    /// All of them, with the account's counters.
    All = b'l' as isize,
    /// Those on the posted layer that count on another day than that of their journal time, with what they add up to.
    Shifted = b's' as isize,
}

/// Chunks in memory, by the number of their account.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    chunks: Vec<Vec<Chunk>>,
    touched: Vec<AccountNo>,
}

impl Fresh {
    fn of(&self, account: AccountNo) -> &[Chunk] {
        self.chunks.get(number(account)).map_or(&[], Vec::as_slice)
    }

    /// Whether a line comes into a chunk that is there.
    fn takes(&self, record: &Record) -> bool {
        self.of(record.posting.account).last().is_some_and(|open| open.takes(record.position))
    }

    /// Adds a line of an account that has had so many lines, and these counters before the line's entry.
    fn push(&mut self, record: &Record, lines: u64, before: impl FnOnce() -> Counters) {
        let account = record.posting.account;
        let no = number(account);
        if no >= self.chunks.len() {
            self.chunks.resize_with(no + 1, Vec::new);
        }
        let Some(own) = self.chunks.get_mut(no) else { return };
        if own.is_empty() {
            self.touched.push(account);
        }
        if let Some(open) = own.last_mut().filter(|open| open.takes(record.position)) {
            open.push(record);
            return;
        }
        let mut chunk = Chunk::new(record.position, record.time_ns, lines, before());
        chunk.push(record);
        own.push(chunk);
    }

    /// Puts every chunk into the store, those of one account after those of another, each joined to what the store has of it.
    pub(crate) fn put(&self, of: Lines, store: &dyn Store) -> Result<(), StoreError> {
        let mut accounts = self.touched.clone();
        accounts.sort_unstable();
        for account in accounts {
            let Some((first, others)) = self.of(account).split_first() else { continue };
            put_chunk(of, account, &begun(of, account, first, store)?, store)?;
            others.iter().try_for_each(|own| put_chunk(of, account, own, store))?;
        }
        Ok(())
    }
}

/// The whole of a chunk, whose beginning may be in the store.
fn begun(of: Lines, account: AccountNo, own: &Chunk, store: &dyn Store) -> Result<Chunk, StoreError> {
    let Some(last) = own.first().checked_sub(1).filter(|_| own.may_be_continued()) else {
        return Ok(own.clone());
    };
    match store.last_in(&key(of, account, 0), &key(of, account, last))? {
        Some(row) => chunk_of(account, &row)?.followed_by(own, account),
        None => Ok(own.clone()),
    }
}

fn put_chunk(of: Lines, account: AccountNo, own: &Chunk, store: &dyn Store) -> Result<(), StoreError> {
    store.put((key(of, account, own.first()), own.to_bytes()))
}

/// The key of a chunk in the store.
pub(crate) fn key(of: Lines, account: AccountNo, first: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(13);
    key.push(of as u8);
    key.extend_from_slice(&account.0.to_be_bytes());
    key.extend_from_slice(&first.to_be_bytes());
    key
}

impl History {
    /// The history of which the store has every line below `stored`, so many for each account.
    pub(crate) fn new(of: Lines, store: Arc<dyn Store>, stored: u64, counts: Vec<u64>) -> Self {
        Self { store, of, stored, counts, moving: Arc::default(), fresh: Fresh::default() }
    }

    pub(crate) fn push(&mut self, record: &Record, before: impl FnOnce() -> Counters) {
        let no = number(record.posting.account);
        if no >= self.counts.len() {
            self.counts.resize(no + 1, 0);
        }
        let Some(count) = self.counts.get_mut(no) else { return };
        self.fresh.push(record, *count, before);
        *count += 1;
    }

    /// How many lines each account has; accounts behind the last one have none.
    pub(crate) fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The same for lines whose counters nobody keeps: they are those after the last line before.
    pub(crate) fn push_on(&mut self, record: &Record) -> Result<(), StoreError> {
        let before =
            if self.fresh.takes(record) { None } else { Some(self.closing(record.posting.account)?) };
        self.push(record, || before.unwrap_or_default());
        Ok(())
    }

    /// The counters of an account after the last of its lines.
    pub(crate) fn closing(&self, account: AccountNo) -> Result<Counters, StoreError> {
        let count = self.before(account, None, OPENED.1).0;
        let Some(last) = self.at_or_before(account, u64::MAX)? else {
            return if count == 0 { Ok(OPENED.1) } else { Err(damaged(account, 0)) };
        };
        let records = self.visible(account, &last)?;
        if lines_after(&last, &records) != count {
            return Err(damaged(account, last.first()));
        }
        Ok(records.last().map_or(last.opening(), |read| read.counters))
    }

    /// Sets the fresh lines apart, to be put into the store; until [`stored`](Self::stored) they are read from here.
    pub(crate) fn set_apart(&mut self) -> (Lines, Arc<Fresh>) {
        self.moving = Arc::new(std::mem::take(&mut self.fresh));
        (self.of, Arc::clone(&self.moving))
    }

    /// What was set apart, all lines below `stored`, is in the store now.
    pub(crate) fn stored(&mut self, stored: u64) {
        (self.stored, self.moving) = (stored, Arc::default());
    }

    /// The last chunk of an account that begins at `position` or before it.
    fn at_or_before(&self, account: AccountNo, position: u64) -> Result<Option<Chunk>, StoreError> {
        for layer in [&self.fresh, &self.moving] {
            let chunks = layer.of(account);
            let count = chunks.partition_point(|chunk| chunk.first() <= position);
            if let Some(chunk) = count.checked_sub(1).and_then(|at| chunks.get(at)) {
                return Ok(Some(chunk.clone()));
            }
        }
        let Some(last) = self.stored.checked_sub(1) else { return Ok(None) };
        let row =
            self.store.last_in(&key(self.of, account, 0), &key(self.of, account, position.min(last)))?;
        row.map(|row| chunk_of(account, &row)).transpose()
    }

    /// The first chunk of an account that begins at `position` or after it.
    fn at_or_after(&self, account: AccountNo, position: u64) -> Result<Option<Chunk>, StoreError> {
        if let Some(last) = self.stored.checked_sub(1).filter(|last| position <= *last)
            && let Some(row) =
                self.store.first_in(&key(self.of, account, position), &key(self.of, account, last))?
        {
            return chunk_of(account, &row).map(Some);
        }
        let in_memory = [&*self.moving, &self.fresh].into_iter().find_map(|layer| {
            let chunks = layer.of(account);
            chunks.get(chunks.partition_point(|chunk| chunk.first() < position))
        });
        Ok(in_memory.cloned())
    }

    /// The counters of an account before the entry at `position`.
    ///
    /// `now` are its counters after all of its lines.
    pub(crate) fn counters_before(
        &self,
        account: AccountNo,
        position: u64,
        now: Counters,
    ) -> Result<Counters, StoreError> {
        let after = self.before(account, self.at_or_after(account, position)?.as_ref(), now);
        let Some(chunk) = position.checked_sub(1).map_or(Ok(None), |p| self.at_or_before(account, p))? else {
            // Without a line before it the account was as it was opened.
            return if after == OPENED { Ok(OPENED.1) } else { Err(damaged(account, 0)) };
        };
        let records = self.records(account, &chunk, after)?;
        let count = records.partition_point(|read| read.record.position < position);
        let last = count.checked_sub(1).and_then(|at| records.get(at));
        Ok(last.map_or(chunk.opening(), |read| read.counters))
    }

    /// Shows the lines of an account in a range of positions, in order, until `show` says no.
    ///
    /// `now` are its counters after all of its lines.
    pub(crate) fn forwards(
        &self,
        account: AccountNo,
        range: Range<u64>,
        now: Counters,
        show: &mut dyn FnMut(&Read) -> bool,
    ) -> Result<(), StoreError> {
        let mut chunk = self.at_or_before(account, range.start)?;
        if chunk.is_none() {
            chunk = self.at_or_after(account, range.start)?;
            if self.before(account, chunk.as_ref(), now) != OPENED {
                return Err(damaged(account, 0));
            }
        }
        while let Some(own) = chunk.filter(|chunk| chunk.first() < range.end) {
            let next = self.at_or_after(account, own.first().saturating_add(1))?;
            let records = self.records(account, &own, self.before(account, next.as_ref(), now))?;
            for read in records {
                if range.contains(&read.record.position) && !show(&read) {
                    return Ok(());
                }
            }
            chunk = next;
        }
        Ok(())
    }

    /// The same from the last line to the first.
    pub(crate) fn backwards(
        &self,
        account: AccountNo,
        range: Range<u64>,
        now: Counters,
        show: &mut dyn FnMut(&Read) -> bool,
    ) -> Result<(), StoreError> {
        let mut lines = Backwards::new(account, range);
        while let Some(read) = lines.next(self, now)? {
            if !show(&read) {
                break;
            }
        }
        Ok(())
    }

    /// How many lines, and which counters, an account has had before a chunk, or has now where there is none.
    fn before(&self, account: AccountNo, chunk: Option<&Chunk>, now: Counters) -> Seam {
        let all = || self.counts.get(number(account)).copied().unwrap_or_default();
        chunk.map_or_else(|| (all(), now), |chunk| (chunk.lines_before(), chunk.opening()))
    }

    /// The lines of a chunk, after which the account has had so many lines and these counters.
    fn records(&self, account: AccountNo, chunk: &Chunk, after: Seam) -> Result<Vec<Read>, StoreError> {
        let records = self.visible(account, chunk)?;
        let closing = records.last().map_or(chunk.opening(), |read| read.counters);
        if (lines_after(chunk, &records), closing) == after {
            Ok(records)
        } else {
            Err(damaged(account, chunk.first()))
        }
    }

    /// The lines of a chunk; of one in the store only those that the store was said to have.
    fn visible(&self, account: AccountNo, chunk: &Chunk) -> Result<Vec<Read>, StoreError> {
        let mut records = chunk.records(account)?;
        if chunk.first() < self.stored {
            records.truncate(records.partition_point(|read| read.record.position < self.stored));
        }
        Ok(records)
    }
}

/// How many lines an account has had after these, which are the first of a chunk.
fn lines_after(chunk: &Chunk, records: &[Read]) -> u64 {
    chunk.lines_before().saturating_add(u64::try_from(records.len()).unwrap_or(u64::MAX))
}

/// The lines of an account in a range of positions, the last one first, to be taken one by one.
#[derive(Debug)]
pub(crate) struct Backwards {
    account: AccountNo,
    start: u64,
    /// Lines from here on were taken, or are in `reads`.
    until: u64,
    /// What is before the line at `until`; not known before the first one is taken.
    after: Option<Seam>,
    reads: Vec<Read>,
}

impl Backwards {
    pub(crate) fn new(account: AccountNo, range: Range<u64>) -> Self {
        Self { account, start: range.start, until: range.end, after: None, reads: Vec::new() }
    }

    /// The next line; `now` are the account's counters after all of its lines in this history.
    pub(crate) fn next(&mut self, history: &History, now: Counters) -> Result<Option<Read>, StoreError> {
        loop {
            match self.reads.pop() {
                Some(read) if read.record.position >= self.start => return Ok(Some(read)),
                Some(_) => (self.until, self.reads) = (self.start, Vec::new()),
                None => {}
            }
            let Some(last) = self.until.checked_sub(1).filter(|_| self.until > self.start) else {
                return Ok(None);
            };
            let after = match self.after {
                Some(after) => after,
                None => {
                    let next = history.at_or_after(self.account, self.until)?;
                    history.before(self.account, next.as_ref(), now)
                }
            };
            let Some(chunk) = history.at_or_before(self.account, last)? else {
                // Before its first line an account is as it was opened.
                self.until = self.start;
                return if after == OPENED { Ok(None) } else { Err(damaged(self.account, 0)) };
            };
            let mut reads = history.records(self.account, &chunk, after)?;
            reads.truncate(reads.partition_point(|read| read.record.position < self.until));
            self.after = Some((chunk.lines_before(), chunk.opening()));
            (self.until, self.reads) = (chunk.first(), reads);
        }
    }
}

/// How many lines an account has had somewhere between two chunks, and its counters there.
type Seam = (u64, Counters);

/// Where every account begins.
const OPENED: Seam = (0, [0; 4]);

fn number(account: AccountNo) -> usize {
    usize::try_from(account.0).unwrap_or(usize::MAX)
}

fn chunk_of(account: AccountNo, (_, value): &crate::store::Row) -> Result<Chunk, StoreError> {
    Chunk::from_bytes(value).ok_or_else(|| damaged(account, 0))
}

#[cfg(test)]
mod tests {
    use longmen_core::{Effect, Posting, Side};
    use longmen_money::Amount;

    use super::*;
    use crate::line::LineKind;
    use crate::store::MemoryStore;

    const ACCOUNT: AccountNo = AccountNo(0);

    fn push(history: &mut History, position: u64, effect: Effect, counters: &mut Counters) {
        let posting =
            Posting { account: ACCOUNT, side: Side::Debit, effect, amount: Amount::new(5).unwrap() };
        let record = Record {
            position,
            time_ns: position,
            effective: None,
            kind: LineKind::Post,
            product: None,
            posting,
            other: None,
        };
        history.push(&record, || *counters);
        *counters = crate::line::after(*counters, &posting).unwrap();
    }

    /// 64 posts, 32 holds that are placed and released, 64 posts: each a chunk in the store, whatever was put when; and
    /// one of their rows taken away.
    fn history(every: u64, without: Option<u64>) -> History {
        let store = Arc::new(MemoryStore::default());
        let mut history = History::new(Lines::All, store.clone(), 0, Vec::new());
        let mut counters = Counters::default();
        for position in 1..=192 {
            let effect = match (position, position % 2) {
                (..=64 | 129.., _) => Effect::Post,
                (_, 1) => Effect::Hold,
                _ => Effect::Unhold,
            };
            push(&mut history, position, effect, &mut counters);
            if position % every == 0 {
                let (of, apart) = history.set_apart();
                apart.put(of, history.store.as_ref()).unwrap();
                history.stored(position + 1);
            }
        }
        let mut rows = store.rows();
        assert_eq!(rows.len(), 3);
        rows.retain(|row, _| without.is_none_or(|first| *row != key(Lines::All, ACCOUNT, first)));
        history.store = Arc::new(MemoryStore::from(rows));
        history
    }

    /// What is found in every way of asking: lines forwards and backwards, what was held before position 66.
    fn ask(history: &History) -> [Option<u128>; 3] {
        let now = [640, 0, 0, 0];
        let (mut forwards, mut backwards) = (0, 0);
        let onwards = history.forwards(ACCOUNT, 0..999, now, &mut |_| {
            forwards += 1;
            true
        });
        let back = history.backwards(ACCOUNT, 0..999, now, &mut |_| {
            backwards += 1;
            true
        });
        let held = history.counters_before(ACCOUNT, 66, now).map(|[_, _, held, _]| held);
        [onwards.map(|()| forwards).ok(), back.map(|()| backwards).ok(), held.ok()]
    }

    #[test]
    fn where_a_chunk_ends_does_not_depend_on_what_was_put_when() {
        for lines_each in [1, 2, 3, 5, 63, 64, 65, 200] {
            let rows = |every: u64| {
                let store = Arc::new(MemoryStore::default());
                let mut history = History::new(Lines::All, store.clone(), 0, Vec::new());
                let mut counters = Counters::default();
                for position in 1..=240 {
                    (0..lines_each).for_each(|_| push(&mut history, position, Effect::Post, &mut counters));
                    if position % every == 0 || position == 240 {
                        let (of, apart) = history.set_apart();
                        apart.put(of, store.as_ref()).unwrap();
                        history.stored(position + 1);
                    }
                }
                store.rows()
            };
            let at_once = rows(240);
            assert!(at_once.len() as u64 >= 240 * lines_each / (64 + lines_each), "{lines_each}");
            for every in [1, 2, 7, 12, 60] {
                assert!(rows(every) == at_once, "{lines_each} lines an entry, every {every} entries");
            }
        }
    }

    #[test]
    fn a_chunk_that_changed_no_counter_is_missed_too() {
        for every in [1, 12, 64, 96] {
            assert_eq!(ask(&history(every, None)), [Some(192), Some(192), Some(5)], "{every}");
            // For one position only the chunk that has the answer and the one behind it are looked at.
            assert_eq!(ask(&history(every, Some(1))), [None, None, Some(5)], "{every}");
            for without in [65, 129] {
                assert_eq!(ask(&history(every, Some(without))), [None; 3], "{every}, {without}");
            }
        }
    }
}
