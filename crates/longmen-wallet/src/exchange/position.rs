//! What the operator does with its positions: cover them at a bank, and take out what they gained or lost.

use longmen_core::{Reason, Refusal, Thing};
use longmen_money::Sum;

use super::ExchangeEvent;
use crate::draft::{Draft, about};
use crate::house::resource;
use crate::{PoolId, Role, safeguard};

pub(super) fn plan_cover(
    draft: &mut Draft<'_>,
    pool: PoolId,
    (sold, from): (Sum, Role),
    (bought, into): (Sum, Role),
) -> Result<ExchangeEvent, Refusal> {
    draft.not_zero(sold)?;
    draft.not_zero(bought)?;
    if sold.currency == bought.currency {
        return Err(about(Reason::WrongKind, Thing::SubAccount));
    }
    let (selling, buying) = (draft.house(pool, sold.currency)?, draft.house(pool, bought.currency)?);
    let (from, into) = (selling.account(resource(from)?), buying.account(resource(into)?));
    // What customers have sold is no longer owed to them, so that it is spare; what is more than that is not.
    safeguard::spare(draft, pool, sold)?;
    draft.transfer(selling.account(Role::Position), from, sold.amount);
    draft.transfer(into, buying.account(Role::Position), bought.amount);
    Ok(ExchangeEvent::Covered { pool, sold, bought })
}

pub(super) fn plan_revalue(
    draft: &mut Draft<'_>,
    pool: PoolId,
    sum: Sum,
    role: Role,
) -> Result<ExchangeEvent, Refusal> {
    draft.not_zero(sum)?;
    let house = draft.house(pool, sum.currency)?;
    let (position, own) = (house.account(Role::Position), house.account(role));
    match role {
        Role::Margin | Role::RoundingGain => draft.transfer(position, own, sum.amount),
        Role::ExchangeLoss | Role::RoundingLoss => draft.transfer(own, position, sum.amount),
        _ => return Err(about(Reason::WrongKind, Thing::SubAccount)),
    }
    Ok(ExchangeEvent::Revalued { pool, sum })
}
