//! The books and their one encoding.

use std::collections::{BTreeSet, VecDeque};

use longmen_core::{
    Access, AccountId, AccountNo, AccountRow, AccountSet, Books, Class, Closes, Details, EffectiveDate, Hold,
    HoldState, Key, LimitId, LimitState, MemberNo, Overdraft, Parts, SetId, SetNo, Subject, Usage,
};
use longmen_money::Currency;
use longmen_wallet::{Products, State};
use longmen_wire::{decode_snapshot, encode_snapshot};

use crate::samples::{amount, details, limits};

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

fn account(name: &str, access: Access, details: Details) -> (AccountRow, Details) {
    let row = AccountRow {
        id: AccountId::new(name).unwrap(),
        currency: Currency::CNY,
        class: Class::Liability,
        overdraft: Overdraft::FORBIDDEN,
        access,
        version: 0x0708,
        counters: [1, 2, 3, 1 << 125],
    };
    (row, details)
}

fn accounts() -> Vec<(AccountRow, Details)> {
    let open = Access::default();
    vec![
        account("alice.cny", open, details()),
        account("bank", open, Details::default()),
        account("c", Access { debit_frozen: true, ..open }, Details::default()),
        account("d", Access { credit_frozen: true, ..open }, details()),
        account("e", Access { hidden: true, ..open }, Details::default()),
        account("f", Access { closed: true, ..open }, Details::default()),
        account("g", Access { managed: true, ..open }, Details::default()),
    ]
}

fn holds() -> Vec<Hold> {
    let hold = Hold {
        key: key("hold-0"),
        debit: AccountNo(0),
        credit: AccountNo(1),
        currency: Currency::CNY,
        amount: amount(9),
        captured: amount(2),
        forced: amount(4),
        remaining: amount(6),
        expires_ns: None,
        closes: Closes::default(),
        state: HoldState::Open,
    };
    let closes = Closes { debit: true, credit: false };
    vec![
        hold.clone(),
        Hold { key: key("hold-1"), expires_ns: Some(99), closes, ..hold.clone() },
        Hold { key: key("hold-2"), closes: Closes { debit: false, credit: true }, ..hold.clone() },
        Hold { key: key("hold-3"), state: HoldState::Expired, ..hold },
    ]
}

fn limit_states() -> Vec<LimitState> {
    let state = |(at, mut limit): (usize, longmen_core::Limit)| {
        limit.id = LimitId::new(&format!("limit-{at}")).unwrap();
        let recent = VecDeque::from([(1, 5), (2, -7), (2, i128::MIN)]);
        let usage = Usage { window: -3, sum: -2, recent };
        LimitState { limit, is_in_force: at % 2 == 0, usage }
    };
    limits().into_iter().enumerate().map(state).collect()
}

fn parts() -> Parts {
    let set = |name, members: &[MemberNo]| AccountSet {
        id: SetId::new(name).unwrap(),
        members: BTreeSet::from_iter(members.iter().copied()),
    };
    let (first, second) = (MemberNo::Account(AccountNo(0)), MemberNo::Account(AccountNo(1)));
    Parts {
        accounts: accounts(),
        holds: holds(),
        sets: vec![set("alice", &[first, second]), set("all", &[second, MemberNo::Set(SetNo(0))])],
        limits: limit_states(),
        reversals: vec![(1, 9), (4, 5)],
        sealed_through: EffectiveDate::from_days(20_000),
        imported_ns: Some(77),
        erased: vec![Subject::new("p").unwrap(), Subject::new("q").unwrap()],
    }
}

/// The state of the sample's books, without products.
fn state() -> State {
    State::restore(Books::restore(parts()), Products::default())
}

fn encode(state: &State) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_snapshot(state, &mut bytes);
    bytes
}

#[test]
fn a_snapshot_gives_back_the_same_state() {
    let state = state();
    assert_eq!(state.books().parts(), parts());
    let bytes = encode(&state);
    assert_eq!(decode_snapshot(&bytes), Ok(state));
    for len in 0..bytes.len() {
        assert!(decode_snapshot(&bytes[..len]).is_err(), "cut at {len}");
    }
    assert!(decode_snapshot(&[bytes.as_slice(), &[0]].concat()).is_err());
}

/// A flipped bit is refused or means something else; it never means the same.
#[test]
fn no_two_encodings_mean_the_same_state() {
    let state = state();
    let bytes = encode(&state);
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = decode_snapshot(&flipped) {
            assert!(other != state, "bit {bit} carries no meaning");
            assert_eq!(encode(&other), flipped, "bit {bit}");
        }
    }
}

/// The documented layout of the head, and where each part lies.
#[test]
fn the_bytes_of_a_snapshot_are_the_documented_ones() {
    let state = state();
    let (books, bytes) = (state.books(), encode(&state));
    let limits = books.limits().len() as u64;
    let head = [7_u64, 4, 2, limits, 2, 2, 77].map(u64::to_le_bytes).concat();
    let products = postcard::to_allocvec(state.products()).unwrap();
    let tail =
        [20_000_i32.to_le_bytes().to_vec(), vec![0; 4], (products.len() as u64).to_le_bytes().to_vec()];
    assert_eq!(bytes[..72], [head, tail.concat()].concat());
    assert!(bytes.ends_with(&products));
    let opened = [&b"CNY\x02\x01\x01\x09\x05"[..], &[0; 8]].concat();
    assert_eq!(bytes[112..128], opened);
    assert_eq!(bytes[128..136], 0x0708_u64.to_le_bytes());
    assert_eq!(bytes[136..200], [1_u128, 2, 3, 1 << 125].map(u128::to_le_bytes).concat());
    let flags: Vec<u8> = (0..7).map(|at| bytes[72 + at * 128 + 45]).collect();
    assert_eq!(flags, [1, 1, 9, 17, 3, 33, 5]);
    let holds = 72 + 7 * 128;
    assert_eq!(bytes[holds..holds + 6], *b"hold-0");
    let sets = holds + 4 * 96;
    assert_eq!(bytes[sets + 40..sets + 64], [2_u64, 0, 1].map(u64::to_le_bytes).concat());
    let limits_at = sets + 2 * 48 + 4 * 8;
    assert_eq!(bytes[limits_at..limits_at + 7], *b"limit-0");
    let reversals = limits_at + books.limits().len() * (120 + 40 + 3 * 24);
    assert_eq!(bytes[reversals..reversals + 32], [1_u64, 9, 4, 5].map(u64::to_le_bytes).concat());
    let details_at = reversals + 2 * 16 + 2 * 40;
    assert_eq!(bytes[details_at..details_at + 9], *b"2010.cust");
}
