//! What all routes have in common: the replica, and the way from a question to an answer.

use std::sync::Arc;

use longmen::Replica;
use longmen::replica::{View, Want};

use crate::answer::{Parts, Sheet, is_known};
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
        params.finish()?;
        let app = Arc::clone(&self);
        let work = move || {
            let known = params.known.as_deref();
            let answer = app
                .replica
                .read(want, |view| Ok(if is_known(known, view.at()) { None } else { Some(look(view)) }))?;
            match answer.value.transpose()? {
                Some(parts) => Ok(Sheet::new(answer.at, parts)),
                None => Ok(Sheet::known(answer.at)),
            }
        };
        self.lanes.run(Lane::of(want), work).await?
    }
}
