//! What goes back: what was not applied, what was not spent, and what the payer's bank takes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use longmen_core::{AccountNo, Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Sum};

use super::{Chargeback, Receipt, TopUp, TopUpEvent, find};
use crate::draft::{Draft, ItemName, about, exceeds, not_found};
use crate::machine::{forbids, go};
use crate::terms::FindTerms;
use crate::{Draw, LotUse, OwnerId, PoolId, Refund, RefundOf, RefundWay, Role, refund};

/// A refund of a receipt, the way that it came.
fn refund_of(
    draft: &Draft<'_>,
    receipt: &Receipt,
    (owner, pool): (OwnerId, PoolId),
    of: RefundOf,
    sum: Sum,
    back: Vec<(AccountNo, Amount)>,
) -> Refund {
    let way = RefundWay::Channel { channel: receipt.channel, reference: receipt.reference };
    let (name, owner, since_ns) = (draft.key, Some(owner), draft.now_ns);
    Refund { name, owner, pool, sum, of, way, back, phase: Phase::Accepted, since_ns }
}

fn received(top_up: &TopUp) -> Result<&Receipt, Refusal> {
    top_up.receipt.as_ref().ok_or_else(|| forbids(Thing::TopUp, top_up.phase))
}

pub(super) fn give_back(draft: &mut Draft<'_>, name: Key) -> Result<TopUpEvent, Refusal> {
    let top_up = find(draft, name)?;
    let receipt = match top_up.phase {
        Phase::Pending | Phase::Suspended | Phase::ReceivedLate => received(top_up)?,
        phase => return Err(forbids(Thing::TopUp, phase)),
    };
    let sum = receipt.sum;
    let house = draft.house(top_up.pool, sum.currency)?;
    match top_up.phase {
        Phase::Pending => {
            draft.item(house.account(Role::TopUps), Side::Debit, top_up.item(), top_up.sum.amount)?;
            // Nothing was delivered, so nothing is charged.
            draft.debit(house.account(Role::TopUpFees), top_up.fee);
        }
        Phase::Suspended => {
            let item = ItemName::new(receipt.name, Some(top_up.owner));
            draft.item(house.account(Role::Unidentified), Side::Debit, item, sum.amount)?;
        }
        _ => draft.item(house.account(Role::TopUps), Side::Debit, top_up.item(), sum.amount)?,
    }
    let whose = (top_up.owner, top_up.pool);
    let refund = refund_of(draft, receipt, whose, RefundOf::TopUp(name), sum, Vec::new());
    refund::accept(draft, &refund)?;
    Ok(TopUpEvent::Refunding { top_up: name, refund: Box::new(refund) })
}

pub(super) fn give_back_stray(draft: &mut Draft<'_>, name: Key) -> Result<TopUpEvent, Refusal> {
    let receipt = draft.products.top_ups.strays.get(name).ok_or_else(|| not_found(Thing::Item))?;
    let top_up = find(draft, receipt.top_up)?;
    let unidentified = draft.house(top_up.pool, receipt.sum.currency)?.account(Role::Unidentified);
    // It may have been explained some other way meanwhile, in part or whole.
    let left = draft.open_item(unidentified, Side::Credit, &name)?;
    draft.item(unidentified, Side::Debit, ItemName::new(name, Some(top_up.owner)), left)?;
    let sum = Sum::new(left, receipt.sum.currency);
    let whose = (top_up.owner, top_up.pool);
    let refund = refund_of(draft, receipt, whose, RefundOf::Receipt(name), sum, Vec::new());
    refund::accept(draft, &refund)?;
    Ok(TopUpEvent::StrayReturned { refund: Box::new(refund) })
}

pub(super) fn request_refund(draft: &mut Draft<'_>, name: Key, sum: Sum) -> Result<TopUpEvent, Refusal> {
    let top_up = find(draft, name)?;
    if top_up.phase != Phase::Applied {
        return Err(forbids(Thing::TopUp, top_up.phase));
    }
    may_be_refunded(draft, top_up, sum)?;
    let terms = draft.products.terms.top_up_terms_at(top_up.terms);
    let fee = top_up.fee;
    let fee = if terms.is_some_and(|terms| terms.returns_fee) { fee } else { Amount::ZERO };
    let fees = draft.house(top_up.pool, sum.currency)?.account(Role::TopUpFees);
    draft.debit(top_up.account, sum.amount);
    draft.debit(fees, fee);
    draft.lots(LotUse { source: None, draw: Draw::Back(name) });
    let total = Sum::new(sum.amount.checked_add(fee).ok_or(Reason::AmountTooLarge)?, sum.currency);
    let back = [(top_up.account, sum.amount), (fees, fee)];
    let back = back.into_iter().filter(|(_, amount)| !amount.is_zero()).collect();
    let whose = (top_up.owner, top_up.pool);
    let refund = refund_of(draft, received(top_up)?, whose, RefundOf::TopUp(name), total, back);
    refund::accept(draft, &refund)?;
    Ok(TopUpEvent::Refunding { top_up: name, refund: Box::new(refund) })
}

