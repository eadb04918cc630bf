//! Some lines of one account in a row, as bytes: the same in memory and in a store.
//!
//! Where a chunk ends depends on the account's lines alone: its chunk `n` has those of the entries before which the account
//! had `n` times 64 lines to `n` times 64 and 63. So whoever folds the same journal makes the same chunks, however
//! often it was stopped in between.

use longmen_core::{AccountNo, Effect, EffectiveDate, Posting, Side};
use longmen_money::Amount;
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::line::{Counters, LineKind, after};
use longmen_wallet::ProductKind;

/// About so many lines are in a chunk; those of one entry are never parted.
const LINES: u64 = 64;

/// Lines of one account, of one entry after the other: a chunk, or what one has from some entry on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    head: Head,
    last: u64,
    last_ns: u64,
    lines: Vec<u8>,
}

/// What stands before a chunk's lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    first: u64,
    first_ns: u64,
    /// How many lines the account has had before the first one.
    before: u64,
    /// The account's counters before the first line.
    opening: Counters,
    count: u32,
}

/// What a line says beside its balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) position: u64,
    pub(crate) time_ns: u64,
    pub(crate) effective: Option<EffectiveDate>,
    pub(crate) kind: LineKind,
    /// Which product's command or event it is.
    pub(crate) product: Option<ProductKind>,
    pub(crate) posting: Posting,
    pub(crate) other: Option<AccountNo>,
}

impl Record {
    /// The day on which it counts.
    pub(crate) fn day(&self) -> EffectiveDate {
        self.effective.unwrap_or(EffectiveDate::of_time(self.time_ns))
    }

    /// Whether it changes the settled balance of another day than that of its journal time.
    pub(crate) fn is_shifted(&self) -> bool {
        self.posting.effect == Effect::Post && self.day() != EffectiveDate::of_time(self.time_ns)
    }
}

/// A record as it is read: where it stands in its entry, and the account's counters after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) record: Record,
    /// How many lines of the account the entry has before it.
    pub(crate) index: u16,
    pub(crate) counters: Counters,
}

/// A record as bytes: what it has beyond the one before it.
#[derive(Serialize, Deserialize)]
struct Row {
    positions: u64,
    times: u64,
    /// Side in bit 0, effect in bits 1 and 2, kind in the bits above.
    what: u8,
    /// 0, or one more than the code of the product.
    product: u8,
    amount: u64,
    other: Option<u32>,
    effective: Option<i32>,
}

impl Chunk {
    /// A chunk without a line, of an account that has had so many lines and has these counters.
    pub(crate) fn new(first: u64, first_ns: u64, before: u64, opening: Counters) -> Self {
        let head = Head { first, first_ns, before, opening, count: 0 };
        Self { last: first, last_ns: first_ns, head, lines: Vec::new() }
    }

    /// The position of its first line.
    pub(crate) fn first(&self) -> u64 {
        self.head.first
    }

    /// The account's counters before its first line.
    pub(crate) fn opening(&self) -> Counters {
        self.head.opening
    }

    /// How many lines the account has had before its first line.
    pub(crate) fn lines_before(&self) -> u64 {
        self.head.before
    }

    /// Whether the account's next line, of the entry at `position`, comes into it.
    pub(crate) fn takes(&self, position: u64) -> bool {
        let lines = self.head.before.saturating_add(self.head.count.into());
        position == self.last || lines / LINES == self.head.before / LINES
    }

    /// Whether an earlier part of the same chunk may be somewhere else.
    pub(crate) fn may_be_continued(&self) -> bool {
        !self.head.before.is_multiple_of(LINES)
    }

    /// The chunk of which this is the beginning, as far as the first line of `rest`, and `rest` the end; `rest` alone where
    /// they are two chunks.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where `rest` does not follow.
    pub(crate) fn followed_by(&self, rest: &Self, account: AccountNo) -> Result<Self, StoreError> {
        if self.head.before / LINES != rest.head.before / LINES {
            return Ok(rest.clone());
        }
        let mut own = self.records(account)?;
        own.truncate(own.partition_point(|read| read.record.position < rest.first()));
        let closing = own.last().map_or(self.opening(), |read| read.counters);
        let count = u64::try_from(own.len()).unwrap_or(u64::MAX);
        if (self.head.before.saturating_add(count), closing) != (rest.head.before, rest.head.opening) {
            return Err(damaged(account, self.head.first));
        }
        let mut whole = Self::new(self.head.first, self.head.first_ns, self.head.before, self.head.opening);
        own.iter().chain(&rest.records(account)?).for_each(|read| whole.push(&read.record));
        Ok(whole)
    }

