//! Owners and their wallets: customers and merchants, from registration to closing.

mod close;
mod plan;

use alloc::vec::Vec;

use longmen_core::{AccountNo, Phase, Reason, Refusal, Thing};
use longmen_money::{Currency, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::{about, not_found};
use crate::machine::{forbids, step};
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::terms::{FindTerms, TermsRef};
use crate::{OwnerId, Payee, PoolId, Products, Role, TermsId};

pub(crate) use close::credit_back;
pub(crate) use plan::withdrawal_pair;

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
    /// Sets aside what a wallet has received that was never activated: it is kept for the owner as unclaimed.
    SetAside {
        /// Whose.
        owner: OwnerId,
    },
    /// Gives what was set aside to its owner, who has activated the wallet after all.
    Reclaim {
        /// Whose.
        owner: OwnerId,
        /// How much.
        sum: Sum,
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
    /// What it had received was set aside.
    SetAside {
        /// Whose.
        owner: OwnerId,
    },
    /// It was given back what had been set aside.
    Reclaimed {
        /// Whose.
        owner: OwnerId,
        /// How much.
        sum: Sum,
    },
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
                step(Thing::Owner, &mut find(owners, *owner)?.phase, Phase::Activated)?;
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
            Self::SetAside { owner } | Self::Reclaimed { owner, .. } => {
                find(owners, *owner)?;
            }
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
