use longmen_core::{Key, Phase, Reason};
use longmen_wallet::{
    OwnerCommand, PayeeCommand, Rail, RefundCommand, RefundWay, Role, TopUpCommand, TopUpTerms,
};

use crate::teller::{DAY, Teller, read, sum};
use crate::top_up::{
    CNY, applied, charged, freeze, of, phase as phase_of, receive, received, request, world,
};

pub(crate) fn send(refund: Key) -> RefundCommand {
    RefundCommand::Send { refund }
}

pub(crate) fn complete(refund: Key) -> RefundCommand {
    RefundCommand::Complete { refund, bank: None }
}

pub(crate) fn fail(refund: Key) -> RefundCommand {
    RefundCommand::Fail { refund, bank: None }
}

pub(crate) fn reroute(refund: Key) -> RefundCommand {
    RefundCommand::Reroute { refund, payee: read("mine") }
}

pub(crate) fn recredit(refund: Key) -> RefundCommand {
    RefundCommand::Recredit { refund, refund_until_ns: None, calendar: None }
}

fn phase(teller: &Teller, refund: Key) -> Phase {
    teller.state.products().refunds.get(refund).unwrap().phase
}

/// Binds a bank account of Alice's, `mine`.
fn bind(teller: &mut Teller, verify: bool) {
    let (owner, payee) = (read("alice"), read("mine"));
    let (rail, currency, token) = (Rail::BankCn, CNY, read("tok-1"));
    teller.done(PayeeCommand::Add { owner, payee, rail, currency, token });
    if verify {
        teller.done(PayeeCommand::Verify { owner, payee });
    }
}

/// A top-up of 100.00 CNY that is being refunded with its fee of 5.00: the top-up and the refund.
fn refunding(teller: &mut Teller, terms: &str) -> (Key, Key) {
    let top_up = applied(teller, request(terms, "100.00 CNY"));
    let refund = teller.done(TopUpCommand::RequestRefund { top_up, sum: sum("100.00 CNY") });
    (top_up, refund)
}

fn in_phase(teller: &mut Teller, phase: Phase) -> Key {
    let (_, refund) = refunding(teller, "charged");
    let steps: &[fn(Key) -> RefundCommand] = match phase {
        Phase::Accepted => &[],
        Phase::InTransit => &[send],
        Phase::Completed => &[complete],
        Phase::Failed => &[fail],
        Phase::Rerouted => &[fail, reroute],
        Phase::Recredited => &[fail, recredit],
        _ => &[fail, |refund| RefundCommand::Unclaim { refund }],
    };
    for step in steps {
        teller.done(step(refund));
    }
    refund
}

const ALLOWED: &[(Phase, &[&str])] = &[
    (Phase::Accepted, &["send", "complete", "fail"]),
    (Phase::InTransit, &["complete", "fail"]),
    (Phase::Failed, &["send", "reroute", "recredit", "unclaim"]),
    (Phase::Rerouted, &["complete", "fail"]),
    (Phase::Completed, &["fail"]),
    (Phase::Recredited, &[]),
    (Phase::Closed, &[]),
];

#[test]
fn every_command_in_every_phase_of_a_refund() {
    for (from, allowed) in ALLOWED {
        for command in ["send", "complete", "fail", "reroute", "recredit", "unclaim"] {
            let mut teller = world();
            bind(&mut teller, true);
            let refund = in_phase(&mut teller, *from);
            assert_eq!(phase(&teller, refund), *from);
            let product = match command {
                "send" => send(refund),
                "complete" => RefundCommand::Complete { refund, bank: Some(Role::Reserve) },
                "fail" => RefundCommand::Fail { refund, bank: Some(Role::Reserve) },
                "reroute" => reroute(refund),
                "recredit" => recredit(refund),
                _ => RefundCommand::Unclaim { refund },
            };
            if *from == Phase::Rerouted && command == "complete" {
                // The bank pays out of what is there.
                let into = Role::Reserve;
                let pool = read("emoney");
                let sum = sum("105.00 CNY");
                teller.done(longmen_wallet::HouseCommand::Prefund { pool, into, sum });
            }
            if allowed.contains(&command) {
                teller.done(product);
            } else {
                teller.refused_for(Reason::StateForbids, product);
            }
            teller.replay();
        }
    }
}

#[test]
fn a_refund_through_its_channel_nets_the_next_settlement() {
    let mut teller = world();
    let (top_up, refund) = refunding(&mut teller, "charged");
    assert!(teller.posts(send(refund)).is_empty());
    assert_eq!(phase_of(&teller, top_up), Phase::Refunding);
    let posts = teller.posts(complete(refund));
    assert_eq!(posts, ["D refunds 105.00 CNY", "C clearing 105.00 CNY"]);
    assert_eq!(phase_of(&teller, top_up), Phase::Refunded);
    assert_eq!(teller.clearing("alipay", CNY), "0.00 CNY");
    teller.refused_for(Reason::ThingNotFound, complete(read("nothing")));
    // The channel gives it back after all.
    let posts = teller.posts(fail(refund));
    assert_eq!(posts, ["D clearing 105.00 CNY", "C refunds 105.00 CNY"]);
    assert_eq!(phase_of(&teller, top_up), Phase::RefundFailed);
    assert!(teller.posts(send(refund)).is_empty());
    assert_eq!(phase_of(&teller, top_up), Phase::Refunding);
    teller.done(complete(refund));
    teller.replay();
}

