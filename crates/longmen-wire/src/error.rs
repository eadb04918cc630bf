use thiserror::Error;

/// Bytes that are not what this crate writes.
///
/// The bytes passed the journal's hash checks, so this is no damage on the disk: they were written by another program
/// or by a later version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The entry kind is not known.
    #[error(
        "entry kind {0} is not known here; read the journal with the version that wrote it, or a later one"
    )]
    UnknownKind(u16),
    /// The schema number is not known.
    #[error(
        "entry schema {0} is not known here; read the journal with the version that wrote it, or a later one"
    )]
    UnknownSchema(u16),
    /// The bytes end before their row does.
    #[error("the bytes end inside {0}")]
    Short(&'static str),
    /// Bytes are left over.
    #[error("{0} bytes are left over behind the last field")]
    LeftOver(usize),
    /// A field has a value that is never written.
    #[error("the field {0} has a value that is never written")]
    BadField(&'static str),
}
