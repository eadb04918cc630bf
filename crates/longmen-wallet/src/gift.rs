//! Gift cards: sold, redeemed once and whole, never after their end.
//!
//! What was paid for one is nobody's wallet until somebody redeems it; then it is a lot that bears the card's name. What is
//! left on one that has expired stays where it is, because it is still owed.

use alloc::boxed::Box;

use longmen_core::{AccountNo, Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::Sum;
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, ItemName, about, exists, not_found};
use crate::machine::{forbids, go, step};
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::terms::FindTerms;
use crate::top_up::account_of;
use crate::{
    CardId, ChannelId, ChannelKind, Draw, LotUse, OwnerId, PoolId, Products, Refund, RefundOf, RefundWay,
    Role, TermsId, TopUpTarget, TopUpTerms, refund,
};

/// A gift card.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GiftCard {
    /// The name: a token, never the code that redeems it. Its item and its lot have the same.
    pub id: CardId,
    /// The pool in which what was paid for it is safeguarded.
    pub pool: PoolId,
    /// What it is worth.
    pub sum: Sum,
    /// The channel through which it was paid.
    pub channel: ChannelId,
    /// The channel's reference of that.
    pub reference: Key,
    /// Journal time in nanoseconds from which it is not taken any more.
    pub expires_ns: Option<u64>,
    /// Where it stands.
    pub phase: Phase,
    /// Who redeemed it.
    pub redeemed_by: Option<OwnerId>,
    /// Whether the invoice was issued when it was redeemed, so that none is for what is bought with it.
    pub is_invoiced: bool,
    /// Journal time in nanoseconds at which it was sold.
    pub since_ns: u64,
}

impl Named for GiftCard {
    type Name = CardId;

    fn name(&self) -> CardId {
        self.id
    }
}

/// All gift cards.
pub type GiftCards = Table<GiftCard>;

/// What can be done with gift cards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum GiftCommand {
    /// Sells a gift card: its channel has taken the money.
    Sell {
        /// The card.
        card: CardId,
        /// The pool in which the money is safeguarded.
        pool: PoolId,
        /// The channel.
        channel: ChannelId,
        /// The channel's reference, which is new on it.
        reference: Key,
        /// What it is worth.
        sum: Sum,
        /// Journal time in nanoseconds from which it is not taken any more.
        #[serde(default)]
        expires_ns: Option<u64>,
    },
    /// Puts the whole of a gift card on a wallet or a purse, once.
    Redeem {
        /// The card.
        card: CardId,
        /// Where to: not a prepaid card.
        into: TopUpTarget,
        /// The terms of top-ups, which say whether gift cards are taken at all.
        terms: TermsId,
    },
    /// Gives back the whole of a gift card that was not redeemed, expired or not.
    Refund {
        /// The card.
        card: CardId,
        /// Who gets it, where that is known: then it can be rerouted to a payee of that owner.
        #[serde(default)]
        owner: Option<OwnerId>,
    },
}

/// What happened to a gift card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiftEvent {
    /// It was sold.
    Sold(Box<GiftCard>),
    /// It was redeemed.
    Redeemed {
        /// The card.
        card: CardId,
        /// By whom.
        owner: OwnerId,
        /// Whether the invoice was issued for it.
        is_invoiced: bool,
    },
    /// It goes back.
    Refunding {
        /// The card.
        card: CardId,
        /// The refund.
        refund: Box<Refund>,
    },
}

impl GiftCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<GiftEvent, Refusal> {
        match *self {
            Self::Sell { card, pool, channel, reference, sum, expires_ns } => {
                let sold = GiftCard {
                    id: card,
                    pool,
                    sum,
                    channel,
                    reference,
                    expires_ns,
                    phase: Phase::Issued,
                    redeemed_by: None,
                    is_invoiced: false,
                    since_ns: draft.now_ns,
                };
                sell(draft, sold)
            }
            Self::Redeem { card, into, terms } => redeem(draft, card, into, terms),
            Self::Refund { card, owner } => give_back(draft, card, owner),
        }
    }
}

impl GiftCard {
    fn item(&self) -> ItemName {
        ItemName::new(self.id.to_key(), None)
    }
}

fn find<'a>(draft: &Draft<'a>, card: CardId) -> Result<&'a GiftCard, Refusal> {
    draft.products.gift_cards.get(card).ok_or_else(|| not_found(Thing::GiftCard))
}

fn unredeemed(draft: &Draft<'_>, card: &GiftCard) -> Result<AccountNo, Refusal> {
    Ok(draft.house(card.pool, card.sum.currency)?.account(Role::GiftCards))
}

