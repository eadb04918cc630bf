//! What many accounts add up to.

use longmen_core::{AccountId, AccountNo, Code, SetId, Totals};
use longmen_wallet::{OwnerId, RoleTotals};
use serde::Serialize;

use super::balance::AccountBalance;
use super::cursor::{Paging, Place};
use crate::{Error, View};

/// Which accounts are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Of {
    /// Every account.
    Ledger,
    /// One account.
    Account(AccountId),
    /// The accounts of a set, at whatever depth, each once.
    Set(SetId),
    /// The sub-accounts and cards of an owner.
    Owner(OwnerId),
    /// The accounts at or below a place in the chart.
    Code(Code),
}

/// What all accounts add up to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TrialBalance {
    /// A row a currency.
    pub totals: Vec<Totals>,
    /// Whether debits equal credits in each currency, on each layer.
    pub is_equal: bool,
}

/// Some accounts, each with its balance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AccountsPage {
    /// The accounts, in the order in which they were opened.
    pub accounts: Vec<AccountBalance>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

impl View<'_> {
    /// What some accounts add up to, a row a currency.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] where there is no such account, set or owner at this position.
    pub fn totals(&self, of: &Of) -> Result<Vec<Totals>, Error> {
        self.state(|state| {
            let books = state.books();
            match accounts_of(state, of)? {
                None => Ok(books.trial_balance()),
                Some(accounts) => Ok(Totals::of(accounts.into_iter().filter_map(|no| books.account_at(no)))),
            }
        })?
    }

    /// The trial balance: what all accounts add up to.
    ///
    /// # Errors
    ///
    /// [`Error`] where the journal cannot be read.
    pub fn trial_balance(&self) -> Result<TrialBalance, Error> {
        let totals = self.state(|state| state.books().trial_balance())?;
        let is_equal = totals.iter().all(Totals::are_equal);
        Ok(TrialBalance { totals, is_equal })
    }

    /// Every account of some, each with its balance: the rows of which totals and the trial balance are the sums.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], [`Error::Question`] or [`Error::Cursor`] where the question has no answer.
    pub fn accounts(&self, of: &Of, paging: &Paging) -> Result<AccountsPage, Error> {
        let size = paging.checked_size()?;
        let place = self.place("accounts", of, paging)?;
        let first = place.map_or(0, |place| place.position.saturating_add(1));
        let (accounts, last) = self.state(|state| {
            let books = state.books();
            let first = u32::try_from(first).unwrap_or(u32::MAX);
            let numbers: Vec<AccountNo> = match accounts_of(state, of)? {
                None => (first..).map(AccountNo).take(size + 1).collect(),
                Some(accounts) => accounts.into_iter().filter(|no| no.0 >= first).take(size + 1).collect(),
            };
            let rows = numbers.iter().filter_map(|no| {
                let own = books.account_at(*no)?;
                Some((no.0, AccountBalance { account: *own.id(), balance: own.balance() }))
            });
            let mut rows: Vec<_> = rows.collect();
            let more = rows.len() > size;
            rows.truncate(size);
            let last = rows.last().filter(|_| more).map(|(no, _)| *no);
            Ok::<_, Error>((rows.into_iter().map(|(_, row)| row).collect(), last))
        })??;
        let place = last.map(|no| Place { position: no.into(), account: 0, index: 0 });
        Ok(AccountsPage { accounts, next: place.map(|place| self.cursor("accounts", of, place)) })
    }

    /// What the accounts of every role come to in every currency.
    ///
    /// # Errors
    ///
    /// [`Error`] where the journal cannot be read.
    pub fn role_totals(&self) -> Result<Vec<RoleTotals>, Error> {
        self.state(longmen_wallet::State::role_totals)
    }
}

/// The numbers of these accounts, in order; nothing where all are meant.
fn accounts_of(state: &longmen_wallet::State, of: &Of) -> Result<Option<Vec<AccountNo>>, Error> {
    let books = state.books();
    let unknown = |what, name: &str| Error::Unknown { what, name: name.to_owned() };
    let mut accounts: Vec<AccountNo> = match of {
        Of::Ledger => return Ok(None),
        Of::Account(id) => vec![books.account_no(id).ok_or_else(|| unknown("account", id.as_str()))?],
        Of::Set(id) => {
            let no = books.set_no(id).ok_or_else(|| unknown("set", id.as_str()))?;
            books.accounts_in(no).into_iter().collect()
        }
        Of::Owner(id) => {
            state.products().owners.get(*id).ok_or_else(|| unknown("owner", id.as_str()))?;
            state.accounts_of(*id)
        }
        Of::Code(code) => {
            let all = (0..).map(AccountNo).take(books.accounts().len());
            let is_within = |no: &AccountNo| {
                let place = books.details_at(*no).and_then(|details| details.code);
                place.is_some_and(|place| place.is_within(code))
            };
            all.filter(is_within).collect()
        }
    };
    accounts.sort_unstable();
    Ok(Some(accounts))
}

impl View<'_> {
    /// The numbers of these accounts at this position, in order; nothing where all are meant.
    ///
    /// What an account, an owner and his cards are never changes, so that only sets and places of the past need a replay.
    pub(crate) fn numbers(&self, of: &Of) -> Result<Option<Vec<AccountNo>>, Error> {
        let at = self.at();
        let end = at.position.saturating_add(1);
        match of {
            Of::Ledger => Ok(None),
            Of::Account(id) => self.account(id).map(|(no, _)| Some(vec![no])),
            Of::Owner(id) => self.projection(|now| {
                let own = now.state.products().owners.get(*id);
                if own.is_none_or(|own| own.since_ns > at.time_ns) {
                    return Err(Error::Unknown { what: "owner", name: id.as_str().to_owned() });
                }
                let mut accounts = now.state.accounts_of(*id);
                accounts.retain(|no| now.opened_before(*no, end));
                accounts.sort_unstable();
                Ok(Some(accounts))
            }),
            Of::Set(_) | Of::Code(_) => self.state(|state| accounts_of(state, of))?,
        }
    }
}
