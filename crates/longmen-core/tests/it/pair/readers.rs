//! What readers are shown follows the books, and what a reader was shown once stays as it was.

use longmen_core::{Account, AccountId, AccountNo, Books, Changed, Hold, HoldNo, LimitId, LimitNo, Rows};

use super::same;

/// What readers are shown after so many entries, as if each such run were a batch.
const BATCH: u64 = 3;

/// So many entries lie between two rows that are kept.
const KEEP: u64 = 24;

/// Every account, every hold, and the names of all limits.
type Shown = (Vec<Account>, Vec<Hold>, Vec<LimitId>);

/// Rows that follow the books, and earlier ones with what they showed then.
pub(super) struct Readers {
    rows: Rows,
    /// The ones before these, and what they lack: the next ones are made in their place.
    before: (Rows, Changed),
    kept: Vec<(Rows, Shown)>,
}

impl Readers {
    pub(super) fn of(books: &mut Books) -> Self {
        books.note_changed();
        let rows = Rows::of(books);
        Self { before: (rows.clone(), Changed::default()), rows, kept: Vec::new() }
    }

    /// The entry at `position` was applied; a batch may end with it.
    pub(super) fn follow(&mut self, books: &mut Books, position: u64) -> Result<(), String> {
        if !position.is_multiple_of(BATCH) {
            return Ok(());
        }
        let ((mut rows, lacks), changed) = (std::mem::take(&mut self.before), books.take_changed());
        rows.put(&lacks);
        rows.put(&changed);
        self.before = (std::mem::replace(&mut self.rows, rows), changed);
        let want = shown(books);
        check(&self.rows, &want)?;
        check(&Rows::of(books), &want)?;
        if position.is_multiple_of(KEEP) {
            self.kept.push((self.rows.clone(), want));
        }
        Ok(())
    }

    /// Everything that was shown is still shown.
    pub(super) fn check(&self) -> Result<(), String> {
        self.kept.iter().try_for_each(|(rows, want)| check(rows, want))
    }
}

fn shown(books: &Books) -> Shown {
    let limits = books.limits().iter().map(|state| state.limit.id);
    (books.accounts().to_vec(), books.holds().to_vec(), limits.collect())
}

/// Rows show this and nothing else, by number, by name and in order.
fn check(rows: &Rows, (accounts, holds, limits): &Shown) -> Result<(), String> {
    same("accounts", &rows.accounts().collect::<Vec<_>>(), &accounts.iter().collect())?;
    same("holds", &rows.holds().collect::<Vec<_>>(), &holds.iter().collect())?;
    for (no, account) in (0..).map(AccountNo).zip(accounts) {
        same("an account by its name", &rows.account(account.id()), &Some(account))?;
        same("an account by its number", &rows.account_at(no), &Some(account))?;
    }
    let unknown = AccountId::new("nobody-has-this-name").map_err(|refusal| format!("{refusal:?}"))?;
    let names: Vec<AccountId> = accounts.iter().rev().map(|account| *account.id()).chain([unknown]).collect();
    let want: Vec<_> = accounts.iter().rev().map(Some).chain([None]).collect();
    same("accounts by their names", &rows.accounts_named(&names), &want)?;
    for (no, hold) in (0..).map(HoldNo).zip(holds) {
        same("a hold by its key", &rows.hold(&hold.key), &Some(hold))?;
        same("a hold by its number", &rows.hold_at(no), &Some(hold))?;
    }
    let numbers = (0..).map(LimitNo).take(limits.len() + 1);
    let want: Vec<_> = limits.iter().map(Some).chain([None]).collect();
    same("limits", &numbers.map(|no| rows.limit_id(no)).collect(), &want)
}
