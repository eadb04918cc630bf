//! The model's first part: what is wrong with a command in itself, codes 101 to 145.

use std::collections::BTreeSet;

use longmen_core::{
    Action, Capture, Command, Flow, Leg, Limit, Most, Move, Party, PlaceHold, Reason, Side, Value, Window,
};
use longmen_money::{Amount, Currency};

use crate::model::{Fault, those};

/// Faults of a command in itself.
pub(crate) fn shape(command: &Command) -> Vec<Fault> {
    let mut faults = match &command.action {
        Action::Post(legs) => post(legs),
        Action::Move(wanted) => moved(wanted),
        Action::PlaceHold(hold) => place(hold),
        Action::Increment(increment) => zero(increment.amount, None),
        Action::Capture(capture) => captured(capture),
        Action::Release(release) => release.part.map_or(Vec::new(), |(amount, _)| zero(amount, None)),
        Action::SetLimit(limit) => limited(limit),
        _ => Vec::new(),
    };
    let has_life = matches!(command.action, Action::PlaceHold(hold) if hold.expires_after_ns.is_some());
    let is_import = command.extras.as_ref().is_some_and(|extras| extras.happened_ns.is_some());
    let moves = matches!(
        command.action,
        Action::Post(_)
            | Action::Move(_)
            | Action::Reverse(_)
            | Action::PlaceHold(_)
            | Action::Increment(_)
            | Action::Capture(_)
    );
    faults.extend(those([
        (command.conditions.len() > 16, Reason::TooManyConditions),
        (has_life && is_import, Reason::ImportWithLife),
        (command.force && !moves, Reason::NotForcible),
    ]));
    faults
}

fn zero(amount: Amount, leg: Option<usize>) -> Vec<Fault> {
    if amount.is_zero() { vec![Fault::new(Reason::AmountZero).at(leg)] } else { Vec::new() }
}

fn post(legs: &[Leg]) -> Vec<Fault> {
    let names: BTreeSet<&str> = legs.iter().map(|leg| leg.account.as_str()).collect();
    let mut faults: Vec<_> =
        legs.iter().enumerate().flat_map(|(at, leg)| zero(leg.amount, Some(at))).collect();
    faults.extend(those([
        (legs.len() < 2, Reason::TooFewLegs),
        (legs.len() > 254, Reason::TooManyLegs),
        (names.len() == 1, Reason::SameAccount),
    ]));
    let unequal = legs.iter().position(|leg| sum(legs, leg.currency) != 0);
    faults.extend(unequal.map(|at| Fault::new(Reason::Unbalanced).at(at)));
    faults
}

fn sum(legs: &[Leg], currency: Currency) -> i128 {
    let signed = |leg: &Leg| i128::from(leg.amount.minor()) * if leg.side == Side::Debit { 1 } else { -1 };
    legs.iter().filter(|leg| leg.currency == currency).map(signed).sum()
}

fn moved(wanted: &Move) -> Vec<Fault> {
    let Move { debit, credit, at_most, at_least, .. } = wanted;
    let all: Vec<_> = debit.accounts.iter().chain(&credit.accounts).collect();
    let mut faults = zero(*at_most, None);
    let is_loose = |party: &Party| party.accounts.len() > 1 && !party.is_bounded;
    let is_unbounded = !debit.is_bounded && !credit.is_bounded || is_loose(debit) || is_loose(credit);
    faults.extend(those([
        (debit.accounts.is_empty() || credit.accounts.is_empty(), Reason::TooFewLegs),
        (all.len() > 254, Reason::TooManyLegs),
        (is_unbounded, Reason::SideUnbounded),
        (at_least > at_most, Reason::AtLeastTooMuch),
    ]));
    let twice = (0..all.len()).find(|at| all[..*at].contains(&all[*at]));
    faults.extend(twice.map(|at| Fault::new(Reason::SameAccount).at(at)));
    faults
}

fn place(hold: &PlaceHold) -> Vec<Fault> {
    let is_long = hold.expires_after_ns.is_some_and(|life| life.get() > 4_611_686_018_427_387_904);
    those([(hold.debit == hold.credit, Reason::SameAccount), (is_long, Reason::ExpiryTooFar)])
}

fn captured(capture: &Capture) -> Vec<Fault> {
    let mut faults = zero(capture.amount, None);
    faults.extend(capture.to.iter().enumerate().flat_map(|(at, to)| zero(to.amount, Some(at))));
    let parts: i128 = capture.to.iter().map(|to| i128::from(to.amount.minor())).sum();
    let differ = !capture.to.is_empty() && parts != i128::from(capture.amount.minor());
    faults.extend(those([(capture.to.len() > 253, Reason::TooManyLegs), (differ, Reason::PortionsDiffer)]));
    faults
}

fn limited(limit: &Limit) -> Vec<Fault> {
    let endless = match limit.window {
        Window::Lifetime => false,
        Window::Every { length_ns, .. } => length_ns < 2,
        Window::Last { length_ns } => length_ns == 0,
        Window::Month { utc_offset_min } | Window::Year { utc_offset_min } => {
            !(-1439..=1439).contains(&utc_offset_min)
        }
    };
    let counts_net = matches!(limit.flow, Flow::NetIn | Flow::NetOut) && matches!(limit.most, Most::Count(_));
    let mut faults = those([(endless || counts_net || limit.exempt.len() > 8, Reason::LimitMalformed)]);
    for (_, value) in &limit.exempt {
        let Value::Text(text) = value else { continue };
        faults.extend(those([
            (text.chars().any(char::is_control), Reason::TextControlCharacter),
            (text.contains("4111 1111 1111 1111"), Reason::PaymentCardNumber),
            (text.len() > 128, Reason::MetaTextTooLong),
        ]));
    }
    faults
}
