//! Collection: what platforms pay to merchants, and settlement batches with their payees.
//!
//! A merchant has receiving accounts at a bank abroad and tells a marketplace to pay into them. What arrives is the
//! merchant's if the platform has paid it; everything else is kept apart until somebody has said whose it is.

mod apply;
mod batch;
mod receive;
mod record;

use longmen_core::{Key, Phase, Refusal};
use longmen_money::{Currency, Sum};
use serde::{Deserialize, Serialize};

pub use self::record::{Assignment, Batch, Batches, Deposit, Doubt, Pinned, Receiver, Sender};
use crate::draft::Draft;
use crate::name::must_be_token;
use crate::{ChannelId, OwnerId, PayeeId, Role};

/// What can be done to collect money.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CollectionCommand {
    /// Opens a receiving account.
    OpenReceiver {
        /// For which merchant.
        merchant: OwnerId,
        /// In which currency.
        currency: Currency,
        /// A token for its details.
        token: Key,
    },
    /// Notes that the details of a receiving account are others from now on.
    ReplaceReceiverDetails {
        /// The receiving account.
        receiver: Key,
        /// A token for the new details.
        token: Key,
    },
    /// Closes a receiving account; what still arrives is kept apart.
    CloseReceiver {
        /// The receiving account.
        receiver: Key,
    },
    /// Notes into which receiving account a marketplace pays from now on.
    Assign {
        /// The merchant.
        merchant: OwnerId,
        /// The marketplace.
        marketplace: Key,
        /// The currency.
        currency: Currency,
        /// The receiving account.
        receiver: Key,
    },
    /// Books what has arrived.
    Receive {
        /// The channel that tells of it.
        channel: ChannelId,
        /// The reference on that channel.
        reference: Key,
        /// The receiving account that it is for, as the bank names it.
        receiver: Key,
        /// How much.
        sum: Sum,
        /// Who has paid.
        sender: Sender,
        /// Where it arrived: `reserve`, `cross_border` or `nostro`.
        into: Role,
    },
    /// Gives what was kept apart to its owner.
    Identify {
        /// The deposit.
        deposit: Key,
        /// Whose it is.
        owner: OwnerId,
    },
    /// Sends back what was kept apart.
    SendBack {
        /// The deposit.
        deposit: Key,
    },
    /// Books what a platform takes back from a merchant; what the merchant does not have becomes a debt.
    ClawBack {
        /// The channel that takes it.
        channel: ChannelId,
        /// The reference on that channel.
        reference: Key,
        /// From which merchant.
        merchant: OwnerId,
        /// How much.
        sum: Sum,
        /// The account of the resource that was debited for it; without it, the channel takes it off what it pays.
        #[serde(default)]
        from: Option<Role>,
    },
    /// Opens a settlement batch for a cycle.
    OpenBatch {
        /// The merchant.
        merchant: OwnerId,
        /// The currency.
        currency: Currency,
        /// The payee; the version that is paid is the one in use at the cut-off.
        payee: PayeeId,
        /// The settlement cycle.
        cycle: Key,
        /// Journal time in nanoseconds before which it is not cut off.
        cut_off_ns: u64,
    },
    /// Cuts a batch off: all that the merchant has available is on its way, to the payee as it is now.
    CutOff {
        /// The batch.
        batch: Key,
        /// Journal time in nanoseconds by which it should have left.
        due_ns: u64,
    },
    /// Notes that the bank has debited the pool for a batch.
    SendBatch {
        /// The batch.
        batch: Key,
        /// Which account was debited: `reserve`, `cross_border` or `nostro`.
        from: Role,
    },
    /// Notes that the payee has it.
    SettleBatch {
        /// The batch.
        batch: Key,
    },
    /// Puts a batch that was not sent off until the next one (顺延): the merchant has the money again until then.
    Slip {
        /// The batch.
        batch: Key,
        /// The batch that it slips into, of the same merchant and currency and not cut off.
        into: Key,
    },
    /// Books what came back after a batch was sent, even after it was settled.
    ReturnBatch {
        /// The batch.
        batch: Key,
        /// What came back; the operator bears what is missing.
        came: Sum,
        /// The bank's reference.
        reference: Key,
        /// Where it came: `reserve`, `cross_border` or `nostro`.
        into: Role,
    },
}

