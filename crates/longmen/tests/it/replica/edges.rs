//! Questions at the edges: right when something came into the ledger, or into a set, and right before.
//!
//! Also days, times and pages at which there is hardly anything, and cursors that are carried on to a later position.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use longmen::replica::{
    ActivityQuestion, Edge, EntryView, Error, Of, Order, Paging, Period, StatementQuestion, View,
};
use longmen::wallet::OwnerId;
use longmen::{
    AccountId, AccountNo, Content, Effect, EffectiveDate, Entry, Event, JournalEntry, MemberNo, SetId, Stamp,
};
use longmen_sim::Random;

use super::judge::{self, Judge, day_of};
use super::lines::{right, same, told};
use super::probe::{Ask, pages};
use super::sums::{balance, sums, told_sums};

/// Of each kind of entry so many are looked at.
const OF_A_KIND: usize = 2;

/// What is looked at closely: entries by what they did.
pub(crate) struct Edges(BTreeMap<&'static str, Vec<u64>>);

impl Edges {
    /// Some entries of every kind in the journal in `dir`.
    pub(crate) fn find(dir: &Path, random: &mut Random) -> Self {
        let mut all: BTreeMap<&'static str, Vec<u64>> = BTreeMap::new();
        for entry in longmen::entries(dir, 0).unwrap().map(Result::unwrap) {
            let Content::Ledger(own) = &entry.content else { continue };
            for kind in kinds(own) {
                all.entry(kind).or_default().push(entry.stamp.position);
            }
        }
        for positions in all.values_mut() {
            while positions.len() > OF_A_KIND {
                positions.swap_remove(usize::try_from(random.below(positions.len() as u64)).unwrap());
            }
        }
        Self(all)
    }

    /// Their positions and those right before, in order.
    pub(crate) fn stops(&self) -> impl Iterator<Item = u64> {
        self.0.values().flatten().flat_map(|position| [position - 1, *position])
    }

    /// Whether a position is one of those.
    pub(crate) fn is_near(&self, position: u64) -> bool {
        self.stops().any(|own| own == position)
    }

    /// What they did.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}

/// What an entry did that changes what later answers are about.
fn kinds(entry: &Entry) -> Vec<&'static str> {
    let kind = |event: &Event| match event {
        Event::AccountOpened(_) => Some("account opened"),
        Event::AccountChanged { .. } => Some("account changed"),
        Event::SetOpened(_) => Some("set opened"),
        Event::Joined { member: MemberNo::Set(_), .. } => Some("set joined a set"),
        Event::Joined { .. } => Some("account joined a set"),
        Event::Left { .. } => Some("left a set"),
        Event::HoldPlaced(_) => Some("hold placed"),
        Event::HoldExpired { .. } => Some("hold expired"),
        Event::Reversed { .. } => Some("reversed"),
        Event::Moved { .. } => Some("moved"),
        _ => None,
    };
    let product = entry.product.as_ref().map(|fact| fact.event.kind().as_str());
    entry.parts().filter_map(|(event, _)| kind(event)).chain(product).collect()
}

/// Questions at the judge's position, of which the entries around it decide the answer.
pub(crate) fn draw(judge: &Judge, random: &mut Random) -> Vec<Ask> {
    let mut asks = vec![entry(judge, random), before_all(judge), pages_of_one(judge, random)];
    asks.extend(judge.last.as_ref().map(|(stamp, own)| touched(judge, *stamp, own)));
    asks.extend((0..2).map(|_| effective(judge, random)));
    asks.extend((0..2).map(|_| times(judge, random)));
    asks.push(sets(judge));
    asks.push(owners(judge));
    asks
}

fn unknown<T: std::fmt::Debug>(found: Result<T, Error>, what: &str) {
    assert!(matches!(found, Err(Error::Unknown { .. })), "{what}: {found:?}");
}

/// The accounts that the last entry opened or posted to: all that can be asked of an account.
fn touched(judge: &Judge, stamp: Stamp, entry: &Entry) -> Ask {
    let opened = judge.opened.iter().enumerate().filter(|(_, opened)| **opened == stamp.position);
    let mut numbers: BTreeSet<usize> = opened.map(|(no, _)| no).collect();
    numbers.extend(entry.postings.iter().map(|posting| number(posting.account)));
    let own: Vec<_> = numbers
        .into_iter()
        .take(6)
        .map(|no| {
            let lines = &judge.lines[no];
            let last: Vec<_> = lines.iter().filter(|line| line.position == stamp.position).collect();
            let before = lines.iter().rev().find(|line| line.position < stamp.position);
            let before = before.map_or([0; 4], |line| line.after);
            let last: Vec<_> = last.into_iter().map(|line| right(judge, no, line)).collect();
            (balance(judge, no), before, last, lines.len())
        })
        .collect();
    Box::new(move |view| {
        for ((id, now), before, last, count) in &own {
            let at = Edge::Position(stamp.position);
            let period = Period { from: Some(at), through: Some(at) };
            let page = view.statement(&StatementQuestion { period, ..StatementQuestion::of(*id) })?;
            assert_eq!(
                (page.opening.counters(), page.closing),
                (*before, *now),
                "{id} at {}",
                stamp.position
            );
            let found: Vec<_> = page.lines.iter().map(told).collect();
            same(&found, last, &format!("{id} at {}", stamp.position));
            assert_eq!(page.next, None);
            // All of it, the newest first, by one line; and what an account without a line says.
            let question = StatementQuestion {
                order: Order::NewestFirst,
                paging: Paging::first(1),
                ..StatementQuestion::of(*id)
            };
            let page = view.statement(&question)?;
            assert_eq!((page.lines.len(), page.next.is_some()), ((*count).min(1), *count > 1), "{id}");
            assert_eq!((page.opening.counters(), page.closing), ([0; 4], *now), "{id}");
            let question =
                ActivityQuestion { paging: Paging::first(1), ..ActivityQuestion::of(Of::Account(*id)) };
            let newest = view.activity(&question)?;
            let newest: Vec<_> = newest.items.iter().map(|item| told(&item.line)).collect();
            assert_eq!(newest, page.lines.iter().map(told).collect::<Vec<_>>(), "{id}");
            let alone = view.accounts(&Of::Account(*id), &Paging::first(1))?;
            assert_eq!((alone.accounts[0].balance, alone.next), (*now, None), "{id}");
        }
        Ok(1 + 5 * own.len() as u64)
    })
}

/// Any entry up to here, with all that it says; and the one behind, which there is not yet.
fn entry(judge: &Judge, random: &mut Random) -> Ask {
    let next = judge.stamps.len() as u64;
    let told: Vec<JournalEntry> = (0..3).map(|_| judge.some_entry(random.below(1 << 32)).clone()).collect();
    let name = |no: AccountNo| judge.name(number(no));
    let names: BTreeMap<AccountNo, AccountId> = told
        .iter()
        .filter_map(|entry| if let Content::Ledger(own) = &entry.content { Some(own) } else { None })
        .flat_map(|own| own.postings.iter().map(|posting| (posting.account, name(posting.account))))
        .collect();
    Box::new(move |view| {
        for entry in &told {
            let found = view.entry(entry.stamp.position)?;
            let EntryView { position, hash, time_ns, .. } = found;
            assert_eq!(Stamp { position, hash, time_ns }, entry.stamp);
            let Content::Ledger(own) = &entry.content else {
                assert_eq!((found.event, found.key, found.postings.len()), ("journal", None, 0));
                continue;
            };
            assert_eq!((found.key, found.memo.as_str()), (own.key, own.memo.as_str()));
            assert_eq!(
                (found.linked, found.forced, &found.product),
                (own.linked, own.forced, &own.product.clone())
            );
            assert_eq!(found.effective, own.effective.unwrap_or(EffectiveDate::of_time(time_ns)));
            assert_eq!(found.meta, own.meta().cloned().unwrap_or_default());
            let right =
                own.postings.iter().map(|own| (names[&own.account], own.side, own.effect, own.amount));
            let postings =
                found.postings.iter().map(|own| (own.account, own.side, own.effect, own.amount.amount));
            assert!(postings.eq(right), "{found:?}");
        }
        let behind = view.entry(next);
        assert!(matches!(behind, Err(Error::Future { .. })), "{behind:?}");
        Ok(1 + told.len() as u64)
    })
}

/// Days on which nothing counts yet, days on which all does, and those around a line that was dated elsewhere.
fn effective(judge: &Judge, random: &mut Random) -> Ask {
    let all: Vec<usize> = (0..judge.lines.len()).collect();
    let Some(no) = random.of(&all).copied() else { return Box::new(|_| Ok(0)) };
    let shifted = judge.lines[no].iter().filter(|line| line.effective.is_some()).map(judge::Line::day);
    let shifted: Vec<i64> = shifted.collect();
    let (first, last) = (day_of(judge.stamps[0].time_ns), day_of(judge.at().time_ns));
    let mut days = vec![first - 400, first - 1, first, last, last + 1, last + 400, 0, -1];
    days.extend(random.of(&shifted).into_iter().flat_map(|day| [day - 1, *day]));
    let own = days.into_iter().map(|day| {
        let on = EffectiveDate::from_days(i32::try_from(day).unwrap()).unwrap();
        (on, judge.effective(no, day).map(|minor| i128::try_from(minor).unwrap()))
    });
    let (id, own): (AccountId, Vec<(EffectiveDate, [i128; 2])>) = (judge.name(no), own.collect());
    Box::new(move |view| {
        for (day, sides) in &own {
            let found = view.balance_effective(&id, *day)?;
            assert_eq!(
                [found.debits.minor(), found.credits.minor()],
                *sides,
                "{id} on {day} at {}",
                view.at().position
            );
        }
        Ok(own.len() as u64)
    })
}

/// Statements of periods between entries, before the first one and behind the last one.
fn times(judge: &Judge, random: &mut Random) -> Ask {
    let all: Vec<usize> = (0..judge.lines.len()).filter(|no| judge.lines[*no].len() < 400).collect();
    let Some(no) = random.of(&all).copied() else { return Box::new(|_| Ok(0)) };
    let time = |at: u64| judge.stamps[usize::try_from(at).unwrap()].time_ns;
    let (first, last) = (time(0), judge.at().time_ns);
    let between = time(random.below(judge.stamps.len() as u64)) + 1;
    let ends = [0, 1, first - 1, first, between - 1, between, last, last + 1, u64::MAX];
    let [from, through] = [*random.of(&ends).unwrap(), *random.of(&ends).unwrap()];
    let (from, through) = (from.min(through), from.max(through));
    let before = |ns: u64| judge.stamps.iter().filter(|stamp| stamp.time_ns < ns).count() as u64;
    let upto = |ns: u64| judge.stamps.iter().filter(|stamp| stamp.time_ns <= ns).count() as u64;
    let range = before(from)..upto(through);
    let lines = judge.lines[no].iter().filter(|line| range.contains(&line.position));
    let lines: Vec<_> = lines.map(|line| right(judge, no, line)).collect();
    let period = Period { from: Some(Edge::Time(from)), through: Some(Edge::Time(through)) };
    let question =
        StatementQuestion { period, paging: Paging::first(1_000), ..StatementQuestion::of(judge.name(no)) };
    let backwards = Period { from: Some(Edge::Time(last)), through: Some(Edge::Time(first)) };
    Box::new(move |view| {
        let page = view.statement(&question)?;
        assert_eq!(page.from..page.until, range, "{question:?} at {}", view.at().position);
        let found: Vec<_> = page.lines.iter().map(told).collect();
        same(&found, &lines, &format!("{question:?} at {}", view.at().position));
        if first < last {
            let refused = view.statement(&StatementQuestion { period: backwards, ..question.clone() });
            assert!(matches!(refused, Err(Error::Question { .. })), "{refused:?}");
        }
        Ok(1 + lines.len() as u64)
    })
}

/// What came into the ledger later is not there.
fn before_all(judge: &Judge) -> Ask {
    let accounts: Vec<AccountId> = judge.accounts().map(|(id, _)| id).collect();
    Box::new(move |view| {
        let found =
            pages(1_000, |paging| view.find_accounts("", paging).map(|page| (page.found, page.next)))?;
        let found: Vec<AccountId> = found.into_iter().map(|own| own.account).collect();
        same(&found, &accounts, &format!("all names at {}", view.at().position));
        let rows =
            pages(1_000, |paging| view.accounts(&Of::Ledger, paging).map(|page| (page.accounts, page.next)))?;
        assert!(rows.iter().map(|own| own.account).eq(accounts.iter().copied()));
        Ok(2)
    })
}

/// Pages of one thing, of short lists.
fn pages_of_one(judge: &Judge, random: &mut Random) -> Ask {
    let short: Vec<usize> =
        (0..judge.lines.len()).filter(|no| (1..40).contains(&judge.lines[*no].len())).collect();
    let Some(no) = random.of(&short).copied() else { return Box::new(|_| Ok(0)) };
    let (id, posted_only) = (judge.name(no), random.once_in(3));
    let lines = judge.lines[no].iter().filter(|line| !posted_only || line.posting.effect == Effect::Post);
    let mut lines: Vec<_> = lines.map(|line| right(judge, no, line)).collect();
    lines.reverse();
    let with_entries = random.once_in(2);
    Box::new(move |view| {
        let mut question = ActivityQuestion { with_entries, ..ActivityQuestion::of(Of::Account(id)) };
        question.filter.posted_only = posted_only;
        let found = pages(1, |paging| {
            let page = view.activity(&ActivityQuestion { paging: paging.clone(), ..question.clone() })?;
            Ok((page.items, page.next))
        })?;
        let found: Vec<_> = found.iter().map(|item| told(&item.line)).collect();
        same(&found, &lines, &format!("{id} one by one at {}", view.at().position));
        Ok(found.len() as u64)
    })
}

/// Every set: its members are those of this position; one that is opened later is unknown.
fn sets(judge: &Judge) -> Ask {
    let sets: Vec<(SetId, _, Vec<AccountId>)> = judge
        .state
        .books()
        .sets()
        .iter()
        .map(|set| {
            let numbers = judge.in_set(judge.state.books().set_no(&set.id).unwrap());
            (set.id, sums(judge, &numbers), numbers.iter().map(|no| judge.name(*no)).collect())
        })
        .collect();
    let later = SetId::new("owners-of-nothing").unwrap();
    Box::new(move |view| {
        for (id, totals, members) in &sets {
            let of = Of::Set(*id);
            assert_eq!(told_sums(&view.totals(&of)?), *totals, "{id} at {}", view.at().position);
            let found = pages(3, |paging| view.accounts(&of, paging).map(|page| (page.accounts, page.next)))?;
            assert!(
                found.iter().map(|own| own.account).eq(members.iter().copied()),
                "{id} at {}",
                view.at().position
            );
        }
        unknown(view.totals(&Of::Set(later)), "no set");
        Ok(1 + 2 * sets.len() as u64)
    })
}

/// Every owner there is, and nothing of any other one.
fn owners(judge: &Judge) -> Ask {
    let owners = judge.state.products().owners.iter();
    let owners: Vec<_> = owners.map(|own| (own.id, own.kind, own.since_ns)).collect();
    let nobody = OwnerId::new("nobody-at-all").unwrap();
    let now_ns = judge.at().time_ns;
    Box::new(move |view| {
        let found = pages(5, |paging| view.find_owners("", paging).map(|page| (page.found, page.next)))?;
        let found: Vec<_> = found.iter().map(|own| (own.owner, own.kind, own.since_ns)).collect();
        assert_eq!(found, owners, "owners at {}", view.at().position);
        unknown(view.owner(nobody, now_ns), "owner");
        unknown(view.cards(nobody, now_ns), "cards");
        unknown(view.withdrawals(nobody, &Paging::default()), "withdrawals");
        unknown(view.totals(&Of::Owner(nobody)), "totals");
        unknown(view.activity(&ActivityQuestion::of(Of::Owner(nobody))), "activity");
        unknown(view.open_holds(&Of::Owner(nobody), &Paging::default()), "holds");
        Ok(7)
    })
}

/// A statement that is begun at an early position and gone on with at a late one.
pub(crate) struct Carried {
    pub(crate) account: AccountId,
    /// The positions of the first page, and the cursor behind it.
    first: Vec<(u64, u16)>,
    cursor: Option<String>,
    order: Order,
}

impl Carried {
    fn question(&self) -> StatementQuestion {
        StatementQuestion { order: self.order, ..StatementQuestion::of(self.account) }
    }

    /// Takes a first page.
    pub(crate) fn begin(view: &View<'_>, account: AccountId, order: Order) -> Result<Self, Error> {
        let mut own = Self { account, first: Vec::new(), cursor: None, order };
        let page = view.statement(&StatementQuestion { paging: Paging::first(3), ..own.question() })?;
        own.first = page.lines.iter().map(|line| (line.position, line.index)).collect();
        own.cursor = page.next;
        Ok(own)
    }

    /// Goes on elsewhere; all lines there are in the end, or up to `until`, the newest first, are seen once.
    pub(crate) fn go_on(&self, judge: &Judge, view: &View<'_>, until: u64) -> Result<u64, Error> {
        let Some(cursor) = &self.cursor else { return Ok(0) };
        let no = judge.state.books().account_no(&self.account).unwrap();
        let all = judge.lines[number(no)].iter().map(|line| (line.position, line.index));
        let mut all: Vec<(u64, u16)> = all.collect();
        if self.order == Order::NewestFirst {
            all.retain(|(position, _)| *position <= until);
            all.reverse();
        }
        let (mut found, mut paging) = (self.first.clone(), Paging::first(7).after(cursor));
        loop {
            let page = view.statement(&StatementQuestion { paging: paging.clone(), ..self.question() })?;
            found.extend(page.lines.iter().map(|line| (line.position, line.index)));
            let Some(next) = page.next else { break };
            paging = Paging::first(100).after(&next);
        }
        same(&found, &all, &format!("{} begun at {until}", self.account));
        Ok(found.len() as u64)
    }
}

fn number(no: AccountNo) -> usize {
    usize::try_from(no.0).unwrap()
}
