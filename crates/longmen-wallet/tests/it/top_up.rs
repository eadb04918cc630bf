use longmen_core::{Detail, Flow, Key, Phase, Reason, Thing, Window};
use longmen_money::Currency;
use longmen_wallet::{
    Arrival, ChannelCommand, Fee, LateSuccess, OwnerCommand, OwnerKind, PaymentCommand, PaymentTerms,
    ProductEvent, Role, Terms, TierLimit, TopUp, TopUpCommand, TopUpEvent, TopUpTarget, TopUpTerms, Unspent,
    WalletTerms,
};

use crate::teller::{DAY, SECOND, Teller, consumer, read, sum};

pub(crate) const CNY: Currency = Currency::CNY;

/// Terms of top-ups without a fee: through three channels, refundable unspent, invoiced at load.
pub(crate) fn free() -> TopUpTerms {
    TopUpTerms {
        channels: ["bank", "alipay", "wechat"].map(read).to_vec(),
        minimum: Some(sum("1.00 CNY")),
        maximum: Some(sum("5000.00 CNY")),
        refundable: true,
        invoiced_at_load: true,
        ..TopUpTerms::default()
    }
}

/// Terms with 5 % on top, which come back with the top-up; what comes late is applied.
pub(crate) fn charged() -> TopUpTerms {
    TopUpTerms {
        fee: Fee { rate_ppm: 50_000, ..Fee::NONE },
        returns_fee: true,
        late_success: LateSuccess::Apply,
        recredit_refundable: true,
        ..free()
    }
}

/// The small world with terms `free`, `charged`, `kept` (the fee does not come back), `final` (nothing comes back) and
/// `gifts` (nothing but gift cards).
pub(crate) fn world() -> Teller {
    let mut teller = Teller::small_world();
    teller.terms("free", Terms::TopUp(free()));
    teller.terms("charged", Terms::TopUp(charged()));
    teller.terms("kept", Terms::TopUp(TopUpTerms { returns_fee: false, ..charged() }));
    teller.terms("final", Terms::TopUp(TopUpTerms { refundable: false, ..free() }));
    teller.terms("gifts", Terms::TopUp(TopUpTerms { channels: vec![read("gifts")], ..free() }));
    teller.terms("orders", Terms::Payment(PaymentTerms::default()));
    teller
}

pub(crate) fn wallet(owner: &str) -> TopUpTarget {
    TopUpTarget::Wallet { owner: read(owner), currency: CNY }
}

pub(crate) fn purse(owner: &str) -> TopUpTarget {
    TopUpTarget::Purse { owner: read(owner), currency: CNY }
}

/// Alice's wallet is topped up by Alipay.
pub(crate) fn request(terms: &str, text: &str) -> TopUpCommand {
    request_for(wallet("alice"), terms, "alipay", text)
}

pub(crate) fn request_for(target: TopUpTarget, terms: &str, channel: &str, text: &str) -> TopUpCommand {
    let (terms, channel) = (Some(read(terms)), read(channel));
    TopUpCommand::Request { target, terms, channel, sum: sum(text), expires_ns: None }
}

/// Alipay has taken so much.
pub(crate) fn receive(top_up: Key, reference: &str, text: &str) -> TopUpCommand {
    receive_by("alipay", top_up, reference, text)
}

pub(crate) fn receive_by(channel: &str, top_up: Key, reference: &str, text: &str) -> TopUpCommand {
    TopUpCommand::Receive { top_up, channel: read(channel), reference: read(reference), sum: sum(text) }
}

pub(crate) fn apply(top_up: Key) -> TopUpCommand {
    TopUpCommand::Apply { top_up, refund_until_ns: None, calendar: None }
}

/// A top-up that was received, under a reference that is its own name.
pub(crate) fn received(teller: &mut Teller, asked: TopUpCommand) -> Key {
    let top_up = teller.done(asked);
    let own = of(teller, top_up).clone();
    let (channel, reference, sum) = (own.channel, top_up, own.total());
    teller.done(TopUpCommand::Receive { top_up, channel, reference, sum });
    top_up
}

