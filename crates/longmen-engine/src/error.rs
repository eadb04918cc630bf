use std::sync::Arc;

use longmen_core::ApplyError;
use longmen_journal::JournalError;
use longmen_wire::DecodeError;
use thiserror::Error;

/// What keeps the engine from working. A refused command is none of these: it is an [`Outcome`](crate::Outcome).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The journal could not be read or written, or is not what it should be.
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
    /// The write that held this command failed, or what its key stands for could not be read, so it may or may not be
    /// in the journal.
    #[error(
        "the outcome of the command is unknown ({cause}); \
         open the ledger again and submit the same command with the same key"
    )]
    OutcomeUnknown {
        /// The first error.
        cause: Arc<str>,
    },
    /// An earlier write failed, so the ledger takes no more commands. Nothing of this command was written.
    #[error(
        "the ledger stopped after an error ({cause}); nothing of this command was written; \
         open the ledger again and submit it again"
    )]
    Poisoned {
        /// The first error.
        cause: Arc<str>,
    },
    /// The ledger could not be closed, because it had stopped after an error.
    #[error(
        "the ledger had stopped after an error ({cause}) and was not closed; \
         what was acknowledged is in the journal; open the ledger again"
    )]
    Stopped {
        /// The first error.
        cause: Arc<str>,
    },
    /// The journal's end and its replay differ.
    #[error(
        "replaying the journal ends at position {replayed} and the journal at {journal}; run `longmen verify`"
    )]
    HeadsDiffer {
        /// Where the replay ends.
        replayed: u64,
        /// Where the journal ends.
        journal: u64,
    },
    /// The ledger was closed before the command was taken. Nothing of it was written.
    #[error("the ledger is closed; nothing of this command was written")]
    Closed,
    /// The slice could be larger than one batch.
    #[error(
        "the slice may need {bytes} bytes and a batch has room for {bytes_max}; submit it in smaller slices"
    )]
    SliceTooLarge {
        /// What the slice may need.
        bytes: usize,
        /// What a batch has room for.
        bytes_max: usize,
    },
    /// The ledger has as many entries as its key index can name.
    #[error(
        "the ledger has 1,099,511,627,776 entries and takes no more; nothing of this command was written; \
         go on in a new ledger"
    )]
    Full,
    /// An entry is not what an index of entries says of it, so the index may also have left something out.
    #[error(
        "the entry at position {position} does not have what an index says that it has; \
         run `longmen verify` on the directory and open the ledger again"
    )]
    Misled {
        /// The entry's position.
        position: u64,
    },
    /// A snapshot or its runs do not go together.
    #[error(
        "the snapshot at position {position} cannot be used: {what}; an older one or the journal takes its place"
    )]
    Snapshot {
        /// The position that it covers.
        position: u64,
        /// What does not fit.
        what: &'static str,
    },
    /// A view at a position was waited for, and not for long enough.
    #[error(
        "position {position} is not published yet: the ledger is at {published}; \
         wait longer, or ask for a position that a receipt has named"
    )]
    NotPublished {
        /// The position that was asked for.
        position: u64,
        /// The position that is published.
        published: u64,
    },
    /// A view at a position was waited for, and the ledger stopped or was closed before it.
    #[error(
        "position {position} is not published and will not be: the ledger ended at {published} ({cause}); \
         open the ledger again and ask again"
    )]
    NeverPublished {
        /// The position that was asked for.
        position: u64,
        /// The position that is published.
        published: u64,
        /// Why nothing more is published.
        cause: Arc<str>,
    },
    /// A view at exactly one position was asked for, and the ledger is at another one.
    #[error(
        "the ledger is at position {published}, not at {position}, and keeps no others; \
         let a replica follow the ledger and ask it, or replay the journal up to there"
    )]
    AnotherPosition {
        /// The position that was asked for.
        position: u64,
        /// The position that is published.
        published: u64,
    },
    /// A thread could not be started.
    #[error("a thread could not be started: {0}; free resources and open the ledger again")]
    Thread(std::io::Error),
}

impl Error {
    /// What a command is told where this error kept its key from being looked up.
    pub(crate) fn unknown(self) -> Self {
        match self {
            Self::OutcomeUnknown { .. } => self,
            error => Self::OutcomeUnknown { cause: error.to_string().into() },
        }
    }
}
