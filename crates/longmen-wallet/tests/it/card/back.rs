//! What was left on a card, on its way back.

use longmen_core::{Key, Phase, Reason};
use longmen_wallet::{CardCommand, PayeeCommand, Rail, RefundCommand, RefundOf, RefundWay, TopUpCommand};

use super::*;
use crate::teller::sum;

/// The refunds of a card, each with what it gives back through which reference.
pub(super) fn refunds(teller: &Teller) -> Vec<(String, String, Phase)> {
    let all = teller.state.products().refunds.iter();
    let own = all.filter(|refund| refund.of == RefundOf::Card(read("card")));
    let line = |refund: &longmen_wallet::Refund| {
        let way = match refund.way {
            RefundWay::Channel { reference, .. } => reference.to_string(),
            RefundWay::Payee { payee, .. } => payee.id.to_string(),
        };
        (way, refund.sum.to_string(), refund.phase)
    };
    own.map(line).collect()
}

#[test]
fn what_is_left_goes_to_the_newest_loads_first() {
    let mut teller = with_card("tour");
    let loads: Vec<Key> =
        ["100.00 CNY", "200.00 CNY", "300.00 CNY"].map(|text| load(&mut teller, "mc-sh", text)).into();
    let own = teller.done(authorise("n1", "250.00 CNY"));
    teller.done(clear("p1", Some(own), "250.00 CNY", true));
    teller.pass(90 * DAY);
    teller.done(give_back());
    let way = |at: usize| format!("ref-{}", loads[at]);
    assert_eq!(
        refunds(&teller),
        [(way(2), "300.00 CNY".into(), Phase::Accepted), (way(1), "50.00 CNY".into(), Phase::Accepted)]
    );
    // What comes later goes on where that stopped.
    teller.done(credit("p2", None, "180.00 CNY"));
    teller.done(give_back());
    assert_eq!(
        refunds(&teller)[2..],
        [(way(1), "150.00 CNY".into(), Phase::Accepted), (way(0), "30.00 CNY".into(), Phase::Accepted)]
    );
    teller.replay();
}

#[test]
fn what_is_left_is_shared_in_proportion_by_largest_remainder() {
    let mut teller = world();
    let terms = CardTerms { returns: Returns::ProRata, ..tour_2019(false) };
    teller.terms("shared", Terms::Card(terms));
    teller.done(issue("card", "shared"));
    for text in ["100.00 CNY", "100.00 CNY", "100.00 CNY"] {
        load(&mut teller, "visa-sh", text);
    }
    let own = teller.done(authorise("n1", "200.00 CNY"));
    teller.done(clear("p1", Some(own), "200.00 CNY", true));
    teller.pass(90 * DAY);
    teller.done(give_back());
    let sums: Vec<_> = refunds(&teller).into_iter().map(|(_, sum, _)| sum).collect();
    assert_eq!(sums, ["33.34 CNY", "33.33 CNY", "33.33 CNY"]);
    teller.replay();
}

#[test]
fn a_load_that_was_charged_back_gets_nothing_back() {
    let mut teller = with_card("tour");
    let first = load(&mut teller, "visa-sh", "200.00 CNY");
    let second = load(&mut teller, "visa-sh", "200.00 CNY");
    let (reference, sum) = (read("cb-1"), sum("200.00 CNY"));
    teller.done(TopUpCommand::Chargeback { top_up: second, reference, sum, cost: None });
    teller.pass(90 * DAY);
    teller.done(give_back());
    assert_eq!(refunds(&teller), [(format!("ref-{first}"), "200.00 CNY".into(), Phase::Accepted)]);
    teller.replay();
}

/// Alice's own bank account, to pay out to.
fn payee(teller: &mut Teller) -> longmen_wallet::PayeeId {
    let (owner, payee) = (read("alice"), read("mine"));
    let (rail, currency, token) = (Rail::BankCn, longmen_money::Currency::CNY, read("tok-1"));
    teller.done(PayeeCommand::Add { owner, payee, rail, currency, token });
    teller.done(PayeeCommand::Verify { owner, payee });
    payee
}

