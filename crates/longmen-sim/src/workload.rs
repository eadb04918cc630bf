//! Random work for a ledger, with an eye on what it has seen, so that most of it is accepted.

mod dress;
mod holds;
mod money;
mod opening;
mod rules;

use longmen_core::{AccountId, Action, Command, EffectiveDate, Key, Refusal};
use longmen_money::{Amount, Currency};

use crate::Random;

/// One step of a workload.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a step is taken apart as soon as it is made")]
pub enum Step {
    /// One command; it is not linked.
    One(Command),
    /// Commands that come into one batch. Some are linked; the last one is not, so that every group is whole.
    Slice(Vec<Command>),
    /// Time goes by, in nanoseconds.
    Advance(u64),
}

/// Steps that follow from a seed: accounts are opened and funded, then all that the core can do comes as it may, with
/// refusals, groups that fall and retries.
#[derive(Clone, Debug)]
pub struct Workload {
    random: Random,
    name: String,
    at: u64,
    holds: Vec<(Key, Currency)>,
    posted: Vec<Key>,
    /// Single commands and whole groups.
    done: Vec<Vec<Command>>,
    happened_ns: u64,
}

const CURRENCIES: [Currency; 2] = [Currency::CNY, Currency::USD];
const CUSTOMERS: u64 = 4;
const DONE_MAX: usize = 64;
const HOLDS_MAX: usize = 24;
const POSTED_MAX: usize = 24;
/// A reversal takes the room of the largest posting there can be, as much as so many other commands.
const REVERSAL_ROOM: usize = 12;
/// The room of a slice, for the smallest segments.
const SLICE_ROOM: usize = 19;

impl Workload {
    /// The workload of this seed. Its keys start with `name`, so that two workloads can meet in one ledger.
    #[must_use]
    pub fn new(name: &str, seed: u64) -> Workload {
        let mut random = Random::new(seed);
        // In one ledger some workloads import what is earlier than what another one has imported.
        let happened_ns = 1_600_000_000_000_000_000 + random.below(90_000_000) * 1_000_000_000;
        Workload {
            random,
            name: name.to_owned(),
            at: 0,
            holds: Vec::new(),
            posted: Vec::new(),
            done: Vec::new(),
            happened_ns,
        }
    }

    /// The next step.
    ///
    /// # Errors
    ///
    /// Never: every name is right.
    pub fn step(&mut self) -> Result<Step, Refusal> {
        Ok(match self.random.below(20) {
            0 => Step::Advance(1 + self.random.below(2_000)),
            1..=5 => Step::Slice(self.slice()?),
            _ => Step::One(self.command()?),
        })
    }

    /// The next command, by itself.
    ///
    /// # Errors
    ///
    /// Never: every name is right.
    pub fn command(&mut self) -> Result<Command, Refusal> {
        if self.random.once_in(16)
            && let Some([earlier]) = self.random.of(&self.done).map(Vec::as_slice)
        {
            let earlier = earlier.clone();
            return Ok(if self.random.once_in(4) { other(earlier) } else { earlier });
        }
        let command = self.fresh()?;
        self.remember(vec![command.clone()]);
        Ok(command)
    }

    /// Single commands and groups.
    fn slice(&mut self) -> Result<Vec<Command>, Refusal> {
        let len = 2 + self.random.below(7);
        let mut commands: Vec<Command> = Vec::new();
        while u64::try_from(commands.len()).unwrap_or(u64::MAX) < len {
            let more = self.unit()?;
            if commands.iter().chain(&more).map(room).sum::<usize>() <= SLICE_ROOM {
                commands.extend(more);
            }
        }
        Ok(commands)
    }

    /// A single command or a whole group, new or once more.
    fn unit(&mut self) -> Result<Vec<Command>, Refusal> {
        if self.random.once_in(10)
            && let Some(earlier) = self.random.of(&self.done)
        {
            let earlier = earlier.clone();
            return self.again(earlier);
        }
        let unit = if self.random.once_in(3) { self.group()? } else { vec![self.fresh()?] };
        self.remember(unit.clone());
        Ok(unit)
    }

    /// Linked commands; some of these groups fall.
    fn group(&mut self) -> Result<Vec<Command>, Refusal> {
        let mut commands = match self.random.below(8) {
            0 => self.correction()?,
            1 => self.hold_and_capture()?,
            2 => self.sweep_and_close()?,
            _ => (0..2 + self.random.below(3)).map(|_| self.fresh()).collect::<Result<_, _>>()?,
        };
        if let Some((_, linked)) = commands.split_last_mut() {
            linked.iter_mut().for_each(|command| command.linked = true);
        }
        Ok(commands)
    }

    /// A retry, or other commands under keys that were used.
    fn again(&mut self, mut earlier: Vec<Command>) -> Result<Vec<Command>, Refusal> {
        let is_group = earlier.len() > 1;
        match self.random.below(8) {
            0 => {
                if let Some(last) = earlier.pop() {
                    earlier.push(other(last));
                }
            }
            1 if is_group => {
                // What was done is there in part: only the first of them comes again, before another one.
                earlier.truncate(1);
                earlier.push(self.fresh()?);
            }
            _ => {}
        }
        Ok(earlier)
    }

    fn fresh(&mut self) -> Result<Command, Refusal> {
        let key = self.next_key()?;
        let action = self.action(key)?;
        self.dress(Command::new(key, action))
    }

    fn next_key(&mut self) -> Result<Key, Refusal> {
        self.at += 1;
        Key::new(&format!("{}-{}", self.name, self.at))
    }

    fn remember(&mut self, unit: Vec<Command>) {
        for command in &unit {
            if matches!(command.action, Action::Post(_) | Action::Move(_) | Action::Capture(_)) {
                keep(&mut self.posted, POSTED_MAX, self.at, command.key);
            }
        }
        keep(&mut self.done, DONE_MAX, self.at, unit);
    }

    fn action(&mut self, key: Key) -> Result<Action, Refusal> {
        let currency = self.currency();
        match self.random.below(200) {
            0..70 => self.transfer(currency),
            70..82 => self.legs(currency),
            82..112 => self.hold(key, currency),
            112..132 => self.capture(),
            132..142 => self.release(),
            142..150 => self.increment(),
            150..164 => self.balancing(currency),
            164..172 => self.reversal(),
            172..190 => self.rule(key, currency),
            _ => self.refused(currency),
        }
    }

    fn currency(&mut self) -> Currency {
        *self.random.of(&CURRENCIES).unwrap_or(&Currency::CNY)
    }

    fn customer(&mut self, currency: Currency) -> Result<AccountId, Refusal> {
        account("user", self.random.below(CUSTOMERS), currency)
    }
}

/// Another content under the same key.
fn other(command: Command) -> Command {
    Command { effective: EffectiveDate::from_days(1), ..command }
}

fn room(command: &Command) -> usize {
    if matches!(command.action, Action::Reverse(_)) { REVERSAL_ROOM } else { 1 }
}

/// Keeps the newest ones, roughly.
fn keep<T>(all: &mut Vec<T>, max: usize, at: u64, new: T) {
    if all.len() < max {
        all.push(new);
    } else if let Some(place) = usize::try_from(at).ok().and_then(|at| all.get_mut(at % max)) {
        *place = new;
    }
}

fn account(name: &str, no: u64, currency: Currency) -> Result<AccountId, Refusal> {
    AccountId::new(&format!("{name}{no}.{}", currency.code()))
}

fn minor(amount: u64) -> Amount {
    Amount::new(amount).unwrap_or(Amount::MAX)
}
