//! Channels: how money comes in and goes out, and how it is settled, item by item.

mod settle;

use alloc::vec::Vec;
use core::num::NonZeroU64;

use longmen_core::{AccountNo, Key, Reason, Refusal, Side, Thing};
use longmen_money::{Currency, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, ItemName, about, exists, not_found};
use crate::seen::Seen;
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::{Case, ChannelId, OwnerId, PoolId, Products, Role};

/// The most items that one command may settle.
pub const SETTLED_ITEMS_MAX: usize = 120;

/// What a channel is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Bank cards of the country, credit or debit.
    BankCard,
    /// Alipay.
    Alipay,
    /// `WeChat` Pay.
    WeChat,
    /// Cards from abroad, for which buyers pay on top.
    InternationalCard,
    /// A lender who pays at once and is paid by the buyer in instalments, such as Huabei.
    Lender,
    /// Whoever sells gift cards.
    GiftCard,
    /// A marketplace that pays out to merchants.
    Platform,
}

/// A channel.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Channel {
    /// The name.
    pub id: ChannelId,
    /// What it is.
    pub kind: ChannelKind,
    /// The pool that it settles into.
    pub pool: PoolId,
    /// Within how many nanoseconds it pays over what it took, such as until the end of the next day (T+1). What is open
    /// longer covers nothing any more. Without it nothing is overdue by itself.
    pub settles_within_ns: Option<NonZeroU64>,
    /// The clearing accounts, one for each currency.
    pub accounts: Vec<(Currency, AccountNo)>,
    /// Every reference of the channel that was seen, for ever: callbacks come again for more than a day.
    pub seen: Seen,
}

impl Named for Channel {
    type Name = ChannelId;

    fn name(&self) -> ChannelId {
        self.id
    }
}

/// All channels.
pub type Channels = Table<Channel>;

impl Channel {
    /// The clearing account in a currency.
    #[must_use]
    pub fn clearing(&self, currency: Currency) -> Option<AccountNo> {
        self.accounts.iter().find(|(own, _)| *own == currency).map(|(_, account)| *account)
    }
}

/// What can be done with channels.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ChannelCommand {
    /// Opens a channel with a clearing account for each currency.
    Open {
        /// The name.
        channel: ChannelId,
        /// What it is.
        kind: ChannelKind,
        /// The pool that it settles into.
        pool: PoolId,
        /// The currencies.
        currencies: Vec<Currency>,
        /// Within how many nanoseconds it pays over what it took; without it nothing is overdue by itself.
        #[serde(default)]
        settles_within_ns: Option<NonZeroU64>,
    },
    /// Books what a channel has paid over: the items that it settles, its cost, and the net that arrived.
    ///
    /// What it owes and what it takes back stand against each other. What does not add up is refused, unless the
    /// difference is put into suspense.
    Settle {
        /// The channel.
        channel: ChannelId,
        /// The references of the items that it settles, each whole.
        items: Vec<Key>,
        /// What arrived; its currency is that of the settlement.
        net: Sum,
        /// Whether the channel took the net instead, because refunds were more than what it owed.
        #[serde(default)]
        taken: bool,
        /// What the channel kept for itself.
        #[serde(default)]
        cost: Option<Sum>,
        /// What a lender kept because somebody pays the interest in the buyer's place.
        #[serde(default)]
        subsidy: Option<Subsidy>,
        /// Where it arrived, or was taken: `reserve`, `cross_border` or `nostro`.
        into: Role,
        /// Whether a difference between items and money opens a case, named by the key of this command.
        #[serde(default)]
        suspends: bool,
    },
}

/// Interest that somebody pays in the buyer's place (免息).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subsidy {
    /// How much.
    pub sum: Sum,
    /// The merchant who pays it; without one the operator does.
    #[serde(default)]
    pub by: Option<OwnerId>,
}

/// Who pays what was claimed, or is paid what is lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Counterparty {
    /// A channel, with its next settlement.
    Channel {
        /// Which.
        channel: ChannelId,
        /// Its reference, new on that channel: the name of the open item.
        reference: Key,
    },
    /// The card networks.
    Network {},
}

/// What happened to a channel.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelEvent {
    /// It was opened.
    Opened {
        /// The name.
        channel: ChannelId,
        /// What it is.
        kind: ChannelKind,
        /// The pool.
        pool: PoolId,
        /// The currencies.
        currencies: Vec<Currency>,
        /// Within how many nanoseconds it settles.
        settles_within_ns: Option<NonZeroU64>,
    },
    /// It settled items.
    Settled {
        /// The channel.
        channel: ChannelId,
        /// The pool in whose suspense a difference went, if there was one: a case of the command's key is open.
        case: Option<PoolId>,
    },
}

