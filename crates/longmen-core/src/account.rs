//! Accounts and their balances.

use core::fmt;

use longmen_money::{Amount, Currency, Money};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize};

use crate::AccountId;

/// The left or the right side of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The left side.
    Debit,
    /// The right side.
    Credit,
}

impl Side {
    /// The other side.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Debit => Self::Credit,
            Self::Credit => Self::Debit,
        }
    }
}

/// What an account stands for; it fixes the account's normal side.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// What the operator owns, such as a bank account: debit-normal.
    Asset,
    /// What the operator owes, such as a customer's wallet: credit-normal.
    Liability,
    /// What the owners put in: credit-normal.
    Equity,
    /// What was earned, such as fees: credit-normal.
    Income,
    /// What was spent: debit-normal.
    Expense,
}

impl Class {
    /// Every class, in the order of their codes in the journal.
    pub const ALL: [Self; 5] = [Self::Asset, Self::Liability, Self::Equity, Self::Income, Self::Expense];

    /// The side on which the account grows.
    #[must_use]
    pub fn normal_side(self) -> Side {
        match self {
            Self::Asset | Self::Expense => Side::Debit,
            Self::Liability | Self::Equity | Self::Income => Side::Credit,
        }
    }

    /// The class in lower case, such as `liability`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Liability => "liability",
            Self::Equity => "equity",
            Self::Income => "income",
            Self::Expense => "expense",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How far below zero an account's available balance may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overdraft {
    /// Down to minus this amount: zero means no overdraft, more is a credit limit.
    UpTo(Amount),
    /// Without a bound, as clearing and position accounts need it.
    Unlimited,
}

impl Overdraft {
    /// The available balance may not fall below zero.
    pub const FORBIDDEN: Self = Self::UpTo(Amount::ZERO);
}

/// An account's number in its ledger: the count of accounts that were opened before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct AccountNo(pub u32);

/// What may be done with an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Access {
    /// Nothing new may be debited; captures of holds still are.
    pub debit_frozen: bool,
    /// Nothing new may be credited; captures of holds still are.
    pub credit_frozen: bool,
    /// Its owner should not see it yet: a mark for those who show balances, no rule of the ledger.
    pub hidden: bool,
    /// Closed for good, until it is reopened.
    pub closed: bool,
    /// Only products may post to it, hold on it and change it.
    pub managed: bool,
}

/// One account with its four counters, in minor units of its currency.
///
/// Every posting fetches two of these from memory, so it is kept to 128 bytes; what is seldom asked for is elsewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    pub(crate) id: AccountId,
    pub(crate) currency: Currency,
    pub(crate) class: Class,
    pub(crate) flags: Flags,
    /// The overdraft limit in minor units; more than any amount where there is none.
    limit: u64,
    pub(crate) version: u64,
    pub(crate) counters: Counters,
}

const _: () = assert!(size_of::<Account>() == 128);

/// Yes or no, eight times.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Flags(u8);

impl Flags {
    pub(crate) const DEBIT_FROZEN: Self = Self(1);
    pub(crate) const CREDIT_FROZEN: Self = Self(2);
    pub(crate) const HIDDEN: Self = Self(4);
    pub(crate) const CLOSED: Self = Self(8);
    /// An open hold keeps it closed.
    pub(crate) const KEPT_CLOSED: Self = Self(16);
    /// A velocity limit looks at it.
    pub(crate) const WATCHED: Self = Self(32);
    /// Only products may touch it.
    pub(crate) const MANAGED: Self = Self(64);

    pub(crate) fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }

    pub(crate) fn set(&mut self, flag: Self, on: bool) {
        self.0 = if on { self.0 | flag.0 } else { self.0 & !flag.0 };
    }
}

/// What a snapshot keeps of an account; the rest follows from the holds and the limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccountRow {
    /// Its name.
    pub id: AccountId,
    /// Its one currency.
    pub currency: Currency,
    /// Its class.
    pub class: Class,
    /// How far below zero it may go.
    pub overdraft: Overdraft,
    /// What may be done with it.
    pub access: Access,
    /// The position of the entry that last changed it.
    pub version: u64,
    /// Debits posted, credits posted, debits held, credits held.
    pub counters: [u128; 4],
}

