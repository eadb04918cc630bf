//! What the commands of refunds post.

use longmen_core::{AccountNo, Key, Phase, Reason, Refusal, Side, Thing};

use super::{Refund, RefundOf, RefundWay};
use crate::draft::{Draft, about, not_found};
use crate::house::resource;
use crate::machine::{forbids, go};
use crate::terms::FindTerms;
use crate::{ChannelId, Draw, LotUse, Recredit, Role};

/// A refund that may go to this phase.
pub(super) fn find<'a>(draft: &Draft<'a>, name: Key, to: Phase) -> Result<&'a Refund, Refusal> {
    let refund = draft.products.refunds.get(name).ok_or_else(|| not_found(Thing::Refund))?;
    go(Thing::Refund, refund.phase, to)?;
    Ok(refund)
}

fn clearing(draft: &Draft<'_>, channel: ChannelId, refund: &Refund) -> Result<AccountNo, Refusal> {
    let clearing = draft.channel(channel)?.clearing(refund.sum.currency);
    clearing.ok_or_else(|| not_found(Thing::SubAccount))
}

/// From the refunds to the payouts.
pub(super) fn pay_out(draft: &mut Draft<'_>, refund: &Refund) -> Result<(), Refusal> {
    let house = draft.house(refund.pool, refund.sum.currency)?;
    draft.item(house.account(Role::Refunds), Side::Debit, refund.item(), refund.sum.amount)?;
    draft.item(house.account(Role::Payouts), Side::Credit, refund.item(), refund.sum.amount)
}

/// The account of the pool's resource at which the bank took something or gave it back.
fn at_bank(draft: &Draft<'_>, refund: &Refund, bank: Option<Role>) -> Result<AccountNo, Refusal> {
    let role = resource(bank.ok_or_else(|| about(Reason::WrongKind, Thing::SubAccount))?)?;
    Ok(draft.house(refund.pool, refund.sum.currency)?.account(role))
}

pub(super) fn complete(draft: &mut Draft<'_>, refund: &Refund, bank: Option<Role>) -> Result<(), Refusal> {
    let house = draft.house(refund.pool, refund.sum.currency)?;
    let amount = refund.sum.amount;
    match refund.way {
        RefundWay::Channel { channel, .. } => {
            draft.item(house.account(Role::Refunds), Side::Debit, refund.item(), amount)?;
            let clearing = clearing(draft, channel, refund)?;
            draft.item(clearing, Side::Credit, refund.item(), amount)
        }
        // A bank cannot have paid what it was not given.
        RefundWay::Payee { .. } if !refund.is_paid_out() => Err(forbids(Thing::Refund, refund.phase)),
        RefundWay::Payee { .. } => {
            draft.item(house.account(Role::Payouts), Side::Debit, refund.item(), amount)?;
            let bank = at_bank(draft, refund, bank)?;
            draft.credit(bank, amount);
            Ok(())
        }
    }
}

/// Takes it back to where it is neither with a channel nor with a bank.
pub(super) fn fail(draft: &mut Draft<'_>, refund: &Refund, bank: Option<Role>) -> Result<(), Refusal> {
    let house = draft.house(refund.pool, refund.sum.currency)?;
    let amount = refund.sum.amount;
    match refund.way {
        RefundWay::Channel { channel, .. } if refund.phase == Phase::Completed => {
            let clearing = clearing(draft, channel, refund)?;
            draft.item(clearing, Side::Debit, refund.item(), amount)?;
        }
        RefundWay::Payee { .. } if refund.phase == Phase::Completed => {
            let bank = at_bank(draft, refund, bank)?;
            draft.debit(bank, amount);
        }
        RefundWay::Payee { .. } if refund.is_paid_out() => {
            draft.item(house.account(Role::Payouts), Side::Debit, refund.item(), amount)?;
        }
        RefundWay::Channel { .. } | RefundWay::Payee { .. } => return Ok(()),
    }
    draft.item(house.account(Role::Refunds), Side::Credit, refund.item(), amount)
}

/// Undoes the debits that the refund was made of, and says what is true of a top-up from then on.
pub(super) fn recredit(
    draft: &mut Draft<'_>,
    refund: &Refund,
    refund_until_ns: Option<u64>,
    calendar: Option<Key>,
) -> Result<Option<Recredit>, Refusal> {
    if refund.back.is_empty() {
        return Err(about(Reason::NotOffered, Thing::Refund));
    }
    let refunds = draft.house(refund.pool, refund.sum.currency)?.account(Role::Refunds);
    draft.item(refunds, Side::Debit, refund.item(), refund.sum.amount)?;
    for (account, amount) in &refund.back {
        if draft.products.role(*account).is_some_and(Role::has_items) {
            draft.item(*account, Side::Credit, refund.item_of(), *amount)?;
        } else {
            draft.credit(*account, *amount);
        }
    }
    // It is the owner's own money that comes back, so a freeze does not stop it.
    draft.end_posting_forced();
    let RefundOf::TopUp(top_up) = refund.of else { return Ok(None) };
    let terms = draft.products.top_ups.get(top_up).map(|own| own.terms);
    let terms = terms.and_then(|terms| draft.products.terms.top_up_terms_at(terms));
    let is_refundable = terms.is_some_and(|terms| terms.recredit_refundable);
    draft.lots(LotUse { source: is_refundable.then_some(top_up), draw: Draw::Take });
    Ok(Some(Recredit { is_refundable, refund_until_ns, calendar }))
}
