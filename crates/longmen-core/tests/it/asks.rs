//! The questions of the tables' language (see `dsl`).
//!
//! ```text
//! balance alice       -> posted 40.00 held 0.00 available 40.00
//! access alice        -> closed debit_frozen credit_frozen hidden managed holds 1     `open` where it is, `kept` by a hold
//! overdraft alice     -> limit 5.00
//! version alice       -> 7
//! details alice       -> code 2010.cust owner=7
//! state h1            -> open captured 60.00 released 0.00 remaining 40.00     and `forced 1.00` if any was
//! life h1             -> open                its state alone
//! next                -> 60                  the next expiry
//! wrote               -> post D bank 1.00, post C alice 1.00                   the postings of the last entry
//! total set:family    -> CNY 2 accounts posted D 1.00 C 5.00 held D 0.00 C 0.00    also `total code:2010`, `trial`
//! who family          -> alice bob           the accounts in a set
//! with owner=7        -> alice               the accounts with this pair
//! usage daily         -> 5.00 in 2           what counts now, and how many movements a sliding window remembers
//! used daily          -> 8.00                what counts now, with what is held
//! reversal k1         -> 9                   the position of the entry that reversed it
//! sealed              -> 19000               the last sealed day
//! imported            -> 5                   when the last imported entry happened
//! erased bob          -> no
//! ```

use longmen_core::{AccountNo, Code, Effect, LimitState, Most, Overdraft, Side, Totals, Value, Window};
use longmen_money::{Amount, Currency};

use crate::dsl::World;
use crate::words::{Stop, Words};

impl World {
    /// The answer to a question, nothing if the verb asks none.
    pub(crate) fn answer(&mut self, verb: &str, words: &mut Words<'_>) -> Result<Option<String>, Stop> {
        let shown = |number: Option<String>| number.unwrap_or("none".into());
        Ok(Some(match verb {
            "balance" => self.balance(words)?,
            "access" => self.access(words)?,
            "overdraft" => match self.books.account(&words.account()?).map(|account| account.overdraft()) {
                None => "none".into(),
                Some(Overdraft::Unlimited) => "unlimited".into(),
                Some(Overdraft::UpTo(amount)) => format!("limit {}", plain(amount)),
            },
            "version" => {
                shown(self.books.account(&words.account()?).map(|account| account.version().to_string()))
            }
            "details" => self.details(words)?,
            "state" => self.state(words)?,
            "life" => {
                let hold = self.books.hold(&words.key()?);
                hold.map_or("none", |hold| hold.state.as_str()).into()
            }
            "next" => shown(self.books.next_expiry_ns().map(|ns| ns.to_string())),
            "wrote" => self.wrote(),
            "total" => self.total(words)?,
            "trial" => totals(&self.books.trial_balance()),
            "who" => {
                let set = self.books.set_no(&words.set()?);
                set.map_or("none".into(), |no| self.names(self.books.accounts_in(no)))
            }
            "with" => {
                let (key, value) = words.pairs()?.remove(0);
                self.names(self.books.accounts_with(&key, &value))
            }
            "usage" => self.usage(words)?,
            "used" => {
                let no = self.books.limit_no(&words.limit()?);
                let state = no.and_then(|no| self.books.limit_at(no));
                let used = no.and_then(|no| self.books.used(no, self.now_ns));
                shown(state.zip(used).map(|(state, used)| counted(state.limit.most, used)))
            }
            "reversal" => {
                let original = self.prior.get(&words.key()?).map(|prior| prior.position);
                shown(original.and_then(|at| self.books.reversal_of(at)).map(|at| at.to_string()))
            }
            "sealed" => shown(self.books.sealed_through().map(|day| day.days().to_string())),
            "imported" => shown(self.books.imported_ns().map(|ns| ns.to_string())),
            "erased" => if self.books.is_erased(&words.subject()?) { "yes" } else { "no" }.into(),
            _ => return Ok(None),
        }))
    }

    fn balance(&self, words: &mut Words<'_>) -> Result<String, Stop> {
        let Some(account) = self.books.account(&words.account()?) else { return Ok("none".into()) };
        let balance = account.balance();
        let (posted, held, available) = (balance.posted(), balance.held(), balance.available());
        assert!([posted, held, available].iter().all(|money| money.currency() == account.currency()));
        let debits = [balance.debits_posted(), balance.debits_held()];
        let credits = [balance.credits_posted(), balance.credits_held()];
        assert_eq!([debits[0], credits[0], debits[1], credits[1]], account.row().counters);
        Ok(format!("posted {} held {} available {}", posted.plain(), held.plain(), available.plain()))
    }

