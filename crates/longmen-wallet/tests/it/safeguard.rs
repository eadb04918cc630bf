use std::num::NonZeroU64;

use longmen_core::{Action, Class, Command, EffectiveDate, Reason, Side};
use longmen_money::Currency;
use longmen_wallet::{
    CaseCommand, ChannelCommand, ChannelKind, HouseCommand, OwnerCommand, OwnerKind, PoolId, Role,
    Safeguarding,
};

use crate::case::{funds, moves, of, owes};
use crate::channel::{house, on, takes};
use crate::teller::{DAY, Teller, read, sum};

fn pool(teller: &Teller, name: &str, currency: Currency) -> Safeguarding {
    let name: PoolId = read(name);
    let all = teller.state.safeguarding(teller.now);
    *all.iter().find(|own| own.pool == name && own.requirement.currency() == currency).unwrap()
}

fn cny(teller: &Teller) -> [String; 5] {
    let own = pool(teller, "emoney", Currency::CNY);
    [own.requirement, own.kept, own.in_time, own.overdue, own.excess()].map(|sum| sum.to_string())
}

#[test]
fn what_a_customer_owes_covers_nobody_else() {
    let mut teller = Teller::small_world();
    funds(&mut teller, "bob", "100.00 CNY");
    owes(&mut teller, "alice", "d1", "30.00 CNY");
    // The channel has taken 100.00 and takes back 30.00.
    assert_eq!(cny(&teller), ["100.00 CNY", "0.00 CNY", "70.00 CNY", "0.00 CNY", "-30.00 CNY"]);
    let prefund = HouseCommand::Prefund { pool: read("emoney"), into: Role::Reserve, sum: sum("30.00 CNY") };
    teller.done(prefund);
    assert_eq!(cny(&teller), ["100.00 CNY", "30.00 CNY", "70.00 CNY", "0.00 CNY", "0.00 CNY"]);
    teller.replay();
}

#[test]
fn what_a_channel_owes_too_long_covers_nothing_until_it_comes() {
    let mut teller = Teller::small_world();
    teller.done(ChannelCommand::Open {
        channel: read("late"),
        kind: ChannelKind::BankCard,
        pool: read("emoney"),
        currencies: vec![Currency::CNY],
        settles_within_ns: NonZeroU64::new(DAY),
    });
    takes(&mut teller, "late", "r1", Side::Debit, "100.00 CNY");
    assert_eq!(cny(&teller), ["100.00 CNY", "0.00 CNY", "100.00 CNY", "0.00 CNY", "0.00 CNY"]);
    teller.pass(DAY + 1);
    assert_eq!(cny(&teller), ["100.00 CNY", "0.00 CNY", "0.00 CNY", "100.00 CNY", "-100.00 CNY"]);
    // The gap is closed with own money, which is taken back when the channel has paid.
    let (pool, into) = (read("emoney"), Role::Reserve);
    teller.done(HouseCommand::Prefund { pool, into, sum: sum("100.00 CNY") });
    assert_eq!(cny(&teller)[4], "0.00 CNY");
    let sweep = |text| HouseCommand::Sweep { pool, from: into, sum: sum(text) };
    teller.refused_for(Reason::PoolShort, sweep("0.01 CNY"));
    teller.done(ChannelCommand::Settle {
        channel: read("late"),
        items: vec![read("r1")],
        net: sum("100.00 CNY"),
        taken: false,
        cost: None,
        subsidy: None,
        into,
        suspends: false,
    });
    teller.done(sweep("100.00 CNY"));
    assert_eq!(cny(&teller), ["100.00 CNY", "100.00 CNY", "0.00 CNY", "0.00 CNY", "0.00 CNY"]);
    teller.replay();
}

#[test]
fn a_wallet_that_was_never_activated_is_safeguarded_too() {
    let mut teller = Teller::small_world();
    teller.done(OwnerCommand::Register {
        owner: read("carol"),
        kind: OwnerKind::Customer,
        pool: read("emoney"),
        terms: read("consumer"),
        currencies: vec![Currency::CNY],
    });
    funds(&mut teller, "carol", "12.00 CNY");
    assert_eq!(cny(&teller)[0], "12.00 CNY");
    teller.replay();
}

#[test]
fn one_pool_does_not_cover_another_and_one_currency_not_another() {
    let mut teller = Teller::small_world();
    teller.done(HouseCommand::Open { pool: read("cards"), currency: Currency::CNY });
    teller.done(HouseCommand::Invest { pool: read("cards"), sum: sum("500.00 CNY") });
    let (into, sum) = (Role::Reserve, sum("500.00 CNY"));
    teller.done(HouseCommand::Prefund { pool: read("cards"), into, sum });
    let dollars = crate::teller::sum("70.00 USD");
    teller.done(HouseCommand::Prefund { pool: read("emoney"), into: Role::Nostro, sum: dollars });
    owes(&mut teller, "alice", "d1", "30.00 CNY");
    let excess = |teller: &Teller, name, currency| pool(teller, name, currency).excess().to_string();
    assert_eq!(excess(&teller, "emoney", Currency::CNY), "-30.00 CNY");
    assert_eq!(excess(&teller, "emoney", Currency::USD), "70.00 USD");
    assert_eq!(excess(&teller, "cards", Currency::CNY), "500.00 CNY");
    let (from, into, account) = (read("emoney"), read("cards"), Role::Reserve);
    let shift = HouseCommand::Shift { from, into, account, sum: crate::teller::sum("1.00 CNY") };
    teller.refused_for(Reason::PoolShort, shift);
    teller.replay();
}

