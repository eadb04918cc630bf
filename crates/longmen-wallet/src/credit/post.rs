//! What credit posts.

use alloc::vec::Vec;

use longmen_core::{AccountNo, Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Sum};

use super::plan::{Moved, split, sum};
use super::{CreditCommand, CreditEvent, Part, PartState, Plan};
use crate::draft::{Draft, ItemName, about, exceeds, not_found};
use crate::machine::{forbids, go};
use crate::terms::FindTerms;
use crate::{CreditTerms, Fee, Owner, OwnerId, OwnerKind, Role};

impl CreditCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<CreditEvent, Refusal> {
        match self {
            Self::Grant { .. } => self.grant(draft),
            Self::Release { plan } => release(draft, *plan),
            Self::PayPart { plan, parts } => pay(draft, *plan, Some(*parts)),
            Self::PayEarly { plan } => pay(draft, *plan, None),
            Self::Refund { plan, sum } => refund(draft, *plan, *sum),
            Self::WriteOff { plan } => write_off(draft, *plan),
        }
    }

    fn grant(&self, draft: &mut Draft<'_>) -> Result<CreditEvent, Refusal> {
        let Self::Grant { owner, merchant, order, principal, due_ns, calendar, terms } = self else {
            return Err(about(Reason::WrongKind, Thing::Plan));
        };
        let (owner, merchant) = parties(draft, *owner, *merchant)?;
        let (terms_ref, terms) = draft.products.terms.credit_terms(*terms, draft.now_ns)?;
        let parts = parts(draft, terms, *principal, due_ns)?;
        within_maximum(draft, owner, terms, *principal)?;
        let merchant_subsidises = terms.merchant_subsidises;
        post_grant(draft, owner, merchant, &parts, *principal, merchant_subsidises)?;
        Ok(CreditEvent::Granted {
            owner: owner.id,
            merchant: merchant.id,
            order: *order,
            currency: principal.currency,
            terms: terms_ref,
            parts,
            calendar: *calendar,
            merchant_subsidises,
        })
    }
}

/// Who borrows, and whose order it is: both of one pool, so that the order's money is safeguarded where it was lent.
fn parties<'a>(
    draft: &Draft<'a>,
    owner: OwnerId,
    merchant: OwnerId,
) -> Result<(&'a Owner, &'a Owner), Refusal> {
    let (owner, merchant) = (draft.owner(owner)?, draft.owner(merchant)?);
    owner.must_be(OwnerKind::Customer)?;
    owner.may_spend(draft.products)?;
    merchant.must_be(OwnerKind::Merchant)?;
    merchant.must_be_open()?;
    if owner.pool != merchant.pool {
        return Err(about(Reason::WrongKind, Thing::Owner));
    }
    Ok((owner, merchant))
}

/// The parts of a new plan: as many as there are days, each later than the one before.
fn parts(
    draft: &Draft<'_>,
    terms: &CreditTerms,
    principal: Sum,
    due_ns: &[u64],
) -> Result<Vec<Part>, Refusal> {
    if principal.is_zero() {
        return Err(Reason::AmountZero.into());
    }
    let count = due_ns.len();
    if !terms.parts.iter().any(|offered| usize::from(*offered) == count) {
        return Err(about(Reason::NotOffered, Thing::Terms));
    }
    let mut before = draft.now_ns;
    for day in due_ns {
        if *day <= before {
            return Err(about(Reason::TooLate, Thing::Plan));
        }
        before = *day;
    }
    let principals = split(principal.amount, count);
    if principals.last().is_none_or(|least| least.is_zero()) {
        return Err(about(Reason::BelowMinimum, Thing::Plan));
    }
    let share = |ppm, of| Fee { rate_ppm: ppm, ..Fee::NONE }.of(of);
    let whole = share(terms.fee_ppm, principal)?;
    let subsidy = share(terms.subsidy_ppm, whole)?.amount;
    let fee = whole.amount.checked_sub(subsidy).unwrap_or(Amount::ZERO);
    let amounts = principals.into_iter().zip(split(fee, count)).zip(split(subsidy, count));
    let part = |(((principal, fee), subsidy), due_ns): (((Amount, Amount), Amount), &u64)| Part {
        due_ns: *due_ns,
        principal,
        fee,
        subsidy,
        returned: Amount::ZERO,
        state: PartState::Open,
    };
    Ok(amounts.zip(due_ns).map(part).collect())
}

