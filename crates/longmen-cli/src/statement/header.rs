//! The summary lines above the table: `共26笔记录`, `支出：16笔(含4笔部分退款)，1648.43元`.

use super::{Amount, Currency, Money};

/// One summary line.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    /// The line in the file, from 1.
    pub(super) line: usize,
    /// How many rows it says there are.
    pub(super) rows: usize,
    /// What it says they make; the line that counts all rows has no sum.
    pub(super) total: Option<Amount>,
}

/// The summary line that begins with a label, `共` for the line that counts all rows.
///
/// `None` also for a line that cannot be read: a summary is a help, its absence is no error.
pub(super) fn summary(above: &[&str], label: &str, currency: Currency) -> Option<Summary> {
    above.iter().enumerate().find_map(|(index, line)| {
        let said = line.trim().strip_prefix(label)?.trim_start_matches(['：', ':']);
        let (rows, rest) = said.split_once('笔')?;
        let total = rest.split_once('元').and_then(|(before, _)| {
            let number = before.rsplit(['，', ' ', ',']).next()?;
            Amount::parse(number, &currency).ok()
        });
        Some(Summary { line: index + 1, rows: rows.parse().ok()?, total })
    })
}

/// Counts and sums the rows that a summary line speaks of.
pub(super) fn tally(amounts: impl Iterator<Item = Amount>) -> (usize, i128) {
    amounts.fold((0, 0), |(rows, total), amount| (rows + 1, total + i128::from(amount.minor())))
}

/// Notes where the summary lines say something else than the rows.
///
/// For the exports that declare their totals to follow rules of their own ("明细金额直接累加后，可能会和…统计金额不一致"),
/// so that a difference proves nothing.
pub(super) fn notes(
    above: &[&str],
    labels: &[&str],
    directions: &[(&str, Amount)],
    currency: Currency,
) -> Vec<String> {
    if let Some(said) = summary(above, "共", currency).filter(|said| said.rows != directions.len()) {
        // Then its sums are about other rows as well, and one sentence is enough.
        return vec![format!(
            "line {}: the header says {} records, the file has {}: its totals are not checked",
            said.line,
            said.rows,
            directions.len()
        )];
    }
    let mut notes = Vec::new();
    for label in labels {
        let Some(said) = summary(above, label, currency) else { continue };
        let of_label = directions.iter().filter(|(direction, _)| direction == label);
        let (rows, total) = tally(of_label.map(|(_, amount)| *amount));
        if said.rows != rows || said.total.is_some_and(|said| i128::from(said.minor()) != total) {
            let said_total =
                said.total.map_or_else(|| "?".to_owned(), |said| said.to_money(currency).plain());
            notes.push(format!(
                "line {}: the header says {label} {} records, {said_total}; the rows make {rows}, {}: not checked",
                said.line,
                said.rows,
                Money::new(total, currency).plain()
            ));
        }
    }
    notes
}
