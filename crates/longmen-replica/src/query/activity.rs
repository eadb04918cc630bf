//! Activity: the lines of many accounts as one list, the newest first, or those of the whole ledger.

use std::collections::{BTreeMap, btree_map};
use std::ops::Range;

use longmen_core::{AccountId, AccountNo, Effect, MetaKey, Value};
use longmen_journal::Stamp;
use longmen_money::{Currency, Sum};
use longmen_wallet::{Entry, ProductKind};
use serde::Serialize;

use super::cursor::{Paging, Place};
use super::entry::{EntryView, entry_view};
use super::merge::Merge;
use super::period::Period;
use super::statement::{LOOKED_AT_MAX, line};
use super::totals::Of;
use crate::chunk::{Read, Record};
use crate::projection::{Projection, records};
use crate::tail::decode;
use crate::{Error, Line, LineKind, View};

/// So many lines are looked at before the replica may go on.
const LOOKED_AT_ONCE: usize = 4_096;

/// One page looks for metadata in so many entries at the most.
const ENTRIES_MAX: usize = 256;

/// One page of the whole ledger's activity walks so many entries at the most.
const WALKED_MAX: u64 = 8_192;

/// So many entries are read from the journal at once.
const BLOCK: u64 = 512;

/// Which lines are wanted: those to which all of this applies.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Filter {
    /// The period.
    pub period: Period,
    /// What they came of; any if none is named.
    pub kinds: Vec<LineKind>,
    /// Of which products; any, or of none, if none is named.
    pub products: Vec<ProductKind>,
    /// Of no less than this, in its currency.
    pub least: Option<Sum>,
    /// Of no more than this, in its currency.
    pub most: Option<Sum>,
    /// With this one account on the other side.
    pub other: Option<AccountId>,
    /// Of entries with this pair of metadata.
    pub meta: Option<(MetaKey, Value)>,
    /// Only of the posted layer.
    pub posted_only: bool,
}

impl Filter {
    /// Whether it may be that many lines are looked at for a few.
    fn may_pass_over_lines(&self) -> bool {
        Self { period: self.period, ..Self::default() } != *self
    }
}

/// What activity is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ActivityQuestion {
    /// On which accounts.
    pub of: Of,
    /// Which lines.
    pub filter: Filter,
    /// Whether each line brings its entry: its key, memo, metadata and what it means to a product.
    #[serde(skip)]
    pub with_entries: bool,
    /// Which part of it.
    #[serde(skip)]
    pub paging: Paging,
}

impl ActivityQuestion {
    /// The first page of all that ever happened on some accounts.
    #[must_use]
    pub fn of(of: Of) -> Self {
        Self { of, filter: Filter::default(), with_entries: false, paging: Paging::default() }
    }
}

/// A page of activity.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Activity {
    /// What happened, the newest first.
    pub items: Vec<ActivityItem>,
    /// Everything from this position on was looked at, as far as the period goes.
    pub looked_from: u64,
    /// The cursor of the next page, if there may be one.
    pub next: Option<String>,
}

/// Something that happened on an account.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ActivityItem {
    /// The line.
    #[serde(flatten)]
    pub line: Line,
    /// Its entry, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<Box<EntryView>>,
}

/// What is being put on a page.
struct Page {
    size: usize,
    found: Vec<(AccountNo, Read)>,
    /// What was looked at last.
    last: Option<Place>,
    /// Whether there may be more.
    more: bool,
}

/// A filter with numbers for names.
struct Prepared<'a> {
    filter: &'a Filter,
    other: Option<AccountNo>,
}

