//! Commands of the house, of terms, owners and payees.

use longmen_core::{Key, Phase};
use longmen_money::Currency;
use longmen_wallet::{
    HouseCommand, OwnerCommand, OwnerId, OwnerKind, PayeeCommand, PayeeId, PoolId, Rail, Role, TermsCommand,
};

use super::dice::Dice;
use crate::teller::read;

pub(super) fn pool(dice: &mut Dice<'_>) -> PoolId {
    read(if dice.odd(6) { "cards" } else { "emoney" })
}

pub(super) fn open_house(dice: &mut Dice<'_>) -> Option<HouseCommand> {
    let currency = dice.of(&["JPY", "EUR", "KWD", "CNY"]);
    Some(HouseCommand::Open { pool: pool(dice), currency: read(currency) })
}

pub(super) fn invest(dice: &mut Dice<'_>) -> Option<HouseCommand> {
    let currency = dice.currency();
    Some(HouseCommand::Invest { pool: pool(dice), sum: dice.price(currency) })
}

pub(super) fn prefund(dice: &mut Dice<'_>) -> Option<HouseCommand> {
    let currency = dice.currency();
    Some(HouseCommand::Prefund { pool: pool(dice), into: dice.bank(currency), sum: dice.price(currency) })
}

pub(super) fn sweep(dice: &mut Dice<'_>) -> Option<HouseCommand> {
    let currency = dice.currency();
    Some(HouseCommand::Sweep { pool: pool(dice), from: dice.bank(currency), sum: dice.price(currency) })
}

pub(super) fn shift(dice: &mut Dice<'_>) -> Option<HouseCommand> {
    let (from, into) = if dice.below(2) == 0 { ("emoney", "cards") } else { ("cards", "emoney") };
    let sum = dice.price(Currency::CNY);
    Some(HouseCommand::Shift { from: read(from), into: read(into), account: Role::Reserve, sum })
}

pub(super) fn pay_network(dice: &mut Dice<'_>) -> Option<HouseCommand> {
    let sum = dice.price(Currency::CNY);
    Some(HouseCommand::PayNetwork { pool: pool(dice), from: dice.bank(sum.currency), sum })
}

pub(super) fn terms(dice: &mut Dice<'_>) -> Option<TermsCommand> {
    let all: Vec<_> = dice.products().terms.iter().collect();
    let own = all[dice.below(all.len())];
    let is = own.versions.last().unwrap().terms.clone();
    let from_ns = if dice.odd(4) { Some(dice.later()) } else { None };
    Some(TermsCommand::Set { terms: own.id, from_ns, is })
}

pub(super) fn register(dice: &mut Dice<'_>) -> Option<OwnerCommand> {
    let owner = format!("o{}", dice.below(12));
    let (kind, terms) = dice.of(&[
        (OwnerKind::Customer, "consumer"),
        (OwnerKind::Customer, "limited"),
        (OwnerKind::Customer, "newest"),
        (OwnerKind::Merchant, "seller"),
        (OwnerKind::Merchant, "topup"),
    ]);
    let currencies = dice.of(&[&["CNY", "USD"][..], &["CNY"], &["USD", "CNY"], &["CNY", "CNY"]]);
    Some(OwnerCommand::Register {
        owner: read(&owner),
        kind,
        pool: if dice.odd(10) { read("cards") } else { read("emoney") },
        terms: read(terms),
        currencies: currencies.iter().map(|code| read(code)).collect(),
    })
}

pub(super) fn open_currency(dice: &mut Dice<'_>) -> Option<OwnerCommand> {
    let owner = dice.owner();
    let own = dice.products().owners.get(owner);
    let lacks =
        |currency: &Currency| own.is_some_and(|own| own.account(own.main_role(), *currency).is_none());
    let houses: Vec<_> = dice.products().houses.iter().map(|(_, currency, _)| currency).collect();
    let currency = dice.any(houses.into_iter().map(|currency| (currency, lacks(&currency))))?;
    Some(OwnerCommand::OpenCurrency { owner, currency })
}

pub(super) fn open_purse(dice: &mut Dice<'_>) -> Option<OwnerCommand> {
    Some(OwnerCommand::OpenPurse { owner: dice.customer(), currency: dice.currency() })
}

fn owner_in(dice: &mut Dice<'_>, phases: &[Phase]) -> Option<OwnerId> {
    let all: Vec<_> = dice.products().owners.iter().map(|own| (own.id, own.phase)).collect();
    dice.thing(all, phases)
}

pub(super) fn activate(dice: &mut Dice<'_>) -> Option<OwnerCommand> {
    Some(OwnerCommand::Activate { owner: owner_in(dice, &[Phase::Registered])? })
}

pub(super) fn verify(dice: &mut Dice<'_>) -> Option<OwnerCommand> {
    let owner = owner_in(dice, &[Phase::Activated])?;
    Some(OwnerCommand::Verify { owner, tier: dice.of(&[1, 1, 2, 0]) })
}

