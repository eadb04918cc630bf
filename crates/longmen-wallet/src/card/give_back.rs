//! What was left on a card, on its way back to the loads that it came from.

use alloc::vec::Vec;

use longmen_core::{Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::Amount;

use super::record::{Card, Load, less};
use super::{CardEvent, Share};
use crate::draft::{Draft, about, not_found};
use crate::machine::forbids;
use crate::refund::{Refund, RefundOf, RefundWay, accept};
use crate::{CardId, Draw, LotUse, PayeeId, PayeeRef, Products, Receipt, Returns, Role};

/// The most loads that one command sends something back to; what is left goes with the next one.
const RETURNS_MAX: usize = 100;

/// The refunds are named after the command: `key:1`, `key:2` and so on.
pub(super) fn plan_return(
    draft: &mut Draft<'_>,
    card: CardId,
    rest: Option<PayeeId>,
) -> Result<CardEvent, Refusal> {
    let own = draft.card(card)?;
    let left = left_on(draft, own)?;
    let returns = own.terms(draft.products)?.returns;
    let mut shares = Vec::new();
    for (load, amount) in split(&own.loads, returns, left).into_iter().take(RETURNS_MAX) {
        let way = source(draft.products, load.top_up)?;
        shares.push(share(draft, own, Some(load.top_up), way, amount, shares.len())?);
    }
    let of_loads = own.loads.iter().fold(Amount::ZERO, |sum, load| add(sum, load.returnable()));
    let of_none = less(left, of_loads);
    if let (Some(payee), false) = (rest, of_none.is_zero()) {
        let payee = draft.owner(own.owner)?.usable_payee(payee, own.currency)?;
        let payee = PayeeRef { id: payee.id, version: payee.version };
        let way = RefundWay::Payee { owner: own.owner, payee };
        shares.push(share(draft, own, None, way, of_none, shares.len())?);
    }
    if shares.is_empty() {
        // No load has brought it, so only the owner can say where it may go.
        return Err(about(Reason::PayeeNotUsable, Thing::Payee));
    }
    let taken = shares.iter().fold(Amount::ZERO, |sum, share| add(sum, share.refund.sum.amount));
    take(draft, own, taken)?;
    for share in &shares {
        accept(draft, &share.refund)?;
    }
    Ok(CardEvent::Returned { card, shares })
}

/// What was left on a card whose life is over: set aside, or still on it where its terms froze it.
fn left_on(draft: &Draft<'_>, card: &Card) -> Result<Amount, Refusal> {
    if !card.is_over() {
        return Err(forbids(Thing::Card, card.phase));
    }
    let left = add(draft.aside(card)?, draft.available(card.account));
    if left.is_zero() { Err(not_found(Thing::Item)) } else { Ok(left) }
}

/// Debits what goes back: first what was set aside, then what is still on the card.
fn take(draft: &mut Draft<'_>, card: &Card, amount: Amount) -> Result<(), Refusal> {
    let aside = draft.aside(card)?.min(amount);
    draft.take_aside(card, aside)?;
    draft.debit(card.account, less(amount, aside));
    draft.lots(LotUse { source: None, draw: Draw::Take });
    Ok(())
}

fn share(
    draft: &Draft<'_>,
    card: &Card,
    top_up: Option<Key>,
    way: RefundWay,
    amount: Amount,
    before: usize,
) -> Result<Share, Refusal> {
    let refund = Refund {
        name: Key::new(&alloc::format!("{}:{}", draft.key, before.saturating_add(1)))?,
        owner: Some(card.owner),
        pool: card.pool,
        sum: card.sum(amount),
        of: RefundOf::Card(card.id),
        way,
        // If it cannot be sent it is set aside again, for another way.
        back: alloc::vec![(draft.card_house(card, Role::Expired)?, amount)],
        phase: Phase::Accepted,
        since_ns: draft.now_ns,
    };
    Ok(Share { top_up, refund })
}

/// The way back to where a load came from.
fn source(products: &Products, top_up: Key) -> Result<RefundWay, Refusal> {
    let receipt = products.top_ups.get(top_up).and_then(|own| own.receipt);
    let Receipt { channel, reference, .. } = receipt.ok_or_else(|| not_found(Thing::TopUp))?;
    Ok(RefundWay::Channel { channel, reference })
}

/// Shares what is left among the loads, each up to what it brought and did not get back.
fn split(loads: &[Load], returns: Returns, left: Amount) -> Vec<(Load, Amount)> {
    let loads: Vec<Load> = loads.iter().copied().filter(|load| !load.returnable().is_zero()).collect();
    let shares = match returns {
        Returns::NewestFirst => newest_first(&loads, left),
        Returns::ProRata => pro_rata(&loads, left),
    };
    shares.into_iter().filter(|(_, share)| !share.is_zero()).collect()
}

fn newest_first(loads: &[Load], mut left: Amount) -> Vec<(Load, Amount)> {
    let newest = loads.iter().rev().map(|load| {
        let share = load.returnable().min(left);
        left = less(left, share);
        (*load, share)
    });
    newest.collect()
}

/// In proportion to what can go back to each, by largest remainder; the earlier load first among equals.
fn pro_rata(loads: &[Load], left: Amount) -> Vec<(Load, Amount)> {
    let whole: u128 = loads.iter().map(|load| u128::from(load.returnable().minor())).sum();
    let left = u128::from(left.minor()).min(whole);
    let mut parts = Vec::with_capacity(loads.len());
    for (at, load) in loads.iter().enumerate() {
        let scaled = left.saturating_mul(load.returnable().minor().into());
        let (units, rest) = (scaled.checked_div(whole), scaled.checked_rem(whole));
        parts.push((at, units.unwrap_or(0), rest.unwrap_or(0)));
    }
    let given: u128 = parts.iter().map(|(_, units, _)| units).sum();
    let mut spare = left.saturating_sub(given);
    parts.sort_by_key(|(at, _, rest)| (core::cmp::Reverse(*rest), *at));
    for (_, units, _) in &mut parts {
        let one = spare.min(1);
        *units = units.saturating_add(one);
        spare = spare.saturating_sub(one);
    }
    parts.sort_by_key(|(at, ..)| *at);
    let amount = |units: u128| u64::try_from(units).ok().and_then(Amount::new).unwrap_or(Amount::ZERO);
    loads.iter().zip(parts).map(|(load, (_, units, _))| (*load, amount(units))).collect()
}

impl Load {
    /// How much of it may still go back to where it came from.
    #[must_use]
    pub fn returnable(&self) -> Amount {
        if self.is_applied { less(self.amount, self.returned) } else { Amount::ZERO }
    }
}

fn add(amount: Amount, other: Amount) -> Amount {
    amount.checked_add(other).unwrap_or(Amount::MAX)
}

pub(super) fn plan_unclaim(draft: &mut Draft<'_>, card: CardId) -> Result<CardEvent, Refusal> {
    let own = draft.card(card)?;
    let left = left_on(draft, own)?;
    take(draft, own, left)?;
    let unclaimed = draft.card_house(own, Role::Unclaimed)?;
    draft.item(unclaimed, Side::Credit, own.item(), left)?;
    Ok(CardEvent::Unclaimed { card, sum: own.sum(left) })
}

pub(super) fn apply_returned(
    products: &mut Products,
    card: CardId,
    shares: &[Share],
) -> Result<(), &'static str> {
    for share in shares {
        products.open_refund(&share.refund)?;
        if let Some(top_up) = share.top_up {
            products.card_load_taken_back(card, &top_up, share.refund.sum.amount)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_left_is_shared_to_the_last_unit_and_no_load_gets_more_than_it_brought() {
        let load = |minor| {
            let (top_up, amount) = (Key::FIRST, Amount::new(minor).unwrap());
            Load { top_up, amount, is_applied: true, returned: Amount::ZERO }
        };
        for brought in [&[1, 7, 100, 333][..], &[100, 100, 100], &[5], &[1, 1, 1, 1, 1, 1, 1]] {
            let loads: Vec<Load> = brought.iter().map(|minor| load(*minor)).collect();
            let whole: u64 = brought.iter().sum();
            for left in 0..=whole + 3 {
                for returns in [Returns::NewestFirst, Returns::ProRata] {
                    let shares = split(&loads, returns, Amount::new(left).unwrap());
                    let sum: u64 = shares.iter().map(|(_, share)| share.minor()).sum();
                    assert_eq!(sum, left.min(whole), "{returns:?} {brought:?}");
                    assert!(shares.iter().all(|(load, share)| *share <= load.amount && !share.is_zero()));
                }
            }
        }
    }
}
