//! Questions about lines: statements, activity, effective days, single entries.

use std::collections::BTreeSet;
use std::ops::Range;

use longmen::replica::{
    ActivityQuestion, Edge, Filter, Line, LineKind, Order, Paging, Period, StatementQuestion,
};
use longmen::wallet::ProductKind;
use longmen::{AccountId, Amount, Effect, EffectiveDate, Side, Sum};
use longmen_sim::Random;

use super::judge::{self, Judge, day_of};
use super::probe::{Ask, pages, size};
use super::sums::{accounts_of, draw_of};

/// A statement shows so many lines at the most, so that a long history takes no longer than a short one.
const SHOWN_MAX: usize = 400;

/// A line in plain words.
pub(crate) type Plain = (
    (AccountId, u64, u16, u64, i64),
    (String, Option<ProductKind>, Side, Effect, u64),
    (Option<AccountId>, [u128; 4]),
);

pub(crate) fn told(line: &Line) -> Plain {
    (
        (line.account, line.position, line.index, line.time_ns, line.effective.days().into()),
        (line.kind.as_str().into(), line.product, line.side, line.effect, line.amount.amount.minor()),
        (line.other, line.balance.counters()),
    )
}

pub(crate) fn right(judge: &Judge, no: usize, line: &judge::Line) -> Plain {
    let other = line.other.map(|no| judge.name(usize::try_from(no.0).unwrap()));
    let judge::Line { position, index, time_ns, product, posting, .. } = *line;
    (
        (judge.name(no), position, index, time_ns, line.day()),
        (line.kind.into(), product, posting.side, posting.effect, posting.amount.minor()),
        (other, line.after),
    )
}

/// One question of each kind.
pub(crate) fn draw(judge: &Judge, random: &mut Random) -> Vec<Ask> {
    let mut asks = vec![activity(judge, random), entry(judge)];
    if let Some(no) = account(judge, random) {
        asks.push(statement(judge, no, random));
        asks.push(effective(judge, no, random));
    }
    asks
}

/// An account with many lines, or any with one.
fn account(judge: &Judge, random: &mut Random) -> Option<usize> {
    let mut all: Vec<usize> = (0..judge.lines.len()).filter(|no| !judge.lines[*no].is_empty()).collect();
    all.sort_by_key(|no| std::cmp::Reverse(judge.lines[*no].len()));
    all.truncate(if random.once_in(2) { 8 } else { usize::MAX });
    random.of(&all).copied()
}

fn day(day: i64) -> EffectiveDate {
    EffectiveDate::from_days(i32::try_from(day).unwrap()).unwrap()
}

/// A period that lies between two entries or their times or days, or is open, and its positions.
fn period(judge: &Judge, [first, last]: [u64; 2], random: &mut Random) -> (Period, Range<u64>) {
    let stamp = |position: u64| judge.stamps[usize::try_from(position).unwrap()];
    let count = |is_before: &dyn Fn(u64) -> bool| {
        judge.stamps.iter().filter(|stamp| is_before(stamp.time_ns)).count() as u64
    };
    let (from_ns, through_ns) = (stamp(first).time_ns, stamp(last).time_ns);
    let (from_day, through_day) = (day_of(from_ns), day_of(through_ns));
    let (from, start) = match random.below(4) {
        0 => (None, 0),
        1 => (Some(Edge::Position(first)), first),
        2 => (Some(Edge::Time(from_ns)), count(&|time_ns| time_ns < from_ns)),
        _ => (Some(Edge::Day(day(from_day))), count(&|time_ns| day_of(time_ns) < from_day)),
    };
    let (through, end) = match random.below(4) {
        0 => (None, judge.stamps.len() as u64),
        1 => (Some(Edge::Position(last)), last + 1),
        2 => (Some(Edge::Time(through_ns)), count(&|time_ns| time_ns <= through_ns)),
        _ => (Some(Edge::Day(day(through_day))), count(&|time_ns| day_of(time_ns) <= through_day)),
    };
    (Period { from, through }, start..end)
}

fn two(judge: &Judge, random: &mut Random) -> [u64; 2] {
    let mut two = [(); 2].map(|()| random.below(judge.stamps.len() as u64));
    two.sort_unstable();
    two
}

