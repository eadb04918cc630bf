//! What the commands of withdrawals do.

use longmen_core::{Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Sum};

use super::{Withdrawal, WithdrawalCommand, WithdrawalEvent};
use crate::draft::{Draft, ItemName, about, exceeds, not_found};
use crate::house::resource;
use crate::machine::{forbids, go};
use crate::name::must_be_token;
use crate::owner::credit_back;
use crate::terms::FindTerms;
use crate::{Fee, Owner, OwnerId, PayeeId, PayeeRef, Rail, Role, TermsId, WithdrawalTerms};

impl WithdrawalCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<WithdrawalEvent, Refusal> {
        match *self {
            Self::Request { owner, sum, payee, terms, due_ns } => {
                request(draft, owner, sum, payee, terms, due_ns)
            }
            Self::Cancel { withdrawal } => {
                find(draft, withdrawal, Phase::Cancelled)?;
                draft.release(withdrawal, None);
                Ok(WithdrawalEvent::Went { withdrawal, to: Phase::Cancelled })
            }
            Self::Submit { withdrawal } => submit(draft, withdrawal),
            Self::MarkSent { withdrawal, from } => {
                let own = find(draft, withdrawal, Phase::Sent)?;
                let house = draft.house(own.pool, own.sum.currency)?;
                draft.item(house.account(Role::Payouts), Side::Debit, own.item(), own.sum.amount)?;
                draft.credit(house.account(resource(from)?), own.sum.amount);
                Ok(WithdrawalEvent::Sent { withdrawal, from })
            }
            Self::Settle { withdrawal } => {
                find(draft, withdrawal, Phase::Settled)?;
                Ok(WithdrawalEvent::Went { withdrawal, to: Phase::Settled })
            }
            Self::Reject { withdrawal } => {
                let own = find(draft, withdrawal, Phase::Rejected)?;
                let house = draft.house(own.pool, own.sum.currency)?;
                draft.item(house.account(Role::Payouts), Side::Debit, own.item(), own.sum.amount)?;
                let back = give_back(draft, own, own.sum)?;
                Ok(WithdrawalEvent::Rejected { withdrawal, back })
            }
            Self::NoteUnknown { withdrawal } => {
                find(draft, withdrawal, Phase::Unknown)?;
                Ok(WithdrawalEvent::Went { withdrawal, to: Phase::Unknown })
            }
            Self::Return { withdrawal, came, reference, into } => {
                let own = find(draft, withdrawal, Phase::Returned)?;
                let terms = own.terms.and_then(|of| draft.products.terms.withdrawal_terms_at(of));
                let is_short = terms.is_some_and(|terms| terms.owner_bears_bank_fee);
                let sum = came_back(draft, own.owner, own.sum, came, into, is_short)?;
                let back = give_back(draft, own, sum)?;
                Ok(WithdrawalEvent::Returned { withdrawal, came, back, reference })
            }
            Self::PayUnclaimed { owner, sum, rail, token, due_ns } => {
                pay_unclaimed(draft, owner, sum, rail, token, due_ns)
            }
        }
    }
}

impl Withdrawal {
    /// Its item among what is on its way.
    fn item(&self) -> ItemName {
        ItemName::new(self.name, Some(self.owner)).due(Some(self.due_ns))
    }
}

/// A withdrawal that may go into another phase.
fn find<'a>(draft: &Draft<'a>, name: Key, to: Phase) -> Result<&'a Withdrawal, Refusal> {
    let own = draft.products.withdrawals.get(name).ok_or_else(|| not_found(Thing::Withdrawal))?;
    go(Thing::Withdrawal, own.phase, to)?;
    Ok(own)
}

fn request(
    draft: &mut Draft<'_>,
    id: OwnerId,
    asked: Sum,
    payee: PayeeId,
    terms: TermsId,
    due_ns: u64,
) -> Result<WithdrawalEvent, Refusal> {
    draft.not_zero(asked)?;
    let owner = draft.owner(id)?;
    owner.may_spend(draft.products)?;
    let (of, terms) = draft.products.terms.withdrawal_terms(terms, draft.now_ns)?;
    let account = owner.need(owner.main_role(), asked.currency)?;
    let payee = *owner.usable_payee(payee, asked.currency)?;
    if !terms.rails.contains(&payee.rail) {
        return Err(about(Reason::NotOffered, Thing::Payee));
    }
    let Cost { sum, fee, total } = cost(terms, asked, draft.available(account))?;
    let payouts = draft.house(owner.pool, asked.currency)?.account(Role::Payouts);
    draft.hold(account, payouts, total, None)?;
    draft.exempt();
    let is = Withdrawal {
        name: draft.key,
        owner: id,
        pool: owner.pool,
        sum,
        fee,
        payee: Some(PayeeRef { id: payee.id, version: payee.version }),
        rail: payee.rail,
        token: payee.token,
        terms: Some(of),
        due_ns,
        phase: Phase::Requested,
        since_ns: draft.now_ns,
        returned: None,
    };
    Ok(WithdrawalEvent::Made { is })
}

