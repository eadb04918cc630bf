//! What happens to cards, and how it is folded into their records.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use longmen_core::{Key, Phase};
use longmen_money::{Currency, Sum};
use serde::{Deserialize, Serialize};

use super::record::Card;
use super::{authorise, clear, give_back, life};
use crate::refund::Refund;
use crate::state::Applied;
use crate::terms::TermsRef;
use crate::{CardId, OwnerId, PoolId, Products};

/// What happened to a card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardEvent {
    /// It was issued.
    Issued {
        /// The name.
        card: CardId,
        /// Whose it is.
        owner: OwnerId,
        /// The pool of whoever issued it.
        pool: PoolId,
        /// The terms.
        terms: TermsRef,
        /// The currency.
        currency: Currency,
        /// Journal time in nanoseconds at which its life ends, if ever.
        expires_ns: Option<u64>,
    },
    /// It was frozen.
    Frozen {
        /// The card.
        card: CardId,
    },
    /// The freeze was lifted.
    Unfrozen {
        /// The card.
        card: CardId,
    },
    /// Something was reserved.
    Authorised {
        /// The card.
        card: CardId,
        /// The network's reference of the message.
        reference: Key,
        /// What the merchant asked for.
        sum: Sum,
        /// What was reserved, after reversals that had come before.
        held: Sum,
        /// Whether the network had approved it in our place.
        advice: bool,
        /// The authorisation that ended for it.
        replaces: Option<Key>,
    },
    /// More was reserved.
    Incremented {
        /// The authorisation.
        authorisation: Key,
        /// The network's reference of the message.
        reference: Key,
        /// By how much.
        by: Sum,
        /// To how much in all.
        total: Sum,
    },
    /// Something that was reserved was given back.
    Reversed {
        /// The authorisation.
        authorisation: Key,
        /// The network's reference of the reversal.
        reference: Key,
        /// The network's reference of what it reverses.
        of: Key,
        /// How much; nothing where nothing was reserved any more.
        released: Sum,
    },
    /// A reversal came before what it reverses.
    ReversalParked {
        /// The card.
        card: CardId,
        /// The network's reference of the reversal.
        reference: Key,
        /// The network's reference of what it reverses.
        of: Key,
        /// How much; without it, all.
        part: Option<Sum>,
    },
    /// A merchant had presented something.
    Cleared {
        /// The card.
        card: CardId,
        /// The network's reference of the presentment.
        reference: Key,
        /// The authorisation.
        authorisation: Option<Key>,
        /// How much.
        sum: Sum,
        /// How much of it was not there, and is owed.
        owed: Sum,
    },
    /// A merchant will give something back.
    CreditAuthorised {
        /// The card.
        card: CardId,
        /// The network's reference of the message.
        reference: Key,
        /// How much.
        sum: Sum,
    },
    /// A merchant will not give something back after all.
    CreditReversed {
        /// The authorisation of the credit.
        authorisation: Key,
        /// The network's reference of the reversal.
        reference: Key,
    },
    /// A merchant has given something back.
    CreditCleared {
        /// The card.
        card: CardId,
        /// The network's reference of the credit.
        reference: Key,
        /// The authorisation of the credit.
        authorisation: Option<Key>,
        /// How much.
        sum: Sum,
    },
    /// Its life ended.
    Expired {
        /// The card.
        card: CardId,
        /// The time that was set for it, in nanoseconds of journal time.
        at: u64,
        /// What was left and was set aside to go back.
        left: Sum,
    },
    /// What was left on it after its end was set aside to go back.
    SetAside {
        /// The card.
        card: CardId,
        /// Since when it was due, in nanoseconds of journal time.
        at: u64,
        /// How much.
        left: Sum,
    },
    /// What was left is on its way back.
    Returned {
        /// The card.
        card: CardId,
        /// What goes where.
        shares: Vec<Share>,
    },
    /// What was left is kept for its owner.
    Unclaimed {
        /// The card.
        card: CardId,
        /// How much.
        sum: Sum,
    },
    /// Nothing new happens on it, and it will be closed once nothing is open.
    Closing {
        /// The card.
        card: CardId,
        /// What was left and was set aside to go back.
        left: Sum,
    },
    /// It was closed for good.
    Closed {
        /// The card.
        card: CardId,
    },
    /// It has a new life.
    Reactivated {
        /// The card.
        card: CardId,
        /// Journal time in nanoseconds at which it ends, if ever.
        expires_ns: Option<u64>,
        /// What had been set aside and is on it again.
        back: Sum,
    },
}

/// What goes back of a card's remainder to one load.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Share {
    /// The load's top-up; nothing for what no load has brought.
    pub top_up: Option<Key>,
    /// The refund that takes it there.
    pub refund: Refund,
}

impl CardEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        match self {
            Self::Issued { .. } => life::apply_issued(products, self.issued(at)?),
            Self::Frozen { card } => products.card_goes(*card, Phase::Frozen),
            Self::Unfrozen { card } => products.card_goes(*card, Phase::Active),
            Self::Authorised { .. }
            | Self::Incremented { .. }
            | Self::Reversed { .. }
            | Self::ReversalParked { .. }
            | Self::CreditAuthorised { .. }
            | Self::CreditReversed { .. } => authorise::apply(self, products, at),
            Self::Cleared { .. } | Self::CreditCleared { .. } => clear::apply(self, products, at),
            Self::Expired { card, at, .. } => life::apply_expired(products, *card, *at),
            Self::SetAside { card, at, .. } => life::apply_set_aside(products, *card, *at),
            Self::Returned { card, shares } => give_back::apply_returned(products, *card, shares),
            Self::Unclaimed { .. } => Ok(()),
            Self::Closing { card, .. } => life::apply_ended(products, *card, Phase::Closing),
            Self::Closed { card } => life::apply_ended(products, *card, Phase::Closed),
            Self::Reactivated { card, expires_ns, .. } => {
                life::apply_reactivated(products, *card, *expires_ns)
            }
        }
    }

    /// The card that was issued.
    fn issued(&self, at: &Applied<'_>) -> Result<Card, &'static str> {
        let Self::Issued { card: id, owner, pool, terms, currency, expires_ns } = *self else {
            return Err("it issues no card");
        };
        Ok(Card {
            id,
            owner,
            pool,
            terms,
            currency,
            account: at.opened(0).ok_or("a card has no account")?,
            phase: Phase::Issued,
            issued_ns: at.time_ns,
            expires_ns,
            loads: Vec::new(),
            requests: BTreeMap::new(),
            reversals: BTreeSet::new(),
            presentments: BTreeSet::new(),
            parked: Vec::new(),
        })
    }
}
