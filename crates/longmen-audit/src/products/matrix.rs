//! The chart of products and the matrix of permitted postings, by the codes of the chart.
//!
//! Both are written down here again, from the chart and the movements, and not taken from the crate that keeps them.

use longmen_core::Class;

use Kind::{Control, Lots, Plain};

/// What an account's balance is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Of nothing but its postings.
    Plain,
    /// Of open items.
    Control,
    /// Of lots.
    Lots,
}

/// Every code, with the class of its accounts and what their balance is made of.
#[rustfmt::skip]
const CHART: &[(u16, Class, Kind)] = &[
    (1010, Class::Asset, Plain),
    (1020, Class::Asset, Plain),
    (1030, Class::Asset, Plain),
    (1040, Class::Asset, Plain),
    (1110, Class::Asset, Control),
    (1210, Class::Asset, Control),
    (1215, Class::Asset, Control),
    (1220, Class::Asset, Control),
    (1230, Class::Asset, Control),
    (1290, Class::Asset, Plain),
    (1910, Class::Asset, Control),
    (2010, Class::Liability, Lots),
    (2015, Class::Liability, Lots),
    (2020, Class::Liability, Lots),
    (2025, Class::Liability, Control),
    (2030, Class::Liability, Plain),
    (2035, Class::Liability, Control),
    (2040, Class::Liability, Control),
    (2050, Class::Liability, Control),
    (2060, Class::Liability, Control),
    (2070, Class::Liability, Control),
    (2080, Class::Liability, Control),
    (2090, Class::Liability, Plain),
    (2100, Class::Liability, Control),
    (2110, Class::Liability, Control),
    (2120, Class::Liability, Plain),
    (2910, Class::Liability, Control),
    (3010, Class::Equity, Plain),
    (4010, Class::Income, Plain),
    (4020, Class::Income, Plain),
    (4030, Class::Income, Plain),
    (4040, Class::Income, Plain),
    (4050, Class::Income, Plain),
    (4060, Class::Income, Plain),
    (4070, Class::Income, Plain),
    (5010, Class::Expense, Plain),
    (5020, Class::Expense, Plain),
    (5030, Class::Expense, Plain),
    (5040, Class::Expense, Plain),
    (5050, Class::Expense, Plain),
    (5060, Class::Expense, Plain),
    (5070, Class::Expense, Plain),
];

/// Which codes may be credited where the first is debited, in one posting and one currency.
#[rustfmt::skip]
const MATRIX: &[(u16, &[u16])] = &[
    (1010, &[1010, 1020, 1030, 1040, 1110, 1290, 1910, 2030, 2050, 2060, 2070, 2090, 2910]),
    (1020, &[1010, 1030, 1040, 1110, 1290, 1910, 2030, 2050, 2060, 2070, 2910]),
    (1030, &[1010, 1020, 1030, 1040, 1110, 1290, 1910, 2030, 2035, 2050, 2060, 2070, 2090, 2910]),
    (1040, &[1010, 1020, 1030, 3010]),
    (1110, &[1010, 1020, 1030, 1220, 1230, 2010, 2015, 2020, 2035, 2040, 2060, 2070, 2080, 2100, 2120, 2910, 4010, 4030, 5060]),
    (1210, &[2035]),
    (1215, &[2110]),
    (1220, &[1110, 1230, 2010, 2015, 2060, 2090, 2100]),
    (1230, &[2010, 2015, 2020, 2025, 2100]),
    (1290, &[1010, 1020, 1030, 2010, 2030, 2060, 4040, 4070, 5040]),
    (1910, &[1010, 1020, 1030, 1110, 2010, 2030, 2090]),
    (2010, &[1110, 1210, 1215, 1220, 1230, 1290, 1910, 2010, 2015, 2035, 2050, 2060, 2100, 4020]),
    (2015, &[1110, 1220, 1230, 1910, 2035, 2060, 2100]),
    (2020, &[1110, 1220, 1230, 2025, 2060, 2090, 2100]),
    (2025, &[1110, 2020, 2060, 2090, 2100]),
    (2030, &[1110, 1210, 1220, 1290, 1910, 2010, 2015, 2050, 2060, 2100, 4020, 5040]),
    (2035, &[1110, 1210, 1215, 2010, 2015, 2030, 2060, 2100, 4020]),
    (2040, &[1110, 2010, 2015, 2020, 2060, 2070, 4010]),
    (2050, &[1010, 1020, 1030, 2010, 2030, 2060, 2100]),
    (2060, &[1110, 2010, 2015, 2020, 2025, 2030, 2050, 2080, 2100, 4010]),
    (2070, &[1010, 1020, 1030, 1110, 2010, 2015, 2020, 2030, 2035, 2040, 2050, 2060, 2100, 4010]),
    (2080, &[2010, 2015, 2060, 2100]),
    (2090, &[1010, 1030, 1230, 2020, 2025, 2100, 5010]),
    (2100, &[2010, 2030, 2050, 2060]),
    (2110, &[1215, 2030, 4050, 5070]),
    (2120, &[1110, 2060]),
    (2910, &[1010, 1020, 1030, 1040, 1110, 2010, 2030, 2090, 4020, 5010]),
    (4010, &[1110, 2010, 2060]),
    (4020, &[2010, 2030, 2100]),
    (4030, &[1110, 2060]),
    (4040, &[1290]),
    (5010, &[1010, 1030, 1040, 1110, 1910, 2010, 2030, 2090, 2100]),
    (5020, &[1110, 1220, 1230, 2090]),
    (5030, &[2010, 2015, 2020, 2030]),
    (5040, &[1290, 2010, 2030, 2060]),
    (5050, &[1290]),
    (5060, &[1210, 1220, 1230]),
    (5070, &[1110, 1215]),
];

/// What the chart says of a code: its class, and what its balances are made of.
pub(super) fn charted(code: u16) -> Option<(Class, Kind)> {
    let row = CHART.iter().find(|(own, ..)| *own == code)?;
    Some((row.1, row.2))
}

/// Whether the account of one code may be debited and that of another credited together.
pub(super) fn is_permitted(debit: u16, credit: u16) -> bool {
    MATRIX.iter().any(|(own, credits)| *own == debit && credits.contains(&credit))
}

#[cfg(test)]
mod tests {
    use longmen_wallet::Role;

    use super::*;

    #[test]
    fn both_statements_of_the_chart_and_of_the_matrix_say_the_same() {
        assert_eq!(CHART.len(), Role::ALL.len());
        let code = |role: Role| role.code().parse::<u16>().unwrap();
        for role in Role::ALL.iter().copied() {
            let kind = match (role.has_items(), role.has_lots()) {
                (true, _) => Control,
                (_, true) => Lots,
                _ => Plain,
            };
            assert_eq!(charted(code(role)), Some((role.class(), kind)), "{role:?}");
            for credit in Role::ALL.iter().copied() {
                let stated = is_permitted(code(role), code(credit));
                assert_eq!(stated, longmen_wallet::is_permitted(role, credit), "{role:?} to {credit:?}");
            }
        }
    }
}
