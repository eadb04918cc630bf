//! A shopper pays shops abroad in every way there is: bank card, balance, Huabei, instalments, a card from abroad.
//!
//! `cargo run -p longmen --example shopper_pays_every_way`

#[path = "common/story.rs"]
mod story;

use longmen::wallet::{
    ChannelCommand, ChannelKind, CreditCommand, CreditTerms, Fee, HouseCommand, OwnerCommand, OwnerKind,
    PaymentCommand, PaymentTerms, RefundCommand, Role, Subsidy, Terms, TermsCommand, TopUpCommand,
    TopUpTarget, TopUpTerms, WalletTerms,
};
use longmen::{Currency, Key, Reason};
use story::{Story, Told, n};

const CNY: Currency = Currency::CNY;

fn share(rate_ppm: u32) -> Fee {
    Fee { rate_ppm, ..Fee::NONE }
}

/// The operator's pool, three channels, the terms, Alice and a shop.
fn set_up(story: &mut Story) -> Told {
    story.set_up(HouseCommand::Open { pool: n("emoney"), currency: CNY })?;
    story.set_up(HouseCommand::Invest { pool: n("emoney"), sum: n("10000.00 CNY") })?;
    for (channel, kind) in [
        ("bank", ChannelKind::BankCard),
        ("visa", ChannelKind::InternationalCard),
        ("huabei", ChannelKind::Lender),
    ] {
        let (pool, currencies) = (n("emoney"), vec![CNY]);
        let settles_within_ns = None;
        story.set_up(ChannelCommand::Open {
            channel: n(channel),
            kind,
            pool,
            currencies,
            settles_within_ns,
        })?;
    }
    let channels = vec![n("bank"), n("visa"), n("huabei")];
    let surcharges = vec![(n("visa"), share(30_000))];
    for (terms, is) in [
        ("wallet", Terms::Wallet(WalletTerms { spend_tier: 1, ..WalletTerms::default() })),
        ("top-up", Terms::TopUp(TopUpTerms { channels: vec![n("bank")], ..TopUpTerms::default() })),
        (
            "orders",
            Terms::Payment(PaymentTerms {
                channels,
                surcharges,
                surcharge_tax_ppm: 60_000,
                returns_surcharge: true,
                merchant_fee: share(6_000),
                ..PaymentTerms::default()
            }),
        ),
        ("parts", Terms::Credit(CreditTerms { parts: vec![3], fee_ppm: 45_000, ..CreditTerms::default() })),
    ] {
        story.set_up(TermsCommand::Set { terms: n(terms), from_ns: None, is })?;
    }
    for (owner, kind) in [("alice", OwnerKind::Customer), ("shop", OwnerKind::Merchant)] {
        let (owner, terms, currencies) = (n(owner), n("wallet"), vec![CNY]);
        story.set_up(OwnerCommand::Register { owner, kind, pool: n("emoney"), terms, currencies })?;
        story.set_up(OwnerCommand::Activate { owner })?;
        story.set_up(OwnerCommand::Verify { owner, tier: 1 })?;
    }
    Ok(())
}

fn top_up(story: &mut Story, key: &str, sum: &str) -> Told {
    let target = TopUpTarget::Wallet { owner: n("alice"), currency: CNY };
    let (terms, channel, sum) = (Some(n("top-up")), n("bank"), n(sum));
    let request = TopUpCommand::Request { target, terms, channel, sum, expires_ns: None };
    story.tell(key, "she asks for a top-up", request)?;
    let asked: Key = n(key);
    let reference: Key = n(&format!("{key}-ref"));
    story.tell(
        &format!("{key}-received"),
        "the bank has taken the money for a top-up",
        TopUpCommand::Receive { top_up: asked, channel, reference, sum },
    )?;
    let apply = TopUpCommand::Apply { top_up: asked, refund_until_ns: None, calendar: None };
    story.tell(&format!("{key}-applied"), "it is on Alice's wallet", apply)
}

fn by_channel(channel: &str, order: &str, sum: &str, charged: &str) -> PaymentCommand {
    PaymentCommand::PayByChannel {
        channel: n(channel),
        reference: n(&format!("{order}-ref")),
        payer: Some(n("alice")),
        merchant: n("shop"),
        order: n(order),
        sum: n(sum),
        charged: Some(n(charged)),
        terms: n("orders"),
        due_ns: None,
    }
}

fn by_balance(order: &str, sum: &str) -> PaymentCommand {
    let (payer, merchant, order, sum) = (n("alice"), n("shop"), n(order), n(sum));
    PaymentCommand::Pay { payer, merchant, order, sum, from: Role::Wallet, terms: n("orders") }
}

