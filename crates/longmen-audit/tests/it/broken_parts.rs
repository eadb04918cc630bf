//! Compound entries and accounts that belong to products, with one broken law each.

use longmen_audit::Law::*;
use longmen_core::{AccountChange, AccountId, Class, Effect, Entry, Event, OpenAccount, Part, Posting, Side};
use longmen_money::Currency;

use crate::broken::Case;
use crate::build::{
    ADDED, ALICE, BANK, NEW, SHOP, change, entry, group, held, hold, pair, posting, reversal,
};

/// An account of a product; where it is added first its number is [`NEW`].
fn managed() -> Entry {
    let account = OpenAccount::new(AccountId::new("card.cny").unwrap(), Currency::CNY, Class::Liability);
    let account = OpenAccount { managed: true, ..account };
    entry("open-card", Event::AccountOpened(Box::new(account)), &[])
}

pub(crate) fn compound(name: &str, parts: Vec<(Event, Vec<Posting>)>) -> Entry {
    let all: Vec<Posting> = parts.iter().flat_map(|(_, postings)| postings.clone()).collect();
    let part = |(event, postings): (Event, Vec<Posting>)| Part {
        event,
        postings: postings.len().try_into().unwrap(),
    };
    entry(name, Event::Compound(parts.into_iter().map(part).collect()), &all)
}

/// Money comes onto the account of a product, and a part of it is held.
fn load(name: &str) -> Entry {
    let placed = Event::HoldPlaced(held(NEW, SHOP, 20, None));
    compound(
        name,
        vec![(Event::Posted, pair(Effect::Post, BANK, NEW, 50)), (placed, pair(Effect::Hold, NEW, SHOP, 20))],
    )
}

fn parts(entry: &mut Entry) -> &mut Vec<Part> {
    match &mut entry.event {
        Event::Compound(parts) => parts,
        _ => unreachable!("it is compound"),
    }
}

pub(crate) fn clean() -> Vec<Entry> {
    let more = compound("onward", vec![(Event::Posted, pair(Effect::Post, NEW, ALICE, 30))]);
    let nothing = compound("nothing", vec![]);
    vec![managed(), load("load"), more, nothing]
}

pub(crate) const CASES: &[Case] = &[
    (
        "parts that claim more postings than there are",
        |e| {
            e.extend([managed(), load("k")]);
            parts(e.last_mut().unwrap())[1].postings = 3;
        },
        &[(ADDED + 1, PartsPost)],
    ),
    (
        "a posting that belongs to no part",
        |e| {
            e.extend([managed(), load("k")]);
            e.last_mut().unwrap().postings.push(posting(Effect::Post, Side::Debit, BANK, 1));
        },
        &[(ADDED + 1, PartsPost)],
    ),
    (
        "a part that is not balanced by itself",
        |e| {
            let [debit, credit] = pair(Effect::Post, BANK, ALICE, 5).try_into().unwrap();
            e.push(compound("k", vec![(Event::Posted, vec![debit]), (Event::Posted, vec![credit])]));
        },
        &[(ADDED, Balanced), (ADDED, Balanced), (ADDED, Legs), (ADDED, Legs)],
    ),
    (
        "a posting to an account of a product",
        |e| e.extend([managed(), group("k", BANK, NEW, 5)]),
        &[(ADDED + 1, Managed)],
    ),
    (
        "a hold on an account of a product",
        |e| e.extend([managed(), load("l"), hold("k", held(NEW, SHOP, 5, None))]),
        &[(ADDED + 2, Managed)],
    ),
    (
        "a hold of nothing in favour of an account of a product",
        |e| e.extend([managed(), hold("k", held(ALICE, NEW, 0, None))]),
        &[(ADDED + 1, Managed)],
    ),
    (
        "a change of an account of a product",
        |e| e.extend([managed(), change("k", NEW, AccountChange::Hidden(true))]),
        &[(ADDED + 1, Managed)],
    ),
    (
        "a reversal of a compound entry",
        |e| {
            let paid = compound("l", vec![(Event::Posted, pair(Effect::Post, BANK, ALICE, 5))]);
            let back =
                [posting(Effect::Post, Side::Credit, BANK, 5), posting(Effect::Post, Side::Debit, ALICE, 5)];
            e.extend([paid, reversal("k", ADDED, &back)]);
        },
        &[(ADDED + 1, Reversible)],
    ),
];

#[test]
fn compound_entries_and_what_belongs_to_products_break_nothing() {
    let mut entries = crate::build::sample();
    entries.extend(clean());
    let report = crate::build::audit(&crate::build::journal(&entries));
    assert!(report.is_clean(), "{:?}", report.violations);
    assert_eq!((report.counts.compound, report.counts.accounts_opened, report.holds_open), (3, 8, 2));
}