/// A top-up that was applied.
pub(crate) fn applied(teller: &mut Teller, asked: TopUpCommand) -> Key {
    let top_up = received(teller, asked);
    teller.done(apply(top_up));
    top_up
}

pub(crate) fn of(teller: &Teller, top_up: Key) -> &TopUp {
    teller.state.products().top_ups.get(top_up).unwrap()
}

pub(crate) fn phase(teller: &Teller, top_up: Key) -> Phase {
    of(teller, top_up).phase
}

/// An owner pays so much to the shop.
pub(crate) fn pay(owner: &str, text: &str) -> PaymentCommand {
    let (payer, merchant, order, terms) = (read(owner), read("shop"), read("order-1"), read("orders"));
    PaymentCommand::Pay { payer, merchant, order, sum: sum(text), from: Role::Wallet, terms }
}

/// Another customer, who knows what "unspent" means.
pub(crate) fn customer(teller: &mut Teller, name: &str, unspent: Unspent) {
    teller.terms(name, Terms::Wallet(WalletTerms { unspent, ..consumer() }));
    customer_under(teller, name, name);
}

/// Another customer, under other terms.
pub(crate) fn customer_under(teller: &mut Teller, name: &str, terms: &str) {
    let (owner, pool, terms) = (read(name), read("emoney"), read(terms));
    let (kind, currencies) = (OwnerKind::Customer, vec![CNY]);
    teller.done(OwnerCommand::Register { owner, kind, pool, terms, currencies });
    teller.done(OwnerCommand::Activate { owner });
    teller.done(OwnerCommand::Verify { owner, tier: 1 });
}

pub(crate) fn freeze(owner: &str, debit: bool, credit: bool) -> OwnerCommand {
    OwnerCommand::Freeze { owner: read(owner), debit, credit }
}

pub(crate) fn arrival(teller: &Teller) -> Arrival {
    let fact = teller.entries.last().unwrap().1.product.as_ref().unwrap();
    match &fact.event {
        ProductEvent::TopUp(TopUpEvent::Received { arrival, .. }) => *arrival,
        other => panic!("{other:?}"),
    }
}

#[test]
fn m07_to_m09_a_top_up_is_received_and_then_applied() {
    for channel in ["bank", "alipay", "wechat"] {
        let mut teller = world();
        let top_up = teller.done(request_for(wallet("alice"), "free", channel, "100.00 CNY"));
        assert!(teller.last_posts().is_empty(), "nothing is posted before money was taken");
        assert_eq!(phase(&teller, top_up), Phase::Initiated);
        let posts = teller.posts(receive_by(channel, top_up, "r1", "100.00 CNY"));
        assert_eq!(posts, ["D clearing 100.00 CNY", "C topups 100.00 CNY"]);
        assert_eq!(phase(&teller, top_up), Phase::Pending);
        assert_eq!(teller.available("alice", CNY), "0.00 CNY", "what is expected is not available");
        teller.pass(15 * 60 * SECOND);
        assert_eq!(teller.posts(apply(top_up)), ["D topups 100.00 CNY", "C wallet 100.00 CNY"]);
        assert_eq!(phase(&teller, top_up), Phase::Applied);
        assert_eq!(of(&teller, top_up).applied_ns, Some(teller.now));
        assert_eq!(teller.available("alice", CNY), "100.00 CNY");
        teller.replay();
    }
}

#[test]
fn t10_a_top_up_lands_on_the_gift_card_account_with_its_fee_on_top() {
    let mut teller = world();
    let top_up = teller.done(request_for(purse("alice"), "charged", "bank", "200.00 CNY"));
    let posts = teller.posts(receive_by("bank", top_up, "r1", "210.00 CNY"));
    assert_eq!(posts, ["D clearing 210.00 CNY", "C topups 200.00 CNY", "C topupfees 10.00 CNY"]);
    assert_eq!(teller.posts(apply(top_up)), ["D topups 200.00 CNY", "C purse 200.00 CNY"]);
    let account = of(&teller, top_up).account;
    let lot = *teller.state.products().lots.of(account).unwrap().lot(&top_up).unwrap();
    assert_eq!((lot.amount, lot.remaining), (sum("200.00 CNY").amount, sum("200.00 CNY").amount));
    teller.replay();
}

