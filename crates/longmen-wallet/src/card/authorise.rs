//! Authorisations: what merchants may take, reserved, raised, replaced and given back.

use longmen_core::{HoldState, Key, Phase, Reason, Refusal, Thing};
use longmen_money::{Amount, Sum};

use super::record::{Authorisation, Card, CreditAuthorisation, Made, Parked, less};
use super::{CardEvent, IncrementBy};
use crate::draft::{Draft, about};
use crate::machine::{forbids, step};
use crate::state::Applied;
use crate::{CardId, Products, Role};

/// What a message asks to reserve.
pub(super) struct Asked {
    pub(super) reference: Key,
    pub(super) sum: Sum,
    pub(super) holds: Option<Sum>,
    pub(super) expires_ns: Option<u64>,
    pub(super) advice: bool,
}

/// The refusal of a message that was seen before.
pub(super) fn seen() -> Refusal {
    about(Reason::ReferenceUsed, Thing::Authorisation)
}

impl Card {
    /// Refuses a request that was seen before.
    fn must_be_new(&self, reference: &Key) -> Result<(), Refusal> {
        if self.requests.contains_key(reference) { Err(seen()) } else { Ok(()) }
    }

    /// Refuses to reserve anything new on a card in this state, or of an owner who may not spend.
    ///
    /// What the network has approved in our place is ours to bear, unless the card is closed and has no account.
    fn may_authorise(&self, draft: &Draft<'_>, advice: bool) -> Result<(), Refusal> {
        let is_usable = matches!(self.phase, Phase::Issued | Phase::Active);
        if !is_usable && (!advice || self.phase == Phase::Closed) {
            return Err(forbids(Thing::Card, self.phase));
        }
        if advice {
            return Ok(());
        }
        let owner = draft.owner(self.owner)?;
        if owner.debit_frozen {
            return Err(about(Reason::AccountFrozen, Thing::Owner));
        }
        owner.may_spend(draft.products)
    }

    /// Whether a reversal has come before what it reverses.
    fn is_parked(&self, reference: &Key) -> bool {
        self.parked.iter().any(|parked| parked.of == *reference)
    }

    /// Notes what a request has made; reversals that were waiting for it are met.
    fn note(&mut self, reference: Key, made: Made) {
        self.requests.insert(reference, made);
        self.parked.retain(|parked| parked.of != reference);
    }

    /// What reversals that have come before a request leave of it.
    fn left_of(&self, reference: &Key, amount: Amount) -> Amount {
        let own = self.parked.iter().filter(|parked| parked.of == *reference);
        own.fold(amount, |left, parked| less(left, parked.part.unwrap_or(left)))
    }
}

pub(super) fn plan_authorise(
    draft: &mut Draft<'_>,
    card: CardId,
    asked: &Asked,
) -> Result<CardEvent, Refusal> {
    let own = draft.card(card)?;
    place(draft, own, asked, None)
}

/// The old one ends before the new one begins, and the ledger judges both as one: what is available never dips below
/// both of them.
pub(super) fn plan_replace(draft: &mut Draft<'_>, old: Key, asked: &Asked) -> Result<CardEvent, Refusal> {
    let (_, card, hold) = draft.authorisation(old)?;
    draft.release(hold.key, None);
    place(draft, card, asked, Some(old))
}

fn place(
    draft: &mut Draft<'_>,
    card: &Card,
    asked: &Asked,
    replaces: Option<Key>,
) -> Result<CardEvent, Refusal> {
    let Asked { reference, sum, holds, expires_ns, advice } = *asked;
    let holds = holds.unwrap_or(sum);
    card.must_hold(sum)?;
    card.must_hold(holds)?;
    card.must_be_new(&reference)?;
    card.may_authorise(draft, advice)?;
    let held = card.sum(card.left_of(&reference, holds.amount));
    let network = draft.card_house(card, Role::Network)?;
    draft.hold_with(card.account, network, held, expires_ns, advice)?;
    if held.is_zero() && card.is_parked(&reference) {
        // It was reversed before it came: what is left of it is the record.
        draft.release(draft.key, None);
    }
    Ok(CardEvent::Authorised { card: card.id, reference, sum, held, advice, replaces })
}

pub(super) fn plan_increment(
    draft: &mut Draft<'_>,
    authorisation: Key,
    reference: Key,
    by: IncrementBy,
    advice: bool,
) -> Result<CardEvent, Refusal> {
    let (_, card, hold) = draft.authorisation(authorisation)?;
    let (IncrementBy::Delta(given) | IncrementBy::Total(given)) = by;
    card.must_hold(given)?;
    card.must_be_new(&reference)?;
    card.may_authorise(draft, advice)?;
    let total = match by {
        IncrementBy::Delta(delta) => hold.amount.checked_add(delta.amount).ok_or(Reason::AmountTooLarge)?,
        IncrementBy::Total(total) => total.amount,
    };
    if total < hold.amount {
        return Err(Reason::TotalBelowHold.into());
    }
    let by = card.left_of(&reference, less(total, hold.amount));
    let total = card.sum(hold.amount.checked_add(by).ok_or(Reason::AmountTooLarge)?);
    draft.increment(authorisation, total, true, advice);
    Ok(CardEvent::Incremented { authorisation, reference, by: card.sum(by), total })
}

