use longmen_core::{Detail, Key, Phase, Reason, Thing};
use longmen_money::{Currency, Sum};
use longmen_wallet::{
    ChannelCommand, Fee, HouseCommand, OwnerCommand, OwnerKind, Payment, PaymentCommand, PaymentEvent,
    PaymentTerms, PaymentWay, ProductEvent, Role, Terms, TransferCommand,
};

use crate::funds::fund;
use crate::teller::{DAY, Teller, read, sum};

pub(crate) const CNY: Currency = Currency::CNY;

/// Terms of payments as tests want them: 0.6 % for the merchant, 3 % on top by foreign card with 6 % tax in that.
pub(crate) fn orders() -> PaymentTerms {
    PaymentTerms {
        channels: ["bank", "alipay", "huabei", "visa"].map(read).to_vec(),
        surcharges: vec![(read("visa"), Fee { rate_ppm: 30_000, ..Fee::NONE })],
        surcharge_tax_ppm: 60_000,
        returns_surcharge: true,
        merchant_fee: Fee { rate_ppm: 6_000, ..Fee::NONE },
        refunds_on_credit: false,
    }
}

/// The small world, with terms `orders` and 500.00 CNY in alice's wallet and 200.00 in her purse.
pub(crate) fn world() -> Teller {
    let mut teller = Teller::small_world();
    teller.terms("orders", Terms::Payment(orders()));
    teller.terms("credit", Terms::Payment(PaymentTerms { refunds_on_credit: true, ..orders() }));
    fund(&mut teller, "alice", Role::Wallet, "500.00 CNY");
    fund(&mut teller, "alice", Role::Purse, "200.00 CNY");
    teller
}

fn authorise(from: Role, text: &str, expires_ns: Option<u64>) -> PaymentCommand {
    let (payer, merchant, order, terms) = (read("alice"), read("shop"), read("order-1"), read("orders"));
    PaymentCommand::Authorise { payer, merchant, order, sum: sum(text), from, terms, expires_ns }
}

pub(crate) fn pay_under(terms: &str, payer: &str, merchant: &str, from: Role, text: &str) -> PaymentCommand {
    let (payer, merchant, order, terms) = (read(payer), read(merchant), read("order-1"), read(terms));
    PaymentCommand::Pay { payer, merchant, order, sum: sum(text), from, terms }
}

pub(crate) fn pay(from: Role, text: &str) -> PaymentCommand {
    pay_under("orders", "alice", "shop", from, text)
}

pub(crate) fn by_channel(channel: &str, reference: &str, text: &str) -> PaymentCommand {
    PaymentCommand::PayByChannel {
        channel: read(channel),
        reference: read(reference),
        payer: None,
        merchant: read("shop"),
        order: read("order-1"),
        sum: sum(text),
        charged: None,
        terms: read("orders"),
        due_ns: None,
    }
}

pub(crate) fn release(payment: Key) -> PaymentCommand {
    PaymentCommand::Release { payment, part: None }
}

pub(crate) fn release_part(payment: Key, text: &str) -> PaymentCommand {
    PaymentCommand::Release { payment, part: Some(sum(text)) }
}

pub(crate) fn refund(payment: Key, text: &str) -> PaymentCommand {
    PaymentCommand::Refund { payment, sum: sum(text) }
}

pub(crate) fn payment(teller: &Teller, name: Key) -> &Payment {
    teller.state.products().payments.get(name).unwrap()
}

pub(crate) fn escrow(teller: &Teller) -> String {
    teller.balance("shop", Role::Escrow, CNY).posted().to_string()
}

pub(crate) fn freeze(owner: &str, debit: bool, credit: bool) -> OwnerCommand {
    OwnerCommand::Freeze { owner: read(owner), debit, credit }
}

#[test]
fn m02_a_payment_from_the_wallet_is_held_then_paid_into_escrow() {
    let mut teller = world();
    let name = teller.done(authorise(Role::Wallet, "120.00 CNY", None));
    assert!(teller.last_posts().is_empty());
    assert_eq!(teller.balance("alice", Role::Wallet, CNY).held().to_string(), "120.00 CNY");
    assert_eq!(teller.available("alice", CNY), "380.00 CNY");
    let posts = teller.posts(PaymentCommand::Confirm { payment: name });
    assert_eq!(posts, ["D wallet 120.00 CNY", "C escrow 120.00 CNY"]);
    assert_eq!(teller.balance("alice", Role::Wallet, CNY).held().to_string(), "0.00 CNY");
    let own = payment(&teller, name);
    assert_eq!((own.phase, own.order, own.payer), (Phase::Paid, read("order-1"), Some(read("alice"))));
    let shop = teller.state.products().owners.get(read("shop")).unwrap();
    let item = teller.state.products().items.get(shop.account(Role::Escrow, CNY).unwrap(), &name).unwrap();
    assert_eq!((item.open.minor(), item.owner), (12_000, Some(read("shop"))));
    teller.replay();
}

