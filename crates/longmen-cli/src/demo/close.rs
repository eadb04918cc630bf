//! The closing: the trial balance, and the gate of 龙门账.
//!
//! The merchants sorted every account into four: 进 income, 缴 expenses, 存 assets, 该 what is owed, capital
//! included. At the year's end they worked the profit out twice, as 进 − 缴 and as 存 − 该. Where the two sides met,
//! the gate closed: 合龙门.

use std::collections::BTreeMap;
use std::io::Write;

use longmen::{Account, Books, Class, Currency, Money, Side};

use super::Page;
use crate::lang::{is_zh, pick};
use crate::show::table::Table;
use crate::{Failure, Outcome};

/// The currencies of the books, in the order of their letters.
fn currencies(books: &Books) -> Vec<Currency> {
    let by_code: BTreeMap<String, Currency> = books
        .accounts()
        .iter()
        .map(|account| (account.currency().code().to_owned(), account.currency()))
        .collect();
    by_code.into_values().collect()
}

/// Prints every account on its side, a column pair for each currency.
pub(super) fn trial_balance<W: Write>(books: &Books, page: &mut Page<W>) -> Outcome {
    for currency in currencies(books) {
        let mut table = Table::new(&[currency.code(), pick("debit 借", "借"), pick("credit 贷", "贷")])
            .right_from(1)
            .indent(2);
        let mut sums = [0_i128; 2];
        for account in books.accounts().iter().filter(|account| account.currency() == currency) {
            let posted = account.balance().posted().minor();
            if posted == 0 {
                continue;
            }
            let [debit, credit] = match (account.class().normal_side(), posted < 0) {
                (Side::Debit, false) | (Side::Credit, true) => [posted.abs(), 0],
                _ => [0, posted.abs()],
            };
            sums = [sums[0].saturating_add(debit), sums[1].saturating_add(credit)];
            table.row(&[account.id().to_string(), cell(debit, currency), cell(credit, currency)]);
        }
        let [debits, credits] = sums.map(|sum| Money::new(sum, currency).plain());
        table.row(&[pick("total", "合计").to_owned(), debits, credits]);
        table.print(page.style, &mut page.out)?;
        if sums[0] != sums[1] {
            return Err(Failure::Damage(format!("the trial balance of {currency} does not meet")));
        }
        page.line("")?;
    }
    page.line(pick(
        "  Debits equal credits in each currency by itself: 有借必有贷，借贷必相等。",
        "  每个币种各自借贷相等：有借必有贷，借贷必相等。",
    ))?;
    Ok(())
}

fn cell(minor: i128, currency: Currency) -> String {
    if minor == 0 { String::new() } else { Money::new(minor, currency).plain() }
}

/// Prints the profit worked out twice, and whether the two sides meet.
pub(super) fn gate<W: Write>(books: &Books, page: &mut Page<W>) -> Outcome {
    for line in pick(
        "In 龙门账, the double entry of the Ming merchants, a year's profit is worked out twice: what came\n\
         in less what was spent, and what is there less what is owed. Where the two meet, the gate closes.",
        "龙门账是明代商人的复式账法，年终盈亏算两遍：一遍以进减缴，一遍以存减该。两数相合，便是合龙门。",
    )
    .lines()
    {
        page.line(line)?;
    }
    page.line("")?;
    let english = ["", "进 income", "缴 spent", "存 assets", "该 owed+capital", "进 − 缴", "存 − 该", ""];
    let titles =
        if is_zh() { ["", "进", "缴", "存", "该", "进 − 缴", "存 − 该", ""] } else { english };
    let mut table = Table::new(&titles).right_from(1).indent(2);
    let mut closed = true;
    for currency in currencies(books) {
        let sum = |class: Class| {
            let of_class = |account: &&Account| account.currency() == currency && account.class() == class;
            books
                .accounts()
                .iter()
                .filter(of_class)
                .map(|account| account.balance().posted().minor())
                .sum::<i128>()
        };
        let (jin, jiao, cun) = (sum(Class::Income), sum(Class::Expense), sum(Class::Asset));
        let gai = sum(Class::Liability).saturating_add(sum(Class::Equity));
        let sides = [jin.saturating_sub(jiao), cun.saturating_sub(gai)];
        let meets = sides[0] == sides[1];
        closed &= meets;
        let mut row = vec![currency.to_string()];
        row.extend(
            [jin, jiao, cun, gai, sides[0], sides[1]].map(|minor| Money::new(minor, currency).plain()),
        );
        row.push(if meets { "合" } else { "不合" }.to_owned());
        table.row(&row);
    }
    table.print(page.style, &mut page.out)?;
    page.line("")?;
    if !closed {
        return Err(Failure::Damage("the gate does not close: 进 − 缴 differs from 存 − 该".to_owned()));
    }
    let closed = page.style.green("进 − 缴 = 存 − 该");
    let said = pick("in each currency: the gate is closed. 合龙门！", "，各币种皆合：合龙门！");
    page.line(&format!("  {closed}{}{said}", pick("  ", "")))?;
    Ok(())
}