/// Refuses a refund that the terms do not give, of less than the whole, of what was spent, or too late.
fn may_be_refunded(draft: &Draft<'_>, top_up: &TopUp, sum: Sum) -> Result<(), Refusal> {
    if sum.currency != top_up.sum.currency {
        return Err(Reason::CurrencyMismatch.into());
    }
    if !top_up.is_refundable {
        return Err(about(Reason::NotOffered, Thing::TopUp));
    }
    if sum != top_up.sum {
        return Err(about(Reason::NotWhole, Thing::TopUp));
    }
    let held = draft.held(top_up.account);
    let lots = draft.products.lots.of(top_up.account);
    if !lots.is_some_and(|lots| lots.is_unspent(&top_up.name, held)) {
        return Err(about(Reason::NotUnspent, Thing::TopUp));
    }
    if top_up.refund_until_ns.is_some_and(|until| draft.now_ns > until) {
        return Err(about(Reason::TooLate, Thing::TopUp));
    }
    Ok(())
}

pub(super) fn charge_back(
    draft: &mut Draft<'_>,
    name: Key,
    reference: Key,
    sum: Sum,
    cost: Option<Sum>,
) -> Result<TopUpEvent, Refusal> {
    let top_up = find(draft, name)?;
    go(Thing::TopUp, top_up.phase, Phase::ChargedBack)?;
    draft.not_zero(sum)?;
    let receipt = received(top_up)?;
    if sum.currency != receipt.sum.currency || cost.is_some_and(|cost| cost.currency != sum.currency) {
        return Err(Reason::CurrencyMismatch.into());
    }
    if sum.amount > receipt.sum.amount {
        return Err(exceeds(Thing::TopUp, sum.amount, receipt.sum.amount));
    }
    let clearing = draft.clearing(receipt.channel, top_up.pool, sum.currency, &reference)?;
    // What was paid beyond the top-up was its fee, and that is not the owner's to give back.
    let from_owner = sum.amount.min(top_up.sum.amount);
    let fee = sum.amount.checked_sub(from_owner).unwrap_or(Amount::ZERO);
    take(draft, top_up, from_owner)?;
    let house = draft.house(top_up.pool, sum.currency)?;
    draft.debit(house.account(Role::TopUpFees), fee);
    draft.item(clearing, Side::Credit, ItemName::new(reference, Some(top_up.owner)), sum.amount)?;
    // The outside world has done it, frozen or not.
    draft.end_posting_forced();
    if let Some(cost) = cost {
        draft.transfer(house.account(Role::FraudLoss), house.account(Role::Network), cost.amount);
    }
    draft.lots(LotUse { source: None, draw: Draw::Take });
    let chargeback = Chargeback { reference, from_owner, fee, written_off: Amount::ZERO };
    Ok(TopUpEvent::ChargedBack { top_up: name, chargeback })
}

/// Takes from the owner what a payer's bank has taken: what was set aside from an expired card, what is there, and the rest
/// is owed.
fn take(draft: &mut Draft<'_>, top_up: &TopUp, amount: Amount) -> Result<(), Refusal> {
    let mut left = amount;
    let over = top_up.card().map(|card| draft.card(card)).transpose()?.filter(|card| card.is_over());
    if let Some(card) = over {
        let expired = draft.house(top_up.pool, top_up.sum.currency)?.account(Role::Expired);
        let item = ItemName::new(card.id.to_key(), Some(top_up.owner));
        let aside = draft.open_item(expired, Side::Credit, &item.name).unwrap_or(Amount::ZERO).min(left);
        draft.item(expired, Side::Debit, item, aside)?;
        left = left.checked_sub(aside).unwrap_or(Amount::ZERO);
    }
    let rest = Sum::new(left, top_up.sum.currency);
    draft.debit_or_owe(top_up.owner, top_up.pool, top_up.account, rest, top_up.name)
}

pub(super) fn chargeback_won(
    draft: &mut Draft<'_>,
    name: Key,
    reference: Key,
) -> Result<TopUpEvent, Refusal> {
    let top_up = find(draft, name)?;
    let lost = top_up.chargeback.ok_or_else(|| forbids(Thing::TopUp, top_up.phase))?;
    let (receipt, currency) = (received(top_up)?, top_up.sum.currency);
    let clearing = draft.clearing(receipt.channel, top_up.pool, currency, &reference)?;
    let house = draft.house(top_up.pool, currency)?;
    let whole = lost.from_owner.checked_add(lost.fee).ok_or(Reason::AmountTooLarge)?;
    draft.item(clearing, Side::Debit, ItemName::new(reference, Some(top_up.owner)), whole)?;
    draft.credit(house.account(Role::TopUpFees), lost.fee);
    // What was given up for lost was not lost after all, and it was never the owner's.
    draft.credit(house.account(Role::BadDebt), lost.written_off);
    let debts = house.account(Role::Debts);
    let mine = lost.from_owner.checked_sub(lost.written_off).unwrap_or(Amount::ZERO);
    let owed = draft.open_item(debts, Side::Debit, &name).unwrap_or(Amount::ZERO).min(mine);
    draft.item(debts, Side::Credit, top_up.item(), owed)?;
    let rest = mine.checked_sub(owed).unwrap_or(Amount::ZERO);
    if is_over(draft, top_up) {
        draft.item(house.account(Role::Unclaimed), Side::Credit, top_up.item(), rest)?;
    } else {
        draft.credit(top_up.account, rest);
    }
    // It is the owner's own money that comes back, so a freeze does not stop it.
    draft.end_posting_forced();
    Ok(TopUpEvent::ChargebackWon { top_up: name, reference })
}

/// Whether its account takes nothing any more.
fn is_over(draft: &Draft<'_>, top_up: &TopUp) -> bool {
    let card = top_up.card().and_then(|card| draft.card(card).ok());
    let account = draft.books.account_at(top_up.account);
    card.is_some_and(|card| card.is_over()) || account.is_none_or(|account| account.access().closed)
}