    pub(crate) fn push(&mut self, record: &Record) {
        let Record { position, time_ns, effective, kind, product, posting, other } = *record;
        let effect = match posting.effect {
            Effect::Post => 0,
            Effect::Hold => 1,
            Effect::Unhold => 2,
        };
        let row = Row {
            positions: position.saturating_sub(self.last),
            times: time_ns.saturating_sub(self.last_ns),
            what: u8::from(posting.side == Side::Credit) | effect << 1 | (kind as u8) << 3,
            product: product.map_or(0, |product| product as u8 + 1),
            amount: posting.amount.minor(),
            other: other.map(|no| no.0),
            effective: effective.map(EffectiveDate::days),
        };
        let bytes = postcard::to_extend(&row, std::mem::take(&mut self.lines));
        self.lines = bytes.unwrap_or_default();
        (self.last, self.last_ns) = (position, time_ns);
        self.head.count += 1;
    }

    /// Its lines in order, each with the counters after it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where they are not what was pushed.
    pub(crate) fn records(&self, account: AccountNo) -> Result<Vec<Read>, StoreError> {
        let damaged = || damaged(account, self.head.first);
        let (mut rest, mut counters) = (&self.lines[..], self.head.opening);
        let (mut position, mut time_ns) = (self.head.first, self.head.first_ns);
        let mut records: Vec<Read> = Vec::with_capacity(usize::try_from(self.head.count).unwrap_or_default());
        for _ in 0..self.head.count {
            let row: Row;
            (row, rest) = postcard::take_from_bytes(rest).map_err(|_| damaged())?;
            position = position.checked_add(row.positions).ok_or_else(damaged)?;
            time_ns = time_ns.checked_add(row.times).ok_or_else(damaged)?;
            let effect = [Effect::Post, Effect::Hold, Effect::Unhold].get(usize::from(row.what >> 1 & 3));
            let posting = Posting {
                account,
                side: if row.what & 1 == 0 { Side::Debit } else { Side::Credit },
                effect: *effect.ok_or_else(damaged)?,
                amount: Amount::new(row.amount).ok_or_else(damaged)?,
            };
            counters = after(counters, &posting).ok_or_else(damaged)?;
            let record = Record {
                position,
                time_ns,
                effective: match row.effective {
                    Some(days) => Some(EffectiveDate::from_days(days).ok_or_else(damaged)?),
                    None => None,
                },
                kind: *LineKind::ALL.get(usize::from(row.what >> 3)).ok_or_else(damaged)?,
                product: match row.product.checked_sub(1) {
                    Some(code) => Some(*ProductKind::ALL.get(usize::from(code)).ok_or_else(damaged)?),
                    None => None,
                },
                posting,
                other: row.other.map(AccountNo),
            };
            let before = records.last().filter(|before| before.record.position == position);
            let index = before.map_or(0, |before| before.index.saturating_add(1));
            records.push(Read { record, index, counters });
        }
        if rest.is_empty() { Ok(records) } else { Err(damaged()) }
    }

    /// The chunk as the value of a row.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let head = postcard::to_extend(&self.head, Vec::with_capacity(self.lines.len() + 48));
        let mut bytes = head.unwrap_or_default();
        bytes.extend_from_slice(&self.lines);
        bytes
    }

    /// A chunk from the value of a row, whose checksum was looked at before; it takes no more lines.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, lines): (Head, _) = postcard::take_from_bytes(bytes).ok()?;
        let (last, last_ns) = (head.first, head.first_ns);
        Some(Self { head, last, last_ns, lines: lines.to_vec() })
    }
}

pub(crate) fn damaged(account: AccountNo, first: u64) -> StoreError {
    StoreError::Damaged {
        what: format!("the lines of account number {} from position {first} on", account.0),
    }
}
