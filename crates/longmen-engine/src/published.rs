//! What readers see: the books after the last synced entry.

use std::sync::{PoisonError, RwLock};

use longmen_core::{Books, Entry};
use longmen_journal::Head;

/// The books at a position that is durable.
#[derive(Debug)]
pub(crate) struct Published(RwLock<(Books, Head)>);

impl Published {
    pub(crate) fn new(books: Books, head: Head) -> Self {
        Self(RwLock::new((books, head)))
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&Books, Head) -> T) -> T {
        let guard = self.0.read().unwrap_or_else(PoisonError::into_inner);
        look(&guard.0, guard.1)
    }

    /// Folds in the entries from `first_position` on and moves the head.
    pub(crate) fn advance(&self, entries: &[(u64, Entry)], head: Head) {
        let mut guard = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (position, entry) in entries {
            let folded = guard.0.apply(*position, entry);
            debug_assert_eq!(folded, Ok(()), "the writer's books took the same entry");
        }
        guard.1 = head;
    }
}
