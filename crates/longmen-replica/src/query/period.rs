//! From when to when.

use std::ops::Range;

use longmen_core::EffectiveDate;
use serde::Serialize;

use crate::{Error, View};

const DAY_NS: i128 = 86_400_000_000_000;

/// An end of a period; what lies on it is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Edge {
    /// The entry at this position.
    Position(u64),
    /// A journal time in nanoseconds since 1970-01-01T00:00:00Z.
    Time(u64),
    /// A day of journal time in UTC, the whole of it.
    Day(EffectiveDate),
}

/// From when to when, both ends included; without an end, as far as there are entries.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Period {
    /// Where it begins.
    pub from: Option<Edge>,
    /// Where it ends.
    pub through: Option<Edge>,
}

/// The first nanosecond of a day, which may lie outside of journal time.
fn begins_ns(day: EffectiveDate) -> i128 {
    i128::from(day.days()) * DAY_NS
}

/// The last nanosecond of a day, as far as journal time knows it; nothing where it ends before 1970.
pub(crate) fn ends_ns(day: EffectiveDate) -> Option<u64> {
    let end = begins_ns(day) + DAY_NS - 1;
    (end >= 0).then(|| u64::try_from(end).unwrap_or(u64::MAX))
}

impl Period {
    fn check(&self) -> Result<(), Error> {
        let is_backwards = match (self.from, self.through) {
            (Some(Edge::Position(from)), Some(Edge::Position(through))) => through < from,
            (Some(Edge::Time(from)), Some(Edge::Time(through))) => through < from,
            (Some(Edge::Day(from)), Some(Edge::Day(through))) => through < from,
            _ => false,
        };
        if is_backwards { Err(backwards()) } else { Ok(()) }
    }
}

fn backwards() -> Error {
    Error::Question { what: "the period ends before it begins; change its ends over".to_owned() }
}

impl View<'_> {
    /// The positions of a period, as far as this view goes.
    ///
    /// # Errors
    ///
    /// [`Error::Future`] where an end is a position behind this view's, [`Error::Question`] where it ends before it begins.
    pub(crate) fn range(&self, period: &Period) -> Result<Range<u64>, Error> {
        period.check()?;
        let end = self.at().position.saturating_add(1);
        let start = match period.from {
            None => 0,
            Some(Edge::Position(position)) => self.known(position)?,
            Some(Edge::Time(time_ns)) => self.first_from(time_ns.into())?,
            Some(Edge::Day(day)) => self.first_from(begins_ns(day))?,
        };
        let end = match period.through {
            None => end,
            Some(Edge::Position(position)) => self.known(position)?.saturating_add(1),
            Some(Edge::Time(time_ns)) => self.first_from(i128::from(time_ns) + 1)?,
            Some(Edge::Day(day)) => self.first_from(begins_ns(day) + DAY_NS)?,
        };
        if start > end {
            // Between two times there may be nothing; then both are the position of the next entry.
            return Err(backwards());
        }
        Ok(start..end)
    }

    fn known(&self, position: u64) -> Result<u64, Error> {
        if position > self.at().position { Err(self.beyond(position)) } else { Ok(position) }
    }

    /// The position of the first entry that was journaled at this time or later.
    fn first_from(&self, time_ns: i128) -> Result<u64, Error> {
        let Some(before_ns) = time_ns.checked_sub(1).filter(|before| *before >= 0) else { return Ok(0) };
        let last = self.last_by(u64::try_from(before_ns).unwrap_or(u64::MAX))?;
        Ok(last.map_or(0, |last| last.saturating_add(1)))
    }
}
