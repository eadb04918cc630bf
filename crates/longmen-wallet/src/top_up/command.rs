//! What can be done with top-ups, and what happened to them.

use alloc::boxed::Box;

use longmen_core::{Key, Refusal};
use longmen_money::{Amount, Sum};
use serde::{Deserialize, Serialize};

use super::{Chargeback, Receipt, TopUp, TopUpTarget, back, load};
use crate::draft::Draft;
use crate::{ChannelId, Refund, TermsId};

/// What can be done with top-ups.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TopUpCommand {
    /// Asks for a top-up. Nothing is posted until its channel says that money was taken.
    Request {
        /// What is topped up.
        target: TopUpTarget,
        /// The terms; a card has its own.
        #[serde(default)]
        terms: Option<TermsId>,
        /// The channel that it is to come through.
        channel: ChannelId,
        /// How much is to be on the account; the fee is on top.
        sum: Sum,
        /// Journal time in nanoseconds at which it is given up.
        #[serde(default)]
        expires_ns: Option<u64>,
    },
    /// A channel has taken money for a top-up.
    Receive {
        /// The top-up.
        top_up: Key,
        /// The channel.
        channel: ChannelId,
        /// The channel's reference, which is new on it.
        reference: Key,
        /// How much it took: the sum and the fee.
        sum: Sum,
    },
    /// Puts what came on the account.
    Apply {
        /// The top-up.
        top_up: Key,
        /// Journal time in nanoseconds until which it can be refunded unspent.
        #[serde(default)]
        refund_until_ns: Option<u64>,
        /// The version of the calendar with which that was computed.
        #[serde(default)]
        calendar: Option<Key>,
    },
    /// The channel says no, or takes back what it had said.
    Fail {
        /// The top-up.
        top_up: Key,
    },
    /// Gives back what came and was not applied: all of it, with the fee.
    Return {
        /// The top-up.
        top_up: Key,
    },
    /// Gives back a receipt that did not belong to its top-up.
    ReturnStray {
        /// The receipt.
        receipt: Key,
    },
    /// Gives back a top-up of which nothing was spent: the whole of it.
    RequestRefund {
        /// The top-up.
        top_up: Key,
        /// How much: all of it.
        sum: Sum,
    },
    /// The payer's bank takes it back, whether it was spent or not.
    Chargeback {
        /// The top-up.
        top_up: Key,
        /// The channel's reference of the chargeback.
        reference: Key,
        /// How much: at most what was paid.
        sum: Sum,
        /// What the network charges for it.
        #[serde(default)]
        cost: Option<Sum>,
    },
    /// The chargeback was contested and the money comes back: to what is owed for it first, then to the account.
    ChargebackWon {
        /// The top-up.
        top_up: Key,
        /// The channel's reference of what comes back.
        reference: Key,
    },
}

/// What was received, as it was understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    /// It is what was asked for, in time.
    Matching,
    /// It is another amount, or came through another channel: somebody has to look at it.
    Differing,
    /// It is what was asked for, after that was given up.
    Late,
    /// It belongs to nothing any more: a second payment, or a wrong one after the top-up was given up.
    Stray,
}

/// What happened to a top-up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopUpEvent {
    /// It was asked for.
    Requested(Box<TopUp>),
    /// Money came for it.
    Received {
        /// What came.
        receipt: Receipt,
        /// How it was understood.
        arrival: Arrival,
    },
    /// It was applied.
    Applied {
        /// The top-up.
        top_up: Key,
        /// How much is on the account.
        sum: Sum,
        /// What was kept as a fee, in minor units.
        fee: Amount,
        /// Whether it can be refunded while it is unspent.
        is_refundable: bool,
        /// Until when.
        refund_until_ns: Option<u64>,
        /// The version of the calendar with which that was computed.
        calendar: Option<Key>,
        /// Whether the invoice was issued for it.
        is_invoiced: bool,
    },
    /// The channel said no.
    Failed {
        /// The top-up.
        top_up: Key,
    },
    /// Its channel did not say anything in time.
    Expired {
        /// The top-up.
        top_up: Key,
        /// When its time had come, in nanoseconds of journal time.
        at: u64,
    },
    /// It goes back.
    Refunding {
        /// The top-up.
        top_up: Key,
        /// The refund.
        refund: Box<Refund>,
    },
    /// A receipt goes back that did not belong to its top-up.
    StrayReturned {
        /// The refund.
        refund: Box<Refund>,
    },
    /// The payer's bank took it back.
    ChargedBack {
        /// The top-up.
        top_up: Key,
        /// What it took.
        chargeback: Chargeback,
    },
    /// The chargeback was won.
    ChargebackWon {
        /// The top-up.
        top_up: Key,
        /// The channel's reference of what came back.
        reference: Key,
    },
}

impl TopUpCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<TopUpEvent, Refusal> {
        match *self {
            Self::Request { target, terms, channel, sum, expires_ns } => {
                load::request(draft, &load::Asked { target, terms, channel, sum, expires_ns })
            }
            Self::Receive { top_up, channel, reference, sum } => {
                let receipt = Receipt { name: draft.key, top_up, channel, reference, sum };
                load::receive(draft, receipt)
            }
            Self::Apply { top_up, refund_until_ns, calendar } => {
                load::apply(draft, top_up, refund_until_ns, calendar)
            }
            Self::Fail { top_up } => load::fail(draft, top_up),
            Self::Return { top_up } => back::give_back(draft, top_up),
            Self::ReturnStray { receipt } => back::give_back_stray(draft, receipt),
            Self::RequestRefund { top_up, sum } => back::request_refund(draft, top_up, sum),
            Self::Chargeback { top_up, reference, sum, cost } => {
                back::charge_back(draft, top_up, reference, sum, cost)
            }
            Self::ChargebackWon { top_up, reference } => back::chargeback_won(draft, top_up, reference),
        }
    }
}
