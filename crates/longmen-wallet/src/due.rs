//! What the writer does by itself when its time has come.

use alloc::boxed::Box;

use alloc::vec::Vec;

use longmen_core::{Event, Key, Postings, Refusal};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::{CardId, Entry, Fact, HouseEvent, ProductEvent, Products, card, credit, top_up};

/// Something whose time comes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// A top-up has waited for its channel for as long as it may.
    TopUp(Key),
    /// A card comes to the end of its life.
    Card(CardId),
    /// Something is left on a card that has expired, and no hold reserves it.
    Remainder(CardId),
    /// A part of an instalment plan is due.
    Instalment(Key),
}

impl Due {
    pub(crate) fn key(self) -> Key {
        match self {
            Self::TopUp(key) | Self::Instalment(key) => key,
            Self::Card(card) | Self::Remainder(card) => card.to_key(),
        }
    }

    /// What is done when the time has come. The event takes it off the list.
    pub(crate) fn plan(self, at: u64, draft: &mut Draft<'_>) -> Result<ProductEvent, Refusal> {
        match self {
            Self::TopUp(key) => top_up::plan_due(key, at, draft).map(ProductEvent::TopUp),
            Self::Card(card) => card::plan_expiry(card, at, draft).map(ProductEvent::Card),
            Self::Remainder(card) => card::plan_remainder(card, at, draft).map(ProductEvent::Card),
            Self::Instalment(key) => credit::plan_due(key, at, draft).map(ProductEvent::Credit),
        }
    }

    /// The entry that takes it off the list where the ledger would not have it: such as where an account was closed.
    pub(crate) fn dropped(self, at: u64, refusal: Refusal) -> Entry {
        let reason = refusal.reason.code();
        let event = HouseEvent::DueDropped { due: self, at, reason }.into();
        let entry = longmen_core::Entry::of_writer(Event::Compound(Vec::new()), Postings::new());
        entry.with_product(Some(Box::new(Fact { event, items: Vec::new(), lots: None })))
    }
}

impl Products {
    /// Puts something on the list of what the writer does by itself.
    pub(crate) fn schedule(&mut self, at: u64, due: Due) {
        self.due.insert((at, due));
    }

    /// Takes something off that list, whether it was on it or not.
    pub(crate) fn unschedule(&mut self, at: u64, due: Due) {
        self.due.remove(&(at, due));
    }
}
