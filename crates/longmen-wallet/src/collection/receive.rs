//! Receiving accounts and what comes into them.

use longmen_core::{Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::{Amount, Currency, Sum};

use super::{CollectionEvent, Deposit, Doubt, Receiver, Sender};
use crate::draft::{Draft, ItemName, about, not_found};
use crate::house::resource;
use crate::machine::{forbids, go};
use crate::terms::FindTerms;
use crate::{Channel, ChannelId, Owner, OwnerId, OwnerKind, PoolId, Products, Role};

pub(super) fn open(
    draft: &Draft<'_>,
    merchant: OwnerId,
    currency: Currency,
    token: Key,
) -> Result<CollectionEvent, Refusal> {
    let owner = draft.owner(merchant)?;
    owner.must_be(OwnerKind::Merchant)?;
    owner.must_be_open()?;
    owner.need(Role::Merchant, currency)?;
    Ok(CollectionEvent::ReceiverOpened { merchant, currency, token })
}

fn find<'a>(draft: &Draft<'a>, name: Key) -> Result<&'a Receiver, Refusal> {
    draft.products.batches.receivers.get(name).ok_or_else(|| not_found(Thing::Receiver))
}

/// A receiving account that was not closed.
pub(super) fn active<'a>(draft: &Draft<'a>, name: Key) -> Result<&'a Receiver, Refusal> {
    let own = find(draft, name)?;
    if own.phase == Phase::Active { Ok(own) } else { Err(forbids(Thing::Receiver, own.phase)) }
}

pub(super) fn close(draft: &Draft<'_>, receiver: Key) -> Result<CollectionEvent, Refusal> {
    go(Thing::Receiver, find(draft, receiver)?.phase, Phase::Closed)?;
    Ok(CollectionEvent::ReceiverClosed { receiver })
}

pub(super) fn assign(
    draft: &Draft<'_>,
    merchant: OwnerId,
    currency: Currency,
    receiver: Key,
) -> Result<(), Refusal> {
    draft.owner(merchant)?.must_be_open()?;
    let own = active(draft, receiver)?;
    if own.merchant != merchant {
        return Err(about(Reason::WrongOwner, Thing::Receiver));
    }
    if own.currency == currency { Ok(()) } else { Err(Reason::CurrencyMismatch.into()) }
}

/// What has arrived, as the command says it.
#[derive(Clone, Copy)]
pub(super) struct Came {
    pub(super) channel: ChannelId,
    pub(super) reference: Key,
    pub(super) receiver: Key,
    pub(super) sum: Sum,
    pub(super) sender: Sender,
    pub(super) into: Role,
}

/// Books what has arrived, whatever is wrong with it: the bank has it already.
pub(super) fn receive(draft: &mut Draft<'_>, came: Came) -> Result<CollectionEvent, Refusal> {
    let Came { channel, reference, receiver, sum, sender, into } = came;
    draft.not_zero(sum)?;
    let pool = new_on(draft, channel, &reference)?.pool;
    let house = draft.house(pool, sum.currency)?;
    let owner = merchant_of(draft.products, receiver, pool);
    let doubt = doubt(draft.products, &came, owner);
    draft.debit(house.account(resource(into)?), sum.amount);
    if let Some((_, owner)) = owner.filter(|_| doubt.is_none()) {
        let account = owner.need(Role::Merchant, sum.currency)?;
        draft.credit(account, sum.amount);
        draft.end_posting_forced();
        draft.recover_by_terms(owner, account, sum)?;
    } else {
        let whose = owner.filter(|_| sender == Sender::Platform).map(|(_, owner)| owner.id);
        let item = ItemName::new(draft.key, whose);
        draft.item(house.account(Role::Unidentified), Side::Credit, item, sum.amount)?;
    }
    let merchant = owner.map(|(_, owner)| owner.id);
    let phase = if doubt.is_none() { Phase::Credited } else { Phase::Open };
    let name = draft.key;
    let is = Deposit { name, channel, reference, pool, merchant, sum, sender, into, doubt, phase };
    Ok(CollectionEvent::Received { is })
}

/// A channel on which a reference is new.
fn new_on<'a>(draft: &Draft<'a>, id: ChannelId, reference: &Key) -> Result<&'a Channel, Refusal> {
    let channel = draft.channel(id)?;
    if channel.seen.contains(reference) {
        return Err(about(Reason::ReferenceUsed, Thing::Channel));
    }
    Ok(channel)
}

