//! What is right, reckoned as plainly as can be: a walk over every entry, naive sums, and the state replayed beside it.
//!
//! It shares no code with the replica.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use longmen::wallet::{OwnerId, ProductKind};
use longmen::{
    AccountId, AccountNo, Content, Effect, EffectiveDate, Entry, Event, JournalEntry, MemberNo, Meta,
    Posting, SetNo, Side, Stamp, State,
};

const DAY_NS: u64 = 86_400_000_000_000;

/// One posting on an account.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) position: u64,
    pub(crate) index: u16,
    pub(crate) time_ns: u64,
    pub(crate) effective: Option<EffectiveDate>,
    pub(crate) kind: &'static str,
    pub(crate) product: Option<ProductKind>,
    pub(crate) posting: Posting,
    /// The only account on the other side of its part of the entry.
    pub(crate) other: Option<AccountNo>,
    /// Debits posted, credits posted, debits held, credits held, after it.
    pub(crate) after: [u128; 4],
}

impl Line {
    /// The day on which it counts, since 1970-01-01.
    pub(crate) fn day(&self) -> i64 {
        self.effective.map_or(day_of(self.time_ns), |day| day.days().into())
    }
}

/// The day of a journal time, since 1970-01-01.
pub(crate) fn day_of(time_ns: u64) -> i64 {
    i64::try_from(time_ns / DAY_NS).unwrap()
}

/// Everything that the entries so far said.
pub(crate) struct Judge {
    pub(crate) state: State,
    /// Every line of every account, by the accounts' numbers.
    pub(crate) lines: Vec<Vec<Line>>,
    /// The stamp of every entry.
    pub(crate) stamps: Vec<Stamp>,
    /// The metadata of the entries that have some.
    pub(crate) metas: BTreeMap<u64, Meta>,
    /// The position of the entry that opened each account.
    pub(crate) opened: Vec<u64>,
    /// What is in every set.
    sets: Vec<BTreeSet<MemberNo>>,
    /// Some entries, to be looked at closely at later positions too.
    entries: BTreeMap<u64, JournalEntry>,
    /// The last entry of the ledger, for it is looked at closely.
    pub(crate) last: Option<(Stamp, Entry)>,
}

impl Judge {
    pub(crate) fn new() -> Self {
        Self {
            state: State::new(),
            lines: vec![],
            stamps: vec![],
            metas: BTreeMap::new(),
            opened: vec![],
            sets: vec![],
            entries: BTreeMap::new(),
            last: None,
        }
    }

    /// Walks the journal in `dir` from where it is, and stops after the entry at each of these positions, which are in
    /// order, to have it looked at.
    pub(crate) fn walk(&mut self, dir: &Path, stops: &[u64], look: &mut dyn FnMut(&Self)) {
        let mut stops = stops.iter().copied().peekable();
        for entry in longmen::entries(dir, self.stamps.len() as u64).unwrap() {
            let entry = entry.unwrap();
            self.take(&entry);
            if stops.next_if_eq(&entry.stamp.position).is_some() {
                look(self);
            }
        }
        assert_eq!(stops.next(), None, "the journal has this position");
    }

    /// Takes the next entry.
    fn take(&mut self, entry: &JournalEntry) {
        let Stamp { position, time_ns, .. } = entry.stamp;
        assert_eq!(position, self.stamps.len() as u64, "no entry is left out");
        self.stamps.push(entry.stamp);
        if position % 61 < 2 {
            self.entries.insert(position, entry.clone());
        }
        let Content::Ledger(own) = &entry.content else { return };
        self.state.apply(position, time_ns, own).unwrap();
        let accounts = self.state.books().accounts().len();
        self.lines.resize(accounts, vec![]);
        self.opened.resize(accounts, position);
        if let Some(meta) = own.meta() {
            self.metas.insert(position, meta.clone());
        }
        self.last = Some((entry.stamp, own.clone()));
        let product = own.product.as_ref().map(|fact| fact.event.kind());
        for (event, postings) in own.parts() {
            match event {
                Event::SetOpened(_) => self.sets.push(BTreeSet::new()),
                Event::Joined { set, member } => drop(self.sets[index(*set)].insert(*member)),
                Event::Left { set, member } => drop(self.sets[index(*set)].remove(member)),
                _ => {}
            }
            for posting in postings {
                let others = postings.iter().map(|posting| posting.account);
                let mut others: Vec<AccountNo> = others.filter(|no| *no != posting.account).collect();
                others.sort_unstable();
                others.dedup();
                let lines = &mut self.lines[usize::try_from(posting.account.0).unwrap()];
                let mut after = lines.last().map_or([0; 4], |line| line.after);
                let side = usize::from(posting.side == Side::Credit);
                let amount = u128::from(posting.amount.minor());
                match posting.effect {
                    Effect::Post => after[side] += amount,
                    Effect::Hold => after[2 + side] += amount,
                    Effect::Unhold => after[2 + side] -= amount,
                }
                let own_before = lines.iter().rev().take_while(|line| line.position == position).count();
                lines.push(Line {
                    position,
                    index: u16::try_from(own_before).unwrap(),
                    time_ns,
                    effective: own.effective,
                    kind: kind(event),
                    product,
                    posting: *posting,
                    other: if let [other] = others[..] { Some(other) } else { None },
                    after,
                });
            }
        }
    }

