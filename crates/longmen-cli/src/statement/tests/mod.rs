//! Shows that the four exports are read to the fen and that what does not add up is refused with its line.
//!
//! `real` and `golden` read real exports from outside the repository and are skipped with a message where those are
//! absent; `synthetic` and `refused` read made-up ones that stand in `snippets`.

mod golden;
mod real;
mod refused;
mod snippets;
mod synthetic;

use super::{Format, Money, Row, RowKind, Statement};

/// A file of the shared statements; `None`, with a message, where they are absent.
fn shared(name: &str) -> Option<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/statements");
    let file = std::fs::read(format!("{folder}/{name}")).ok();
    if file.is_none() {
        eprintln!("skipped: {name} is not here, the shared statements are not part of the repository");
    }
    file
}

fn parse(format: Format, bytes: &[u8]) -> Statement {
    Statement::parse(format, bytes).unwrap_or_else(|refused| panic!("{format}: {refused}"))
}

fn cny(text: &str) -> Money {
    Money::parse(&format!("{text} CNY")).unwrap_or_else(|refused| panic!("{text}: {refused}"))
}

/// An amount in minor units, written in major ones.
fn fen(text: &str) -> u64 {
    u64::try_from(cny(text).minor()).unwrap_or_else(|_| panic!("{text} is below zero"))
}

/// The number of rows and the sum of one kind, `(0, 0.00)` when there is none.
fn made(statement: &Statement, kind: RowKind) -> (usize, String) {
    let totals = statement.totals();
    totals.kinds.get(&kind).map_or((0, "0.00".to_owned()), |sum| (sum.rows, sum.total.plain()))
}

/// What the rows of a statement changed in one own purse.
fn change(statement: &Statement, purse: &str) -> String {
    statement.totals().purses.get(purse).map_or_else(|| "none".to_owned(), Money::plain)
}

/// The refunds of a payment, by their amounts.
fn refunds_of<'s>(statement: &'s Statement, payment: &Row) -> Vec<&'s Row> {
    let index = statement.rows.iter().position(|row| row == payment);
    statement.rows.iter().filter(|row| row.refund_of.is_some() && row.refund_of == index).collect()
}
