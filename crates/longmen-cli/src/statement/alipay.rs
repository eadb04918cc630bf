//! Alipay: GB18030 text, one status per row, refunds as rows of their own.
//!
//! A refund's order number is that of its payment, an underscore and something after it, and the payment of a whole refund shows
//! 交易关闭 (closed). A closed row without a refund never moved money.
//! The header's totals follow rules of their own, so a difference is noted and not refused.

use super::purse::UNNAMED;
use super::refunds::refunded;
use super::table::{Record, Table};
use super::{Amount, Currency, Format, Money, Purse, Row, RowKind, Statement, StatementError, header};

const COLUMNS: [&str; 8] =
    ["交易时间", "交易对方", "商品说明", "收/支", "金额", "收/付款方式", "交易状态", "交易订单号"];
const CURRENCY: Currency = Currency::CNY;

pub(super) fn parse(text: &str) -> Result<Statement, StatementError> {
    let table = Table::read(text, &COLUMNS)?;
    let mut rows = table.records.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let directions: Vec<(&str, Amount)> = table
        .records
        .iter()
        .zip(&rows)
        .map(|(record, row)| (record.cell("收/支").text, row.amount))
        .collect();
    let mut notes = header::notes(&table.above, &["收入", "支出", "不计收支"], &directions, CURRENCY);
    notes.extend(link_refunds(&mut rows));
    settle_closed(&mut rows)?;
    let unnamed = Purse::account(UNNAMED);
    let nameless = rows.iter().filter(|row| row.posts && (row.from == unnamed || row.to == unnamed));
    notes.extend(nameless.map(|row| format!("line {}: no payment method, booked as {UNNAMED}", row.line)));
    Ok(Statement { format: Format::Alipay, currency: CURRENCY, rows, opening: None, closing: None, notes })
}

fn row(record: &Record) -> Result<Row, StatementError> {
    let amount = record.cell("金额").amount(CURRENCY)?;
    let direction = record.cell("收/支");
    let status = record.cell("交易状态");
    let counterparty = record.text("交易对方");
    let description = record.text("商品说明");
    let method = record.text("收/付款方式");
    let own = Purse::account(if method.is_empty() { UNNAMED } else { &method });
    let other = Purse::counterparty(&counterparty);
    let (kind, from, to) = match (direction.text, status.text) {
        ("支出" | "收入" | "不计收支", _) if amount.is_zero() => (RowKind::Zero, own, other),
        ("支出" | "不计收支", "交易关闭") => (RowKind::Closed, own, other),
        ("支出" | "收入" | "不计收支", "退款成功") => (RowKind::Refund, other, own),
        ("支出", "交易成功") => (RowKind::Payment, own, other),
        ("支出", "等待确认收货") => (RowKind::Escrow, own, other),
        ("收入", "交易成功") => (RowKind::Income, other, own),
        ("不计收支", "交易成功") => {
            sold(&description).map(|fund| (RowKind::Transfer, fund, own)).ok_or_else(|| {
                let what = format!("a neutral row for {description:?} is not known");
                record.cell("商品说明").refuse(what, "enter it by hand and take the line out")
            })?
        }
        ("支出" | "收入" | "不计收支", other) => {
            let what = format!("a row of {} with the status {other:?} is not known", direction.text);
            return Err(status.refuse(what, "enter it by hand and take the line out"));
        }
        (other, _) => {
            return Err(direction.refuse(format!("{other:?} is no direction"), "one of 支出, 收入, 不计收支"));
        }
    };
    Ok(Row {
        line: record.line,
        time: record.cell("交易时间").time()?,
        kind,
        amount,
        fee: Amount::ZERO,
        from,
        to,
        counterparty,
        description,
        order_id: record.text("交易订单号"),
        status: status.text.to_owned(),
        refund_of: None,
        posts: !matches!(kind, RowKind::Zero | RowKind::Closed),
    })
}

/// The fund platform of `蚂蚁财富-某基金-卖出至余额宝`: what was sold there arrives in the purse of the row.
fn sold(description: &str) -> Option<Purse> {
    let (platform, rest) = description.split_once('-')?;
    rest.contains("卖出至").then(|| Purse::account(platform))
}

/// Links each refund to the payment whose order number its own begins with; the longest such number wins.
fn link_refunds(rows: &mut [Row]) -> Vec<String> {
    let mut notes = Vec::new();
    for refund in 0..rows.len() {
        let Some(row) = rows.get(refund).filter(|row| row.kind == RowKind::Refund) else { continue };
        let paid =
            |payment: &Row| matches!(payment.kind, RowKind::Payment | RowKind::Escrow | RowKind::Closed);
        let begins = |payment: &Row| {
            let rest = row.order_id.strip_prefix(&payment.order_id);
            !payment.order_id.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        let payment = rows
            .iter()
            .enumerate()
            .filter(|(_, payment)| paid(payment) && payment.time <= row.time && begins(payment))
            .max_by_key(|(_, payment)| payment.order_id.len())
            .map(|(index, _)| index);
        if payment.is_none() {
            notes.push(format!("line {}: the payment of this refund is not in the file", row.line));
        }
        if let Some(row) = rows.get_mut(refund) {
            row.refund_of = payment;
        }
    }
    notes
}

/// A closed order that was refunded in full had been paid, and both rows post: they net to nothing.
/// One that was refunded in part is not closed, so the two rows contradict each other.
fn settle_closed(rows: &mut [Row]) -> Result<(), StatementError> {
    for closed in 0..rows.len() {
        let back = refunded(rows, closed);
        let Some(row) = rows.get_mut(closed).filter(|row| row.kind == RowKind::Closed && back != 0) else {
            continue;
        };
        if back != i128::from(row.amount.minor()) {
            let what = format!(
                "the order of {} is closed, but {} of it was refunded",
                row.amount.to_money(CURRENCY),
                Money::new(back, CURRENCY)
            );
            return Err(StatementError::line(
                row.line,
                what,
                "compare it with its refund in the original export",
            ));
        }
        row.kind = RowKind::Payment;
        row.posts = true;
    }
    Ok(())
}
