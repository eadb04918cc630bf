//! Random commands, drawn with an eye on what the model holds, so that most of them come close to a limit.

use core::num::NonZeroU64;

use longmen_core::{
    AccountId, Action, Capture, Class, Command, EffectiveDate, Key, Leg, Legs, Memo, OpenAccount, Overdraft,
    PlaceHold, Portion, Release, Side,
};
use longmen_money::{Amount, Currency};

use crate::model::{Model, ModelHold};

/// One step of a random run.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Command(Command),
    /// Time goes by; whose time has come stays open until the writer looks.
    Tick(u64),
    /// The writer ends every hold whose time has come.
    Expire,
}

/// `SplitMix64`: small, and the same everywhere.
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
}

pub(crate) const NAMES: [&str; 8] = ["bank", "alice", "bob", "shop", "fee", "till", "deep", "full"];

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
        let action = match self.random.below(100) {
            _ if opening => self.open(),
            0..5 => return Step::Tick(self.random.below(30)),
            5..8 => return Step::Expire,
            8..11 => self.open(),
            11..45 => Action::Post(self.legs()),
            45..65 => self.hold(),
            65..84 => self.capture(),
            84..94 => self.release(),
            _ => return Step::Command(self.again()),
        };
        let key = Key::new(&format!("k{}", self.at)).unwrap();
        Step::Command(self.dressed(Command::new(key, action)))
    }

    fn dressed(&mut self, command: Command) -> Command {
        match self.random.below(20) {
            0 => command.with_memo(Memo::new("order 7731").unwrap()),
            1 => command.with_effective(EffectiveDate::from_days(20_000).unwrap()),
            _ => command,
        }
    }

    /// A key that was used, with the same content or nearly so.
    fn again(&mut self) -> Command {
        let done: Vec<_> = self.model.done.values().collect();
        if done.is_empty() {
            return Command::new(Key::new("k").unwrap(), self.open());
        }
        let (earlier, _) = *self.random.of(&done);
        match self.random.below(4) {
            0 => earlier.clone().with_effective(EffectiveDate::from_days(1).unwrap()),
            1 => Command::new(earlier.key, self.hold()),
            _ => earlier.clone(),
        }
    }

    fn open(&mut self) -> Action {
        let id = self.account(None);
        let currency = if self.random.once_in(3) { Currency::USD } else { Currency::CNY };
        let overdraft = match self.random.below(4) {
            0 => Overdraft::Unlimited,
            1 => Overdraft::UpTo(Amount::new(self.random.below(500)).unwrap()),
            _ => Overdraft::FORBIDDEN,
        };
        let class = *self.random.of(&Class::ALL);
        Action::OpenAccount(OpenAccount { id, currency, class, overdraft })
    }

    /// The name of an account: of that currency if it can be, most of the time.
    fn account(&mut self, currency: Option<Currency>) -> AccountId {
        let names: Vec<&str> = match currency {
            Some(currency) if !self.random.once_in(40) => {
                let fits = self.model.accounts.iter().filter(|(_, account)| account.currency == currency);
                fits.map(|(name, _)| name.as_str()).collect()
            }
            _ => NAMES.into(),
        };
        let name = if names.is_empty() { "ghost" } else { self.random.of(&names) };
        AccountId::new(name).unwrap()
    }

    /// Two accounts of a currency, the same one only now and then.
    fn accounts(&mut self, currency: Currency) -> (AccountId, AccountId) {
        let (one, other) = (self.account(Some(currency)), self.account(Some(currency)));
        if one == other { (one, self.account(Some(currency))) } else { (one, other) }
    }

    fn currency(&mut self) -> Currency {
        if self.random.once_in(3) { Currency::USD } else { Currency::CNY }
    }

    /// An amount near `close`, or a small one, or one from the ends.
    fn amount(&mut self, close: i128) -> Amount {
        let minor = match self.random.below(50) {
            0 => 0,
            1 => Amount::MAX.minor(),
            2..20 => (u64::try_from(close).unwrap_or(0) + self.random.below(3)).saturating_sub(1).max(1),
            _ => self.random.below(300) + 1,
        };
        Amount::new(minor).unwrap_or(Amount::MAX)
    }

    fn available(&self, name: &AccountId) -> i128 {
        let Some(account) = self.model.accounts.get(name.as_str()) else { return 0 };
        self.model.posted(name.as_str()) - self.model.held(name.as_str()) - account.floor.unwrap_or(0)
    }

    fn legs(&mut self) -> Legs {
        let mut legs = Legs::new();
        let pairs = match self.random.below(400) {
            0 => 128 + self.random.below(20),
            1 => 126 + self.random.below(2),
            2..100 => 2 + self.random.below(2),
            _ => 1,
        };
        for _ in 0..pairs {
            let currency = self.currency();
            let (debit, credit) = self.accounts(currency);
            let drawn = if self.random.once_in(2) { debit } else { credit };
            let close = self.available(&drawn);
            let amount = if pairs > 100 { Amount::new(1).unwrap() } else { self.amount(close) };
            legs.push(Leg { account: debit, side: Side::Debit, amount, currency });
            legs.push(Leg { account: credit, side: Side::Credit, amount, currency });
        }
        if self.random.once_in(30) {
            legs.pop();
        }
        if self.random.once_in(2) {
            legs.rotate_left(1);
        }
        legs
    }

    fn hold(&mut self) -> Action {
        let currency = self.currency();
        let (debit, credit) = self.accounts(currency);
        let amount = self.amount(self.available(&debit));
        let life = match self.random.below(30) {
            0 => u64::MAX,
            1 => u64::MAX - self.now,
            2..10 => 0,
            _ => 1 + self.random.below(40),
        };
        Action::PlaceHold(PlaceHold {
            debit,
            credit,
            amount,
            currency,
            expires_after_ns: NonZeroU64::new(life),
        })
    }

    /// A hold's key and the hold: an open one, most of the time.
    fn a_hold(&mut self) -> (Key, Option<ModelHold>) {
        let open_only = !self.random.once_in(5);
        let holds: Vec<_> =
            self.model.holds.iter().filter(|(_, hold)| !open_only || hold.state == "open").collect();
        if holds.is_empty() || self.random.once_in(40) {
            return (Key::new("missing").unwrap(), None);
        }
        let (name, hold) = *self.random.of(&holds);
        (Key::new(name).unwrap(), Some(hold.clone()))
    }

    fn other_currency(&mut self, currency: Currency) -> Currency {
        if self.random.once_in(40) { self.currency() } else { currency }
    }

    fn capture(&mut self) -> Action {
        let (key, hold) = self.a_hold();
        let (remaining, currency) = hold.map_or((0, Currency::CNY), |hold| (hold.remaining, hold.currency));
        let currency = self.other_currency(currency);
        let mut amount = self.amount(remaining);
        if self.random.once_in(2) {
            amount = Amount::new(1 + amount.minor() / 2).unwrap();
        }
        let mut capture =
            Capture { hold: key, amount, currency, is_final: self.random.once_in(4), to: Default::default() };
        let mut left = amount.minor();
        for _ in 0..[0, 0, 1, 2, 3, 3][usize::try_from(self.random.below(6)).unwrap()] {
            let part = if self.random.once_in(2) { left } else { left / 2 };
            capture
                .to
                .push(Portion { credit: self.account(Some(currency)), amount: Amount::new(part).unwrap() });
            left -= part;
        }
        if let Some(last) = capture.to.last_mut()
            && !self.random.once_in(10)
        {
            last.amount = Amount::new(last.amount.minor() + left).unwrap();
        }
        if self.random.once_in(200) {
            capture.to = (0..254).map(|_| Portion { credit: self.account(Some(currency)), amount }).collect();
        }
        Action::Capture(capture)
    }

    fn release(&mut self) -> Action {
        let (key, hold) = self.a_hold();
        let (remaining, currency) = hold.map_or((0, Currency::CNY), |hold| (hold.remaining, hold.currency));
        let part = (self.amount(remaining), self.other_currency(currency));
        Action::Release(Release { hold: key, part: if self.random.once_in(3) { None } else { Some(part) } })
    }
}
