//! Channels: how money comes in and goes out, and how it is settled, item by item.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use longmen_core::{AccountNo, Key, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Currency};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, ItemName, about, exists, not_found};
use crate::house::resource;
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::{ChannelId, PoolId, Products, Role};

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
    /// WeChat Pay.
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
    /// The clearing accounts, one for each currency.
    pub accounts: Vec<(Currency, AccountNo)>,
    /// Every reference of the channel that was seen, for ever: callbacks come again for more than a day.
    pub seen: BTreeSet<Key>,
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
    },
    /// Books what a channel has paid over: the items that it settles, its cost, and the net that arrived.
    ///
    /// What it owes and what it takes back stand against each other. What does not add up is refused, unless the
    /// difference is put into suspense.
    Settle {
        /// The channel.
        channel: ChannelId,
        /// The currency.
        currency: Currency,
        /// The references of the items that it settles, each whole.
        items: Vec<Key>,
        /// What arrived.
        net: Amount,
        /// What the channel kept for itself.
        cost: Amount,
        /// Where it arrived: `reserve`, `cross_border` or `nostro`.
        into: Role,
        /// The name of a case for a difference between items, cost and net.
        #[serde(default)]
        difference: Option<Key>,
    },
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
    },
    /// It settled items.
    Settled {
        /// The channel.
        channel: ChannelId,
    },
}

impl ChannelCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<ChannelEvent, Refusal> {
        match self {
            Self::Open { channel, kind, pool, currencies } => {
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
                let currencies = currencies.clone();
                Ok(ChannelEvent::Opened { channel: *channel, kind: *kind, pool: *pool, currencies })
            }
            Self::Settle { channel, currency, items, net, cost, into, difference } => {
                let settled = Settled { items, net: *net, cost: *cost, into: *into, difference: *difference };
                settle(draft, *channel, *currency, &settled)?;
                Ok(ChannelEvent::Settled { channel: *channel })
            }
        }
    }
}

struct Settled<'a> {
    items: &'a [Key],
    net: Amount,
    cost: Amount,
    into: Role,
    difference: Option<Key>,
}

fn settle(
    draft: &mut Draft<'_>,
    id: ChannelId,
    currency: Currency,
    own: &Settled<'_>,
) -> Result<(), Refusal> {
    let channel = draft.channel(id)?;
    let clearing = channel.clearing(currency).ok_or_else(|| not_found(Thing::SubAccount))?;
    let house = draft.house(channel.pool, currency)?;
    if own.items.is_empty() || own.items.len() > SETTLED_ITEMS_MAX {
        return Err(Reason::TooManyItems.into());
    }
    let products = draft.products;
    let mut owed = 0_i128;
    for (at, name) in own.items.iter().enumerate() {
        if own.items.iter().take(at).any(|earlier| earlier == name) {
            return Err(Reason::ItemTwice.into());
        }
        let item = products.items.get(clearing, name).ok_or_else(|| not_found(Thing::Item))?;
        let open = i128::from(item.open.minor());
        owed = match item.side {
            Side::Debit => owed.saturating_add(open),
            Side::Credit => owed.saturating_sub(open),
        };
        draft.item(clearing, item.side.opposite(), ItemName::new(*name, item.owner), item.open)?;
    }
    draft.debit(house.account(resource(own.into)?), own.net);
    draft.debit(house.account(Role::ChannelCost), own.cost);
    let came = i128::from(own.net.minor()).saturating_add(own.cost.minor().into());
    let short = owed.saturating_sub(came);
    if short != 0 {
        let case = own.difference.ok_or_else(|| about(Reason::AmountDiffers, Thing::Item))?;
        let amount = u64::try_from(short.unsigned_abs()).ok().and_then(Amount::new);
        let amount = amount.ok_or(Reason::AmountTooLarge)?;
        let (role, side) = match short > 0 {
            true => (Role::SuspenseDebit, Side::Debit),
            false => (Role::SuspenseCredit, Side::Credit),
        };
        draft.item(house.account(role), side, ItemName::new(case, None), amount)?;
    }
    Ok(())
}

impl ChannelEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        let Self::Opened { channel, kind, pool, currencies } = self else { return Ok(()) };
        if products.channels.get(*channel).is_some() {
            return Err("it opens a channel that is open");
        }
        let account = |(no, currency): (usize, &Currency)| {
            at.opened(no).map(|account| (*currency, account)).ok_or("a channel has no account")
        };
        let accounts = currencies.iter().enumerate().map(account).collect::<Result<_, _>>()?;
        let (id, kind, pool) = (*channel, *kind, *pool);
        products.channels.push(Channel { id, kind, pool, accounts, seen: BTreeSet::new() });
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
}

impl Products {
    /// Notes a reference of a channel: it is not taken a second time.
    pub(crate) fn saw(&mut self, channel: ChannelId, reference: Key) -> Result<(), &'static str> {
        let own = self.channels.get_mut(channel).ok_or("it names a channel that is not open")?;
        own.seen.insert(reference);
        Ok(())
    }
}