fn statement(judge: &Judge, no: usize, random: &mut Random) -> Ask {
    let (mut period, mut range) = period(judge, two(judge, random), random);
    let all = &judge.lines[no];
    let within = |range: &Range<u64>| {
        let lines = all.iter().enumerate().filter(|(_, line)| range.contains(&line.position));
        lines.map(|(at, _)| at).collect::<Vec<_>>()
    };
    let mut lines = within(&range);
    if lines.len() > SHOWN_MAX {
        let at = usize::try_from(random.below((lines.len() - SHOWN_MAX) as u64)).unwrap();
        let ends = [all[lines[at]].position, all[lines[at + SHOWN_MAX]].position];
        period = Period { from: Some(Edge::Position(ends[0])), through: Some(Edge::Position(ends[1])) };
        range = ends[0]..ends[1] + 1;
        lines = within(&range);
    }
    let before = |position: u64| {
        let line = all.iter().rev().find(|line| line.position < position);
        line.map_or([0; 4], |line| line.after)
    };
    let (opening, closing) = (before(range.start), before(range.end));
    let posted_only = random.once_in(3);
    let shown = lines.into_iter().map(|at| &all[at]);
    let shown = shown.filter(|line| !posted_only || line.posting.effect == Effect::Post);
    let mut shown: Vec<Plain> = shown.map(|line| right(judge, no, line)).collect();
    let order = *random.of(&[Order::OldestFirst, Order::NewestFirst]).unwrap();
    if order == Order::NewestFirst {
        shown.reverse();
    }
    let question = StatementQuestion { period, order, posted_only, ..StatementQuestion::of(judge.name(no)) };
    let size = size(random);
    Box::new(move |view| {
        let lines = pages(size, |paging: &Paging| {
            let page = view.statement(&StatementQuestion { paging: paging.clone(), ..question.clone() })?;
            assert_eq!((page.from..page.until, page.account), (range.clone(), question.account));
            let ends = (page.opening.counters(), page.closing.counters());
            assert_eq!(ends, (opening, closing), "at {}: {question:?}", view.at().position);
            Ok((page.lines, page.next))
        })?;
        let lines: Vec<Plain> = lines.iter().map(told).collect();
        same(&lines, &shown, &format!("at {}: {question:?}", view.at().position));
        Ok(2 + lines.len() as u64)
    })
}

/// Two lists are the same; where they are not, the first difference is shown and not both of them.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(found: &[T], right: &[T], what: &str) {
    let differs = found.iter().zip(right).position(|(found, right)| found != right);
    if let Some(at) = differs {
        panic!("{what}: number {at} is\n{:?}, and not\n{:?}", found[at], right[at]);
    }
    assert_eq!(found.len(), right.len(), "{what}");
}

fn effective(judge: &Judge, no: usize, random: &mut Random) -> Ask {
    // Days on which something counts, and their neighbours; and the day of the position.
    let line = random.of(&judge.lines[no]).unwrap();
    let of = if random.once_in(3) { day_of(judge.at().time_ns) } else { line.day() };
    let on = of + i64::try_from(random.below(3)).unwrap() - 1;
    let [debits, credits] = judge.effective(no, on).map(|minor| i128::try_from(minor).unwrap());
    let grows = judge.state.books().accounts()[no].class().normal_side();
    let posted = if grows == Side::Debit { debits - credits } else { credits - debits };
    let (id, on) = (judge.name(no), day(on));
    Box::new(move |view| {
        let found = view.balance_effective(&id, on)?;
        let found = [found.posted.minor(), found.debits.minor(), found.credits.minor()];
        assert_eq!(found, [posted, debits, credits], "{id} on {on} at {}", view.at().position);
        Ok(1)
    })
}

/// A filter that some lines pass.
fn filter(judge: &Judge, range: [u64; 2], random: &mut Random) -> (Filter, Range<u64>) {
    let (period, range) = period(judge, range, random);
    let mut filter = Filter { period, posted_only: random.once_in(4), ..Filter::default() };
    let lines: Vec<_> =
        judge.lines.iter().enumerate().filter_map(|(no, own)| Some((no, own.last()?))).collect();
    // What one of the last lines is like.
    let Some((no, like)) = random.of(&lines) else { return (filter, range) };
    if random.once_in(3) {
        let kind = *random.of(LineKind::ALL).unwrap();
        filter.kinds =
            LineKind::ALL.iter().copied().filter(|own| own.as_str() == like.kind).chain([kind]).collect();
    }
    if random.once_in(4) {
        filter.products = ProductKind::ALL.iter().copied().filter(|_| random.once_in(2)).collect();
    }
    let currency = judge.state.books().accounts()[*no].currency();
    let sum = |minor: u64| Some(Sum::new(Amount::new(minor).unwrap(), currency));
    if random.once_in(4) {
        filter.least = sum(like.posting.amount.minor());
    }
    if random.once_in(4) {
        let least = filter.least.map_or(0, |least| least.amount.minor());
        filter.most = sum(least + random.below(50_000));
    }
    if random.once_in(6) {
        filter.other = like.other.map(|no| judge.name(usize::try_from(no.0).unwrap()));
    }
    let metas: Vec<_> = judge.metas.values().rev().take(8).flat_map(|meta| meta.pairs().to_vec()).collect();
    if random.once_in(5) {
        filter.meta = random.of(&metas).cloned();
    }
    (filter, range)
}

