use longmen_core::Reason;
use longmen_money::Currency;
use longmen_wallet::{HouseCommand, Role};

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
