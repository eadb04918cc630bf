//! The audit's own table of holds, and the laws over their lives.

use longmen_core::{Effect, Event, HoldNo, HoldState, Posting, Side};

use crate::keys::Fingerprint;
use crate::law::{Findings, Law};
use crate::tables::{Tables, at};

/// A hold. What remains of it is what was placed less what was captured and released; without a remainder it has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    pub(crate) key: Option<Fingerprint>,
    pub(crate) debit: u32,
    pub(crate) credit: u32,
    pub(crate) placed: u64,
    pub(crate) captured: u64,
    pub(crate) released: u64,
    pub(crate) expires_ns: Option<u64>,
    /// What its last entry made of it.
    pub(crate) state: HoldState,
}

impl Hold {
    pub(crate) fn remaining(&self) -> u64 {
        self.placed.saturating_sub(self.captured).saturating_sub(self.released)
    }
}

/// Every hold in the order of placing; one whose placing could not be understood is `None`.
#[derive(Debug, Default)]
pub(crate) struct Holds(pub(crate) Vec<Option<Hold>>);

/// The postings of one entry, summed by effect and side.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shape([[Line; 2]; 3]);

#[derive(Clone, Copy, Debug, Default)]
struct Line {
    count: u32,
    sum: u128,
    /// The account of the last posting.
    account: u32,
}

impl Shape {
    pub(crate) fn add(&mut self, posting: &Posting) {
        let line = &mut self.0[row(posting.effect)][at(posting.side)];
        line.count += 1;
        line.sum += u128::from(posting.amount.minor());
        line.account = posting.account.0;
    }

    fn line(&self, effect: Effect, side: Side) -> Line {
        self.0[row(effect)][at(side)]
    }

    /// Whether nothing has this effect.
    pub(crate) fn has_no(&self, effect: Effect) -> bool {
        self.0[row(effect)].iter().all(|line| line.count == 0)
    }

    /// Whether there is exactly one posting of this effect and side: this account, this amount.
    fn is_one(&self, effect: Effect, side: Side, account: u32, amount: u64) -> bool {
        let line = self.line(effect, side);
        (line.count, line.account, line.sum) == (1, account, u128::from(amount))
    }

    /// Whether exactly this much goes from the hold's two accounts on the held layer.
    fn gives_back(&self, hold: &Hold, amount: u64) -> bool {
        self.is_one(Effect::Unhold, Side::Debit, hold.debit, amount)
            && self.is_one(Effect::Unhold, Side::Credit, hold.credit, amount)
            && self.has_no(Effect::Hold)
    }
}

fn row(effect: Effect) -> usize {
    match effect {
        Effect::Post => 0,
        Effect::Hold => 1,
        Effect::Unhold => 2,
    }
}

/// The entry that is being judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) position: u64,
    pub(crate) time_ns: u64,
    pub(crate) shape: &'a Shape,
}

impl Holds {
    /// How many holds are open.
    pub(crate) fn open_count(&self) -> u64 {
        let open = self.0.iter().flatten().filter(|hold| hold.remaining() > 0);
        u64::try_from(open.count()).unwrap_or(u64::MAX)
    }

    /// A hold was placed.
    pub(crate) fn place(
        &mut self,
        turn: Turn<'_>,
        key: Option<Fingerprint>,
        expires_ns: Option<u64>,
        tables: &mut Tables,
        found: &mut Findings,
    ) {
        let shape = turn.shape;
        let (debit, credit) = (shape.line(Effect::Hold, Side::Debit), shape.line(Effect::Hold, Side::Credit));
        let placed = u64::try_from(debit.sum).unwrap_or(u64::MAX);
        let fits = shape.is_one(Effect::Hold, Side::Debit, debit.account, placed)
            && shape.is_one(Effect::Hold, Side::Credit, credit.account, placed)
            && debit.account != credit.account
            && shape.has_no(Effect::Unhold)
            && shape.has_no(Effect::Post);
        if !fits {
            found.add(turn.position, Law::HoldPostings, || {
                "a placing is one debit and one credit of one amount on the held layer of two accounts"
                    .to_owned()
            });
            self.0.push(None);
            return;
        }
        let hold = Hold {
            key,
            debit: debit.account,
            credit: credit.account,
            placed,
            captured: 0,
            released: 0,
            expires_ns,
            state: HoldState::Open,
        };
        reserve(&hold, i128::from(placed), tables);
        self.0.push(Some(hold));
    }

    /// A hold was captured, released or expired.
    pub(crate) fn change(
        &mut self,
        turn: Turn<'_>,
        event: &Event,
        tables: &mut Tables,
        found: &mut Findings,
    ) {
        let (no, amount) = match event {
            Event::HoldCaptured { hold, amount, .. } | Event::HoldReleased { hold, amount } => {
                (*hold, Some(amount.minor()))
            }
            Event::HoldExpired { hold } => (*hold, None),
            _ => return,
        };
        let position = turn.position;
        let Some(place) = self.place_of(no) else {
            found.add(position, Law::HoldOpen, || format!("hold {} was never placed", no.0));
            return;
        };
        // What was wrong with its placing has been reported there.
        let Some(hold) = place else { return };
        let remaining = hold.remaining();
        if remaining == 0 {
            found.add(position, Law::HoldOpen, || format!("hold {} has ended before", no.0));
            return;
        }
        let amount = amount.unwrap_or(remaining);
        if amount > remaining {
            found.add(position, Law::HoldConserved, || {
                format!("{amount} minor units are taken from hold {}, of which {remaining} remain", no.0)
            });
        }
        let taken = amount.min(remaining);
        let fits = match event {
            Event::HoldCaptured { is_final, .. } => {
                hold.captured += taken;
                hold.released += if *is_final { remaining - taken } else { 0 };
                let credits = turn.shape.line(Effect::Post, Side::Credit);
                turn.shape.gives_back(hold, if *is_final { remaining } else { amount })
                    && turn.shape.is_one(Effect::Post, Side::Debit, hold.debit, amount)
                    && credits.sum == u128::from(amount)
            }
            _ => {
                hold.released += taken;
                turn.shape.gives_back(hold, amount) && turn.shape.has_no(Effect::Post)
            }
        };
        if !fits || amount == 0 {
            found.add(position, Law::HoldPostings, || {
                format!("the postings are not those of {amount} minor units of hold {}", no.0)
            });
        }
        if matches!(event, Event::HoldExpired { .. }) && hold.expires_ns.is_none_or(|due| due > turn.time_ns)
        {
            found.add(position, Law::ExpiryDue, || match hold.expires_ns {
                Some(due) => format!("hold {} ends at {due} ns and it is {} ns", no.0, turn.time_ns),
                None => format!("hold {} has no expiry", no.0),
            });
        }
        let freed = remaining - hold.remaining();
        if hold.remaining() == 0 {
            hold.state = match event {
                Event::HoldCaptured { .. } => HoldState::Captured,
                Event::HoldReleased { .. } => HoldState::Released,
                _ => HoldState::Expired,
            };
        }
        reserve(hold, -i128::from(freed), tables);
    }

    fn place_of(&mut self, no: HoldNo) -> Option<&mut Option<Hold>> {
        self.0.get_mut(usize::try_from(no.0).ok()?)
    }
}

fn reserve(hold: &Hold, change: i128, tables: &mut Tables) {
    tables.reserve(hold.debit, Side::Debit, change);
    tables.reserve(hold.credit, Side::Credit, change);
}
