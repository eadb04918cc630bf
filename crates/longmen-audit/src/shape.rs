//! The entry that is being judged, and its postings summed.

use longmen_core::{Effect, Entry, Posting, Side};

use crate::tables::at;

/// The entry that is being judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) position: u64,
    pub(crate) time_ns: u64,
    pub(crate) entry: &'a Entry,
    pub(crate) shape: &'a Shape,
}

/// The postings of one entry, summed by effect and side.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shape([[Line; 2]; 3]);

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Line {
    count: u32,
    pub(crate) sum: u128,
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

    pub(crate) fn line(&self, effect: Effect, side: Side) -> Line {
        self.0[row(effect)][at(side)]
    }

    /// Whether nothing has this effect.
    pub(crate) fn has_no(&self, effect: Effect) -> bool {
        self.0[row(effect)].iter().all(|line| line.count == 0)
    }

    /// Whether nothing touches the held layer.
    pub(crate) fn is_posted(&self) -> bool {
        self.has_no(Effect::Hold) && self.has_no(Effect::Unhold)
    }

    /// Whether there is exactly one posting of this effect and side: this account, this amount.
    pub(crate) fn is_one(&self, effect: Effect, side: Side, account: u32, amount: u64) -> bool {
        let line = self.line(effect, side);
        (line.count, line.account, line.sum) == (1, account, u128::from(amount))
    }

    /// Whether exactly this much has this effect between two accounts; nothing where it is zero.
    pub(crate) fn is_pair(&self, effect: Effect, [debit, credit]: [u32; 2], amount: u64) -> bool {
        if amount == 0 {
            return self.has_no(effect);
        }
        self.is_one(effect, Side::Debit, debit, amount) && self.is_one(effect, Side::Credit, credit, amount)
    }
}

fn row(effect: Effect) -> usize {
    match effect {
        Effect::Post => 0,
        Effect::Hold => 1,
        Effect::Unhold => 2,
    }
}
