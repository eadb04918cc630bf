//! Looking at a ledger: balances, accounts, holds, entries, size. Nothing here opens it for writing.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use longmen::{
    Account, AccountId, AccountNo, Books, Content, Effect, Entry, Event, HoldState, JournalEntry, Money, Overdraft,
    Replayed, Side,
};
use serde_json::{Value, json};

use crate::progress::bar;
use crate::{Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct BalanceArgs {
    /// The ledger's directory
    dir: PathBuf,
    /// The accounts; all of them without a name
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
    #[arg(long, value_name = "TEXT", default_value = "")]
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

#[derive(clap::Args)]
pub(crate) struct StatArgs {
    /// The ledger's directory
    dir: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn balance(args: &BalanceArgs) -> Outcome {
    let replayed = replay(&args.dir, args.at)?;
    let mut chosen = Vec::new();
    for name in &args.accounts {
        let id: AccountId = name.parse().map_err(|error| Failure::Refused(format!("{name:?}: {error}")))?;
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
    table.print()?;
    say(&format!("true after {position} entries, up to {}", replayed.head.hash))
}

pub(crate) fn accounts(args: &AccountsArgs) -> Outcome {
    let replayed = replay(&args.dir, None)?;
    let chosen = replayed.books.accounts().iter().filter(|account| account.id().as_str().starts_with(&args.prefix));
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
            overdraft(account),
        ]);
    }
    table.print()
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
                "amount_minor": hold.amount.minor(),
                "captured_minor": hold.captured.minor(),
                "released_minor": hold.released().minor(),
                "remaining_minor": hold.remaining.minor(),
                "expires_ns": hold.expires_ns,
                "state": hold.state.as_str(),
            })
        }));
    }
    let mut table =
        Table::new(&["hold", "from", "for", "state", "expires", "placed", "captured", "remaining"]).right_from(5);
    for hold in chosen {
        let money = |amount: longmen::Amount| Money::new(i128::from(amount.minor()), hold.currency).to_string();
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
    table.print()
}

