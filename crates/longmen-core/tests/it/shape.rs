//! The model's second half: what is wrong with a command in itself.

use longmen_core::{Action, Leg, Reason, Side};
use longmen_money::Currency;

use crate::model::Fault;

/// Faults of a command in itself.
pub(crate) fn shape(action: &Action, now: u64) -> Vec<Fault> {
    let mut faults = Vec::new();
    let zero = |amount: u64, leg| (amount == 0).then_some((Reason::AmountZero, leg, 0));
    match action {
        Action::OpenAccount(_) => {}
        Action::Post(legs) => {
            faults.extend(legs.iter().enumerate().filter_map(|(at, leg)| zero(leg.amount.minor(), Some(at))));
            let fault = |yes: bool, reason, leg| yes.then_some((reason, leg, 0));
            faults.extend(fault(legs.len() < 2, Reason::TooFewLegs, None));
            faults.extend(fault(legs.len() > 254, Reason::TooManyLegs, None));
            let unequal = legs.iter().position(|leg| sum(legs, leg.currency) != 0);
            faults.extend(fault(unequal.is_some(), Reason::Unbalanced, unequal));
            let one = legs.len() == 2 && legs[0].account == legs[1].account;
            faults.extend(fault(one, Reason::SameAccount, None));
        }
        Action::PlaceHold(hold) => {
            faults.extend(zero(hold.amount.minor(), None));
            if hold.debit == hold.credit {
                faults.push((Reason::SameAccount, None, 0));
            }
            if hold
                .expires_after_ns
                .is_some_and(|life| u128::from(life.get()) + u128::from(now) > u64::MAX.into())
            {
                faults.push((Reason::ExpiryTooFar, None, 0));
            }
        }
        Action::Capture(capture) => {
            faults.extend(zero(capture.amount.minor(), None));
            let portions = capture.to.iter().enumerate();
            faults.extend(portions.filter_map(|(at, to)| zero(to.amount.minor(), Some(at))));
            let parts: i128 = capture.to.iter().map(|to| i128::from(to.amount.minor())).sum();
            if capture.to.len() > 253 {
                faults.push((Reason::TooManyLegs, None, 0));
            }
            if !capture.to.is_empty() && parts != i128::from(capture.amount.minor()) {
                faults.push((Reason::PortionsDiffer, None, 0));
            }
        }
        Action::Release(release) => {
            faults.extend(zero(release.part.map_or(1, |(amount, _)| amount.minor()), None));
        }
    }
    faults
}

fn sum(legs: &[Leg], currency: Currency) -> i128 {
    let signed = |leg: &Leg| i128::from(leg.amount.minor()) * if leg.side == Side::Debit { 1 } else { -1 };
    legs.iter().filter(|leg| leg.currency == currency).map(signed).sum()
}
