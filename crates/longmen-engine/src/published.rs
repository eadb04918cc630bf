//! What readers see: the state after the last synced entry.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use longmen_core::{MetaKey, Value};
use longmen_journal::{Head, MetaRun, RunRow};
use longmen_wallet::State;

use crate::meta_index::{MetaHasher, MetaIndex, Places};
use crate::work::Journaled;

/// The state at a position that is durable.
#[derive(Debug)]
pub(crate) struct Published {
    now: RwLock<Now>,
    meta_hasher: MetaHasher,
    /// How many batches were committed since the ledger was opened.
    batches: AtomicU64,
}

#[derive(Debug)]
struct Now {
    state: State,
    head: Head,
    meta: MetaIndex,
}

impl Published {
    pub(crate) fn new(state: State, head: Head, meta: MetaIndex) -> Self {
        let meta_hasher = meta.hasher();
        Self { now: RwLock::new(Now { state, head, meta }), meta_hasher, batches: AtomicU64::new(0) }
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&State, Head) -> T) -> T {
        let guard = self.now.read().unwrap_or_else(PoisonError::into_inner);
        look(&guard.state, guard.head)
    }

    /// Where a pair of metadata may stand, and the count of published entries.
    pub(crate) fn places(&self, key: &MetaKey, value: &Value) -> (Places, u64) {
        let guard = self.now.read().unwrap_or_else(PoisonError::into_inner);
        (guard.meta.places(key, value), guard.head.next_position)
    }

    /// From now on these meta runs, which cover every entry before `covered`, stand for what was in memory.
    pub(crate) fn cover(&self, runs: &[MetaRun], covered: u64) {
        let mut guard = self.now.write().unwrap_or_else(PoisonError::into_inner);
        let gone = guard.meta.cover(runs, covered);
        // It is freed where no reader waits.
        drop(guard);
        drop(gone);
    }

    /// Folds in entries and moves the head.
    pub(crate) fn advance(&self, entries: &[Journaled], head: Head) {
        // Where no entry has metadata nothing is allocated.
        let mut rows: Vec<RunRow> = Vec::new();
        for Journaled { position, entry, .. } in entries {
            rows.extend(self.meta_hasher.rows(*position, entry));
        }
        let mut guard = self.now.write().unwrap_or_else(PoisonError::into_inner);
        for Journaled { position, time_ns, entry } in entries {
            let folded = guard.state.apply(*position, *time_ns, entry);
            assert_eq!(folded, Ok(()), "the writer's state took the same entry");
        }
        rows.into_iter().for_each(|row| guard.meta.push(row));
        guard.head = head;
        self.batches.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }
}
