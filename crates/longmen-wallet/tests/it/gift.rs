use longmen_core::{Key, Phase, Reason};
use longmen_money::Currency;
use longmen_wallet::{GiftCommand, HouseCommand, OwnerCommand, RefundCommand, Role, TopUpTarget};

use crate::refund::{complete, fail, recredit, reroute, send};
use crate::teller::{DAY, Teller, read, sum};
use crate::top_up::{CNY, freeze, pay, purse, wallet, world};

fn sell(card: &str, reference: &str, text: &str, expires_ns: Option<u64>) -> GiftCommand {
    GiftCommand::Sell {
        card: read(card),
        pool: read("emoney"),
        channel: read("gifts"),
        reference: read(reference),
        sum: sum(text),
        expires_ns,
    }
}

fn redeem(card: &str, into: TopUpTarget, terms: &str) -> GiftCommand {
    GiftCommand::Redeem { card: read(card), into, terms: read(terms) }
}

fn refund(card: &str) -> GiftCommand {
    GiftCommand::Refund { card: read(card), owner: None }
}

fn phase(teller: &Teller, card: &str) -> Phase {
    teller.state.products().gift_cards.get(read(card)).unwrap().phase
}

/// The world with a gift card `g1` of 50.00 CNY.
fn sold() -> Teller {
    let mut teller = world();
    teller.done(sell("g1", "r1", "50.00 CNY", None));
    teller
}

fn in_phase(phase: Phase) -> (Teller, Option<Key>) {
    let mut teller = sold();
    match phase {
        Phase::Issued => return (teller, None),
        Phase::Redeemed => {
            teller.done(redeem("g1", wallet("alice"), "gifts"));
            return (teller, None);
        }
        _ => {}
    }
    let name = teller.done(refund("g1"));
    match phase {
        Phase::RefundFailed => teller.done(fail(name)),
        Phase::Refunded => teller.done(complete(name)),
        _ => name,
    };
    (teller, Some(name))
}

#[test]
fn every_command_in_every_phase_of_a_gift_card() {
    for (from, allowed) in [
        (Phase::Issued, &["redeem", "refund"][..]),
        (Phase::Redeemed, &[]),
        (Phase::Refunding, &[]),
        (Phase::RefundFailed, &[]),
        (Phase::Refunded, &[]),
    ] {
        for command in ["redeem", "refund", "sell"] {
            let (mut teller, _) = in_phase(from);
            assert_eq!(phase(&teller, "g1"), from);
            match command {
                "redeem" | "refund" => {
                    let redeem = redeem("g1", purse("alice"), "gifts");
                    let product = if command == "redeem" { redeem } else { refund("g1") };
                    if allowed.contains(&command) {
                        teller.done(product);
                    } else {
                        teller.refused_for(Reason::StateForbids, product);
                    }
                }
                _ => {
                    teller.refused_for(Reason::ThingExists, sell("g1", "r9", "1.00 CNY", None));
                }
            }
            teller.replay();
        }
    }
}

#[test]
fn m10_t11_a_gift_card_is_sold_and_redeemed_whole_and_once() {
    let mut teller = world();
    let posts = teller.posts(sell("g1", "r1", "50.00 CNY", None));
    assert_eq!(posts, ["D clearing 50.00 CNY", "C giftcards 50.00 CNY"]);
    let posts = teller.posts(redeem("g1", purse("alice"), "gifts"));
    assert_eq!(posts, ["D giftcards 50.00 CNY", "C purse 50.00 CNY"]);
    let own = *teller.state.products().gift_cards.get(read("g1")).unwrap();
    assert_eq!((own.redeemed_by, own.is_invoiced), (Some(read("alice")), true));
    let purse = teller.state.products().owners.get(read("alice")).unwrap().account(Role::Purse, CNY);
    let lots = teller.state.products().lots.of(purse.unwrap()).unwrap();
    assert_eq!(lots.lots[0].source, Some(read("g1")));
    teller.refused_for(Reason::StateForbids, redeem("g1", wallet("bob"), "gifts"));
    teller.replay();
}

