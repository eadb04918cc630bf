//! Cases: what cannot be explained yet, corrections, write-offs and gifts for the sake of peace.
//!
//! Nothing that was journaled is ever edited. What does not add up goes into suspense as an open item of a case, and
//! must be cleared; a correction is a new entry that names the one it corrects; both move money through the same matrix
//! of permitted postings as everything else.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use longmen_core::{AccountNo, Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Currency, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, ItemName, about, exists, not_found};
use crate::machine::{go, step};
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::terms::FindTerms;
use crate::{ChannelId, Counterparty, Draw, LotUse, OwnerId, PoolId, Products, Role, SETTLED_ITEMS_MAX};

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

/// Books movements for a case, each as a posting of its own, so that the matrix judges every pair by itself.
fn book(draft: &mut Draft<'_>, pool: PoolId, case: Key, moves: &[CaseMove]) -> Result<(), Refusal> {
    if moves.is_empty() || moves.len() > SETTLED_ITEMS_MAX {
        return Err(Reason::TooManyItems.into());
    }
    // Nobody spends here: what a correction takes is not what a refund asks about.
    draft.lots(LotUse { source: None, draw: Draw::Take });
    for CaseMove { debit, credit, sum } in moves {
        must_be_something(*sum)?;
        leg(draft, pool, case, debit, Side::Debit, *sum)?;
        leg(draft, pool, case, credit, Side::Credit, *sum)?;
        draft.end_posting();
    }
    Ok(())
}

fn leg(
    draft: &mut Draft<'_>,
    pool: PoolId,
    case: Key,
    on: &CaseSide,
    side: Side,
    sum: Sum,
) -> Result<(), Refusal> {
    let (account, role) = find(draft, pool, on.account, sum.currency)?;
    if !role.has_items() {
        match side {
            Side::Debit => draft.debit(account, sum.amount),
            Side::Credit => draft.credit(account, sum.amount),
        }
        return Ok(());
    }
    let name = on.item.unwrap_or(case);
    // What is in suspense belongs to its case, or nobody would know when the case is done.
    if matches!(role, Role::SuspenseDebit | Role::SuspenseCredit) && name != case {
        return Err(about(Reason::WrongKind, Thing::Item));
    }
    let owner = draft.item_now(account, &name).map_or(on.owner, |(.., owner)| owner);
    if let Some(owner) = owner {
        draft.owner(owner)?;
    }
    draft.item(account, side, ItemName::new(name, owner), sum.amount)
}

/// The account, which must belong to the pool.
fn find(
    draft: &Draft<'_>,
    pool: PoolId,
    account: CaseAccount,
    currency: Currency,
) -> Result<(AccountNo, Role), Refusal> {
    let own = |is: PoolId, thing| if is == pool { Ok(()) } else { Err(about(Reason::WrongKind, thing)) };
    match account {
        CaseAccount::House { role } => {
            if !Role::of_house().any(|own| own == role) {
                return Err(about(Reason::WrongKind, Thing::SubAccount));
            }
            Ok((draft.house(pool, currency)?.account(role), role))
        }
        CaseAccount::Channel { channel } => {
            let channel = draft.channel(channel)?;
            own(channel.pool, Thing::Channel)?;
            let account = channel.clearing(currency).ok_or_else(|| not_found(Thing::SubAccount))?;
            Ok((account, Role::Clearing))
        }
        CaseAccount::Owner { owner, role } => {
            let owner = draft.owner(owner)?;
            own(owner.pool, Thing::Owner)?;
            Ok((owner.need(role, currency)?, role))
        }
    }
}

/// Whether nothing is left in suspense for a case, in whatever currency and on whichever side.
fn is_cleared(draft: &Draft<'_>, pool: PoolId, case: &Key) -> bool {
    let houses = draft.products.houses.iter().filter(|(own, ..)| *own == pool);
    let mut suspense = houses
        .flat_map(|(.., house)| [Role::SuspenseDebit, Role::SuspenseCredit].map(|role| house.account(role)));
    !suspense.any(|account| draft.item_now(account, case).is_some())
}

fn must_be_something(sum: Sum) -> Result<Sum, Refusal> {
    if sum.is_zero() { Err(Reason::AmountZero.into()) } else { Ok(sum) }
}

fn write_off(
    draft: &mut Draft<'_>,
    owner: OwnerId,
    debt: Key,
    currency: Currency,
    loss: Role,
) -> Result<CaseEvent, Refusal> {
    if !matches!(loss, Role::BadDebt | Role::FraudLoss) {
        return Err(about(Reason::WrongKind, Thing::SubAccount));
    }
    let house = draft.house(draft.owner(owner)?.pool, currency)?;
    let debts = house.account(Role::Debts);
    let item = draft.products.items.get(debts, &debt).ok_or_else(|| not_found(Thing::Debt))?;
    if item.owner != Some(owner) {
        return Err(about(Reason::WrongOwner, Thing::Debt));
    }
    draft.debit(house.account(loss), item.open);
    draft.item(debts, Side::Credit, ItemName::new(debt, item.owner), item.open)?;
    Ok(CaseEvent::DebtWrittenOff { owner, debt, sum: Sum::new(item.open, currency) })
}

fn goodwill(draft: &mut Draft<'_>, id: OwnerId, sum: Sum) -> Result<CaseEvent, Refusal> {
    let owner = draft.owner(id)?;
    let account = owner.need(owner.main_role(), must_be_something(sum)?.currency)?;
    let gift = draft.house(owner.pool, sum.currency)?.account(Role::Goodwill);
    draft.transfer(gift, account, sum.amount);
    if draft.products.terms.wallet_terms_at(owner.terms).is_some_and(|terms| terms.recovers_debts) {
        draft.lots(LotUse { source: None, draw: Draw::Take });
        draft.recover(owner, account, sum)?;
    }
    Ok(CaseEvent::GoodwillGiven { owner: id, sum })
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
            Self::DebtWrittenOff { .. } | Self::GoodwillGiven { .. } => Ok(()),
        }
    }
}
