//! A seller on a marketplace is paid in USD, changes the payee in the middle of a cycle, converts and withdraws.
//!
//! `cargo run -p longmen --example seller_collects_and_changes_payee`

#[path = "common/story.rs"]
mod story;

use longmen::wallet::{
    ChannelCommand, ChannelKind, CollectionCommand, ExchangeCommand, ExchangeTerms, Fee, HouseCommand,
    OwnerCommand, OwnerKind, PayeeCommand, Rail, Role, Sender, Terms, TermsCommand, WalletTerms,
    WithdrawalCommand, WithdrawalTerms,
};
use longmen::{Currency, Reason};
use story::{Story, Told, n};

const USD: Currency = Currency::USD;
const CNY: Currency = Currency::CNY;

/// The operator's pool in two currencies, the marketplace and the terms.
fn set_up(story: &mut Story) -> Told {
    for currency in [USD, CNY] {
        story.set_up(HouseCommand::Open { pool: n("emoney"), currency })?;
    }
    let (channel, kind, pool) = (n("amazon"), ChannelKind::Platform, n("emoney"));
    let (currencies, settles_within_ns) = (vec![USD], None);
    story.set_up(ChannelCommand::Open { channel, kind, pool, currencies, settles_within_ns })?;
    let rails = vec![Rail::BankCn];
    let fee = Fee { fixed: Some(n("10.00 CNY")), ..Fee::NONE };
    for (terms, is) in [
        (
            "seller",
            Terms::Wallet(WalletTerms {
                binds: vec![Rail::BankCn, Rail::BankAbroad],
                spend_tier: 1,
                ..WalletTerms::default()
            }),
        ),
        ("exchange", Terms::Exchange(ExchangeTerms::default())),
        ("payouts", Terms::Withdrawal(WithdrawalTerms { rails, fee, ..WithdrawalTerms::default() })),
    ] {
        story.set_up(TermsCommand::Set { terms: n(terms), from_ns: None, is })?;
    }
    Ok(())
}

fn register(story: &mut Story) -> Told {
    story.chapter("Lin registers, and is verified");
    let (owner, kind, pool, terms) = (n("lin"), OwnerKind::Merchant, n("emoney"), n("seller"));
    let currencies = vec![USD, CNY];
    let register = OwnerCommand::Register { owner, kind, pool, terms, currencies };
    story.tell("register", "an account for USD and CNY, not to be seen yet", register)?;
    story.tell("activate", "the link in the letter is clicked", OwnerCommand::Activate { owner })?;
    story.tell("verify", "licence and identity are verified", OwnerCommand::Verify { owner, tier: 1 })?;
    let open = CollectionCommand::OpenReceiver { merchant: n("lin"), currency: USD, token: n("tok-usd-77") };
    story.tell("receiver", "a receiving account abroad, in USD", open)?;
    let (merchant, marketplace, receiver) = (n("lin"), n("amazon-us"), n("receiver"));
    let assign = CollectionCommand::Assign { merchant, marketplace, currency: USD, receiver };
    story.tell("assign", "Amazon's US marketplace is told to pay into it", assign)?;
    for (payee, rail, currency) in [("usd-bank", Rail::BankAbroad, USD), ("cny-bank", Rail::BankCn, CNY)] {
        let (owner, payee, token) = (n("lin"), n(payee), n(&format!("tok-{payee}")));
        story.set_up(PayeeCommand::Add { owner, payee, rail, currency, token })?;
        story.set_up(PayeeCommand::Verify { owner, payee })?;
    }
    Ok(())
}

fn receive(reference: &str, sum: &str, sender: Sender) -> CollectionCommand {
    let (channel, reference, receiver) = (n("amazon"), n(reference), n("receiver"));
    CollectionCommand::Receive { channel, reference, receiver, sum: n(sum), sender, into: Role::Nostro }
}

fn batch(story: &mut Story, key: &str, cycle: &str) -> Told {
    let (merchant, payee, cut_off_ns) = (n("lin"), n("usd-bank"), story.in_days(14));
    let open = CollectionCommand::OpenBatch { merchant, currency: USD, payee, cycle: n(cycle), cut_off_ns };
    story.tell(key, &format!("the batch of cycle {cycle} is opened, to be cut off in 14 days"), open)
}

fn cut_off(story: &Story, batch: &str) -> CollectionCommand {
    CollectionCommand::CutOff { batch: n(batch), due_ns: story.in_days(3) }
}

fn send(batch: &str) -> CollectionCommand {
    CollectionCommand::SendBatch { batch: n(batch), from: Role::Nostro }
}

/// Which version of the payee a batch is paid to.
fn pinned(story: &Story, batch: &str) -> Told<Option<u32>> {
    let state = story.state()?;
    let batch = state.products().batches.batches.get(n(batch));
    Ok(batch.and_then(|batch| Some(batch.pinned?.payee.version)))
}

