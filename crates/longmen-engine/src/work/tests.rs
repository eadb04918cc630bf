//! No entry takes more bytes than were foreseen for its command.

use longmen_core::{
    AccountId, Books, Class, Code, Decision, Flow, Key, Known, Limit, LimitId, Memo, Meta, Most, OpenAccount,
    Overdraft, Scope, Secret, SetId, Subject, Window,
};
use longmen_money::Currency;
use longmen_wallet::{
    OwnerKind, PayeeCommand, Rail, State, Terms, TermsCommand, TierLimit, Unspent, WalletTerms,
};
use longmen_wire::encode_entry;

use super::*;

const LONG: &str = "0123456789012345678901234567890123456789";

fn pairs(count: usize) -> Vec<(MetaKey, Value)> {
    let key = |no: usize| MetaKey::new(&format!("{no:040}")).unwrap();
    (0..count).map(|no| (key(no), Value::text(&"x".repeat(128)).unwrap())).collect()
}

/// The largest of each command that the books can be brought to carry out one after the other.
fn commands() -> Vec<longmen_core::Command> {
    let (id, subject) = (AccountId::new(LONG).unwrap(), Subject::new(LONG).unwrap());
    let other = AccountId::new("other").unwrap();
    let details = Details { code: Some(Code::new(LONG).unwrap()), meta: Meta::new(pairs(16)).unwrap() };
    let account =
        OpenAccount { details: details.clone(), ..OpenAccount::new(id, Currency::CNY, Class::Asset) };
    let account = account.overdraft(Overdraft::Unlimited);
    let limit = Limit {
        id: LimitId::new(LONG).unwrap(),
        scope: Scope::Account(id),
        currency: Currency::CNY,
        flow: Flow::Out,
        most: Most::Amount(Amount::MAX),
        window: Window::Every { length_ns: 9, from_ns: 9 },
        exempt: pairs(8),
    };
    let actions = [
        Action::OpenAccount(Box::new(account.clone())),
        Action::OpenAccount(Box::new(OpenAccount { id: other, ..account })),
        Action::ChangeAccount(Box::new(longmen_core::ChangeAccount {
            account: id,
            currency: None,
            change: AccountChange::Details(details),
        })),
        Action::SetLimit(Box::new(limit)),
        Action::OpenSet(SetId::new(LONG).unwrap()),
        Action::EraseSubject(Subject::new(&LONG[1..]).unwrap()),
    ];
    let dressed = |(no, action): (usize, Action)| {
        let key = Key::new(&format!("{no:040}")).unwrap();
        let memo = Memo::new(&"m".repeat(256)).unwrap();
        let secret = Secret::new(subject, &[7; 1_024]).unwrap();
        let happened = std::num::NonZeroU64::new(no as u64 + 1).unwrap();
        let command = longmen_core::Command::new(key, action).with_memo(memo).happened_at(happened);
        command.with_meta(Meta::new(pairs(16)).unwrap()).with_secret(secret)
    };
    actions.into_iter().enumerate().map(dressed).collect()
}

#[test]
fn no_entry_is_larger_than_was_foreseen() {
    let mut books = Books::new();
    for (position, command) in (0..).zip(commands()) {
        let (foreseen, kind) = (bytes_max(&command.clone().widen()), command.action.kind());
        let decided = books.decide(command, Digest::ZERO, &Known::default(), 1 << 60);
        let Decision::Entry(entry) = decided else { panic!("{kind:?}: {decided:?}") };
        assert!(!matches!(entry.event, Event::Refused { .. }), "{kind:?}: {entry:?}");
        books.apply(position, 1 << 60, &entry).unwrap();
        let mut bytes = Vec::new();
        encode_entry(&entry.with_product(None), &mut bytes);
        let need = 32 + bytes.len().next_multiple_of(8) + 32;
        assert!(need <= foreseen, "{kind:?} needs {need} and {foreseen} were foreseen");
    }
}

/// The first so many characters of the longest names: those of owners, pools, channels and cards are shorter.
fn named<T: std::str::FromStr<Err: std::fmt::Debug>>(no: usize, len: usize) -> T {
    format!("{no:0len$}").parse().unwrap()
}

fn sum(currency: Currency) -> longmen_money::Sum {
    longmen_money::Sum::new(Amount::MAX, currency)
}