fn buy(story: &mut Story) -> Told {
    story.chapter("Alice shops");
    story.tell(
        "tea",
        "88.00 for tea by a bound bank card",
        by_channel("bank", "tea", "88.00 CNY", "88.00 CNY"),
    )?;
    story.tell("pot", "120.00 for a pot out of her balance", by_balance("pot", "120.00 CNY"))?;
    let lamp = by_balance("lamp", "500.00 CNY");
    story.refused("lamp", "500.00 for a lamp is more than she has", lamp, Reason::InsufficientFunds)?;
    story.twice("cups", "60.00 for cups, and the network is cut off", by_balance("cups", "60.00 CNY"))?;
    story.has("alice:CNY:wallet", "120.00 CNY");
    story.tell(
        "phone",
        "600.00 for a phone by Huabei: the lender owes it all at once",
        by_channel("huabei", "phone", "600.00 CNY", "600.00 CNY"),
    )?;
    let due_ns = [30, 60, 90].map(|days| story.in_days(days)).to_vec();
    let grant = CreditCommand::Grant {
        owner: n("alice"),
        merchant: n("shop"),
        order: n("desk"),
        principal: n("300.00 CNY"),
        due_ns,
        calendar: Some(n("cn-2026")),
        terms: n("parts"),
    };
    story.tell("desk", "300.00 for a desk in 3 parts, lent by the operator, 4.5 % on top", grant)?;
    let own = HouseCommand::Prefund { pool: n("emoney"), into: Role::Reserve, sum: n("320.00 CNY") };
    story.tell("lent", "the operator puts up what it lends, and what the channels cost", own)?;
    story.tell(
        "coat",
        "200.00 for a coat by a card from abroad: 3 % on top, with 6 % tax in that",
        by_channel("visa", "coat", "200.00 CNY", "206.00 CNY"),
    )
}

fn change_her_mind(story: &mut Story) -> Told {
    story.chapter("The coat goes back, and the pot was 20.00 too dear");
    let refund = |payment, sum| PaymentCommand::Refund { payment: n(payment), sum: n(sum) };
    story.tell("pot-back", "20.00 of the pot come back to the wallet", refund("pot", "20.00 CNY"))?;
    story.has("alice:CNY:wallet", "140.00 CNY");
    story.tell("coat-back", "the coat comes back whole, with its surcharge", refund("coat", "200.00 CNY"))?;
    let done = RefundCommand::Complete { refund: n("coat-back"), bank: None };
    story.tell("coat-done", "the card scheme takes it off what it owes", done)
}

fn settle(story: &mut Story) -> Told {
    story.chapter("The shop has delivered, and the channels pay over");
    for payment in ["tea", "pot", "cups", "phone"] {
        let release = PaymentCommand::Release { payment: n(payment), part: None };
        story.tell(&format!("{payment}-out"), &format!("released: {payment}, less 0.6 %"), release)?;
    }
    let release = CreditCommand::Release { plan: n("desk") };
    story.tell("desk-out", "released: desk", release)?;
    let pay = |channel, items: &[&str], net, cost: Option<&str>, subsidy| ChannelCommand::Settle {
        channel: n(channel),
        items: items.iter().map(|item| n(item)).collect(),
        net: n(net),
        taken: false,
        cost: cost.map(n),
        subsidy,
        into: Role::Reserve,
        suspends: false,
    };
    let bank = pay("bank", &["first-ref", "tea-ref"], "387.00 CNY", Some("1.00 CNY"), None);
    story.tell("bank-paid", "the bank, for the top-up and the tea, keeps 1.00", bank)?;
    let subsidy = Some(Subsidy { sum: n("18.00 CNY"), by: Some(n("shop")) });
    let huabei = pay("huabei", &["phone-ref"], "582.00 CNY", None, subsidy);
    story.tell("huabei-paid", "Huabei keeps 18.00 of interest that the shop pays for Alice", huabei)?;
    let visa = pay("visa", &["coat-ref", "coat-back"], "0.00 CNY", None, None);
    story.tell("visa-paid", "the card scheme: the coat and its refund come to nothing", visa)
}

fn pay_back(story: &mut Story) -> Told {
    story.wait_days(29);
    story.chapter("The first instalment");
    let part = CreditCommand::PayPart { plan: n("desk"), parts: 1 };
    story.tell("part-1", "100.00 and 4.50 out of the wallet", part)?;
    story.has("alice:CNY:wallet", "35.50 CNY");
    story.wait_days(32);
    story.chapter("The second was forgotten");
    let early = CreditCommand::PayEarly { plan: n("desk") };
    story.refused("early-1", "all the rest at once", early.clone(), Reason::InsufficientFunds)?;
    top_up(story, "second", "200.00 CNY")?;
    story.tell("early-2", "all the rest: the overdue part with its fee, the last without", early)?;
    story.has("alice:CNY:wallet", "31.00 CNY");
    Ok(())
}

fn main() -> Told {
    let mut story = Story::begin("A shopper pays every way")?;
    set_up(&mut story)?;
    story.chapter("Alice tops up");
    top_up(&mut story, "first", "300.00 CNY")?;
    buy(&mut story)?;
    change_her_mind(&mut story)?;
    settle(&mut story)?;
    pay_back(&mut story)?;
    story.end()
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
