//! Owners and their wallets: customers and merchants, from registration to closing.

use alloc::vec::Vec;

use longmen_core::{
    AccountChange, AccountNo, Action, ChangeAccount, Detail, Limit, LimitId, Member, Membership, MetaKey,
    Most, Obstacle, OpenThings, Phase, Reason, Refusal, Scope, Side, Thing, Value,
};
use longmen_money::Currency;
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, ItemName, about, exists, not_found};
use crate::machine::{forbids, go, step};
use crate::name::owner_set;
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::terms::{FindTerms, TermsRef};
use crate::{OwnerId, Payee, PoolId, Products, Role, TermsId};

/// What an owner is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    /// Somebody who pays: a wallet for each currency.
    Customer,
    /// Somebody who is paid: an account and an escrow for each currency.
    Merchant,
}

impl OwnerKind {
    /// The accounts that one of this kind has for a currency.
    fn roles(self) -> &'static [Role] {
        match self {
            Self::Customer => &[Role::Wallet],
            Self::Merchant => &[Role::Merchant, Role::Escrow],
        }
    }
}

/// One of an owner's sub-accounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SubAccount {
    /// What it is for.
    pub role: Role,
    /// Its currency.
    pub currency: Currency,
    /// The account.
    pub account: AccountNo,
}

/// A customer or a merchant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Owner {
    /// The name.
    pub id: OwnerId,
    /// What it is.
    pub kind: OwnerKind,
    /// The pool in which the money is safeguarded.
    pub pool: PoolId,
    /// The terms of the wallet.
    pub terms: TermsRef,
    /// Where it stands: registered, activated, verified, closed.
    pub phase: Phase,
    /// How far the identity is verified, from 0.
    pub tier: u8,
    /// Whether nothing new goes out.
    pub debit_frozen: bool,
    /// Whether nothing new comes in.
    pub credit_frozen: bool,
    /// The sub-accounts, in the order in which they were opened.
    pub accounts: Vec<SubAccount>,
    /// The outside accounts to pay out to, every version.
    pub payees: Vec<Payee>,
    /// Journal time in nanoseconds of the registration.
    pub since_ns: u64,
}

impl Named for Owner {
    type Name = OwnerId;

    fn name(&self) -> OwnerId {
        self.id
    }
}

/// All owners.
pub type Owners = Table<Owner>;

impl Owner {
    /// The sub-account of a role in a currency.
    #[must_use]
    pub fn account(&self, role: Role, currency: Currency) -> Option<AccountNo> {
        let own = self.accounts.iter().find(|own| own.role == role && own.currency == currency);
        own.map(|own| own.account)
    }

    /// The account that the owner may dispose of: a customer's wallet, what a merchant may withdraw.
    #[must_use]
    pub fn main_role(&self) -> Role {
        match self.kind {
            OwnerKind::Customer => Role::Wallet,
            OwnerKind::Merchant => Role::Merchant,
        }
    }

    /// The account of a role in a currency, or a refusal.
    pub(crate) fn need(&self, role: Role, currency: Currency) -> Result<AccountNo, Refusal> {
        self.account(role, currency).ok_or_else(|| not_found(Thing::SubAccount))
    }

    /// Refuses an owner who is not of this kind.
    pub(crate) fn must_be(&self, kind: OwnerKind) -> Result<(), Refusal> {
        if self.kind == kind { Ok(()) } else { Err(about(Reason::WrongKind, Thing::Owner)) }
    }

    /// Refuses an owner who has been closed.
    pub(crate) fn must_be_open(&self) -> Result<(), Refusal> {
        if self.phase == Phase::Closed { Err(forbids(Thing::Owner, self.phase)) } else { Ok(()) }
    }

    /// Refuses an owner who may not dispose of money: not activated, not verified as far as the terms want, closed.
    /// Whether the wallet is frozen is for the ledger to say.
    pub(crate) fn may_spend(&self, products: &Products) -> Result<(), Refusal> {
        self.must_be_open()?;
        if self.phase == Phase::Registered {
            return Err(about(Reason::OwnerNotActivated, Thing::Owner));
        }
        let least = products.terms.wallet_terms_at(self.terms).map_or(0, |terms| terms.spend_tier);
        if self.tier < least { Err(about(Reason::TierTooLow, Thing::Owner)) } else { Ok(()) }
    }
}

