//! One of everything.

use core::num::NonZeroU64;

use longmen_core::{
    AccountChange, AccountId, AccountNo, ActionKind, Class, Closes, Code, Detail, Details, Digest, Effect,
    EffectiveDate, Event, Extras, Flow, HoldNo, HoldPlaced, Key, Limit, LimitId, LimitNo, MemberNo, Memo,
    Meta, MetaKey, Most, Obstacle, Obstacles, OpenAccount, OpenThings, Overdraft, Part, Phase, Posting,
    Postings, Reason, Refusal, Scope, Secret, SetId, SetNo, Side, Subject, Thing, Value, Window,
};
use longmen_money::{Amount, Currency};
use longmen_wallet::{Entry, Fact, HouseEvent, ItemChange};

pub(crate) fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

pub(crate) fn posting(account: u32, side: Side, effect: Effect, minor: u64) -> Posting {
    Posting { account: AccountNo(account), side, effect, amount: amount(minor) }
}

/// A debit and a credit of two accounts.
pub(crate) fn two(effect: Effect, minor: u64) -> [Posting; 2] {
    [posting(0, Side::Debit, effect, minor), posting(1, Side::Credit, effect, minor)]
}

pub(crate) fn entry(event: Event, postings: &[Posting]) -> Entry {
    Entry {
        key: Some(Key::new("k-7731").unwrap()),
        digest: Digest([0x5a; 16]),
        effective: EffectiveDate::from_days(20_000),
        memo: Memo::new("货款").unwrap(),
        linked: false,
        forced: false,
        event,
        postings: Postings::from_slice(postings),
        extras: None,
        product: None,
    }
}

pub(crate) fn pairs() -> Vec<(MetaKey, Value)> {
    let key = |name| MetaKey::new(name).unwrap();
    vec![
        (key("a.text"), Value::text("入账").unwrap()),
        (key("b.empty"), Value::text("").unwrap()),
        (key("c.int"), Value::Int(-7)),
        (key("d.bool"), Value::Bool(true)),
        (key("e.ref"), Value::Reference(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10)),
    ]
}

pub(crate) fn details() -> Details {
    Details { code: Some(Code::new("2010.cust").unwrap()), meta: Meta::new(pairs()).unwrap() }
}

pub(crate) fn secret() -> Secret {
    Secret::new(Subject::new("subject-9").unwrap(), &[0xd0, 0, 0xff]).unwrap()
}

/// Every combination of what an entry can carry beside its memo.
pub(crate) fn extras() -> Vec<Option<Box<Extras>>> {
    let mut all = vec![None];
    for bits in 1_u8..8 {
        let meta = if bits & 1 == 0 { Meta::default() } else { Meta::new(pairs()).unwrap() };
        let happened_ns = (bits & 2 != 0).then_some(NonZeroU64::MAX);
        let secret = (bits & 4 != 0).then(secret);
        all.push(Some(Box::new(Extras { meta, happened_ns, secret })));
    }
    all
}

pub(crate) fn limits() -> Vec<Limit> {
    let base = Limit {
        id: LimitId::new("daily").unwrap(),
        scope: Scope::Account(AccountId::new("alice.cny").unwrap()),
        currency: Currency::CNY,
        flow: Flow::Out,
        most: Most::Amount(amount(500_000)),
        window: Window::Lifetime,
        exempt: Vec::new(),
    };
    let windows = [
        Window::Every { length_ns: 86_400_000_000_000, from_ns: 57_600_000_000_000 },
        Window::Month { utc_offset_min: 480 },
        Window::Year { utc_offset_min: -1_439 },
        Window::Last { length_ns: 3_600_000_000_000 },
    ];
    let mut all: Vec<Limit> = windows.into_iter().map(|window| Limit { window, ..base.clone() }).collect();
    all.extend(Flow::ALL.map(|flow| Limit { flow, ..base.clone() }));
    all.push(Limit { most: Most::Count(u64::MAX), ..base.clone() });
    // A limit's pairs stay in the order in which they were given, also one given twice.
    let exempt = pairs().into_iter().rev().chain(pairs().pop()).collect();
    all.push(Limit { scope: Scope::Set(SetId::new("alice").unwrap()), exempt, ..base });
    all
}