fn passes(judge: &Judge, no: usize, line: &judge::Line, filter: &Filter) -> bool {
    let currency = judge.state.books().accounts()[no].currency();
    let amount = line.posting.amount.minor();
    let other = line.other.map(|no| judge.name(usize::try_from(no.0).unwrap()));
    let least = filter.least.is_none_or(|sum| sum.currency == currency && amount >= sum.amount.minor());
    let most = filter.most.is_none_or(|sum| sum.currency == currency && amount <= sum.amount.minor());
    let kind = filter.kinds.is_empty() || filter.kinds.iter().any(|kind| kind.as_str() == line.kind);
    let product = line.product.is_some_and(|product| filter.products.contains(&product));
    let meta = filter.meta.as_ref().is_none_or(|(key, value)| {
        let own = judge.metas.get(&line.position);
        own.is_some_and(|own| own.pairs().iter().any(|pair| (&pair.0, &pair.1) == (key, value)))
    });
    let posted = !filter.posted_only || line.posting.effect == Effect::Post;
    let other = filter.other.is_none() || filter.other == other;
    least && most && kind && meta && posted && other && (product || filter.products.is_empty())
}

fn activity(judge: &Judge, random: &mut Random) -> Ask {
    let of = draw_of(judge, random);
    let mut ends = two(judge, random);
    let (mut filter, mut range) = filter(judge, ends, random);
    // Not the whole of a long history.
    if range.end - range.start > 3_000 {
        ends[1] = range.end - 1;
        ends[0] = ends[1] - random.below(3_000).min(ends[1]);
        filter.period =
            Period { from: Some(Edge::Position(ends[0])), through: Some(Edge::Position(ends[1])) };
        range = ends[0]..ends[1] + 1;
    }
    let accounts: BTreeSet<usize> = accounts_of(judge, &of);
    let mut items: Vec<((u64, usize, u16), Plain)> = Vec::new();
    for no in accounts {
        let lines = judge.lines[no].iter().filter(|line| range.contains(&line.position));
        let lines = lines.filter(|line| passes(judge, no, line, &filter));
        items.extend(lines.map(|line| ((line.position, no, line.index), right(judge, no, line))));
    }
    // The newest first.
    items.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
    let items: Vec<Plain> = items.into_iter().map(|(_, item)| item).collect();
    let question = ActivityQuestion { filter, with_entries: random.once_in(4), ..ActivityQuestion::of(of) };
    let size = size(random).max(7);
    Box::new(move |view| {
        let found = pages(size, |paging: &Paging| {
            let page = view.activity(&ActivityQuestion { paging: paging.clone(), ..question.clone() })?;
            assert!(page.items.iter().all(|item| item.line.position >= page.looked_from));
            Ok((page.items, page.next))
        })?;
        for item in &found {
            let entry = item.entry.as_ref().map(|entry| (entry.position, entry.time_ns));
            let asked = question.with_entries.then_some((item.line.position, item.line.time_ns));
            assert_eq!(entry, asked, "at {}: {question:?}", view.at().position);
        }
        let found: Vec<Plain> = found.iter().map(|item| told(&item.line)).collect();
        same(&found, &items, &format!("at {}: {question:?}", view.at().position));
        Ok(1 + found.len() as u64)
    })
}

/// The last entry of the ledger that the judge has taken.
fn entry(judge: &Judge) -> Ask {
    let Some((stamp, entry)) = judge.last.clone() else { return Box::new(|_| Ok(0)) };
    Box::new(move |view| {
        let found = view.entry(stamp.position)?;
        assert_eq!((found.position, found.hash, found.time_ns), (stamp.position, stamp.hash, stamp.time_ns));
        assert_eq!((found.key, found.memo.as_str()), (entry.key, entry.memo.as_str()));
        let posted = found.postings.iter().map(|own| (own.side, own.effect, own.amount.amount));
        let right = entry.postings.iter().map(|own| (own.side, own.effect, own.amount));
        assert!(posted.eq(right), "{found:?}");
        Ok(1)
    })
}
