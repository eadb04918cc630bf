//! Threads for questions, in lanes: slow ones cannot take those of quick ones.

use std::sync::Arc;

use longmen::replica::Want;
use tokio::sync::Semaphore;

use crate::Limits;
use crate::problem::{Code, Problem};

/// The ways to a thread.
#[derive(Debug)]
pub(crate) struct Lanes {
    now: Arc<Semaphore>,
    past: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Which of them a question takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lane {
    /// What the replica knows by heart.
    Now,
    /// What may have to be replayed.
    Past,
    /// What has yet to come.
    Waiting,
}

impl Lane {
    pub(crate) fn of(want: Want) -> Self {
        match want {
            Want::Latest => Self::Now,
            Want::AtLeast(..) => Self::Waiting,
            Want::Exactly(_) | Want::AtTime(_) => Self::Past,
        }
    }
}

impl Lanes {
    pub(crate) fn new(limits: &Limits) -> Self {
        let lane = |width| Arc::new(Semaphore::new(width));
        Self { now: lane(limits.questions), past: lane(limits.past_questions), waiting: lane(limits.waiting) }
    }

    /// Does something slow on a thread of its own, once there is room in the lane.
    ///
    /// Whoever asked may give up meanwhile; the place in the lane is free again when the work is done, not before.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let lane = match lane {
            Lane::Now => &self.now,
            Lane::Past => &self.past,
            Lane::Waiting => &self.waiting,
        };
        let place =
            Arc::clone(lane).acquire_owned().await.map_err(|_| Problem::internal("the lane is closed"))?;
        let work = move || {
            let done = work();
            drop(place);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "a question could not be answered");
            Problem::new(
                Code::Internal,
                "the question made the server fail; the log has more, and please report it",
            )
        })
    }
}
