//! Every account, every hold and the names of all limits at one moment, for whoever only looks.

use alloc::vec;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};

use crate::books::HASHER;
use crate::pages::Pages;
use crate::{Account, AccountId, AccountNo, Books, Changed, Hold, HoldNo, Key, LimitId, LimitNo};

/// Every account and every hold of books at one moment, by name and by number, and the names of their limits.
///
/// A clone is cheap, shares what has not changed since, and never changes itself.
/// The rows are copies of what the books made; nothing is worked out here.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    accounts: Pages<Account>,
    accounts_by_id: Index,
    holds: Pages<Hold>,
    holds_by_key: Index,
    limits: Pages<LimitId>,
}

impl Rows {
    /// The rows of these books.
    #[must_use]
    pub fn of(books: &Books) -> Self {
        let accounts: Pages<Account> = books.accounts().iter().cloned().collect();
        let holds: Pages<Hold> = books.holds().iter().cloned().collect();
        let accounts_by_id = Index::of(accounts.iter().map(|account| hash(account.id())), accounts.len());
        let holds_by_key = Index::of(holds.iter().map(|hold| hash(&hold.key)), holds.len());
        let limits = books.limits().iter().map(|state| state.limit.id).collect();
        Self { accounts, accounts_by_id, holds, holds_by_key, limits }
    }

    /// Takes over what has changed in the books since these rows were theirs.
    ///
    /// # Panics
    ///
    /// Where the changes leave out an account, a hold or a limit, because some before them were not taken over.
    pub fn put(&mut self, changed: &Changed) {
        for (no, account) in &changed.accounts {
            let at = usize::try_from(no.0).unwrap_or(usize::MAX);
            match self.accounts.get_mut(at) {
                Some(own) => own.clone_from(account),
                None => self.push_account(at, account.clone()),
            }
        }
        for (no, hold) in &changed.holds {
            let at = usize::try_from(no.0).unwrap_or(usize::MAX);
            match self.holds.get_mut(at) {
                Some(own) => own.clone_from(hold),
                None => self.push_hold(at, hold.clone()),
            }
        }
        for (no, limit) in &changed.limits {
            assert_eq!(usize::try_from(no.0), Ok(self.limits.len()), "limits are set one after the other");
            self.limits.push(*limit);
        }
    }

    fn push_account(&mut self, at: usize, account: Account) {
        assert_eq!(at, self.accounts.len(), "accounts are opened one after the other");
        let own = hash(account.id());
        self.accounts.push(account);
        if !self.accounts_by_id.insert(own, at) {
            let hashes = self.accounts.iter().map(|account| hash(account.id()));
            self.accounts_by_id = Index::of(hashes, self.accounts.len());
        }
    }

    fn push_hold(&mut self, at: usize, hold: Hold) {
        assert_eq!(at, self.holds.len(), "holds are placed one after the other");
        let own = hash(&hold.key);
        self.holds.push(hold);
        if !self.holds_by_key.insert(own, at) {
            self.holds_by_key = Index::of(self.holds.iter().map(|hold| hash(&hold.key)), self.holds.len());
        }
    }

    /// The account of this name.
    #[must_use]
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts_by_id.find(hash(id), |at| self.accounts.get(at).filter(|account| account.id() == id))
    }

    /// The accounts of these names, each where its name is, or nothing there.
    ///
    /// Among very many accounts a look-up mostly waits for memory; here those of all names wait at the same time.
    #[must_use]
    pub fn accounts_named(&self, ids: &[AccountId]) -> Vec<Option<&Account>> {
        // Each step is taken for all names before the next, so that nothing in it depends on what is still on its way.
        let index = &self.accounts_by_id;
        let begun = ids.iter().map(hash).map(|hash| (hash, index.may_have(hash)));
        let begun: Vec<(u64, bool)> = begun.collect();
        let likely = begun
            .into_iter()
            .map(|(hash, may_be)| may_be.then(|| index.find(hash, |at| self.accounts.get(at))).flatten());
        let likely: Vec<Option<&Account>> = likely.collect();
        ids.iter().zip(likely).map(|(id, likely)| self.account_likely(id, likely?)).collect()
    }

    /// The account of this name, which is the likely one unless another name has the same bits in the index.
    fn account_likely<'a>(&'a self, id: &AccountId, likely: &'a Account) -> Option<&'a Account> {
        if likely.id() == id { Some(likely) } else { self.account(id) }
    }

    /// The account with this number.
    #[must_use]
    pub fn account_at(&self, no: AccountNo) -> Option<&Account> {
        self.accounts.get(usize::try_from(no.0).ok()?)
    }

    /// Every account, in the order in which they were opened.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter()
    }

    /// The hold that the command with this key placed.
    #[must_use]
    pub fn hold(&self, key: &Key) -> Option<&Hold> {
        self.holds_by_key.find(hash(key), |at| self.holds.get(at).filter(|hold| hold.key == *key))
    }

    /// The hold with this number.
    #[must_use]
    pub fn hold_at(&self, no: HoldNo) -> Option<&Hold> {
        self.holds.get(usize::try_from(no.0).ok()?)
    }

    /// Every hold that was ever placed, in that order.
    pub fn holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds.iter()
    }

    /// The name of the limit with this number.
    #[must_use]
    pub fn limit_id(&self, no: LimitNo) -> Option<&LimitId> {
        self.limits.get(usize::try_from(no.0).ok()?)
    }
}

