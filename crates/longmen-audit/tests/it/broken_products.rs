//! What products say, with one broken law each.

use longmen_audit::Law::{self, *};
use longmen_audit::Report;
use longmen_core::{
    AccountId, AccountNo, Class, Code, Digest, Effect, Entry, Event, HoldNo, OpenAccount, Part, Phase,
    Posting, Side,
};
use longmen_journal::MemoryStorage;
use longmen_money::Currency;
use longmen_wallet::{
    CardEvent, CaseEvent, CollectionEvent, CreditEvent, DisputeEvent, Draw, Entry as Told, ExchangeEvent,
    Fact, GiftEvent, HouseEvent, ItemChange, LotUse, OwnerEvent, PayeeEvent, PaymentEvent, ProductEvent,
    RefundEvent, Role, TermsRef, TopUpEvent, WithdrawalEvent,
};

use crate::build::{amount, append_told, audit, create, entry, findings, group, held, key, pair, time_ns};

/// Accounts of a pool, by their numbers.
const CAPITAL: u32 = 0;
const OWN: u32 = 1;
const RESERVE: u32 = 2;
const UNIDENTIFIED: u32 = 3;
const WALLET: u32 = 4;
const PAYOUTS: u32 = 5;
const ESCROW: u32 = 6;
/// The position of the first entry after the clean ones.
const ADDED: u64 = 13;

fn account(id: &str, class: Class, code: &str) -> Told {
    let account = OpenAccount::new(AccountId::new(id).unwrap(), Currency::CNY, class);
    let mut account = OpenAccount { managed: true, ..account };
    account.details.code = Some(Code::new(code).unwrap());
    entry(&format!("open-{id}"), Event::AccountOpened(Box::new(account)), &[]).with_product(None)
}

/// A compound entry of one posting, and what it means.
fn told(name: &str, postings: &[Posting], event: impl Into<ProductEvent>, items: Vec<ItemChange>) -> Told {
    let own = u16::try_from(postings.len()).unwrap();
    let parts = if own == 0 { vec![] } else { vec![Part { event: Event::Posted, postings: own }] };
    let fact = Fact { event: event.into(), items, lots: None };
    entry(name, Event::Compound(parts), postings).with_product(Some(Box::new(fact)))
}

/// A movement that is of no thing.
fn moves(name: &str, debit: u32, credit: u32, minor: u64, items: Vec<ItemChange>) -> Told {
    told(name, &pair(Effect::Post, debit, credit, minor), HouseEvent::Moved, items)
}

/// An event that moves no money.
fn says(name: &str, event: impl Into<ProductEvent>) -> Told {
    told(name, &[], event, vec![])
}

fn with_lots(mut told: Told, source: Option<&str>, draw: Draw) -> Told {
    told.product.as_mut().unwrap().lots = Some(LotUse { source: source.map(key), draw });
    told
}

fn open(account: u32, name: &str, side: Side, minor: u64) -> ItemChange {
    let (account, name, amount) = (AccountNo(account), key(name), amount(minor));
    ItemChange::Open { account, name, side, amount, owner: None, due_ns: None }
}

fn clear(account: u32, name: &str, minor: u64) -> ItemChange {
    ItemChange::Clear { account: AccountNo(account), name: key(name), amount: amount(minor) }
}

fn case_opened(is_cleared: bool) -> CaseEvent {
    CaseEvent::Opened { pool: "emoney".parse().unwrap(), corrects: None, is_cleared }
}

/// The hold of a payment out of the wallet.
fn authorised(name: &str, credit: u32, expires_ns: Option<u64>) -> Told {
    let event = PaymentEvent::Authorised {
        payer: "alice".parse().unwrap(),
        merchant: "shop".parse().unwrap(),
        order: key("order"),
        sum: "0.05 CNY".parse().unwrap(),
        from: Role::Wallet,
        terms: TermsRef { id: "pay".parse().unwrap(), version: 1 },
    };
    let mut told = told(name, &pair(Effect::Hold, WALLET, credit, 5), event, vec![]);
    told.event = Event::Compound(vec![Part {
        event: Event::HoldPlaced(held(WALLET, credit, 5, expires_ns)),
        postings: 2,
    }]);
    told
}

