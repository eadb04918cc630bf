//! The append-only, hash-chained journal: bytes, segments, recovery.
//!
//! This crate knows bytes only.
//! It appends opaque payloads as *entries* of one hash chain, makes them durable a *batch* at a time, tells a write
//! torn by a power cut from damage to acknowledged data, and lets readers verify every byte.
//! It does not know what an entry means, holds no balances, reads no clock and never repairs what it finds damaged.
//!
//! The bytes are documented in `docs/format/journal-v1.md`; `docs/format/verify_journal.py` is a second reader.
//!
//! # Words
//!
//! *Entry*: one link of the chain. *Position*: its number, from 0. *Batch*: what one sync makes durable.
//! *Segment*: a file. *Epoch*: the term of one writer, raised by every open for writing.
//! *Head*: the next position and the hash of the last entry. *Watermark*: the offset below which all is known synced.
//!
//! # Example: write a journal and read it back
//!
//! ```
//! use std::sync::Arc;
//! use longmen_journal::{Appender, Batch, Config, Journal, MemoryStorage};
//!
//! let disk = MemoryStorage::new();
//! let mut appender = Appender::create(Arc::new(disk.clone()), Config::default(), 1_000)?;
//!
//! let head = appender.head();
//! let mut batch = Batch::new();
//! batch.push(16, 1, head.next_position, 2_000, appender.epoch(), |payload| payload.extend_from_slice(b"hello"));
//! appender.append(&mut batch, 2_001)?;
//! appender.close(3_000)?;
//!
//! let journal = Journal::open(Arc::new(disk))?;
//! let mut entries = journal.read(1)?;
//! let entry = entries.next().expect("one entry after the genesis entry")?;
//! assert_eq!(entry.payload, b"hello");
//! assert_eq!(entry.hash, batch.hashes()[0]);
//! # Ok::<(), longmen_journal::JournalError>(())
//! ```

mod append;
mod batch;
mod catalog;
mod config;
mod error;
pub mod hash;
mod inspect;
mod layout;
mod read;
pub mod record;
mod recovery;
mod run;
mod snapshot;
mod stamp;
mod storage;
mod survey;
mod walk;

pub use append::{Appender, Head, Opening, Recovery};
pub use batch::Batch;
pub use config::{Config, Entropy, LedgerId};
pub use error::{Damage, DamageClass, JournalError};
pub use hash::{EntryHash, Hash};
pub use inspect::{Inspection, InspectionState, inspect};
pub use layout::MAX_BATCH_BYTES;
pub use read::{Entries, EntryRef, Journal, SegmentInfo};
pub use record::Record;
pub use recovery::{Refusal, TailFacts, Verdict, judge};
pub use run::{KeyRun, MetaRun, Run, RunRow, Runs};
pub use snapshot::Snapshot;
pub use stamp::{Stamp, Watch};
pub use storage::{Claim, FileStorage, MemoryStorage, ReadFile, ReadStorage, Storage, WriteFile};

/// The first entry kind that belongs to the caller; kinds below are the journal's own.
pub const KIND_FIRST_FREE: u16 = 16;