/// Debits and credits, posted and held.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counters {
    pub(crate) debits_posted: u128,
    pub(crate) credits_posted: u128,
    pub(crate) debits_held: u128,
    pub(crate) credits_held: u128,
}

impl Account {
    /// An account as a snapshot kept it.
    #[must_use]
    pub fn restore(row: AccountRow) -> Self {
        let [debits_posted, credits_posted, debits_held, credits_held] = row.counters;
        let mut account = Self {
            id: row.id,
            currency: row.currency,
            class: row.class,
            flags: Flags::default(),
            limit: 0,
            version: row.version,
            counters: Counters { debits_posted, credits_posted, debits_held, credits_held },
        };
        account.set_overdraft(row.overdraft);
        account.set_access(row.access);
        account
    }

    /// What a snapshot keeps of it.
    #[must_use]
    pub fn row(&self) -> AccountRow {
        let Counters { debits_posted, credits_posted, debits_held, credits_held } = self.counters;
        AccountRow {
            id: self.id,
            currency: self.currency,
            class: self.class,
            overdraft: self.overdraft(),
            access: self.access(),
            version: self.version,
            counters: [debits_posted, credits_posted, debits_held, credits_held],
        }
    }

    /// The name it was opened under.
    #[must_use]
    pub fn id(&self) -> &AccountId {
        &self.id
    }

    /// Its one currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Its class.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// How far below zero it may go.
    #[must_use]
    pub fn overdraft(&self) -> Overdraft {
        Amount::new(self.limit).map_or(Overdraft::Unlimited, Overdraft::UpTo)
    }

    pub(crate) fn set_overdraft(&mut self, overdraft: Overdraft) {
        self.limit = match overdraft {
            Overdraft::UpTo(limit) => limit.minor(),
            Overdraft::Unlimited => u64::MAX,
        };
    }

    /// What may be done with it.
    #[must_use]
    pub fn access(&self) -> Access {
        Access {
            debit_frozen: self.flags.has(Flags::DEBIT_FROZEN),
            credit_frozen: self.flags.has(Flags::CREDIT_FROZEN),
            hidden: self.flags.has(Flags::HIDDEN),
            closed: self.flags.has(Flags::CLOSED),
            managed: self.flags.has(Flags::MANAGED),
        }
    }

    fn set_access(&mut self, access: Access) {
        self.flags.set(Flags::DEBIT_FROZEN, access.debit_frozen);
        self.flags.set(Flags::CREDIT_FROZEN, access.credit_frozen);
        self.flags.set(Flags::HIDDEN, access.hidden);
        self.flags.set(Flags::CLOSED, access.closed);
        self.flags.set(Flags::MANAGED, access.managed);
    }

    /// Whether it takes nothing new: it was closed for good, or an open hold keeps it closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.flags.has(Flags::CLOSED) || self.flags.has(Flags::KEPT_CLOSED)
    }

    /// The position of the entry that last changed its counters, its rules or its metadata: it grows with every change.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn is_frozen(&self, side: Side) -> bool {
        self.flags.has(match side {
            Side::Debit => Flags::DEBIT_FROZEN,
            Side::Credit => Flags::CREDIT_FROZEN,
        })
    }

    /// Its balance now.
    #[must_use]
    pub fn balance(&self) -> Balance {
        self.balance_of(self.counters)
    }

    /// The balance that it had, or would have, with these counters: debits posted, credits posted, debits held, credits
    /// held, in minor units.
    #[must_use]
    pub fn balance_with(
        &self,
        [debits_posted, credits_posted, debits_held, credits_held]: [u128; 4],
    ) -> Balance {
        self.balance_of(Counters { debits_posted, credits_posted, debits_held, credits_held })
    }

    /// The balance that it would have with other counters.
    pub(crate) fn balance_of(&self, counters: Counters) -> Balance {
        Balance { currency: self.currency, class: self.class, counters }
    }
}

