use longmen_core::{Detail, Phase, Reason, Thing};
use longmen_wallet::{Arrival, Role, TopUpCommand};

use crate::teller::{DAY, Teller, read, sum};
use crate::top_up::{
    CNY, applied, apply, arrival, of, phase, receive, receive_by, request, request_for, wallet, world,
};

#[test]
fn e05_a_success_that_comes_twice_is_posted_once() {
    let mut teller = world();
    let top_up = teller.done(request("free", "100.00 CNY"));
    let told = receive(top_up, "r1", "100.00 CNY");
    let first = teller.run("call-1", told.clone()).unwrap();
    // The same delivery again is the same answer; another delivery of the same event says that it is known.
    assert_eq!(teller.run("call-1", told.clone()).unwrap(), first);
    for days in 1..30 {
        teller.pass(days * DAY);
        let refusal = teller.refused_for(Reason::ReferenceUsed, told.clone());
        assert_eq!(refusal.detail, Detail::Thing(Thing::Channel));
    }
    assert_eq!(teller.house(Role::TopUps, CNY), "100.00 CNY");
    teller.done(apply(top_up));
    teller.refused_for(Reason::ReferenceUsed, told);
    assert_eq!(teller.available("alice", CNY), "100.00 CNY");
    teller.replay();
}

#[test]
fn e06_the_same_key_with_another_amount_is_a_conflict() {
    let mut teller = world();
    let first = teller.run("top-1", request("free", "100.00 CNY")).unwrap();
    let refusal = teller.run("top-1", request("free", "100.01 CNY")).unwrap_err();
    assert_eq!(refusal.reason, Reason::KeyReused);
    assert_eq!(of(&teller, read("top-1")).sum, sum("100.00 CNY"));
    assert_eq!(teller.run("top-1", request("free", "100.00 CNY")).unwrap(), first);
    let entries = teller.entries.len();
    let refused = |teller: &mut Teller| teller.run("top-2", request("free", "0.50 CNY")).unwrap_err();
    assert_eq!(refused(&mut teller), refused(&mut teller), "a refusal is the same to every retry");
    assert_eq!(teller.entries.len(), entries + 1);
    teller.replay();
}

#[test]
fn a_second_payment_for_one_top_up_is_kept_apart_and_goes_back() {
    let mut teller = world();
    let top_up = applied(&mut teller, request("charged", "100.00 CNY"));
    let posts = teller.posts(receive_by("wechat", top_up, "again", "105.00 CNY"));
    assert_eq!(posts, ["D clearing 105.00 CNY", "C unidentified 105.00 CNY"]);
    assert_eq!((phase(&teller, top_up), arrival(&teller)), (Phase::Applied, Arrival::Stray));
    let receipt = teller.state.products().top_ups.strays().next().unwrap().name;
    let posts = teller.posts(TopUpCommand::ReturnStray { receipt });
    assert_eq!(posts, ["D unidentified 105.00 CNY", "C refunds 105.00 CNY"]);
    teller.refused_for(Reason::ThingNotFound, TopUpCommand::ReturnStray { receipt });
    teller.refused_for(Reason::ThingNotFound, TopUpCommand::ReturnStray { receipt: top_up });
    assert_eq!(teller.available("alice", CNY), "100.00 CNY");
    teller.replay();
}

#[test]
fn e47_the_same_reference_of_two_channels_is_two_receipts() {
    let mut teller = world();
    let one = teller.done(request_for(wallet("alice"), "free", "alipay", "100.00 CNY"));
    let two = teller.done(request_for(wallet("alice"), "free", "wechat", "50.00 CNY"));
    teller.done(receive_by("alipay", one, "20261122001", "100.00 CNY"));
    teller.done(receive_by("wechat", two, "20261122001", "50.00 CNY"));
    assert_eq!((phase(&teller, one), phase(&teller, two)), (Phase::Pending, Phase::Pending));
    teller.refused_for(Reason::ReferenceUsed, receive_by("wechat", one, "20261122001", "100.00 CNY"));
    // The two would also bear one name among what is unidentified.
    for channel in ["alipay", "wechat"] {
        teller.done(receive_by(channel, one, "20261122002", "7.00 CNY"));
    }
    assert_eq!(teller.house(Role::Unidentified, CNY), "14.00 CNY");
    teller.replay();
}
