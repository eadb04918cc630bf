//! The end of a card's life, and what was left on it.

use longmen_core::{Decision, Digest, Key, Known, Phase, Reason};
use longmen_wallet::{CardCommand, Command, Product, RefundCommand};

use super::back::refunds;
use super::*;

/// Runs a command although something is due: the writer has not come to that yet.
fn before_what_is_due(teller: &mut Teller, key: &str, product: impl Into<Product>) -> Key {
    let key = read(key);
    let command = Command::new(key, longmen_wallet::Wish::Product(Box::new(product.into())));
    let position = teller.entries.len() as u64;
    let decision = teller.state.decide(command, Digest([9; 16]), &Known::default(), position, teller.now);
    let Decision::Entry(entry) = decision else { panic!("{decision:?}") };
    teller.apply(entry);
    key
}

#[test]
fn a_card_expires_and_what_is_left_goes_back_to_the_card_that_it_came_from() {
    let mut teller = with_card("tour");
    let top_up = load(&mut teller, "visa-sh", "500.00 CNY");
    let own = teller.done(authorise("n1", "120.00 CNY"));
    teller.done(clear("p1", Some(own), "120.00 CNY", true));
    teller.refused_for(Reason::StateForbids, give_back());
    teller.pass(90 * DAY);
    assert_eq!(teller.last_posts(), ["D card 380.00 CNY", "C expired 380.00 CNY"]);
    assert_eq!(item(&teller, Role::Expired, "card"), "380.00");
    let key = teller.done(give_back());
    assert_eq!(teller.last_posts(), ["D expired 380.00 CNY", "C refunds 380.00 CNY"]);
    let refund = read(&format!("{key}:1"));
    teller.done(RefundCommand::Send { refund });
    assert_eq!(
        teller.posts(RefundCommand::Complete { refund, bank: None }),
        ["D refunds 380.00 CNY", "C clearing 380.00 CNY"]
    );
    assert_eq!(refunds(&teller), [(format!("ref-{top_up}"), "380.00 CNY".into(), Phase::Completed)]);
    assert_eq!(card(&teller).loads[0].returned.minor(), 38_000);
    teller.refused_for(Reason::ThingNotFound, give_back());
    teller.done(CardCommand::Close { card: read("card") });
    assert_eq!(phase(&teller), Phase::Closed);
    teller.replay();
}

#[test]
fn e12_a_card_expires_with_an_open_authorisation_is_captured_and_gets_a_late_refund() {
    let mut teller = loaded("tour", "500.00 CNY");
    let own = teller.done(authorise("n1", "200.00 CNY"));
    let released = teller.done(authorise("n2", "50.00 CNY"));
    let ends = Some(teller.now + 95 * DAY);
    teller.done(asking(authorise("n3", "30.00 CNY"), ends, None, false));
    teller.pass(90 * DAY);
    assert_eq!(teller.last_posts(), ["D card 220.00 CNY", "C expired 220.00 CNY"]);
    assert_eq!(balance(&teller), "280.00 280.00 0.00");
    // Captured for less: the rest moves as soon as the writer sees it.
    teller.done(clear("p1", Some(own), "150.00 CNY", true));
    teller.pass(1);
    assert_eq!(teller.last_posts(), ["D card 50.00 CNY", "C expired 50.00 CNY"]);
    // Released, and expired by itself.
    teller.done(reverse("r1", "n2", None));
    assert_eq!(stands(&teller, released), Phase::Reversed);
    teller.pass(1);
    assert_eq!(teller.last_posts(), ["D card 50.00 CNY", "C expired 50.00 CNY"]);
    teller.pass(5 * DAY);
    assert_eq!(teller.last_posts(), ["D card 30.00 CNY", "C expired 30.00 CNY"]);
    assert_eq!(balance(&teller), "0.00 0.00 0.00");
    teller.done(give_back());
    teller.done(CardCommand::Close { card: read("card") });
    // A merchant gives something back after the end, and it goes the same way.
    assert_eq!(teller.posts(credit("p2", None, "40.00 CNY")), ["D network 40.00 CNY", "C expired 40.00 CNY"]);
    assert_eq!((phase(&teller), item(&teller, Role::Expired, "card")), (Phase::Closed, "40.00".into()));
    teller.done(give_back());
    let sums: Vec<_> = refunds(&teller).into_iter().map(|(_, sum, _)| sum).collect();
    assert_eq!(sums, ["350.00 CNY", "40.00 CNY"]);
    assert_eq!(house(&teller, Role::Breakage), "0.00");
    teller.replay();
}

