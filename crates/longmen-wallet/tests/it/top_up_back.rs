use longmen_core::{Key, Phase, Reason};
use longmen_wallet::{PaymentCommand, Role, Terms, TopUpCommand, Unspent};

use crate::refund::{complete, fail};
use crate::teller::{DAY, Teller, read, sum};
use crate::top_up::{
    CNY, applied, apply, customer, freeze, of, pay, phase, receive, received, request, request_for, wallet,
    world,
};

pub(crate) fn refund(top_up: Key, text: &str) -> TopUpCommand {
    TopUpCommand::RequestRefund { top_up, sum: sum(text) }
}

pub(crate) fn chargeback(top_up: Key, text: &str) -> TopUpCommand {
    TopUpCommand::Chargeback { top_up, reference: read("cb-1"), sum: sum(text), cost: None }
}

pub(crate) fn won(top_up: Key) -> TopUpCommand {
    TopUpCommand::ChargebackWon { top_up, reference: read("won-1") }
}

/// A top-up of 100.00 with a fee of 5.00 in this phase.
fn in_phase(teller: &mut Teller, phase: Phase) -> Key {
    let asked = request("charged", "100.00 CNY");
    match phase {
        Phase::Initiated => teller.done(asked),
        Phase::Pending => received(teller, asked),
        Phase::Suspended => {
            let top_up = teller.done(asked);
            teller.done(receive(top_up, "other", "104.00 CNY"));
            top_up
        }
        Phase::Failed => {
            let top_up = teller.done(asked);
            teller.done(TopUpCommand::Fail { top_up });
            top_up
        }
        Phase::Expired => {
            let mut asked = asked;
            if let TopUpCommand::Request { expires_ns, .. } = &mut asked {
                *expires_ns = Some(teller.now + DAY);
            }
            let top_up = teller.done(asked);
            teller.pass(DAY);
            top_up
        }
        Phase::ReceivedLate => {
            let top_up = in_phase(teller, Phase::Failed);
            teller.done(receive(top_up, "late", "105.00 CNY"));
            top_up
        }
        Phase::Applied => applied(teller, asked),
        Phase::Refunding => {
            let top_up = applied(teller, asked);
            teller.done(refund(top_up, "100.00 CNY"));
            top_up
        }
        Phase::ChargedBack => {
            let top_up = applied(teller, asked);
            let reference = read("cb-0");
            teller.done(TopUpCommand::Chargeback { top_up, reference, sum: sum("105.00 CNY"), cost: None });
            top_up
        }
        refunded => {
            let top_up = in_phase(teller, Phase::Refunding);
            let name = teller.state.products().refunds.iter().last().unwrap().name;
            teller.done(if refunded == Phase::Refunded { complete(name) } else { fail(name) });
            top_up
        }
    }
}

/// For each phase: which of apply, fail, return, refund, chargeback and won are carried out. Money that comes is always
/// taken in.
const ALLOWED: &[(Phase, &[&str])] = &[
    (Phase::Initiated, &["fail"]),
    (Phase::Pending, &["apply", "fail", "return"]),
    (Phase::Suspended, &["apply", "return"]),
    (Phase::Failed, &[]),
    (Phase::Expired, &[]),
    (Phase::ReceivedLate, &["apply", "return"]),
    (Phase::Applied, &["refund", "chargeback"]),
    (Phase::Refunding, &[]),
    (Phase::RefundFailed, &[]),
    (Phase::Refunded, &[]),
    (Phase::ChargedBack, &["won"]),
];

