//! Every way in which a top-up fails, and every way in which one comes back.
//!
//! `cargo run -p longmen --example top_up_fails_and_is_refunded`

#[path = "common/story.rs"]
mod story;

use longmen::wallet::{
    ChannelCommand, ChannelKind, GiftCommand, HouseCommand, OwnerCommand, OwnerKind, PayeeCommand,
    PaymentCommand, PaymentTerms, Rail, RefundCommand, Role, Terms, TermsCommand, TopUpCommand, TopUpTarget,
    TopUpTerms, WalletTerms,
};
use longmen::{Currency, Reason};
use story::{Story, Told, n};

const CNY: Currency = Currency::CNY;

/// The operator's pool, the channels, the terms, Alice with a bank account to be paid out to, and a shop.
fn set_up(story: &mut Story) -> Told {
    let (pool, currency) = (n("emoney"), CNY);
    story.set_up(HouseCommand::Open { pool, currency })?;
    for (channel, kind) in
        [("bank", ChannelKind::BankCard), ("wechat", ChannelKind::WeChat), ("gifts", ChannelKind::GiftCard)]
    {
        let (channel, currencies) = (n(channel), vec![CNY]);
        story.set_up(ChannelCommand::Open { channel, kind, pool, currencies, settles_within_ns: None })?;
    }
    let binds = vec![Rail::BankCn];
    for (terms, is) in [
        ("wallet", Terms::Wallet(WalletTerms { binds, ..WalletTerms::default() })),
        (
            "top-up",
            Terms::TopUp(TopUpTerms {
                channels: vec![n("bank"), n("gifts")],
                minimum: Some(n("1.00 CNY")),
                maximum: Some(n("5000.00 CNY")),
                refundable: true,
                ..TopUpTerms::default()
            }),
        ),
        ("orders", Terms::Payment(PaymentTerms::default())),
    ] {
        story.set_up(TermsCommand::Set { terms: n(terms), from_ns: None, is })?;
    }
    for (owner, kind) in [("alice", OwnerKind::Customer), ("shop", OwnerKind::Merchant)] {
        let (owner, terms, currencies) = (n(owner), n("wallet"), vec![CNY]);
        story.set_up(OwnerCommand::Register { owner, kind, pool, terms, currencies })?;
        story.set_up(OwnerCommand::Activate { owner })?;
    }
    let (owner, payee, token) = (n("alice"), n("savings"), n("tok-savings"));
    story.set_up(PayeeCommand::Add { owner, payee, rail: Rail::BankCn, currency, token })?;
    story.set_up(PayeeCommand::Verify { owner, payee })
}

fn wallet() -> TopUpTarget {
    TopUpTarget::Wallet { owner: n("alice"), currency: CNY }
}

fn request(channel: &str, sum: &str, expires_ns: Option<u64>) -> TopUpCommand {
    let (terms, channel, sum) = (Some(n("top-up")), n(channel), n(sum));
    TopUpCommand::Request { target: wallet(), terms, channel, sum, expires_ns }
}

fn receive(top_up: &str, sum: &str) -> TopUpCommand {
    let reference = n(&format!("{top_up}-ref"));
    TopUpCommand::Receive { top_up: n(top_up), channel: n("bank"), reference, sum: n(sum) }
}

/// It can be refunded for three working days, which somebody else has counted.
fn apply(story: &Story, top_up: &str) -> TopUpCommand {
    let refund_until_ns = Some(story.in_days(3));
    TopUpCommand::Apply { top_up: n(top_up), refund_until_ns, calendar: Some(n("cn-2026")) }
}

/// A top-up from the request to the money on the wallet.
fn top_up(story: &mut Story, key: &str, sum: &str) -> Told {
    story.tell(key, &format!("a top-up of {sum} is asked for"), request("bank", sum, None))?;
    story.tell(&format!("{key}-in"), "the bank has taken the money", receive(key, sum))?;
    let apply = apply(story, key);
    story.tell(&format!("{key}-on"), "applied: it can be refunded for three days", apply)
}

fn without_an_answer(story: &mut Story) -> Told {
    story.chapter("The network, and the bank");
    let asked = request("bank", "50.00 CNY", None);
    story.twice("net", "50.00 are asked for, and the connection breaks", asked)?;
    story.tell(
        "net-no",
        "the bank says no: not enough on the account",
        TopUpCommand::Fail { top_up: n("net") },
    )?;
    let expires = Some(story.in_days(1));
    story.tell(
        "slow",
        "60.00 are asked for; the bank does not answer",
        request("bank", "60.00 CNY", expires),
    )?;
    story.has("alice:CNY:wallet", "0.00 CNY");
    story.wait_days(2);
    story.chapter("The answer comes when nobody waits any more");
    story.tell(
        "slow-in",
        "the bank has taken the 60.00 after all: kept apart",
        receive("slow", "60.00 CNY"),
    )?;
    story.tell("slow-back", "these terms send it back", TopUpCommand::Return { top_up: n("slow") })?;
    completes(story, "slow-back", None)
}

fn completes(story: &mut Story, refund: &str, bank: Option<Role>) -> Told {
    let complete = RefundCommand::Complete { refund: n(refund), bank };
    story.tell(&format!("{refund}-done"), "the refund has arrived", complete)
}

