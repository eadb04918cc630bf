//! The routes, in one table.

mod accounts;
mod activity;
mod books;
mod owners;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, Path};
use axum::http::Uri;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use serde::Serialize;
use serde_json::Value;

use crate::answer::Parts;
use crate::app::App;
use crate::gate::{Gate, pass};
use crate::page;
use crate::params::{name, number};
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
        ("get", "/v1/accounts", get(accounts::find)),
        ("get", "/v1/accounts/{account}", get(accounts::account)),
        ("get", "/v1/accounts/{account}/statement", get(accounts::statement)),
        ("get", "/v1/accounts/{account}/curve", get(accounts::curve)),
        ("post", "/v1/balances", post(books::balances)),
        ("get", "/v1/totals", get(books::totals)),
        ("get", "/v1/sets/{set}", get(books::set)),
        ("get", "/v1/trial-balance", get(books::trial_balance)),
        ("get", "/v1/safeguarding", get(books::safeguarding)),
        ("get", "/v1/open-items", get(books::open_items)),
        ("get", "/v1/owners", get(owners::find)),
        ("get", "/v1/owners/{owner}", get(owners::owner)),
        ("get", "/v1/owners/{owner}/activity", get(activity::of_owner)),
        ("get", "/v1/owners/{owner}/withdrawals", get(owners::withdrawals)),
        ("get", "/v1/cards/{card}", get(owners::card)),
        ("get", "/v1/withdrawals/{withdrawal}", get(owners::withdrawal)),
        ("get", "/v1/activity", get(activity::all)),
        ("get", "/v1/holds", get(activity::holds)),
        ("get", "/v1/entries/{position}", get(activity::entry)),
        ("get", "/v1/changes", get(activity::changes)),
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

/// The name in a path.
type Name = Result<Path<String>, PathRejection>;

/// The name in a path, as `parse` reads it.
fn named<T>(path: Name, parse: impl FnOnce(&str) -> Result<T, longmen::Refusal>) -> Result<T, Problem> {
    name(&text(path)?, parse)
}

/// The position in a path.
fn position(path: Name) -> Result<u64, Problem> {
    let text = text(path)?;
    let bad =
        || Problem::new(Code::BadPosition, format!("{text:?} is no position: give a whole number from 0"));
    number(&text).ok_or_else(bad)
}

fn text(path: Name) -> Result<String, Problem> {
    let bad = |error: PathRejection| Problem::new(Code::BadName, error.body_text());
    path.map(|Path(text)| text).map_err(bad)
}

/// A value as JSON.
fn json_of(value: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(value)
        .map_err(|error| Problem::internal(&format!("an answer cannot be written: {error}")))
}

/// The parts of an object.
fn parts_of(value: Value) -> Parts {
    match value {
        Value::Object(parts) => parts,
        other => Parts::from_iter([("value".to_owned(), other)]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The document says what is in the table, and the other way round.
    #[test]
    fn every_route_is_in_the_document() {
        let document: Value = serde_json::from_str(page::OPENAPI).unwrap();
        let documented: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                item.as_object().unwrap().keys().map(|method| (method.clone(), path.clone()))
            })
            .collect();
        let table = table();
        let routes = table.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()));
        assert_eq!(routes.collect::<BTreeSet<_>>(), documented);
    }

    #[test]
    fn every_code_is_in_the_document_and_on_its_page() {
        let document: Value = serde_json::from_str(page::OPENAPI).unwrap();
        let documented = document.pointer("/components/schemas/Problem/properties/code/enum").unwrap();
        let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(documented, &serde_json::json!(names));
        let page = include_str!("../../../../docs/serve.md");
        let lost: Vec<_> = names.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
        assert!(lost.is_empty(), "docs/serve.md does not name {lost:?}");
    }
}
