//! Reading ahead: the tail on a thread of its own, so that entries are verified while those before them are folded in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use longmen_journal::Stamp;
use longmen_wallet::Entry;

use crate::Error;
use crate::give_way::{Nice, give_way};
use crate::tail::Tail;

/// So many entries at most are handed over together.
const STEP: usize = 1_024;

/// So many steps may wait to be folded in.
const STEPS: usize = 4;

/// How long the thread waits at most before it looks whether it should stop.
const NAP: Duration = Duration::from_millis(100);

/// Entries in order, verified and decoded.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// The journal's own come without an entry.
    pub(crate) entries: Vec<(Stamp, Option<Entry>)>,
    /// Whether more are visible already.
    pub(crate) more: bool,
}

/// A tail that reads ahead.
#[derive(Debug)]
pub(crate) struct Ahead {
    steps: Option<Receiver<Result<Step, Error>>>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ahead {
    /// Starts to read.
    pub(crate) fn new(tail: Tail) -> Result<Self, Error> {
        let (told, steps) = sync_channel(STEPS);
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopping);
        let thread = std::thread::Builder::new().name("longmen-tail".into());
        let work = move || {
            if tail.is_beside_writer() {
                give_way(Nice::Following);
            }
            read(tail, &told, &stop);
        };
        let thread = thread.spawn(work).map_err(Error::Thread)?;
        Ok(Self { steps: Some(steps), stopping, thread: Some(thread) })
    }

    /// The next entries; none where nothing has come within `timeout`.
    pub(crate) fn next(&self, timeout: Duration) -> Result<Option<Step>, Error> {
        let ended = || Error::Panicked { work: "reads the journal" };
        match self.steps.as_ref().ok_or_else(ended)?.recv_timeout(timeout) {
            Ok(step) => step.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(ended()),
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Release);
        self.steps = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported on its own thread.
            let _ = thread.join();
        }
    }
}

fn read(mut tail: Tail, told: &SyncSender<Result<Step, Error>>, stopping: &AtomicBool) {
    // Whoever takes the steps has heard that there is no more.
    let mut is_known = false;
    while !stopping.load(Ordering::Acquire) {
        let mut entries = Vec::with_capacity(STEP);
        let advance = tail.advance(STEP, &mut |stamp, entry| {
            entries.push((stamp, entry));
            Ok(())
        });
        let step = match advance {
            Ok(advance) if advance.entries == 0 && is_known => {
                tail.wait(NAP);
                continue;
            }
            Ok(advance) => {
                is_known = !advance.more;
                Ok(Step { entries, more: advance.more })
            }
            Err(error) => {
                // What is sound before it counts.
                if !entries.is_empty() && told.send(Ok(Step { entries, more: true })).is_err() {
                    return;
                }
                Err(error)
            }
        };
        let is_over = step.is_err();
        if told.send(step).is_err() || is_over {
            return;
        }
    }
}
