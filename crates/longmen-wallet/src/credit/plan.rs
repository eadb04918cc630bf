//! The record of a plan: its parts, and what becomes of them.

use alloc::vec::Vec;

use longmen_core::{Key, Phase, Reason, Refusal, Thing};
use longmen_money::{Amount, Currency};
use serde::{Deserialize, Serialize};

use crate::draft::exceeds;
use crate::machine::step;
use crate::table::{Named, Table};
use crate::{OwnerId, RefundParts, TermsRef};

/// A part of a plan. What it says of amounts never changes but for what a refund took off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Part {
    /// Journal time in nanoseconds by which it is to be paid.
    pub due_ns: u64,
    /// Its principal, in minor units.
    pub principal: Amount,
    /// The fee that the owner pays with it.
    pub fee: Amount,
    /// The fee that somebody else has paid for it.
    pub subsidy: Amount,
    /// How much of the principal a refund took off.
    pub returned: Amount,
    /// Where it stands.
    pub state: PartState,
}

/// Where a part stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// It is to be paid.
    Open,
    /// It is to be paid, and its day has passed.
    Overdue,
    /// It was paid with its fee.
    Paid,
    /// It was paid before its day without its fee, with all the rest.
    PaidEarly,
    /// The merchant has given all of it back.
    Returned,
    /// It will not be paid.
    WrittenOff,
}

impl Part {
    /// Whether it is still to be paid.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, PartState::Open | PartState::Overdue)
    }

    /// How much principal is still to be paid.
    #[must_use]
    pub fn outstanding(&self) -> Amount {
        let left = self.principal.checked_sub(self.returned).unwrap_or(Amount::ZERO);
        if self.is_open() { left } else { Amount::ZERO }
    }
}

/// A credit in instalments.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The key of the command that granted it.
    pub name: Key,
    /// Who owes it.
    pub owner: OwnerId,
    /// Whom it has paid.
    pub merchant: OwnerId,
    /// The order that it has paid.
    pub order: Key,
    /// Its currency.
    pub currency: Currency,
    /// The terms that it was granted under.
    pub terms: TermsRef,
    /// Its parts, in the order of their days.
    pub parts: Vec<Part>,
    /// The version of the calendar by which the days were found.
    pub calendar: Option<Key>,
    /// Whether the merchant has paid the subsidy; if not the operator did.
    pub merchant_subsidises: bool,
    /// How much the merchant has given back, in minor units.
    pub refunded: Amount,
    /// Where it stands: active, overdue, settled, refunded, written off.
    pub phase: Phase,
    /// Journal time in nanoseconds of the grant.
    pub since_ns: u64,
}

impl Named for Plan {
    type Name = Key;

    fn name(&self) -> Key {
        self.name
    }
}

/// All plans.
pub type Plans = Table<Plan>;

/// What one step of a plan moves, in minor units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Moved {
    /// Principal that is not owed any more.
    pub(super) principal: Amount,
    /// Fees that were paid.
    pub(super) fee: Amount,
    /// Fees that will not be paid.
    pub(super) waived: Amount,
    /// Subsidies that are earned now, or go back to whoever paid them.
    pub(super) subsidy: Amount,
}

impl Moved {
    /// What the owner pays.
    pub(super) fn paid(&self) -> Amount {
        sum([self.principal, self.fee])
    }

    /// What becomes income.
    pub(super) fn earned(&self) -> Amount {
        sum([self.fee, self.subsidy])
    }

    fn add(&mut self, other: Self) {
        self.principal = sum([self.principal, other.principal]);
        self.fee = sum([self.fee, other.fee]);
        self.waived = sum([self.waived, other.waived]);
        self.subsidy = sum([self.subsidy, other.subsidy]);
    }
}

/// Amounts that are parts of one amount, so that their sum is one.
pub(super) fn sum(parts: impl IntoIterator<Item = Amount>) -> Amount {
    let add = |sum: Amount, part| sum.checked_add(part).unwrap_or(Amount::MAX);
    parts.into_iter().fold(Amount::ZERO, add)
}

/// Shares an amount in as many parts, which sum to exactly it: what is left over goes to the first ones.
pub(super) fn split(total: Amount, parts: usize) -> Vec<Amount> {
    let count = u64::try_from(parts).unwrap_or(u64::MAX).max(1);
    let whole = total.minor().checked_div(count).unwrap_or(0);
    let over = total.minor().checked_rem(count).unwrap_or(0);
    let part = |at: u64| Amount::new(whole.saturating_add(u64::from(at < over))).unwrap_or(Amount::ZERO);
    (0..count).map(part).collect()
}

impl Plan {
    /// The principal that was lent.
    #[must_use]
    pub fn principal(&self) -> Amount {
        sum(self.parts.iter().map(|part| part.principal))
    }

    /// The principal that is still to be paid.
    #[must_use]
    pub fn outstanding(&self) -> Amount {
        sum(self.parts.iter().map(Part::outstanding))
    }

