//! Accounts and their balances.

use core::fmt;

use longmen_money::{Amount, Currency, Money};

use crate::AccountId;

/// The left or the right side of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccountNo(pub u32);

/// One account with its four counters, in minor units of its currency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    pub(crate) id: AccountId,
    pub(crate) currency: Currency,
    pub(crate) class: Class,
    pub(crate) overdraft: Overdraft,
    pub(crate) counters: Counters,
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
    /// An account with counters that were kept elsewhere, as a snapshot does.
    #[must_use]
    pub fn restore(
        id: AccountId,
        currency: Currency,
        class: Class,
        overdraft: Overdraft,
        [debits_posted, credits_posted, debits_held, credits_held]: [u128; 4],
    ) -> Self {
        let counters = Counters { debits_posted, credits_posted, debits_held, credits_held };
        Self { id, currency, class, overdraft, counters }
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
        self.overdraft
    }

    /// Its balance now.
    #[must_use]
    pub fn balance(&self) -> Balance {
        self.balance_of(self.counters)
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

/// `a - b`; the counters stay below 2^126, so neither step can saturate (see [`Amount`]).
fn difference(a: u128, b: u128) -> i128 {
    let wide = |value: u128| i128::try_from(value).unwrap_or(i128::MAX);
    wide(a).saturating_sub(wide(b))
}