#[test]
fn f13_a_refund_to_an_expired_card_is_rerouted_to_a_payee() {
    let mut teller = world();
    let (top_up, refund) = refunding(&mut teller, "charged");
    assert!(teller.posts(fail(refund)).is_empty());
    assert_eq!(phase_of(&teller, top_up), Phase::RefundFailed);
    teller.refused_for(Reason::ThingNotFound, reroute(refund));
    bind(&mut teller, false);
    teller.refused_for(Reason::PayeeNotUsable, reroute(refund));
    teller.done(PayeeCommand::Verify { owner: read("alice"), payee: read("mine") });
    let posts = teller.posts(reroute(refund));
    assert_eq!(posts, ["D refunds 105.00 CNY", "C payouts 105.00 CNY"]);
    assert_eq!(phase_of(&teller, top_up), Phase::Refunding);
    // A payee that is removed meanwhile is paid as it was.
    teller.done(PayeeCommand::Remove { owner: read("alice"), payee: read("mine") });
    let way = teller.state.products().refunds.get(refund).unwrap().way;
    assert!(matches!(way, RefundWay::Payee { payee, .. } if payee.version == 0));
    let at = |bank| RefundCommand::Complete { refund, bank };
    teller.refused_for(Reason::WrongKind, at(None));
    teller.refused_for(Reason::WrongKind, at(Some(Role::Own)));
    let (pool, into) = (read("emoney"), Role::Reserve);
    teller.done(longmen_wallet::HouseCommand::Prefund { pool, into, sum: sum("105.00 CNY") });
    let posts = teller.posts(at(Some(Role::Reserve)));
    assert_eq!(posts, ["D payouts 105.00 CNY", "C reserve 105.00 CNY"]);
    assert_eq!(phase_of(&teller, top_up), Phase::Refunded);
    // The bank returns it days later, and it is sent to the same account again.
    teller.pass(5 * DAY);
    teller.refused_for(Reason::WrongKind, fail(refund));
    let posts = teller.posts(RefundCommand::Fail { refund, bank: Some(Role::Reserve) });
    assert_eq!(posts, ["D reserve 105.00 CNY", "C refunds 105.00 CNY"]);
    let posts = teller.posts(send(refund));
    assert_eq!(posts, ["D refunds 105.00 CNY", "C payouts 105.00 CNY"]);
    let posts = teller.posts(fail(refund));
    assert_eq!(posts, ["D payouts 105.00 CNY", "C refunds 105.00 CNY"]);
    teller.replay();
}

#[test]
fn f13_a_refund_that_nobody_takes_goes_back_to_the_wallet_with_a_lot_of_its_own() {
    for (terms, again) in [("charged", true), ("once", false)] {
        let mut teller = world();
        let once = TopUpTerms { recredit_refundable: false, ..charged() };
        teller.terms("once", longmen_wallet::Terms::TopUp(once));
        let (top_up, refund) = refunding(&mut teller, terms);
        teller.done(fail(refund));
        teller.done(freeze("alice", true, true));
        let (until, calendar) = (teller.now + 3 * DAY, Some(read("cn-2026-1")));
        let recredit = RefundCommand::Recredit { refund, refund_until_ns: Some(until), calendar };
        let posts = teller.posts(recredit);
        assert_eq!(posts, ["D refunds 105.00 CNY", "C wallet 100.00 CNY", "C topupfees 5.00 CNY"]);
        assert_eq!(phase_of(&teller, top_up), Phase::Applied);
        assert_eq!(of(&teller, top_up).is_refundable, again);
        assert_eq!(of(&teller, top_up).refund_until_ns, Some(until));
        teller.done(freeze("alice", false, false));
        let refund = TopUpCommand::RequestRefund { top_up, sum: sum("100.00 CNY") };
        if again {
            teller.done(refund);
        } else {
            teller.refused_for(Reason::NotOffered, refund);
        }
        teller.replay();
    }
}

#[test]
fn e34_money_for_a_closed_wallet_goes_back_or_is_kept_as_unclaimed() {
    let mut teller = world();
    let top_up = teller.done(request("charged", "100.00 CNY"));
    teller.done(TopUpCommand::Fail { top_up });
    teller.done(OwnerCommand::Close { owner: read("alice"), sets_aside: false });
    teller.done(receive(top_up, "r1", "105.00 CNY"));
    teller.refused_for(Reason::AccountClosed, crate::top_up::apply(top_up));
    let refund = teller.done(TopUpCommand::Return { top_up });
    teller.done(fail(refund));
    // It was on no account of hers, so there is nothing that it could be put back on.
    teller.refused_for(Reason::NotOffered, recredit(refund));
    let posts = teller.posts(RefundCommand::Unclaim { refund });
    assert_eq!(posts, ["D refunds 105.00 CNY", "C unclaimed 105.00 CNY"]);
    assert_eq!(phase_of(&teller, top_up), Phase::Refunded);
    teller.replay();
}

#[test]
fn a_refund_has_a_name_that_is_new_on_its_channel() {
    let mut teller = world();
    let top_up = teller.done(request("free", "100.00 CNY"));
    teller.done(receive(top_up, "r1", "100.00 CNY"));
    teller.done(crate::top_up::apply(top_up));
    let back = TopUpCommand::RequestRefund { top_up, sum: sum("100.00 CNY") };
    assert_eq!(teller.run("r1", back.clone()).unwrap_err().reason, Reason::ReferenceUsed);
    teller.run("r2", back).unwrap();
    teller.refused_for(Reason::ReferenceUsed, receive(top_up, "r2", "100.00 CNY"));
    teller.replay();
}

#[test]
fn a_refund_on_its_way_stands_in_the_way_of_closing() {
    let mut teller = world();
    let top_up = received(&mut teller, request("free", "100.00 CNY"));
    let refund = teller.done(TopUpCommand::Return { top_up });
    let close = OwnerCommand::Close { owner: read("alice"), sets_aside: true };
    teller.refused_for(Reason::OwnerNotEmpty, close.clone());
    teller.done(complete(refund));
    teller.done(close);
    teller.replay();
}
