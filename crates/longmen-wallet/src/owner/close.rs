//! Closing a wallet, what is kept for its owner after that, and what comes back to an owner.

use alloc::vec::Vec;

use longmen_core::{AccountChange, Detail, Key, Obstacle, OpenThings, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Sum};

use super::plan::change_all;
use super::{Owner, OwnerEvent, SubAccount};
use crate::draft::{Draft, ItemName, about, exceeds};
use crate::machine::{forbids, go};
use crate::{OwnerId, Role};

pub(super) fn close(draft: &mut Draft<'_>, id: OwnerId, sets_aside: bool) -> Result<OwnerEvent, Refusal> {
    let owner = draft.owner(id)?;
    go(Thing::Owner, owner.phase, Phase::Closed)?;
    let mut open = obstacles(draft, owner);
    if sets_aside {
        open = open.without(Obstacle::Balance);
    }
    if open != OpenThings::NONE {
        return Err(Refusal::new(Reason::OwnerNotEmpty).about(Detail::Open(open)));
    }
    owner.accounts.iter().try_for_each(|own| keep(draft, owner, own, draft.posted(own.account)))?;
    change_all(draft, &owner.accounts, &AccountChange::Close)?;
    Ok(OwnerEvent::Closed { owner: id })
}

/// Sets aside what a wallet has received that nobody has ever activated.
pub(super) fn set_aside(draft: &mut Draft<'_>, id: OwnerId) -> Result<OwnerEvent, Refusal> {
    let owner = draft.owner(id)?;
    if owner.phase != Phase::Registered {
        return Err(forbids(Thing::Owner, owner.phase));
    }
    let free = |own: &&SubAccount| own.role != Role::Escrow && !draft.available(own.account).is_zero();
    let full: Vec<_> = owner.accounts.iter().filter(free).copied().collect();
    if full.is_empty() {
        return Err(about(Reason::InsufficientFunds, Thing::Owner));
    }
    full.iter().try_for_each(|own| keep(draft, owner, own, draft.available(own.account)))?;
    Ok(OwnerEvent::SetAside { owner: id })
}

/// Moves money of a sub-account to what is kept for its owner as unclaimed; neither a freeze nor a limit is in the way
/// of that, since the owner gives nothing to anybody.
fn keep(draft: &mut Draft<'_>, owner: &Owner, own: &SubAccount, amount: Amount) -> Result<(), Refusal> {
    if amount.is_zero() {
        return Ok(());
    }
    let unclaimed = draft.house(owner.pool, own.currency)?.account(Role::Unclaimed);
    draft.debit(own.account, amount);
    draft.item(unclaimed, Side::Credit, ItemName::new(draft.key, Some(owner.id)), amount)?;
    draft.end_posting_forced();
    draft.exempt();
    Ok(())
}

/// Gives an owner who is there after all what was set aside.
pub(super) fn reclaim(draft: &mut Draft<'_>, id: OwnerId, sum: Sum) -> Result<OwnerEvent, Refusal> {
    let owner = draft.owner(id)?;
    owner.must_be_open()?;
    if owner.phase == Phase::Registered {
        return Err(about(Reason::OwnerNotActivated, Thing::Owner));
    }
    let account = owner.need(owner.main_role(), sum.currency)?;
    draft.take_unclaimed(owner, sum)?;
    draft.credit(account, sum.amount);
    draft.exempt();
    Ok(OwnerEvent::Reclaimed { owner: id, sum })
}

impl Draft<'_> {
    /// Debits what is kept for an owner as unclaimed, the oldest first.
    pub(crate) fn take_unclaimed(&mut self, owner: &Owner, sum: Sum) -> Result<(), Refusal> {
        self.not_zero(sum)?;
        let unclaimed = self.house(owner.pool, sum.currency)?.account(Role::Unclaimed);
        let (products, mut left) = (self.products, sum.amount);
        for (name, item) in products.items.of(unclaimed, owner.id) {
            let part = left.min(item.open);
            left = left.checked_sub(part).unwrap_or(Amount::ZERO);
            self.item(unclaimed, Side::Debit, ItemName::new(*name, Some(owner.id)), part)?;
        }
        let kept = sum.amount.checked_sub(left).unwrap_or(Amount::ZERO);
        if left.is_zero() { Ok(()) } else { Err(exceeds(Thing::Item, sum.amount, kept)) }
    }
}

/// Credits an owner with what has come back and what the posting in the making debits: a closed wallet has it kept as
/// unclaimed, under this name, and a frozen one gets it and stays frozen.
///
/// The posting is forced: what the owner had before is not to be lost for a freeze or a limit.
pub(crate) fn credit_back(draft: &mut Draft<'_>, owner: &Owner, back: Sum, name: Key) -> Result<(), Refusal> {
    draft.exempt();
    if owner.phase == Phase::Closed {
        let unclaimed = draft.house(owner.pool, back.currency)?.account(Role::Unclaimed);
        draft.item(unclaimed, Side::Credit, ItemName::new(name, Some(owner.id)), back.amount)?;
        draft.end_posting_forced();
        return Ok(());
    }
    let account = owner.need(owner.main_role(), back.currency)?;
    draft.credit(account, back.amount);
    draft.end_posting_forced();
    draft.recover_by_terms(owner, account, back)
}

/// What stands in the way of closing an owner, every thing of every currency looked at.
pub(crate) fn obstacles(draft: &Draft<'_>, owner: &Owner) -> OpenThings {
    let products = draft.products;
    let any = |test: &dyn Fn(&SubAccount) -> bool| owner.accounts.iter().any(test);
    let has_items = |role: Role| {
        // In every pool: a card may be in that of another issuer than the wallet.
        let mut houses = products.houses.iter();
        houses.any(|(.., house)| products.items.of(house.account(role), owner.id).next().is_some())
    };
    OpenThings::NONE
        .and(Obstacle::Balance, any(&|own| own.role != Role::Escrow && !draft.posted(own.account).is_zero()))
        .and(Obstacle::Escrow, any(&|own| own.role == Role::Escrow && !draft.posted(own.account).is_zero()))
        .and(Obstacle::Holds, any(&|own| draft.books.open_holds_of(own.account) > 0))
        .and(Obstacle::TopUps, has_items(Role::TopUps) || products.top_ups.is_waiting(owner.id))
        .and(Obstacle::Payouts, has_items(Role::Payouts))
        .and(Obstacle::Refunds, has_items(Role::Refunds))
        .and(Obstacle::Debts, has_items(Role::Debts))
        .and(Obstacle::Disputes, has_items(Role::Disputed))
        .and(Obstacle::Plans, has_items(Role::Instalments) || has_items(Role::InstalmentFees))
        .and(Obstacle::Cards, products.cards.has_open_card(owner.id))
}
