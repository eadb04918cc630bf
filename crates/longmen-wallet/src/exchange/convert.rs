//! A quote from its lock to the conversion.

use longmen_core::{Key, Phase, Reason, Refusal, Thing};
use longmen_money::{Amount, Currency, Sum};

use super::{ExchangeEvent, Quote};
use crate::draft::{Draft, about};
use crate::machine::go;
use crate::terms::FindTerms;
use crate::{OwnerId, Rate, Role, Rounding, TermsId};

/// A quote that somebody wants.
pub(super) struct Wanted {
    pub(super) owner: OwnerId,
    pub(super) sell: Sum,
    pub(super) into: Currency,
    pub(super) rate: Rate,
    pub(super) mid: Rate,
    pub(super) terms: TermsId,
    pub(super) expires_ns: u64,
}

pub(super) fn plan_quote(draft: &mut Draft<'_>, wanted: &Wanted) -> Result<ExchangeEvent, Refusal> {
    let Wanted { owner: id, sell: sold, into, rate, mid, expires_ns, .. } = *wanted;
    draft.not_zero(sold)?;
    if into == sold.currency {
        return Err(about(Reason::WrongKind, Thing::Quote));
    }
    let (terms, own) = draft.products.terms.exchange_terms(wanted.terms, draft.now_ns)?;
    let owner = draft.owner(id)?;
    owner.may_spend(draft.products)?;
    // Where there is nowhere for it to come to, nothing is locked.
    owner.need(owner.main_role(), into)?;
    let bought = rate.convert(sold, into, Rounding::Down)?;
    if bought.is_zero() {
        return Err(about(Reason::ConvertsToNothing, Thing::Quote));
    }
    let worth = mid.convert(sold, into, Rounding::HalfUp)?.amount;
    let fee = own.fee.of(sold)?.amount;
    let all = sold.amount.checked_add(fee).ok_or(Reason::AmountTooLarge)?;
    let position = draft.house(owner.pool, sold.currency)?.account(Role::Position);
    let wallet = owner.need(owner.main_role(), sold.currency)?;
    draft.hold(wallet, position, Sum::new(all, sold.currency), Some(expires_ns))?;
    Ok(ExchangeEvent::Quoted { owner: id, sold, bought, fee, worth, rate, mid, terms, expires_ns })
}

pub(super) fn plan_execute(draft: &mut Draft<'_>, quote: Key) -> Result<ExchangeEvent, Refusal> {
    let own = draft.quote(quote)?;
    go(Thing::Quote, own.phase, Phase::Executed)?;
    let owner = draft.owner(own.owner)?;
    let (sold, bought) = (own.sold, own.bought);
    let selling = draft.house(owner.pool, sold.currency)?;
    let buying = draft.house(owner.pool, bought.currency)?;

    let all = sold.amount.checked_add(own.fee).ok_or(Reason::AmountTooLarge)?;
    let portions =
        [(selling.account(Role::Position), sold.amount), (selling.account(Role::ServiceFees), own.fee)];
    draft.capture(quote, Sum::new(all, sold.currency), true, &portions, false)?;

    let position = buying.account(Role::Position);
    let wallet = owner.need(owner.main_role(), bought.currency)?;
    draft.transfer(position, wallet, bought.amount);
    draft.end_posting();
    let margin = margin(own);
    draft.transfer(position, buying.account(Role::Margin), margin.gain);
    draft.transfer(buying.account(Role::ExchangeLoss), position, margin.loss);
    draft.recover_by_terms(owner, wallet, bought)?;
    Ok(ExchangeEvent::Executed { quote })
}

pub(super) fn plan_cancel(draft: &mut Draft<'_>, quote: Key) -> Result<ExchangeEvent, Refusal> {
    go(Thing::Quote, draft.quote(quote)?.phase, Phase::Cancelled)?;
    draft.release(quote, None);
    Ok(ExchangeEvent::Cancelled { quote })
}

/// What the operator earns by a conversion or loses by it, in minor units of the bought currency; one of them is zero.
pub(super) struct Margin {
    pub(super) gain: Amount,
    pub(super) loss: Amount,
}

pub(super) fn margin(quote: &Quote) -> Margin {
    let (worth, bought) = (quote.worth, quote.bought.amount);
    Margin {
        gain: worth.checked_sub(bought).unwrap_or(Amount::ZERO),
        loss: bought.checked_sub(worth).unwrap_or(Amount::ZERO),
    }
}
