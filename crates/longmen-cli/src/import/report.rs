//! What an import says at its end.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use longmen::{AccountId, Class, Ledger, Money, Refusal};
use serde_json::{Value, json};

use super::names;
use super::plan::Plan;
use crate::Outcome;
use crate::show::table::Table;
use crate::statement::{Purse, RowKind, Statement};
use crate::style::Style;

/// What became of the rows.
#[derive(Default)]
pub(super) struct Imported {
    /// Newly posted.
    pub(super) posted: usize,
    /// Posted by an earlier import.
    pub(super) known: usize,
    /// Refused, with the line, and why.
    pub(super) refused: Vec<(usize, Refusal, String)>,
}

/// One own purse, as the file and as the ledger see it.
struct Line {
    account: AccountId,
    printed: String,
    change: Money,
    refunds: Money,
    fees: Money,
    balance: Option<Money>,
    /// Whether the balance is what is owed.
    owed: bool,
}

pub(super) fn print(
    statement: &Statement,
    plan: &Plan,
    ledger: &Ledger,
    imported: &Imported,
    as_json: bool,
) -> Outcome {
    let lines = lines(statement, ledger);
    let mut notes = statement.notes.clone();
    let closing = closing(plan, ledger, &mut notes);
    let mut out = BufWriter::new(io::stdout().lock());
    if as_json {
        writeln!(out, "{}", to_json(statement, &lines, imported, &notes, closing))?;
        return Ok(out.flush()?);
    }
    let style = Style::stdout();
    let idle = statement.rows.iter().filter(|row| !row.posts).count();
    writeln!(
        out,
        "{} rows of {}: {} posted, {} known from before, {idle} move no money, {} refused",
        statement.rows.len(),
        statement.format,
        imported.posted,
        imported.known,
        imported.refused.len()
    )?;
    writeln!(out)?;
    let mut table = Table::new(&["purse", "account", "change in the file", "refunds", "fees", "balance now"])
        .right_from(2);
    for line in &lines {
        table.row(&[
            line.printed.clone(),
            line.account.to_string(),
            line.change.plain(),
            line.refunds.plain(),
            line.fees.plain(),
            line.balance.map_or_else(String::new, |balance| {
                format!("{}{balance}", if line.owed { "owed " } else { "" })
            }),
        ]);
    }
    table.print(style, &mut out)?;
    writeln!(out, "\nspent, less refunds: {}", statement.totals().spent)?;
    if let Some((stated, true)) = closing {
        writeln!(
            out,
            "{}: the ledger has the closing balance of the statement",
            style.green(&stated.to_string())
        )?;
    }
    for note in &notes {
        writeln!(out, "note: {note}")?;
    }
    for (line, _, why) in &imported.refused {
        writeln!(out, "{} line {line}: {why}", style.red("refused:"))?;
    }
    Ok(out.flush()?)
}

fn lines(statement: &Statement, ledger: &Ledger) -> Vec<Line> {
    let zero = Money::new(0, statement.currency);
    let mut refunds: BTreeMap<&str, i128> = BTreeMap::new();
    let mut fees: BTreeMap<&str, i128> = BTreeMap::new();
    for row in statement.rows.iter().filter(|row| row.posts) {
        if let (RowKind::Refund, Purse::Account(name)) = (row.kind, &row.to) {
            *refunds.entry(name).or_default() += i128::from(row.amount.minor());
        }
        if let Purse::Account(name) = &row.from {
            *fees.entry(name).or_default() += i128::from(row.fee.minor());
        }
    }
    let money = |sums: &BTreeMap<&str, i128>, name: &str| {
        sums.get(name).map_or(zero, |minor| Money::new(*minor, statement.currency))
    };
    let purse = |(printed, change): (String, Money)| {
        let (account, class) = names::purse(statement.format, &printed, statement.currency).ok()?;
        let balance = ledger.balance(&account).map(|balance| balance.posted());
        Some(Line {
            account,
            change,
            refunds: money(&refunds, &printed),
            fees: money(&fees, &printed),
            balance,
            owed: class == Class::Liability,
            printed,
        })
    };
    statement.totals().purses.into_iter().filter_map(purse).collect()
}

/// The balance that the statement ends with, and whether the ledger has it too.
fn closing(plan: &Plan, ledger: &Ledger, notes: &mut Vec<String>) -> Option<(Money, bool)> {
    let balanced = plan.balanced.as_ref()?;
    let balance = ledger.balance(&balanced.account)?.posted();
    if balance != balanced.closing {
        notes.push(format!(
            "the statement closes at {}, the ledger has {balance}: it knows of other rows, or a statement between is missing",
            balanced.closing
        ));
    }
    Some((balanced.closing, balance == balanced.closing))
}

fn to_json(
    statement: &Statement,
    lines: &[Line],
    imported: &Imported,
    notes: &[String],
    closing: Option<(Money, bool)>,
) -> Value {
    let purses = lines.iter().map(|line| {
        json!({
            "account": line.account.as_str(), "printed": line.printed, "change": line.change.plain(),
            "refunds": line.refunds.plain(), "fees": line.fees.plain(),
            "balance": line.balance.map(|balance| balance.plain()),
        })
    });
    let refused = imported.refused.iter().map(|(line, refusal, why)| {
        json!({"line": line, "code": refusal.reason.code(), "reason": refusal.reason.name(), "message": why})
    });
    json!({
        "format": statement.format.name(), "currency": statement.currency.code(), "rows": statement.rows.len(),
        "posted": imported.posted, "known": imported.known,
        "idle": statement.rows.iter().filter(|row| !row.posts).count(),
        "refused": refused.collect::<Value>(), "purses": purses.collect::<Value>(),
        "spent": statement.totals().spent.plain(),
        "closing": closing.map(|(closing, agrees)| json!({"balance": closing.plain(), "agrees": agrees})),
        "notes": notes,
    })
}
