//! Commands of channels and of collection.

use longmen_core::{Key, Phase, Side};
use longmen_money::{Amount, Currency, Sum};
use longmen_wallet::{
    Batch, Channel, ChannelCommand, ChannelId, ChannelKind, CollectionCommand, Receiver, Role, Sender,
    Subsidy,
};

use super::dice::Dice;
use super::owner::payee_of;
use crate::teller::{DAY, read};

pub(super) fn open_channel(dice: &mut Dice<'_>) -> Option<ChannelCommand> {
    Some(ChannelCommand::Open {
        channel: read(&format!("ch{}", dice.below(6))),
        kind: dice.of(&[ChannelKind::BankCard, ChannelKind::Platform, ChannelKind::GiftCard]),
        pool: super::owner::pool(dice),
        currencies: vec![dice.currency()],
        settles_within_ns: if dice.below(2) == 0 { DAY.try_into().ok() } else { None },
    })
}

/// What is open on a clearing account, and how much the channel owes for each.
type OpenItems<'a> = (&'a Channel, Currency, Vec<(Key, i128)>);

/// A channel with something open in a currency.
fn open_items<'a>(dice: &mut Dice<'a>) -> Option<OpenItems<'a>> {
    let products = dice.products();
    let all = products.channels.iter().flat_map(|channel| {
        channel.accounts.iter().map(move |(currency, account)| {
            let own = products.items.iter().filter(|(on, ..)| on == account);
            let open = own.map(|(_, name, item)| {
                let minor = i128::from(item.open.minor());
                (*name, if item.side == Side::Debit { minor } else { -minor })
            });
            (channel, *currency, open.collect::<Vec<_>>())
        })
    });
    let all: Vec<_> = all.filter(|(.., open)| !open.is_empty()).map(|own| (own, true)).collect();
    dice.any(all)
}

pub(super) fn settle(dice: &mut Dice<'_>) -> Option<ChannelCommand> {
    let (channel, currency, mut open) = open_items(dice)?;
    let count = 1 + dice.below(open.len());
    open.truncate(count);
    let sum_of = |minor: i128| Sum::new(Amount::new(u64::try_from(minor.abs()).unwrap()).unwrap(), currency);
    let owed: i128 = open.iter().map(|(_, minor)| minor).sum();
    let cost = if owed > 100 && dice.below(2) == 1 { owed / 100 } else { 0 };
    let subsidy =
        if channel.kind == ChannelKind::Lender && owed > 1_000 && dice.below(2) == 1 { owed / 50 } else { 0 };
    let by = if subsidy > 0 && dice.below(2) == 1 { Some(dice.merchant()) } else { None };
    let is_wrong = dice.odd(6);
    let net = owed - cost - subsidy + if is_wrong { dice.of(&[1, -1, 500]) } else { 0 };
    let mut items: Vec<Key> = open.into_iter().map(|(name, _)| name).collect();
    if dice.odd(40) {
        items.push(items[0]);
    }
    Some(ChannelCommand::Settle {
        channel: channel.id,
        items,
        net: sum_of(net),
        taken: net < 0,
        cost: (cost > 0).then(|| sum_of(cost)),
        subsidy: (subsidy > 0).then(|| Subsidy { sum: sum_of(subsidy), by }),
        into: dice.bank(currency),
        suspends: is_wrong && !dice.odd(4),
    })
}

pub(super) fn open_receiver(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    let currency = dice.currency();
    Some(CollectionCommand::OpenReceiver { merchant: dice.merchant(), currency, token: dice.fresh("t") })
}

fn receiver<'a>(dice: &mut Dice<'a>) -> Option<&'a Receiver> {
    let all: Vec<_> = dice.products().batches.receivers.iter().map(|own| (own, own.phase)).collect();
    dice.thing(all, &[Phase::Active])
}

pub(super) fn replace_details(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    Some(CollectionCommand::ReplaceReceiverDetails { receiver: receiver(dice)?.name, token: dice.fresh("t") })
}

pub(super) fn close_receiver(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    Some(CollectionCommand::CloseReceiver { receiver: receiver(dice)?.name })
}

