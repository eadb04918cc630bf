//! Laws that hold after every entry, whatever the commands were.

use std::collections::BTreeMap;

use longmen_core::{
    Account, AccountId, AccountNo, Books, Effect, Entry, HoldNo, HoldState, LimitNo, Overdraft, Parts, SetNo,
    Side, Totals,
};
use longmen_money::Currency;

use crate::generate::{NAMES, pairs};

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
        let is_open = hold.state == HoldState::Open;
        // Only a hold of nothing is open with nothing left.
        if (!is_open && remaining != 0) || (is_open && remaining == 0 && amount != 0) {
            return Err(format!("its state does not fit what remains: {hold:?}"));
        }
        if hold.state == HoldState::Captured && captured == 0 && hold.forced.is_zero() {
            return Err(format!("nothing was captured: {hold:?}"));
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
/// Forced entries are not asked.
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

/// What books say when everybody asks: what they are made of, and what is found through each of their indexes.
#[derive(PartialEq, Debug)]
pub(crate) struct Looks {
    parts: Parts,
    next_expiry: Option<u64>,
    accounts: Vec<Option<AccountNo>>,
    holds: Vec<Option<HoldNo>>,
    sets: Vec<(Option<SetNo>, Vec<Totals>)>,
    limits: Vec<Option<LimitNo>>,
    by_meta: Vec<Vec<AccountNo>>,
    open_holds: Vec<u32>,
    is_closed: Vec<bool>,
}

pub(crate) fn looks(books: &Books) -> Looks {
    let sets = books.sets().iter();
    Looks {
        parts: books.parts(),
        next_expiry: books.next_expiry_ns(),
        accounts: NAMES.iter().map(|name| books.account_no(&AccountId::new(name).unwrap())).collect(),
        holds: books.holds().iter().map(|hold| books.hold_no(&hold.key)).collect(),
        sets: sets.map(|set| (books.set_no(&set.id), books.totals_of_set(&set.id).unwrap())).collect(),
        limits: books.limits().iter().map(|state| books.limit_no(&state.limit.id)).collect(),
        by_meta: pairs().iter().map(|(key, value)| books.accounts_with(key, value)).collect(),
        open_holds: (0..)
            .map(AccountNo)
            .zip(books.accounts())
            .map(|(no, _)| books.open_holds_of(no))
            .collect(),
        is_closed: books.accounts().iter().map(Account::is_closed).collect(),
    }
}

/// Books are equal when all that a snapshot keeps of them is, so that a replay can be compared with a snapshot.
#[test]
fn books_that_differ_in_one_part_differ() {
    let pair = crate::random::episode(1, 200).unwrap();
    assert_eq!(Books::restore(pair.books.parts()), pair.books);
    let check = |spoil: &dyn Fn(&mut Parts)| {
        let mut parts = pair.books.parts();
        spoil(&mut parts);
        assert_ne!(parts, pair.books.parts());
        assert_ne!(Books::restore(parts), pair.books);
    };
    check(&|parts| parts.holds.last_mut().unwrap().captured = longmen_money::Amount::MAX);
    check(&|parts| drop(parts.accounts.pop()));
    check(&|parts| parts.accounts[0].0.version += 1);
    check(&|parts| parts.accounts[0].1.code = Some(longmen_core::Code::new("9999").unwrap()));
    check(&|parts| drop(parts.sets.pop()));
    check(&|parts| parts.limits.last_mut().unwrap().usage.sum += 1);
    check(&|parts| parts.reversals.push((u64::MAX, u64::MAX)));
    check(&|parts| parts.sealed_through = longmen_core::EffectiveDate::from_days(0));
    check(&|parts| parts.imported_ns = Some(1));
    check(&|parts| parts.erased.push(longmen_core::Subject::new("another").unwrap()));
}

fn signed(counter: u128) -> i128 {
    i128::try_from(counter).unwrap()
}
