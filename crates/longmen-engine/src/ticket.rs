//! Waiting for an answer, from a thread or from a task of any async runtime.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::Error;

/// A place in the queue. The command is carried out whether or not anybody waits.
///
/// ```
/// use longmen_engine::Options;
/// use longmen_core::{Command, Key, OpenAccount, AccountId, Class};
/// use longmen_money::Currency;
///
/// let ledger = Options::default().in_memory()?;
/// let alice = OpenAccount::new(AccountId::new("alice.cny")?, Currency::CNY, Class::Liability);
/// let ticket = ledger.submit(Command::open_account(Key::new("open-alice")?, alice));
/// let stamp = ticket.wait()?.accepted()?;
/// assert_eq!(stamp.position, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "without waiting, nothing is known of the outcome"]
pub struct Ticket<T>(oneshot::Receiver<Result<T, Error>>);

/// A ticket that is being awaited.
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Waiting<T>(oneshot::AsyncReceiver<Result<T, Error>>);

impl<T> Ticket<T> {
    pub(crate) fn new(receiver: oneshot::Receiver<Result<T, Error>>) -> Self {
        Self(receiver)
    }

    /// Blocks this thread until the answer is there.
    ///
    /// # Errors
    ///
    /// See [`Error`]: [`Error::OutcomeUnknown`], [`Error::Poisoned`] and [`Error::Closed`] say what is known of the
    /// command.
    pub fn wait(self) -> Result<T, Error> {
        self.0.recv().unwrap_or_else(|_| Err(unanswered()))
    }

    /// Blocks this thread for at most `timeout`; gives the ticket back where there is no answer yet.
    ///
    /// # Errors
    ///
    /// The ticket itself after the timeout; errors of the command are inside the answer, as in [`wait`](Self::wait).
    pub fn wait_for(self, timeout: Duration) -> Result<Result<T, Error>, Self> {
        match self.0.recv_timeout(timeout) {
            Ok(answer) => Ok(answer),
            Err(oneshot::RecvTimeoutError::Disconnected) => Ok(Err(unanswered())),
            Err(oneshot::RecvTimeoutError::Timeout) => Err(self),
        }
    }
}

impl<T> IntoFuture for Ticket<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Waiting<T>;

    fn into_future(self) -> Waiting<T> {
        Waiting(self.0.into_future())
    }
}

impl<T> Future for Waiting<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or_else(|_| Err(unanswered())))
    }
}

/// The writer answers every command it took, unless its thread died.
fn unanswered() -> Error {
    Error::OutcomeUnknown { cause: "the writer ended without an answer".into() }
}
