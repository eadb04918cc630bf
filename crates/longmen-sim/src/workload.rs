//! Random work for a ledger, with an eye on what it has seen, so that most of it is accepted.

use std::num::NonZeroU64;

use longmen_core::{
    AccountId, Action, Capture, Class, Command, EffectiveDate, Key, Leg, Memo, OpenAccount, Overdraft,
    PlaceHold, Portion, Refusal, Release, Side,
};
use longmen_money::{Amount, Currency};

use crate::Random;

/// One step of a workload.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a step is taken apart as soon as it is made")]
pub enum Step {
    /// One command.
    One(Command),
    /// Commands that come into one batch.
    Slice(Vec<Command>),
    /// Time goes by, in nanoseconds.
    Advance(u64),
}

/// Steps that follow from a seed: accounts are opened and funded, then transfers, groups, holds, captures, releases,
/// refusals and retries come as they may.
#[derive(Clone, Debug)]
pub struct Workload {
    random: Random,
    name: String,
    at: u64,
    holds: Vec<(Key, Currency)>,
    done: Vec<Command>,
}

const CURRENCIES: [Currency; 2] = [Currency::CNY, Currency::USD];
const CUSTOMERS: u64 = 4;
const DONE_MAX: usize = 64;

impl Workload {
    /// The workload of this seed. Its keys start with `name`, so that two workloads can meet in one ledger.
    #[must_use]
    pub fn new(name: &str, seed: u64) -> Workload {
        Workload {
            random: Random::new(seed),
            name: name.to_owned(),
            at: 0,
            holds: Vec::new(),
            done: Vec::new(),
        }
    }

    /// Opens the accounts that every workload uses, and funds them: one slice.
    ///
    /// # Errors
    ///
    /// Never: every name and amount is right.
    pub fn opening() -> Result<Vec<Command>, Refusal> {
        let mut commands = Vec::new();
        for currency in CURRENCIES {
            let bank = account("bank", 0, currency)?;
            let open = OpenAccount::new(bank, currency, Class::Asset).overdraft(Overdraft::Unlimited);
            commands.push(Command::open_account(Key::new(&format!("open-{bank}"))?, open));
            for no in 0..CUSTOMERS {
                let id = account("user", no, currency)?;
                let open = OpenAccount::new(id, currency, Class::Liability);
                commands.push(Command::open_account(Key::new(&format!("open-{id}"))?, open));
                let key = Key::new(&format!("fund-{id}"))?;
                commands.push(Command::transfer(key, bank, id, minor(1_000_000), currency));
            }
        }
        Ok(commands)
    }

    /// The next step.
    ///
    /// # Errors
    ///
    /// Never: every name is right.
    pub fn step(&mut self) -> Result<Step, Refusal> {
        Ok(match self.random.below(20) {
            0 => Step::Advance(1 + self.random.below(2_000)),
            1..=4 => {
                let len = 2 + self.random.below(8);
                Step::Slice((0..len).map(|_| self.command()).collect::<Result<_, _>>()?)
            }
            _ => Step::One(self.command()?),
        })
    }

    /// The next command.
    ///
    /// # Errors
    ///
    /// Never: every name is right.
    pub fn command(&mut self) -> Result<Command, Refusal> {
        self.at += 1;
        if self.random.once_in(16)
            && let Some(earlier) = self.random.of(&self.done)
        {
            let earlier = earlier.clone();
            return Ok(self.again(earlier));
        }
        let key = Key::new(&format!("{}-{}", self.name, self.at))?;
        let command = Command::new(key, self.action(key)?);
        let command = match self.random.below(12) {
            0 => command.with_memo(Memo::new("order 7731, 货款")?),
            1 => Command { effective: EffectiveDate::from_days(20_000), ..command },
            _ => command,
        };
        if self.done.len() < DONE_MAX {
            self.done.push(command.clone());
        } else {
            let place = usize::try_from(self.at).unwrap_or(0) % DONE_MAX;
            self.done[place] = command.clone();
        }
        Ok(command)
    }

    /// A retry, or another command under a key that was used.
    fn again(&mut self, earlier: Command) -> Command {
        if self.random.once_in(4) {
            Command { effective: EffectiveDate::from_days(1), ..earlier }
        } else {
            earlier
        }
    }

