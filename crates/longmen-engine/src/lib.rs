//! The single writer: it takes commands from any number of threads, decides them one after the other, and makes them
//! durable in groups.
//!
//! ```text
//! submit -> queue -> decide, apply, encode -> append + one sync -> publish -> receipts
//!           (many)   the writer thread        the committer, on the writer's or the sync thread
//! ```
//!
//! Architecture invariants:
//! a receipt is handed out only after its entry is synced;
//! readers see only what is published, and only synced entries are published;
//! after any I/O error nothing more is written or acknowledged.

mod committer;
mod entries;
mod error;
mod find;
mod first_receipts;
mod key_index;
mod ledger;
mod meta_index;
mod options;
mod past;
mod published;
mod receipt;
mod restore;
mod snapshot;
mod sync_thread;
mod ticket;
mod view;
mod work;
mod writer;

pub use entries::{Content, Entries, JournalEntry, entries};
pub use error::Error;
pub use find::{FoundEntries, find_entries};
pub use ledger::Ledger;
pub use longmen_journal::Stamp;
pub use options::{Clock, Durability, Options};
pub use receipt::{Outcome, Receipt};
pub use restore::{Replayed, replay};
pub use ticket::{Ticket, Waiting};
pub use view::View;
