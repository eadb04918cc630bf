//! Open holds.

use longmen_core::{AccountId, AccountNo, Hold, HoldNo, Key};
use longmen_money::Sum;
use longmen_wallet::State;
use serde::Serialize;

use super::cursor::{Paging, Place};
use super::totals::Of;
use crate::holds::OpenHolds;
use crate::{Error, View};

/// An open hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct OpenHold {
    /// Its name: the key of the command that placed it.
    pub hold: Key,
    /// The account on which it is reserved.
    pub debit: AccountId,
    /// The account in whose favour it is reserved.
    pub credit: AccountId,
    /// What was reserved at first, and all increments.
    pub amount: Sum,
    /// What was captured of it so far.
    pub captured: Sum,
    /// What forced captures took beyond it.
    pub forced: Sum,
    /// What is still reserved.
    pub remaining: Sum,
    /// Journal time in nanoseconds at which the writer ends it, if ever.
    pub expires_ns: Option<u64>,
}

/// Some open holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HoldsPage {
    /// The holds, by the account on which they are reserved, and on each in the order in which they were placed.
    pub holds: Vec<OpenHold>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

impl View<'_> {
    /// The open holds that are reserved on some accounts.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], [`Error::Question`] or [`Error::Cursor`] where the question has no answer.
    pub fn open_holds(&self, of: &Of, paging: &Paging) -> Result<HoldsPage, Error> {
        let size = paging.checked_size()?;
        let place = self.place("holds", of, paging)?;
        let numbers = self.numbers(of)?;
        let (holds, more) = self.state_and_holds(|state, known| {
            let counted;
            let open = match known {
                Some(open) => open,
                None => {
                    counted = OpenHolds::of(state.books());
                    &counted
                }
            };
            list(state, open, numbers.as_deref(), place, size)
        })?;
        let last = holds.last().filter(|_| more).map(|(place, _)| *place);
        let next = last.map(|place| self.cursor("holds", of, place));
        Ok(HoldsPage { holds: holds.into_iter().map(|(_, hold)| hold).collect(), next })
    }
}

/// The open holds of these accounts behind a place, at most so many, and whether there are more.
fn list(
    state: &State,
    open: &OpenHolds,
    numbers: Option<&[AccountNo]>,
    place: Option<Place>,
    size: usize,
) -> (Vec<(Place, OpenHold)>, bool) {
    let behind = place.map_or((AccountNo(0), HoldNo(0)), |place| {
        (AccountNo(place.account), HoldNo(place.position.saturating_add(1)))
    });
    let mut found = Vec::new();
    let mut take = |(account, no): (AccountNo, HoldNo)| {
        let hold = state.books().hold_at(no).and_then(|hold| open_hold(state, hold));
        found.extend(hold.map(|hold| (Place { position: no.0, account: account.0, index: 0 }, hold)));
        found.len() <= size
    };
    match numbers {
        None => drop(open.from(behind).all(&mut take)),
        Some(numbers) => {
            let left = numbers.iter().filter(|no| **no >= behind.0);
            let holds = left.flat_map(|no| {
                open.from(behind.max((*no, HoldNo(0)))).take_while(move |(account, _)| account == no)
            });
            let _ = { holds }.all(&mut take);
        }
    }
    let more = found.len() > size;
    found.truncate(size);
    (found, more)
}

fn open_hold(state: &State, hold: &Hold) -> Option<OpenHold> {
    let sum = |amount| Sum::new(amount, hold.currency);
    Some(OpenHold {
        hold: hold.key,
        debit: *state.books().account_at(hold.debit)?.id(),
        credit: *state.books().account_at(hold.credit)?.id(),
        amount: sum(hold.amount),
        captured: sum(hold.captured),
        forced: sum(hold.forced),
        remaining: sum(hold.remaining),
        expires_ns: hold.expires_ns,
    })
}