/// A journal of products in which all is well.
pub(crate) fn clean() -> Vec<Told> {
    vec![
        account("capital", Class::Equity, "3010"), // position 1, account 0
        account("own", Class::Asset, "1040"),
        account("reserve", Class::Asset, "1010"),
        account("unidentified", Class::Liability, "2070"),
        account("alice", Class::Liability, "2010"), // position 5
        account("payouts", Class::Liability, "2050"),
        account("escrow", Class::Liability, "2035"),
        moves("invest", OWN, CAPITAL, 1_000, vec![]),
        moves("receipt", RESERVE, UNIDENTIFIED, 500, vec![open(UNIDENTIFIED, "r", Side::Credit, 500)]),
        with_lots(
            moves("credit", UNIDENTIFIED, WALLET, 300, vec![clear(UNIDENTIFIED, "r", 300)]),
            Some("r"),
            Draw::Spend,
        ),
        with_lots(
            moves("back", WALLET, PAYOUTS, 100, vec![open(PAYOUTS, "p", Side::Credit, 100)]), // position 11
            None,
            Draw::Back(key("r")),
        ),
        says("case", case_opened(false)),
    ]
}

/// The clean entries with another name of an item, and with another phase of a case.
pub(crate) fn told_otherwise() -> [Vec<Told>; 2] {
    let (mut item, mut phase) = (clean(), clean());
    fact(&mut item[8]).items = vec![open(UNIDENTIFIED, "s", Side::Credit, 500)];
    fact(&mut item[9]).items = vec![clear(UNIDENTIFIED, "s", 300)];
    fact(&mut phase[11]).event = case_opened(true).into();
    [item, phase]
}

type Case = (&'static str, fn(&mut Vec<Told>), &'static [(u64, Law)]);