pub(super) fn assign(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    let own = receiver(dice)?;
    let merchant = if dice.odd(12) { dice.merchant() } else { own.merchant };
    let currency = if dice.odd(12) { dice.currency() } else { own.currency };
    Some(CollectionCommand::Assign { merchant, marketplace: read("amazon-us"), currency, receiver: own.name })
}

pub(super) fn receive(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    let own = receiver(dice);
    let channel: ChannelId = read(if dice.odd(20) { "bank" } else { "amazon" });
    let currency = own.filter(|_| !dice.odd(10)).map_or(Currency::USD, |own| own.currency);
    Some(CollectionCommand::Receive {
        channel,
        reference: dice.reference(channel),
        receiver: own.map_or(read("nobody"), |own| own.name),
        sum: dice.price(currency),
        sender: dice.of(&[
            Sender::Platform,
            Sender::Platform,
            Sender::Platform,
            Sender::Buyer,
            Sender::Unknown,
        ]),
        into: dice.bank(currency),
    })
}

fn deposit(dice: &mut Dice<'_>) -> Option<Key> {
    let all: Vec<_> = dice.products().batches.deposits.iter().map(|own| (own.name, own.phase)).collect();
    dice.key(all, &[Phase::Open])
}

pub(super) fn identify(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    Some(CollectionCommand::Identify { deposit: deposit(dice)?, owner: dice.owner() })
}

pub(super) fn send_back(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    Some(CollectionCommand::SendBack { deposit: deposit(dice)? })
}

pub(super) fn claw_back(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    let channel: ChannelId = read("amazon");
    let currency = dice.currency();
    let from = if dice.below(2) == 0 { None } else { Some(dice.bank(currency)) };
    let (reference, merchant) = (dice.reference(channel), dice.merchant());
    Some(CollectionCommand::ClawBack { channel, reference, merchant, sum: dice.price(currency), from })
}

pub(super) fn open_batch(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    let currency = dice.currency();
    let merchant = dice.spender(Role::Merchant, currency);
    Some(CollectionCommand::OpenBatch {
        merchant,
        currency,
        payee: payee_of(dice, merchant, &[Phase::Verified], Some(currency))?,
        cycle: read(&format!("cycle{}", dice.below(40))),
        cut_off_ns: if dice.below(3) < 2 { dice.now() } else { dice.later() },
    })
}

fn batch<'a>(dice: &mut Dice<'a>, good: &[Phase]) -> Option<&'a Batch> {
    let all: Vec<_> = dice.products().batches.batches.iter().map(|own| (own, own.phase)).collect();
    dice.thing(all, good)
}

pub(super) fn cut_off(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    Some(CollectionCommand::CutOff { batch: batch(dice, &[Phase::Open])?.name, due_ns: dice.later() })
}

pub(super) fn send_batch(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    let own = batch(dice, &[Phase::CutOff])?;
    Some(CollectionCommand::SendBatch { batch: own.name, from: dice.bank(own.currency) })
}

pub(super) fn settle_batch(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    Some(CollectionCommand::SettleBatch { batch: batch(dice, &[Phase::Sent])?.name })
}

pub(super) fn slip(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    let own = batch(dice, &[Phase::CutOff])?;
    let is_next = |next: &Batch| {
        next.phase == Phase::Open && (next.merchant, next.currency) == (own.merchant, own.currency)
    };
    let all: Vec<_> = dice.products().batches.batches.iter().map(|next| (next.name, is_next(next))).collect();
    Some(CollectionCommand::Slip { batch: own.name, into: dice.any(all)? })
}

pub(super) fn return_batch(dice: &mut Dice<'_>) -> Option<CollectionCommand> {
    let own = batch(dice, &[Phase::Sent, Phase::Settled])?;
    let sum = own.pinned.map_or(1_000, |pinned| i128::from(pinned.sum.amount.minor()));
    let came = Sum::new(dice.part(sum), own.currency);
    let (reference, into) = (dice.fresh("b"), dice.bank(own.currency));
    Some(CollectionCommand::ReturnBatch { batch: own.name, came, reference, into })
}