pub(super) fn freeze(dice: &mut Dice<'_>) -> Option<OwnerCommand> {
    let frozen = dice.products().owners.iter().map(|own| (own.id, own.debit_frozen || own.credit_frozen));
    let frozen: Vec<_> = frozen.collect();
    // What is frozen is mostly thawed, so that the run does not end in ice.
    let is_thawed = dice.below(3) < 2 && frozen.iter().any(|(_, is_frozen)| *is_frozen);
    let owner = if is_thawed { dice.any(frozen)? } else { dice.owner() };
    let (debit, credit) = if is_thawed {
        (false, false)
    } else {
        dice.of(&[(true, false), (false, true), (true, true), (false, false)])
    };
    Some(OwnerCommand::Freeze { owner, debit, credit })
}

pub(super) fn close(dice: &mut Dice<'_>) -> Option<OwnerCommand> {
    // Mostly those who came later: somebody has to be there for the rest.
    let all: Vec<_> =
        dice.products().owners.iter().map(|own| (own.id, own.id.as_str().starts_with('o'))).collect();
    let owner = dice.any(all)?;
    Some(OwnerCommand::Close { owner, sets_aside: dice.below(3) > 0 })
}

pub(super) fn set_aside(dice: &mut Dice<'_>) -> Option<OwnerCommand> {
    let books = dice.teller.state.books();
    let has = |no| books.account_at(no).is_some_and(|own| own.balance().available().minor() > 0);
    let all = dice.products().owners.iter().filter(|own| own.phase == Phase::Registered);
    let all: Vec<_> = all.map(|own| (own.id, own.accounts.iter().any(|own| has(own.account)))).collect();
    Some(OwnerCommand::SetAside { owner: dice.any(all)? })
}

pub(super) fn reclaim(dice: &mut Dice<'_>) -> Option<OwnerCommand> {
    let (owner, sum) = unclaimed(dice, |phase| phase != Phase::Closed && phase != Phase::Registered)?;
    Some(OwnerCommand::Reclaim { owner, sum })
}

/// Somebody for whom something is kept, and part of it.
pub(super) fn unclaimed(
    dice: &mut Dice<'_>,
    is_good: impl Fn(Phase) -> bool,
) -> Option<(OwnerId, longmen_money::Sum)> {
    let products = dice.products();
    let kept = products.items.iter().filter(|(no, ..)| products.role(*no) == Some(Role::Unclaimed));
    let kept = kept.filter_map(|(.., item)| {
        let owner = products.owners.get(item.owner?)?;
        Some(((owner.id, item.open, item.currency), is_good(owner.phase)))
    });
    let kept: Vec<_> = kept.collect();
    let (owner, open, currency) = dice.any(kept)?;
    Some((owner, longmen_money::Sum::new(dice.part(open.minor().into()), currency)))
}

pub(super) fn payee_of(
    dice: &mut Dice<'_>,
    owner: OwnerId,
    phases: &[Phase],
    currency: Option<Currency>,
) -> Option<PayeeId> {
    let own = dice.products().owners.get(owner);
    let payees = own.into_iter().flat_map(|own| &own.payees).rev().map(|payee| {
        let is_good =
            phases.contains(&payee.phase) && currency.is_none_or(|currency| payee.currency == currency);
        (payee.id, is_good)
    });
    let payees: Vec<_> = payees.collect();
    if dice.odd(20) { Some(read("nowhere")) } else { dice.any(payees) }
}

/// Somebody who has a payee in one of these phases.
fn with_payee(dice: &mut Dice<'_>, phases: &[Phase]) -> Option<(OwnerId, PayeeId)> {
    let owners =
        dice.products().owners.iter().flat_map(|own| own.payees.iter().map(move |payee| (own, payee)));
    let all: Vec<_> = owners
        .map(|(own, payee)| {
            let is_last = own.payee(payee.id).is_some_and(|last| last.version == payee.version);
            ((own.id, payee.id), is_last && own.phase != Phase::Closed && phases.contains(&payee.phase))
        })
        .collect();
    dice.any(all)
}

fn rail(dice: &mut Dice<'_>) -> Rail {
    dice.of(&[
        Rail::BankCn,
        Rail::BankCn,
        Rail::BankAbroad,
        Rail::AlipayCn,
        Rail::AlipayIntl,
        Rail::PaymentCard,
    ])
}

fn token(dice: &mut Dice<'_>) -> Key {
    dice.fresh("t")
}

pub(super) fn add_payee(dice: &mut Dice<'_>) -> Option<PayeeCommand> {
    let payee = read(&format!("p{}", dice.below(6)));
    Some(PayeeCommand::Add {
        owner: dice.owner(),
        payee,
        rail: rail(dice),
        currency: dice.currency(),
        token: token(dice),
    })
}

pub(super) fn verify_payee(dice: &mut Dice<'_>) -> Option<PayeeCommand> {
    let (owner, payee) = with_payee(dice, &[Phase::Added])?;
    Some(PayeeCommand::Verify { owner, payee })
}

pub(super) fn replace_payee(dice: &mut Dice<'_>) -> Option<PayeeCommand> {
    let (owner, payee) = with_payee(dice, &[Phase::Added, Phase::Verified])?;
    Some(PayeeCommand::Replace { owner, payee, rail: rail(dice), token: token(dice) })
}

pub(super) fn remove_payee(dice: &mut Dice<'_>) -> Option<PayeeCommand> {
    let (owner, payee) = with_payee(dice, &[Phase::Added, Phase::Verified])?;
    Some(PayeeCommand::Remove { owner, payee })
}
