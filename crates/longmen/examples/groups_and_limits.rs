//! Alice may spend 100.00 a day over her two accounts; what belongs together is done together or not at all, and a
//! mistake is put right by a reversal and the right posting.
//!
//! `cargo run -p longmen --example groups_and_limits`

use std::error::Error;

use longmen::{
    AccountId, Action, Amount, Class, Command, Currency, Detail, Flow, Key, Ledger, Limit, LimitId, Member,
    Membership, Meta, MetaKey, Most, OpenAccount, Outcome, Reason, Scope, SetId, Value, Window,
};

const CNY: Currency = Currency::CNY;
const DAY_NS: u64 = 86_400_000_000_000;

fn key(text: &str) -> Result<Key, longmen::Refusal> {
    Key::new(text)
}

/// What marks a command that the limit neither stops nor counts.
fn correction() -> Result<(MetaKey, Value), longmen::Refusal> {
    Ok((MetaKey::new("kind")?, Value::text("correction")?))
}

/// Opens the accounts, puts Alice's two into a set and limits what leaves it.
fn set_up(ledger: &Ledger, [bank, wallet, savings, shop]: [AccountId; 4]) -> Result<(), Box<dyn Error>> {
    let owner = SetId::new("owner:alice")?;
    let limit = Limit {
        id: LimitId::new("alice-daily")?,
        scope: Scope::Set(owner),
        currency: CNY,
        flow: Flow::Out,
        most: Most::Amount(Amount::parse("100.00", &CNY)?),
        window: Window::Last { length_ns: DAY_NS },
        exempt: vec![correction()?],
    };
    let mut commands = Vec::new();
    for account in [bank, wallet, savings, shop] {
        let class = if account == bank { Class::Asset } else { Class::Liability };
        commands.push(Command::open_account(
            key(&format!("open-{account}"))?,
            OpenAccount::new(account, CNY, class),
        ));
    }
    for account in [wallet, savings] {
        let amount = Amount::parse("200.00", &CNY)?;
        commands.push(Command::transfer(key(&format!("fund-{account}"))?, bank, account, amount, CNY));
    }
    commands.push(Command::new(key("set")?, Action::OpenSet(owner)));
    for account in [wallet, savings] {
        let join = Membership { set: owner, member: Member::Account(account) };
        commands.push(Command::new(key(&format!("join-{account}"))?, Action::Join(Box::new(join))));
    }
    commands.push(Command::set_limit(key("limit")?, limit));
    for receipt in ledger.submit_all(commands).wait()? {
        receipt.accepted()?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let ledger = Ledger::create(dir.path())?;
    let [bank, wallet, savings, shop] =
        ["bank:cny", "alice:wallet", "alice:savings", "shop:cny"].map(AccountId::new);
    let (bank, wallet, savings, shop) = (bank?, wallet?, savings?, shop?);
    set_up(&ledger, [bank, wallet, savings, shop])?;
    let yuan = |text: &str| Amount::parse(text, &CNY);
    let pay = |name: &str, from: AccountId, amount: &str| -> Result<Command, Box<dyn Error>> {
        Ok(Command::transfer(key(name)?, from, shop, yuan(amount)?, CNY))
    };
    let show = |what: &str| {
        let has = |account| ledger.balance(account).map(|balance| balance.available().plain());
        let [wallet, savings, shop] =
            [&wallet, &savings, &shop].map(|account| has(account).unwrap_or_default());
        println!("{what:<44} wallet {wallet}, savings {savings}, shop {shop}");
    };
    show("before");

    // Together they would pass the limit, so neither is carried out: the second is the culprit.
    let basket = vec![pay("tea", wallet, "70.00")?.linked(), pay("pot", savings, "40.00")?];
    let receipts = ledger.submit_all(basket).wait()?;
    for receipt in &receipts {
        let Outcome::Refused(refusal) = receipt.outcome else {
            return Err("the limit should stop both".into());
        };
        println!("  refused: {refusal}");
        match refusal.detail {
            Detail::Culprit(at) => assert_eq!((refusal.reason, at), (Reason::GroupFell, 1)),
            _ => assert_eq!((refusal.reason, refusal.short_by), (Reason::LimitExceeded, yuan("10.00")?)),
        }
    }
    show("the basket fell as a whole");

    // The tea left no trace under its key; the pot's refusal is kept under its own, so it needs another.
    let basket = vec![pay("tea", wallet, "70.00")?.linked(), pay("cup", savings, "30.00")?];
    for receipt in ledger.submit_all(basket).wait()? {
        receipt.accepted()?;
    }
    show("a smaller one is carried out");

    // The tea was 7.00: the wrong entry stays, its mirror and the right one are added, both or neither.
    // The day's limit is used up, and what comes back does not give it back; a correction is exempt.
    let right = vec![
        Command::reverse(key("tea-reversed")?, key("tea")?).linked(),
        pay("tea-right", wallet, "7.00")?.with_meta(Meta::new([correction()?])?),
    ];
    for receipt in ledger.submit_all(right).wait()? {
        receipt.accepted()?;
    }
    show("the price of the tea is put right");

    for (account, want) in [(wallet, "193.00 CNY"), (savings, "170.00 CNY"), (shop, "37.00 CNY")] {
        let balance = ledger.balance(&account).ok_or("it is open")?;
        assert_eq!(balance.available().to_string(), want, "{account}");
    }
    ledger.close()?;
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
