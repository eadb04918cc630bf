//! Issuing and loading cards.

use longmen_core::{Phase, Reason};
use longmen_wallet::{CardCommand, OwnerCommand, TermsRef, TopUpCommand};

use super::*;
use crate::teller::{START, sum};

#[test]
fn t12_t13_a_card_is_issued_by_a_bank_whose_pool_keeps_what_is_on_it() {
    let mut teller = with_card("tour");
    let own = card(&teller).clone();
    assert_eq!((own.pool, own.owner), (read("shanghai"), read("alice")));
    assert_eq!(own.terms, TermsRef { id: read("tour"), version: 0 });
    assert_eq!(phase(&teller), Phase::Issued);
    load(&mut teller, "visa-sh", "500.00 CNY");
    let pools = teller.state.safeguarding(teller.now);
    let required = |pool: &str| {
        let own = pools
            .iter()
            .find(|own| own.pool == read(pool) && own.requirement.currency() == longmen_money::Currency::CNY);
        own.unwrap().requirement.plain()
    };
    assert_eq!((required("shanghai"), required("emoney")), ("500.00".into(), "0.00".into()));
    teller.replay();
}

#[test]
fn r12_a_card_needs_neither_a_bank_account_nor_a_bound_one() {
    let mut teller = loaded("tour", "100.00 CNY");
    assert!(teller.state.products().owners.get(read("alice")).unwrap().payees.is_empty());
    teller.done(authorise("n1", "100.00 CNY"));
    teller.replay();
}

#[test]
fn issuing_is_refused_where_it_cannot_be() {
    let mut teller = with_card("tour");
    teller.refused_for(Reason::ThingExists, issue("card", "tour"));
    teller.refused_for(Reason::ThingNotFound, issue("other", "nowhere"));
    teller.refused_for(Reason::WrongKind, issue("other", "consumer"));
    let other = |owner, expires_ns| CardCommand::Issue {
        card: read("other"),
        owner: read(owner),
        terms: read("tour"),
        expires_ns,
    };
    teller.refused_for(Reason::ThingNotFound, other("nobody", None));
    teller.refused_for(Reason::WrongKind, other("shop", None));
    teller.refused_for(Reason::TooLate, other("alice", Some(START)));
    teller.done(OwnerCommand::Close { owner: read("bob"), sets_aside: false });
    teller.refused_for(Reason::StateForbids, other("bob", None));
    let nowhere = CardTerms { pool: read("nowhere"), ..tour_2019(false) };
    teller.terms("lost", Terms::Card(nowhere));
    teller.refused_for(Reason::ThingNotFound, issue("other", "lost"));
    // An owner with a card cannot be closed.
    teller.refused_for(Reason::OwnerNotEmpty, OwnerCommand::Close { owner: read("alice"), sets_aside: true });
    teller.done(CardCommand::Close { card: read("card") });
    teller.done(OwnerCommand::Close { owner: read("alice"), sets_aside: true });
    teller.replay();
}

#[test]
fn m13_a_load_comes_from_a_card_abroad_and_the_first_one_makes_the_card_active() {
    let mut teller = with_card("year");
    let top_up = teller.done(request("visa-sh", "1000.00 CNY"));
    let received = receive(&teller, top_up);
    assert_eq!(
        teller.posts(received),
        ["D clearing 1050.00 CNY", "C topups 1000.00 CNY", "C topupfees 50.00 CNY"]
    );
    assert_eq!(phase(&teller), Phase::Issued);
    assert_eq!(teller.posts(apply(top_up)), ["D topups 1000.00 CNY", "C card 1000.00 CNY"]);
    assert_eq!(phase(&teller), Phase::Active);
    let lots = teller.state.products().lots.of(card(&teller).account).unwrap();
    assert_eq!(lots.lots[0].source, Some(top_up));
    teller.replay();
}

#[test]
fn e27_r1_r2_a_load_at_the_limits_and_beyond() {
    let mut teller = with_card("tour");
    for (text, reason) in [
        ("99.99 CNY", Some(Reason::BelowMinimum)),
        ("100.00 CNY", None),
        ("2000.00 CNY", None),
        ("2000.01 CNY", Some(Reason::AboveMaximum)),
        ("100.00 USD", Some(Reason::CurrencyMismatch)),
    ] {
        match reason {
            None => drop(load(&mut teller, "mc-sh", text)),
            Some(reason) => drop(teller.refused_for(reason, request("mc-sh", text))),
        }
    }
    // Three more of five; one that fails gives its place back.
    load(&mut teller, "visa-sh", "100.00 CNY");
    let failed = teller.done(request("visa-sh", "100.00 CNY"));
    let last = teller.done(request("visa-sh", "100.00 CNY"));
    teller.refused_for(Reason::TooManyTimes, request("visa-sh", "100.00 CNY"));
    teller.done(TopUpCommand::Fail { top_up: failed });
    let fifth = teller.done(request("visa-sh", "100.00 CNY"));
    teller.refused_for(Reason::TooManyTimes, request("visa-sh", "100.00 CNY"));
    for top_up in [fifth, last] {
        let receive = receive(&teller, top_up);
        teller.done(receive);
        teller.done(apply(top_up));
    }
    assert_eq!(balance(&teller), "2400.00 0.00 2400.00");
    assert_eq!(card(&teller).loads.len(), 5);
    teller.replay();
}

