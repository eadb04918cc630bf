//! Closed and frozen accounts, days, sets and limits, with one broken law each.

use longmen_audit::Law::*;
use longmen_core::{
    AccountChange, AccountNo, Class, Closes, Effect, Entry, Event, Extras, Flow, HoldNo, HoldPlaced, Limit,
    LimitNo, MemberNo, Meta, Overdraft as Line, Reason, Scope, Secret, SetId, SetNo, Window,
};
use longmen_money::Currency;

use crate::broken::Case;
use crate::broken_moves::{THAW, increment};
use crate::build::{
    ADDED, ALICE, BANK, CAROL, DESK, NEW, NEXT, SHOP, amount, audit, capture, change, day, entry, expiry,
    forced, group, happened, held, hold, join, journal, key, limit, member, mirror, often, opening, pair,
    placing, refund, refusal, reversal, sample, set_limit, set_opened, subject, time_ns, with,
};

const CLOSE: AccountChange = AccountChange::Close;

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
    // Closed and frozen.
    (
        "a posting to an account that a hold keeps closed",
        |e| {
            let closes = Closes { debit: false, credit: true };
            e[16] = hold("hold-3", HoldPlaced { closes, ..held(ALICE, SHOP, 25, None) });
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
            e[NEXT + 2].postings[3].account = AccountNo(NEW);
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
            e[NEXT + 1].postings[3].account = AccountNo(BANK);
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
        |e| e.push(Entry { key: Some(key("k")), ..set_opened("all") }),
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
            let net = Limit { flow: Flow::NetIn, ..limit("spend", 399) };
            e[24] = set_limit("spend", Limit { window: Window::Lifetime, ..net });
        },
        &[(27, LimitKept), (29, LimitKept)],
    ),
    (
        "a limit that begins anew with another window",
        |e| {
            e.insert(NEXT, change("thaw", CAROL, THAW));
            let once = Limit { window: Window::Lifetime, ..limit("spend", 20) };
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
            let scope = Scope::Set(SetId::new("none").unwrap());
            e.push(set_limit("k", Limit { scope, ..limit("new", 1) }));
        },
        &[(ADDED, LimitKnown)],
    ),
    ("a limit that is dropped twice", |e| e.push(drop_limit(1)), &[(ADDED, LimitKnown)]),
    ("a limit that is dropped and was never set", |e| e.push(drop_limit(2)), &[(ADDED, LimitKnown)]),
];

/// What would break one of these laws, and is forced, exempt, imported or over.
#[test]
fn what_may_pass_is_not_named() {
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
                    HoldPlaced {
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
        let report = audit(&journal(&[sample(), added].concat()));
        assert!(report.is_clean(), "{name}: {:#?}", report.violations);
    }
}

fn expiry_of_nothing() -> Entry {
    let mut entry = expiry(0, 1);
    entry.postings.clear();
    entry
}
