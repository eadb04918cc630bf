//! What travels between the caller, the writer and the committer.

use longmen_core::{Command, Digest, Entry, Refusal};
use longmen_journal::Batch;
use longmen_journal::record::SnapshotMark;
use oneshot::Sender;

use crate::{Error, Receipt};

/// A command with the digest of its content, which the caller's thread worked out.
#[derive(Debug)]
pub(crate) struct Digested {
    pub(crate) command: Command,
    pub(crate) digest: Digest,
}

/// What waits in the queue.
#[derive(Debug)]
pub(crate) enum Job {
    One(Digested, Sender<Result<Receipt, Error>>),
    /// Commands that come into one batch, with the most bytes that they may need there.
    Many {
        commands: Vec<Digested>,
        bytes_max: usize,
        reply: Sender<Result<Vec<Receipt>, Error>>,
    },
    SnapshotTaken(SnapshotMark),
    Close(Sender<Result<(), Error>>),
}

/// What the writer knows of a command's answer before it is synced.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// The entry at this place of the batch.
    Entry { index: usize, position: u64, time_ns: u64, refusal: Option<Refusal> },
    /// An entry that was journaled before, here or in an earlier batch.
    Replay { position: u64 },
    /// Refused without a trace.
    Refused(Refusal),
}

/// Who waits for which answers.
#[derive(Debug)]
pub(crate) enum Waiter {
    One(Answer, Sender<Result<Receipt, Error>>),
    Many(Vec<Answer>, Sender<Result<Vec<Receipt>, Error>>),
}

impl Waiter {
    pub(crate) fn fail(self, error: impl FnOnce() -> Error) {
        match self {
            Self::One(_, reply) => drop(reply.send(Err(error()))),
            Self::Many(_, reply) => drop(reply.send(Err(error()))),
        }
    }
}

/// One batch in the making: its bytes, its entries and those who wait for them.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) batch: Batch,
    /// The ledger's entries of the batch with their positions; the journal's own are not among them.
    pub(crate) entries: Vec<(u64, Entry)>,
    pub(crate) waiters: Vec<Waiter>,
}

impl Work {
    /// Nothing to write and nobody to answer.
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.entry_count() == 0 && self.waiters.is_empty()
    }

    /// The batch's size so far, rounded up to whole sectors.
    pub(crate) fn bytes(&self) -> usize {
        usize::try_from(self.batch.len_bytes()).unwrap_or(usize::MAX)
    }

    pub(crate) fn clear(&mut self) {
        self.batch.clear();
        self.entries.clear();
        self.waiters.clear();
    }
}
