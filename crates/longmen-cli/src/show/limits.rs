//! Velocity limits and what is used of them now.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use longmen::{Books, Limit, LimitState, Money, Most, Scope};
use serde_json::json;

use super::facts::limit_json;
use super::table::Table;
use super::words::{flow, most, window};
use super::{print, print_lines, replay};
use crate::Outcome;

#[derive(clap::Args)]
#[command(after_help = "\
Used is what was posted in the window that is open now, and for an amount what open holds hold now in its direction.")]
pub(crate) struct Args {
    /// The ledger's directory
    dir: PathBuf,
    /// Also those that were dropped
    #[arg(long)]
    all: bool,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(crate) fn limits(args: &Args) -> Outcome {
    let replayed = replay(&args.dir, None)?;
    let books = replayed.books();
    // Journal time never runs behind its last entry, whatever this machine's clock says.
    let now_ns = now_ns().max(replayed.head.time_ns);
    let chosen = books.limits().iter().filter(|state| args.all || state.is_in_force);
    if args.json {
        return print_lines(chosen.map(|state| {
            let mut value = limit_json(&state.limit);
            let [used, left] = used_and_left(books, state, now_ns);
            // A dropped limit has forgotten what was counted.
            value["used"] = json!(state.is_in_force.then(|| plain(used, &state.limit)));
            value["left"] = json!(state.is_in_force.then(|| plain(left, &state.limit)));
            value["in_force"] = json!(state.is_in_force);
            value
        }));
    }
    let mut table = Table::new(&["limit", "state", "on", "flow", "window", "at most", "used", "left"]);
    for state in chosen {
        let limit = &state.limit;
        let [used, left] = used_and_left(books, state, now_ns).map(|number| plain(number, limit));
        let shown = if state.is_in_force { [used, left] } else { [String::new(), String::new()] };
        let [used, left] = shown;
        table.row(&[
            limit.id.to_string(),
            if state.is_in_force { String::new() } else { "dropped".to_owned() },
            match limit.scope {
                Scope::Account(id) => id.to_string(),
                Scope::Set(id) => format!("set {id}"),
            },
            flow(limit.flow).to_owned(),
            window(limit.window),
            most(limit),
            used,
            left,
        ]);
    }
    print(&table.right_from(5).without_empty_columns())
}

fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// What counts against a limit now, and what may still come; a net flow may stand below zero.
fn used_and_left(books: &Books, state: &LimitState, now_ns: u64) -> [i128; 2] {
    let no = books.limit_no(&state.limit.id);
    let used = no.and_then(|no| books.used(no, now_ns)).unwrap_or(0);
    let most = match state.limit.most {
        Most::Amount(amount) => i128::from(amount.minor()),
        Most::Count(count) => i128::from(count),
    };
    [used, most.saturating_sub(used).max(0)]
}

fn plain(number: i128, limit: &Limit) -> String {
    match limit.most {
        Most::Amount(_) => Money::new(number, limit.currency).plain(),
        Most::Count(_) => number.to_string(),
    }
}
