use longmen_core::{Flow, Phase, Reason, Window};
use longmen_money::Currency;
use longmen_wallet::{OwnerCommand, OwnerKind, Role, Terms, TierLimit, TransferCommand, WalletTerms};

use crate::case::owes;
use crate::funds::fund;
use crate::teller::{Teller, consumer, read, sum};

fn send(from: &str, to: &str, text: &str) -> TransferCommand {
    TransferCommand::Send { from: read(from), to: read(to), sum: sum(text) }
}

/// A customer more, under terms of their own.
fn customer(teller: &mut Teller, name: &str, terms: WalletTerms) {
    let own = format!("{name}-terms");
    teller.terms(&own, Terms::Wallet(terms));
    teller.done(OwnerCommand::Register {
        owner: read(name),
        kind: OwnerKind::Customer,
        pool: read("emoney"),
        terms: read(&own),
        currencies: vec![Currency::CNY],
    });
}

#[test]
fn wallets_pay_one_another() {
    let mut teller = Teller::small_world();
    fund(&mut teller, "alice", Role::Wallet, "100.00 CNY");
    let posts = teller.posts(send("alice", "bob", "30.00 CNY"));
    assert_eq!(posts, ["D wallet 30.00 CNY", "C wallet 30.00 CNY"]);
    assert_eq!(teller.available("alice", Currency::CNY), "70.00 CNY");
    assert_eq!(teller.available("bob", Currency::CNY), "30.00 CNY");
    teller.refused_for(Reason::InsufficientFunds, send("alice", "bob", "70.01 CNY"));
    teller.refused_for(Reason::AmountZero, send("alice", "bob", "0.00 CNY"));
    teller.refused_for(Reason::WrongKind, send("alice", "alice", "1.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, send("alice", "nobody", "1.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, send("nobody", "bob", "1.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, send("alice", "bob", "1 JPY"));
    teller.replay();
}

#[test]
fn what_is_transferred_comes_in_without_a_source() {
    let mut teller = Teller::small_world();
    fund(&mut teller, "alice", Role::Wallet, "100.00 CNY");
    teller.done(send("alice", "bob", "30.00 CNY"));
    let bob = teller.state.products().owners.get(read("bob")).unwrap();
    let lots = teller.state.products().lots.of(bob.account(Role::Wallet, Currency::CNY).unwrap()).unwrap();
    let [lot] = lots.lots.as_slice() else { panic!("one lot") };
    assert_eq!((lot.source, lot.remaining.minor()), (None, 3_000));
    teller.replay();
}

#[test]
fn what_comes_in_pays_debts_first_unless_the_wallet_is_frozen() {
    let mut teller = Teller::small_world();
    fund(&mut teller, "alice", Role::Wallet, "100.00 CNY");
    owes(&mut teller, "bob", "d1", "25.00 CNY");
    teller.done(OwnerCommand::Freeze { owner: read("bob"), debit: true, credit: false });
    assert_eq!(teller.posts(send("alice", "bob", "10.00 CNY")).len(), 2);
    teller.done(OwnerCommand::Freeze { owner: read("bob"), debit: false, credit: false });
    let posts = teller.posts(send("alice", "bob", "30.00 CNY"));
    assert_eq!(posts[2..], ["D wallet 25.00 CNY", "C debts 25.00 CNY"]);
    assert_eq!(teller.available("bob", Currency::CNY), "15.00 CNY");
    teller.replay();
}

#[test]
fn what_passes_a_limit_of_the_tier_is_not_sent() {
    let mut teller = Teller::small_world();
    let most = sum("50.00 CNY");
    let (flow, window) = (Flow::Out, Window::Lifetime);
    let limit = TierLimit { tier: 1, flow, most, window, counts_withdrawals: false };
    customer(&mut teller, "carol", WalletTerms { limits: vec![limit], ..consumer() });
    teller.done(OwnerCommand::Activate { owner: read("carol") });
    teller.done(OwnerCommand::Verify { owner: read("carol"), tier: 1 });
    fund(&mut teller, "carol", Role::Wallet, "100.00 CNY");
    teller.done(send("carol", "bob", "49.99 CNY"));
    teller.refused_for(Reason::LimitExceeded, send("carol", "bob", "0.02 CNY"));
    teller.done(send("carol", "bob", "0.01 CNY"));
    teller.replay();
}

#[test]
fn r5_nobody_transfers_to_a_merchant_nor_a_merchant_to_anybody() {
    let mut teller = Teller::small_world();
    fund(&mut teller, "alice", Role::Wallet, "100.00 CNY");
    fund(&mut teller, "shop", Role::Merchant, "100.00 CNY");
    teller.refused_for(Reason::WrongKind, send("alice", "shop", "1.00 CNY"));
    teller.refused_for(Reason::WrongKind, send("shop", "alice", "1.00 CNY"));
    teller.replay();
}

#[test]
fn both_wallets_terms_must_allow_it() {
    let mut teller = Teller::small_world();
    fund(&mut teller, "alice", Role::Wallet, "100.00 CNY");
    customer(&mut teller, "carol", WalletTerms { transfers: false, spend_tier: 0, ..consumer() });
    teller.done(OwnerCommand::Activate { owner: read("carol") });
    fund(&mut teller, "carol", Role::Wallet, "100.00 CNY");
    teller.refused_for(Reason::NotOffered, send("alice", "carol", "1.00 CNY"));
    teller.refused_for(Reason::NotOffered, send("carol", "alice", "1.00 CNY"));
    teller.replay();
}

#[test]
fn who_may_not_spend_sends_nothing_and_yet_receives() {
    let mut teller = Teller::small_world();
    fund(&mut teller, "alice", Role::Wallet, "100.00 CNY");
    customer(&mut teller, "carol", consumer());
    teller.done(send("alice", "carol", "10.00 CNY"));
    teller.refused_for(Reason::OwnerNotActivated, send("carol", "alice", "1.00 CNY"));
    teller.done(OwnerCommand::Activate { owner: read("carol") });
    teller.refused_for(Reason::TierTooLow, send("carol", "alice", "1.00 CNY"));
    teller.done(OwnerCommand::Verify { owner: read("carol"), tier: 1 });
    teller.done(send("carol", "alice", "1.00 CNY"));
    teller.replay();
}

#[test]
fn freezes_stop_transfers_and_closed_wallets_take_none() {
    let mut teller = Teller::small_world();
    fund(&mut teller, "alice", Role::Wallet, "100.00 CNY");
    let freeze = |owner, debit, credit| OwnerCommand::Freeze { owner: read(owner), debit, credit };
    teller.done(freeze("bob", true, false));
    teller.done(send("alice", "bob", "1.00 CNY"));
    teller.refused_for(Reason::AccountFrozen, send("bob", "alice", "1.00 CNY"));
    teller.done(freeze("bob", false, true));
    teller.refused_for(Reason::AccountFrozen, send("alice", "bob", "1.00 CNY"));
    teller.done(freeze("bob", false, false));
    teller.done(send("bob", "alice", "1.00 CNY"));
    teller.done(OwnerCommand::Close { owner: read("bob"), sets_aside: false });
    let refusal = teller.refused_for(Reason::StateForbids, send("alice", "bob", "1.00 CNY"));
    assert_eq!(refusal.detail, longmen_core::Detail::Phase(longmen_core::Thing::Owner, Phase::Closed));
    teller.replay();
}
