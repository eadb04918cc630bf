//! Folding what happened to top-ups into their records.

use longmen_core::{Key, Phase};

use super::{Arrival, Receipt, TopUp, TopUpEvent};
use crate::Products;
use crate::due::Due;
use crate::state::Applied;

const MISSING: &str = "it names a top-up that was not asked for";

impl TopUpEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        match self {
            Self::Requested(top_up) => requested(products, top_up, at),
            Self::Received { receipt, arrival } => received(products, receipt, *arrival),
            Self::Applied {
                top_up: name,
                sum,
                is_refundable,
                refund_until_ns,
                calendar,
                is_invoiced,
                ..
            } => {
                let top_up = products.top_ups.go(*name, Phase::Applied)?;
                top_up.sum = *sum;
                top_up.applied_ns = Some(at.time_ns);
                (top_up.is_refundable, top_up.is_invoiced) = (*is_refundable, *is_invoiced);
                (top_up.refund_until_ns, top_up.calendar) = (*refund_until_ns, *calendar);
                load_ended(products, *name, true, at)
            }
            Self::Failed { top_up: name } => {
                unschedule(products, *name)?;
                products.top_ups.go(*name, Phase::Failed)?.receipt = None;
                load_ended(products, *name, false, at)
            }
            Self::Expired { top_up: name, at: due } => {
                products.unschedule(*due, Due::TopUp(*name));
                products.top_ups.go(*name, Phase::Expired)?;
                load_ended(products, *name, false, at)
            }
            Self::Refunding { top_up: name, refund } => {
                products.top_ups.go(*name, Phase::Refunding)?;
                products.open_refund(refund)?;
                load_ended(products, *name, false, at)
            }
            Self::StrayReturned { refund } => products.open_refund(refund),
            Self::ChargedBack { top_up: name, chargeback } => {
                let top_up = products.top_ups.go(*name, Phase::ChargedBack)?;
                top_up.chargeback = Some(*chargeback);
                let (channel, card) = (top_up.channel_of_receipt(), top_up.card());
                products.saw(channel, chargeback.reference)?;
                let taken = chargeback.from_owner;
                card.map_or(Ok(()), |card| products.card_load_taken_back(card, name, taken))
            }
            Self::ChargebackWon { top_up: name, reference } => {
                let top_up = products.top_ups.go(*name, Phase::Applied)?;
                // Its lot is gone, whatever came back.
                (top_up.chargeback, top_up.is_refundable) = (None, false);
                let channel = top_up.channel_of_receipt();
                products.saw(channel, *reference)
            }
        }
    }
}

impl TopUp {
    fn channel_of_receipt(&self) -> crate::ChannelId {
        self.receipt.map_or(self.channel, |receipt| receipt.channel)
    }
}

fn requested(products: &mut Products, top_up: &TopUp, at: &Applied<'_>) -> Result<(), &'static str> {
    if at.key()? != top_up.name {
        return Err("a top-up does not have the name of its command");
    }
    products.top_ups.push(top_up.clone())?;
    if let Some(at) = top_up.expires_ns {
        products.schedule(at, Due::TopUp(top_up.name));
    }
    match top_up.card() {
        Some(card) => products.card_load_requested(card, top_up.name, top_up.sum),
        None => Ok(()),
    }
}

fn received(products: &mut Products, receipt: &Receipt, arrival: Arrival) -> Result<(), &'static str> {
    products.saw(receipt.channel, receipt.reference)?;
    let to = match arrival {
        Arrival::Matching => Phase::Pending,
        Arrival::Differing => Phase::Suspended,
        Arrival::Late => Phase::ReceivedLate,
        Arrival::Stray => {
            products.top_ups.strays.push(*receipt);
            return Ok(());
        }
    };
    unschedule(products, receipt.top_up)?;
    products.top_ups.go(receipt.top_up, to)?.receipt = Some(*receipt);
    Ok(())
}

fn unschedule(products: &mut Products, name: Key) -> Result<(), &'static str> {
    if let Some(at) = products.top_ups.get(name).ok_or(MISSING)?.expires_ns {
        products.unschedule(at, Due::TopUp(name));
    }
    Ok(())
}

/// Tells the card, if it loads one, that the load takes no part of its limits any more, or is on it.
fn load_ended(
    products: &mut Products,
    name: Key,
    is_applied: bool,
    at: &Applied<'_>,
) -> Result<(), &'static str> {
    let top_up = products.top_ups.get(name).ok_or(MISSING)?;
    let (card, sum) = (top_up.card(), top_up.sum);
    card.map_or(Ok(()), |card| products.card_load_ended(card, &name, sum, is_applied, at))
}
