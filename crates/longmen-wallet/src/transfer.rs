//! Transfers between wallets of customers.

use longmen_core::{Reason, Refusal, Thing};
use longmen_money::Sum;
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, about};
use crate::state::Applied;
use crate::terms::FindTerms;
use crate::{Owner, OwnerId, OwnerKind, Products, Role};

/// What can be done with transfers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TransferCommand {
    /// Pays from one customer's wallet into another's, if the terms of both let wallets pay one another.
    Send {
        /// Out of whose wallet.
        from: OwnerId,
        /// Into whose wallet.
        to: OwnerId,
        /// How much.
        sum: Sum,
    },
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferEvent {
    /// Money went from one wallet to another.
    Sent {
        /// Out of whose wallet.
        from: OwnerId,
        /// Into whose wallet.
        to: OwnerId,
        /// How much.
        sum: Sum,
    },
}

impl TransferCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<TransferEvent, Refusal> {
        let Self::Send { from, to, sum } = *self;
        draft.not_zero(sum)?;
        let (payer, payee) = (draft.owner(from)?, draft.owner(to)?);
        if from == to {
            return Err(about(Reason::WrongKind, Thing::Owner));
        }
        for own in [payer, payee] {
            own.must_be(OwnerKind::Customer)?;
            may_transfer(draft, own)?;
        }
        payer.may_spend(draft.products)?;
        payee.must_be_open()?;
        draft.one_pool(payer, payee)?;
        let account = payee.need(Role::Wallet, sum.currency)?;
        draft.transfer(payer.need(Role::Wallet, sum.currency)?, account, sum.amount);
        draft.recover_by_terms(payee, account, sum)?;
        Ok(TransferEvent::Sent { from, to, sum })
    }
}

fn may_transfer(draft: &Draft<'_>, owner: &Owner) -> Result<(), Refusal> {
    let terms = draft.products.terms.wallet_terms_at(owner.terms);
    let may = terms.is_some_and(|terms| terms.transfers);
    if may { Ok(()) } else { Err(about(Reason::NotOffered, Thing::Owner)) }
}

impl TransferEvent {
    /// All there is to know of a transfer is in the books and in the journal.
    pub(crate) fn apply(&self, _: &mut Products, _: &Applied<'_>) -> Result<(), &'static str> {
        Ok(())
    }
}
