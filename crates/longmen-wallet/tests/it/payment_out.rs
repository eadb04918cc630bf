//! Payments out of escrow: released to the merchant, or given back.

use longmen_core::{Detail, Flow, Key, Phase, Reason, Thing, Window};
use longmen_money::{Amount, Sum};
use longmen_wallet::{
    ChannelCommand, Fee, OwnerCommand, OwnerKind, PaymentCommand, PaymentTerms, RefundCommand, RefundOf,
    Role, Subsidy, Terms, TierLimit, WalletTerms,
};
use proptest::prelude::*;

use crate::funds::fund;
use crate::payment::{
    CNY, by_channel, freeze, orders, pay, pay_under, payment, refund, release, release_part, world,
};
use crate::teller::{Teller, read, seller, sum};

#[test]
fn m06_escrow_is_released_less_the_merchants_fee() {
    let mut teller = world();
    let name = teller.done(pay(Role::Wallet, "100.00 CNY"));
    let posts = teller.posts(release(name));
    assert_eq!(posts, ["D escrow 100.00 CNY", "C merchant 99.40 CNY", "C fees 0.60 CNY"]);
    assert_eq!(payment(&teller, name).phase, Phase::Released);
    assert_eq!(teller.available("shop", CNY), "99.40 CNY");
    teller.replay();
}

#[test]
fn parts_that_are_released_cost_no_more_than_the_whole() {
    let mut teller = world();
    let fee =
        Fee { rate_ppm: 6_000, fixed: Some(sum("0.10 CNY")), minimum: Some(sum("0.50 CNY")), ..Fee::NONE };
    teller.terms("parts", Terms::Payment(PaymentTerms { merchant_fee: fee, ..orders() }));
    let name = teller.done(pay_under("parts", "alice", "shop", Role::Wallet, "100.00 CNY"));
    let refusal = teller.refused_for(Reason::BelowFee, release_part(name, "0.40 CNY"));
    assert_eq!(refusal.short_by.minor(), 10);
    // 0.7 % in all with the fixed part: the least at first, then nothing until it is earned, then the rest.
    assert_eq!(teller.posts(release_part(name, "50.00 CNY"))[2], "C fees 0.50 CNY");
    let posts = teller.posts(release_part(name, "10.00 CNY"));
    assert_eq!(posts, ["D escrow 10.00 CNY", "C merchant 10.00 CNY"]);
    assert_eq!(payment(&teller, name).phase, Phase::Paid);
    let refusal = teller.refused_for(Reason::ExceedsRemainder, release_part(name, "40.01 CNY"));
    assert_eq!((refusal.detail, refusal.short_by.minor()), (Detail::Thing(Thing::Payment), 1));
    teller.refused_for(Reason::AmountZero, release_part(name, "0.00 CNY"));
    teller.refused_for(Reason::CurrencyMismatch, release_part(name, "1.00 USD"));
    assert_eq!(teller.posts(release(name))[2], "C fees 0.20 CNY");
    let own = payment(&teller, name);
    assert_eq!((own.phase, own.released.minor(), own.fee.minor()), (Phase::Released, 10_000, 70));
    teller.replay();
}

#[test]
fn r15_a_merchant_who_is_not_activated_is_paid_all_the_same_and_it_is_safeguarded() {
    let mut teller = world();
    teller.done(OwnerCommand::Register {
        owner: read("newshop"),
        kind: OwnerKind::Merchant,
        pool: read("emoney"),
        terms: read("seller"),
        currencies: vec![CNY],
    });
    let name = teller.done(pay_under("orders", "alice", "newshop", Role::Wallet, "100.00 CNY"));
    teller.done(release(name));
    assert_eq!(teller.available("newshop", CNY), "99.40 CNY");
    let required = |teller: &Teller| teller.state.safeguarding(teller.now)[0].requirement.to_string();
    assert_eq!(required(&teller), "699.40 CNY");
    let before = teller.entries.len();
    teller.done(OwnerCommand::Activate { owner: read("newshop") });
    assert!(teller.entries[before].1.postings.is_empty(), "activation posts nothing");
    teller.replay();
}

#[test]
fn a_debit_freeze_does_not_stop_a_release_and_a_credit_freeze_does() {
    let mut teller = world();
    let name = teller.done(pay(Role::Wallet, "100.00 CNY"));
    teller.done(freeze("shop", true, true));
    teller.refused_for(Reason::AccountFrozen, release(name));
    teller.done(freeze("shop", false, true));
    teller.refused_for(Reason::AccountFrozen, release(name));
    teller.done(freeze("shop", true, false));
    teller.done(release(name));
    assert_eq!(teller.available("shop", CNY), "99.40 CNY");
    teller.replay();
}

