//! Entries and journals to audit.

use std::sync::Arc;

use longmen_audit::{Law, Report, verify};
use longmen_core::{
    AccountChange, AccountId, AccountNo, ActionKind, Class, Closes, Digest, Effect, EffectiveDate, Entry,
    Event, Extras, Flow, HoldNo, HoldPlaced, Key, Limit, LimitId, LimitNo, MemberNo, Memo, Meta, MetaKey,
    Most, OpenAccount, Overdraft, Posting, Postings, Reason, Refusal, Scope, SetId, SetNo, Side, Subject,
    Value, Window,
};
use longmen_journal::{Appender, Batch, Config, Entropy, MemoryStorage};
use longmen_money::{Amount, Currency};
use longmen_wallet::{Fact, HouseEvent};
use longmen_wire::{SCHEMA, encode_entry, kind_of};

pub(crate) const BANK: u32 = 0;
pub(crate) const ALICE: u32 = 1;
pub(crate) const SHOP: u32 = 2;
pub(crate) const BANK_USD: u32 = 3;
pub(crate) const ALICE_USD: u32 = 4;
pub(crate) const DESK: u32 = 5;
pub(crate) const CAROL: u32 = 6;
/// The number of an account that is opened after the sample.
pub(crate) const NEW: u32 = 7;

/// The entry at a position has this journal time.
pub(crate) fn time_ns(position: u64) -> u64 {
    position * 1_000
}

pub(crate) fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

pub(crate) fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

pub(crate) fn entry(name: &str, event: Event, postings: &[Posting]) -> Entry {
    Entry {
        key: Some(key(name)),
        digest: Digest([7; 16]),
        effective: None,
        memo: Memo::EMPTY,
        linked: false,
        forced: false,
        event,
        postings: Postings::from_slice(postings),
        extras: None,
        product: (),
    }
}

pub(crate) fn opening(id: &str, currency: Currency, class: Class, overdraft: Overdraft) -> Entry {
    let account = OpenAccount::new(AccountId::new(id).unwrap(), currency, class).overdraft(overdraft);
    entry(&format!("open-{id}"), Event::AccountOpened(Box::new(account)), &[])
}

pub(crate) fn posting(effect: Effect, side: Side, account: u32, minor: u64) -> Posting {
    Posting { account: AccountNo(account), side, effect, amount: amount(minor) }
}

/// A debit and a credit.
pub(crate) fn pair(effect: Effect, debit: u32, credit: u32, minor: u64) -> Vec<Posting> {
    vec![posting(effect, Side::Debit, debit, minor), posting(effect, Side::Credit, credit, minor)]
}

pub(crate) fn group(name: &str, debit: u32, credit: u32, minor: u64) -> Entry {
    entry(name, Event::Posted, &pair(Effect::Post, debit, credit, minor))
}

/// What the event of a hold on one account in favour of another says.
pub(crate) fn held(debit: u32, credit: u32, minor: u64, expires_ns: Option<u64>) -> HoldPlaced {
    let (debit, credit) = (AccountNo(debit), AccountNo(credit));
    HoldPlaced { debit, credit, amount: amount(minor), expires_ns, closes: Closes::default() }
}

pub(crate) fn hold(name: &str, placed: HoldPlaced) -> Entry {
    let minor = placed.amount.minor();
    let postings = pair(Effect::Hold, placed.debit.0, placed.credit.0, minor);
    entry(name, Event::HoldPlaced(placed), if minor == 0 { &[] } else { &postings })
}

pub(crate) fn placing(name: &str, minor: u64, expires_ns: Option<u64>) -> Entry {
    hold(name, held(ALICE, SHOP, minor, expires_ns))
}

/// A capture that gives back `freed` and posts `minor`.
pub(crate) fn capture(name: &str, hold: u64, minor: u64, freed: u64, is_final: bool) -> Entry {
    let event =
        Event::HoldCaptured { hold: HoldNo(hold), amount: amount(minor), beyond: amount(0), is_final };
    let postings = [pair(Effect::Unhold, ALICE, SHOP, freed), pair(Effect::Post, ALICE, SHOP, minor)];
    entry(name, event, &postings.concat())
}

pub(crate) fn release(name: &str, hold: u64, minor: u64) -> Entry {
    let event = Event::HoldReleased { hold: HoldNo(hold), amount: amount(minor) };
    entry(name, event, &pair(Effect::Unhold, ALICE, SHOP, minor))
}

pub(crate) fn expiry(hold: u64, minor: u64) -> Entry {
    let event = Event::HoldExpired { hold: HoldNo(hold) };
    let postings = pair(Effect::Unhold, ALICE, SHOP, minor);
    Entry { key: None, digest: Digest::ZERO, ..entry("none", event, &postings) }
}

pub(crate) fn refusal(name: &str, reason: Reason) -> Entry {
    entry(name, Event::Refused { action: ActionKind::Post, refusal: Refusal::new(reason) }, &[])
}

