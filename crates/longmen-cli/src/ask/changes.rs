//! The change feed, one JSON object a line.

use std::fs;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use longmen::replica::{Changes, ChangesFrom};
use serde_json::json;

use super::{Asked, Kept};
use crate::show::as_of::AsOf;
use crate::{Failure, Outcome};

/// After so many changes the cursor is kept, if not before.
const KEEP_EVERY: u64 = 1_024;

/// How long it is waited for a change at a time.
const WAIT: Duration = Duration::from_millis(500);

#[derive(clap::Args)]
#[command(after_help = "\
Every line has the entry, every balance that it changed, before and after it, and a cursor.\n\
With --cursor-file it goes on where it ended the last time, or with the first entry where there is no such file yet; the\n\
file is written after what it covers was printed, so that every change is seen at least once.")]
pub(crate) struct Args {
    /// The ledger's directory
    dir: PathBuf,
    /// With the first entry of the ledger
    #[arg(long, conflicts_with = "cursor_file")]
    from_start: bool,
    /// With the entry at this position
    #[arg(long, value_name = "POSITION", conflicts_with_all = ["cursor_file", "from_start"])]
    from: Option<u64>,
    /// Behind the cursor in this file, which is kept up to date
    #[arg(long, value_name = "FILE")]
    cursor_file: Option<PathBuf>,
    /// Go on as more entries come; without anything else, from now on
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    kept: Kept,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let from = match (&args.cursor_file, args.from) {
        (Some(file), _) => cursor_in(file)?.map_or(ChangesFrom::Start, ChangesFrom::Cursor),
        (None, Some(position)) => ChangesFrom::Position(position),
        (None, None) if args.from_start => ChangesFrom::Start,
        (None, None) if args.follow => ChangesFrom::Now,
        (None, None) => {
            let what = "from where? give --from-start, --from POSITION, --cursor-file FILE, or --follow for what \
                        comes from now on";
            return Err(Failure::Refused(what.to_owned()));
        }
    };
    let asked = Asked::of(&args.dir, &AsOf::default(), &args.kept)?;
    let mut changes = asked.replica.changes(&from).map_err(Failure::of_replica(&args.dir))?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut unkept = 0;
    loop {
        // What was printed is shown before anything is waited for.
        let wait = if args.follow && unkept == 0 { WAIT } else { Duration::ZERO };
        let change = changes.next(wait).map_err(Failure::of_replica(&args.dir))?;
        if let Some(change) = &change {
            let mut value = json!(change);
            value["cursor"] = json!(changes.cursor());
            writeln!(out, "{value}")?;
            unkept += 1;
        }
        if change.is_none() && unkept == 0 && !args.follow {
            return Ok(());
        }
        if unkept == KEEP_EVERY || change.is_none() && unkept > 0 {
            out.flush()?;
            keep(args.cursor_file.as_deref(), &changes)?;
            unkept = 0;
        }
    }
}

/// The cursor in a file; nothing where there is no such file.
fn cursor_in(file: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::Ledger(format!("{}: {error}", file.display()))),
    }
}

/// Puts the cursor in the place of the one before, whole or not at all.
fn keep(file: Option<&Path>, changes: &Changes) -> Outcome {
    let Some(file) = file else { return Ok(()) };
    let next = file.with_extension("next");
    let written = fs::write(&next, changes.cursor()).and_then(|()| fs::rename(&next, file));
    written.map_err(|error| Failure::Ledger(format!("{}: {error}", file.display())))
}
