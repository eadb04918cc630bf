//! The whole state of a ledger.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::hash::BuildHasher;

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use crate::touched::Touched;
use crate::undo::Undo;
use crate::{
    Account, AccountId, AccountNo, AccountRow, AccountSet, Details, EffectiveDate, Hold, HoldNo, Key,
    LimitId, LimitNo, LimitState, MemberNo, MetaKey, SetId, SetNo, Subject, Value,
};

/// Every account and every hold, the chart, the limits and the seals, at one position of the journal.
///
/// The hash tables are only ever asked for one key; nothing walks them, so their order cannot show.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub(crate) accounts: Vec<Account>,
    /// What is seldom asked of an account, apart from what every posting needs.
    pub(crate) details: Vec<Details>,
    /// How many open holds name each account.
    pub(crate) hold_counts: Vec<HoldCounts>,
    pub(crate) accounts_by_id: HashTable<AccountNo>,
    pub(crate) by_meta: BTreeMap<(MetaKey, Value), BTreeSet<AccountNo>>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) holds_by_key: HashTable<HoldNo>,
    /// Open holds that have an expiry, in the order in which they end.
    pub(crate) expiries: BTreeSet<(u64, HoldNo)>,
    pub(crate) limits: Vec<LimitState>,
    /// The limits that look at each watched account.
    pub(crate) watch: BTreeMap<AccountNo, Vec<LimitNo>>,
    pub(crate) registry: Registry,
    /// Entries that were reversed, and by which.
    pub(crate) reversals: BTreeMap<u64, u64>,
    pub(crate) sealed_through: Option<EffectiveDate>,
    pub(crate) imported_ns: Option<u64>,
    pub(crate) erased: BTreeSet<Subject>,
    /// How to take back what a group has done so far, while one is being decided.
    pub(crate) undo: Option<Vec<Undo>>,
    /// Which accounts and holds have changed, where somebody wants to know.
    pub(crate) touched: Option<Touched>,
}

/// How many open holds name an account, and how many of them keep it closed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HoldCounts {
    pub(crate) open: u32,
    pub(crate) closing: u32,
}

/// The sets, and who is in which.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registry {
    pub(crate) sets: Vec<AccountSet>,
    pub(crate) sets_by_id: BTreeMap<SetId, SetNo>,
    /// The sets that a member was put into.
    pub(crate) parents: BTreeMap<MemberNo, BTreeSet<SetNo>>,
    pub(crate) limits_by_id: BTreeMap<LimitId, LimitNo>,
    /// The limits in force on an account or a set.
    pub(crate) limits_on: BTreeMap<MemberNo, BTreeSet<LimitNo>>,
}

/// Everything that books are made of, as a snapshot lists it; the rest is an index over it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parts {
    /// Every account, in the order in which they were opened.
    pub accounts: Vec<(AccountRow, Details)>,
    /// Every hold, in the order in which they were placed.
    pub holds: Vec<Hold>,
    /// Every set, in the order in which they were opened.
    pub sets: Vec<AccountSet>,
    /// Every limit, in the order in which they were first set.
    pub limits: Vec<LimitState>,
    /// The positions of entries that were reversed and of their reversals.
    pub reversals: Vec<(u64, u64)>,
    /// The last sealed day.
    pub sealed_through: Option<EffectiveDate>,
    /// When the last imported entry happened, in nanoseconds since 1970-01-01T00:00:00Z.
    pub imported_ns: Option<u64>,
    /// Subjects whose keys were destroyed.
    pub erased: Vec<Subject>,
}

impl PartialEq for Books {
    fn eq(&self, other: &Self) -> bool {
        // The rest is an index over these.
        self.accounts == other.accounts
            && self.details == other.details
            && self.holds == other.holds
            && self.registry.sets == other.registry.sets
            && self.limits == other.limits
            && self.reversals == other.reversals
            && (self.sealed_through, self.imported_ns) == (other.sealed_through, other.imported_ns)
            && self.erased == other.erased
    }
}

impl Eq for Books {}

pub(crate) const HASHER: FixedState = FixedState::with_seed(0x6c6f_6e67_6d65_6e21);

impl Books {
    /// Books without an account.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Books made of these parts.
    #[must_use]
    pub fn restore(parts: Parts) -> Self {
        let mut books = Self::new();
        for (row, details) in parts.accounts {
            books.push_account(Account::restore(row), details);
        }
        for hold in parts.holds {
            books.push_hold(hold);
        }
        for set in &parts.sets {
            books.push_set(set.id);
        }
        for (no, set) in (0..).map(SetNo).zip(parts.sets) {
            set.members.into_iter().for_each(|member| books.link(no, member));
        }
        for limit in parts.limits {
            books.push_limit(limit);
        }
        books.reversals = parts.reversals.into_iter().collect();
        books.sealed_through = parts.sealed_through;
        books.imported_ns = parts.imported_ns;
        books.erased = parts.erased.into_iter().collect();
        for no in 0..books.accounts.len() {
            books.watch_again(AccountNo(u32::try_from(no).unwrap_or(u32::MAX)));
        }
        books
    }

    /// What these books are made of.
    #[must_use]
    pub fn parts(&self) -> Parts {
        let accounts = self.accounts.iter().map(Account::row).zip(self.details.iter().cloned());
        Parts {
            accounts: accounts.collect(),
            holds: self.holds.clone(),
            sets: self.registry.sets.clone(),
            limits: self.limits.clone(),
            reversals: self.reversals.iter().map(|(original, reversal)| (*original, *reversal)).collect(),
            sealed_through: self.sealed_through,
            imported_ns: self.imported_ns,
            erased: self.erased.iter().copied().collect(),
        }
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

    /// How many open holds name an account, those of zero included.
    #[must_use]
    pub fn open_holds_of(&self, no: AccountNo) -> u32 {
        let counts = usize::try_from(no.0).ok().and_then(|at| self.hold_counts.get(at));
        counts.map_or(0, |counts| counts.open)
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

    /// Every limit, in the order in which they were first set.
    #[must_use]
    pub fn limits(&self) -> &[LimitState] {
        &self.limits
    }

    /// The number of the limit of this name.
    #[must_use]
    pub fn limit_no(&self, id: &LimitId) -> Option<LimitNo> {
        self.registry.limits_by_id.get(id).copied()
    }

    /// The limit with this number.
    #[must_use]
    pub fn limit_at(&self, no: LimitNo) -> Option<&LimitState> {
        self.limits.get(usize::try_from(no.0).ok()?)
    }

    /// The position of the entry that reversed the one at `position`, if one did.
    #[must_use]
    pub fn reversal_of(&self, position: u64) -> Option<u64> {
        self.reversals.get(&position).copied()
    }

    /// The last sealed day, if any day was sealed.
    #[must_use]
    pub fn sealed_through(&self) -> Option<EffectiveDate> {
        self.sealed_through
    }

    /// When the last imported entry happened, in nanoseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn imported_ns(&self) -> Option<u64> {
        self.imported_ns
    }

    /// Whether the key of this subject was destroyed.
    #[must_use]
    pub fn is_erased(&self, subject: &Subject) -> bool {
        self.erased.contains(subject)
    }
}
