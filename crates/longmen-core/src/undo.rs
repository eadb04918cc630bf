//! Taking back what a group has done, so that deciding it leaves the books as they were.

use core::hash::BuildHasher;

use crate::books::{HASHER, HoldCounts};
use crate::limit::Counted;
use crate::{
    Account, AccountNo, Books, Details, EffectiveDate, Hold, HoldNo, HoldState, LimitNo, LimitState,
    MemberNo, SetNo, Subject,
};

/// How to take one change back.
#[derive(Clone, Debug)]
pub(crate) enum Undo {
    Account(AccountNo, Account),
    AccountPushed,
    Details(AccountNo, Details),
    HoldCounts(AccountNo, HoldCounts),
    Hold(HoldNo, Hold),
    HoldPushed,
    SetPushed,
    Linked(SetNo, MemberNo),
    Unlinked(SetNo, MemberNo),
    LimitPushed,
    Limit(LimitNo, LimitState),
    Watch(AccountNo, alloc::vec::Vec<LimitNo>),
    Counted(LimitNo, Counted),
    Reversal(u64),
    Sealed(Option<EffectiveDate>),
    Imported(Option<u64>),
    Erased(Subject),
}

impl Books {
    /// Takes back everything since the group began, the last change first.
    pub(crate) fn roll_back(&mut self) {
        for undo in self.undo.take().into_iter().flatten().rev() {
            self.take_back(undo);
        }
    }

    fn take_back(&mut self, undo: Undo) {
        match undo {
            Undo::Account(no, old) => {
                if let Some(account) = self.account_mut(no) {
                    *account = old;
                }
            }
            Undo::AccountPushed => self.pop_account(),
            Undo::Details(no, old) => self.set_details(no, old),
            Undo::HoldCounts(no, old) => {
                if let Some(own) = usize::try_from(no.0).ok().and_then(|at| self.hold_counts.get_mut(at)) {
                    *own = old;
                }
            }
            Undo::Hold(no, old) => self.put_back(no, old),
            Undo::HoldPushed => self.pop_hold(),
            Undo::SetPushed => {
                if let Some(set) = self.registry.sets.pop() {
                    self.registry.sets_by_id.remove(&set.id);
                }
            }
            Undo::Linked(set, member) => self.unlink(set, member),
            Undo::Unlinked(set, member) => self.link(set, member),
            Undo::LimitPushed => self.pop_limit(),
            Undo::Limit(no, old) => self.replace_limit(no, old),
            Undo::Watch(no, old) if old.is_empty() => drop(self.watch.remove(&no)),
            Undo::Watch(no, old) => drop(self.watch.insert(no, old)),
            Undo::Counted(no, counted) => {
                if let Some(state) = usize::try_from(no.0).ok().and_then(|at| self.limits.get_mut(at)) {
                    state.usage.uncount(counted);
                }
            }
            Undo::Reversal(original) => drop(self.reversals.remove(&original)),
            Undo::Sealed(old) => self.sealed_through = old,
            Undo::Imported(old) => self.imported_ns = old,
            Undo::Erased(subject) => drop(self.erased.remove(&subject)),
        }
    }

    fn pop_account(&mut self) {
        let (Some(account), Some(details)) = (self.accounts.pop(), self.details.pop()) else { return };
        self.hold_counts.pop();
        let no = AccountNo(u32::try_from(self.accounts.len()).unwrap_or(u32::MAX));
        self.unindex_meta(no, &details);
        let hash = HASHER.hash_one(account.id);
        if let Ok(found) = self.accounts_by_id.find_entry(hash, |own| *own == no) {
            found.remove();
        }
    }

    fn pop_hold(&mut self) {
        let Some(hold) = self.holds.pop() else { return };
        let no = HoldNo(u64::try_from(self.holds.len()).unwrap_or(u64::MAX));
        if let Some(expires_ns) = hold.expires_ns {
            self.expiries.remove(&(expires_ns, no));
        }
        let hash = HASHER.hash_one(hold.key);
        if let Ok(found) = self.holds_by_key.find_entry(hash, |own| *own == no) {
            found.remove();
        }
    }

    /// Puts a hold back as it was; one that had not ended is due again.
    fn put_back(&mut self, no: HoldNo, old: Hold) {
        if let (HoldState::Open, Some(expires_ns)) = (old.state, old.expires_ns) {
            self.expiries.insert((expires_ns, no));
        }
        if let Some(hold) = self.hold_mut(no) {
            *hold = old;
        }
    }

    fn pop_limit(&mut self) {
        let Some(state) = self.limits.pop() else { return };
        let no = LimitNo(u32::try_from(self.limits.len()).unwrap_or(u32::MAX));
        self.unindex_limit(no, &state);
        self.registry.limits_by_id.remove(&state.limit.id);
    }
}
