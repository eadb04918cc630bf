//! The statement of an account.

use std::path::PathBuf;

use longmen::replica::{Order, Statement, StatementQuestion};

use super::{Asked, Ends, Kept, Part, show, sides, what};
use crate::Outcome;
use crate::show::as_of::AsOf;
use crate::show::table::Table;
use crate::show::words::time;
use crate::show::{account_id, print, say};

#[derive(clap::Args)]
#[command(after_help = "\
The lines of the period lead from the opening to the closing balance; a page that is not the last one ends with a cursor.\n\
Posted lines alone are what a bank's statement has: the posted opening balance and all of them make the posted closing one.")]
pub(crate) struct Args {
    /// The ledger's directory
    dir: PathBuf,
    /// The account
    account: String,
    #[command(flatten)]
    ends: Ends,
    /// The last line first
    #[arg(long)]
    newest_first: bool,
    /// Only what was settled, without holds
    #[arg(long)]
    posted: bool,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    as_of: AsOf,
    #[command(flatten)]
    kept: Kept,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let question = StatementQuestion {
        account: account_id(&args.account)?,
        period: args.ends.period()?,
        order: if args.newest_first { Order::NewestFirst } else { Order::OldestFirst },
        posted_only: args.posted,
        paging: args.part.paging(),
    };
    let answer = Asked::of(&args.dir, &args.as_of, &args.kept)?.read(|view| view.statement(&question))?;
    show(&answer, args.json, page)
}

fn page(statement: &Statement) -> Outcome {
    let titles =
        ["when", "entry", "what", "counts on", "with", "debit", "credit", "posted", "held", "available"];
    let mut table = Table::new(&titles);
    let row = |name: &str, balance: &longmen::Balance| {
        let mut row = vec![String::new(); 7];
        row[2] = crate::lang::word(name).to_owned();
        row.extend([balance.posted(), balance.held(), balance.available()].map(|money| money.plain()));
        row
    };
    table.row(&row("opening", &statement.opening));
    for line in &statement.lines {
        let day = longmen::EffectiveDate::of_time(line.time_ns);
        let counts_on = if line.effective == day { String::new() } else { line.effective.to_string() };
        let other = line.other.map_or(String::new(), |other| other.to_string());
        let own = [time(line.time_ns), line.position.to_string(), what(line), counts_on, other];
        let balance = line.balance;
        let after = [balance.posted(), balance.held(), balance.available()].map(|money| money.plain());
        table.row(&[&own[..], &sides(line), &after].concat());
    }
    table.row(&row("closing", &statement.closing));
    print(&table.right_from(5).without_empty_columns())?;
    statement.next.as_ref().map_or(Ok(()), |next| say(&format!("\nmore with --cursor {next}")))
}
