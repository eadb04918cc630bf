//! One account: found, its balance, its statement, its curve.

use std::sync::Arc;

use axum::extract::State;
use longmen::replica::{
    AccountBalance, Edge, Line, Order, Paging, Period, Statement, StatementQuestion, View,
};
use longmen::{AccountId, Balance};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Name, json_of, named, parts_of};
use crate::answer::Parts;
use crate::app::{Answered, App};
use crate::params::Params;
use crate::problem::{Code, Problem};

/// A curve has so many points where nothing is said.
const POINTS_DEFAULT: usize = 200;

/// A balance with what its currency and class are.
pub(super) fn balance_json(own: &AccountBalance) -> Result<Value, Problem> {
    let mut row = json_of(own)?;
    row["currency"] = json!(own.balance.posted().currency());
    row["class"] = json!(own.balance.class().as_str());
    Ok(row)
}

/// A line, and by how much it changed what the account is worth on its own side.
pub(super) fn line_json(line: &Line) -> Result<Value, Problem> {
    let mut row = json_of(line)?;
    let own_side = line.balance.class().normal_side() == line.side;
    let amount = line.amount.to_money();
    let signed = if own_side { amount } else { longmen::Money::new(-amount.minor(), amount.currency()) };
    row["change"] = if line.effect == longmen::Effect::Post { json!(signed) } else { Value::Null };
    Ok(row)
}

/// Accounts with a piece of text in their names.
pub(super) async fn find(State(app): State<Arc<App>>, mut params: Params) -> Answered {
    let piece = params.text("q")?.unwrap_or_default();
    let (paging, want) = (params.paging()?, app.want(&mut params)?);
    app.ask(params, want, move |view| {
        let page = view.find_accounts(&piece, &paging)?;
        let ids: Vec<_> = page.found.iter().map(|own| own.account).collect();
        let rows = view.balances(&ids)?.iter().map(balance_json).collect::<Result<Vec<_>, _>>()?;
        Ok(parts_of(json!({ "accounts": rows, "next": page.next })))
    })
    .await
}

/// One account's balance; with `effective` what is settled by the end of a day.
pub(super) async fn account(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let account = named(path, AccountId::new)?;
    let (day, want) = (params.day("effective")?, app.want(&mut params)?);
    app.ask(params, want, move |view| match day {
        None => balance_json(&view.balance(&account)?).map(parts_of),
        Some(day) => json_of(&view.balance_effective(&account, day)?).map(parts_of),
    })
    .await
}

/// The lines of an account in a period, between two balances.
pub(super) async fn statement(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let account = named(path, AccountId::new)?;
    let order = params.read("order", Code::BadWord, "oldest or newest", |text| match text {
        "oldest" => Some(Order::OldestFirst),
        "newest" => Some(Order::NewestFirst),
        _ => None,
    })?;
    let question = StatementQuestion {
        period: params.period()?,
        order: order.unwrap_or_default(),
        posted_only: params.yes("posted_only")?,
        paging: params.paging()?,
        ..StatementQuestion::of(account)
    };
    let want = app.want(&mut params)?;
    app.ask(params, want, move |view| {
        let page = view.statement(&question)?;
        let lines = page.lines.iter().map(line_json).collect::<Result<Vec<_>, _>>()?;
        Ok(parts_of(json!({
            "account": page.account,
            "from": page.from,
            "until": page.until,
            "opening": page.opening,
            "closing": page.closing,
            "lines": lines,
            "next": page.next,
        })))
    })
    .await
}

/// A balance, and the entry that made it.
#[derive(Serialize)]
struct Point {
    position: u64,
    time_ns: u64,
    #[serde(flatten)]
    balance: Balance,
}

/// Some of the balances that an account had, to draw a curve of: all of them where they are few.
pub(super) async fn curve(State(app): State<Arc<App>>, path: Name, mut params: Params) -> Answered {
    let account = named(path, AccountId::new)?;
    let should = "a whole number from 2 to 1000";
    let points = params.read("points", Code::PageSize, should, |text| {
        crate::params::number(text).filter(|points| (2..=crate::params::PAGE_MAX).contains(points))
    })?;
    let (points, want) = (points.unwrap_or(POINTS_DEFAULT), app.want(&mut params)?);
    app.ask(params, want, move |view| {
        let points = few(view, account, points)?;
        let rows = points.iter().map(json_of).collect::<Result<Vec<_>, _>>()?;
        Ok(Parts::from_iter([
            ("account".to_owned(), json!(account)),
            ("points".to_owned(), Value::Array(rows)),
        ]))
    })
    .await
}

fn few(view: &View<'_>, account: AccountId, count: usize) -> Result<Vec<Point>, Problem> {
    let page = |order, through: Option<u64>, size| -> Result<Statement, Problem> {
        let period = Period { from: None, through: through.map(Edge::Position) };
        let paging = Paging::first(size);
        Ok(view.statement(&StatementQuestion { period, order, paging, ..StatementQuestion::of(account) })?)
    };
    let newest = page(Order::NewestFirst, None, count)?;
    if newest.next.is_none() {
        let mut points: Vec<Point> = newest.lines.iter().rev().map(point).collect();
        // Of the lines of one entry the last has the balance that stayed.
        points.reverse();
        points.dedup_by_key(|point| point.position);
        points.reverse();
        return Ok(points);
    }
    // Too many: the balances after entries at equal distances.
    let ends = (page(Order::OldestFirst, None, 1)?.lines.first().copied(), newest.lines.first().copied());
    let (Some(first), Some(last)) = ends else { return Ok(Vec::new()) };
    let (from, steps) = (first.position, u64::try_from(count).unwrap_or(u64::MAX).saturating_sub(1).max(1));
    let distance = last.position - from;
    let mut points = Vec::with_capacity(count);
    for step in 0..=steps {
        let through = from
            + u64::try_from(u128::from(distance) * u128::from(step) / u128::from(steps)).unwrap_or(distance);
        points.extend(page(Order::NewestFirst, Some(through), 1)?.lines.first().map(point));
    }
    points.dedup_by_key(|point| point.position);
    Ok(points)
}

fn point(line: &Line) -> Point {
    Point { position: line.position, time_ns: line.time_ns, balance: line.balance }
}
