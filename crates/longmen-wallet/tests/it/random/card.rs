//! Commands of prepaid cards.

use longmen_core::{HoldState, Key, Phase};
use longmen_money::{Currency, Sum};
use longmen_wallet::{Authorisation, Card, CardCommand, CardId, IncrementBy};

use super::dice::Dice;
use super::owner::payee_of;
use crate::teller::read;

const USABLE: &[Phase] = &[Phase::Issued, Phase::Active];
const OVER: &[Phase] = &[Phase::Expired, Phase::Closing];

pub(super) fn in_phase(dice: &mut Dice<'_>, good: &[Phase]) -> Option<CardId> {
    let all: Vec<_> = dice.products().cards.cards.iter().map(|own| (own.id, own.phase)).collect();
    dice.thing(all, good)
}

fn get<'a>(dice: &Dice<'a>, card: CardId) -> &'a Card {
    dice.products().cards.cards.get(card).unwrap()
}

/// A card that can be used and has something on it.
fn full(dice: &mut Dice<'_>) -> Option<CardId> {
    let all = dice.products().cards.cards.iter().map(|own| {
        let is_good = USABLE.contains(&own.phase) && dice.available(Some(own.account)) > 0;
        (own.id, is_good)
    });
    let all: Vec<_> = all.collect();
    dice.any(all)
}

/// Part of what a card has.
fn part(dice: &mut Dice<'_>, card: CardId) -> Sum {
    let available = dice.available(Some(get(dice, card).account));
    let currency = if dice.odd(60) { Currency::USD } else { Currency::CNY };
    Sum::new(dice.part(available), currency)
}

pub(super) fn issue(dice: &mut Dice<'_>) -> Option<CardCommand> {
    Some(CardCommand::Issue {
        card: read(&format!("d{}", dice.below(40))),
        owner: dice.customer(),
        terms: read(dice.of(&["tour", "trial", "tour", "once", "consumer"])),
        expires_ns: if dice.odd(5) { Some(dice.later()) } else { None },
    })
}

pub(super) fn freeze(dice: &mut Dice<'_>) -> Option<CardCommand> {
    Some(CardCommand::Freeze { card: in_phase(dice, &[Phase::Active])? })
}

pub(super) fn unfreeze(dice: &mut Dice<'_>) -> Option<CardCommand> {
    Some(CardCommand::Unfreeze { card: in_phase(dice, &[Phase::Frozen])? })
}

/// A reference that is new, or once in a while one that the card has seen or waits for.
fn reference(dice: &mut Dice<'_>, card: CardId) -> Key {
    let own = get(dice, card);
    if !own.parked.is_empty() && dice.odd(3) {
        return own.parked[0].of;
    }
    if dice.odd(25) {
        let seen = own.requests.keys().chain(&own.reversals).chain(&own.presentments);
        let seen: Vec<_> = seen.map(|key| (*key, true)).collect();
        return dice.any(seen).unwrap_or_else(|| read("first"));
    }
    dice.fresh("n")
}

pub(super) fn authorise(dice: &mut Dice<'_>) -> Option<CardCommand> {
    let card = full(dice)?;
    let sum = part(dice, card);
    let holds = if dice.odd(6) { Some(part(dice, card)) } else { None };
    let reference = reference(dice, card);
    let advice = dice.odd(8);
    Some(CardCommand::Authorise { card, reference, sum, holds, expires_ns: dice.perhaps_later(), advice })
}

/// An authorisation, mostly one whose hold is open.
fn authorisation<'a>(dice: &mut Dice<'a>) -> Option<&'a Authorisation> {
    let books = dice.teller.state.books();
    let is_open = |key: &Key| books.hold(key).is_some_and(|hold| hold.state == HoldState::Open);
    let all: Vec<_> =
        dice.products().cards.authorisations.iter().map(|own| (own, is_open(&own.key))).collect();
    dice.any(all)
}

pub(super) fn increment(dice: &mut Dice<'_>) -> Option<CardCommand> {
    let own = authorisation(dice)?;
    let sum = part(dice, own.card);
    let by = if dice.below(3) < 2 { IncrementBy::Delta(sum) } else { IncrementBy::Total(sum) };
    let reference = reference(dice, own.card);
    Some(CardCommand::Increment { authorisation: own.key, reference, by, advice: dice.odd(8) })
}