impl View<'_> {
    /// A page of what happened on some accounts, or in the whole ledger, the newest first.
    ///
    /// The lines of one entry come together.
    /// A page does a bounded amount of work: it looks at 65 536 lines, looks up the metadata of 256 entries, or walks 8 192
    /// entries of the whole ledger, at the most. So it may be short, or even empty, and still have a next one;
    /// `looked_from` says how far it came.
    ///
    /// With a filter, with entries, and of the whole ledger, this view lets go of the present first, so that the replica can
    /// go on: what it is asked of the state afterwards is replayed.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], [`Error::Future`], [`Error::Question`] or [`Error::Cursor`] where the question has no answer.
    pub fn activity(&self, question: &ActivityQuestion) -> Result<Activity, Error> {
        let size = question.paging.checked_size()?;
        let filter = self.prepare(&question.filter)?;
        let range = self.range(&question.filter.period)?;
        let place = self.line_place("activity", question, &question.paging)?;
        let numbers = self.numbers(&question.of)?;
        if numbers.is_none() || question.with_entries || question.filter.may_pass_over_lines() {
            self.let_go();
        }
        let mut page = Page { size, found: Vec::new(), last: place, more: true };
        match numbers {
            Some(numbers) => self.merged(&numbers, &range, &filter, &mut page)?,
            None => self.walked(&range, &filter, &mut page)?,
        }
        let next = page.last.filter(|_| page.more);
        let looked_from = next.map_or(range.start, |place| place.position);
        let next = next.map(|place| self.cursor("activity", question, place));
        let items = self.items(&page.found, question.with_entries)?;
        Ok(Activity { items, looked_from, next })
    }

    fn prepare<'a>(&self, filter: &'a Filter) -> Result<Prepared<'a>, Error> {
        if let (Some(least), Some(most)) = (filter.least, filter.most) {
            let what = if least.currency != most.currency {
                "the least and the most are of two currencies; give both in one"
            } else if least.amount > most.amount {
                "the least is more than the most; change them over"
            } else {
                ""
            };
            if !what.is_empty() {
                return Err(Error::Question { what: what.to_owned() });
            }
        }
        let other = filter.other.map(|id| self.account(&id)).transpose()?;
        Ok(Prepared { filter, other: other.map(|(no, _)| no) })
    }

    /// Lines of these accounts.
    fn merged(
        &self,
        numbers: &[AccountNo],
        range: &Range<u64>,
        filter: &Prepared<'_>,
        page: &mut Page,
    ) -> Result<(), Error> {
        let place = page.last;
        let until = place.map_or(range.end, |place| range.end.min(place.position.saturating_add(1)));
        let mut merge = self.projection(|now| Merge::new(now, numbers, range.start..until));
        let (mut looked_at, mut looked_up) = (0, 0);
        let mut entries = Looked::default();
        loop {
            let wanted = match filter.filter.meta {
                Some(_) => ENTRIES_MAX,
                None => page.size - page.found.len(),
            };
            let mut candidates = Vec::new();
            let mut last = page.last;
            self.projection(|now| {
                let pause = LOOKED_AT_MAX.min(looked_at + LOOKED_AT_ONCE);
                while candidates.len() < wanted && looked_at < pause {
                    let Some((no, read)) = merge.next(now)? else { break };
                    let own = place_of(no, &read);
                    if place.is_some_and(|place| own >= place) {
                        continue;
                    }
                    (looked_at, last) = (looked_at + 1, Some(own));
                    let currency = now.state.books().account_at(no).map(longmen_core::Account::currency);
                    candidates.extend(filter.takes(&read.record, currency).then_some((no, read)));
                }
                Ok::<_, Error>(())
            })?;
            let is_last = merge.is_done() || looked_at == LOOKED_AT_MAX;
            for (no, read) in candidates {
                if page.found.len() == page.size || looked_up == ENTRIES_MAX {
                    return Ok(());
                }
                if filter.filter.meta.is_some() {
                    looked_up += usize::from(entries.look(self, read.record.position)?);
                }
                page.last = Some(place_of(no, &read));
                if filter.filter.meta.is_none() || entries.has(filter) {
                    page.found.push((no, read));
                }
            }
            page.last = last;
            if is_last || page.found.len() == page.size {
                page.more = !merge.is_done();
                return Ok(());
            }
        }
    }

    /// Lines of the whole ledger: its entries are walked from the last one to the first, in blocks.
    fn walked(&self, range: &Range<u64>, filter: &Prepared<'_>, page: &mut Page) -> Result<(), Error> {
        let place = page.last;
        let mut until = place.map_or(range.end, |place| range.end.min(place.position.saturating_add(1)));
        let mut left = WALKED_MAX;
        while until > range.start {
            if left == 0 {
                return Ok(());
            }
            let from = until.saturating_sub(BLOCK.min(left)).max(range.start);
            left -= until - from;
            let block = self.block(from..until)?;
            let full = self.projection(|now| {
                for (stamp, entry) in block.iter().rev() {
                    for (no, read) in lines_of(now, *stamp, entry, filter)? {
                        let own = place_of(no, &read);
                        if place.is_some_and(|place| own >= place) {
                            continue;
                        }
                        if page.found.len() == page.size {
                            return Ok::<_, Error>(true);
                        }
                        page.last = Some(own);
                        page.found.push((no, read));
                    }
                }
                Ok(false)
            })?;
            if full {
                return Ok(());
            }
            // Every line of the entry at `from` was looked at, so the next page begins before its first one.
            page.last = Some(Place { position: from, account: 0, index: 0 });
            until = from;
        }
        page.more = false;
        Ok(())
    }

    /// The entries at these positions, without the journal's own.
    fn block(&self, range: Range<u64>) -> Result<Vec<(Stamp, Entry)>, Error> {
        let journal = &self.shared().journal;
        journal.note_durable_below(range.end);
        let mut entries = journal.read(range.start)?;
        let mut block = Vec::new();
        while let Some(raw) = entries.next().transpose()? {
            block.extend(decode(&raw)?.map(|entry| (raw.stamp(), entry)));
            // Going on at the journal's end would look at all that lies behind it.
            if raw.position.saturating_add(1) >= range.end {
                break;
            }
        }
        Ok(block)
    }

    fn items(&self, found: &[(AccountNo, Read)], with_entries: bool) -> Result<Vec<ActivityItem>, Error> {
        let mut entries = BTreeMap::new();
        if with_entries {
            for (_, read) in found {
                let position = read.record.position;
                if let btree_map::Entry::Vacant(place) = entries.entry(position) {
                    place.insert(self.shared().entry(position)?);
                }
            }
        }
        Ok(self.projection(|now| {
            let items = found.iter().filter_map(|(no, read)| {
                let account = now.state.books().account_at(*no)?;
                let own = entries.get(&read.record.position);
                let entry = own.map(|(stamp, entry)| Box::new(entry_view(now, *stamp, entry.clone())));
                Some(ActivityItem { line: line(now, account, read), entry })
            });
            items.collect()
        }))
    }
}

