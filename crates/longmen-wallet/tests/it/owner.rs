use longmen_core::{Detail, Reason};
use longmen_money::Currency;
use longmen_wallet::{OwnerCommand, OwnerKind, PayeeCommand, Rail};

use crate::teller::{Teller, read};

#[test]
fn an_owner_is_registered_hidden_and_shown_when_activated() {
    let mut teller = Teller::small_world();
    let owner = read("carol");
    let register = OwnerCommand::Register {
        owner,
        kind: OwnerKind::Customer,
        pool: read("emoney"),
        terms: read("consumer"),
        currencies: vec![Currency::CNY, Currency::USD],
    };
    teller.done(register.clone());
    teller.refused_for(Reason::ThingExists, register);
    let hidden = |teller: &Teller| {
        let own = teller.state.products().owners.get(owner).unwrap();
        own.accounts
            .iter()
            .map(|own| teller.state.books().account_at(own.account).unwrap().access().hidden)
            .collect::<Vec<_>>()
    };
    assert_eq!(hidden(&teller), [true, true]);
    teller.done(OwnerCommand::Activate { owner });
    assert_eq!(hidden(&teller), [false, false]);
    teller.refused_for(Reason::StateForbids, OwnerCommand::Activate { owner });
    teller.done(OwnerCommand::Close { owner, sets_aside: false });
    let refusal = teller.refused(OwnerCommand::Freeze { owner, debit: true, credit: false });
    assert!(matches!(refusal.detail, Detail::Phase(..)), "{refusal}");
    teller.replay();
}

#[test]
fn an_international_wallet_binds_a_domestic_one_and_never_the_other_way_round() {
    let mut teller = Teller::small_world();
    let add = |owner, rail| PayeeCommand::Add {
        owner: read(owner),
        payee: read("mine"),
        rail,
        currency: Currency::CNY,
        token: read("tok-1"),
    };
    teller.done(add("shop", Rail::AlipayCn));
    teller.refused_for(Reason::BindingNotAllowed, add("alice", Rail::AlipayIntl));
    teller.replay();
}
