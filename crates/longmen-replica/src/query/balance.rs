//! Balances of accounts.

use longmen_core::{Account, AccountId, AccountNo, Balance, EffectiveDate, Side};
use longmen_money::Money;
use serde::Serialize;

use super::period::ends_ns;
use crate::line::Counters;
use crate::{Error, View};

/// The balance of an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AccountBalance {
    /// The account's name.
    pub account: AccountId,
    /// What it holds.
    #[serde(flatten)]
    pub balance: Balance,
}

/// What is settled on an account when every posting counts on its own day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EffectiveBalance {
    /// The account's name.
    pub account: AccountId,
    /// The last day that counts.
    pub day: EffectiveDate,
    /// What is settled by the end of that day.
    pub posted: Money,
    /// All that was debited by then.
    pub debits: Money,
    /// All that was credited by then.
    pub credits: Money,
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

    /// What is settled on an account by the end of a day, as it was known after this entry.
    ///
    /// Every posting counts on its effective date, and without one on the day of its journal time, in UTC.
    /// Holds count on no day of their own, so only the posted layer is told.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] where the account is not open at this position.
    pub fn balance_effective(&self, id: &AccountId, day: EffectiveDate) -> Result<EffectiveBalance, Error> {
        let (no, account) = self.account(id)?;
        let journaled = ends_ns(day).map_or(Ok(None), |end_ns| self.last_by(end_ns))?;
        let until = journaled.map_or(0, |last| last.saturating_add(1));
        let end = self.at().position.saturating_add(1);
        let (mut sides, counters) = ([0_i128; 2], self.counters_before(no, until)?);
        sides[0] = minor(counters[0]);
        sides[1] = minor(counters[1]);
        self.projection(|now| {
            now.shifted.forwards(no, 0..end, now.shifted.closing(no)?, &mut |read| {
                let record = &read.record;
                let side = usize::from(record.posting.side == Side::Credit);
                let amount = i128::from(record.posting.amount.minor());
                match (record.position < until, record.day() <= day) {
                    (true, false) => sides[side] -= amount,
                    (false, true) => sides[side] += amount,
                    (true, true) | (false, false) => {}
                }
                true
            })
        })?;
        let money = |minor| Money::new(minor, account.currency());
        let [debits, credits] = sides;
        let posted = match account.class().normal_side() {
            Side::Debit => debits - credits,
            Side::Credit => credits - debits,
        };
        Ok(EffectiveBalance {
            account: *id,
            day,
            posted: money(posted),
            debits: money(debits),
            credits: money(credits),
        })
    }

    /// An account and its number; its counters are those that it has in the projection.
    pub(crate) fn account(&self, id: &AccountId) -> Result<(AccountNo, Account), Error> {
        let unknown = || Error::Unknown { what: "account", name: id.as_str().to_owned() };
        let end = self.at().position.saturating_add(1);
        self.projection(|now| {
            let books = now.state.books();
            let no = books.account_no(id).filter(|no| now.opened_before(*no, end))?;
            books.account_at(no).map(|account| (no, account.clone()))
        })
        .ok_or_else(unknown)
    }

    /// The counters of an account before the entry at a position that is not behind the next one.
    pub(crate) fn counters_before(&self, account: AccountNo, position: u64) -> Result<Counters, Error> {
        let counters =
            self.projection(|now| now.history.counters_before(account, position, now.counters(account)));
        Ok(counters?)
    }
}

fn minor(counter: u128) -> i128 {
    // Counters stay below 2^126.
    i128::try_from(counter).unwrap_or(i128::MAX)
}
