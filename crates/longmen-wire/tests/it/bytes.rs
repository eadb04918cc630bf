//! The documented layouts, byte by byte.

use longmen_core::{Digest, Effect, Event, Memo, Reason};
use longmen_wallet::Entry;

use crate::entries::encode;
use crate::samples::{entries, entry, extras, placed, two};

/// The head of a sample, with so many postings and these flags.
fn head(postings: u16, flags: u8, pairs: u8, secret_len: u16) -> Vec<u8> {
    let mut want = Vec::from([0x5a; 16]); // digest
    want.extend(20_000_i32.to_le_bytes()); // effective
    want.extend(6_u16.to_le_bytes()); // memo length
    want.extend(postings.to_le_bytes());
    want.extend([6, flags, pairs, 0]); // key length, flags, pairs, unused
    want.extend(secret_len.to_le_bytes());
    want.extend([0; 2]);
    want
}

fn two_rows(effect: u8, minor: u64) -> Vec<u8> {
    let row = |account: u32, side: u8| {
        [&account.to_le_bytes()[..], &[effect, side, 0, 0], &minor.to_le_bytes()].concat()
    };
    [row(0, 0), row(1, 1)].concat()
}

fn key_and_memo() -> Vec<u8> {
    [&b"k-7731"[..], "货款".as_bytes()].concat()
}

fn name(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(40, 0);
    bytes
}

fn number(number: u64) -> Vec<u8> {
    number.to_le_bytes().to_vec()
}

/// The five sample pairs.
fn five_pairs() -> Vec<u8> {
    let reference: Vec<u8> = (1..=16).rev().collect();
    [
        &b"\x06a.text\x00\x06"[..],
        "入账".as_bytes(),
        b"\x07b.empty\x00\x00",
        b"\x05c.int\x01\xf9\xff\xff\xff\xff\xff\xff\xff",
        b"\x06d.bool\x02\x01",
        b"\x05e.ref\x03",
        &reference,
    ]
    .concat()
}

#[test]
fn a_posted_group() {
    let want = [head(2, 0, 0, 0), two_rows(0, 1_250), key_and_memo()].concat();
    assert_eq!(encode(&entry(Event::Posted, &two(Effect::Post, 1_250))), want);
}

/// The cost of what is written most, as the format document states it.
#[test]
fn plain_entries_take_no_more_than_they_must() {
    let key = longmen_core::Key::new("01JABCDEFGHJKMNPQRSTVWXYZ0").unwrap();
    let size = |event, postings: &[_]| {
        let plain = Entry {
            key: Some(key),
            digest: Digest::ZERO,
            effective: None,
            memo: Memo::EMPTY,
            ..entry(event, postings)
        };
        encode(&plain).len()
    };
    let hold = longmen_core::HoldNo(0);
    let amount = crate::samples::amount(5);
    let none = crate::samples::amount(0);
    assert_eq!(size(Event::Posted, &two(Effect::Post, 5)), 90);
    assert_eq!(size(Event::HoldPlaced(placed(5)), &two(Effect::Hold, 5)), 122);
    let capture = [two(Effect::Unhold, 5), two(Effect::Post, 5)].concat();
    assert_eq!(size(Event::HoldCaptured { hold, amount, beyond: none, is_final: false }, &capture), 146);
    assert_eq!(size(Event::HoldReleased { hold, amount }, &two(Effect::Unhold, 5)), 106);
    let refusal = Reason::InsufficientFunds.into();
    assert_eq!(size(Event::Refused { action: longmen_core::ActionKind::Post, refusal }, &[]), 74);
}

#[test]
fn everything_beside_a_memo() {
    let everything = extras().into_iter().next_back().unwrap();
    let plain = entry(Event::Posted, &two(Effect::Post, 1_250));
    let got = encode(&Entry { linked: true, forced: true, extras: everything, ..plain });
    let want = [
        head(2, 15, 5, 3),
        number(u64::MAX), // when it happened
        two_rows(0, 1_250),
        key_and_memo(),
        five_pairs(),
        b"\x09subject-9\xd0\x00\xff".to_vec(),
    ];
    assert_eq!(got, want.concat());
}

/// The bytes between head and key of the first sample that `is` picks, which has `count` postings written.
fn middle(count: u16, is: impl Fn(&Entry) -> bool) -> Vec<u8> {
    let sample = entries().into_iter().find(is).unwrap();
    let bytes = encode(&sample);
    let rest = bytes.strip_prefix(head(count, 0, 0, 0).as_slice()).unwrap();
    rest.strip_suffix(key_and_memo().as_slice()).unwrap().to_vec()
}

