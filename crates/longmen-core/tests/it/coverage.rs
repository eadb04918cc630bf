//! Every reason that a command can meet is the expected result of some row.

use std::collections::BTreeSet;

use longmen_core::Reason;

macro_rules! tables {
    ($($file:literal),+ $(,)?) => { [$(($file, include_str!($file))),+] };
}

/// The tables, as text.
const TABLES: &[(&str, &str)] = &tables![
    "access.rs",
    "accounts.rs",
    "captures.rs",
    "chart.rs",
    "compound.rs",
    "conditions.rs",
    "counts.rs",
    "force.rs",
    "groups.rs",
    "holds.rs",
    "increments.rs",
    "limits.rs",
    "managed.rs",
    "moves.rs",
    "order.rs",
    "precedence.rs",
    "reversals.rs",
    "secrets.rs",
    "tables.rs",
    "time.rs",
    "velocity.rs",
    "windows.rs",
];

/// Reasons that only commands of products have; their tests are where the products are.
pub(crate) fn is_of_products(reason: Reason) -> bool {
    matches!(reason.code(), 146..200 | 401..)
}

/// Reasons that no table can reach.
const BEYOND_TABLES: &[Reason] = &[
    // It would take 4,294,967,295 accounts.
    Reason::TooManyAccounts,
];

#[test]
fn every_reason_is_expected_somewhere() {
    let rows = TABLES.iter().flat_map(|(_, text)| text.lines());
    let wanted: BTreeSet<&str> = rows
        .filter_map(|row| row.split_once("->"))
        .filter_map(|(_, want)| want.split([' ', '"', '\\']).find(|word| !word.is_empty()))
        .collect();
    for reason in Reason::ALL.iter().filter(|reason| !is_of_products(**reason)) {
        let is_beyond = BEYOND_TABLES.contains(reason);
        assert_eq!(
            wanted.contains(reason.name()),
            !is_beyond,
            "{} and the list of exceptions",
            reason.name()
        );
    }
}