/// What can be done with an owner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OwnerCommand {
    /// Registers a customer or a merchant, with sub-accounts that stay hidden until it is activated.
    Register {
        /// The name.
        owner: OwnerId,
        /// What it is.
        kind: OwnerKind,
        /// The pool in which the money is safeguarded.
        pool: PoolId,
        /// The terms of the wallet.
        terms: TermsId,
        /// The currencies of the sub-accounts.
        currencies: Vec<Currency>,
    },
    /// Opens the sub-accounts of another currency.
    OpenCurrency {
        /// Whose.
        owner: OwnerId,
        /// The currency.
        currency: Currency,
    },
    /// Opens a customer's gift-card account.
    OpenPurse {
        /// Whose.
        owner: OwnerId,
        /// The currency.
        currency: Currency,
    },
    /// Activates the wallet: the owner sees it, and what it has received.
    Activate {
        /// Whose.
        owner: OwnerId,
    },
    /// Notes how far the identity is verified; the limits of that tier are in force from then on.
    Verify {
        /// Whose.
        owner: OwnerId,
        /// The tier, from 1.
        tier: u8,
    },
    /// Freezes the wallet or lifts a freeze: nothing new goes out, or comes in. What was held before is still paid.
    Freeze {
        /// Whose.
        owner: OwnerId,
        /// Whether nothing new goes out.
        debit: bool,
        /// Whether nothing new comes in.
        credit: bool,
    },
    /// Closes the wallet for good. Anything that is open stands in the way, but a balance may be set aside.
    Close {
        /// Whose.
        owner: OwnerId,
        /// Whether what is left is kept for the owner as unclaimed.
        #[serde(default)]
        sets_aside: bool,
    },
}

/// What happened to an owner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerEvent {
    /// It was registered.
    Registered {
        /// The name.
        owner: OwnerId,
        /// What it is.
        kind: OwnerKind,
        /// Its pool.
        pool: PoolId,
        /// The terms of the wallet.
        terms: TermsRef,
        /// The currencies of the sub-accounts.
        currencies: Vec<Currency>,
    },
    /// The sub-accounts of another currency were opened.
    CurrencyOpened {
        /// Whose.
        owner: OwnerId,
        /// The currency.
        currency: Currency,
    },
    /// A gift-card account was opened.
    PurseOpened {
        /// Whose.
        owner: OwnerId,
        /// The currency.
        currency: Currency,
    },
    /// The wallet was activated.
    Activated {
        /// Whose.
        owner: OwnerId,
    },
    /// The identity was verified.
    Verified {
        /// Whose.
        owner: OwnerId,
        /// The tier.
        tier: u8,
    },
    /// It was frozen, or a freeze was lifted.
    Frozen {
        /// Whose.
        owner: OwnerId,
        /// Whether nothing new goes out.
        debit: bool,
        /// Whether nothing new comes in.
        credit: bool,
    },
    /// It was closed.
    Closed {
        /// Whose.
        owner: OwnerId,
    },
}

/// Metadata of entries that limits exempt: withdrawals to the owner's own accounts.
pub(crate) fn withdrawal_pair() -> Result<(MetaKey, Value), Refusal> {
    Ok((MetaKey::new("counts")?, Value::Bool(false)))
}

impl OwnerCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<OwnerEvent, Refusal> {
        match self {
            Self::Register { owner, kind, pool, terms, currencies } => {
                if draft.products.owners.get(*owner).is_some() {
                    return Err(exists(Thing::Owner));
                }
                let (terms, _) = draft.products.terms.wallet_terms(*terms, draft.now_ns)?;
                draft.step(Action::OpenSet(owner_set(*owner)?));
                for (at, currency) in currencies.iter().enumerate() {
                    if currencies.iter().take(at).any(|earlier| earlier == currency) {
                        return Err(exists(Thing::SubAccount));
                    }
                    open(draft, *owner, *pool, *currency, kind.roles(), true)?;
                }
                set_limits(draft, *owner, terms, 0)?;
                let currencies = currencies.clone();
                Ok(OwnerEvent::Registered { owner: *owner, kind: *kind, pool: *pool, terms, currencies })
            }
            Self::OpenCurrency { owner: id, currency } => {
                let owner = draft.owner(*id)?;
                owner.must_be_open()?;
                if owner.account(owner.main_role(), *currency).is_some() {
                    return Err(exists(Thing::SubAccount));
                }
                let hidden = owner.phase == Phase::Registered;
                open(draft, *id, owner.pool, *currency, owner.kind.roles(), hidden)?;
                Ok(OwnerEvent::CurrencyOpened { owner: *id, currency: *currency })
            }
            Self::OpenPurse { owner: id, currency } => {
                let owner = draft.owner(*id)?;
                owner.must_be(OwnerKind::Customer)?;
                owner.must_be_open()?;
                if owner.account(Role::Purse, *currency).is_some() {
                    return Err(exists(Thing::SubAccount));
                }
                open(draft, *id, owner.pool, *currency, &[Role::Purse], owner.phase == Phase::Registered)?;
                Ok(OwnerEvent::PurseOpened { owner: *id, currency: *currency })
            }
            Self::Activate { owner: id } => {
                let owner = draft.owner(*id)?;
                go(Thing::Owner, owner.phase, Phase::Activated)?;
                change_all(draft, &owner.accounts, &AccountChange::Hidden(false))?;
                Ok(OwnerEvent::Activated { owner: *id })
            }
            Self::Verify { owner: id, tier } => {
                let owner = draft.owner(*id)?;
                go(Thing::Owner, owner.phase, Phase::Verified)?;
                if *tier == 0 || *tier < owner.tier {
                    return Err(about(Reason::TierTooLow, Thing::Owner));
                }
                set_limits(draft, *id, owner.terms, *tier)?;
                Ok(OwnerEvent::Verified { owner: *id, tier: *tier })
            }
            Self::Freeze { owner: id, debit, credit } => {
                let owner = draft.owner(*id)?;
                owner.must_be_open()?;
                let change = AccountChange::Freeze { debit: *debit, credit: *credit };
                change_all(draft, &owner.accounts, &change)?;
                Ok(OwnerEvent::Frozen { owner: *id, debit: *debit, credit: *credit })
            }
            Self::Close { owner: id, sets_aside } => plan_close(draft, *id, *sets_aside),
        }
    }
}