#[test]
fn accounts_and_their_changes() {
    use longmen_core::{AccountChange, Overdraft};

    let opened = middle(0, |entry| match &entry.event {
        Event::AccountOpened(account) => account.details.code.is_some(),
        _ => false,
    });
    let row = [name("alice.cny"), b"CNY\x02\x01\x01\x09\x05".to_vec(), number(999_999_999_999_999_999)];
    let tail = [b"2010.cust".to_vec(), five_pairs()];
    assert_eq!(opened, [row.concat(), tail.concat()].concat());

    let changed = |wanted: AccountChange| {
        middle(0, |entry| matches!(&entry.event, Event::AccountChanged { change, .. } if **change == wanted))
    };
    let row = |fields: &[u8; 4], limit| [&7_u32.to_le_bytes(), &fields[..], &number(limit)].concat();
    let nine = crate::samples::amount(9);
    assert_eq!(changed(AccountChange::Overdraft(Overdraft::UpTo(nine))), row(&[0, 1, 0, 0], 9));
    assert_eq!(changed(AccountChange::Overdraft(Overdraft::Unlimited)), row(&[0, 0, 0, 0], 0));
    assert_eq!(changed(AccountChange::Freeze { debit: true, credit: false }), row(&[1, 1, 0, 0], 0));
    assert_eq!(changed(AccountChange::Freeze { debit: false, credit: true }), row(&[1, 2, 0, 0], 0));
    assert_eq!(changed(AccountChange::Hidden(true)), row(&[2, 1, 0, 0], 0));
    assert_eq!(changed(AccountChange::Close), row(&[3, 0, 0, 0], 0));
    assert_eq!(changed(AccountChange::Reopen), row(&[4, 0, 0, 0], 0));
    let details = AccountChange::Details(crate::samples::details());
    assert_eq!(changed(details), [row(&[5, 0, 9, 5], 0), tail.concat()].concat());
}

#[test]
fn holds() {
    let row = |amount, expires_ns, flags: u8| {
        let accounts = [0_u32.to_le_bytes(), 1_u32.to_le_bytes()].concat();
        let postings = if amount == 0 { Vec::new() } else { two_rows(1, amount) };
        let flags = [&[flags][..], &[0; 7]].concat();
        [accounts, number(amount), number(expires_ns), flags, postings].concat()
    };
    let placed = |postings: u16, wanted: fn(&longmen_core::HoldPlaced) -> bool| {
        middle(postings, |entry| matches!(&entry.event, Event::HoldPlaced(placed) if wanted(placed)))
    };
    assert_eq!(placed(2, |placed| placed.expires_ns.is_none()), row(7, 0, 0));
    assert_eq!(placed(0, |placed| placed.amount.is_zero()), row(0, 0, 0));
    assert_eq!(placed(2, |placed| placed.expires_ns.is_some()), row(7, 1_700_000_000_000_000_000, 0));
    assert_eq!(placed(2, |placed| placed.closes.debit), row(7, 0, 1));
    assert_eq!(placed(2, |placed| placed.closes.credit), row(7, 0, 2));

    let incremented = middle(2, |entry| matches!(entry.event, Event::HoldIncremented { .. }));
    assert_eq!(incremented, [number(3), number(7), two_rows(1, 7)].concat());
    let released = middle(2, |entry| matches!(entry.event, Event::HoldReleased { .. }));
    assert_eq!(released, [number(3), number(7), two_rows(2, 7)].concat());
    let captured = |wanted: bool| {
        middle(4, |entry| matches!(entry.event, Event::HoldCaptured { is_final, .. } if is_final == wanted))
    };
    let legs = [two_rows(2, 7), two_rows(0, 1_250)].concat();
    let row = |flags: u8| [number(3), number(1_250), vec![flags, 0, 0, 0, 0, 0, 0, 0]].concat();
    assert_eq!(captured(true), [row(1), legs.clone()].concat());
    assert_eq!(captured(false), [row(2), number(1_243), legs].concat());
}

