//! What is in escrow, on its way to the merchant (放款).

use longmen_core::{Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Sum};

use super::{Payment, PaymentEvent};
use crate::draft::{Draft, ItemName, about, exceeds, not_found};
use crate::machine::go;
use crate::terms::FindTerms;
use crate::{Owner, Role};

pub(super) fn plan_release(
    draft: &mut Draft<'_>,
    payment: Key,
    part: Option<Sum>,
) -> Result<PaymentEvent, Refusal> {
    let own = draft.payment(payment)?;
    go(Thing::Payment, own.phase, Phase::Released)?;
    let (escrow, open) = draft.in_escrow(own)?;
    let part = part.unwrap_or(Sum::new(open, own.sum.currency));
    draft.not_zero(part)?;
    if part.currency != own.sum.currency {
        return Err(about(Reason::CurrencyMismatch, Thing::Payment));
    }
    let Some(left) = open.checked_sub(part.amount) else {
        return Err(exceeds(Thing::Payment, part.amount, open));
    };
    let fee = fee(draft, own, part)?;
    let Some(net) = part.amount.checked_sub(fee) else {
        return Err(about(Reason::BelowFee, Thing::Payment).short_by(over(fee, part.amount)));
    };
    let merchant = draft.owner(own.merchant)?;
    let fees = draft.house(merchant.pool, part.currency)?.account(Role::ServiceFees);
    let account = merchant.need(Role::Merchant, part.currency)?;
    draft.item(escrow, Side::Debit, ItemName::new(payment, Some(own.merchant)), part.amount)?;
    draft.credit(account, net);
    draft.credit(fees, fee);
    end(draft, merchant);
    draft.recover_by_terms(merchant, account, Sum::new(net, part.currency))?;
    let to = if left.is_zero() { Phase::Released } else { own.phase };
    Ok(PaymentEvent::Released { payment, part, fee, to })
}

/// The fee is that of all that was released so far, less what was taken already: parts cost no more than the whole.
fn fee(draft: &Draft<'_>, own: &Payment, part: Sum) -> Result<Amount, Refusal> {
    let terms = draft.products.terms.payment_terms_at(own.terms);
    let terms = terms.ok_or_else(|| not_found(Thing::Terms))?;
    let so_far = own.released.checked_add(part.amount).ok_or(Reason::AmountTooLarge)?;
    let fee = terms.merchant_fee.of(Sum::new(so_far, part.currency))?.amount;
    Ok(over(fee, own.fee))
}

/// From one of a merchant's accounts to the other nothing goes out, so that a debit freeze does not stop it; that
/// nothing may come in does.
fn end(draft: &mut Draft<'_>, merchant: &Owner) {
    if merchant.debit_frozen && !merchant.credit_frozen {
        draft.end_posting_forced();
    } else {
        draft.end_posting();
    }
}

fn over(amount: Amount, own: Amount) -> Amount {
    amount.checked_sub(own).unwrap_or(Amount::ZERO)
}
