//! What can go wrong, and what to do next.

use std::io;

/// Why a secret was not sealed, not opened or not erased.
///
/// No message names a subject or says anything about a plaintext, so that all of them may be logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The storage failed.
    #[error("could not {op} {file}: {source}; check the disk, then open the keys again")]
    Io {
        /// What was tried.
        op: &'static str,
        /// The file, relative to the key directory.
        file: String,
        /// The storage's own error.
        source: io::Error,
    },
    /// Another process, or another value in this one, has these keys open.
    #[error("the keys are in use; close whoever has them open, or try again")]
    InUse,
    /// There are no keys here.
    #[error(
        "there is no KEYRING here; create the keys, or check the path, or restore the file if key files are here"
    )]
    NotKeys,
    /// There are keys or tombstones here already.
    #[error("there are keys or tombstones here already; open them, or choose an empty directory")]
    AlreadyExists,
    /// An earlier error made it unknown what is on disk, or the directory is no longer the one that was opened.
    #[error("the keys stopped after an error, or their directory was replaced; open them again")]
    Stopped,
    /// The file is sound, and wrapped under another key-encryption key.
    #[error(
        "{file} is wrapped under another key-encryption key; give that of the last rewrap, or the one before"
    )]
    WrongKek {
        /// The file, relative to the key directory.
        file: String,
    },
    /// A file of the key directory is not as it was written.
    #[error(
        "{file} is damaged: {reason}; restore it from a backup, then erase again whom the journal calls erased"
    )]
    Damaged {
        /// The file, relative to the key directory.
        file: String,
        /// What does not fit.
        reason: &'static str,
    },
    /// A subject's name is not one.
    #[error("a subject has 1 to 40 printable ASCII characters; name it by a token")]
    BadSubject,
    /// The plaintext is too long to be sealed.
    #[error(
        "a secret of {bytes} bytes is over the limit of {max}; shorten it, or seal the place where it is kept"
    )]
    TooLong {
        /// The plaintext's length.
        bytes: usize,
        /// The longest plaintext.
        max: usize,
    },
    /// The subject never had a key here.
    #[error("the subject has no key here; check its name, or restore the newest backup of the key directory")]
    UnknownSubject,
    /// The subject's key was destroyed.
    #[error(
        "the subject was erased; its secrets cannot be opened, and it gets no new ones: go on without them"
    )]
    Erased,
    /// The bytes do not have the form of sealed bytes.
    #[error("{len} bytes are not a secret of version 1; check where they come from")]
    Malformed {
        /// How many bytes there are.
        len: usize,
    },
    /// The bytes commit to a key that is not this subject's.
    #[error(
        "the secret commits to another key than this subject's; check the subject, then verify the journal"
    )]
    OtherKey,
    /// The bytes were sealed for another context.
    #[error("the secret belongs to another command; open it with the key of the command it was sealed for")]
    WrongContext,
    /// The bytes were changed after they were sealed.
    #[error(
        "the secret was changed after it was sealed; verify the journal, and restore it from a sound copy"
    )]
    Tampered,
}

impl SecretError {
    pub(crate) fn io(op: &'static str, file: &str) -> impl FnOnce(io::Error) -> SecretError {
        // The directory itself has the empty path, which would leave a hole in the sentence.
        let file = if file.is_empty() { "the key directory" } else { file }.to_owned();
        move |source| SecretError::Io { op, file, source }
    }
}
