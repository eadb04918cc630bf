//! A payment on its way into escrow.

use longmen_core::{AccountNo, Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Sum};

use super::{PaymentEvent, PaymentWay};
use crate::draft::{Draft, ItemName, about};
use crate::fee::amount_of;
use crate::machine::go;
use crate::terms::{FindTerms, TermsRef};
use crate::{ChannelId, Fee, OwnerId, OwnerKind, PaymentTerms, Role, TermsId};

/// What somebody pays out of a wallet or a purse.
pub(super) struct Buy {
    pub(super) payer: OwnerId,
    pub(super) merchant: OwnerId,
    pub(super) order: Key,
    pub(super) sum: Sum,
    pub(super) from: Role,
    pub(super) terms: TermsId,
}

/// Out of which account into which it is paid, and under which terms.
struct Route {
    from: AccountNo,
    escrow: AccountNo,
    terms: TermsRef,
}

impl Buy {
    fn route(&self, draft: &Draft<'_>) -> Result<Route, Refusal> {
        draft.not_zero(self.sum)?;
        let (terms, own) = draft.products.terms.payment_terms(self.terms, draft.now_ns)?;
        if !matches!(self.from, Role::Wallet | Role::Purse) {
            return Err(about(Reason::WrongKind, Thing::SubAccount));
        }
        let payer = draft.owner(self.payer)?;
        payer.must_be(OwnerKind::Customer)?;
        payer.may_spend(draft.products)?;
        draft.one_pool(payer, draft.owner(self.merchant)?)?;
        let escrow = escrow_for(draft, self.merchant, self.sum, own)?;
        Ok(Route { from: payer.need(self.from, self.sum.currency)?, escrow, terms })
    }
}

/// The escrow of a merchant who may be paid under these terms.
fn escrow_for(
    draft: &Draft<'_>,
    merchant: OwnerId,
    sum: Sum,
    terms: &PaymentTerms,
) -> Result<AccountNo, Refusal> {
    let merchant = draft.owner(merchant)?;
    merchant.must_be(OwnerKind::Merchant)?;
    merchant.must_be_open()?;
    // A fee that could not be taken at the release would leave the money in escrow for ever.
    terms.merchant_fee.of(sum)?;
    merchant.need(Role::Escrow, sum.currency)
}

pub(super) fn plan_authorise(
    draft: &mut Draft<'_>,
    own: &Buy,
    expires_ns: Option<u64>,
) -> Result<PaymentEvent, Refusal> {
    let Route { from, escrow, terms } = own.route(draft)?;
    draft.hold(from, escrow, own.sum, expires_ns)?;
    let Buy { payer, merchant, order, sum, from, .. } = *own;
    Ok(PaymentEvent::Authorised { payer, merchant, order, sum, from, terms })
}

pub(super) fn plan_confirm(draft: &mut Draft<'_>, payment: Key) -> Result<PaymentEvent, Refusal> {
    let own = draft.payment(payment)?;
    go(Thing::Payment, own.phase, Phase::Paid)?;
    let (escrow, _) = draft.in_escrow(own)?;
    draft.capture(payment, own.sum, true, &[], false)?;
    draft.note_item(escrow, Side::Credit, ItemName::new(payment, Some(own.merchant)), own.sum.amount)?;
    Ok(PaymentEvent::Confirmed { payment })
}

pub(super) fn plan_cancel(draft: &mut Draft<'_>, payment: Key) -> Result<PaymentEvent, Refusal> {
    go(Thing::Payment, draft.payment(payment)?.phase, Phase::Cancelled)?;
    draft.release(payment, None);
    Ok(PaymentEvent::Cancelled { payment })
}

pub(super) fn plan_pay(draft: &mut Draft<'_>, own: &Buy) -> Result<PaymentEvent, Refusal> {
    let Route { from, escrow, terms } = own.route(draft)?;
    let Buy { payer, merchant, order, sum, .. } = *own;
    draft.debit(from, sum.amount);
    draft.item(escrow, Side::Credit, ItemName::new(draft.key, Some(merchant)), sum.amount)?;
    let (surcharge, tax) = (Amount::ZERO, Amount::ZERO);
    let (payer, way) = (Some(payer), PaymentWay::Balance { from: own.from });
    Ok(PaymentEvent::Paid { payer, merchant, order, sum, surcharge, tax, way, terms })
}

/// What a channel has taken.
pub(super) struct Took {
    pub(super) channel: ChannelId,
    pub(super) reference: Key,
    pub(super) payer: Option<OwnerId>,
    pub(super) merchant: OwnerId,
    pub(super) order: Key,
    pub(super) sum: Sum,
    pub(super) charged: Option<Sum>,
    pub(super) terms: TermsId,
    pub(super) due_ns: Option<u64>,
}

pub(super) fn plan_by_channel(draft: &mut Draft<'_>, own: &Took) -> Result<PaymentEvent, Refusal> {
    draft.not_zero(own.sum)?;
    let Took { channel, reference, payer, merchant, order, sum, .. } = *own;
    let (terms, offered) = draft.products.terms.payment_terms(own.terms, draft.now_ns)?;
    if !offered.channels.contains(&channel) {
        return Err(about(Reason::NotOffered, Thing::Channel));
    }
    if let Some(payer) = payer {
        draft.owner(payer)?.must_be(OwnerKind::Customer)?;
    }
    let escrow = escrow_for(draft, merchant, sum, offered)?;
    let pool = draft.owner(merchant)?.pool;
    let clearing = draft.clearing(channel, pool, sum.currency, &reference)?;
    let (surcharge, tax) = surcharge(offered, channel, sum)?;
    let all = sum.amount.checked_add(surcharge).ok_or(Reason::AmountTooLarge)?;
    if own.charged.is_some_and(|charged| charged != Sum::new(all, sum.currency)) {
        return Err(about(Reason::AmountDiffers, Thing::Payment));
    }
    let house = draft.house(pool, sum.currency)?;
    let item = ItemName::new(reference, Some(merchant)).due(own.due_ns);
    draft.item(clearing, Side::Debit, item, all)?;
    draft.item(escrow, Side::Credit, ItemName::new(draft.key, Some(merchant)), sum.amount)?;
    let earned = surcharge.checked_sub(tax).unwrap_or(Amount::ZERO);
    draft.credit(house.account(Role::Surcharges), earned);
    draft.credit(house.account(Role::Tax), tax);
    let way = PaymentWay::Channel { channel, reference };
    Ok(PaymentEvent::Paid { payer, merchant, order, sum, surcharge, tax, way, terms })
}

/// What a buyer pays on top by a channel, and the tax in it.
fn surcharge(terms: &PaymentTerms, channel: ChannelId, sum: Sum) -> Result<(Amount, Amount), Refusal> {
    let own = terms.surcharges.iter().find(|(own, _)| *own == channel);
    let surcharge = own.map_or(Fee::NONE, |(_, fee)| *fee).of(sum)?.amount;
    let scaled = u128::from(surcharge.minor()).saturating_mul(terms.surcharge_tax_ppm.into());
    let tax = amount_of(scaled.saturating_add(500_000) / 1_000_000)?;
    Ok((surcharge, tax))
}
