//! What the entries so far amount to: the state after the last of them, and what is kept of each.

use std::sync::Arc;

use longmen_core::{AccountNo, Posting};
use longmen_journal::Stamp;
use longmen_wallet::{Entry, State};

use crate::chunk::Record;
use crate::history::{History, Lines};
use crate::holds::OpenHolds;
use crate::line::{Counters, LineKind};
use crate::points::Points;
use crate::store::Store;
use crate::{Error, StoreError};

/// Everything that is true at the last entry, and every line up to it.
#[derive(Debug)]
pub(crate) struct Projection {
    pub(crate) state: State,
    pub(crate) history: History,
    /// The lines that count on another day than that of their journal time.
    pub(crate) shifted: History,
    /// Holds that have not ended.
    pub(crate) open_holds: OpenHolds,
    pub(crate) points: Points,
    /// At which position each account was opened, in the order of their numbers.
    pub(crate) opened: Vec<u64>,
    /// The last entry; none before the first, and while one is folded in.
    pub(crate) last: Option<Stamp>,
    /// While it is being built again: nothing is answered until it has the entry at this position.
    pub(crate) rebuilt_at: Option<u64>,
}

impl Projection {
    /// The projection of no entry, on a store without a row.
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        let shifted = History::new(Lines::Shifted, Arc::clone(&store), 0, Vec::new());
        Self {
            state: State::new(),
            history: History::new(Lines::All, store, 0, Vec::new()),
            shifted,
            open_holds: OpenHolds::default(),
            points: Points::default(),
            opened: Vec::new(),
            last: None,
            rebuilt_at: None,
        }
    }

    /// How many entries are folded in.
    pub(crate) fn entries(&self) -> u64 {
        self.last.map_or(0, |last| last.position.saturating_add(1))
    }

    /// Folds in one entry; the journal's own have nothing but a stamp.
    ///
    /// Where that fails, or panics, half of it may be in; there is no last entry then, and so no answer.
    pub(crate) fn fold(&mut self, stamp: Stamp, entry: Option<&Entry>) -> Result<(), Error> {
        self.last = None;
        if let Some(entry) = entry {
            self.note_lines(stamp, entry)?;
            self.state.apply(stamp.position, stamp.time_ns, entry)?;
            self.open_holds.note(entry, self.state.books());
            self.opened.resize(self.state.books().accounts().len(), stamp.position);
        }
        self.points.note(stamp);
        self.last = Some(stamp);
        self.rebuilt_at = self.rebuilt_at.filter(|position| stamp.position < *position);
        Ok(())
    }

    /// Every line up to this entry is in the store.
    pub(crate) fn stored(&mut self, last: Stamp) {
        let below = last.position.saturating_add(1);
        self.history.stored(below);
        self.shifted.stored(below);
    }

    fn note_lines(&mut self, stamp: Stamp, entry: &Entry) -> Result<(), StoreError> {
        let books = self.state.books();
        for record in records(stamp, entry) {
            let account = record.posting.account;
            let before = || books.account_at(account).map_or([0; 4], |own| own.balance().counters());
            self.history.push(&record, before);
            if record.is_shifted() {
                self.shifted.push_on(&record)?;
            }
        }
        Ok(())
    }

    /// Whether an account was opened by an entry before this position.
    pub(crate) fn opened_before(&self, account: AccountNo, position: u64) -> bool {
        let at = usize::try_from(account.0).ok();
        at.and_then(|at| self.opened.get(at)).is_some_and(|opened| *opened < position)
    }

    /// The counters of an account after the last entry.
    pub(crate) fn counters(&self, account: AccountNo) -> Counters {
        self.state.books().account_at(account).map_or([0; 4], |own| own.balance().counters())
    }
}

/// The lines of an entry, in the order of its postings.
pub(crate) fn records(stamp: Stamp, entry: &Entry) -> impl Iterator<Item = Record> {
    let product = entry.product.as_ref().map(|fact| fact.event.kind());
    let parts = entry.parts().filter_map(|(event, postings)| Some((LineKind::of(event)?, postings)));
    parts.flat_map(move |(kind, postings)| {
        postings.iter().map(move |posting| Record {
            position: stamp.position,
            time_ns: stamp.time_ns,
            effective: entry.effective,
            kind,
            product,
            posting: *posting,
            other: other(postings, posting.account),
        })
    })
}

/// The one account on the other side of these postings.
fn other(postings: &[Posting], own: AccountNo) -> Option<AccountNo> {
    let mut others = postings.iter().map(|posting| posting.account).filter(|account| *account != own);
    let first = others.next()?;
    others.all(|account| account == first).then_some(first)
}
