//! What merchants present and give back.

use longmen_core::{Phase, Reason};
use longmen_wallet::CardCommand;

use super::*;
use crate::teller::sum;

#[test]
fn clearing_is_refused_only_for_what_is_wrong_with_it() {
    let mut teller = loaded("tour", "100.00 CNY");
    let own = teller.done(authorise("n1", "10.00 CNY"));
    teller.refused_for(Reason::AmountZero, clear("p1", Some(own), "0.00 CNY", true));
    teller.refused_for(Reason::CurrencyMismatch, clear("p1", Some(own), "1.00 USD", true));
    teller.refused_for(Reason::ThingNotFound, clear("p1", Some(read("nothing")), "1.00 CNY", true));
    teller.done(clear("p1", Some(own), "1.00 CNY", false));
    teller.refused_for(Reason::ReferenceUsed, clear("p1", Some(own), "1.00 CNY", false));
    teller.refused_for(Reason::ReferenceUsed, credit("p1", None, "1.00 CNY"));
    teller.refused_for(Reason::AmountZero, credit("p2", None, "0.00 CNY"));
    teller.refused_for(Reason::CurrencyMismatch, credit("p2", None, "1.00 USD"));
    teller.refused_for(Reason::ThingNotFound, credit("p2", Some(own), "1.00 CNY"));
    // An authorisation of another card is none of this one's.
    teller.done(issue("second", "tour"));
    let CardCommand::Clear { reference, authorisation, sum, .. } = clear("p3", Some(own), "1.00 CNY", true)
    else {
        panic!()
    };
    let card = read("second");
    let crossed = CardCommand::Clear { card, reference, authorisation, sum, is_final: true };
    teller.refused_for(Reason::ThingNotFound, crossed);
    let credit = |card: &str, reference: &str, text: &str| CardCommand::CreditAuthorise {
        card: read(card),
        reference: read(reference),
        sum: crate::teller::sum(text),
    };
    teller.refused_for(Reason::ThingNotFound, credit("nobody", "n2", "1.00 CNY"));
    teller.refused_for(Reason::CurrencyMismatch, credit("card", "n2", "1.00 USD"));
    teller.refused_for(Reason::ReferenceUsed, credit("card", "n1", "1.00 CNY"));
    teller.replay();
}

#[test]
fn e01_a_capture_after_its_hold_has_expired_is_posted_and_what_is_gone_is_owed() {
    let mut teller = loaded("tour", "100.00 CNY");
    let expires = Some(teller.now + 7 * DAY);
    let own = teller.done(asking(authorise("n1", "100.00 CNY"), expires, None, false));
    teller.pass(7 * DAY);
    assert_eq!(stands(&teller, own), Phase::Expired);
    // The money is spent elsewhere.
    let other = teller.done(authorise("n2", "70.00 CNY"));
    teller.done(clear("p2", Some(other), "70.00 CNY", true));
    assert_eq!(
        teller.posts(clear("p1", Some(own), "100.00 CNY", true)),
        ["D card 30.00 CNY", "C network 30.00 CNY", "D debts 70.00 CNY", "C network 70.00 CNY"]
    );
    assert!(teller.entries.last().unwrap().1.forced);
    assert_eq!(balance(&teller), "0.00 0.00 0.00");
    let hold = teller.state.books().hold(&own).unwrap();
    assert_eq!((hold.forced.minor(), stands(&teller, own)), (3000, Phase::Expired));
    assert_eq!(teller.state.products().cards.authorisations.get(own).unwrap().cleared.minor(), 10_000);
    teller.replay();
}

#[test]
fn e02_a_tip_beyond_the_hold_takes_the_hold_and_then_what_is_there() {
    let mut teller = loaded("tour", "500.00 CNY");
    let own = teller.done(authorise("n1", "100.00 CNY"));
    assert_eq!(
        teller.posts(clear("p1", Some(own), "120.00 CNY", true)),
        ["D card 120.00 CNY", "C network 120.00 CNY"]
    );
    let hold = teller.state.books().hold(&own).unwrap();
    assert_eq!((hold.captured.minor(), hold.forced.minor()), (10_000, 2_000));
    assert_eq!(balance(&teller), "380.00 0.00 380.00");
    // Beyond the hold nothing is taken that another hold reserves.
    let (second, _) =
        (teller.done(authorise("n2", "100.00 CNY")), teller.done(authorise("n3", "270.00 CNY")));
    assert_eq!(
        teller.posts(clear("p2", Some(second), "115.00 CNY", true)),
        ["D card 110.00 CNY", "C network 110.00 CNY", "D debts 5.00 CNY", "C network 5.00 CNY"]
    );
    assert_eq!(balance(&teller), "270.00 270.00 0.00");
    teller.replay();
}

