//! Spending from a card: authorisations, increments, reversals, presentments and credits.

use longmen_core::{Phase, Reason};
use longmen_wallet::{CardCommand, IncrementBy, OwnerCommand};

use super::*;
use crate::teller::{SECOND, sum};

#[test]
fn m14_t18_m20_what_is_scanned_bought_and_billed_is_reserved_and_then_presented() {
    let mut teller = loaded("tour", "500.00 CNY");
    for (kind, text) in [("qr", "120.00 CNY"), ("online", "30.00 CNY"), ("bill", "50.00 CNY")] {
        let own = teller.done(authorise(kind, text));
        assert_eq!(stands(&teller, own), Phase::Authorised);
        assert_eq!(
            teller.posts(clear(&format!("p-{kind}"), Some(own), text, true)),
            [format!("D card {text}"), format!("C network {text}")]
        );
        assert_eq!(stands(&teller, own), Phase::Cleared);
    }
    assert_eq!(balance(&teller), "300.00 0.00 300.00");
    assert_eq!(house(&teller, Role::Network), "200.00");
    teller.replay();
}

#[test]
fn a_part_is_presented_and_a_final_one_gives_the_rest_back() {
    let mut teller = loaded("tour", "500.00 CNY");
    let own = teller.done(authorise("n1", "100.00 CNY"));
    teller.done(clear("p1", Some(own), "30.00 CNY", false));
    assert_eq!(balance(&teller), "470.00 70.00 400.00");
    teller.done(clear("p2", Some(own), "20.00 CNY", true));
    assert_eq!(balance(&teller), "450.00 0.00 450.00");
    assert!(!teller.entries.last().unwrap().1.forced, "what was reserved is no force");
    teller.replay();
}

#[test]
fn authorising_is_refused() {
    let mut teller = loaded("tour", "100.00 CNY");
    teller.refused_for(Reason::InsufficientFunds, authorise("n1", "100.01 CNY"));
    teller.refused_for(Reason::CurrencyMismatch, authorise("n1", "1.00 USD"));
    let ask = || authorise("n1", "1.00 CNY");
    teller.refused_for(Reason::CurrencyMismatch, asking(ask(), None, Some("1.00 USD"), false));
    let past = teller.now;
    teller.refused_for(Reason::TooLate, asking(ask(), Some(past), None, false));
    let freeze = |debit| OwnerCommand::Freeze { owner: read("alice"), debit, credit: false };
    teller.done(freeze(true));
    teller.refused_for(Reason::AccountFrozen, ask());
    teller.done(freeze(false));
    let CardCommand::Authorise { reference, sum, .. } = ask() else { panic!() };
    let card = read("nobody");
    let nowhere =
        CardCommand::Authorise { card, reference, sum, holds: None, expires_ns: None, advice: false };
    teller.refused_for(Reason::ThingNotFound, nowhere);
    let own = teller.done(ask());
    teller.refused_for(Reason::ReferenceUsed, ask());
    teller.refused_for(Reason::ReferenceUsed, increment(own, "n1", IncrementBy::Delta(sum)));
    let other = read("nobody");
    teller.refused_for(Reason::ThingNotFound, increment(other, "n2", IncrementBy::Delta(sum)));
    let dollars = crate::teller::sum("1.00 USD");
    teller.refused_for(Reason::CurrencyMismatch, increment(own, "n2", IncrementBy::Delta(dollars)));
    teller.refused_for(Reason::InsufficientFunds, authorise("n2", "99.01 CNY"));
    teller.replay();
}

#[test]
fn an_owner_who_may_not_spend_authorises_nothing_unless_the_network_has() {
    let mut teller = world();
    teller.done(OwnerCommand::Register {
        owner: read("dave"),
        kind: longmen_wallet::OwnerKind::Customer,
        pool: read("emoney"),
        terms: read("consumer"),
        currencies: vec![longmen_money::Currency::CNY],
    });
    let (card, owner, terms) = (read("card"), read("dave"), read("tour"));
    teller.done(CardCommand::Issue { card, owner, terms, expires_ns: None });
    load(&mut teller, "visa-sh", "100.00 CNY");
    teller.refused_for(Reason::OwnerNotActivated, authorise("n1", "1.00 CNY"));
    teller.done(OwnerCommand::Activate { owner });
    teller.refused_for(Reason::TierTooLow, authorise("n1", "1.00 CNY"));
    teller.done(asking(authorise("n1", "1.00 CNY"), None, None, true));
    teller.replay();
}

