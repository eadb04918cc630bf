//! What an audit found.

use std::fmt;

use longmen_journal::{Damage, Head, Inspection};
use longmen_money::{Currency, Money};

use crate::Violation;

/// What an audit found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What the journal says of every byte in the directory.
    pub inspection: Inspection,
    /// The end of what was audited against the laws.
    pub head: Head,
    /// Why the laws were not judged to the journal's end: the damage at which its entries break off.
    pub stopped_by: Option<Damage>,
    /// How many accounts were opened.
    pub accounts: u64,
    /// How many holds are open.
    pub holds_open: u64,
    /// How many idempotency keys were used.
    pub keys: u64,
    /// How many entries were audited, the journal's own included.
    pub entries: u64,
    /// The same, by kind.
    pub counts: EntryCounts,
    /// How many snapshots were compared with what the entries before them add up to.
    pub snapshots: u64,
    /// For each currency that an account has, in the order of its letters.
    pub totals: Vec<CurrencyTotals>,
    /// The laws that are broken, in the order of positions: the first [`VIOLATIONS_MAX`](crate::VIOLATIONS_MAX).
    pub violations: Vec<Violation>,
    /// How many violations there are, listed or not.
    pub violations_count: u64,
}

impl Report {
    /// Whether every byte is as it was written and every law holds.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.inspection.damages.is_empty() && self.stopped_by.is_none() && self.violations_count == 0
    }
}

/// How many entries there are of each kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct EntryCounts {
    /// Accounts opened.
    pub accounts_opened: u64,
    /// Changes of accounts: their rules, their life, what is said of them.
    pub accounts_changed: u64,
    /// Groups posted.
    pub groups_posted: u64,
    /// Moves of as much as there was.
    pub moved: u64,
    /// Reversals of earlier entries.
    pub reversed: u64,
    /// Holds placed.
    pub holds_placed: u64,
    /// Increments of holds.
    pub holds_incremented: u64,
    /// Captures of holds, partial and final.
    pub holds_captured: u64,
    /// Releases of holds, partial and whole.
    pub holds_released: u64,
    /// Holds expired.
    pub holds_expired: u64,
    /// Sets opened, and what joined or left them.
    pub chart_changed: u64,
    /// Velocity limits set and dropped.
    pub limits_changed: u64,
    /// Periods sealed.
    pub periods_sealed: u64,
    /// Subjects erased.
    pub subjects_erased: u64,
    /// Compound entries of products; what happened in them is counted by its own kind too.
    pub compound: u64,
    /// Commands refused because of the state of the books.
    pub refusals: u64,
    /// The journal's own entries: its beginning, recoveries, snapshots.
    pub journal_own: u64,
    /// Of all these, the forced ones.
    pub forced: u64,
    /// Of all these, imported history.
    pub imported: u64,
    /// Of all these, those that are linked to the next one.
    pub linked: u64,
}

/// The counters of all accounts of one currency, summed, in minor units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CurrencyTotals {
    /// The currency.
    pub currency: Currency,
    /// All that was debited.
    pub debits_posted: u128,
    /// All that was credited.
    pub credits_posted: u128,
    /// What open holds would debit; zero where a broken journal takes it below.
    pub debits_held: u128,
    /// What open holds would credit; zero where a broken journal takes it below.
    pub credits_held: u128,
}

impl CurrencyTotals {
    /// Takes debits and credits posted, debits and credits held.
    pub(crate) fn new(currency: Currency, sums: [i128; 4]) -> Self {
        let [debits_posted, credits_posted, debits_held, credits_held] =
            sums.map(|sum| u128::try_from(sum).unwrap_or(0));
        Self { currency, debits_posted, credits_posted, debits_held, credits_held }
    }

    /// Debits and credits posted.
    #[must_use]
    pub fn posted(&self) -> [Money; 2] {
        [self.debits_posted, self.credits_posted].map(|sum| self.money(sum))
    }

    /// Debits and credits held.
    #[must_use]
    pub fn held(&self) -> [Money; 2] {
        [self.debits_held, self.credits_held].map(|sum| self.money(sum))
    }

    fn money(&self, sum: u128) -> Money {
        Money::new(i128::try_from(sum).unwrap_or(i128::MAX), self.currency)
    }
}

impl fmt::Display for CurrencyTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([debits, credits], [held_debits, held_credits]) = (self.posted(), self.held());
        write!(
            f,
            "{}: posted {} debit, {} credit; held {} debit, {} credit",
            self.currency,
            debits.plain(),
            credits.plain(),
            held_debits.plain(),
            held_credits.plain()
        )
    }
}
