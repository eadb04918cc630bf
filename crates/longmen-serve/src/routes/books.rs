//! What many accounts add up to, and what is open.

use std::sync::Arc;

use axum::extract::State;
use longmen::{SetId, Totals};
use serde_json::{Value, json};

use super::accounts::{Name, money, named};
use super::owners::json_of;
use crate::answer::Parts;
use crate::app::{Answered, App};
use crate::params::Params;
use crate::problem::Problem;

fn totals_json(totals: &Totals) -> Value {
    let cell = |minor| money(minor, totals.currency);
    json!({
        "currency": totals.currency,
        "accounts": totals.accounts,
        "debits_posted": cell(totals.debits_posted),
        "credits_posted": cell(totals.credits_posted),
        "debits_held": cell(totals.debits_held),
        "credits_held": cell(totals.credits_held),
    })
}

fn list(name: &str, items: Vec<Value>) -> Parts {
    Parts::from_iter([(name.to_owned(), Value::Array(items))])
}

/// Debits and credits of all accounts, by currency and layer.
pub(super) async fn trial_balance(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let want = app.want(&mut params)?;
    app.ask(params, want, |view| {
        let all = view.state(|state| state.books().trial_balance())?;
        let row = |totals: &Totals| {
            let meets =
                totals.debits_posted == totals.credits_posted && totals.debits_held == totals.credits_held;
            let mut row = totals_json(totals);
            row["equal"] = json!(meets);
            row
        };
        Ok(list("currencies", all.iter().map(row).collect()))
    })
    .await
}

/// What the accounts in a set add up to.
pub(super) async fn set(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let set = named(path, SetId::new)?;
    let want = app.want(&mut params)?;
    app.ask(params, want, move |view| {
        let totals = view.state(|state| state.books().totals_of_set(&set))?;
        let totals = totals.ok_or_else(|| Problem::unknown("set", set.as_str()))?;
        let mut parts = list("currencies", totals.iter().map(totals_json).collect());
        parts.insert("set".to_owned(), json!(set));
        Ok(parts)
    })
    .await
}

/// What every pool must safeguard, and what it has.
pub(super) async fn safeguarding(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let want = app.want(&mut params)?;
    app.ask(params, want, |view| {
        let now_ns = view.at().time_ns;
        let all = view.state(|state| state.safeguarding(now_ns))?;
        let row = |own: &longmen::wallet::Safeguarding| {
            let mut row = json_of(own)?;
            (row["resource"], row["excess"]) = (json!(own.resource()), json!(own.excess()));
            Ok(row)
        };
        Ok(list("pools", all.iter().map(row).collect::<Result<_, Problem>>()?))
    })
    .await
}

/// Money in transit, piece by piece.
pub(super) async fn open_items(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let want = app.want(&mut params)?;
    app.ask(params, want, |view| {
        let now_ns = view.at().time_ns;
        let items = view.state(|state| state.open_items(now_ns))?;
        Ok(list("items", items.iter().map(json_of).collect::<Result<_, Problem>>()?))
    })
    .await
}
