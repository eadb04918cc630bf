//! Every phase of a card against every command.

use longmen_core::{Key, Phase, Reason};
use longmen_wallet::{CardCommand, IncrementBy, Product, STEPS, Terms};

use super::*;
use crate::teller::sum;

/// A card in each phase, with an authorisation of 100.00 where there can be one.
fn cards() -> Vec<(Phase, Teller, Key)> {
    let mut fresh = world();
    let terms = CardTerms { at_expiry: AtExpiry::Return, ..tour_2026() };
    fresh.terms("all", Terms::Card(terms));
    fresh.done(issue("card", "all"));
    let mut issued = fresh.clone();
    let looked_at = issued.done(authorise("n1", "0.00 CNY"));
    let mut active = fresh;
    load(&mut active, "visa-sh", "500.00 CNY");
    let own = active.done(authorise("n1", "100.00 CNY"));
    let mut frozen = active.clone();
    frozen.done(CardCommand::Freeze { card: read("card") });
    let mut expired = active.clone();
    expired.pass(365 * DAY);
    let mut closing = active.clone();
    closing.done(CardCommand::Close { card: read("card") });
    let mut closed = closing.clone();
    closed.done(clear("p0", Some(own), "100.00 CNY", true));
    closed.done(CardCommand::Unclaim { card: read("card") });
    closed.done(CardCommand::Close { card: read("card") });
    vec![
        (Phase::Issued, issued, looked_at),
        (Phase::Active, active, own),
        (Phase::Frozen, frozen, own),
        (Phase::Expired, expired, own),
        (Phase::Closing, closing, own),
        (Phase::Closed, closed, own),
    ]
}

/// What a command makes of a card in each phase: issued, active, frozen, expired, closing, closed.
type Row = (&'static str, fn(Key) -> Product, [Option<Reason>; 6]);

const OK: Option<Reason> = None;
const NO: Option<Reason> = Some(Reason::StateForbids);
const POOR: Option<Reason> = Some(Reason::InsufficientFunds);
const NONE: Option<Reason> = Some(Reason::ThingNotFound);

fn rows() -> Vec<Row> {
    vec![
        ("freeze", |_| CardCommand::Freeze { card: read("card") }.into(), [NO, OK, NO, NO, NO, NO]),
        ("unfreeze", |_| CardCommand::Unfreeze { card: read("card") }.into(), [NO, NO, OK, NO, NO, NO]),
        ("load", |_| request("visa-sh", "100.00 CNY").into(), [OK, OK, NO, NO, NO, NO]),
        ("authorise", |_| authorise("n2", "1.00 CNY").into(), [POOR, OK, NO, NO, NO, NO]),
        ("authorise zero", |_| authorise("n2", "0.00 CNY").into(), [OK, OK, NO, NO, NO, NO]),
        (
            "advice",
            |_| asking(authorise("n2", "1.00 CNY"), None, None, true).into(),
            [OK, OK, OK, OK, OK, NO],
        ),
        (
            "increment",
            |own| increment(own, "n2", IncrementBy::Delta(sum("1.00 CNY"))).into(),
            [POOR, OK, NO, NO, NO, NO],
        ),
        (
            "replace",
            |authorisation| {
                let (reference, sum) = (read("n2"), sum("50.00 CNY"));
                CardCommand::Replace { authorisation, reference, sum, expires_ns: None }.into()
            },
            [POOR, OK, NO, NO, NO, NO],
        ),
        ("reverse", |_| reverse("r1", "n1", None).into(), [OK; 6]),
        ("reverse what is not known", |_| reverse("r1", "n9", None).into(), [OK; 6]),
        ("clear", |own| clear("p1", Some(own), "30.00 CNY", false).into(), [OK; 6]),
        ("clear without", |_| clear("p1", None, "30.00 CNY", false).into(), [OK; 6]),
        (
            "credit authorise",
            |_| {
                let (card, reference) = (read("card"), read("n2"));
                CardCommand::CreditAuthorise { card, reference, sum: sum("5.00 CNY") }.into()
            },
            [OK; 6],
        ),
        ("credit clear", |_| credit("p1", None, "5.00 CNY").into(), [OK; 6]),
        ("return", |_| give_back().into(), [NO, NO, NO, OK, OK, NONE]),
        ("unclaim", |_| CardCommand::Unclaim { card: read("card") }.into(), [NO, NO, NO, OK, OK, NONE]),
        ("close", |_| CardCommand::Close { card: read("card") }.into(), [OK, OK, OK, OK, NO, NO]),
        (
            "reactivate",
            |_| CardCommand::Reactivate { card: read("card"), expires_ns: None }.into(),
            [NO, NO, NO, OK, NO, NO],
        ),
    ]
}

#[test]
fn every_command_in_every_phase() {
    for (at, (phase, teller, own)) in cards().into_iter().enumerate() {
        assert_eq!(super::phase(&teller), phase);
        for (name, command, outcomes) in rows() {
            let mut teller = teller.clone();
            match outcomes[at] {
                None => drop(teller.done(command(own))),
                Some(reason) => {
                    let refusal = teller.refused(command(own));
                    assert_eq!(refusal.reason, reason, "{name} of a card that is {phase}: {refusal}");
                }
            }
            teller.replay();
        }
    }
}

#[test]
fn every_step_of_a_card_in_the_table_is_taken_and_no_other() {
    use Phase::{Active, Closed, Closing, Expired, Frozen, Issued};
    let (_, steps) = STEPS.iter().find(|(thing, _)| *thing == longmen_core::Thing::Card).unwrap();
    let expected: &[(Phase, &[Phase])] = &[
        (Issued, &[Active, Expired, Closing, Closed]),
        (Active, &[Frozen, Expired, Closing, Closed]),
        (Frozen, &[Active, Expired, Closing, Closed]),
        (Expired, &[Closing, Closed, Active]),
        (Closing, &[Closed]),
        (Closed, &[]),
    ];
    assert_eq!(*steps, expected);
}

#[test]
fn an_issued_card_closes_at_once_and_one_with_money_when_that_is_gone() {
    let mut teller = with_card("tour");
    teller.done(CardCommand::Close { card: read("card") });
    assert_eq!(phase(&teller), Phase::Closed);
    // Nothing of its end is left on the list.
    let entries = teller.entries.len();
    teller.pass(100 * DAY);
    assert_eq!(teller.entries.len(), entries);
    teller.replay();

    let mut teller = loaded("tour", "500.00 CNY");
    let load = teller.done(request("visa-sh", "100.00 CNY"));
    assert_eq!(
        teller.posts(CardCommand::Close { card: read("card") }),
        ["D card 500.00 CNY", "C expired 500.00 CNY"]
    );
    assert_eq!(phase(&teller), Phase::Closing);
    teller.done(give_back());
    // A load is still on its way; what it brings is set aside at once.
    teller.refused_for(Reason::StateForbids, CardCommand::Close { card: read("card") });
    let receive = receive(&teller, load);
    teller.done(receive);
    teller.done(apply(load));
    teller.pass(1);
    assert_eq!(teller.last_posts(), ["D card 100.00 CNY", "C expired 100.00 CNY"]);
    teller.done(give_back());
    teller.done(CardCommand::Close { card: read("card") });
    assert_eq!(phase(&teller), Phase::Closed);
    assert!(teller.state.books().account_at(card(&teller).account).unwrap().access().closed);
    teller.replay();
}
