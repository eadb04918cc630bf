//! Balances of accounts.

use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use longmen::replica::AccountBalance;
use longmen::{AccountId, Currency, Money};
use serde::Deserialize;
use serde_json::{Value, json};

use super::status::parts_of;
use crate::answer::Parts;
use crate::app::{Answered, App};
use crate::params::{PAGE_MAX, Params, name};
use crate::problem::{Code, Problem};

/// The name in a path.
pub(super) type Name = Result<Path<String>, PathRejection>;

/// The name in a path, as `parse` reads it.
pub(super) fn named<T>(
    path: Name,
    parse: impl FnOnce(&str) -> Result<T, longmen::Refusal>,
) -> Result<T, Problem> {
    let Path(text) = path.map_err(|error| Problem::new(Code::BadName, error.body_text()))?;
    name(&text, parse)
}

/// So many minor units on one side.
pub(super) fn money(minor: u128, currency: Currency) -> Money {
    // Counters stay below 2^126.
    Money::new(i128::try_from(minor).unwrap_or(i128::MAX), currency)
}

fn balance_json(own: &AccountBalance) -> Value {
    let AccountBalance { account, balance } = own;
    let currency = balance.posted().currency();
    let side = |minor| money(minor, currency);
    json!({
        "account": account,
        "currency": currency,
        "posted": balance.posted(),
        "held": balance.held(),
        "available": balance.available(),
        "debits_posted": side(balance.debits_posted()),
        "credits_posted": side(balance.credits_posted()),
        "debits_held": side(balance.debits_held()),
        "credits_held": side(balance.credits_held()),
    })
}

/// One account's balance.
pub(super) async fn account(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let account = named(path, AccountId::new)?;
    let want = app.want(&mut params)?;
    app.ask(params, want, move |view| Ok(parts_of(balance_json(&view.balance(&account)?)))).await
}

/// The accounts whose balances are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    accounts: Vec<String>,
}

/// Many accounts' balances at one position.
pub(super) async fn balances(
    State(app): State<Arc<App>>,
    mut params: Params,
    body: Result<Json<Wanted>, JsonRejection>,
) -> Answered {
    let Json(wanted) = body.map_err(|error| bad_body(&app, &error))?;
    if wanted.accounts.len() > PAGE_MAX {
        let detail = format!("{} accounts are named; name at most {PAGE_MAX} at once", wanted.accounts.len());
        return Err(Problem::new(Code::PageSize, detail));
    }
    let accounts = wanted.accounts.iter().map(|text| name(text, AccountId::new));
    let accounts = accounts.collect::<Result<Vec<_>, _>>()?;
    let want = app.want(&mut params)?;
    app.ask(params, want, move |view| {
        let balances: Vec<_> = view.balances(&accounts)?.iter().map(balance_json).collect();
        Ok(Parts::from_iter([("balances".to_owned(), Value::Array(balances))]))
    })
    .await
}

fn bad_body(app: &App, error: &JsonRejection) -> Problem {
    let should = "send a JSON object such as {\"accounts\":[\"alice.cny\"]}";
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("it has more than {} bytes; ask in several requests", app.limits.body_bytes);
            Problem::new(Code::BodyTooLarge, detail)
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Problem::new(Code::NotJson, format!("{should} with `Content-Type: application/json`"))
        }
        _ => Problem::new(Code::BadBody, format!("{}; {should}", error.body_text())),
    }
}