#[test]
fn every_command_in_every_phase_of_a_top_up() {
    for (from, allowed) in ALLOWED {
        for command in ["receive", "apply", "fail", "return", "refund", "chargeback", "won"] {
            let mut teller = world();
            let top_up = in_phase(&mut teller, *from);
            assert_eq!(phase(&teller, top_up), *from);
            let product = match command {
                "receive" => receive(top_up, "new", "105.00 CNY"),
                "apply" => apply(top_up),
                "fail" => TopUpCommand::Fail { top_up },
                "return" => TopUpCommand::Return { top_up },
                "refund" => refund(top_up, "100.00 CNY"),
                "chargeback" => chargeback(top_up, "105.00 CNY"),
                _ => won(top_up),
            };
            if command == "receive" || allowed.contains(&command) {
                teller.done(product);
            } else {
                teller.refused_for(Reason::StateForbids, product);
                assert_eq!(phase(&teller, top_up), *from);
            }
            teller.replay();
        }
    }
}

#[test]
fn m11_r4_a_refund_is_whole_unspent_and_in_time() {
    let mut teller = world();
    let top_up = received(&mut teller, request("free", "100.00 CNY"));
    let until = teller.now + 3 * DAY;
    let calendar = Some(read("cn-2026-1"));
    teller.done(TopUpCommand::Apply { top_up, refund_until_ns: Some(until), calendar });
    teller.refused_for(Reason::NotWhole, refund(top_up, "90.00 CNY"));
    teller.refused_for(Reason::NotWhole, refund(top_up, "100.01 CNY"));
    teller.refused_for(Reason::CurrencyMismatch, refund(top_up, "100.00 USD"));
    teller.refused_for(Reason::ThingNotFound, refund(read("nothing"), "100.00 CNY"));
    let posts = teller.posts(refund(top_up, "100.00 CNY"));
    assert_eq!(posts, ["D wallet 100.00 CNY", "C refunds 100.00 CNY"]);
    assert_eq!(phase(&teller, top_up), Phase::Refunding);
    assert!(teller.state.products().lots.of(of(&teller, top_up).account).unwrap().lots.is_empty());
    teller.refused_for(Reason::StateForbids, refund(top_up, "100.00 CNY"));
    let name = teller.state.products().refunds.iter().last().unwrap().name;
    let posts = teller.posts(complete(name));
    assert_eq!(posts, ["D refunds 100.00 CNY", "C clearing 100.00 CNY"]);
    assert_eq!(phase(&teller, top_up), Phase::Refunded);

    let last = applied(&mut teller, request("final", "100.00 CNY"));
    teller.refused_for(Reason::NotOffered, refund(last, "100.00 CNY"));
    let frozen = applied(&mut teller, request("free", "100.00 CNY"));
    teller.done(freeze("alice", true, false));
    teller.refused_for(Reason::AccountFrozen, refund(frozen, "100.00 CNY"));
    teller.replay();
}

#[test]
fn e23_the_deadline_of_a_refund_is_computed_outside_and_kept_with_its_calendar() {
    let mut teller = world();
    // Applied before the spring festival: three business days that are eleven days.
    let top_up = received(&mut teller, request("free", "100.00 CNY"));
    let until = teller.now + 11 * DAY;
    let calendar = Some(read("cn-2027-2"));
    teller.done(TopUpCommand::Apply { top_up, refund_until_ns: Some(until), calendar });
    assert_eq!((of(&teller, top_up).refund_until_ns, of(&teller, top_up).calendar), (Some(until), calendar));
    let other = received(&mut teller, request("free", "100.00 CNY"));
    teller.done(TopUpCommand::Apply { top_up: other, refund_until_ns: Some(until), calendar });
    teller.pass(until - teller.now - 1_000);
    teller.done(refund(top_up, "100.00 CNY"));
    teller.refused_for(Reason::TooLate, refund(other, "100.00 CNY"));
    teller.replay();
}

/// Two top-ups of 100.00 and a spend of 60.00; which of the two can then be refunded, and whether a third can.
fn refundable_after_a_spend(unspent: Unspent) -> [bool; 3] {
    let mut teller = world();
    customer(&mut teller, "carol", unspent);
    let asked = || request_for(wallet("carol"), "free", "alipay", "100.00 CNY");
    let one = applied(&mut teller, asked());
    let two = applied(&mut teller, asked());
    teller.done(pay("carol", "60.00 CNY"));
    let three = applied(&mut teller, asked());
    let can = [one, two, three].map(|top_up| {
        let refund = refund(top_up, "100.00 CNY");
        match teller.run(&format!("back-{top_up}"), refund) {
            Ok(_) => true,
            Err(refusal) => {
                assert_eq!(refusal.reason, Reason::NotUnspent);
                false
            }
        }
    });
    teller.replay();
    can
}

