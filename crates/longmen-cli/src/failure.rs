//! Why a subcommand ended early, in words for a person, and the exit code that goes with it.

use std::fmt::Display;
use std::io;
use std::path::Path;

use longmen::{AuditError, Error, JournalError, replica};

/// Why a subcommand ended early. The message has been made for a person.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The ledger could not be read or written.
    Ledger(String),
    /// A line or a file was refused.
    Refused(String),
    /// Damage was found.
    Damage(String),
    /// Whoever read our output has gone, which is no failure.
    OutputClosed,
}

/// What a subcommand gives back.
pub(crate) type Outcome = Result<(), Failure>;

impl Failure {
    /// The exit code and what to say.
    pub(crate) fn verdict(self) -> (u8, String) {
        match self {
            Self::OutputClosed => (0, String::new()),
            Self::Ledger(message) => (1, message),
            Self::Refused(message) => (3, message),
            Self::Damage(message) => (4, message),
        }
    }

    /// Of a ledger in a directory, which the message then names.
    pub(crate) fn of_ledger(dir: &Path) -> impl FnOnce(Error) -> Self {
        move |error| match error {
            Error::Journal(error) => Self::of_journal(dir, &error),
            other => match Self::from(other) {
                Self::Damage(message) => Self::Damage(format!("{}: {message}", dir.display())),
                other => other,
            },
        }
    }

    /// Of an audit of a directory.
    pub(crate) fn of_audit(dir: &Path) -> impl FnOnce(AuditError) -> Self {
        move |error| match error {
            AuditError::Journal(error) => Self::of_journal(dir, &error),
            other => Self::Ledger(format!("{}: {other}", dir.display())),
        }
    }

    /// Of a replica of the ledger in a directory.
    pub(crate) fn of_replica(dir: &Path) -> impl FnOnce(replica::Error) -> Self {
        move |error| Self::of_stopped_replica(dir, &error)
    }

    /// The same of one that may have stopped for this reason.
    pub(crate) fn of_stopped_replica(dir: &Path, error: &replica::Error) -> Self {
        use replica::Error as Of;
        match error {
            Of::Stopped { cause } => Self::of_stopped_replica(dir, cause),
            Of::Journal(error) => Self::of_journal(dir, error),
            Of::Decode { .. } | Of::Apply(_) => Self::Damage(format!("{}: {error}", dir.display())),
            Of::Unknown { .. }
            | Of::Future { .. }
            | Of::BeforeFirst { .. }
            | Of::Cursor { .. }
            | Of::Question { .. } => Self::Refused(error.to_string()),
            other => Self::Ledger(format!("{}: {other}", dir.display())),
        }
    }

    fn of_journal(dir: &Path, error: &JournalError) -> Self {
        let of = |message: &dyn Display| format!("{}: {message}", dir.display());
        match error {
            JournalError::NotAJournal { reason } => Self::Ledger(of(&format_args!(
                "no ledger is here ({reason}); check the path, or create one with `longmen init`"
            ))),
            JournalError::InUse => Self::Ledger(of(
                &"another process has this ledger open for writing; end that one first, or look at it with balance, \
                  entries or verify, which work beside it",
            )),
            JournalError::Corrupt(_) => {
                Self::Damage(of(&format_args!("{error}; `longmen verify` tells all that is damaged")))
            }
            JournalError::Forked { .. } | JournalError::Cut { .. } => Self::Damage(of(error)),
            _ => Self::Ledger(of(error)),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Journal(JournalError::Corrupt(_)) | Error::Decode { .. } | Error::Apply(_) => {
                Self::Damage(message)
            }
            _ => Self::Ledger(message),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Ledger(error.to_string()),
        }
    }
}
