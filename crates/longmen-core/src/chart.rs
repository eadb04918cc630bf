//! The chart of accounts: sets that roll up, codes with places below them, and the trial balance.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use longmen_money::{Currency, Money};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::{Account, AccountId, AccountNo, Books, Code, Meta, MetaKey, SetId, Value};

/// A set's number in its ledger: the count of sets that were opened before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SetNo(pub u32);

/// What can be in a set, by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Member {
    /// An account.
    Account(AccountId),
    /// A set, with all that is in it.
    Set(SetId),
}

/// What can be in a set, by its number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum MemberNo {
    /// An account.
    Account(AccountNo),
    /// A set, with all that is in it.
    Set(SetNo),
}

/// Accounts and sets that are looked at together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountSet {
    /// Its name.
    pub id: SetId,
    /// What was put into it.
    pub members: BTreeSet<MemberNo>,
}

/// Where an account stands in the chart, and what is said of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Details {
    /// Its place in the chart.
    pub code: Option<Code>,
    /// Typed pairs.
    pub meta: Meta,
}

/// What many accounts of one currency add up to, in minor units.
///
/// Accounts of different classes grow on different sides, so both sides are given; `debits_posted - credits_posted` is
/// the net on the debit side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Totals {
    /// The currency.
    pub currency: Currency,
    /// How many accounts went in.
    pub accounts: u64,
    /// All that was debited.
    pub debits_posted: u128,
    /// All that was credited.
    pub credits_posted: u128,
    /// What open holds would debit.
    pub debits_held: u128,
    /// What open holds would credit.
    pub credits_held: u128,
}

impl Totals {
    /// Whether debits equal credits on each layer.
    #[must_use]
    pub fn are_equal(&self) -> bool {
        self.debits_posted == self.credits_posted && self.debits_held == self.credits_held
    }

    /// What these accounts add up to, a row a currency.
    pub fn of<'a>(accounts: impl IntoIterator<Item = &'a Account>) -> Vec<Self> {
        totals(accounts.into_iter())
    }
}

impl Serialize for Totals {
    /// The counts of both sides of both layers, each as money.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let total = |minor| Money::new(i128::try_from(minor).unwrap_or(i128::MAX), self.currency);
        let mut fields = serializer.serialize_struct("Totals", 6)?;
        fields.serialize_field("currency", &self.currency)?;
        fields.serialize_field("accounts", &self.accounts)?;
        fields.serialize_field("debits_posted", &total(self.debits_posted))?;
        fields.serialize_field("credits_posted", &total(self.credits_posted))?;
        fields.serialize_field("debits_held", &total(self.debits_held))?;
        fields.serialize_field("credits_held", &total(self.credits_held))?;
        fields.end()
    }
}

impl Books {
    /// Every set, in the order in which they were opened.
    #[must_use]
    pub fn sets(&self) -> &[AccountSet] {
        &self.registry.sets
    }

    /// The number of the set of this name.
    #[must_use]
    pub fn set_no(&self, id: &SetId) -> Option<SetNo> {
        self.registry.sets_by_id.get(id).copied()
    }

    /// The set with this number.
    #[must_use]
    pub fn set_at(&self, no: SetNo) -> Option<&AccountSet> {
        self.registry.sets.get(usize::try_from(no.0).ok()?)
    }

    /// Every account in a set, at whatever depth, each once however many ways lead to it.
    #[must_use]
    pub fn accounts_in(&self, no: SetNo) -> BTreeSet<AccountNo> {
        let (mut accounts, mut seen, mut open) = (BTreeSet::new(), BTreeSet::from([no]), Vec::from([no]));
        while let Some(set) = open.pop().and_then(|no| self.set_at(no)) {
            for member in &set.members {
                match member {
                    MemberNo::Account(account) => drop(accounts.insert(*account)),
                    MemberNo::Set(set) if seen.insert(*set) => open.push(*set),
                    MemberNo::Set(_) => {}
                }
            }
        }
        accounts
    }

    /// The sets that a member is in, at whatever distance.
    pub(crate) fn sets_around(&self, member: MemberNo) -> BTreeSet<SetNo> {
        let parents = |member: MemberNo| self.registry.parents.get(&member).into_iter().flatten();
        let (mut seen, mut open) = (BTreeSet::new(), Vec::from([member]));
        while let Some(member) = open.pop() {
            for set in parents(member) {
                if seen.insert(*set) {
                    open.push(MemberNo::Set(*set));
                }
            }
        }
        seen
    }

    /// What the accounts of a set add up to, a row a currency; nothing where there is no such set.
    #[must_use]
    pub fn totals_of_set(&self, id: &SetId) -> Option<Vec<Totals>> {
        let accounts = self.accounts_in(self.set_no(id)?);
        Some(totals(accounts.into_iter().filter_map(|no| self.account_at(no))))
    }

    /// What the accounts at or below a place in the chart add up to, a row a currency.
    #[must_use]
    pub fn totals_of_code(&self, code: &Code) -> Vec<Totals> {
        let is_within = |details: &Details| details.code.is_some_and(|own| own.is_within(code));
        let accounts = self.accounts.iter().zip(&self.details);
        totals(accounts.filter(|(_, details)| is_within(details)).map(|(account, _)| account))
    }

    /// The trial balance: what all accounts add up to, a row a currency. On each layer debits equal credits.
    #[must_use]
    pub fn trial_balance(&self) -> Vec<Totals> {
        totals(self.accounts.iter())
    }

    /// Where an account stands in the chart, and what is said of it.
    #[must_use]
    pub fn details_at(&self, no: AccountNo) -> Option<&Details> {
        self.details.get(usize::try_from(no.0).ok()?)
    }

    /// The accounts whose metadata has this pair, in the order in which they were opened.
    #[must_use]
    pub fn accounts_with(&self, key: &MetaKey, value: &Value) -> Vec<AccountNo> {
        let pair = (*key, value.clone());
        self.by_meta.get(&pair).map(|accounts| accounts.iter().copied().collect()).unwrap_or_default()
    }
}

fn totals<'a>(accounts: impl Iterator<Item = &'a Account>) -> Vec<Totals> {
    let mut rows = BTreeMap::<Currency, Totals>::new();
    for account in accounts {
        let c = account.counters;
        let row = rows.entry(account.currency).or_insert(Totals {
            currency: account.currency,
            accounts: 0,
            debits_posted: 0,
            credits_posted: 0,
            debits_held: 0,
            credits_held: 0,
        });
        row.accounts = row.accounts.saturating_add(1);
        row.debits_posted = row.debits_posted.saturating_add(c.debits_posted);
        row.credits_posted = row.credits_posted.saturating_add(c.credits_posted);
        row.debits_held = row.debits_held.saturating_add(c.debits_held);
        row.credits_held = row.credits_held.saturating_add(c.credits_held);
    }
    rows.into_values().collect()
}
