//! The books as bytes.

use longmen_core::{Account, AccountNo, Books, Hold, HoldState, Key, OpenAccount};

use crate::DecodeError;
use crate::entry::{account_of, account_row, amount_of, currency_of};
use crate::rows::{AccountV1, HoldV1, SnapshotHeadV1, code_of, padded, pick, put, take, unpadded, zero};

/// Appends the books: accounts and holds in the order of their numbers.
///
/// The same books give the same bytes on every machine, so a hash of them is a hash of the books.
pub fn encode_snapshot(books: &Books, out: &mut Vec<u8>) {
    let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    put(
        &SnapshotHeadV1 {
            accounts: wide(books.accounts().len()),
            holds: wide(books.holds().len()),
            reserved: [0; 16],
        },
        out,
    );
    books.accounts().iter().for_each(|account| put(&row_of_account(account), out));
    books.holds().iter().for_each(|hold| put(&row_of_hold(hold), out));
}

/// Reads the books.
///
/// # Errors
///
/// [`DecodeError`] where the bytes are not exactly what [`encode_snapshot`] writes.
pub fn decode_snapshot(mut bytes: &[u8]) -> Result<Books, DecodeError> {
    let head: SnapshotHeadV1 = take(&mut bytes, "snapshot head")?;
    zero(&head.reserved, "snapshot head.reserved")?;
    let mut accounts = Vec::new();
    for _ in 0..head.accounts {
        accounts.push(account_of_row(&take(&mut bytes, "account")?)?);
    }
    let mut holds = Vec::new();
    for _ in 0..head.holds {
        holds.push(hold_of_row(&take(&mut bytes, "hold")?)?);
    }
    if !bytes.is_empty() {
        return Err(DecodeError::LeftOver(bytes.len()));
    }
    Ok(Books::restore(accounts, holds))
}

fn row_of_account(account: &Account) -> AccountV1 {
    let balance = account.balance();
    let opened = OpenAccount {
        id: *account.id(),
        currency: account.currency(),
        class: account.class(),
        overdraft: account.overdraft(),
    };
    let counters =
        [balance.debits_posted(), balance.credits_posted(), balance.debits_held(), balance.credits_held()];
    AccountV1 { opened: account_row(&opened), counters: counters.map(u128::to_le_bytes) }
}

fn account_of_row(row: &AccountV1) -> Result<Account, DecodeError> {
    let opened = account_of(&row.opened)?;
    let counters = row.counters.map(u128::from_le_bytes);
    Ok(Account::restore(opened.id, opened.currency, opened.class, opened.overdraft, counters))
}

fn row_of_hold(hold: &Hold) -> HoldV1 {
    HoldV1 {
        key: padded(hold.key.as_str()),
        debit: hold.debit.0,
        credit: hold.credit.0,
        amount: hold.amount.minor(),
        captured: hold.captured.minor(),
        remaining: hold.remaining.minor(),
        expires_ns: hold.expires_ns.unwrap_or(0),
        currency: hold.currency.to_bytes(),
        state: code_of(&HoldState::ALL, &hold.state),
        reserved: [0; 3],
    }
}

fn hold_of_row(row: &HoldV1) -> Result<Hold, DecodeError> {
    zero(&row.reserved, "hold.reserved")?;
    Ok(Hold {
        key: key_of(&row.key)?,
        debit: AccountNo(row.debit),
        credit: AccountNo(row.credit),
        currency: currency_of(row.currency)?,
        amount: amount_of(row.amount)?,
        captured: amount_of(row.captured)?,
        remaining: amount_of(row.remaining)?,
        expires_ns: (row.expires_ns != 0).then_some(row.expires_ns),
        state: pick(&HoldState::ALL, row.state, "hold.state")?,
    })
}

fn key_of(bytes: &[u8; 40]) -> Result<Key, DecodeError> {
    Key::new(unpadded(bytes, "key")?).map_err(|_| DecodeError::BadField("key"))
}
