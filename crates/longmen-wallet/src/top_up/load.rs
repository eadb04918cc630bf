//! From the request of a top-up to the money on the account.

use alloc::boxed::Box;

use longmen_core::{AccountNo, Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Sum};

use super::{Arrival, Receipt, TopUp, TopUpEvent, TopUpTarget, find};
use crate::card::load_target;
use crate::draft::{Draft, ItemName, about, exists, not_found};
use crate::machine::{forbids, go};
use crate::terms::FindTerms;
use crate::{
    ChannelId, ChannelKind, Draw, Fee, LateSuccess, LotUse, Owner, OwnerId, OwnerKind, PoolId, Role, TermsId,
    TermsRef, TopUpTerms,
};

/// What a request asks for.
pub(super) struct Asked {
    pub(super) target: TopUpTarget,
    pub(super) terms: Option<TermsId>,
    pub(super) channel: ChannelId,
    pub(super) sum: Sum,
    pub(super) expires_ns: Option<u64>,
}

/// Where a top-up goes, and on which terms.
struct Target {
    owner: OwnerId,
    pool: PoolId,
    account: AccountNo,
    terms: TermsRef,
    fee: Fee,
}

pub(super) fn request(draft: &mut Draft<'_>, asked: &Asked) -> Result<TopUpEvent, Refusal> {
    let Asked { target, channel, sum, expires_ns, .. } = *asked;
    if draft.products.top_ups.get(draft.key).is_some() {
        return Err(exists(Thing::TopUp));
    }
    draft.not_zero(sum)?;
    let own = resolve(draft, asked)?;
    check_channel(draft, channel, own.pool, sum)?;
    if expires_ns.is_some_and(|at| at <= draft.now_ns) {
        return Err(about(Reason::TooLate, Thing::TopUp));
    }
    let fee = own.fee.of(sum)?.amount;
    sum.amount.checked_add(fee).ok_or(Reason::AmountTooLarge)?;
    Ok(TopUpEvent::Requested(Box::new(TopUp {
        name: draft.key,
        target,
        owner: own.owner,
        pool: own.pool,
        account: own.account,
        terms: own.terms,
        channel,
        sum,
        fee,
        expires_ns,
        phase: Phase::Initiated,
        receipt: None,
        applied_ns: None,
        is_refundable: false,
        refund_until_ns: None,
        calendar: None,
        is_invoiced: false,
        chargeback: None,
        since_ns: draft.now_ns,
    })))
}

fn resolve(draft: &Draft<'_>, asked: &Asked) -> Result<Target, Refusal> {
    let Asked { target, terms, channel, sum, .. } = *asked;
    if let TopUpTarget::Card { card } = target {
        let own = load_target(draft, card, sum, channel)?;
        let (owner, pool, account) = (own.owner, own.pool, own.account);
        can_be_paid(draft.owner(owner)?)?;
        return Ok(Target { owner, pool, account, terms: own.terms, fee: own.fee });
    }
    let (owner, account) = account_of(draft, target, sum)?;
    let terms = terms.ok_or_else(|| not_found(Thing::Terms))?;
    let (terms, own) = draft.products.terms.top_up_terms(terms, draft.now_ns)?;
    if !own.channels.contains(&channel) {
        return Err(about(Reason::NotOffered, Thing::Channel));
    }
    check_bounds(own, sum)?;
    Ok(Target { owner: owner.id, pool: owner.pool, account, terms, fee: own.fee })
}

/// The account of a wallet or a purse that can take a sum from outside.
pub(crate) fn account_of<'a>(
    draft: &Draft<'a>,
    target: TopUpTarget,
    sum: Sum,
) -> Result<(&'a Owner, AccountNo), Refusal> {
    let (owner, role, currency) = match target {
        TopUpTarget::Wallet { owner, currency } => (owner, Role::Wallet, currency),
        TopUpTarget::Purse { owner, currency } => (owner, Role::Purse, currency),
        TopUpTarget::Card { .. } => return Err(about(Reason::WrongKind, Thing::Card)),
    };
    let owner = draft.owner(owner)?;
    owner.must_be(OwnerKind::Customer)?;
    can_be_paid(owner)?;
    let account = owner.need(role, currency)?;
    if currency == sum.currency { Ok((owner, account)) } else { Err(Reason::CurrencyMismatch.into()) }
}

