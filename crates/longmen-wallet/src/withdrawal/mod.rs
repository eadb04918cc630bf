//! Withdrawals: requested, submitted, sent, settled, and everything that comes back.
//!
//! A request reserves the money, so that nothing else can take it. When the payout is submitted the money goes to
//! what is on its way, and stays there until the bank has said what became of it: an answer that does not come is no
//! reason to give anything back.

mod plan;

use longmen_core::{Key, Phase, Thing};
use longmen_money::Sum;
use serde::{Deserialize, Serialize};

use crate::machine::step;
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::terms::TermsRef;
use crate::{OwnerId, PayeeId, PayeeRef, PoolId, Products, Rail, Role, TermsId};

pub(crate) use plan::came_back;

/// Money on its way to an outside account of its owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The key of the command that made it.
    pub name: Key,
    /// Whose money it is.
    pub owner: OwnerId,
    /// The pool that it leaves.
    pub pool: PoolId,
    /// What the payee gets.
    pub sum: Sum,
    /// What the owner pays beside it, in the same currency.
    pub fee: Sum,
    /// Which version of which payee it is paid to; nothing for what is paid to the owner of a closed wallet.
    pub payee: Option<PayeeRef>,
    /// What kind of account that is.
    pub rail: Rail,
    /// The token of that account, as it was when the payout was asked for.
    pub token: Key,
    /// The terms that it was made under; nothing for what is paid to the owner of a closed wallet.
    pub terms: Option<TermsRef>,
    /// Journal time in nanoseconds by which it should have left.
    pub due_ns: u64,
    /// Where it stands.
    pub phase: Phase,
    /// Journal time in nanoseconds at which it was made.
    pub since_ns: u64,
    /// The bank's reference of what came back, if it did.
    pub returned: Option<Key>,
}

impl Named for Withdrawal {
    type Name = Key;

    fn name(&self) -> Key {
        self.name
    }
}

/// All withdrawals.
pub type Withdrawals = Table<Withdrawal>;

/// What can be done with withdrawals.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WithdrawalCommand {
    /// Asks for a payout to one of the owner's payees; what it takes is reserved.
    Request {
        /// Whose money.
        owner: OwnerId,
        /// How much: what the payee gets, or with a fee that is included what the wallet gives.
        sum: Sum,
        /// Which payee; its version of now is the one that is paid.
        payee: PayeeId,
        /// The terms of withdrawals.
        terms: TermsId,
        /// Journal time in nanoseconds by which it should have left.
        due_ns: u64,
    },
    /// Gives up a payout that was not submitted.
    Cancel {
        /// The withdrawal.
        withdrawal: Key,
    },
    /// Submits it to the bank: the money leaves the wallet, and the fee is earned.
    Submit {
        /// The withdrawal.
        withdrawal: Key,
    },
    /// Notes that the bank has debited the pool for it.
    MarkSent {
        /// The withdrawal.
        withdrawal: Key,
        /// Which account was debited: `reserve`, `cross_border` or `nostro`.
        from: Role,
    },
    /// Notes that the payee has it.
    Settle {
        /// The withdrawal.
        withdrawal: Key,
    },
    /// Notes that the bank refuses it and has debited nothing: the owner has the money again.
    Reject {
        /// The withdrawal.
        withdrawal: Key,
    },
    /// Notes that the bank does not answer. The money stays on its way until it is known to be sent or rejected.
    NoteUnknown {
        /// The withdrawal.
        withdrawal: Key,
    },
    /// Books what came back after it was sent, even after it was settled.
    Return {
        /// The withdrawal.
        withdrawal: Key,
        /// What came back; what is missing is the bank's fee.
        came: Sum,
        /// The bank's reference.
        reference: Key,
        /// Where it came: `reserve`, `cross_border` or `nostro`.
        into: Role,
    },
    /// Pays what is kept as unclaimed to the owner of a closed wallet, who has come for it; it is submitted at once.
    PayUnclaimed {
        /// Whose.
        owner: OwnerId,
        /// How much.
        sum: Sum,
        /// What kind of account it is paid to.
        rail: Rail,
        /// A token for that account; never its number.
        token: Key,
        /// Journal time in nanoseconds by which it should have left.
        due_ns: u64,
    },
}

/// What happened to a withdrawal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalEvent {
    /// It was requested, or submitted at once.
    Made {
        /// All of it.
        is: Withdrawal,
    },
    /// It is in another phase.
    Went {
        /// The withdrawal.
        withdrawal: Key,
        /// The phase.
        to: Phase,
    },
    /// The bank has debited the pool for it.
    Sent {
        /// The withdrawal.
        withdrawal: Key,
        /// From which account.
        from: Role,
    },
    /// The bank refused it.
    Rejected {
        /// The withdrawal.
        withdrawal: Key,
        /// What went back to the owner, with the fee if that went back too.
        back: Sum,
    },
    /// It came back.
    Returned {
        /// The withdrawal.
        withdrawal: Key,
        /// What came back.
        came: Sum,
        /// What went back to the owner.
        back: Sum,
        /// The bank's reference.
        reference: Key,
    },
}

impl WithdrawalEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        let table = &mut products.withdrawals;
        match *self {
            Self::Made { is } => {
                if is.name != at.key()? || table.get(is.name).is_some() {
                    return Err("a withdrawal is not named by its command, or made twice");
                }
                table.push(is);
                Ok(())
            }
            Self::Went { withdrawal, to } => goes(table, withdrawal, to).map(drop),
            Self::Sent { withdrawal, .. } => goes(table, withdrawal, Phase::Sent).map(drop),
            Self::Rejected { withdrawal, .. } => goes(table, withdrawal, Phase::Rejected).map(drop),
            Self::Returned { withdrawal, reference, .. } => {
                goes(table, withdrawal, Phase::Returned)?.returned = Some(reference);
                Ok(())
            }
        }
    }
}

fn goes(table: &mut Withdrawals, name: Key, to: Phase) -> Result<&mut Withdrawal, &'static str> {
    let own = table.get_mut(name).ok_or("it names a withdrawal that was not made")?;
    step(Thing::Withdrawal, &mut own.phase, to)?;
    Ok(own)
}