fn never_begun(story: &mut Story) -> Told {
    story.chapter("What is refused before anybody pays");
    let owner = n("alice");
    story.tell(
        "freeze",
        "the wallet is frozen",
        OwnerCommand::Freeze { owner, debit: true, credit: true },
    )?;
    let frozen = request("bank", "50.00 CNY", None);
    story.refused("frozen", "50.00 are asked for", frozen, Reason::AccountFrozen)?;
    story.tell("thaw", "it is free again", OwnerCommand::Freeze { owner, debit: false, credit: false })?;
    let other = request("wechat", "50.00 CNY", None);
    story.refused("other", "50.00 are asked for by a way that is not offered", other, Reason::NotOffered)?;
    let little = request("bank", "0.50 CNY", None);
    story.refused("little", "0.50 are asked for", little, Reason::BelowMinimum)?;
    let much = request("bank", "5000.01 CNY", None);
    story.refused("much", "5,000.01 are asked for", much, Reason::AboveMaximum)?;
    let (card, pool, channel, reference) = (n("gift-1"), n("emoney"), n("gifts"), n("gift-ref"));
    let (sum, expires_ns) = (n("30.00 CNY"), Some(story.in_days(1)));
    let sell = GiftCommand::Sell { card, pool, channel, reference, sum, expires_ns };
    story.tell("gift", "a gift card of 30.00, good for a day", sell)?;
    story.wait_days(1);
    let redeem = GiftCommand::Redeem { card, into: wallet(), terms: n("top-up") };
    story.refused(
        "gift-late",
        "it is redeemed the day after; what was paid for it is still owed",
        redeem,
        Reason::TooLate,
    )
}

fn wrong_amount(story: &mut Story) -> Told {
    story.chapter("The wrong amount");
    story.tell("typo", "100.00 are asked for", request("bank", "100.00 CNY", None))?;
    story.tell(
        "typo-in",
        "the bank took 10.00: suspended, somebody looks at it",
        receive("typo", "10.00 CNY"),
    )?;
    story.tell("typo-back", "it goes back", TopUpCommand::Return { top_up: n("typo") })?;
    completes(story, "typo-back", None)
}

fn whole_unspent_and_in_time(story: &mut Story) -> Told {
    story.chapter("A refund: whole, unspent, within three days");
    let refund = |top_up, sum| TopUpCommand::RequestRefund { top_up: n(top_up), sum: n(sum) };
    top_up(story, "first", "100.00 CNY")?;
    let part = refund("first", "90.00 CNY");
    story.refused("first-90", "90.00 of the 100.00 back", part, Reason::NotWhole)?;
    story.tell("first-back", "all of it back", refund("first", "100.00 CNY"))?;
    completes(story, "first-back", None)?;
    top_up(story, "second", "100.00 CNY")?;
    let (payer, merchant, terms) = (n("alice"), n("shop"), n("orders"));
    let (order, sum, from) = (n("book"), n("30.00 CNY"), Role::Wallet);
    let pay = PaymentCommand::Pay { payer, merchant, order, sum, from, terms };
    story.tell("book", "30.00 for a book", pay)?;
    let spent = refund("second", "100.00 CNY");
    story.refused("second-back", "the 100.00 back", spent, Reason::NotUnspent)?;
    top_up(story, "third", "40.00 CNY")?;
    story.wait_days(4);
    let late = refund("third", "40.00 CNY");
    story.refused("third-back", "four days later: the 40.00 back", late, Reason::TooLate)?;
    story.has("alice:CNY:wallet", "110.00 CNY");
    Ok(())
}

fn card_has_expired(story: &mut Story) -> Told {
    story.chapter("A refund to a bank card that has expired");
    top_up(story, "fourth", "80.00 CNY")?;
    let back = TopUpCommand::RequestRefund { top_up: n("fourth"), sum: n("80.00 CNY") };
    story.tell("fourth-back", "80.00 back", back)?;
    let refund = n("fourth-back");
    story.tell("fourth-sent", "the bank is told", RefundCommand::Send { refund })?;
    let fail = RefundCommand::Fail { refund, bank: None };
    story.tell("fourth-no", "it refuses: the card has expired", fail)?;
    let reroute = RefundCommand::Reroute { refund, payee: n("savings") };
    story.tell("fourth-other", "so to Alice's own bank account", reroute)?;
    let items = ["slow-ref", "slow-back", "typo-ref", "typo-back", "first-ref", "first-back", "second-ref"];
    let items = items.into_iter().chain(["third-ref", "fourth-ref"]).map(n).collect();
    let settle = ChannelCommand::Settle {
        channel: n("bank"),
        items,
        net: n("220.00 CNY"),
        taken: false,
        cost: None,
        subsidy: None,
        into: Role::Reserve,
        suspends: false,
    };
    story.tell("settled", "meanwhile the bank pays over all that it took, less refunds", settle)?;
    completes(story, "fourth-back", Some(Role::Reserve))
}

fn main() -> Told {
    let mut story = Story::begin("A top-up fails, and is refunded")?;
    set_up(&mut story)?;
    without_an_answer(&mut story)?;
    never_begun(&mut story)?;
    wrong_amount(&mut story)?;
    whole_unspent_and_in_time(&mut story)?;
    card_has_expired(&mut story)?;
    story.end()
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