/// Refuses an owner for whom nothing new may come in, before anybody is made to pay.
fn can_be_paid(owner: &Owner) -> Result<(), Refusal> {
    owner.must_be_open()?;
    if owner.credit_frozen { Err(about(Reason::AccountFrozen, Thing::Owner)) } else { Ok(()) }
}

fn check_channel(draft: &Draft<'_>, id: ChannelId, pool: PoolId, sum: Sum) -> Result<(), Refusal> {
    let channel = draft.channel(id)?;
    // A gift card is redeemed, and a platform pays to merchants.
    if channel.pool != pool || matches!(channel.kind, ChannelKind::GiftCard | ChannelKind::Platform) {
        return Err(about(Reason::WrongKind, Thing::Channel));
    }
    channel.clearing(sum.currency).map(|_| ()).ok_or_else(|| not_found(Thing::SubAccount))
}

/// Refuses a sum below the least or above the most of the terms.
fn check_bounds(terms: &TopUpTerms, sum: Sum) -> Result<(), Refusal> {
    let bounds = [terms.minimum, terms.maximum];
    if bounds.into_iter().flatten().any(|bound| bound.currency != sum.currency) {
        return Err(Reason::CurrencyMismatch.into());
    }
    let least = terms.minimum.map_or(Amount::ZERO, |least| least.amount);
    let below = least.checked_sub(sum.amount).filter(|short| !short.is_zero());
    let most = terms.maximum.map_or(Amount::MAX, |most| most.amount);
    let above = sum.amount.checked_sub(most).filter(|over| !over.is_zero());
    match (below, above) {
        (Some(short), _) => Err(about(Reason::BelowMinimum, Thing::TopUp).short_by(short)),
        (_, Some(over)) => Err(about(Reason::AboveMaximum, Thing::TopUp).short_by(over)),
        (None, None) => Ok(()),
    }
}

pub(super) fn receive(draft: &mut Draft<'_>, receipt: Receipt) -> Result<TopUpEvent, Refusal> {
    let top_up = find(draft, receipt.top_up)?;
    let Receipt { channel, reference, sum, .. } = receipt;
    draft.not_zero(sum)?;
    let clearing = draft.clearing(channel, top_up.pool, sum.currency, &reference)?;
    let arrival = arrival_of(top_up, &receipt);
    let owner = Some(top_up.owner);
    draft.item(clearing, Side::Debit, ItemName::new(reference, owner), sum.amount)?;
    let house = draft.house(top_up.pool, sum.currency)?;
    match arrival {
        Arrival::Matching => {
            draft.item(house.account(Role::TopUps), Side::Credit, top_up.item(), top_up.sum.amount)?;
            draft.credit(house.account(Role::TopUpFees), top_up.fee);
        }
        // It is not earned before it is applied, if it ever is.
        Arrival::Late => {
            draft.item(house.account(Role::TopUps), Side::Credit, top_up.item(), sum.amount)?;
        }
        Arrival::Differing | Arrival::Stray => {
            let item = ItemName::new(receipt.name, owner);
            draft.item(house.account(Role::Unidentified), Side::Credit, item, sum.amount)?;
        }
    }
    Ok(TopUpEvent::Received { receipt, arrival })
}

fn arrival_of(top_up: &TopUp, receipt: &Receipt) -> Arrival {
    let as_asked = receipt.channel == top_up.channel && receipt.sum == top_up.total();
    match (top_up.phase, as_asked) {
        (Phase::Initiated, true) => Arrival::Matching,
        (Phase::Initiated, false) => Arrival::Differing,
        (Phase::Failed | Phase::Expired, true) => Arrival::Late,
        _ => Arrival::Stray,
    }
}

pub(super) fn apply(
    draft: &mut Draft<'_>,
    name: Key,
    refund_until_ns: Option<u64>,
    calendar: Option<Key>,
) -> Result<TopUpEvent, Refusal> {
    let top_up = find(draft, name)?;
    let (sum, fee) = match top_up.phase {
        Phase::Pending => apply_pending(draft, top_up)?,
        Phase::Suspended => apply_suspended(draft, top_up)?,
        Phase::ReceivedLate => apply_late(draft, top_up)?,
        phase => return Err(forbids(Thing::TopUp, phase)),
    };
    draft.credit(top_up.account, sum.amount);
    draft.lots(LotUse { source: Some(name), draw: Draw::Take });
    draft.recover_by_terms_in(top_up.pool, draft.owner(top_up.owner)?, top_up.account, sum)?;
    let terms = draft.products.terms.top_up_terms_at(top_up.terms);
    let is_refundable = terms.is_some_and(|terms| terms.refundable);
    let is_invoiced = terms.is_some_and(|terms| terms.invoiced_at_load);
    Ok(TopUpEvent::Applied { top_up: name, sum, fee, is_refundable, refund_until_ns, calendar, is_invoiced })
}