fn hash(name: &impl Hash) -> u64 {
    HASHER.hash_one(name)
}

/// Numbers by the hashes of their names, in a table that is at most half full and is searched from a hash's own place on.
#[derive(Clone, Debug, Default)]
struct Index {
    /// Zero, or the upper bits of a hash and a number, one added to it.
    slots: Pages<u64>,
    used: usize,
}

/// A slot has so many bits for the number: more than can be in memory.
const NUMBER_BITS: u32 = 40;
const NUMBER: u64 = (1 << NUMBER_BITS) - 1;

impl Index {
    /// The numbers from 0 on of the names with these hashes, of which there are `count`.
    fn of(hashes: impl Iterator<Item = u64>, count: usize) -> Self {
        let len = count.saturating_mul(2).max(64).next_power_of_two();
        let mut slots = vec![0; len];
        for (at, hash) in hashes.enumerate() {
            let mut place = place(hash, len);
            while slots.get(place).is_some_and(|slot| *slot != 0) {
                place = next(place, len);
            }
            if let Some(free) = slots.get_mut(place) {
                *free = slot_of(hash, at);
            }
        }
        Self { slots: slots.into_iter().collect(), used: count }
    }

    /// Adds a number; says whether there was room for it.
    fn insert(&mut self, hash: u64, at: usize) -> bool {
        let len = self.slots.len();
        if self.used.saturating_add(1) > len / 2 {
            return false;
        }
        let mut place = place(hash, len);
        while self.slots.get(place).is_some_and(|slot| *slot != 0) {
            place = next(place, len);
        }
        if let Some(free) = self.slots.get_mut(place) {
            *free = slot_of(hash, at);
        }
        self.used = self.used.saturating_add(1);
        true
    }

    /// Whether there is something where the search for this hash begins; if not, there is no number for it.
    fn may_have(&self, hash: u64) -> bool {
        self.slots.get(place(hash, self.slots.len())).is_some_and(|slot| *slot != 0)
    }

    /// The first that `look` finds among the numbers whose names may have this hash.
    fn find<T>(&self, hash: u64, look: impl Fn(usize) -> Option<T>) -> Option<T> {
        let len = self.slots.len();
        let mut place = place(hash, len);
        loop {
            let slot = *self.slots.get(place)?;
            let number = (slot & NUMBER).checked_sub(1)?;
            if (slot ^ hash) & !NUMBER == 0
                && let Some(found) = look(usize::try_from(number).ok()?)
            {
                return Some(found);
            }
            place = next(place, len);
        }
    }
}

/// Where the search for a hash begins, in a table whose length is a power of two.
fn place(hash: u64, len: usize) -> usize {
    usize::try_from(hash & NUMBER).unwrap_or(0) & len.wrapping_sub(1)
}

fn next(place: usize, len: usize) -> usize {
    place.wrapping_add(1) & len.wrapping_sub(1)
}

fn slot_of(hash: u64, at: usize) -> u64 {
    (hash & !NUMBER) | u64::try_from(at).unwrap_or(NUMBER).wrapping_add(1) & NUMBER
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::{AccountRow, Class, Overdraft};
    use longmen_money::Currency;

    #[test]
    fn an_account_that_only_was_likely_is_not_taken_for_the_named_one() {
        let id = |text| AccountId::new(text).unwrap();
        let account = |text| {
            Account::restore(AccountRow {
                id: id(text),
                currency: Currency::CNY,
                class: Class::Asset,
                overdraft: Overdraft::FORBIDDEN,
                access: crate::Access::default(),
                version: 0,
                counters: [0; 4],
            })
        };
        let mut rows = Rows::default();
        rows.push_account(0, account("alice"));
        rows.push_account(1, account("bob"));
        let [alice, bob] = [0, 1].map(|no| rows.account_at(AccountNo(no)).unwrap());
        for (name, likely, want) in
            [("bob", bob, Some(bob)), ("bob", alice, Some(bob)), ("carol", alice, None)]
        {
            assert_eq!(rows.account_likely(&id(name), likely), want, "{name}");
        }
    }

    #[test]
    fn every_number_is_found_whatever_the_hashes_are_like() {
        let spread = |no: u64| no.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hashes: [(&str, &dyn Fn(u64) -> u64); 4] = [
            ("spread", &spread),
            ("the same", &|_| u64::MAX),
            ("the same place", &|no| spread(no) & !NUMBER),
            ("the same upper bits", &|no| spread(no) & NUMBER),
        ];
        for (label, hash) in hashes {
            let (mut grown, mut names) = (Index::default(), Vec::new());
            for no in 0..700_usize {
                let name = u64::try_from(no).unwrap();
                names.push(name);
                if !grown.insert(hash(name), no) {
                    grown = Index::of(names.iter().map(|name| hash(*name)), names.len());
                }
                assert!(grown.used * 2 <= grown.slots.len(), "{label}: {no}");
            }
            let find = |name: u64| grown.find(hash(name), |at| (names.get(at) == Some(&name)).then_some(at));
            assert!(names.iter().enumerate().all(|(no, name)| find(*name) == Some(no)), "{label}");
            assert_eq!((find(700), Index::default().find(0, Some)), (None, None), "{label}");
        }
    }
}
