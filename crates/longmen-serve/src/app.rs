//! What all routes have in common: the replica, and the way from a question to an answer.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use longmen::Replica;
use longmen::replica::{View, Want};

use crate::answer::{Parts, Sheet, is_known, tag};
use crate::lanes::{Lane, Lanes};
use crate::metrics::Metrics;
use crate::params::Params;
use crate::problem::Problem;
use crate::{Limits, Token};

/// What all routes have in common.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) replica: Arc<Replica>,
    pub(crate) token: Option<Token>,
    /// Whether it may be called by any name of this machine.
    pub(crate) is_open: bool,
    pub(crate) limits: Limits,
    pub(crate) lanes: Lanes,
    pub(crate) metrics: Metrics,
}

/// What a route answers with.
pub(crate) type Answered = Result<Sheet, Problem>;

impl App {
    /// At which position the answer to this request is wanted.
    pub(crate) fn want(&self, params: &mut Params) -> Result<Want, Problem> {
        params.want(self.limits.wait_time)
    }

    /// Asks the replica at one position, on a thread, and writes the answer down there.
    pub(crate) async fn ask(
        self: Arc<Self>,
        params: Params,
        want: Want,
        look: impl FnOnce(&View<'_>) -> Result<Parts, Problem> + Send + 'static,
    ) -> Answered {
        self.ask_in(Lane::of(want), params, want, look).await
    }

    /// The same in a lane that the question does not tell by itself.
    pub(crate) async fn ask_in(
        self: Arc<Self>,
        lane: Lane,
        params: Params,
        want: Want,
        look: impl FnOnce(&View<'_>) -> Result<Parts, Problem> + Send + 'static,
    ) -> Answered {
        self.run(lane, params, want, None, |view, _| look(view)).await
    }

    /// The same where the answer tells how old things are and what is overdue: of now by the clock, of the past by the
    /// time of its entry.
    pub(crate) async fn ask_aging(
        self: Arc<Self>,
        params: Params,
        want: Want,
        look: impl FnOnce(&View<'_>, u64) -> Result<Parts, Problem> + Send + 'static,
    ) -> Answered {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = match want {
            Want::Latest | Want::AtLeast(..) => clock.as_secs(),
            Want::Exactly(_) | Want::AtTime(_) => 0,
        };
        self.run(Lane::of(want), params, want, Some(seconds), look).await
    }

    async fn run(
        self: Arc<Self>,
        lane: Lane,
        params: Params,
        want: Want,
        seconds: Option<u64>,
        look: impl FnOnce(&View<'_>, u64) -> Result<Parts, Problem> + Send + 'static,
    ) -> Answered {
        params.finish()?;
        let app = Arc::clone(&self);
        let work = move || {
            let answer = app.replica.read(want, |view| {
                let at = view.at();
                // A machine whose clock is behind must not see what has not happened yet.
                let now_ns = seconds.map(|seconds| seconds.saturating_mul(1_000_000_000).max(at.time_ns));
                if is_known(params.known.as_deref(), &tag(at, now_ns)) {
                    return Ok(Ok(Sheet::known(at, now_ns)));
                }
                match look(view, now_ns.unwrap_or(at.time_ns)) {
                    Ok(parts) => Ok(Ok(Sheet::new(at, now_ns, parts))),
                    // The replica must hear of it: it builds its rows again.
                    Err(Problem { rows: Some(error), .. }) => Err((*error).into()),
                    Err(problem) => Ok(Err(problem.at(at))),
                }
            })?;
            answer.value
        };
        self.lanes.run(lane, work).await?
    }
}
