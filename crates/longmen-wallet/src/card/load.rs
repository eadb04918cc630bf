//! Loading cards: the limits of their terms, reserved from the moment that a load is asked for.

use longmen_core::{AccountNo, Key, Phase, Reason, Refusal, Thing};
use longmen_money::{Amount, Sum};

use super::Load;
use crate::draft::{Draft, about};
use crate::machine::{forbids, step};
use crate::state::Applied;
use crate::terms::TermsRef;
use crate::{CardId, CardTerms, ChannelId, Fee, OwnerId, PoolId, Products};

/// Where a load goes.
pub(crate) struct LoadTarget {
    /// Whose card it is.
    pub(crate) owner: OwnerId,
    /// The pool of whoever issued the card.
    pub(crate) pool: PoolId,
    /// The card's account.
    pub(crate) account: AccountNo,
    /// The terms of the card.
    pub(crate) terms: TermsRef,
    /// What is charged on top.
    pub(crate) fee: Fee,
}

/// Where a load of a card would go, if its terms allow one more of this sum.
///
/// Loads that are on their way count as if they had arrived, so that two that are asked for at once cannot pass a limit
/// together.
pub(crate) fn load_target(
    draft: &Draft<'_>,
    card: CardId,
    sum: Sum,
    channel: ChannelId,
) -> Result<LoadTarget, Refusal> {
    let own = draft.card(card)?;
    own.must_hold(sum)?;
    if !matches!(own.phase, Phase::Issued | Phase::Active) {
        return Err(forbids(Thing::Card, own.phase));
    }
    let terms = own.terms(draft.products)?;
    if !terms.channels.contains(&channel) {
        return Err(about(Reason::NotOffered, Thing::Channel));
    }
    within_load(terms, sum)?;
    let count = u32::try_from(own.loads.len()).unwrap_or(u32::MAX);
    within_card(terms, sum, draft.posted(own.account), own.pending(), count)?;
    let (owner, pool, account) = (own.owner, own.pool, own.account);
    Ok(LoadTarget { owner, pool, account, terms: own.terms, fee: terms.fee })
}

/// The limits of every load by itself.
fn within_load(terms: &CardTerms, sum: Sum) -> Result<(), Refusal> {
    let (least, most) = (terms.minimum_load.amount, terms.maximum_load.amount);
    if let Some(under) = least.checked_sub(sum.amount).filter(|under| !under.is_zero()) {
        return Err(about(Reason::BelowMinimum, Thing::Card).short_by(under));
    }
    if let Some(over) = sum.amount.checked_sub(most).filter(|over| !over.is_zero()) {
        return Err(about(Reason::AboveMaximum, Thing::Card).short_by(over));
    }
    Ok(())
}

/// The limits of all loads of a card together.
fn within_card(
    terms: &CardTerms,
    sum: Sum,
    posted: Amount,
    pending: Amount,
    count: u32,
) -> Result<(), Refusal> {
    let after = [pending, sum.amount].into_iter().try_fold(posted, Amount::checked_add);
    let after = after.ok_or(Reason::AmountTooLarge)?;
    let over = terms.cap.and_then(|cap| after.checked_sub(cap.amount)).filter(|over| !over.is_zero());
    if let Some(over) = over {
        return Err(about(Reason::CapExceeded, Thing::Card).short_by(over));
    }
    if terms.loads_max.is_some_and(|most| count >= most) {
        return Err(about(Reason::TooManyTimes, Thing::Card));
    }
    Ok(())
}

impl Products {
    /// A load was asked for: it takes part of the card's limits until it ends.
    pub(crate) fn card_load_requested(
        &mut self,
        card: CardId,
        top_up: Key,
        sum: Sum,
    ) -> Result<(), &'static str> {
        let own = self.cards.find(card)?;
        let (amount, is_applied, returned) = (sum.amount, false, Amount::ZERO);
        own.loads.push(Load { top_up, amount, is_applied, returned });
        Ok(())
    }

    /// A load was applied, or came to nothing and gives its part of the limits back.
    ///
    /// One that was given up before and is applied after all counts again from now on.
    pub(crate) fn card_load_ended(
        &mut self,
        card: CardId,
        top_up: &Key,
        sum: Sum,
        applied: bool,
        at: &Applied<'_>,
    ) -> Result<(), &'static str> {
        let own = self.cards.find(card)?;
        own.loads.retain(|load| load.top_up != *top_up || load.is_applied);
        if applied {
            let (top_up, amount, returned) = (*top_up, sum.amount, Amount::ZERO);
            own.loads.push(Load { top_up, amount, is_applied: true, returned });
            if own.phase == Phase::Issued {
                step(Thing::Card, &mut own.phase, Phase::Active)?;
            }
        }
        self.look_for_remainder(card, at.books, at.time_ns)
    }

    /// Part or all of an applied load was taken back by its source, or given back to it: that part will not go back again.
    pub(crate) fn card_load_taken_back(
        &mut self,
        card: CardId,
        top_up: &Key,
        amount: Amount,
    ) -> Result<(), &'static str> {
        let own = self.cards.find(card)?;
        if let Some(load) = own.loads.iter_mut().find(|load| load.top_up == *top_up) {
            load.returned = load.returned.checked_add(amount).unwrap_or(load.amount).min(load.amount);
        }
        Ok(())
    }
}