pub(super) fn replace(dice: &mut Dice<'_>) -> Option<CardCommand> {
    let own = authorisation(dice)?;
    let (sum, reference) = (part(dice, own.card), reference(dice, own.card));
    Some(CardCommand::Replace { authorisation: own.key, reference, sum, expires_ns: dice.perhaps_later() })
}

pub(super) fn reverse(dice: &mut Dice<'_>) -> Option<CardCommand> {
    let card = in_phase(dice, USABLE)?;
    let known: Vec<_> = get(dice, card).requests.keys().map(|key| (*key, true)).collect();
    let of = if dice.odd(5) { dice.fresh("n") } else { dice.any(known)? };
    let part = if dice.odd(3) { Some(part(dice, card)) } else { None };
    Some(CardCommand::Reverse { card, reference: reference(dice, card), of, part })
}

pub(super) fn clear(dice: &mut Dice<'_>) -> Option<CardCommand> {
    let own = authorisation(dice);
    let (card, authorisation, most) = match own.filter(|_| dice.below(6) < 5) {
        Some(own) => {
            let hold = dice.teller.state.books().hold(&own.key).unwrap();
            (own.card, Some(own.key), i128::from(hold.amount.minor()))
        }
        None => {
            let card = in_phase(dice, &[Phase::Active, Phase::Expired])?;
            (card, None, dice.available(Some(get(dice, card).account)))
        }
    };
    // Once in a while a tip, or another rate: more than was authorised.
    let most = if dice.odd(5) { most * 6 / 5 + 300 } else { most };
    let sum = Sum::new(dice.part(most), Currency::CNY);
    Some(CardCommand::Clear {
        card,
        reference: reference(dice, card),
        authorisation,
        sum,
        is_final: dice.below(3) == 0,
    })
}

pub(super) fn credit_authorise(dice: &mut Dice<'_>) -> Option<CardCommand> {
    let card = in_phase(dice, USABLE)?;
    Some(CardCommand::CreditAuthorise {
        card,
        reference: reference(dice, card),
        sum: dice.price(Currency::CNY),
    })
}

pub(super) fn credit_clear(dice: &mut Dice<'_>) -> Option<CardCommand> {
    let credits: Vec<_> =
        dice.products().cards.credits.iter().map(|own| ((own.card, own.key), own.phase)).collect();
    let (card, authorisation) = match dice.thing(credits, &[Phase::Authorised]).filter(|_| dice.below(3) < 2)
    {
        Some((card, key)) => (card, Some(key)),
        None => (in_phase(dice, &[Phase::Active, Phase::Expired, Phase::Closing, Phase::Closed])?, None),
    };
    let sum = dice.price(Currency::CNY);
    Some(CardCommand::CreditClear { card, reference: reference(dice, card), authorisation, sum })
}

pub(super) fn return_remainder(dice: &mut Dice<'_>) -> Option<CardCommand> {
    let card = in_phase(dice, OVER)?;
    let owner = get(dice, card).owner;
    let rest = if dice.below(3) == 2 {
        payee_of(dice, owner, &[Phase::Verified], Some(Currency::CNY))
    } else {
        None
    };
    Some(CardCommand::ReturnRemainder { card, rest })
}

pub(super) fn unclaim(dice: &mut Dice<'_>) -> Option<CardCommand> {
    Some(CardCommand::Unclaim { card: in_phase(dice, OVER)? })
}

pub(super) fn close(dice: &mut Dice<'_>) -> Option<CardCommand> {
    Some(CardCommand::Close { card: in_phase(dice, &[Phase::Expired, Phase::Closing, Phase::Active])? })
}

pub(super) fn reactivate(dice: &mut Dice<'_>) -> Option<CardCommand> {
    let expires_ns = if dice.odd(3) { Some(dice.later()) } else { None };
    Some(CardCommand::Reactivate { card: in_phase(dice, &[Phase::Expired])?, expires_ns })
}