pub(crate) fn forced(entry: Entry) -> Entry {
    Entry { forced: true, ..entry }
}

pub(crate) fn linked(entry: Entry) -> Entry {
    Entry { linked: true, ..entry }
}

/// The same entry with metadata, a time in the past, or a secret.
pub(crate) fn with(entry: Entry, extras: Extras) -> Entry {
    Entry { extras: Some(Box::new(extras)), ..entry }
}

pub(crate) fn happened(happened_ns: u64) -> Extras {
    Extras { happened_ns: std::num::NonZeroU64::new(happened_ns), ..Extras::default() }
}

pub(crate) fn change(name: &str, account: u32, change: AccountChange) -> Entry {
    entry(name, Event::AccountChanged { account: AccountNo(account), change: Box::new(change) }, &[])
}

pub(crate) fn member(account: u32) -> MemberNo {
    MemberNo::Account(AccountNo(account))
}

pub(crate) fn join(name: &str, set: u32, member: MemberNo) -> Entry {
    entry(name, Event::Joined { set: SetNo(set), member }, &[])
}

pub(crate) fn set_opened(name: &str) -> Entry {
    entry(&format!("set-{name}"), Event::SetOpened(SetId::new(name).unwrap()), &[])
}

pub(crate) fn moved(name: &str, debit: u32, credit: u32, minor: u64) -> Entry {
    entry(name, Event::Moved { amount: amount(minor) }, &pair(Effect::Post, debit, credit, minor))
}

pub(crate) fn reversal(name: &str, original: u64, postings: &[Posting]) -> Entry {
    entry(name, Event::Reversed { original }, postings)
}

/// The mirror of a debit and a credit.
pub(crate) fn mirror(debit: u32, credit: u32, minor: u64) -> [Posting; 2] {
    [posting(Effect::Post, Side::Credit, debit, minor), posting(Effect::Post, Side::Debit, credit, minor)]
}

pub(crate) fn day(days: i32) -> EffectiveDate {
    EffectiveDate::from_days(days).unwrap()
}

pub(crate) fn subject(name: &str) -> Subject {
    Subject::new(name).unwrap()
}

/// What a limit of the sample exempts.
/// The bytes of [`refund`] in an entry.
pub(crate) const REFUND: &[u8] = b"\x03why\x00\x06refund";

/// How many pairs an entry has; each is [`refund`].
pub(crate) fn refunds(entry: &Entry) -> usize {
    let pairs = entry.meta().map_or(&[][..], |meta| meta.pairs());
    assert!(pairs.iter().all(|pair| *pair == refund()), "{pairs:?}");
    pairs.len()
}

pub(crate) fn refund() -> (MetaKey, Value) {
    (MetaKey::new("why").unwrap(), Value::text("refund").unwrap())
}

/// A limit on what goes out of the set `all`.
pub(crate) fn limit(name: &str, minor: u64) -> Limit {
    Limit {
        id: LimitId::new(name).unwrap(),
        scope: Scope::Set(SetId::new("all").unwrap()),
        currency: Currency::CNY,
        flow: Flow::Out,
        most: Most::Amount(amount(minor)),
        window: Window::Last { length_ns: time_ns(1_000) },
        exempt: vec![refund()],
    }
}

/// How often something may come in to Carol.
pub(crate) fn often(name: &str, count: u64) -> Limit {
    let scope = Scope::Account(AccountId::new("carol.cny").unwrap());
    let window = Window::Month { utc_offset_min: 480 };
    Limit { scope, flow: Flow::In, most: Most::Count(count), window, exempt: vec![], ..limit(name, 0) }
}

pub(crate) fn set_limit(name: &str, limit: Limit) -> Entry {
    entry(name, Event::LimitSet(Box::new(limit)), &[])
}

/// A journal of every kind of entry. The first of them has position 1.
pub(crate) fn sample() -> Vec<Entry> {
    let none = Overdraft::FORBIDDEN;
    let mut entries = vec![
        opening("bank.cny", Currency::CNY, Class::Asset, none), // position 1, account 0
        opening("alice.cny", Currency::CNY, Class::Liability, none),
        opening("shop.cny", Currency::CNY, Class::Liability, none),
        opening("bank.usd", Currency::USD, Class::Asset, none),
        opening("alice.usd", Currency::USD, Class::Liability, none), // position 5, account 4
        group("top-up", BANK, ALICE, 1_000),
        group("top-up-usd", BANK_USD, ALICE_USD, 500),
        placing("hold-0", 300, Some(time_ns(16))),
        placing("hold-1", 200, None),
        capture("part", 1, 50, 50, false), // position 10
        capture("rest", 1, 60, 150, true),
        placing("hold-2", 100, None),
        release("back", 2, 40),
        release("all-back", 2, 60),
        refusal("too-much", Reason::InsufficientFunds), // position 15
        expiry(0, 300),
        placing("hold-3", 25, None), // position 17, open at the end
    ];
    entries.extend(carol());
    entries
}