/// The wanted lines of an entry, the last one first.
fn lines_of(
    now: &Projection,
    stamp: Stamp,
    entry: &Entry,
    filter: &Prepared<'_>,
) -> Result<Vec<(AccountNo, Read)>, Error> {
    if !filter.has_meta(entry) {
        return Ok(Vec::new());
    }
    let takes = |record: &Record| {
        let account = now.state.books().account_at(record.posting.account);
        filter.takes(record, account.map(longmen_core::Account::currency))
    };
    let mut accounts: Vec<AccountNo> =
        records(stamp, entry).filter(takes).map(|record| record.posting.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let mut lines = Vec::new();
    for no in accounts.into_iter().rev() {
        let range = stamp.position..stamp.position.saturating_add(1);
        now.history.backwards(no, range, now.counters(no), &mut |read| {
            lines.extend(takes(&read.record).then_some((no, *read)));
            true
        })?;
    }
    Ok(lines)
}

fn place_of(account: AccountNo, read: &Read) -> Place {
    Place { position: read.record.position, account: account.0, index: read.index }
}

impl Prepared<'_> {
    fn takes(&self, record: &Record, currency: Option<Currency>) -> bool {
        let filter = self.filter;
        let is_within = |bound: Option<Sum>, fits: fn(u64, u64) -> bool| {
            bound.is_none_or(|bound| {
                Some(bound.currency) == currency && fits(record.posting.amount.minor(), bound.amount.minor())
            })
        };
        (filter.kinds.is_empty() || filter.kinds.contains(&record.kind))
            && (filter.products.is_empty()
                || record.product.is_some_and(|product| filter.products.contains(&product)))
            && (!filter.posted_only || record.posting.effect == Effect::Post)
            && (self.other.is_none() || record.other == self.other)
            && is_within(filter.least, |own, least| own >= least)
            && is_within(filter.most, |own, most| own <= most)
    }

    fn has_meta(&self, entry: &Entry) -> bool {
        let wanted = self.filter.meta.as_ref();
        wanted.is_none_or(|(key, value)| entry.meta().is_some_and(|meta| meta.has(key, value)))
    }
}

/// The entry that was looked up last.
#[derive(Default)]
struct Looked(Option<(u64, Option<Entry>)>);

impl Looked {
    /// Looks up the entry at a position, if it is not the one that is here; says whether it had to.
    fn look(&mut self, view: &View<'_>, position: u64) -> Result<bool, Error> {
        if self.0.as_ref().is_some_and(|(own, _)| *own == position) {
            return Ok(false);
        }
        self.0 = Some((position, view.shared().entry(position)?.1));
        Ok(true)
    }

    fn has(&self, filter: &Prepared<'_>) -> bool {
        matches!(&self.0, Some((_, Some(entry))) if filter.has_meta(entry))
    }
}
