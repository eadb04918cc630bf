//! Commands of credit, disputes and cases.

use longmen_core::{Key, Phase, Side};
use longmen_money::{Currency, Sum};
use longmen_wallet::{
    CaseAccount, CaseCommand, CaseMove, CaseSide, ChannelId, Counterparty, CreditCommand, DisputeCommand,
    DisputedOn, Plan, PoolId, Role,
};

use super::card;
use super::dice::Dice;
use crate::teller::{DAY, read};

pub(super) fn grant(dice: &mut Dice<'_>) -> Option<CreditCommand> {
    let parts = dice.of(&[3, 1, 6, 3, 2]);
    let first = dice.later();
    Some(CreditCommand::Grant {
        owner: dice.customer(),
        merchant: dice.merchant(),
        order: dice.fresh("order"),
        principal: dice.price(Currency::CNY),
        due_ns: (0..parts).map(|part| first + part * 4 * DAY).collect(),
        calendar: None,
        terms: read(dice.of(&["parts", "parts-free"])),
    })
}

fn plan<'a>(dice: &mut Dice<'a>, good: &[Phase]) -> Option<&'a Plan> {
    let all: Vec<_> = dice.products().plans.iter().map(|own| (own, own.phase)).collect();
    dice.thing(all, good)
}

const OWED: &[Phase] = &[Phase::Active, Phase::Overdue];

pub(super) fn release(dice: &mut Dice<'_>) -> Option<CreditCommand> {
    Some(CreditCommand::Release { plan: plan(dice, OWED)?.name })
}

pub(super) fn pay_part(dice: &mut Dice<'_>) -> Option<CreditCommand> {
    Some(CreditCommand::PayPart { plan: plan(dice, OWED)?.name, parts: dice.of(&[1, 1, 2, 0, 3]) })
}

pub(super) fn pay_early(dice: &mut Dice<'_>) -> Option<CreditCommand> {
    Some(CreditCommand::PayEarly { plan: plan(dice, OWED)?.name })
}

pub(super) fn refund(dice: &mut Dice<'_>) -> Option<CreditCommand> {
    let own = plan(dice, &[Phase::Active, Phase::Overdue, Phase::Settled])?;
    let left = own.principal().minor() - own.refunded.minor();
    Some(CreditCommand::Refund { plan: own.name, sum: Sum::new(dice.part(left.into()), own.currency) })
}

pub(super) fn write_off(dice: &mut Dice<'_>) -> Option<CreditCommand> {
    let good = if dice.odd(4) { Phase::Active } else { Phase::Overdue };
    Some(CreditCommand::WriteOff { plan: plan(dice, &[good])?.name })
}

pub(super) fn dispute(dice: &mut Dice<'_>) -> Option<DisputeCommand> {
    let on = match dice.below(3) {
        2 => DisputedOn::Card { card: card::in_phase(dice, &[Phase::Active, Phase::Expired])? },
        _ => DisputedOn::Owner { owner: dice.customer(), role: dice.of(&[Role::Wallet, Role::Purse]) },
    };
    let reference = if dice.odd(25) { read("first") } else { dice.fresh("n") };
    Some(DisputeCommand::Open {
        on,
        sum: dice.price(Currency::CNY),
        reference,
        answer_by_ns: dice.perhaps_later(),
        calendar: None,
    })
}

fn disputed(dice: &mut Dice<'_>, good: &[Phase]) -> Option<Key> {
    let all: Vec<_> = dice.products().disputes.iter().map(|own| (own.name, own.phase)).collect();
    dice.key(all, good)
}

pub(super) fn credit(dice: &mut Dice<'_>) -> Option<DisputeCommand> {
    Some(DisputeCommand::Credit { dispute: disputed(dice, &[Phase::Open])? })
}

fn counterparty(dice: &mut Dice<'_>) -> Counterparty {
    let channel: ChannelId = read(dice.of(&["visa", "shvisa", "bank"]));
    match dice.below(2) {
        0 => Counterparty::Network {},
        _ => Counterparty::Channel { channel, reference: dice.reference(channel) },
    }
}

pub(super) fn win(dice: &mut Dice<'_>) -> Option<DisputeCommand> {
    let dispute = disputed(dice, &[Phase::Open, Phase::Credited])?;
    Some(DisputeCommand::Win { dispute, from: counterparty(dice) })
}

pub(super) fn lose(dice: &mut Dice<'_>) -> Option<DisputeCommand> {
    let dispute = disputed(dice, &[Phase::Open, Phase::Credited])?;
    Some(DisputeCommand::Lose { dispute, absorbs: dice.odd(3) })
}

fn house(role: Role) -> CaseSide {
    CaseSide { account: CaseAccount::House { role }, item: None, owner: None }
}