#[test]
fn open_items_are_listed_by_when_they_are_due_with_their_owners_and_their_age() {
    let mut teller = Teller::small_world();
    for (name, life) in [("slow", 3 * DAY), ("swift", DAY)] {
        teller.done(ChannelCommand::Open {
            channel: read(name),
            kind: ChannelKind::BankCard,
            pool: read("emoney"),
            currencies: vec![Currency::CNY],
            settles_within_ns: NonZeroU64::new(life),
        });
    }
    owes(&mut teller, "alice", "d1", "30.00 CNY");
    takes(&mut teller, "slow", "r1", Side::Debit, "1.00 CNY");
    takes(&mut teller, "swift", "r2", Side::Debit, "2.00 CNY");
    let since = teller.now;
    teller.pass(2 * DAY);
    let items = teller.state.open_items(teller.now);
    let rows: Vec<(Role, String, bool)> =
        items.iter().map(|item| (item.role, item.open.to_string(), item.is_overdue)).collect();
    let row = |role, text: &str, is_overdue| (role, text.to_owned(), is_overdue);
    assert_eq!(
        rows,
        [
            row(Role::Clearing, "2.00 CNY", true),
            row(Role::Clearing, "1.00 CNY", false),
            row(Role::Debts, "30.00 CNY", false),
            row(Role::Clearing, "30.00 CNY", false),
            row(Role::Unidentified, "3.00 CNY", false),
        ]
    );
    assert_eq!((items[0].since_ns, items[0].age_ns), (since, 2 * DAY));
    assert_eq!((items[2].owner, items[0].owner), (Some(read("alice")), None));
    teller.replay();
}

#[test]
fn what_all_accounts_of_a_role_come_to_is_in_balance() {
    let mut teller = Teller::small_world();
    funds(&mut teller, "alice", "100.00 CNY");
    funds(&mut teller, "bob", "50.00 CNY");
    funds(&mut teller, "bob", "7.00 USD");
    let fee = moves(on(of("alice", Role::Wallet), ""), on(house(Role::ServiceFees), ""), "1.50 CNY");
    teller.done(CaseCommand::Open { pool: read("emoney"), moves: vec![fee] });
    let totals = teller.state.role_totals();
    let row = |role, currency| {
        *totals.iter().find(|row| row.role == role && row.debits.currency() == currency).unwrap()
    };
    let wallets = row(Role::Wallet, Currency::CNY);
    assert_eq!(
        (wallets.accounts, wallets.debits.to_string(), wallets.credits.to_string()),
        (2, "1.50 CNY".into(), "150.00 CNY".into())
    );
    assert_eq!(wallets.balance.to_string(), "148.50 CNY");
    assert_eq!(row(Role::ServiceFees, Currency::CNY).balance.to_string(), "1.50 CNY");
    assert_eq!(row(Role::Clearing, Currency::USD).balance.to_string(), "7.00 USD");
    assert_eq!(row(Role::Own, Currency::CNY).balance.to_string(), "1000000.00 CNY");
    for currency in [Currency::CNY, Currency::USD] {
        let own = totals.iter().filter(|row| row.debits.currency() == currency);
        let sums = own.fold((0, 0), |(debits, credits), row| {
            (debits + row.debits.minor(), credits + row.credits.minor())
        });
        assert_eq!(sums.0, sums.1);
    }
    let order: Vec<Role> =
        totals.iter().filter(|row| row.debits.currency() == Currency::CNY).map(|row| row.role).collect();
    assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "in the order of the chart");
    teller.replay();
}

/// What the operator has beyond what it owes, and what its equity and its results say of that.
fn own_funds(teller: &Teller, currency: Currency) -> (i128, i128) {
    let (mut has, mut said) = (0, 0);
    for row in teller.state.role_totals() {
        let sum = if row.balance.currency() == currency { row.balance.minor() } else { 0 };
        match row.role.class() {
            Class::Asset => has += sum,
            Class::Liability => has -= sum,
            Class::Equity | Class::Income => said += sum,
            Class::Expense => said -= sum,
        }
    }
    (has, said)
}

#[test]
fn invariant_18_results_are_the_change_in_own_funds_and_sealing_a_period_moves_nothing() {
    let mut teller = Teller::small_world();
    let (before, _) = own_funds(&teller, Currency::CNY);
    funds(&mut teller, "alice", "100.00 CNY");
    let fee = moves(on(of("alice", Role::Wallet), ""), on(house(Role::ServiceFees), ""), "1.50 CNY");
    teller.done(CaseCommand::Open { pool: read("emoney"), moves: vec![fee] });
    assert_eq!(own_funds(&teller, Currency::CNY), (before + 150, before + 150));
    let (owner, given) = (read("alice"), sum("0.40 CNY"));
    teller.done(CaseCommand::Goodwill { owner, sum: given });
    assert_eq!(own_funds(&teller, Currency::CNY), (before + 110, before + 110));
    let (meant, totals) = (EffectiveDate::of_time(teller.now), teller.state.role_totals());
    teller.pass(2 * DAY);
    teller.decide(Command::new(read("seal"), Action::SealPeriod(meant).into())).unwrap();
    assert_eq!(teller.state.role_totals(), totals);
    teller.replay();
}
