//! A payment given back, in part or whole.

use alloc::vec::Vec;

use longmen_core::{Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Sum};

use super::{Payment, PaymentEvent, PaymentWay};
use crate::draft::{Draft, ItemName, about, exceeds, not_found};
use crate::machine::go;
use crate::refund;
use crate::terms::FindTerms;
use crate::{Draw, LotUse, PaymentTerms, Refund, RefundOf, RefundWay, Role};

pub(super) fn plan_refund(draft: &mut Draft<'_>, payment: Key, sum: Sum) -> Result<PaymentEvent, Refusal> {
    let own = draft.payment(payment)?;
    let TakenBack { owed, to } = take_back(draft, own, sum)?;
    let refund = match own.way {
        PaymentWay::Balance { from } => {
            give_back(draft, own, from, sum)?;
            None
        }
        PaymentWay::Channel { channel, reference } => {
            let surcharge = take_surcharge(draft, own, to)?;
            let all = sum.amount.checked_add(surcharge).ok_or(Reason::AmountTooLarge)?;
            let way = RefundWay::Channel { channel, reference };
            let refund = refund_of(draft, own, way, Sum::new(all, sum.currency))?;
            refund::accept(draft, &refund)?;
            draft.end_posting_forced();
            Some(refund)
        }
    };
    Ok(PaymentEvent::Refunded { payment, sum, owed, refund, to })
}

/// Debits the surcharge and its tax, where the terms give it back with the whole payment.
fn take_surcharge(draft: &mut Draft<'_>, own: &Payment, to: Phase) -> Result<Amount, Refusal> {
    if to != Phase::Refunded || !terms(draft, own)?.returns_surcharge {
        return Ok(Amount::ZERO);
    }
    let pool = draft.owner(own.merchant)?.pool;
    let house = draft.house(pool, own.sum.currency)?;
    draft.debit(house.account(Role::Surcharges), less(own.surcharge, own.tax));
    draft.debit(house.account(Role::Tax), own.tax);
    Ok(own.surcharge)
}

/// The refund that takes it back to the channel. If the channel refuses it, it is rerouted or kept for its owner: the
/// merchant has given it back and does not get it again.
fn refund_of(draft: &Draft<'_>, own: &Payment, way: RefundWay, sum: Sum) -> Result<Refund, Refusal> {
    Ok(Refund {
        name: draft.key,
        owner: own.payer,
        pool: draft.owner(own.merchant)?.pool,
        sum,
        of: RefundOf::Payment(own.name),
        way,
        back: Vec::new(),
        phase: Phase::Accepted,
        since_ns: draft.now_ns,
    })
}

/// What a refund has cost the merchant.
struct TakenBack {
    /// What the merchant did not have and now owes, in minor units.
    owed: Amount,
    /// Where the payment then stands.
    to: Phase,
}

/// Debits what a refund takes: out of escrow as much as is there, the rest from what the merchant has, and what it does
/// not have as its debt if the terms say so. The credit is left to whoever calls, and so is the end of the posting.
fn take_back(draft: &mut Draft<'_>, own: &Payment, sum: Sum) -> Result<TakenBack, Refusal> {
    go(Thing::Payment, own.phase, Phase::Refunded)?;
    draft.not_zero(sum)?;
    if sum.currency != own.sum.currency {
        return Err(about(Reason::CurrencyMismatch, Thing::Payment));
    }
    let remains = less(own.sum.amount, own.refunded);
    if sum.amount > remains {
        return Err(exceeds(Thing::Payment, sum.amount, remains));
    }
    let (escrow, open) = draft.in_escrow(own)?;
    let there = open.min(sum.amount);
    draft.item(escrow, Side::Debit, ItemName::new(own.name, Some(own.merchant)), there)?;
    let owed = take_from_merchant(draft, own, Sum::new(less(sum.amount, there), sum.currency))?;
    let to = match (sum.amount == remains, there == open) {
        (true, _) => Phase::Refunded,
        (false, true) => Phase::Released,
        (false, false) => own.phase,
    };
    Ok(TakenBack { owed, to })
}

/// Debits the merchant, and gives what it owes from then on.
fn take_from_merchant(draft: &mut Draft<'_>, own: &Payment, sum: Sum) -> Result<Amount, Refusal> {
    let merchant = draft.owner(own.merchant)?;
    let account = merchant.need(Role::Merchant, sum.currency)?;
    let short = less(sum.amount, draft.available(account));
    if !short.is_zero() && !terms(draft, own)?.refunds_on_credit {
        return Err(about(Reason::InsufficientFunds, Thing::Owner).short_by(short));
    }
    draft.debit_or_owe(merchant.id, merchant.pool, account, sum, draft.key)?;
    Ok(short)
}

fn terms<'a>(draft: &Draft<'a>, own: &Payment) -> Result<&'a PaymentTerms, Refusal> {
    draft.products.terms.payment_terms_at(own.terms).ok_or_else(|| not_found(Thing::Terms))
}

/// Credits the wallet or purse that has paid, as money of the payment's name; what is for a wallet that was closed is
/// kept for its owner. Neither a freeze nor a limit stops what comes back.
fn give_back(draft: &mut Draft<'_>, own: &Payment, from: Role, sum: Sum) -> Result<(), Refusal> {
    let payer = draft.owner(own.payer.ok_or_else(|| not_found(Thing::Owner))?)?;
    if payer.phase == Phase::Closed {
        let unclaimed = draft.house(payer.pool, sum.currency)?.account(Role::Unclaimed);
        let item = ItemName::new(payer.id.to_key(), Some(payer.id));
        draft.item(unclaimed, Side::Credit, item, sum.amount)?;
        draft.end_posting_forced();
        return Ok(());
    }
    let account = payer.need(from, sum.currency)?;
    draft.credit(account, sum.amount);
    draft.end_posting_forced();
    draft.lots(LotUse { source: Some(own.name), draw: Draw::Take });
    draft.recover_by_terms(payer, account, sum)
}

fn less(amount: Amount, other: Amount) -> Amount {
    amount.checked_sub(other).unwrap_or(Amount::ZERO)
}