/// A receiving account in a pool, and whose it is.
fn merchant_of(products: &Products, receiver: Key, pool: PoolId) -> Option<(&Receiver, &Owner)> {
    let receiver = products.batches.receivers.get(receiver)?;
    let owner = products.owners.get(receiver.merchant).filter(|owner| owner.pool == pool)?;
    Some((receiver, owner))
}

/// Why a deposit cannot go to a merchant, if it cannot.
fn doubt(products: &Products, came: &Came, owner: Option<(&Receiver, &Owner)>) -> Option<Doubt> {
    let Some((receiver, owner)) = owner else { return Some(Doubt::UnknownReceiver) };
    if receiver.phase == Phase::Closed || owner.phase == Phase::Closed {
        Some(Doubt::ClosedReceiver)
    } else if came.sender == Sender::Unknown {
        Some(Doubt::UnknownSender)
    } else if came.sender == Sender::Buyer && !takes_direct(products, owner) {
        Some(Doubt::DirectPayment)
    } else if receiver.currency != came.sum.currency {
        Some(Doubt::WrongCurrency)
    } else if owner.credit_frozen {
        Some(Doubt::Frozen)
    } else {
        None
    }
}

/// Whether anyone may pay straight into an owner's wallet.
fn takes_direct(products: &Products, owner: &Owner) -> bool {
    products.terms.wallet_terms_at(owner.terms).is_some_and(|terms| terms.direct_receipts)
}

/// A deposit that may go into another phase.
fn deposit<'a>(draft: &Draft<'a>, name: Key, to: Phase) -> Result<&'a Deposit, Refusal> {
    let own = draft.products.batches.deposits.get(name).ok_or_else(|| not_found(Thing::Item))?;
    go(Thing::Item, own.phase, to)?;
    Ok(own)
}

/// Debits what was kept apart of a deposit.
fn take(draft: &mut Draft<'_>, own: &Deposit) -> Result<(), Refusal> {
    let unidentified = draft.house(own.pool, own.sum.currency)?.account(Role::Unidentified);
    draft.item(unidentified, Side::Debit, ItemName::new(own.name, None), own.sum.amount)
}

pub(super) fn identify(draft: &mut Draft<'_>, name: Key, id: OwnerId) -> Result<CollectionEvent, Refusal> {
    let own = deposit(draft, name, Phase::Credited)?;
    let owner = draft.owner(id)?;
    owner.must_be_open()?;
    if owner.pool != own.pool {
        return Err(about(Reason::WrongKind, Thing::Pool));
    }
    if own.sender == Sender::Buyer && !takes_direct(draft.products, owner) {
        return Err(about(Reason::NotOffered, Thing::Owner));
    }
    let account = owner.need(owner.main_role(), own.sum.currency)?;
    take(draft, own)?;
    draft.credit(account, own.sum.amount);
    draft.recover_by_terms(owner, account, own.sum)?;
    Ok(CollectionEvent::Identified { deposit: name, owner: id })
}

pub(super) fn send_back(draft: &mut Draft<'_>, name: Key) -> Result<CollectionEvent, Refusal> {
    let own = deposit(draft, name, Phase::Returned)?;
    take(draft, own)?;
    let account = draft.house(own.pool, own.sum.currency)?.account(own.into);
    draft.credit(account, own.sum.amount);
    Ok(CollectionEvent::SentBack { deposit: name })
}

/// Books what a platform takes back, and says what of it has become a debt.
pub(super) fn claw_back(
    draft: &mut Draft<'_>,
    (channel, reference): (ChannelId, Key),
    merchant: OwnerId,
    sum: Sum,
    from: Option<Role>,
) -> Result<Sum, Refusal> {
    draft.not_zero(sum)?;
    let owner = draft.owner(merchant)?;
    owner.must_be(OwnerKind::Merchant)?;
    let account = owner.need(Role::Merchant, sum.currency)?;
    let clearing = draft.clearing(channel, owner.pool, sum.currency, &reference)?;
    let owed = sum.amount.checked_sub(draft.available(account)).unwrap_or(Amount::ZERO);
    draft.debit_or_owe(merchant, owner.pool, account, sum, draft.key)?;
    match from {
        // The channel takes it off what it pays next.
        None => {
            let item = ItemName::new(reference, Some(merchant));
            draft.item(clearing, Side::Credit, item, sum.amount)?;
            draft.end_posting_forced();
        }
        // A bank account was debited for it: what the channel had to get it has got.
        Some(role) => {
            let bank = draft.house(owner.pool, sum.currency)?.account(resource(role)?);
            draft.credit(clearing, sum.amount);
            draft.end_posting_forced();
            draft.transfer(clearing, bank, sum.amount);
        }
    }
    Ok(Sum::new(owed, sum.currency))
}
