//! Payees: an owner's outside accounts to pay out to, in versions.

use longmen_core::{Key, Phase, Reason, Refusal, Thing};
use longmen_money::Currency;
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, about, exists, not_found};
use crate::machine::{go, step};
use crate::name::must_be_token;
use crate::state::Applied;
use crate::terms::FindTerms;
use crate::{Owner, OwnerId, PayeeId, Products, Rail};

/// A version of an outside account to pay out to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Payee {
    /// Its name.
    pub id: PayeeId,
    /// Which version of it, counted from 0.
    pub version: u32,
    /// What kind of account it is.
    pub rail: Rail,
    /// The currency that it takes.
    pub currency: Currency,
    /// A token for the account; never its number.
    pub token: Key,
    /// Where it stands: added, verified, superseded by a later version, removed.
    pub phase: Phase,
}

/// Which version of which payee something is paid to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PayeeRef {
    /// The payee.
    pub id: PayeeId,
    /// The version.
    pub version: u32,
}

impl Owner {
    /// The latest version of a payee.
    #[must_use]
    pub fn payee(&self, id: PayeeId) -> Option<&Payee> {
        self.payees.iter().rev().find(|payee| payee.id == id)
    }

    /// A version of a payee.
    #[must_use]
    pub fn payee_at(&self, of: PayeeRef) -> Option<&Payee> {
        self.payees.iter().find(|payee| payee.id == of.id && payee.version == of.version)
    }

    /// A payee that can be paid now in a currency.
    pub(crate) fn usable_payee(&self, id: PayeeId, currency: Currency) -> Result<&Payee, Refusal> {
        let payee = self.payee(id).ok_or_else(|| not_found(Thing::Payee))?;
        if payee.phase != Phase::Verified {
            return Err(about(Reason::PayeeNotUsable, Thing::Payee));
        }
        if payee.currency == currency { Ok(payee) } else { Err(Reason::CurrencyMismatch.into()) }
    }
}

/// What can be done with payees.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PayeeCommand {
    /// Adds a payee, or another one in the place of one that was removed.
    Add {
        /// Whose.
        owner: OwnerId,
        /// Its name.
        payee: PayeeId,
        /// What kind of account it is.
        rail: Rail,
        /// The currency that it takes.
        currency: Currency,
        /// A token for the account; never its number.
        token: Key,
    },
    /// Notes that the payee belongs to the owner.
    Verify {
        /// Whose.
        owner: OwnerId,
        /// Which.
        payee: PayeeId,
    },
    /// Puts a new version in the place of the one that is there; payouts on their way keep theirs.
    Replace {
        /// Whose.
        owner: OwnerId,
        /// Which.
        payee: PayeeId,
        /// What kind of account the new one is.
        rail: Rail,
        /// A token for the new account.
        token: Key,
    },
    /// Removes a payee; payouts on their way keep their version of it.
    Remove {
        /// Whose.
        owner: OwnerId,
        /// Which.
        payee: PayeeId,
    },
}

/// What happened to a payee.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayeeEvent {
    /// A version was added.
    Added {
        /// Whose.
        owner: OwnerId,
        /// The version.
        payee: Payee,
    },
    /// It was verified.
    Verified {
        /// Whose.
        owner: OwnerId,
        /// Which.
        payee: PayeeId,
    },
    /// It was removed.
    Removed {
        /// Whose.
        owner: OwnerId,
        /// Which.
        payee: PayeeId,
    },
}

impl PayeeCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<PayeeEvent, Refusal> {
        match *self {
            Self::Add { owner: id, payee, rail, currency, token } => {
                must_be_token(token.as_str())?;
                let owner = draft.owner(id)?;
                owner.must_be_open()?;
                binds(draft.products, owner, rail, currency)?;
                let last = owner.payee(payee);
                if last.is_some_and(|last| last.phase != Phase::Removed) {
                    return Err(exists(Thing::Payee));
                }
                let version = last.map_or(0, |last| last.version.saturating_add(1));
                let payee = Payee { id: payee, version, rail, currency, token, phase: Phase::Added };
                Ok(PayeeEvent::Added { owner: id, payee })
            }
            Self::Verify { owner, payee } => {
                let last = latest(draft, owner, payee)?;
                go(Thing::Payee, last.phase, Phase::Verified)?;
                Ok(PayeeEvent::Verified { owner, payee })
            }
            Self::Replace { owner: id, payee, rail, token } => {
                must_be_token(token.as_str())?;
                let last = *latest(draft, id, payee)?;
                go(Thing::Payee, last.phase, Phase::Superseded)?;
                binds(draft.products, draft.owner(id)?, rail, last.currency)?;
                let version = last.version.saturating_add(1);
                let payee = Payee { version, rail, token, phase: Phase::Added, ..last };
                Ok(PayeeEvent::Added { owner: id, payee })
            }
            Self::Remove { owner, payee } => {
                let last = latest(draft, owner, payee)?;
                go(Thing::Payee, last.phase, Phase::Removed)?;
                Ok(PayeeEvent::Removed { owner, payee })
            }
        }
    }
}

fn latest<'a>(draft: &Draft<'a>, owner: OwnerId, payee: PayeeId) -> Result<&'a Payee, Refusal> {
    let owner = draft.owner(owner)?;
    owner.must_be_open()?;
    owner.payee(payee).ok_or_else(|| not_found(Thing::Payee))
}

/// Refuses to bind an account of a kind that the wallet's terms do not allow: an international wallet may pay out to a
/// domestic one, never the other way round. A domestic one takes CNY only.
fn binds(products: &Products, owner: &Owner, rail: Rail, currency: Currency) -> Result<(), Refusal> {
    if rail == Rail::AlipayCn && currency != Currency::CNY {
        return Err(Reason::CurrencyMismatch.into());
    }
    let terms = products.terms.wallet_terms_at(owner.terms);
    if terms.is_some_and(|terms| terms.binds.contains(&rail)) {
        return Ok(());
    }
    Err(about(Reason::BindingNotAllowed, Thing::Payee))
}

impl PayeeEvent {
    pub(crate) fn apply(&self, products: &mut Products, _: &Applied<'_>) -> Result<(), &'static str> {
        let (Self::Added { owner, .. } | Self::Verified { owner, .. } | Self::Removed { owner, .. }) = self;
        let own = products.owners.get_mut(*owner).ok_or("it names an owner that is not registered")?;
        let last = |own: &mut Owner, id: PayeeId, to: Phase| {
            let payee = own.payees.iter_mut().rev().find(|payee| payee.id == id);
            step(Thing::Payee, &mut payee.ok_or("it names a payee that was not added")?.phase, to)
        };
        match self {
            Self::Added { payee, .. } => {
                if own.payee(payee.id).is_some_and(|last| last.phase != Phase::Removed) {
                    last(own, payee.id, Phase::Superseded)?;
                }
                own.payees.push(*payee);
                Ok(())
            }
            Self::Verified { payee, .. } => last(own, *payee, Phase::Verified),
            Self::Removed { payee, .. } => last(own, *payee, Phase::Removed),
        }
    }
}
