//! Random runs: the model and the books agree on every outcome, and the laws hold after every entry.
//!
//! A run is cut into episodes of two hundred steps, each from its own seed, so that a failure shrinks fast.
//! `LONGMEN_MODEL_COMMANDS` sets how many commands are run, `LONGMEN_MODEL_SEED` where the seeds begin.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;
use std::{env, thread};

use longmen_core::{ActionKind, Reason};

use crate::coverage::is_of_products;
use crate::generate::{Generator, Random, Step};
use crate::pair::Pair;

const STEPS_PER_EPISODE: usize = 200;
const THREADS: usize = 2;

/// How many of them the books are followed by their twins.
const STEPS_OF_TWINS: usize = 20;

/// Reasons that no command meets: names, memos, metadata, secrets and amounts are refused before there is one, and
/// four thousand million accounts are more than a test opens.
const BEYOND_COMMANDS: [Reason; 13] = [
    Reason::NameEmpty,
    Reason::NameTooLong,
    Reason::NameBadCharacter,
    Reason::MemoTooLong,
    Reason::MetaTooMany,
    Reason::MetaKeyTwice,
    Reason::SecretLength,
    Reason::AmountNotANumber,
    Reason::AmountNegative,
    Reason::AmountExcessDigits,
    Reason::AmountTooLarge,
    Reason::TooManyAccounts,
    // The accounts of a run belong to no product; `steps` is about those that do.
    Reason::AccountManaged,
];

/// Runs `steps` from the beginning; the error is what went wrong, a panic included.
fn replay(steps: &[Step]) -> Result<(), String> {
    let run = || {
        let mut pair = Pair::new();
        steps.iter().try_for_each(|step| pair.step(step))?;
        pair.check_again()
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("a panic".into()))
}

/// Leaves out all that the failure does not need: halves first, then quarters, down to single steps.
fn shrink(mut steps: Vec<Step>, fails: impl Fn(&[Step]) -> bool) -> Vec<Step> {
    let mut chunk = steps.len().div_ceil(2).max(1);
    loop {
        let (mut at, before) = (0, steps.len());
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + chunk).min(steps.len()));
            if fails(&fewer) {
                steps = fewer;
            } else {
                at += chunk;
            }
        }
        if chunk == 1 && steps.len() == before {
            return steps;
        }
        chunk = chunk.div_ceil(2);
    }
}

/// One episode: the pair it led to, or the steps of which the last one failed.
pub(crate) fn episode(seed: u64, length: usize) -> Result<Pair, Vec<Step>> {
    let mut random = Random(seed);
    let mut steps = Vec::new();
    let mut pair = Pair::new();
    while steps.len() < length {
        let mut generator = Generator { random, model: &pair.model, now: pair.now, at: steps.len() };
        let is_twins = steps.len() + STEPS_OF_TWINS == length;
        let step = if is_twins { Step::Twins } else { generator.step() };
        random = generator.random;
        steps.push(step.clone());
        let took = catch_unwind(AssertUnwindSafe(|| pair.step(&step)));
        if !matches!(took, Ok(Ok(()))) {
            return Err(steps);
        }
    }
    if pair.check_again().is_err() { Err(steps) } else { Ok(pair) }
}

fn env_number(name: &str, default: u64) -> u64 {
    env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

/// Episodes of these seeds until so many commands were run; gives how often each thing was seen.
fn run(seeds: impl Iterator<Item = u64>, commands: u64) -> BTreeMap<String, u64> {
    let mut seen = BTreeMap::from([("commands".to_owned(), 0)]);
    for seed in seeds {
        if seen["commands"] >= commands {
            break;
        }
        let pair = episode(seed, STEPS_PER_EPISODE).unwrap_or_else(|steps| {
            let steps = shrink(steps, |steps| replay(steps).is_err());
            panic!("LONGMEN_MODEL_SEED={seed} shrinks to {steps:#?}\n{}", replay(&steps).unwrap_err())
        });
        for (what, count) in pair.seen.into_iter().chain([("commands".into(), pair.commands)]) {
            *seen.entry(what).or_default() += count;
        }
    }
    seen
}

#[test]
fn the_model_and_the_books_agree() {
    let commands = env_number("LONGMEN_MODEL_COMMANDS", 1_000_000);
    let first = env_number("LONGMEN_MODEL_SEED", 1);
    let start = Instant::now();
    let runs = thread::scope(|scope| {
        let each = commands / u64::try_from(THREADS).unwrap();
        let runs: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || run((first..).skip(thread).step_by(THREADS), each)))
            .collect();
        runs.into_iter()
            .map(|run| run.join().unwrap_or_else(|failed| resume_unwind(failed)))
            .collect::<Vec<_>>()
    });
    let mut seen = BTreeMap::<String, u64>::new();
    for (what, count) in runs.into_iter().flatten() {
        *seen.entry(what).or_default() += count;
    }
    let ran = seen.remove("commands").unwrap_or(0);
    let per_second = u128::from(ran) * 1000 / start.elapsed().as_millis().max(1);
    println!("{ran} commands from seed {first}, {per_second} a second: {seen:#?}");
    for what in wanted() {
        assert!(
            ran < 200_000 || seen.get(&what).is_some_and(|count| *count >= 5),
            "{what}: too few in {seen:#?}"
        );
    }
}

/// What a run must have seen: every action done and refused, every reason, and what is easily missed.
fn wanted() -> Vec<String> {
    let mut wanted: Vec<String> = [
        "AccountOpened Posted Moved Reversed HoldIncremented HoldReleased HoldExpired SetOpened Joined Left",
        "LimitDropped PeriodSealed SubjectErased",
    ]
    .iter()
    .flat_map(|words| words.split(' ').map(str::to_owned))
    .collect();
    wanted.extend(["replay", "group done", "group replay"].map(str::to_owned));
    for yes in [true, false] {
        wanted.push(format!("HoldPlaced ends:{yes}"));
        wanted.extend([true, false].map(|beyond| format!("HoldCaptured final:{yes} beyond:{beyond}")));
    }
    for change in ["Overdraft", "Freeze", "Hidden", "Close", "Reopen", "Details"] {
        wanted.push(format!("AccountChanged {change}"));
    }
    for window in ["Lifetime", "Every", "Month", "Year", "Last"] {
        wanted.extend(["Amount", "Count"].map(|most| format!("LimitSet {window} {most}")));
    }
    let kinds = ActionKind::ALL.iter().filter(|kind| **kind != ActionKind::Product);
    wanted.extend(kinds.map(|kind| format!("refused {kind:?}")));
    let is_met = |reason: &&Reason| !BEYOND_COMMANDS.contains(reason) && !is_of_products(**reason);
    let reasons = Reason::ALL.iter().filter(is_met);
    wanted.extend(reasons.map(|reason| reason.name().to_owned()));
    wanted
}

#[test]
fn a_failing_run_shrinks_to_the_steps_it_needs() {
    let steps: Vec<Step> = (0..100).map(Step::Tick).collect();
    let fails = |steps: &[Step]| {
        let has = |wanted: u64| steps.iter().any(|step| matches!(step, Step::Tick(by) if *by == wanted));
        has(7) && has(58) && has(93)
    };
    let left: Vec<_> = shrink(steps, fails).into_iter().map(|step| format!("{step:?}")).collect();
    assert_eq!(left, ["Tick(7)", "Tick(58)", "Tick(93)"]);
}
