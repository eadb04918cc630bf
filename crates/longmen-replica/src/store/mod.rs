//! Where rows are kept: one trait, so that what keeps them can be replaced.
//!
//! A store knows keys and values only. Everything in it can be built again from the journal, so nothing in it is ever
//! repaired: what is damaged is thrown away whole.

mod checked;
mod dir;
mod memory;
mod sled;

pub(crate) use checked::CheckedStore;
pub(crate) use dir::StoreDir;
pub(crate) use memory::MemoryStore;
pub(crate) use sled::SledStore;

use std::fmt::Debug;

use crate::StoreError;

/// A key and its value.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

/// Rows in the order of their keys.
pub(crate) trait Store: Send + Sync + Debug {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The row with the greatest key from `low` to `high`, both included.
    fn last_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError>;

    /// The row with the least key from `low` to `high`, both included.
    fn first_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError>;

    /// Puts a row, in the place of one with the same key if there is one; it is durable after the next `put_all`.
    fn put(&self, row: Row) -> Result<(), StoreError>;

    /// Puts all of these rows or, whatever happens, none; they are durable afterwards.
    fn put_all(&self, rows: Vec<Row>) -> Result<(), StoreError>;
}
