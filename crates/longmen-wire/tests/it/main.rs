//! Shows that every entry has exactly one encoding, that the encoding is the documented one to the byte, and that a
//! command's digest bytes tell any two commands apart.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the test")]

use longmen_core::{
    AccountId, AccountNo, Action, ActionKind, Books, Capture, Class, Command, Digest, Effect, EffectiveDate,
    Entry, Event, HoldNo, Key, Leg, Memo, OpenAccount, Overdraft, PlaceHold, Portion, Posting, Postings,
    Reason, Refusal, Release, Side,
};
use longmen_money::{Amount, Currency};
use longmen_wire::{
    KINDS, Payload, SCHEMA, decode_entry, decode_snapshot, encode_entry, encode_snapshot, kind_of,
    put_command,
};

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn posting(account: u32, side: Side, effect: Effect, minor: u64) -> Posting {
    Posting { account: AccountNo(account), side, effect, amount: amount(minor) }
}

fn entry(event: Event, postings: &[Posting]) -> Entry {
    Entry {
        key: Some(Key::new("k-7731").unwrap()),
        digest: Digest([0x5a; 16]),
        effective: EffectiveDate::from_days(20_000),
        memo: Memo::new("货款").unwrap(),
        event,
        postings: Postings::from_slice(postings),
    }
}

/// One entry of every kind.
fn samples() -> Vec<Entry> {
    let account = OpenAccount::new(AccountId::new("alice.cny").unwrap(), Currency::CNY, Class::Liability);
    let two = [posting(0, Side::Debit, Effect::Post, 1_250), posting(1, Side::Credit, Effect::Post, 1_250)];
    let held = [posting(0, Side::Debit, Effect::Hold, 7), posting(1, Side::Credit, Effect::Hold, 7)];
    let freed = [posting(0, Side::Debit, Effect::Unhold, 7), posting(1, Side::Credit, Effect::Unhold, 7)];
    let refusal = Refusal::new(Reason::InsufficientFunds).at_leg(1).short_by(amount(5));
    vec![
        entry(Event::AccountOpened(account), &[]),
        entry(Event::AccountOpened(account.overdraft(Overdraft::Unlimited)), &[]),
        entry(Event::Posted, &two),
        entry(Event::HoldPlaced { expires_ns: Some(1_700_000_000_000_000_000) }, &held),
        entry(Event::HoldPlaced { expires_ns: None }, &held),
        entry(
            Event::HoldCaptured { hold: HoldNo(3), amount: amount(7), is_final: true },
            &[freed, two].concat(),
        ),
        entry(Event::HoldReleased { hold: HoldNo(3), amount: amount(7) }, &freed),
        Entry {
            key: None,
            digest: Digest::ZERO,
            effective: None,
            memo: Memo::EMPTY,
            ..entry(Event::HoldExpired { hold: HoldNo(3) }, &freed)
        },
        entry(Event::Refused { action: ActionKind::Capture, refusal }, &[]),
        entry(
            Event::Refused { action: ActionKind::OpenAccount, refusal: Refusal::new(Reason::AccountExists) },
            &[],
        ),
    ]
}

fn encode(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_entry(entry, &mut bytes);
    bytes
}

#[test]
fn entries_come_back_as_they_were() {
    let mut kinds = std::collections::BTreeSet::new();
    for entry in samples() {
        let (kind, bytes) = (kind_of(&entry.event), encode(&entry));
        kinds.insert(kind);
        assert_eq!(decode_entry(Payload { kind, schema: SCHEMA, bytes: &bytes }), Ok(entry));
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), KINDS.collect::<Vec<_>>(), "a sample of every kind");
}

/// A flipped bit is refused or means something else; it never means the same. Cuts and additions are refused.
#[test]
fn no_two_encodings_mean_the_same() {
    for entry in samples() {
        let (kind, bytes) = (kind_of(&entry.event), encode(&entry));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(other) = decode_entry(Payload { kind, schema: SCHEMA, bytes: &flipped }) {
                assert_ne!(other, entry, "bit {bit} of {entry:?} carries no meaning");
                assert_eq!(encode(&other), flipped, "bit {bit} of {entry:?}");
            }
        }
        for len in 0..bytes.len() {
            assert!(
                decode_entry(Payload { kind, schema: SCHEMA, bytes: &bytes[..len] }).is_err(),
                "cut at {len}"
            );
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(decode_entry(Payload { kind, schema: SCHEMA, bytes: &longer }).is_err());
        assert!(decode_entry(Payload { kind, schema: SCHEMA + 1, bytes: &bytes }).is_err());
        assert!(decode_entry(Payload { kind: KINDS.end() + 1, schema: SCHEMA, bytes: &bytes }).is_err());
    }
}

