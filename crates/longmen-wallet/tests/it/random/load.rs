//! Commands of top-ups, card loads and gift cards.

use longmen_core::{Key, Phase};
use longmen_money::{Amount, Currency, Sum};
use longmen_wallet::{CardId, ChannelId, GiftCommand, TopUp, TopUpCommand, TopUpTarget};

use super::card;
use super::dice::Dice;
use crate::teller::read;

pub(super) fn request(dice: &mut Dice<'_>) -> Option<TopUpCommand> {
    let expires_ns = dice.perhaps_later();
    if dice.below(3) == 2 {
        let card = card::in_phase(dice, &[Phase::Issued, Phase::Active])?;
        let channel = read(if dice.products().cards.cards.get(card)?.pool.as_str() == "cards" {
            "shvisa"
        } else {
            "visa"
        });
        let sum = dice.of(&["500.00", "100.00", "2000.00", "100.01", "99.99", "1000.00", "2000.01"]);
        let sum = read(&format!("{sum} CNY"));
        return Some(TopUpCommand::Request {
            target: TopUpTarget::Card { card },
            terms: None,
            channel,
            sum,
            expires_ns,
        });
    }
    let (owner, currency) = (dice.customer(), dice.currency());
    let target = if currency == Currency::CNY && dice.below(4) == 3 {
        TopUpTarget::Purse { owner, currency }
    } else {
        TopUpTarget::Wallet { owner, currency }
    };
    let terms =
        if currency == Currency::CNY { dice.of(&["topup", "topup-fee", "topup-strict"]) } else { "topup" };
    let channel = dice.of(&["bank", "alipay", "wechat", "visa"]);
    let channel = if dice.odd(30) { "amazon" } else { channel };
    let strict = ["100.00 CNY", "250.00 CNY", "2000.00 CNY", "1234.56 CNY", "99.99 CNY"];
    let sum = if terms == "topup" { dice.price(currency) } else { read(dice.of(&strict)) };
    let terms = Some(read(terms));
    Some(TopUpCommand::Request { target, terms, channel: read(channel), sum, expires_ns })
}

fn top_up<'a>(dice: &mut Dice<'a>, good: &[Phase]) -> Option<&'a TopUp> {
    let all: Vec<_> = dice.products().top_ups.iter().map(|own| (own, own.phase)).collect();
    dice.thing(all, good)
}

fn name(dice: &mut Dice<'_>, good: &[Phase]) -> Option<Key> {
    let all: Vec<_> = dice.products().top_ups.iter().map(|own| (own.name, own.phase)).collect();
    dice.key(all, good)
}

pub(super) fn receive(dice: &mut Dice<'_>) -> Option<TopUpCommand> {
    let late = [Phase::Failed, Phase::Expired];
    let good = if dice.odd(5) { &late[..] } else { &[Phase::Initiated] };
    let own = top_up(dice, good)?;
    let channel = if dice.odd(20) { read("bank") } else { own.channel };
    let total = own.total();
    let sum = match dice.below(12) {
        10 => Sum::new(dice.part(total.amount.minor().into()), total.currency),
        11 => Sum::new(total.amount.checked_add(Amount::new(1).unwrap()).unwrap(), total.currency),
        _ => total,
    };
    Some(TopUpCommand::Receive { top_up: own.name, channel, reference: dice.reference(channel), sum })
}

pub(super) fn apply(dice: &mut Dice<'_>) -> Option<TopUpCommand> {
    let good = if dice.odd(4) { &[Phase::Suspended, Phase::ReceivedLate][..] } else { &[Phase::Pending] };
    let top_up = name(dice, good)?;
    let refund_until_ns = dice.perhaps_later();
    let calendar = refund_until_ns.map(|_| read("cn-2026"));
    Some(TopUpCommand::Apply { top_up, refund_until_ns, calendar })
}

