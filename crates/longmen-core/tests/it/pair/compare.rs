//! Everything that the books say, beside what the model says.

use std::collections::{BTreeMap, BTreeSet};

use longmen_core::{Access, AccountId, Code, LimitNo, SetId, Subject, Totals};
use longmen_money::Currency;

use super::{Pair, same};
use crate::generate::{CODES, NAMES, SETS, pairs};
use crate::model::{ModelAccount, State};

impl Pair {
    /// Every account, every hold and every limit.
    pub(super) fn compare(&self) -> Result<(), String> {
        self.compare_accounts()?;
        self.compare_holds()?;
        self.compare_limits()?;
        let state = &self.model.state;
        same("sealed", &self.books.sealed_through(), &state.sealed)?;
        same("imported", &self.books.imported_ns(), &state.imported)?;
        if self.commands.is_multiple_of(8) { self.compare_chart() } else { Ok(()) }
    }

    fn compare_accounts(&self) -> Result<(), String> {
        let state = &self.model.state;
        same("accounts", &self.books.accounts().len(), &state.accounts.len())?;
        for account in self.books.accounts() {
            let id = account.id();
            let want = state.accounts.get(id).ok_or("an account is unknown")?;
            let balance = account.balance();
            let got = [balance.posted(), balance.held(), balance.available()].map(|money| money.minor());
            same(id.as_str(), &got, &[state.posted(id), state.held(id), state.available(id)])?;
            let [debit_frozen, credit_frozen] = want.frozen;
            let access = Access {
                debit_frozen,
                credit_frozen,
                hidden: want.is.hidden,
                closed: want.closed,
                managed: want.is.managed,
            };
            let is_closed = want.closed || state.is_kept_closed(id);
            same(id.as_str(), &(account.access(), account.is_closed()), &(access, is_closed))?;
            let rules = (account.currency(), account.class(), account.overdraft());
            same(id.as_str(), &rules, &(want.is.currency, want.is.class, want.is.overdraft))?;
            let no = self.books.account_no(id).ok_or("an account is not found")?;
            let open = usize::try_from(self.books.open_holds_of(no)).unwrap();
            same(id.as_str(), &(account.version(), open), &(want.version, state.open_holds(id)))?;
        }
        Ok(())
    }

    fn compare_holds(&self) -> Result<(), String> {
        let state = &self.model.state;
        same("holds", &self.books.holds().len(), &state.holds.len())?;
        for hold in self.books.holds() {
            let want = state.holds.get(&hold.key).ok_or("a hold is unknown")?;
            let got = [hold.amount, hold.captured, hold.forced, hold.released(), hold.remaining]
                .map(|amount| i128::from(amount.minor()));
            let amounts = [want.amount, want.captured, want.forced, want.released, want.remaining];
            same(hold.key.as_str(), &got, &amounts)?;
            let name = |no| self.books.account_at(no).map(|account| *account.id());
            let got = (name(hold.debit), name(hold.credit), hold.currency);
            same(hold.key.as_str(), &got, &(Some(want.debit), Some(want.credit), want.currency))?;
            let got = (hold.state, hold.expires_ns, hold.closes);
            same(hold.key.as_str(), &got, &(want.state, want.expires, want.closes))?;
        }
        Ok(())
    }

    fn compare_limits(&self) -> Result<(), String> {
        let state = &self.model.state;
        same("limits", &self.books.limits().len(), &state.limits.len())?;
        for ((no, got), want) in (0..).zip(self.books.limits()).zip(&state.limits) {
            let id = want.limit.id;
            same(id.as_str(), &(&got.limit, got.is_in_force), &(&want.limit, want.in_force))?;
            same(id.as_str(), &self.books.limit_no(&id), &Some(LimitNo(no)))?;
            let used = got.usage.at(got.limit.window, self.now);
            same(&format!("used up of {id}"), &used, &want.counted(self.now))?;
        }
        Ok(())
    }

    /// Sets, places in the chart, metadata, reversals and subjects.
    pub(super) fn compare_chart(&self) -> Result<(), String> {
        let (books, state) = (&self.books, &self.model.state);
        same("sets", &books.sets().len(), &state.sets.len())?;
        for name in SETS {
            let id = SetId::new(name).unwrap();
            let want = state.sets.contains_key(&id).then(|| totals(state, &state.accounts_in(&id)));
            same(name, &books.totals_of_set(&id), &want)?;
        }
        let those = |fits: &dyn Fn(&ModelAccount) -> bool| {
            let accounts = state.accounts.values().filter(|account| fits(account));
            accounts.map(|account| account.is.id).collect::<BTreeSet<_>>()
        };
        for place in CODES {
            let below = format!("{place}.");
            let is_at = |code: Code| code.as_str() == place || code.as_str().starts_with(&below);
            let want = totals(state, &those(&|account| account.is.details.code.is_some_and(is_at)));
            same(place, &books.totals_of_code(&Code::new(place).unwrap()), &want)?;
        }
        same("trial balance", &books.trial_balance(), &totals(state, &those(&|_| true)))?;
        for pair in pairs() {
            let found = books.accounts_with(&pair.0, &pair.1).into_iter();
            let found: BTreeSet<_> =
                found.filter_map(|no| books.account_at(no)).map(|account| *account.id()).collect();
            let has = |account: &ModelAccount| account.is.details.meta.pairs().contains(&pair);
            same("accounts with a pair", &found, &those(&has))?;
        }
        for name in NAMES {
            let id = AccountId::new(name).unwrap();
            same(name, &books.account(&id).is_some(), &state.accounts.contains_key(&id))?;
        }
        for (position, _) in (0..).zip(&self.journal) {
            same("reversed", &books.reversal_of(position).is_some(), &state.reversed.contains(&position))?;
        }
        for subject in (0..8).map(|no| Subject::new(&format!("p{no}")).unwrap()) {
            same("erased", &books.is_erased(&subject), &state.erased.contains(&subject))?;
        }
        Ok(())
    }
}

/// What accounts add up to, a row a currency.
fn totals(state: &State, accounts: &BTreeSet<AccountId>) -> Vec<Totals> {
    use longmen_core::Side::{Credit, Debit};
    let mut rows = BTreeMap::<Currency, Totals>::new();
    for id in accounts {
        let account = &state.accounts[id];
        let currency = account.is.currency;
        let mut row = Totals {
            currency,
            accounts: 0,
            debits_posted: 0,
            credits_posted: 0,
            debits_held: 0,
            credits_held: 0,
        };
        row = rows.get(&currency).copied().unwrap_or(row);
        row.accounts += 1;
        row.debits_posted += account.debits.unsigned_abs();
        row.credits_posted += account.credits.unsigned_abs();
        row.debits_held += state.held_on(id, Debit).unsigned_abs();
        row.credits_held += state.held_on(id, Credit).unsigned_abs();
        rows.insert(currency, row);
    }
    rows.into_values().collect()
}
