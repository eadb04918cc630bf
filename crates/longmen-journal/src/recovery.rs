//! Torn or corrupt? The one decision that recovery rests on, as a pure function.

use std::fmt;

/// What was observed at the end of the last segment; offsets count bytes from the segment's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TailFacts {
    /// The first offset at which no valid batch stands.
    pub valid_end: u64,
    /// Everything below this offset is known to have been synced.
    pub watermark: u64,
    /// The manifest says that the journal was closed, and closed at the watermark.
    pub closed_clean: bool,
    /// What stands at `valid_end` verifies, but does not continue the chain.
    pub misfit: bool,
    /// A valid seal stands at `valid_end`; the other facts then speak of the bytes behind it.
    pub sealed: bool,
    /// The end of the last sector that is not zero, or `valid_end` when all are zero.
    pub nonzero_end: u64,
    /// The highest watermark in any intact batch header or seal behind `valid_end`, 0 when there is none.
    pub durable_beyond: u64,
    /// The most bytes that can have been written and not yet synced.
    pub in_flight_max: u64,
}

/// What the facts mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Closed by its writer; it can be continued where it ends.
    Clean,
    /// Not closed, and nothing is torn.
    Unclean,
    /// The last write, never acknowledged, is torn; so many bytes of it are to be dropped.
    Torn {
        /// Bytes from `valid_end` on, a multiple of 4096.
        dropped_len: u64,
    },
    /// Acknowledged data is damaged. Nothing may be repaired or dropped.
    Corrupt(Refusal),
}

/// Why the tail cannot be the work of a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Something there verifies and does not belong there.
    Misfit,
    /// Valid data ends below the watermark.
    BelowWatermark,
    /// Something stands behind the end of a closed or sealed journal.
    StrayBytes,
    /// A later batch says that the damaged place had been synced.
    AcknowledgedBeyond,
    /// More bytes follow than can have been in flight.
    MoreThanInFlight,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Misfit => "what stands here verifies and does not continue the chain",
            Refusal::BelowWatermark => "acknowledged data ends or is damaged here, below the watermark",
            Refusal::StrayBytes => "there are bytes behind the end of a closed or sealed segment",
            Refusal::AcknowledgedBeyond => "a later batch says that this place had been synced",
            Refusal::MoreThanInFlight => "more bytes follow than can have been in flight",
        })
    }
}

/// Decides what the end of a journal means; the rules are tried in the order written here.
///
/// ```
/// use longmen_journal::{TailFacts, Verdict, judge};
/// let facts = TailFacts {
///     valid_end: 8192, watermark: 4096, closed_clean: false, misfit: false, sealed: false,
///     nonzero_end: 12288, durable_beyond: 0, in_flight_max: 65536,
/// };
/// assert_eq!(judge(&facts), Verdict::Torn { dropped_len: 4096 });
/// ```
pub fn judge(facts: &TailFacts) -> Verdict {
    let TailFacts { valid_end, watermark, nonzero_end, .. } = *facts;
    let dropped_len = nonzero_end.saturating_sub(valid_end);
    if facts.misfit {
        Verdict::Corrupt(Refusal::Misfit)
    } else if valid_end < watermark {
        Verdict::Corrupt(Refusal::BelowWatermark)
    } else if facts.closed_clean && (facts.sealed || valid_end > watermark || dropped_len > 0) {
        Verdict::Corrupt(Refusal::StrayBytes)
    } else if facts.closed_clean {
        Verdict::Clean
    } else if facts.sealed && dropped_len > 0 {
        Verdict::Corrupt(Refusal::StrayBytes)
    } else if dropped_len == 0 {
        Verdict::Unclean
    } else if facts.durable_beyond > valid_end {
        Verdict::Corrupt(Refusal::AcknowledgedBeyond)
    } else if dropped_len > facts.in_flight_max {
        Verdict::Corrupt(Refusal::MoreThanInFlight)
    } else {
        Verdict::Torn { dropped_len }
    }
}
