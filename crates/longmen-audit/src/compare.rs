//! The books of a snapshot beside the audit's own.

use longmen_core::{Access, AccountRow, Details, Hold, LimitState, Parts};

use crate::check::Checker;
use crate::holds;
use crate::tables::{Account, Profile};
use crate::velocity::Row;

/// Whether a snapshot's books are what the entries so far add up to; words for what differs first where they are not.
pub(crate) fn compare(books: &Parts, checker: &Checker) -> Result<(), String> {
    accounts(&books.accounts, checker)?;
    holds(&books.holds, checker)?;
    chart(books, checker)?;
    limits(&books.limits, checker)?;
    if !books.reversals.iter().copied().eq(checker.reversals.0.iter().map(|(one, other)| (*one, *other))) {
        return Err("its reversals differ".to_owned());
    }
    let times = &checker.times;
    if books.sealed_through != times.sealed_through {
        return Err("its seal differs".to_owned());
    }
    if books.imported_ns != times.imported_ns {
        return Err("its time of the last import differs".to_owned());
    }
    if !books.erased.iter().eq(&times.erased) {
        return Err("its erased subjects differ".to_owned());
    }
    Ok(())
}

fn same_count(what: &str, kept: usize, own: usize) -> Result<(), String> {
    if kept == own { Ok(()) } else { Err(format!("it has {kept} {what} instead of {own}")) }
}

fn accounts(kept: &[(AccountRow, Details)], checker: &Checker) -> Result<(), String> {
    let tables = &checker.tables;
    same_count("accounts", kept.len(), tables.accounts.len())?;
    for ((row, details), (own, profile)) in kept.iter().zip(tables.accounts.iter().zip(&tables.profiles)) {
        let currency = tables.currencies[own.currency].currency;
        if row.currency != currency || !same_account(row, own, profile) || *details != profile.details {
            return Err(format!("account {} differs", row.id));
        }
    }
    Ok(())
}

fn same_account(kept: &AccountRow, own: &Account, profile: &Profile) -> bool {
    let [debits, credits] = own.posted;
    let [debits_held, credits_held] = own.held;
    let [debit_frozen, credit_frozen] = own.frozen;
    let access = Access {
        debit_frozen,
        credit_frozen,
        hidden: profile.hidden,
        closed: own.closed,
        managed: profile.managed,
    };
    (kept.id, kept.class, kept.overdraft) == (profile.id, profile.class, profile.overdraft)
        && (kept.access, kept.version) == (access, own.version)
        && kept.counters.map(i128::try_from) == [debits, credits, debits_held, credits_held].map(Ok)
}

fn holds(kept: &[Hold], checker: &Checker) -> Result<(), String> {
    let own = &checker.holds.all;
    same_count("holds", kept.len(), own.len())?;
    match kept.iter().zip(own).find(|(kept, own)| !same_hold(kept, own, checker)) {
        Some((kept, _)) => Err(format!("hold {} differs", kept.key)),
        None => Ok(()),
    }
}

fn same_hold(kept: &Hold, own: &holds::Hold, checker: &Checker) -> bool {
    let numbers = [kept.amount, kept.captured, kept.forced, kept.remaining].map(|amount| amount.minor());
    numbers == [own.reserved, own.captured, own.beyond, own.remaining()]
        && (kept.debit.0, kept.credit.0) == (own.debit, own.credit)
        && (kept.expires_ns, kept.closes, kept.state) == (own.expires_ns, own.closes, own.state)
        && Some(checker.keys.fingerprint(&kept.key)) == own.key
        && Some(kept.currency) == checker.tables.currency_of(own.debit)
}

fn chart(books: &Parts, checker: &Checker) -> Result<(), String> {
    let own = &checker.chart.sets;
    same_count("sets", books.sets.len(), own.len())?;
    match books.sets.iter().zip(own).find(|(kept, (id, members))| (&kept.id, &kept.members) != (id, members))
    {
        Some((kept, _)) => Err(format!("set {} differs", kept.id)),
        None => Ok(()),
    }
}

fn limits(kept: &[LimitState], checker: &Checker) -> Result<(), String> {
    let own = &checker.velocity.limits;
    same_count("limits", kept.len(), own.len())?;
    match kept.iter().zip(own).find(|(kept, own)| !same_limit(kept, own)) {
        Some((kept, _)) => Err(format!("limit {} differs", kept.limit.id)),
        None => Ok(()),
    }
}

fn same_limit(kept: &LimitState, own: &Row) -> bool {
    let usage = &kept.usage;
    kept.limit == own.limit
        && kept.is_in_force == own.in_force
        && (i128::from(usage.window), usage.sum) == (own.spent.window, own.spent.sum)
        && usage.recent == own.spent.recent
}
