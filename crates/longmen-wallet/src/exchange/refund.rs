//! A conversion given back, in parts or whole.

use longmen_core::{Key, Phase, Reason, Refusal, Thing};
use longmen_money::{Amount, Sum};

use super::convert::margin;
use super::{ExchangeEvent, Quote};
use crate::draft::{Draft, about, exceeds, not_found};
use crate::fee::share;
use crate::machine::go;
use crate::terms::FindTerms;
use crate::{Draw, ExchangeTerms, LotUse, OwnerId, Rate, RefundRate, Role, Rounding};

pub(super) fn plan_refund(
    draft: &mut Draft<'_>,
    quote: Key,
    part: Sum,
    rate: Option<Rate>,
    merchant: Option<OwnerId>,
) -> Result<ExchangeEvent, Refusal> {
    let own = draft.quote(quote)?;
    go(Thing::Quote, own.phase, Phase::Refunded)?;
    draft.not_zero(part)?;
    if part.currency != own.bought.currency {
        return Err(about(Reason::CurrencyMismatch, Thing::Quote));
    }
    let left = own.bought.amount.checked_sub(own.refunded).unwrap_or(Amount::ZERO);
    if part.amount > left {
        return Err(exceeds(Thing::Quote, part.amount, left));
    }
    let no_terms = || not_found(Thing::Terms);
    let terms = draft.products.terms.exchange_terms_at(own.terms).ok_or_else(no_terms)?;
    let original = now_of(own, own.sold.amount, part.amount);
    let given = given(own, terms, part, rate, original)?;
    if given.is_zero() {
        return Err(about(Reason::ConvertsToNothing, Thing::Quote));
    }
    post(draft, own, part, given)?;
    post_difference(draft, own, terms, merchant, given.amount, original)?;
    let owner = draft.owner(own.owner)?;
    let wallet = owner.need(owner.main_role(), given.currency)?;
    draft.recover_by_terms(owner, wallet, given)?;
    // Nobody has spent anything: it is taken out of one wallet and put into the other.
    draft.lots(LotUse { source: None, draw: Draw::Take });
    Ok(ExchangeEvent::Refunded { quote, part, given, original })
}

/// The share of a whole that goes with the part that comes back now.
///
/// All parts so far are rounded together and down, so that the last one brings what is left to the last minor unit,
/// and no order of parts gives more than it should.
fn now_of(own: &Quote, whole: Amount, part: Amount) -> Amount {
    let bought = own.bought.amount;
    let so_far = own.refunded.checked_add(part).unwrap_or(bought);
    let (now, before) = (share(whole, so_far, bought), share(whole, own.refunded, bought));
    now.checked_sub(before).unwrap_or(Amount::ZERO)
}

/// What the owner gets.
fn given(
    own: &Quote,
    terms: &ExchangeTerms,
    part: Sum,
    rate: Option<Rate>,
    original: Amount,
) -> Result<Sum, Refusal> {
    let currency = own.sold.currency;
    match (terms.refund_rate, rate) {
        (RefundRate::Original, None) => Ok(Sum::new(original, currency)),
        (RefundRate::RefundDay | RefundRate::NextDay, Some(rate)) => {
            rate.convert(part, currency, Rounding::Down)
        }
        _ => Err(about(Reason::NotOffered, Thing::Terms)),
    }
}

/// The conversion the other way round, and what of the margin it takes back.
fn post(draft: &mut Draft<'_>, own: &Quote, part: Sum, given: Sum) -> Result<(), Refusal> {
    let owner = draft.owner(own.owner)?;
    let (bought, sold) = (draft.house(owner.pool, part.currency)?, draft.house(owner.pool, given.currency)?);
    let position = bought.account(Role::Position);
    draft.transfer(owner.need(owner.main_role(), part.currency)?, position, part.amount);
    let wallet = owner.need(owner.main_role(), given.currency)?;
    draft.transfer(sold.account(Role::Position), wallet, given.amount);
    draft.end_posting();
    let margin = margin(own);
    draft.transfer(bought.account(Role::Margin), position, now_of(own, margin.gain, part.amount));
    let loss = now_of(own, margin.loss, part.amount);
    draft.transfer(position, bought.account(Role::ExchangeLoss), loss);
    draft.end_posting();
    Ok(())
}

/// The position keeps the original rate; what is given beyond that, or short of it, is the operator's or the merchant's.
fn post_difference(
    draft: &mut Draft<'_>,
    own: &Quote,
    terms: &ExchangeTerms,
    merchant: Option<OwnerId>,
    given: Amount,
    original: Amount,
) -> Result<(), Refusal> {
    let owner = draft.owner(own.owner)?;
    let house = draft.house(owner.pool, own.sold.currency)?;
    let (bears_loss, gets_gain) = match (terms.merchant_bears_difference, merchant) {
        (true, Some(merchant)) => {
            let merchant = draft.owner(merchant)?;
            draft.one_pool(owner, merchant)?;
            let account = merchant.need(Role::Merchant, own.sold.currency)?;
            (account, account)
        }
        (true, None) if given != original => return Err(not_found(Thing::Owner)),
        _ => (house.account(Role::ExchangeLoss), house.account(Role::Margin)),
    };
    let position = house.account(Role::Position);
    draft.transfer(bears_loss, position, given.checked_sub(original).unwrap_or(Amount::ZERO));
    draft.transfer(position, gets_gain, original.checked_sub(given).unwrap_or(Amount::ZERO));
    draft.end_posting();
    Ok(())
}
