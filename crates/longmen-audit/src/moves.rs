//! What posts without a hold: postings and moves.

use longmen_core::{Effect, Side};
use longmen_money::Amount;

use crate::law::{Findings, Law};
use crate::shape::Turn;
use crate::tables::{Account, Tables};

/// The most legs of a posting.
const LEGS_MAX: usize = 254;

/// Legs were posted.
pub(crate) fn judge_legs(turn: Turn<'_>, found: &mut Findings) {
    let postings = &turn.entry.postings;
    let is_apart = match &postings[..] {
        [one, other] => one.account != other.account,
        _ => (2..=LEGS_MAX).contains(&postings.len()),
    };
    if !is_apart {
        found.add(turn.position, Law::Legs, || match postings.len() {
            2 => "its two legs are on one account".to_owned(),
            legs => format!("it has {legs} legs"),
        });
    }
    if !turn.shape.is_posted() {
        found.add(turn.position, Law::Legs, || "it has postings on the held layer".to_owned());
    }
}

/// As much was moved as there was.
pub(crate) fn judge_move(turn: Turn<'_>, amount: Amount, tables: &Tables, found: &mut Findings) {
    let (position, postings) = (turn.position, &turn.entry.postings);
    let sum = |side| turn.shape.line(Effect::Post, side).sum;
    let is_each = |side| sum(side) == u128::from(amount.minor());
    let mut accounts: Vec<u32> = postings.iter().map(|posting| posting.account.0).collect();
    accounts.sort_unstable();
    let is_once = accounts.windows(2).all(|pair| pair[0] != pair[1]) && accounts.len() <= LEGS_MAX;
    let mut currencies = accounts.iter().map(|no| tables.currency_of(*no));
    let first = currencies.next();
    let is_one_currency = currencies.all(|currency| Some(currency) == first);
    let fits = is_each(Side::Debit) && is_each(Side::Credit) && is_once && is_one_currency;
    if !fits || !turn.shape.is_posted() {
        found.add(position, Law::MoveAmount, || {
            format!("the postings are not those of a move of {} minor units", amount.minor())
        });
        return;
    }
    // Both sides as they stand now: none of the accounts may stand on the side to which it was moved.
    let has_room = |side| {
        let mut own = postings.iter().filter(|posting| posting.side == side);
        own.all(|posting| tables.account(posting.account.0).is_none_or(|account| rest(account, side) >= 0))
    };
    let several = |side| postings.iter().filter(|posting| posting.side == side).count() > 1;
    let is_bounded = has_room(Side::Debit) || has_room(Side::Credit);
    let is_loose = |side| several(side) && !has_room(side);
    if !is_bounded || is_loose(Side::Debit) || is_loose(Side::Credit) {
        found.add(position, Law::MoveRoom, || {
            "it moved more than there was room for on both sides, or on one of several accounts".to_owned()
        });
    }
}

/// What an account could still take on one side, its holds counted, before it stands on that side.
fn rest(account: &Account, side: Side) -> i128 {
    let [debits, credits] = account.posted;
    match side {
        Side::Debit => credits - debits - account.held[0],
        Side::Credit => debits - credits - account.held[1],
    }
}
