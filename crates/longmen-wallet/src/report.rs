//! What a bookkeeper looks at every morning: what is open and how old it is, and what every kind of account comes to.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use longmen_core::{AccountId, AccountNo, Class, Key, Side};
use longmen_money::{Currency, Money, Sum};
use serde::Serialize;

use crate::{Item, OwnerId, Role, State};

/// An open item, and how old it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct OpenItem {
    /// The control account that it is on.
    pub account: AccountId,
    /// What that account is for.
    pub role: Role,
    /// Its name there.
    pub name: Key,
    /// Whose it is, where that is known.
    pub owner: Option<OwnerId>,
    /// The side on which it stands.
    pub side: Side,
    /// How much of it is open.
    pub open: Sum,
    /// Journal time in nanoseconds at which it was opened.
    pub since_ns: u64,
    /// How long it has been open, in nanoseconds.
    pub age_ns: u64,
    /// Journal time in nanoseconds by which it should be closed.
    pub due_ns: Option<u64>,
    /// Whether that time has passed.
    pub is_overdue: bool,
}

/// What all accounts of a role in a currency add up to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct RoleTotals {
    /// The role.
    pub role: Role,
    /// How many accounts went in.
    pub accounts: u64,
    /// All that was ever debited.
    pub debits: Money,
    /// All that was ever credited.
    pub credits: Money,
    /// What is left on the side on which the role grows.
    pub balance: Money,
    /// What open holds reserve, on either side.
    pub held: Money,
}

impl State {
    /// Every open item at a journal time in nanoseconds: what is due first comes first, what is never due last, and
    /// among those the oldest first.
    #[must_use]
    pub fn open_items(&self, now_ns: u64) -> Vec<OpenItem> {
        let mut items: Vec<OpenItem> = self
            .products()
            .items
            .iter()
            .filter_map(|(account, name, item)| self.open_item(account, *name, item, now_ns))
            .collect();
        items.sort_by_key(|item| (item.due_ns.unwrap_or(u64::MAX), item.since_ns));
        items
    }

    fn open_item(&self, account: AccountNo, name: Key, item: &Item, now_ns: u64) -> Option<OpenItem> {
        Some(OpenItem {
            account: *self.books().account_at(account)?.id(),
            role: self.products().role(account)?,
            name,
            owner: item.owner,
            side: item.side,
            open: Sum::new(item.open, item.currency),
            since_ns: item.since_ns,
            age_ns: now_ns.saturating_sub(item.since_ns),
            due_ns: item.due_ns,
            is_overdue: item.due_ns.is_some_and(|due_ns| due_ns < now_ns),
        })
    }

    /// What the accounts of every role come to in every currency, in the order of the currencies and of the chart. In
    /// each currency all debits equal all credits.
    #[must_use]
    pub fn role_totals(&self) -> Vec<RoleTotals> {
        let mut rows = BTreeMap::<([u8; 4], Role), RoleTotals>::new();
        for (no, account) in (0..).map(AccountNo).zip(self.books().accounts()) {
            let Some(role) = self.products().role(no) else { continue };
            let currency = account.currency();
            let row = rows.entry((currency.to_bytes(), role)).or_insert_with(|| empty(role, currency));
            let balance = account.balance();
            let add = |sum: &mut Money, counter: u128| {
                // A counter stays below 2^126, so only a sum of several can leave the range; it stops at the end.
                let minor = sum.minor().saturating_add_unsigned(counter);
                *sum = Money::new(minor, currency);
            };
            row.accounts = row.accounts.saturating_add(1);
            add(&mut row.debits, balance.debits_posted());
            add(&mut row.credits, balance.credits_posted());
            add(&mut row.held, balance.debits_held());
            add(&mut row.held, balance.credits_held());
        }
        rows.into_values().map(with_balance).collect()
    }
}

fn empty(role: Role, currency: Currency) -> RoleTotals {
    let nothing = Money::new(0, currency);
    RoleTotals { role, accounts: 0, debits: nothing, credits: nothing, balance: nothing, held: nothing }
}

fn with_balance(row: RoleTotals) -> RoleTotals {
    let (own, other) = match row.role.class() {
        Class::Asset | Class::Expense => (row.debits, row.credits),
        Class::Liability | Class::Equity | Class::Income => (row.credits, row.debits),
    };
    let balance = Money::new(own.minor().saturating_sub(other.minor()), own.currency());
    RoleTotals { balance, ..row }
}
