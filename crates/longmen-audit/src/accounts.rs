//! The laws over accounts: who takes what, how far an account may be drawn, and how its life goes.

use longmen_core::{AccountChange, Effect, Event, Side};

use crate::holds::Holds;
use crate::law::{Findings, Law};
use crate::shape::Turn;
use crate::tables::{Account, Tables, Touched, floor_of};

/// What an account is asked before something new comes to one of its sides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Whether it is closed, or this side frozen.
    All,
    /// Only whether it was closed for good: what was reserved on it before is still paid.
    ClosedForGood,
}

/// Judges that closed accounts and frozen sides take nothing new; the accounts still have the rules from before.
pub(crate) fn judge_access(turn: Turn<'_>, tables: &Tables, holds: &Holds, found: &mut Findings) {
    let mut ask = |no, side, asked| {
        if let Some(account) = tables.account(no) {
            judge_side(turn, (no, account), side, asked, tables, found);
        }
    };
    let posted = turn.entry.postings.iter().filter(|posting| posting.effect == Effect::Post);
    match &turn.entry.event {
        Event::Posted | Event::Moved { .. } | Event::Reversed { .. } => {
            posted.for_each(|posting| ask(posting.account.0, posting.side, Asked::All));
        }
        Event::HoldPlaced(placed) => {
            ask(placed.debit.0, Side::Debit, Asked::All);
            ask(placed.credit.0, Side::Credit, Asked::All);
        }
        Event::HoldIncremented { hold, .. } => {
            if let Some(hold) = holds.get(*hold) {
                ask(hold.debit, Side::Debit, Asked::All);
                ask(hold.credit, Side::Credit, Asked::All);
            }
        }
        Event::HoldCaptured { hold, .. } => {
            let own = holds.get(*hold).map(|hold| [hold.debit, hold.credit]).unwrap_or_default();
            for posting in posted {
                let is_own = own.contains(&posting.account.0);
                let asked = if is_own { Asked::ClosedForGood } else { Asked::All };
                ask(posting.account.0, posting.side, asked);
            }
        }
        _ => {}
    }
}

fn judge_side(
    turn: Turn<'_>,
    (no, account): (u32, &Account),
    side: Side,
    asked: Asked,
    tables: &Tables,
    found: &mut Findings,
) {
    let is_kept_closed = asked == Asked::All && account.closing_holds > 0;
    if account.closed || is_kept_closed {
        found.add(turn.position, Law::AccountClosed, || format!("{} is closed", tables.name(no)));
    }
    if asked == Asked::All && !turn.entry.forced && account.frozen[crate::tables::at(side)] {
        found.add(turn.position, Law::AccountFrozen, || {
            format!("the {side:?} side of {} is frozen", tables.name(no))
        });
    }
}

/// An account's rules, or what is said of it, changed.
pub(crate) fn change(
    position: u64,
    no: u32,
    change: &AccountChange,
    tables: &mut Tables,
    found: &mut Findings,
) {
    let Some(account) = tables.account_mut(no) else {
        found.add(position, Law::AccountOpen, || format!("it changes account {no}, which is not open"));
        return;
    };
    account.version = position;
    let mut broken = None;
    match change {
        AccountChange::Overdraft(overdraft) => account.floor = floor_of(*overdraft),
        AccountChange::Freeze { debit, credit } => account.frozen = [*debit, *credit],
        AccountChange::Close => {
            let is_empty = account.settled() == 0 && account.open_holds == 0;
            broken = (account.closed || !is_empty).then_some("closed, and is closed or not empty");
            account.closed = true;
        }
        AccountChange::Reopen => {
            broken = (!account.closed).then_some("reopened, and was not closed for good");
            account.closed = false;
        }
        AccountChange::Hidden(_) | AccountChange::Details(_) => {}
    }
    if let Some(profile) = tables.profile_mut(no) {
        match change {
            AccountChange::Overdraft(overdraft) => profile.overdraft = *overdraft,
            AccountChange::Hidden(hidden) => profile.hidden = *hidden,
            AccountChange::Details(details) => profile.details = details.clone(),
            AccountChange::Freeze { .. } | AccountChange::Close | AccountChange::Reopen => {}
        }
    }
    if let Some(what) = broken {
        found.add(position, Law::AccountLife, || format!("{} is {what}", tables.name(no)));
    }
}

/// Judges how an entry, which is folded in, leaves an account that it touched.
pub(crate) fn judge_after(turn: Turn<'_>, before: &Touched, tables: &Tables, found: &mut Findings) {
    let Some(account) = tables.account(before.account) else { return };
    let (position, no) = (turn.position, before.account);
    let available = account.available();
    if let Some(floor) = account.floor
        && available < before.available
        && available < floor
        && !turn.entry.forced
    {
        found.add(position, Law::Overdraft, || {
            format!(
                "{} falls from {} to {available} minor units, below its limit of {floor}",
                tables.name(no),
                before.available
            )
        });
    }
    for (side, name) in ["debits", "credits"].into_iter().enumerate() {
        let held = account.held[side];
        if held < 0 && held < before.held[side] {
            found.add(position, Law::HeldNotNegative, || {
                format!("{} holds {held} minor units of {name}", tables.name(no))
            });
        }
        let (drift, drift_before) = (account.drift()[side], before.drift[side]);
        if drift != drift_before {
            found.add(position, Law::HeldIsReserved, || {
                let reserved = account.reserved[side];
                format!(
                    "{} holds {held} minor units of {name} and its open holds come to {reserved}",
                    tables.name(no)
                )
            });
        }
    }
}
