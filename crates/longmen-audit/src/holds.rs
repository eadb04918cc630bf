//! The audit's own table of holds, and the laws over their lives.

use std::collections::BTreeSet;

use longmen_core::{Closes, Effect, HoldNo, HoldPlaced, HoldState, Side};
use longmen_money::Amount;

use crate::keys::Fingerprint;
use crate::law::{Findings, Law};
use crate::shape::Turn;
use crate::tables::Tables;

/// A hold. What remains of it is what was reserved less what was captured and released.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    pub(crate) key: Option<Fingerprint>,
    pub(crate) debit: u32,
    pub(crate) credit: u32,
    /// At first, and by all increments.
    pub(crate) reserved: u64,
    pub(crate) captured: u64,
    pub(crate) released: u64,
    /// What forced captures posted beyond it.
    pub(crate) beyond: u64,
    pub(crate) expires_ns: Option<u64>,
    pub(crate) closes: Closes,
    pub(crate) state: HoldState,
}

impl Hold {
    pub(crate) fn remaining(&self) -> u64 {
        self.reserved.saturating_sub(self.captured).saturating_sub(self.released)
    }

    fn pair(&self) -> [u32; 2] {
        [self.debit, self.credit]
    }
}

/// Every hold in the order of placing.
#[derive(Debug, Default)]
pub(crate) struct Holds {
    pub(crate) all: Vec<Hold>,
    /// Open holds that have an expiry, in the order in which they are due.
    due: BTreeSet<(u64, u64)>,
}

/// What a capture says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Captured {
    pub(crate) amount: u64,
    pub(crate) beyond: u64,
    pub(crate) is_final: bool,
}

impl Holds {
    /// How many holds are open.
    pub(crate) fn open_count(&self) -> u64 {
        let open = self.all.iter().filter(|hold| hold.state == HoldState::Open);
        u64::try_from(open.count()).unwrap_or(u64::MAX)
    }

    pub(crate) fn get(&self, no: HoldNo) -> Option<&Hold> {
        self.all.get(usize::try_from(no.0).ok()?)
    }

    /// A hold was placed.
    pub(crate) fn place(
        &mut self,
        turn: Turn<'_>,
        key: Option<Fingerprint>,
        placed: &HoldPlaced,
        tables: &mut Tables,
        found: &mut Findings,
    ) {
        let HoldPlaced { debit, credit, amount, expires_ns, closes } = *placed;
        let pair = [debit.0, credit.0];
        let currencies = pair.map(|no| tables.currency_of(no));
        for no in pair.into_iter().filter(|no| tables.account(*no).is_none()) {
            found.add(turn.position, Law::AccountOpen, || {
                format!("it holds on account {no}, which is not open")
            });
        }
        let fits = turn.shape.is_pair(Effect::Hold, pair, amount.minor())
            && turn.shape.has_no(Effect::Unhold)
            && turn.shape.has_no(Effect::Post);
        if !fits || debit == credit || currencies[0] != currencies[1] {
            found.add(turn.position, Law::HoldPostings, || {
                "a placing is one debit and one credit of its amount on the held layer of its two accounts"
                    .to_owned()
            });
        }
        if expires_ns.is_some_and(|due| due <= turn.time_ns) {
            found.add(turn.position, Law::ExpiryDue, || "its time has come when it is placed".to_owned());
        }
        let no = u64::try_from(self.all.len()).unwrap_or(u64::MAX);
        self.due.extend(expires_ns.map(|due| (due, no)));
        let hold = Hold {
            key,
            debit: debit.0,
            credit: credit.0,
            reserved: amount.minor(),
            captured: 0,
            released: 0,
            beyond: 0,
            expires_ns,
            closes,
            state: HoldState::Open,
        };
        reserve(&hold, i128::from(amount.minor()), tables);
        count(&hold, true, tables);
        self.all.push(hold);
    }