#[test]
fn the_terms_say_whether_gift_cards_are_a_way_to_top_up() {
    let mut teller = sold();
    teller.refused_for(Reason::NotOffered, redeem("g1", wallet("alice"), "free"));
    teller.refused_for(Reason::WrongKind, redeem("g1", wallet("alice"), "consumer"));
    teller.refused_for(Reason::ThingNotFound, redeem("g1", wallet("alice"), "nowhere"));
    teller.done(redeem("g1", wallet("alice"), "gifts"));
    teller.replay();
}

#[test]
fn f06_a_gift_card_that_has_expired_is_refused_and_stays_owed() {
    let mut teller = world();
    let expires = teller.now + DAY;
    teller.done(sell("g1", "r1", "50.00 CNY", Some(expires)));
    teller.pass(DAY);
    teller.refused_for(Reason::TooLate, redeem("g1", wallet("alice"), "gifts"));
    assert_eq!(teller.house(Role::GiftCards, CNY), "50.00 CNY");
    let posts = teller.posts(refund("g1"));
    assert_eq!(posts, ["D giftcards 50.00 CNY", "C refunds 50.00 CNY"]);
    teller.replay();
}

#[test]
fn a_gift_card_is_refused_where_it_cannot_be_sold_or_redeemed() {
    let mut teller = sold();
    let now = teller.now;
    teller.refused_for(Reason::TooLate, sell("g2", "r2", "50.00 CNY", Some(now)));
    teller.refused_for(Reason::AmountZero, sell("g2", "r2", "0.00 CNY", None));
    teller.refused_for(Reason::ReferenceUsed, sell("g2", "r1", "50.00 CNY", None));
    teller.done(sell("usd", "r3", "50.00 USD", None));
    teller.refused_for(Reason::CurrencyMismatch, redeem("usd", wallet("alice"), "gifts"));
    let card = TopUpTarget::Card { card: read("c1") };
    teller.refused_for(Reason::WrongKind, redeem("g1", card, "gifts"));
    teller.refused_for(Reason::WrongKind, redeem("g1", wallet("shop"), "gifts"));
    teller.refused_for(Reason::ThingNotFound, redeem("g9", wallet("alice"), "gifts"));
    teller.refused_for(Reason::ThingNotFound, refund("g9"));
    let of_nobody = GiftCommand::Refund { card: read("g1"), owner: Some(read("nobody")) };
    teller.refused_for(Reason::ThingNotFound, of_nobody);
    teller.done(freeze("alice", false, true));
    teller.refused_for(Reason::AccountFrozen, redeem("g1", wallet("alice"), "gifts"));
    teller.done(OwnerCommand::Close { owner: read("bob"), sets_aside: false });
    teller.refused_for(Reason::StateForbids, redeem("g1", wallet("bob"), "gifts"));
    let pool = read("other");
    teller.done(HouseCommand::Open { pool, currency: Currency::CNY });
    let mut elsewhere = sell("g3", "r4", "50.00 CNY", None);
    if let GiftCommand::Sell { pool: own, .. } = &mut elsewhere {
        *own = pool;
    }
    teller.refused_for(Reason::WrongKind, elsewhere);
    teller.replay();
}

#[test]
fn a_gift_card_whose_refund_fails_is_issued_again() {
    let (mut teller, name) = in_phase(Phase::RefundFailed);
    let name = name.unwrap();
    // Nobody knows whose it is.
    teller.refused_for(Reason::WrongOwner, reroute(name));
    assert!(teller.posts(send(name)).is_empty());
    assert_eq!(phase(&teller, "g1"), Phase::Refunding);
    teller.done(fail(name));
    let posts = teller.posts(recredit(name));
    assert_eq!(posts, ["D refunds 50.00 CNY", "C giftcards 50.00 CNY"]);
    assert_eq!(phase(&teller, "g1"), Phase::Issued);
    teller.done(redeem("g1", wallet("alice"), "gifts"));
    teller.done(pay("alice", "50.00 CNY"));
    teller.replay();
}

#[test]
fn a_gift_card_that_cannot_go_back_is_kept_as_unclaimed() {
    let (mut teller, name) = in_phase(Phase::RefundFailed);
    let posts = teller.posts(RefundCommand::Unclaim { refund: name.unwrap() });
    assert_eq!(posts, ["D refunds 50.00 CNY", "C unclaimed 50.00 CNY"]);
    assert_eq!(phase(&teller, "g1"), Phase::Refunded);
    teller.replay();
}
