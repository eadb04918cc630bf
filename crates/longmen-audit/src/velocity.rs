//! The audit's own velocity limits: what each counts, and that nothing passes it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use longmen_core::{
    AccountNo, EXEMPT_MAX, Effect, Event, Flow, Limit, LimitId, LimitNo, MemberNo, Most, Scope, SetNo, Window,
};

use crate::chart::Chart;
use crate::law::{Findings, Law};
use crate::shape::Turn;
use crate::tables::{Tables, at};
use crate::windows::Spent;

/// A limit, and what it has counted.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) limit: Limit,
    pub(crate) in_force: bool,
    pub(crate) spent: Spent,
    /// What it looks at, if that is there.
    on: Option<MemberNo>,
    /// What is held now in its direction on the accounts that it looks at.
    held: i128,
}

/// Every limit in the order in which it was first set.
#[derive(Debug, Default)]
pub(crate) struct Velocity {
    pub(crate) limits: Vec<Row>,
    by_id: BTreeMap<LimitId, u32>,
    /// The limits in force on each account or set.
    on: BTreeMap<MemberNo, BTreeSet<u32>>,
    /// The limits that look at each account, directly or through its sets.
    watchers: HashMap<u32, Vec<u32>>,
}

/// What an entry adds to a limit: what it posts in its direction, and what it reserves.
#[derive(Clone, Copy, Debug, Default)]
struct Rise {
    posted: i128,
    held: i128,
}

fn is_in(flow: Flow) -> bool {
    matches!(flow, Flow::In | Flow::NetIn)
}

fn is_net(flow: Flow) -> bool {
    matches!(flow, Flow::NetIn | Flow::NetOut)
}

fn is_sound(limit: &Limit) -> bool {
    let has_window = match limit.window {
        Window::Lifetime => true,
        Window::Every { length_ns, .. } | Window::Last { length_ns } => length_ns != 0,
        Window::Month { utc_offset_min } | Window::Year { utc_offset_min } => {
            (-1_439..=1_439).contains(&utc_offset_min)
        }
    };
    let is_measured = !is_net(limit.flow) || matches!(limit.most, Most::Amount(_));
    has_window && is_measured && limit.exempt.len() <= EXEMPT_MAX
}

/// Whether a limit that is set anew goes on counting.
fn goes_on(old: &Limit, new: &Limit) -> bool {
    let counts = |limit: &Limit| matches!(limit.most, Most::Count(_));
    counts(old) == counts(new)
        && old.scope == new.scope
        && old.currency == new.currency
        && old.flow == new.flow
        && old.window == new.window
}

impl Velocity {
    /// A limit was set, under a new name or anew.
    pub(crate) fn set(
        &mut self,
        position: u64,
        limit: &Limit,
        tables: &Tables,
        chart: &Chart,
        found: &mut Findings,
    ) {
        let on = match &limit.scope {
            Scope::Account(id) => tables.number(id).map(|no| MemberNo::Account(AccountNo(no))),
            Scope::Set(id) => chart.number(id).map(|no| MemberNo::Set(SetNo(no))),
        };
        if on.is_none() || !is_sound(limit) {
            found.add(position, Law::LimitKnown, || {
                format!("{} is not sound, or what it looks at is not there", limit.id)
            });
        }
        let next = u32::try_from(self.limits.len()).unwrap_or(u32::MAX);
        let no = *self.by_id.entry(limit.id).or_insert(next);
        let mut row = Row { limit: limit.clone(), in_force: true, spent: Spent::default(), on, held: 0 };
        self.retire(no, tables, chart);
        match usize::try_from(no).ok().and_then(|at| self.limits.get_mut(at)) {
            Some(old) => {
                if old.in_force && goes_on(&old.limit, limit) {
                    row.spent = std::mem::take(&mut old.spent);
                }
                *old = row;
            }
            None => self.limits.push(row),
        }
        if let Some(on) = on {
            self.on.entry(on).or_default().insert(no);
            self.look_again(on, tables, chart);
        }
    }

    /// A limit was dropped.
    pub(crate) fn drop_limit(
        &mut self,
        position: u64,
        no: LimitNo,
        tables: &Tables,
        chart: &Chart,
        found: &mut Findings,
    ) {
        self.retire(no.0, tables, chart);
        let row = usize::try_from(no.0).ok().and_then(|at| self.limits.get_mut(at));
        match row.filter(|row| row.in_force) {
            Some(row) => {
                row.in_force = false;
                row.spent = Spent::default();
            }
            None => found
                .add(position, Law::LimitKnown, || format!("it drops limit {}, which is not in force", no.0)),
        }
    }

    /// Takes a limit off what it looks at.
    fn retire(&mut self, no: u32, tables: &Tables, chart: &Chart) {
        let row = usize::try_from(no).ok().and_then(|at| self.limits.get(at));
        let Some(on) = row.and_then(|row| row.on) else { return };
        if let Some(limits) = self.on.get_mut(&on) {
            limits.remove(&no);
            if limits.is_empty() {
                self.on.remove(&on);
            }
        }
        self.look_again(on, tables, chart);
    }

