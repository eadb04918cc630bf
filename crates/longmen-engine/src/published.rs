//! What readers see: the books after the last synced entry.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use longmen_core::Books;
use longmen_journal::Head;

use crate::work::Journaled;

/// The books at a position that is durable.
#[derive(Debug)]
pub(crate) struct Published {
    state: RwLock<(Books, Head)>,
    /// How many batches were committed since the ledger was opened.
    batches: AtomicU64,
}

impl Published {
    pub(crate) fn new(books: Books, head: Head) -> Self {
        Self { state: RwLock::new((books, head)), batches: AtomicU64::new(0) }
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&Books, Head) -> T) -> T {
        let guard = self.state.read().unwrap_or_else(PoisonError::into_inner);
        look(&guard.0, guard.1)
    }

    /// Folds in entries and moves the head.
    pub(crate) fn advance(&self, entries: &[Journaled], head: Head) {
        let mut guard = self.state.write().unwrap_or_else(PoisonError::into_inner);
        for Journaled { position, time_ns, entry } in entries {
            let folded = guard.0.apply(*position, *time_ns, entry);
            assert_eq!(folded, Ok(()), "the writer's books took the same entry");
        }
        guard.1 = head;
        self.batches.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }
}
