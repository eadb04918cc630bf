//! Cases: what cannot be explained yet, corrections, write-offs and gifts for the sake of peace.
//!
//! Nothing that was journaled is ever edited. What does not add up goes into suspense as an open item of a case, and
//! must be cleared; a correction is a new entry that names the one it corrects; both move money through the same matrix
//! of permitted postings as everything else.

mod book;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use longmen_core::{Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Currency, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, about, exists, not_found};
use crate::machine::{go, step};
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::{ChannelId, Counterparty, OwnerId, PoolId, Products, Role};
use book::{book, goodwill, is_cleared, must_be_something, write_off};

/// A case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Case {
    /// The key of the command that opened it.
    pub name: Key,
    /// The pool whose money it is about.
    pub pool: PoolId,
    /// Open while something is in suspense for it, cleared otherwise.
    pub phase: Phase,
    /// The key of the command whose entry it corrects.
    pub corrects: Option<Key>,
    /// Journal time in nanoseconds at which it was opened.
    pub since_ns: u64,
}

impl Case {
    /// An open case named by the key of the entry's command.
    pub(crate) fn new(at: &Applied<'_>, pool: PoolId) -> Result<Self, &'static str> {
        Ok(Self { name: at.key()?, pool, phase: Phase::Open, corrects: None, since_ns: at.time_ns })
    }
}

impl Named for Case {
    type Name = Key;

    fn name(&self) -> Key {
        self.name
    }
}

/// All cases, and which entries were corrected.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Cases {
    cases: Table<Case>,
    /// By the key of the command that was corrected, the case that did it.
    corrected: BTreeMap<Key, Key>,
}

impl Cases {
    /// The case of this name.
    #[must_use]
    pub fn get(&self, name: Key) -> Option<&Case> {
        self.cases.get(name)
    }

    /// Every case, in the order in which they were opened.
    pub fn iter(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter()
    }

    /// The case that corrected the entry of this command, if it was corrected.
    #[must_use]
    pub fn correction_of(&self, original: &Key) -> Option<&Case> {
        self.cases.get(*self.corrected.get(original)?)
    }

    pub(crate) fn open(&mut self, case: Case) -> Result<(), &'static str> {
        if self.cases.get(case.name).is_some() {
            return Err("it opens a case that is there");
        }
        if let Some(original) = case.corrects
            && self.corrected.insert(original, case.name).is_some()
        {
            return Err("it corrects an entry that was corrected");
        }
        self.cases.push(case);
        Ok(())
    }
}

/// An account, said by what it is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CaseAccount {
    /// One of the pool's house.
    House {
        /// What it is for.
        role: Role,
    },
    /// The clearing account of a channel.
    Channel {
        /// Which.
        channel: ChannelId,
    },
    /// One of an owner's sub-accounts.
    Owner {
        /// Whose.
        owner: OwnerId,
        /// What it is for.
        role: Role,
    },
}

/// One side of a movement.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseSide {
    /// The account.
    pub account: CaseAccount,
    /// On an account that consists of open items, which one; without it the one of the case.
    #[serde(default)]
    pub item: Option<Key>,
    /// Whose a new item is, where somebody's.
    #[serde(default)]
    pub owner: Option<OwnerId>,
}

/// A movement between two accounts: a debit and a credit of the same sum.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseMove {
    /// What is debited.
    pub debit: CaseSide,
    /// What is credited.
    pub credit: CaseSide,
    /// How much.
    pub sum: Sum,
}

/// What can be done with cases. The reason in words is the command's memo.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CaseCommand {
    /// Books a free adjustment, and opens a case if something of it stays in suspense.
    Open {
        /// The pool whose money it is.
        pool: PoolId,
        /// What is moved, one after the other.
        moves: Vec<CaseMove>,
    },
    /// Books what a case turned out to be; it is cleared when nothing of it is left in suspense.
    Clear {
        /// The case.
        case: Key,
        /// What is moved, one after the other.
        moves: Vec<CaseMove>,
    },
    /// Corrects what a command posted: first the reverse of it, then what is right. An entry is corrected once.
    Correct {
        /// The pool whose money it is.
        pool: PoolId,
        /// The key of the command.
        original: Key,
        /// What takes back the posting.
        reverse: Vec<CaseMove>,
        /// What should have been posted; nothing where nothing should have been.
        #[serde(default)]
        right: Vec<CaseMove>,
    },
    /// Gives up an owner's debt.
    WriteOffDebt {
        /// Whose.
        owner: OwnerId,
        /// Its name: the item on the debts.
        debt: Key,
        /// Its currency.
        currency: Currency,
        /// What is lost: `bad_debt` or `fraud_loss`.
        loss: Role,
    },
    /// Gives an owner something for the sake of peace.
    Goodwill {
        /// Whom.
        owner: OwnerId,
        /// How much.
        sum: Sum,
    },
    /// Bears a fraud that nobody else does, or what a network charges for it.
    FraudLoss {
        /// Of which pool.
        pool: PoolId,
        /// Who is paid.
        to: Counterparty,
        /// How much.
        sum: Sum,
    },
}

