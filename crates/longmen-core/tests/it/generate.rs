//! Random commands, drawn with an eye on what the model holds, so that most of them come close to a limit.

mod dress;
mod money;
mod rest;

use longmen_core::{
    AccountId, Action, Class, Code, Command, Details, EffectiveDate, Key, Meta, MetaKey, Most, OpenAccount,
    Overdraft, Value, Window,
};
use longmen_money::{Amount, Currency};

use crate::model::{Model, Outcome, local_day, month};

/// One step of a random run.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Command(Box<Command>),
    /// Linked commands and the one after them.
    Group(Vec<Command>),
    /// Time goes by; whose time has come stays open until the writer looks.
    Tick(u64),
    /// The writer ends every hold whose time has come.
    Expire,
    /// From now on books made by a replay and books made from a snapshot go along.
    Twins,
}

/// `SplitMix64`: small, and the same everywhere.
#[derive(Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True once in `n` draws.
    fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(u64::try_from(all.len()).unwrap())).unwrap()]
    }

    /// One of those that an iterator gives, if it gives any.
    fn any<T>(&mut self, all: impl Iterator<Item = T>) -> Option<T> {
        let mut all: Vec<T> = all.collect();
        let count = u64::try_from(all.len()).unwrap();
        (count > 0).then(|| all.swap_remove(usize::try_from(self.below(count)).unwrap()))
    }
}

pub(crate) const NAMES: [&str; 8] = ["bank", "alice", "bob", "shop", "fee", "till", "deep", "full"];
pub(crate) const SETS: [&str; 4] = ["customers", "vip", "shops", "all"];
pub(crate) const CODES: [&str; 4] = ["2010", "2010.cust", "2010.cust.a", "2010.customs"];

/// The pairs that accounts and commands are given, and that limits exempt.
pub(crate) fn pairs() -> [(MetaKey, Value); 5] {
    let key = |text| MetaKey::new(text).unwrap();
    [
        (key("channel"), Value::Text("app".into())),
        (key("channel"), Value::Int(1)),
        (key("channel"), Value::Int(2)),
        (key("payroll"), Value::Bool(true)),
        (key("order"), Value::Reference(7731)),
    ]
}

pub(crate) struct Generator<'a> {
    pub(crate) random: Random,
    pub(crate) model: &'a Model,
    pub(crate) now: u64,
    /// The count of steps so far, which makes fresh keys.
    pub(crate) at: usize,
}

