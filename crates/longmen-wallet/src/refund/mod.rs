//! Refunds on their way: out of the wallet, not yet with whoever gets them.
//!
//! Whatever is given back, a top-up, a payment, what is left on a card, is debited by its own room and stands on the
//! pool's refunds as an item until a channel or a bank has it. A room opens one by [`accept`] in its plan and
//! [`Products::open_refund`] in its apply.

mod plan;

use alloc::vec::Vec;

use longmen_core::{AccountNo, Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, ItemName, about, exists};
use crate::machine::step;
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::{CardId, ChannelId, OwnerId, PayeeId, PayeeRef, PoolId, Products, Recredit, Role};

/// What a refund gives back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundOf {
    /// A top-up, by its name.
    TopUp(Key),
    /// A payment, by its name.
    Payment(Key),
    /// What is left on a prepaid card.
    Card(CardId),
    /// A gift card that was not redeemed.
    GiftCard(CardId),
    /// A receipt that belongs nowhere, by its name.
    Receipt(Key),
}

/// Which way a refund goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundWay {
    /// Back through the channel that it came from.
    Channel {
        /// The channel.
        channel: ChannelId,
        /// The channel's reference of what is given back.
        reference: Key,
    },
    /// To an outside account of the owner.
    Payee {
        /// Whose.
        owner: OwnerId,
        /// Which version of which.
        payee: PayeeRef,
    },
}

/// A refund.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Refund {
    /// Its name, which is that of its item on the pool's refunds.
    pub name: Key,
    /// Who gets it, where that is known.
    pub owner: Option<OwnerId>,
    /// The pool whose money it is.
    pub pool: PoolId,
    /// How much.
    pub sum: Sum,
    /// What is given back.
    pub of: RefundOf,
    /// Which way it goes.
    pub way: RefundWay,
    /// What was debited for it and gets it again if it cannot be sent; nothing where it was on no account of the owner.
    pub back: Vec<(AccountNo, Amount)>,
    /// Where it stands.
    pub phase: Phase,
    /// Journal time in nanoseconds at which it was accepted.
    pub since_ns: u64,
}

impl Named for Refund {
    type Name = Key;

    fn name(&self) -> Key {
        self.name
    }
}

/// All refunds.
pub type Refunds = Table<Refund>;

/// Credits a new refund to its pool's refunds; whoever calls debits what it comes from in the same posting, and keeps the
/// refund in its event for [`Products::open_refund`].
pub(crate) fn accept(draft: &mut Draft<'_>, refund: &Refund) -> Result<(), Refusal> {
    if draft.products.refunds.get(refund.name).is_some() {
        return Err(exists(Thing::Refund));
    }
    if let RefundWay::Channel { channel, .. } = refund.way {
        // Its item will stand among those of the channel, so its name must be as new there as a reference.
        draft.clearing(channel, refund.pool, refund.sum.currency, &refund.name)?;
    }
    let refunds = draft.house(refund.pool, refund.sum.currency)?.account(Role::Refunds);
    draft.item(refunds, Side::Credit, refund.item(), refund.sum.amount)
}

impl Refund {
    fn item(&self) -> ItemName {
        ItemName::new(self.name, self.owner)
    }

    /// The item that it was taken from, where that was one: it has the name of what is given back.
    fn item_of(&self) -> ItemName {
        let name = match self.of {
            RefundOf::TopUp(name) | RefundOf::Payment(name) | RefundOf::Receipt(name) => name,
            RefundOf::Card(card) | RefundOf::GiftCard(card) => card.to_key(),
        };
        let owner = if matches!(self.of, RefundOf::GiftCard(_)) { None } else { self.owner };
        ItemName::new(name, owner)
    }

    /// Whether the bank has it: it is among the payouts and no longer among the refunds.
    fn is_paid_out(&self) -> bool {
        matches!(self.way, RefundWay::Payee { .. })
            && matches!(self.phase, Phase::InTransit | Phase::Rerouted | Phase::Completed)
    }
}

impl Products {
    /// Opens a refund that was accepted.
    pub(crate) fn open_refund(&mut self, refund: &Refund) -> Result<(), &'static str> {
        if self.refunds.get(refund.name).is_some() {
            return Err("it opens a refund that is open");
        }
        if let RefundWay::Channel { channel, .. } = refund.way {
            self.saw(channel, refund.name)?;
        }
        self.refunds.push(refund.clone());
        Ok(())
    }

    /// Moves a refund on, and tells what it gives back.
    fn refund_goes(&mut self, name: Key, to: Phase) -> Result<&mut Refund, &'static str> {
        let missing = "it names a refund that was not accepted";
        let refund = self.refunds.get_mut(name).ok_or(missing)?;
        step(Thing::Refund, &mut refund.phase, to)?;
        match refund.of {
            RefundOf::TopUp(top_up) => self.top_up_refund_goes(top_up, to)?,
            RefundOf::GiftCard(card) => self.gift_card_refund_goes(card, to)?,
            RefundOf::Payment(_) | RefundOf::Card(_) | RefundOf::Receipt(_) => {}
        }
        self.refunds.get_mut(name).ok_or(missing)
    }
}