    /// More was reserved on a hold.
    pub(crate) fn increment(
        &mut self,
        turn: Turn<'_>,
        no: HoldNo,
        amount: u64,
        tables: &mut Tables,
        found: &mut Findings,
    ) {
        let Some(hold) = self.open_hold(turn, no, found) else { return };
        let fits = turn.shape.is_pair(Effect::Hold, hold.pair(), amount)
            && turn.shape.has_no(Effect::Unhold)
            && turn.shape.has_no(Effect::Post);
        misfit(!fits, turn, no, amount, found);
        hold.reserved = hold.reserved.saturating_add(amount);
        if Amount::new(hold.reserved).is_none() {
            found.add(turn.position, Law::HoldConserved, || {
                format!("hold {} reserves {} minor units in all, which is no amount", no.0, hold.reserved)
            });
        }
        reserve(hold, i128::from(amount), tables);
    }

    /// Part of a hold was posted, or something beyond it.
    pub(crate) fn capture(
        &mut self,
        turn: Turn<'_>,
        no: HoldNo,
        what: Captured,
        tables: &mut Tables,
        found: &mut Findings,
    ) {
        let hold =
            if turn.entry.forced { self.placed(turn, no, found) } else { self.open_hold(turn, no, found) };
        let Some(hold) = hold else { return };
        let Captured { amount, beyond, is_final } = what;
        let (remaining, taken) = (hold.remaining(), amount.saturating_sub(beyond));
        judge_capture(turn, no, hold, what, found);
        let freed = if is_final { remaining } else { taken };
        let fits = turn.shape.is_pair(Effect::Unhold, hold.pair(), freed)
            && turn.shape.has_no(Effect::Hold)
            && turn.shape.is_one(Effect::Post, Side::Debit, hold.debit, amount)
            && turn.shape.line(Effect::Post, Side::Credit).sum == u128::from(amount);
        misfit(!fits || amount == 0, turn, no, amount, found);
        hold.captured += taken.min(remaining);
        hold.released += if is_final { remaining.saturating_sub(taken) } else { 0 };
        hold.beyond = hold.beyond.saturating_add(beyond);
        if Amount::new(hold.beyond).is_none() {
            found.add(turn.position, Law::HoldConserved, || {
                format!("{} minor units were posted beyond hold {}, which is no amount", hold.beyond, no.0)
            });
        }
        reserve(hold, -i128::from(freed.min(remaining)), tables);
        self.end_if_spent(no, HoldState::Captured, tables);
    }

    /// Part of a hold was given back.
    pub(crate) fn release(
        &mut self,
        turn: Turn<'_>,
        no: HoldNo,
        amount: u64,
        tables: &mut Tables,
        found: &mut Findings,
    ) {
        let Some(hold) = self.open_hold(turn, no, found) else { return };
        let remaining = hold.remaining();
        judge_taken(turn, no, amount, remaining, found);
        let is_idle = amount == 0 && remaining > 0;
        misfit(is_idle || !gives_back(turn, hold, amount), turn, no, amount, found);
        hold.released += amount.min(remaining);
        reserve(hold, -i128::from(amount.min(remaining)), tables);
        self.end_if_spent(no, HoldState::Released, tables);
    }

    /// A hold came to its time.
    pub(crate) fn expire(&mut self, turn: Turn<'_>, no: HoldNo, tables: &mut Tables, found: &mut Findings) {
        let first = self.due.first().copied();
        let Some(hold) = self.open_hold(turn, no, found) else { return };
        match hold.expires_ns {
            None => found.add(turn.position, Law::ExpiryDue, || format!("hold {} has no expiry", no.0)),
            Some(due) if due > turn.time_ns => found.add(turn.position, Law::ExpiryDue, || {
                format!("hold {} ends at {due} ns and it is {} ns", no.0, turn.time_ns)
            }),
            Some(due) if first != Some((due, no.0)) => found.add(turn.position, Law::ExpiryOrder, || {
                format!("hold {} ends at {due} ns and another one ends before it", no.0)
            }),
            Some(_) => {}
        }
        let remaining = hold.remaining();
        misfit(!gives_back(turn, hold, remaining), turn, no, remaining, found);
        hold.released += remaining;
        reserve(hold, -i128::from(remaining), tables);
        self.end_if_spent(no, HoldState::Expired, tables);
    }

