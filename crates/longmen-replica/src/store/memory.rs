//! Rows in memory, for as long as the replica runs.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use super::{Row, Store};
use crate::StoreError;

/// Rows in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore(RwLock<BTreeMap<Vec<u8>, Vec<u8>>>);

impl Store for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    fn last_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(rows.range(low.to_vec()..=high.to_vec()).next_back().map(owned))
    }

    fn first_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(rows.range(low.to_vec()..=high.to_vec()).next().map(owned))
    }

    fn put(&self, (key, value): Row) -> Result<(), StoreError> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, value);
        Ok(())
    }

    fn put_all(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(rows);
        Ok(())
    }
}

fn owned((key, value): (&Vec<u8>, &Vec<u8>)) -> Row {
    (key.clone(), value.clone())
}

#[cfg(test)]
impl MemoryStore {
    /// Every row as it is kept.
    pub(crate) fn rows(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
impl From<BTreeMap<Vec<u8>, Vec<u8>>> for MemoryStore {
    fn from(rows: BTreeMap<Vec<u8>, Vec<u8>>) -> Self {
        Self(RwLock::new(rows))
    }
}

/// So that a test can look at the rows behind the back of whoever uses them.
#[cfg(test)]
impl Store for std::sync::Arc<MemoryStore> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).get(key)
    }

    fn last_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        (**self).last_in(low, high)
    }

    fn first_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        (**self).first_in(low, high)
    }

    fn put(&self, row: Row) -> Result<(), StoreError> {
        (**self).put(row)
    }

    fn put_all(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        (**self).put_all(rows)
    }
}