#[test]
fn e12_what_is_presented_beyond_its_hold_after_the_end_is_taken_from_what_was_set_aside() {
    let mut teller = loaded("tour", "100.00 CNY");
    let own = teller.done(authorise("n1", "80.00 CNY"));
    teller.pass(90 * DAY);
    assert_eq!(
        teller.posts(clear("p1", Some(own), "95.00 CNY", true)),
        ["D card 80.00 CNY", "C network 80.00 CNY", "D expired 15.00 CNY", "C network 15.00 CNY"]
    );
    assert_eq!(item(&teller, Role::Expired, "card"), "5.00");
    // Without any authorisation too, and what even that does not cover is owed.
    assert_eq!(
        teller.posts(clear("p2", None, "9.00 CNY", true)),
        ["D expired 5.00 CNY", "D debts 4.00 CNY", "C network 9.00 CNY"]
    );
    teller.replay();
}

#[test]
fn a_presentment_on_a_closed_card_is_owed() {
    let mut teller = loaded("tour", "100.00 CNY");
    let own = teller.done(authorise("n1", "100.00 CNY"));
    teller.done(clear("p1", Some(own), "100.00 CNY", true));
    teller.done(CardCommand::Close { card: read("card") });
    assert_eq!(phase(&teller), Phase::Closed);
    assert_eq!(
        teller.posts(clear("p2", Some(own), "7.00 CNY", true)),
        ["D debts 7.00 CNY", "C network 7.00 CNY"]
    );
    teller.replay();
}

#[test]
fn e20_a_card_ends_when_the_writer_says_so_and_not_when_a_clock_does() {
    let mut teller = loaded("tour", "100.00 CNY");
    teller.now += 200 * DAY;
    // The clock is far beyond the end, but that is not journaled: the card is what the journal says.
    before_what_is_due(&mut teller, "x1", authorise("n1", "10.00 CNY"));
    teller.pass(0);
    assert_eq!(phase(&teller), Phase::Expired);
    assert_eq!(balance(&teller), "10.00 10.00 0.00");
    // The clock goes back, and nothing comes to life again.
    teller.now -= 150 * DAY;
    teller.refused_for(Reason::StateForbids, authorise("n2", "10.00 CNY"));
    teller.replay();
}

#[test]
fn e21_the_order_in_the_journal_decides_between_an_expiry_and_a_capture_of_the_same_instant() {
    let world = || {
        let mut teller = loaded("tour", "100.00 CNY");
        let ends = teller.now + DAY;
        let own = teller.done(asking(authorise("n1", "60.00 CNY"), Some(ends), None, false));
        teller.now = ends;
        (teller, own)
    };
    let (mut first, own) = world();
    before_what_is_due(&mut first, "x1", clear("p1", Some(own), "60.00 CNY", true));
    first.pass(0);
    assert_eq!(stands(&first, own), Phase::Cleared);
    let (mut second, own) = world();
    second.pass(0);
    before_what_is_due(&mut second, "x1", clear("p1", Some(own), "60.00 CNY", true));
    assert_eq!(stands(&second, own), Phase::Expired);
    let forced = |teller: &Teller| teller.state.books().hold(&own).unwrap().forced.minor();
    assert_eq!((forced(&first), forced(&second)), (0, 6000));
    assert_eq!((balance(&first), balance(&second)), (balance(&second), "40.00 0.00 40.00".into()));
    // The end of the card and that of a hold at the same instant: the hold first, and all of it is set aside.
    let mut third = loaded("tour", "100.00 CNY");
    let ends = card(&third).expires_ns;
    third.done(asking(authorise("n1", "60.00 CNY"), ends, None, false));
    third.pass(90 * DAY);
    assert_eq!(item(&third, Role::Expired, "card"), "100.00");
    for teller in [first, second, third] {
        teller.replay();
    }
}

