//! Journals whose bytes are whole and that break one law each.

use std::collections::BTreeSet;

use longmen_audit::Law::{self, *};
use longmen_core::{AccountNo, Class, Effect, Entry, Event, HoldNo, Overdraft as Limit, Reason};
use longmen_money::Currency;

use crate::build::{
    ADDED, ALICE, ALICE_USD, BANK, NEW, NEXT, SHOP, amount, audit, capture, entry, expiry, findings, group,
    held, hold, journal, key, opening, pair, placing, refusal, release, sample, time_ns,
};
use crate::{broken_moves, broken_parts, broken_products, broken_rules};

pub(crate) type Case = (&'static str, fn(&mut Vec<Entry>), &'static [(u64, Law)]);

const BOTH_DRIFT: [(u64, Law); 2] = [(ADDED, HeldIsReserved), (ADDED, HeldIsReserved)];

/// Name, what is done to the sample, and everything that the report must name for it.
const CASES: &[Case] = &[
    (
        "a credit is a cent short",
        |entries| entries[5].postings[1].amount = amount(999),
        &[(6, Balanced), (ADDED - 1, BooksBalanced)],
    ),
    (
        "equal sums in two currencies",
        |entries| entries.push(group("k", BANK, ALICE_USD, 10)),
        &[(ADDED, Balanced), (ADDED, Balanced), (ADDED, BooksBalanced), (ADDED, BooksBalanced)],
    ),
    (
        "a release gives back less on one side",
        |entries| {
            entries.push(release("k", 3, 25));
            entries[NEXT].postings[1].amount = amount(24);
        },
        &[(ADDED, Balanced), (ADDED, HeldIsReserved), (ADDED, HoldPostings), (ADDED, BooksBalanced)],
    ),
    (
        "postings of zero",
        |entries| entries.push(group("k", BANK, ALICE, 0)),
        &[(ADDED, NotZero), (ADDED, NotZero)],
    ),
    (
        "an account that was never opened",
        |entries| entries.push(group("k", BANK, 99, 5)),
        &[(ADDED, AccountOpen), (ADDED, BooksBalanced)],
    ),
    (
        "an account that is opened only later",
        |entries| {
            entries.push(group("k", BANK, NEW, 5));
            entries.push(opening("late.cny", Currency::CNY, Class::Liability, Limit::FORBIDDEN));
        },
        &[(ADDED, AccountOpen), (ADDED + 1, BooksBalanced)],
    ),
    (
        "a name is opened again",
        |entries| {
            let again = opening("alice.cny", Currency::CNY, Class::Liability, Limit::FORBIDDEN);
            entries.push(Entry { key: Some(key("k")), ..again });
        },
        &[(ADDED, OpenedOnce)],
    ),
    ("a key is used again", |entries| entries.push(group("top-up", BANK, ALICE, 5)), &[(ADDED, KeyOnce)]),
    (
        "a key is used three times",
        |entries| {
            entries.push(group("top-up", BANK, ALICE, 5));
            entries.push(refusal("top-up", Reason::AccountNotFound));
        },
        &[(ADDED, KeyOnce), (ADDED + 1, KeyOnce)],
    ),
    ("a group without a key", |entries| entries[5].key = None, &[(6, KeyPresent)]),
    ("an expiry with a key", |entries| entries[15].key = Some(key("k")), &[(16, KeyPresent)]),
    (
        "a group takes from the held layer more than there is",
        |entries| entries.push(entry("k", Event::Posted, &pair(Effect::Unhold, ALICE, SHOP, 26))),
        &[(ADDED, HeldNotNegative), (ADDED, HeldNotNegative), BOTH_DRIFT[0], BOTH_DRIFT[1], (ADDED, Legs)],
    ),
    (
        "a group adds to the held layer",
        |entries| entries.push(entry("k", Event::Posted, &pair(Effect::Hold, ALICE, SHOP, 5))),
        &[BOTH_DRIFT[0], BOTH_DRIFT[1], (ADDED, Legs)],
    ),
    (
        "more is captured than remains",
        |entries| entries.push(capture("k", 3, 26, 26, false)),
        &[
            (ADDED, HeldNotNegative),
            (ADDED, HeldNotNegative),
            BOTH_DRIFT[0],
            BOTH_DRIFT[1],
            (ADDED, HoldConserved),
        ],
    ),
    (
        "more is released than remains",
        |entries| entries.push(release("k", 3, 26)),
        &[
            (ADDED, HeldNotNegative),
            (ADDED, HeldNotNegative),
            BOTH_DRIFT[0],
            BOTH_DRIFT[1],
            (ADDED, HoldConserved),
        ],
    ),
    (
        "a capture after the last one",
        |entries| entries.push(capture("k", 1, 1, 1, false)),
        &[BOTH_DRIFT[0], BOTH_DRIFT[1], (ADDED, HoldOpen)],
    ),
    (
        "a release after the expiry",
        |entries| entries.push(release("k", 0, 1)),
        &[BOTH_DRIFT[0], BOTH_DRIFT[1], (ADDED, HoldOpen)],
    ),
    (
        "an expiry after the release",
        |entries| entries.push(expiry(2, 1)),
        &[BOTH_DRIFT[0], BOTH_DRIFT[1], (ADDED, HoldOpen)],
    ),
    (
        "a hold that was never placed",
        |entries| entries.push(release("k", 9, 1)),
        &[BOTH_DRIFT[0], BOTH_DRIFT[1], (ADDED, HoldOpen)],
    ),
    (
        "an expiry before its time",
        |entries| entries[7] = placing("hold-0", 300, Some(time_ns(16) + 1)),
        &[(16, ExpiryDue)],
    ),
    (
        "an expiry of a hold that has none",
        |entries| entries[7] = placing("hold-0", 300, None),
        &[(16, ExpiryDue)],
    ),
    (
        "a placing of unequal sides",
        |entries| {
            entries.push(placing("k", 5, None));
            entries[NEXT].postings[1].amount = amount(6);
        },
        &[(ADDED, Balanced), (ADDED, HeldIsReserved), (ADDED, HoldPostings), (ADDED, BooksBalanced)],
    ),
    (
        "a placing on one account",
        |entries| entries.push(hold("k", held(ALICE, ALICE, 5, None))),
        &[(ADDED, HoldPostings)],
    ),
    (
        "a capture debits another account",
        |entries| {
            entries.push(capture("k", 3, 25, 25, true));
            entries[NEXT].postings[2].account = AccountNo(BANK);
        },
        &[(ADDED, HoldPostings)],
    ),
    (
        "a capture posts less than its event says",
        |entries| {
            entries.push(capture("k", 3, 25, 25, true));
            entries[NEXT].postings[2].amount = amount(24);
            entries[NEXT].postings[3].amount = amount(24);
        },
        &[(ADDED, HoldPostings)],
    ),
    (
        "a final capture keeps the rest",
        |entries| entries.push(capture("k", 3, 10, 10, true)),
        &[BOTH_DRIFT[0], BOTH_DRIFT[1], (ADDED, HoldPostings)],
    ),
    (
        "a capture that is not final gives back the rest",
        |entries| entries.push(capture("k", 3, 10, 25, false)),
        &[BOTH_DRIFT[0], BOTH_DRIFT[1], (ADDED, HoldPostings)],
    ),
    (
        "a release posts",
        |entries| {
            entries.push(release("k", 3, 25));
            entries[NEXT].postings.extend(pair(Effect::Post, BANK, ALICE, 5));
        },
        &[(ADDED, HoldPostings)],
    ),
    (
        "a release of nothing",
        |entries| {
            let event = Event::HoldReleased { hold: HoldNo(3), amount: amount(0) };
            entries.push(entry("k", event, &[]));
        },
        &[(ADDED, HoldPostings)],
    ),
    (
        "a release from the accounts of another hold",
        |entries| {
            entries.push(release("k", 3, 25));
            entries[NEXT].postings[0].account = AccountNo(BANK);
        },
        &[(ADDED, HeldNotNegative), BOTH_DRIFT[0], BOTH_DRIFT[1], (ADDED, HoldPostings)],
    ),
    ("a group of one account", |entries| entries.push(group("k", ALICE, ALICE, 5)), &[(ADDED, Legs)]),
    ("a group of nothing", |entries| entries.push(entry("k", Event::Posted, &[])), &[(ADDED, Legs)]),
    (
        "a cent more than is available, which later money does not blame again",
        |entries| {
            entries.push(group("k", ALICE, SHOP, 866));
            entries.push(group("l", BANK, ALICE, 1));
        },
        &[(ADDED, Overdraft)],
    ),
    (
        "a cent more than is available, held",
        |entries| entries.push(placing("k", 866, None)),
        &[(ADDED, Overdraft)],
    ),
    (
        "an asset that falls below zero",
        |entries| {
            entries.push(opening("void.cny", Currency::CNY, Class::Liability, Limit::Unlimited));
            entries.push(group("k", NEW, BANK, 1_001));
        },
        &[(ADDED + 1, Overdraft)],
    ),
    (
        "a credit line passed by a cent",
        |entries| {
            let line = Limit::UpTo(amount(100));
            entries.push(opening("bob.cny", Currency::CNY, Class::Liability, line));
            entries.push(group("k", NEW, SHOP, 101));
        },
        &[(ADDED + 1, Overdraft)],
    ),
    (
        "a refusal that moves money",
        |entries| entries[14].postings.extend(pair(Effect::Post, BANK, ALICE, 5)),
        &[(15, RefusalMovesNothing)],
    ),
    (
        "a refusal that leaves no trace",
        |entries| entries.push(refusal("k", Reason::KeyReused)),
        &[(ADDED, RefusalJournaled)],
    ),
    (
        "an opening that moves money",
        |entries| entries[4].postings.extend(pair(Effect::Post, BANK, ALICE, 5)),
        &[(5, NoteMovesNothing)],
    ),
];

