//! A visitor loads a card for 90 days, pays with it and leaves with money on it; and a seller's international account.
//!
//! `cargo run -p longmen --example visitor_leaves_with_money`

#[path = "common/story.rs"]
mod story;

use std::num::NonZeroU64;

use longmen::wallet::{
    AtExpiry, CardCommand, CardTerms, ChannelCommand, ChannelKind, CollectionCommand, Fee, HouseCommand,
    OwnerCommand, OwnerKind, PayeeCommand, PaymentCommand, PaymentTerms, Rail, RefundCommand, Returns, Role,
    Sender, Terms, TermsCommand, TopUpCommand, TopUpTarget, WalletTerms, WithdrawalCommand, WithdrawalTerms,
};
use longmen::{Currency, Reason};
use story::{DAY_NS, Story, Told, n};

const CNY: Currency = Currency::CNY;
const USD: Currency = Currency::USD;

/// The bank's card: 100.00 to 2000.00 a load, twice, for 90 days; what is left goes back, newest load first.
fn tour() -> CardTerms {
    CardTerms {
        pool: n("shanghai"),
        currency: CNY,
        channels: vec![n("visa")],
        minimum_load: n("100.00 CNY"),
        maximum_load: n("2000.00 CNY"),
        cap: None,
        loads_max: Some(2),
        fee: Fee::NONE,
        life_ns: NonZeroU64::new(90 * DAY_NS),
        at_expiry: AtExpiry::Return,
        returns: Returns::NewestFirst,
        reactivation: false,
    }
}

/// The bank's pool and the operator's, their channels, and the terms.
fn set_up(story: &mut Story) -> Told {
    for (pool, currency) in [("shanghai", CNY), ("emoney", CNY), ("emoney", USD)] {
        story.set_up(HouseCommand::Open { pool: n(pool), currency })?;
    }
    for (channel, kind, pool, currencies) in [
        ("visa", ChannelKind::InternationalCard, "shanghai", vec![CNY]),
        ("checkout", ChannelKind::InternationalCard, "emoney", vec![CNY, USD]),
        ("market", ChannelKind::Platform, "emoney", vec![USD]),
    ] {
        let (channel, pool, settles_within_ns) = (n(channel), n(pool), None);
        story.set_up(ChannelCommand::Open { channel, kind, pool, currencies, settles_within_ns })?;
    }
    let wallet = |binds| WalletTerms { binds, spend_tier: 1, ..WalletTerms::default() };
    let channels = vec![n("checkout")];
    let rails = vec![Rail::AlipayCn];
    for (terms, is) in [
        ("tour", Terms::Card(tour())),
        ("visitor", Terms::Wallet(wallet(vec![]))),
        ("home", Terms::Wallet(wallet(vec![Rail::BankCn]))),
        ("intl", Terms::Wallet(wallet(vec![Rail::AlipayCn]))),
        ("orders", Terms::Payment(PaymentTerms { channels, ..PaymentTerms::default() })),
        ("payouts", Terms::Withdrawal(WithdrawalTerms { rails, ..WithdrawalTerms::default() })),
    ] {
        story.set_up(TermsCommand::Set { terms: n(terms), from_ns: None, is })?;
    }
    let (kind, pool) = (OwnerKind::Customer, n("emoney"));
    for (owner, terms) in [("ann", "visitor"), ("lin-home", "home")] {
        let (owner, terms, currencies) = (n(owner), n(terms), vec![CNY]);
        story.set_up(OwnerCommand::Register { owner, kind, pool, terms, currencies })?;
        story.set_up(OwnerCommand::Activate { owner })?;
        story.set_up(OwnerCommand::Verify { owner, tier: 1 })?;
    }
    Ok(())
}

fn ask(sum: &str) -> TopUpCommand {
    let target = TopUpTarget::Card { card: n("tour-1") };
    TopUpCommand::Request { target, terms: None, channel: n("visa"), sum: n(sum), expires_ns: None }
}

fn load(story: &mut Story, key: &str, sum: &str) -> Told {
    let (top_up, channel, reference) = (n(key), n("visa"), n(&format!("{key}-ref")));
    story.tell(key, &format!("a load of {sum} is asked for"), ask(sum))?;
    let receive = TopUpCommand::Receive { top_up, channel, reference, sum: n(sum) };
    story.tell(&format!("{key}-in"), "her card at home has paid", receive)?;
    let apply = TopUpCommand::Apply { top_up, refund_until_ns: None, calendar: None };
    story.tell(&format!("{key}-on"), "it is on the card", apply)
}