/// What a withdrawal comes to.
#[derive(Clone, Copy)]
struct Cost {
    /// What the payee gets.
    sum: Sum,
    /// What the operator gets.
    fee: Sum,
    /// What the wallet gives: both together.
    total: Sum,
}

/// What a withdrawal of this sum comes to, where so much is available.
fn cost(terms: &WithdrawalTerms, asked: Sum, available: Amount) -> Result<Cost, Refusal> {
    let mut cost = Cost::of(terms, asked)?;
    // What is not there at all is for the ledger to refuse; only the fee may make it less.
    if terms.reduces_to_fit && asked.amount <= available && cost.total.amount > available {
        cost = Cost::of(terms, Sum::new(largest(&terms.fee, asked, available)?, asked.currency))?;
    }
    let Cost { sum, fee, total } = cost;
    within(terms, if terms.fee_included { total } else { sum })?;
    // What would cost more than it brings is not what anybody wants.
    if sum.amount < fee.amount && !terms.fee_included || sum.is_zero() {
        return Err(about(Reason::BelowFee, Thing::Withdrawal));
    }
    Ok(cost)
}

impl Cost {
    fn of(terms: &WithdrawalTerms, asked: Sum) -> Result<Self, Refusal> {
        let fee = terms.fee.of(asked)?;
        let too_little = || about(Reason::BelowFee, Thing::Withdrawal);
        let sum_of = |amount| Sum::new(amount, asked.currency);
        if terms.fee_included {
            let sum = asked.amount.checked_sub(fee.amount).ok_or_else(too_little)?;
            return Ok(Self { sum: sum_of(sum), fee, total: asked });
        }
        let total = asked.amount.checked_add(fee.amount).ok_or(Reason::AmountTooLarge)?;
        Ok(Self { sum: asked, fee, total: sum_of(total) })
    }
}

/// The largest amount, at most what was asked for, that fits with its fee into what is available; zero if none does.
///
/// A fee never falls as its amount rises, so halving the gap finds it.
fn largest(fee: &Fee, asked: Sum, available: Amount) -> Result<Amount, Refusal> {
    let fits = |amount: Amount| {
        let fee = fee.of(Sum::new(amount, asked.currency))?;
        Ok::<_, Refusal>(amount.checked_add(fee.amount).is_some_and(|total| total <= available))
    };
    let (mut low, mut high) = (0, asked.amount.minor());
    while low < high {
        let middle = low.midpoint(high).saturating_add(low.abs_diff(high) % 2);
        let amount = Amount::new(middle).ok_or(Reason::AmountTooLarge)?;
        if fits(amount)? { low = middle } else { high = middle.saturating_sub(1) }
    }
    Ok(Amount::new(low).unwrap_or(Amount::ZERO))
}

/// Refuses what is below the least or above the most.
fn within(terms: &WithdrawalTerms, asked: Sum) -> Result<(), Refusal> {
    let bounds = [terms.minimum, terms.maximum].into_iter().flatten();
    if bounds.into_iter().any(|bound| bound.currency != asked.currency) {
        return Err(Reason::CurrencyMismatch.into());
    }
    if terms.minimum.is_some_and(|least| asked.amount < least.amount) {
        return Err(about(Reason::BelowMinimum, Thing::Withdrawal));
    }
    if terms.maximum.is_some_and(|most| asked.amount > most.amount) {
        return Err(about(Reason::AboveMaximum, Thing::Withdrawal));
    }
    Ok(())
}

