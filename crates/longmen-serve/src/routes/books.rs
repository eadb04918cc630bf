//! What many accounts have and add up to, and what is open.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Json, State};
use axum::http::StatusCode;
use longmen::replica::{ItemsQuestion, Of};
use longmen::wallet::OwnerId;
use longmen::{AccountId, SetId, Totals};
use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::balance_json;
use super::activity::of;
use super::{Name, json_of, named, parts_of};
use crate::app::{Answered, App};
use crate::params::{PAGE_MAX, Params, name};
use crate::problem::{Code, Problem};

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
        let rows = view.balances(&accounts)?.iter().map(balance_json).collect::<Result<Vec<_>, _>>()?;
        Ok(parts_of(json!({ "balances": rows })))
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

/// What some accounts add up to: those of an owner, of a set, of a place in the chart.
pub(super) async fn totals(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let (of, want) = (of(&mut params)?, app.want(&mut params)?);
    app.ask(params, want, move |view| Ok(parts_of(json!({ "currencies": json_of(&view.totals(&of)?)? }))))
        .await
}

/// What the accounts in a set add up to, and some of them, each with its balance.
pub(super) async fn set(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let set = named(path, SetId::new)?;
    let (paging, want) = (params.paging()?, app.want(&mut params)?);
    app.ask(params, want, move |view| {
        let of = Of::Set(set);
        let page = view.accounts(&of, &paging)?;
        let rows = page.accounts.iter().map(balance_json).collect::<Result<Vec<_>, _>>()?;
        let totals = json_of(&view.totals(&of)?)?;
        Ok(parts_of(json!({ "set": set, "currencies": totals, "accounts": rows, "next": page.next })))
    })
    .await
}

/// Debits and credits of all accounts, by currency and layer.
pub(super) async fn trial_balance(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let want = app.want(&mut params)?;
    app.ask(params, want, |view| {
        let all = view.trial_balance()?;
        let row = |totals: &Totals| {
            let mut row = json_of(totals)?;
            row["equal"] = json!(totals.are_equal());
            Ok(row)
        };
        let rows = all.totals.iter().map(row).collect::<Result<Vec<Value>, Problem>>()?;
        Ok(parts_of(json!({ "currencies": rows, "equal": all.is_equal })))
    })
    .await
}

/// What every pool must safeguard, and what it has.
pub(super) async fn safeguarding(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let want = app.want(&mut params)?;
    app.ask_aging(params, want, |view, now_ns| {
        let row = |own: &longmen::wallet::Safeguarding| {
            let mut row = json_of(own)?;
            (row["resource"], row["excess"]) = (json!(own.resource()), json!(own.excess()));
            Ok(row)
        };
        let all = view.safeguarding(now_ns)?;
        let rows = all.iter().map(row).collect::<Result<Vec<Value>, Problem>>()?;
        Ok(parts_of(json!({ "pools": rows })))
    })
    .await
}

/// Money in transit, piece by piece: what is due first comes first.
pub(super) async fn open_items(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let owner = params.text("owner")?.map(|text| name(&text, OwnerId::new)).transpose()?;
    let question = ItemsQuestion { owner, overdue: params.yes("overdue")? };
    let (size, want) = (params.page_size()?, app.want(&mut params)?);
    app.ask_aging(params, want, move |view, now_ns| {
        let all = view.open_items(question, now_ns)?;
        let shown = all.get(..size).unwrap_or(&all);
        Ok(parts_of(json!({ "items": json_of(&shown)?, "count": all.len() })))
    })
    .await
}