#[test]
fn moves_reversals_sets_seals_and_subjects() {
    let moved = middle(2, |entry| matches!(entry.event, Event::Moved { .. }));
    assert_eq!(moved, [number(1_250), two_rows(0, 1_250)].concat());
    let reversed = middle(2, |entry| matches!(entry.event, Event::Reversed { .. }));
    assert_eq!(reversed, [number(u64::MAX), two_rows(0, 1_250)].concat());
    assert_eq!(middle(0, |entry| matches!(entry.event, Event::SetOpened(_))), name("alice"));
    let member = |set: u8, member: u8, kind| [&[set, 0, 0, 0, member, 0, 0, 0, kind][..], &[0; 7]].concat();
    assert_eq!(middle(0, |entry| matches!(entry.event, Event::Joined { .. })), member(1, 2, 0));
    assert_eq!(middle(0, |entry| matches!(entry.event, Event::Left { .. })), member(1, 2, 0));
    let dropped = middle(0, |entry| matches!(entry.event, Event::LimitDropped { .. }));
    assert_eq!(dropped, number(5));
    let sealed = middle(0, |entry| matches!(entry.event, Event::PeriodSealed { .. }));
    assert_eq!(sealed, [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    assert_eq!(middle(0, |entry| matches!(entry.event, Event::SubjectErased(_))), name("subject-9"));
}

#[test]
fn limits() {
    use longmen_core::{Flow, Limit, Most, Scope, Window};

    let bytes = |wanted: fn(&Limit) -> bool| {
        middle(0, |entry| matches!(&entry.event, Event::LimitSet(limit) if wanted(limit)))
    };
    let row = |scope, fields: &[u8; 4], most, length_ns, from_ns, last: &[u8; 8]| {
        let codes = [b"CNY\x02", &fields[..]].concat();
        let numbers = [number(most), number(length_ns), number(from_ns)].concat();
        [name("daily"), name(scope), codes, numbers, last.to_vec()].concat()
    };
    let every = row("alice.cny", &[0, 1, 0, 1], 500_000, 86_400_000_000_000, 57_600_000_000_000, &[0; 8]);
    assert_eq!(bytes(|limit| matches!(limit.window, Window::Every { .. })), every);
    let month = row("alice.cny", &[0, 1, 0, 2], 500_000, 0, 0, &[0xe0, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes(|limit| matches!(limit.window, Window::Month { .. })), month);
    let year = row("alice.cny", &[0, 1, 0, 3], 500_000, 0, 0, &[0x61, 0xfa, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes(|limit| matches!(limit.window, Window::Year { .. })), year);
    let last = row("alice.cny", &[0, 1, 0, 4], 500_000, 3_600_000_000_000, 0, &[0; 8]);
    assert_eq!(bytes(|limit| matches!(limit.window, Window::Last { .. })), last);
    let net_out = row("alice.cny", &[0, 3, 0, 0], 500_000, 0, 0, &[0; 8]);
    assert_eq!(bytes(|limit| limit.flow == Flow::NetOut), net_out);
    let count = row("alice.cny", &[0, 1, 1, 0], u64::MAX, 0, 0, &[0; 8]);
    assert_eq!(bytes(|limit| matches!(limit.most, Most::Count(_))), count);
    let set = row("alice", &[1, 1, 0, 0], 500_000, 0, 0, &[0, 0, 6, 0, 0, 0, 0, 0]);
    let got = bytes(|limit| matches!(limit.scope, Scope::Set(_)));
    assert!(got.starts_with(&set) && got[set.len()..].starts_with(b"\x05e.ref\x03\x10"));
}

#[test]
fn refusals() {
    use longmen_core::Detail;

    let refused = |wanted: fn(&longmen_core::Refusal) -> bool| {
        middle(0, |entry| matches!(&entry.event, Event::Refused { refusal, .. } if wanted(refusal)))
    };
    let row = |short_by, reason: u16, rest: [u8; 6]| {
        [number(short_by), reason.to_le_bytes().to_vec(), rest.to_vec()].concat()
    };
    let short = refused(|refusal| refusal.reason == Reason::InsufficientFunds);
    assert_eq!(short, row(5, 341, [7, 1, 0, 0, 0, 0]));
    let limit = refused(|refusal| matches!(refusal.detail, Detail::Limit(_)));
    assert_eq!(limit, [row(1, 342, [2, 255, 1, 0, 0, 0]), number(u32::MAX.into())].concat());
    let obstacles = refused(|refusal| matches!(refusal.detail, Detail::Obstacles(all) if all.holds));
    assert_eq!(obstacles, [row(0, 334, [1, 255, 2, 0, 0, 0]), number(2)].concat());
    let culprit = refused(|refusal| matches!(refusal.detail, Detail::Culprit(_)));
    assert_eq!(culprit, [row(0, 203, [2, 255, 3, 0, 0, 0]), number(2)].concat());
}