const CASES: &[Case] = &[
    (
        "an account of no code",
        |e| {
            let mut told = account("x", Class::Asset, "1010");
            if let Event::AccountOpened(opened) = &mut told.event {
                opened.details.code = None;
            }
            e.push(told);
        },
        &[(ADDED, Charted)],
    ),
    (
        "an account of a code from elsewhere",
        |e| e.push(account("x", Class::Asset, "9999")),
        &[(ADDED, Charted)],
    ),
    ("an account of another class", |e| e.push(account("x", Class::Liability, "1010")), &[(ADDED, Charted)]),
    (
        "client money to the owners of the operator",
        |e| e.push(moves("k", WALLET, CAPITAL, 5, vec![])),
        &[(ADDED, Permitted)],
    ),
    (
        "client money held for the owners of the operator",
        |e| e.push(authorised("k", CAPITAL, None)),
        &[(ADDED, Permitted)],
    ),
    (
        "a movement on an account that is of no product",
        |e| {
            let account = OpenAccount::new(AccountId::new("x").unwrap(), Currency::CNY, Class::Liability);
            e.push(entry("x", Event::AccountOpened(Box::new(account)), &[]).with_product(None));
            e.push(moves("k", RESERVE, ESCROW + 1, 5, vec![]));
        },
        &[(ADDED + 1, Permitted)],
    ),
    (
        "a receipt that is of no item",
        |e| e.push(moves("k", RESERVE, UNIDENTIFIED, 5, vec![])),
        &[(ADDED, Itemised), (ADDED, ControlIsItems)],
    ),
    (
        "an item of more than was received",
        |e| e.push(moves("k", RESERVE, UNIDENTIFIED, 5, vec![open(UNIDENTIFIED, "x", Side::Credit, 6)])),
        &[(ADDED, Itemised), (ADDED, ControlIsItems)],
    ),
    (
        "an item on the other side",
        |e| e.push(moves("k", RESERVE, UNIDENTIFIED, 5, vec![open(UNIDENTIFIED, "x", Side::Debit, 5)])),
        &[(ADDED, Itemised), (ADDED, ControlIsItems)],
    ),
    (
        "an item on an account that has none",
        |e| e.push(moves("k", OWN, CAPITAL, 5, vec![open(CAPITAL, "x", Side::Credit, 5)])),
        &[(ADDED, Itemised)],
    ),
    (
        "an item of another amount in the middle of the journal",
        |e| fact(&mut e[8]).items = vec![open(UNIDENTIFIED, "r", Side::Credit, 499)],
        &[(9, Itemised), (ADDED - 1, ControlIsItems)],
    ),
    (
        "an item that is cleared and was never open",
        |e| fact(&mut e[9]).items = vec![clear(UNIDENTIFIED, "x", 300)],
        &[(10, Itemised), (10, ItemOpen), (ADDED - 1, ControlIsItems)],
    ),
    (
        "more cleared of an item than is open",
        |e| {
            let items = vec![open(UNIDENTIFIED, "x", Side::Credit, 200), clear(UNIDENTIFIED, "r", 201)];
            e.push(moves("k", UNIDENTIFIED, WALLET, 1, items));
        },
        &[(ADDED, ItemOpen), (ADDED, ControlIsItems)],
    ),
    (
        "an item that grows for another owner",
        |e| {
            let mut more = open(UNIDENTIFIED, "r", Side::Credit, 5);
            if let ItemChange::Open { owner, .. } = &mut more {
                *owner = Some("bob".parse().unwrap());
            }
            e.push(moves("k", RESERVE, UNIDENTIFIED, 5, vec![more]));
        },
        &[(ADDED, ItemOpen)],
    ),
    (
        "an item of nothing",
        |e| e.push(told("k", &[], HouseEvent::Moved, vec![open(UNIDENTIFIED, "x", Side::Credit, 0)])),
        &[(ADDED, ItemOpen)],
    ),
    (
        "a posting past the items",
        |e| e.push(group("k", RESERVE, UNIDENTIFIED, 5).with_product(None)),
        &[(ADDED, Managed), (ADDED, ControlIsItems)],
    ),
    (
        "more back to a source than it brought",
        |e| {
            let more = moves("l", UNIDENTIFIED, WALLET, 50, vec![clear(UNIDENTIFIED, "r", 50)]);
            let items = vec![open(PAYOUTS, "q", Side::Credit, 201)];
            let back = with_lots(moves("k", WALLET, PAYOUTS, 201, items), None, Draw::Back(key("r")));
            e.extend([more, back]);
        },
        &[(ADDED + 1, GivenBack)],
    ),
    (
        "money back to a source that brought nothing",
        |e| fact(&mut e[10]).lots = Some(LotUse { source: None, draw: Draw::Back(key("x")) }),
        &[(11, GivenBack)],
    ),
    (
        "a hold that ends after its payment was given up",
        |e| {
            e.push(authorised("pay", ESCROW, Some(time_ns(ADDED + 2))));
            e.push(says("k", PaymentEvent::Cancelled { payment: key("pay") }));
            e.push(hold_ended());
        },
        &[(ADDED + 2, PhaseFollows)],
    ),
    (
        "a case that is cleared twice",
        |e| {
            let case = key("case");
            e.push(says("l", CaseEvent::Cleared { case, is_cleared: true }));
            e.push(says("k", CaseEvent::Cleared { case, is_cleared: true }));
        },
        &[(ADDED + 1, PhaseFollows)],
    ),
    (
        "a case that is opened without a command",
        |e| e.push(Told { key: None, ..says("k", case_opened(false)) }),
        &[(ADDED, PhaseFollows)],
    ),
    (
        "a payment that is cancelled after it was paid",
        |e| {
            let payment = key("pay");
            e.push(authorised("pay", ESCROW, None));
            e.push(says("l", PaymentEvent::Confirmed { payment }));
            e.push(says("k", PaymentEvent::Cancelled { payment }));
        },
        &[(ADDED + 2, PhaseFollows)],
    ),
];