impl Generator<'_> {
    pub(crate) fn step(&mut self) -> Step {
        let opening = self.at < 12 && !self.random.once_in(4);
        let key = Key::new(&format!("k{}", self.at)).unwrap();
        match self.random.below(100) {
            _ if opening => Step::Command(Box::new(Command::new(key, self.open()))),
            0..7 => Step::Tick(self.tick()),
            7..11 => Step::Expire,
            11..20 => Step::Group(self.group()),
            20..22 => Step::Group(self.group_again()),
            22..26 => Step::Command(Box::new(self.again())),
            _ => {
                let mut command = self.command(key);
                command.linked = self.random.once_in(150);
                Step::Command(Box::new(command))
            }
        }
    }

    fn command(&mut self, key: Key) -> Command {
        let has_hold = !self.model.state.holds.is_empty() || self.random.once_in(20);
        let action = match self.random.below(100) {
            56..80 if !has_hold => self.hold(),
            0..2 => self.open(),
            2..10 => self.change_account(),
            10..27 => Action::Post(self.legs()),
            27..37 => Action::Move(Box::new(self.moved())),
            37..43 => self.reverse(),
            43..56 => self.hold(),
            56..62 => self.increment(),
            62..74 => self.capture(),
            74..80 => self.release(),
            80..83 => Action::OpenSet(self.set(true)),
            83..88 => Action::Join(Box::new(self.membership())),
            88..90 => Action::Leave(Box::new(self.membership())),
            90..96 => Action::SetLimit(Box::new(self.limit())),
            96..97 => Action::DropLimit(self.limit_id()),
            97..99 => Action::SealPeriod(self.day()),
            _ => Action::EraseSubject(self.subject()),
        };
        self.dressed(Command::new(key, action))
    }

    /// Linked commands, each drawn with an eye on what those before it have done.
    fn group(&mut self) -> Vec<Command> {
        let (mut model, mut group) = (self.model.clone(), Vec::new());
        let count = 2 + self.random.below(3);
        for (at, now) in (0..count).zip(self.now..) {
            let key = Key::new(&format!("k{}.{at}", self.at)).unwrap();
            let mut command = self.next_of_group(&mut model, key, now);
            if self.random.once_in(60) {
                command.key = self.any_key();
            }
            let is_last = at + 1 == count;
            group.push(if is_last && !self.random.once_in(30) { command } else { command.linked() });
        }
        group
    }

    /// A command that is carried out after those before it, most of the time: any refusal fells the whole group.
    fn next_of_group(&mut self, model: &mut Model, key: Key, now: u64) -> Command {
        loop {
            let random = self.random.clone();
            let mut generator = Generator { random, model, now, at: self.at };
            let command = generator.command(key);
            self.random = generator.random;
            let mut tried = model.clone();
            if tried.run(&command, now) == Outcome::Done || self.random.once_in(8) {
                *model = tried;
                return command;
            }
        }
    }

    /// A group that was sent before, as it was or nearly so.
    fn group_again(&mut self) -> Vec<Command> {
        let Some(mut group) = self.random.any(self.model.groups.iter()).map(|group| group.to_vec()) else {
            return self.group();
        };
        let at = usize::try_from(self.random.below(u64::try_from(group.len()).unwrap())).unwrap();
        let key = Key::new(&format!("k{}", self.at)).unwrap();
        match self.random.below(8) {
            0 => group[at].key = key,
            1 => group[at].effective = EffectiveDate::from_days(1),
            2 => {
                let linked = group[at].linked;
                group[at] = Command { linked, ..self.command(key) };
            }
            3 if group.len() > 2 => drop(group.remove(0)),
            _ => {}
        }
        group
    }

    /// A key that was used, with the same content or nearly so.
    fn again(&mut self) -> Command {
        let Some(done) = self.random.any(self.model.done.values()) else {
            return Command::new(Key::new("k").unwrap(), self.open());
        };
        let mut earlier = done.command.clone();
        match self.random.below(6) {
            0 => earlier.effective = EffectiveDate::from_days(1),
            1 => earlier.action = self.hold(),
            2 => earlier.linked = !earlier.linked,
            _ => {}
        }
        earlier
    }

    fn any_key(&mut self) -> Key {
        let key = self.random.any(self.model.done.keys().copied());
        key.unwrap_or(Key::new("never").unwrap())
    }

    /// A little time, or the time until something begins or ends, give or take a nanosecond.
    fn tick(&mut self) -> u64 {
        if !self.random.once_in(3) {
            return self.random.below(30);
        }
        let day_ns = 86_400_000_000_000;
        let midnight = (self.now / day_ns + 1) * day_ns;
        let mut ends = vec![midnight, midnight + self.random.below(3) * day_ns, self.next_month()];
        ends.extend(self.model.state.holds.values().filter_map(|hold| hold.expires));
        for velocity in &self.model.state.limits {
            match velocity.limit.window {
                Window::Every { length_ns, from_ns } if length_ns > 0 => {
                    ends.push(self.now + length_ns - self.now.abs_diff(from_ns) % length_ns);
                }
                Window::Last { length_ns } => {
                    ends.extend(velocity.moves.iter().map(|(then, _)| then.saturating_add(length_ns)));
                }
                _ => {}
            }
        }
        ends.retain(|end| *end > self.now && *end < self.now + 100 * day_ns);
        (self.random.of(&ends) - self.now + self.random.below(3)).saturating_sub(2)
    }

    /// The beginning of the next month, at some offset from UTC.
    fn next_month(&mut self) -> u64 {
        let offset = *self.random.of(&OFFSETS);
        let today = local_day(self.now.into(), offset);
        let first = (today + 1..).find(|day| month(*day) != month(today)).unwrap();
        u64::try_from(first * 86_400_000_000_000 - i128::from(offset) * 60_000_000_000).unwrap()
    }

    fn open(&mut self) -> Action {
        let id = self.account(None);
        let currency = if self.random.below(5) < 2 { Currency::USD } else { Currency::CNY };
        let mut open = OpenAccount::new(id, currency, *self.random.of(&Class::ALL));
        open.overdraft = self.overdraft();
        open.hidden = self.random.once_in(8);
        open.details = self.details();
        Action::OpenAccount(Box::new(open))
    }

    fn overdraft(&mut self) -> Overdraft {
        match self.random.below(5) {
            0 | 1 => Overdraft::Unlimited,
            2 => Overdraft::UpTo(Amount::new(self.random.below(500)).unwrap()),
            _ => Overdraft::FORBIDDEN,
        }
    }

    fn details(&mut self) -> Details {
        let code = self.random.once_in(2).then(|| Code::new(self.random.of::<&str>(&CODES)).unwrap());
        Details { code, meta: self.meta() }
    }

    fn meta(&mut self) -> Meta {
        let one = self.random.of(&pairs()).clone();
        let other = self.random.of(&pairs()).clone();
        let is_two = one.0 != other.0 && self.random.once_in(2);
        Meta::new([one].into_iter().chain(is_two.then_some(other))).unwrap()
    }

    /// The name of an account: of that currency if it can be, most of the time.
    fn account(&mut self, currency: Option<Currency>) -> AccountId {
        let fits = match currency {
            Some(currency) if !self.random.once_in(60) => {
                let accounts = self.model.state.accounts.values();
                let fits = accounts.filter(|account| account.is.currency == currency);
                self.random.any(fits.map(|account| account.is.id))
            }
            _ => Some(AccountId::new(self.random.of::<&str>(&NAMES)).unwrap()),
        };
        fits.unwrap_or(AccountId::new("ghost").unwrap())
    }

    /// Two accounts of a currency, the same one only now and then.
    fn accounts(&mut self, currency: Currency) -> (AccountId, AccountId) {
        let (one, mut other) = (self.account(Some(currency)), self.account(Some(currency)));
        for _ in 0..4 {
            if one == other {
                other = self.account(Some(currency));
            }
        }
        (one, other)
    }

    fn currency(&mut self) -> Currency {
        let accounts = self.model.state.accounts.values();
        let is_used = accounts.filter(|account| account.is.currency == Currency::USD).count() > 1;
        if self.random.once_in(if is_used { 3 } else { 40 }) { Currency::USD } else { Currency::CNY }
    }

    fn other_currency(&mut self, currency: Currency) -> Currency {
        if self.random.once_in(40) { self.currency() } else { currency }
    }

    /// An amount near `close`, or near what a limit has left, or a small one, or one from the ends.
    fn amount(&mut self, close: i128) -> Amount {
        let near = |random: &mut Random, close: i128| {
            (u64::try_from(close).unwrap_or(0) + random.below(3)).saturating_sub(1).max(1)
        };
        let minor = match self.random.below(100) {
            0 => 0,
            1 => Amount::MAX.minor(),
            2..36 => near(&mut self.random, close),
            36..50 => {
                let left = self.left_of_a_limit();
                near(&mut self.random, left)
            }
            _ => self.random.below(300) + 1,
        };
        Amount::new(minor).unwrap_or(Amount::MAX)
    }

    /// How much some limit still lets through.
    fn left_of_a_limit(&mut self) -> i128 {
        let amounts = self.model.state.limits.iter().enumerate().filter_map(|(no, velocity)| {
            let Most::Amount(most) = velocity.limit.most else { return None };
            velocity.in_force.then(|| i128::from(most.minor()) - self.model.state.usage(no, self.now))
        });
        let amounts: Vec<i128> = amounts.collect();
        self.random.any(amounts.into_iter()).unwrap_or(0)
    }

    /// What can be drawn before an account is at its limit.
    fn available(&self, id: &AccountId) -> i128 {
        let Some(account) = self.model.state.accounts.get(id) else { return 0 };
        let Overdraft::UpTo(limit) = account.is.overdraft else { return 0 };
        self.model.state.available(id) + i128::from(limit.minor())
    }
}

pub(crate) const OFFSETS: [i16; 4] = [0, 480, -300, 1439];
