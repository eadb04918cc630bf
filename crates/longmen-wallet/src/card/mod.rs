//! Prepaid cards: issued under terms, loaded, spent by authorisations and clearings, expired, paid back.
//!
//! A card has an account of its own, in the pool of whoever issues it. What comes onto it are loads, which are top-ups
//! with a card as their target; what is left on it when its life ends goes back to them.

mod life;
mod load;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use longmen_core::{AccountNo, Key, Phase, Refusal, Side, Thing};
use longmen_money::{Amount, Currency, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, ItemName, not_found};
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::terms::{FindTerms, TermsRef};
use crate::{CardId, CardTerms, OwnerId, PoolId, Products, Role, TermsId};

pub(crate) use life::{plan_expiry, plan_remainder};
pub(crate) use load::{LoadTarget, load_target};

/// A prepaid card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Card {
    /// The name: a token, never a card number.
    pub id: CardId,
    /// Whose it is.
    pub owner: OwnerId,
    /// The pool of whoever issued it, in which what is on it is safeguarded.
    pub pool: PoolId,
    /// The terms that it was issued under, whatever comes later.
    pub terms: TermsRef,
    /// The currency.
    pub currency: Currency,
    /// The account.
    pub account: AccountNo,
    /// Where it stands: issued, active, frozen, expired, closing, closed.
    pub phase: Phase,
    /// Journal time in nanoseconds at which it was issued.
    pub issued_ns: u64,
    /// Journal time in nanoseconds at which its life ends, if ever.
    pub expires_ns: Option<u64>,
    /// The loads that were applied or are on their way, in the order in which they were asked for.
    pub loads: Vec<Load>,
}

/// A load of a card.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Load {
    /// The top-up.
    pub top_up: Key,
    /// How much it brings onto the card.
    pub amount: Amount,
    /// Whether it is on the card; if not it is on its way and only reserves limits.
    pub is_applied: bool,
    /// How much of it went back to where it came from.
    pub returned: Amount,
}

impl Named for Card {
    type Name = CardId;

    fn name(&self) -> CardId {
        self.id
    }
}

/// All cards, and what happens with them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Cards {
    /// The cards.
    pub cards: Table<Card>,
    /// How many cards of each owner are not closed.
    open: BTreeMap<OwnerId, u32>,
}

/// What can be done with a card.
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
}

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
}

impl CardCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<CardEvent, Refusal> {
        match *self {
            Self::Issue { card, owner, terms, expires_ns } => {
                life::plan_issue(draft, card, owner, terms, expires_ns)
            }
        }
    }
}

impl CardEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        match *self {
            Self::Issued { card, owner, pool, terms, currency, expires_ns } => {
                let account = at.opened(0).ok_or("a card has no account")?;
                let (phase, issued_ns, loads) = (Phase::Issued, at.time_ns, Vec::new());
                let new = Card {
                    id: card,
                    owner,
                    pool,
                    terms,
                    currency,
                    account,
                    phase,
                    issued_ns,
                    expires_ns,
                    loads,
                };
                life::apply_issued(products, new)
            }
            Self::Expired { card, at, .. } => life::apply_expired(products, card, at),
            Self::SetAside { card, at, .. } => life::apply_set_aside(products, card, at),
        }
    }
}

impl Card {
    /// Whether its life is over: what comes onto it is set aside to go back.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Expired | Phase::Closing | Phase::Closed)
    }

    /// Its item on what was left on expired cards.
    fn item(&self) -> ItemName {
        ItemName::new(self.id.to_key(), Some(self.owner))
    }

    /// So much in its currency.
    fn sum(&self, amount: Amount) -> Sum {
        Sum::new(amount, self.currency)
    }

    /// The terms that it was issued under.
    fn terms<'a>(&self, products: &'a Products) -> Result<&'a CardTerms, Refusal> {
        products.terms.card_terms_at(self.terms).ok_or_else(|| not_found(Thing::Terms))
    }
}

impl<'a> Draft<'a> {
    /// A card.
    pub(crate) fn card(&self, id: CardId) -> Result<&'a Card, Refusal> {
        self.products.cards.cards.get(id).ok_or_else(|| not_found(Thing::Card))
    }

    /// The account of a card's house for a role.
    fn card_house(&self, card: &Card, role: Role) -> Result<AccountNo, Refusal> {
        Ok(self.house(card.pool, card.currency)?.account(role))
    }

    /// Credits what comes onto a card: where its life is over, to what is set aside to go back.
    pub(crate) fn credit_card(&mut self, card: &Card, amount: Amount) -> Result<(), Refusal> {
        if card.is_over() {
            let expired = self.card_house(card, Role::Expired)?;
            return self.item(expired, Side::Credit, card.item(), amount);
        }
        self.credit(card.account, amount);
        Ok(())
    }
}

impl Cards {
    fn find(&mut self, card: CardId) -> Result<&mut Card, &'static str> {
        self.cards.get_mut(card).ok_or("it names a card that was not issued")
    }

    /// The accounts of the cards whose money is safeguarded in a pool.
    pub(crate) fn accounts_of_pool(&self, pool: PoolId) -> impl Iterator<Item = AccountNo> {
        self.cards.iter().filter(move |card| card.pool == pool).map(|card| card.account)
    }

    /// Whether an owner has a card that is not closed.
    pub(crate) fn has_open_card(&self, owner: OwnerId) -> bool {
        self.open.contains_key(&owner)
    }
}
