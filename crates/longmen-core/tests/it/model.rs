//! A naive ledger, written from docs/rules.md: everything that can be worked out is worked out anew each time.
//!
//! It shares nothing with the core but the types of commands and reasons.
//! A command is judged by writing down every fault that it has and taking the first one of the lowest code.
//! Limits are judged by making the change on a copy and looking at the result, groups by copying the whole model.

mod change;
mod faults;
mod judge;
mod lines;
mod velocity;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use longmen_core::{
    AccountId, Action, Closes, Command, Detail, EffectiveDate, HoldState, Key, LimitNo, Member, OpenAccount,
    Reason, SetId, Subject,
};
use longmen_money::Currency;

pub(crate) use faults::{Fault, those};
pub(crate) use lines::Line;
pub(crate) use velocity::{Velocity, local_day, month};

use crate::shape::shape;

pub(crate) const AMOUNT_MAX: i128 = 999_999_999_999_999_999;

/// An account; what is held on it is added up from the holds.
#[derive(Clone)]
pub(crate) struct ModelAccount {
    /// As it was opened, or last changed.
    pub(crate) is: OpenAccount,
    pub(crate) debits: i128,
    pub(crate) credits: i128,
    pub(crate) frozen: [bool; 2],
    pub(crate) closed: bool,
    pub(crate) version: u64,
}

#[derive(Clone)]
pub(crate) struct ModelHold {
    pub(crate) debit: AccountId,
    pub(crate) credit: AccountId,
    pub(crate) currency: Currency,
    pub(crate) amount: i128,
    pub(crate) captured: i128,
    pub(crate) forced: i128,
    pub(crate) released: i128,
    pub(crate) remaining: i128,
    pub(crate) expires: Option<u64>,
    pub(crate) closes: Closes,
    pub(crate) state: HoldState,
    placed: u64,
}

/// Where the books stand.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) accounts: BTreeMap<AccountId, ModelAccount>,
    pub(crate) holds: BTreeMap<Key, ModelHold>,
    pub(crate) sets: BTreeMap<SetId, Vec<Member>>,
    /// In the order in which they were first set.
    pub(crate) limits: Vec<Velocity>,
    pub(crate) reversed: BTreeSet<u64>,
    pub(crate) sealed: Option<EffectiveDate>,
    pub(crate) imported: Option<u64>,
    pub(crate) erased: BTreeSet<Subject>,
}

/// What was journaled under a key.
pub(crate) struct Done {
    pub(crate) command: Command,
    pub(crate) position: u64,
    pub(crate) refused: bool,
    pub(crate) posted: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Done,
    Replay(u64),
    Refused(Fault),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum GroupOutcome {
    Done,
    Replay(Vec<u64>),
    Fell(usize, Outcome),
}

#[derive(Clone, Default)]
pub(crate) struct Model {
    pub(crate) state: State,
    pub(crate) done: BTreeMap<Key, Rc<Done>>,
    /// Every group that was sent, for those who send one again.
    pub(crate) groups: Vec<Rc<Vec<Command>>>,
    position: u64,
}

impl Model {
    /// Runs a command that is sent alone.
    pub(crate) fn run(&mut self, command: &Command, now: u64) -> Outcome {
        let done = self.done.get(&command.key);
        let is_retry = done.is_some_and(|done| done.command == *command);
        // What was sound is so for ever, although a hold's life would now end later.
        let mut faults = if is_retry { Vec::new() } else { shape(command) };
        if command.linked {
            faults.push(Fault::new(Reason::GroupOpen));
        }
        match done {
            Some(done) if is_retry && faults.is_empty() => return Outcome::Replay(done.position),
            Some(_) => faults.push(Fault::new(Reason::KeyReused)),
            None => {}
        }
        match lowest(faults) {
            Some(fault) => Outcome::Refused(fault),
            None => self.run_new(command, self.original(command), now),
        }
    }

    /// What was journaled under the key that a reversal names.
    fn original(&self, command: &Command) -> Option<Rc<Done>> {
        let Action::Reverse(original) = &command.action else { return None };
        self.done.get(original).cloned()
    }