fn apply_pending(draft: &mut Draft<'_>, top_up: &TopUp) -> Result<(Sum, Amount), Refusal> {
    let house = draft.house(top_up.pool, top_up.sum.currency)?;
    draft.item(house.account(Role::TopUps), Side::Debit, top_up.item(), top_up.sum.amount)?;
    Ok((top_up.sum, top_up.fee))
}

/// What came late is applied only if the terms say so, and then its fee is earned.
fn apply_late(draft: &mut Draft<'_>, top_up: &TopUp) -> Result<(Sum, Amount), Refusal> {
    let terms = draft.products.terms.top_up_terms_at(top_up.terms);
    if terms.is_none_or(|terms| terms.late_success != LateSuccess::Apply) {
        return Err(about(Reason::NotOffered, Thing::TopUp));
    }
    let house = draft.house(top_up.pool, top_up.sum.currency)?;
    draft.item(house.account(Role::TopUps), Side::Debit, top_up.item(), top_up.total().amount)?;
    draft.credit(house.account(Role::TopUpFees), top_up.fee);
    Ok((top_up.sum, top_up.fee))
}

/// Of another amount the fee that was agreed is kept, and the rest must be within the terms.
fn apply_suspended(draft: &mut Draft<'_>, top_up: &TopUp) -> Result<(Sum, Amount), Refusal> {
    let receipt = top_up.receipt.ok_or_else(|| not_found(Thing::Item))?;
    let terms = draft.products.terms.top_up_terms_at(top_up.terms);
    // The limits of a card were reserved for what was asked for, so another amount goes back.
    let terms = terms.ok_or_else(|| about(Reason::NotOffered, Thing::TopUp))?;
    if receipt.sum.currency != top_up.sum.currency {
        return Err(Reason::CurrencyMismatch.into());
    }
    let rest = receipt.sum.amount.checked_sub(top_up.fee).filter(|rest| !rest.is_zero());
    let sum = Sum::new(rest.ok_or_else(|| about(Reason::BelowFee, Thing::TopUp))?, receipt.sum.currency);
    check_bounds(terms, sum)?;
    let house = draft.house(top_up.pool, sum.currency)?;
    let item = ItemName::new(receipt.name, Some(top_up.owner));
    draft.item(house.account(Role::Unidentified), Side::Debit, item, receipt.sum.amount)?;
    draft.credit(house.account(Role::TopUpFees), top_up.fee);
    Ok((sum, top_up.fee))
}

pub(super) fn fail(draft: &mut Draft<'_>, name: Key) -> Result<TopUpEvent, Refusal> {
    let top_up = find(draft, name)?;
    go(Thing::TopUp, top_up.phase, Phase::Failed)?;
    if let Some(receipt) = top_up.receipt {
        let house = draft.house(top_up.pool, top_up.sum.currency)?;
        draft.item(house.account(Role::TopUps), Side::Debit, top_up.item(), top_up.sum.amount)?;
        draft.debit(house.account(Role::TopUpFees), top_up.fee);
        let clearing = draft.channel(receipt.channel)?.clearing(receipt.sum.currency);
        let clearing = clearing.ok_or_else(|| not_found(Thing::SubAccount))?;
        let item = ItemName::new(receipt.reference, Some(top_up.owner));
        draft.item(clearing, Side::Credit, item, receipt.sum.amount)?;
    }
    Ok(TopUpEvent::Failed { top_up: name })
}

/// A top-up has waited for its channel for as long as it may.
pub(crate) fn plan_due(name: Key, at: u64, draft: &mut Draft<'_>) -> Result<TopUpEvent, Refusal> {
    go(Thing::TopUp, find(draft, name)?.phase, Phase::Expired)?;
    Ok(TopUpEvent::Expired { top_up: name, at })
}