    /// An entry up to here, which one the random number says.
    pub(crate) fn some_entry(&self, random: u64) -> &JournalEntry {
        let at = usize::try_from(random).unwrap() % self.entries.len();
        self.entries.values().nth(at).unwrap()
    }

    /// The last entry.
    pub(crate) fn at(&self) -> Stamp {
        *self.stamps.last().unwrap()
    }

    /// The name and the number of every account.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (AccountId, usize)> {
        self.state.books().accounts().iter().enumerate().map(|(no, account)| (*account.id(), no))
    }

    /// An account's counters, as its lines say.
    pub(crate) fn counters(&self, no: usize) -> [u128; 4] {
        self.lines[no].last().map_or([0; 4], |line| line.after)
    }

    /// Debits and credits posted to an account that count on this day or before it.
    pub(crate) fn effective(&self, no: usize, day: i64) -> [u128; 2] {
        let mut sums = [0; 2];
        for line in self.lines[no].iter().filter(|line| line.day() <= day) {
            if line.posting.effect == Effect::Post {
                sums[usize::from(line.posting.side == Side::Credit)] +=
                    u128::from(line.posting.amount.minor());
            }
        }
        sums
    }

    /// The numbers of the accounts in a set, or in one that is in it.
    pub(crate) fn in_set(&self, set: SetNo) -> BTreeSet<usize> {
        let (mut accounts, mut sets, mut open) = (BTreeSet::new(), BTreeSet::from([set]), vec![set]);
        while let Some(set) = open.pop() {
            for member in &self.sets[index(set)] {
                match member {
                    MemberNo::Account(no) => drop(accounts.insert(usize::try_from(no.0).unwrap())),
                    MemberNo::Set(no) => open.extend(sets.insert(*no).then_some(*no)),
                }
            }
        }
        accounts
    }

    /// The numbers of an owner's accounts, those of the cards with them.
    pub(crate) fn of_owner(&self, owner: OwnerId) -> BTreeSet<usize> {
        let products = self.state.products();
        let subs = products.owners.get(owner).unwrap().accounts.iter().map(|own| own.account);
        let cards = products.cards.cards.iter().filter(|card| card.owner == owner).map(|card| card.account);
        subs.chain(cards).map(|no| usize::try_from(no.0).unwrap()).collect()
    }

    /// The numbers of the accounts whose place in the chart is this one or below it.
    pub(crate) fn at_code(&self, code: &str) -> BTreeSet<usize> {
        let is_there = |no: &usize| {
            let details = self.state.books().details_at(AccountNo(u32::try_from(*no).unwrap()));
            let own = details.and_then(|details| details.code);
            own.is_some_and(|own| own.as_str() == code || own.as_str().starts_with(&format!("{code}.")))
        };
        (0..self.lines.len()).filter(is_there).collect()
    }

    /// The name of an account.
    pub(crate) fn name(&self, no: usize) -> AccountId {
        *self.state.books().accounts()[no].id()
    }

    /// What the walk has added up is what the replayed state says.
    pub(crate) fn check(&self) {
        for (id, no) in self.accounts() {
            let balance = self.state.books().account(&id).unwrap().balance();
            assert_eq!(balance.counters(), self.counters(no), "{id}");
            let [debits, credits, ..] = self.counters(no);
            assert_eq!(self.effective(no, i64::MAX), [debits, credits], "{id}");
        }
    }
}

fn index(set: SetNo) -> usize {
    usize::try_from(set.0).unwrap()
}

/// What a line came of.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::Posted => "post",
        Event::Moved { .. } => "move",
        Event::Reversed { .. } => "reverse",
        Event::HoldPlaced(_) => "hold",
        Event::HoldIncremented { .. } => "increment",
        Event::HoldCaptured { .. } => "capture",
        Event::HoldReleased { .. } => "release",
        Event::HoldExpired { .. } => "expire",
        other => panic!("{other:?} has postings"),
    }
}