/// The second half of the sample: what is newer than postings and holds, on two accounts of its own.
fn carol() -> Vec<Entry> {
    let (cny, none) = (Currency::CNY, Overdraft::FORBIDDEN);
    let beyond =
        Event::HoldCaptured { hold: HoldNo(4), amount: amount(90), beyond: amount(20), is_final: true };
    let beyond_postings =
        [pair(Effect::Unhold, CAROL, DESK, 70), pair(Effect::Post, CAROL, DESK, 90)].concat();
    let more = Event::HoldIncremented { hold: HoldNo(4), amount: amount(20) };
    let imported = Extras { meta: Meta::new([refund()]).unwrap(), ..happened(500) };
    vec![
        opening("desk.cny", cny, Class::Asset, none), // position 18, account 5
        opening("carol.cny", cny, Class::Liability, none),
        change("line", CAROL, AccountChange::Overdraft(Overdraft::UpTo(amount(100)))), // position 20
        set_opened("family"),
        set_opened("all"),
        join("family-in-all", 1, MemberNo::Set(SetNo(0))),
        join("carol-in-family", 0, member(CAROL)),
        set_limit("spend", limit("spend", 1_000)), // position 25
        set_limit("often", often("often", 4)),
        group("top-up-carol", DESK, CAROL, 400),
        moved("sweep", CAROL, DESK, 150),
        reversal("sweep-back", 28, &mirror(CAROL, DESK, 150)),
        hold("hold-4", held(CAROL, DESK, 50, None)), // position 30
        entry("more", more, &pair(Effect::Hold, CAROL, DESK, 20)),
        forced(entry("late", beyond, &beyond_postings)),
        change("freeze", CAROL, AccountChange::Freeze { debit: true, credit: false }),
        entry("seal", Event::PeriodSealed { through: day(-1) }, &[]),
        with(group("old", DESK, CAROL, 5), imported), // position 35
        entry("forget", Event::SubjectErased(subject("person-1")), &[]),
        linked(group("first", DESK, CAROL, 1)),
        group("second", DESK, CAROL, 1),
        entry("no-more", Event::LimitDropped { limit: LimitNo(1) }, &[]), // position 39
    ]
}

/// The position of the first entry that is added to the sample, and its place among the entries.
pub(crate) const ADDED: u64 = 40;
pub(crate) const NEXT: usize = 39;

/// The journal of these entries, from position 1 on, closed.
pub(crate) fn journal(entries: &[Entry]) -> MemoryStorage {
    let disk = MemoryStorage::new();
    let mut appender = create(&disk);
    append(&mut appender, entries);
    let end_ns = appender.head().time_ns + 1;
    appender.close(end_ns).unwrap();
    disk
}

pub(crate) fn create(disk: &MemoryStorage) -> Appender {
    let config = Config { segment_size: 1 << 20, entropy: Entropy::Seeded(1), ..Config::default() };
    Appender::create(Arc::new(disk.clone()), config, 1).unwrap()
}

/// What a compound entry means to a product, where a test does not care.
fn fact(entry: &Entry) -> Option<Box<Fact>> {
    let fact = Fact { event: HouseEvent::Moved.into(), items: Vec::new(), lots: None };
    matches!(entry.event, Event::Compound(_)).then(|| Box::new(fact))
}

/// Appends the entries as one batch.
pub(crate) fn append(appender: &mut Appender, entries: &[Entry]) {
    let told = |entry: &Entry| entry.clone().with_product(fact(entry));
    append_told(appender, &entries.iter().map(told).collect::<Vec<_>>());
}

/// Appends entries with what they mean to products as one batch.
pub(crate) fn append_told(appender: &mut Appender, entries: &[longmen_wallet::Entry]) {
    let mut batch = Batch::new();
    for (position, entry) in (appender.head().next_position..).zip(entries) {
        let kind = kind_of(&entry.event);
        batch.push(kind, SCHEMA, position, time_ns(position), appender.epoch(), |out| {
            encode_entry(entry, out);
        });
    }
    commit(appender, &mut batch);
}

pub(crate) fn commit(appender: &mut Appender, batch: &mut Batch) {
    let position = appender.head().next_position + u64::try_from(batch.entry_count()).unwrap();
    appender.append(batch, time_ns(position)).unwrap();
}

pub(crate) fn audit(disk: &MemoryStorage) -> Report {
    verify(Arc::new(disk.clone()), &mut |_, _| ()).unwrap()
}

/// Where which law is broken, in order.
pub(crate) fn findings(report: &Report) -> Vec<(u64, Law)> {
    let mut found: Vec<_> = report.violations.iter().map(|found| (found.position, found.law)).collect();
    found.sort_unstable();
    found
}
