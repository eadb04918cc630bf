use longmen_core::{Key, Phase, Reason, Side};
use longmen_money::{Currency, Sum};
use longmen_wallet::{
    CaseAccount, CaseCommand, CaseMove, CaseSide, ChannelCommand, ChannelKind, HouseCommand, OwnerCommand,
    OwnerKind, Role, Subsidy,
};

use crate::teller::{DAY, Teller, read, sum};

/// A side of a movement.
pub(crate) fn on(account: CaseAccount, item: &str) -> CaseSide {
    CaseSide { account, item: (!item.is_empty()).then(|| read(item)), owner: None }
}

/// An account of the house.
pub(crate) fn house(role: Role) -> CaseAccount {
    CaseAccount::House { role }
}

/// A channel's clearing account.
pub(crate) fn clearing(channel: &str) -> CaseAccount {
    CaseAccount::Channel { channel: read(channel) }
}

/// A channel takes so much for somebody who is not known yet, or gives so much back.
pub(crate) fn takes(teller: &mut Teller, channel: &str, reference: &str, side: Side, text: &str) {
    let (here, there) = (on(clearing(channel), reference), on(house(Role::Unidentified), "from"));
    let (debit, credit) = if side == Side::Debit { (here, there) } else { (there, here) };
    let moves = vec![CaseMove { debit, credit, sum: sum(text) }];
    teller.done(CaseCommand::Open { pool: read("emoney"), moves });
}

fn settle(items: &[&str], net: &str) -> ChannelCommand {
    ChannelCommand::Settle {
        channel: read("bank"),
        items: items.iter().map(|item| read(item)).collect(),
        net: sum(net),
        taken: false,
        cost: None,
        subsidy: None,
        into: Role::Reserve,
        suspends: false,
    }
}

/// The same settlement with a cost.
fn costing(mut command: ChannelCommand, of: &str) -> ChannelCommand {
    if let ChannelCommand::Settle { cost, .. } = &mut command {
        *cost = Some(sum(of));
    }
    command
}

/// The same settlement, with a difference put into suspense.
fn suspending(mut command: ChannelCommand) -> ChannelCommand {
    if let ChannelCommand::Settle { suspends, .. } = &mut command {
        *suspends = true;
    }
    command
}

#[test]
fn a_channel_is_opened_once() {
    let mut teller = Teller::small_world();
    let open = |name, currencies: &[Currency]| ChannelCommand::Open {
        channel: read(name),
        kind: ChannelKind::BankCard,
        pool: read("emoney"),
        currencies: currencies.to_vec(),
        settles_within_ns: None,
    };
    teller.refused_for(Reason::ThingExists, open("bank", &[Currency::CNY]));
    teller.refused_for(Reason::ThingExists, open("second", &[Currency::CNY, Currency::CNY]));
    teller.refused_for(Reason::ThingNotFound, open("second", &[read("JPY")]));
    teller.done(open("second", &[Currency::CNY]));
    teller.replay();
}

#[test]
fn a_settlement_arrives_net_of_its_cost() {
    let mut teller = Teller::small_world();
    takes(&mut teller, "bank", "r1", Side::Debit, "100.00 CNY");
    takes(&mut teller, "bank", "r2", Side::Debit, "50.00 CNY");
    let posts = teller.posts(costing(settle(&["r1", "r2"], "149.10 CNY"), "0.90 CNY"));
    assert_eq!(
        posts,
        ["D reserve 149.10 CNY", "C clearing 149.10 CNY", "D cost 0.90 CNY", "C clearing 0.90 CNY"]
    );
    assert_eq!(teller.clearing("bank", Currency::CNY), "0.00 CNY");
    teller.replay();
}

#[test]
fn refunds_stand_against_sales_and_a_channel_may_take_the_net() {
    let mut teller = Teller::small_world();
    let pool = read("emoney");
    teller.done(HouseCommand::Prefund { pool, into: Role::Reserve, sum: sum("100.00 CNY") });
    takes(&mut teller, "bank", "sale", Side::Debit, "100.00 CNY");
    takes(&mut teller, "alipay", "other", Side::Debit, "100.00 CNY");
    takes(&mut teller, "bank", "refund", Side::Credit, "130.00 CNY");
    let taken = |net| {
        let mut command = costing(settle(&["sale", "refund"], net), "1.00 CNY");
        if let ChannelCommand::Settle { taken, .. } = &mut command {
            *taken = true;
        }
        command
    };
    teller.refused_for(Reason::AmountDiffers, costing(settle(&["sale", "refund"], "31.00 CNY"), "1.00 CNY"));
    let posts = teller.posts(taken("31.00 CNY"));
    assert_eq!(
        posts,
        ["D clearing 31.00 CNY", "C reserve 31.00 CNY", "D cost 1.00 CNY", "C clearing 1.00 CNY"]
    );
    assert_eq!(teller.clearing("bank", Currency::CNY), "0.00 CNY");
    teller.replay();
}

