//! What happened: on the accounts of somebody, or in the whole ledger; and everything, as it comes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use longmen::replica::{ActivityQuestion, ChangesFrom, Error, Filter, LineKind, Of, OpenHold, View};
use longmen::wallet::{OwnerId, ProductKind};
use longmen::{AccountId, Code as ChartCode, MetaKey, SetId, Sum, Value as MetaValue};
use serde_json::{Value, json};

use super::accounts::line_json;
use super::{Name, json_of, named, parts_of};
use crate::answer::{Parts, Sheet};
use crate::app::{Answered, App};
use crate::lanes::Lane;
use crate::params::{Params, name};
use crate::problem::{Code, Problem};

/// The accounts that are meant: `account`, `owner`, `set` or `code`; without any, the whole ledger's.
pub(super) fn of(params: &mut Params) -> Result<Of, Problem> {
    let account = params.text("account")?.map(|text| name(&text, AccountId::new)).transpose()?;
    let owner = params.text("owner")?.map(|text| name(&text, OwnerId::new)).transpose()?;
    let set = params.text("set")?.map(|text| name(&text, SetId::new)).transpose()?;
    let code = params.text("code")?.map(|text| name(&text, ChartCode::new)).transpose()?;
    let mut all = [account.map(Of::Account), owner.map(Of::Owner), set.map(Of::Set), code.map(Of::Code)]
        .into_iter()
        .flatten();
    match (all.next(), all.next()) {
        (one, None) => Ok(one.unwrap_or(Of::Ledger)),
        _ => Err(Problem::new(Code::OneOf, "give one of account, owner, set and code")),
    }
}

fn filter(params: &mut Params) -> Result<Filter, Problem> {
    let should = "a sum with its currency, such as 12.50 CNY";
    let sum = |text: &str| text.parse::<Sum>().ok();
    Ok(Filter {
        period: params.period()?,
        kinds: params.words("kind", LineKind::ALL, LineKind::as_str)?,
        products: params.words("product", ProductKind::ALL, ProductKind::as_str)?,
        least: params.read("least", Code::BadAmount, should, sum)?,
        most: params.read("most", Code::BadAmount, should, sum)?,
        other: params.text("other")?.map(|text| name(&text, AccountId::new)).transpose()?,
        meta: params.read("meta", Code::BadWord, "a pair such as channel=app", pair)?,
        posted_only: params.yes("posted_only")?,
    })
}

/// A pair of metadata; the value is a whole number, or true or false, where it reads as one, and else text.
fn pair(text: &str) -> Option<(MetaKey, MetaValue)> {
    let (key, value) = text.split_once('=')?;
    let number = value.parse().ok().map(MetaValue::Int);
    let value =
        number.or_else(|| value.parse().ok().map(MetaValue::Bool)).or_else(|| MetaValue::text(value).ok())?;
    Some((MetaKey::new(key).ok()?, value))
}

async fn activity(app: Arc<App>, of: Of, mut params: Params) -> Answered {
    let filter = filter(&mut params)?;
    let with_entries = params.yes("entries")?;
    let paging = params.paging()?;
    let question = ActivityQuestion { filter, with_entries, paging, ..ActivityQuestion::of(of) };
    let want = app.want(&mut params)?;
    // The whole ledger's, and metadata, are looked up in the journal.
    let reads = question.of == Of::Ledger || question.filter.meta.is_some() || with_entries;
    let lane = if reads { Lane::Past } else { Lane::of(want) };
    app.ask_in(lane, params, want, move |view| {
        let page = view.activity(&question)?;
        let items = page.items.iter().map(|item| {
            let mut row = line_json(&item.line)?;
            if let Some(entry) = &item.entry {
                row["entry"] = json_of(entry)?;
            }
            Ok(row)
        });
        let items = items.collect::<Result<Vec<Value>, Problem>>()?;
        Ok(parts_of(json!({ "items": items, "looked_from": page.looked_from, "next": page.next })))
    })
    .await
}

/// What happened on some accounts, the newest first.
pub(super) async fn all(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let of = of(&mut params)?;
    activity(app, of, params).await
}

/// What happened on an owner's accounts and cards.
pub(super) async fn of_owner(State(app): State<Arc<App>>, path: Name, params: Params) -> Answered {
    let owner = named(path, OwnerId::new)?;
    activity(app, Of::Owner(owner), params).await
}

/// Open holds.
pub(super) async fn holds(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let (of, paging) = (of(&mut params)?, params.paging()?);
    let want = app.want(&mut params)?;
    app.ask(params, want, move |view| {
        let page = view.open_holds(&of, &paging)?;
        let holds: &[OpenHold] = &page.holds;
        Ok(parts_of(json!({ "holds": holds, "next": page.next })))
    })
    .await
}

/// One entry.
pub(super) async fn entry(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let position = super::position(path)?;
    let want = app.want(&mut params)?;
    app.ask_in(Lane::Past, params, want, move |view: &View<'_>| {
        Ok(Parts::from_iter([("entry".to_owned(), json_of(&view.entry(position)?)?)]))
    })
    .await
}

/// What changes, entry by entry, from a cursor on; waits for something where there is nothing yet.
pub(super) async fn changes(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let cursor = params.text("cursor")?;
    let from = params.read("from", Code::BadWord, "start, now or a position", |text| match text {
        "start" => Some(ChangesFrom::Start),
        "now" => Some(ChangesFrom::Now),
        _ => text.parse().ok().map(ChangesFrom::Position),
    })?;
    let from = match (cursor, from) {
        (Some(cursor), None) => ChangesFrom::Cursor(cursor),
        (None, Some(from)) => from,
        (None, None) => ChangesFrom::Now,
        _ => return Err(Problem::new(Code::OneOf, "give one of cursor and from")),
    };
    let size = params.page_size()?;
    let wait = params.wait(app.limits.wait_time, Duration::ZERO)?;
    params.finish()?;
    let replica = Arc::clone(&app.replica);
    let work = move || -> Result<Sheet, Problem> {
        let deadline = Instant::now().checked_add(wait);
        let mut feed = replica.changes(&from)?;
        let mut changes = Vec::new();
        while changes.len() < size {
            // What is there is given at once.
            let left = match deadline {
                Some(deadline) if changes.is_empty() => deadline.saturating_duration_since(Instant::now()),
                _ => Duration::ZERO,
            };
            match feed.next(left) {
                Ok(Some(change)) => changes.push(json_of(&change)?),
                Ok(None) => break,
                // What is there is given first; who goes on behind it hears of this.
                Err(_) if !changes.is_empty() => break,
                Err(error) => return Err(error.into()),
            }
        }
        let at = match feed.last() {
            Some(at) => at,
            None => replica.status().last.ok_or(Error::Rebuilding { done: 0, all: 0 })?,
        };
        let parts = parts_of(json!({ "changes": changes, "cursor": feed.cursor() }));
        Ok(Sheet { tag: None, ..Sheet::new(at, None, parts) })
    };
    app.lanes.run(Lane::Waiting, work).await?
}
