//! Random commands on accounts, sets, limits, days and subjects.

use longmen_core::{
    AccountChange, Action, ChangeAccount, EffectiveDate, Flow, Limit, LimitId, Member, Membership, Most,
    Scope, SetId, Subject, Value, Window,
};
use longmen_money::Amount;

use super::{Generator, OFFSETS, SETS, pairs};

impl Generator<'_> {
    pub(super) fn change_account(&mut self) -> Action {
        let account = self.account(None);
        let known = self.model.state.accounts.get(&account);
        let is_closed = known.is_some_and(|account| account.closed);
        let is_frozen = known.is_some_and(|account| account.frozen != [false; 2]);
        let change = match self.random.below(10) {
            _ if is_frozen && self.random.once_in(2) => AccountChange::Freeze { debit: false, credit: false },
            _ if is_closed && self.random.once_in(2) => AccountChange::Reopen,
            0..3 => AccountChange::Overdraft(self.overdraft()),
            3 | 4 => AccountChange::Freeze { debit: self.random.once_in(2), credit: self.random.once_in(2) },
            5 => AccountChange::Hidden(self.random.once_in(2)),
            6 | 7 => AccountChange::Close,
            8 => AccountChange::Reopen,
            _ => AccountChange::Details(self.details()),
        };
        let own = self.model.state.accounts.get(&account).map(|account| account.is.currency);
        let currency = self.other_currency(own.unwrap_or(longmen_money::Currency::CNY));
        let currency = self.random.once_in(3).then_some(currency);
        Action::ChangeAccount(Box::new(ChangeAccount { account, currency, change }))
    }

    /// A set: one that is not open, if a new one is wanted and there is one.
    pub(super) fn set(&mut self, is_new: bool) -> SetId {
        let sets = SETS.map(|name| SetId::new(name).unwrap());
        if self.random.once_in(8) {
            return *self.random.of(&sets);
        }
        let fits = sets.iter().filter(|id| self.model.state.sets.contains_key(id) != is_new);
        self.random.any(fits).copied().unwrap_or(sets[0])
    }

    pub(super) fn membership(&mut self) -> Membership {
        let set = self.set(false);
        if let Some(members) = self.model.state.sets.get(&set)
            && let Some(member) = self.random.any(members.iter().copied())
            && self.random.once_in(4)
        {
            return Membership { set, member };
        }
        let member = match self.random.below(3) {
            0 => Member::Set(self.set(false)),
            _ => Member::Account(self.account(None)),
        };
        Membership { set, member }
    }

    pub(super) fn limit_id(&mut self) -> LimitId {
        LimitId::new(self.random.of::<&str>(&["daily", "monthly", "often", "ever"])).unwrap()
    }

    pub(super) fn limit(&mut self) -> Limit {
        let earlier = self.random.any(self.model.state.limits.iter());
        let mut limit = match earlier {
            Some(velocity) if self.random.once_in(3) => velocity.limit.clone(),
            _ => self.new_limit(),
        };
        if self.random.once_in(2) {
            limit.most = match limit.most {
                Most::Amount(_) => Most::Amount(Amount::new(self.random.below(500)).unwrap()),
                Most::Count(_) => Most::Count(self.random.below(4)),
            };
        }
        if self.random.once_in(3) {
            let count = 1 + self.random.below(2);
            limit.exempt = (0..count).map(|_| self.random.of(&pairs()).clone()).collect();
        }
        if self.random.once_in(15) {
            self.spoil(&mut limit);
        }
        limit
    }

    fn new_limit(&mut self) -> Limit {
        let any = self.currency();
        let account = self.account(Some(any));
        let has_sets = !self.model.state.sets.is_empty() || self.random.once_in(10);
        let is_set = has_sets && self.random.once_in(2);
        let scope = if is_set { Scope::Set(self.set(false)) } else { Scope::Account(account) };
        let own = match scope {
            Scope::Account(id) => self.model.state.accounts.get(&id).map(|account| account.is.currency),
            Scope::Set(_) => None,
        };
        let currency = own.filter(|_| !self.random.once_in(30)).unwrap_or(any);
        let counts = self.random.once_in(4);
        let most = match counts {
            true => Most::Count(self.random.below(4)),
            false => Most::Amount(Amount::new(self.random.below(500)).unwrap()),
        };
        let flows = if counts { &Flow::ALL[..2] } else { &Flow::ALL[..] };
        let flow = *self.random.of(flows);
        let window = self.window();
        Limit { id: self.limit_id(), scope, currency, flow, most, window, exempt: Vec::new() }
    }

    fn window(&mut self) -> Window {
        let day_ns = 86_400_000_000_000;
        let short = 10 + self.random.below(90);
        let length_ns = if self.random.once_in(4) { day_ns } else { short };
        let utc_offset_min = *self.random.of(&OFFSETS);
        match self.random.below(6) {
            0 => Window::Lifetime,
            1 => Window::Month { utc_offset_min },
            2 => Window::Year { utc_offset_min },
            3 => {
                // A window may begin after now: those before it are counted back from there.
                let far = if self.random.once_in(4) { u64::MAX } else { self.now + self.random.below(200) };
                Window::Every { length_ns, from_ns: far }
            }
            _ => Window::Last { length_ns },
        }
    }

    /// Makes a limit one that nobody takes.
    fn spoil(&mut self, limit: &mut Limit) {
        let key = pairs()[0].0;
        let text = |text: &str| (key, Value::Text(text.into()));
        match self.random.below(9) {
            0 => limit.window = Window::Every { length_ns: self.random.below(2), from_ns: 0 },
            1 => limit.window = Window::Last { length_ns: 0 },
            2 => limit.window = Window::Month { utc_offset_min: 1440 },
            3 => limit.window = Window::Year { utc_offset_min: -1440 },
            4 => (limit.flow, limit.most) = (Flow::NetIn, Most::Count(1)),
            5 => limit.exempt = vec![pairs()[0].clone(); 9],
            6 => limit.exempt.push(text("two\nlines")),
            7 => limit.exempt.push(text("pay 4111 1111 1111 1111")),
            _ => limit.exempt.push(text(&"x".repeat(129))),
        }
        if self.random.once_in(3) {
            self.spoil(limit);
        }
    }

    /// A day close to today or to the seal.
    pub(super) fn day(&mut self) -> EffectiveDate {
        let today = EffectiveDate::of_time(self.now).days();
        let back = i32::try_from(self.random.below(5)).unwrap();
        let days = match self.model.state.sealed {
            Some(sealed) if self.random.once_in(2) => sealed.days() + 2 - back,
            _ => today + 1 - back,
        };
        EffectiveDate::from_days(days).unwrap()
    }

    pub(super) fn subject(&mut self) -> Subject {
        Subject::new(&format!("p{}", self.random.below(8))).unwrap()
    }
}
