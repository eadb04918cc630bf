//! Velocity limits: every movement is kept with its time, and filtered when somebody asks.

use std::collections::BTreeSet;

use longmen_core::{AccountId, Action, Command, Flow, Limit, Member, Most, Scope, SetId, Side, Window};

use super::{Line, State};

const DAY_NS: i128 = 86_400_000_000_000;

#[derive(Clone)]
pub(crate) struct Velocity {
    pub(crate) limit: Limit,
    pub(crate) in_force: bool,
    /// What was posted, or 1 for a command that counts, and when.
    pub(crate) moves: Vec<(u64, i128)>,
}

impl Velocity {
    /// What was counted in the window that `now` lies in.
    pub(crate) fn counted(&self, now: u64) -> i128 {
        let counts = |(then, _): &&(u64, i128)| same_window(self.limit.window, *then, now);
        self.moves.iter().filter(counts).map(|(_, amount)| amount).sum()
    }

    /// The side of an account on which money moves in the limit's direction.
    fn side(&self, state: &State, id: &AccountId) -> Side {
        let normal = state.accounts[id].is.class.normal_side();
        if matches!(self.limit.flow, Flow::In | Flow::NetIn) { normal } else { normal.opposite() }
    }

    /// Those it looks at: accounts of its currency.
    fn looked_at(&self, state: &State) -> BTreeSet<AccountId> {
        let mut accounts = match self.limit.scope {
            Scope::Account(id) => BTreeSet::from([id]),
            Scope::Set(id) => state.accounts_in(&id),
        };
        accounts.retain(|id| state.accounts[id].is.currency == self.limit.currency);
        accounts
    }

    pub(crate) fn exempts(&self, command: &Command) -> bool {
        let pairs = command.extras.iter().flat_map(|extras| extras.meta.pairs());
        self.limit.exempt.iter().any(|exempt| pairs.clone().any(|pair| pair == exempt))
    }

    /// What a command adds to what was counted.
    fn adds(&self, state: &State, command: &Command, lines: &[Line]) -> i128 {
        let looked_at = self.looked_at(state);
        let mine = || lines.iter().filter(|line| looked_at.contains(&line.account));
        let is_towards = |line: &&Line| line.side == self.side(state, &line.account);
        let towards: i128 = mine().filter(is_towards).filter(|line| !line.held).map(|line| line.amount).sum();
        let against: i128 =
            mine().filter(|line| !is_towards(line) && !line.held).map(|line| line.amount).sum();
        let makes = matches!(
            command.action,
            Action::Post(_) | Action::Move(_) | Action::Reverse(_) | Action::PlaceHold(_)
        );
        match (self.limit.most, self.limit.flow) {
            (Most::Count(_), _) => {
                i128::from(makes && mine().any(|line| is_towards(&line) && line.amount > 0))
            }
            (Most::Amount(_), Flow::In | Flow::Out) => towards,
            (Most::Amount(_), Flow::NetIn | Flow::NetOut) => towards - against,
        }
    }
}

impl State {
    /// Every account in a set, at whatever depth.
    pub(crate) fn accounts_in(&self, set: &SetId) -> BTreeSet<AccountId> {
        let members = self.sets[set].iter();
        members
            .flat_map(|member| match member {
                Member::Account(id) => BTreeSet::from([*id]),
                Member::Set(id) => self.accounts_in(id),
            })
            .collect()
    }

    /// What counts against a limit: what was counted, and what is held now in its direction.
    pub(crate) fn usage(&self, no: usize, now: u64) -> i128 {
        let velocity = &self.limits[no];
        let held = match velocity.limit.most {
            Most::Count(_) => 0,
            Most::Amount(_) => {
                let accounts = velocity.looked_at(self);
                accounts.iter().map(|id| self.held_on(id, velocity.side(self, id))).sum()
            }
        };
        velocity.counted(now) + held
    }

    /// Keeps what a command moves for the limits that look at it.
    pub(crate) fn record(&mut self, command: &Command, lines: &[Line], now: u64) {
        let adds: Vec<i128> =
            self.limits.iter().map(|velocity| velocity.adds(self, command, lines)).collect();
        for (velocity, amount) in self.limits.iter_mut().zip(adds) {
            if velocity.in_force && amount != 0 && !velocity.exempts(command) {
                velocity.moves.push((now, amount));
            }
        }
    }

    pub(crate) fn set_limit(&mut self, limit: &Limit) {
        let new = Velocity { limit: limit.clone(), in_force: true, moves: Vec::new() };
        let Some(old) = self.limits.iter_mut().find(|old| old.limit.id == limit.id) else {
            return self.limits.push(new);
        };
        // It goes on counting if only its bound, of the same kind, or its exemptions changed.
        let is_amount = |limit: &Limit| matches!(limit.most, Most::Amount(_));
        let rest = Limit { most: old.limit.most, exempt: old.limit.exempt.clone(), ..limit.clone() };
        if old.in_force && is_amount(limit) == is_amount(&old.limit) && rest == old.limit {
            old.limit = limit.clone();
        } else {
            *old = new;
        }
    }
}

fn same_window(window: Window, then: u64, now: u64) -> bool {
    let [then, now] = [i128::from(then), i128::from(now)];
    match window {
        Window::Lifetime => true,
        Window::Every { length_ns, from_ns } => {
            let number = |time: i128| (time - i128::from(from_ns)).div_euclid(length_ns.into());
            number(then) == number(now)
        }
        Window::Month { utc_offset_min } => {
            month(local_day(then, utc_offset_min)) == month(local_day(now, utc_offset_min))
        }
        Window::Year { utc_offset_min } => {
            month(local_day(then, utc_offset_min)).0 == month(local_day(now, utc_offset_min)).0
        }
        Window::Last { length_ns } => now - then < length_ns.into(),
    }
}

pub(crate) fn local_day(time: i128, offset_min: i16) -> i128 {
    (time + i128::from(offset_min) * 60_000_000_000).div_euclid(DAY_NS)
}

/// The year and the month of a day, by walking there from 1970.
pub(crate) fn month(mut day: i128) -> (i128, usize) {
    let is_leap = |year: i128| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    loop {
        let length = 365 + i128::from(is_leap(year));
        if day < length {
            break;
        }
        (day, year) = (day - length, year + 1);
    }
    let february = 28 + i128::from(is_leap(year));
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= lengths[month] {
        (day, month) = (day - lengths[month], month + 1);
    }
    (year, month)
}
