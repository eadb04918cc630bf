//! Random walks of commands through the core, over everything that a command can be.

use std::num::NonZeroU64;

use longmen_core::{
    AccountChange, AccountId, Action, Books, Capture, ChangeAccount, Class, Closes, Code, Command, Condition,
    Decision, Details, Digest, EffectiveDate, Entry, Event, Flow, GroupDecision, Increment, Key, Known, Leg,
    Limit, LimitId, Member, Membership, Meta, MetaKey, Most, Move, OpenAccount, Original, Overdraft, Party,
    PlaceHold, Portion, Quantity, Relation, Release, Scope, Secret, SetId, Share, Side, Subject, Value,
    Window,
};
use longmen_money::{Amount, Currency, Money};

use crate::build::{key, refund};

pub(crate) const ACCOUNTS: u64 = 7;
const DAY_NS: u64 = 86_400_000_000_000;
/// 2026-01-30, so that a month ends soon.
const BEGIN_NS: u64 = 20_483 * DAY_NS;

/// One step of a walk: what is done, and random bits that say to whom and how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) kind: u8,
    pub(crate) bits: u64,
    pub(crate) more: u64,
}

/// Takes small numbers out of random bits.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        // Knuth's multiplier mixes what was drawn before into what comes.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(u64::try_from(of.len()).unwrap())).unwrap()]
    }

    fn account(&mut self) -> AccountId {
        // The last one has another currency, with which not much can be done.
        let account = if self.one_in(20) { ACCOUNTS - 1 } else { self.below(ACCOUNTS - 1) };
        id(account)
    }

    fn amount(&mut self) -> Amount {
        let most = self.pick(&[5, 60, 200]);
        Amount::new(1 + self.below(most)).unwrap()
    }
}

fn id(account: u64) -> AccountId {
    AccountId::new(&format!("account-{account}")).unwrap()
}

fn set(no: u64) -> SetId {
    SetId::new(&format!("set-{no}")).unwrap()
}

/// Two accounts are assets; the last has dollars, one a credit line and one no limit.
fn opening(account: u64) -> OpenAccount {
    let class = if account < 2 { Class::Asset } else { Class::Liability };
    let currency = if account + 1 == ACCOUNTS { Currency::USD } else { Currency::CNY };
    let overdraft = match account {
        0 => Overdraft::Unlimited,
        3 => Overdraft::UpTo(Amount::new(100).unwrap()),
        _ => Overdraft::FORBIDDEN,
    };
    OpenAccount::new(id(account), currency, class).overdraft(overdraft)
}

/// What came of the commands so far.
pub(crate) struct Walk {
    pub(crate) books: Books,
    /// Every entry with its journal time; the first has position 1.
    pub(crate) entries: Vec<(u64, Entry)>,
    now_ns: u64,
    group: Vec<Command>,
}

impl Walk {
    pub(crate) fn take(steps: &[Step]) -> Self {
        let mut walk = Self { books: Books::new(), entries: Vec::new(), now_ns: BEGIN_NS, group: Vec::new() };
        for account in 0..ACCOUNTS {
            walk.submit(Command::open_account(key(&format!("open-{account}")), opening(account)));
        }
        for account in 2..6 {
            let amount = Amount::new(400).unwrap();
            let name = key(&format!("fund-{account}"));
            walk.submit(Command::transfer(name, id(0), id(account), amount, Currency::CNY));
        }
        for (at, step) in steps.iter().enumerate() {
            walk.step(at, *step);
        }
        walk.group.clear();
        walk
    }

    fn step(&mut self, at: usize, step: Step) {
        let mut dice = Dice(step.bits);
        self.now_ns += dice.pick(&[0, 0, 0, 1_000, DAY_NS / 24, DAY_NS / 4, 3 * DAY_NS]);
        if step.kind == 0 {
            if let Some(entry) = self.books.decide_expiry(self.now_ns + 1).filter(|_| self.group.is_empty()) {
                self.push(entry);
            }
            return;
        }
        let action = self.action(step.kind, &mut dice);
        let mut command = Command::new(key(&format!("step-{at}")), action);
        let mut dice = Dice(step.more);
        command.force = dice.one_in(9);
        command.linked = dice.one_in(4);
        if dice.one_in(12) {
            let today = i32::try_from(self.now_ns / DAY_NS).unwrap();
            command.effective = EffectiveDate::from_days(today - i32::try_from(dice.below(9)).unwrap());
        }
        if dice.one_in(6) {
            command = command.with_meta(Meta::new([refund()]).unwrap());
        }
        if dice.one_in(12) {
            let last_ns = self.books.imported_ns().unwrap_or(BEGIN_NS - DAY_NS);
            let ahead_ns = dice.pick(&[0, 1_000, DAY_NS]);
            command = command.happened_at(NonZeroU64::new(last_ns + ahead_ns).unwrap());
        }
        if dice.one_in(9) {
            command = command.with_secret(Secret::new(subject(&mut dice), b"bytes").unwrap());
        }
        if dice.one_in(15) {
            let to = Quantity::Available(Money::new(100, Currency::CNY));
            command = command.only_if(Condition { account: dice.account(), is: Relation::AtLeast, to });
        }
        self.submit(command);
    }

