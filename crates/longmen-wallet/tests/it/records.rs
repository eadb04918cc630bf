//! What the records of things say is what is on the accounts: no money without a thing, and no thing without its money.

use longmen_core::{AccountNo, HoldState, Key, Phase};
use longmen_wallet::{Payment, Refund, RefundWay, Role, State, TopUp, Withdrawal};

/// Checks every record against the books and the items.
pub(crate) fn check(state: &State) {
    let products = state.products();
    products.payments.iter().for_each(|own| payment(state, own));
    products.withdrawals.iter().for_each(|own| withdrawal(state, own));
    products.top_ups.iter().for_each(|own| top_up(state, own));
    products.refunds.iter().for_each(|own| refund(state, own));
    for own in products.quotes.iter() {
        assert_eq!(is_held(state, &own.name), own.phase == Phase::Locked, "{own:?}");
    }
    closed(state);
}

fn is_held(state: &State, hold: &Key) -> bool {
    state.books().hold(hold).is_some_and(|hold| hold.state == HoldState::Open)
}

fn open(state: &State, account: AccountNo, name: &Key) -> u64 {
    state.products().items.get(account, name).map_or(0, |item| item.open.minor())
}

/// What was paid and neither released nor refunded is in escrow; what is authorised is held.
fn payment(state: &State, own: &Payment) {
    let merchant = state.products().owners.get(own.merchant).unwrap();
    let escrow = merchant.account(Role::Escrow, own.sum.currency).unwrap();
    let gone = own.released.minor() + own.refunded.minor();
    let left = match own.phase {
        Phase::Paid | Phase::Released | Phase::Refunded => own.sum.amount.minor().saturating_sub(gone),
        _ => 0,
    };
    assert_eq!(open(state, escrow, &own.name), left, "{own:?}");
    assert_eq!(is_held(state, &own.name), own.phase == Phase::Authorised, "{own:?}");
}

/// What was requested is held, and what was submitted is on its way until the bank has said what became of it. A case may
/// have explained it by hand, so that it is less; it is never more.
fn withdrawal(state: &State, own: &Withdrawal) {
    let house = state.products().houses.get(own.pool, own.sum.currency).unwrap();
    let is_away = matches!(own.phase, Phase::Submitted | Phase::Unknown);
    let most = if is_away { own.sum.amount.minor() } else { 0 };
    assert!(open(state, house.account(Role::Payouts), &own.name) <= most, "{own:?}");
    assert_eq!(is_held(state, &own.name), own.phase == Phase::Requested, "{own:?}");
}

/// What was received is in transit until it is applied or goes back.
fn top_up(state: &State, own: &TopUp) {
    let house = state.products().houses.get(own.pool, own.sum.currency).unwrap();
    let most = match own.phase {
        Phase::Pending => own.sum.amount.minor(),
        Phase::ReceivedLate => own.total().amount.minor(),
        _ => 0,
    };
    assert!(open(state, house.account(Role::TopUps), &own.name) <= most, "{own:?}");
}

/// What goes back is among the refunds until a channel has it or a bank was told, then among the payouts.
fn refund(state: &State, own: &Refund) {
    let house = state.products().houses.get(own.pool, own.sum.currency).unwrap();
    let is_told = matches!(own.way, RefundWay::Payee { .. });
    let (mut here, mut away) = (0, 0);
    match own.phase {
        Phase::InTransit | Phase::Rerouted if is_told => away = own.sum.amount.minor(),
        Phase::Accepted | Phase::InTransit | Phase::Failed => here = own.sum.amount.minor(),
        _ => {}
    }
    assert!(open(state, house.account(Role::Refunds), &own.name) <= here, "{own:?}");
    assert!(open(state, house.account(Role::Payouts), &own.name) <= away, "{own:?}");
}

/// Nothing is on what was closed.
fn closed(state: &State) {
    let owners = state.products().owners.iter().filter(|own| own.phase == Phase::Closed);
    let cards = state.products().cards.cards.iter().filter(|own| own.phase == Phase::Closed);
    let accounts = owners.flat_map(|own| own.accounts.iter().map(|own| own.account));
    for no in accounts.chain(cards.map(|own| own.account)) {
        let account = state.books().account_at(no).unwrap();
        let balance = account.balance();
        let is_empty = balance.posted().minor() == 0 && state.books().open_holds_of(no) == 0;
        assert!(is_empty, "{} is closed and not empty", account.id());
    }
}
