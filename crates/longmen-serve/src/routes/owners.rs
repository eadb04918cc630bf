//! Owners, their cards and their withdrawals.

use std::sync::Arc;

use axum::extract::State;
use longmen::Key;
use longmen::wallet::{CardId, OwnerId};
use serde_json::json;

use super::{Name, json_of, named, parts_of};
use crate::app::{Answered, App};
use crate::params::Params;

/// Owners with a piece of text in their names.
pub(super) async fn find(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let piece = params.text("q")?.unwrap_or_default();
    let (paging, want) = (params.paging()?, app.want(&mut params)?);
    app.ask(params, want, move |view| {
        let page = view.find_owners(&piece, &paging)?;
        Ok(parts_of(json!({ "owners": json_of(&page.found)?, "next": page.next })))
    })
    .await
}

/// An owner's wallet on one page.
pub(super) async fn owner(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let owner = named(path, OwnerId::new)?;
    let want = app.want(&mut params)?;
    app.ask_aging(params, want, move |view, now_ns| json_of(&view.owner(owner, now_ns)?).map(parts_of)).await
}

/// The withdrawals of an owner, the newest first.
pub(super) async fn withdrawals(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let owner = named(path, OwnerId::new)?;
    let (paging, want) = (params.paging()?, app.want(&mut params)?);
    app.ask(params, want, move |view| json_of(&view.withdrawals(owner, &paging)?).map(parts_of)).await
}

/// One prepaid card, and whose it is.
pub(super) async fn card(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let card = named(path, CardId::new)?;
    let want = app.want(&mut params)?;
    app.ask_aging(params, want, move |view, now_ns| {
        let (owner, card) = view.card(card, now_ns)?;
        let mut parts = parts_of(json_of(&card)?);
        parts.insert("owner".to_owned(), json!(owner));
        Ok(parts)
    })
    .await
}

/// One withdrawal.
pub(super) async fn withdrawal(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let name = named(path, Key::new)?;
    let want = app.want(&mut params)?;
    app.ask(params, want, move |view| json_of(&view.withdrawal(name)?).map(parts_of)).await
}