#[test]
fn what_is_given_up_or_too_late_holds_nothing_any_more() {
    let mut teller = world();
    let name = teller.done(authorise(Role::Purse, "120.00 CNY", None));
    assert_eq!(teller.balance("alice", Role::Purse, CNY).available().to_string(), "80.00 CNY");
    teller.done(PaymentCommand::Cancel { payment: name });
    assert_eq!(teller.balance("alice", Role::Purse, CNY).available().to_string(), "200.00 CNY");
    assert_eq!(payment(&teller, name).phase, Phase::Cancelled);

    let until = teller.now + DAY;
    let name = teller.done(authorise(Role::Wallet, "120.00 CNY", Some(until)));
    teller.pass(DAY);
    assert_eq!(teller.available("alice", CNY), "500.00 CNY");
    assert_eq!(payment(&teller, name).phase, Phase::Expired);
    let refusal = teller.refused_for(Reason::StateForbids, PaymentCommand::Confirm { payment: name });
    assert_eq!(refusal.detail, Detail::Phase(Thing::Payment, Phase::Expired));
    let past = Some(teller.now);
    teller.refused_for(Reason::TooLate, authorise(Role::Wallet, "1.00 CNY", past));
    teller.replay();
}

#[test]
fn m20_a_code_or_a_bill_is_paid_at_once_from_wallet_or_purse() {
    let mut teller = world();
    let posts = teller.posts(pay(Role::Wallet, "20.00 CNY"));
    assert_eq!(posts, ["D wallet 20.00 CNY", "C escrow 20.00 CNY"]);
    let posts = teller.posts(pay(Role::Purse, "30.00 CNY"));
    assert_eq!(posts, ["D purse 30.00 CNY", "C escrow 30.00 CNY"]);
    assert_eq!(escrow(&teller), "50.00 CNY");
    teller.replay();
}

#[test]
fn f4_r14_what_is_not_there_cannot_be_paid() {
    let mut teller = world();
    let refusal = teller.refused_for(Reason::InsufficientFunds, pay(Role::Wallet, "500.01 CNY"));
    assert_eq!(refusal.short_by.minor(), 1);
    teller.refused_for(Reason::InsufficientFunds, authorise(Role::Purse, "200.01 CNY", None));
    teller.done(authorise(Role::Wallet, "400.00 CNY", None));
    teller.refused_for(Reason::InsufficientFunds, pay(Role::Wallet, "100.01 CNY"));
    teller.done(pay(Role::Wallet, "100.00 CNY"));
    teller.replay();
}

