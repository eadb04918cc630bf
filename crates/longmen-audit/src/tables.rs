//! The audit's own tables of accounts and currencies.
//!
//! Counters are `i128`, so that a broken journal can take one below zero and be told so. An amount has at most 18
//! digits: it takes more than 2^66 postings to overflow one.

use std::collections::HashMap;

use longmen_core::{AccountId, Class, Details, Effect, OpenAccount, Overdraft, Posting, Side};
use longmen_money::Currency;

/// A number for debits and one for credits.
pub(crate) type Sides = [i128; 2];

pub(crate) fn at(side: Side) -> usize {
    match side {
        Side::Debit => 0,
        Side::Credit => 1,
    }
}

/// An account as the postings and the holds leave it.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) currency: usize,
    /// The side on which it shrinks.
    pub(crate) drawn_on: Side,
    /// The lowest available balance it may be drawn to.
    pub(crate) floor: Option<i128>,
    pub(crate) posted: Sides,
    /// By the postings.
    pub(crate) held: Sides,
    /// By what remains of the holds that name it.
    pub(crate) reserved: Sides,
    /// The turn in which it was last touched.
    turn: u64,
    /// The position of the entry that last changed its counters, its rules or what is said of it.
    pub(crate) version: u64,
    /// Which sides take nothing new.
    pub(crate) frozen: [bool; 2],
    /// Closed for good.
    pub(crate) closed: bool,
    /// How many open holds name it, and how many of them keep it closed.
    pub(crate) open_holds: u32,
    pub(crate) closing_holds: u32,
}

/// What is seldom asked of an account, apart from what every posting needs.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) id: AccountId,
    pub(crate) class: Class,
    pub(crate) overdraft: Overdraft,
    pub(crate) hidden: bool,
    /// Only products may touch it.
    pub(crate) managed: bool,
    pub(crate) details: Details,
}

impl Account {
    /// What was posted on the side where it grows, less what was posted on the other.
    pub(crate) fn settled(&self) -> i128 {
        let (drawn, grown) = (at(self.drawn_on), at(self.drawn_on.opposite()));
        self.posted[grown] - self.posted[drawn]
    }

    /// What can be spent: what is settled, less what is held on the side where it shrinks.
    pub(crate) fn available(&self) -> i128 {
        self.settled() - self.held[at(self.drawn_on)]
    }

    /// By how much what it holds differs from what is reserved on it.
    pub(crate) fn drift(&self) -> Sides {
        [self.held[0] - self.reserved[0], self.held[1] - self.reserved[1]]
    }
}

/// An account that the current entry touches, as it was before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touched {
    pub(crate) account: u32,
    pub(crate) available: i128,
    pub(crate) held: Sides,
    pub(crate) drift: Sides,
}

/// A currency, with what the current entry moves in it.
#[derive(Debug)]
pub(crate) struct CurrencyRow {
    pub(crate) currency: Currency,
    turn: u64,
    /// Debits less credits, posted and held.
    pub(crate) net: [i128; 2],
}

/// All accounts and currencies. A turn is one thing that happened: an entry, or a part of one.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) accounts: Vec<Account>,
    pub(crate) profiles: Vec<Profile>,
    by_id: HashMap<AccountId, u32>,
    pub(crate) currencies: Vec<CurrencyRow>,
    turn: u64,
    /// The position of the current entry.
    position: u64,
    /// What the current entry touches, each once.
    pub(crate) touched: Vec<Touched>,
    pub(crate) touched_currencies: Vec<usize>,
}

pub(crate) fn floor_of(overdraft: Overdraft) -> Option<i128> {
    match overdraft {
        Overdraft::UpTo(limit) => Some(-i128::from(limit.minor())),
        Overdraft::Unlimited => None,
    }
}

impl Tables {
    /// Begins the next turn.
    pub(crate) fn next_turn(&mut self, position: u64) {
        self.turn += 1;
        self.position = position;
        self.touched.clear();
        self.touched_currencies.clear();
    }