/// What can be done with a refund.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RefundCommand {
    /// It was handed to the channel, or to the bank for a payee; again if it failed before.
    Send {
        /// The refund.
        refund: Key,
    },
    /// The channel will take it off what it owes, or the bank has paid the payee.
    Complete {
        /// The refund.
        refund: Key,
        /// For a payee: from which account the bank took it: `reserve`, `cross_border` or `nostro`.
        #[serde(default)]
        bank: Option<Role>,
    },
    /// The channel or the bank refuses it, or gives it back later.
    Fail {
        /// The refund.
        refund: Key,
        /// For a payee who was paid already: to which account the bank gave it back.
        #[serde(default)]
        bank: Option<Role>,
    },
    /// It goes to an outside account of the owner instead: the payment card has expired, say.
    Reroute {
        /// The refund.
        refund: Key,
        /// The payee, of the refund's owner.
        payee: PayeeId,
    },
    /// It goes back to what was debited for it.
    Recredit {
        /// The refund.
        refund: Key,
        /// For a top-up: until when it can be refunded again; without it, as before.
        #[serde(default)]
        refund_until_ns: Option<u64>,
        /// The version of the calendar with which that was computed.
        #[serde(default)]
        calendar: Option<Key>,
    },
    /// Nothing else works: it is kept for the owner as unclaimed.
    Unclaim {
        /// The refund.
        refund: Key,
    },
}

/// What happened to a refund.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundEvent {
    /// It is on its way.
    Sent {
        /// The refund.
        refund: Key,
    },
    /// It has arrived, as far as we can know.
    Completed {
        /// The refund.
        refund: Key,
    },
    /// It did not arrive.
    Failed {
        /// The refund.
        refund: Key,
    },
    /// It is on its way to a payee.
    Rerouted {
        /// The refund.
        refund: Key,
        /// Whose payee.
        owner: OwnerId,
        /// Which version of which payee.
        payee: PayeeRef,
    },
    /// It went back to what was debited for it.
    Recredited {
        /// The refund.
        refund: Key,
        /// What is true of a top-up from now on.
        top_up: Option<Recredit>,
    },
    /// It is kept for the owner.
    Unclaimed {
        /// The refund.
        refund: Key,
    },
}

impl RefundCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<RefundEvent, Refusal> {
        match *self {
            Self::Send { refund } => {
                let own = plan::find(draft, refund, Phase::InTransit)?;
                if matches!(own.way, RefundWay::Payee { .. }) {
                    plan::pay_out(draft, own)?;
                }
                Ok(RefundEvent::Sent { refund })
            }
            Self::Complete { refund, bank } => {
                let own = plan::find(draft, refund, Phase::Completed)?;
                plan::complete(draft, own, bank)?;
                Ok(RefundEvent::Completed { refund })
            }
            Self::Fail { refund, bank } => {
                let own = plan::find(draft, refund, Phase::Failed)?;
                plan::fail(draft, own, bank)?;
                Ok(RefundEvent::Failed { refund })
            }
            Self::Reroute { refund, payee } => {
                let own = plan::find(draft, refund, Phase::Rerouted)?;
                let owner = own.owner.ok_or_else(|| about(Reason::WrongOwner, Thing::Refund))?;
                let payee = draft.owner(owner)?.usable_payee(payee, own.sum.currency)?;
                let payee = PayeeRef { id: payee.id, version: payee.version };
                plan::pay_out(draft, own)?;
                Ok(RefundEvent::Rerouted { refund, owner, payee })
            }
            Self::Recredit { refund, refund_until_ns, calendar } => {
                let own = plan::find(draft, refund, Phase::Recredited)?;
                let top_up = plan::recredit(draft, own, refund_until_ns, calendar)?;
                Ok(RefundEvent::Recredited { refund, top_up })
            }
            Self::Unclaim { refund } => {
                let own = plan::find(draft, refund, Phase::Closed)?;
                let house = draft.house(own.pool, own.sum.currency)?;
                draft.item(house.account(Role::Refunds), Side::Debit, own.item(), own.sum.amount)?;
                draft.item(house.account(Role::Unclaimed), Side::Credit, own.item(), own.sum.amount)?;
                Ok(RefundEvent::Unclaimed { refund })
            }
        }
    }
}

impl RefundEvent {
    pub(crate) fn apply(&self, products: &mut Products, _: &Applied<'_>) -> Result<(), &'static str> {
        match *self {
            Self::Sent { refund } => products.refund_goes(refund, Phase::InTransit)?,
            Self::Completed { refund } => products.refund_goes(refund, Phase::Completed)?,
            Self::Failed { refund } => products.refund_goes(refund, Phase::Failed)?,
            Self::Unclaimed { refund } => products.refund_goes(refund, Phase::Closed)?,
            Self::Rerouted { refund, owner, payee } => {
                let own = products.refund_goes(refund, Phase::Rerouted)?;
                own.way = RefundWay::Payee { owner, payee };
                own
            }
            Self::Recredited { refund, top_up } => {
                let of = products.refund_goes(refund, Phase::Recredited)?.of;
                if let (RefundOf::TopUp(name), Some(again)) = (of, top_up) {
                    products.top_up_came_back(name, again)?;
                }
                return Ok(());
            }
        };
        Ok(())
    }
}
