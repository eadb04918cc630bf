//! Open items: what the balance of a control account is made of.
//!
//! Money in transit has no account of its own for every payout or receipt; it has one account for each kind, pool and
//! currency, and its items say what it is for, whose it is and since when. The balance is the sum of the items.

use alloc::collections::{BTreeMap, BTreeSet};
use core::ops::Bound;

use longmen_core::{AccountNo, Key, Side};
use longmen_money::{Amount, Currency};
use serde::{Deserialize, Serialize};

use crate::OwnerId;

/// An open item.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Item {
    /// The side on which it stands.
    pub side: Side,
    /// How much of it is open, in minor units.
    pub open: Amount,
    /// The currency, which is the account's.
    pub currency: Currency,
    /// Whose it is, where that is known.
    pub owner: Option<OwnerId>,
    /// Journal time in nanoseconds at which it was opened.
    pub since_ns: u64,
    /// Journal time in nanoseconds by which it should be closed.
    pub due_ns: Option<u64>,
}

/// A change of an item, as an entry says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemChange {
    /// It was opened, or more came to it.
    Open {
        /// The control account.
        account: AccountNo,
        /// Its name there.
        name: Key,
        /// The side on which it stands.
        side: Side,
        /// How much, in minor units.
        amount: Amount,
        /// Whose it is.
        owner: Option<OwnerId>,
        /// By when it should be closed.
        due_ns: Option<u64>,
    },
    /// Part or all of it was cleared.
    Clear {
        /// The control account.
        account: AccountNo,
        /// Its name there.
        name: Key,
        /// How much, in minor units.
        amount: Amount,
    },
}

/// Every open item. What is cleared is in the journal and no longer here.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Items {
    open: BTreeMap<(AccountNo, Key), Item>,
    by_owner: BTreeSet<(AccountNo, OwnerId, u64, Key)>,
}

impl Items {
    /// The open item of this name on a control account.
    #[must_use]
    pub fn get(&self, account: AccountNo, name: &Key) -> Option<&Item> {
        self.open.get(&(account, *name))
    }

    /// Every open item, by account and name.
    pub fn iter(&self) -> impl Iterator<Item = (AccountNo, &Key, &Item)> {
        self.open.iter().map(|((account, name), item)| (*account, name, item))
    }

    /// The open items of one control account, by name.
    pub fn on(&self, account: AccountNo) -> impl Iterator<Item = (&Key, &Item)> {
        let from = self.open.range((Bound::Included((account, FIRST)), Bound::Unbounded));
        from.take_while(move |((own, _), _)| *own == account).map(|((_, name), item)| (name, item))
    }

    /// The open items of an owner on one control account, the oldest first.
    pub fn of(&self, account: AccountNo, owner: OwnerId) -> impl Iterator<Item = (&Key, &Item)> {
        let from = self.by_owner.range((Bound::Included((account, owner, 0, FIRST)), Bound::Unbounded));
        let own = from.take_while(move |(no, of, ..)| (*no, *of) == (account, owner));
        own.filter_map(move |(.., name)| Some((name, self.get(account, name)?)))
    }

    pub(crate) fn apply(
        &mut self,
        change: &ItemChange,
        currency: Currency,
        time_ns: u64,
    ) -> Result<(), &'static str> {
        match *change {
            ItemChange::Open { account, name, side, amount, owner, due_ns } => {
                let new = Item { side, open: Amount::ZERO, currency, owner, since_ns: time_ns, due_ns };
                let item = self.open.entry((account, name)).or_insert(new);
                if (item.side, item.owner) != (side, owner) {
                    return Err("an item grows on its other side, or for another owner");
                }
                item.open = item.open.checked_add(amount).ok_or("an item leaves the range of amounts")?;
                if let Some(owner) = owner {
                    self.by_owner.insert((account, owner, item.since_ns, name));
                }
            }
            ItemChange::Clear { account, name, amount } => {
                let item = self.open.get_mut(&(account, name)).ok_or("it clears an item that is not open")?;
                item.open = item.open.checked_sub(amount).ok_or("it clears more than is open of an item")?;
                if item.open.is_zero() {
                    let (owner, since_ns) = (item.owner, item.since_ns);
                    self.open.remove(&(account, name));
                    owner.map(|owner| self.by_owner.remove(&(account, owner, since_ns, name)));
                }
            }
        }
        Ok(())
    }
}

/// No key comes before it.
const FIRST: Key = Key::FIRST;

impl Serialize for Items {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.open.iter().map(|((account, name), item)| (account, name, item)))
    }
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = alloc::vec::Vec::<(AccountNo, Key, Item)>::deserialize(deserializer)?;
        let mut items = Self::default();
        for (account, name, item) in rows {
            if let Some(owner) = item.owner {
                items.by_owner.insert((account, owner, item.since_ns, name));
            }
            items.open.insert((account, name), item);
        }
        Ok(items)
    }
}