    /// Adds an account under the next number; gives the number of an earlier one of its name.
    pub(crate) fn open(&mut self, opened: &OpenAccount) -> Option<u32> {
        let known = self.currencies.iter().position(|row| row.currency == opened.currency);
        let currency = known.unwrap_or_else(|| {
            self.currencies.push(CurrencyRow { currency: opened.currency, turn: 0, net: [0; 2] });
            self.currencies.len() - 1
        });
        // Left grows what is owned and spent, right what is owed, put in and earned.
        let drawn_on = match opened.class {
            Class::Asset | Class::Expense => Side::Credit,
            Class::Liability | Class::Equity | Class::Income => Side::Debit,
        };
        let no = u32::try_from(self.accounts.len()).unwrap_or(u32::MAX);
        self.accounts.push(Account {
            currency,
            drawn_on,
            floor: floor_of(opened.overdraft),
            posted: [0; 2],
            held: [0; 2],
            reserved: [0; 2],
            turn: 0,
            version: self.position,
            frozen: [false; 2],
            closed: false,
            open_holds: 0,
            closing_holds: 0,
        });
        self.profiles.push(Profile {
            id: opened.id,
            class: opened.class,
            overdraft: opened.overdraft,
            hidden: opened.hidden,
            managed: opened.managed,
            details: opened.details.clone(),
        });
        self.by_id.insert(opened.id, no)
    }

    pub(crate) fn account(&self, no: u32) -> Option<&Account> {
        self.accounts.get(usize::try_from(no).ok()?)
    }

    pub(crate) fn account_mut(&mut self, no: u32) -> Option<&mut Account> {
        self.accounts.get_mut(usize::try_from(no).ok()?)
    }

    pub(crate) fn profile(&self, no: u32) -> Option<&Profile> {
        self.profiles.get(usize::try_from(no).ok()?)
    }

    pub(crate) fn profile_mut(&mut self, no: u32) -> Option<&mut Profile> {
        self.profiles.get_mut(usize::try_from(no).ok()?)
    }

    /// How a finding names an account.
    pub(crate) fn name(&self, no: u32) -> String {
        self.profile(no).map_or_else(|| format!("account {no}"), |profile| profile.id.to_string())
    }

    /// The number of the account of this name.
    pub(crate) fn number(&self, id: &AccountId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn currency_of(&self, no: u32) -> Option<Currency> {
        self.account(no).map(|account| self.currencies[account.currency].currency)
    }

    /// Folds one posting in; `false` where its account is not open.
    pub(crate) fn fold(&mut self, posting: &Posting) -> bool {
        let position = self.position;
        let Some(account) = self.touch(posting.account.0) else { return false };
        account.version = position;
        let side = at(posting.side);
        let amount = i128::from(posting.amount.minor());
        let (layer, change) = match posting.effect {
            Effect::Post => (0, amount),
            Effect::Hold => (1, amount),
            Effect::Unhold => (1, -amount),
        };
        if layer == 0 {
            account.posted[side] += change;
        } else {
            account.held[side] += change;
        }
        let currency = account.currency;
        let row = &mut self.currencies[currency];
        if row.turn != self.turn {
            row.turn = self.turn;
            row.net = [0; 2];
            self.touched_currencies.push(currency);
        }
        row.net[layer] += if side == 0 { change } else { -change };
        true
    }

    /// Changes what the holds reserve on one side of an account.
    pub(crate) fn reserve(&mut self, account: u32, side: Side, change: i128) {
        if let Some(account) = self.touch(account) {
            account.reserved[at(side)] += change;
        }
    }

    fn touch(&mut self, no: u32) -> Option<&mut Account> {
        let account = self.accounts.get_mut(usize::try_from(no).ok()?)?;
        if account.turn != self.turn {
            account.turn = self.turn;
            self.touched.push(Touched {
                account: no,
                available: account.available(),
                held: account.held,
                drift: account.drift(),
            });
        }
        Some(account)
    }
}