/// What happened in collection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollectionEvent {
    /// A receiving account was opened.
    ReceiverOpened {
        /// The merchant.
        merchant: OwnerId,
        /// The currency.
        currency: Currency,
        /// A token for its details.
        token: Key,
    },
    /// The details of a receiving account were replaced.
    DetailsReplaced {
        /// The receiving account.
        receiver: Key,
        /// A token for the new details.
        token: Key,
    },
    /// A receiving account was closed.
    ReceiverClosed {
        /// The receiving account.
        receiver: Key,
    },
    /// A marketplace pays into a receiving account from now on.
    Assigned {
        /// The merchant.
        merchant: OwnerId,
        /// The marketplace.
        marketplace: Key,
        /// The currency.
        currency: Currency,
        /// The receiving account.
        receiver: Key,
    },
    /// Money arrived.
    Received {
        /// All of it.
        is: Deposit,
    },
    /// What was kept apart went to its owner.
    Identified {
        /// The deposit.
        deposit: Key,
        /// Whose it is.
        owner: OwnerId,
    },
    /// What was kept apart was sent back.
    SentBack {
        /// The deposit.
        deposit: Key,
    },
    /// A platform took something back.
    ClawedBack {
        /// The channel.
        channel: ChannelId,
        /// The reference on that channel.
        reference: Key,
        /// From which merchant.
        merchant: OwnerId,
        /// How much.
        sum: Sum,
        /// How much of it has become a debt.
        owed: Sum,
    },
    /// A batch was opened.
    BatchOpened {
        /// All of it.
        is: Batch,
    },
    /// A batch was cut off.
    CutOff {
        /// The batch.
        batch: Key,
        /// What was fixed.
        pinned: Pinned,
    },
    /// The bank has debited the pool for a batch.
    BatchSent {
        /// The batch.
        batch: Key,
        /// From which account.
        from: Role,
    },
    /// The payee has it.
    BatchSettled {
        /// The batch.
        batch: Key,
    },
    /// A batch was put off.
    Slipped {
        /// The batch.
        batch: Key,
        /// Until which one.
        into: Key,
    },
    /// A batch came back.
    BatchReturned {
        /// The batch.
        batch: Key,
        /// What came back.
        came: Sum,
        /// The bank's reference.
        reference: Key,
    },
}

impl CollectionCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<CollectionEvent, Refusal> {
        match *self {
            Self::OpenReceiver { merchant, currency, token } => {
                must_be_token(token.as_str())?;
                receive::open(draft, merchant, currency, token)
            }
            Self::ReplaceReceiverDetails { receiver, token } => {
                must_be_token(token.as_str())?;
                receive::active(draft, receiver)?;
                Ok(CollectionEvent::DetailsReplaced { receiver, token })
            }
            Self::CloseReceiver { receiver } => receive::close(draft, receiver),
            Self::Assign { merchant, marketplace, currency, receiver } => {
                receive::assign(draft, merchant, currency, receiver)?;
                Ok(CollectionEvent::Assigned { merchant, marketplace, currency, receiver })
            }
            Self::Receive { channel, reference, receiver, sum, sender, into } => {
                let came = receive::Came { channel, reference, receiver, sum, sender, into };
                receive::receive(draft, came)
            }
            Self::Identify { deposit, owner } => receive::identify(draft, deposit, owner),
            Self::SendBack { deposit } => receive::send_back(draft, deposit),
            Self::ClawBack { channel, reference, merchant, sum, from } => {
                let owed = receive::claw_back(draft, (channel, reference), merchant, sum, from)?;
                Ok(CollectionEvent::ClawedBack { channel, reference, merchant, sum, owed })
            }
            Self::OpenBatch { merchant, currency, payee, cycle, cut_off_ns } => {
                batch::open(draft, merchant, currency, payee, cycle, cut_off_ns)
            }
            Self::CutOff { batch, due_ns } => batch::cut_off(draft, batch, due_ns),
            Self::SendBatch { batch, from } => batch::send(draft, batch, from),
            Self::SettleBatch { batch } => {
                batch::find(draft, batch, Phase::Settled)?;
                Ok(CollectionEvent::BatchSettled { batch })
            }
            Self::Slip { batch, into } => batch::slip(draft, batch, into),
            Self::ReturnBatch { batch, came, reference, into } => {
                batch::come_back(draft, batch, came, into)?;
                Ok(CollectionEvent::BatchReturned { batch, came, reference })
            }
        }
    }
}