fn all() -> impl Iterator<Item = &'static Case> {
    CASES.iter().chain(broken_moves::CASES).chain(broken_rules::CASES).chain(broken_parts::CASES)
}

#[test]
fn each_broken_law_is_named_with_its_position() {
    let mut wrong = String::new();
    for (name, change, expected) in all() {
        let mut entries = sample();
        change(&mut entries);
        let report = audit(&journal(&entries));
        assert!(report.inspection.damages.is_empty(), "{name}: {:?}", report.inspection.damages);
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        if findings(&report) != expected {
            wrong += &format!("{name}: expected {expected:?}, found {:#?}\n", report.violations);
        }
        assert_eq!(report.violations_count, u64::try_from(report.violations.len()).unwrap(), "{name}");
        assert!(!report.is_clean(), "{name}");
        assert_eq!(Some(report.head), report.inspection.head, "{name}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn no_law_is_left_unbroken_here() {
    let mut broken: BTreeSet<Law> =
        all().flat_map(|(_, _, expected)| expected.iter().map(|(_, law)| *law)).collect();
    broken.extend(broken_products::laws());
    // These two have tests of their own.
    broken.extend([Readable, SnapshotAgrees]);
    assert_eq!(broken, Law::ALL.iter().copied().collect());
    let names: BTreeSet<&str> = Law::ALL.iter().map(|law| law.name()).collect();
    assert_eq!(names.len(), Law::ALL.len());
}
