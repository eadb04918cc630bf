//! `longmen verify`: every byte, every hash and the laws of double entry; only looks.

mod json;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use indicatif::HumanBytes;
use longmen::{Damage, DamageClass, EntryCounts, InspectionState, Report};

use crate::lang::{self, pick};
use crate::progress::share_bar;
use crate::show::words::time;
use crate::style::{Style, left};
use crate::{Failure, Outcome};

#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 nothing is wrong; 1 there is no ledger, or it cannot be read; 4 damage, a broken law, or an \
    entry that is not as expected."
)]
pub(crate) struct Args {
    /// The ledger's directory
    dir: PathBuf,
    /// A receipt that was kept elsewhere: the entry at this position must have this hash. May be given many times.
    ///
    /// This finds what a directory cannot tell of itself: that it is an older copy, or was rewritten as a whole.
    #[arg(long, value_name = "POSITION:HASH")]
    expect: Vec<Expected>,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

/// A receipt that the caller kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Expected {
    position: u64,
    /// In lower case.
    hash: String,
}

impl FromStr for Expected {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = "write it like 14:HASH, the position and the 64 hexadecimal digits of the receipt";
        let (position, hash) = text.split_once(':').ok_or(form)?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let position = position.parse().map_err(|_| form)?;
        if is_hash { Ok(Self { position, hash: hash.to_ascii_lowercase() }) } else { Err(form) }
    }
}

/// What became of an expected entry; nothing where it is as expected.
struct Unmet {
    expected: Expected,
    found: String,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let report = look(&args.dir)?;
    let unmet = compare(&args.dir, &args.expect);
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", json::report(&report, &args.expect, &unmet))?;
    } else {
        let style = Style::stdout();
        summary(&report, style, &mut out)?;
        findings(&report, style, &mut out)?;
        for expected in &args.expect {
            tell_expected(expected, &unmet, style, &mut out)?;
        }
    }
    out.flush()?;
    if report.is_clean() && unmet.is_empty() {
        Ok(())
    } else {
        Err(Failure::Damage(verdict(&report, &unmet)))
    }
}

