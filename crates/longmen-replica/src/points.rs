//! When entries were journaled: one of many, to find the position of a time without reading the whole journal.

use longmen_journal::Stamp;

/// One entry of so many is kept.
const STRIDE: u64 = 1_024;

/// The stamps of some entries, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Points(Vec<Stamp>);

impl From<Vec<Stamp>> for Points {
    fn from(stamps: Vec<Stamp>) -> Self {
        Self(stamps)
    }
}

impl Points {
    pub(crate) fn note(&mut self, stamp: Stamp) {
        if stamp.position.is_multiple_of(STRIDE) {
            self.0.push(stamp);
        }
    }

    /// The last kept entry that was journaled at `time_ns` or before it.
    pub(crate) fn at_or_before(&self, time_ns: u64) -> Option<Stamp> {
        let count = self.0.partition_point(|stamp| stamp.time_ns <= time_ns);
        count.checked_sub(1).and_then(|at| self.0.get(at)).copied()
    }

    /// The first kept entry.
    pub(crate) fn first(&self) -> Option<Stamp> {
        self.0.first().copied()
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Stamp] {
        &self.0
    }
}
