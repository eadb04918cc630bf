//! Why there is no report.

use std::io;

use longmen_journal::JournalError;

/// Why a journal could not be audited at all. Damage and broken laws are no errors: they are in the report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// There is no journal here, or the storage failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The storage failed while every byte was looked at.
    #[error("the journal could not be looked at: {0}; check the disk, then audit again")]
    Storage(#[source] io::Error),
}
