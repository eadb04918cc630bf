//! The same for what is newer than postings and holds: one broken law each.

use longmen_audit::Law::*;
use longmen_core::{
    AccountChange, Class, Closes, Effect, Entry, Event, Extras, Flow, HoldNo, LimitNo, MemberNo, Memo, Meta,
    Most, Overdraft as Line, Reason, Secret, SetNo, Side, Window,
};
use longmen_money::{Amount, Currency};

use crate::broken::Case;
use crate::build::{
    ADDED, ALICE, ALICE_USD, BANK, BANK_USD, CAROL, DESK, NEW, NEXT, SHOP, amount, capture, change, day,
    entry, expiry, forced, group, happened, held, hold, join, limit, linked, member, mirror, moved, often,
    opening, pair, placing, posting, refund, refusal, release, reversal, sample, set_limit, set_opened,
    subject, time_ns, with,
};

const CLOSE: AccountChange = AccountChange::Close;
const THAW: AccountChange = AccountChange::Freeze { debit: false, credit: false };

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

fn increment(hold: u64, minor: u64) -> Entry {
    let event = Event::HoldIncremented { hold: HoldNo(hold), amount: amount(minor) };
    entry("k", event, &pair(Effect::Hold, ALICE, SHOP, minor))
}

fn seal(days: i32) -> Entry {
    entry("k", Event::PeriodSealed { through: day(days) }, &[])
}

fn secret(of: &str) -> Extras {
    Extras { secret: Some(Secret::new(subject(of), b"bytes").unwrap()), ..Extras::default() }
}

fn drop_limit(no: u32) -> Entry {
    entry("k", Event::LimitDropped { limit: LimitNo(no) }, &[])
}

fn dollars(name: &str, account: Class) -> Entry {
    opening(name, Currency::USD, account, Line::Unlimited)
}

