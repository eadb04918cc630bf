//! [`Totals`]: what a statement comes to.

use std::collections::BTreeMap;

use super::{Money, Purse, RowKind, Statement};

/// The sums over the rows that post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Totals {
    /// How each own purse changed; what a purse lost is negative.
    pub(crate) purses: BTreeMap<String, Money>,
    /// Rows and amounts of each kind that posts; kinds without a row are absent.
    pub(crate) kinds: BTreeMap<RowKind, Sum>,
    /// Rows that carry a fee, and the fees.
    pub(crate) fees: Sum,
    /// Everything paid, escrow included, less everything refunded.
    pub(crate) spent: Money,
}

/// How many rows, and what they make.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    /// How many rows.
    pub(crate) rows: usize,
    /// Their amounts, never negative.
    pub(crate) total: Money,
}

impl Totals {
    // Plain arithmetic on minor units: an amount is below 2^60, so the rows of no file reach 2^127.
    pub(super) fn of(statement: &Statement) -> Self {
        let money = |minor: i128| Money::new(minor, statement.currency);
        let mut purses: BTreeMap<String, i128> = BTreeMap::new();
        let mut kinds: BTreeMap<RowKind, (usize, i128)> = BTreeMap::new();
        let mut fees = (0usize, 0i128);
        for row in statement.rows.iter().filter(|row| row.posts) {
            let amount = i128::from(row.amount.minor());
            let fee = i128::from(row.fee.minor());
            for (purse, change) in [(&row.from, -(amount + fee)), (&row.to, amount)] {
                if let Purse::Account(name) = purse {
                    *purses.entry(name.clone()).or_default() += change;
                }
            }
            let kind = kinds.entry(row.kind).or_default();
            *kind = (kind.0 + 1, kind.1 + amount);
            fees = (fees.0 + usize::from(!row.fee.is_zero()), fees.1 + fee);
        }
        let made = |kind: RowKind| kinds.get(&kind).map_or(0, |(_, total)| *total);
        let spent = made(RowKind::Payment) + made(RowKind::Escrow) - made(RowKind::Refund);
        let sum = |(rows, total): (usize, i128)| Sum { rows, total: money(total) };
        Self {
            purses: purses.into_iter().map(|(name, change)| (name, money(change))).collect(),
            fees: sum(fees),
            spent: money(spent),
            kinds: kinds.into_iter().map(|(kind, counted)| (kind, sum(counted))).collect(),
        }
    }
}
