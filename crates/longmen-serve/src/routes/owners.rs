//! Owners, their cards and their withdrawals.

use std::sync::Arc;

use axum::extract::State;
use longmen::Key;
use longmen::wallet::{CardId, OwnerId};
use serde::Serialize;
use serde_json::{Value, json};

use super::accounts::{Name, named};
use super::status::parts_of;
use crate::app::{Answered, App};
use crate::params::Params;
use crate::problem::Problem;

/// A value as JSON.
pub(super) fn json_of(value: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(value)
        .map_err(|error| Problem::internal(&format!("an answer cannot be written: {error}")))
}

/// An owner's wallet on one page.
pub(super) async fn owner(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let owner = named(path, OwnerId::new)?;
    let want = app.want(&mut params)?;
    app.ask(params, want, move |view| {
        let now_ns = view.at().time_ns;
        let page = view.state(|state| state.owner_view(owner, now_ns))?;
        let page = page.ok_or_else(|| Problem::unknown("owner", owner.as_str()))?;
        json_of(&page).map(parts_of)
    })
    .await
}

/// One prepaid card.
pub(super) async fn card(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let card = named(path, CardId::new)?;
    let want = app.want(&mut params)?;
    app.ask(params, want, move |view| {
        let found = view.state(|state| {
            let card = state.products().cards.cards.get(card)?;
            let account = state.books().account_at(card.account)?;
            let balance = account.balance();
            Some((card.clone(), *account.id(), balance))
        })?;
        let (card, account, balance) = found.ok_or_else(|| Problem::unknown("card", card.as_str()))?;
        Ok(parts_of(json!({
            "card": card.id,
            "owner": card.owner,
            "pool": card.pool,
            "terms": card.terms,
            "currency": card.currency,
            "phase": card.phase,
            "issued_ns": card.issued_ns,
            "expires_ns": card.expires_ns,
            "account": account,
            "posted": balance.posted(),
            "held": balance.held(),
            "available": balance.available(),
        })))
    })
    .await
}

/// One withdrawal.
pub(super) async fn withdrawal(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let name = named(path, Key::new)?;
    let want = app.want(&mut params)?;
    app.ask(params, want, move |view| {
        let found = view.state(|state| state.products().withdrawals.get(name).copied())?;
        let found = found.ok_or_else(|| Problem::unknown("withdrawal", name.as_str()))?;
        json_of(&found).map(parts_of)
    })
    .await
}
