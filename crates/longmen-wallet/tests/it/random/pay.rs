//! Commands of payments, transfers and exchange.

use longmen_core::{Key, Phase};
use longmen_money::{Currency, Sum};
use longmen_wallet::{
    ChannelId, ExchangeCommand, OwnerId, PaymentCommand, Quote, Rate, Role, TransferCommand,
};

use super::dice::Dice;
use crate::teller::read;

/// Who buys what out of what.
struct Buy {
    payer: OwnerId,
    merchant: OwnerId,
    order: Key,
    sum: Sum,
    from: Role,
}

fn buy(dice: &mut Dice<'_>) -> Buy {
    let from = dice.of(&[Role::Wallet, Role::Wallet, Role::Purse]);
    let from = if dice.odd(60) { Role::Merchant } else { from };
    let currency = if from == Role::Purse { Currency::CNY } else { dice.currency() };
    let payer = dice.spender(from, currency);
    let sum = dice.part_of(payer, from, currency);
    Buy { payer, merchant: dice.merchant(), order: dice.fresh("order"), sum, from }
}

fn terms(dice: &mut Dice<'_>) -> longmen_wallet::TermsId {
    let terms = dice.of(&["shop", "shop-credit"]);
    read(if dice.odd(40) { "fx" } else { terms })
}

pub(super) fn authorise(dice: &mut Dice<'_>) -> Option<PaymentCommand> {
    let Buy { payer, merchant, order, sum, from } = buy(dice);
    let (terms, expires_ns) = (terms(dice), dice.perhaps_later());
    Some(PaymentCommand::Authorise { payer, merchant, order, sum, from, terms, expires_ns })
}

pub(super) fn pay(dice: &mut Dice<'_>) -> Option<PaymentCommand> {
    let Buy { payer, merchant, order, sum, from } = buy(dice);
    Some(PaymentCommand::Pay { payer, merchant, order, sum, from, terms: terms(dice) })
}

pub(super) fn by_channel(dice: &mut Dice<'_>) -> Option<PaymentCommand> {
    let channel: ChannelId = read(dice.of(&["visa", "bank", "huabei", "alipay"]));
    let channel = if dice.odd(20) { read("amazon") } else { channel };
    let currency = dice.currency();
    Some(PaymentCommand::PayByChannel {
        channel,
        reference: dice.reference(channel),
        payer: if dice.below(2) == 0 { Some(dice.customer()) } else { None },
        merchant: dice.merchant(),
        order: dice.fresh("order"),
        sum: dice.price(currency),
        charged: if dice.odd(12) { Some(dice.price(currency)) } else { None },
        terms: terms(dice),
        due_ns: dice.perhaps_later(),
    })
}

fn payment(dice: &mut Dice<'_>, good: &[Phase]) -> Option<Key> {
    let all: Vec<_> = dice.products().payments.iter().map(|own| (own.name, own.phase)).collect();
    dice.key(all, good)
}

pub(super) fn confirm(dice: &mut Dice<'_>) -> Option<PaymentCommand> {
    Some(PaymentCommand::Confirm { payment: payment(dice, &[Phase::Authorised])? })
}

pub(super) fn cancel(dice: &mut Dice<'_>) -> Option<PaymentCommand> {
    Some(PaymentCommand::Cancel { payment: payment(dice, &[Phase::Authorised])? })
}

/// Part of what is left of a payment.
fn part(dice: &mut Dice<'_>, payment: Key) -> Sum {
    let Some(own) = dice.products().payments.get(payment) else { return dice.price(Currency::CNY) };
    let left = own.sum.amount.minor() - own.refunded.minor();
    Sum::new(dice.part(left.into()), own.sum.currency)
}

pub(super) fn release(dice: &mut Dice<'_>) -> Option<PaymentCommand> {
    let payment = payment(dice, &[Phase::Paid])?;
    let part = if dice.below(3) == 2 { Some(part(dice, payment)) } else { None };
    Some(PaymentCommand::Release { payment, part })
}

