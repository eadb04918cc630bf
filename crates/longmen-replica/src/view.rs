//! Asking: what is wanted, what is looked at, what is answered.

use std::cell::RefCell;
use std::sync::RwLockReadGuard;
use std::time::Duration;

use longmen_core::AccountNo;
use longmen_journal::{LedgerId, Stamp};
use longmen_wallet::{Entry, State};

use crate::holds::OpenHolds;
use crate::line::Counters;
use crate::projection::Projection;
use crate::shared::Shared;
use crate::tail::decode;
use crate::{Error, Replica};

/// At which position an answer is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Want {
    /// Wherever the replica is.
    Latest,
    /// Wherever the replica is, once it has the entry at this position: that of a receipt, to read one's own write.
    AtLeast(u64, Duration),
    /// As it was right after the entry at this position.
    Exactly(u64),
    /// As it was at this time, in nanoseconds since 1970-01-01T00:00:00Z: after the last entry journaled by then.
    AtTime(u64),
}

/// An answer, and the entry after which it is true.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer<T> {
    /// The last entry that went into it.
    pub at: Stamp,
    /// What was asked for.
    pub value: T,
}

/// What can be asked at one position.
#[derive(Debug)]
pub struct View<'a> {
    shared: &'a Shared,
    at: Stamp,
    /// The projection, where it is at that very position and held there; else it is looked into for what is past.
    now: RefCell<Option<RwLockReadGuard<'a, Projection>>>,
}

impl Replica {
    /// Asks at one position: everything that `look` sees, and so everything in the answer, is true after the same entry.
    ///
    /// With [`Want::Latest`] and [`Want::AtLeast`] the replica stands still until `look` has returned (the writer never
    /// does), so keep it short, and do not ask the same replica again inside it.
    ///
    /// # Errors
    ///
    /// [`Error::NotYet`], [`Error::Future`], [`Error::BeforeFirst`], [`Error::Rebuilding`] or [`Error::Stopped`] where
    /// there is no such position, and whatever `look` gives.
    pub fn read<T>(
        &self,
        want: Want,
        look: impl FnOnce(&View<'_>) -> Result<T, Error>,
    ) -> Result<Answer<T>, Error> {
        let generation = self.shared().generation();
        let view = self.shared().view(want)?;
        let found = look(&view).map(|value| Answer { at: view.at, value });
        drop(view);
        match found {
            Err(Error::Store(error)) => Err(self.shared().report(error, generation)),
            // What was looked into has gone back to the beginning.
            _ if self.shared().generation() != generation => {
                Err(self.shared().not_whole(&self.shared().read()))
            }
            found => found,
        }
    }
}

impl Shared {
    fn view(&self, want: Want) -> Result<View<'_>, Error> {
        let (at, now) = match want {
            Want::Latest => self.here(self.read())?,
            Want::AtLeast(position, timeout) => self.here(self.read_at_least(position, timeout)?)?,
            Want::Exactly(position) => self.at(self.read(), position)?,
            Want::AtTime(time_ns) => {
                let position = self.position_at(time_ns)?;
                self.at(self.read(), position)?
            }
        };
        Ok(View { shared: self, at, now: RefCell::new(now) })
    }

