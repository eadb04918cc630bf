//! The words in which refusals and state machines of products speak.
//!
//! What they mean is said where the products are; the ledger only carries them in its refusals.

use core::fmt;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $type { $($(#[$word_doc])* $word,)+ }

        impl $type {
            /// Every one, in the order of their codes in the journal.
            pub const ALL: &'static [Self] = &[$(Self::$word,)+];

            /// The word, in lower case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// What a refusal of a product's command is about.
    Thing {
        /// Pool.
        Pool = "pool",
        /// Terms.
        Terms = "terms",
        /// Owner.
        Owner = "owner",
        /// Sub-account.
        SubAccount = "sub-account",
        /// Payee.
        Payee = "payee",
        /// Channel.
        Channel = "channel",
        /// Open item.
        Item = "open item",
        /// Top-up.
        TopUp = "top-up",
        /// Refund.
        Refund = "refund",
        /// Gift card.
        GiftCard = "gift card",
        /// Card.
        Card = "card",
        /// Authorisation.
        Authorisation = "authorisation",
        /// Payment.
        Payment = "payment",
        /// Withdrawal.
        Withdrawal = "withdrawal",
        /// Quote.
        Quote = "quote",
        /// Receiving account.
        Receiver = "receiving account",
        /// Settlement batch.
        Batch = "settlement batch",
        /// Instalment plan.
        Plan = "instalment plan",
        /// Dispute.
        Dispute = "dispute",
        /// Case.
        Case = "case",
        /// Debt.
        Debt = "debt",
    }
}

words! {
    /// Where a thing stands in its life.
    Phase {
        /// Initiated.
        Initiated = "initiated",
        /// Pending.
        Pending = "pending",
        /// Applied.
        Applied = "applied",
        /// Suspended.
        Suspended = "suspended",
        /// Received late.
        ReceivedLate = "received late",
        /// Failed.
        Failed = "failed",
        /// Expired.
        Expired = "expired",
        /// Refunding.
        Refunding = "refunding",
        /// Refund failed.
        RefundFailed = "refund failed",
        /// Refunded.
        Refunded = "refunded",
        /// Charged back.
        ChargedBack = "charged back",
        /// Registered.
        Registered = "registered",
        /// Activated.
        Activated = "activated",
        /// Verified.
        Verified = "verified",
        /// Closed.
        Closed = "closed",
        /// Added.
        Added = "added",
        /// Superseded.
        Superseded = "superseded",
        /// Removed.
        Removed = "removed",
        /// Issued.
        Issued = "issued",
        /// Active.
        Active = "active",
        /// Frozen.
        Frozen = "frozen",
        /// Closing.
        Closing = "closing",
        /// Requested.
        Requested = "requested",
        /// Cancelled.
        Cancelled = "cancelled",
        /// Submitted.
        Submitted = "submitted",
        /// Sent.
        Sent = "sent",
        /// Settled.
        Settled = "settled",
        /// Rejected.
        Rejected = "rejected",
        /// Unknown.
        Unknown = "unknown",
        /// Returned.
        Returned = "returned",
        /// Accepted.
        Accepted = "accepted",
        /// In transit.
        InTransit = "in transit",
        /// Completed.
        Completed = "completed",
        /// Rerouted.
        Rerouted = "rerouted",
        /// Re-credited.
        Recredited = "re-credited",
        /// Locked.
        Locked = "locked",
        /// Executed.
        Executed = "executed",
        /// Authorised.
        Authorised = "authorised",
        /// Paid.
        Paid = "paid",
        /// Released.
        Released = "released",
        /// Reversed.
        Reversed = "reversed",
        /// Open.
        Open = "open",
        /// Cut off.
        CutOff = "cut off",
        /// Slipped.
        Slipped = "slipped",
        /// Overdue.
        Overdue = "overdue",
        /// Written off.
        WrittenOff = "written off",
        /// Credited.
        Credited = "credited",
        /// Won.
        Won = "won",
        /// Lost.
        Lost = "lost",
        /// Redeemed.
        Redeemed = "redeemed",
        /// Cleared.
        Cleared = "cleared",
    }
}

words! {
    /// What can stand in the way of closing an owner.
    Obstacle {
        /// A balance.
        Balance = "a balance",
        /// Holds.
        Holds = "holds",
        /// Top-ups on their way.
        TopUps = "top-ups on their way",
        /// Payouts on their way.
        Payouts = "payouts on their way",
        /// Refunds on their way.
        Refunds = "refunds on their way",
        /// Debts.
        Debts = "debts",
        /// Cards.
        Cards = "cards",
        /// Instalment plans.
        Plans = "instalment plans",
        /// Orders that were not released.
        Escrow = "orders that were not released",
        /// Disputes.
        Disputes = "disputes",
    }
}

/// What stands in the way of closing an owner: a set of obstacles.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OpenThings(u32);

impl OpenThings {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// The same, and this one if it is so.
    #[must_use]
    pub fn and(self, obstacle: Obstacle, is_so: bool) -> Self {
        if is_so { Self(self.0 | Self::bit(obstacle)) } else { self }
    }

    /// The same without this one.
    #[must_use]
    pub fn without(self, obstacle: Obstacle) -> Self {
        Self(self.0 & !Self::bit(obstacle))
    }

    /// Whether it is among them.
    #[must_use]
    pub fn has(self, obstacle: Obstacle) -> bool {
        self.0 & Self::bit(obstacle) != 0
    }

    /// The set as a number, a bit for each in the order of [`Obstacle::ALL`].
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The set of these bits; nothing where a bit stands for no obstacle.
    #[must_use]
    pub fn from_bits(bits: u32) -> Option<Self> {
        let all = Obstacle::ALL.iter().fold(0, |all, one| all | Self::bit(*one));
        (bits & !all == 0).then_some(Self(bits))
    }

    fn bit(obstacle: Obstacle) -> u32 {
        1_u32.checked_shl(obstacle as u32).unwrap_or(0)
    }
}

impl fmt::Display for OpenThings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for obstacle in Obstacle::ALL.iter().filter(|one| self.has(**one)) {
            write!(f, "{}{obstacle}", if first { "" } else { ", " })?;
            first = false;
        }
        Ok(())
    }
}
