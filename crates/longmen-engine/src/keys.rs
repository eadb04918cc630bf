//! The idempotency index: what the journal holds under a key.

use std::collections::HashMap;

use longmen_core::{Entry, Key, Prior};
use longmen_wire::KeyRow;

/// Every key that was ever used, in memory.
#[derive(Debug, Default)]
pub(crate) struct Keys(HashMap<Key, Prior>);

impl Keys {
    pub(crate) fn get(&self, key: &Key) -> Option<Prior> {
        self.0.get(key).copied()
    }

    /// Remembers the key of the entry at `position`, if it has one.
    pub(crate) fn note(&mut self, position: u64, entry: &Entry) {
        if let Some(key) = entry.key {
            self.0.insert(key, Prior { digest: entry.digest, position });
        }
    }

    pub(crate) fn restore(rows: Vec<KeyRow>) -> Self {
        Self(rows.into_iter().map(|row| (row.key, row.prior)).collect())
    }

    /// Every key in the order of its entry.
    pub(crate) fn rows(&self) -> Vec<KeyRow> {
        let mut rows: Vec<_> =
            self.0.iter().map(|(key, prior)| KeyRow { key: *key, prior: *prior }).collect();
        rows.sort_unstable_by_key(|row| row.prior.position);
        rows
    }
}