/// Commands of products with the longest names and lists, in an order in which they are carried out.
fn products() -> Vec<Product> {
    const LEN: usize = longmen_wallet::SHORT_NAME_BYTES_MAX;
    let (pool, owner, terms) = (named(0, LEN), named(1, LEN), named(2, LEN));
    let all: Vec<Currency> = ["CNY", "USD", "EUR", "JPY", "GBP", "HKD", "KRW", "AUD"]
        .map(|code| Currency::from_code(code).unwrap())
        .into();
    let limit = |tier, currency| TierLimit {
        tier,
        flow: Flow::Out,
        most: sum(currency),
        window: Window::Every { length_ns: u64::MAX, from_ns: u64::MAX },
        counts_withdrawals: false,
    };
    let limits = all.iter().flat_map(|currency| (0..3).map(move |tier| limit(tier, *currency))).collect();
    let wallet = WalletTerms {
        binds: vec![Rail::BankCn, Rail::BankAbroad, Rail::PaymentCard],
        transfers: true,
        direct_receipts: true,
        unspent: Unspent::NothingSince,
        recovers_debts: true,
        spend_tier: u8::MAX,
        limits,
    };
    let mut list: Vec<Product> =
        all.iter().map(|currency| HouseCommand::Open { pool, currency: *currency }.into()).collect();
    let channel = ChannelCommand::Open {
        channel: named(3, LEN),
        kind: longmen_wallet::ChannelKind::BankCard,
        pool,
        currencies: all.clone(),
        settles_within_ns: Some(std::num::NonZeroU64::MAX),
    };
    let (cny, kind) = (Currency::CNY, OwnerKind::Merchant);
    let payee = named(4, LEN);
    list.extend([
        HouseCommand::Invest { pool, sum: sum(cny) }.into(),
        HouseCommand::Prefund { pool, into: longmen_wallet::Role::Reserve, sum: sum(cny) }.into(),
        channel.into(),
        TermsCommand::Set { terms, from_ns: None, is: Terms::Wallet(wallet) }.into(),
        OwnerCommand::Register { owner, kind, pool, terms, currencies: all.clone() }.into(),
        OwnerCommand::Activate { owner }.into(),
        OwnerCommand::Verify { owner, tier: 1 }.into(),
        OwnerCommand::Verify { owner, tier: 2 }.into(),
        PayeeCommand::Add { owner, payee, rail: Rail::BankCn, currency: cny, token: named(5, 40) }.into(),
        PayeeCommand::Verify { owner, payee }.into(),
        PayeeCommand::Replace { owner, payee, rail: Rail::BankAbroad, token: named(6, 40) }.into(),
        PayeeCommand::Remove { owner, payee }.into(),
        OwnerCommand::Freeze { owner, debit: true, credit: true }.into(),
        OwnerCommand::Close { owner, sets_aside: true }.into(),
    ]);
    let customer = named(7, LEN);
    let register = OwnerCommand::Register {
        owner: customer,
        kind: OwnerKind::Customer,
        pool,
        terms,
        currencies: vec![cny],
    };
    list.push(register.into());
    list.extend(
        all[1..]
            .iter()
            .map(|currency| OwnerCommand::OpenCurrency { owner: customer, currency: *currency }.into()),
    );
    list.extend(
        all.iter().map(|currency| OwnerCommand::OpenPurse { owner: customer, currency: *currency }.into()),
    );
    list
}

#[test]
fn no_product_s_entry_is_larger_than_was_foreseen() {
    let mut state = State::new();
    let mut tightest = (usize::MAX, String::new());
    for (position, product) in (0..).zip(products()) {
        let key = Key::new(&format!("{position:040}")).unwrap();
        let memo = Memo::new(&"m".repeat(256)).unwrap();
        let command = Command::new(key, Wish::from(product.clone())).with_memo(memo);
        let command = command.with_meta(Meta::new(pairs(15)).unwrap());
        let foreseen = bytes_max(&command);
        let now_ns = (1 << 60) + position;
        let decided = state.decide(command, Digest::ZERO, &Known::default(), position, now_ns);
        let Decision::Entry(entry) = decided else { panic!("{product:?}: {decided:?}") };
        assert!(matches!(entry.event, Event::Compound(_)), "{product:?}: {entry:?}");
        state.apply(position, now_ns, &entry).unwrap();
        let mut bytes = Vec::new();
        encode_entry(&entry, &mut bytes);
        let need = 32 + bytes.len().next_multiple_of(8) + 32;
        assert!(need <= foreseen, "{product:?} needs {need} and {foreseen} were foreseen");
        let name = format!("{product:?}").chars().take(40).collect();
        tightest = tightest.min((foreseen - need, name));
    }
    println!("the least that was left over: {tightest:?}");
}