    /// The parts that are still to be paid, in the order of their days.
    pub fn open_parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.is_open())
    }

    /// Pays the next parts with their fees; or all the rest, without the fees of those whose day has not come.
    pub(super) fn pay(&mut self, count: usize, early: bool) -> Moved {
        let mut moved = Moved::default();
        for part in self.parts.iter_mut().filter(|part| part.is_open()).take(count) {
            let waives = early && part.state == PartState::Open;
            let (fee, waived) = if waives { (Amount::ZERO, part.fee) } else { (part.fee, Amount::ZERO) };
            moved.add(Moved { principal: part.outstanding(), fee, waived, subsidy: part.subsidy });
            part.state = if waives { PartState::PaidEarly } else { PartState::Paid };
        }
        moved
    }

    /// Gives up what is open.
    pub(super) fn write_off(&mut self) -> Moved {
        let mut moved = Moved::default();
        for part in self.parts.iter_mut().filter(|part| part.is_open()) {
            let (fee, waived) = (Amount::ZERO, part.fee);
            moved.add(Moved { principal: part.outstanding(), fee, waived, subsidy: part.subsidy });
            part.state = PartState::WrittenOff;
        }
        moved
    }

    /// Takes off principal that the merchant gave back, so much of each part; a part of which nothing is left ends, and
    /// its fee is not paid.
    pub(super) fn give_back(&mut self, of_each: &[Amount]) -> Result<Moved, &'static str> {
        let mut moved = Moved::default();
        for (part, back) in self.parts.iter_mut().zip(of_each).filter(|(_, back)| !back.is_zero()) {
            let left =
                part.outstanding().checked_sub(*back).ok_or("it takes off more than is outstanding")?;
            part.returned = sum([part.returned, *back]);
            moved.add(Moved { principal: *back, ..Moved::default() });
            if left.is_zero() {
                part.state = PartState::Returned;
                moved.add(Moved { waived: part.fee, subsidy: part.subsidy, ..Moved::default() });
            }
        }
        Ok(moved)
    }

    /// How much of each part a refund takes off: of the last ones first, or a share of every one.
    pub(super) fn share_refund(&self, back: Amount, policy: RefundParts) -> Vec<Amount> {
        match policy {
            RefundParts::LastFirst => {
                let mut left = back;
                let mut of_each: Vec<Amount> =
                    self.parts.iter().rev().map(|part| take(part, &mut left)).collect();
                of_each.reverse();
                of_each
            }
            RefundParts::EveryOne => {
                let (total, mut before, mut given) = (self.outstanding(), 0_u64, 0_u64);
                let share = |part: &Part| {
                    before = before.saturating_add(part.outstanding().minor());
                    // Rounded over all parts so far, so that the shares sum to exactly what is given back.
                    let upto = scaled(back, before, total);
                    let own = upto.saturating_sub(given);
                    given = upto;
                    Amount::new(own).unwrap_or(Amount::ZERO)
                };
                self.parts.iter().map(share).collect()
            }
        }
    }

    /// Where it stands, by what is open of it.
    pub(super) fn phase_now(&self) -> Phase {
        if self.open_parts().any(|part| part.state == PartState::Overdue) {
            Phase::Overdue
        } else if self.open_parts().next().is_some() {
            Phase::Active
        } else if self.refunded == self.principal() {
            Phase::Refunded
        } else {
            Phase::Settled
        }
    }

    /// Goes to where it stands now.
    pub(super) fn go_on(&mut self) -> Result<(), &'static str> {
        let to = self.phase_now();
        step(Thing::Plan, &mut self.phase, to)
    }

    /// Refuses to give back more than was lent.
    pub(super) fn may_give_back(&self, back: Amount) -> Result<(), Refusal> {
        let left = self.principal().checked_sub(self.refunded).unwrap_or(Amount::ZERO);
        match back {
            back if back.is_zero() => Err(Reason::AmountZero.into()),
            back if back > left => Err(exceeds(Thing::Plan, back, left)),
            _ => Ok(()),
        }
    }
}

fn take(part: &Part, left: &mut Amount) -> Amount {
    let taken = part.outstanding().min(*left);
    *left = left.checked_sub(taken).unwrap_or(Amount::ZERO);
    taken
}

/// `back x before / total`, rounded down.
fn scaled(back: Amount, before: u64, total: Amount) -> u64 {
    let scaled = u128::from(back.minor()).saturating_mul(before.into());
    u64::try_from(scaled.checked_div(total.minor().into()).unwrap_or(0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(parts: &[Amount]) -> Vec<u64> {
        parts.iter().map(|part| part.minor()).collect()
    }

    #[test]
    fn what_is_left_over_goes_to_the_first_parts() {
        let split = |total, parts| minor(&split(Amount::new(total).unwrap(), parts));
        assert_eq!(split(100_000, 3), [33_334, 33_333, 33_333]);
        let twelve = split(99_999, 12);
        assert_eq!((&twelve[..3], &twelve[3..]), (&[8_334; 3][..], &[8_333; 9][..]));
        assert_eq!(split(2, 3), [1, 1, 0]);
        assert_eq!(split(Amount::MAX.minor(), 7).iter().sum::<u64>(), Amount::MAX.minor());
    }
}
