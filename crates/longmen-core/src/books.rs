//! The whole state of a ledger.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::hash::BuildHasher;

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use crate::{Account, AccountId, AccountNo, Hold, HoldNo, HoldState, Key};

/// Every account and every hold, at one position of the journal.
///
/// The hash tables are only ever asked for one key; nothing walks them, so their order cannot show.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub(crate) accounts: Vec<Account>,
    accounts_by_id: HashTable<AccountNo>,
    pub(crate) holds: Vec<Hold>,
    holds_by_key: HashTable<HoldNo>,
    /// Open holds that have an expiry, in the order in which they end.
    expiries: BTreeSet<(u64, HoldNo)>,
}

impl PartialEq for Books {
    fn eq(&self, other: &Self) -> bool {
        // The rest is an index over these two.
        self.accounts == other.accounts && self.holds == other.holds
    }
}

impl Eq for Books {}

const HASHER: FixedState = FixedState::with_seed(0x6c6f_6e67_6d65_6e21);

impl Books {
    /// Books without an account.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Books with these accounts and holds, as a snapshot lists them.
    #[must_use]
    pub fn restore(accounts: Vec<Account>, holds: Vec<Hold>) -> Self {
        let mut books = Self::new();
        for account in accounts {
            books.push_account(account);
        }
        for hold in holds {
            books.push_hold(hold);
        }
        books
    }

    /// Every account, in the order in which they were opened.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The account of this name.
    #[must_use]
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.account_no(id).and_then(|no| self.account_at(no))
    }

    /// The number of the account of this name.
    #[must_use]
    pub fn account_no(&self, id: &AccountId) -> Option<AccountNo> {
        let same = |no: &AccountNo| self.account_at(*no).is_some_and(|account| account.id == *id);
        self.accounts_by_id.find(HASHER.hash_one(id), same).copied()
    }

    /// The account with this number.
    #[must_use]
    pub fn account_at(&self, no: AccountNo) -> Option<&Account> {
        self.accounts.get(usize::try_from(no.0).ok()?)
    }

    /// Every hold that was ever placed, in that order.
    #[must_use]
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// The hold that the command with this key placed.
    #[must_use]
    pub fn hold(&self, key: &Key) -> Option<&Hold> {
        self.hold_no(key).and_then(|no| self.hold_at(no))
    }

    /// The number of the hold that the command with this key placed.
    #[must_use]
    pub fn hold_no(&self, key: &Key) -> Option<HoldNo> {
        let same = |no: &HoldNo| self.hold_at(*no).is_some_and(|hold| hold.key == *key);
        self.holds_by_key.find(HASHER.hash_one(key), same).copied()
    }

    /// The hold with this number.
    #[must_use]
    pub fn hold_at(&self, no: HoldNo) -> Option<&Hold> {
        self.holds.get(usize::try_from(no.0).ok()?)
    }

    /// Journal time in nanoseconds at which the next open hold ends, if any does.
    #[must_use]
    pub fn next_expiry_ns(&self) -> Option<u64> {
        self.expiries.first().map(|(expires_ns, _)| *expires_ns)
    }

    /// The open hold that ends next, if its time has come by `now_ns`.
    pub(crate) fn next_expired(&self, now_ns: u64) -> Option<HoldNo> {
        let (expires_ns, hold) = self.expiries.first()?;
        (*expires_ns <= now_ns).then_some(*hold)
    }

    pub(crate) fn account_mut(&mut self, no: AccountNo) -> Option<&mut Account> {
        self.accounts.get_mut(usize::try_from(no.0).ok()?)
    }

    pub(crate) fn hold_mut(&mut self, no: HoldNo) -> Option<&mut Hold> {
        self.holds.get_mut(usize::try_from(no.0).ok()?)
    }

    pub(crate) fn push_account(&mut self, account: Account) {
        let no = AccountNo(u32::try_from(self.accounts.len()).unwrap_or(u32::MAX));
        let hash = HASHER.hash_one(account.id);
        self.accounts.push(account);
        let accounts = &self.accounts;
        self.accounts_by_id.insert_unique(hash, no, |no| {
            let account = usize::try_from(no.0).ok().and_then(|at| accounts.get(at));
            account.map_or(0, |account| HASHER.hash_one(account.id))
        });
    }

    pub(crate) fn push_hold(&mut self, hold: Hold) {
        let no = HoldNo(u64::try_from(self.holds.len()).unwrap_or(u64::MAX));
        let hash = HASHER.hash_one(hold.key);
        if let (HoldState::Open, Some(expires_ns)) = (hold.state, hold.expires_ns) {
            self.expiries.insert((expires_ns, no));
        }
        self.holds.push(hold);
        let holds = &self.holds;
        self.holds_by_key.insert_unique(hash, no, |no| {
            let hold = usize::try_from(no.0).ok().and_then(|at| holds.get(at));
            hold.map_or(0, |hold| HASHER.hash_one(hold.key))
        });
    }

    /// Ends a hold's place in the order of expiries.
    pub(crate) fn forget_expiry(&mut self, no: HoldNo, expires_ns: Option<u64>) {
        if let Some(expires_ns) = expires_ns {
            self.expiries.remove(&(expires_ns, no));
        }
    }
}