#[test]
fn who_and_what_cannot_pay_or_be_paid() {
    let mut teller = world();
    fund(&mut teller, "shop", Role::Merchant, "10.00 CNY");
    teller.refused_for(Reason::AmountZero, pay(Role::Wallet, "0.00 CNY"));
    teller.refused_for(Reason::WrongKind, pay(Role::Escrow, "1.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, pay_under("none", "alice", "shop", Role::Wallet, "1.00 CNY"));
    teller.refused_for(Reason::WrongKind, pay_under("consumer", "alice", "shop", Role::Wallet, "1.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, pay_under("orders", "x", "shop", Role::Wallet, "1.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, pay_under("orders", "alice", "x", Role::Wallet, "1.00 CNY"));
    teller.refused_for(Reason::WrongKind, pay_under("orders", "shop", "shop", Role::Wallet, "1.00 CNY"));
    teller.refused_for(Reason::WrongKind, pay_under("orders", "alice", "bob", Role::Wallet, "1.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, pay(Role::Purse, "1.00 USD"));
    teller.done(freeze("alice", true, false));
    teller.refused_for(Reason::AccountFrozen, pay(Role::Wallet, "1.00 CNY"));
    teller.done(freeze("alice", false, false));
    teller.done(freeze("shop", false, true));
    teller.refused_for(Reason::AccountFrozen, pay(Role::Wallet, "1.00 CNY"));
    teller.done(freeze("shop", false, false));
    let fixed = Fee { fixed: Some(sum("1.00 USD")), ..Fee::NONE };
    teller.terms("odd", Terms::Payment(PaymentTerms { merchant_fee: fixed, ..orders() }));
    teller.refused_for(Reason::CurrencyMismatch, pay_under("odd", "alice", "shop", Role::Wallet, "1.00 CNY"));
    teller.replay();
}

#[test]
fn r10_who_is_not_activated_or_verified_does_not_pay() {
    let mut teller = world();
    teller.done(OwnerCommand::Register {
        owner: read("carol"),
        kind: OwnerKind::Customer,
        pool: read("emoney"),
        terms: read("consumer"),
        currencies: vec![CNY],
    });
    fund(&mut teller, "carol", Role::Wallet, "10.00 CNY");
    let own = || pay_under("orders", "carol", "shop", Role::Wallet, "1.00 CNY");
    teller.refused_for(Reason::OwnerNotActivated, own());
    teller.done(OwnerCommand::Activate { owner: read("carol") });
    teller.refused_for(Reason::TierTooLow, own());
    teller.done(OwnerCommand::Verify { owner: read("carol"), tier: 1 });
    teller.done(own());
    teller.replay();
}

#[test]
fn a_freeze_after_the_authorisation_does_not_stop_what_was_held() {
    let mut teller = world();
    let name = teller.done(authorise(Role::Wallet, "10.00 CNY", None));
    teller.done(freeze("alice", true, true));
    teller.done(freeze("shop", true, true));
    teller.done(PaymentCommand::Confirm { payment: name });
    assert_eq!(escrow(&teller), "10.00 CNY");
    teller.replay();
}

#[test]
fn m01_m03_a_channel_that_has_taken_the_money_pays_into_escrow() {
    let mut teller = world();
    for (channel, reference) in [("bank", "b-1"), ("alipay", "a-1"), ("huabei", "h-1")] {
        let posts = teller.posts(by_channel(channel, reference, "100.00 CNY"));
        assert_eq!(posts, ["D clearing 100.00 CNY", "C escrow 100.00 CNY"]);
        assert_eq!(teller.clearing(channel, CNY), "100.00 CNY");
    }
    // The lender carries the buyer: nobody owes the operator anything.
    assert_eq!(teller.house(Role::Instalments, CNY), "0.00 CNY");
    teller.replay();
}

#[test]
fn m04_a_card_from_abroad_pays_a_surcharge_with_tax_in_it() {
    let mut teller = world();
    // 3 % of 1,000.00 is 30.00, of which 6 % are tax.
    let mut command = by_channel("visa", "v-1", "1000.00 CNY");
    let PaymentCommand::PayByChannel { charged, .. } = &mut command else { unreachable!() };
    *charged = Some(sum("1000.00 CNY"));
    teller.refused_for(Reason::AmountDiffers, command.clone());
    let PaymentCommand::PayByChannel { charged, .. } = &mut command else { unreachable!() };
    *charged = Some(sum("1030.00 CNY"));
    let posts = teller.posts(command);
    let want = ["D clearing 1030.00 CNY", "C escrow 1000.00 CNY", "C surcharges 28.20 CNY", "C tax 1.80 CNY"];
    assert_eq!(posts, want);
    teller.replay();
}

#[test]
fn a_reference_is_booked_once_on_its_channel_and_again_on_another() {
    let mut teller = world();
    teller.done(by_channel("bank", "ref-1", "100.00 CNY"));
    teller.refused_for(Reason::ReferenceUsed, by_channel("bank", "ref-1", "100.00 CNY"));
    teller.refused_for(Reason::ReferenceUsed, by_channel("bank", "ref-1", "90.00 CNY"));
    teller.done(by_channel("alipay", "ref-1", "100.00 CNY"));
    teller.refused_for(Reason::NotOffered, by_channel("wechat", "ref-1", "100.00 CNY"));
    teller.refused_for(Reason::NotOffered, by_channel("nowhere", "ref-1", "100.00 CNY"));
    teller.refused_for(Reason::AmountZero, by_channel("bank", "ref-2", "0.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, by_channel("bank", "ref-2", "1 JPY"));
    let mut command = by_channel("bank", "ref-2", "1.00 CNY");
    let PaymentCommand::PayByChannel { payer, .. } = &mut command else { unreachable!() };
    *payer = Some(read("shop"));
    teller.refused_for(Reason::WrongKind, command);
    teller.replay();
}

#[test]
fn a_channel_of_another_pool_does_not_pay_this_pools_merchants() {
    let mut teller = world();
    let pool = read("acquiring");
    teller.done(HouseCommand::Open { pool, currency: CNY });
    teller.done(ChannelCommand::Open {
        channel: read("other"),
        kind: longmen_wallet::ChannelKind::BankCard,
        pool,
        currencies: vec![CNY],
        settles_within_ns: None,
    });
    let channels = vec![read("other")];
    teller.terms("orders", Terms::Payment(PaymentTerms { channels, ..orders() }));
    teller.refused_for(Reason::WrongKind, by_channel("other", "o-1", "1.00 CNY"));
    teller.replay();
}

#[test]
fn m05_the_entry_tells_the_merchant_which_order_was_paid() {
    let mut teller = world();
    teller.done(by_channel("bank", "b-1", "100.00 CNY"));
    let fact = teller.entries.last().unwrap().1.product.as_ref().unwrap();
    let ProductEvent::Payment(PaymentEvent::Paid { merchant, order, sum: paid, way, .. }) = &fact.event
    else {
        panic!("{fact:?}")
    };
    assert_eq!((*merchant, *order, *paid), (read("shop"), read("order-1"), sum("100.00 CNY")));
    assert_eq!(*way, PaymentWay::Channel { channel: read("bank"), reference: read("b-1") });
    teller.replay();
}

#[test]
fn payments_stay_within_a_pool() {
    let mut teller = world();
    let pool = read("acquiring");
    teller.done(HouseCommand::Open { pool, currency: CNY });
    for (owner, kind, terms) in
        [("newshop", OwnerKind::Merchant, "seller"), ("carol", OwnerKind::Customer, "consumer")]
    {
        let (owner, terms, currencies) = (read(owner), read(terms), vec![CNY]);
        teller.done(OwnerCommand::Register { owner, kind, pool, terms, currencies });
    }
    let refusal = teller
        .refused_for(Reason::WrongKind, pay_under("orders", "alice", "newshop", Role::Wallet, "1.00 CNY"));
    assert_eq!(refusal.detail, Detail::Thing(Thing::Pool));
    let send = TransferCommand::Send { from: read("alice"), to: read("carol"), sum: sum("1.00 CNY") };
    let refusal = teller.refused_for(Reason::WrongKind, send);
    assert_eq!(refusal.detail, Detail::Thing(Thing::Pool));
    teller.replay();
}

/// A payment of 100.00 CNY in a phase, and how it came there.
fn in_phase(teller: &mut Teller, phase: Phase) -> Key {
    let (whole, until): (Sum, u64) = (sum("100.00 CNY"), teller.now + DAY);
    match phase {
        Phase::Authorised => teller.done(authorise(Role::Wallet, "100.00 CNY", None)),
        Phase::Cancelled => {
            let payment = in_phase(teller, Phase::Authorised);
            teller.done(PaymentCommand::Cancel { payment });
            payment
        }
        Phase::Expired => {
            let payment = teller.done(authorise(Role::Wallet, "100.00 CNY", Some(until)));
            teller.pass(DAY);
            payment
        }
        Phase::Paid => {
            let payment = in_phase(teller, Phase::Authorised);
            teller.done(PaymentCommand::Confirm { payment });
            payment
        }
        Phase::Released => {
            let payment = in_phase(teller, Phase::Paid);
            teller.done(release(payment));
            fund(teller, "shop", Role::Merchant, "0.60 CNY");
            payment
        }
        Phase::Refunded => {
            let payment = in_phase(teller, Phase::Paid);
            teller.done(PaymentCommand::Refund { payment, sum: whole });
            payment
        }
        _ => unreachable!("no phase of a payment"),
    }
}

#[test]
fn every_command_in_every_phase_of_a_payment() {
    use Phase::{Authorised, Cancelled, Expired, Paid, Refunded, Released};
    type Make = fn(Key) -> PaymentCommand;
    let commands: [(&str, Make); 5] = [
        ("confirm", |payment| PaymentCommand::Confirm { payment }),
        ("cancel", |payment| PaymentCommand::Cancel { payment }),
        ("release", release),
        ("refund part", |payment| refund(payment, "40.00 CNY")),
        ("refund", |payment| refund(payment, "100.00 CNY")),
    ];
    // For each phase, where each of the commands leads; nothing where it is refused.
    let table = [
        (Authorised, [Some(Paid), Some(Cancelled), None, None, None]),
        (Paid, [None, None, Some(Released), Some(Paid), Some(Refunded)]),
        (Released, [None, None, None, Some(Released), Some(Refunded)]),
        (Refunded, [None; 5]),
        (Cancelled, [None; 5]),
        (Expired, [None; 5]),
    ];
    for (phase, leads) in table {
        for ((name, command), to) in commands.iter().zip(leads) {
            let mut teller = world();
            let own = in_phase(&mut teller, phase);
            assert_eq!(payment(&teller, own).phase, phase);
            match to {
                Some(to) => {
                    teller.done(command(own));
                    assert_eq!(payment(&teller, own).phase, to, "{name} when {phase}");
                }
                None => {
                    let refusal = teller.refused_for(Reason::StateForbids, command(own));
                    assert_eq!(refusal.detail, Detail::Phase(Thing::Payment, phase), "{name} when {phase}");
                }
            }
            teller.replay();
        }
    }
    let mut teller = world();
    for (_, command) in commands {
        teller.refused_for(Reason::ThingNotFound, command(read("none")));
    }
}
