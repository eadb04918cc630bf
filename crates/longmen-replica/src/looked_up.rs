//! What was looked up in the journal and never changes: the same places are asked for again, page by page.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use longmen_journal::Stamp;

/// So many places of each sort are remembered.
const REMEMBERED_MAX: usize = 4_096;

/// Places in the journal that were looked up.
#[derive(Debug, Default)]
pub(crate) struct LookedUp {
    /// By position, the stamp of its entry.
    stamps: Mutex<BTreeMap<u64, Stamp>>,
    /// By time, the position of the last entry by then.
    times: Mutex<BTreeMap<u64, u64>>,
}

impl LookedUp {
    pub(crate) fn stamp(&self, position: u64) -> Option<Stamp> {
        lock(&self.stamps).get(&position).copied()
    }

    pub(crate) fn note_stamp(&self, stamp: Stamp) {
        note(&self.stamps, stamp.position, stamp);
    }

    /// The position of the last entry that was journaled by this time.
    pub(crate) fn last_by(&self, time_ns: u64) -> Option<u64> {
        lock(&self.times).get(&time_ns).copied()
    }

    /// Notes that; there is a later entry.
    pub(crate) fn note_last_by(&self, time_ns: u64, position: u64) {
        note(&self.times, time_ns, position);
    }
}

fn note<T>(places: &Mutex<BTreeMap<u64, T>>, key: u64, value: T) {
    let mut places = lock(places);
    if places.len() >= REMEMBERED_MAX {
        places.clear();
    }
    places.insert(key, value);
}

fn lock<T>(places: &Mutex<T>) -> MutexGuard<'_, T> {
    places.lock().unwrap_or_else(PoisonError::into_inner)
}