#[test]
fn the_interest_of_a_lender_is_paid_by_the_operator_or_by_the_merchant() {
    let mut teller = Teller::small_world();
    for (at, by) in [None, Some(read("shop"))].into_iter().enumerate() {
        let reference = format!("r{at}");
        takes(&mut teller, "bank", &reference, Side::Debit, "100.00 CNY");
        let subsidised = |by| {
            let mut command = settle(&[&reference], "97.00 CNY");
            if let ChannelCommand::Settle { subsidy, .. } = &mut command {
                *subsidy = Some(Subsidy { sum: sum("3.00 CNY"), by });
            }
            command
        };
        if by.is_some() {
            teller.refused_for(Reason::InsufficientFunds, subsidised(by));
            let merchant = CaseAccount::Owner { owner: read("shop"), role: Role::Merchant };
            let debit = on(house(Role::Unidentified), "from");
            let moves = vec![CaseMove { debit, credit: on(merchant, ""), sum: sum("5.00 CNY") }];
            teller.done(CaseCommand::Open { pool: read("emoney"), moves });
            teller.refused_for(Reason::WrongKind, subsidised(Some(read("alice"))));
        }
        let payer = if by.is_some() { "D merchant 3.00 CNY" } else { "D subsidy 3.00 CNY" };
        let posts = teller.posts(subsidised(by));
        assert_eq!(posts, ["D reserve 97.00 CNY", "C clearing 97.00 CNY", payer, "C clearing 3.00 CNY"]);
    }
    teller.replay();
}

#[test]
fn a_merchant_of_another_pool_pays_no_subsidy() {
    let mut teller = Teller::small_world();
    teller.done(HouseCommand::Open { pool: read("cards"), currency: Currency::CNY });
    teller.done(OwnerCommand::Register {
        owner: read("far"),
        kind: OwnerKind::Merchant,
        pool: read("cards"),
        terms: read("seller"),
        currencies: vec![Currency::CNY],
    });
    takes(&mut teller, "bank", "r1", Side::Debit, "100.00 CNY");
    let mut command = settle(&["r1"], "97.00 CNY");
    if let ChannelCommand::Settle { subsidy, .. } = &mut command {
        *subsidy = Some(Subsidy { sum: sum("3.00 CNY"), by: Some(read("far")) });
    }
    teller.refused_for(Reason::WrongKind, command);
    teller.replay();
}