pub(super) fn fail(dice: &mut Dice<'_>) -> Option<TopUpCommand> {
    Some(TopUpCommand::Fail { top_up: name(dice, &[Phase::Initiated, Phase::Pending])? })
}

pub(super) fn give_back(dice: &mut Dice<'_>) -> Option<TopUpCommand> {
    Some(TopUpCommand::Return {
        top_up: name(dice, &[Phase::Pending, Phase::Suspended, Phase::ReceivedLate])?,
    })
}

pub(super) fn give_back_stray(dice: &mut Dice<'_>) -> Option<TopUpCommand> {
    let strays: Vec<_> = dice.products().top_ups.strays().map(|own| (own.name, true)).collect();
    Some(TopUpCommand::ReturnStray { receipt: dice.any(strays)? })
}

pub(super) fn request_refund(dice: &mut Dice<'_>) -> Option<TopUpCommand> {
    let products = dice.products();
    let all = products.top_ups.iter().map(|own| {
        let lots = products.lots.of(own.account);
        let is_whole =
            lots.and_then(|lots| lots.lot(&own.name)).is_some_and(|lot| lot.remaining == lot.amount);
        (own, own.phase == Phase::Applied && is_whole)
    });
    let takes_all = dice.odd(3);
    let all: Vec<_> = all.map(|(own, is_whole)| (own, is_whole || takes_all)).collect();
    let own = dice.any(all)?;
    let sum = if dice.odd(10) {
        Sum::new(dice.part(own.sum.amount.minor().into()), own.sum.currency)
    } else {
        own.sum
    };
    Some(TopUpCommand::RequestRefund { top_up: own.name, sum })
}

pub(super) fn charge_back(dice: &mut Dice<'_>) -> Option<TopUpCommand> {
    let own = top_up(dice, &[Phase::Applied])?;
    let total = own.total();
    let sum =
        if dice.odd(4) { Sum::new(dice.part(total.amount.minor().into()), total.currency) } else { total };
    let cost = if dice.odd(3) { Some(Sum::new(Amount::new(1_500).unwrap(), total.currency)) } else { None };
    Some(TopUpCommand::Chargeback { top_up: own.name, reference: dice.reference(own.channel), sum, cost })
}

pub(super) fn chargeback_won(dice: &mut Dice<'_>) -> Option<TopUpCommand> {
    let own = top_up(dice, &[Phase::ChargedBack])?;
    Some(TopUpCommand::ChargebackWon { top_up: own.name, reference: dice.reference(own.channel) })
}

pub(super) fn sell_gift(dice: &mut Dice<'_>) -> Option<GiftCommand> {
    let channel: ChannelId = read(dice.of(&["gifts", "alipay", "visa"]));
    Some(GiftCommand::Sell {
        card: read(&format!("g{}", dice.below(30))),
        pool: super::owner::pool(dice),
        channel,
        reference: dice.reference(channel),
        sum: dice.price(Currency::CNY),
        expires_ns: dice.perhaps_later(),
    })
}

fn gift(dice: &mut Dice<'_>) -> Option<CardId> {
    let all: Vec<_> = dice.products().gift_cards.iter().map(|own| (own.id, own.phase)).collect();
    dice.thing(all, &[Phase::Issued])
}

pub(super) fn redeem_gift(dice: &mut Dice<'_>) -> Option<GiftCommand> {
    let (card, owner, currency) = (gift(dice)?, dice.customer(), Currency::CNY);
    let into = match dice.below(3) {
        2 => TopUpTarget::Purse { owner, currency },
        _ => TopUpTarget::Wallet { owner, currency },
    };
    let terms = if dice.odd(10) { "topup-strict" } else { "topup" };
    Some(GiftCommand::Redeem { card, into, terms: read(terms) })
}

pub(super) fn refund_gift(dice: &mut Dice<'_>) -> Option<GiftCommand> {
    let card = gift(dice)?;
    let owner = if dice.below(2) == 0 { None } else { Some(dice.customer()) };
    Some(GiftCommand::Refund { card, owner })
}
