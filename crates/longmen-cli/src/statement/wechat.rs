//! Weixin Pay: payments, income, and moves between 零钱 (balance), 零钱通 (fund) and bank cards.
//!
//! A withdrawal shows what left the wallet; the fee inside it stands in the remark, `服务费¥0.10`.
//! The header's totals follow rules of their own, so a difference is noted and not refused.

use super::purse::{WECHAT_BALANCE, WECHAT_FUND};
use super::table::{Record, Table};
use super::{Amount, Currency, Format, Purse, Row, RowKind, Statement, StatementError, header};

const COLUMNS: [&str; 11] = [
    "交易时间",
    "交易类型",
    "交易对方",
    "商品",
    "收/支",
    "金额(元)",
    "支付方式",
    "当前状态",
    "交易单号",
    "商户单号",
    "备注",
];
const CURRENCY: Currency = Currency::CNY;

pub(super) fn parse(text: &str) -> Result<Statement, StatementError> {
    let table = Table::read(text, &COLUMNS)?;
    let mut rows = table.records.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let directions = table
        .records
        .iter()
        .map(|record| {
            let label =
                if record.cell("收/支").text == "/" { "中性交易" } else { record.cell("收/支").text };
            Ok((label, record.cell("金额(元)").amount(CURRENCY)?))
        })
        .collect::<Result<Vec<_>, StatementError>>()?;
    let mut notes = header::notes(&table.above, &["收入", "支出", "中性交易"], &directions, CURRENCY);
    let merchant_orders: Vec<String> = table.records.iter().map(|record| record.text("商户单号")).collect();
    notes.extend(link_refunds(&mut rows, &merchant_orders));
    Ok(Statement { format: Format::Wechat, currency: CURRENCY, rows, opening: None, closing: None, notes })
}

fn row(record: &Record) -> Result<Row, StatementError> {
    let gross = record.cell("金额(元)").amount(CURRENCY)?;
    let fee = fee(record)?;
    let amount = gross.checked_sub(fee).ok_or_else(|| {
        let what = format!("the fee is more than the {}", gross.to_money(CURRENCY));
        record.cell("备注").refuse(what, "correct it from the original export")
    })?;
    let (mut kind, from, to) = sides(record)?;
    let status = record.text("当前状态");
    if amount.is_zero() && fee.is_zero() {
        kind = RowKind::Zero;
    } else if ["失败", "关闭", "撤销"].iter().any(|word| status.contains(word)) {
        kind = RowKind::Closed;
    }
    Ok(Row {
        line: record.line,
        time: record.cell("交易时间").time()?,
        kind,
        amount,
        fee,
        from,
        to,
        counterparty: record.text("交易对方"),
        description: record.text("商品"),
        order_id: record.text("交易单号"),
        status,
        refund_of: None,
        posts: !matches!(kind, RowKind::Zero | RowKind::Closed),
    })
}

/// The fee in the remark, which is `/` or a text of the payer's otherwise.
fn fee(record: &Record) -> Result<Amount, StatementError> {
    let remark = record.cell("备注");
    remark.text.strip_prefix("服务费").map_or(Ok(Amount::ZERO), |fee| remark.amount_in(fee, CURRENCY))
}

/// What a row is and between which purses.
///
/// The direction decides for payments and income of any type, so that a type this reader has never seen is booked as
/// what it says it is. A neutral row is between own purses, and which ones only its type tells.
fn sides(record: &Record) -> Result<(RowKind, Purse, Purse), StatementError> {
    let kind = record.cell("交易类型");
    let direction = record.cell("收/支");
    let method = record.cell("支付方式");
    let other = Purse::counterparty(&record.text("交易对方"));
    let balance = Purse::account(WECHAT_BALANCE);
    let fund = Purse::account(WECHAT_FUND);
    // What comes in without a method goes to the balance, and the status says so: 已存入零钱.
    let into = if method.text == "/" { balance.clone() } else { Purse::account(method.text) };
    let paid_with = || match method.text {
        "/" | "" => Err(method.refuse("the row does not say what it was paid with", "enter it by hand")),
        named => Ok(Purse::account(named)),
    };
    Ok(match (direction.text, kind.text) {
        ("收入", text) if text.contains("退款") => (RowKind::Refund, other, into),
        ("收入", _) => (RowKind::Income, other, into),
        ("支出", _) => (RowKind::Payment, paid_with()?, other),
        ("/", "零钱提现") => (RowKind::Withdrawal, balance, paid_with()?),
        ("/", "零钱充值") => (RowKind::TopUp, paid_with()?, balance),
        ("/", "信用卡还款") => {
            let printed = record.cell("交易对方").text;
            let card = printed.strip_suffix("还款").unwrap_or(printed);
            (RowKind::Transfer, paid_with()?, Purse::account(card))
        }
        ("/", "购买理财通") => (RowKind::Transfer, paid_with()?, Purse::account("理财通")),
        ("/", text) => match (text.strip_prefix("转入零钱通-来自"), text.strip_prefix("零钱通转出-到"))
        {
            (Some(WECHAT_BALANCE), _) => (RowKind::Transfer, balance, fund),
            (_, Some(WECHAT_BALANCE)) => (RowKind::Transfer, fund, balance),
            (Some(bank), _) => (RowKind::TopUp, Purse::account(bank), fund),
            (_, Some(bank)) => (RowKind::Withdrawal, fund, Purse::account(bank)),
            _ => {
                let what = format!("a neutral row of the type {text:?} is not known");
                return Err(kind.refuse(what, "enter it by hand and take the line out"));
            }
        },
        (other, _) => {
            return Err(direction.refuse(format!("{other:?} is no direction"), "one of 收入, 支出, /"));
        }
    })
}

/// Links a refund to the payment of the same merchant's order number.
fn link_refunds(rows: &mut [Row], merchant_orders: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    for refund in 0..rows.len() {
        let Some(row) = rows.get(refund).filter(|row| row.kind == RowKind::Refund) else { continue };
        let order = merchant_orders.get(refund).filter(|order| !order.is_empty());
        let payment = order.and_then(|order| {
            rows.iter().zip(merchant_orders).position(|(paid, merchant_order)| {
                paid.kind == RowKind::Payment && merchant_order == order && paid.time <= row.time
            })
        });
        if payment.is_none() {
            notes.push(format!("line {}: the payment of this refund is not in the file", row.line));
        }
        if let Some(row) = rows.get_mut(refund) {
            row.refund_of = payment;
        }
    }
    notes
}