/// What somebody finds on a bank account, or misses there, or takes from or gives to a customer for it.
fn movement(dice: &mut Dice<'_>, currency: Currency) -> CaseMove {
    let bank = house(dice.bank(currency));
    let owner = dice.owner();
    let role = dice.products().owners.get(owner).map_or(Role::Wallet, longmen_wallet::Owner::main_role);
    let owned = CaseSide { account: CaseAccount::Owner { owner, role }, item: None, owner: None };
    let channel = CaseAccount::Channel { channel: read(dice.of(&["bank", "visa"])) };
    let clearing = CaseSide { account: channel, item: Some(dice.fresh("i")), owner: None };
    let (debit, credit) = match dice.below(8) {
        0 => (bank, house(Role::SuspenseCredit)),
        1 => (house(Role::SuspenseDebit), bank),
        2 => (owned, house(Role::SuspenseDebit)),
        3 => (house(Role::SuspenseCredit), owned),
        4 => (house(Role::SuspenseDebit), clearing),
        5 => (clearing, house(Role::SuspenseCredit)),
        6 => odd_items(dice, currency, bank).unwrap_or((bank, house(Role::Unidentified))),
        _ => (house(Role::Margin), bank),
    };
    CaseMove { debit, credit, sum: dice.price(currency) }
}

/// Something that is on its way and is explained by hand: its own room must cope with that.
fn odd_items(dice: &mut Dice<'_>, currency: Currency, bank: CaseSide) -> Option<(CaseSide, CaseSide)> {
    let products = dice.products();
    let roles = [Role::Unidentified, Role::Payouts, Role::Refunds];
    let open = products.items.iter().filter_map(|(no, name, item)| {
        let role = products.role(no).filter(|role| roles.contains(role))?;
        Some(((role, *name), item.currency == currency))
    });
    let open: Vec<_> = open.collect();
    let (role, name) = dice.any(open)?;
    Some((CaseSide { item: Some(name), ..house(role) }, bank))
}

pub(super) fn open_case(dice: &mut Dice<'_>) -> Option<CaseCommand> {
    let (currency, count) = (dice.currency(), 1 + dice.below(2));
    let moves = (0..count).map(|_| movement(dice, currency)).collect();
    Some(CaseCommand::Open { pool: read("emoney"), moves })
}

/// What takes a part of an item in suspense out of it.
fn explain(dice: &mut Dice<'_>, pool: PoolId, case: Key) -> Option<CaseMove> {
    let products = dice.products();
    let houses = products.houses.iter().filter(|(own, ..)| *own == pool);
    let items = houses.flat_map(|(.., house)| {
        let roles = [Role::SuspenseDebit, Role::SuspenseCredit];
        roles.map(|role| products.items.get(house.account(role), &case)).into_iter().flatten()
    });
    let items: Vec<_> = items.map(|item| (item, true)).collect();
    let item = dice.any(items)?;
    let (debit, credit) = match item.side {
        Side::Debit => (house(Role::ChannelCost), house(Role::SuspenseDebit)),
        Side::Credit => (house(Role::SuspenseCredit), house(Role::ServiceFees)),
    };
    Some(CaseMove { debit, credit, sum: Sum::new(dice.part(item.open.minor().into()), item.currency) })
}

pub(super) fn clear_case(dice: &mut Dice<'_>) -> Option<CaseCommand> {
    let all: Vec<_> = dice.products().cases.iter().map(|own| ((own.name, own.pool), own.phase)).collect();
    let (case, pool) = dice.thing(all, &[Phase::Open])?;
    let own = explain(dice, pool, case).unwrap_or_else(|| movement(dice, Currency::CNY));
    Some(CaseCommand::Clear { case, moves: vec![own] })
}

pub(super) fn correct(dice: &mut Dice<'_>) -> Option<CaseCommand> {
    let keys: Vec<_> = dice.teller.entries.iter().filter_map(|(_, entry)| Some((entry.key?, true))).collect();
    let original = dice.any(keys)?;
    let currency = dice.currency();
    let reverse = vec![movement(dice, currency)];
    let right = if dice.below(2) == 0 { vec![] } else { vec![movement(dice, currency)] };
    Some(CaseCommand::Correct { pool: read("emoney"), original, reverse, right })
}

pub(super) fn write_off_debt(dice: &mut Dice<'_>) -> Option<CaseCommand> {
    let products = dice.products();
    let debts = products.items.iter().filter(|(no, ..)| products.role(*no) == Some(Role::Debts));
    let debts: Vec<_> =
        debts.filter_map(|(_, name, item)| Some(((*name, item.owner?, item.currency), true))).collect();
    let (debt, owner, currency) = dice.any(debts)?;
    let owner = if dice.odd(10) { dice.owner() } else { owner };
    let loss = dice.of(&[Role::BadDebt, Role::FraudLoss, Role::BadDebt, Role::FraudLoss, Role::Margin]);
    Some(CaseCommand::WriteOffDebt { owner, debt, currency, loss })
}

pub(super) fn goodwill(dice: &mut Dice<'_>) -> Option<CaseCommand> {
    let currency = dice.currency();
    // Often those who came later, so that there is something to set aside.
    let new = dice.products().owners.iter().filter(|own| own.id.as_str().starts_with('o'));
    let new: Vec<_> = new.map(|own| (own.id, own.phase)).collect();
    let new = if dice.below(2) == 1 { dice.thing(new, &[Phase::Registered, Phase::Verified]) } else { None };
    let owner = new.unwrap_or_else(|| dice.owner());
    Some(CaseCommand::Goodwill { owner, sum: dice.price(currency) })
}

pub(super) fn fraud_loss(dice: &mut Dice<'_>) -> Option<CaseCommand> {
    Some(CaseCommand::FraudLoss {
        pool: read("emoney"),
        to: counterparty(dice),
        sum: dice.price(Currency::CNY),
    })
}