    /// Money, mostly.
    fn action(&self, kind: u8, dice: &mut Dice) -> Action {
        let (amount, currency) = (dice.amount(), Currency::CNY);
        match kind {
            1..=6 | 46.. => {
                let (debit, credit) = (dice.account(), dice.account());
                Command::transfer(key("x"), debit, credit, amount, currency).action
            }
            7 | 8 => {
                let half = Amount::new(amount.minor().div_ceil(2)).unwrap();
                let rest = amount.checked_sub(half).unwrap();
                let mut leg =
                    |side, amount| Leg { account: dice.account(), side, amount, currency: Currency::CNY };
                let legs = [leg(Side::Debit, half), leg(Side::Debit, rest), leg(Side::Credit, amount)];
                Action::Post(legs.into_iter().filter(|leg| !leg.amount.is_zero()).collect())
            }
            9..=12 => Action::Move(Box::new(a_move(dice, amount))),
            13 | 14 => Action::Reverse(self.some_key(dice)),
            15..=19 => {
                let (debit, credit) = (dice.account(), dice.account());
                let amount = if dice.one_in(6) { Amount::ZERO } else { amount };
                let closes = Closes { debit: dice.one_in(12), credit: dice.one_in(12) };
                let life = dice.pick(&[0, 0, 1, DAY_NS / 24, DAY_NS]);
                let hold = PlaceHold::new(debit, credit, amount, currency);
                let expires_after_ns = NonZeroU64::new(life);
                Action::PlaceHold(PlaceHold { closes, expires_after_ns, ..hold })
            }
            20 | 21 => {
                let (hold, is_total) = (self.some_hold(dice), dice.one_in(3));
                Action::Increment(Increment { hold, amount, currency, is_total })
            }
            22..=26 => {
                let hold = self.some_hold(dice);
                let to = match amount.minor() {
                    minor if minor > 5 && dice.one_in(3) => {
                        let fee = Amount::new(5).unwrap();
                        let net = Amount::new(minor - 5).unwrap();
                        [(dice.account(), net), (dice.account(), fee)]
                            .map(|(credit, amount)| Portion { credit, amount })
                            .into_iter()
                            .collect()
                    }
                    _ => Default::default(),
                };
                Action::Capture(Capture { hold, amount, currency, is_final: dice.one_in(3), to })
            }
            27 | 28 => {
                let part = (!dice.one_in(3)).then_some((amount, currency));
                Action::Release(Release { hold: self.some_hold(dice), part })
            }
            _ => rule(kind, dice),
        }
    }

    /// The key of a command that was carried out, or now and then of none.
    fn some_key(&self, dice: &mut Dice) -> Key {
        let keys: Vec<Key> = self.entries.iter().filter_map(|(_, entry)| entry.key).collect();
        if dice.one_in(20) { key("no-such-key") } else { dice.pick(&keys) }
    }

    fn some_hold(&self, dice: &mut Dice) -> Key {
        let holds: Vec<Key> = self.books.holds().iter().rev().take(6).map(|hold| hold.key).collect();
        if holds.is_empty() || dice.one_in(20) { key("no-such-hold") } else { dice.pick(&holds) }
    }

    fn known(&self, command: &Command) -> Known {
        let Action::Reverse(original) = &command.action else { return Known::default() };
        let found = self.entries.iter().zip(1..).find(|((_, entry), _)| entry.key == Some(*original));
        let original =
            found.map(|((_, entry), position)| Original { position, entry: Box::new(entry.clone()) });
        Known { prior: None, original }
    }

    fn submit(&mut self, command: Command) {
        if command.check().is_err() {
            return;
        }
        if command.linked || !self.group.is_empty() {
            let is_last = !command.linked;
            self.group.push(command);
            if is_last {
                self.submit_group();
            }
            return;
        }
        let known = self.known(&command);
        let decision = self.books.decide(command, Digest([1; 16]), &known, self.now_ns + 1);
        if let Decision::Entry(entry) = decision {
            self.push(entry);
        }
    }

    fn submit_group(&mut self) {
        let group = std::mem::take(&mut self.group).into_iter();
        let group = group.map(|command| (command.clone(), Digest([1; 16]), self.known(&command))).collect();
        let position = u64::try_from(self.entries.len()).unwrap() + 1;
        match self.books.decide_group(group, position, self.now_ns + 1) {
            GroupDecision::Entries(entries) => entries.into_iter().for_each(|entry| self.push(entry)),
            GroupDecision::Fell { decision, .. } => {
                if let Decision::Entry(entry) = *decision {
                    self.push(entry);
                }
            }
            GroupDecision::Replay(_) => {}
        }
    }

