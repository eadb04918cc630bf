//! What a command posts or newly holds, a line a leg.

use longmen_core::{AccountId, Action, Capture, Command, Move, Party, Share, Side};
use longmen_money::Amount;

use super::{Done, ModelHold, State};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) leg: Option<usize>,
    pub(crate) account: AccountId,
    pub(crate) side: Side,
    pub(crate) amount: i128,
    /// Whether it is reserved rather than posted.
    pub(crate) held: bool,
}

fn posted(leg: impl Into<Option<usize>>, account: AccountId, side: Side, amount: i128) -> Line {
    Line { leg: leg.into(), account, side, amount, held: false }
}

fn pair(debit: AccountId, credit: AccountId, amount: i128, held: bool) -> Vec<Line> {
    let line = |leg, account, side| Line { held, ..posted(leg, account, side, amount) };
    vec![line(0, debit, Side::Debit), line(1, credit, Side::Credit)]
}

pub(crate) fn minor(amount: Amount) -> i128 {
    amount.minor().into()
}

impl State {
    /// The lines of a command all of whose names are right.
    pub(crate) fn lines(&self, command: &Command, original: Option<&Done>) -> Vec<Line> {
        match &command.action {
            Action::Post(legs) => {
                let legs = legs.iter().enumerate();
                legs.map(|(at, leg)| posted(at, leg.account, leg.side, minor(leg.amount))).collect()
            }
            Action::Move(wanted) => self.moved(wanted),
            Action::Reverse(_) => {
                let lines = original.map(|done| &*done.posted).unwrap_or_default().iter().enumerate();
                lines.map(|(at, line)| posted(at, line.account, line.side.opposite(), line.amount)).collect()
            }
            Action::PlaceHold(hold) => pair(hold.debit, hold.credit, minor(hold.amount), true),
            Action::Increment(increment) => {
                let hold = &self.holds[&increment.hold];
                let amount = minor(increment.amount) - if increment.is_total { hold.amount } else { 0 };
                pair(hold.debit, hold.credit, amount, true)
            }
            Action::Capture(capture) => captured(capture, &self.holds[&capture.hold]),
            _ => Vec::new(),
        }
    }

    /// How much can be moved on one side of an account.
    pub(crate) fn room(&self, id: &AccountId, side: Side) -> i128 {
        let account = &self.accounts[id];
        let net = account.credits - account.debits;
        let stands = if side == Side::Debit { net } else { -net };
        (stands - self.held_on(id, side)).max(0)
    }

    fn rooms(&self, party: &Party, side: Side) -> Vec<i128> {
        let room = |id| if party.is_bounded { self.room(id, side) } else { i128::MAX };
        party.accounts.iter().map(room).collect()
    }

    /// The least of what is wanted and of what each side has room for.
    pub(crate) fn movable(&self, wanted: &Move) -> i128 {
        let room = |party, side| self.rooms(party, side).into_iter().fold(0, i128::saturating_add);
        let rooms = [room(&wanted.debit, Side::Debit), room(&wanted.credit, Side::Credit)];
        rooms.into_iter().min().unwrap_or(0).min(minor(wanted.at_most))
    }

    fn moved(&self, wanted: &Move) -> Vec<Line> {
        let amount = self.movable(wanted);
        let mut lines = Vec::new();
        for (party, side) in [(&wanted.debit, Side::Debit), (&wanted.credit, Side::Credit)] {
            let parts = match party.share {
                _ if !party.is_bounded => vec![amount],
                Share::InOrder => in_order(amount, &self.rooms(party, side)),
                Share::InProportion => in_proportion(amount, &self.rooms(party, side)),
            };
            let first = if side == Side::Debit { 0 } else { wanted.debit.accounts.len() };
            let parts = party.accounts.iter().zip(parts).enumerate();
            lines.extend(parts.map(|(at, (account, part))| posted(first + at, *account, side, part)));
        }
        lines.retain(|line| line.amount > 0);
        lines
    }
}

fn in_order(amount: i128, rooms: &[i128]) -> Vec<i128> {
    let before = |at: usize| rooms[..at].iter().fold(0, |sum: i128, room| sum.saturating_add(*room));
    (0..rooms.len()).map(|at| (amount - before(at)).clamp(0, rooms[at])).collect()
}

/// Largest remainder: whole units first, then one unit each in the order of what was cut off.
///
/// Rooms are far below 2^67 wherever amounts are shared, so that the product fits.
fn in_proportion(amount: i128, rooms: &[i128]) -> Vec<i128> {
    let total: i128 = rooms.iter().sum();
    if total == 0 {
        return vec![0; rooms.len()];
    }
    let mut parts: Vec<i128> = rooms.iter().map(|room| amount * room / total).collect();
    let mut remainders: Vec<(usize, i128)> =
        rooms.iter().map(|room| amount * room % total).enumerate().collect();
    remainders.sort_by_key(|(at, remainder)| (-remainder, *at));
    let left = amount - parts.iter().sum::<i128>();
    for (at, _) in remainders.into_iter().take(usize::try_from(left).unwrap()) {
        parts[at] += 1;
    }
    parts
}

fn captured(capture: &Capture, hold: &ModelHold) -> Vec<Line> {
    if capture.to.is_empty() {
        return pair(hold.debit, hold.credit, minor(capture.amount), false);
    }
    let debit = posted(None, hold.debit, Side::Debit, minor(capture.amount));
    let portions = capture.to.iter().enumerate();
    let portions = portions.map(|(at, to)| posted(at, to.credit, Side::Credit, minor(to.amount)));
    [debit].into_iter().chain(portions).collect()
}