    /// Finds out anew which limits look at an account, or at every account in a set.
    pub(crate) fn look_again(&mut self, member: MemberNo, tables: &Tables, chart: &Chart) {
        if self.limits.is_empty() {
            return;
        }
        for no in chart.accounts(member) {
            let around = chart.above(MemberNo::Account(AccountNo(no)));
            let limits = around.iter().filter_map(|member| self.on.get(member)).flatten().copied();
            let own = limits.filter(|limit| {
                let row = usize::try_from(*limit).ok().and_then(|at| self.limits.get(at));
                row.map(|row| row.limit.currency) == tables.currency_of(no)
            });
            let new: BTreeSet<u32> = own.collect();
            let old = self.watchers.remove(&no).unwrap_or_default();
            self.shift_held(no, &old, -1, tables);
            let new: Vec<u32> = new.into_iter().collect();
            self.shift_held(no, &new, 1, tables);
            if !new.is_empty() {
                self.watchers.insert(no, new);
            }
        }
    }

    /// Adds what an account holds to limits, or takes it off them.
    fn shift_held(&mut self, no: u32, limits: &[u32], sign: i128, tables: &Tables) {
        let Some(account) = tables.account(no) else { return };
        for limit in limits {
            if let Some(row) = usize::try_from(*limit).ok().and_then(|at| self.limits.get_mut(at)) {
                let grown = account.drawn_on.opposite();
                let side = if is_in(row.limit.flow) { grown } else { account.drawn_on };
                row.held += sign * account.held[at(side)];
            }
        }
    }

    /// Judges an entry whose postings are folded in, and counts it.
    pub(crate) fn judge(&mut self, turn: Turn<'_>, tables: &Tables, found: &mut Findings) {
        if self.watchers.is_empty() {
            return;
        }
        let is_imported = turn.entry.extras.as_ref().is_some_and(|extras| extras.happened_ns.is_some());
        for (no, rise) in self.rises(turn, tables) {
            let Some(row) = usize::try_from(no).ok().and_then(|at| self.limits.get_mut(at)) else { continue };
            row.held += rise.held;
            let meta = turn.entry.extras.as_ref().map(|extras| &extras.meta);
            let is_exempt = |(key, value)| meta.and_then(|meta| meta.get(key)) == Some(value);
            if is_imported || row.limit.exempt.iter().any(|(key, value)| is_exempt((key, value))) {
                continue;
            }
            let (rise, posted, held, most) = match row.limit.most {
                Most::Amount(most) => (rise.posted + rise.held, rise.posted, row.held, most.minor().into()),
                Most::Count(most) => {
                    let made = i128::from(makes_one(&turn.entry.event, rise));
                    (made, made, 0, i128::from(most))
                }
            };
            let total = row.spent.at(row.limit.window, turn.time_ns) + posted + held;
            if rise > 0 && total > most && !turn.entry.forced {
                found.add(turn.position, Law::LimitKept, || {
                    format!("it raises {} to {total}, beyond {most}", row.limit.id)
                });
            }
            if posted != 0 {
                row.spent.add(row.limit.window, turn.time_ns, posted);
            }
        }
    }

    /// What an entry adds to each limit that looks at one of its accounts.
    fn rises(&self, turn: Turn<'_>, tables: &Tables) -> BTreeMap<u32, Rise> {
        let mut rises = BTreeMap::<u32, Rise>::new();
        for posting in &turn.entry.postings {
            let limits = self.watchers.get(&posting.account.0).into_iter().flatten();
            let Some(account) = tables.account(posting.account.0) else { continue };
            for no in limits {
                let Some(row) = usize::try_from(*no).ok().and_then(|at| self.limits.get(at)) else {
                    continue;
                };
                let rise = rises.entry(*no).or_default();
                let comes_in = posting.side != account.drawn_on;
                let amount = i128::from(posting.amount.minor());
                match (posting.effect, comes_in == is_in(row.limit.flow)) {
                    (Effect::Post, true) => rise.posted += amount,
                    (Effect::Post, false) if is_net(row.limit.flow) => rise.posted -= amount,
                    (Effect::Hold, true) => rise.held += amount,
                    (Effect::Unhold, true) => rise.held -= amount,
                    (_, false) => {}
                }
            }
        }
        rises
    }
}

/// Whether an entry counts as one where commands are counted.
fn makes_one(event: &Event, rise: Rise) -> bool {
    match event {
        Event::Posted | Event::Moved { .. } | Event::Reversed { .. } => rise.posted > 0,
        Event::HoldPlaced(_) => rise.held > 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use longmen_core::AccountId;
    use longmen_money::{Amount, Currency};

    use super::*;

    #[test]
    fn a_limit_has_a_window_and_measures_what_can_be_measured() {
        let limit = |flow, most, window| Limit {
            id: LimitId::new("limit").unwrap(),
            scope: Scope::Account(AccountId::new("alice").unwrap()),
            currency: Currency::CNY,
            flow,
            most,
            window,
            exempt: Vec::new(),
        };
        let (count, amount) = (Most::Count(1), Most::Amount(Amount::ZERO));
        let month = |utc_offset_min| Window::Month { utc_offset_min };
        let cases = [
            (limit(Flow::In, count, Window::Lifetime), true),
            (limit(Flow::NetIn, amount, Window::Last { length_ns: 1 }), true),
            (limit(Flow::NetIn, count, Window::Lifetime), false),
            (limit(Flow::NetOut, count, Window::Lifetime), false),
            (limit(Flow::Out, amount, Window::Last { length_ns: 0 }), false),
            (limit(Flow::Out, amount, Window::Every { length_ns: 0, from_ns: 5 }), false),
            (limit(Flow::Out, amount, Window::Year { utc_offset_min: i16::MIN }), false),
            (limit(Flow::Out, amount, month(1_440)), false),
            (limit(Flow::Out, amount, month(-1_440)), false),
            (limit(Flow::Out, amount, month(1_439)), true),
        ];
        for (limit, want) in cases {
            assert_eq!(is_sound(&limit), want, "{limit:?}");
        }
    }
}