    fn access(&self, words: &mut Words<'_>) -> Result<String, Stop> {
        let Some(no) = self.books.account_no(&words.account()?) else { return Ok("none".into()) };
        let account = self.books.account_at(no).unwrap();
        let access = account.access();
        let mut text = match (access.closed, account.is_closed()) {
            (true, true) => "closed",
            (false, true) => "kept",
            (false, false) => "open",
            (true, false) => "closed but open",
        }
        .to_owned();
        let marks = [
            (access.debit_frozen, " debit_frozen"),
            (access.credit_frozen, " credit_frozen"),
            (access.hidden, " hidden"),
            (access.managed, " managed"),
        ];
        text.extend(marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark));
        match self.books.open_holds_of(no) {
            0 => {}
            count => text += &format!(" holds {count}"),
        }
        Ok(text)
    }

    fn details(&self, words: &mut Words<'_>) -> Result<String, Stop> {
        let no = self.books.account_no(&words.account()?);
        let Some(details) = no.and_then(|no| self.books.details_at(no)) else { return Ok("none".into()) };
        let pair = |(key, value): &(_, Value)| match value {
            Value::Text(text) => format!("{key}={text}"),
            Value::Int(number) => format!("{key}={number}"),
            Value::Bool(yes) => format!("{key}={}", if *yes { "yes" } else { "no" }),
            Value::Reference(number) => format!("{key}=#{number:x}"),
        };
        let code = details.code.map(|code| format!("code {code}"));
        let rows: Vec<_> = code.into_iter().chain(details.meta.pairs().iter().map(pair)).collect();
        Ok(rows.join(" "))
    }

    fn state(&self, words: &mut Words<'_>) -> Result<String, Stop> {
        let Some(hold) = self.books.hold(&words.key()?) else { return Ok("none".into()) };
        let [captured, released, remaining] = [hold.captured, hold.released(), hold.remaining].map(plain);
        assert_eq!(
            hold.amount.minor(),
            [hold.captured, hold.released(), hold.remaining].map(Amount::minor).iter().sum::<u64>(),
            "{hold:?}"
        );
        let state = hold.state.as_str();
        let mut text = format!("{state} captured {captured} released {released} remaining {remaining}");
        if !hold.forced.is_zero() {
            text += &format!(" forced {}", plain(hold.forced));
        }
        Ok(text)
    }

    fn wrote(&self) -> String {
        let postings =
            self.entries.last().into_iter().flat_map(|entry| entry.postings.iter()).map(|posting| {
                let effect = match posting.effect {
                    Effect::Post => "post",
                    Effect::Hold => "hold",
                    Effect::Unhold => "unhold",
                };
                let side = if posting.side == Side::Debit { "D" } else { "C" };
                let id = self.books.account_at(posting.account).unwrap().id();
                format!("{effect} {side} {id} {}", plain(posting.amount))
            });
        postings.collect::<Vec<_>>().join(", ")
    }

    fn total(&self, words: &mut Words<'_>) -> Result<String, Stop> {
        let word = words.next()?;
        match word.split_once(':') {
            Some(("set", id)) => {
                Ok(self.books.totals_of_set(&id.parse()?).map_or("none".into(), |rows| totals(&rows)))
            }
            Some(("code", code)) => Ok(totals(&self.books.totals_of_code(&Code::new(code)?))),
            _ => Err(Stop::Unread(format!("{word} has no total"))),
        }
    }

    fn names(&self, accounts: impl IntoIterator<Item = AccountNo>) -> String {
        let id = |no| self.books.account_at(no).unwrap().id().to_string();
        accounts.into_iter().map(id).collect::<Vec<_>>().join(" ")
    }

    fn usage(&self, words: &mut Words<'_>) -> Result<String, Stop> {
        let no = self.books.limit_no(&words.limit()?);
        let Some(LimitState { limit, is_in_force, usage }) = no.and_then(|no| self.books.limit_at(no)) else {
            return Ok("none".into());
        };
        if !is_in_force {
            assert_eq!(*usage, longmen_core::Usage::default(), "what was dropped is forgotten");
            return Ok("dropped".into());
        }
        let now = usage.at(limit.window, self.now_ns);
        let mut text = counted(limit.most, now);
        if let Window::Last { .. } = limit.window {
            text += &format!(" in {}", usage.recent.len());
        }
        Ok(text)
    }
}

fn plain(amount: Amount) -> String {
    amount.to_money(Currency::CNY).plain()
}

/// What counts against a limit, as its bound is written.
fn counted(most: Most, now: i128) -> String {
    match most {
        Most::Amount(_) => longmen_money::Money::new(now, Currency::CNY).plain(),
        Most::Count(_) => now.to_string(),
    }
}

fn totals(rows: &[Totals]) -> String {
    let plain =
        |minor: u128| longmen_money::Money::new(i128::try_from(minor).unwrap(), Currency::CNY).plain();
    let row = |row: &Totals| {
        let [a, b, c, d] =
            [row.debits_posted, row.credits_posted, row.debits_held, row.credits_held].map(plain);
        format!("{} {} accounts posted D {a} C {b} held D {c} C {d}", row.currency, row.accounts)
    };
    rows.iter().map(row).collect::<Vec<_>>().join("; ")
}
