//! What accounts add up to: the trial balance, sets and places in the chart.

use std::path::PathBuf;

use longmen::{Books, MemberNo, SetNo, Totals};
use serde_json::{Value as Json, json};

use super::as_of::{AsOf, last_position};
use super::table::Table;
use super::words::total;
use super::{member, print, print_lines, replay, say};
use crate::{Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct TrialBalanceArgs {
    /// The ledger's directory
    dir: PathBuf,
    #[command(flatten)]
    as_of: AsOf,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct SetsArgs {
    /// The ledger's directory
    dir: PathBuf,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// Debits and credits of all accounts, for each currency and layer; fails where they differ.
pub(crate) fn trial_balance(args: &TrialBalanceArgs) -> Outcome {
    let replayed = args.as_of.replay(&args.dir)?;
    let (all, position) = (replayed.books().trial_balance(), last_position(&replayed));
    let meets = Totals::are_equal;
    if args.json {
        print_lines(all.iter().map(|totals| {
            let mut value = totals_json(totals, position);
            value["equal"] = json!(meets(totals));
            value
        }))?;
    } else {
        let mut table = Table::new(&["currency", "layer", "debits", "", "credits", "accounts"]);
        for totals in &all {
            let layers = [
                ("posted", totals.debits_posted, totals.credits_posted, totals.accounts.to_string()),
                ("held", totals.debits_held, totals.credits_held, String::new()),
            ];
            for (layer, debits, credits, accounts) in layers {
                let first = if layer == "posted" { totals.currency.to_string() } else { String::new() };
                let sign = if debits == credits { "=" } else { "≠" };
                let [debits, credits] = [debits, credits].map(|minor| total(minor, totals.currency));
                table.row(&[first, layer.to_owned(), debits, sign.to_owned(), credits, accounts]);
            }
        }
        print(&table.right_from(2))?;
    }
    if let Some(broken) = all.iter().find(|totals| !meets(totals)) {
        return Err(Failure::Damage(format!("the trial balance of {} does not meet", broken.currency)));
    }
    if args.json {
        return Ok(());
    }
    say(&format!("\ndebits equal credits in each currency and on each layer, as of the entry at {position}"))
}

pub(crate) fn sets(args: &SetsArgs) -> Outcome {
    let replayed = replay(&args.dir, None)?;
    let books = replayed.books();
    let sets = || (0..).map(SetNo).zip(books.sets());
    if args.json {
        return print_lines(sets().map(|(no, set)| {
            let of = |wanted: fn(&MemberNo) -> bool| -> Vec<String> {
                set.members.iter().filter(|member| wanted(member)).map(|no| member(books, *no)).collect()
            };
            json!({
                "set": set.id.as_str(),
                "accounts": of(|member| matches!(member, MemberNo::Account(_))),
                "sets": of(|member| matches!(member, MemberNo::Set(_))),
                "accounts_in_all": accounts_in_all(books, no),
            })
        }));
    }
    let mut table = Table::new(&["set", "accounts in all", "members"]);
    for (no, set) in sets() {
        let members = set.members.iter().map(|member_no| match member_no {
            MemberNo::Account(_) => member(books, *member_no),
            MemberNo::Set(_) => format!("set {}", member(books, *member_no)),
        });
        table.row(&[
            set.id.to_string(),
            accounts_in_all(books, no).to_string(),
            members.collect::<Vec<_>>().join("  "),
        ]);
    }
    print(&table)
}

fn accounts_in_all(books: &Books, no: SetNo) -> usize {
    books.accounts_in(no).len()
}

/// Totals of some accounts, a row a currency.
pub(super) fn print_totals(all: &[Totals], position: u64, json: bool) -> Outcome {
    if json {
        return print_lines(all.iter().map(|totals| totals_json(totals, position)));
    }
    let titles = ["currency", "accounts", "debits", "credits", "net debit", "debits held", "credits held"];
    let mut table = Table::new(&titles).right_from(1);
    for totals in all {
        let cell = |minor| total(minor, totals.currency);
        table.row(&[
            totals.currency.to_string(),
            totals.accounts.to_string(),
            cell(totals.debits_posted),
            cell(totals.credits_posted),
            net(totals),
            cell(totals.debits_held),
            cell(totals.credits_held),
        ]);
    }
    print(&table)
}

/// Debits less credits.
fn net(totals: &Totals) -> String {
    let (debits, credits) = (totals.debits_posted, totals.credits_posted);
    let size = total(debits.abs_diff(credits), totals.currency);
    if debits < credits { format!("-{size}") } else { size }
}

fn totals_json(totals: &Totals, position: u64) -> Json {
    let cell = |minor| total(minor, totals.currency);
    json!({
        "currency": totals.currency.code(),
        "accounts": totals.accounts,
        "debits": cell(totals.debits_posted),
        "credits": cell(totals.credits_posted),
        "net_debit": net(totals),
        "debits_held": cell(totals.debits_held),
        "credits_held": cell(totals.credits_held),
        "position": position,
    })
}
