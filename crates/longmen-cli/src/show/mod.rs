//! Looking at a ledger: balances, accounts, holds, entries, limits, size. Nothing here opens it for writing.

pub(crate) mod accounts;
pub(crate) mod as_of;
pub(crate) mod chart;
mod facts;
mod journal;
pub(crate) mod limits;
pub(crate) mod names;
pub(crate) mod product;
pub(crate) mod stat;
pub(crate) mod table;
pub(crate) mod words;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use longmen::{
    AccountId, AccountNo, Books, Content, HoldState, JournalEntry, MemberNo, MetaKey, Refusal, Replayed,
    Value,
};
use serde_json::{Value as Json, json};

use self::as_of::AsOf;
pub(crate) use self::journal::title;
use self::names::Names;
use self::table::Table;
use self::words::{closes, money, plain, time};
use crate::jsonl;
use crate::lang;
use crate::progress::bar;
use crate::style::Style;
use crate::{Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct HoldsArgs {
    /// The ledger's directory
    dir: PathBuf,
    /// Also those that have ended
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    as_of: AsOf,
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
    /// Only entries that post to this account, or say something of it
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Only the entry of the command with this key
    #[arg(long)]
    key: Option<String>,
    /// Only entries with this pair of metadata, such as channel=app
    #[arg(long, value_name = "KEY=VALUE")]
    meta: Option<String>,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(crate) fn holds(args: &HoldsArgs) -> Outcome {
    let replayed = args.as_of.replay(&args.dir)?;
    let books = replayed.books();
    let chosen = books.holds().iter().filter(|hold| args.all || hold.state == HoldState::Open);
    if args.json {
        return print_lines(chosen.map(|hold| {
            json!({
                "hold": hold.key.as_str(),
                "debit": name(books, hold.debit),
                "credit": name(books, hold.credit),
                "currency": hold.currency.code(),
                "amount": plain(hold.amount, hold.currency),
                "captured": plain(hold.captured, hold.currency),
                "forced": plain(hold.forced, hold.currency),
                "released": plain(hold.released(), hold.currency),
                "remaining": plain(hold.remaining, hold.currency),
                "closes": closes(hold.closes),
                "expires_ns": hold.expires_ns,
                "state": hold.state.as_str(),
            })
        }));
    }
    let titles = [
        "hold",
        "from",
        "for",
        "state",
        "keeps closed",
        "expires",
        "amount",
        "captured",
        "forced",
        "remaining",
    ];
    let mut table = Table::new(&titles);
    for hold in chosen {
        let cell = |amount| money(amount, hold.currency);
        table.row(&[
            hold.key.to_string(),
            name(books, hold.debit),
            name(books, hold.credit),
            lang::word(hold.state.as_str()).to_owned(),
            closes(hold.closes).join(", "),
            hold.expires_ns.map_or(lang::word("never").to_owned(), time),
            cell(hold.amount),
            cell(hold.captured),
            if hold.forced.is_zero() { String::new() } else { cell(hold.forced) },
            cell(hold.remaining),
        ]);
    }
    print(&table.right_from(6).without_empty_columns())
}

pub(crate) fn entries(args: &EntriesArgs) -> Outcome {
    let account = match &args.account {
        None => None,
        Some(name) => Some(account_id(name)?),
    };
    let pair = args.meta.as_deref().map(jsonl::pair).transpose();
    let pair = pair.map_err(|invalid| Failure::Refused(invalid.message))?;
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
        let is_wanted = entry.stamp.position >= args.from
            && names.wanted(&entry, account.as_ref(), args.key.as_deref())
            && pair.as_ref().is_none_or(|(key, value)| has_pair(&entry, key, value));
        if !is_wanted {
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

fn has_pair(entry: &JournalEntry, key: &MetaKey, value: &Value) -> bool {
    matches!(&entry.content, Content::Ledger(own) if own.meta().is_some_and(|meta| meta.has(key, value)))
}

/// The state as it is now, or as it was right after the entry at a position.
pub(crate) fn replay(dir: &Path, at: Option<u64>) -> Result<Replayed, Failure> {
    let until = at.map(|at| at.saturating_add(1));
    let bar = bar("replaying");
    let replayed = longmen::replay_with(dir, until, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let replayed = replayed.map_err(Failure::of_ledger(dir))?;
    match at {
        Some(at) if replayed.head.next_position <= at => Err(Failure::Refused(format!(
            "position {at} lies in the future: the last entry is at {}",
            replayed.head.next_position.saturating_sub(1)
        ))),
        _ => Ok(replayed),
    }
}

pub(crate) fn account_id(name: &str) -> Result<AccountId, Failure> {
    named(name, AccountId::new(name))
}

/// A name that was given on the command line.
pub(crate) fn named<T>(name: &str, parsed: Result<T, Refusal>) -> Result<T, Failure> {
    parsed.map_err(|refusal| Failure::Refused(format!("{name:?} is not a name: {refusal}")))
}

pub(crate) fn name(books: &Books, no: AccountNo) -> String {
    books.account_at(no).map_or_else(|| format!("#{}", no.0), |account| account.id().to_string())
}

fn member(books: &Books, no: MemberNo) -> String {
    match no {
        MemberNo::Account(no) => name(books, no),
        MemberNo::Set(no) => books.set_at(no).map_or_else(|| format!("#{}", no.0), |set| set.id.to_string()),
    }
}

pub(crate) fn print_lines(lines: impl Iterator<Item = Json>) -> Outcome {
    let mut out = BufWriter::new(io::stdout().lock());
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

pub(crate) fn print(table: &Table) -> Outcome {
    let mut out = BufWriter::new(io::stdout().lock());
    table.print(Style::stdout(), &mut out)?;
    out.flush()?;
    if table.is_empty() { say(lang::word("(none)")) } else { Ok(()) }
}

/// A remark beside a table: for a person only.
pub(crate) fn say(remark: &str) -> Outcome {
    if io::stdout().is_terminal() {
        writeln!(io::stdout(), "{remark}")?;
    }
    Ok(())
}
