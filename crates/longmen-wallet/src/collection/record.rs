//! What is kept of receiving accounts, of what came into them, and of settlement batches.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use longmen_core::{Key, Phase};
use longmen_money::{Currency, Sum};
use serde::{Deserialize, Serialize};

use crate::table::{Named, Table};
use crate::{ChannelId, OwnerId, PayeeId, PayeeRef, PoolId, Role};

/// A receiving account: an account at a bank in which a merchant is paid in one currency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Receiver {
    /// The key of the command that opened it.
    pub name: Key,
    /// Whose it is.
    pub merchant: OwnerId,
    /// Its currency.
    pub currency: Currency,
    /// A token for each version of its details, the latest last; never the details themselves.
    pub tokens: Vec<Key>,
    /// Where it stands: active, closed.
    pub phase: Phase,
}

/// Which receiving account a merchant has told a marketplace to pay into: its deposit method (存款方式).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Assignment {
    /// The currency.
    pub currency: Currency,
    /// The receiving account.
    pub receiver: Key,
    /// Journal time in nanoseconds from which it is so.
    pub since_ns: u64,
}

/// Who has paid, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    /// The platform, for the merchant's sales.
    Platform,
    /// A buyer, straight to the merchant.
    Buyer,
    /// Nobody that is known.
    Unknown,
}

/// Why a deposit is kept apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// No receiving account of that name is known in the pool.
    UnknownReceiver,
    /// The receiving account was closed, or its merchant's wallet was.
    ClosedReceiver,
    /// Nobody knows who has paid.
    UnknownSender,
    /// A buyer has paid straight to a merchant who may not be paid so.
    DirectPayment,
    /// It is not in the currency of the receiving account.
    WrongCurrency,
    /// Nothing new may come into the wallet.
    Frozen,
}

/// Money that came into a receiving account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Deposit {
    /// The key of the command that booked it, and the name of its item while it is kept apart.
    pub name: Key,
    /// The channel that has told of it.
    pub channel: ChannelId,
    /// The reference on that channel.
    pub reference: Key,
    /// Its pool.
    pub pool: PoolId,
    /// Whose receiving account it was for, if that is known.
    pub merchant: Option<OwnerId>,
    /// How much.
    pub sum: Sum,
    /// Who has paid.
    pub sender: Sender,
    /// The account of the pool's resource that it came into.
    pub into: Role,
    /// Why it is kept apart, or was.
    pub doubt: Option<Doubt>,
    /// Where it stands: open while it is kept apart, credited, returned.
    pub phase: Phase,
}

/// A settlement batch: what a merchant is paid out for one cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// The key of the command that opened it.
    pub name: Key,
    /// Whose money.
    pub merchant: OwnerId,
    /// The currency.
    pub currency: Currency,
    /// To which payee.
    pub payee: PayeeId,
    /// The settlement cycle.
    pub cycle: Key,
    /// Journal time in nanoseconds before which it is not cut off.
    pub cut_off_ns: u64,
    /// Where it stands.
    pub phase: Phase,
    /// What was fixed when it was cut off.
    pub pinned: Option<Pinned>,
    /// The batch that it has slipped into.
    pub slipped_into: Option<Key>,
    /// The bank's reference of what came back, if it did.
    pub returned: Option<Key>,
}

/// What is fixed when a batch is cut off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pinned {
    /// Which version of the payee is paid.
    pub payee: PayeeRef,
    /// How much.
    pub sum: Sum,
    /// Journal time in nanoseconds by which it should have left.
    pub due_ns: u64,
}

macro_rules! named_by_key {
    ($($type:ident),+) => {
        $(impl Named for $type {
            type Name = Key;

            fn name(&self) -> Key {
                self.name
            }
        })+
    };
}

named_by_key!(Receiver, Deposit, Batch);

/// Receiving accounts, what came into them, and settlement batches.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Batches {
    /// The receiving accounts.
    pub receivers: Table<Receiver>,
    /// Every deposit.
    pub deposits: Table<Deposit>,
    /// Every batch.
    pub batches: Table<Batch>,
    pub(super) assignments: BTreeMap<(OwnerId, Key), Vec<Assignment>>,
    pub(super) cycles: BTreeSet<(OwnerId, Key, [u8; 4])>,
}

impl Batches {
    /// What a merchant has told a marketplace, the latest last.
    #[must_use]
    pub fn assignments(&self, merchant: OwnerId, marketplace: Key) -> &[Assignment] {
        self.assignments.get(&(merchant, marketplace)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Into which receiving account a marketplace pays a merchant in a currency now.
    #[must_use]
    pub fn assigned(&self, merchant: OwnerId, marketplace: Key, currency: Currency) -> Option<Key> {
        let all = self.assignments(merchant, marketplace);
        all.iter().rev().find(|own| own.currency == currency).map(|own| own.receiver)
    }
}