/// Opens accounts of an owner and puts them into the owner's set.
fn open(
    draft: &mut Draft<'_>,
    owner: OwnerId,
    pool: PoolId,
    currency: Currency,
    roles: &[Role],
    hidden: bool,
) -> Result<(), Refusal> {
    // Without a house there would be nowhere for its money to be.
    draft.house(pool, currency)?;
    for role in roles {
        draft.open_account(owner.as_str(), currency, *role, hidden)?;
        let account = crate::name::account_id(owner.as_str(), currency, role.word())?;
        let membership = Membership { set: owner_set(owner)?, member: Member::Account(account) };
        draft.step(Action::Join(membership.into()));
    }
    Ok(())
}

/// Sets the limits of a tier over all that an owner has, in place of those of the tier before.
fn set_limits(draft: &mut Draft<'_>, owner: OwnerId, terms: TermsRef, tier: u8) -> Result<(), Refusal> {
    let products = draft.products;
    let Some(terms) = products.terms.wallet_terms_at(terms) else { return Ok(()) };
    let set = owner_set(owner)?;
    let id = |at: usize| LimitId::new(&alloc::format!("{owner}:limit:{at}"));
    for (at, own) in terms.limits.iter().enumerate() {
        let limit = id(at)?;
        if own.tier != tier {
            let is_set = draft.books.limit_no(&limit).and_then(|no| draft.books.limit_at(no));
            if is_set.is_some_and(|state| state.is_in_force) {
                draft.step(Action::DropLimit(limit));
            }
            continue;
        }
        let exempt = if own.counts_withdrawals { Vec::new() } else { alloc::vec![withdrawal_pair()?] };
        let limit = Limit {
            id: limit,
            scope: Scope::Set(set),
            currency: own.most.currency,
            flow: own.flow,
            most: Most::Amount(own.most.amount),
            window: own.window,
            exempt,
        };
        draft.step(Action::SetLimit(limit.into()));
    }
    Ok(())
}

fn change_all(draft: &mut Draft<'_>, accounts: &[SubAccount], change: &AccountChange) -> Result<(), Refusal> {
    for own in accounts {
        let account = draft.books.account_at(own.account).ok_or_else(|| not_found(Thing::SubAccount))?;
        let (account, change) = (*account.id(), change.clone());
        draft.step(Action::ChangeAccount(ChangeAccount { account, currency: None, change }.into()));
    }
    Ok(())
}

fn plan_close(draft: &mut Draft<'_>, id: OwnerId, sets_aside: bool) -> Result<OwnerEvent, Refusal> {
    let owner = draft.owner(id)?;
    go(Thing::Owner, owner.phase, Phase::Closed)?;
    let mut open = obstacles(draft, owner);
    if sets_aside {
        open = open.without(Obstacle::Balance);
    }
    if open != OpenThings::NONE {
        return Err(Refusal::new(Reason::OwnerNotEmpty).about(Detail::Open(open)));
    }
    for own in &owner.accounts {
        let left = draft.posted(own.account);
        if !left.is_zero() {
            let house = draft.house(owner.pool, own.currency)?;
            draft.debit(own.account, left);
            let item = ItemName::new(id.to_key(), Some(id));
            draft.item(house.account(Role::Unclaimed), Side::Credit, item, left)?;
            draft.end_posting_forced();
        }
    }
    change_all(draft, &owner.accounts, &AccountChange::Close)?;
    Ok(OwnerEvent::Closed { owner: id })
}

