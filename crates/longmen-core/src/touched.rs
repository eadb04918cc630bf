//! Which accounts and holds have changed and which limits are new, and what they are now.

use alloc::vec::Vec;

use crate::{Account, AccountNo, Books, Hold, HoldNo, LimitId, LimitNo};

/// Accounts and holds that have changed, as they are now, and limits that are new. Each is there once, and those that are
/// new come in the order of their numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changed {
    /// The accounts.
    pub accounts: Vec<(AccountNo, Account)>,
    /// The holds.
    pub holds: Vec<(HoldNo, Hold)>,
    /// The names of new limits.
    pub limits: Vec<(LimitNo, LimitId)>,
}

/// The numbers of what was touched, whether or not that was taken back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    pub(crate) accounts: Marks,
    pub(crate) holds: Marks,
    pub(crate) limits: Marks,
}

/// Numbers, each once, in the order in which they were first set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    numbers: Vec<usize>,
    /// A bit for each number.
    bits: Vec<u64>,
}

impl Marks {
    pub(crate) fn set(&mut self, at: usize) {
        let (word, bit) = (at / 64, 1_u64.wrapping_shl(u32::try_from(at % 64).unwrap_or(0)));
        match self.bits.get_mut(word) {
            Some(bits) if *bits & bit != 0 => return,
            Some(bits) => *bits |= bit,
            None => {
                self.bits.resize(word.saturating_add(1), 0);
                return self.set(at);
            }
        }
        self.numbers.push(at);
    }

    /// Empties it, handing each number to `each`.
    fn drain(&mut self, mut each: impl FnMut(usize)) {
        for at in self.numbers.drain(..) {
            if let Some(bits) = self.bits.get_mut(at / 64) {
                *bits = 0;
            }
            each(at);
        }
    }
}

impl Books {
    /// From now on notes which accounts and holds change and which limits are new, for [`take_changed`](Self::take_changed).
    pub fn note_changed(&mut self) {
        self.touched = Some(Touched::default());
    }

    /// Every account and hold that may have changed and every limit that is new since this was last called, or since
    /// [`note_changed`](Self::note_changed); nothing where that was never called.
    #[must_use]
    pub fn take_changed(&mut self) -> Changed {
        let Some(touched) = &mut self.touched else { return Changed::default() };
        let mut changed = Changed {
            accounts: Vec::with_capacity(touched.accounts.numbers.len()),
            holds: Vec::with_capacity(touched.holds.numbers.len()),
            limits: Vec::new(),
        };
        // What a group opened and gave up again is not there any more.
        touched.accounts.drain(|at| {
            let no = AccountNo(u32::try_from(at).unwrap_or(u32::MAX));
            changed.accounts.extend(self.accounts.get(at).map(|account| (no, account.clone())));
        });
        touched.holds.drain(|at| {
            let no = HoldNo(u64::try_from(at).unwrap_or(u64::MAX));
            changed.holds.extend(self.holds.get(at).map(|hold| (no, hold.clone())));
        });
        touched.limits.drain(|at| {
            let no = LimitNo(u32::try_from(at).unwrap_or(u32::MAX));
            changed.limits.extend(self.limits.get(at).map(|state| (no, state.limit.id)));
        });
        changed
    }
}