#[test]
fn e46_an_item_settled_twice_is_not_found_and_an_omitted_one_stays_and_ages() {
    let mut teller = Teller::small_world();
    teller.done(ChannelCommand::Open {
        channel: read("swift"),
        kind: ChannelKind::BankCard,
        pool: read("emoney"),
        currencies: vec![Currency::CNY],
        settles_within_ns: std::num::NonZeroU64::new(2 * DAY),
    });
    let settle = |items: &[&str], net| {
        let mut command = settle(items, net);
        if let ChannelCommand::Settle { channel, .. } = &mut command {
            *channel = read("swift");
        }
        command
    };
    for reference in ["r1", "r2"] {
        takes(&mut teller, "swift", reference, Side::Debit, "100.00 CNY");
    }
    teller.done(settle(&["r1"], "100.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, settle(&["r1"], "100.00 CNY"));
    // The second file names it again, and pays it again: the money is nobody's until it is explained.
    teller.refused_for(Reason::AmountDiffers, settle(&["r2"], "200.00 CNY"));
    let case = teller.done(suspending(settle(&["r2"], "200.00 CNY")));
    assert_eq!(
        teller.last_posts(),
        ["D reserve 200.00 CNY", "C clearing 200.00 CNY", "D clearing 100.00 CNY", "C suspcredit 100.00 CNY"]
    );
    assert_eq!(teller.state.products().cases.get(case).unwrap().phase, Phase::Open);
    // A third one is omitted: it stays open, and covers nothing once its time has passed.
    takes(&mut teller, "swift", "r3", Side::Debit, "100.00 CNY");
    let covers = |teller: &Teller| {
        let own = teller.state.safeguarding(teller.now)[0];
        (own.in_time.to_string(), own.overdue.to_string())
    };
    assert_eq!(covers(&teller), ("100.00 CNY".into(), "0.00 CNY".into()));
    teller.pass(2 * DAY);
    assert_eq!(covers(&teller), ("100.00 CNY".into(), "0.00 CNY".into()), "it is still the moment");
    teller.pass(1);
    assert_eq!(covers(&teller), ("0.00 CNY".into(), "100.00 CNY".into()));
    teller.replay();
}

#[test]
fn what_a_settlement_is_short_of_opens_a_case() {
    let mut teller = Teller::small_world();
    takes(&mut teller, "bank", "r1", Side::Debit, "100.00 CNY");
    let refusal = teller.refused_for(Reason::AmountDiffers, settle(&["r1"], "98.00 CNY"));
    assert_eq!(refusal.short_by, sum("2.00 CNY").amount);
    let posts = teller.posts(suspending(settle(&["r1"], "98.00 CNY")));
    assert_eq!(
        posts,
        ["D reserve 98.00 CNY", "C clearing 98.00 CNY", "D suspdebit 2.00 CNY", "C clearing 2.00 CNY"]
    );
    teller.replay();
}

#[test]
fn what_is_wrong_with_a_settlement_is_said() {
    let mut teller = Teller::small_world();
    takes(&mut teller, "bank", "r1", Side::Debit, "100.00 CNY");
    teller.refused_for(Reason::TooManyItems, settle(&[], "100.00 CNY"));
    let many: Vec<String> = (0..121).map(|no| format!("r{no}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    teller.refused_for(Reason::TooManyItems, settle(&many, "100.00 CNY"));
    teller.refused_for(Reason::ItemTwice, settle(&["r1", "r1"], "200.00 CNY"));
    teller.refused_for(Reason::ThingNotFound, settle(&["r1"], "100 JPY"));
    teller.refused_for(Reason::CurrencyMismatch, costing(settle(&["r1"], "99.00 CNY"), "1.00 USD"));
    let mut odd = settle(&["r1"], "100.00 CNY");
    if let ChannelCommand::Settle { channel, into, .. } = &mut odd {
        (*channel, *into) = (read("nobody"), Role::Reserve);
    }
    teller.refused_for(Reason::ThingNotFound, odd);
    let mut odd = settle(&["r1"], "100.00 CNY");
    if let ChannelCommand::Settle { into, .. } = &mut odd {
        *into = Role::Own;
    }
    teller.refused_for(Reason::WrongKind, odd);
    teller.replay();
}

#[test]
fn a_settlement_may_arrive_in_any_account_of_the_resource() {
    for into in [Role::Reserve, Role::CrossBorder, Role::Nostro] {
        let mut teller = Teller::small_world();
        takes(&mut teller, "bank", "r1", Side::Debit, "100.00 CNY");
        let mut command = settle(&["r1"], "100.00 CNY");
        if let ChannelCommand::Settle { into: own, .. } = &mut command {
            *own = into;
        }
        teller.done(command);
        assert_eq!(teller.house(into, Currency::CNY), "100.00 CNY");
        teller.replay();
    }
}

#[test]
fn e38_as_many_items_as_there_may_be_at_the_top_of_the_range_are_never_added_up_wrongly() {
    let mut teller = Teller::small_world();
    let top = Sum::new(longmen_money::Amount::MAX, Currency::CNY);
    let references: Vec<Key> = (0..3).map(|no| read(&format!("r{no}"))).collect();
    for reference in &references {
        takes(&mut teller, "bank", reference.as_str(), Side::Debit, &top.to_string());
        // The other side would leave the range of an open item.
        let debit = on(house(Role::Unidentified), "from");
        let credit = on(CaseAccount::Owner { owner: read("shop"), role: Role::Merchant }, "");
        let moves = vec![CaseMove { debit, credit, sum: top }];
        teller.done(CaseCommand::Open { pool: read("emoney"), moves });
    }
    assert_eq!(teller.available("shop", Currency::CNY), "29999999999999999.97 CNY");
    let names: Vec<&str> = references.iter().map(Key::as_str).collect();
    // What is over is more than one amount can say.
    teller.refused_for(Reason::AmountTooLarge, suspending(settle(&names, "0.01 CNY")));
    for name in names {
        teller.done(settle(&[name], &top.to_string()));
    }
    assert_eq!(teller.house(Role::Reserve, Currency::CNY), "29999999999999999.97 CNY");
    assert_eq!(teller.state.safeguarding(teller.now)[0].excess().to_string(), "0.00 CNY");
    teller.replay();
}