    /// The hold of this number; a finding where there is none.
    fn placed(&mut self, turn: Turn<'_>, no: HoldNo, found: &mut Findings) -> Option<&mut Hold> {
        let hold = usize::try_from(no.0).ok().and_then(|at| self.all.get_mut(at));
        if hold.is_none() {
            found.add(turn.position, Law::HoldOpen, || format!("hold {} was never placed", no.0));
        }
        hold
    }

    /// The same, which must not have ended.
    fn open_hold(&mut self, turn: Turn<'_>, no: HoldNo, found: &mut Findings) -> Option<&mut Hold> {
        if self.get(no).is_some_and(|hold| hold.state != HoldState::Open) {
            found.add(turn.position, Law::HoldOpen, || format!("hold {} has ended before", no.0));
            return None;
        }
        self.placed(turn, no, found)
    }

    fn end_if_spent(&mut self, no: HoldNo, state: HoldState, tables: &mut Tables) {
        let hold = usize::try_from(no.0).ok().and_then(|at| self.all.get_mut(at));
        let Some(hold) = hold.filter(|hold| hold.remaining() == 0 && hold.state == HoldState::Open) else {
            return;
        };
        hold.state = state;
        if let Some(due) = hold.expires_ns {
            self.due.remove(&(due, no.0));
        }
        count(hold, false, tables);
    }
}

fn gives_back(turn: Turn<'_>, hold: &Hold, amount: u64) -> bool {
    turn.shape.is_pair(Effect::Unhold, hold.pair(), amount)
        && turn.shape.has_no(Effect::Hold)
        && turn.shape.has_no(Effect::Post)
}

fn judge_capture(turn: Turn<'_>, no: HoldNo, hold: &Hold, what: Captured, found: &mut Findings) {
    let (remaining, taken) = (hold.remaining(), what.amount.saturating_sub(what.beyond));
    if hold.closes.any() {
        found.add(turn.position, Law::HoldClosing, || format!("hold {} keeps an account closed", no.0));
    }
    judge_taken(turn, no, taken, remaining, found);
    let is_lawful = turn.entry.forced && taken >= remaining && what.beyond <= what.amount;
    if what.beyond > 0 && !is_lawful {
        found.add(turn.position, Law::HoldBeyond, || {
            format!(
                "{} minor units are posted beyond hold {}, of which {remaining} remain; {}",
                what.beyond,
                no.0,
                if turn.entry.forced { "they were to be taken first" } else { "it is not forced" }
            )
        });
    }
}

fn judge_taken(turn: Turn<'_>, no: HoldNo, taken: u64, remaining: u64, found: &mut Findings) {
    if taken > remaining {
        found.add(turn.position, Law::HoldConserved, || {
            format!("{taken} minor units are taken from hold {}, of which {remaining} remain", no.0)
        });
    }
}

fn misfit(is_misfit: bool, turn: Turn<'_>, no: HoldNo, amount: u64, found: &mut Findings) {
    if is_misfit {
        found.add(turn.position, Law::HoldPostings, || {
            format!("the postings are not those of {amount} minor units of hold {}", no.0)
        });
    }
}

fn reserve(hold: &Hold, change: i128, tables: &mut Tables) {
    tables.reserve(hold.debit, Side::Debit, change);
    tables.reserve(hold.credit, Side::Credit, change);
}

/// Counts a hold that opens or ends on its accounts.
fn count(hold: &Hold, opens: bool, tables: &mut Tables) {
    for (no, closes) in [(hold.debit, hold.closes.debit), (hold.credit, hold.closes.credit)] {
        let Some(account) = tables.account_mut(no) else { continue };
        let closing = u32::from(closes);
        if opens {
            account.open_holds += 1;
            account.closing_holds += closing;
        } else {
            account.open_holds = account.open_holds.saturating_sub(1);
            account.closing_holds = account.closing_holds.saturating_sub(closing);
        }
    }
}
