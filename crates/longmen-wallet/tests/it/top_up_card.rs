//! Top-ups of prepaid cards; the limits of a card are tested with the cards.

use longmen_core::{Key, Phase, Reason};
use longmen_wallet::{
    AtExpiry, CardCommand, CardTerms, Fee, OwnerCommand, Returns, Role, Terms, TopUpCommand, TopUpTarget,
};

use crate::teller::{DAY, Teller, read, sum};
use crate::top_up::{CNY, apply, of, phase, receive_by, received, request_for, world};

/// The world with a card `tour` of Alice's: 100.00 to 2000.00 a load, 5 % on top, valid for 90 days.
fn cards() -> Teller {
    let mut teller = world();
    let terms = CardTerms {
        pool: read("emoney"),
        currency: CNY,
        channels: vec![read("visa")],
        minimum_load: sum("100.00 CNY"),
        maximum_load: sum("2000.00 CNY"),
        cap: Some(sum("2000.00 CNY")),
        loads_max: None,
        fee: Fee { rate_ppm: 50_000, ..Fee::NONE },
        life_ns: None,
        at_expiry: AtExpiry::Return,
        returns: Returns::NewestFirst,
        reactivation: false,
    };
    teller.terms("tour", Terms::Card(terms));
    let expires_ns = Some(teller.now + 90 * DAY);
    teller.done(CardCommand::Issue {
        card: read("tour"),
        owner: read("alice"),
        terms: read("tour"),
        expires_ns,
    });
    teller
}

fn load(text: &str) -> TopUpCommand {
    let target = TopUpTarget::Card { card: read("tour") };
    request_for(target, "free", "visa", text)
}

fn refused_loads(teller: &mut Teller, text: &str) -> bool {
    let refusal = teller.run(&format!("probe-{}", teller.entries.len()), load(text));
    refusal.is_err_and(|refusal| refusal.reason == Reason::CapExceeded)
}

fn last_refund(teller: &Teller) -> Key {
    teller.state.products().refunds.iter().last().unwrap().name
}

#[test]
fn m13_a_card_is_loaded_with_its_fee_on_top() {
    let mut teller = cards();
    let top_up = teller.done(load("1000.00 CNY"));
    let posts = teller.posts(receive_by("visa", top_up, "r1", "1050.00 CNY"));
    assert_eq!(posts, ["D clearing 1050.00 CNY", "C topups 1000.00 CNY", "C topupfees 50.00 CNY"]);
    assert_eq!(teller.posts(apply(top_up)), ["D topups 1000.00 CNY", "C card 1000.00 CNY"]);
    assert_eq!(phase(&teller, top_up), Phase::Applied);
    // What is left on a card goes back when its life ends, not before.
    let whole = TopUpCommand::RequestRefund { top_up, sum: sum("1000.00 CNY") };
    teller.refused_for(Reason::NotOffered, whole);
    teller.done(OwnerCommand::Freeze { owner: read("alice"), debit: false, credit: true });
    teller.refused_for(Reason::AccountFrozen, load("100.00 CNY"));
    teller.replay();
}

#[test]
fn a_load_that_comes_to_nothing_gives_its_limits_back() {
    for end in ["fail", "return", "differs"] {
        let mut teller = cards();
        let top_up = teller.done(load("1500.00 CNY"));
        assert!(refused_loads(&mut teller, "501.00 CNY"));
        let told = if end == "differs" { "1574.00 CNY" } else { "1575.00 CNY" };
        teller.done(receive_by("visa", top_up, "r1", told));
        if end == "differs" {
            // Its limits were reserved for another amount, so that it can only go back.
            teller.refused_for(Reason::NotOffered, apply(top_up));
        }
        assert!(refused_loads(&mut teller, "501.00 CNY"));
        let product =
            if end == "fail" { TopUpCommand::Fail { top_up } } else { TopUpCommand::Return { top_up } };
        teller.done(product);
        assert!(!refused_loads(&mut teller, "501.00 CNY"));
        teller.replay();
    }
}

#[test]
fn a_load_that_comes_late_goes_back() {
    let mut teller = cards();
    let mut asked = load("1500.00 CNY");
    if let TopUpCommand::Request { expires_ns, .. } = &mut asked {
        *expires_ns = Some(teller.now + DAY);
    }
    let top_up = teller.done(asked);
    teller.pass(DAY);
    assert!(!refused_loads(&mut teller, "2000.00 CNY"));
    teller.done(receive_by("visa", top_up, "r1", "1575.00 CNY"));
    teller.refused_for(Reason::NotOffered, apply(top_up));
    let posts = teller.posts(TopUpCommand::Return { top_up });
    assert_eq!(posts, ["D topups 1575.00 CNY", "C refunds 1575.00 CNY"]);
    teller.replay();
}

#[test]
fn e09_a_chargeback_of_a_load_takes_what_was_set_aside_from_an_expired_card() {
    let mut teller = cards();
    let top_up = received(&mut teller, load("300.00 CNY"));
    teller.done(apply(top_up));
    teller.pass(91 * DAY);
    assert_eq!(teller.house(Role::Expired, CNY), "300.00 CNY");
    let reference = read("cb-1");
    let all = sum("315.00 CNY");
    let posts = teller.posts(TopUpCommand::Chargeback { top_up, reference, sum: all, cost: None });
    assert_eq!(posts, ["D expired 300.00 CNY", "D topupfees 15.00 CNY", "C clearing 315.00 CNY"]);
    let own = of(&teller, top_up).chargeback.unwrap();
    assert_eq!((own.from_owner, own.fee), (sum("300.00 CNY").amount, sum("15.00 CNY").amount));
    let posts = teller.posts(TopUpCommand::ChargebackWon { top_up, reference: read("won-1") });
    let back = ["D clearing 315.00 CNY", "C topupfees 15.00 CNY", "C unclaimed 300.00 CNY"];
    assert_eq!(posts, back);
    assert!(teller.state.products().refunds.is_empty());
    teller.replay();
}

#[test]
fn a_load_that_is_returned_is_refunded_through_the_card_that_paid() {
    let mut teller = cards();
    let top_up = received(&mut teller, load("300.00 CNY"));
    teller.done(TopUpCommand::Return { top_up });
    let refund = last_refund(&teller);
    teller.done(crate::refund::complete(refund));
    assert_eq!(phase(&teller, top_up), Phase::Refunded);
    assert_eq!(teller.clearing("visa", CNY), "0.00 CNY");
    teller.replay();
}
