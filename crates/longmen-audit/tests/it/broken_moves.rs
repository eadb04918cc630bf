//! Entries as such, groups, moves, reversals and holds, with one broken law each.

use longmen_audit::Law::*;
use longmen_core::{
    AccountChange, AccountNo, Class, Closes, Effect, Entry, Event, HoldNo, HoldPlaced, Memo,
    Overdraft as Line, Side,
};
use longmen_money::{Amount, Currency};

use crate::broken::Case;
use crate::build::{
    ADDED, ALICE, ALICE_USD, BANK, BANK_USD, CAROL, DESK, NEW, NEXT, SHOP, amount, capture, change, entry,
    expiry, forced, group, happened, held, hold, key, linked, mirror, moved, opening, pair, placing, posting,
    release, reversal, time_ns,
};

/// A capture of what remains of hold 3 and more, beyond it.
fn beyond(minor: u64, beyond: u64, freed: u64) -> Entry {
    let event = Event::HoldCaptured {
        hold: HoldNo(3),
        amount: amount(minor),
        beyond: amount(beyond),
        is_final: false,
    };
    let freed = if freed == 0 { vec![] } else { pair(Effect::Unhold, ALICE, SHOP, freed) };
    entry("k", event, &[freed, pair(Effect::Post, ALICE, SHOP, minor)].concat())
}

pub(crate) fn increment(hold: u64, minor: u64) -> Entry {
    let event = Event::HoldIncremented { hold: HoldNo(hold), amount: amount(minor) };
    entry("k", event, &pair(Effect::Hold, ALICE, SHOP, minor))
}

pub(crate) const THAW: AccountChange = AccountChange::Freeze { debit: false, credit: false };