#[test]
fn a_card_of_2026_is_frozen_at_its_end_and_paid_back_when_that_is_asked_for() {
    let mut teller = loaded("year", "500.00 CNY");
    let own = teller.done(authorise("n1", "100.00 CNY"));
    teller.pass(365 * DAY);
    assert!(teller.last_posts().is_empty());
    assert_eq!((phase(&teller), balance(&teller)), (Phase::Expired, "500.00 100.00 400.00".into()));
    teller.done(reverse("r1", "n1", Some("30.00 CNY")));
    teller.done(clear("p1", Some(own), "60.00 CNY", true));
    teller.done(credit("p2", None, "20.00 CNY"));
    teller.pass(DAY);
    assert_eq!(
        (balance(&teller), item(&teller, Role::Expired, "card")),
        ("440.00 0.00 440.00".into(), "20.00".into())
    );
    assert_eq!(
        teller.posts(give_back()),
        ["D expired 20.00 CNY", "D card 440.00 CNY", "C refunds 460.00 CNY"]
    );
    teller.done(CardCommand::Close { card: read("card") });
    assert_eq!(phase(&teller), Phase::Closed);
    teller.replay();
}

#[test]
fn a_card_of_2026_that_is_to_be_closed_gives_up_what_was_frozen_on_it() {
    let mut teller = loaded("year", "500.00 CNY");
    teller.pass(365 * DAY);
    assert_eq!(
        teller.posts(CardCommand::Close { card: read("card") }),
        ["D card 500.00 CNY", "C expired 500.00 CNY"]
    );
    assert_eq!(teller.posts(give_back()), ["D expired 500.00 CNY", "C refunds 500.00 CNY"]);
    teller.done(CardCommand::Close { card: read("card") });
    assert_eq!(phase(&teller), Phase::Closed);
    teller.replay();
}

#[test]
fn a_card_of_2026_is_reactivated_for_another_year() {
    let mut teller = loaded("year", "500.00 CNY");
    teller.pass(365 * DAY);
    teller.done(credit("p1", None, "20.00 CNY"));
    let reactivate = |expires_ns| CardCommand::Reactivate { card: read("card"), expires_ns };
    let past = Some(teller.now);
    teller.refused_for(Reason::TooLate, reactivate(past));
    assert_eq!(teller.posts(reactivate(None)), ["D expired 20.00 CNY", "C card 20.00 CNY"]);
    assert_eq!((phase(&teller), balance(&teller)), (Phase::Active, "520.00 0.00 520.00".into()));
    teller.done(authorise("n1", "1.00 CNY"));
    teller.pass(365 * DAY);
    assert_eq!(phase(&teller), Phase::Expired);
    teller.replay();

    let mut teller = loaded("tour", "500.00 CNY");
    teller.pass(90 * DAY);
    teller.refused_for(Reason::NotOffered, reactivate(None));
    teller.replay();
}

#[test]
fn what_was_to_be_set_aside_stays_on_a_card_that_is_reactivated_before() {
    let mut teller = world();
    let terms = CardTerms { reactivation: true, ..tour_2019(false) };
    teller.terms("again", Terms::Card(terms));
    teller.done(issue("card", "again"));
    load(&mut teller, "visa-sh", "100.00 CNY");
    teller.done(authorise("n1", "60.00 CNY"));
    teller.pass(90 * DAY);
    before_what_is_due(&mut teller, "x1", reverse("r1", "n1", None));
    let again = CardCommand::Reactivate { card: read("card"), expires_ns: None };
    before_what_is_due(&mut teller, "x2", again);
    teller.pass(1);
    assert!(teller.last_posts().is_empty());
    assert_eq!((phase(&teller), balance(&teller)), (Phase::Active, "100.00 0.00 100.00".into()));
    teller.replay();
}