fn accounts() -> Vec<Entry> {
    let account = OpenAccount::new(AccountId::new("alice.cny").unwrap(), Currency::CNY, Class::Liability);
    let opened = |account| entry(Event::AccountOpened(Box::new(account)), &[]);
    let changed =
        |change| entry(Event::AccountChanged { account: AccountNo(7), change: Box::new(change) }, &[]);
    vec![
        opened(account.clone()),
        opened(account.clone().overdraft(Overdraft::Unlimited)),
        opened(OpenAccount { hidden: true, ..account.clone() }),
        opened(OpenAccount { managed: true, ..account.clone() }),
        opened(OpenAccount { details: details(), ..account.overdraft(Overdraft::UpTo(Amount::MAX)) }),
        changed(AccountChange::Overdraft(Overdraft::UpTo(amount(9)))),
        changed(AccountChange::Overdraft(Overdraft::Unlimited)),
        changed(AccountChange::Freeze { debit: true, credit: false }),
        changed(AccountChange::Freeze { debit: false, credit: true }),
        changed(AccountChange::Hidden(true)),
        changed(AccountChange::Hidden(false)),
        changed(AccountChange::Close),
        changed(AccountChange::Reopen),
        changed(AccountChange::Details(details())),
        changed(AccountChange::Details(Details::default())),
    ]
}

pub(crate) fn placed(minor: u64) -> HoldPlaced {
    HoldPlaced {
        debit: AccountNo(0),
        credit: AccountNo(1),
        amount: amount(minor),
        expires_ns: None,
        closes: Closes::default(),
    }
}

fn holds() -> Vec<Entry> {
    let (hold, seven) = (HoldNo(3), amount(7));
    let (freed, posted) = (two(Effect::Unhold, 7), two(Effect::Post, 1_250));
    let captured = |beyond, is_final| Event::HoldCaptured {
        hold,
        amount: amount(1_250),
        beyond: amount(beyond),
        is_final,
    };
    let closes = |debit, credit| HoldPlaced { closes: Closes { debit, credit }, ..placed(7) };
    vec![
        entry(Event::HoldPlaced(placed(7)), &two(Effect::Hold, 7)),
        entry(Event::HoldPlaced(placed(0)), &[]),
        entry(
            Event::HoldPlaced(HoldPlaced { expires_ns: Some(1_700_000_000_000_000_000), ..placed(7) }),
            &two(Effect::Hold, 7),
        ),
        entry(Event::HoldPlaced(closes(true, false)), &two(Effect::Hold, 7)),
        entry(Event::HoldPlaced(closes(false, true)), &two(Effect::Hold, 7)),
        // No ledger writes these, but what a program asks to be written must not become something else.
        entry(Event::HoldPlaced(placed(7)), &[]),
        entry(Event::HoldPlaced(placed(7)), &two(Effect::Hold, 8)),
        entry(Event::HoldIncremented { hold, amount: seven }, &two(Effect::Hold, 7)),
        entry(captured(0, true), &[freed, posted].concat()),
        entry(captured(1_243, false), &[freed, posted].concat()),
        entry(Event::HoldReleased { hold, amount: seven }, &freed),
        Entry {
            key: None,
            digest: Digest::ZERO,
            effective: None,
            memo: Memo::EMPTY,
            ..entry(Event::HoldExpired { hold }, &freed)
        },
    ]
}

/// Everything that can stand in the way of closing an owner.
fn all_open() -> OpenThings {
    Obstacle::ALL.iter().fold(OpenThings::NONE, |open, obstacle| open.and(*obstacle, true))
}

