//! At which position a ledger is looked at.

use std::path::Path;

use longmen::{Replayed, replica::Want};

use super::replay;
use crate::Failure;

/// At which position a ledger is looked at: now, or at one of the past.
#[derive(clap::Args, Default)]
pub(crate) struct AsOf {
    /// As it was right after the entry at this position
    #[arg(long, value_name = "POSITION")]
    at: Option<u64>,
    /// As it was at this time, such as 2026-11-22T08:00:00Z: after the last entry by then
    #[arg(long, value_name = "TIME", conflicts_with = "at")]
    at_time: Option<jiff::Timestamp>,
}

impl AsOf {
    /// Whether it is one of the past.
    pub(crate) fn is_past(&self) -> bool {
        self.at.is_some() || self.at_time.is_some()
    }

    /// The state there.
    pub(crate) fn replay(&self, dir: &Path) -> Result<Replayed, Failure> {
        let at = match self.at_ns()? {
            Some(time_ns) => Some(position_at(dir, time_ns)?),
            None => self.at,
        };
        replay(dir, at)
    }

    /// The same for a replica.
    pub(crate) fn want(&self) -> Result<Want, Failure> {
        Ok(match (self.at, self.at_ns()?) {
            (Some(position), _) => Want::Exactly(position),
            (None, Some(time_ns)) => Want::AtTime(time_ns),
            (None, None) => Want::Latest,
        })
    }

    fn at_ns(&self) -> Result<Option<u64>, Failure> {
        self.at_time.map(ns).transpose()
    }
}

/// A time of the command line as journal time.
pub(crate) fn ns(time: jiff::Timestamp) -> Result<u64, Failure> {
    let outside = |_| Failure::Refused(format!("{time} is no journal time: give one between 1970 and 2554"));
    u64::try_from(time.as_nanosecond()).map_err(outside)
}

/// The position of the last entry of a replay.
pub(crate) fn last_position(replayed: &Replayed) -> u64 {
    replayed.head.next_position.saturating_sub(1)
}

/// The position of the last entry that was journaled by this time.
fn position_at(dir: &Path, time_ns: u64) -> Result<u64, Failure> {
    let is_by_then = |position: u64| -> Result<bool, Failure> {
        let mut entries = longmen::entries(dir, position).map_err(Failure::of_ledger(dir))?;
        let entry = entries.next().transpose().map_err(Failure::of_ledger(dir))?;
        Ok(entry.is_some_and(|entry| entry.stamp.time_ns <= time_ns))
    };
    if !is_by_then(0)? {
        return Err(Failure::Refused("the ledger is younger than that; give a later time".to_owned()));
    }
    let (mut by_then, mut beyond) = (0, 1_u64);
    while is_by_then(beyond)? {
        (by_then, beyond) = (beyond, beyond.saturating_mul(2));
    }
    while beyond - by_then > 1 {
        let middle = by_then.midpoint(beyond);
        if is_by_then(middle)? { by_then = middle } else { beyond = middle }
    }
    Ok(by_then)
}
