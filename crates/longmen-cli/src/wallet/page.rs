//! An owner's wallet on one page.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use longmen::wallet::{AccountView, OpenView, OwnerId, OwnerView};
use serde::Serialize;

use super::activity::{self, Activity, Change};
use super::{age, due, moment};
use crate::lang::{self, pick};
use crate::show::as_of::{AsOf, last_position};
use crate::show::named;
use crate::show::table::Table;
use crate::show::words::{time, wire_word};
use crate::style::Style;
use crate::{Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The ledger's directory
    dir: PathBuf,
    /// The owner's name
    owner: String,
    #[command(flatten)]
    as_of: AsOf,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    view: OwnerView,
    recent: Vec<Activity>,
    now_ns: u64,
    position: u64,
}

pub(crate) fn show(args: &Args) -> Outcome {
    let page = Page::of(&args.dir, &args.owner, &args.as_of)?;
    let mut out = BufWriter::new(io::stdout().lock());
    if args.json {
        let json = serde_json::to_string(&page).map_err(|error| Failure::Ledger(error.to_string()))?;
        writeln!(out, "{json}")?;
    } else {
        page.print(Style::stdout(), &mut out)?;
    }
    Ok(out.flush()?)
}

/// Prints an owner's wallet as it is now.
pub(crate) fn print_owner(dir: &Path, owner: &str, style: Style, out: &mut impl Write) -> Outcome {
    Ok(Page::of(dir, owner, &AsOf::default())?.print(style, out)?)
}

impl Page {
    fn of(dir: &Path, owner: &str, as_of: &AsOf) -> Result<Self, Failure> {
        let owner = named(owner, OwnerId::new(owner))?;
        let replayed = as_of.replay(dir)?;
        let now_ns = moment(&replayed, as_of);
        let Some(mut view) = replayed.state.owner_view(owner, now_ns) else {
            return Err(Failure::Refused(match lang::is_zh() {
                true => format!("没有名为 {owner} 的用户；`longmen wallet owners` 可列出全部用户"),
                false => format!("no owner has the name {owner}; `longmen wallet owners` lists them"),
            }));
        };
        let products = replayed.state.products();
        let accounts: HashMap<_, _> =
            replayed.state.accounts_of(owner).into_iter().map(|no| (no, products.role(no))).collect();
        let until = replayed.head.next_position;
        let recent = activity::last(dir, until, replayed.books(), &accounts, &mut view)?;
        let position = last_position(&replayed);
        Ok(Self { view, recent, now_ns, position })
    }

    fn print(&self, style: Style, out: &mut impl Write) -> io::Result<()> {
        self.header(style, out)?;
        let titles = ["sub-account", "role", "posted", "held", "available"];
        let mut table = Table::new(&titles).right_from(2).indent(2);
        self.view.accounts.iter().for_each(|own| table.row(&[&account(own)[..], &amounts(own)].concat()));
        section("", &table, style, out)?;
        section("cards", &self.cards(), style, out)?;
        section("holds", &self.holds(), style, out)?;
        section("pending", &self.pending(), style, out)?;
        section("debts", &self.items(&self.view.debts), style, out)?;
        section("unclaimed", &self.items(&self.view.unclaimed), style, out)?;
        section("payees", &self.payees(), style, out)?;
        section("recent activity", &self.recent(), style, out)
    }

    /// Who it is, and where the owner stands.
    fn header(&self, style: Style, out: &mut impl Write) -> io::Result<()> {
        let view = &self.view;
        let kind = wire_word(&view.kind);
        let mut line = format!(
            "{}  {}  {}",
            style.bold(view.owner.as_str()),
            lang::word(&kind),
            lang::phase(view.phase)
        );
        if view.tier > 0 {
            line = format!("{line}{} {}", pick(", tier", "，认证等级"), view.tier);
        }
        let terms = view.terms;
        line = format!("{line}  {} {}", lang::word("pool"), view.pool);
        writeln!(out, "{line}  {} {} v{}", lang::word("terms"), terms.id, terms.version)?;
        let frozen = [(view.debit_frozen, "debit frozen"), (view.credit_frozen, "credit frozen")];
        let hidden =
            [(view.hidden, pick("not activated: the owner does not see it", "未激活：用户尚看不到款项"))];
        let said: Vec<&str> = frozen
            .into_iter()
            .map(|(is, word)| (is, lang::word(word)))
            .chain(hidden)
            .filter(|(is, _)| *is)
            .map(|(_, word)| word)
            .collect();
        if !said.is_empty() {
            writeln!(out, "{}", style.yellow(&lang::list(&said)))?;
        }
        let seen = match lang::is_zh() {
            true => format!(
                "{} 注册，查看于 {}，分录 {} 之后",
                time(view.since_ns),
                time(self.now_ns),
                self.position
            ),
            false => {
                let (since, now) = (time(view.since_ns), time(self.now_ns));
                format!("registered {since}, seen {now} after entry {}", self.position)
            }
        };
        writeln!(out, "{}", style.dim(&seen))
    }

