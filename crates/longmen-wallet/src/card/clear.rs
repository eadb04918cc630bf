//! Clearing: what merchants have presented, and what they have given back.

use longmen_core::{Hold, HoldState, Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Sum};

use super::CardEvent;
use super::authorise::seen;
use super::record::{Card, less};
use crate::draft::{Draft, ItemName, not_found};
use crate::machine::step;
use crate::state::Applied;
use crate::terms::FindTerms;
use crate::{CardId, Draw, LotUse, Products, Role};

impl Card {
    /// Refuses a presentment of nothing, of another currency, or one that was seen before.
    fn must_take(&self, reference: &Key, sum: Sum) -> Result<(), Refusal> {
        self.must_hold(sum)?;
        if sum.is_zero() {
            return Err(Reason::AmountZero.into());
        }
        if self.presentments.contains(reference) { Err(seen()) } else { Ok(()) }
    }
}

/// What was presented is booked, whatever is there: first what its authorisation reserves, then what is available on
/// the card, then what was set aside of it, and the rest is owed.
pub(super) fn plan_clear(
    draft: &mut Draft<'_>,
    card: CardId,
    reference: Key,
    authorisation: Option<Key>,
    sum: Sum,
    is_final: bool,
) -> Result<CardEvent, Refusal> {
    let own = draft.card(card)?;
    own.must_take(&reference, sum)?;
    let network = draft.card_house(own, Role::Network)?;
    let taken = match authorisation {
        None => {
            let taken = sum.amount.min(draft.available(own.account));
            draft.debit(own.account, taken);
            taken
        }
        Some(key) => {
            let (named, _, hold) = draft.authorisation(key)?;
            if named.card != card {
                return Err(not_found(Thing::Authorisation));
            }
            capture(draft, own, hold, sum.amount, is_final)?
        }
    };
    let rest = less(sum.amount, taken);
    let aside = draft.aside(own)?.min(rest);
    draft.take_aside(own, aside)?;
    let owed = less(rest, aside);
    let debts = draft.card_house(own, Role::Debts)?;
    draft.item(debts, Side::Debit, ItemName::new(draft.key, Some(own.owner)), owed)?;
    // What was captured is with the network already.
    draft.credit(network, if authorisation.is_some() { rest } else { sum.amount });
    draft.end_posting_forced();
    Ok(CardEvent::Cleared { card, reference, authorisation, sum, owed: own.sum(owed) })
}

/// Takes what it can from a card for its authorisation, and says how much that is.
///
/// What is within the hold is taken from what is posted, what is beyond it from what no other hold reserves. An advice
/// may have reserved more than there is; then less is taken than the hold has, and the hold gives up the rest.
fn capture(
    draft: &mut Draft<'_>,
    card: &Card,
    hold: &Hold,
    asked: Amount,
    is_final: bool,
) -> Result<Amount, Refusal> {
    let (posted, held) = (draft.posted(card.account), draft.held(card.account));
    let within = asked.min(hold.remaining);
    let ends = is_final || asked >= hold.remaining;
    let freed = if ends { hold.remaining } else { within };
    let from_hold = within.min(posted);
    let free = less(less(posted, from_hold), less(held, freed));
    let beyond = less(asked, within).min(free);
    let taken = from_hold.checked_add(beyond).ok_or(Reason::AmountTooLarge)?;
    let is_open = hold.state == HoldState::Open;
    if !taken.is_zero() {
        let force = !is_open || taken > hold.remaining;
        draft.capture(hold.key, card.sum(taken), ends, &[], force)?;
    } else if is_open && ends {
        draft.release(hold.key, None);
    }
    let unbacked = less(within, from_hold);
    if !ends && !unbacked.is_zero() {
        draft.release(hold.key, Some(card.sum(unbacked)));
    }
    Ok(taken)
}

pub(super) fn plan_credit(
    draft: &mut Draft<'_>,
    card: CardId,
    reference: Key,
    authorisation: Option<Key>,
    sum: Sum,
) -> Result<CardEvent, Refusal> {
    let own = draft.card(card)?;
    own.must_take(&reference, sum)?;
    if let Some(key) = authorisation {
        let credit = draft.products.cards.credits.get(key).filter(|credit| credit.card == card);
        credit.ok_or_else(|| not_found(Thing::Authorisation))?;
    }
    let network = draft.card_house(own, Role::Network)?;
    draft.debit(network, sum.amount);
    draft.credit_card(own, sum.amount)?;
    if !own.is_over() {
        recover(draft, own, sum)?;
    }
    Ok(CardEvent::CreditCleared { card, reference, authorisation, sum })
}

/// Pays what the owner owes in the card's pool with what has come onto the card, if the owner's terms say so.
fn recover(draft: &mut Draft<'_>, card: &Card, came: Sum) -> Result<(), Refusal> {
    let owner = draft.owner(card.owner)?;
    let terms = draft.products.terms.wallet_terms_at(owner.terms);
    if terms.is_some_and(|terms| terms.recovers_debts) {
        draft.lots(LotUse { source: None, draw: Draw::Take });
        draft.recover_in(card.pool, owner, card.account, came)?;
    }
    Ok(())
}

pub(super) fn apply(
    event: &CardEvent,
    products: &mut Products,
    at: &Applied<'_>,
) -> Result<(), &'static str> {
    let cards = &mut products.cards;
    match *event {
        CardEvent::Cleared { card, reference, authorisation, sum, .. } => {
            cards.find(card)?.presentments.insert(reference);
            if let Some(key) = authorisation {
                let own = cards.authorisations.get_mut(key).ok_or("it clears what was not authorised")?;
                own.cleared = own.cleared.checked_add(sum.amount).unwrap_or(Amount::MAX);
            }
            products.look_for_remainder(card, at.books, at.time_ns)
        }
        CardEvent::CreditCleared { card, reference, authorisation, .. } => {
            cards.find(card)?.presentments.insert(reference);
            let Some(key) = authorisation else { return Ok(()) };
            let credit = cards.credits.get_mut(key).ok_or("it clears a credit that was not announced")?;
            step(Thing::Authorisation, &mut credit.phase, Phase::Cleared)
        }
        _ => Err("it clears nothing"),
    }
}