fn submit(draft: &mut Draft<'_>, withdrawal: Key) -> Result<WithdrawalEvent, Refusal> {
    let own = find(draft, withdrawal, Phase::Submitted)?;
    let owner = draft.owner(own.owner)?;
    // A capture passes a freeze, which is right for what others were promised; this has not left the house.
    if owner.debit_frozen {
        return Err(about(Reason::AccountFrozen, Thing::Owner));
    }
    let terms = own.terms.and_then(|of| draft.products.terms.withdrawal_terms_at(of));
    let is_removed = own.payee.is_some_and(|of| owner.has_removed(of));
    if is_removed && !terms.is_some_and(|terms| terms.pays_removed_payee) {
        return Err(about(Reason::PayeeNotUsable, Thing::Payee));
    }
    let house = draft.house(own.pool, own.sum.currency)?;
    let payouts = house.account(Role::Payouts);
    let to = [(payouts, own.sum.amount), (house.account(Role::ServiceFees), own.fee.amount)];
    let total = own.sum.amount.checked_add(own.fee.amount).ok_or(Reason::AmountTooLarge)?;
    draft.capture(withdrawal, Sum::new(total, own.sum.currency), true, &to, false)?;
    draft.note_item(payouts, Side::Credit, own.item(), own.sum.amount)?;
    draft.exempt();
    Ok(WithdrawalEvent::Went { withdrawal, to: Phase::Submitted })
}

impl Owner {
    /// Whether a payee was removed since this version of it was there, whatever was added in its place.
    pub(crate) fn has_removed(&self, of: PayeeRef) -> bool {
        let since = self.payees.iter().filter(|own| own.id == of.id && own.version >= of.version);
        since.into_iter().any(|own| own.phase == Phase::Removed)
    }
}

/// Gives a sum that was debited already back to whom the withdrawal was of, with the fee if the terms want that.
fn give_back(draft: &mut Draft<'_>, own: &Withdrawal, sum: Sum) -> Result<Sum, Refusal> {
    let terms = own.terms.and_then(|of| draft.products.terms.withdrawal_terms_at(of));
    let mut back = sum;
    if terms.is_some_and(|terms| terms.returns_fee) {
        let fees = draft.house(own.pool, sum.currency)?.account(Role::ServiceFees);
        draft.debit(fees, own.fee.amount);
        back.amount = sum.amount.checked_add(own.fee.amount).ok_or(Reason::AmountTooLarge)?;
    }
    credit_back(draft, draft.owner(own.owner)?, back, own.name)?;
    Ok(back)
}

/// Books what came back at the bank of a payout that had left, and debits what goes back to its owner: all that had
/// left, or less what the bank took where the owner bears that.
///
/// It comes back the way it went, over what is on its way; whoever calls credits the owner.
pub(crate) fn came_back(
    draft: &mut Draft<'_>,
    owner: OwnerId,
    left: Sum,
    came: Sum,
    into: Role,
    owner_bears_bank_fee: bool,
) -> Result<Sum, Refusal> {
    if came.currency != left.currency {
        return Err(Reason::CurrencyMismatch.into());
    }
    draft.not_zero(came)?;
    let taken = left.amount.checked_sub(came.amount);
    let taken = taken.ok_or_else(|| exceeds(Thing::Withdrawal, came.amount, left.amount))?;
    let house = draft.house(draft.owner(owner)?.pool, left.currency)?;
    let payouts = house.account(Role::Payouts);
    draft.transfer(house.account(resource(into)?), payouts, came.amount);
    draft.end_posting();
    draft.debit(payouts, came.amount);
    if owner_bears_bank_fee {
        return Ok(came);
    }
    draft.debit(house.account(Role::ChannelCost), taken);
    Ok(left)
}

fn pay_unclaimed(
    draft: &mut Draft<'_>,
    id: OwnerId,
    sum: Sum,
    rail: Rail,
    token: Key,
    due_ns: u64,
) -> Result<WithdrawalEvent, Refusal> {
    must_be_token(token.as_str())?;
    let owner = draft.owner(id)?;
    if owner.phase != Phase::Closed {
        return Err(forbids(Thing::Owner, owner.phase));
    }
    let house = draft.house(owner.pool, sum.currency)?;
    draft.take_unclaimed(owner, sum)?;
    let is = Withdrawal {
        name: draft.key,
        owner: id,
        pool: owner.pool,
        sum,
        fee: Sum::new(Amount::ZERO, sum.currency),
        payee: None,
        rail,
        token,
        terms: None,
        due_ns,
        phase: Phase::Submitted,
        since_ns: draft.now_ns,
        returned: None,
    };
    draft.item(house.account(Role::Payouts), Side::Credit, is.item(), sum.amount)?;
    Ok(WithdrawalEvent::Made { is })
}
