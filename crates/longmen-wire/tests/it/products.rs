//! Entries of products, as a state writes them, and their one encoding.

use core::num::NonZeroU64;

use longmen_core::{Command, Decision, Digest, Event, Flow, Key, Known, Window};
use longmen_money::Currency;
use longmen_wallet::{
    ChannelCommand, ChannelKind, Entry, HouseCommand, OwnerCommand, OwnerKind, PayeeCommand, Product, Rail,
    Role, State, Terms, TermsCommand, TierLimit, Unspent, WalletTerms, Wish,
};
use longmen_wire::{DecodeError, decode_snapshot, encode_snapshot, kind_of, put_command};

use crate::entries::{decode, encode};

const CNY: Currency = Currency::CNY;

fn read<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Terms with limits, one that exempts withdrawals and one that does not.
fn terms() -> Terms {
    let limit = |tier, counts_withdrawals| TierLimit {
        tier,
        flow: Flow::Out,
        window: Window::Year { utc_offset_min: 480 },
        most: read("1000.00 CNY"),
        counts_withdrawals,
    };
    Terms::Wallet(WalletTerms {
        binds: vec![Rail::BankCn, Rail::BankAbroad],
        transfers: true,
        direct_receipts: true,
        unspent: Unspent::NothingSince,
        recovers_debts: true,
        spend_tier: 1,
        limits: vec![limit(0, false), limit(0, true), limit(1, true)],
    })
}

/// Commands of the rooms on which all others stand, in an order in which they are carried out.
fn commands() -> Vec<Product> {
    let (pool, owner) = (read("emoney"), read("alice"));
    let channel = ChannelCommand::Open {
        channel: read("bank"),
        kind: ChannelKind::BankCard,
        pool,
        currencies: vec![CNY, Currency::USD],
        settles_within_ns: NonZeroU64::new(86_400_000_000_000),
    };
    let kind = OwnerKind::Customer;
    let register =
        OwnerCommand::Register { owner, kind, pool, terms: read("consumer"), currencies: vec![CNY] };
    let payee = read("card-1");
    vec![
        HouseCommand::Open { pool, currency: CNY }.into(),
        HouseCommand::Open { pool, currency: Currency::USD }.into(),
        HouseCommand::Invest { pool, sum: read("1000.00 CNY") }.into(),
        HouseCommand::Prefund { pool, into: Role::Reserve, sum: read("10.00 CNY") }.into(),
        channel.into(),
        TermsCommand::Set { terms: read("consumer"), from_ns: None, is: terms() }.into(),
        register.into(),
        OwnerCommand::OpenCurrency { owner, currency: Currency::USD }.into(),
        OwnerCommand::OpenPurse { owner, currency: CNY }.into(),
        OwnerCommand::Activate { owner }.into(),
        OwnerCommand::Verify { owner, tier: 1 }.into(),
        PayeeCommand::Add { owner, payee, rail: Rail::BankCn, currency: CNY, token: read("token") }.into(),
        PayeeCommand::Verify { owner, payee }.into(),
        PayeeCommand::Replace { owner, payee, rail: Rail::BankAbroad, token: read("other") }.into(),
        OwnerCommand::Freeze { owner, debit: true, credit: false }.into(),
        PayeeCommand::Remove { owner, payee }.into(),
        OwnerCommand::Close { owner, sets_aside: false }.into(),
    ]
}

/// The entries of those commands, and the state in the middle of them and at the end.
fn run() -> (Vec<Entry>, [State; 2]) {
    let mut state = State::new();
    let (mut entries, mut middle) = (Vec::new(), State::new());
    for (position, product) in (0..).zip(commands()) {
        let now_ns = 1_795_305_600_000_000_000 + position;
        let command = Command::new(read(&format!("k{position}")), Wish::from(product));
        let decided = state.decide(command.clone(), Digest([3; 16]), &Known::default(), position, now_ns);
        let Decision::Entry(entry) = decided else { panic!("{command:?}: {decided:?}") };
        assert!(matches!(entry.event, Event::Compound(_)), "{command:?}: {entry:?}");
        state.apply(position, now_ns, &entry).unwrap();
        entries.push(entry);
        if position == 13 {
            middle = state.clone();
        }
    }
    (entries, [middle, state])
}

#[test]
fn entries_of_products_come_back_as_they_were() {
    let (entries, _) = run();
    for entry in entries {
        assert!(entry.product.is_some());
        let bytes = encode(&entry);
        assert_eq!(decode(kind_of(&entry.event), &bytes), Ok(entry.clone()));
        for len in 0..bytes.len() {
            assert!(decode(kind_of(&entry.event), &bytes[..len]).is_err(), "cut at {len}: {entry:?}");
        }
        assert!(decode(kind_of(&entry.event), &[bytes.as_slice(), &[0]].concat()).is_err());
    }
}