    /// A view of wherever the projection is.
    fn here<'a>(
        &self,
        now: RwLockReadGuard<'a, Projection>,
    ) -> Result<(Stamp, Option<RwLockReadGuard<'a, Projection>>), Error> {
        Ok((self.last_of(&now)?, Some(now)))
    }

    fn at<'a>(
        &self,
        now: RwLockReadGuard<'a, Projection>,
        wanted: u64,
    ) -> Result<(Stamp, Option<RwLockReadGuard<'a, Projection>>), Error> {
        let last = self.last_of(&now)?;
        if wanted > last.position {
            return Err(self.beyond(wanted, last.position));
        }
        if wanted == last.position {
            return Ok((last, Some(now)));
        }
        drop(now);
        Ok((self.stamp(wanted)?, None))
    }

    /// The stamp of an entry that was folded in.
    pub(crate) fn stamp(&self, position: u64) -> Result<Stamp, Error> {
        if let Some(stamp) = self.looked_up.stamp(position) {
            return Ok(stamp);
        }
        let (stamp, _) = self.entry(position)?;
        self.looked_up.note_stamp(stamp);
        Ok(stamp)
    }

    /// The entry at a position that was folded in.
    pub(crate) fn entry(&self, position: u64) -> Result<(Stamp, Option<Entry>), Error> {
        // It was visible once, so it is durable.
        self.journal.note_durable_below(position.saturating_add(1));
        let mut entries = self.journal.read(position)?;
        let raw = entries.next().transpose()?.ok_or(Error::Future { wanted: position, at: position })?;
        Ok((raw.stamp(), decode(&raw)?))
    }

    /// The position of the last entry that was journaled by this time.
    fn position_at(&self, time_ns: u64) -> Result<u64, Error> {
        let (first, last, head) = {
            let now = self.read();
            // Looked at while nothing can be folded in, so that one who follows is never behind himself.
            (now.points.first(), self.last_of(&now)?, self.status().head)
        };
        if time_ns >= last.time_ns {
            let is_behind = head.is_some_and(|head| head.position > last.position);
            let next = last.position.saturating_add(1);
            // The next entry may be of that time too.
            return if is_behind { Err(self.beyond(next, last.position)) } else { Ok(last.position) };
        }
        let point = self.read().points.at_or_before(time_ns);
        self.last_by(time_ns, point)?
            .ok_or(Error::BeforeFirst { first_ns: first.map_or(0, |first| first.time_ns) })
    }

    /// The position of the last entry that was journaled by this time, of which this is the last one that is kept; there is a
    /// later entry, which was folded in.
    fn last_by(&self, time_ns: u64, point: Option<Stamp>) -> Result<Option<u64>, Error> {
        let Some(point) = point else { return Ok(None) };
        if let Some(found) = self.looked_up.last_by(time_ns) {
            return Ok(Some(found));
        }
        let mut found = point.position;
        let mut entries = self.journal.read(point.position)?;
        while let Some(raw) = entries.next().transpose()? {
            if raw.time_ns > time_ns {
                break;
            }
            found = raw.position;
        }
        self.looked_up.note_last_by(time_ns, found);
        Ok(Some(found))
    }
}

impl View<'_> {
    /// The entry after which everything here is true.
    #[must_use]
    pub fn at(&self) -> Stamp {
        self.at
    }

    pub(crate) fn ledger_id(&self) -> LedgerId {
        self.shared.journal.ledger_id()
    }

    pub(crate) fn shared(&self) -> &Shared {
        self.shared
    }

    /// Looks at the projection, which may be ahead of this view: what is past in it never changes.
    ///
    /// Never inside of itself: whoever asks for a lock twice may wait for himself.
    pub(crate) fn projection<T>(&self, look: impl FnOnce(&Projection) -> T) -> T {
        match &*self.now.borrow() {
            Some(now) => look(now),
            None => look(&self.shared.read()),
        }
    }

    /// Why there is nothing of a position behind this view's.
    pub(crate) fn beyond(&self, wanted: u64) -> Error {
        let at = self.at.position;
        if self.now.borrow().is_some() {
            self.shared.beyond(wanted, at)
        } else {
            Error::Future { wanted, at }
        }
    }

    /// Lets the replica go on: from here on this view is one of the past.
    pub(crate) fn let_go(&self) {
        if let Ok(mut now) = self.now.try_borrow_mut() {
            *now = None;
        }
    }

    /// Looks at the whole state, books and products, as it was after this entry.
    ///
    /// Of the past it is replayed from the journal, which takes its time on a long one; the last two that were replayed are
    /// kept. Do not ask this view anything inside `look`.
    ///
    /// # Errors
    ///
    /// [`Error`] where the journal cannot be read.
    pub fn state<T>(&self, look: impl FnOnce(&State) -> T) -> Result<T, Error> {
        self.state_and_holds(|state, _| look(state))
    }

    /// The same, with the open holds where they are known.
    pub(crate) fn state_and_holds<T>(
        &self,
        look: impl FnOnce(&State, Option<&OpenHolds>) -> T,
    ) -> Result<T, Error> {
        match &*self.now.borrow() {
            Some(now) => Ok(look(&now.state, Some(&now.open_holds))),
            None => self.shared.past_state(self.at, |state| look(state, None)),
        }
    }

    /// The counters of an account after this entry.
    pub(crate) fn counters(&self, account: AccountNo) -> Result<Counters, Error> {
        let end = self.at.position.saturating_add(1);
        match &*self.now.borrow() {
            Some(now) => Ok(now.counters(account)),
            None => {
                let now = self.shared.read();
                Ok(now.history.counters_before(account, end, now.counters(account))?)
            }
        }
    }

    /// The position of the last entry that was journaled by this time, but none behind this view's; nothing before the first.
    pub(crate) fn last_by(&self, time_ns: u64) -> Result<Option<u64>, Error> {
        if time_ns >= self.at.time_ns {
            return Ok(Some(self.at.position));
        }
        let point = self.projection(|now| now.points.at_or_before(time_ns));
        self.shared.last_by(time_ns, point)
    }
}
