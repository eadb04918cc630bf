//! Which holds have not ended: the books keep every hold for ever, and most of them have.

use std::collections::BTreeSet;

use longmen_core::{AccountNo, Books, Event, HoldNo, HoldState};
use longmen_wallet::Entry;

/// The open holds, by the account on which they are reserved and in the order in which they were placed.
#[derive(Debug, Default)]
pub(crate) struct OpenHolds {
    open: BTreeSet<(AccountNo, HoldNo)>,
    /// How many holds were looked at.
    seen: u64,
}

impl OpenHolds {
    /// The open holds of these books.
    pub(crate) fn of(books: &Books) -> Self {
        let mut holds = Self::default();
        holds.note_placed(books);
        holds
    }

    /// Takes in what an entry did, which the books know already.
    pub(crate) fn note(&mut self, entry: &Entry, books: &Books) {
        for (event, _) in entry.parts() {
            match event {
                Event::HoldPlaced(_) => self.note_placed(books),
                Event::HoldCaptured { hold, .. }
                | Event::HoldReleased { hold, .. }
                | Event::HoldExpired { hold } => {
                    if let Some(own) = books.hold_at(*hold).filter(|own| own.state != HoldState::Open) {
                        self.open.remove(&(own.debit, *hold));
                    }
                }
                _ => {}
            }
        }
    }

    fn note_placed(&mut self, books: &Books) {
        while let Some(hold) = books.hold_at(HoldNo(self.seen)) {
            if hold.state == HoldState::Open {
                self.open.insert((hold.debit, HoldNo(self.seen)));
            }
            self.seen += 1;
        }
    }

    /// Those from a place on, by account and then by age.
    pub(crate) fn from(&self, place: (AccountNo, HoldNo)) -> impl Iterator<Item = (AccountNo, HoldNo)> {
        self.open.range(place..).copied()
    }
}
