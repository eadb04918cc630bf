//! Where an entry stands, and who knows first how far entries are durable.

use std::fmt::Debug;
use std::time::Duration;

use crate::hash::Hash;

/// Where an entry stands in the journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// The count of entries before it.
    pub position: u64,
    /// Its link in the hash chain, which covers every entry up to it.
    pub hash: Hash,
    /// Its journal time in nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: u64,
}

/// Tells how far a journal is durable before its files do: the process that writes it knows first.
///
/// Whoever follows a journal in another process has none, and looks at the files now and then.
pub trait Watch: Send + Sync + Debug {
    /// The last entry that is durable.
    fn durable(&self) -> Stamp;

    /// Waits until an entry beyond `position` is durable, for no longer than `timeout`, and gives the last durable one.
    fn wait_beyond(&self, position: u64, timeout: Duration) -> Stamp;
}