pub(crate) fn entries(args: &EntriesArgs) -> Outcome {
    let account = match &args.account {
        None => None,
        Some(name) => Some(name.parse::<AccountId>().map_err(|error| Failure::Refused(error.to_string()))?),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    // Entries name accounts by number; the names are learnt from the entries that opened them.
    let mut names = Names::default();
    let mut left = args.limit;
    for entry in longmen::entries(&args.dir, 0)? {
        if left == 0 {
            break;
        }
        let entry = entry?;
        names.learn(&entry);
        if entry.stamp.position < args.from || !names.wanted(&entry, account.as_ref(), args.key.as_deref()) {
            continue;
        }
        left -= 1;
        if args.json {
            writeln!(out, "{}", names.json(&entry))?;
        } else {
            names.print(&entry, &mut out)?;
        }
    }
    Ok(out.flush()?)
}

pub(crate) fn stat(args: &StatArgs) -> Outcome {
    let Replayed { books, head } = replay(&args.dir, None)?;
    let (files, bytes) = size(&args.dir)?;
    let open = books.holds().iter().filter(|hold| hold.state == HoldState::Open).count();
    let per_entry = bytes.checked_div(head.next_position).unwrap_or(0);
    if args.json {
        let stat = json!({
            "entries": head.next_position, "head": head.hash.to_string(), "last_time_ns": head.time_ns,
            "accounts": books.accounts().len(), "holds": books.holds().len(), "holds_open": open,
            "files": files, "bytes": bytes,
        });
        return print_lines(std::iter::once(stat));
    }
    let mut table = Table::new(&["", ""]);
    for (what, value) in [
        ("entries", head.next_position.to_string()),
        ("head", head.hash.to_string()),
        ("last entry", time(head.time_ns)),
        ("accounts", books.accounts().len().to_string()),
        ("holds", format!("{} placed, {open} open", books.holds().len())),
        ("files", files.to_string()),
        ("bytes", format!("{bytes}, {per_entry} for each entry, unused room in the last file included")),
    ] {
        table.row(&[what.to_owned(), value]);
    }
    table.print()
}

pub(crate) fn replay(dir: &Path, until: Option<u64>) -> Result<Replayed, Failure> {
    let bar = bar("replaying");
    let replayed = longmen::replay_with(dir, until, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let replayed = replayed?;
    match until {
        Some(until) if replayed.head.next_position < until => Err(Failure::Refused(format!(
            "position {until} lies in the future: the journal has {} entries",
            replayed.head.next_position
        ))),
        _ => Ok(replayed),
    }
}

/// A journal time for a person.
pub(crate) fn time(ns: u64) -> String {
    let stamp = jiff::Timestamp::from_nanosecond(i128::from(ns));
    stamp.map_or_else(|_| ns.to_string(), |stamp| format!("{stamp:.3}"))
}

fn name(books: &Books, no: AccountNo) -> String {
    books.account_at(no).map_or_else(|| format!("#{}", no.0), |account| account.id().to_string())
}

fn overdraft(account: &Account) -> String {
    match account.overdraft() {
        Overdraft::Unlimited => "unlimited".to_owned(),
        Overdraft::UpTo(limit) if limit.is_zero() => "none".to_owned(),
        Overdraft::UpTo(limit) => Money::new(i128::from(limit.minor()), account.currency()).to_string(),
    }
}

fn balance_json(account: &Account, position: u64) -> Value {
    let balance = account.balance();
    json!({
        "account": account.id().as_str(),
        "class": account.class().as_str(),
        "currency": account.currency().code(),
        "overdraft": overdraft(account),
        "posted": balance.posted().amount_text(),
        "held": balance.held().amount_text(),
        "available": balance.available().amount_text(),
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

/// A remark beside a table: for a person only.
fn say(remark: &str) -> Outcome {
    if io::stdout().is_terminal() {
        println!("{remark}");
    }
    Ok(())
}

fn size(dir: &Path) -> Result<(u64, u64), Failure> {
    let (mut files, mut bytes) = (0, 0);
    for item in std::fs::read_dir(dir)? {
        let item = item?;
        let (more_files, more_bytes) = match item.metadata()? {
            meta if meta.is_dir() => size(&item.path())?,
            meta => (1, meta.len()),
        };
        files += more_files;
        bytes += more_bytes;
    }
    Ok((files, bytes))
}

/// Names of accounts, learnt from the entries that opened them.
#[derive(Default)]
pub(crate) struct Names(Vec<(AccountId, longmen::Currency)>);

impl Names {
    pub(crate) fn learn(&mut self, entry: &JournalEntry) {
        if let Content::Ledger(Entry { event: Event::AccountOpened(account), .. }) = &entry.content {
            self.0.push((account.id, account.currency));
        }
    }

    fn get(&self, no: AccountNo) -> Option<&(AccountId, longmen::Currency)> {
        self.0.get(usize::try_from(no.0).ok()?)
    }

    fn wanted(&self, entry: &JournalEntry, account: Option<&AccountId>, key: Option<&str>) -> bool {
        let Content::Ledger(entry) = &entry.content else { return account.is_none() && key.is_none() };
        let posts_to = |id: &AccountId| {
            entry.postings.iter().any(|posting| self.get(posting.account).is_some_and(|(name, _)| name == id))
        };
        let keyed = |key: &str| entry.key.is_some_and(|other| other.as_str() == key);
        account.is_none_or(posts_to) && key.is_none_or(keyed)
    }

    fn json(&self, entry: &JournalEntry) -> Value {
        let mut value = json!({
            "position": entry.stamp.position,
            "hash": entry.stamp.hash.to_string(),
            "time_ns": entry.stamp.time_ns,
            "epoch": entry.epoch,
        });
        match &entry.content {
            Content::Journal(record) => value["event"] = json!(format!("{record:?}")),
            Content::Ledger(entry) => {
                value["event"] = json!(event_name(&entry.event));
                value["key"] = json!(entry.key.map(|key| key.to_string()));
                value["memo"] = json!(entry.memo.as_str());
                value["effective_day"] = json!(entry.effective.map(|day| day.0));
                if let Event::Refused { refusal, .. } = &entry.event {
                    value["reason"] = json!(refusal.reason.name());
                }
                value["postings"] = self.postings_json(entry);
            }
        }
        value
    }

    fn postings_json(&self, entry: &Entry) -> Value {
        let postings = entry.postings.iter().map(|posting| {
            let account = self.get(posting.account);
            json!({
                "account": account.map(|(id, _)| id.to_string()),
                "currency": account.map(|(_, currency)| currency.code().to_owned()),
                "side": side(posting.side),
                "effect": effect(posting.effect),
                "amount_minor": posting.amount.minor(),
            })
        });
        postings.collect()
    }

    /// One entry as a person reads it: a line, and a line for each posting.
    pub(crate) fn print(&self, entry: &JournalEntry, out: &mut impl Write) -> io::Result<()> {
        let stamp = entry.stamp;
        let hash = stamp.hash.to_string();
        let short = hash.get(..12).unwrap_or(&hash);
        write!(out, "{:>6}  {}  {short}  ", stamp.position, time(stamp.time_ns))?;
        match &entry.content {
            Content::Journal(record) => writeln!(out, "{record}"),
            Content::Ledger(entry) => {
                write!(out, "{}", event_name(&entry.event))?;
                if let Some(key) = entry.key {
                    write!(out, "  {key}")?;
                }
                match &entry.event {
                    Event::AccountOpened(account) => write!(out, "  {}", account.id)?,
                    Event::Refused { refusal, .. } => write!(out, "  {}", refusal.reason.name())?,
                    _ => {}
                }
                if !entry.memo.is_empty() {
                    write!(out, "  “{}”", entry.memo.as_str())?;
                }
                writeln!(out)?;
                self.print_postings(entry, out)
            }
        }
    }

    fn print_postings(&self, entry: &Entry, out: &mut impl Write) -> io::Result<()> {
        for posting in &entry.postings {
            let Some((id, currency)) = self.get(posting.account) else { continue };
            let money = Money::new(i128::from(posting.amount.minor()), *currency).to_string();
            let (debit, credit) = match posting.side {
                Side::Debit => (money.as_str(), ""),
                Side::Credit => ("", money.as_str()),
            };
            writeln!(out, "{:>14} {:<28} {debit:>20} {credit:>20}", effect(posting.effect), id.as_str())?;
        }
        Ok(())
    }
}

fn event_name(event: &Event) -> &'static str {
    match event {
        Event::AccountOpened(_) => "account opened",
        Event::Posted => "posted",
        Event::HoldPlaced { .. } => "hold placed",
        Event::HoldCaptured { is_final: false, .. } => "hold captured",
        Event::HoldCaptured { is_final: true, .. } => "hold captured, final",
        Event::HoldReleased { .. } => "hold released",
        Event::HoldExpired { .. } => "hold expired",
        Event::Refused { .. } => "refused",
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Debit => "debit",
        Side::Credit => "credit",
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Post => "post",
        Effect::Hold => "hold",
        Effect::Unhold => "unhold",
    }
}

/// Columns as wide as their content.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    right_from: usize,
}

impl Table {
    pub(crate) fn new(titles: &[&str]) -> Self {
        Self { rows: vec![titles.iter().map(|title| (*title).to_owned()).collect()], right_from: usize::MAX }
    }

    /// Sets the columns from this one on flush right, as numbers are.
    pub(crate) fn right_from(mut self, column: usize) -> Self {
        self.right_from = column;
        self
    }

    pub(crate) fn row(&mut self, cells: &[String]) {
        self.rows.push(cells.to_vec());
    }

    pub(crate) fn print(&self) -> Outcome {
        let mut out = BufWriter::new(io::stdout().lock());
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            if row.iter().all(String::is_empty) {
                continue;
            }
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let gap = if column == 0 { "" } else { "  " };
                line += &if column < self.right_from {
                    format!("{gap}{cell:<width$}")
                } else {
                    format!("{gap}{cell:>width$}")
                };
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(out.flush()?)
    }
}
