//! Commands of refunds on their way and of withdrawals.

use longmen_core::{Key, Phase};
use longmen_money::{Currency, Sum};
use longmen_wallet::{Rail, Refund, RefundCommand, RefundWay, Role, Withdrawal, WithdrawalCommand};

use super::dice::Dice;
use super::owner::{payee_of, unclaimed};
use crate::teller::read;

fn refund<'a>(dice: &mut Dice<'a>, good: &[Phase]) -> Option<&'a Refund> {
    let all: Vec<_> = dice.products().refunds.iter().map(|own| (own, own.phase)).collect();
    dice.thing(all, good)
}

pub(super) fn send(dice: &mut Dice<'_>) -> Option<RefundCommand> {
    let good = if dice.odd(5) { Phase::Failed } else { Phase::Accepted };
    Some(RefundCommand::Send { refund: refund(dice, &[good])?.name })
}

/// The bank that paid a payee or was paid back; a channel has none.
fn bank(dice: &mut Dice<'_>, refund: &Refund) -> Option<Role> {
    let is_payee = matches!(refund.way, RefundWay::Payee { .. });
    (is_payee != dice.odd(20)).then(|| dice.bank(refund.sum.currency))
}

pub(super) fn complete(dice: &mut Dice<'_>) -> Option<RefundCommand> {
    let own = refund(dice, &[Phase::Accepted, Phase::InTransit, Phase::Rerouted])?;
    Some(RefundCommand::Complete { refund: own.name, bank: bank(dice, own) })
}

pub(super) fn fail(dice: &mut Dice<'_>) -> Option<RefundCommand> {
    let own = refund(dice, &[Phase::Accepted, Phase::InTransit, Phase::Rerouted, Phase::Completed])?;
    Some(RefundCommand::Fail { refund: own.name, bank: bank(dice, own) })
}

pub(super) fn reroute(dice: &mut Dice<'_>) -> Option<RefundCommand> {
    let own = refund(dice, &[Phase::Failed])?;
    let owner = own.owner.unwrap_or_else(|| read("alice"));
    let payee = payee_of(dice, owner, &[Phase::Verified], Some(own.sum.currency))?;
    Some(RefundCommand::Reroute { refund: own.name, payee })
}

pub(super) fn recredit(dice: &mut Dice<'_>) -> Option<RefundCommand> {
    let own = refund(dice, &[Phase::Failed])?;
    let refund_until_ns = dice.perhaps_later();
    let calendar = refund_until_ns.map(|_| read("cn-2026"));
    Some(RefundCommand::Recredit { refund: own.name, refund_until_ns, calendar })
}

pub(super) fn unclaim(dice: &mut Dice<'_>) -> Option<RefundCommand> {
    Some(RefundCommand::Unclaim { refund: refund(dice, &[Phase::Failed])?.name })
}

pub(super) fn request(dice: &mut Dice<'_>) -> Option<WithdrawalCommand> {
    let role = dice.of(&[Role::Wallet, Role::Wallet, Role::Merchant]);
    let currency = dice.currency();
    let owner = dice.spender(role, currency);
    let terms = if currency == Currency::CNY {
        dice.of(&["payout", "payout-in", "payout-fit"])
    } else {
        "payout-usd"
    };
    Some(WithdrawalCommand::Request {
        owner,
        sum: dice.part_of(owner, role, currency),
        payee: payee_of(dice, owner, &[Phase::Verified], Some(currency))?,
        terms: read(terms),
        due_ns: dice.later(),
    })
}

fn withdrawal<'a>(dice: &mut Dice<'a>, good: &[Phase]) -> Option<&'a Withdrawal> {
    let all: Vec<_> = dice.products().withdrawals.iter().map(|own| (own, own.phase)).collect();
    dice.thing(all, good)
}

fn name(dice: &mut Dice<'_>, good: &[Phase]) -> Option<Key> {
    let all: Vec<_> = dice.products().withdrawals.iter().map(|own| (own.name, own.phase)).collect();
    dice.key(all, good)
}

pub(super) fn cancel(dice: &mut Dice<'_>) -> Option<WithdrawalCommand> {
    Some(WithdrawalCommand::Cancel { withdrawal: name(dice, &[Phase::Requested])? })
}

pub(super) fn submit(dice: &mut Dice<'_>) -> Option<WithdrawalCommand> {
    Some(WithdrawalCommand::Submit { withdrawal: name(dice, &[Phase::Requested])? })
}

pub(super) fn mark_sent(dice: &mut Dice<'_>) -> Option<WithdrawalCommand> {
    let own = withdrawal(dice, &[Phase::Submitted, Phase::Unknown])?;
    Some(WithdrawalCommand::MarkSent { withdrawal: own.name, from: dice.bank(own.sum.currency) })
}

pub(super) fn settle(dice: &mut Dice<'_>) -> Option<WithdrawalCommand> {
    Some(WithdrawalCommand::Settle { withdrawal: name(dice, &[Phase::Sent])? })
}

pub(super) fn reject(dice: &mut Dice<'_>) -> Option<WithdrawalCommand> {
    Some(WithdrawalCommand::Reject { withdrawal: name(dice, &[Phase::Submitted, Phase::Unknown])? })
}

pub(super) fn note_unknown(dice: &mut Dice<'_>) -> Option<WithdrawalCommand> {
    Some(WithdrawalCommand::NoteUnknown { withdrawal: name(dice, &[Phase::Submitted])? })
}

pub(super) fn come_back(dice: &mut Dice<'_>) -> Option<WithdrawalCommand> {
    let own = withdrawal(dice, &[Phase::Sent, Phase::Settled])?;
    let came = Sum::new(dice.part(own.sum.amount.minor().into()), own.sum.currency);
    let (reference, into) = (dice.fresh("b"), dice.bank(own.sum.currency));
    Some(WithdrawalCommand::Return { withdrawal: own.name, came, reference, into })
}

pub(super) fn pay_unclaimed(dice: &mut Dice<'_>) -> Option<WithdrawalCommand> {
    let (owner, sum) = unclaimed(dice, |phase| phase == Phase::Closed)?;
    let (token, due_ns) = (dice.fresh("t"), dice.later());
    Some(WithdrawalCommand::PayUnclaimed { owner, sum, rail: Rail::BankCn, token, due_ns })
}
