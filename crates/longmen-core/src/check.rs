//! What is wrong with a command in itself.

use longmen_money::{Amount, Currency};

use crate::{
    Action, CONDITIONS_MAX, Capture, Command, LEGS_MAX, Leg, Move, Party, PlaceHold, Reason, Refusal, Side,
};

/// The longest life of a hold, in nanoseconds: with it, no journal time of these centuries leaves 64 bits.
const LIFE_NS_MAX: u64 = 1 << 62;

impl Command {
    /// Checks what can be known without the books.
    ///
    /// # Errors
    ///
    /// A refusal whose code is below 200, so that nothing is journaled.
    pub fn check(&self) -> Result<(), Refusal> {
        match &self.action {
            Action::Post(legs) => check_legs(legs)?,
            Action::Move(wanted) => check_move(wanted)?,
            Action::PlaceHold(hold) => check_hold(hold)?,
            Action::Increment(increment) => check_amount(increment.amount)?,
            Action::Capture(capture) => check_capture(capture)?,
            Action::Release(release) => release.part.map_or(Ok(()), |(amount, _)| check_amount(amount))?,
            Action::SetLimit(limit) => limit.check()?,
            _ => {}
        }
        if self.conditions.len() > CONDITIONS_MAX {
            return Err(Reason::TooManyConditions.into());
        }
        if let Action::PlaceHold(PlaceHold { expires_after_ns: Some(_), .. }) = self.action
            && self.happened_ns().is_some()
        {
            return Err(Reason::ImportWithLife.into());
        }
        if self.force && !self.action.moves_money() {
            return Err(Reason::NotForcible.into());
        }
        Ok(())
    }
}

fn check_amount(amount: Amount) -> Result<(), Refusal> {
    if amount.is_zero() { Err(Reason::AmountZero.into()) } else { Ok(()) }
}

fn check_hold(hold: &PlaceHold) -> Result<(), Refusal> {
    if hold.debit == hold.credit {
        return Err(Reason::SameAccount.into());
    }
    if hold.expires_after_ns.is_some_and(|life| life.get() > LIFE_NS_MAX) {
        return Err(Reason::ExpiryTooFar.into());
    }
    Ok(())
}

fn check_move(wanted: &Move) -> Result<(), Refusal> {
    check_amount(wanted.at_most)?;
    let (debits, credits) = (&wanted.debit.accounts, &wanted.credit.accounts);
    if debits.is_empty() || credits.is_empty() {
        return Err(Reason::TooFewLegs.into());
    }
    if debits.len().saturating_add(credits.len()) > LEGS_MAX {
        return Err(Reason::TooManyLegs.into());
    }
    let all = || debits.iter().chain(credits);
    for (at, account) in all().enumerate() {
        if all().take(at).any(|earlier| earlier == account) {
            return Err(Refusal::new(Reason::SameAccount).at_leg(at));
        }
    }
    let is_loose = |party: &Party| !party.is_bounded && party.accounts.len() > 1;
    let is_bounded = wanted.debit.is_bounded || wanted.credit.is_bounded;
    if !is_bounded || is_loose(&wanted.debit) || is_loose(&wanted.credit) {
        return Err(Reason::SideUnbounded.into());
    }
    if wanted.at_least > wanted.at_most { Err(Reason::AtLeastTooMuch.into()) } else { Ok(()) }
}

fn check_legs(legs: &[Leg]) -> Result<(), Refusal> {
    for (at, leg) in legs.iter().enumerate() {
        check_amount(leg.amount).map_err(|refusal| refusal.at_leg(at))?;
    }
    if legs.len() < 2 {
        return Err(Reason::TooFewLegs.into());
    }
    if legs.len() > LEGS_MAX {
        return Err(Reason::TooManyLegs.into());
    }
    for (at, leg) in legs.iter().enumerate() {
        let seen = legs.iter().take(at).any(|earlier| earlier.currency == leg.currency);
        if !seen && net(legs, leg.currency) != 0 {
            return Err(Refusal::new(Reason::Unbalanced).at_leg(at));
        }
    }
    let is_one = legs.first().is_some_and(|first| legs.iter().all(|leg| leg.account == first.account));
    if is_one { Err(Reason::SameAccount.into()) } else { Ok(()) }
}

/// Debits less credits in one currency; 254 legs of 18 digits stay far inside an `i128`.
fn net(legs: &[Leg], currency: Currency) -> i128 {
    legs.iter().filter(|leg| leg.currency == currency).fold(0, |sum: i128, leg| match leg.side {
        Side::Debit => sum.saturating_add(i128::from(leg.amount.minor())),
        Side::Credit => sum.saturating_sub(i128::from(leg.amount.minor())),
    })
}

fn check_capture(capture: &Capture) -> Result<(), Refusal> {
    check_amount(capture.amount)?;
    if capture.to.is_empty() {
        return Ok(());
    }
    for (at, portion) in capture.to.iter().enumerate() {
        check_amount(portion.amount).map_err(|refusal| refusal.at_leg(at))?;
    }
    if capture.to.len() >= LEGS_MAX {
        return Err(Reason::TooManyLegs.into());
    }
    let sum = capture.to.iter().try_fold(Amount::ZERO, |sum, portion| sum.checked_add(portion.amount));
    if sum == Some(capture.amount) { Ok(()) } else { Err(Reason::PortionsDiffer.into()) }
}
