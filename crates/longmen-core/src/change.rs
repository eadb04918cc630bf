//! The few ways in which books change. Each notes how to take it back while a group is being decided.

use alloc::vec::Vec;
use core::hash::BuildHasher;

use crate::account::Flags;
use crate::books::{HASHER, HoldCounts};
use crate::undo::Undo;
use crate::{
    Account, AccountNo, AccountSet, Books, Details, Hold, HoldNo, HoldState, LimitNo, LimitState, MemberNo,
    Scope, SetId, SetNo, Subject,
};

impl Books {
    /// Notes how to take a change back, if anyone may ask for it.
    pub(crate) fn note(&mut self, undo: Undo) {
        if let Some(noted) = &mut self.undo {
            noted.push(undo);
        }
    }

    pub(crate) fn account_mut(&mut self, no: AccountNo) -> Option<&mut Account> {
        let at = usize::try_from(no.0).ok()?;
        let account = self.accounts.get_mut(at)?;
        if let Some(touched) = &mut self.touched {
            touched.accounts.set(at);
        }
        if let Some(undo) = &mut self.undo {
            note_account(undo, no, account);
        }
        Some(account)
    }

    pub(crate) fn push_account(&mut self, account: Account, details: Details) {
        let no = AccountNo(u32::try_from(self.accounts.len()).unwrap_or(u32::MAX));
        let hash = HASHER.hash_one(account.id);
        self.note(Undo::AccountPushed);
        if let Some(touched) = &mut self.touched {
            touched.accounts.set(self.accounts.len());
        }
        self.index_meta(no, &details);
        self.accounts.push(account);
        self.details.push(details);
        self.hold_counts.push(HoldCounts::default());
        let accounts = &self.accounts;
        self.accounts_by_id.insert_unique(hash, no, |no| {
            let account = usize::try_from(no.0).ok().and_then(|at| accounts.get(at));
            account.map_or(0, |account| HASHER.hash_one(account.id))
        });
    }

    /// Gives an account other details.
    pub(crate) fn set_details(&mut self, no: AccountNo, details: Details) {
        let Some(place) = usize::try_from(no.0).ok().and_then(|at| self.details.get_mut(at)) else { return };
        let old = core::mem::replace(place, details.clone());
        self.unindex_meta(no, &old);
        self.index_meta(no, &details);
        self.note(Undo::Details(no, old));
    }

    pub(crate) fn index_meta(&mut self, no: AccountNo, details: &Details) {
        for pair in details.meta.pairs() {
            self.by_meta.entry(pair.clone()).or_default().insert(no);
        }
    }

    pub(crate) fn unindex_meta(&mut self, no: AccountNo, details: &Details) {
        for pair in details.meta.pairs() {
            if let Some(accounts) = self.by_meta.get_mut(pair) {
                accounts.remove(&no);
                if accounts.is_empty() {
                    self.by_meta.remove(pair);
                }
            }
        }
    }

    pub(crate) fn push_hold(&mut self, hold: Hold) {
        let no = HoldNo(u64::try_from(self.holds.len()).unwrap_or(u64::MAX));
        let hash = HASHER.hash_one(hold.key);
        if hold.state == HoldState::Open {
            self.count_open(&hold, true);
            if let Some(expires_ns) = hold.expires_ns {
                self.expiries.insert((expires_ns, no));
            }
        }
        self.note(Undo::HoldPushed);
        if let Some(touched) = &mut self.touched {
            touched.holds.set(self.holds.len());
        }
        self.holds.push(hold);
        let holds = &self.holds;
        self.holds_by_key.insert_unique(hash, no, |no| {
            let hold = usize::try_from(no.0).ok().and_then(|at| holds.get(at));
            hold.map_or(0, |hold| HASHER.hash_one(hold.key))
        });
    }

