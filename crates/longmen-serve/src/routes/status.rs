//! How the replica and the server are.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use longmen::replica::{Phase, Status};
use serde_json::json;

use super::parts_of;
use crate::answer::{Sheet, stamp};
use crate::app::{Answered, App};
use crate::metrics::PHASES;
use crate::params::Params;
use crate::problem::{Code, Problem};

fn phase(status: &Status) -> &'static str {
    PHASES.iter().find(|(phase, _)| *phase == status.phase).map_or("unknown", |(_, name)| name)
}

/// How the replica is: where it is, where the journal is, and what lies between.
pub(super) async fn status(State(app): State<Arc<App>>, params: Params) -> Answered {
    params.finish()?;
    let status = app.replica.status();
    let at = status.last.ok_or_else(|| {
        Problem::new(Code::Rebuilding, "the replica has not folded in the first entry yet; ask again later")
    })?;
    let parts = json!({
        "ledger": app.replica.ledger_id().to_string(),
        "phase": phase(&status),
        "head": status.head.map(stamp),
        "lag_entries": status.lag_entries(),
        "lag_ns": u64::try_from(status.lag().as_nanos()).unwrap_or(u64::MAX),
        // The replica folds in nothing else, so where it is, the chain has been verified.
        "verified_to": at.position,
        "rebuilt": status.rebuilt,
        "checkpoints": status.checkpoints,
        "stopped": status.stopped.as_ref().map(ToString::to_string),
        "version": env!("CARGO_PKG_VERSION"),
    });
    // The journal's end moves while the replica stands still.
    Ok(Sheet { tag: None, ..Sheet::new(at, None, parts_of(parts)) })
}

/// Whether it follows, for those who ask every few seconds.
pub(super) async fn health(State(app): State<Arc<App>>, params: Params) -> Result<Response, Problem> {
    params.finish()?;
    let status = app.replica.status();
    let (why, retry_after) = match (status.phase, &status.stopped) {
        (Phase::Following, _) => (None, None),
        (Phase::CatchingUp, _) => {
            (Some("it folds in what was journaled before".to_owned()), Code::NotYet.retry_after())
        }
        (Phase::Rebuilding, _) => {
            (Some("its rows are built again".to_owned()), Code::Rebuilding.retry_after())
        }
        (Phase::Stopped, Some(cause)) => (Some(cause.to_string()), None),
        (Phase::Stopped, None) => (Some("it stopped".to_owned()), None),
    };
    let code = if why.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({ "phase": phase(&status), "lag_entries": status.lag_entries(), "why": why });
    let json = HeaderValue::from_static("application/json");
    let mut response = (code, [(header::CONTENT_TYPE, json)], body.to_string()).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
    }
    Ok(response)
}

/// The same for a monitor, with what the server did.
pub(super) async fn metrics(State(app): State<Arc<App>>, params: Params) -> Result<Response, Problem> {
    params.finish()?;
    let text = app.metrics.text(&app.replica.status());
    let text = text.map_err(|_| Problem::internal("the metrics could not be written"))?;
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