/// A reversal is never refused for what became of the authorisation: it gives back what is still reserved.
pub(super) fn plan_reverse(
    draft: &mut Draft<'_>,
    card: CardId,
    reference: Key,
    of: Key,
    part: Option<Sum>,
) -> Result<CardEvent, Refusal> {
    let own = draft.card(card)?;
    if own.reversals.contains(&reference) {
        return Err(seen());
    }
    part.map_or(Ok(()), |part| own.must_hold(part))?;
    let (authorisation, whole) = match own.requests.get(&of) {
        None => return Ok(CardEvent::ReversalParked { card, reference, of, part }),
        Some(Made::Credit(authorisation)) => {
            let authorisation = *authorisation;
            return Ok(CardEvent::CreditReversed { authorisation, reference });
        }
        Some(Made::Increment { authorisation, by }) => (*authorisation, *by),
        Some(Made::Authorisation(authorisation)) => (*authorisation, Amount::MAX),
    };
    let (_, _, hold) = draft.authorisation(authorisation)?;
    let released = part.map_or(whole, |part| part.amount).min(whole).min(hold.remaining);
    // A hold of nothing ends when all of its authorisation is reversed.
    let is_whole = part.is_none() && whole == Amount::MAX;
    if hold.state == HoldState::Open && (is_whole || !released.is_zero()) {
        let is_all = released == hold.remaining;
        draft.release(authorisation, if is_all { None } else { Some(own.sum(released)) });
    }
    Ok(CardEvent::Reversed { authorisation, reference, of, released: own.sum(released) })
}

pub(super) fn plan_credit(
    draft: &mut Draft<'_>,
    card: CardId,
    reference: Key,
    sum: Sum,
) -> Result<CardEvent, Refusal> {
    let own = draft.card(card)?;
    own.must_hold(sum)?;
    own.must_be_new(&reference)?;
    Ok(CardEvent::CreditAuthorised { card, reference, sum })
}

pub(super) fn apply(
    event: &CardEvent,
    products: &mut Products,
    at: &Applied<'_>,
) -> Result<(), &'static str> {
    let cards = &mut products.cards;
    match *event {
        CardEvent::Authorised { card, reference, sum, advice, replaces, .. } => {
            let key = at.key()?;
            cards.find(card)?.note(reference, Made::Authorisation(key));
            let cleared = Amount::ZERO;
            cards.authorisations.push(Authorisation { key, card, reference, sum, advice, replaces, cleared });
            products.look_for_remainder(card, at.books, at.time_ns)
        }
        CardEvent::Incremented { authorisation, reference, by, .. } => {
            let made = Made::Increment { authorisation, by: by.amount };
            cards.of_authorisation(authorisation)?.note(reference, made);
            Ok(())
        }
        CardEvent::Reversed { authorisation, reference, of, released } => {
            let own = cards.of_authorisation(authorisation)?;
            own.reversals.insert(reference);
            if let Some(Made::Increment { by, .. }) = own.requests.get_mut(&of) {
                *by = less(*by, released.amount);
            }
            let card = own.id;
            products.look_for_remainder(card, at.books, at.time_ns)
        }
        CardEvent::ReversalParked { card, reference, of, part } => {
            let own = cards.find(card)?;
            own.reversals.insert(reference);
            own.parked.push(Parked { of, part: part.map(|part| part.amount) });
            Ok(())
        }
        CardEvent::CreditAuthorised { card, reference, sum } => {
            let key = at.key()?;
            let own = cards.find(card)?;
            let is_reversed = own.is_parked(&reference);
            own.note(reference, Made::Credit(key));
            let phase = if is_reversed { Phase::Reversed } else { Phase::Authorised };
            cards.credits.push(CreditAuthorisation { key, card, reference, sum, phase });
            Ok(())
        }
        CardEvent::CreditReversed { authorisation, reference } => {
            let missing = "it reverses a credit that was not announced";
            let credit = cards.credits.get_mut(authorisation).ok_or(missing)?;
            // One that was cleared stays so: what it brought is on the card.
            if credit.phase == Phase::Authorised {
                step(Thing::Authorisation, &mut credit.phase, Phase::Reversed)?;
            }
            let card = credit.card;
            cards.find(card)?.reversals.insert(reference);
            Ok(())
        }
        _ => Err("it is about no authorisation"),
    }
}

impl super::Cards {
    fn of_authorisation(&mut self, authorisation: Key) -> Result<&mut Card, &'static str> {
        let own = self.authorisations.get(authorisation).ok_or("it names what was not authorised")?;
        let card = own.card;
        self.find(card)
    }
}
