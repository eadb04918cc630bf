//! What travels between the caller, the writer and the committer.

use std::sync::Arc;

use longmen_core::{Action, Command, Digest, Entry, Refusal};
use longmen_journal::Batch;
use longmen_journal::record::SnapshotMark;
use oneshot::Sender;

use crate::{Error, Receipt};

/// More bytes than any entry needs beside its postings and memo: the journal's header and hash, head, row, key, padding.
const ENTRY_BYTES_MAX: usize = 64 + 32 + 72 + 40 + 16;
const POSTING_BYTES: usize = 16;

/// The most bytes that the end of a hold may need.
pub(crate) const EXPIRY_BYTES_MAX: usize = ENTRY_BYTES_MAX + 2 * POSTING_BYTES;

/// What is worked out of a command on the caller's thread, because the writer's time is scarcer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    /// The digest of its content.
    pub(crate) digest: Digest,
    /// The hash of its key.
    pub(crate) key: u64,
}

/// What waits in the queue.
#[derive(Debug)]
pub(crate) enum Job {
    One(Command, Marks, Sender<Result<Receipt, Error>>),
    /// Commands that come into one batch, with the most bytes that they may need there.
    Many {
        commands: Vec<Command>,
        /// Their marks, in the same order.
        marks: Vec<Marks>,
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
    /// Tells of the first error. It came before a byte of the batch was written, unless `is_unknown`; whoever tried
    /// an earlier command again knows nothing in either case, because the batch of the first may have been written.
    pub(crate) fn fail(self, cause: &Arc<str>, is_unknown: bool) {
        let error = |is_unknown: bool| {
            let cause = Arc::clone(cause);
            if is_unknown { Error::OutcomeUnknown { cause } } else { Error::Poisoned { cause } }
        };
        let is_replay = |answer: &Answer| matches!(answer, Answer::Replay { .. });
        match self {
            Self::One(answer, reply) => drop(reply.send(Err(error(is_unknown || is_replay(&answer))))),
            Self::Many(answers, reply) => {
                drop(reply.send(Err(error(is_unknown || answers.iter().any(is_replay)))));
            }
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
    /// How many answers they wait for.
    pub(crate) answers: usize,
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
        self.answers = 0;
    }
}

impl Job {
    /// The most bytes that the job's entries may need in a batch.
    pub(crate) fn bytes_max(&self) -> usize {
        match self {
            Self::One(command, ..) => bytes_max(command),
            Self::Many { bytes_max, .. } => *bytes_max,
            Self::SnapshotTaken(_) => ENTRY_BYTES_MAX,
            Self::Close(_) => 0,
        }
    }

    /// The marks of the job's commands.
    pub(crate) fn marks(&self) -> &[Marks] {
        match self {
            Self::One(_, marks, _) => std::slice::from_ref(marks),
            Self::Many { marks, .. } => marks,
            Self::SnapshotTaken(_) | Self::Close(_) => &[],
        }
    }

    /// Answers a job that nothing was done for.
    pub(crate) fn fail(self, error: impl FnOnce() -> Error) {
        match self {
            Self::One(_, _, reply) => drop(reply.send(Err(error()))),
            Self::Many { reply, .. } => drop(reply.send(Err(error()))),
            Self::Close(reply) => drop(reply.send(Err(error()))),
            Self::SnapshotTaken(_) => {}
        }
    }
}

/// The most bytes that a command's entry may need in a batch.
pub(crate) fn bytes_max(command: &Command) -> usize {
    let postings = match &command.action {
        Action::OpenAccount(_) => 0,
        Action::Post(legs) => legs.len(),
        Action::PlaceHold(_) | Action::Release(_) => 2,
        Action::Capture(capture) => 4 + capture.to.len(),
    };
    ENTRY_BYTES_MAX + postings * POSTING_BYTES + command.memo.as_str().len()
}
