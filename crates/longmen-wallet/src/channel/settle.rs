//! Settlement: what a channel pays over for the items that it took, or takes back.

use longmen_core::{AccountNo, Key, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Currency, Sum};

use super::{ChannelCommand, ChannelEvent, SETTLED_ITEMS_MAX, Subsidy};
use crate::draft::{Draft, ItemName, about, not_found};
use crate::house::resource;
use crate::{House, OwnerKind, PoolId, Role};

impl ChannelCommand {
    pub(super) fn plan_settlement(&self, draft: &mut Draft<'_>) -> Result<ChannelEvent, Refusal> {
        let Self::Settle { channel: id, items, net, taken, cost, subsidy, into, suspends } = self else {
            return Err(about(Reason::WrongKind, Thing::Channel));
        };
        let (channel, currency) = (draft.channel(*id)?, net.currency);
        let clearing = channel.clearing(currency).ok_or_else(|| not_found(Thing::SubAccount))?;
        let house = draft.house(channel.pool, currency)?;
        let mut left = settle_items(draft, clearing, items)?;

        let bank = house.account(resource(*into)?);
        pay(
            draft,
            bank,
            clearing,
            if *taken { minor(*net).saturating_neg() } else { minor(*net) },
            &mut left,
        );
        if let Some(cost) = own(*cost, currency)? {
            pay(draft, house.account(Role::ChannelCost), clearing, minor(cost), &mut left);
        }
        if let Some(subsidy) = subsidy {
            let payer = subsidy_account(draft, channel.pool, house, subsidy)?;
            if let Some(sum) = own(Some(subsidy.sum), currency)? {
                pay(draft, payer, clearing, minor(sum), &mut left);
            }
        }
        if left != 0 {
            if !suspends {
                return Err(differs(left));
            }
            suspend(draft, house, clearing, left)?;
        }
        Ok(ChannelEvent::Settled { channel: *id, case: (left != 0).then_some(channel.pool) })
    }
}

/// Clears items, each whole, and says how much the channel owed for them.
///
/// The items are noted one by one and posted as one net by those who know where the money came from, so that money in
/// and money out of the same settlement never meet on one side of a posting.
fn settle_items(draft: &mut Draft<'_>, clearing: AccountNo, items: &[Key]) -> Result<i128, Refusal> {
    if items.is_empty() || items.len() > SETTLED_ITEMS_MAX {
        return Err(Reason::TooManyItems.into());
    }
    let products = draft.products;
    let mut owed = 0_i128;
    for (at, name) in items.iter().enumerate() {
        if items.iter().take(at).any(|earlier| earlier == name) {
            return Err(Reason::ItemTwice.into());
        }
        let item = products.items.get(clearing, name).ok_or_else(|| not_found(Thing::Item))?;
        let open = i128::from(item.open.minor());
        owed = match item.side {
            Side::Debit => owed.saturating_add(open),
            Side::Credit => owed.saturating_sub(open),
        };
        draft.note_item(clearing, item.side.opposite(), ItemName::new(*name, item.owner), item.open)?;
    }
    Ok(owed)
}

/// Posts so much from a clearing account to another one, or back where it is below zero, and takes it off what is left.
fn pay(draft: &mut Draft<'_>, account: AccountNo, clearing: AccountNo, minor: i128, left: &mut i128) {
    *left = left.saturating_sub(minor);
    let amount = magnitude(minor);
    match minor < 0 {
        true => draft.transfer(clearing, account, amount),
        false => draft.transfer(account, clearing, amount),
    }
    draft.end_posting();
}

/// Puts what does not add up into suspense, as an item of the case that the command opens.
fn suspend(draft: &mut Draft<'_>, house: &House, clearing: AccountNo, left: i128) -> Result<(), Refusal> {
    if i128::from(magnitude(left).minor()) != left.abs() {
        return Err(Reason::AmountTooLarge.into());
    }
    let (role, side) = match left < 0 {
        true => (Role::SuspenseCredit, Side::Credit),
        false => (Role::SuspenseDebit, Side::Debit),
    };
    let (suspense, case) = (house.account(role), ItemName::new(draft.key, None));
    pay(draft, suspense, clearing, left, &mut 0);
    draft.note_item(suspense, side, case, magnitude(left))
}

/// A sum of the settlement's currency.
fn own(sum: Option<Sum>, currency: Currency) -> Result<Option<Sum>, Refusal> {
    match sum {
        Some(sum) if sum.currency != currency => Err(Reason::CurrencyMismatch.into()),
        sum => Ok(sum),
    }
}

fn subsidy_account(
    draft: &Draft<'_>,
    pool: PoolId,
    house: &House,
    subsidy: &Subsidy,
) -> Result<AccountNo, Refusal> {
    let Some(merchant) = subsidy.by else { return Ok(house.account(Role::Subsidy)) };
    let merchant = draft.owner(merchant)?;
    merchant.must_be(OwnerKind::Merchant)?;
    if merchant.pool != pool {
        return Err(about(Reason::WrongKind, Thing::Owner));
    }
    merchant.need(Role::Merchant, subsidy.sum.currency)
}

/// The items and the money differ by so much.
fn differs(left: i128) -> Refusal {
    about(Reason::AmountDiffers, Thing::Item).short_by(magnitude(left))
}

fn minor(sum: Sum) -> i128 {
    sum.amount.minor().into()
}

/// So many minor units, whichever way; the largest amount where they are more.
fn magnitude(minor: i128) -> Amount {
    u64::try_from(minor.unsigned_abs()).ok().and_then(Amount::new).unwrap_or(Amount::MAX)
}