    /// Runs a command that is new and sound.
    fn run_new(&mut self, command: &Command, original: Option<Rc<Done>>, now: u64) -> Outcome {
        let judged = self.state.judge(command, original.as_deref(), self.position, now);
        let (outcome, posted) = match judged {
            Ok((state, lines)) => {
                self.state = state;
                (Outcome::Done, lines.into_iter().filter(|line| !line.held).collect())
            }
            Err(faults) => (Outcome::Refused(lowest(faults).unwrap()), Vec::new()),
        };
        self.keep(command, matches!(outcome, Outcome::Refused(_)), posted);
        outcome
    }

    fn keep(&mut self, command: &Command, refused: bool, posted: Vec<Line>) {
        let done = Done { command: command.clone(), position: self.position, refused, posted };
        self.done.insert(command.key, Rc::new(done));
        self.position += 1;
    }

    /// Runs a run of linked commands and the one after it.
    pub(crate) fn run_group(&mut self, group: &[Command], now: u64) -> GroupOutcome {
        self.groups.push(Rc::new(group.to_vec()));
        if let Some(outcome) = self.settled(group) {
            return outcome;
        }
        let mut tried = self.clone();
        for (at, (command, now)) in group.iter().zip(now..).enumerate() {
            // What a reversal names is looked up when the group is sent.
            if let Outcome::Refused(mut fault) = tried.run_new(command, self.original(command), now) {
                // A limit that the group itself has set fell with it, so it cannot be named.
                let is_there =
                    |no: LimitNo| usize::try_from(no.0).is_ok_and(|no| no < self.state.limits.len());
                if matches!(fault.detail, Detail::Limit(no) if !is_there(no)) {
                    fault.detail = Detail::None;
                }
                self.keep(command, true, Vec::new());
                return GroupOutcome::Fell(at, Outcome::Refused(fault));
            }
        }
        *self = tried;
        GroupOutcome::Done
    }

    /// What is known of a group before anything is evaluated.
    fn settled(&self, group: &[Command]) -> Option<GroupOutcome> {
        let fell = |at, fault| Some(GroupOutcome::Fell(at, Outcome::Refused(fault)));
        let prior = |command: &Command| self.done.get(&command.key);
        let same = |command: &Command| prior(command).is_some_and(|done| done.command == *command);
        for (at, command) in group.iter().enumerate() {
            let mut faults = if same(command) { Vec::new() } else { shape(command) };
            if command.linked && at + 1 == group.len() {
                faults.push(Fault::new(Reason::GroupOpen));
            }
            if let Some(fault) = lowest(faults) {
                return fell(at, fault);
            }
        }
        for (at, command) in group.iter().enumerate() {
            let twice = group[..at].iter().any(|earlier| earlier.key == command.key);
            if twice || (prior(command).is_some() && !same(command)) {
                return fell(at, Fault::new(Reason::KeyReused));
            }
        }
        let priors: Vec<_> = group.iter().map(prior).collect();
        let refused = priors.iter().position(|prior| prior.is_some_and(|done| done.refused));
        if let Some((at, done)) = refused.and_then(|at| Some((at, priors[at]?))) {
            return Some(GroupOutcome::Fell(at, Outcome::Replay(done.position)));
        }
        let known: Vec<u64> = priors.iter().flatten().map(|done| done.position).collect();
        if known.is_empty() {
            return None;
        }
        match priors.iter().position(Option::is_none) {
            None => Some(GroupOutcome::Replay(known)),
            Some(new) => fell(new, Fault::new(Reason::GroupDiffers)),
        }
    }

    /// The next hold to end by `now`: the earliest, and of those the one that was placed first.
    pub(crate) fn expire(&mut self, now: u64) -> Option<Key> {
        let due = |hold: &ModelHold| {
            hold.state == HoldState::Open && hold.expires.is_some_and(|expires| expires <= now)
        };
        let due = self.state.holds.iter().filter(|(_, hold)| due(hold));
        let (key, _) = due.min_by_key(|(_, hold)| (hold.expires, hold.placed))?;
        let key = *key;
        self.state.release(&key, None, HoldState::Expired, self.position);
        self.position += 1;
        Some(key)
    }
}

/// Of equal codes the first is told: faults are written down in the order of legs.
fn lowest(faults: Vec<Fault>) -> Option<Fault> {
    faults.into_iter().min_by_key(|fault| fault.reason.code())
}