pub(super) fn refund(dice: &mut Dice<'_>) -> Option<PaymentCommand> {
    let payment = payment(dice, &[Phase::Paid, Phase::Released])?;
    Some(PaymentCommand::Refund { payment, sum: part(dice, payment) })
}

pub(super) fn transfer(dice: &mut Dice<'_>) -> Option<TransferCommand> {
    let currency = dice.currency();
    let from = dice.spender(Role::Wallet, currency);
    Some(TransferCommand::Send { from, to: dice.customer(), sum: dice.part_of(from, Role::Wallet, currency) })
}

pub(super) fn quote(dice: &mut Dice<'_>) -> Option<ExchangeCommand> {
    let sells_usd = dice.below(2) == 0;
    let (sold, into) =
        if sells_usd { (Currency::USD, Currency::CNY) } else { (Currency::CNY, Currency::USD) };
    let into = if dice.odd(40) { sold } else { into };
    let (rate, mid) = match (sells_usd, dice.below(4)) {
        (true, 0) => ("7.0935", "7.1035"),
        // Worse for the house than the middle rate.
        (true, 1) => ("7.20", "7.1035"),
        (true, 2) => ("7.1035", "7.1035"),
        (true, _) => ("7", "7.10350001"),
        (false, 3) => ("0.139", "0.14085"),
        (false, _) => ("1/7.1135", "1/7.1035"),
    };
    let role = if dice.below(4) == 3 { Role::Merchant } else { Role::Wallet };
    let owner = dice.spender(role, sold);
    Some(ExchangeCommand::Quote {
        owner,
        sell: dice.part_of(owner, role, sold),
        into,
        rate: read::<Rate>(rate),
        mid: read::<Rate>(mid),
        terms: read(dice.of(&["fx", "fx-day", "fx-fee"])),
        expires_ns: dice.later(),
    })
}

fn quoted<'a>(dice: &mut Dice<'a>, good: &[Phase]) -> Option<&'a Quote> {
    let all: Vec<_> = dice.products().quotes.iter().map(|own| (own, own.phase)).collect();
    dice.thing(all, good)
}

pub(super) fn execute(dice: &mut Dice<'_>) -> Option<ExchangeCommand> {
    Some(ExchangeCommand::Execute { quote: quoted(dice, &[Phase::Locked])?.name })
}

pub(super) fn cancel_quote(dice: &mut Dice<'_>) -> Option<ExchangeCommand> {
    Some(ExchangeCommand::Cancel { quote: quoted(dice, &[Phase::Locked])?.name })
}

pub(super) fn cover(dice: &mut Dice<'_>) -> Option<ExchangeCommand> {
    let (sold, bought) =
        if dice.below(2) == 0 { (Currency::USD, Currency::CNY) } else { (Currency::CNY, Currency::USD) };
    Some(ExchangeCommand::Cover {
        pool: super::owner::pool(dice),
        from: dice.bank(sold),
        sold: dice.price(sold),
        into: dice.bank(bought),
        bought: dice.price(bought),
    })
}

pub(super) fn revalue(dice: &mut Dice<'_>) -> Option<ExchangeCommand> {
    let currency = dice.currency();
    let as_role = dice.of(&[
        Role::Margin,
        Role::RoundingGain,
        Role::ExchangeLoss,
        Role::RoundingLoss,
        Role::Margin,
        Role::Reserve,
    ]);
    Some(ExchangeCommand::Revalue { pool: super::owner::pool(dice), sum: dice.price(currency), as_role })
}

pub(super) fn refund_quote(dice: &mut Dice<'_>) -> Option<ExchangeCommand> {
    let own = quoted(dice, &[Phase::Executed])?;
    let left = own.bought.amount.minor() - own.refunded.minor();
    let part = Sum::new(dice.part(left.into()), own.bought.currency);
    let is_day = own.terms.id == read("fx-day");
    let rate = if own.bought.currency == Currency::CNY { "1/7.2000" } else { "7.0000" };
    let rate = if is_day != dice.odd(20) { Some(read(rate)) } else { None };
    let merchant = if is_day && dice.below(4) < 3 { Some(dice.merchant()) } else { None };
    Some(ExchangeCommand::Refund { quote: own.name, part, rate, merchant })
}
