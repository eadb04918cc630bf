//! Asking a replica that lives as long as the command: statements, activity, changes.

pub(crate) mod activity;
pub(crate) mod changes;
pub(crate) mod statement;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use longmen::replica::{Answer, Edge, Error, Keep, Line, Options, Paging, Period, Phase, View, Want};
use longmen::{EffectiveDate, Replica, Side};
use serde::Serialize;
use serde_json::json;

use crate::progress::bar;
use crate::show::as_of::{AsOf, ns};
use crate::show::{print_lines, say};
use crate::{Failure, Outcome};

/// How often it is looked how far a replica has come.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A replica of a ledger that has come to its end.
pub(crate) struct Asked {
    dir: PathBuf,
    replica: Replica,
    want: Want,
}

/// Where a replica keeps its rows.
#[derive(clap::Args, Default)]
pub(crate) struct Kept {
    /// A directory in which the replica keeps its rows, so that it need not begin at the first entry every time
    #[arg(long, value_name = "DIRECTORY")]
    replica: Option<PathBuf>,
}

impl Kept {
    /// A replica of the ledger in a directory.
    pub(crate) fn follow(&self, dir: &Path) -> Result<Replica, Failure> {
        let keep = self.replica.clone().map_or(Keep::Memory, Keep::Dir);
        longmen::follow(dir, Options { keep, ..Options::default() }).map_err(Failure::of_replica(dir))
    }
}

/// An end of a period as it is written on the command line.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Position(u64),
    Day(EffectiveDate),
    Time(jiff::Timestamp),
}

impl FromStr for End {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Self::Position).map_err(|_| "there is no such position".to_owned());
        }
        if text.len() <= 10 {
            return text.parse().map(Self::Day).map_err(|none: longmen::NotADay| none.to_string());
        }
        text.parse().map(Self::Time).map_err(|error: jiff::Error| error.to_string())
    }
}

/// From when to when.
#[derive(clap::Args)]
pub(crate) struct Ends {
    /// From here on: a position, a day such as 2026-11-22 or a time such as 2026-11-22T08:00:00Z
    #[arg(long, value_name = "WHEN")]
    from: Option<End>,
    /// Up to and with this: a position, a day or a time
    #[arg(long, value_name = "WHEN")]
    through: Option<End>,
}

/// Which part of a long answer.
#[derive(clap::Args)]
pub(crate) struct Part {
    /// At most so many lines, 1 to 1000
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    limit: usize,
    /// Go on behind the page that ended with this cursor
    #[arg(long)]
    cursor: Option<String>,
}

impl Ends {
    fn period(&self) -> Result<Period, Failure> {
        let edge = |end: Option<End>| -> Result<Option<Edge>, Failure> {
            Ok(match end {
                None => None,
                Some(End::Position(position)) => Some(Edge::Position(position)),
                Some(End::Day(day)) => Some(Edge::Day(day)),
                Some(End::Time(time)) => Some(Edge::Time(ns(time)?)),
            })
        };
        Ok(Period { from: edge(self.from)?, through: edge(self.through)? })
    }
}

impl Part {
    fn paging(&self) -> Paging {
        Paging { size: self.limit, cursor: self.cursor.clone() }
    }
}

impl Asked {
    /// A replica that has read the whole ledger, to be asked at a position.
    pub(crate) fn of(dir: &Path, as_of: &AsOf, kept: &Kept) -> Result<Self, Failure> {
        let want = as_of.want()?;
        let replica = kept.follow(dir)?;
        let bar = bar("reading");
        loop {
            let status = replica.status();
            bar.set_length(status.head.map_or(0, |head| head.position.saturating_add(1)));
            bar.set_position(status.last.map_or(0, |last| last.position.saturating_add(1)));
            match status.phase {
                Phase::CatchingUp | Phase::Rebuilding => std::thread::sleep(LOOK_AGAIN),
                Phase::Following | Phase::Stopped => break,
            }
        }
        bar.finish_and_clear();
        if let Some(cause) = replica.status().stopped {
            return Err(Failure::of_stopped_replica(dir, &cause));
        }
        Ok(Self { dir: dir.to_owned(), replica, want })
    }

    /// Asks.
    pub(crate) fn read<T>(
        &self,
        look: impl FnOnce(&View<'_>) -> Result<T, Error>,
    ) -> Result<Answer<T>, Failure> {
        self.replica.read(self.want, look).map_err(Failure::of_replica(&self.dir))
    }
}

/// Prints an answer as JSON or as a page, and where it is true.
fn show<T: Serialize>(answer: &Answer<T>, as_json: bool, page: impl FnOnce(&T) -> Outcome) -> Outcome {
    let at = answer.at;
    if as_json {
        let mut value = json!(answer.value);
        value["at"] = json!({ "position": at.position, "hash": at.hash.to_string(), "time_ns": at.time_ns });
        return print_lines(std::iter::once(value));
    }
    page(&answer.value)?;
    say(&format!("\nas of the entry at {}, with the hash {}", at.position, at.hash))
}

/// What a line came of: such as `hold`, or with its product `top_up post`.
fn what(line: &Line) -> String {
    let kind = line.kind.as_str();
    line.product.map_or(kind.to_owned(), |product| format!("{} {kind}", product.as_str()))
}

/// The amount of a line in the columns of debits and credits; what is held or released is marked.
fn sides(line: &Line) -> [String; 2] {
    let mark = match line.effect {
        longmen::Effect::Post => "",
        longmen::Effect::Hold => "held ",
        longmen::Effect::Unhold => "unheld ",
    };
    let amount = format!("{mark}{}", line.amount.to_money().plain());
    match line.side {
        Side::Debit => [amount, String::new()],
        Side::Credit => [String::new(), amount],
    }
}