    fn action(&mut self, key: Key) -> Result<Action, Refusal> {
        let currency = *self.random.of(&CURRENCIES).unwrap_or(&Currency::CNY);
        Ok(match self.random.below(100) {
            0..45 => self.transfer(currency)?,
            45..55 => self.group(currency)?,
            55..75 => {
                self.holds.push((key, currency));
                self.hold(currency)?
            }
            75..88 => self.capture()?,
            88..95 => self.release()?,
            95..97 => {
                // Refused: there is no such account.
                self.pair(account("ghost", 0, currency)?, account("user", 0, currency)?, 5, currency)
            }
            97..99 => {
                // Refused: far more than there is.
                let (from, to) = (account("user", 1, currency)?, account("user", 2, currency)?);
                self.pair(from, to, 1 << 50, currency)
            }
            // Refused without a trace: nothing is moved.
            _ => self.pair(account("user", 1, currency)?, account("user", 2, currency)?, 0, currency),
        })
    }

    fn transfer(&mut self, currency: Currency) -> Result<Action, Refusal> {
        let from = self.random.below(CUSTOMERS);
        let to = (from + 1 + self.random.below(CUSTOMERS - 1)) % CUSTOMERS;
        let amount = 1 + self.random.below(5_000);
        Ok(self.pair(account("user", from, currency)?, account("user", to, currency)?, amount, currency))
    }

    fn pair(&self, debit: AccountId, credit: AccountId, amount: u64, currency: Currency) -> Action {
        let amount = minor(amount);
        let leg = |account, side| Leg { account, side, amount, currency };
        Action::Post([leg(debit, Side::Debit), leg(credit, Side::Credit)].into_iter().collect())
    }

    /// Several legs, one of them the bank's.
    fn group(&mut self, currency: Currency) -> Result<Action, Refusal> {
        let mut legs = Vec::new();
        let mut sum = 0;
        for no in 0..2 + self.random.below(CUSTOMERS - 1) {
            let amount = 1 + self.random.below(500);
            sum += amount;
            let account = account("user", no, currency)?;
            legs.push(Leg { account, side: Side::Debit, amount: minor(amount), currency });
        }
        let account = account("bank", 0, currency)?;
        legs.push(Leg { account, side: Side::Credit, amount: minor(sum), currency });
        Ok(Action::Post(legs.into_iter().collect()))
    }

    fn hold(&mut self, currency: Currency) -> Result<Action, Refusal> {
        let life = if self.random.once_in(2) { 500 + self.random.below(20_000) } else { 0 };
        let debit = account("user", self.random.below(CUSTOMERS), currency)?;
        let credit = account("bank", 0, currency)?;
        let hold = PlaceHold::new(debit, credit, minor(100 + self.random.below(5_000)), currency);
        Ok(Action::PlaceHold(PlaceHold { expires_after_ns: NonZeroU64::new(life), ..hold }))
    }

    /// A hold that was placed a while ago, or none.
    fn a_hold(&mut self) -> Result<(Key, Currency), Refusal> {
        match self.random.of(&self.holds) {
            Some(hold) => Ok(*hold),
            None => Ok((Key::new("no-such-hold")?, Currency::CNY)),
        }
    }

    fn capture(&mut self) -> Result<Action, Refusal> {
        let (hold, currency) = self.a_hold()?;
        let amount = 1 + self.random.below(300);
        let mut capture = Capture {
            hold,
            amount: minor(2 * amount),
            currency,
            is_final: self.random.once_in(3),
            to: Default::default(),
        };
        if self.random.once_in(3) {
            for (name, no) in [("bank", 0), ("user", self.random.below(CUSTOMERS))] {
                capture.to.push(Portion { credit: account(name, no, currency)?, amount: minor(amount) });
            }
        }
        Ok(Action::Capture(capture))
    }

    fn release(&mut self) -> Result<Action, Refusal> {
        let (hold, currency) = self.a_hold()?;
        let part = self.random.once_in(2).then(|| (minor(1 + self.random.below(200)), currency));
        Ok(Action::Release(Release { hold, part }))
    }
}

fn account(name: &str, no: u64, currency: Currency) -> Result<AccountId, Refusal> {
    AccountId::new(&format!("{name}{no}.{}", currency.code()))
}

fn minor(amount: u64) -> Amount {
    Amount::new(amount).unwrap_or(Amount::MAX)
}