impl ChannelCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<ChannelEvent, Refusal> {
        match self {
            Self::Open { channel, kind, pool, currencies, settles_within_ns } => {
                if draft.products.channels.get(*channel).is_some() {
                    return Err(exists(Thing::Channel));
                }
                for (at, currency) in currencies.iter().enumerate() {
                    if currencies.iter().take(at).any(|earlier| earlier == currency) {
                        return Err(exists(Thing::SubAccount));
                    }
                    draft.house(*pool, *currency)?;
                    draft.open_account(channel.as_str(), *currency, Role::Clearing, false)?;
                }
                Ok(ChannelEvent::Opened {
                    channel: *channel,
                    kind: *kind,
                    pool: *pool,
                    currencies: currencies.clone(),
                    settles_within_ns: *settles_within_ns,
                })
            }
            Self::Settle { .. } => self.plan_settlement(draft),
        }
    }
}

impl ChannelEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        let (channel, kind, pool, currencies, settles_within_ns) = match self {
            Self::Opened { channel, kind, pool, currencies, settles_within_ns } => {
                (channel, kind, pool, currencies, settles_within_ns)
            }
            Self::Settled { case: Some(pool), .. } => return products.cases.open(Case::new(at, *pool)?),
            Self::Settled { .. } => return Ok(()),
        };
        if products.channels.get(*channel).is_some() {
            return Err("it opens a channel that is open");
        }
        let account = |(no, currency): (usize, &Currency)| {
            at.opened(no).map(|account| (*currency, account)).ok_or("a channel has no account")
        };
        let accounts = currencies.iter().enumerate().map(account).collect::<Result<_, _>>()?;
        products.channels.push(Channel {
            id: *channel,
            kind: *kind,
            pool: *pool,
            settles_within_ns: *settles_within_ns,
            accounts,
            seen: Seen::default(),
        });
        Ok(())
    }
}

impl<'a> Draft<'a> {
    /// A channel.
    pub(crate) fn channel(&self, id: ChannelId) -> Result<&'a Channel, Refusal> {
        self.products.channels.get(id).ok_or_else(|| not_found(Thing::Channel))
    }

    /// The clearing account of a channel that settles into a pool, for a reference that is new on that channel.
    ///
    /// The event must note the reference with [`Products::saw`].
    pub(crate) fn clearing(
        &self,
        id: ChannelId,
        pool: PoolId,
        currency: Currency,
        reference: &Key,
    ) -> Result<AccountNo, Refusal> {
        let channel = self.channel(id)?;
        if channel.pool != pool {
            return Err(about(Reason::WrongKind, Thing::Channel));
        }
        if channel.seen.contains(reference) {
            return Err(about(Reason::ReferenceUsed, Thing::Channel));
        }
        channel.clearing(currency).ok_or_else(|| not_found(Thing::SubAccount))
    }

    /// Debits whoever pays a claim, or credits whoever is paid; the other side is left to the caller.
    ///
    /// The event must note a channel's reference with [`Products::saw_counterparty`].
    pub(crate) fn counterparty(
        &mut self,
        with: Counterparty,
        pool: PoolId,
        side: Side,
        sum: Sum,
    ) -> Result<(), Refusal> {
        match with {
            Counterparty::Channel { channel, reference } => {
                let clearing = self.clearing(channel, pool, sum.currency, &reference)?;
                self.item(clearing, side, ItemName::new(reference, None), sum.amount)
            }
            Counterparty::Network {} => {
                let network = self.house(pool, sum.currency)?.account(Role::Network);
                match side {
                    Side::Debit => self.debit(network, sum.amount),
                    Side::Credit => self.credit(network, sum.amount),
                }
                Ok(())
            }
        }
    }

    /// By when what is posted to a clearing account now should be settled, if its channel says within what time.
    pub(crate) fn settles_by_ns(&self, account: AccountNo) -> Option<u64> {
        if self.products.role(account) != Some(Role::Clearing) {
            return None;
        }
        let is_own = |channel: &&Channel| channel.accounts.iter().any(|(_, own)| *own == account);
        let within = self.products.channels.iter().find(is_own)?.settles_within_ns?;
        Some(self.now_ns.saturating_add(within.get()))
    }
}

impl Products {
    /// Notes a reference of a channel: it is not taken a second time.
    pub(crate) fn saw(&mut self, channel: ChannelId, reference: Key) -> Result<(), &'static str> {
        let own = self.channels.get_mut(channel).ok_or("it names a channel that is not open")?;
        own.seen.insert(reference);
        Ok(())
    }

    /// Notes the reference of a channel that pays or is paid.
    pub(crate) fn saw_counterparty(&mut self, with: Counterparty) -> Result<(), &'static str> {
        match with {
            Counterparty::Channel { channel, reference } => self.saw(channel, reference),
            Counterparty::Network {} => Ok(()),
        }
    }
}
