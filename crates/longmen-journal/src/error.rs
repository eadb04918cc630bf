//! What can go wrong, and what to do next.

use std::fmt;
use std::io;

use crate::append::Head;
use crate::hash::Hash;
use crate::stamp::Stamp;

/// Why the journal did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The storage failed.
    #[error("could not {op} {file}: {source}; check the disk, then open the journal again")]
    Io {
        /// What was tried.
        op: &'static str,
        /// The file, relative to the journal's directory.
        file: String,
        /// The storage's own error.
        source: io::Error,
    },
    /// The journal's lock is held.
    #[error(
        "the journal's lock is held: by a writer, or for a moment by a reader that is looking for one; close the writer, \
         or try again"
    )]
    InUse,
    /// There is no journal here.
    #[error("not a journal: {reason}; create one, or check the path")]
    NotAJournal {
        /// What is missing.
        reason: String,
    },
    /// There is a journal here already.
    #[error("a journal exists here already; open it, or choose an empty directory")]
    AlreadyExists,
    /// Acknowledged data is damaged; the journal refuses to open and repairs nothing by itself.
    #[error("the journal is damaged: {0}; keep the directory as it is and restore from a verified copy")]
    Corrupt(Damage),
    /// An earlier error made it unknown what is on disk.
    #[error("the journal stopped after an error ({cause}); nothing more is accepted: open it again")]
    Poisoned {
        /// The first error.
        cause: String,
    },
    /// The directory is no longer the one that was claimed.
    #[error("the journal's directory was replaced while it was open; stop this writer")]
    Fenced,
    /// The batch is larger than this journal can make durable in one piece.
    #[error("a batch of {bytes} bytes is over the limit of {max}; split it")]
    TooLarge {
        /// The batch's size on disk.
        bytes: u64,
        /// The largest size.
        max: u64,
    },
    /// The next segment cannot be prepared; nothing was written and nothing is lost.
    #[error("no space for the next segment: {source}; free some space and try again")]
    NoSpace {
        /// The storage's own error.
        source: io::Error,
    },
    /// The batch does not continue the chain, or a time is one that no sound clock tells; nothing was written.
    #[error("refused before anything was written: {reason}; correct that and try again")]
    BadBatch {
        /// What does not fit.
        reason: String,
    },
    /// The journal has another entry where the one stood that was followed.
    #[error(
        "entry {position} has the hash {found} here, and the one that was followed had {expected}: this is another \
         journal, or its past was replaced; find out which of the two is right, or follow this one from its beginning"
    )]
    Forked {
        /// The entry's position.
        position: u64,
        /// The hash of the entry that was followed.
        expected: Hash,
        /// The hash of the entry that is here.
        found: Hash,
    },
    /// The journal ends before the entry that was followed.
    #[error(
        "the journal ends before position {}, and entry {} had been read from it: it was cut off or put back from a \
         copy; find the rest, or follow what is here from its beginning",
        head.next_position, expected.position
    )]
    Cut {
        /// Where the journal ends, entries that are not known to be durable included.
        head: Head,
        /// The entry that was followed.
        expected: Stamp,
    },
    /// The segment size is not one a journal can have.
    #[error("a segment size of {bytes} bytes is refused; choose a multiple of 64 KiB, at most 1 GiB")]
    SegmentSize {
        /// The size asked for.
        bytes: u64,
    },
}

impl JournalError {
    pub(crate) fn io(op: &'static str, file: &str) -> impl FnOnce(io::Error) -> JournalError {
        let file = file.to_owned();
        move |source| JournalError::Io { op, file, source }
    }
}

/// One thing found wrong with the bytes of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// What kind of damage.
    pub class: DamageClass,
    /// The file, relative to the journal's directory.
    pub file: String,
    /// Where in the file, in bytes from its start.
    pub offset: u64,
    /// The first entry that is touched, where that is known.
    pub position: Option<u64>,
    /// The finding in words.
    pub detail: String,
}

impl Damage {
    pub(crate) fn new(class: DamageClass, file: &str, offset: u64, detail: impl Into<String>) -> Damage {
        Damage { class, file: file.to_owned(), offset, position: None, detail: detail.into() }
    }

    pub(crate) fn at_position(mut self, position: u64) -> Damage {
        self.position = Some(position);
        self
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {} at offset {}", self.class, self.file, self.offset)?;
        if let Some(position) = self.position {
            write!(f, ", entry {position}")?;
        }
        write!(f, ": {}", self.detail)
    }
}

/// The kinds of damage that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DamageClass {
    /// A manifest slot is missing or does not verify.
    Manifest,
    /// A segment's header does not verify.
    SegmentHeader,
    /// A segment file is missing.
    MissingSegment,
    /// A segment file has the wrong length.
    FileLength,
    /// A batch does not verify.
    Batch,
    /// A batch or segment verifies but does not continue the chain: something was moved, removed, repeated or spliced in.
    Chain,
    /// An entry does not verify.
    Entry,
    /// A seal does not verify or contradicts its segment.
    Seal,
    /// Acknowledged bytes are gone: valid data ends before the watermark.
    LostTail,
    /// Bytes stand where nothing was written.
    StrayBytes,
    /// A file is there that no writer in this chain made.
    StrayFile,
    /// Dropped bytes differ from what the recovery recorded, or the record is missing.
    Recovery,
    /// A quarantined copy differs from the bytes it was taken from.
    Quarantine,
    /// A snapshot does not verify.
    Snapshot,
}

impl fmt::Display for DamageClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DamageClass::Manifest => "damaged manifest",
            DamageClass::SegmentHeader => "damaged segment header",
            DamageClass::MissingSegment => "missing segment",
            DamageClass::FileLength => "wrong file length",
            DamageClass::Batch => "damaged batch",
            DamageClass::Chain => "broken chain",
            DamageClass::Entry => "damaged entry",
            DamageClass::Seal => "damaged seal",
            DamageClass::LostTail => "lost tail",
            DamageClass::StrayBytes => "stray bytes",
            DamageClass::StrayFile => "stray file",
            DamageClass::Recovery => "contradicted recovery",
            DamageClass::Quarantine => "damaged quarantine copy",
            DamageClass::Snapshot => "damaged snapshot",
        })
    }
}
