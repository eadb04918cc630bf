//! The life of a card: issued, frozen, expired, closed, made valid again, and what is left on it at its end.

use core::num::NonZeroU64;

use longmen_core::{AccountChange, Action, Books, ChangeAccount, Hold, Phase, Reason, Refusal, Thing};
use longmen_money::Amount;

use super::CardEvent;
use super::record::Card;
use crate::draft::{Draft, about, exists, not_found};
use crate::due::Due;
use crate::machine::{forbids, go, step};
use crate::name::must_be_token;
use crate::terms::FindTerms;
use crate::{AtExpiry, CardId, CardTerms, Draw, LotUse, OwnerId, OwnerKind, Products, Role, TermsId};

pub(super) fn plan_issue(
    draft: &mut Draft<'_>,
    card: CardId,
    owner: OwnerId,
    terms: TermsId,
    expires_ns: Option<u64>,
) -> Result<CardEvent, Refusal> {
    must_be_token(card.as_str())?;
    if draft.products.cards.cards.get(card).is_some() {
        return Err(exists(Thing::Card));
    }
    let own = draft.owner(owner)?;
    own.must_be(OwnerKind::Customer)?;
    own.must_be_open()?;
    let products = draft.products;
    let (terms, is) = products.terms.card_terms(terms, draft.now_ns)?;
    draft.house(is.pool, is.currency)?;
    let expires_ns = end_of_life(draft, is, expires_ns)?;
    draft.open_account(card.as_str(), is.currency, Role::Card, false)?;
    Ok(CardEvent::Issued { card, owner, pool: is.pool, terms, currency: is.currency, expires_ns })
}

/// When a life that begins now ends: as was asked for, or after the life that the terms give, or never.
fn end_of_life(draft: &Draft<'_>, terms: &CardTerms, asked: Option<u64>) -> Result<Option<u64>, Refusal> {
    let after = |life: NonZeroU64| draft.now_ns.saturating_add(life.get());
    let ends = asked.or(terms.life_ns.map(after));
    if ends.is_some_and(|at| at <= draft.now_ns) {
        return Err(about(Reason::TooLate, Thing::Card));
    }
    Ok(ends)
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

pub(super) fn plan_freeze(draft: &Draft<'_>, card: CardId) -> Result<CardEvent, Refusal> {
    go(Thing::Card, draft.card(card)?.phase, Phase::Frozen)?;
    Ok(CardEvent::Frozen { card })
}

pub(super) fn plan_unfreeze(draft: &Draft<'_>, card: CardId) -> Result<CardEvent, Refusal> {
    let phase = draft.card(card)?.phase;
    // An expired card goes to active too, but by another command.
    if phase != Phase::Frozen {
        return Err(forbids(Thing::Card, phase));
    }
    go(Thing::Card, phase, Phase::Active)?;
    Ok(CardEvent::Unfrozen { card })
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
    products.card_goes(card, Phase::Expired)
}

/// Something is left on a card whose life is over, and no hold reserves it.
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
fn set_aside(draft: &mut Draft<'_>, card: &Card) -> Result<Amount, Refusal> {
    let left = draft.available(card.account);
    draft.debit(card.account, left);
    draft.put_aside(card, left)?;
    // Nobody has spent it.
    draft.lots(LotUse { source: None, draw: Draw::Take });
    Ok(left)
}

/// What is open when a card is to end makes it wait: money, holds, loads on their way, what was set aside.
pub(super) fn plan_close(draft: &mut Draft<'_>, card: CardId) -> Result<CardEvent, Refusal> {
    let own = draft.card(card)?;
    let has_money = !draft.posted(own.account).is_zero() || !draft.aside(own)?.is_zero();
    let is_waiting =
        draft.books.open_holds_of(own.account) > 0 || own.loads.iter().any(|load| !load.is_applied);
    if has_money || is_waiting {
        go(Thing::Card, own.phase, Phase::Closing)?;
        let left = set_aside(draft, own)?;
        return Ok(CardEvent::Closing { card, left: own.sum(left) });
    }
    go(Thing::Card, own.phase, Phase::Closed)?;
    let account = draft.books.account_at(own.account).ok_or_else(|| not_found(Thing::SubAccount))?;
    let close = ChangeAccount { account: *account.id(), currency: None, change: AccountChange::Close };
    draft.step(Action::ChangeAccount(close.into()));
    Ok(CardEvent::Closed { card })
}

pub(super) fn apply_ended(products: &mut Products, card: CardId, to: Phase) -> Result<(), &'static str> {
    products.card_goes(card, to)?;
    let own = products.cards.find(card)?;
    let (owner, expires_ns) = (own.owner, own.expires_ns);
    if let Some(at) = expires_ns {
        products.unschedule(at, Due::Card(card));
    }
    if to == Phase::Closed {
        let open = products.cards.open.entry(owner).or_default();
        *open = open.saturating_sub(1);
        if *open == 0 {
            products.cards.open.remove(&owner);
        }
    }
    Ok(())
}

pub(super) fn plan_reactivate(
    draft: &mut Draft<'_>,
    card: CardId,
    expires_ns: Option<u64>,
) -> Result<CardEvent, Refusal> {
    let own = draft.card(card)?;
    // A frozen card goes to active too, but by another command.
    if own.phase != Phase::Expired {
        return Err(forbids(Thing::Card, own.phase));
    }
    go(Thing::Card, own.phase, Phase::Active)?;
    let terms = own.terms(draft.products)?;
    if !terms.reactivation {
        return Err(about(Reason::NotOffered, Thing::Card));
    }
    let expires_ns = end_of_life(draft, terms, expires_ns)?;
    let back = draft.aside(own)?;
    draft.take_aside(own, back)?;
    draft.credit(own.account, back);
    Ok(CardEvent::Reactivated { card, expires_ns, back: own.sum(back) })
}

pub(super) fn apply_reactivated(
    products: &mut Products,
    card: CardId,
    expires_ns: Option<u64>,
) -> Result<(), &'static str> {
    products.card_goes(card, Phase::Active)?;
    products.cards.find(card)?.expires_ns = expires_ns;
    if let Some(at) = expires_ns {
        products.schedule(at, Due::Card(card));
    }
    Ok(())
}

impl Products {
    /// Moves a card on.
    pub(super) fn card_goes(&mut self, card: CardId, to: Phase) -> Result<(), &'static str> {
        step(Thing::Card, &mut self.cards.find(card)?.phase, to)
    }

    /// A hold on a card has ended by itself.
    pub(crate) fn card_hold_ended(
        &mut self,
        books: &Books,
        time_ns: u64,
        hold: &Hold,
    ) -> Result<(), &'static str> {
        let authorisation =
            self.cards.authorisations.get(hold.key).ok_or("a hold on a card is of nothing")?;
        self.look_for_remainder(authorisation.card, books, time_ns)
    }

    /// Lets the writer set aside what no hold reserves on a card whose life is over, unless the terms freeze it there.
    pub(super) fn look_for_remainder(
        &mut self,
        card: CardId,
        books: &Books,
        time_ns: u64,
    ) -> Result<(), &'static str> {
        let own = self.cards.cards.get(card).ok_or("it names a card that was not issued")?;
        let terms = self.terms.card_terms_at(own.terms).ok_or("a card has no terms")?;
        let stays = own.phase == Phase::Expired && terms.at_expiry == AtExpiry::Freeze;
        let left = books.account_at(own.account).map_or(0, |account| account.balance().available().minor());
        if own.is_over() && !stays && left > 0 {
            self.schedule(time_ns, Due::Remainder(card));
        }
        Ok(())
    }
}