    fn cards(&self) -> Table {
        let titles = ["card", "phase", "expires", "days left", "posted", "held", "available"];
        let mut table = Table::new(&titles).right_from(3).indent(2);
        for own in &self.view.cards {
            let expires = own.expires_ns.map_or(lang::word("never").to_owned(), time);
            let left = own.days_left.map_or(String::new(), |days| days.to_string());
            let [posted, held, available] = amounts(&own.account);
            table.row(&[
                own.card.to_string(),
                lang::phase(own.phase).to_owned(),
                expires,
                left,
                posted,
                held,
                available,
            ]);
        }
        table
    }

    fn holds(&self) -> Table {
        let mut table =
            Table::new(&["hold", "for", "on", "age", "until", "remaining"]).right_from(5).indent(2);
        for own in &self.view.holds {
            table.row(&[
                own.hold.to_string(),
                own.thing.map_or("", lang::thing).to_owned(),
                own.account.to_string(),
                self.age(own.since_ns),
                own.until_ns.map_or(String::new(), time),
                own.remaining.to_string(),
            ]);
        }
        table.without_empty_columns()
    }

    fn pending(&self) -> Table {
        let mut table =
            Table::new(&["what", "name", "phase", "age", "due", "amount"]).right_from(5).indent(2);
        for own in &self.view.pending {
            table.row(&[
                lang::thing(own.thing).to_owned(),
                own.name.to_string(),
                lang::phase(own.phase).to_owned(),
                self.age(own.since_ns),
                own.due_ns.map_or(String::new(), |at| due(at, self.now_ns)),
                own.sum.map_or(String::new(), |sum| sum.to_string()),
            ]);
        }
        table.without_empty_columns()
    }

    fn items(&self, items: &[OpenView]) -> Table {
        let mut table = Table::new(&["name", "age", "due", "amount"]).right_from(3).indent(2);
        for own in items {
            let until = own.due_ns.map_or(String::new(), |at| due(at, self.now_ns));
            table.row(&[own.name.to_string(), self.age(Some(own.since_ns)), until, own.sum.to_string()]);
        }
        table.without_empty_columns()
    }

    fn payees(&self) -> Table {
        let mut table = Table::new(&["payee", "version", "rail", "currency", "phase"]).indent(2);
        for own in &self.view.payees {
            let rail = wire_word(&own.rail);
            table.row(&[
                own.id.to_string(),
                own.version.to_string(),
                lang::word(&rail).to_owned(),
                own.currency.to_string(),
                lang::phase(own.phase).to_owned(),
            ]);
        }
        table
    }

    fn recent(&self) -> Table {
        let mut table = Table::new(&["when", "entry", "what", ""]).indent(2);
        for own in &self.recent {
            let changes: Vec<String> = own.changes.iter().map(Change::text).collect();
            let changes = changes.join(pick("; ", "；"));
            table.row(&[time(own.time_ns), own.position.to_string(), own.what.clone(), changes]);
        }
        table
    }

    fn age(&self, since_ns: Option<u64>) -> String {
        since_ns.map_or(String::new(), |since| age(since, self.now_ns))
    }
}

/// A table under its title; nothing where it has no rows.
fn section(title: &str, table: &Table, style: Style, out: &mut impl Write) -> io::Result<()> {
    if table.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    if !title.is_empty() {
        writeln!(out, "{}", style.bold(lang::word(title)))?;
    }
    table.print(style, out)
}

fn account(own: &AccountView) -> [String; 2] {
    [own.account.to_string(), lang::role(own.role).to_owned()]
}

fn amounts(own: &AccountView) -> [String; 3] {
    [own.posted, own.held, own.available].map(|money| money.to_string())
}
