//! Accounts and their balances.

use std::path::PathBuf;

use longmen::{Account, AccountNo, Books, Code, EffectiveDate, SetId};
use serde_json::{Value as Json, json};

use super::as_of::{AsOf, last_position};
use super::chart::print_totals;
use super::table::Table;
use super::words::{access, meta_json, meta_text, overdraft, total};
use super::{account_id, named, print, print_lines, say};
use crate::{Failure, Outcome, ask, jsonl, lang};

#[derive(clap::Args)]
#[command(after_help = "\
Posted is what was settled, held what open holds have reserved, available what is left of the one less the other.
The version is the number of the entry that last changed the account: a command can be made to depend on it.
--set and --code add up debits and credits, a row for each currency.")]
pub(crate) struct BalanceArgs {
    /// The ledger's directory
    dir: PathBuf,
    /// Which accounts; without a name all of them
    accounts: Vec<String>,
    /// The totals of a set instead: each account in it once, at whatever depth
    #[arg(long, value_name = "NAME", conflicts_with_all = ["accounts", "code"])]
    set: Option<String>,
    /// The totals of the accounts at or below a place in the chart instead, such as 2010.cust
    #[arg(long, conflicts_with = "accounts")]
    code: Option<String>,
    #[command(flatten)]
    as_of: AsOf,
    /// What is settled by the end of this day instead, such as 2026-11-22: every posting counts on its effective date
    #[arg(long, value_name = "DAY", conflicts_with_all = ["set", "code"])]
    effective: Option<EffectiveDate>,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct AccountsArgs {
    /// The ledger's directory
    dir: PathBuf,
    /// Only names that begin so
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    prefix: String,
    /// Only those in this set, at whatever depth
    #[arg(long, value_name = "NAME")]
    set: Option<String>,
    /// Only those at or below this place in the chart
    #[arg(long)]
    code: Option<String>,
    /// Only those with this metadata pair, such as tier=gold or points=12
    #[arg(long, value_name = "KEY=VALUE")]
    meta: Option<String>,
    #[command(flatten)]
    as_of: AsOf,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(crate) fn balance(args: &BalanceArgs) -> Outcome {
    if let Some(day) = args.effective {
        return effective(args, day);
    }
    let replayed = args.as_of.replay(&args.dir)?;
    let (books, position) = (replayed.books(), last_position(&replayed));
    if let Some(name) = &args.set {
        let totals = books.totals_of_set(&set_id(name)?).ok_or_else(|| no_set(name))?;
        return print_totals(&totals, position, args.json);
    }
    if let Some(text) = &args.code {
        return print_totals(&books.totals_of_code(&code(text)?), position, args.json);
    }
    let chosen = chosen(books, &args.accounts)?;
    if args.json {
        return print_lines(
            chosen.into_iter().map(|(no, account)| account_json(books, no, account, position)),
        );
    }
    let mut table = Table::new(&["account", "access", "posted", "held", "available", "overdraft", "version"]);
    for (_, account) in chosen {
        let balance = account.balance();
        table.row(&[
            account.id().to_string(),
            lang::list(&access(account)),
            balance.posted().to_string(),
            balance.held().to_string(),
            balance.available().to_string(),
            overdraft(account.overdraft(), account.currency()),
            account.version().to_string(),
        ]);
    }
    print(&table.right_from(2).without_empty_columns())?;
    say(&format!("\nas of the entry at {position}, with the hash {}", replayed.head.hash))
}

/// What is settled by the end of a day.
fn effective(args: &BalanceArgs, day: EffectiveDate) -> Outcome {
    let asked = ask::Asked::of(&args.dir, &args.as_of, &ask::Kept::default())?;
    let named = args.accounts.iter().map(|name| account_id(name)).collect::<Result<Vec<_>, _>>()?;
    let answer = asked.read(|view| {
        let accounts = match &named[..] {
            [] => view.state(|state| state.books().accounts().iter().map(|own| *own.id()).collect())?,
            named => named.to_vec(),
        };
        accounts.iter().map(|account| view.balance_effective(account, day)).collect::<Result<Vec<_>, _>>()
    })?;
    let position = answer.at.position;
    if args.json {
        return print_lines(answer.value.iter().map(|own| {
            let plain = |money: longmen::Money| money.plain();
            json!({
                "account": own.account, "currency": own.posted.currency(), "effective": own.day,
                "posted": plain(own.posted), "debits": plain(own.debits), "credits": plain(own.credits),
                "position": position,
            })
        }));
    }
    let mut table = Table::new(&["account", "posted", "debits", "credits"]);
    for own in &answer.value {
        let amounts = [own.posted, own.debits, own.credits].map(|money| money.to_string());
        table.row(&[&[own.account.to_string()][..], &amounts].concat());
    }
    print(&table.right_from(1))?;
    say(&format!("\nby the end of {day}, as known after the entry at {position}"))
}

/// The accounts of these names, or all of them.
fn chosen<'a>(books: &'a Books, names: &[String]) -> Result<Vec<(AccountNo, &'a Account)>, Failure> {
    if names.is_empty() {
        return Ok((0..).map(AccountNo).zip(books.accounts()).collect());
    }
    let find = |name: &String| {
        let no = books.account_no(&account_id(name)?);
        no.and_then(|no| books.account_at(no).map(|account| (no, account))).ok_or_else(|| {
            Failure::Refused(format!("no account has the name {name}; `longmen accounts` lists them"))
        })
    };
    names.iter().map(find).collect()
}

pub(crate) fn accounts(args: &AccountsArgs) -> Outcome {
    let replayed = args.as_of.replay(&args.dir)?;
    let (books, position) = (replayed.books(), last_position(&replayed));
    let chosen = filtered(books, args)?;
    if args.json {
        return print_lines(
            chosen.into_iter().map(|(no, account)| account_json(books, no, account, position)),
        );
    }
    let mut table = Table::new(&["account", "class", "currency", "overdraft", "code", "access", "metadata"]);
    for (no, account) in chosen {
        let details = books.details_at(no).cloned().unwrap_or_default();
        table.row(&[
            account.id().to_string(),
            lang::word(account.class().as_str()).to_owned(),
            account.currency().to_string(),
            overdraft(account.overdraft(), account.currency()),
            details.code.map_or_else(String::new, |code| code.to_string()),
            lang::list(&access(account)),
            meta_text(&details.meta),
        ]);
    }
    print(&table.without_empty_columns())
}

fn filtered<'a>(books: &'a Books, args: &AccountsArgs) -> Result<Vec<(AccountNo, &'a Account)>, Failure> {
    let within = args.code.as_deref().map(code).transpose()?;
    let in_set = match &args.set {
        None => None,
        Some(name) => {
            let no = books.set_no(&set_id(name)?).ok_or_else(|| no_set(name))?;
            Some(books.accounts_in(no))
        }
    };
    let with = match &args.meta {
        None => None,
        Some(text) => {
            let (key, value) = jsonl::pair(text).map_err(|invalid| Failure::Refused(invalid.message))?;
            Some(books.accounts_with(&key, &value))
        }
    };
    let is_within = |no: AccountNo, place: &Code| {
        books.details_at(no).and_then(|details| details.code).is_some_and(|own| own.is_within(place))
    };
    let is_wanted = |(no, account): &(AccountNo, &Account)| {
        account.id().as_str().starts_with(&args.prefix)
            && within.as_ref().is_none_or(|place| is_within(*no, place))
            && in_set.as_ref().is_none_or(|accounts| accounts.contains(no))
            && with.as_ref().is_none_or(|accounts| accounts.contains(no))
    };
    Ok((0..).map(AccountNo).zip(books.accounts()).filter(is_wanted).collect())
}