#[test]
fn e13_a_reversal_that_comes_before_its_authorisation_waits_for_it() {
    let mut teller = loaded("tour", "100.00 CNY");
    assert!(teller.posts(reverse("r1", "n1", None)).is_empty());
    assert_eq!(card(&teller).parked.len(), 1);
    // It could not be reserved, and need not be.
    let own = teller.done(authorise("n1", "300.00 CNY"));
    assert_eq!((stands(&teller, own), card(&teller).parked.len()), (Phase::Reversed, 0));
    assert_eq!(balance(&teller), "100.00 0.00 100.00");
    // A part of it that came before is taken off.
    teller.done(reverse("r2", "n2", Some("20.00 CNY")));
    teller.done(reverse("r3", "n2", Some("5.00 CNY")));
    let own = teller.done(authorise("n2", "60.00 CNY"));
    assert_eq!((stands(&teller, own), balance(&teller)), (Phase::Authorised, "100.00 35.00 65.00".into()));
    // More than it is leaves nothing, and never less than nothing.
    teller.done(reverse("r4", "n3", Some("80.00 CNY")));
    let own = teller.done(authorise("n3", "60.00 CNY"));
    assert_eq!((stands(&teller, own), balance(&teller)), (Phase::Reversed, "100.00 35.00 65.00".into()));
    teller.refused_for(Reason::CurrencyMismatch, reverse("r5", "n3", Some("1.00 USD")));
    teller.refused_for(
        Reason::ThingNotFound,
        CardCommand::Reverse { card: read("nobody"), reference: read("r5"), of: read("n3"), part: None },
    );
    teller.replay();
}

#[test]
fn e13_a_reversal_that_comes_before_an_increment_or_a_credit_waits_for_it_too() {
    let mut teller = loaded("tour", "100.00 CNY");
    let own = teller.done(authorise("n1", "90.00 CNY"));
    teller.done(reverse("r1", "n2", Some("5.00 CNY")));
    teller.done(reverse("r2", "n3", None));
    teller.done(reverse("r3", "n4", None));
    teller.done(increment(own, "n2", IncrementBy::Delta(sum("15.00 CNY"))));
    assert_eq!(balance(&teller), "100.00 100.00 0.00");
    teller.done(increment(own, "n3", IncrementBy::Total(sum("500.00 CNY"))));
    assert_eq!(balance(&teller), "100.00 100.00 0.00");
    let (card, reference) = (read("card"), read("n4"));
    let credit = teller.done(CardCommand::CreditAuthorise { card, reference, sum: sum("5.00 CNY") });
    assert_eq!(teller.state.products().cards.credits.get(credit).unwrap().phase, Phase::Reversed);
    assert!(super::card(&teller).parked.is_empty());
    teller.replay();
}

#[test]
fn e14_a_message_that_is_repeated_is_told_by_its_reference_and_not_by_its_amount() {
    let mut teller = loaded("tour", "500.00 CNY");
    let own = teller.done(authorise("n1", "100.00 CNY"));
    teller.done(authorise("n2", "100.00 CNY"));
    teller.done(reverse("r1", "n1", Some("40.00 CNY")));
    teller.refused_for(Reason::ReferenceUsed, reverse("r1", "n1", Some("40.00 CNY")));
    assert_eq!(balance(&teller), "500.00 160.00 340.00");
    teller.done(reverse("r2", "n1", Some("40.00 CNY")));
    assert_eq!(balance(&teller), "500.00 120.00 380.00");
    // More than is left gives back what is left; of what has ended nothing is left.
    teller.done(reverse("r3", "n1", Some("40.00 CNY")));
    assert_eq!((balance(&teller), stands(&teller, own)), ("500.00 100.00 400.00".into(), Phase::Reversed));
    teller.done(reverse("r4", "n1", None));
    // A parked one that is repeated is parked once.
    teller.done(reverse("r5", "n9", None));
    teller.refused_for(Reason::ReferenceUsed, reverse("r5", "n9", None));
    assert_eq!(card(&teller).parked.len(), 1);
    teller.replay();
}

#[test]
fn e15_an_advice_is_reserved_whatever_is_there_and_what_is_missing_is_owed_when_it_is_presented() {
    let mut teller = loaded("tour", "100.00 CNY");
    let first = teller.done(authorise("n1", "40.00 CNY"));
    let advice = teller.done(asking(authorise("n2", "150.00 CNY"), None, None, true));
    assert!(teller.entries.last().unwrap().1.forced);
    assert_eq!(balance(&teller), "100.00 190.00 -90.00");
    teller.refused_for(Reason::InsufficientFunds, authorise("n3", "0.01 CNY"));
    // A part of it takes what is posted, whoever comes first.
    assert_eq!(
        teller.posts(clear("p1", Some(advice), "120.00 CNY", false)),
        ["D card 100.00 CNY", "C network 100.00 CNY", "D debts 20.00 CNY", "C network 20.00 CNY"]
    );
    assert_eq!(balance(&teller), "0.00 70.00 -70.00");
    assert_eq!(
        teller.posts(clear("p2", Some(first), "10.00 CNY", false)),
        ["D debts 10.00 CNY", "C network 10.00 CNY"]
    );
    assert_eq!(balance(&teller), "0.00 60.00 -60.00");
    teller.done(clear("p3", Some(first), "30.00 CNY", true));
    assert_eq!(stands(&teller, first), Phase::Cleared);
    teller.done(clear("p4", Some(advice), "5.00 CNY", true));
    assert_eq!((balance(&teller), house(&teller, Role::Debts)), ("0.00 0.00 0.00".into(), "65.00".into()));
    teller.replay();
}