fn settle(channel: &str, items: &[&str], net: &str, taken: bool) -> ChannelCommand {
    ChannelCommand::Settle {
        channel: n(channel),
        items: items.iter().map(|item| n(item)).collect(),
        net: n(net),
        taken,
        cost: None,
        subsidy: None,
        into: Role::Reserve,
        suspends: false,
    }
}

fn arrives(story: &mut Story) -> Told {
    story.chapter("Ann arrives");
    let card = n("tour-1");
    let issue = CardCommand::Issue { card, owner: n("ann"), terms: n("tour"), expires_ns: None };
    story.tell("issue", "Bank of Shanghai issues a card for 90 days", issue)?;
    story.refused("little", "a load of 99.99", ask("99.99 CNY"), Reason::BelowMinimum)?;
    story.refused("much", "a load of 2,000.01", ask("2000.01 CNY"), Reason::AboveMaximum)?;
    load(story, "load-1", "500.00 CNY")?;
    load(story, "load-2", "300.00 CNY")?;
    story.refused("load-3", "a third load", ask("100.00 CNY"), Reason::TooManyTimes)?;
    let paid = settle("visa", &["load-1-ref", "load-2-ref"], "800.00 CNY", false);
    story.tell("visa-paid", "the card scheme pays the bank", paid)
}

fn authorise(reference: &str, sum: &str, expires_ns: Option<u64>) -> CardCommand {
    let (card, reference, sum) = (n("tour-1"), n(reference), n(sum));
    CardCommand::Authorise { card, reference, sum, holds: None, expires_ns, advice: false }
}

fn clear(reference: &str, of: &str, sum: &str) -> CardCommand {
    let (card, reference, authorisation, sum) = (n("tour-1"), n(reference), Some(n(of)), n(sum));
    CardCommand::Clear { card, reference, authorisation, sum, is_final: true }
}

fn travels(story: &mut Story) -> Told {
    story.chapter("Ann pays by a code that she scans");
    story.twice(
        "noodles",
        "noodles for 80.00, with a bad connection",
        authorise("n-1", "80.00 CNY", None),
    )?;
    story.tell("noodles-due", "the shop presents it", clear("p-1", "noodles", "80.00 CNY"))?;
    story.has("tour-1:CNY:card", "720.00 CNY");
    story.wait_days(88);
    story.chapter("Her last hotel");
    let until = Some(story.in_days(7));
    story.tell("hotel", "it reserves 200.00", authorise("n-2", "200.00 CNY", until))
}

fn leaves(story: &mut Story) -> Told {
    story.wait_days(3);
    story.chapter("Ann has left, and the card's life is over");
    story.refused("taxi", "a taxi of 50.00", authorise("n-3", "50.00 CNY", None), Reason::StateForbids)?;
    story.tell("hotel-due", "the hotel takes 150.00 of the 200.00", clear("p-2", "hotel", "150.00 CNY"))?;
    let (card, reference) = (n("tour-1"), n("p-3"));
    let (authorisation, sum) = (None, n("40.00 CNY"));
    let credit = CardCommand::CreditClear { card, reference, authorisation, sum };
    story.tell("late-credit", "a museum that was closed gives 40.00 back", credit)?;
    story.has("shanghai:CNY:expired", "610.00 CNY");
    let back = CardCommand::ReturnRemainder { card, rest: None };
    story.tell("back", "what is left goes back to the loads, the newest first", back)?;
    for (done, refund) in [("done-1", n("back:1")), ("done-2", n("back:2"))] {
        story.tell(done, "the card scheme has it", RefundCommand::Complete { refund, bank: None })?;
    }
    let took = settle("visa", &["back:1", "back:2"], "610.00 CNY", true);
    story.tell("visa-took", "and the bank pays the card scheme", took)?;
    let (pool, from, sum) = (n("shanghai"), Role::Reserve, n("190.00 CNY"));
    story.tell("network", "and the merchants' network", HouseCommand::PayNetwork { pool, from, sum })?;
    story.tell("close", "the card is closed", CardCommand::Close { card })
}

fn order(story: &mut Story, key: &str, sum: &str) -> Told {
    let pay = PaymentCommand::PayByChannel {
        channel: n("checkout"),
        reference: n(&format!("{key}-ref")),
        payer: None,
        merchant: n("lin"),
        order: n(key),
        sum: n(sum),
        charged: None,
        terms: n("orders"),
        due_ns: None,
    };
    story.tell(key, &format!("a buyer pays an order of {sum}"), pay)?;
    let release = PaymentCommand::Release { payment: n(key), part: None };
    story.tell(&format!("{key}-out"), "it is delivered, and released to Lin", release)?;
    story.set_up(settle("checkout", &[&format!("{key}-ref")], sum, false))
}

