//! What can go wrong with a replica, and what to do next.

use std::path::PathBuf;
use std::sync::Arc;

use longmen_core::ApplyError;
use longmen_journal::{JournalError, LedgerId};
use longmen_wire::DecodeError;

/// Why a replica does not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The journal could not be read, is damaged, or is not the one that was followed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An entry's bytes are whole but cannot be read.
    #[error("the entry at position {position} cannot be read: {source}")]
    Decode {
        /// The entry's position.
        position: u64,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// An entry does not follow from the entries before it.
    #[error("{0}; run `longmen verify` on the directory")]
    Apply(#[from] ApplyError),
    /// The rows could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The replica's rows are of another ledger.
    #[error(
        "the replica's rows are of ledger {rows}, and the journal is of ledger {journal}; \
         give every ledger a replica directory of its own"
    )]
    OtherLedger {
        /// Whose rows they are.
        rows: LedgerId,
        /// Whose journal it is.
        journal: LedgerId,
    },
    /// Another replica has the directory.
    #[error(
        "another replica has {} open; close it, or give this one a directory of its own",
        dir.display()
    )]
    InUse {
        /// The directory.
        dir: PathBuf,
    },
    /// The deadline passed before the position was reached.
    #[error(
        "position {wanted} was not reached in time; the replica is at {at}; ask again, or give it more time"
    )]
    NotYet {
        /// The position that was asked for.
        wanted: u64,
        /// Where the replica is.
        at: u64,
    },
    /// A position, or a time, that the ledger has not come to.
    #[error("position {wanted} is in the future; the last entry is at {at}")]
    Future {
        /// The position that was asked for.
        wanted: u64,
        /// The last entry of the ledger that the replica knows of, or of the view that was asked.
        at: u64,
    },
    /// A time before the ledger's first entry.
    #[error(
        "nothing is known of a time before the ledger's first entry, which is of {first_ns} ns; ask for a later one"
    )]
    BeforeFirst {
        /// When the first entry was journaled, in nanoseconds since 1970-01-01T00:00:00Z.
        first_ns: u64,
    },
    /// The rows are being built again, after damage to them was found.
    #[error("the replica's rows are being built again: {done} of {all} entries; ask again later")]
    Rebuilding {
        /// How many entries are folded in.
        done: u64,
        /// How many there were.
        all: u64,
    },
    /// The replica follows no more.
    #[error("the replica stopped: {cause}")]
    Stopped {
        /// Why.
        #[source]
        cause: Arc<Error>,
    },
    /// It was closed.
    #[error("it was closed; follow the ledger anew")]
    Closed,
    /// A thread of the replica panicked; what it was about to do is half done, and nothing is answered from that.
    #[error(
        "the thread that {work} failed inside itself; follow the ledger anew, and please report what it said"
    )]
    Panicked {
        /// What the thread does.
        work: &'static str,
    },
    /// There is no such thing at this position.
    #[error("there is no {what} {name} at this position; check the name")]
    Unknown {
        /// What was asked for, such as `account`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The cursor cannot be used.
    #[error("the cursor cannot be used: {what}; start again without one")]
    Cursor {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The question makes no sense.
    #[error("{what}")]
    Question {
        /// What is wrong with it, and what to ask instead.
        what: String,
    },
    /// A thread could not be started.
    #[error("a thread could not be started: {0}; free resources and try again")]
    Thread(std::io::Error),
}

/// Why rows could not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The storage failed.
    #[error(
        "the replica's rows could not be {op}: {cause}; check the disk, or delete the replica's directory"
    )]
    Io {
        /// What was tried.
        op: &'static str,
        /// What the store says.
        cause: String,
    },
    /// What was read is not what was written.
    #[error("the replica's rows are damaged ({what}); they are built again from the journal")]
    Damaged {
        /// What does not fit.
        what: String,
    },
}

impl StoreError {
    /// Whether other rows, built again, would help.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}