#[test]
fn e27_two_loads_at_once_cannot_pass_the_cap_together() {
    let mut teller = with_card("capped");
    let first = teller.done(request("visa-sh", "1500.00 CNY"));
    let refusal = teller.refused_for(Reason::CapExceeded, request("mc-sh", "500.01 CNY"));
    assert_eq!(refusal.short_by.minor(), 1);
    let second = teller.done(request("mc-sh", "500.00 CNY"));
    teller.refused_for(Reason::CapExceeded, request("mc-sh", "100.00 CNY"));
    // The first comes to nothing, and there is room again.
    teller.done(TopUpCommand::Fail { top_up: first });
    let third = teller.done(request("visa-sh", "1500.00 CNY"));
    for top_up in [second, third] {
        let receive = receive(&teller, top_up);
        teller.done(receive);
        teller.done(apply(top_up));
    }
    assert_eq!(balance(&teller), "2000.00 0.00 2000.00");
    // What is spent makes room; what is held does not.
    let own = teller.done(authorise("n1", "300.00 CNY"));
    teller.refused_for(Reason::CapExceeded, request("visa-sh", "100.00 CNY"));
    teller.done(clear("p1", Some(own), "300.00 CNY", true));
    teller.done(request("visa-sh", "300.00 CNY"));
    teller.replay();
}

#[test]
fn a_load_through_a_channel_that_is_not_offered_is_refused() {
    let mut teller = with_card("tour");
    teller.refused_for(Reason::NotOffered, request("visa", "100.00 CNY"));
    let target = TopUpTarget::Card { card: read("nobody") };
    let (channel, sum) = (read("visa-sh"), sum("100.00 CNY"));
    let nowhere = TopUpCommand::Request { target, terms: None, channel, sum, expires_ns: None };
    teller.refused_for(Reason::ThingNotFound, nowhere);
    teller.replay();
}

#[test]
fn an_old_card_keeps_the_terms_that_it_was_issued_under() {
    let mut teller = with_card("tour");
    teller.terms("tour", Terms::Card(tour_2020()));
    teller.done(issue("later", "tour"));
    let life = |teller: &Teller, card: &str| {
        let own = teller.state.products().cards.cards.get(read(card)).unwrap().clone();
        (own.terms.version, (own.expires_ns.unwrap() - own.issued_ns) / DAY)
    };
    assert_eq!((life(&teller, "card"), life(&teller, "later")), ((0, 90), (1, 180)));
    teller.replay();
}

#[test]
fn e22_st10_r3_the_end_is_an_instant_that_is_written_and_a_load_does_not_move_it() {
    let mut teller = world();
    // The end of the 90th day in Shanghai, computed by whoever asks: 2027-02-20T24:00:00+08:00.
    let ends = START + 91 * DAY - 8 * 3_600 * crate::teller::SECOND;
    let CardCommand::Issue { card: name, owner, terms, .. } = issue("card", "tour") else { panic!() };
    teller.done(CardCommand::Issue { card: name, owner, terms, expires_ns: Some(ends) });
    load(&mut teller, "visa-sh", "100.00 CNY");
    assert_eq!(card(&teller).expires_ns, Some(ends));
    let rest = ends - teller.now;
    teller.pass(rest - 1);
    assert_eq!(phase(&teller), Phase::Active);
    teller.pass(1);
    assert_eq!(phase(&teller), Phase::Expired);
    assert_eq!(teller.last_posts(), ["D card 100.00 CNY", "C expired 100.00 CNY"]);
    teller.replay();
}

#[test]
fn a_load_pays_what_is_owed_to_the_issuer_first() {
    let mut teller = loaded("tour", "100.00 CNY");
    teller.done(clear("p1", None, "130.00 CNY", true));
    assert_eq!(house(&teller, Role::Debts), "30.00");
    load(&mut teller, "visa-sh", "200.00 CNY");
    assert_eq!((balance(&teller), house(&teller, Role::Debts)), ("170.00 0.00 170.00".into(), "0.00".into()));
    // What is owed in the bank's pool stands in the way of closing, as a debt to the wallet's would.
    teller.done(clear("p2", None, "171.00 CNY", true));
    teller.done(CardCommand::Close { card: read("card") });
    let refusal = teller
        .refused_for(Reason::OwnerNotEmpty, OwnerCommand::Close { owner: read("alice"), sets_aside: true });
    assert!(refusal.to_string().contains("debts"), "{refusal}");
    teller.replay();
}
