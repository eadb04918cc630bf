//! Open items: what the balance of a control account is made of.
//!
//! Money in transit has no account of its own for every payout or receipt; it has one account for each kind, pool and
//! currency, and its items say what it is for, whose it is and since when. The balance is the sum of the items.

use alloc::vec::Vec;

use foldhash::quality::FixedState;
use hashbrown::HashMap;
use longmen_core::{AccountNo, Key, Side};
use longmen_money::{Amount, Currency};
use serde::ser::SerializeSeq;
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
///
/// The maps are only ever asked for one name or one owner; whoever walks them sorts first, or adds up, so that their
/// order cannot show.
#[derive(Clone, Debug, Default)]
pub struct Items {
    open: HashMap<(AccountNo, Key), Item, FixedState>,
    /// The items of each owner on the accounts where that is asked for, the oldest first: an index.
    by_owner: HashMap<(AccountNo, OwnerId), Vec<(u64, Key)>, FixedState>,
}

impl PartialEq for Items {
    fn eq(&self, other: &Self) -> bool {
        self.open == other.open
    }
}

impl Eq for Items {}

impl Items {
    /// The open item of this name on a control account.
    #[must_use]
    pub fn get(&self, account: AccountNo, name: &Key) -> Option<&Item> {
        self.open.get(&(account, *name))
    }

    /// Every open item, by account and name.
    pub fn iter(&self) -> impl Iterator<Item = (AccountNo, &Key, &Item)> {
        let mut all: Vec<_> = self.unsorted().collect();
        all.sort_unstable_by_key(|(account, name, _)| (*account, **name));
        all.into_iter()
    }

    /// Every open item, for those who only add up.
    pub(crate) fn unsorted(&self) -> impl Iterator<Item = (AccountNo, &Key, &Item)> {
        self.open.iter().map(|((account, name), item)| (*account, name, item))
    }

    /// The open items of an owner on one control account, the oldest first; not for clearing and escrow, where one
    /// owner may have very many.
    pub fn of(&self, account: AccountNo, owner: OwnerId) -> impl Iterator<Item = (&Key, &Item)> {
        let own = self.by_owner.get(&(account, owner)).into_iter().flatten();
        own.filter_map(move |(_, name)| Some((name, self.get(account, name)?)))
    }

    /// Folds in a change; `by_owner` says whether it is asked who has what on this account.
    pub(crate) fn apply(
        &mut self,
        change: &ItemChange,
        currency: Currency,
        time_ns: u64,
        by_owner: bool,
    ) -> Result<(), &'static str> {
        match *change {
            ItemChange::Open { account, name, side, amount, owner, due_ns } => {
                if let Some(item) = self.open.get_mut(&(account, name)) {
                    if (item.side, item.owner) != (side, owner) {
                        return Err("an item grows on its other side, or for another owner");
                    }
                    item.open = item.open.checked_add(amount).ok_or("an item leaves the range of amounts")?;
                    return Ok(());
                }
                let item = Item { side, open: amount, currency, owner, since_ns: time_ns, due_ns };
                self.open.insert((account, name), item);
                if let Some(owner) = owner.filter(|_| by_owner) {
                    self.index(account, owner, time_ns, name);
                }
            }
            ItemChange::Clear { account, name, amount } => {
                let item = self.open.get_mut(&(account, name)).ok_or("it clears an item that is not open")?;
                item.open = item.open.checked_sub(amount).ok_or("it clears more than is open of an item")?;
                if item.open.is_zero() {
                    let owner = item.owner;
                    self.open.remove(&(account, name));
                    if let Some(owner) = owner.filter(|_| by_owner) {
                        self.unindex(account, owner, name);
                    }
                }
            }
        }
        Ok(())
    }

    /// Finds out anew which items each owner has, on the accounts where that is asked for.
    pub(crate) fn index_owners(&mut self, by_owner: impl Fn(AccountNo) -> bool) {
        self.by_owner.clear();
        let asked = self.unsorted().filter(|(account, ..)| by_owner(*account));
        let owned =
            asked.filter_map(|(account, name, item)| Some((account, item.owner?, item.since_ns, *name)));
        for (account, owner, since_ns, name) in owned.collect::<Vec<_>>() {
            self.index(account, owner, since_ns, name);
        }
    }

    fn index(&mut self, account: AccountNo, owner: OwnerId, since_ns: u64, name: Key) {
        let own = self.by_owner.entry((account, owner)).or_default();
        own.insert(own.partition_point(|other| *other < (since_ns, name)), (since_ns, name));
    }

    fn unindex(&mut self, account: AccountNo, owner: OwnerId, name: Key) {
        if let Some(own) = self.by_owner.get_mut(&(account, owner)) {
            own.retain(|(_, other)| *other != name);
            if own.is_empty() {
                self.by_owner.remove(&(account, owner));
            }
        }
    }
}

impl Serialize for Items {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.open.len()))?;
        self.iter().try_for_each(|row| rows.serialize_element(&row))?;
        rows.end()
    }
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<(AccountNo, Key, Item)>::deserialize(deserializer)?;
        let open = rows.into_iter().map(|(account, name, item)| ((account, name), item)).collect();
        Ok(Self { open, ..Self::default() })
    }
}