#[test]
fn refunds_come_out_of_escrow_first_and_then_from_the_merchant() {
    let mut teller = world();
    let name = teller.done(pay(Role::Purse, "100.00 CNY"));
    assert_eq!(teller.posts(refund(name, "10.00 CNY")), ["D escrow 10.00 CNY", "C purse 10.00 CNY"]);
    assert_eq!(payment(&teller, name).phase, Phase::Paid);
    teller.done(release_part(name, "60.00 CNY"));
    let posts = teller.posts(refund(name, "50.00 CNY"));
    assert_eq!(posts, ["D escrow 30.00 CNY", "D merchant 20.00 CNY", "C purse 50.00 CNY"]);
    assert_eq!(payment(&teller, name).phase, Phase::Released);
    let refusal = teller.refused_for(Reason::ExceedsRemainder, refund(name, "40.01 CNY"));
    assert_eq!((refusal.detail, refusal.short_by.minor()), (Detail::Thing(Thing::Payment), 1));
    teller.refused_for(Reason::AmountZero, refund(name, "0.00 CNY"));
    teller.refused_for(Reason::CurrencyMismatch, refund(name, "1.00 USD"));
    // The merchant has 60.00 less 0.36, of which 20.00 went back.
    fund(&mut teller, "shop", Role::Merchant, "0.36 CNY");
    assert_eq!(teller.posts(refund(name, "40.00 CNY")), ["D merchant 40.00 CNY", "C purse 40.00 CNY"]);
    let own = payment(&teller, name);
    assert_eq!((own.phase, own.refunded, own.released.minor()), (Phase::Refunded, own.sum.amount, 6_000));
    assert_eq!(teller.balance("alice", Role::Purse, CNY).posted().to_string(), "200.00 CNY");
    let refusal = teller.refused_for(Reason::StateForbids, refund(name, "0.01 CNY"));
    assert_eq!(refusal.detail, Detail::Phase(Thing::Payment, Phase::Refunded));
    teller.replay();
}

#[test]
fn what_comes_back_is_money_of_the_payments_name() {
    let mut teller = world();
    let name = teller.done(pay(Role::Wallet, "500.00 CNY"));
    teller.done(refund(name, "20.00 CNY"));
    let alice = teller.state.products().owners.get(read("alice")).unwrap();
    let lots = teller.state.products().lots.of(alice.account(Role::Wallet, CNY).unwrap()).unwrap();
    assert_eq!(lots.lot(&name).unwrap().remaining.minor(), 2_000);
    teller.replay();
}

#[test]
fn e44_a_merchant_who_cannot_cover_a_refund_is_refused_it_or_owes_it_by_the_terms() {
    for (terms, from) in [("orders", Role::Wallet), ("credit", Role::Wallet), ("credit", Role::Purse)] {
        let mut teller = world();
        let name = teller.done(pay_under(terms, "alice", "shop", from, "100.00 CNY"));
        teller.done(release(name));
        if terms == "orders" {
            let refusal = teller.refused_for(Reason::InsufficientFunds, refund(name, "100.00 CNY"));
            assert_eq!((refusal.detail, refusal.short_by.minor()), (Detail::Thing(Thing::Owner), 60));
            teller.done(refund(name, "99.40 CNY"));
            continue;
        }
        let posts = teller.posts(refund(name, "100.00 CNY"));
        let credit = format!("C {} 100.00 CNY", from.word());
        assert_eq!(posts, ["D merchant 99.40 CNY", "D debts 0.60 CNY", &credit]);
        // What it is paid next pays the debt first.
        let next = teller.done(by_channel("bank", "b-9", "10.00 CNY"));
        let posts = teller.posts(release(next));
        let want = [
            "D escrow 10.00 CNY",
            "C merchant 9.94 CNY",
            "C fees 0.06 CNY",
            "D merchant 0.60 CNY",
            "C debts 0.60 CNY",
        ];
        assert_eq!(posts, want);
        assert_eq!(teller.house(Role::Debts, CNY), "0.00 CNY");
        teller.replay();
    }
}

#[test]
fn e35_a_refund_comes_in_whatever_is_frozen() {
    let mut teller = world();
    let name = teller.done(pay(Role::Wallet, "100.00 CNY"));
    teller.done(release_part(name, "50.00 CNY"));
    teller.done(freeze("alice", true, true));
    teller.done(freeze("shop", true, true));
    teller.done(refund(name, "60.00 CNY"));
    assert_eq!(teller.available("alice", CNY), "460.00 CNY");
    teller.replay();
}