fn first_cycle(story: &mut Story) -> Told {
    story.chapter("The first cycle");
    batch(story, "batch-1", "2026-09-a")?;
    let sales = receive("r-1", "1000.00 USD", Sender::Platform);
    story.twice("sales-1", "Amazon pays 1,000.00, and the notice comes twice", sales)?;
    let odd = receive("r-2", "70.00 USD", Sender::Unknown);
    story.tell("odd", "nobody knows who has sent 70.00: kept apart", odd)?;
    story.has("lin:USD:merchant", "1000.00 USD");
    let early = cut_off(story, "batch-1");
    story.refused("cut-early", "the batch is cut off at once", early, Reason::TooEarly)?;
    story.tell("odd-back", "the 70.00 go back", CollectionCommand::SendBack { deposit: n("odd") })?;
    story.wait_days(14);
    story.chapter("The cut-off pins the payee as it is now");
    let cut = cut_off(story, "batch-1");
    story.tell("cut-1", "all that is there is on its way", cut)?;
    let (owner, payee) = (n("lin"), n("usd-bank"));
    let (rail, token) = (Rail::BankAbroad, n("tok-new-bank"));
    story.tell(
        "replace",
        "Lin changes to another bank, in the middle of it",
        PayeeCommand::Replace { owner, payee, rail, token },
    )?;
    assert_eq!(pinned(story, "batch-1")?, Some(0), "the payee is still the one of the cut-off");
    story.refused("send-1", "the batch is to be sent", send("batch-1"), Reason::PayeeNotUsable)?;
    batch(story, "batch-2", "2026-09-b")?;
    let slip = CollectionCommand::Slip { batch: n("batch-1"), into: n("batch-2") };
    story.tell("slip", "so it slips into the next one (顺延)", slip)?;
    story.tell("new-bank", "the new bank is verified", PayeeCommand::Verify { owner, payee })
}

fn freeze(debit: bool) -> OwnerCommand {
    OwnerCommand::Freeze { owner: n("lin"), debit, credit: false }
}

fn second_cycle(story: &mut Story) -> Told {
    story.wait_days(13);
    story.chapter("The second cycle");
    story.tell("risk", "risk control freezes what would go out", freeze(true))?;
    let sales = receive("r-3", "500.00 USD", Sender::Platform);
    story.tell("sales-2", "Amazon pays 500.00: that still comes in", sales)?;
    story.wait_days(1);
    let cut = cut_off(story, "batch-2");
    story.refused("cut-frozen", "the cut-off", cut.clone(), Reason::AccountFrozen)?;
    story.tell("cleared", "the seller had told Amazon; the freeze is lifted", freeze(false))?;
    story.tell("cut-2", "the cut-off takes both", cut)?;
    assert_eq!(pinned(story, "batch-2")?, Some(1));
    story.tell("send-2", "sent to the new bank", send("batch-2"))?;
    story.tell("settled", "and there", CollectionCommand::SettleBatch { batch: n("batch-2") })
}

fn convert(story: &mut Story) -> Told {
    story.chapter("The third cycle is converted");
    story.tell("sales-3", "Amazon pays 800.00", receive("r-4", "800.00 USD", Sender::Platform))?;
    let quote = ExchangeCommand::Quote {
        owner: n("lin"),
        sell: n("800.00 USD"),
        into: CNY,
        rate: n("7.0935"),
        mid: n("7.1035"),
        terms: n("exchange"),
        expires_ns: story.in_days(1),
    };
    story.tell("quote", "7.0935 is locked for a day, the middle rate being 7.1035", quote)?;
    story.tell("convert", "converted", ExchangeCommand::Execute { quote: n("quote") })?;
    story.has("lin:CNY:merchant", "5674.80 CNY");
    let (pool, sold, bought) = (n("emoney"), n("800.00 USD"), n("5682.80 CNY"));
    let cover = ExchangeCommand::Cover { pool, sold, from: Role::Nostro, bought, into: Role::Reserve };
    story.tell("cover", "the operator covers it at a bank", cover)
}

fn withdraw(story: &mut Story) -> Told {
    story.chapter("Lin withdraws");
    let (owner, payee, terms, due_ns) = (n("lin"), n("cny-bank"), n("payouts"), story.in_days(1));
    let request = WithdrawalCommand::Request { owner, sum: n("5000.00 CNY"), payee, terms, due_ns };
    story.tell("payout", "5,000.00 with a fee of 10.00 are reserved", request)?;
    let submit = WithdrawalCommand::Submit { withdrawal: n("payout") };
    story.tell("risk-2", "risk control looks at it", freeze(true))?;
    story.refused("submit-1", "to the bank", submit.clone(), Reason::AccountFrozen)?;
    story.tell("cleared-2", "nothing was wrong", freeze(false))?;
    story.tell("submit-2", "to the bank, and the fee is earned", submit)?;
    let sent = WithdrawalCommand::MarkSent { withdrawal: n("payout"), from: Role::Reserve };
    story.tell("sent", "the bank has debited the pool", sent)?;
    story.tell("there", "Lin has it", WithdrawalCommand::Settle { withdrawal: n("payout") })?;
    let (pool, from, sum) = (n("emoney"), Role::Reserve, n("18.00 CNY"));
    let sweep = HouseCommand::Sweep { pool, from, sum };
    story.tell("earned", "margin and fee are the operator's own: 8.00 and 10.00", sweep)?;
    story.has("lin:CNY:merchant", "664.80 CNY");
    Ok(())
}

fn main() -> Told {
    let mut story = Story::begin("A seller collects, and changes the payee")?;
    set_up(&mut story)?;
    register(&mut story)?;
    first_cycle(&mut story)?;
    second_cycle(&mut story)?;
    convert(&mut story)?;
    withdraw(&mut story)?;
    story.end()
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
