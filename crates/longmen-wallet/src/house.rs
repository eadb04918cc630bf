//! The house: the operator's own accounts, one set for every pool of client money and currency.

use alloc::collections::BTreeMap;

use longmen_core::{AccountNo, Reason, Refusal, Thing};
use longmen_money::{Currency, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, about, exists};
use crate::due::Due;
use crate::state::Applied;
use crate::{PoolId, Products, Role, safeguard};

/// The operator's accounts for one pool in one currency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct House {
    /// They were opened one after the other, in the order of the chart; this is the first.
    pub first: AccountNo,
}

impl House {
    /// The account for a role, which must be one of those that a house has.
    #[must_use]
    pub fn account(&self, role: Role) -> AccountNo {
        AccountNo(self.first.0.saturating_add(role.place_in_house()))
    }
}

/// Every house, by pool and currency.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Houses(BTreeMap<(PoolId, CurrencyKey), House>);

/// A currency in the order of its code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
struct CurrencyKey([u8; 4]);

impl Houses {
    /// The house of a pool in a currency.
    #[must_use]
    pub fn get(&self, pool: PoolId, currency: Currency) -> Option<&House> {
        self.0.get(&(pool, CurrencyKey(currency.to_bytes())))
    }

    /// Every house, by pool and currency.
    pub fn iter(&self) -> impl Iterator<Item = (PoolId, Currency, &House)> {
        self.0.iter().filter_map(|((pool, currency), house)| {
            Some((*pool, Currency::from_bytes(currency.0).ok()?, house))
        })
    }
}

/// What can be done with the house.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HouseCommand {
    /// Opens the house of a pool in a currency.
    Open {
        /// The pool.
        pool: PoolId,
        /// The currency.
        currency: Currency,
    },
    /// The owners of the operator put money in.
    Invest {
        /// Into the house of which pool.
        pool: PoolId,
        /// How much.
        sum: Sum,
    },
    /// Moves the operator's own money into the pool's resource: to close a gap, or to prefund.
    Prefund {
        /// Which pool.
        pool: PoolId,
        /// Into which of its accounts: `reserve`, `cross_border` or `nostro`.
        into: Role,
        /// How much.
        sum: Sum,
    },
    /// Moves what the pool does not need for its customers to the operator's own money: earned fees and margins.
    Sweep {
        /// Which pool.
        pool: PoolId,
        /// From which of its accounts.
        from: Role,
        /// How much, at most what the resource is above the requirement.
        sum: Sum,
    },
    /// Moves client money from one pool to another, after its liabilities went there.
    Shift {
        /// From which pool, at most what it does not need.
        from: PoolId,
        /// Into which pool.
        into: PoolId,
        /// From and into which of their accounts.
        account: Role,
        /// How much.
        sum: Sum,
    },
    /// Pays what is owed to the card networks, out of the pool's resource.
    PayNetwork {
        /// Which pool.
        pool: PoolId,
        /// From which of its accounts.
        from: Role,
        /// How much.
        sum: Sum,
    },
}

/// What happened in the house.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HouseEvent {
    /// It was opened.
    Opened {
        /// The pool.
        pool: PoolId,
        /// The currency.
        currency: Currency,
    },
    /// Money was moved between its accounts.
    Moved,
    /// What the writer should have done by itself could not be done, and is not tried again.
    DueDropped {
        /// What it was.
        due: Due,
        /// When its time had come, in nanoseconds of journal time.
        at: u64,
        /// The code of the refusal.
        reason: u16,
    },
}

impl HouseCommand {
    fn sum(&self) -> Option<Sum> {
        match *self {
            Self::Open { .. } => None,
            Self::Invest { sum, .. }
            | Self::Prefund { sum, .. }
            | Self::Sweep { sum, .. }
            | Self::Shift { sum, .. }
            | Self::PayNetwork { sum, .. } => Some(sum),
        }
    }

    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<HouseEvent, Refusal> {
        self.sum().map_or(Ok(()), |sum| draft.not_zero(sum))?;
        match *self {
            Self::Open { pool, currency } => {
                if draft.products.houses.get(pool, currency).is_some() {
                    return Err(exists(Thing::Pool));
                }
                for role in Role::of_house() {
                    draft.open_account(pool.as_str(), currency, role, false)?;
                }
                return Ok(HouseEvent::Opened { pool, currency });
            }
            Self::Invest { pool, sum } => {
                let house = draft.house(pool, sum.currency)?;
                draft.transfer(house.account(Role::Own), house.account(Role::Capital), sum.amount);
            }
            Self::Prefund { pool, into, sum } => {
                let house = draft.house(pool, sum.currency)?;
                draft.transfer(house.account(resource(into)?), house.account(Role::Own), sum.amount);
            }
            Self::Sweep { pool, from, sum } => {
                let house = draft.house(pool, sum.currency)?;
                safeguard::spare(draft, pool, sum)?;
                draft.transfer(house.account(Role::Own), house.account(resource(from)?), sum.amount);
            }
            Self::Shift { from, into, account, sum } => {
                let (source, target) = (draft.house(from, sum.currency)?, draft.house(into, sum.currency)?);
                safeguard::spare(draft, from, sum)?;
                let role = resource(account)?;
                draft.transfer(target.account(role), source.account(role), sum.amount);
            }
            Self::PayNetwork { pool, from, sum } => {
                let house = draft.house(pool, sum.currency)?;
                draft.transfer(house.account(Role::Network), house.account(resource(from)?), sum.amount);
            }
        }
        Ok(HouseEvent::Moved)
    }
}

/// A role that is part of a pool's resource.
pub(crate) fn resource(role: Role) -> Result<Role, Refusal> {
    if role.is_resource() {
        return Ok(role);
    }
    Err(about(Reason::WrongKind, Thing::SubAccount))
}

impl HouseEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        match *self {
            Self::Opened { pool, currency } => {
                let first = at.opened(0).ok_or("a house has no accounts")?;
                let key = (pool, CurrencyKey(currency.to_bytes()));
                let old = products.houses.0.insert(key, House { first });
                old.map_or(Ok(()), |_| Err("it opens a house that is open"))
            }
            Self::Moved => Ok(()),
            Self::DueDropped { due, at, .. } => {
                products.unschedule(at, due);
                Ok(())
            }
        }
    }
}
