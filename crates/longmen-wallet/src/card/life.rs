//! The life of a card: issued, expired, closed, and what is left on it then.

use longmen_core::{Books, Hold, Phase, Reason, Refusal, Side, Thing};
use longmen_money::Amount;

use super::{Card, CardEvent};
use crate::draft::{Draft, about, exists};
use crate::due::Due;
use crate::machine::{go, step};
use crate::terms::FindTerms;
use crate::{AtExpiry, CardId, Draw, LotUse, OwnerId, OwnerKind, Products, Role, TermsId};

pub(super) fn plan_issue(
    draft: &mut Draft<'_>,
    card: CardId,
    owner: OwnerId,
    terms: TermsId,
    expires_ns: Option<u64>,
) -> Result<CardEvent, Refusal> {
    if draft.products.cards.cards.get(card).is_some() {
        return Err(exists(Thing::Card));
    }
    let own = draft.owner(owner)?;
    own.must_be(OwnerKind::Customer)?;
    own.must_be_open()?;
    let products = draft.products;
    let (terms, is) = products.terms.card_terms(terms, draft.now_ns)?;
    draft.house(is.pool, is.currency)?;
    let after = |life: core::num::NonZeroU64| draft.now_ns.saturating_add(life.get());
    let expires_ns = expires_ns.or(is.life_ns.map(after));
    if expires_ns.is_some_and(|at| at <= draft.now_ns) {
        return Err(about(Reason::TooLate, Thing::Card));
    }
    draft.open_account(card.as_str(), is.currency, Role::Card, false)?;
    Ok(CardEvent::Issued { card, owner, pool: is.pool, terms, currency: is.currency, expires_ns })
}

pub(super) fn apply_issued(products: &mut Products, card: Card) -> Result<(), &'static str> {
    if products.cards.cards.get(card.id).is_some() {
        return Err("it issues a card that is issued");
    }
    if let Some(at) = card.expires_ns {
        products.schedule(at, Due::Card(card.id));
    }
    let open = products.cards.open.entry(card.owner).or_default();
    *open = open.saturating_add(1);
    products.cards.cards.push(card);
    Ok(())
}

/// A card comes to the end of its life.
///
/// What open holds reserve stays on it until they end; the rest is set aside to go back, unless the terms freeze it.
pub(crate) fn plan_expiry(card: CardId, at: u64, draft: &mut Draft<'_>) -> Result<CardEvent, Refusal> {
    let own = draft.card(card)?;
    go(Thing::Card, own.phase, Phase::Expired)?;
    let left = match own.terms(draft.products)?.at_expiry {
        AtExpiry::Return => set_aside(draft, own)?,
        AtExpiry::Freeze => Amount::ZERO,
    };
    Ok(CardEvent::Expired { card, at, left: own.sum(left) })
}

pub(super) fn apply_expired(products: &mut Products, card: CardId, at: u64) -> Result<(), &'static str> {
    products.unschedule(at, Due::Card(card));
    step(Thing::Card, &mut products.cards.find(card)?.phase, Phase::Expired)
}

/// Something is left on a card that has expired.
pub(crate) fn plan_remainder(card: CardId, at: u64, draft: &mut Draft<'_>) -> Result<CardEvent, Refusal> {
    let own = draft.card(card)?;
    // It may have been made valid again meanwhile.
    let left = if own.is_over() { set_aside(draft, own)? } else { Amount::ZERO };
    Ok(CardEvent::SetAside { card, at, left: own.sum(left) })
}

pub(super) fn apply_set_aside(products: &mut Products, card: CardId, at: u64) -> Result<(), &'static str> {
    products.unschedule(at, Due::Remainder(card));
    Ok(())
}

/// Moves what no hold reserves from a card to what is set aside to go back, and says how much it is.
pub(super) fn set_aside(draft: &mut Draft<'_>, card: &Card) -> Result<Amount, Refusal> {
    let left = draft.available(card.account);
    if !left.is_zero() {
        let expired = draft.card_house(card, Role::Expired)?;
        draft.debit(card.account, left);
        draft.item(expired, Side::Credit, card.item(), left)?;
        // Nobody has spent it.
        draft.lots(LotUse { source: None, draw: Draw::Take });
    }
    Ok(left)
}

impl Products {
    /// A hold on a card has ended by itself.
    pub(crate) fn card_hold_ended(
        &mut self,
        books: &Books,
        time_ns: u64,
        hold: &Hold,
    ) -> Result<(), &'static str> {
        let card = self.cards.cards.iter().find(|card| card.account == hold.debit);
        card.map(|card| card.id).map_or(Ok(()), |card| self.look_for_remainder(card, books, time_ns))
    }

    /// Lets the writer set aside what no hold reserves on a card whose life is over.
    pub(super) fn look_for_remainder(
        &mut self,
        card: CardId,
        books: &Books,
        time_ns: u64,
    ) -> Result<(), &'static str> {
        let own = self.cards.find(card)?;
        let stays = own.phase == Phase::Expired
            && self.terms.card_terms_at(own.terms).is_some_and(|terms| terms.at_expiry == AtExpiry::Freeze);
        let own = self.cards.find(card)?;
        let left = books.account_at(own.account).map_or(0, |account| account.balance().available().minor());
        if own.is_over() && !stays && left > 0 {
            self.schedule(time_ns, Due::Remainder(card));
        }
        Ok(())
    }
}
