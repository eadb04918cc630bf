//! JD.com, orders: a payment says what of it was refunded, `131.77(已退款89.84)`, and the header says what all make.
//!
//! # What makes the header's totals
//!
//! Worked out on a real export, in which both totals come out to the fen:
//!
//! - 支出 counts the rows so marked, each with its amount less the refunded part that it is annotated with.
//! - 不计收支 counts every row so marked, but sums only those of the status 退款成功. The other rows so marked come to
//!   nothing: an order refunded in full (已全额退款) is worth its amount less the same amount, and an order of
//!   先享后付 ("enjoy first, pay later") has moved no money yet, whether it shows 35.61 or, once settled, 0.00.
//!
//! So 支出 = payments − refunds of payments so marked, and refunds also include those of orders refunded in full.
//! A total that does not come out is refused: then a row was changed, left out or is of a sort that is not known here.

use std::cmp::Reverse;

use super::header::{Summary, summary, tally};
use super::refunds::making;
use super::table::{Record, Table};
use super::{Amount, Currency, Format, Money, Purse, Row, RowKind, Statement, StatementError};

const COLUMNS: [&str; 8] =
    ["交易时间", "商户名称", "交易说明", "金额", "收/付款方式", "交易状态", "收/支", "交易订单号"];
const CURRENCY: Currency = Currency::CNY;
const DEFERRED: &str = "先享后付";

/// A row, with what the header's totals need of it.
struct Order {
    row: Row,
    direction: String,
    /// The refunded part that the amount is annotated with.
    refunded: Amount,
}

pub(super) fn parse(text: &str) -> Result<Statement, StatementError> {
    let table = Table::read(text, &COLUMNS)?;
    let orders = table.records.iter().map(order).collect::<Result<Vec<_>, _>>()?;
    let mut notes = check_totals(&table.above, &orders)?;
    let annotated: Vec<Amount> = orders.iter().map(|order| order.refunded).collect();
    let mut rows: Vec<Row> = orders.into_iter().map(|order| order.row).collect();
    notes.extend(link_refunds(&mut rows, &annotated));
    let deferred = rows.iter().filter(|row| row.kind == RowKind::Deferred);
    notes.extend(deferred.map(|row| {
        format!("line {}: {DEFERRED}, {} has not been paid yet", row.line, row.amount.to_money(CURRENCY))
    }));
    Ok(Statement { format: Format::Jd, currency: CURRENCY, rows, opening: None, closing: None, notes })
}

fn order(record: &Record) -> Result<Order, StatementError> {
    let (amount, refunded) = annotated(record)?;
    let direction = record.cell("收/支");
    let status = record.cell("交易状态");
    let method = record.cell("收/付款方式");
    let counterparty = record.text("商户名称");
    let own = Purse::account(method.text);
    let other = Purse::counterparty(&counterparty);
    let kind = match (direction.text, status.text) {
        ("支出" | "收入" | "不计收支", _) if amount.is_zero() => RowKind::Zero,
        ("支出" | "收入" | "不计收支", _) if method.text == DEFERRED => RowKind::Deferred,
        ("不计收支", "退款成功") => RowKind::Refund,
        ("支出", "交易成功") => RowKind::Payment,
        ("收入", "交易成功") => RowKind::Income,
        ("不计收支", "交易成功") if refunded == amount => RowKind::Payment,
        ("支出" | "收入" | "不计收支", _) => {
            let what = format!("a row of {} with the status {:?} is not known", direction.text, status.text);
            return Err(status.refuse(what, "enter it by hand and take the line out"));
        }
        (other, _) => {
            return Err(direction.refuse(format!("{other:?} is no direction"), "one of 支出, 收入, 不计收支"));
        }
    };
    let (from, to) = match kind {
        RowKind::Refund | RowKind::Income => (other, own),
        _ => (own, other),
    };
    let row = Row {
        line: record.line,
        time: record.cell("交易时间").time()?,
        kind,
        amount,
        fee: Amount::ZERO,
        from,
        to,
        counterparty,
        description: record.text("交易说明"),
        order_id: record.text("交易订单号"),
        status: status.text.to_owned(),
        refund_of: None,
        posts: !matches!(kind, RowKind::Zero | RowKind::Deferred),
    };
    Ok(Order { row, direction: direction.text.to_owned(), refunded })
}

