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
/// An account's chunks follow each other without a gap, those in the store first: the counters after a chunk are those
/// before the next, and that is looked at whenever one is read.
#[derive(Debug)]
pub(crate) struct History {
    store: Arc<dyn Store>,
    of: Lines,
    /// Every line below this position is in the store.
    stored: u64,
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
        usize::try_from(account.0).ok().and_then(|no| self.chunks.get(no)).map_or(&[], Vec::as_slice)
    }

    /// Whether a line comes into a chunk that is there.
    fn takes(&self, record: &Record) -> bool {
        self.of(record.posting.account).last().is_some_and(|open| open.takes(record.position))
    }

    /// Adds a line of an account that has had these counters before the line's entry.
    fn push(&mut self, record: &Record, before: impl FnOnce() -> Counters) {
        let account = record.posting.account;
        let no = usize::try_from(account.0).unwrap_or(usize::MAX);
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
        let mut chunk = Chunk::new(record.position, record.time_ns, before());
        chunk.push(record);
        own.push(chunk);
    }

    /// Every chunk with its account.
    pub(crate) fn all(&self) -> impl Iterator<Item = (AccountNo, &Chunk)> {
        self.touched.iter().flat_map(|account| self.of(*account).iter().map(|chunk| (*account, chunk)))
    }
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
    /// The history of which the store has every line below `stored`.
    pub(crate) fn new(of: Lines, store: Arc<dyn Store>, stored: u64) -> Self {
        Self { store, of, stored, moving: Arc::default(), fresh: Fresh::default() }
    }

    pub(crate) fn push(&mut self, record: &Record, before: impl FnOnce() -> Counters) {
        self.fresh.push(record, before);
    }

    /// The same for lines whose counters nobody keeps: they are those after the last line before.
    pub(crate) fn push_on(&mut self, record: &Record) -> Result<(), StoreError> {
        let before =
            if self.fresh.takes(record) { None } else { Some(self.closing(record.posting.account)?) };
        self.fresh.push(record, || before.unwrap_or_default());
        Ok(())
    }

    /// The counters of an account after the last of its lines.
    pub(crate) fn closing(&self, account: AccountNo) -> Result<Counters, StoreError> {
        let Some(last) = self.at_or_before(account, u64::MAX)? else { return Ok(Counters::default()) };
        let records = last.records(account)?;
        Ok(records.last().map_or(last.opening(), |read| read.counters))
    }

    /// Sets the fresh lines apart, to be put into the store; until [`stored`](Self::stored) they are read from here.
    pub(crate) fn set_apart(&mut self) -> Arc<Fresh> {
        self.moving = Arc::new(std::mem::take(&mut self.fresh));
        Arc::clone(&self.moving)
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
        let next = self.at_or_after(account, position)?;
        let after = next.map_or(now, |next| next.opening());
        let Some(chunk) = position.checked_sub(1).map_or(Ok(None), |p| self.at_or_before(account, p))? else {
            // Without a line before it the account was as it was opened.
            return if after == Counters::default() { Ok(after) } else { Err(damaged(account, 0)) };
        };
        let records = chunk.records(account)?;
        let closing = records.last().map_or(chunk.opening(), |read| read.counters);
        if closing != after {
            return Err(damaged(account, chunk.first()));
        }
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
        let mut chunk = match self.at_or_before(account, range.start)? {
            Some(chunk) => Some(chunk),
            None => self.at_or_after(account, range.start)?,
        };
        while let Some(own) = chunk.filter(|chunk| chunk.first() < range.end) {
            let records = own.records(account)?;
            let next = self.at_or_after(account, own.first().saturating_add(1))?;
            let after = next.as_ref().map_or(now, Chunk::opening);
            if records.last().is_some_and(|read| read.counters != after) {
                return Err(damaged(account, own.first()));
            }
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
}

/// The lines of an account in a range of positions, the last one first, to be taken one by one.
#[derive(Debug)]
pub(crate) struct Backwards {
    account: AccountNo,
    start: u64,
    /// Lines from here on were taken, or are in `reads`.
    until: u64,
    /// The account's counters before the line at `until`; not known before the first one is taken.
    after: Option<Counters>,
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
                None => history.at_or_after(self.account, self.until)?.map_or(now, |next| next.opening()),
            };
            let Some(chunk) = history.at_or_before(self.account, last)? else {
                // Before its first line an account is as it was opened.
                self.until = self.start;
                return if after == Counters::default() { Ok(None) } else { Err(damaged(self.account, 0)) };
            };
            let mut reads = chunk.records(self.account)?;
            if reads.last().is_some_and(|read| read.counters != after) {
                return Err(damaged(self.account, chunk.first()));
            }
            reads.truncate(reads.partition_point(|read| read.record.position < self.until));
            (self.after, self.until, self.reads) = (Some(chunk.opening()), chunk.first(), reads);
        }
    }
}

fn chunk_of(account: AccountNo, (_, value): &crate::store::Row) -> Result<Chunk, StoreError> {
    Chunk::from_bytes(value).ok_or_else(|| damaged(account, 0))
}