#[test]
fn e34_a_refund_for_a_closed_wallet_is_kept_for_its_owner() {
    let mut teller = world();
    let name = teller.done(pay(Role::Wallet, "500.00 CNY"));
    teller.done(OwnerCommand::Close { owner: read("alice"), sets_aside: true });
    let posts = teller.posts(refund(name, "60.00 CNY"));
    assert_eq!(posts, ["D escrow 60.00 CNY", "C unclaimed 60.00 CNY"]);
    teller.replay();
}

#[test]
fn a_channel_payment_goes_back_to_its_channel_with_its_surcharge_when_all_of_it_does() {
    let mut teller = world();
    let name = teller.done(by_channel("visa", "v-1", "1000.00 CNY"));
    let posts = teller.posts(refund(name, "400.00 CNY"));
    assert_eq!(posts, ["D escrow 400.00 CNY", "C refunds 400.00 CNY"]);
    teller.done(release(name));
    let own = teller.state.products().refunds.iter().next().unwrap();
    assert_eq!((own.of, own.owner, own.sum), (RefundOf::Payment(name), None, sum("400.00 CNY")));
    let first = own.name;
    fund(&mut teller, "shop", Role::Merchant, "3.60 CNY");
    let posts = teller.posts(refund(name, "600.00 CNY"));
    let want = ["D merchant 600.00 CNY", "D surcharges 28.20 CNY", "D tax 1.80 CNY", "C refunds 630.00 CNY"];
    assert_eq!(posts, want);
    let second = teller.state.products().refunds.iter().nth(1).unwrap().name;
    for refund in [first, second] {
        teller.done(RefundCommand::Send { refund });
        teller.done(RefundCommand::Complete { refund, bank: None });
    }
    assert_eq!(teller.clearing("visa", CNY), "0.00 CNY");
    assert_eq!(teller.house(Role::Surcharges, CNY), "0.00 CNY");
    assert_eq!(payment(&teller, name).phase, Phase::Refunded);
    teller.replay();
}

#[test]
fn a_surcharge_stays_where_the_terms_keep_it() {
    let mut teller = world();
    teller.terms("orders", Terms::Payment(PaymentTerms { returns_surcharge: false, ..orders() }));
    let name = teller.done(by_channel("visa", "v-1", "1000.00 CNY"));
    let posts = teller.posts(refund(name, "1000.00 CNY"));
    assert_eq!(posts, ["D escrow 1000.00 CNY", "C refunds 1000.00 CNY"]);
    teller.replay();
}

#[test]
fn a_payment_keeps_the_terms_that_it_was_made_under() {
    let mut teller = world();
    let name = teller.done(pay(Role::Wallet, "100.00 CNY"));
    let merchant_fee = Fee { rate_ppm: 500_000, ..Fee::NONE };
    teller.terms("orders", Terms::Payment(PaymentTerms { merchant_fee, ..orders() }));
    assert_eq!(teller.posts(release(name))[2], "C fees 0.60 CNY");
    teller.replay();
}

#[test]
fn m03_a_lender_pays_at_once_and_somebody_pays_the_interest() {
    for (by, debit) in [(None, "D subsidy 9.00 CNY"), (Some(read("shop")), "D merchant 9.00 CNY")] {
        let mut teller = world();
        let name = teller.done(by_channel("huabei", "h-1", "300.00 CNY"));
        teller.done(release(name));
        let mut posts = teller.posts(ChannelCommand::Settle {
            channel: read("huabei"),
            items: vec![read("h-1")],
            net: sum("291.00 CNY"),
            taken: false,
            cost: None,
            subsidy: Some(Subsidy { sum: sum("9.00 CNY"), by }),
            into: Role::Reserve,
            suspends: false,
        });
        posts.sort();
        let mut want = ["C clearing 291.00 CNY", "C clearing 9.00 CNY", "D reserve 291.00 CNY", debit];
        want.sort_unstable();
        assert_eq!(posts, want);
        assert_eq!(teller.clearing("huabei", CNY), "0.00 CNY");
        // A refund of the whole is the merchant's, and the lender takes it off what it owes next.
        fund(&mut teller, "shop", Role::Merchant, "100.00 CNY");
        let refunded = teller.done(refund(name, "300.00 CNY"));
        assert_eq!(teller.last_posts(), ["D merchant 300.00 CNY", "C refunds 300.00 CNY"]);
        teller.done(RefundCommand::Send { refund: refunded });
        let posts = teller.posts(RefundCommand::Complete { refund: refunded, bank: None });
        assert_eq!(posts, ["D refunds 300.00 CNY", "C clearing 300.00 CNY"]);
        teller.replay();
    }
}