/// Audits a directory, with a bar when a person watches.
pub(crate) fn look(dir: &Path) -> Result<Report, Failure> {
    let bar = share_bar("verifying");
    let report = longmen::verify(dir, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    report.map_err(Failure::of_audit(dir))
}

fn compare(dir: &Path, expected: &[Expected]) -> Vec<Unmet> {
    expected.iter().filter_map(|expected| unmet(dir, expected)).collect()
}

fn unmet(dir: &Path, expected: &Expected) -> Option<Unmet> {
    let entry = longmen::entries(dir, expected.position).and_then(|mut entries| entries.next().transpose());
    let found = match entry {
        Ok(Some(entry)) if entry.stamp.position == expected.position => entry.stamp.hash.to_string(),
        Ok(_) => "the journal ends before it".to_owned(),
        Err(error) => error.to_string(),
    };
    (found != expected.hash).then(|| Unmet { expected: expected.clone(), found })
}

/// How many entries there are of which kind; what there is none of and is seldom met is left out.
fn counted(counts: &EntryCounts) -> Vec<String> {
    let list = |items: &[(&str, u64)]| {
        let items = items.iter().map(|(what, count)| format!("{what} {count}"));
        items.collect::<Vec<_>>().join(", ")
    };
    let mut lines = vec![
        list(&[
            ("accounts opened", counts.accounts_opened),
            ("posted", counts.groups_posted),
            ("moved", counts.moved),
            ("reversed", counts.reversed),
            ("refused", counts.refusals),
        ]),
        list(&[
            ("holds placed", counts.holds_placed),
            ("incremented", counts.holds_incremented),
            ("captured", counts.holds_captured),
            ("released", counts.holds_released),
            ("expired", counts.holds_expired),
        ]),
    ];
    let mut seldom = vec![
        ("accounts changed", counts.accounts_changed),
        ("sets changed", counts.chart_changed),
        ("limits changed", counts.limits_changed),
        ("periods sealed", counts.periods_sealed),
        ("subjects erased", counts.subjects_erased),
        ("forced", counts.forced),
        ("imported", counts.imported),
        ("linked", counts.linked),
    ];
    seldom.retain(|(_, count)| *count > 0);
    lines.extend(seldom.chunks(5).map(list));
    lines
}

/// Prints what was looked at and what it adds up to.
pub(crate) fn summary(report: &Report, style: Style, out: &mut impl Write) -> io::Result<()> {
    let (inspection, counts) = (&report.inspection, &report.counts);
    let mut line =
        |what: &str, text: String| writeln!(out, "  {} {text}", style.dim(&left(lang::word(what), 9)));
    line("state", state(inspection.state).to_owned())?;
    line("entries", format!("{}, {} of them the journal's own", report.entries, counts.journal_own))?;
    for told in counted(counts) {
        line("", told)?;
    }
    let files = if inspection.segments == 1 { "segment" } else { "segments" };
    line(
        "bytes",
        format!(
            "{} in {} {files}, snapshots compared: {}",
            HumanBytes(inspection.bytes),
            inspection.segments,
            report.snapshots
        ),
    )?;
    line("head", report.head.hash.to_string())?;
    line(
        "",
        format!(
            "of entry {}, written {}",
            report.head.next_position.saturating_sub(1),
            time(report.head.time_ns)
        ),
    )?;
    line(
        "books",
        format!("accounts {}, open holds {}, keys {}", report.accounts, report.holds_open, report.keys),
    )?;
    for totals in &report.totals {
        let ([debits, credits], [held_debits, held_credits]) = (totals.posted(), totals.held());
        let meet = |one, other| if one == other { "=" } else { "≠" };
        line(
            &totals.currency.to_string(),
            format!(
                "debits {} {} credits {}; held debits {} {} held credits {}",
                debits.plain(),
                meet(debits, credits),
                credits.plain(),
                held_debits.plain(),
                meet(held_debits, held_credits),
                held_credits.plain()
            ),
        )?;
    }
    let verdict = if report.is_clean() {
        style.green(pick("nothing is wrong", "一切无误"))
    } else {
        style.red(pick("NOT as it was written", "与写入时不符"))
    };
    line("verdict", verdict)
}

fn findings(report: &Report, style: Style, out: &mut impl Write) -> io::Result<()> {
    for note in &report.inspection.notes {
        writeln!(out, "\nnote: {note}")?;
    }
    for damage in damages(report) {
        let what = style.red(&damage.class.to_string());
        writeln!(out, "\n{what}: {}", damage.detail)?;
        let position =
            damage.position.map_or_else(|| "not known".to_owned(), |position| position.to_string());
        writeln!(out, "  file {}, offset {}, position {position}", damage.file, damage.offset)?;
        writeln!(out, "  {}", advice(damage.class))?;
    }
    if report.stopped_by.is_some() {
        writeln!(
            out,
            "\nThe laws of double entry were judged up to there; what comes behind could not be read."
        )?;
    }
    for violation in &report.violations {
        writeln!(out, "\n{}: {}", style.red(&format!("broken law {}", violation.law)), violation.detail)?;
        writeln!(out, "  position {}; the law: {}", violation.position, violation.law.sentence())?;
        writeln!(out, "  Stop posting, keep the directory, and restore the last copy that verifies.")?;
    }
    let more =
        report.violations_count.saturating_sub(u64::try_from(report.violations.len()).unwrap_or(u64::MAX));
    if more > 0 {
        writeln!(out, "\nand {more} more broken laws")?;
    }
    Ok(())
}

/// Every damage, and what stopped the walk over the entries where the inspection does not list it.
fn damages(report: &Report) -> Vec<&Damage> {
    let listed = &report.inspection.damages;
    listed.iter().chain(report.stopped_by.iter().filter(|damage| !listed.contains(damage))).collect()
}

fn tell_expected(expected: &Expected, unmet: &[Unmet], style: Style, out: &mut impl Write) -> io::Result<()> {
    let Expected { position, hash } = expected;
    match unmet.iter().find(|unmet| unmet.expected == *expected) {
        None => writeln!(out, "\n{}: entry {position} has the expected hash", style.green("kept receipt")),
        Some(Unmet { found, .. }) => {
            writeln!(
                out,
                "\n{}: entry {position} is not the one that was acknowledged",
                style.red("rolled back or rewritten")
            )?;
            writeln!(out, "  expected {hash}\n  found    {found}")?;
            writeln!(
                out,
                "  Stop posting and find the directory that this receipt came from: this one is an older copy or another history."
            )
        }
    }
}

fn verdict(report: &Report, unmet: &[Unmet]) -> String {
    let count = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let violations = usize::try_from(report.violations_count).unwrap_or(usize::MAX);
    let found = [
        count(damages(report).len(), "damage(s)"),
        count(violations, "broken law(s)"),
        count(unmet.len(), "receipt(s) not met"),
    ];
    let found: Vec<String> = found.into_iter().flatten().collect();
    format!("{} found; keep the directory as it is and restore from a verified copy", found.join(", "))
}

fn state(state: InspectionState) -> &'static str {
    match state {
        InspectionState::Clean => "closed by its writer",
        InspectionState::InUse => "open in a writer now; checked up to what is durable",
        InspectionState::Unclean => "not closed by its writer; nothing is torn",
        InspectionState::Torn => {
            "the last write is torn; it was never acknowledged, and opening the ledger drops it"
        }
        InspectionState::Corrupt => "damaged",
        _ => "unknown",
    }
}

/// What to do about a class of damage.
fn advice(class: DamageClass) -> &'static str {
    match class {
        DamageClass::Manifest => {
            "One slot alone is written anew when the ledger is opened; with both, restore from a verified copy."
        }
        DamageClass::Snapshot => {
            "The journal has it all: remove this snapshot file, and the next one is written from the entries."
        }
        DamageClass::StrayFile => "Move the file out of the directory and find out who put it there.",
        DamageClass::LostTail | DamageClass::MissingSegment => {
            "Acknowledged entries are gone: restore from a verified copy, and check it against receipts with --expect."
        }
        DamageClass::Quarantine | DamageClass::Recovery => {
            "The entries stand, the evidence of a recovery does not: keep a copy of the directory and find out who changed it."
        }
        _ => {
            "Keep the directory as it is and restore from a verified copy; entries before this position can be read."
        }
    }
}