fn refusals() -> Vec<Entry> {
    let refused = |action, refusal| entry(Event::Refused { action, refusal }, &[]);
    let short = Refusal::new(Reason::InsufficientFunds).at_leg(1).short_by(amount(5));
    let obstacles = |posted, holds| {
        let detail = Detail::Obstacles(Obstacles { posted, holds });
        refused(ActionKind::ChangeAccount, Refusal::new(Reason::AccountNotEmpty).about(detail))
    };
    let limit = Refusal::new(Reason::LimitExceeded).about(Detail::Limit(LimitNo(u32::MAX)));
    let fell = Refusal::new(Reason::GroupFell).about(Detail::Culprit(2));
    let mut all = vec![
        refused(ActionKind::Capture, short),
        refused(ActionKind::Post, limit.short_by(amount(1))),
        refused(ActionKind::Post, fell),
        obstacles(true, false),
        obstacles(false, true),
        obstacles(true, true),
        refused(ActionKind::Product, Refusal::new(Reason::ThingNotFound).about(Detail::Thing(Thing::Payee))),
        refused(
            ActionKind::Product,
            Refusal::new(Reason::StateForbids).about(Detail::Phase(Thing::Card, Phase::CutOff)),
        ),
        refused(ActionKind::Product, Refusal::new(Reason::OwnerNotEmpty).about(Detail::Open(all_open()))),
    ];
    all.extend(ActionKind::ALL.iter().map(|kind| refused(*kind, Refusal::new(Reason::PeriodSealed))));
    all.extend(Reason::ALL.iter().map(|reason| refused(ActionKind::Post, Refusal::new(*reason))));
    all
}

/// Compound entries: of no part, of one and of parts with rows, tails and postings of their own.
fn compounds() -> Vec<Entry> {
    let fact = || Fact {
        event: HouseEvent::Opened { pool: "emoney".parse().unwrap(), currency: Currency::CNY }.into(),
        items: Vec::new(),
        lots: None,
    };
    let item = ItemChange::Open {
        account: AccountNo(1),
        name: Key::new("item-1").unwrap(),
        owner: None,
        side: Side::Credit,
        amount: amount(7),
        due_ns: Some(9),
    };
    let with_items = Fact { event: HouseEvent::Moved.into(), items: vec![item], lots: None };
    let part = |event, postings| Part { event, postings };
    let opened = OpenAccount::new(AccountId::new("alice.cny").unwrap(), Currency::CNY, Class::Liability);
    let opened = OpenAccount { details: details(), managed: true, ..opened };
    let limit = limits().pop().unwrap();
    let many = vec![
        part(Event::AccountOpened(Box::new(opened)), 0),
        part(Event::LimitSet(Box::new(limit)), 0),
        part(Event::Posted, 2),
        part(Event::HoldPlaced(placed(7)), 2),
        part(Event::SetOpened(SetId::new("alice").unwrap()), 0),
    ];
    let postings = [two(Effect::Post, 5), two(Effect::Hold, 7)].concat();
    let compound = |parts, postings: &[Posting], fact| {
        let product = Some(Box::new(fact));
        Entry { product, ..entry(Event::Compound(parts), postings) }
    };
    vec![
        compound(vec![], &[], fact()),
        compound(vec![part(Event::Posted, 2)], &two(Effect::Post, 7), with_items),
        compound(many, &postings, fact()),
    ]
}

/// At least one entry of every kind, and of every shape that its row can have.
pub(crate) fn entries() -> Vec<Entry> {
    let (account, set) = (MemberNo::Account(AccountNo(2)), MemberNo::Set(SetNo(3)));
    let mut all = vec![
        entry(Event::Posted, &two(Effect::Post, 1_250)),
        entry(Event::Moved { amount: amount(1_250) }, &two(Effect::Post, 1_250)),
        entry(Event::Moved { amount: amount(0) }, &[]),
        entry(Event::Reversed { original: u64::MAX }, &two(Effect::Post, 1_250)),
        entry(Event::SetOpened(SetId::new("alice").unwrap()), &[]),
        entry(Event::Joined { set: SetNo(1), member: account }, &[]),
        entry(Event::Joined { set: SetNo(1), member: set }, &[]),
        entry(Event::Left { set: SetNo(1), member: account }, &[]),
        entry(Event::LimitDropped { limit: LimitNo(5) }, &[]),
        entry(Event::PeriodSealed { through: EffectiveDate::from_days(-1).unwrap() }, &[]),
        entry(Event::SubjectErased(Subject::new("subject-9").unwrap()), &[]),
    ];
    all.extend(limits().into_iter().map(|limit| entry(Event::LimitSet(Box::new(limit)), &[])));
    all.extend(accounts());
    all.extend(holds());
    all.extend(refusals());
    all.extend(compounds());
    all
}