/// Refuses a plan with which the owner would owe more principal than the terms allow, all plans taken together.
fn within_maximum(
    draft: &Draft<'_>,
    owner: &Owner,
    terms: &CreditTerms,
    principal: Sum,
) -> Result<(), Refusal> {
    let Some(most) = terms.maximum else { return Ok(()) };
    if most.currency != principal.currency {
        return Err(Reason::CurrencyMismatch.into());
    }
    let lent = draft.house(owner.pool, principal.currency)?.account(Role::Instalments);
    let owed = draft.products.items.of(lent, owner.id).map(|(_, item)| item.open);
    let owed = sum(owed.chain([principal.amount]));
    match owed.checked_sub(most.amount).filter(|over| !over.is_zero()) {
        Some(over) => Err(about(Reason::AboveMaximum, Thing::Plan).short_by(over)),
        None => Ok(()),
    }
}

fn post_grant(
    draft: &mut Draft<'_>,
    owner: &Owner,
    merchant: &Owner,
    parts: &[Part],
    principal: Sum,
    merchant_subsidises: bool,
) -> Result<(), Refusal> {
    let on = Accounts::of(draft, owner, merchant, draft.key, principal)?;
    let subsidy = sum(parts.iter().map(|part| part.subsidy));
    let fees = sum(parts.iter().map(|part| part.fee).chain([subsidy]));
    draft.item(on.instalments, Side::Debit, on.owed, principal.amount)?;
    draft.item(on.escrow, Side::Credit, on.paid, principal.amount)?;
    draft.end_posting();
    draft.item(on.fees, Side::Debit, on.owed, fees)?;
    draft.item(on.unearned, Side::Credit, on.owed, fees)?;
    draft.end_posting();
    // Somebody pays the interest at once: what the merchant bears never leaves the order's money.
    if merchant_subsidises {
        draft.item(on.escrow, Side::Debit, on.paid, subsidy)?;
    } else {
        draft.debit(on.subsidy, subsidy);
    }
    draft.item(on.fees, Side::Credit, on.owed, subsidy)
}

/// The accounts of a plan, and the names of its items there.
struct Accounts {
    instalments: AccountNo,
    fees: AccountNo,
    unearned: AccountNo,
    earned: AccountNo,
    subsidy: AccountNo,
    lost: AccountNo,
    escrow: AccountNo,
    merchant: AccountNo,
    wallet: AccountNo,
    /// What the owner owes.
    owed: ItemName,
    /// What the merchant was paid.
    paid: ItemName,
}

impl Accounts {
    fn of(draft: &Draft<'_>, owner: &Owner, merchant: &Owner, plan: Key, sum: Sum) -> Result<Self, Refusal> {
        let house = draft.house(owner.pool, sum.currency)?;
        Ok(Self {
            instalments: house.account(Role::Instalments),
            fees: house.account(Role::InstalmentFees),
            unearned: house.account(Role::Unearned),
            earned: house.account(Role::CreditFees),
            subsidy: house.account(Role::Subsidy),
            lost: house.account(Role::BadDebt),
            escrow: merchant.need(Role::Escrow, sum.currency)?,
            merchant: merchant.need(Role::Merchant, sum.currency)?,
            wallet: owner.need(Role::Wallet, sum.currency)?,
            owed: ItemName::new(plan, Some(owner.id)),
            paid: ItemName::new(plan, Some(merchant.id)),
        })
    }

    fn of_plan(draft: &Draft<'_>, plan: &Plan) -> Result<Self, Refusal> {
        let (owner, merchant) = (draft.owner(plan.owner)?, draft.owner(plan.merchant)?);
        Self::of(draft, owner, merchant, plan.name, Sum::new(Amount::ZERO, plan.currency))
    }

    /// What of the order's money has not been released.
    fn in_escrow(&self, draft: &Draft<'_>) -> Amount {
        draft.products.items.get(self.escrow, &self.paid.name).map_or(Amount::ZERO, |item| item.open)
    }

    /// Fees that will not be paid are not earned either.
    fn waive(&self, draft: &mut Draft<'_>, waived: Amount) -> Result<(), Refusal> {
        draft.end_posting();
        draft.item(self.unearned, Side::Debit, self.owed, waived)?;
        draft.item(self.fees, Side::Credit, self.owed, waived)?;
        draft.end_posting();
        Ok(())
    }

    fn earn(&self, draft: &mut Draft<'_>, moved: &Moved) -> Result<(), Refusal> {
        draft.end_posting();
        draft.item(self.unearned, Side::Debit, self.owed, moved.earned())?;
        draft.credit(self.earned, moved.earned());
        draft.end_posting();
        Ok(())
    }
}

fn find<'a>(draft: &Draft<'a>, name: Key) -> Result<&'a Plan, Refusal> {
    draft.products.plans.get(name).ok_or_else(|| not_found(Thing::Plan))
}