fn is_hidden(story: &Story) -> Told<bool> {
    let state = story.state()?;
    Ok(state.books().account(&n("lin:USD:merchant")).is_some_and(|own| own.access().hidden))
}

/// No time is set by which it has to have left.
fn withdraw() -> WithdrawalCommand {
    let (owner, sum, payee) = (n("lin"), n("500.00 CNY"), n("alipay"));
    WithdrawalCommand::Request { owner, sum, payee, terms: n("payouts"), due_ns: u64::MAX }
}

fn seller(story: &mut Story) -> Told {
    story.chapter("Meanwhile: Lin sells, and has not looked at the international account yet");
    let (owner, kind, pool, terms) = (n("lin"), OwnerKind::Merchant, n("emoney"), n("intl"));
    let currencies = vec![CNY, USD];
    let register = OwnerCommand::Register { owner, kind, pool, terms, currencies };
    story.tell("register", "an account in CNY and USD, hidden until it is activated", register)?;
    order(story, "order-1", "700.00 CNY")?;
    order(story, "order-2", "100.00 USD")?;
    assert!(is_hidden(story)?, "what was released is there, and not shown");
    let (payee, rail, token) = (n("alipay"), Rail::AlipayCn, n("tok-alipay"));
    let add = PayeeCommand::Add { owner, payee, rail, currency: CNY, token };
    story.tell("bind", "Lin binds a domestic Alipay account, for CNY", add)?;
    story.tell("bound", "it is Lin's own", PayeeCommand::Verify { owner, payee })?;
    let (home, rail) = (n("lin-home"), Rail::AlipayIntl);
    let other = PayeeCommand::Add { owner: home, payee: n("intl"), rail, currency: USD, token };
    story.refused("bind-back", "the domestic one binds the other", other, Reason::BindingNotAllowed)?;
    story.refused("out-1", "500.00 are to be withdrawn", withdraw(), Reason::OwnerNotActivated)?;
    story.tell("activate", "Lin activates, and sees both", OwnerCommand::Activate { owner })?;
    assert!(!is_hidden(story)?);
    story.tell("verify", "and is verified", OwnerCommand::Verify { owner, tier: 1 })
}

fn seller_withdraws(story: &mut Story) -> Told {
    let (owner, payee) = (n("lin"), n("alipay"));
    let open = CollectionCommand::OpenReceiver { merchant: owner, currency: USD, token: n("tok-usd") };
    story.tell("receiver", "a receiving account in USD", open)?;
    let (channel, reference, receiver) = (n("market"), n("r-1"), n("receiver"));
    let (sum, sender, into) = (n("25.00 USD"), Sender::Buyer, Role::Nostro);
    let direct = CollectionCommand::Receive { channel, reference, receiver, sum, sender, into };
    story.tell("direct", "a buyer sends 25.00 straight to Lin: kept apart", direct)?;
    let back = CollectionCommand::SendBack { deposit: n("direct") };
    story.tell("direct-back", "these accounts are not paid directly, so it goes back", back)?;
    story.tell("out-2", "500.00 are reserved for the domestic account", withdraw())?;
    let withdrawal = n("out-2");
    story.tell("out-bank", "submitted", WithdrawalCommand::Submit { withdrawal })?;
    let sent = WithdrawalCommand::MarkSent { withdrawal, from: Role::Reserve };
    story.tell("out-sent", "the bank has debited the pool", sent)?;
    story.tell("out-there", "it is there", WithdrawalCommand::Settle { withdrawal })?;
    let remove = PayeeCommand::Remove { owner, payee };
    story.tell("unbind", "Lin removes the domestic account, with 200.00 left", remove)?;
    story.has("lin:CNY:merchant", "200.00 CNY");
    story.refused("out-3", "nothing goes there any more", withdraw(), Reason::PayeeNotUsable)
}

fn main() -> Told {
    let mut story = Story::begin("A visitor leaves with money on the card")?;
    set_up(&mut story)?;
    arrives(&mut story)?;
    travels(&mut story)?;
    leaves(&mut story)?;
    seller(&mut story)?;
    seller_withdraws(&mut story)?;
    story.end()
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
