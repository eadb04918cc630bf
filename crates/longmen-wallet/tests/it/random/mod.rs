//! Random commands of every room, and every law after every entry.
//!
//! A run is a list of steps, each of them dice: what they mean depends on the state that they meet, so that most
//! commands are about things that are there and in a phase that allows it. `LONGMEN_WALLET_CASES` sets how many runs
//! there are, `LONGMEN_WALLET_SEED` which ones.

mod card;
mod collect;
mod dice;
mod draw;
mod load;
mod owner;
mod pay;
mod recount;
mod rest;
mod send;
mod verbs;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use longmen_core::{Key, Reason, Refusal};
use longmen_wallet::{Entry, Product};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use crate::teller::{Teller, read};
use draw::{Step, draw, passes};

/// How many steps a run has on average.
const STEPS: usize = 150;

/// What became of commands: how many of each were carried out or refused, by the reason.
type Outcomes = BTreeMap<&'static str, BTreeMap<&'static str, u64>>;

/// A run in the making.
struct Run {
    teller: Teller,
    outcomes: Outcomes,
    /// What was asked and answered so far, where the answer is kept.
    answered: Vec<(Key, Product, Result<Entry, Refusal>)>,
    commands: usize,
    shows: bool,
}

impl Run {
    fn new(shows: bool) -> Self {
        let teller = world::world();
        Self { teller, outcomes: BTreeMap::new(), answered: vec![], commands: 0, shows }
    }

    fn step(&mut self, step: &Step) {
        self.teller.pass(passes(step.aside));
        let Some(product) = draw(&self.teller, step) else { return };
        self.commands += 1;
        let key = format!("c{}", self.commands);
        let before = self.teller.state.clone();
        if self.shows {
            println!("{key} {product:?}");
        }
        let answer = self.teller.run(&key, product.clone());
        if self.shows {
            println!("    {}", answer.as_ref().map_or_else(ToString::to_string, |_| "done".into()));
        }
        self.count(&product, &answer);
        if answer.is_ok() {
            recount::house_alone(&before, &self.teller, &product);
        }
        let is_kept = answer.as_ref().map_or_else(|refusal| refusal.reason.is_journaled(), |_| true);
        if is_kept {
            self.answered.push((read(&key), product, answer));
        }
        if step.aside % 16 == 15 {
            self.again(usize::from(step.aside / 16));
        }
    }

    fn count(&mut self, product: &Product, answer: &Result<Entry, Refusal>) {
        let outcome = answer.as_ref().map_or_else(|refusal| refusal.reason.name(), |_| DONE);
        *self.outcomes.entry(verbs::name(product)).or_default().entry(outcome).or_default() += 1;
    }

    /// 15: a command that comes again under its key is answered as it was, and nothing happens; one of another content
    /// under that key is told so.
    fn again(&mut self, at: usize) {
        let Some((key, product, answer)) = self.answered.get(at % self.answered.len().max(1)) else { return };
        let other = self.answered.iter().find(|(_, other, _)| other != product);
        let written = |teller: &Teller| {
            let own = teller.entries.iter().filter(|(_, entry)| entry.key == Some(*key));
            own.count()
        };
        let before = written(&self.teller);
        let now = self.teller.run(key.as_str(), product.clone());
        assert_eq!(&now, answer, "a command that comes again is answered as it was");
        if let Some((_, other, _)) = other {
            let refusal = self.teller.run(key.as_str(), other.clone()).expect_err("its key was used");
            assert_eq!(refusal.reason, Reason::KeyReused);
        }
        assert_eq!(written(&self.teller), before, "what comes again is not written again");
    }

    fn end(&self) {
        self.teller.replay();
        recount::limits(&self.teller);
        recount::positions(&self.teller);
        recount::unspent(&self.teller);
        recount::writer(&self.teller);
    }
}

const DONE: &str = "carried out";

fn step() -> impl Strategy<Value = Step> {
    (any::<u16>(), any::<u16>(), any::<[u16; 12]>()).prop_map(|(verb, aside, rolls)| Step {
        verb,
        aside,
        rolls,
    })
}

fn env_number(name: &str, default: u32) -> u32 {
    let read = |text: String| text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number"));
    env::var(name).map_or(default, read)
}

/// Does the steps of a failure once more and prints what they were.
fn show(steps: &[Step]) {
    let mut run = Run::new(true);
    let all = || {
        steps.iter().for_each(|step| run.step(step));
        run.end();
    };
    drop(catch_unwind(AssertUnwindSafe(all)));
}

fn print(outcomes: &Outcomes) {
    for (verb, outcomes) in outcomes {
        let refused = outcomes.iter().filter(|(outcome, _)| **outcome != DONE);
        let refused: Vec<_> = refused.map(|(reason, count)| format!("{reason} {count}")).collect();
        let done = outcomes.get(DONE).copied().unwrap_or(0);
        println!("{verb:40} {done:6}  {}", refused.join(", "));
    }
    let of = |done: bool| -> u64 {
        let all = outcomes.values().flatten().filter(|(outcome, _)| (**outcome == DONE) == done);
        all.map(|(_, count)| count).sum()
    };
    println!("{:40} {:6}  refused {}", "all", of(true), of(false));
}

#[test]
fn random_commands_keep_every_law() {
    let (cases, seed) = (env_number("LONGMEN_WALLET_CASES", 100), env_number("LONGMEN_WALLET_SEED", 1));
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 100_000,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcomes = RefCell::new(Outcomes::new());
    let ran = runner.run(&vec(step(), 1..2 * STEPS), |steps| {
        let mut run = Run::new(false);
        steps.iter().for_each(|step| run.step(step));
        run.end();
        let mut all = outcomes.borrow_mut();
        for (verb, own) in run.outcomes {
            let sums = all.entry(verb).or_default();
            own.into_iter().for_each(|(outcome, count)| *sums.entry(outcome).or_default() += count);
        }
        Ok(())
    });
    print(&outcomes.borrow());
    if let Err(TestError::Fail(reason, steps)) = &ran {
        show(steps);
        panic!("{reason}");
    }
    ran.unwrap();
    let outcomes = outcomes.borrow();
    let is_done = |verb: &str| outcomes.get(verb).is_some_and(|own| own.contains_key(DONE));
    let never: Vec<_> = verbs::ALL.iter().map(|(verb, ..)| *verb).filter(|verb| !is_done(verb)).collect();
    assert!(never.is_empty(), "never carried out: {never:?}");
}