/// What an account holds at one position of the journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Balance {
    currency: Currency,
    class: Class,
    counters: Counters,
}

impl Balance {
    /// What may still be debited before the account, its debit holds counted, would stand on the debit side; and the
    /// same for credits. Never below zero.
    pub(crate) fn room(&self, side: Side) -> u128 {
        let c = &self.counters;
        match side {
            Side::Debit => c.credits_posted.saturating_sub(c.debits_posted).saturating_sub(c.debits_held),
            Side::Credit => c.debits_posted.saturating_sub(c.credits_posted).saturating_sub(c.credits_held),
        }
    }

    /// What open holds reserve on one side, in minor units.
    pub(crate) fn held_on(&self, side: Side) -> u128 {
        match side {
            Side::Debit => self.counters.debits_held,
            Side::Credit => self.counters.credits_held,
        }
    }

    /// The class of the account, which says on which side it grows.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// Debits posted, credits posted, debits held and credits held, in minor units.
    #[must_use]
    pub fn counters(&self) -> [u128; 4] {
        let Counters { debits_posted, credits_posted, debits_held, credits_held } = self.counters;
        [debits_posted, credits_posted, debits_held, credits_held]
    }

    /// All that was debited, in minor units.
    #[must_use]
    pub fn debits_posted(&self) -> u128 {
        self.counters.debits_posted
    }

    /// All that was credited, in minor units.
    #[must_use]
    pub fn credits_posted(&self) -> u128 {
        self.counters.credits_posted
    }

    /// What open holds would debit, in minor units.
    #[must_use]
    pub fn debits_held(&self) -> u128 {
        self.counters.debits_held
    }

    /// What open holds would credit, in minor units.
    #[must_use]
    pub fn credits_held(&self) -> u128 {
        self.counters.credits_held
    }

    /// The settled balance: what was posted on the normal side less what was posted on the other.
    #[must_use]
    pub fn posted(&self) -> Money {
        let c = &self.counters;
        let (grown, shrunk) = match self.class.normal_side() {
            Side::Debit => (c.debits_posted, c.credits_posted),
            Side::Credit => (c.credits_posted, c.debits_posted),
        };
        Money::new(difference(grown, shrunk), self.currency)
    }

    /// What open holds have reserved on the side that shrinks the account.
    #[must_use]
    pub fn held(&self) -> Money {
        let held = match self.class.normal_side() {
            Side::Debit => self.counters.credits_held,
            Side::Credit => self.counters.debits_held,
        };
        Money::new(difference(held, 0), self.currency)
    }

    /// What can be spent: posted less held. Money that is only expected never counts.
    #[must_use]
    pub fn available(&self) -> Money {
        Money::new(self.posted().minor().saturating_sub(self.held().minor()), self.currency)
    }
}

impl Serialize for Balance {
    /// Posted, held and available, then both sides of both layers, each as money.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let total = |counter| Money::new(difference(counter, 0), self.currency);
        let mut fields = serializer.serialize_struct("Balance", 7)?;
        fields.serialize_field("posted", &self.posted())?;
        fields.serialize_field("held", &self.held())?;
        fields.serialize_field("available", &self.available())?;
        fields.serialize_field("debits_posted", &total(self.counters.debits_posted))?;
        fields.serialize_field("credits_posted", &total(self.counters.credits_posted))?;
        fields.serialize_field("debits_held", &total(self.counters.debits_held))?;
        fields.serialize_field("credits_held", &total(self.counters.credits_held))?;
        fields.end()
    }
}

/// `a - b`; the counters stay below 2^126, so neither step can saturate (see [`Amount`]).
fn difference(a: u128, b: u128) -> i128 {
    let wide = |value: u128| i128::try_from(value).unwrap_or(i128::MAX);
    wide(a).saturating_sub(wide(b))
}