pub(crate) const CASES: &[Case] = &[
    // Entries as such.
    ("a refusal with a memo", |e| e[14].memo = Memo::new("so").unwrap(), &[(15, Bare)]),
    ("a refusal that was imported", |e| e[14].extras = Some(Box::new(happened(7))), &[(15, Bare)]),
    ("an expiry with a memo", |e| e[15].memo = Memo::new("so").unwrap(), &[(16, Bare)]),
    ("a forced opening", |e| e[17].forced = true, &[(18, ForcedKind)]),
    ("a forced release", |e| e.push(forced(release("k", 3, 25))), &[(ADDED, ForcedKind)]),
    ("a forced seal", |e| e[33].forced = true, &[(34, ForcedKind)]),
    ("a forced refusal", |e| e[14].forced = true, &[(15, ForcedKind)]),
    // Groups.
    ("a group without its end", |e| e.push(linked(group("k", BANK, ALICE, 5))), &[(ADDED, GroupWhole)]),
    ("a group with a refusal in it", |e| e[13].linked = true, &[(14, GroupWhole)]),
    (
        "a group that ends with an expiry",
        |e| {
            let placed = placing("k", 5, Some(time_ns(ADDED + 2)));
            e.extend([placed, linked(group("l", BANK, ALICE, 5)), expiry(5, 5)]);
        },
        &[(ADDED + 1, GroupWhole)],
    ),
    ("an expiry that is linked", |e| e[15].linked = true, &[(16, GroupWhole)]),
    ("a refusal that is linked", |e| e[14].linked = true, &[(15, GroupWhole)]),
    // Moves.
    (
        "a move of more than its postings",
        |e| {
            e.push(entry("k", Event::Moved { amount: amount(6) }, &pair(Effect::Post, BANK, ALICE, 5)));
        },
        &[(ADDED, MoveAmount)],
    ),
    (
        "a move of nothing with postings",
        |e| {
            e.push(entry("k", Event::Moved { amount: amount(0) }, &pair(Effect::Post, BANK, ALICE, 5)));
        },
        &[(ADDED, MoveAmount)],
    ),
    (
        "a move on the held layer",
        |e| {
            e.push(entry("k", Event::Moved { amount: amount(5) }, &pair(Effect::Hold, ALICE, SHOP, 5)));
        },
        &[(ADDED, HeldIsReserved), (ADDED, HeldIsReserved), (ADDED, MoveAmount)],
    ),
    (
        "a move that names an account twice",
        |e| {
            let twice = [pair(Effect::Post, ALICE, SHOP, 5), pair(Effect::Post, ALICE, BANK, 5)].concat();
            e.push(entry("k", Event::Moved { amount: amount(10) }, &twice));
        },
        &[(ADDED, MoveAmount)],
    ),
    (
        "a move of two currencies",
        |e| {
            let two =
                [pair(Effect::Post, ALICE, SHOP, 5), pair(Effect::Post, ALICE_USD, BANK_USD, 5)].concat();
            e.push(entry("k", Event::Moved { amount: amount(10) }, &two));
        },
        &[(ADDED, MoveAmount)],
    ),
    ("a move beyond the room of both sides", |e| e.push(moved("k", BANK, ALICE, 5)), &[(ADDED, MoveRoom)]),
    (
        "a move that draws on a credit line",
        |e| {
            e.push(opening("bob.cny", Currency::CNY, Class::Liability, Line::UpTo(amount(100))));
            e.push(moved("k", NEW, SHOP, 5));
        },
        &[(ADDED + 1, MoveRoom)],
    ),
    (
        "a move to several accounts, one of them beyond its room",
        |e| {
            let two = [
                posting(Effect::Post, Side::Debit, ALICE, 10),
                posting(Effect::Post, Side::Credit, BANK, 5),
                posting(Effect::Post, Side::Credit, SHOP, 5),
            ];
            e.push(entry("k", Event::Moved { amount: amount(10) }, &two));
        },
        &[(ADDED, MoveRoom)],
    ),
    // Reversals.
    (
        "a reversal of another amount",
        |e| {
            e.push(reversal("k", 6, &mirror(BANK, ALICE, 5)));
        },
        &[(ADDED, Mirror)],
    ),
    (
        "a reversal in another order",
        |e| {
            e.push(change("thaw", CAROL, THAW));
            e.push(reversal("k", 37, &pair(Effect::Post, CAROL, DESK, 1)));
        },
        &[(ADDED + 1, Mirror)],
    ),
    ("a reversal of some of the legs", |e| e.push(reversal("k", 6, &[])), &[(ADDED, Mirror)]),
    (
        "a reversal that posts the same again",
        |e| {
            e.push(reversal("k", 38, &pair(Effect::Post, DESK, CAROL, 1)));
        },
        &[(ADDED, Mirror)],
    ),
    (
        "a reversal of a reversal",
        |e| {
            e.insert(NEXT, change("thaw", CAROL, THAW));
            e.push(reversal("k", 29, &pair(Effect::Post, CAROL, DESK, 150)));
        },
        &[(ADDED + 1, Reversible)],
    ),
    ("a reversal of a hold", |e| e.push(reversal("k", 17, &[])), &[(ADDED, Reversible)]),
    ("a reversal of a refusal", |e| e.push(reversal("k", 15, &[])), &[(ADDED, Reversible)]),
    ("a reversal of the journal's own entry", |e| e.push(reversal("k", 0, &[])), &[(ADDED, Reversible)]),
    ("a reversal of itself", |e| e.push(reversal("k", ADDED, &[])), &[(ADDED, Reversible)]),
    ("a reversal of what is not there", |e| e.push(reversal("k", 999, &[])), &[(ADDED, Reversible)]),
    (
        "a second reversal",
        |e| {
            e.push(reversal("k", 28, &mirror(CAROL, DESK, 150)));
        },
        &[(ADDED, ReversedOnce)],
    ),
    // Holds.
    (
        "an increment of what has ended",
        |e| e.push(increment(2, 5)),
        &[(ADDED, HeldIsReserved), (ADDED, HeldIsReserved), (ADDED, HoldOpen)],
    ),
    (
        "an increment on another account",
        |e| {
            e.push(increment(3, 5));
            e[NEXT].postings[1].account = AccountNo(BANK);
        },
        &[(ADDED, HeldIsReserved), (ADDED, HeldIsReserved), (ADDED, HoldPostings)],
    ),
    ("an increment beyond what is available", |e| e.push(increment(3, 866)), &[(ADDED, Overdraft)]),
    (
        "increments of more than an amount",
        |e| {
            e.push(change("line-2", ALICE, AccountChange::Overdraft(Line::Unlimited)));
            e.push(Entry { key: Some(key("l")), ..increment(3, Amount::MAX.minor() - 25) });
            e.push(increment(3, 1));
        },
        &[(ADDED + 2, HoldConserved)],
    ),
    ("a capture beyond its hold that is not forced", |e| e.push(beyond(26, 1, 25)), &[(ADDED, HoldBeyond)]),
    ("a forced capture beyond what it leaves", |e| e.push(forced(beyond(10, 1, 9))), &[(ADDED, HoldBeyond)]),
    (
        "a forced capture of more, not said to be beyond",
        |e| e.push(forced(beyond(26, 0, 26))),
        &[
            (ADDED, HeldNotNegative),
            (ADDED, HeldNotNegative),
            (ADDED, HeldIsReserved),
            (ADDED, HeldIsReserved),
            (ADDED, HoldConserved),
        ],
    ),
    (
        "a forced capture of what was never placed",
        |e| {
            e.push(forced(beyond(5, 5, 0)));
            let Event::HoldCaptured { hold, .. } = &mut e[NEXT].event else { return };
            *hold = HoldNo(9);
        },
        &[(ADDED, HoldOpen)],
    ),
    (
        "a capture of nothing",
        |e| {
            e.push(beyond(1, 0, 0));
            e[NEXT].postings.clear();
            let Event::HoldCaptured { amount, .. } = &mut e[NEXT].event else { return };
            *amount = Amount::ZERO;
        },
        &[(ADDED, HoldPostings)],
    ),
    (
        "a hold that is due when it is placed",
        |e| e.push(placing("k", 5, Some(time_ns(ADDED)))),
        &[(ADDED, ExpiryDue)],
    ),
    (
        "an expiry before one that is due earlier",
        |e| {
            e.push(placing("k", 5, Some(time_ns(ADDED + 2))));
            e.push(placing("l", 5, Some(time_ns(ADDED + 1))));
            e.push(expiry(5, 5));
        },
        &[(ADDED + 1, ExpiryDue), (ADDED + 2, ExpiryOrder)],
    ),
    (
        "a hold of two currencies",
        |e| e.push(hold("k", held(ALICE, BANK_USD, 0, None))),
        &[(ADDED, HoldPostings)],
    ),
    (
        "a hold of nothing with postings",
        |e| {
            e.push(hold("k", held(ALICE, SHOP, 0, None)));
            e[NEXT].postings.extend(pair(Effect::Hold, ALICE, SHOP, 1));
        },
        &[(ADDED, HeldIsReserved), (ADDED, HeldIsReserved), (ADDED, HoldPostings)],
    ),
    (
        "a hold of nothing on accounts that are not open",
        |e| {
            e.push(hold("k", held(NEW, SHOP, 0, None)));
        },
        &[(ADDED, AccountOpen), (ADDED, HoldPostings)],
    ),
    (
        "a hold of nothing that is captured",
        |e| {
            e.push(hold("k", held(ALICE, SHOP, 0, None)));
            e.push(Entry { key: Some(key("l")), ..capture("l", 5, 1, 1, false) });
        },
        &[(ADDED + 1, HeldIsReserved), (ADDED + 1, HeldIsReserved), (ADDED + 1, HoldConserved)],
    ),
    (
        "a hold that closes and is captured",
        |e| {
            let closes = Closes { debit: true, credit: false };
            e[16] = hold("hold-3", HoldPlaced { closes, ..held(ALICE, SHOP, 25, None) });
            e.push(capture("k", 3, 25, 25, true));
        },
        &[(ADDED, HoldClosing)],
    ),
];
