//! Compound entries and accounts that belong to products, with one broken law each.

use longmen_audit::Law::*;
use longmen_core::{
    AccountChange, AccountId, Class, Code, Effect, Entry, Event, OpenAccount, Part, Posting, Side,
};
use longmen_money::Currency;

use crate::broken::Case;
use crate::build::{
    ADDED, ALICE, BANK, NEW, SHOP, change, entry, group, held, hold, mirror, pair, posting, reversal,
};

/// The number of the capital where [`managed`] is added first; that of the own money is [`NEW`].
const CAPITAL: u32 = NEW + 1;

/// Two accounts of products: the operator's own money, and the capital that it is from.
fn managed() -> [Entry; 2] {
    [("own.cny", Class::Asset, "1040"), ("capital.cny", Class::Equity, "3010")].map(|(id, class, code)| {
        let mut account = OpenAccount::new(AccountId::new(id).unwrap(), Currency::CNY, class);
        (account.managed, account.details.code) = (true, Some(Code::new(code).unwrap()));
        entry(&format!("open-{id}"), Event::AccountOpened(Box::new(account)), &[])
    })
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
    let placed = Event::HoldPlaced(held(NEW, CAPITAL, 20, None));
    compound(
        name,
        vec![
            (Event::Posted, pair(Effect::Post, NEW, CAPITAL, 50)),
            (placed, pair(Effect::Hold, NEW, CAPITAL, 20)),
        ],
    )
}

fn parts(entry: &mut Entry) -> &mut Vec<Part> {
    match &mut entry.event {
        Event::Compound(parts) => parts,
        _ => unreachable!("it is compound"),
    }
}

pub(crate) fn clean() -> Vec<Entry> {
    let more = compound("onward", vec![(Event::Posted, pair(Effect::Post, NEW, CAPITAL, 30))]);
    let nothing = compound("nothing", vec![]);
    managed().into_iter().chain([load("load"), more, nothing]).collect()
}

pub(crate) const CASES: &[Case] = &[
    (
        "parts that claim more postings than there are",
        |e| {
            e.extend(managed());
            e.push(load("k"));
            parts(e.last_mut().unwrap())[1].postings = 3;
        },
        &[(ADDED + 2, PartsPost)],
    ),
    (
        "a posting that belongs to no part",
        |e| {
            e.extend(managed());
            e.push(load("k"));
            e.last_mut().unwrap().postings.push(posting(Effect::Post, Side::Debit, BANK, 1));
        },
        &[(ADDED + 2, PartsPost)],
    ),
    (
        "a part that is not balanced by itself",
        |e| {
            e.extend(managed());
            let [debit, credit] = pair(Effect::Post, NEW, CAPITAL, 5).try_into().unwrap();
            e.push(compound("k", vec![(Event::Posted, vec![debit]), (Event::Posted, vec![credit])]));
        },
        &[(ADDED + 2, Balanced), (ADDED + 2, Balanced), (ADDED + 2, Legs), (ADDED + 2, Legs)],
    ),
    (
        "a posting to an account of a product",
        |e| {
            e.extend(managed());
            e.extend([group("k", BANK, CAPITAL, 5)]);
        },
        &[(ADDED + 2, Managed)],
    ),
    (
        "a hold on an account of a product",
        |e| {
            e.extend(managed());
            e.extend([load("l"), hold("k", held(NEW, SHOP, 5, None))]);
        },
        &[(ADDED + 3, Managed)],
    ),
    (
        "a hold of nothing in favour of an account of a product",
        |e| {
            e.extend(managed());
            e.extend([hold("k", held(ALICE, NEW, 0, None))]);
        },
        &[(ADDED + 2, Managed)],
    ),
    (
        "a change of an account of a product",
        |e| {
            e.extend(managed());
            e.extend([change("k", NEW, AccountChange::Hidden(true))]);
        },
        &[(ADDED + 2, Managed)],
    ),
    (
        "a reversal of a compound entry",
        |e| {
            e.extend(managed());
            let paid = compound("l", vec![(Event::Posted, pair(Effect::Post, NEW, CAPITAL, 5))]);
            e.extend([paid, reversal("k", ADDED + 2, &mirror(NEW, CAPITAL, 5))]);
        },
        &[(ADDED + 3, Managed), (ADDED + 3, Reversible)],
    ),
];

#[test]
fn compound_entries_and_what_belongs_to_products_break_nothing() {
    let mut entries = crate::build::sample();
    entries.extend(clean());
    let report = crate::build::audit(&crate::build::journal(&entries));
    assert!(report.is_clean(), "{:?}", report.violations);
    assert_eq!((report.counts.compound, report.counts.accounts_opened, report.holds_open), (3, 9, 2));
}