/// What stands in the way of closing an owner, every thing of every currency looked at.
pub(crate) fn obstacles(draft: &Draft<'_>, owner: &Owner) -> OpenThings {
    let products = draft.products;
    let any = |test: &dyn Fn(&SubAccount) -> bool| owner.accounts.iter().any(test);
    let has_items = |role: Role| {
        // In every pool: a card may be in that of another issuer than the wallet.
        let mut houses = products.houses.iter();
        houses.any(|(.., house)| products.items.of(house.account(role), owner.id).next().is_some())
    };
    OpenThings::NONE
        .and(Obstacle::Balance, any(&|own| own.role != Role::Escrow && !draft.posted(own.account).is_zero()))
        .and(Obstacle::Escrow, any(&|own| own.role == Role::Escrow && !draft.posted(own.account).is_zero()))
        .and(Obstacle::Holds, any(&|own| draft.books.open_holds_of(own.account) > 0))
        .and(Obstacle::TopUps, has_items(Role::TopUps) || products.top_ups.is_waiting(owner.id))
        .and(Obstacle::Payouts, has_items(Role::Payouts))
        .and(Obstacle::Refunds, has_items(Role::Refunds))
        .and(Obstacle::Debts, has_items(Role::Debts))
        .and(Obstacle::Disputes, has_items(Role::Disputed))
        .and(Obstacle::Plans, has_items(Role::Instalments) || has_items(Role::InstalmentFees))
        .and(Obstacle::Cards, products.cards.has_open_card(owner.id))
}

impl OwnerEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        let owners = &mut products.owners;
        match self {
            Self::Registered { owner, kind, pool, terms, currencies } => {
                if owners.get(*owner).is_some() {
                    return Err("it registers an owner that is registered");
                }
                let wanted =
                    currencies.iter().flat_map(|own| kind.roles().iter().map(move |role| (*role, *own)));
                let accounts = opened(wanted, at)?;
                owners.push(Owner {
                    id: *owner,
                    kind: *kind,
                    pool: *pool,
                    terms: *terms,
                    phase: Phase::Registered,
                    tier: 0,
                    debit_frozen: false,
                    credit_frozen: false,
                    accounts,
                    payees: Vec::new(),
                    since_ns: at.time_ns,
                });
                products.open_lots(*owner);
            }
            Self::CurrencyOpened { owner, currency } => {
                let own = find(owners, *owner)?;
                let wanted = own.kind.roles().iter().map(|role| (*role, *currency));
                own.accounts.extend(opened(wanted, at)?);
                products.open_lots(*owner);
            }
            Self::PurseOpened { owner, currency } => {
                let own = find(owners, *owner)?;
                own.accounts.extend(opened([(Role::Purse, *currency)].into_iter(), at)?);
                products.open_lots(*owner);
            }
            Self::Activated { owner } => {
                step(Thing::Owner, &mut find(owners, *owner)?.phase, Phase::Activated)?
            }
            Self::Verified { owner, tier } => {
                let own = find(owners, *owner)?;
                own.tier = *tier;
                step(Thing::Owner, &mut own.phase, Phase::Verified)?;
            }
            Self::Frozen { owner, debit, credit } => {
                let own = find(owners, *owner)?;
                (own.debit_frozen, own.credit_frozen) = (*debit, *credit);
            }
            Self::Closed { owner } => step(Thing::Owner, &mut find(owners, *owner)?.phase, Phase::Closed)?,
        }
        Ok(())
    }
}

fn find(owners: &mut Owners, owner: OwnerId) -> Result<&mut Owner, &'static str> {
    owners.get_mut(owner).ok_or("it names an owner that is not registered")
}

/// The sub-accounts that an entry has opened, in the order in which they were wanted.
fn opened(
    wanted: impl Iterator<Item = (Role, Currency)>,
    at: &Applied<'_>,
) -> Result<Vec<SubAccount>, &'static str> {
    let one = |(no, (role, currency))| {
        let account = at.opened(no).ok_or("a sub-account has no account")?;
        Ok(SubAccount { role, currency, account })
    };
    wanted.enumerate().map(one).collect()
}

impl Products {
    /// Says what "unspent" means on those accounts of an owner that have lots and do not know it yet.
    fn open_lots(&mut self, owner: OwnerId) {
        let Some(own) = self.owners.get(owner) else { return };
        let unspent = self.terms.wallet_terms_at(own.terms).map(|terms| terms.unspent).unwrap_or_default();
        for account in own.accounts.iter().filter(|own| own.role.has_lots()) {
            if self.lots.of(account.account).is_none() {
                self.lots.open(account.account, unspent);
            }
        }
    }
}
