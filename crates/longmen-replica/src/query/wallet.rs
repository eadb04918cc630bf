//! What products keep: owners, cards, withdrawals, open items, safeguarding.
//!
//! What has an age or a due time is told at a time that the asker names: of the present that of the clock, but not before
//! the time of the view's entry; of the past the time of that entry.

use longmen_core::Key;
use longmen_wallet::{CardId, CardView, OpenItem, OwnerId, OwnerView, Safeguarding, Withdrawal};
use serde::Serialize;

use super::cursor::{Paging, Place};
use crate::{Error, View};

/// Some withdrawals of an owner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WithdrawalsPage {
    /// The withdrawals, the newest first.
    pub withdrawals: Vec<Withdrawal>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// Which open items are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ItemsQuestion {
    /// Only those of this owner.
    pub owner: Option<OwnerId>,
    /// Only those that should have been closed.
    pub overdue: bool,
}

impl View<'_> {
    /// What every pool must safeguard in every currency, and what it has, at a time in nanoseconds.
    ///
    /// # Errors
    ///
    /// [`Error`] where the journal cannot be read.
    pub fn safeguarding(&self, now_ns: u64) -> Result<Vec<Safeguarding>, Error> {
        self.state(|state| state.safeguarding(now_ns))
    }

    /// An owner's wallet at a time in nanoseconds.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] where nobody of this name is registered at this position.
    pub fn owner(&self, owner: OwnerId, now_ns: u64) -> Result<OwnerView, Error> {
        let unknown = || unknown("owner", owner.as_str());
        self.state(|state| state.owner_view(owner, now_ns))?.ok_or_else(unknown)
    }

    /// The cards of an owner, in the order in which they were issued, at a time in nanoseconds.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] where nobody of this name is registered at this position.
    pub fn cards(&self, owner: OwnerId, now_ns: u64) -> Result<Vec<CardView>, Error> {
        self.state(|state| state.products().owners.get(owner).map(|_| state.cards_of(owner, now_ns)))?
            .ok_or_else(|| unknown("owner", owner.as_str()))
    }

    /// A card and whose it is, at a time in nanoseconds.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] where no card of this name was issued at this position.
    pub fn card(&self, card: CardId, now_ns: u64) -> Result<(OwnerId, CardView), Error> {
        self.state(|state| {
            let owner = state.products().cards.cards.get(card)?.owner;
            state.card_view(card, now_ns).map(|view| (owner, view))
        })?
        .ok_or_else(|| unknown("card", card.as_str()))
    }

    /// The withdrawals of an owner, the newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], [`Error::Question`] or [`Error::Cursor`] where the question has no answer.
    pub fn withdrawals(&self, owner: OwnerId, paging: &Paging) -> Result<WithdrawalsPage, Error> {
        let size = paging.checked_size()?;
        let place = self.place("withdrawals", &owner, paging)?;
        let mut rows = self.state(|state| {
            state.products().owners.get(owner).ok_or_else(|| unknown("owner", owner.as_str()))?;
            let all = state.products().withdrawals.iter().enumerate().rev();
            let before =
                place.map_or(usize::MAX, |place| usize::try_from(place.position).unwrap_or(usize::MAX));
            let own = all.filter(|(no, own)| own.owner == owner && *no < before).take(size + 1);
            Ok::<_, Error>(own.map(|(no, own)| (no, *own)).collect::<Vec<_>>())
        })??;
        let more = rows.len() > size;
        rows.truncate(size);
        let last = rows.last().filter(|_| more).map(|(no, _)| Place::number(*no));
        let next = last.map(|place| self.cursor("withdrawals", &owner, place));
        Ok(WithdrawalsPage { withdrawals: rows.into_iter().map(|(_, own)| own).collect(), next })
    }

    /// One withdrawal.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] where there is none of this name at this position.
    pub fn withdrawal(&self, name: Key) -> Result<Withdrawal, Error> {
        self.state(|state| state.products().withdrawals.get(name).copied())?
            .ok_or_else(|| unknown("withdrawal", name.as_str()))
    }

    /// The open items of control accounts at a time in nanoseconds: what is due first comes first, what is never due last.
    ///
    /// # Errors
    ///
    /// [`Error`] where the journal cannot be read.
    pub fn open_items(&self, question: ItemsQuestion, now_ns: u64) -> Result<Vec<OpenItem>, Error> {
        let mut items = self.state(|state| state.open_items(now_ns))?;
        items.retain(|item| {
            (!question.overdue || item.is_overdue)
                && question.owner.is_none_or(|owner| item.owner == Some(owner))
        });
        Ok(items)
    }
}

fn unknown(what: &'static str, name: &str) -> Error {
    Error::Unknown { what, name: name.to_owned() }
}
