//! Laws that hold after every entry, whatever the commands were.

use std::collections::BTreeMap;

use longmen_core::{Account, Books, Effect, Entry, HoldState, Overdraft, Side};
use longmen_money::Currency;

/// The laws over the books alone, for ledgers in which no account began below its limit.
pub(crate) fn check_books(books: &Books) -> Result<(), String> {
    check_sums(books)?;
    check_holds(books)?;
    check_names(books)?;
    check_limits(books, &[])
}

/// On each layer each currency sums to zero by itself, and no posting is empty.
pub(crate) fn check_entry(books: &Books, entry: &Entry) -> Result<(), String> {
    let mut sums = BTreeMap::<(Currency, bool), i128>::new();
    for posting in &entry.postings {
        let account = books.account_at(posting.account).ok_or("a posting without an account")?;
        if posting.amount.is_zero() {
            return Err(format!("an empty posting on {}", account.id()));
        }
        let amount = i128::from(posting.amount.minor());
        let grows = (posting.side == Side::Debit) == (posting.effect != Effect::Unhold);
        *sums.entry((account.currency(), posting.effect == Effect::Post)).or_default() +=
            if grows { amount } else { -amount };
    }
    match sums.iter().find(|(_, sum)| **sum != 0) {
        Some(((currency, posted), sum)) => {
            Err(format!("{currency} (posted: {posted}) sums to {sum}: {entry:?}"))
        }
        None => Ok(()),
    }
}

/// Ledger-wide and per currency, debits equal credits on both layers.
pub(crate) fn check_sums(books: &Books) -> Result<(), String> {
    let mut sums = BTreeMap::<Currency, [i128; 2]>::new();
    for account in books.accounts() {
        let balance = account.balance();
        let [posted, held] = sums.entry(account.currency()).or_default();
        *posted += signed(balance.debits_posted()) - signed(balance.credits_posted());
        *held += signed(balance.debits_held()) - signed(balance.credits_held());
    }
    match sums.iter().find(|(_, sums)| **sums != [0, 0]) {
        Some((currency, sums)) => Err(format!("{currency} sums to {sums:?} on its two layers")),
        None => Ok(()),
    }
}

/// What accounts hold is what their open holds have left, and no hold gives more than it took.
pub(crate) fn check_holds(books: &Books) -> Result<(), String> {
    let mut held = vec![[0_u128; 2]; books.accounts().len()];
    let mut next_expiry = None::<u64>;
    for hold in books.holds() {
        let [amount, captured, released, remaining] =
            [hold.amount, hold.captured, hold.released(), hold.remaining]
                .map(|amount| u128::from(amount.minor()));
        if amount != captured + released + remaining {
            return Err(format!("{amount} != {captured} + {released} + {remaining}: {hold:?}"));
        }
        if (remaining == 0) != (hold.state != HoldState::Open)
            || (hold.state == HoldState::Captured && captured == 0)
        {
            return Err(format!("its state does not fit what remains: {hold:?}"));
        }
        held[usize::try_from(hold.debit.0).unwrap()][0] += remaining;
        held[usize::try_from(hold.credit.0).unwrap()][1] += remaining;
        if hold.state == HoldState::Open {
            next_expiry = [next_expiry, hold.expires_ns].into_iter().flatten().min();
        }
    }
    if books.next_expiry_ns() != next_expiry {
        return Err(format!("the next expiry is {next_expiry:?}, not {:?}", books.next_expiry_ns()));
    }
    for (account, held) in books.accounts().iter().zip(held) {
        let balance = account.balance();
        if [balance.debits_held(), balance.credits_held()] != held {
            return Err(format!("open holds of {} sum to {held:?}: {balance:?}", account.id()));
        }
        if balance.posted().minor() - balance.held().minor() != balance.available().minor() {
            return Err(format!("available is not posted less held: {balance:?}"));
        }
    }
    Ok(())
}

/// No account is below its limit, but for one that was and did not go deeper; `before` is what was available.
pub(crate) fn check_limits(books: &Books, before: &[i128]) -> Result<(), String> {
    for (at, account) in books.accounts().iter().enumerate() {
        let Overdraft::UpTo(limit) = account.overdraft() else { continue };
        let available = account.balance().available().minor();
        let floor = -i128::from(limit.minor());
        if available < floor && before.get(at).is_none_or(|before| available < *before) {
            return Err(format!("{} stands at {available}, below its limit", account.id()));
        }
    }
    Ok(())
}

/// Every account and every hold is found by its name and by its number.
pub(crate) fn check_names(books: &Books) -> Result<(), String> {
    for account in books.accounts() {
        let by_no = books.account_no(account.id()).and_then(|no| books.account_at(no));
        if books.account(account.id()) != Some(account) || by_no != Some(account) {
            return Err(format!("{} is not found", account.id()));
        }
    }
    for hold in books.holds() {
        let by_no = books.hold_no(&hold.key).and_then(|no| books.hold_at(no));
        if books.hold(&hold.key) != Some(hold) || by_no != Some(hold) {
            return Err(format!("hold {} is not found", hold.key));
        }
    }
    Ok(())
}

/// What is available on each account.
pub(crate) fn available(books: &Books) -> Vec<i128> {
    books.accounts().iter().map(Account::balance).map(|balance| balance.available().minor()).collect()
}

/// Books are equal when their accounts and their holds are, so that a replay can be compared with a snapshot.
#[test]
fn books_that_differ_in_one_account_or_hold_differ() {
    let pair = crate::random::episode(1, 100).unwrap();
    let books = || (pair.books.accounts().to_vec(), pair.books.holds().to_vec());
    let (accounts, holds) = books();
    assert_eq!(Books::restore(accounts, holds), pair.books);
    let (accounts, mut holds) = books();
    holds.last_mut().unwrap().captured = longmen_money::Amount::MAX;
    assert_ne!(Books::restore(accounts, holds), pair.books);
    let (mut accounts, holds) = books();
    accounts.pop();
    assert_ne!(Books::restore(accounts, holds), pair.books);
}

fn signed(counter: u128) -> i128 {
    i128::try_from(counter).unwrap()
}
