//! Refunds and the payments they belong to.

use std::collections::BTreeMap;

use super::{Amount, Currency, Row, RowKind, StatementError};

/// The most refund rows after one payment that are tried against its annotation, and the most parts a refund comes in.
/// Together they bound the search to some 680,000 sums, however long the file is.
const CANDIDATES_MAX: usize = 64;
const PARTS_MAX: usize = 4;

/// Refuses a file in which a payment got back more than was paid.
pub(super) fn check(rows: &[Row], currency: Currency) -> Result<(), StatementError> {
    let mut refunded: BTreeMap<usize, i128> = BTreeMap::new();
    // In the order of time, so that the row that is one too many is the one that is named.
    let mut refunds: Vec<&Row> = rows.iter().filter(|row| row.refund_of.is_some()).collect();
    refunds.sort_by_key(|row| row.time);
    for refund in refunds {
        let Some((of, payment)) = refund.refund_of.and_then(|of| Some((of, rows.get(of)?))) else { continue };
        let back = refunded.entry(of).or_default();
        *back += i128::from(refund.amount.minor());
        if *back > i128::from(payment.amount.minor()) {
            let what = format!(
                "with this row {} is refunded of the {} paid in line {}",
                super::Money::new(*back, currency),
                payment.amount.to_money(currency),
                payment.line
            );
            return Err(StatementError::line(
                refund.line,
                what,
                "compare both rows with the original export",
            ));
        }
    }
    Ok(())
}

/// What the refunds that are linked to a payment make, in minor units.
pub(super) fn refunded(rows: &[Row], payment: usize) -> i128 {
    let linked = rows.iter().filter(|row| row.refund_of == Some(payment));
    linked.map(|row| i128::from(row.amount.minor())).sum()
}

/// Finds the refund rows that make exactly `total` for a payment, the fewest and the earliest first.
///
/// Asked of rows that are not linked yet, not before the payment, and that `belongs` accepts.
/// Exports print the same order number on a payment and its refunds; where it was blanked, the amounts alone decide.
pub(super) fn making(
    rows: &[Row],
    payment: usize,
    total: Amount,
    belongs: impl Fn(&Row) -> bool,
) -> Option<Vec<usize>> {
    let paid_at = rows.get(payment)?.time;
    let mut candidates: Vec<(usize, &Row)> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.kind == RowKind::Refund && row.refund_of.is_none())
        .filter(|(_, row)| row.time >= paid_at && row.amount <= total && belongs(row))
        .collect();
    candidates.sort_by_key(|(_, row)| row.time);
    candidates.truncate(CANDIDATES_MAX);
    (1..=PARTS_MAX).find_map(|parts| choose(&candidates, parts, total))
}

/// Chooses exactly `parts` of the candidates, in their order, that make `total`.
fn choose(candidates: &[(usize, &Row)], parts: usize, total: Amount) -> Option<Vec<usize>> {
    if parts == 0 {
        return total.is_zero().then(Vec::new);
    }
    candidates.iter().enumerate().find_map(|(place, (index, row))| {
        let rest = total.checked_sub(row.amount)?;
        let mut chosen = choose(candidates.get(place + 1..)?, parts - 1, rest)?;
        chosen.insert(0, *index);
        Some(chosen)
    })
}