#[test]
fn e03_a_capture_of_what_was_released_is_forced() {
    let mut teller = loaded("tour", "500.00 CNY");
    let own = teller.done(authorise("n1", "100.00 CNY"));
    teller.done(clear("p1", Some(own), "40.00 CNY", false));
    teller.done(reverse("r1", "n1", None));
    assert_eq!(balance(&teller), "460.00 0.00 460.00");
    teller.done(clear("p2", Some(own), "60.00 CNY", true));
    let hold = teller.state.books().hold(&own).unwrap();
    assert_eq!((hold.captured.minor(), hold.released().minor(), hold.forced.minor()), (4000, 6000, 6000));
    assert_eq!((balance(&teller), stands(&teller, own)), ("400.00 0.00 400.00".into(), Phase::Cleared));
    teller.replay();
}

#[test]
fn e04_the_last_of_several_captures_passes_the_hold_and_is_split_in_one_entry() {
    let mut teller = loaded("tour", "100.00 CNY");
    let own = teller.done(authorise("n1", "90.00 CNY"));
    teller.done(clear("p1", Some(own), "60.00 CNY", false));
    assert_eq!(
        teller.posts(clear("p2", Some(own), "45.00 CNY", true)),
        ["D card 40.00 CNY", "C network 40.00 CNY", "D debts 5.00 CNY", "C network 5.00 CNY"]
    );
    assert_eq!(balance(&teller), "0.00 0.00 0.00");
    teller.replay();
}

#[test]
fn e19_a_settlement_in_another_currency_drifts_and_the_excess_is_forced() {
    let mut teller = loaded("tour", "300.00 CNY");
    let own = teller.done(authorise("n1", "300.00 CNY"));
    assert_eq!(
        teller.posts(clear("p1", Some(own), "303.00 CNY", true)),
        ["D card 300.00 CNY", "C network 300.00 CNY", "D debts 3.00 CNY", "C network 3.00 CNY"]
    );
    teller.replay();
}

#[test]
fn a_presentment_without_an_authorisation_takes_what_no_hold_reserves() {
    let mut teller = loaded("tour", "100.00 CNY");
    teller.done(authorise("n1", "80.00 CNY"));
    assert_eq!(
        teller.posts(clear("p1", None, "50.00 CNY", true)),
        ["D card 20.00 CNY", "D debts 30.00 CNY", "C network 50.00 CNY"]
    );
    assert!(teller.entries.last().unwrap().1.forced);
    assert_eq!(balance(&teller), "80.00 80.00 0.00");
    teller.replay();
}

#[test]
fn e50_a_credit_that_is_announced_is_not_there_before_it_is_cleared() {
    let mut teller = loaded("tour", "100.00 CNY");
    let announce = |reference: &str| CardCommand::CreditAuthorise {
        card: read("card"),
        reference: read(reference),
        sum: sum("25.00 CNY"),
    };
    let own = teller.done(announce("n1"));
    assert_eq!(balance(&teller), "100.00 0.00 100.00");
    teller.refused_for(Reason::InsufficientFunds, authorise("n2", "100.01 CNY"));
    assert_eq!(
        teller.posts(credit("p1", Some(own), "25.00 CNY")),
        ["D network 25.00 CNY", "C card 25.00 CNY"]
    );
    assert_eq!(balance(&teller), "125.00 0.00 125.00");
    let phase = |teller: &Teller, own| teller.state.products().cards.credits.get(own).unwrap().phase;
    assert_eq!(phase(&teller, own), Phase::Cleared);
    // One that is taken back moves nothing, and may be cleared all the same.
    let own = teller.done(announce("n3"));
    assert!(teller.posts(reverse("r1", "n3", None)).is_empty());
    assert_eq!(phase(&teller, own), Phase::Reversed);
    teller.done(credit("p2", Some(own), "25.00 CNY"));
    teller.done(reverse("r2", "n3", None));
    assert_eq!((phase(&teller, own), balance(&teller)), (Phase::Cleared, "150.00 0.00 150.00".into()));
    teller.replay();
}

#[test]
fn a_credit_pays_what_is_owed_to_the_issuer_first() {
    let mut teller = loaded("tour", "100.00 CNY");
    teller.done(clear("p1", None, "130.00 CNY", true));
    assert_eq!(
        teller.posts(credit("p2", None, "50.00 CNY")),
        ["D network 50.00 CNY", "C card 50.00 CNY", "D card 30.00 CNY", "C debts 30.00 CNY"]
    );
    assert_eq!(balance(&teller), "20.00 0.00 20.00");
    teller.replay();
}