    fn push(&mut self, entry: Entry) {
        self.now_ns += 1;
        let position = u64::try_from(self.entries.len()).unwrap() + 1;
        self.books.apply(position, self.now_ns, &entry).unwrap();
        self.entries.push((self.now_ns, entry));
    }

    /// How many entries are of this kind.
    pub(crate) fn count(&self, is: impl Fn(&Event) -> bool) -> u64 {
        u64::try_from(self.entries.iter().filter(|(_, entry)| is(&entry.event)).count()).unwrap()
    }
}

fn a_move(dice: &mut Dice, at_most: Amount) -> Move {
    let party = |dice: &mut Dice| {
        let own = [dice.account(), dice.account()];
        match dice.below(4) {
            0 => Party::any(own[0]),
            1 => Party::in_order(&own),
            2 => Party { share: Share::InProportion, ..Party::in_order(&own) },
            _ => Party::up_to(own[0]),
        }
    };
    let (debit, credit) = (party(dice), party(dice));
    let at_most = if dice.one_in(4) { Amount::MAX } else { at_most };
    let at_least = if dice.one_in(4) { Amount::new(3).unwrap() } else { Amount::ZERO };
    Move { debit, credit, at_most, at_least, currency: Currency::CNY }
}

fn subject(dice: &mut Dice) -> Subject {
    Subject::new(&format!("person-{}", dice.below(24))).unwrap()
}

/// What changes the rules: of accounts, sets, limits and days.
fn rule(kind: u8, dice: &mut Dice) -> Action {
    let membership = |dice: &mut Dice| {
        let member =
            if dice.one_in(3) { Member::Set(set(dice.below(4))) } else { Member::Account(dice.account()) };
        Box::new(Membership { set: set(dice.below(4)), member })
    };
    match kind {
        29..=31 => {
            let (account, change) = (dice.account(), change(dice));
            Action::ChangeAccount(Box::new(ChangeAccount { account, currency: None, change }))
        }
        32 | 33 => Action::OpenSet(set(dice.below(4))),
        34..=36 => Action::Join(membership(dice)),
        37 => Action::Leave(membership(dice)),
        38..=40 => Action::SetLimit(Box::new(limit(dice))),
        41 => Action::DropLimit(LimitId::new(&format!("limit-{}", dice.below(4))).unwrap()),
        42 => {
            let days = i32::try_from(BEGIN_NS / DAY_NS + dice.below(40)).unwrap();
            Action::SealPeriod(EffectiveDate::from_days(days - 10).unwrap())
        }
        43 => Action::EraseSubject(subject(dice)),
        _ => {
            let account = dice.below(ACCOUNTS + 3);
            Action::OpenAccount(Box::new(opening(account)))
        }
    }
}

fn change(dice: &mut Dice) -> AccountChange {
    match dice.below(10) {
        8 => AccountChange::Overdraft(Overdraft::FORBIDDEN),
        1 => AccountChange::Overdraft(Overdraft::UpTo(dice.amount())),
        2 => AccountChange::Freeze { debit: dice.one_in(3), credit: dice.one_in(3) },
        0 | 3 => AccountChange::Freeze { debit: false, credit: false },
        4 => AccountChange::Hidden(dice.one_in(2)),
        5 => AccountChange::Close,
        6 | 7 => AccountChange::Reopen,
        _ => {
            let pair = (MetaKey::new("tier").unwrap(), Value::Int(i64::try_from(dice.below(3)).unwrap()));
            let meta = Meta::new([pair]).unwrap();
            AccountChange::Details(Details { code: Some(Code::new("2010.cust").unwrap()), meta })
        }
    }
}

fn limit(dice: &mut Dice) -> Limit {
    let flow = dice.pick(&[Flow::In, Flow::Out, Flow::NetIn, Flow::NetOut]);
    let is_net = matches!(flow, Flow::NetIn | Flow::NetOut);
    let count = Most::Count(1 + dice.below(6));
    let most =
        if !is_net && dice.one_in(3) { count } else { Most::Amount(Amount::new(dice.below(400)).unwrap()) };
    let window = dice.pick(&[
        Window::Lifetime,
        Window::Every { length_ns: DAY_NS / 2, from_ns: BEGIN_NS + 7 },
        Window::Month { utc_offset_min: 480 },
        Window::Year { utc_offset_min: -300 },
        Window::Last { length_ns: DAY_NS },
        Window::Last { length_ns: DAY_NS / 20 },
    ]);
    let scope = if dice.one_in(3) { Scope::Account(dice.account()) } else { Scope::Set(set(dice.below(4))) };
    Limit {
        id: LimitId::new(&format!("limit-{}", dice.below(4))).unwrap(),
        scope,
        currency: if dice.one_in(9) { Currency::USD } else { Currency::CNY },
        flow,
        most,
        window,
        exempt: if dice.one_in(2) { vec![refund()] } else { vec![] },
    }
}
