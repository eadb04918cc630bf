//! The routes, in one table.

mod accounts;
mod books;
mod owners;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use crate::app::App;
use crate::gate::{Gate, pass};
use crate::page;
use crate::problem::{Code, Problem};

/// A method, a path and what answers there.
type Route = (&'static str, &'static str, MethodRouter<Arc<App>>);

fn table() -> Vec<Route> {
    vec![
        ("get", "/", get(page::page)),
        ("get", "/openapi.json", get(page::openapi)),
        ("get", "/healthz", get(status::health)),
        ("get", "/metrics", get(status::metrics)),
        ("get", "/v1/status", get(status::status)),
        ("get", "/v1/accounts/{account}", get(accounts::account)),
        ("post", "/v1/balances", post(accounts::balances)),
        ("get", "/v1/owners/{owner}", get(owners::owner)),
        ("get", "/v1/cards/{card}", get(owners::card)),
        ("get", "/v1/withdrawals/{withdrawal}", get(owners::withdrawal)),
        ("get", "/v1/sets/{set}", get(books::set)),
        ("get", "/v1/trial-balance", get(books::trial_balance)),
        ("get", "/v1/safeguarding", get(books::safeguarding)),
        ("get", "/v1/open-items", get(books::open_items)),
    ]
}

pub(crate) fn router(app: Arc<App>) -> Router {
    let limits = app.limits.clone();
    let gate = Gate::new(Arc::clone(&app));
    let routes =
        table().into_iter().fold(Router::new(), |router, (_, path, route)| router.route(path, route));
    routes
        .fallback(unknown)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(limits.body_bytes))
        .layer(from_fn_with_state(gate, pass))
        .with_state(app)
}

async fn unknown(uri: Uri) -> Problem {
    let detail = format!("there is nothing at {}; /openapi.json lists what there is", uri.path());
    Problem::new(Code::UnknownRoute, detail)
}

async fn other_method() -> Problem {
    Problem::new(Code::Method, "nothing can be written here: see the header Allow for what the route takes")
}
