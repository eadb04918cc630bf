//! Balances of accounts.

use longmen_core::{Account, AccountId, AccountNo, Balance};

use crate::{Error, View};

/// The balance of an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountBalance {
    /// The account's name.
    pub account: AccountId,
    /// What it holds.
    pub balance: Balance,
}

impl View<'_> {
    /// The balances of these accounts, in the same order.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] where an account is not open at this position.
    pub fn balances(&self, accounts: &[AccountId]) -> Result<Vec<AccountBalance>, Error> {
        accounts.iter().map(|account| self.balance(account)).collect()
    }

    /// The balance of an account.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] where it is not open at this position.
    pub fn balance(&self, id: &AccountId) -> Result<AccountBalance, Error> {
        let (no, account) = self.account(id)?;
        let balance = account.balance_with(self.counters(no)?);
        Ok(AccountBalance { account: *id, balance })
    }

    /// An account and its number, with the counters that it has in the projection.
    fn account(&self, id: &AccountId) -> Result<(AccountNo, Account), Error> {
        let unknown = || Error::Unknown { what: "account", name: id.as_str().to_owned() };
        self.projection(|now| {
            let books = now.state.books();
            let no = books.account_no(id)?;
            let at = usize::try_from(no.0).ok()?;
            now.opened.get(at).filter(|opened| **opened <= self.at().position)?;
            books.account_at(no).map(|account| (no, account.clone()))
        })
        .ok_or_else(unknown)
    }
}
