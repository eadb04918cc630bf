//! What is kept of cards: the cards themselves, their loads, their authorisations, and which messages were seen.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use longmen_core::{AccountNo, Books, Hold, HoldState, Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Currency, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, ItemName, about, not_found};
use crate::table::{Named, Table};
use crate::terms::{FindTerms, TermsRef};
use crate::{CardId, CardTerms, OwnerId, PoolId, Products, Role};

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
    /// The loads that are on their way or were applied, the one that was applied last at the end.
    pub loads: Vec<Load>,
    /// What the network's messages have asked for, by their references, for ever: they come again.
    pub requests: BTreeMap<Key, Made>,
    /// The references of every reversal that was seen.
    pub reversals: BTreeSet<Key>,
    /// The references of every presentment and credit that was seen.
    pub presentments: BTreeSet<Key>,
    /// Reversals of what has not come yet.
    pub parked: Vec<Parked>,
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

/// What a message of the network has made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// An authorisation, by its name.
    Authorisation(Key),
    /// An increment of an authorisation.
    Increment {
        /// The authorisation.
        authorisation: Key,
        /// By how much, less what was reversed of it.
        by: Amount,
    },
    /// An authorisation of a credit, by its name.
    Credit(Key),
}

/// A reversal of an authorisation that has not come yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Parked {
    /// The network's reference of what it reverses.
    pub of: Key,
    /// How much it reverses; without it, all.
    pub part: Option<Amount>,
}

/// An authorisation: what a merchant may take from a card, reserved by the hold of the same name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Authorisation {
    /// The name, which is also that of its hold.
    pub key: Key,
    /// The card.
    pub card: CardId,
    /// The network's reference of the message that asked for it.
    pub reference: Key,
    /// What the merchant asked for; how much is reserved may differ, and is in the hold.
    pub sum: Sum,
    /// Whether the network has approved it in our place.
    pub advice: bool,
    /// The authorisation that it stands in place of.
    pub replaces: Option<Key>,
    /// What was presented of it so far, wherever it was taken from.
    pub cleared: Amount,
}

/// An authorisation of a credit: a merchant will give something back, and until then nothing is available.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CreditAuthorisation {
    /// The name.
    pub key: Key,
    /// The card.
    pub card: CardId,
    /// The network's reference of the message that announced it.
    pub reference: Key,
    /// How much was announced.
    pub sum: Sum,
    /// Where it stands: authorised, cleared, reversed.
    pub phase: Phase,
}

/// All cards, and what happens with them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Cards {
    /// The cards.
    pub cards: Table<Card>,
    /// The authorisations.
    pub authorisations: Table<Authorisation>,
    /// The authorisations of credits.
    pub credits: Table<CreditAuthorisation>,
    /// How many cards of each owner are not closed.
    pub(super) open: BTreeMap<OwnerId, u32>,
}

impl Named for Card {
    type Name = CardId;

    fn name(&self) -> CardId {
        self.id
    }
}

impl Named for Authorisation {
    type Name = Key;

    fn name(&self) -> Key {
        self.key
    }
}

impl Named for CreditAuthorisation {
    type Name = Key;

    fn name(&self) -> Key {
        self.key
    }
}

impl Authorisation {
    /// Where it stands, which its hold knows: authorised, cleared, reversed, expired.
    #[must_use]
    pub fn phase(&self, books: &Books) -> Phase {
        match books.hold(&self.key).map(|hold| hold.state) {
            Some(HoldState::Open) => Phase::Authorised,
            Some(HoldState::Expired) => Phase::Expired,
            Some(HoldState::Released) if self.cleared.is_zero() => Phase::Reversed,
            _ => Phase::Cleared,
        }
    }
}

impl Card {
    /// Whether its life is over: what comes onto it is set aside to go back.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Expired | Phase::Closing | Phase::Closed)
    }

    /// What is on its way onto it.
    pub(super) fn pending(&self) -> Amount {
        let pending = self.loads.iter().filter(|load| !load.is_applied);
        pending.fold(Amount::ZERO, |sum, load| sum.checked_add(load.amount).unwrap_or(Amount::MAX))
    }

    /// Its item on what was left on expired cards.
    pub(super) fn item(&self) -> ItemName {
        ItemName::new(self.id.to_key(), Some(self.owner))
    }

    /// So much in its currency.
    pub(super) fn sum(&self, amount: Amount) -> Sum {
        Sum::new(amount, self.currency)
    }

    /// Refuses a sum of another currency.
    pub(super) fn must_hold(&self, sum: Sum) -> Result<(), Refusal> {
        if sum.currency == self.currency { Ok(()) } else { Err(about(Reason::CurrencyMismatch, Thing::Card)) }
    }

    /// The terms that it was issued under.
    pub(super) fn terms<'a>(&self, products: &'a Products) -> Result<&'a CardTerms, Refusal> {
        products.terms.card_terms_at(self.terms).ok_or_else(|| not_found(Thing::Terms))
    }
}

impl<'a> Draft<'a> {
    /// A card.
    pub(crate) fn card(&self, id: CardId) -> Result<&'a Card, Refusal> {
        self.products.cards.cards.get(id).ok_or_else(|| not_found(Thing::Card))
    }

    /// An authorisation with its card and its hold.
    pub(super) fn authorisation(&self, key: Key) -> Result<(&'a Authorisation, &'a Card, &'a Hold), Refusal> {
        let missing = || not_found(Thing::Authorisation);
        let own = self.products.cards.authorisations.get(key).ok_or_else(missing)?;
        Ok((own, self.card(own.card)?, self.books.hold(&key).ok_or_else(missing)?))
    }

    /// The account of a card's house for a role.
    pub(super) fn card_house(&self, card: &Card, role: Role) -> Result<AccountNo, Refusal> {
        Ok(self.house(card.pool, card.currency)?.account(role))
    }

    /// What of a card was set aside to go back and is still there.
    pub(super) fn aside(&self, card: &Card) -> Result<Amount, Refusal> {
        let expired = self.card_house(card, Role::Expired)?;
        let item = self.products.items.get(expired, &card.item().name);
        Ok(item.map_or(Amount::ZERO, |item| item.open))
    }

    /// Takes part of what was set aside to go back.
    pub(super) fn take_aside(&mut self, card: &Card, amount: Amount) -> Result<(), Refusal> {
        let expired = self.card_house(card, Role::Expired)?;
        self.item(expired, Side::Debit, card.item(), amount)
    }

    /// Credits what comes onto a card: where its life is over, to what is set aside to go back.
    pub(crate) fn credit_card(&mut self, card: &Card, amount: Amount) -> Result<(), Refusal> {
        if card.is_over() {
            return self.put_aside(card, amount);
        }
        self.credit(card.account, amount);
        Ok(())
    }

    /// Sets something aside to go back.
    pub(super) fn put_aside(&mut self, card: &Card, amount: Amount) -> Result<(), Refusal> {
        let expired = self.card_house(card, Role::Expired)?;
        self.item(expired, Side::Credit, card.item(), amount)
    }
}

impl Cards {
    pub(super) fn find(&mut self, card: CardId) -> Result<&mut Card, &'static str> {
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

/// What is left of an amount after another is taken off; nothing where it is less.
pub(super) fn less(amount: Amount, other: Amount) -> Amount {
    amount.checked_sub(other).unwrap_or(Amount::ZERO)
}
