//! Finding owners and accounts by a piece of their name.

use longmen_core::{AccountId, Class};
use longmen_money::Currency;
use longmen_wallet::{OwnerId, OwnerKind};
use serde::Serialize;

use super::cursor::{Paging, Place};
use crate::{Error, View};

/// One page looks at so many names at the most.
const LOOKED_AT_MAX: usize = 200_000;

/// An account that was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct FoundAccount {
    /// Its name.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Its class.
    pub class: Class,
}

/// An owner who was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct FoundOwner {
    /// The name.
    pub owner: OwnerId,
    /// What it is.
    pub kind: OwnerKind,
    /// Journal time in nanoseconds of the registration.
    pub since_ns: u64,
}

/// Some of what was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Found<T> {
    /// What was found, in the order in which it came into the ledger.
    pub found: Vec<T>,
    /// The cursor of the next page, if there may be one.
    pub next: Option<String>,
}

impl View<'_> {
    /// The accounts with this piece of text in their names; an empty one is in all.
    ///
    /// One page looks at 200 000 names at the most, so that it may be short and still have a next one.
    ///
    /// # Errors
    ///
    /// [`Error::Question`] or [`Error::Cursor`] where the question has no answer.
    pub fn find_accounts(&self, piece: &str, paging: &Paging) -> Result<Found<FoundAccount>, Error> {
        let end = self.at().position.saturating_add(1);
        let first = self.first("find_accounts", piece, paging)?;
        let size = paging.checked_size()?;
        let (found, next) = self.projection(|now| {
            let opened = now.opened.iter().zip(now.state.books().accounts());
            let all = opened.take_while(|(opened, _)| **opened < end).map(|(_, account)| account);
            find(all, first, size, |own| {
                own.id().as_str().contains(piece).then(|| FoundAccount {
                    account: *own.id(),
                    currency: own.currency(),
                    class: own.class(),
                })
            })
        });
        Ok(Found { found, next: next.map(|place| self.cursor("find_accounts", &piece, place)) })
    }

    /// The owners with this piece of text in their names; an empty one is in all.
    ///
    /// One page looks at 200 000 names at the most, so that it may be short and still have a next one.
    ///
    /// # Errors
    ///
    /// [`Error::Question`] or [`Error::Cursor`] where the question has no answer.
    pub fn find_owners(&self, piece: &str, paging: &Paging) -> Result<Found<FoundOwner>, Error> {
        let at_ns = self.at().time_ns;
        let first = self.first("find_owners", piece, paging)?;
        let size = paging.checked_size()?;
        let (found, next) = self.projection(|now| {
            let owners = now.state.products().owners.iter();
            find(owners.take_while(|own| own.since_ns <= at_ns), first, size, |own| {
                let found = FoundOwner { owner: own.id, kind: own.kind, since_ns: own.since_ns };
                own.id.as_str().contains(piece).then_some(found)
            })
        });
        Ok(Found { found, next: next.map(|place| self.cursor("find_owners", &piece, place)) })
    }

    /// The first of the numbered things that is wanted.
    fn first(&self, kind: &str, piece: &str, paging: &Paging) -> Result<usize, Error> {
        let place = self.place(kind, &piece, paging)?;
        Ok(place.map_or(0, |place| usize::try_from(place.position).unwrap_or(usize::MAX).saturating_add(1)))
    }
}

/// What `take` makes of these things from the first wanted one on, and the place of the last one that was looked at if
/// there are more.
fn find<T, U>(
    all: impl Iterator<Item = T>,
    first: usize,
    size: usize,
    take: impl Fn(T) -> Option<U>,
) -> (Vec<U>, Option<Place>) {
    let mut found = Vec::new();
    let mut last = None;
    for (no, own) in all.enumerate().skip(first) {
        if found.len() == size || no - first == LOOKED_AT_MAX {
            return (found, last);
        }
        found.extend(take(own));
        last = Some(Place::number(no));
    }
    (found, None)
}