#[test]
fn e15_an_increment_that_the_network_has_approved_is_reserved_too() {
    let mut teller = loaded("tour", "100.00 CNY");
    let authorisation = teller.done(authorise("n1", "100.00 CNY"));
    let by = IncrementBy::Delta(sum("10.00 CNY"));
    teller.refused_for(Reason::InsufficientFunds, increment(authorisation, "n2", by));
    let reference = read("n2");
    teller.done(CardCommand::Increment { authorisation, reference, by, advice: true });
    assert_eq!(balance(&teller), "100.00 110.00 -10.00");
    teller.replay();
}

#[test]
fn e16_an_increment_by_a_delta_and_one_to_a_total_come_to_the_same() {
    let mut teller = loaded("tour", "500.00 CNY");
    let own = teller.done(authorise("n1", "100.00 CNY"));
    teller.done(increment(own, "n2", IncrementBy::Delta(sum("50.00 CNY"))));
    assert_eq!(balance(&teller), "500.00 150.00 350.00");
    teller.done(increment(own, "n3", IncrementBy::Total(sum("180.00 CNY"))));
    assert_eq!(balance(&teller), "500.00 180.00 320.00");
    teller.done(increment(own, "n4", IncrementBy::Total(sum("180.00 CNY"))));
    teller.refused_for(Reason::TotalBelowHold, increment(own, "n5", IncrementBy::Total(sum("179.99 CNY"))));
    // The reversal of an increment takes back what that has added, and once.
    teller.done(reverse("r1", "n2", Some("20.00 CNY")));
    assert_eq!(balance(&teller), "500.00 160.00 340.00");
    teller.done(reverse("r2", "n2", None));
    teller.done(reverse("r3", "n2", None));
    assert_eq!(balance(&teller), "500.00 130.00 370.00");
    teller.done(clear("p1", Some(own), "130.00 CNY", true));
    teller.refused_for(Reason::HoldCaptured, increment(own, "n6", IncrementBy::Delta(sum("1.00 CNY"))));
    teller.replay();
}

#[test]
fn e17_a_pump_reserves_more_than_was_asked_for_and_a_deposit_115_percent() {
    let mut teller = loaded("tour", "500.00 CNY");
    let own = teller.done(asking(authorise("n1", "1.00 CNY"), None, Some("75.00 CNY"), false));
    assert_eq!(balance(&teller), "500.00 75.00 425.00");
    teller.done(clear("p1", Some(own), "30.00 CNY", true));
    assert_eq!(balance(&teller), "470.00 0.00 470.00");
    teller.done(asking(authorise("n2", "400.00 CNY"), None, Some("460.00 CNY"), false));
    assert_eq!(balance(&teller), "470.00 460.00 10.00");
    teller.replay();
}

#[test]
fn e18_one_hold_takes_the_place_of_another_in_one_entry() {
    let mut teller = loaded("tour", "100.00 CNY");
    let old = teller.done(authorise("n1", "80.00 CNY"));
    let replace = |authorisation, reference: &str, text: &str| {
        let (reference, sum) = (read(reference), sum(text));
        CardCommand::Replace { authorisation, reference, sum, expires_ns: None }
    };
    // Both together would not fit, and need not.
    let new = teller.done(replace(old, "n2", "100.00 CNY"));
    assert_eq!(balance(&teller), "100.00 100.00 0.00");
    assert_eq!((stands(&teller, old), stands(&teller, new)), (Phase::Reversed, Phase::Authorised));
    assert_eq!(teller.state.products().cards.authorisations.get(new).unwrap().replaces, Some(old));
    // If the new one does not fit, the old one stands.
    teller.refused_for(Reason::InsufficientFunds, replace(new, "n3", "100.01 CNY"));
    teller.refused_for(Reason::HoldReleased, replace(old, "n3", "1.00 CNY"));
    teller.refused_for(Reason::ReferenceUsed, replace(new, "n1", "1.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, replace(read("nothing"), "n3", "1.00 CNY"));
    assert_eq!(balance(&teller), "100.00 100.00 0.00");
    teller.replay();
}

#[test]
fn e49_a_card_is_looked_at_with_an_authorisation_of_nothing() {
    let mut teller = with_card("tour");
    let own = teller.done(authorise("n1", "0.00 CNY"));
    assert!(teller.entries.last().unwrap().1.postings.is_empty());
    assert_eq!(stands(&teller, own), Phase::Authorised);
    teller.done(reverse("r1", "n1", None));
    assert_eq!(stands(&teller, own), Phase::Reversed);
    // One that ends by itself moves nothing either.
    let expires = Some(teller.now + 10 * SECOND);
    let own = teller.done(asking(authorise("n2", "0.00 CNY"), expires, None, false));
    teller.pass(10 * SECOND);
    assert_eq!(stands(&teller, own), Phase::Expired);
    teller.replay();
}
