//! `longmen exec`: the way to drive the engine from any language.
//!
//! Lines are submitted as they come and answered in their order, without waiting for one another, so that many of them
//! share a sync; whoever waits for each answer before writing the next line gets it at once.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc;

use longmen::{Ledger, Outcome as Decided, Receipt, Ticket};
use serde::Serialize;

use crate::jsonl::{self, Invalid};
use crate::{Failure, Outcome};

/// A line longer than this is refused unread.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// How many lines may be on their way at once.
const IN_FLIGHT_MAX: usize = 4_096;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The ledger's directory
    dir: PathBuf,
    /// The file with the commands; standard input without it
    file: Option<PathBuf>,
    /// Create the ledger if there is none
    #[arg(long)]
    create: bool,
}

/// What is printed for a line.
#[derive(Serialize)]
struct ResultLine<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_ns: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replayed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leg: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_by_minor: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl<'a> ResultLine<'a> {
    fn new(line: u64, outcome: &'static str) -> ResultLine<'a> {
        ResultLine {
            line,
            key: None,
            outcome,
            position: None,
            hash: None,
            time_ns: None,
            replayed: false,
            code: None,
            reason: None,
            field: None,
            leg: None,
            short_by_minor: None,
            message: None,
        }
    }
}

/// A line on its way to its answer.
enum Pending {
    Submitted { line: u64, key: String, ticket: Ticket<Receipt> },
    Invalid { line: u64, invalid: Invalid },
}

pub(crate) fn run(args: &Args) -> Outcome {
    let input: Box<dyn Read + Send> = match &args.file {
        None => Box::new(io::stdin()),
        Some(file) => Box::new(
            File::open(file).map_err(|error| Failure::Ledger(format!("cannot open {}: {error}", file.display())))?,
        ),
    };
    let ledger = open(args)?;
    let (sender, receiver) = mpsc::sync_channel(IN_FLIGHT_MAX);
    let answered = std::thread::scope(|scope| {
        let ledger = &ledger;
        let reader = scope.spawn(move || read(input, ledger, &sender));
        let answered = answer(&receiver);
        if let Err(Failure::Ledger(message)) = &answered {
            // The ledger has stopped; the reading thread may wait for input that never comes.
            eprintln!("longmen: {message}");
            std::process::exit(1);
        }
        // Without a reader of the answers the lines need not be read to the end.
        drop(receiver);
        let read = reader.join().unwrap_or_else(|_| Err(io::Error::other("the reading thread ended")));
        answered.and_then(|all_done| read.map(|()| all_done).map_err(Failure::from))
    });
    ledger.close()?;
    if answered? { Ok(()) } else { Err(Failure::Refused(String::new())) }
}

fn open(args: &Args) -> Result<Ledger, Failure> {
    let missing = !args.dir.join("MANIFEST.a").exists() && !args.dir.join("MANIFEST.b").exists();
    if args.create && missing { Ok(Ledger::create(&args.dir)?) } else { Ok(Ledger::open(&args.dir)?) }
}

fn read(input: impl Read, ledger: &Ledger, pending: &mpsc::SyncSender<Pending>) -> io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if (&mut input).take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let cut = bytes.last() != Some(&b'\n') && bytes.len() as u64 == LINE_BYTES_MAX;
        if cut {
            input.skip_until(b'\n')?;
        }
        let Some(next) = submit(&bytes, cut, line, ledger) else { continue };
        if pending.send(next).is_err() {
            break;
        }
    }
    Ok(())
}

/// Submits a line; nothing for an empty one.
fn submit(bytes: &[u8], cut: bool, line: u64, ledger: &Ledger) -> Option<Pending> {
    let malformed =
        |message: &str| Invalid { reason: "malformed_json", code: None, field: None, message: message.to_owned() };
    let parsed = match std::str::from_utf8(bytes) {
        _ if cut => Err(malformed("the line is longer than 1 MiB")),
        Err(_) => Err(malformed("the line is not UTF-8")),
        Ok(text) if text.trim().is_empty() => return None,
        Ok(text) => jsonl::parse(text),
    };
    Some(match parsed {
        Err(invalid) => Pending::Invalid { line, invalid },
        Ok(command) => {
            let key = command.key.to_string();
            Pending::Submitted { line, key, ticket: ledger.submit(command) }
        }
    })
}

/// Prints the answers in the order of the lines; says whether every line was carried out.
fn answer(pending: &mpsc::Receiver<Pending>) -> Result<bool, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut all_done = true;
    loop {
        let next = match pending.try_recv() {
            Ok(next) => next,
            Err(mpsc::TryRecvError::Disconnected) => break,
            Err(mpsc::TryRecvError::Empty) => {
                // Somebody may be waiting for what was printed so far before writing the next line.
                out.flush()?;
                match pending.recv() {
                    Ok(next) => next,
                    Err(_) => break,
                }
            }
        };
        match next {
            Pending::Invalid { line, invalid } => {
                all_done = false;
                print(&mut out, &invalid_line(line, &invalid))?;
            }
            Pending::Submitted { line, key, ticket } => {
                let receipt = ticket.wait()?;
                all_done &= receipt.outcome == Decided::Done;
                print(&mut out, &receipt_line(line, &key, receipt))?;
            }
        }
    }
    out.flush()?;
    Ok(all_done)
}

fn print(out: &mut impl Write, line: &ResultLine<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

fn invalid_line(line: u64, invalid: &Invalid) -> ResultLine<'static> {
    ResultLine {
        code: invalid.code,
        reason: Some(invalid.reason),
        field: invalid.field,
        message: Some(format!("line {line}: {}", invalid.message)),
        ..ResultLine::new(line, "invalid")
    }
}

fn receipt_line(line: u64, key: &str, receipt: Receipt) -> ResultLine<'_> {
    let mut result = ResultLine { key: Some(key), replayed: receipt.replayed, ..ResultLine::new(line, "done") };
    if let Some(stamp) = receipt.stamp {
        result.position = Some(stamp.position);
        result.hash = Some(stamp.hash.to_string());
        result.time_ns = Some(stamp.time_ns);
    }
    if let Decided::Refused(refusal) = receipt.outcome {
        result.outcome = "refused";
        result.code = Some(refusal.reason.code());
        result.reason = Some(refusal.reason.name());
        result.leg = refusal.leg;
        result.short_by_minor = Some(refusal.short_by.minor()).filter(|minor| *minor > 0);
        result.message = Some(format!("{} {}", refusal.reason.cause(), refusal.reason.remedy()));
    }
    result
}
