//! How large a ledger is.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use longmen::HoldState;
use serde_json::json;

use super::table::Table;
use super::words::{date, time};
use super::{print, replay};
use crate::{Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The ledger's directory
    dir: PathBuf,
    /// As it was before this entry
    #[arg(long, value_name = "POSITION")]
    at: Option<u64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let replayed = replay(&args.dir, args.at)?;
    let state = replayed.state_hash().to_string();
    let (books, head) = (replayed.books(), replayed.head);
    let (files, bytes) = size(&args.dir)?;
    let open = books.holds().iter().filter(|hold| hold.state == HoldState::Open).count();
    let limits = books.limits().iter().filter(|state| state.is_in_force).count();
    if args.json {
        let stat = json!({
            "entries": head.next_position, "head": head.hash.to_string(), "state": state,
            "last_time_ns": head.time_ns,
            "accounts": books.accounts().len(), "holds": books.holds().len(), "holds_open": open,
            "sets": books.sets().len(), "limits": limits, "sealed_through": books.sealed_through().map(date),
            "files": files, "bytes": bytes,
        });
        return Ok(writeln!(io::stdout(), "{stat}")?);
    }
    let mut table = Table::new(&["", ""]);
    for (what, value) in [
        ("entries", head.next_position.to_string()),
        ("head", head.hash.to_string()),
        ("state", state),
        ("last entry", time(head.time_ns)),
        ("accounts", books.accounts().len().to_string()),
        ("holds", format!("{} placed, {open} open", books.holds().len())),
        ("sets", books.sets().len().to_string()),
        ("limits", format!("{limits} in force")),
        (
            "sealed",
            books.sealed_through().map_or("no day".to_owned(), |day| format!("through {}", date(day))),
        ),
        ("files", files.to_string()),
        (
            "bytes",
            format!("{bytes} ({}), with the room kept ready for new entries", indicatif::HumanBytes(bytes)),
        ),
    ] {
        table.row(&[what.to_owned(), value]);
    }
    print(&table)
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
