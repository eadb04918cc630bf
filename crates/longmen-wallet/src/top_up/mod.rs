//! Top-ups: how money comes onto a wallet, a purse or a card, and how it goes back unspent.
//!
//! A top-up is asked for, its channel says that money was taken, and then it is applied: only then can it be spent, out
//! of a lot that bears its name. Between those two moments the money is the customer's but on no wallet.

mod back;
mod command;
mod fold;
mod load;

use alloc::collections::BTreeMap;

use longmen_core::{AccountNo, Key, Phase, Refusal, Thing};
use longmen_money::{Amount, Currency, Sum};
use serde::{Deserialize, Serialize};

pub use command::{Arrival, TopUpCommand, TopUpEvent};
pub(crate) use load::{account_of, plan_due};

use crate::draft::{Draft, ItemName, not_found};
use crate::machine::step;
use crate::table::{Named, Table};
use crate::{CardId, ChannelId, OwnerId, PoolId, Products, TermsRef};

/// What is topped up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TopUpTarget {
    /// A customer's wallet.
    Wallet {
        /// Whose.
        owner: OwnerId,
        /// Which sub-account.
        currency: Currency,
    },
    /// A customer's gift-card account.
    Purse {
        /// Whose.
        owner: OwnerId,
        /// Which sub-account.
        currency: Currency,
    },
    /// A prepaid card.
    Card {
        /// Which.
        card: CardId,
    },
}

/// Money that a channel has taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The key of the command that noted it, and the name of its item while it is unidentified.
    pub name: Key,
    /// The top-up that it was meant for.
    pub top_up: Key,
    /// The channel.
    pub channel: ChannelId,
    /// The channel's reference, and the name of its item on the clearing account.
    pub reference: Key,
    /// How much.
    pub sum: Sum,
}

impl Named for Receipt {
    type Name = Key;

    fn name(&self) -> Key {
        self.name
    }
}

/// What a payer's bank has taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Chargeback {
    /// The channel's reference of it.
    pub reference: Key,
    /// How much was taken from the owner, or is owed by the owner since, in minor units.
    pub from_owner: Amount,
    /// How much of the fee of the top-up went with it, in minor units.
    pub fee: Amount,
    /// How much of what the owner owed for it was given up for lost since, in minor units.
    pub written_off: Amount,
}

/// A top-up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TopUp {
    /// Its name: the key of the command that asked for it. Its item and its lot have the same.
    pub name: Key,
    /// What is topped up.
    pub target: TopUpTarget,
    /// Whose that is.
    pub owner: OwnerId,
    /// The pool in which it is safeguarded.
    pub pool: PoolId,
    /// The account of what is topped up.
    pub account: AccountNo,
    /// The terms that it was asked for under: of top-ups, or of cards.
    pub terms: TermsRef,
    /// The channel that it is to come through.
    pub channel: ChannelId,
    /// How much is to be on the account in the end.
    pub sum: Sum,
    /// What is paid on top of it, in minor units.
    pub fee: Amount,
    /// Journal time in nanoseconds at which it is given up.
    pub expires_ns: Option<u64>,
    /// Where it stands.
    pub phase: Phase,
    /// What came for it.
    pub receipt: Option<Receipt>,
    /// Journal time in nanoseconds at which it was applied.
    pub applied_ns: Option<u64>,
    /// Whether it can be refunded while it is unspent.
    pub is_refundable: bool,
    /// Journal time in nanoseconds until which it can be; without one there is no such time.
    pub refund_until_ns: Option<u64>,
    /// The version of the calendar with which that was computed.
    pub calendar: Option<Key>,
    /// Whether the invoice was issued for the top-up, so that none is for what is bought with it.
    pub is_invoiced: bool,
    /// The chargeback that took it back, while that stands.
    pub chargeback: Option<Chargeback>,
    /// Journal time in nanoseconds at which it was asked for.
    pub since_ns: u64,
}

impl Named for TopUp {
    type Name = Key;

    fn name(&self) -> Key {
        self.name
    }
}

impl TopUp {
    /// What is to be paid: the sum and the fee on top of it.
    #[must_use]
    pub fn total(&self) -> Sum {
        // The request was refused if this is no amount.
        Sum::new(self.sum.amount.checked_add(self.fee).unwrap_or(Amount::MAX), self.sum.currency)
    }

    /// The card that it loads, if it loads one.
    #[must_use]
    pub fn card(&self) -> Option<CardId> {
        match self.target {
            TopUpTarget::Card { card } => Some(card),
            TopUpTarget::Wallet { .. } | TopUpTarget::Purse { .. } => None,
        }
    }

    /// Its item.
    fn item(&self) -> ItemName {
        ItemName::new(self.name, Some(self.owner))
    }
}