/// The documented layout, byte by byte, of a posted group of two.
#[test]
fn the_bytes_of_a_posted_group_are_the_documented_ones() {
    let bytes = encode(&samples()[2]);
    let mut want = Vec::new();
    want.extend([0x5a; 16]); // digest
    want.extend(20_000_i32.to_le_bytes()); // effective
    want.extend(6_u16.to_le_bytes()); // memo length
    want.extend(2_u16.to_le_bytes()); // postings
    want.push(6); // key length
    want.extend([0; 7]);
    for (account, side) in [(0_u32, 0_u8), (1, 1)] {
        want.extend(account.to_le_bytes());
        want.extend([0, side, 0, 0]); // effect, side, reserved
        want.extend(1_250_u64.to_le_bytes());
    }
    want.extend(b"k-7731");
    want.extend("货款".as_bytes());
    assert_eq!(bytes, want);
}

#[test]
fn a_snapshot_gives_back_the_same_books() {
    let mut books = Books::new();
    for (position, entry) in samples().into_iter().enumerate() {
        // Two accounts are enough for the postings; the second one needs a name of its own.
        let entry = match entry.event {
            Event::AccountOpened(account) if position == 1 => Entry {
                event: Event::AccountOpened(OpenAccount { id: AccountId::new("bank").unwrap(), ..account }),
                ..entry
            },
            _ => entry,
        };
        let key = Key::new(&format!("key-{position}")).unwrap();
        let entry = Entry { key: entry.key.map(|_| key), ..entry };
        let hold = match &entry.event {
            Event::HoldCaptured { amount, is_final, .. } => {
                Event::HoldCaptured { hold: HoldNo(0), amount: *amount, is_final: *is_final }
            }
            Event::HoldReleased { amount, .. } => Event::HoldReleased { hold: HoldNo(1), amount: *amount },
            Event::HoldExpired { .. } => continue,
            other => other.clone(),
        };
        books.apply(position as u64, &Entry { event: hold, ..entry }).unwrap();
    }
    let mut bytes = Vec::new();
    encode_snapshot(&books, &mut bytes);
    assert_eq!(decode_snapshot(&bytes), Ok(books));
    for len in 0..bytes.len() {
        assert!(decode_snapshot(&bytes[..len]).is_err(), "cut at {len}");
    }
}

#[test]
fn the_digest_bytes_tell_commands_apart() {
    let key = Key::new("k").unwrap();
    let id = |name: &str| AccountId::new(name).unwrap();
    let leg =
        |name, side, minor| Leg { account: id(name), side, amount: amount(minor), currency: Currency::CNY };
    let open = OpenAccount::new(id("a"), Currency::CNY, Class::Asset);
    let hold = PlaceHold {
        debit: id("a"),
        credit: id("b"),
        amount: amount(5),
        currency: Currency::CNY,
        expires_after_ns: None,
    };
    let capture = Capture {
        hold: Key::new("h").unwrap(),
        amount: amount(5),
        currency: Currency::CNY,
        is_final: false,
        to: Default::default(),
    };
    let portion = Portion { credit: id("b"), amount: amount(5) };
    let transfer = Command::transfer(key, id("a"), id("b"), amount(5), Currency::CNY);
    let commands = [
        Command::open_account(key, open),
        Command::open_account(key, open.overdraft(Overdraft::Unlimited)),
        Command::open_account(key, OpenAccount { class: Class::Equity, ..open }),
        Command::open_account(key, OpenAccount { currency: Currency::USD, ..open }),
        transfer.clone(),
        transfer.clone().with_memo(Memo::new("m").unwrap()),
        transfer.with_effective(EffectiveDate::from_days(0).unwrap()),
        Command::transfer(key, id("b"), id("a"), amount(5), Currency::CNY),
        Command::transfer(key, id("a"), id("b"), amount(6), Currency::CNY),
        Command::transfer(key, id("a"), id("b"), amount(5), Currency::USD),
        Command::post(
            key,
            [leg("a", Side::Debit, 5), leg("b", Side::Credit, 4), leg("c", Side::Credit, 1)]
                .into_iter()
                .collect(),
        ),
        Command::place_hold(key, hold),
        Command::place_hold(key, PlaceHold { expires_after_ns: core::num::NonZeroU64::new(9), ..hold }),
        Command::new(key, Action::Capture(capture.clone())),
        Command::new(key, Action::Capture(Capture { is_final: true, ..capture.clone() })),
        Command::new(key, Action::Capture(Capture { to: [portion].into_iter().collect(), ..capture })),
        Command::release(key, Key::new("h").unwrap()),
        Command::new(
            key,
            Action::Release(Release { hold: Key::new("h").unwrap(), part: Some((amount(5), Currency::CNY)) }),
        ),
    ];
    let mut seen = std::collections::BTreeMap::new();
    for command in &commands {
        let mut bytes = Vec::new();
        put_command(command, &mut bytes);
        if let Some(other) = seen.insert(bytes, command) {
            panic!("{other:?} and {command:?} have the same digest");
        }
        let mut bytes = Vec::new();
        put_command(&Command { key: Key::new("another").unwrap(), ..command.clone() }, &mut bytes);
        assert!(seen.contains_key(&bytes), "the key is no part of the content");
    }
}