fn sell(draft: &mut Draft<'_>, card: GiftCard) -> Result<GiftEvent, Refusal> {
    if draft.products.gift_cards.get(card.id).is_some() {
        return Err(exists(Thing::GiftCard));
    }
    draft.not_zero(card.sum)?;
    let clearing = draft.clearing(card.channel, card.pool, card.sum.currency, &card.reference)?;
    if card.expires_ns.is_some_and(|at| at <= draft.now_ns) {
        return Err(about(Reason::TooLate, Thing::GiftCard));
    }
    let item = ItemName::new(card.reference, None);
    draft.item(clearing, Side::Debit, item, card.sum.amount)?;
    let unredeemed = unredeemed(draft, &card)?;
    draft.item(unredeemed, Side::Credit, card.item(), card.sum.amount)?;
    Ok(GiftEvent::Sold(Box::new(card)))
}

fn redeem(
    draft: &mut Draft<'_>,
    id: CardId,
    into: TopUpTarget,
    terms: TermsId,
) -> Result<GiftEvent, Refusal> {
    let card = find(draft, id)?;
    go(Thing::GiftCard, card.phase, Phase::Redeemed)?;
    let (owner, account) = account_of(draft, into, card.sum)?;
    if owner.pool != card.pool {
        return Err(about(Reason::WrongKind, Thing::Pool));
    }
    let (_, terms) = draft.products.terms.top_up_terms(terms, draft.now_ns)?;
    if !offers_gift_cards(draft, terms) {
        return Err(about(Reason::NotOffered, Thing::GiftCard));
    }
    if card.expires_ns.is_some_and(|at| at <= draft.now_ns) {
        return Err(about(Reason::TooLate, Thing::GiftCard));
    }
    let unredeemed = unredeemed(draft, card)?;
    draft.item(unredeemed, Side::Debit, card.item(), card.sum.amount)?;
    draft.credit(account, card.sum.amount);
    draft.lots(LotUse { source: Some(id.to_key()), draw: Draw::Take });
    draft.recover_by_terms(owner, account, card.sum)?;
    Ok(GiftEvent::Redeemed { card: id, owner: owner.id, is_invoiced: terms.invoiced_at_load })
}

/// Whether one of the channels of the terms is a seller of gift cards: then they are a way to top up.
fn offers_gift_cards(draft: &Draft<'_>, terms: &TopUpTerms) -> bool {
    let channels = terms.channels.iter().filter_map(|id| draft.products.channels.get(*id));
    channels.into_iter().any(|channel| channel.kind == ChannelKind::GiftCard)
}

fn give_back(draft: &mut Draft<'_>, id: CardId, owner: Option<OwnerId>) -> Result<GiftEvent, Refusal> {
    let card = find(draft, id)?;
    // One whose refund failed may be refunding again, but by that refund and not by another.
    if card.phase != Phase::Issued {
        return Err(forbids(Thing::GiftCard, card.phase));
    }
    if let Some(owner) = owner {
        draft.owner(owner)?;
    }
    let unredeemed = unredeemed(draft, card)?;
    draft.item(unredeemed, Side::Debit, card.item(), card.sum.amount)?;
    let refund = Refund {
        name: draft.key,
        owner,
        pool: card.pool,
        sum: card.sum,
        of: RefundOf::GiftCard(id),
        way: RefundWay::Channel { channel: card.channel, reference: card.reference },
        back: alloc::vec![(unredeemed, card.sum.amount)],
        phase: Phase::Accepted,
        since_ns: draft.now_ns,
    };
    refund::accept(draft, &refund)?;
    Ok(GiftEvent::Refunding { card: id, refund: Box::new(refund) })
}

impl GiftEvent {
    pub(crate) fn apply(&self, products: &mut Products, _: &Applied<'_>) -> Result<(), &'static str> {
        match self {
            Self::Sold(card) => {
                if products.gift_cards.get(card.id).is_some() {
                    return Err("it sells a gift card that was sold");
                }
                products.saw(card.channel, card.reference)?;
                products.gift_cards.push(**card);
                Ok(())
            }
            Self::Redeemed { card, owner, is_invoiced } => {
                let own = products.gift_card_goes(*card, Phase::Redeemed)?;
                (own.redeemed_by, own.is_invoiced) = (Some(*owner), *is_invoiced);
                Ok(())
            }
            Self::Refunding { card, refund } => {
                products.gift_card_goes(*card, Phase::Refunding)?;
                products.open_refund(refund)
            }
        }
    }
}

impl Products {
    fn gift_card_goes(&mut self, card: CardId, to: Phase) -> Result<&mut GiftCard, &'static str> {
        let own = self.gift_cards.get_mut(card).ok_or("it names a gift card that was not sold")?;
        step(Thing::GiftCard, &mut own.phase, to)?;
        Ok(own)
    }

    /// A refund of a gift card went to a phase, and the card goes with it.
    pub(crate) fn gift_card_refund_goes(&mut self, card: CardId, refund: Phase) -> Result<(), &'static str> {
        let to = match refund {
            Phase::InTransit | Phase::Rerouted => Phase::Refunding,
            Phase::Failed => Phase::RefundFailed,
            Phase::Recredited => Phase::Issued,
            _ => Phase::Refunded,
        };
        if self.gift_cards.get(card).is_some_and(|own| own.phase != to) {
            self.gift_card_goes(card, to)?;
        }
        Ok(())
    }
}