/// Large entries are flipped at some bits only; the parts of which they are made are those of smaller ones.
#[test]
fn a_flipped_bit_of_a_product_s_entry_is_refused_or_means_something_else() {
    for entry in run().0 {
        let (kind, bytes) = (kind_of(&entry.event), encode(&entry));
        let stride = 1 + bytes.len() / 128;
        for bit in (0..bytes.len() * 8).step_by(stride) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(other) = decode(kind, &flipped) {
                assert_ne!(other, entry, "bit {bit} carries no meaning");
                assert_eq!(encode(&other), flipped, "bit {bit} of {entry:?}");
            }
        }
    }
}

/// An entry with other bytes in the place of what it says to products.
fn with_product_bytes(entry: &Entry, product: &[u8]) -> Vec<u8> {
    let mut bytes = encode(entry);
    let own = postcard::to_allocvec(entry.product.as_ref().unwrap()).unwrap();
    assert!(bytes.ends_with(&own));
    bytes.truncate(bytes.len() - own.len());
    bytes.extend_from_slice(product);
    // The row is behind the head: the count of parts, then the length.
    bytes[36..40].copy_from_slice(&u32::try_from(product.len()).unwrap().to_le_bytes());
    bytes
}

#[test]
fn postcard_that_is_not_the_shortest_is_refused() {
    let (entries, _) = run();
    let bad = Err(DecodeError::BadField("product"));
    for entry in entries {
        let own = postcard::to_allocvec(entry.product.as_ref().unwrap()).unwrap();
        assert_eq!(with_product_bytes(&entry, &own), encode(&entry));
        // The room's number in two bytes instead of one: postcard alone would take it.
        let mut long = vec![own[0] | 0x80, 0];
        long.extend_from_slice(&own[1..]);
        let taken: longmen_wallet::Fact = postcard::from_bytes(&long).unwrap();
        assert_eq!(Some(taken), entry.product.as_deref().cloned());
        assert_eq!(decode(34, &with_product_bytes(&entry, &long)), bad);
        assert_eq!(decode(34, &with_product_bytes(&entry, &[own.as_slice(), &[0]].concat())), bad);
        assert_eq!(decode(34, &with_product_bytes(&entry, &own[..own.len() - 1])), bad);
        assert_eq!(decode(34, &with_product_bytes(&entry, &[])), bad);
    }
}

#[test]
fn a_part_is_no_compound_entry_and_no_refusal() {
    let (entries, _) = run();
    let invest = &entries[2];
    let bytes = encode(invest);
    assert_eq!(bytes[40..42], 17_u16.to_le_bytes(), "the kind of the first part");
    for kind in [34_u16, 22] {
        let mut other = bytes.clone();
        other[40..42].copy_from_slice(&kind.to_le_bytes());
        assert_eq!(decode(34, &other), Err(DecodeError::BadField("part.kind")));
    }
    let mut other = bytes.clone();
    other[40..42].copy_from_slice(&15_u16.to_le_bytes());
    assert_eq!(decode(34, &other), Err(DecodeError::UnknownKind(15)));
}

#[test]
fn a_state_with_products_has_one_encoding() {
    for state in run().1 {
        let mut bytes = Vec::new();
        encode_snapshot(&state, &mut bytes);
        assert_eq!(decode_snapshot(&bytes), Ok(state.clone()));
        let products = postcard::to_allocvec(state.products()).unwrap().len();
        let start = bytes.len() - products;
        for bit in (start * 8..bytes.len() * 8).step_by(3) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(other) = decode_snapshot(&flipped) {
                assert!(other != state, "bit {bit} carries no meaning");
                let mut again = Vec::new();
                encode_snapshot(&other, &mut again);
                assert_eq!(again, flipped, "bit {bit}");
            }
        }
    }
}

#[test]
fn the_digest_bytes_of_products_tell_them_apart() {
    let mut seen = std::collections::BTreeMap::new();
    for product in commands() {
        let mut bytes = Vec::new();
        let command = Command::new(Key::new("k").unwrap(), Wish::from(product.clone()));
        put_command(&command, &mut bytes);
        assert_eq!(bytes[0], 16, "the action");
        let own = postcard::to_allocvec(&product).unwrap();
        assert_eq!(bytes[1..9], u64::try_from(own.len()).unwrap().to_le_bytes());
        assert_eq!(bytes[9..9 + own.len()], own);
        if let Some(other) = seen.insert(bytes, product) {
            panic!("another one has the digest of {other:?}");
        }
    }
}