fn release(draft: &mut Draft<'_>, name: Key) -> Result<CreditEvent, Refusal> {
    let plan = find(draft, name)?;
    let on = Accounts::of_plan(draft, plan)?;
    let left = draft.open_item(on.escrow, Side::Credit, &name)?;
    draft.item(on.escrow, Side::Debit, on.paid, left)?;
    draft.credit(on.merchant, left);
    Ok(CreditEvent::Released { plan: name, sum: Sum::new(left, plan.currency) })
}

/// Pays the next parts, or early all that is left.
fn pay(draft: &mut Draft<'_>, name: Key, parts: Option<u8>) -> Result<CreditEvent, Refusal> {
    let plan = find(draft, name)?;
    must_be_owed(plan)?;
    let open = u8::try_from(plan.open_parts().count()).unwrap_or(u8::MAX);
    let (count, early) = (parts.unwrap_or(open), parts.is_none());
    if count == 0 {
        return Err(Reason::AmountZero.into());
    }
    if count > open {
        let amount = |parts: u8| Amount::new(parts.into()).unwrap_or(Amount::ZERO);
        return Err(exceeds(Thing::Plan, amount(count), amount(open)));
    }
    let moved = plan.clone().pay(count.into(), early);
    let on = Accounts::of_plan(draft, plan)?;
    draft.debit(on.wallet, moved.paid());
    draft.item(on.instalments, Side::Credit, on.owed, moved.principal)?;
    draft.item(on.fees, Side::Credit, on.owed, moved.fee)?;
    on.earn(draft, &moved)?;
    on.waive(draft, moved.waived)?;
    Ok(CreditEvent::Paid { plan: name, parts: count, early, sum: Sum::new(moved.paid(), plan.currency) })
}

fn refund(draft: &mut Draft<'_>, name: Key, back: Sum) -> Result<CreditEvent, Refusal> {
    let plan = find(draft, name)?;
    if matches!(plan.phase, Phase::Refunded | Phase::WrittenOff) {
        return Err(forbids(Thing::Plan, plan.phase));
    }
    if back.currency != plan.currency {
        return Err(Reason::CurrencyMismatch.into());
    }
    plan.may_give_back(back.amount)?;
    let policy = draft.products.terms.credit_terms_at(plan.terms).map(|terms| terms.refund);
    let owed = back.amount.min(plan.outstanding());
    let of_each = plan.share_refund(owed, policy.unwrap_or_default());
    let moved = plan.clone().give_back(&of_each).map_err(|_| about(Reason::AmountDiffers, Thing::Plan))?;
    let surplus = back.amount.checked_sub(owed).unwrap_or(Amount::ZERO);
    post_refund(draft, plan, &moved, surplus)?;
    let in_currency = |amount| Sum::new(amount, plan.currency);
    Ok(CreditEvent::Refunded { plan: name, sum: back, of_each, surplus: in_currency(surplus) })
}

fn post_refund(draft: &mut Draft<'_>, plan: &Plan, moved: &Moved, surplus: Amount) -> Result<(), Refusal> {
    let on = Accounts::of_plan(draft, plan)?;
    // What was paid for a time that will not be goes back to whoever paid it, before the merchant pays.
    draft.item(on.unearned, Side::Debit, on.owed, moved.subsidy)?;
    draft.credit(if plan.merchant_subsidises { on.merchant } else { on.subsidy }, moved.subsidy);
    on.waive(draft, moved.waived)?;
    let back = sum([moved.principal, surplus]);
    let held = on.in_escrow(draft).min(back);
    draft.item(on.escrow, Side::Debit, on.paid, held)?;
    draft.debit(on.merchant, back.checked_sub(held).unwrap_or(Amount::ZERO));
    draft.item(on.instalments, Side::Credit, on.owed, moved.principal)?;
    let owner = draft.owner(plan.owner)?;
    draft.credit_owner(owner, on.wallet, Sum::new(surplus, plan.currency))
}

fn write_off(draft: &mut Draft<'_>, name: Key) -> Result<CreditEvent, Refusal> {
    let plan = find(draft, name)?;
    go(Thing::Plan, plan.phase, Phase::WrittenOff)?;
    let moved = plan.clone().write_off();
    let on = Accounts::of_plan(draft, plan)?;
    draft.debit(on.lost, moved.principal);
    draft.item(on.instalments, Side::Credit, on.owed, moved.principal)?;
    on.waive(draft, moved.waived)?;
    on.earn(draft, &moved)?;
    Ok(CreditEvent::WrittenOff { plan: name })
}

fn must_be_owed(plan: &Plan) -> Result<(), Refusal> {
    if matches!(plan.phase, Phase::Active | Phase::Overdue) {
        Ok(())
    } else {
        Err(forbids(Thing::Plan, plan.phase))
    }
}
