//! Looking at what products keep: owners and their wallets, open items, safeguarding, terms. Nothing is written.

mod activity;
mod lists;
mod page;

use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use lists::print_safeguarding;
pub(crate) use page::print_owner;

use clap::Subcommand;
use longmen::Replayed;

use crate::Outcome;
use crate::lang::pick;
use crate::show::as_of::AsOf;

/// What of the products is looked at.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show an owner's wallet: sub-accounts, cards, holds, what is pending, and what happened last
    Show(page::Args),
    /// List the owners
    Owners(lists::OwnersArgs),
    /// List the open items: money in transit, piece by piece, with whose it is and its age
    Items(lists::ItemsArgs),
    /// Show what every pool must safeguard, and what it has
    Safeguarding(lists::SafeguardingArgs),
    /// List the terms, every version of them
    Terms(lists::TermsArgs),
}

pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::Show(args) => page::show(args),
        Command::Owners(args) => lists::owners(args),
        Command::Items(args) => lists::items(args),
        Command::Safeguarding(args) => lists::safeguarding(args),
        Command::Terms(args) => lists::terms(args),
    }
}

/// The moment at which a ledger is looked at: now, or for a position of the past that of its last entry.
fn moment(replayed: &Replayed, as_of: &AsOf) -> u64 {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let clock = u64::try_from(clock.as_nanos()).unwrap_or(u64::MAX);
    // A machine whose clock is behind must not see what has not happened yet.
    if as_of.is_past() { replayed.head.time_ns } else { clock.max(replayed.head.time_ns) }
}

/// A length of time in its largest unit, such as `3 h`.
fn span(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    let (count, unit) = match seconds {
        0..60 => (seconds, pick("s", "秒")),
        60..3_600 => (seconds / 60, pick("min", "分钟")),
        3_600..172_800 => (seconds / 3_600, pick("h", "小时")),
        _ => (seconds / 86_400, pick("d", "天")),
    };
    format!("{count} {unit}")
}

/// How long ago something was.
fn age(since_ns: u64, now_ns: u64) -> String {
    span(now_ns.saturating_sub(since_ns))
}

/// How long it is until something is due, or how long it has been overdue.
fn due(due_ns: u64, now_ns: u64) -> String {
    match due_ns.checked_sub(now_ns) {
        Some(left) => format!("{}{}", pick("in ", "剩 "), span(left)),
        None => format!("{}{}", span(now_ns - due_ns), pick(" overdue", "前已逾期")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_their_largest_unit() {
        let s = 1_000_000_000;
        let cases =
            [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3_600, "1 h"), (172_799, "47 h"), (172_800, "2 d")];
        for (seconds, text) in cases {
            assert_eq!(span(seconds * s), text);
        }
        assert_eq!((due(10 * s, 4 * s), due(4 * s, 10 * s)), ("in 6 s".to_owned(), "6 s overdue".to_owned()));
    }
}
