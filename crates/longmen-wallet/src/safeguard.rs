//! Safeguarding: what a pool owes its customers in a currency, and what it has to cover that.
//!
//! The requirement is the sum of all positive balances of client money; balances below zero are not set against
//! others. The resource is what is kept apart for it, and what channels have taken and still owe in time. Both come
//! from the state at one position, so they can be had for any position by a replay to it.

use alloc::vec::Vec;

use longmen_core::{AccountNo, Books, Reason, Refusal, Side};
use longmen_money::{Currency, Money, Sum};
use serde::Serialize;

use crate::draft::{Draft, about};
use crate::{PoolId, Products, Role, State};
use longmen_core::Thing;

/// What a pool must safeguard in a currency, and what it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Safeguarding {
    /// The pool.
    pub pool: PoolId,
    /// What it owes its customers.
    pub requirement: Money,
    /// What it keeps apart at banks.
    pub kept: Money,
    /// What channels have taken for it and owe in time.
    pub in_time: Money,
    /// What channels owe beyond their time: it covers nothing.
    pub overdue: Money,
}

impl Safeguarding {
    /// What it keeps apart and what channels owe in time.
    #[must_use]
    pub fn resource(&self) -> Money {
        self.kept.checked_add(self.in_time).unwrap_or(self.kept)
    }

    /// The resource less the requirement: below zero is a shortfall.
    #[must_use]
    pub fn excess(&self) -> Money {
        self.resource().checked_sub(self.requirement).unwrap_or(self.kept)
    }
}

impl State {
    /// What every pool must safeguard in every currency, and what it has, at a journal time in nanoseconds.
    #[must_use]
    pub fn safeguarding(&self, now_ns: u64) -> Vec<Safeguarding> {
        let houses = self.products().houses.iter();
        houses.map(|(pool, currency, _)| of(self.books(), self.products(), pool, currency, now_ns)).collect()
    }
}

/// What a pool must safeguard in a currency, and what it has.
pub(crate) fn of(
    books: &Books,
    products: &Products,
    pool: PoolId,
    currency: Currency,
    now_ns: u64,
) -> Safeguarding {
    let (mut requirement, mut kept) = (0_i128, 0_i128);
    let mut count = |no: AccountNo| {
        let Some(account) = books.account_at(no).filter(|own| own.currency() == currency) else { return };
        let (posted, role) = (account.balance().posted().minor(), products.role(no));
        if role.is_some_and(Role::is_client_money) {
            requirement = requirement.saturating_add(posted.max(0));
        } else if role.is_some_and(Role::is_resource) {
            kept = kept.saturating_add(posted);
        }
    };
    if let Some(house) = products.houses.get(pool, currency) {
        Role::of_house().for_each(|role| count(house.account(role)));
    }
    let owners = products.owners.iter().filter(|owner| owner.pool == pool);
    owners.flat_map(|owner| &owner.accounts).for_each(|own| count(own.account));
    products.cards.accounts_of_pool(pool).for_each(&mut count);

    let (mut in_time, mut overdue) = (0_i128, 0_i128);
    let channels = products.channels.iter().filter(|channel| channel.pool == pool);
    let clearing: Vec<_> = channels.filter_map(|channel| channel.clearing(currency)).collect();
    let cleared = products.items.unsorted().filter(|(account, ..)| clearing.contains(account));
    for (.., item) in cleared {
        let open = i128::from(item.open.minor());
        match (item.side, item.due_ns.is_some_and(|due| due < now_ns)) {
            (Side::Credit, _) => in_time = in_time.saturating_sub(open),
            (Side::Debit, false) => in_time = in_time.saturating_add(open),
            (Side::Debit, true) => overdue = overdue.saturating_add(open),
        }
    }
    let money = |minor| Money::new(minor, currency);
    Safeguarding {
        pool,
        requirement: money(requirement),
        kept: money(kept),
        in_time: money(in_time),
        overdue: money(overdue),
    }
}

/// Refuses to take more out of a pool's resource than it does not need.
pub(crate) fn spare(draft: &Draft<'_>, pool: PoolId, sum: Sum) -> Result<(), Refusal> {
    let now = of(draft.books, draft.products, pool, sum.currency, draft.now_ns);
    if now.excess().minor() < sum.amount.minor().into() {
        return Err(about(Reason::PoolShort, Thing::Pool));
    }
    Ok(())
}
