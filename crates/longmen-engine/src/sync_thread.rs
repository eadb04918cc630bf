//! Committing on a thread of its own, so that the next batch is decided meanwhile.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::Error;
use crate::committer::Committer;
use crate::work::Work;

/// The committer on its way to the sync thread, with what it is to commit.
pub(crate) type Trip = (Box<Committer>, Work);

/// Back again, unless there was an error, with the emptied work.
pub(crate) type TripEnd = (Result<Box<Committer>, Arc<str>>, Work);

/// Commits on a thread of its own, so that the next batch is decided meanwhile.
pub(crate) struct SyncThread {
    out: Option<Sender<Trip>>,
    pub(crate) back: Receiver<TripEnd>,
    thread: Option<JoinHandle<()>>,
    /// An empty batch whose buffers are used again.
    pub(crate) spare: Work,
}

impl SyncThread {
    pub(crate) fn start() -> Result<Self, Error> {
        let (out, todo) = bounded::<Trip>(1);
        let (done, back) = bounded(1);
        let run = move || {
            for (mut committer, mut work) in todo {
                let result = committer.commit(&mut work).map(|()| committer);
                if done.send((result, work)).is_err() {
                    return;
                }
            }
        };
        let thread =
            std::thread::Builder::new().name("longmen-sync".into()).spawn(run).map_err(Error::Thread)?;
        Ok(Self { out: Some(out), back, thread: Some(thread), spare: Work::default() })
    }

    /// Sends the committer with `work` on its way; says whether that could be done.
    pub(crate) fn send(&mut self, committer: Box<Committer>, work: Work) -> bool {
        self.out.as_ref().is_some_and(|out| out.send((committer, work)).is_ok())
    }

    /// Ends the thread, once the committer is back.
    pub(crate) fn finish(&mut self) {
        self.out = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
