//! What cases post: movements through the matrix, write-offs, gifts.

use longmen_core::{AccountNo, Key, Reason, Refusal, Side, Thing};
use longmen_money::{Currency, Sum};

use super::{CaseAccount, CaseEvent, CaseMove, CaseSide};
use crate::draft::{Draft, ItemName, about, not_found};
use crate::{Draw, LotUse, OwnerId, PoolId, Role, SETTLED_ITEMS_MAX};

/// Books movements for a case, each as a posting of its own, so that the matrix judges every pair by itself.
pub(super) fn book(
    draft: &mut Draft<'_>,
    pool: PoolId,
    case: Key,
    moves: &[CaseMove],
) -> Result<(), Refusal> {
    if moves.is_empty() || moves.len() > SETTLED_ITEMS_MAX {
        return Err(Reason::TooManyItems.into());
    }
    // Nobody spends here: what a correction takes is not what a refund asks about.
    draft.lots(LotUse { source: None, draw: Draw::Take });
    for CaseMove { debit, credit, sum } in moves {
        must_be_something(*sum)?;
        leg(draft, pool, case, debit, Side::Debit, *sum)?;
        leg(draft, pool, case, credit, Side::Credit, *sum)?;
        draft.end_posting();
    }
    Ok(())
}

fn leg(
    draft: &mut Draft<'_>,
    pool: PoolId,
    case: Key,
    on: &CaseSide,
    side: Side,
    sum: Sum,
) -> Result<(), Refusal> {
    let (account, role) = find(draft, pool, on.account, sum.currency)?;
    if !role.has_items() {
        match side {
            Side::Debit => draft.debit(account, sum.amount),
            Side::Credit => draft.credit(account, sum.amount),
        }
        return Ok(());
    }
    let name = on.item.unwrap_or(case);
    // What is in suspense belongs to its case, or nobody would know when the case is done.
    if matches!(role, Role::SuspenseDebit | Role::SuspenseCredit) && name != case {
        return Err(about(Reason::WrongKind, Thing::Item));
    }
    let owner = draft.item_now(account, &name).map_or(on.owner, |(.., owner)| owner);
    if let Some(owner) = owner {
        draft.owner(owner)?;
    }
    draft.item(account, side, ItemName::new(name, owner), sum.amount)
}

/// The account, which must belong to the pool.
fn find(
    draft: &Draft<'_>,
    pool: PoolId,
    account: CaseAccount,
    currency: Currency,
) -> Result<(AccountNo, Role), Refusal> {
    let own = |is: PoolId, thing| if is == pool { Ok(()) } else { Err(about(Reason::WrongKind, thing)) };
    match account {
        CaseAccount::House { role } => {
            if !Role::of_house().any(|own| own == role) {
                return Err(about(Reason::WrongKind, Thing::SubAccount));
            }
            Ok((draft.house(pool, currency)?.account(role), role))
        }
        CaseAccount::Channel { channel } => {
            let channel = draft.channel(channel)?;
            own(channel.pool, Thing::Channel)?;
            let account = channel.clearing(currency).ok_or_else(|| not_found(Thing::SubAccount))?;
            Ok((account, Role::Clearing))
        }
        CaseAccount::Owner { owner, role } => {
            let owner = draft.owner(owner)?;
            own(owner.pool, Thing::Owner)?;
            Ok((owner.need(role, currency)?, role))
        }
    }
}

/// Whether nothing is left in suspense for a case, in whatever currency and on whichever side.
pub(super) fn is_cleared(draft: &Draft<'_>, pool: PoolId, case: &Key) -> bool {
    let houses = draft.products.houses.iter().filter(|(own, ..)| *own == pool);
    let mut suspense = houses
        .flat_map(|(.., house)| [Role::SuspenseDebit, Role::SuspenseCredit].map(|role| house.account(role)));
    !suspense.any(|account| draft.item_now(account, case).is_some())
}

pub(super) fn must_be_something(sum: Sum) -> Result<Sum, Refusal> {
    if sum.is_zero() { Err(Reason::AmountZero.into()) } else { Ok(sum) }
}

pub(super) fn write_off(
    draft: &mut Draft<'_>,
    owner: OwnerId,
    debt: Key,
    currency: Currency,
    loss: Role,
) -> Result<CaseEvent, Refusal> {
    if !matches!(loss, Role::BadDebt | Role::FraudLoss) {
        return Err(about(Reason::WrongKind, Thing::SubAccount));
    }
    let house = draft.house(draft.owner(owner)?.pool, currency)?;
    let debts = house.account(Role::Debts);
    let item = draft.products.items.get(debts, &debt).ok_or_else(|| not_found(Thing::Debt))?;
    if item.owner != Some(owner) {
        return Err(about(Reason::WrongOwner, Thing::Debt));
    }
    draft.debit(house.account(loss), item.open);
    draft.item(debts, Side::Credit, ItemName::new(debt, item.owner), item.open)?;
    Ok(CaseEvent::DebtWrittenOff { owner, debt, sum: Sum::new(item.open, currency) })
}

pub(super) fn goodwill(draft: &mut Draft<'_>, id: OwnerId, sum: Sum) -> Result<CaseEvent, Refusal> {
    let owner = draft.owner(id)?;
    let account = owner.need(owner.main_role(), must_be_something(sum)?.currency)?;
    let gift = draft.house(owner.pool, sum.currency)?.account(Role::Goodwill);
    draft.lots(LotUse { source: None, draw: Draw::Take });
    draft.debit(gift, sum.amount);
    draft.credit_owner(owner, account, sum)?;
    Ok(CaseEvent::GoodwillGiven { owner: id, sum })
}
