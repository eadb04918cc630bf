//! Settlement batches: what a merchant is paid out for a cycle, to the payee as it was at the cut-off.

use longmen_core::{Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Currency, Sum};

use super::{Batch, CollectionEvent, Pinned};
use crate::draft::{Draft, ItemName, about, not_found};
use crate::house::resource;
use crate::machine::{forbids, go};
use crate::owner::credit_back;
use crate::withdrawal::came_back;
use crate::{OwnerId, OwnerKind, PayeeId, PayeeRef, Role};

/// A batch that may go into another phase.
pub(super) fn find<'a>(draft: &Draft<'a>, name: Key, to: Phase) -> Result<&'a Batch, Refusal> {
    let own = get(draft, name)?;
    go(Thing::Batch, own.phase, to)?;
    Ok(own)
}

fn get<'a>(draft: &Draft<'a>, name: Key) -> Result<&'a Batch, Refusal> {
    draft.products.batches.batches.get(name).ok_or_else(|| not_found(Thing::Batch))
}

/// What was fixed at the cut-off of a batch that may go into a phase which only comes after it.
fn pinned<'a>(draft: &Draft<'a>, name: Key, to: Phase) -> Result<(&'a Batch, Pinned), Refusal> {
    let own = find(draft, name, to)?;
    let pinned = own.pinned.ok_or_else(|| forbids(Thing::Batch, own.phase))?;
    Ok((own, pinned))
}

impl Batch {
    /// Its item among what is on its way.
    fn item(&self, due_ns: u64) -> ItemName {
        ItemName::new(self.name, Some(self.merchant)).due(Some(due_ns))
    }
}

pub(super) fn open(
    draft: &Draft<'_>,
    merchant: OwnerId,
    currency: Currency,
    payee: PayeeId,
    cycle: Key,
    cut_off_ns: u64,
) -> Result<CollectionEvent, Refusal> {
    let owner = draft.owner(merchant)?;
    owner.must_be(OwnerKind::Merchant)?;
    owner.must_be_open()?;
    owner.need(Role::Merchant, currency)?;
    owner.payee(payee).ok_or_else(|| not_found(Thing::Payee))?;
    if draft.products.batches.cycles.contains(&(merchant, cycle, currency.to_bytes())) {
        return Err(about(Reason::ThingExists, Thing::Batch));
    }
    let is = Batch {
        name: draft.key,
        merchant,
        currency,
        payee,
        cycle,
        cut_off_ns,
        phase: Phase::Open,
        pinned: None,
        slipped_into: None,
        returned: None,
    };
    Ok(CollectionEvent::BatchOpened { is })
}

pub(super) fn cut_off(draft: &mut Draft<'_>, name: Key, due_ns: u64) -> Result<CollectionEvent, Refusal> {
    let own = find(draft, name, Phase::CutOff)?;
    if draft.now_ns < own.cut_off_ns {
        return Err(about(Reason::TooEarly, Thing::Batch));
    }
    let owner = draft.owner(own.merchant)?;
    owner.may_spend(draft.products)?;
    let payee = owner.usable_payee(own.payee, own.currency)?;
    let payee = PayeeRef { id: payee.id, version: payee.version };
    let account = owner.need(Role::Merchant, own.currency)?;
    let sum = Sum::new(draft.available(account), own.currency);
    if sum.is_zero() {
        return Err(about(Reason::InsufficientFunds, Thing::Batch));
    }
    let payouts = draft.house(owner.pool, own.currency)?.account(Role::Payouts);
    draft.debit(account, sum.amount);
    draft.item(payouts, Side::Credit, own.item(due_ns), sum.amount)?;
    draft.exempt();
    Ok(CollectionEvent::CutOff { batch: name, pinned: Pinned { payee, sum, due_ns } })
}

pub(super) fn send(draft: &mut Draft<'_>, name: Key, from: Role) -> Result<CollectionEvent, Refusal> {
    let (own, pinned) = pinned(draft, name, Phase::Sent)?;
    let owner = draft.owner(own.merchant)?;
    // It has left the merchant's account, but not the house.
    if owner.debit_frozen {
        return Err(about(Reason::AccountFrozen, Thing::Owner));
    }
    let is_in_use = owner.payee_at(pinned.payee).is_some_and(|payee| payee.phase == Phase::Verified);
    if !is_in_use {
        return Err(about(Reason::PayeeNotUsable, Thing::Payee));
    }
    let house = draft.house(owner.pool, own.currency)?;
    draft.item(house.account(Role::Payouts), Side::Debit, own.item(pinned.due_ns), pinned.sum.amount)?;
    draft.credit(house.account(resource(from)?), pinned.sum.amount);
    Ok(CollectionEvent::BatchSent { batch: name, from })
}

pub(super) fn slip(draft: &mut Draft<'_>, name: Key, into: Key) -> Result<CollectionEvent, Refusal> {
    let (own, pinned) = pinned(draft, name, Phase::Slipped)?;
    let next = get(draft, into)?;
    if next.merchant != own.merchant {
        return Err(about(Reason::WrongOwner, Thing::Batch));
    }
    if next.currency != own.currency {
        return Err(Reason::CurrencyMismatch.into());
    }
    if next.phase != Phase::Open {
        return Err(forbids(Thing::Batch, next.phase));
    }
    let owner = draft.owner(own.merchant)?;
    let payouts = draft.house(owner.pool, own.currency)?.account(Role::Payouts);
    draft.item(payouts, Side::Debit, own.item(pinned.due_ns), pinned.sum.amount)?;
    credit_back(draft, owner, pinned.sum, name)?;
    Ok(CollectionEvent::Slipped { batch: name, into })
}

/// Books what came back of a batch. The operator bears what the bank took: no terms say otherwise.
pub(super) fn come_back(draft: &mut Draft<'_>, name: Key, came: Sum, into: Role) -> Result<(), Refusal> {
    let (own, pinned) = pinned(draft, name, Phase::Returned)?;
    let back = came_back(draft, own.merchant, pinned.sum, came, into, false)?;
    credit_back(draft, draft.owner(own.merchant)?, back, name)
}