pub(super) fn set_id(name: &str) -> Result<SetId, Failure> {
    named(name, SetId::new(name))
}

fn no_set(name: &str) -> Failure {
    Failure::Refused(format!("no set has the name {name}; `longmen sets` lists them"))
}

fn code(text: &str) -> Result<Code, Failure> {
    named(text, Code::new(text))
}

fn account_json(books: &Books, no: AccountNo, account: &Account, position: u64) -> Json {
    let (balance, access) = (account.balance(), account.access());
    let details = books.details_at(no).cloned().unwrap_or_default();
    let total = |minor| total(minor, account.currency());
    json!({
        "account": account.id().as_str(),
        "class": account.class().as_str(),
        "currency": account.currency().code(),
        "overdraft": overdraft(account.overdraft(), account.currency()),
        "posted": balance.posted().plain(),
        "held": balance.held().plain(),
        "available": balance.available().plain(),
        "debits": total(balance.debits_posted()),
        "credits": total(balance.credits_posted()),
        "debits_held": total(balance.debits_held()),
        "credits_held": total(balance.credits_held()),
        "version": account.version(),
        "closed": account.is_closed(),
        "freeze": super::words::sides(access.debit_frozen, access.credit_frozen),
        "hidden": access.hidden,
        "code": details.code.map(|code| code.to_string()),
        "meta": meta_json(&details.meta),
        "position": position,
    })
}