/// What happened to a case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseEvent {
    /// An adjustment was booked.
    Opened {
        /// The pool.
        pool: PoolId,
        /// The key of the command that it corrects, if it does.
        corrects: Option<Key>,
        /// Whether nothing of it is in suspense.
        is_cleared: bool,
    },
    /// Part or all of what it turned out to be was booked.
    Cleared {
        /// The case.
        case: Key,
        /// Whether nothing of it is left in suspense.
        is_cleared: bool,
    },
    /// A debt was given up.
    DebtWrittenOff {
        /// Whose.
        owner: OwnerId,
        /// Its name.
        debt: Key,
        /// How much was open.
        sum: Sum,
    },
    /// Something was given for the sake of peace.
    GoodwillGiven {
        /// To whom.
        owner: OwnerId,
        /// How much.
        sum: Sum,
    },
    /// A fraud was borne.
    FraudBorne {
        /// Who was paid.
        to: Counterparty,
        /// How much.
        sum: Sum,
    },
}

impl CaseCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<CaseEvent, Refusal> {
        match self {
            Self::Open { pool, moves } => {
                let name = draft.key;
                book(draft, *pool, name, moves)?;
                let is_cleared = is_cleared(draft, *pool, &name);
                Ok(CaseEvent::Opened { pool: *pool, corrects: None, is_cleared })
            }
            Self::Clear { case, moves } => {
                let own = draft.products.cases.get(*case).ok_or_else(|| not_found(Thing::Case))?;
                go(Thing::Case, own.phase, Phase::Cleared)?;
                book(draft, own.pool, *case, moves)?;
                Ok(CaseEvent::Cleared { case: *case, is_cleared: is_cleared(draft, own.pool, case) })
            }
            Self::Correct { pool, original, reverse, right } => {
                let cases = &draft.products.cases;
                if cases.correction_of(original).is_some() {
                    return Err(exists(Thing::Case));
                }
                if cases.get(*original).is_some_and(|case| case.corrects.is_some()) {
                    return Err(about(Reason::WrongKind, Thing::Case));
                }
                let name = draft.key;
                let moves: Vec<CaseMove> = reverse.iter().chain(right).copied().collect();
                book(draft, *pool, name, &moves)?;
                let is_cleared = is_cleared(draft, *pool, &name);
                Ok(CaseEvent::Opened { pool: *pool, corrects: Some(*original), is_cleared })
            }
            Self::WriteOffDebt { owner, debt, currency, loss } => {
                write_off(draft, *owner, *debt, *currency, *loss)
            }
            Self::Goodwill { owner, sum } => goodwill(draft, *owner, *sum),
            Self::FraudLoss { pool, to, sum } => {
                let loss = draft.house(*pool, must_be_something(*sum)?.currency)?.account(Role::FraudLoss);
                draft.debit(loss, sum.amount);
                draft.counterparty(*to, *pool, Side::Credit, *sum)?;
                Ok(CaseEvent::FraudBorne { to: *to, sum: *sum })
            }
        }
    }
}

impl CaseEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        match self {
            Self::Opened { pool, corrects, is_cleared } => {
                let mut case = Case { corrects: *corrects, ..Case::new(at, *pool)? };
                if *is_cleared {
                    step(Thing::Case, &mut case.phase, Phase::Cleared)?;
                }
                products.cases.open(case)
            }
            Self::Cleared { case, is_cleared } => {
                let own = products.cases.cases.get_mut(*case).ok_or("it clears a case that is not there")?;
                let to = if *is_cleared { Phase::Cleared } else { Phase::Open };
                step(Thing::Case, &mut own.phase, to)
            }
            Self::FraudBorne { to, .. } => products.saw_counterparty(*to),
            Self::DebtWrittenOff { debt, sum, .. } => {
                products.debt_written_off(*debt, sum.amount);
                Ok(())
            }
            Self::GoodwillGiven { .. } => Ok(()),
        }
    }
}