pub(crate) const CASES: &[Case] = &[
    // Entries as such.
    ("a refusal with a memo", |e| e[14].memo = Memo::new("so").unwrap(), &[(15, Bare)]),
    ("a refusal that was imported", |e| e[14].extras = Some(Box::new(happened(7))), &[(15, Bare)]),
    (
        "an expiry with metadata",
        |e| {
            e[15] = with(expiry(0, 300), Extras { meta: Meta::new([refund()]).unwrap(), ..Extras::default() })
        },
        &[(16, Bare)],
    ),
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
            e[NEXT].postings[1].account = longmen_core::AccountNo(BANK);
        },
        &[(ADDED, HeldIsReserved), (ADDED, HeldIsReserved), (ADDED, HoldPostings)],
    ),
    ("an increment beyond what is available", |e| e.push(increment(3, 866)), &[(ADDED, Overdraft)]),
    (
        "increments of more than an amount",
        |e| {
            e.push(change("line-2", ALICE, AccountChange::Overdraft(Line::Unlimited)));
            e.push(Entry { key: Some(crate::build::key("l")), ..increment(3, Amount::MAX.minor() - 25) });
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
            e.push(Entry { key: Some(crate::build::key("l")), ..capture("l", 5, 1, 1, false) });
        },
        &[(ADDED + 1, HeldIsReserved), (ADDED + 1, HeldIsReserved), (ADDED + 1, HoldConserved)],
    ),
    (
        "a hold that closes and is captured",
        |e| {
            let closes = Closes { debit: true, credit: false };
            e[16] = hold("hold-3", longmen_core::HoldPlaced { closes, ..held(ALICE, SHOP, 25, None) });
            e.push(capture("k", 3, 25, 25, true));
        },
        &[(ADDED, HoldClosing)],
    ),
    // Closed and frozen.
    (
        "a posting to an account that a hold keeps closed",
        |e| {
            let closes = Closes { debit: false, credit: true };
            e[16] = hold("hold-3", longmen_core::HoldPlaced { closes, ..held(ALICE, SHOP, 25, None) });
            e.push(forced(group("k", BANK, SHOP, 5)));
        },
        &[(ADDED, AccountClosed)],
    ),
    (
        "a capture to an account that was closed for good",
        |e| {
            e.push(opening("bob.cny", Currency::CNY, Class::Liability, Line::FORBIDDEN));
            e.push(change("close", NEW, CLOSE));
            e.push(capture("k", 3, 25, 25, true));
            e[NEXT + 2].postings[3].account = longmen_core::AccountNo(NEW);
        },
        &[(ADDED + 2, AccountClosed)],
    ),
    (
        "a hold of nothing on a closed account",
        |e| {
            e.push(opening("bob.cny", Currency::CNY, Class::Liability, Line::FORBIDDEN));
            e.push(change("close", NEW, CLOSE));
            e.push(forced(hold("k", held(ALICE, NEW, 0, None))));
        },
        &[(ADDED + 2, AccountClosed)],
    ),
    ("a debit of a frozen side", |e| e.push(group("k", CAROL, DESK, 5)), &[(ADDED, AccountFrozen)]),
    ("a hold on a frozen side", |e| e.push(hold("k", held(CAROL, DESK, 0, None))), &[(ADDED, AccountFrozen)]),
    (
        "an increment on a frozen side",
        |e| {
            e.push(change("freeze-shop", SHOP, AccountChange::Freeze { debit: false, credit: true }));
            e.push(increment(3, 5));
        },
        &[(ADDED + 1, AccountFrozen)],
    ),
    (
        "a capture to another account that is frozen",
        |e| {
            e.push(change("freeze-bank", BANK, AccountChange::Freeze { debit: false, credit: true }));
            e.push(capture("k", 3, 25, 25, true));
            e[NEXT + 1].postings[3].account = longmen_core::AccountNo(BANK);
        },
        &[(ADDED + 1, AccountFrozen)],
    ),
    (
        "an account that is closed with money on it",
        |e| e.push(change("k", DESK, CLOSE)),
        &[(ADDED, AccountLife)],
    ),
    (
        "an account that is closed with a hold of nothing on it",
        |e| {
            e.push(dollars("bob.usd", Class::Liability));
            e.push(dollars("eve.usd", Class::Liability));
            e.push(hold("h", held(NEW, NEW + 1, 0, None)));
            e.push(change("k", NEW + 1, CLOSE));
        },
        &[(ADDED + 3, AccountLife)],
    ),
    (
        "an account that is closed twice",
        |e| {
            e.push(dollars("bob.usd", Class::Liability));
            e.extend([change("k", NEW, CLOSE), change("l", NEW, CLOSE)]);
        },
        &[(ADDED + 2, AccountLife)],
    ),
    (
        "an open account that is reopened",
        |e| e.push(change("k", ALICE, AccountChange::Reopen)),
        &[(ADDED, AccountLife)],
    ),
    ("a change of an account that is not open", |e| e.push(change("k", NEW, THAW)), &[(ADDED, AccountOpen)]),
    (
        "an overdraft that was taken back",
        |e| {
            e.push(change("thaw", CAROL, THAW));
            e.push(change("no-line", CAROL, AccountChange::Overdraft(Line::FORBIDDEN)));
            e.push(group("k", CAROL, SHOP, 318));
        },
        &[(ADDED + 2, Overdraft)],
    ),
    (
        "a change that moves money",
        |e| e[32].postings.extend(pair(Effect::Post, BANK, ALICE, 5)),
        &[(33, NoteMovesNothing)],
    ),
    // Days and times.
    (
        "a posting on a sealed day",
        |e| {
            e.push(Entry { effective: Some(day(-1)), ..group("k", BANK, ALICE, 5) });
        },
        &[(ADDED, Sealed)],
    ),
    (
        "a note on a sealed day",
        |e| {
            e.push(Entry { effective: Some(day(-9)), ..set_opened("x") });
        },
        &[(ADDED, Sealed)],
    ),
    (
        "a seal of today",
        |e| e[33] = seal(0),
        &[(34, SealOrder), (35, Sealed), (36, Sealed), (37, Sealed), (38, Sealed), (39, Sealed)],
    ),
    ("a seal of what is sealed", |e| e.push(seal(-1)), &[(ADDED, SealOrder)]),
    ("a seal of less than is sealed", |e| e.push(seal(-2)), &[(ADDED, SealOrder)]),
    (
        "an import from the time of the last one",
        |e| e.push(with(group("k", BANK, ALICE, 5), happened(500))),
        &[(ADDED, ImportOrder)],
    ),
    (
        "an import from now",
        |e| e.push(with(group("k", BANK, ALICE, 5), happened(time_ns(ADDED)))),
        &[(ADDED, ImportOrder)],
    ),
    (
        "an imported hold that expires",
        |e| {
            e.push(with(placing("k", 5, Some(time_ns(ADDED + 9))), happened(501)));
        },
        &[(ADDED, ImportOrder)],
    ),
    (
        "a secret of an erased subject",
        |e| e.push(with(group("k", BANK, ALICE, 5), secret("person-1"))),
        &[(ADDED, Erased)],
    ),
    (
        "a subject that is erased twice",
        |e| {
            e.push(entry("k", Event::SubjectErased(subject("person-1")), &[]));
        },
        &[(ADDED, Erased)],
    ),
    // The chart.
    (
        "a set that is opened again",
        |e| e.push(Entry { key: Some(crate::build::key("k")), ..set_opened("all") }),
        &[(ADDED, SetOnce)],
    ),
    (
        "a set that is put into itself",
        |e| e.push(join("k", 1, MemberNo::Set(SetNo(1)))),
        &[(ADDED, SetCycle)],
    ),
    (
        "a set that is put into what it holds",
        |e| e.push(join("k", 0, MemberNo::Set(SetNo(1)))),
        &[(ADDED, SetCycle)],
    ),
    ("an account that joins twice", |e| e.push(join("k", 0, member(CAROL))), &[(ADDED, SetMember)]),
    ("an account that joins and is not open", |e| e.push(join("k", 0, member(NEW))), &[(ADDED, SetMember)]),
    (
        "a set that joins and is not open",
        |e| e.push(join("k", 0, MemberNo::Set(SetNo(9)))),
        &[(ADDED, SetMember)],
    ),
    (
        "an account that joins what is not open",
        |e| e.push(join("k", 9, member(CAROL))),
        &[(ADDED, SetMember)],
    ),
    (
        "an account that leaves what it is in indirectly only",
        |e| {
            e.push(entry("k", Event::Left { set: SetNo(1), member: member(CAROL) }, &[]));
        },
        &[(ADDED, SetMember)],
    ),
    // Limits.
    (
        "a limit of an amount that is passed",
        |e| e[24] = set_limit("spend", limit("spend", 200)),
        &[(31, LimitKept)],
    ),
    (
        "a limit that is passed by a move, a hold and an increment",
        |e| {
            e[24] = set_limit("spend", limit("spend", 149));
        },
        &[(28, LimitKept), (30, LimitKept), (31, LimitKept)],
    ),
    (
        "a limit on a count that is passed",
        |e| e[25] = set_limit("often", often("often", 3)),
        &[(38, LimitKept)],
    ),
    (
        "a limit on what comes in that is passed",
        |e| {
            let net = longmen_core::Limit { flow: Flow::NetIn, ..limit("spend", 399) };
            e[24] = set_limit("spend", longmen_core::Limit { window: Window::Lifetime, ..net });
        },
        &[(27, LimitKept), (29, LimitKept)],
    ),
    (
        "a limit that begins anew with another window",
        |e| {
            e.insert(NEXT, change("thaw", CAROL, THAW));
            let once = longmen_core::Limit { window: Window::Lifetime, ..limit("spend", 20) };
            e.push(set_limit("again", once));
            e.push(group("k", CAROL, DESK, 20));
            e.push(group("l", CAROL, DESK, 1));
        },
        &[(ADDED + 3, LimitKept)],
    ),
    (
        "a limit that goes on counting with another bound",
        |e| {
            e.insert(NEXT, change("thaw", CAROL, THAW));
            e.push(set_limit("again", limit("spend", 250)));
            e.push(group("k", CAROL, DESK, 11));
        },
        &[(ADDED + 2, LimitKept)],
    ),
    (
        "a limit that an account comes under by joining",
        |e| {
            e.push(join("in", 1, member(ALICE)));
            e.push(group("k", ALICE, SHOP, 740));
        },
        &[(ADDED + 1, LimitKept)],
    ),
    (
        "a limit on nothing",
        |e| {
            let scope = longmen_core::Scope::Set(longmen_core::SetId::new("none").unwrap());
            e.push(set_limit("k", longmen_core::Limit { scope, ..limit("new", 1) }));
        },
        &[(ADDED, LimitKnown)],
    ),
    (
        "a limit without a window",
        |e| {
            let window = Window::Every { length_ns: 0, from_ns: 7 };
            e.push(set_limit("k", longmen_core::Limit { window, ..limit("new", 1) }));
        },
        &[(ADDED, LimitKnown)],
    ),
    (
        "a limit that counts a net flow",
        |e| {
            let (flow, most) = (Flow::NetOut, Most::Count(1));
            e.push(set_limit("k", longmen_core::Limit { flow, most, ..limit("new", 1) }));
        },
        &[(ADDED, LimitKnown)],
    ),
    ("a limit that is dropped twice", |e| e.push(drop_limit(1)), &[(ADDED, LimitKnown)]),
    ("a limit that is dropped and was never set", |e| e.push(drop_limit(2)), &[(ADDED, LimitKnown)]),
];

