//! What the commands of owners do.

use alloc::vec::Vec;

use longmen_core::{
    AccountChange, Action, ChangeAccount, Limit, LimitId, Member, Membership, MetaKey, Most, Phase, Reason,
    Refusal, Scope, Thing, Value,
};
use longmen_money::Currency;

use super::close::{close, reclaim, set_aside};
use super::{Owner, OwnerCommand, OwnerEvent, OwnerKind, SubAccount};
use crate::draft::{Draft, about, exists, not_found};
use crate::machine::go;
use crate::name::{account_id, owner_set};
use crate::terms::{FindTerms, TermsRef};
use crate::{OwnerId, PoolId, Role};

/// Metadata of entries that limits exempt: withdrawals to the owner's own accounts.
pub(crate) fn withdrawal_pair() -> Result<(MetaKey, Value), Refusal> {
    Ok((MetaKey::new("counts")?, Value::Bool(false)))
}

impl OwnerCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<OwnerEvent, Refusal> {
        match self {
            Self::Register { owner, kind, pool, terms, currencies } => {
                if draft.products.owners.get(*owner).is_some() {
                    return Err(exists(Thing::Owner));
                }
                let (terms, _) = draft.products.terms.wallet_terms(*terms, draft.now_ns)?;
                draft.step(Action::OpenSet(owner_set(*owner)?));
                for (at, currency) in currencies.iter().enumerate() {
                    if currencies.iter().take(at).any(|earlier| earlier == currency) {
                        return Err(exists(Thing::SubAccount));
                    }
                    open(draft, *owner, *pool, *currency, kind.roles(), true)?;
                }
                set_limits(draft, *owner, terms, 0)?;
                let currencies = currencies.clone();
                Ok(OwnerEvent::Registered { owner: *owner, kind: *kind, pool: *pool, terms, currencies })
            }
            Self::OpenCurrency { owner: id, currency } => {
                let owner = draft.owner(*id)?;
                owner.must_be_open()?;
                if owner.account(owner.main_role(), *currency).is_some() {
                    return Err(exists(Thing::SubAccount));
                }
                open_more(draft, owner, *currency, owner.kind.roles())?;
                Ok(OwnerEvent::CurrencyOpened { owner: *id, currency: *currency })
            }
            Self::OpenPurse { owner: id, currency } => {
                let owner = draft.owner(*id)?;
                owner.must_be(OwnerKind::Customer)?;
                owner.must_be_open()?;
                if owner.account(Role::Purse, *currency).is_some() {
                    return Err(exists(Thing::SubAccount));
                }
                open_more(draft, owner, *currency, &[Role::Purse])?;
                Ok(OwnerEvent::PurseOpened { owner: *id, currency: *currency })
            }
            Self::Activate { owner: id } => {
                let owner = draft.owner(*id)?;
                go(Thing::Owner, owner.phase, Phase::Activated)?;
                change_all(draft, &owner.accounts, &AccountChange::Hidden(false))?;
                Ok(OwnerEvent::Activated { owner: *id })
            }
            Self::Verify { owner: id, tier } => {
                let owner = draft.owner(*id)?;
                go(Thing::Owner, owner.phase, Phase::Verified)?;
                if *tier == 0 || *tier < owner.tier {
                    return Err(about(Reason::TierTooLow, Thing::Owner));
                }
                set_limits(draft, *id, owner.terms, *tier)?;
                Ok(OwnerEvent::Verified { owner: *id, tier: *tier })
            }
            Self::Freeze { owner: id, debit, credit } => {
                let owner = draft.owner(*id)?;
                owner.must_be_open()?;
                let change = AccountChange::Freeze { debit: *debit, credit: *credit };
                change_all(draft, &owner.accounts, &change)?;
                Ok(OwnerEvent::Frozen { owner: *id, debit: *debit, credit: *credit })
            }
            Self::Close { owner: id, sets_aside } => close(draft, *id, *sets_aside),
            Self::SetAside { owner } => set_aside(draft, *owner),
            Self::Reclaim { owner, sum } => reclaim(draft, *owner, *sum),
        }
    }
}

/// Opens accounts of an owner and puts those of which the owner disposes into the owner's set.
fn open(
    draft: &mut Draft<'_>,
    owner: OwnerId,
    pool: PoolId,
    currency: Currency,
    roles: &[Role],
    hidden: bool,
) -> Result<(), Refusal> {
    // Without a house there would be nowhere for its money to be.
    draft.house(pool, currency)?;
    for role in roles {
        draft.open_account(owner.as_str(), currency, *role, hidden)?;
        // What is in escrow is not the merchant's yet: in the set, a release would count as going out, and as coming in
        // a second time.
        if *role == Role::Escrow {
            continue;
        }
        let account = account_id(owner.as_str(), currency, role.word())?;
        let membership = Membership { set: owner_set(owner)?, member: Member::Account(account) };
        draft.step(Action::Join(membership.into()));
    }
    Ok(())
}

/// Opens more accounts of an owner, as hidden and as frozen as those that are there.
fn open_more(
    draft: &mut Draft<'_>,
    owner: &Owner,
    currency: Currency,
    roles: &[Role],
) -> Result<(), Refusal> {
    open(draft, owner.id, owner.pool, currency, roles, owner.phase == Phase::Registered)?;
    let (debit, credit) = (owner.debit_frozen, owner.credit_frozen);
    for role in roles.iter().filter(|_| debit || credit) {
        let account = account_id(owner.id.as_str(), currency, role.word())?;
        let change = AccountChange::Freeze { debit, credit };
        draft.step(Action::ChangeAccount(ChangeAccount { account, currency: None, change }.into()));
    }
    Ok(())
}

pub(super) fn change_all(
    draft: &mut Draft<'_>,
    accounts: &[SubAccount],
    change: &AccountChange,
) -> Result<(), Refusal> {
    for own in accounts {
        let account = draft.books.account_at(own.account).ok_or_else(|| not_found(Thing::SubAccount))?;
        let (account, change) = (*account.id(), change.clone());
        draft.step(Action::ChangeAccount(ChangeAccount { account, currency: None, change }.into()));
    }
    Ok(())
}

/// Sets the limits of a tier over all that an owner has, in place of those of the tier before.
fn set_limits(draft: &mut Draft<'_>, owner: OwnerId, terms: TermsRef, tier: u8) -> Result<(), Refusal> {
    let products = draft.products;
    let Some(terms) = products.terms.wallet_terms_at(terms) else { return Ok(()) };
    let set = owner_set(owner)?;
    let id = |at: usize| LimitId::new(&alloc::format!("{owner}:limit:{at}"));
    for (at, own) in terms.limits.iter().enumerate() {
        let limit = id(at)?;
        if own.tier != tier {
            let is_set = draft.books.limit_no(&limit).and_then(|no| draft.books.limit_at(no));
            if is_set.is_some_and(|state| state.is_in_force) {
                draft.step(Action::DropLimit(limit));
            }
            continue;
        }
        let exempt = if own.counts_withdrawals { Vec::new() } else { alloc::vec![withdrawal_pair()?] };
        let limit = Limit {
            id: limit,
            scope: Scope::Set(set),
            currency: own.most.currency,
            flow: own.flow,
            most: Most::Amount(own.most.amount),
            window: own.window,
            exempt,
        };
        draft.step(Action::SetLimit(limit.into()));
    }
    Ok(())
}