    pub(crate) fn hold_mut(&mut self, no: HoldNo) -> Option<&mut Hold> {
        let at = usize::try_from(no.0).ok()?;
        let hold = self.holds.get_mut(at)?;
        if let Some(touched) = &mut self.touched {
            touched.holds.set(at);
        }
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::Hold(no, hold.clone()));
        }
        Some(hold)
    }

    /// Ends an open hold: its place in the order of expiries, and what it keeps of its accounts.
    pub(crate) fn end_hold(&mut self, no: HoldNo, state: HoldState) {
        let Some(hold) = self.hold_mut(no) else { return };
        hold.state = state;
        let ended = hold.clone();
        if let Some(expires_ns) = ended.expires_ns {
            self.expiries.remove(&(expires_ns, no));
        }
        self.count_open(&ended, false);
    }

    /// Counts a hold that opens or ends on its accounts.
    fn count_open(&mut self, hold: &Hold, opens: bool) {
        for (no, closes) in [(hold.debit, hold.closes.debit), (hold.credit, hold.closes.credit)] {
            let Some(own) = usize::try_from(no.0).ok().and_then(|at| self.hold_counts.get_mut(at)) else {
                continue;
            };
            let (old, closing) = (*own, u32::from(closes));
            *own = if opens {
                HoldCounts { open: old.open.saturating_add(1), closing: old.closing.saturating_add(closing) }
            } else {
                HoldCounts { open: old.open.saturating_sub(1), closing: old.closing.saturating_sub(closing) }
            };
            let is_kept_closed = own.closing > 0;
            self.note(Undo::HoldCounts(no, old));
            if closes && let Some(account) = self.account_mut(no) {
                account.flags.set(Flags::KEPT_CLOSED, is_kept_closed);
            }
        }
    }

    pub(crate) fn push_set(&mut self, id: SetId) {
        let no = SetNo(u32::try_from(self.registry.sets.len()).unwrap_or(u32::MAX));
        self.registry.sets.push(AccountSet { id, members: Default::default() });
        self.registry.sets_by_id.insert(id, no);
        self.note(Undo::SetPushed);
    }

    /// Puts something into a set.
    pub(crate) fn link(&mut self, set: SetNo, member: MemberNo) {
        if let Some(own) = usize::try_from(set.0).ok().and_then(|at| self.registry.sets.get_mut(at)) {
            own.members.insert(member);
            self.registry.parents.entry(member).or_default().insert(set);
            self.note(Undo::Linked(set, member));
        }
    }

    /// Takes something out of a set.
    pub(crate) fn unlink(&mut self, set: SetNo, member: MemberNo) {
        if let Some(own) = usize::try_from(set.0).ok().and_then(|at| self.registry.sets.get_mut(at)) {
            own.members.remove(&member);
            if let Some(parents) = self.registry.parents.get_mut(&member) {
                parents.remove(&set);
                if parents.is_empty() {
                    self.registry.parents.remove(&member);
                }
            }
            self.note(Undo::Unlinked(set, member));
        }
    }

    pub(crate) fn push_limit(&mut self, state: LimitState) {
        let no = LimitNo(u32::try_from(self.limits.len()).unwrap_or(u32::MAX));
        if let Some(touched) = &mut self.touched {
            touched.limits.set(self.limits.len());
        }
        self.registry.limits_by_id.insert(state.limit.id, no);
        self.index_limit(no, &state);
        self.limits.push(state);
        self.note(Undo::LimitPushed);
    }

    /// Puts another limit in the place of one.
    pub(crate) fn replace_limit(&mut self, no: LimitNo, state: LimitState) {
        let Some(place) = usize::try_from(no.0).ok().and_then(|at| self.limits.get_mut(at)) else { return };
        let old = core::mem::replace(place, state.clone());
        self.unindex_limit(no, &old);
        self.index_limit(no, &state);
        self.note(Undo::Limit(no, old));
    }

    fn index_limit(&mut self, no: LimitNo, state: &LimitState) {
        if let Some(on) = self.scope_no(state.limit.scope).filter(|_| state.is_in_force) {
            self.registry.limits_on.entry(on).or_default().insert(no);
        }
    }

    pub(crate) fn unindex_limit(&mut self, no: LimitNo, state: &LimitState) {
        if let Some(on) = self.scope_no(state.limit.scope)
            && let Some(limits) = self.registry.limits_on.get_mut(&on)
        {
            limits.remove(&no);
            if limits.is_empty() {
                self.registry.limits_on.remove(&on);
            }
        }
    }

    /// The account or set that a limit looks at.
    pub(crate) fn scope_no(&self, scope: Scope) -> Option<MemberNo> {
        match scope {
            Scope::Account(id) => self.account_no(&id).map(MemberNo::Account),
            Scope::Set(id) => self.set_no(&id).map(MemberNo::Set),
        }
    }

    /// Finds out anew which limits look at an account.
    pub(crate) fn watch_again(&mut self, no: AccountNo) {
        let Some(account) = self.account_at(no) else { return };
        let around = self.sets_around(MemberNo::Account(no)).into_iter().map(MemberNo::Set);
        let members = around.chain([MemberNo::Account(no)]);
        let limits = members.filter_map(|member| self.registry.limits_on.get(&member)).flatten().copied();
        let same_currency =
            |no: &LimitNo| self.limit_at(*no).is_some_and(|state| state.limit.currency == account.currency);
        let mut watching: Vec<LimitNo> = limits.filter(same_currency).collect();
        watching.sort_unstable();
        self.set_watch(no, watching);
    }

    fn set_watch(&mut self, no: AccountNo, watching: Vec<LimitNo>) {
        let is_watched = !watching.is_empty();
        let was_watched = self.account_at(no).is_some_and(|account| account.flags.has(Flags::WATCHED));
        if !is_watched && !was_watched {
            return;
        }
        if let Some(account) = self.account_mut(no) {
            account.flags.set(Flags::WATCHED, is_watched);
        }
        let old = if is_watched { self.watch.insert(no, watching) } else { self.watch.remove(&no) };
        self.note(Undo::Watch(no, old.unwrap_or_default()));
    }

    /// Finds out anew which limits look at an account, or at every account in a set.
    pub(crate) fn watch_again_in(&mut self, member: MemberNo) {
        match member {
            MemberNo::Account(no) => self.watch_again(no),
            MemberNo::Set(no) => self.accounts_in(no).into_iter().for_each(|no| self.watch_again(no)),
        }
    }

    /// Counts a change for a limit.
    pub(crate) fn count(&mut self, no: LimitNo, time_ns: u64, change: i128) {
        let Some(state) = usize::try_from(no.0).ok().and_then(|at| self.limits.get_mut(at)) else { return };
        let counted = state.usage.count(state.limit.window, time_ns, change);
        self.note(Undo::Counted(no, counted));
    }

    pub(crate) fn note_reversal(&mut self, original: u64, reversal: u64) {
        self.reversals.insert(original, reversal);
        self.note(Undo::Reversal(original));
    }

    pub(crate) fn note_erased(&mut self, subject: Subject) {
        self.erased.insert(subject);
        self.note(Undo::Erased(subject));
    }
}

/// Kept out of the way of every posting that is not in a group.
#[cold]
fn note_account(undo: &mut Vec<Undo>, no: AccountNo, account: &Account) {
    undo.push(Undo::Account(no, account.clone()));
}
