//! Conditions: what must be so for a command to be carried out.

use longmen_money::Money;

use crate::AccountId;

/// The most conditions that one command may have.
pub const CONDITIONS_MAX: usize = 16;

/// What must be so of one account.
///
/// Balances are those that the account would have after the command, so that "leave at least 100.00" can be said.
/// The version is the one before it, so that "nothing has happened since I looked" can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Condition {
    /// The account; it need not be one that the command moves.
    pub account: AccountId,
    /// How it must compare.
    pub is: Relation,
    /// With what.
    pub to: Quantity,
}

/// How the account's own number must compare with the given one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// It is as much or more.
    AtLeast,
    /// It is as much or less.
    AtMost,
    /// It is the same.
    Equal,
}

impl Relation {
    /// Every relation.
    pub const ALL: [Self; 3] = [Self::AtLeast, Self::AtMost, Self::Equal];

    pub(crate) fn holds<T: Ord>(self, own: &T, given: &T) -> bool {
        match self {
            Self::AtLeast => own >= given,
            Self::AtMost => own <= given,
            Self::Equal => own == given,
        }
    }
}

/// A number of an account, and what it is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quantity {
    /// Its settled balance.
    Posted(Money),
    /// What open holds have reserved on it.
    Held(Money),
    /// What can be spent.
    Available(Money),
    /// The position of the entry that last changed it.
    Version(u64),
}
