//! Random steps: a compound entry does what the same steps do as single commands, or nothing at all.

use longmen_core::{
    Action, Books, Command, Decision, Digest, Event, HoldState, Key, Known, Parts, Refusal, Step,
};
use proptest::prelude::*;

use crate::generate::{self, Generator, Random};
use crate::pair::Pair;
use crate::random::episode;

/// Where the entries come, and when.
const POSITION: u64 = 10_000;

/// Commands that a compound entry could be made of, at most one of them a hold, all under one key that is new.
fn commands(pair: &Pair, random: &mut Random, count: usize) -> Vec<Command> {
    let key = Key::new("compound").unwrap();
    let mut commands: Vec<Command> = Vec::new();
    let mut at = POSITION.try_into().unwrap();
    while commands.len() < count {
        at += 1;
        let mut generator = Generator { random: random.clone(), model: &pair.model, now: pair.now, at };
        let step = generator.step();
        *random = generator.random;
        let generate::Step::Command(command) = step else { continue };
        let has_hold = commands.iter().any(|other| matches!(other.action, Action::PlaceHold(_)));
        if matches!(command.action, Action::PlaceHold(_)) && has_hold {
            continue;
        }
        if matches!(command.action, Action::Reverse(_)) {
            continue;
        }
        // A hold's life must not begin with an imported time, and conditions are asked at the end.
        let plain = Command::new(key, command.action);
        commands.push(if command.force { plain.forced() } else { plain });
    }
    commands
}

/// One after the other: the books after all of them, or the first refusal.
fn one_by_one(books: &Books, commands: &[Command], now: u64) -> Result<Books, Refusal> {
    let mut books = books.clone();
    for command in commands {
        let decision = books.decide(command.clone(), Digest::ZERO, &Known::default(), now);
        let entry = match decision {
            Decision::Entry(entry) => entry,
            Decision::Refuse(refusal) => return Err(refusal),
            Decision::Replay(_) => unreachable!("nothing was known of it"),
        };
        if let Event::Refused { refusal, .. } = entry.event {
            return Err(refusal);
        }
        books.apply(POSITION, now, &entry).unwrap();
    }
    Ok(books)
}

fn manage(books: &Books, managed: bool) -> Books {
    let mut parts: Parts = books.parts();
    parts.accounts.iter_mut().for_each(|(account, _)| account.access.managed = managed);
    Books::restore(parts)
}

/// What a refusal says, the leg left out, and a limit that came with the steps.
fn told(books: &Books, refusal: Refusal) -> Refusal {
    let mut refusal = Refusal { leg: None, ..refusal };
    if let longmen_core::Detail::Limit(no) = refusal.detail
        && books.limit_at(no).is_none()
    {
        refusal.detail = longmen_core::Detail::None;
    }
    refusal
}

/// Runs the same steps both ways; gives whether they were carried out.
fn both_ways(pair: &Pair, commands: &[Command]) -> Result<bool, TestCaseError> {
    let wanted = one_by_one(&pair.books, commands, pair.now);
    let steps: Vec<Step> =
        commands.iter().map(|one| Step { action: one.action.clone(), force: one.force }).collect();
    let compound = Command::new(commands[0].key, steps);
    let mut books = manage(&pair.books, true);
    let before = books.clone();
    let decided = books.decide_compound(compound, Digest::ZERO, POSITION, pair.now);
    prop_assert_eq!(&books, &before, "deciding changes nothing");
    match (wanted, decided) {
        (Ok(wanted), Ok(entry)) => {
            books.apply(POSITION, pair.now, &entry).unwrap();
            let got = manage(&books, false);
            prop_assert_eq!(got, manage(&wanted, false));
            let is_open =
                |books: &Books| books.holds().iter().filter(|hold| hold.state == HoldState::Open).count();
            prop_assert_eq!(is_open(&books), is_open(&wanted));
            Ok(true)
        }
        (Err(wanted), Err(refusal)) => {
            prop_assert_eq!(refusal, told(&pair.books, wanted));
            Ok(false)
        }
        (wanted, decided) => {
            let wanted = wanted.map(|_| "carried out");
            Err(TestCaseError::fail(format!("{commands:?}: one by one {wanted:?}, at once {decided:?}")))
        }
    }
}

#[test]
fn a_compound_entry_does_what_its_steps_do_one_by_one() {
    let mut counts = [0_u32; 2];
    for seed in 1..=60 {
        let pair = episode(seed, 80).unwrap();
        let mut random = Random(seed.wrapping_mul(7_919));
        for turn in 0..60 {
            let commands = commands(&pair, &mut random, 1 + turn % 4);
            let done = both_ways(&pair, &commands).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            counts[usize::from(done)] += 1;
        }
    }
    println!("{} refused, {} carried out", counts[0], counts[1]);
    assert!(counts.iter().all(|count| *count > 500), "{counts:?}");
}
