//! Shows that rows come to the legs that another program booked for them: its books in beancount, our rows, leg by leg.
//! Rows that it left out must come to nothing together.

use std::collections::BTreeMap;

use super::{cny, parse, shared};
use crate::statement::{Format, Purse, Row, Statement};

/// One entry of the golden books: metadata by key, the payee under `payee`, and its legs in minor units.
#[derive(Default)]
struct Entry {
    meta: BTreeMap<String, String>,
    legs: Vec<(String, i128)>,
}

/// Reads as much of beancount as the golden files use.
fn beancount(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in text.lines() {
        if let Some(names) = line.split_once(" * \"").map(|(_, names)| names) {
            let payee = names.split_once("\" \"").map_or(names, |(payee, _)| payee).replace("\\\"", "\"");
            entries.push(Entry { meta: BTreeMap::from([("payee".to_owned(), payee)]), legs: Vec::new() });
        }
        let (Some(entry), Some(detail)) = (entries.last_mut(), line.strip_prefix('\t')) else { continue };
        if let Some((key, value)) = detail.split_once(": ") {
            entry.meta.insert(key.to_owned(), value.trim_matches('"').to_owned());
        } else if let Some((account, amount)) = detail.split_once(' ') {
            let amount = amount.strip_suffix(" CNY").unwrap();
            entry.legs.push((account.to_owned(), cny(amount).minor()));
        }
    }
    entries
}

/// The legs of a row, each purse under the golden books' name; everybody else is `outside`, and so are fees.
fn legs(row: &Row, own: fn(&str) -> &'static str) -> BTreeMap<&'static str, i128> {
    let name = |purse: &Purse| match purse {
        Purse::Account(name) => own(name),
        Purse::Counterparty(_) => "outside",
    };
    let (amount, fee) = (i128::from(row.amount.minor()), i128::from(row.fee.minor()));
    let mut legs = BTreeMap::new();
    for (account, change) in [(name(&row.from), -amount - fee), (name(&row.to), amount), ("outside", fee)] {
        *legs.entry(account).or_default() += change;
    }
    legs.retain(|_, change| *change != 0);
    legs
}

/// The legs of an entry, income and expenses as `outside`.
fn golden_legs(entry: &Entry) -> BTreeMap<&str, i128> {
    let mut legs = BTreeMap::new();
    for (account, change) in &entry.legs {
        let outside = account.starts_with("Income:") || account.starts_with("Expenses:");
        *legs.entry(if outside { "outside" } else { account.as_str() }).or_default() += change;
    }
    legs.retain(|_, change| *change != 0);
    legs
}

/// Compares and returns how many entries matched; `differs` names rows that are booked otherwise on purpose.
fn check(
    statement: &Statement,
    golden: &str,
    own: fn(&str) -> &'static str,
    differs: fn(&Row) -> bool,
) -> usize {
    let mut entries = beancount(golden);
    let listed = entries.len();
    let mut left_out: BTreeMap<&str, i128> = BTreeMap::new();
    for row in statement.rows.iter().filter(|row| row.posts) {
        let time = row.time.strftime("%Y-%m-%d %H:%M:%S +0800 CST").to_string();
        let is_this = |entry: &Entry| {
            let payee = if entry.meta["payee"] == "/" { "" } else { entry.meta["payee"].as_str() };
            entry.meta["payTime"] == time
                && entry.meta["orderId"] == row.order_id
                && payee == row.counterparty
        };
        let Some(place) = entries.iter().position(is_this) else {
            legs(row, own)
                .into_iter()
                .for_each(|(account, change)| *left_out.entry(account).or_default() += change);
            continue;
        };
        let entry = entries.remove(place);
        assert_eq!(entry.meta["status"], row.status, "line {}", row.line);
        if differs(row) {
            let magnitude = |change: &i128| change.unsigned_abs();
            let theirs: Vec<u128> = golden_legs(&entry).values().map(magnitude).collect();
            assert_eq!(
                legs(row, own).values().map(magnitude).collect::<Vec<_>>(),
                theirs,
                "line {}",
                row.line
            );
        } else {
            assert_eq!(legs(row, own), golden_legs(&entry), "line {}", row.line);
        }
    }
    let missed: Vec<_> = entries.iter().map(|entry| &entry.meta["orderId"]).collect();
    assert!(missed.is_empty(), "booked there and not here: {missed:?}");
    assert!(left_out.values().all(|change| *change == 0), "not booked there: {left_out:?}");
    listed
}

#[test]
fn wechat_is_booked_as_the_golden_books_book_it() {
    let (Some(file), Some(golden)) = (shared("wechat.csv"), shared("wechat.golden.beancount")) else {
        return;
    };
    let own = |name: &str| match name.split('(').next() {
        Some("零钱") => "Assets:Digital:Wechat:Cash",
        Some("零钱通") => "Assets:Digital:Wechat:MiniFund",
        Some("工商银行") => "Assets:Bank:CN:ICBC:Savings",
        Some("中国银行") => "Assets:Bank:CN:BOC:Savings",
        Some("建设银行信用卡") => "Liabilities:Bank:CN:CCB",
        Some("理财通") => "Assets:Trade:Tencent:LiCaiTong",
        _ => panic!("{name} is no purse of this file"),
    };
    let listed = check(&parse(Format::Wechat, &file), &String::from_utf8(golden).unwrap(), own, |_| false);
    assert_eq!(listed, 27, "all rows");
}

#[test]
fn alipay_is_booked_as_the_golden_books_book_it() {
    let (Some(file), Some(golden)) = (shared("alipay.gb18030.csv"), shared("alipay.golden.beancount")) else {
        return;
    };
    let own = |name: &str| match name {
        "余额" | "余额宝" => "Assets:Alipay",
        "交通银行信用卡(7449)" => "Liabilities:CC:COMM:7449",
        "未注明" => "Assets:FIXME",
        "蚂蚁财富" => "Assets:Alipay:Invest:Fund",
        _ => panic!("{name} is no purse of this file"),
    };
    // The golden books have no rule for this fund and write its sale as an expense; the row says 卖出至余额宝, "sold into
    // the purse", so here the amount agrees and the direction does not.
    let sale = |row: &Row| row.description.contains("卖出至");
    let listed = check(&parse(Format::Alipay, &file), &String::from_utf8(golden).unwrap(), own, sale);
    assert_eq!(listed, 7, "all but two that net to nothing and one that was closed unpaid");
}