/// Reads `131.77(已退款89.84)` and `468.32(已全额退款)` as the amount and the refunded part.
fn annotated(record: &Record) -> Result<(Amount, Amount), StatementError> {
    let cell = record.cell("金额");
    let Some((number, annotation)) = cell.text.split_once('(') else {
        return Ok((cell.amount(CURRENCY)?, Amount::ZERO));
    };
    let amount = cell.amount_in(number, CURRENCY)?;
    let refunded = match annotation.strip_suffix(')') {
        Some("已全额退款") => amount,
        Some(part) if part.starts_with("已退款") => {
            cell.amount_in(part.trim_start_matches("已退款"), CURRENCY)?
        }
        _ => {
            return Err(
                cell.refuse(format!("{annotation:?} is not a known annotation"), "export the file again")
            );
        }
    };
    if refunded > amount {
        let remedy = "correct it from the original export";
        return Err(cell.refuse("more is refunded than was paid", remedy));
    }
    Ok((amount, refunded))
}

/// Compares the header with the rows; what the header does not say is noted.
fn check_totals(above: &[&str], orders: &[Order]) -> Result<Vec<String>, StatementError> {
    let of = |direction: &'static str| orders.iter().filter(move |order| order.direction == direction);
    let (spent_rows, gross) = tally(of("支出").map(|order| order.row.amount));
    let (_, given_back) = tally(of("支出").map(|order| order.refunded));
    let refunds = of("不计收支").filter(|order| order.row.status == "退款成功");
    let (_, refunded) = tally(refunds.map(|order| order.row.amount));
    let (income_rows, income) = tally(of("收入").map(|order| order.row.amount));
    let made = [
        ("支出", spent_rows, gross - given_back),
        ("不计收支", of("不计收支").count(), refunded),
        ("收入", income_rows, income),
    ];

    let mut notes = Vec::new();
    match summary(above, "共", CURRENCY) {
        Some(said) if said.rows != orders.len() => {
            return Err(differs(&said, "rows", said.rows.to_string(), orders.len().to_string()));
        }
        Some(_) => {}
        None => notes.push("the header does not say how many rows there are: not checked".to_owned()),
    }
    for (label, rows, total) in made {
        let Some((said, said_total)) =
            summary(above, label, CURRENCY).and_then(|said| Some((said, said.total?)))
        else {
            notes.push(format!("the header has no total for {label}: not checked"));
            continue;
        };
        if said.rows != rows {
            return Err(differs(&said, label, format!("{} rows", said.rows), format!("{rows} rows")));
        }
        if i128::from(said_total.minor()) != total {
            let made = Money::new(total, CURRENCY).to_string();
            return Err(differs(&said, label, said_total.to_money(CURRENCY).to_string(), made));
        }
    }
    Ok(notes)
}

fn differs(said: &Summary, label: &str, header: String, made: String) -> StatementError {
    let what = format!("{label}: the header says {header}, the rows make {made}");
    StatementError::line(said.line, what, "import the file as it was exported, no row changed or left out")
}

/// Links refunds to the payments annotated with their sum, the latest payment first: a refund never comes before its
/// payment, so the latest payment has the fewest rows to choose from.
fn link_refunds(rows: &mut [Row], annotated: &[Amount]) -> Vec<String> {
    let mut payments: Vec<(usize, Amount)> =
        annotated.iter().copied().enumerate().filter(|(_, refunded)| !refunded.is_zero()).collect();
    payments.sort_by_key(|(index, _)| Reverse(rows.get(*index).map(|row| row.time)));
    let mut notes = Vec::new();
    for (payment, refunded) in payments {
        let Some(paid) = rows.get(payment) else { continue };
        let same_order = |refund: &Row| refund.order_id == paid.order_id;
        let Some(parts) = making(rows, payment, refunded, same_order) else {
            notes.push(format!(
                "line {}: no rows of this file make the refund of {}",
                paid.line,
                refunded.to_money(CURRENCY)
            ));
            continue;
        };
        for part in parts {
            if let Some(refund) = rows.get_mut(part) {
                refund.refund_of = Some(payment);
            }
        }
    }
    notes
}