#[test]
fn unspent_has_three_meanings() {
    assert_eq!(refundable_after_a_spend(Unspent::OldestFirst), [false, true, true]);
    assert_eq!(refundable_after_a_spend(Unspent::NewestFirst), [true, false, true]);
    assert_eq!(refundable_after_a_spend(Unspent::NothingSince), [false, false, true]);
}

fn authorise(owner: &str, text: &str) -> PaymentCommand {
    let (payer, merchant, order, terms) = (read(owner), read("shop"), read("order-1"), read("orders"));
    let from = Role::Wallet;
    PaymentCommand::Authorise { payer, merchant, order, sum: sum(text), from, terms, expires_ns: None }
}

#[test]
fn e24_a_hold_against_a_top_up_refuses_its_refund() {
    for (unspent, held_against) in [
        (Unspent::OldestFirst, [true, false]),
        (Unspent::NewestFirst, [false, true]),
        (Unspent::NothingSince, [true, true]),
    ] {
        let mut teller = world();
        customer(&mut teller, "carol", unspent);
        let asked = || request_for(wallet("carol"), "free", "alipay", "100.00 CNY");
        let both = [applied(&mut teller, asked()), applied(&mut teller, asked())];
        let payment = teller.done(authorise("carol", "60.00 CNY"));
        for (top_up, is_held) in both.into_iter().zip(held_against) {
            if is_held {
                teller.refused_for(Reason::NotUnspent, refund(top_up, "100.00 CNY"));
            }
        }
        teller.done(PaymentCommand::Cancel { payment });
        for top_up in both {
            teller.done(refund(top_up, "100.00 CNY"));
        }
        teller.replay();
    }
}

#[test]
fn e25_a_refund_and_a_spend_race_and_the_first_wins() {
    let mut teller = world();
    let top_up = applied(&mut teller, request("free", "100.00 CNY"));
    teller.done(refund(top_up, "100.00 CNY"));
    teller.refused_for(Reason::InsufficientFunds, pay("alice", "0.01 CNY"));
    let other = applied(&mut teller, request("free", "100.00 CNY"));
    teller.done(pay("alice", "0.01 CNY"));
    teller.refused_for(Reason::NotUnspent, refund(other, "100.00 CNY"));
    teller.replay();
}

#[test]
fn e26_the_fee_comes_back_as_the_terms_said_when_it_was_asked_for() {
    let mut teller = world();
    let back = applied(&mut teller, request("charged", "100.00 CNY"));
    let kept = applied(&mut teller, request("kept", "100.00 CNY"));
    // Later terms change nothing of that.
    teller.terms("charged", Terms::TopUp(crate::top_up::free()));
    let posts = teller.posts(refund(back, "100.00 CNY"));
    assert_eq!(posts, ["D wallet 100.00 CNY", "D topupfees 5.00 CNY", "C refunds 105.00 CNY"]);
    let posts = teller.posts(refund(kept, "100.00 CNY"));
    assert_eq!(posts, ["D wallet 100.00 CNY", "C refunds 100.00 CNY"]);
    // What was never applied was not delivered, so its fee comes back under any terms.
    let top_up = received(&mut teller, request("kept", "100.00 CNY"));
    let posts = teller.posts(TopUpCommand::Return { top_up });
    assert_eq!(posts, ["D topups 100.00 CNY", "D topupfees 5.00 CNY", "C refunds 105.00 CNY"]);
    assert_eq!(teller.house(Role::TopUpFees, CNY), "5.00 CNY");
    teller.replay();
}