#[test]
fn what_no_load_has_brought_goes_where_the_owner_says() {
    let mut teller = loaded("tour", "100.00 CNY");
    teller.pass(90 * DAY);
    // A merchant gives back more than was ever loaded.
    teller.done(credit("p1", None, "60.00 CNY"));
    teller.done(give_back());
    assert_eq!(item(&teller, Role::Expired, "card"), "60.00");
    teller.refused_for(Reason::PayeeNotUsable, give_back());
    let rest = Some(read("mine"));
    let to_payee = || CardCommand::ReturnRemainder { card: read("card"), rest };
    teller.refused_for(Reason::ThingNotFound, to_payee());
    payee(&mut teller);
    teller.done(to_payee());
    assert_eq!(refunds(&teller)[1], ("mine".into(), "60.00 CNY".into(), Phase::Accepted));
    teller.replay();
}

#[test]
fn f13_a_funding_card_that_has_expired_refuses_and_another_way_is_found() {
    let mut teller = loaded("tour", "100.00 CNY");
    teller.pass(90 * DAY);
    let key = teller.done(give_back());
    let refund = read(&format!("{key}:1"));
    teller.done(RefundCommand::Send { refund });
    teller.done(RefundCommand::Fail { refund, bank: None });
    // To the owner's bank account instead.
    let mut rerouted = teller.clone();
    let payee = payee(&mut rerouted);
    assert_eq!(
        rerouted.posts(RefundCommand::Reroute { refund, payee }),
        ["D refunds 100.00 CNY", "C payouts 100.00 CNY"]
    );
    rerouted.replay();
    // Set aside again: the load is not asked a second time.
    let mut again = teller.clone();
    assert_eq!(
        again.posts(RefundCommand::Recredit { refund, refund_until_ns: None, calendar: None }),
        ["D refunds 100.00 CNY", "C expired 100.00 CNY"]
    );
    again.refused_for(Reason::PayeeNotUsable, give_back());
    assert_eq!(
        again.posts(CardCommand::Unclaim { card: read("card") }),
        ["D expired 100.00 CNY", "C unclaimed 100.00 CNY"]
    );
    assert_eq!(item(&again, Role::Unclaimed, "card"), "100.00");
    again.replay();
    // Or kept for the owner at once.
    assert_eq!(
        teller.posts(RefundCommand::Unclaim { refund }),
        ["D refunds 100.00 CNY", "C unclaimed 100.00 CNY"]
    );
    teller.replay();
}

#[test]
fn more_loads_than_one_entry_can_hold_get_their_share_one_command_after_the_other() {
    let mut teller = world();
    let terms = CardTerms { loads_max: None, ..tour_2019(false) };
    teller.terms("many", Terms::Card(terms));
    teller.done(issue("card", "many"));
    for _ in 0..101 {
        load(&mut teller, "visa-sh", "100.00 CNY");
    }
    teller.pass(90 * DAY);
    teller.done(give_back());
    assert_eq!((refunds(&teller).len(), item(&teller, Role::Expired, "card")), (100, "100.00".into()));
    teller.done(give_back());
    assert_eq!((refunds(&teller).len(), item(&teller, Role::Expired, "card")), (101, "none".into()));
    teller.replay();
}

#[test]
fn refunds_are_named_after_the_command_whose_key_must_leave_room_for_that() {
    let mut teller = loaded("tour", "100.00 CNY");
    teller.pass(90 * DAY);
    let long = "k".repeat(39);
    assert_eq!(teller.run(&long, give_back()).unwrap_err().reason, Reason::NameTooLong);
    let key = "k".repeat(38);
    teller.run(&key, give_back()).unwrap();
    assert!(teller.state.products().refunds.get(read(&format!("{key}:1"))).is_some());
    teller.replay();
}
