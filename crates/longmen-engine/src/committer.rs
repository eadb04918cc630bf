//! Making a batch durable, then visible, then known to those who wait.

use std::sync::Arc;
use std::time::{Duration, Instant};

use longmen_journal::{Appender, Journal, JournalError};

use crate::first_receipts::FirstReceipts;
use crate::options::BoundedClock;
use crate::published::{Before, Published};
use crate::work::{Answer, Told, Waiter, Work};
use crate::{Error, Options, Receipt, Stamp};

/// How often a full disk is tried again.
const NO_SPACE_RETRY: Duration = Duration::from_millis(250);

/// Owns the end of the journal. It is passed between the writer thread and the sync thread, so that at most one batch
/// is under way and whoever holds it may commit.
pub(crate) struct Committer {
    appender: Appender,
    first_receipts: FirstReceipts,
    published: Arc<Published>,
    before: Option<Before>,
    clock: BoundedClock,
    space_patience: Duration,
}

impl Committer {
    pub(crate) fn new(
        appender: Appender,
        journal: Arc<Journal>,
        published: Arc<Published>,
        options: &Options,
    ) -> Self {
        let (clock, space_patience) = (BoundedClock(Arc::clone(&options.clock)), options.space_patience);
        Self {
            appender,
            first_receipts: FirstReceipts::new(journal),
            published,
            before: None,
            clock,
            space_patience,
        }
    }

    /// Commits `work`, answers everyone in it and leaves it empty.
    ///
    /// # Errors
    ///
    /// The first I/O error. Everyone in `work` has then been told that the outcome is unknown, and nothing may be
    /// committed any more.
    pub(crate) fn commit(&mut self, work: &mut Work) -> Result<(), Arc<str>> {
        if work.batch.entry_count() > 0 {
            if let Err(error) = self.append(work) {
                let cause: Arc<str> = error.to_string().into();
                // Every other error comes before a byte of the batch is written.
                let is_unknown = matches!(error, JournalError::Io { .. });
                work.waiters.drain(..).for_each(|waiter| waiter.fail(&cause, is_unknown));
                return Err(cause);
            }
            let changed = std::mem::take(&mut work.changed);
            let head = self.appender.head();
            self.published.advance(&work.entries, changed, head, &mut self.before);
        }
        for waiter in std::mem::take(&mut work.waiters) {
            match waiter {
                Waiter::One(answer, reply) => drop(reply.send(self.receipt(work, answer))),
                Waiter::Many(answers, reply) => {
                    let receipts = answers.into_iter().map(|answer| self.receipt(work, answer));
                    drop(reply.send(receipts.collect()));
                }
            }
        }
        work.clear();
        Ok(())
    }

    /// Appends the batch. A disk without room for the next segment is waited for: meanwhile the open batch and then
    /// the queue fill, and callers are held back.
    fn append(&mut self, work: &mut Work) -> Result<(), JournalError> {
        let mut full_since = None;
        loop {
            let error = match self.appender.append(&mut work.batch, self.clock.now_ns()) {
                Err(error @ JournalError::NoSpace { .. }) => error,
                result => return result,
            };
            if full_since.get_or_insert_with(Instant::now).elapsed() >= self.space_patience {
                return Err(error);
            }
            tracing::warn!(%error, "the ledger waits for space");
            std::thread::sleep(NO_SPACE_RETRY);
        }
    }

    /// Writes down how far the journal is known to be synced; called when nothing else is to be done.
    pub(crate) fn note_durable(&mut self) -> Result<(), Arc<str>> {
        self.appender.note_durable(self.clock.now_ns()).map_err(|error| error.to_string().into())
    }

    /// The most bytes that a batch may have.
    pub(crate) fn batch_bytes_max(&self) -> usize {
        bytes_max(&self.appender)
    }

    /// Every entry below this position is in the journal.
    pub(crate) fn next_position(&self) -> u64 {
        self.appender.head().next_position
    }

    pub(crate) fn close(self) -> Result<(), Error> {
        Ok(self.appender.close(self.clock.now_ns())?)
    }

    fn receipt(&mut self, work: &Work, answer: Answer) -> Result<Receipt, Error> {
        Ok(match answer {
            Answer::Refused(refusal) => Told { refusal: Some(refusal), moved: None }.receipt(None, false),
            Answer::Entry { index, position, time_ns, told } => {
                let hash = work.batch.hashes().get(index);
                told.receipt(hash.map(|hash| Stamp { position, hash: *hash, time_ns }), false)
            }
            Answer::Replay { position } => {
                self.first_receipts.get(position, self.appender.head().next_position)?
            }
        })
    }
}

/// The most bytes of entries that one batch of this journal takes, its own header and padding left aside.
pub(crate) fn bytes_max(appender: &Appender) -> usize {
    usize::try_from(appender.max_batch_bytes()).unwrap_or(usize::MAX).saturating_sub(BATCH_OVERHEAD)
}

/// More bytes than a batch's header, padding and trailer take.
const BATCH_OVERHEAD: usize = 8_192;