#[test]
fn a_release_goes_out_of_no_limit_and_comes_in_once() {
    let mut teller = world();
    let limit = |flow, text| {
        let (most, window) = (sum(text), Window::Lifetime);
        TierLimit { tier: 0, flow, most, window, counts_withdrawals: true }
    };
    let limits = vec![limit(Flow::Out, "0.01 CNY"), limit(Flow::In, "99.40 CNY")];
    teller.terms("limited", Terms::Wallet(WalletTerms { limits, ..seller() }));
    let (owner, kind, pool) = (read("newshop"), OwnerKind::Merchant, read("emoney"));
    let (terms, currencies) = (read("limited"), vec![CNY]);
    teller.done(OwnerCommand::Register { owner, kind, pool, terms, currencies });
    let name = teller.done(pay_under("orders", "alice", "newshop", Role::Wallet, "101.00 CNY"));
    teller.done(release_part(name, "100.00 CNY"));
    teller.refused_for(Reason::LimitExceeded, release(name));
    teller.replay();
}

#[test]
fn f13_a_refund_that_the_channel_refuses_stays_the_payers() {
    let mut teller = world();
    let mut command = by_channel("bank", "b-1", "100.00 CNY");
    let PaymentCommand::PayByChannel { payer, .. } = &mut command else { unreachable!() };
    *payer = Some(read("alice"));
    let name = teller.done(command);
    let refund = teller.done(refund(name, "100.00 CNY"));
    teller.done(RefundCommand::Send { refund });
    teller.done(RefundCommand::Fail { refund, bank: None });
    let again = RefundCommand::Recredit { refund, refund_until_ns: None, calendar: None };
    teller.refused_for(Reason::NotOffered, again);
    let posts = teller.posts(RefundCommand::Unclaim { refund });
    assert_eq!(posts, ["D refunds 100.00 CNY", "C unclaimed 100.00 CNY"]);
    assert_eq!(payment(&teller, name).phase, Phase::Refunded);
    teller.replay();
}

/// A part of a payment of 300.00 CNY: whether it is released or refunded, and how much of it.
fn parts() -> impl Strategy<Value = Vec<(bool, u64)>> {
    prop::collection::vec((any::<bool>(), 1_u64..20_000), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_released_and_refunded_adds_up(parts in parts(), terms in prop::sample::select(vec!["orders", "credit"])) {
        let mut teller = world();
        let name = teller.done(pay_under(terms, "alice", "shop", Role::Wallet, "300.00 CNY"));
        for (at, (is_release, minor)) in parts.into_iter().enumerate() {
            let some = Sum::new(Amount::new(minor).unwrap(), CNY);
            let command = match is_release {
                true => PaymentCommand::Release { payment: name, part: Some(some) },
                false => PaymentCommand::Refund { payment: name, sum: some },
            };
            let before = payment(&teller, name).clone();
            if let Err(refusal) = teller.run(&format!("part{at}"), command) {
                let may = [Reason::ExceedsRemainder, Reason::InsufficientFunds, Reason::StateForbids];
                prop_assert!(may.contains(&refusal.reason), "{refusal}");
                prop_assert_eq!(&before, payment(&teller, name));
            }
            adds_up(&teller, name);
        }
        teller.replay();
    }
}

/// What the buyer paid is in escrow, with the merchant, with the operator as its fee, or back.
fn adds_up(teller: &Teller, name: Key) {
    let own = payment(teller, name);
    let minor = |role| teller.balance("shop", role, CNY).posted().minor();
    let (escrow, merchant) = (minor(Role::Escrow), minor(Role::Merchant));
    let house = teller.state.products().houses.get(read("emoney"), CNY).unwrap();
    let debts = teller.state.books().account_at(house.account(Role::Debts)).unwrap();
    let debts = debts.balance().posted().minor();
    let [paid, released, fee, refunded] =
        [own.sum.amount, own.released, own.fee, own.refunded].map(|amount| i128::from(amount.minor()));
    assert_eq!(escrow + merchant - debts + fee + refunded, paid, "{own:?}");
    assert_eq!(teller.balance("alice", Role::Wallet, CNY).posted().minor(), 50_000 - paid + refunded);
    let whole = Sum::new(own.released, CNY);
    assert_eq!(own.fee, orders().merchant_fee.of(whole).unwrap().amount);
    let is_at = match own.phase {
        Phase::Paid => escrow > 0,
        Phase::Released => escrow == 0 && refunded < paid,
        _ => own.phase == Phase::Refunded && escrow == 0 && refunded == paid,
    };
    assert!(is_at && released + escrow <= paid, "{own:?} with {escrow} in escrow");
}
