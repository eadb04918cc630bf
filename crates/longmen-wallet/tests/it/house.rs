use longmen_core::Reason;
use longmen_money::Currency;
use longmen_wallet::{CaseCommand, Counterparty, HouseCommand, Role};

use crate::teller::{Teller, read, sum};

#[test]
fn a_house_is_opened_once_for_a_pool_and_a_currency() {
    let mut teller = Teller::new();
    let open = HouseCommand::Open { pool: read("emoney"), currency: Currency::CNY };
    teller.done(open.clone());
    teller.refused_for(Reason::ThingExists, open);
    teller.done(HouseCommand::Open { pool: read("cards"), currency: Currency::CNY });
    teller.replay();
}

#[test]
fn own_money_goes_into_the_pool_and_only_what_is_spare_comes_out() {
    let mut teller = Teller::small_world();
    let pool = read("emoney");
    teller.done(HouseCommand::Prefund { pool, into: Role::Reserve, sum: sum("50.00 CNY") });
    assert_eq!(teller.house(Role::Reserve, Currency::CNY), "50.00 CNY");
    let sweep = |text| HouseCommand::Sweep { pool, from: Role::Reserve, sum: sum(text) };
    teller.refused_for(Reason::PoolShort, sweep("50.01 CNY"));
    teller.done(sweep("50.00 CNY"));
    teller.refused_for(
        Reason::WrongKind,
        HouseCommand::Prefund { pool, into: Role::Margin, sum: sum("1.00 CNY") },
    );
    teller.replay();
}

#[test]
fn what_is_spare_is_shifted_to_another_pool_and_networks_are_paid() {
    let mut teller = Teller::small_world();
    let (from, into, account) = (read("emoney"), read("cards"), Role::Reserve);
    let shift = |text| HouseCommand::Shift { from, into, account, sum: sum(text) };
    teller.refused_for(Reason::ThingNotFound, shift("1.00 CNY"));
    teller.done(HouseCommand::Open { pool: into, currency: Currency::CNY });
    let prefund = |text| HouseCommand::Prefund { pool: from, into: account, sum: sum(text) };
    assert_eq!(teller.posts(prefund("50.00 CNY")), ["D reserve 50.00 CNY", "C own 50.00 CNY"]);
    assert_eq!(teller.posts(shift("20.00 CNY")), ["D reserve 20.00 CNY", "C reserve 20.00 CNY"]);
    teller.refused_for(Reason::PoolShort, shift("30.01 CNY"));
    let cost = CaseCommand::FraudLoss { pool: from, to: Counterparty::Network {}, sum: sum("15.00 CNY") };
    teller.done(cost);
    let pay =
        |from_account, text| HouseCommand::PayNetwork { pool: from, from: from_account, sum: sum(text) };
    teller.refused_for(Reason::WrongKind, pay(Role::Own, "15.00 CNY"));
    teller.refused_for(Reason::InsufficientFunds, pay(Role::Reserve, "30.01 CNY"));
    let posts = teller.posts(pay(Role::Reserve, "15.00 CNY"));
    assert_eq!(posts, ["D network 15.00 CNY", "C reserve 15.00 CNY"]);
    assert_eq!(teller.house(Role::Network, Currency::CNY), "0.00 CNY");
    teller.refused_for(Reason::AmountZero, prefund("0.00 CNY"));
    teller.replay();
}