#[test]
fn m12_an_invoice_at_the_top_up_is_noted_where_the_terms_say_so() {
    let mut teller = world();
    let with = applied(&mut teller, request("free", "10.00 CNY"));
    teller.terms("none", Terms::TopUp(TopUpTerms { invoiced_at_load: false, ..free() }));
    let without = applied(&mut teller, request("none", "10.00 CNY"));
    assert!(of(&teller, with).is_invoiced && !of(&teller, without).is_invoiced);
    teller.replay();
}

#[test]
fn f05_f06_f10_a_request_is_refused_before_anybody_pays() {
    let mut teller = world();
    teller.refused_for(Reason::NotOffered, request_for(wallet("alice"), "free", "visa", "10.00 CNY"));
    teller.refused_for(Reason::NotOffered, request("gifts", "10.00 CNY"));
    teller.refused_for(Reason::WrongKind, request_for(wallet("alice"), "gifts", "gifts", "10.00 CNY"));
    teller.refused_for(Reason::WrongKind, request_for(wallet("shop"), "free", "bank", "10.00 CNY"));
    teller.refused_for(Reason::WrongKind, request("consumer", "10.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, request("nowhere", "10.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, request_for(wallet("nobody"), "free", "bank", "10.00 CNY"));
    teller.refused_for(Reason::NotOffered, request_for(wallet("alice"), "free", "nowhere", "10.00 CNY"));
    let usd = TopUpTarget::Purse { owner: read("alice"), currency: Currency::USD };
    teller.refused_for(Reason::ThingNotFound, request_for(usd, "free", "bank", "10.00 USD"));
    teller.refused_for(Reason::CurrencyMismatch, request("free", "10.00 USD"));
    let mut late = request("free", "10.00 CNY");
    if let TopUpCommand::Request { expires_ns, .. } = &mut late {
        *expires_ns = Some(teller.now);
    }
    teller.refused_for(Reason::TooLate, late);
    let mut bare = request("free", "10.00 CNY");
    if let TopUpCommand::Request { terms, .. } = &mut bare {
        *terms = None;
    }
    teller.refused_for(Reason::ThingNotFound, bare);
    teller.done(freeze("alice", false, true));
    teller.refused_for(Reason::AccountFrozen, request("free", "10.00 CNY"));
    teller.done(freeze("alice", true, false));
    teller.done(request("free", "10.00 CNY"));
    teller.done(OwnerCommand::Close { owner: read("bob"), sets_aside: false });
    teller.refused_for(Reason::StateForbids, request_for(wallet("bob"), "free", "bank", "10.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, receive(read("nothing"), "r1", "10.00 CNY"));
    teller.replay();
}

#[test]
fn f07_an_amount_out_of_its_limits_is_refused() {
    let mut teller = world();
    let short = teller.refused_for(Reason::BelowMinimum, request("free", "0.99 CNY"));
    assert_eq!((short.short_by.minor(), short.detail), (1, Detail::Thing(Thing::TopUp)));
    teller.done(request("free", "1.00 CNY"));
    teller.done(request("free", "5000.00 CNY"));
    let over = teller.refused_for(Reason::AboveMaximum, request("free", "5000.01 CNY"));
    assert_eq!(over.short_by.minor(), 1);
    teller.terms("any", Terms::TopUp(TopUpTerms { minimum: None, maximum: None, ..charged() }));
    teller.refused_for(Reason::AmountZero, request("any", "0.00 CNY"));
    let top_up = teller.done(request("any", "0.01 CNY"));
    teller.refused_for(Reason::AmountZero, receive(top_up, "r1", "0.00 CNY"));
    teller.refused_for(Reason::AmountTooLarge, request("any", "9999999999999999.99 CNY"));
    teller.replay();
}

#[test]
fn f07_another_amount_than_was_asked_for_is_suspended_and_then_applied_or_returned() {
    let mut teller = world();
    let top_up = teller.done(request("charged", "100.00 CNY"));
    let posts = teller.posts(receive(top_up, "r1", "100.00 CNY"));
    assert_eq!(posts, ["D clearing 100.00 CNY", "C unidentified 100.00 CNY"]);
    assert_eq!((phase(&teller, top_up), arrival(&teller)), (Phase::Suspended, Arrival::Differing));
    let posts = teller.posts(apply(top_up));
    assert_eq!(posts, ["D unidentified 100.00 CNY", "C topupfees 5.00 CNY", "C wallet 95.00 CNY"]);
    assert_eq!(of(&teller, top_up).sum, sum("95.00 CNY"));
    // All of it can be refunded: of what was applied.
    teller.done(TopUpCommand::RequestRefund { top_up, sum: sum("95.00 CNY") });

    let top_up = teller.done(request("charged", "100.00 CNY"));
    teller.done(receive(top_up, "r2", "99.00 CNY"));
    let posts = teller.posts(TopUpCommand::Return { top_up });
    assert_eq!(posts, ["D unidentified 99.00 CNY", "C refunds 99.00 CNY"]);
    assert_eq!(phase(&teller, top_up), Phase::Refunding);
    teller.replay();
}

#[test]
fn what_is_suspended_is_applied_only_within_the_terms() {
    let mut teller = world();
    let mut suspended = |text: &str, terms: &str, reference: &str| {
        let top_up = teller.done(request(terms, "100.00 CNY"));
        teller.done(receive(top_up, reference, text));
        teller.refused(apply(top_up)).reason
    };
    assert_eq!(suspended("5.00 CNY", "charged", "r1"), Reason::BelowFee);
    assert_eq!(suspended("5.99 CNY", "charged", "r2"), Reason::BelowMinimum);
    assert_eq!(suspended("5005.01 CNY", "charged", "r3"), Reason::AboveMaximum);
    assert_eq!(suspended("100.00 USD", "free", "r4"), Reason::CurrencyMismatch);
    // It is all there to go back, each currency by itself.
    assert_eq!(teller.house(Role::Unidentified, Currency::USD), "100.00 USD");
    teller.replay();
}

#[test]
fn f12_a_channel_that_says_no_leaves_nothing_behind() {
    let mut teller = world();
    let before = teller.done(request("charged", "100.00 CNY"));
    assert!(teller.posts(TopUpCommand::Fail { top_up: before }).is_empty());
    let after = received(&mut teller, request("charged", "100.00 CNY"));
    let posts = teller.posts(TopUpCommand::Fail { top_up: after });
    assert_eq!(posts, ["D topups 100.00 CNY", "D topupfees 5.00 CNY", "C clearing 105.00 CNY"]);
    assert_eq!((phase(&teller, before), phase(&teller, after)), (Phase::Failed, Phase::Failed));
    assert_eq!(teller.clearing("alipay", CNY), "0.00 CNY");
    assert!(teller.state.products().items.iter().next().is_none());
    teller.replay();
}

#[test]
fn f02_f12_a_top_up_without_an_answer_is_given_up_and_a_late_success_is_kept_apart() {
    for (terms, applies) in [("free", false), ("charged", true)] {
        let mut teller = world();
        let mut asked = request(terms, "100.00 CNY");
        if let TopUpCommand::Request { expires_ns, .. } = &mut asked {
            *expires_ns = Some(teller.now + DAY);
        }
        let top_up = teller.done(asked);
        teller.pass(DAY);
        assert_eq!(phase(&teller, top_up), Phase::Expired);
        assert_eq!(teller.state.next_due_ns(), None);
        // Another amount belongs to nothing any more.
        teller.done(receive(top_up, "r0", "1.00 CNY"));
        assert_eq!((phase(&teller, top_up), arrival(&teller)), (Phase::Expired, Arrival::Stray));
        let total = of(&teller, top_up).total();
        let posts = teller.posts(receive(top_up, "r1", &total.to_string()));
        assert_eq!(posts, [format!("D clearing {total}"), format!("C topups {total}")]);
        assert_eq!((phase(&teller, top_up), arrival(&teller)), (Phase::ReceivedLate, Arrival::Late));
        if applies {
            let posts = teller.posts(apply(top_up));
            assert_eq!(posts, ["D topups 105.00 CNY", "C topupfees 5.00 CNY", "C wallet 100.00 CNY"]);
        } else {
            teller.refused_for(Reason::NotOffered, apply(top_up));
            let posts = teller.posts(TopUpCommand::Return { top_up });
            assert_eq!(posts, ["D topups 100.00 CNY", "C refunds 100.00 CNY"]);
        }
        teller.replay();
    }
}

#[test]
fn an_answer_in_time_takes_the_top_up_off_the_list_of_what_is_due() {
    let mut teller = world();
    for answer in [
        |top_up| receive(top_up, "r1", "100.00 CNY"),
        |top_up| receive(top_up, "r2", "99.00 CNY"),
        |top_up| TopUpCommand::Fail { top_up },
    ] {
        let mut asked = request("free", "100.00 CNY");
        if let TopUpCommand::Request { expires_ns, .. } = &mut asked {
            *expires_ns = Some(teller.now + DAY);
        }
        let top_up = teller.done(asked);
        assert!(teller.state.next_due_ns().is_some());
        teller.done(answer(top_up));
        assert_eq!(teller.state.next_due_ns(), None);
    }
    teller.replay();
}

#[test]
fn f12_a_channel_that_takes_its_word_back_after_it_has_paid_is_owed_the_money() {
    let mut teller = world();
    let top_up = received(&mut teller, request("free", "100.00 CNY"));
    teller.done(ChannelCommand::Settle {
        channel: read("alipay"),
        items: vec![top_up],
        net: sum("99.40 CNY"),
        taken: false,
        cost: Some(sum("0.60 CNY")),
        subsidy: None,
        into: Role::Reserve,
        suspends: false,
    });
    assert_eq!(teller.clearing("alipay", CNY), "0.00 CNY");
    let posts = teller.posts(TopUpCommand::Fail { top_up });
    assert_eq!(posts, ["D topups 100.00 CNY", "C clearing 100.00 CNY"]);
    assert_eq!(teller.clearing("alipay", CNY), "-100.00 CNY");
    teller.replay();
}

#[test]
fn what_a_limit_of_the_tier_does_not_let_in_waits_and_can_go_back() {
    let mut teller = world();
    let most = TierLimit {
        tier: 1,
        flow: Flow::In,
        most: sum("100.00 CNY"),
        window: Window::Lifetime,
        counts_withdrawals: true,
    };
    teller.terms("limited", Terms::Wallet(WalletTerms { limits: vec![most], ..consumer() }));
    customer_under(&mut teller, "carol", "limited");
    let asked = |text: &str| request_for(wallet("carol"), "free", "alipay", text);
    applied(&mut teller, asked("60.00 CNY"));
    let top_up = received(&mut teller, asked("40.01 CNY"));
    teller.refused_for(Reason::LimitExceeded, apply(top_up));
    let posts = teller.posts(TopUpCommand::Return { top_up });
    assert_eq!(posts, ["D topups 40.01 CNY", "C refunds 40.01 CNY"]);
    applied(&mut teller, asked("40.00 CNY"));
    teller.replay();
}

#[test]
fn what_waits_stands_in_the_way_of_closing_and_what_was_given_up_does_not() {
    let mut teller = world();
    let close = OwnerCommand::Close { owner: read("alice"), sets_aside: true };
    let top_up = teller.done(request("free", "100.00 CNY"));
    teller.refused_for(Reason::OwnerNotEmpty, close.clone());
    teller.done(receive(top_up, "r1", "99.00 CNY"));
    teller.refused_for(Reason::OwnerNotEmpty, close.clone());
    teller.done(apply(top_up));
    let other = teller.done(request("free", "100.00 CNY"));
    teller.done(TopUpCommand::Fail { top_up: other });
    teller.done(close);
    teller.replay();
}
