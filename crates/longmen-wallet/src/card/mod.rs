//! Prepaid cards: issued under terms, loaded, spent by authorisations and clearings, expired, paid back.
//!
//! A card has an account of its own, in the pool of whoever issues it. What comes onto it are loads, which are top-ups
//! with a card as their target; what is left on it when its life ends goes back to them.

mod authorise;
mod clear;
mod event;
mod give_back;
mod life;
mod load;
mod record;

use longmen_core::{Key, Refusal};
use longmen_money::Sum;
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::{CardId, OwnerId, PayeeId, TermsId};

pub use event::{CardEvent, Share};
pub(crate) use life::{plan_expiry, plan_remainder};
pub(crate) use load::load_target;
pub use record::{Authorisation, Card, Cards, CreditAuthorisation, Load, Made, Parked};

/// How an increment is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncrementBy {
    /// By how much more: what networks send.
    Delta(Sum),
    /// To how much in all, what was captured and reversed meanwhile included.
    Total(Sum),
}

/// What can be done with a card.
///
/// A `reference` is what the network calls the message: trace number, retrieval reference, date and acquirer joined. A
/// message that comes again is told by it, and is refused as one that was seen before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CardCommand {
    /// Issues a card. Its life ends at the given time, or after the life that its terms give it, or never.
    Issue {
        /// The name: a token, never a card number.
        card: CardId,
        /// Whose it is.
        owner: OwnerId,
        /// The terms.
        terms: TermsId,
        /// Journal time in nanoseconds at which its life ends.
        #[serde(default)]
        expires_ns: Option<u64>,
    },
    /// Freezes a card: nothing new is authorised or loaded. What was authorised before is still paid.
    Freeze {
        /// The card.
        card: CardId,
    },
    /// Lifts the freeze of a card.
    Unfreeze {
        /// The card.
        card: CardId,
    },
    /// Reserves what a merchant asks for; zero where the card is only looked at.
    Authorise {
        /// The card.
        card: CardId,
        /// The network's reference of the message.
        reference: Key,
        /// What the merchant asks for.
        sum: Sum,
        /// What is reserved, where that is not the same: 75.00 for a pump, 115 % of a deposit.
        #[serde(default)]
        holds: Option<Sum>,
        /// Journal time in nanoseconds at which it ends by itself.
        #[serde(default)]
        expires_ns: Option<u64>,
        /// Whether the network has approved it in our place, so that it is reserved whatever is there.
        #[serde(default)]
        advice: bool,
    },
    /// Reserves more for an authorisation.
    Increment {
        /// The authorisation.
        authorisation: Key,
        /// The network's reference of the message.
        reference: Key,
        /// How much more, or how much in all.
        by: IncrementBy,
        /// Whether the network has approved it in our place.
        #[serde(default)]
        advice: bool,
    },
    /// Puts an authorisation in place of another one, both at once: for networks that know no increments.
    Replace {
        /// The authorisation that ends.
        authorisation: Key,
        /// The network's reference of the message.
        reference: Key,
        /// What is reserved now in all.
        sum: Sum,
        /// Journal time in nanoseconds at which the new one ends by itself.
        #[serde(default)]
        expires_ns: Option<u64>,
    },
    /// Gives back what was reserved. What it reverses may come after it.
    Reverse {
        /// The card.
        card: CardId,
        /// The network's reference of the reversal.
        reference: Key,
        /// The network's reference of what is reversed.
        of: Key,
        /// How much; without it, all that the message had reserved.
        #[serde(default)]
        part: Option<Sum>,
    },
    /// Books what a merchant has presented. It is never refused for want of money: what is not there is owed.
    Clear {
        /// The card.
        card: CardId,
        /// The network's reference of the presentment.
        reference: Key,
        /// The authorisation that it belongs to, whatever became of that, if there is one.
        #[serde(default)]
        authorisation: Option<Key>,
        /// How much.
        sum: Sum,
        /// Whether nothing more will be presented, so that the rest is given back.
        #[serde(default)]
        is_final: bool,
    },
    /// Notes that a merchant will give something back. Nothing is available until it is cleared.
    CreditAuthorise {
        /// The card.
        card: CardId,
        /// The network's reference of the message.
        reference: Key,
        /// How much.
        sum: Sum,
    },
    /// Books what a merchant has given back: onto the card, or aside to go back where the card's life is over.
    CreditClear {
        /// The card.
        card: CardId,
        /// The network's reference of the credit.
        reference: Key,
        /// The authorisation of the credit that it belongs to, if there was one.
        #[serde(default)]
        authorisation: Option<Key>,
        /// How much.
        sum: Sum,
    },
    /// Sends what was left on a card whose life is over back to the loads that it came from, as its terms share it.
    ReturnRemainder {
        /// The card.
        card: CardId,
        /// One of the owner's payees, for what no load has brought; without it, that stays where it is.
        #[serde(default)]
        rest: Option<PayeeId>,
    },
    /// Keeps what was left on a card whose life is over for its owner as unclaimed: it cannot be sent back.
    Unclaim {
        /// The card.
        card: CardId,
    },
    /// Ends a card for good: what is left is set aside, and once nothing is open the card is closed.
    Close {
        /// The card.
        card: CardId,
    },
    /// Gives an expired card a new life, where its terms offer that, with what was set aside of it.
    Reactivate {
        /// The card.
        card: CardId,
        /// Journal time in nanoseconds at which the new life ends; without it, after the life that its terms give.
        #[serde(default)]
        expires_ns: Option<u64>,
    },
}

impl CardCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<CardEvent, Refusal> {
        match *self {
            Self::Issue { card, owner, terms, expires_ns } => {
                life::plan_issue(draft, card, owner, terms, expires_ns)
            }
            Self::Freeze { card } => life::plan_freeze(draft, card),
            Self::Unfreeze { card } => life::plan_unfreeze(draft, card),
            Self::Authorise { card, reference, sum, holds, expires_ns, advice } => {
                let asked = authorise::Asked { reference, sum, holds, expires_ns, advice };
                authorise::plan_authorise(draft, card, &asked)
            }
            Self::Increment { authorisation, reference, by, advice } => {
                authorise::plan_increment(draft, authorisation, reference, by, advice)
            }
            Self::Replace { authorisation, reference, sum, expires_ns } => {
                let asked = authorise::Asked { reference, sum, holds: None, expires_ns, advice: false };
                authorise::plan_replace(draft, authorisation, &asked)
            }
            Self::Reverse { card, reference, of, part } => {
                authorise::plan_reverse(draft, card, reference, of, part)
            }
            Self::Clear { card, reference, authorisation, sum, is_final } => {
                clear::plan_clear(draft, card, reference, authorisation, sum, is_final)
            }
            Self::CreditAuthorise { card, reference, sum } => {
                authorise::plan_credit(draft, card, reference, sum)
            }
            Self::CreditClear { card, reference, authorisation, sum } => {
                clear::plan_credit(draft, card, reference, authorisation, sum)
            }
            Self::ReturnRemainder { card, rest } => give_back::plan_return(draft, card, rest),
            Self::Unclaim { card } => give_back::plan_unclaim(draft, card),
            Self::Close { card } => life::plan_close(draft, card),
            Self::Reactivate { card, expires_ns } => life::plan_reactivate(draft, card, expires_ns),
        }
    }
}
