//! What the tests of the journal and the engine are run against: a disk that can lose, tear and refuse, a clock that
//! can be set, and workloads that one seed brings back.
//!
//! ```
//! use std::sync::Arc;
//! use longmen_journal::{Appender, Config, inspect};
//! use longmen_sim::SimDisk;
//!
//! let disk = SimDisk::new();
//! Appender::create(Arc::new(disk.clone()), Config { segment_size: 64 << 10, ..Config::default() }, 1_000)?;
//! // Not closed; now the power goes, and only what was synced is sure to be there.
//! for seed in 0..4 {
//!     let after = disk.crash(seed);
//!     assert!(inspect(&after, &mut |_, _| ())?.damages.is_empty());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What the disk is not: it knows nothing of misdirected writes, and a sector of 512 bytes is always written whole or
//! not at all.

mod clock;
mod disk;
mod random;
mod workload;

pub use clock::TestClock;
pub use disk::{Fault, Moment, Op, OpKind, SECTOR, SimDisk, When};
pub use random::Random;
pub use workload::{Step, Workload};
