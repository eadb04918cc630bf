//! Bank of China, debit card: newest row first, each with the balance after it.
//!
//! Every balance is compared with the one before it in time plus the row's amount, so that an altered amount or
//! balance, a lost row and a row in another place are all noticed. The one exception is the oldest row's own amount:
//! nothing in the file says what the balance was before it.

use super::purse::{ALIPAY_BALANCE, WECHAT_BALANCE};
use super::table::{Record, Table};
use super::{Amount, Currency, Format, Money, Purse, Row, RowKind, Statement, StatementError};

const COLUMNS: [&str; 9] =
    ["记账日期", "记账时间", "币别", "金额", "余额", "交易名称", "附言", "对方账户名", "借记卡号"];

pub(super) fn parse(text: &str) -> Result<Statement, StatementError> {
    let table = Table::read(text, &COLUMNS)?;
    let currency = table.records.first().map_or(Ok(Currency::CNY), currency)?;
    let mut rows = Vec::with_capacity(table.records.len());
    let mut steps = Vec::with_capacity(table.records.len());
    for record in &table.records {
        if self::currency(record)? != currency {
            let remedy = "export each currency by itself";
            return Err(record.cell("币别").refuse("the rows are of more than one currency", remedy));
        }
        let change = record.cell("金额").minor(currency)?;
        steps.push((change, record.cell("余额").minor(currency)?));
        rows.push(row(record, change, currency)?);
    }
    chain(&table.records, &steps, currency)?;
    let notes = link_refunds(&mut rows);
    Ok(Statement {
        format: Format::Boc,
        currency,
        rows,
        opening: steps.last().map(|(change, balance)| Money::new(balance - change, currency)),
        closing: steps.first().map(|(_, balance)| Money::new(*balance, currency)),
        notes,
    })
}

fn currency(record: &Record) -> Result<Currency, StatementError> {
    let cell = record.cell("币别");
    match cell.text {
        "人民币" => Ok(Currency::CNY),
        "美元" => Ok(Currency::USD),
        other => Err(cell.refuse(format!("{other:?} is not a known currency"), "export 人民币 or 美元 only")),
    }
}

fn row(record: &Record, change: i128, currency: Currency) -> Result<Row, StatementError> {
    let date = record.cell("记账日期");
    let own = Purse::account(&format!("中国银行({})", last_four(record.cell("借记卡号").text)));
    let name = record.text("交易名称");
    let counterparty = record.text("对方账户名");
    let other = Purse::counterparty(&counterparty);
    let wallet = wallet(&name, &counterparty);
    let (kind, from, to) = match (change.signum(), wallet) {
        (0, _) => (RowKind::Zero, own, other),
        (-1, _) => (RowKind::Payment, own, other),
        (_, Some(wallet)) => (RowKind::Withdrawal, wallet, own),
        _ if name.contains("退款") => (RowKind::Refund, other, own),
        _ => (RowKind::Income, other, own),
    };
    let amount = record.cell("金额");
    let memo = record.text("附言");
    Ok(Row {
        line: record.line,
        time: date.time_in(&format!("{} {}", date.text, record.cell("记账时间").text))?,
        kind,
        amount: amount.amount_in(amount.text.trim_start_matches('-'), currency)?,
        fee: Amount::ZERO,
        from,
        to,
        description: if memo.is_empty() { name } else { format!("{name} {memo}") },
        counterparty,
        order_id: String::new(),
        status: String::new(),
        refund_of: None,
        posts: kind != RowKind::Zero,
    })
}

/// The own wallet that a withdrawal comes from, when the row is one.
fn wallet(name: &str, counterparty: &str) -> Option<Purse> {
    if name != "网上快捷提现" {
        return None;
    }
    let wallets = [("支付宝", ALIPAY_BALANCE), ("财付通", WECHAT_BALANCE)];
    wallets
        .iter()
        .find(|(operator, _)| counterparty.starts_with(operator))
        .map(|(_, purse)| Purse::account(purse))
}

fn last_four(card: &str) -> &str {
    let start = card.char_indices().rev().nth(3).map_or(0, |(start, _)| start);
    card.get(start..).unwrap_or(card)
}

/// Checks the running balance from the oldest row up, so that the first row that does not follow is the one named.
fn chain(records: &[Record], steps: &[(i128, i128)], currency: Currency) -> Result<(), StatementError> {
    let oldest_first = records.iter().zip(steps).rev();
    let mut before: Option<i128> = None;
    for (record, (change, balance)) in oldest_first {
        if let Some(before) = before.filter(|before| before + change != *balance) {
            let plain = |minor: i128| Money::new(minor, currency).plain();
            let what = format!(
                "the balance before was {} and the amount is {}, which makes {}, but the row says {}",
                plain(before),
                plain(*change),
                plain(before + change),
                plain(*balance)
            );
            let remedy = "import the file as it was exported, newest row first and none left out";
            return Err(record.cell("余额").refuse(what, remedy));
        }
        before = Some(*balance);
    }
    Ok(())
}

/// Links each refund to the latest payment before it of the same amount to the same name.
///
/// The export prints no order number, so a refund of a part stays by itself and is noted.
fn link_refunds(rows: &mut [Row]) -> Vec<String> {
    let mut notes = Vec::new();
    // The newest row is the first: from the end up is the order of time.
    for refund in (0..rows.len()).rev() {
        let Some(row) = rows.get(refund).filter(|row| row.kind == RowKind::Refund) else { continue };
        let taken = |payment: usize| rows.iter().any(|row| row.refund_of == Some(payment));
        let found = rows.iter().enumerate().skip(refund + 1).find(|(index, payment)| {
            let same = payment.amount == row.amount && payment.counterparty == row.counterparty;
            payment.kind == RowKind::Payment && same && !taken(*index)
        });
        match found.map(|(index, _)| index) {
            Some(payment) => {
                if let Some(row) = rows.get_mut(refund) {
                    row.refund_of = Some(payment);
                }
            }
            None => notes.push(format!("line {}: the payment of this refund is not in the file", row.line)),
        }
    }
    notes
}
