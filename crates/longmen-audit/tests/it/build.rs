//! Entries and journals to audit.

use std::sync::Arc;

use longmen_audit::{Law, Report, verify};
use longmen_core::{
    AccountId, AccountNo, ActionKind, Class, Digest, Effect, Entry, Event, HoldNo, Key, Memo, OpenAccount,
    Overdraft, Posting, Postings, Reason, Refusal, Side,
};
use longmen_journal::{Appender, Batch, Config, Entropy, MemoryStorage};
use longmen_money::{Amount, Currency};
use longmen_wire::{SCHEMA, encode_entry, kind_of};

pub(crate) const BANK: u32 = 0;
pub(crate) const ALICE: u32 = 1;
pub(crate) const SHOP: u32 = 2;
pub(crate) const BANK_USD: u32 = 3;
pub(crate) const ALICE_USD: u32 = 4;

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
        event,
        postings: Postings::from_slice(postings),
    }
}

pub(crate) fn opening(id: &str, currency: Currency, class: Class, overdraft: Overdraft) -> Entry {
    let account = OpenAccount::new(AccountId::new(id).unwrap(), currency, class).overdraft(overdraft);
    entry(&format!("open-{id}"), Event::AccountOpened(account), &[])
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

pub(crate) fn placing(name: &str, minor: u64, expires_ns: Option<u64>) -> Entry {
    entry(name, Event::HoldPlaced { expires_ns }, &pair(Effect::Hold, ALICE, SHOP, minor))
}

/// A capture that gives back `freed` and posts `minor`.
pub(crate) fn capture(name: &str, hold: u64, minor: u64, freed: u64, is_final: bool) -> Entry {
    let event = Event::HoldCaptured { hold: HoldNo(hold), amount: amount(minor), is_final };
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

/// A journal of every kind of entry. The first of them has position 1.
pub(crate) fn sample() -> Vec<Entry> {
    let none = Overdraft::FORBIDDEN;
    vec![
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
    ]
}

/// The position of the first entry that is added to the sample.
pub(crate) const ADDED: u64 = 18;

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

/// Appends the entries as one batch.
pub(crate) fn append(appender: &mut Appender, entries: &[Entry]) {
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