/// What would break one of these laws, and is forced, exempt, imported or over.
#[test]
fn what_may_pass_is_not_named() {
    let _ = (Reason::AccountFrozen, refusal("x", Reason::AccountFrozen));
    let exempt = Extras { meta: Meta::new([refund()]).unwrap(), ..Extras::default() };
    let thaw = || change("thaw", CAROL, THAW);
    let cases = [
        ("a forced posting beyond an overdraft", vec![forced(group("k", ALICE, SHOP, 866))]),
        ("a forced debit of a frozen side", vec![forced(group("k", CAROL, DESK, 5))]),
        (
            "a capture from a frozen side",
            vec![
                change("freeze-alice", ALICE, AccountChange::Freeze { debit: true, credit: true }),
                capture("k", 3, 25, 25, true),
            ],
        ),
        (
            "a forced capture after the end",
            vec![forced({
                let event = Event::HoldCaptured {
                    hold: HoldNo(0),
                    amount: amount(5),
                    beyond: amount(5),
                    is_final: true,
                };
                entry("k", event, &pair(Effect::Post, ALICE, SHOP, 5))
            })],
        ),
        (
            "a forced posting beyond a limit",
            vec![thaw(), set_limit("again", limit("spend", 241)), forced(group("k", CAROL, DESK, 2))],
        ),
        (
            "an exempt posting beyond a limit",
            vec![
                thaw(),
                set_limit("again", limit("spend", 241)),
                with(group("k", CAROL, DESK, 2), exempt),
                group("l", CAROL, DESK, 1),
            ],
        ),
        (
            "an imported posting beyond a limit",
            vec![
                thaw(),
                set_limit("again", limit("spend", 241)),
                with(group("k", CAROL, DESK, 2), happened(501)),
                group("l", CAROL, DESK, 1),
            ],
        ),
        (
            "a posting that a limit that was dropped would stop",
            vec![thaw(), drop_limit(0), group("l", CAROL, DESK, 300)],
        ),
        (
            "a posting on an account that has left",
            vec![
                thaw(),
                set_limit("again", limit("spend", 241)),
                entry("out", Event::Left { set: SetNo(0), member: member(CAROL) }, &[]),
                group("k", CAROL, DESK, 300),
            ],
        ),
        (
            "a refusal for a sealed day",
            vec![Entry { effective: Some(day(-1)), ..refusal("k", Reason::PeriodSealed) }],
        ),
        ("a move of nothing", vec![entry("k", Event::Moved { amount: amount(0) }, &[])]),
        (
            "a release of a hold of nothing",
            vec![
                hold("h", held(ALICE, SHOP, 0, None)),
                entry("k", Event::HoldReleased { hold: HoldNo(5), amount: amount(0) }, &[]),
            ],
        ),
        (
            "an increment of nothing",
            vec![entry("k", Event::HoldIncremented { hold: HoldNo(3), amount: amount(0) }, &[])],
        ),
        ("a reversal of a capture", vec![reversal("k", 10, &mirror(ALICE, SHOP, 50))]),
        (
            "an account that is closed, reopened and used",
            vec![
                opening("bob.cny", Currency::CNY, Class::Liability, Line::FORBIDDEN),
                change("close", NEW, CLOSE),
                change("reopen", NEW, AccountChange::Reopen),
                group("k", BANK, NEW, 5),
            ],
        ),
        (
            "an account that opens again when the hold that closed it ends",
            vec![
                hold(
                    "h",
                    longmen_core::HoldPlaced {
                        closes: Closes { debit: true, credit: false },
                        ..held(ALICE, SHOP, 0, Some(time_ns(ADDED + 1)))
                    },
                ),
                Entry { event: Event::HoldExpired { hold: HoldNo(5) }, ..expiry_of_nothing() },
                group("k", ALICE, SHOP, 5),
            ],
        ),
    ];
    for (name, added) in cases {
        let report = crate::build::audit(&crate::build::journal(&[sample(), added].concat()));
        assert!(report.is_clean(), "{name}: {:#?}", report.violations);
    }
}

fn expiry_of_nothing() -> Entry {
    let mut entry = expiry(0, 1);
    entry.postings.clear();
    entry
}