/// All top-ups, and what came for them and could not be used.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct TopUps {
    rows: Table<TopUp>,
    strays: Table<Receipt>,
    /// How many of each owner's top-ups are waiting, where there are any.
    waiting: BTreeMap<OwnerId, u32>,
}

impl TopUps {
    /// The top-up of this name.
    #[must_use]
    pub fn get(&self, name: Key) -> Option<&TopUp> {
        self.rows.get(name)
    }

    /// Every top-up, in the order in which they were asked for.
    pub fn iter(&self) -> core::slice::Iter<'_, TopUp> {
        self.rows.iter()
    }

    /// Every receipt that did not belong to its top-up: another amount after it was given up, or a second payment.
    pub fn strays(&self) -> core::slice::Iter<'_, Receipt> {
        self.strays.iter()
    }

    /// Whether an owner has top-ups that were not applied, refunded or given up.
    pub(crate) fn is_waiting(&self, owner: OwnerId) -> bool {
        self.waiting.contains_key(&owner)
    }

    fn push(&mut self, top_up: TopUp) -> Result<(), &'static str> {
        if self.rows.get(top_up.name).is_some() {
            return Err("it asks for a top-up that was asked for");
        }
        self.count(top_up.owner, false, is_waiting(top_up.phase));
        self.rows.push(top_up);
        Ok(())
    }

    /// Moves a top-up on.
    fn go(&mut self, name: Key, to: Phase) -> Result<&mut TopUp, &'static str> {
        let missing = "it names a top-up that was not asked for";
        let top_up = self.rows.get_mut(name).ok_or(missing)?;
        let (owner, was) = (top_up.owner, is_waiting(top_up.phase));
        step(Thing::TopUp, &mut top_up.phase, to)?;
        self.count(owner, was, is_waiting(to));
        self.rows.get_mut(name).ok_or(missing)
    }

    fn count(&mut self, owner: OwnerId, was: bool, is: bool) {
        let count = self.waiting.entry(owner).or_default();
        *count = count.saturating_add(is.into()).saturating_sub(was.into());
        if *count == 0 {
            self.waiting.remove(&owner);
        }
    }
}

/// Whether a top-up in this phase has still to be applied, returned or given up.
fn is_waiting(phase: Phase) -> bool {
    matches!(phase, Phase::Initiated | Phase::Pending | Phase::Suspended | Phase::ReceivedLate)
}

fn find<'a>(draft: &Draft<'a>, name: Key) -> Result<&'a TopUp, Refusal> {
    draft.products.top_ups.get(name).ok_or_else(|| not_found(Thing::TopUp))
}

impl Products {
    /// A refund of a top-up went to a phase, and the top-up goes with it.
    pub(crate) fn top_up_refund_goes(&mut self, name: Key, refund: Phase) -> Result<(), &'static str> {
        let to = match refund {
            Phase::InTransit | Phase::Rerouted => Phase::Refunding,
            Phase::Failed => Phase::RefundFailed,
            Phase::Recredited => Phase::Applied,
            _ => Phase::Refunded,
        };
        // A refund that is sent for the first time was accepted before, and the top-up has been refunding since.
        if self.top_ups.get(name).is_some_and(|top_up| top_up.phase != to) {
            self.top_ups.go(name, to)?;
        }
        Ok(())
    }

    /// A debt was given up for lost: if a chargeback of a top-up made it, what is won later is not the owner's.
    pub(crate) fn debt_written_off(&mut self, debt: Key, amount: Amount) {
        let top_up = self.top_ups.rows.get_mut(debt);
        if let Some(chargeback) = top_up.and_then(|top_up| top_up.chargeback.as_mut()) {
            let sum = chargeback.written_off.checked_add(amount).unwrap_or(chargeback.from_owner);
            chargeback.written_off = sum.min(chargeback.from_owner);
        }
    }

    /// A top-up is on its account again because its refund could not be sent.
    pub(crate) fn top_up_came_back(&mut self, name: Key, again: Recredit) -> Result<(), &'static str> {
        let top_up = self.top_ups.rows.get_mut(name).ok_or("it names a top-up that was not asked for")?;
        top_up.is_refundable = again.is_refundable;
        if let Some(until) = again.refund_until_ns {
            (top_up.refund_until_ns, top_up.calendar) = (Some(until), again.calendar);
        }
        Ok(())
    }
}

/// What is true of a top-up whose refund could not be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Recredit {
    /// Whether it can be refunded again.
    pub is_refundable: bool,
    /// Until when, in nanoseconds of journal time, if that is another time now.
    pub refund_until_ns: Option<u64>,
    /// The version of the calendar with which that was computed.
    pub calendar: Option<Key>,
}