pub(crate) fn laws() -> impl Iterator<Item = Law> {
    CASES.iter().flat_map(|(_, _, expected)| expected.iter().map(|(_, law)| *law))
}

fn fact(told: &mut Told) -> &mut Fact {
    told.product.as_mut().unwrap()
}

/// The end of the only hold, which reserves five.
fn hold_ended() -> Told {
    let ended =
        entry("none", Event::HoldExpired { hold: HoldNo(0) }, &pair(Effect::Unhold, WALLET, ESCROW, 5));
    let ended = Entry { key: None, digest: Digest::ZERO, ..ended };
    ended.with_product(None)
}

fn audited(entries: &[Told]) -> Report {
    let disk = MemoryStorage::new();
    let mut appender = create(&disk);
    append_told(&mut appender, entries);
    drop(appender);
    audit(&disk)
}

#[test]
fn what_products_say_well_is_clean() {
    let report = audited(&clean());
    assert!(report.is_clean(), "{:?}", report.violations);
    assert_eq!((report.counts.compound, report.accounts), (5, 7));
    let mut entries = clean();
    entries.extend([authorised("pay", ESCROW, Some(time_ns(ADDED + 1))), hold_ended()]);
    let report = audited(&entries);
    assert!(report.is_clean(), "{:?}", report.violations);
}

#[test]
fn each_broken_law_of_products_is_named_with_its_position() {
    for (name, break_it, expected) in CASES {
        let mut entries = clean();
        break_it(&mut entries);
        let report = audited(&entries);
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(findings(&report), expected, "{name}: {:#?}", report.violations);
    }
}

#[test]
fn nothing_happens_to_what_is_not_there() {
    let (name, card, owner) = (key("x"), "x".parse().unwrap(), "x".parse().unwrap());
    let sum = "0.05 CNY".parse().unwrap();
    let events: Vec<ProductEvent> = vec![
        OwnerEvent::Activated { owner }.into(),
        OwnerEvent::Frozen { owner, debit: true, credit: false }.into(),
        PayeeEvent::Verified { owner, payee: "x".parse().unwrap() }.into(),
        TopUpEvent::Failed { top_up: name }.into(),
        TopUpEvent::Expired { top_up: name, at: 1 }.into(),
        RefundEvent::Sent { refund: name }.into(),
        RefundEvent::Unclaimed { refund: name }.into(),
        GiftEvent::Redeemed { card, owner, is_invoiced: false }.into(),
        PaymentEvent::Confirmed { payment: name }.into(),
        PaymentEvent::Released { payment: name, part: sum, fee: amount(0), to: Phase::Released }.into(),
        CardEvent::Frozen { card }.into(),
        CardEvent::Closed { card }.into(),
        WithdrawalEvent::Went { withdrawal: name, to: Phase::Settled }.into(),
        WithdrawalEvent::Sent { withdrawal: name, from: Role::Reserve }.into(),
        ExchangeEvent::Executed { quote: name }.into(),
        CollectionEvent::ReceiverClosed { receiver: name }.into(),
        CollectionEvent::Identified { deposit: name, owner }.into(),
        CollectionEvent::BatchSettled { batch: name }.into(),
        CreditEvent::WrittenOff { plan: name }.into(),
        CreditEvent::Released { plan: name, sum }.into(),
        DisputeEvent::Lost { dispute: name }.into(),
        CaseEvent::Cleared { case: name, is_cleared: true }.into(),
    ];
    for event in events {
        let mut entries = clean();
        entries.push(says("k", event.clone()));
        assert_eq!(findings(&audited(&entries)), [(ADDED, PhaseFollows)], "{event:?}");
    }
}
