//! Looking at a ledger: balances, accounts, holds, entries, size. Nothing here opens it for writing.

pub(crate) mod journal;
pub(crate) mod stat;
pub(crate) mod table;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use longmen::{Account, AccountId, AccountNo, Amount, Books, Currency, HoldState, Money, Replayed};
use serde_json::{Value, json};

use self::journal::{Names, overdraft, time};
use self::table::Table;
use crate::progress::bar;
use crate::style::Style;
use crate::{Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct BalanceArgs {
    /// The ledger's directory
    dir: PathBuf,
    /// Which accounts; without a name all of them
    accounts: Vec<String>,
    /// As they were before the entry at this position
    #[arg(long, value_name = "POSITION")]
    at: Option<u64>,
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
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct HoldsArgs {
    /// The ledger's directory
    dir: PathBuf,
    /// Also those that have ended
    #[arg(long)]
    all: bool,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct EntriesArgs {
    /// The ledger's directory
    dir: PathBuf,
    /// From this position on
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    from: u64,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value_t = u64::MAX, hide_default_value = true)]
    limit: u64,
    /// Only entries that post to this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Only the entry of the command with this key
    #[arg(long)]
    key: Option<String>,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(crate) fn balance(args: &BalanceArgs) -> Outcome {
    let replayed = replay(&args.dir, args.at)?;
    let mut chosen = Vec::new();
    for name in &args.accounts {
        let id = account_id(name)?;
        let account = replayed.books.account(&id).ok_or_else(|| {
            Failure::Refused(format!("no account has the name {name}; `longmen accounts` lists them"))
        })?;
        chosen.push(account);
    }
    if args.accounts.is_empty() {
        chosen.extend(replayed.books.accounts());
    }
    let position = replayed.head.next_position;
    if args.json {
        return print_lines(chosen.into_iter().map(|account| balance_json(account, position)));
    }
    let mut table = Table::new(&["account", "posted", "held", "available"]).right_from(1);
    for account in chosen {
        let balance = account.balance();
        table.row(&[
            account.id().to_string(),
            balance.posted().to_string(),
            balance.held().to_string(),
            balance.available().to_string(),
        ]);
    }
    print(&table)?;
    say(&format!("\nas of {position} entries, the last with the hash {}", replayed.head.hash))
}

pub(crate) fn accounts(args: &AccountsArgs) -> Outcome {
    let replayed = replay(&args.dir, None)?;
    let chosen =
        replayed.books.accounts().iter().filter(|account| account.id().as_str().starts_with(&args.prefix));
    if args.json {
        let position = replayed.head.next_position;
        return print_lines(chosen.map(|account| balance_json(account, position)));
    }
    let mut table = Table::new(&["account", "class", "currency", "overdraft"]);
    for account in chosen {
        table.row(&[
            account.id().to_string(),
            account.class().to_string(),
            account.currency().to_string(),
            overdraft(account.overdraft(), account.currency()),
        ]);
    }
    print(&table)
}

pub(crate) fn holds(args: &HoldsArgs) -> Outcome {
    let Replayed { books, .. } = replay(&args.dir, None)?;
    let chosen = books.holds().iter().filter(|hold| args.all || hold.state == HoldState::Open);
    if args.json {
        return print_lines(chosen.map(|hold| {
            json!({
                "hold": hold.key.as_str(),
                "debit": name(&books, hold.debit),
                "credit": name(&books, hold.credit),
                "currency": hold.currency.code(),
                "amount": plain(hold.amount, hold.currency),
                "captured": plain(hold.captured, hold.currency),
                "released": plain(hold.released(), hold.currency),
                "remaining": plain(hold.remaining, hold.currency),
                "expires_ns": hold.expires_ns,
                "state": hold.state.as_str(),
            })
        }));
    }
    let mut table =
        Table::new(&["hold", "from", "for", "state", "expires", "placed", "captured", "remaining"])
            .right_from(5);
    for hold in chosen {
        let money = |amount| format!("{} {}", plain(amount, hold.currency), hold.currency);
        table.row(&[
            hold.key.to_string(),
            name(&books, hold.debit),
            name(&books, hold.credit),
            hold.state.as_str().to_owned(),
            hold.expires_ns.map_or("never".to_owned(), time),
            money(hold.amount),
            money(hold.captured),
            money(hold.remaining),
        ]);
    }
    print(&table)
}

pub(crate) fn entries(args: &EntriesArgs) -> Outcome {
    let account = match &args.account {
        None => None,
        Some(name) => Some(account_id(name)?),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    // Entries name accounts by number; the names are learnt from the entries that opened them.
    let mut names = Names::default();
    let mut left = args.limit;
    let style = Style::stdout();
    for entry in longmen::entries(&args.dir, 0).map_err(Failure::of_ledger(&args.dir))? {
        if left == 0 {
            break;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                // What could be read comes first.
                out.flush()?;
                return Err(Failure::of_ledger(&args.dir)(error));
            }
        };
        names.learn(&entry);
        if entry.stamp.position < args.from || !names.wanted(&entry, account.as_ref(), args.key.as_deref()) {
            continue;
        }
        left -= 1;
        if args.json {
            writeln!(out, "{}", names.json(&entry))?;
        } else {
            names.print(&entry, style, &mut out)?;
        }
    }
    Ok(out.flush()?)
}

pub(crate) fn replay(dir: &Path, until: Option<u64>) -> Result<Replayed, Failure> {
    let bar = bar("replaying");
    let replayed = longmen::replay_with(dir, until, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let replayed = replayed.map_err(Failure::of_ledger(dir))?;
    match until {
        Some(until) if replayed.head.next_position < until => Err(Failure::Refused(format!(
            "position {until} lies in the future: the journal has {} entries",
            replayed.head.next_position
        ))),
        _ => Ok(replayed),
    }
}

fn account_id(name: &str) -> Result<AccountId, Failure> {
    AccountId::new(name)
        .map_err(|refusal| Failure::Refused(format!("{name:?} cannot name an account: {refusal}")))
}

fn plain(amount: Amount, currency: Currency) -> String {
    Money::new(i128::from(amount.minor()), currency).plain()
}

fn name(books: &Books, no: AccountNo) -> String {
    books.account_at(no).map_or_else(|| format!("#{}", no.0), |account| account.id().to_string())
}

fn balance_json(account: &Account, position: u64) -> Value {
    let balance = account.balance();
    let total =
        |minor: u128| Money::new(i128::try_from(minor).unwrap_or(i128::MAX), account.currency()).plain();
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
        "position": position,
    })
}

fn print_lines(lines: impl Iterator<Item = Value>) -> Outcome {
    let mut out = BufWriter::new(io::stdout().lock());
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

fn print(table: &Table) -> Outcome {
    let mut out = BufWriter::new(io::stdout().lock());
    table.print(Style::stdout(), &mut out)?;
    out.flush()?;
    if table.is_empty() { say("(none)") } else { Ok(()) }
}

/// A remark beside a table: for a person only.
fn say(remark: &str) -> Outcome {
    if io::stdout().is_terminal() {
        writeln!(io::stdout(), "{remark}")?;
    }
    Ok(())
}
