//! The `longmen` command: keeps, reads and checks ledgers from a shell, on the same facade that an embedder uses.

mod bench;
mod demo;
mod exec;
mod import;
mod jsonl;
mod progress;
mod show;
mod statement;
mod verify;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A double-entry wallet ledger in one directory.
///
/// Exit codes: 0 done; 1 the ledger could not be read or written; 2 wrong usage; 3 a line or a file was refused;
/// 4 damage was found.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a day of a small wallet business and look at its books
    Demo(demo::Args),
    /// Create an empty ledger
    Init(InitArgs),
    /// Carry out commands, one JSON object a line, and print one result line for each
    Exec(exec::Args),
    /// Show the balances of accounts
    Balance(show::BalanceArgs),
    /// List the accounts
    Accounts(show::AccountsArgs),
    /// List the holds
    Holds(show::HoldsArgs),
    /// List the entries of the journal
    Entries(show::EntriesArgs),
    /// Check every byte, every hash and the laws of double entry
    Verify(verify::Args),
    /// Tell the size and shape of a ledger
    Stat(show::StatArgs),
    /// Take a file from elsewhere into a ledger
    #[command(subcommand)]
    Import(ImportCommand),
    /// Measure this machine: commits, slices and shared syncs beside the bare disk
    Bench(bench::Args),
}

#[derive(clap::Args)]
struct InitArgs {
    /// The ledger's directory; made if need be
    dir: PathBuf,
    /// Bytes of one journal file, a multiple of 64 KiB
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    segment_size: u64,
}

#[derive(Subcommand)]
enum ImportCommand {
    /// A statement as a bank or a wallet exports it
    Statement(import::Args),
}

/// Why a subcommand ended early. The message has been made for a person.
pub(crate) enum Failure {
    /// The ledger could not be read or written.
    Ledger(String),
    /// A line or a file was refused.
    Refused(String),
    /// Damage was found.
    Damage(String),
    /// Whoever read our output has gone, which is no failure.
    OutputClosed,
}

/// What a subcommand gives back.
pub(crate) type Outcome = Result<(), Failure>;

impl From<longmen::Error> for Failure {
    fn from(error: longmen::Error) -> Self {
        Self::Ledger(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Ledger(error.to_string()),
        }
    }
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LONGMEN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).without_time().init();
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Init(args) => init(&args),
        Command::Exec(args) => exec::run(&args),
        Command::Balance(args) => show::balance(&args),
        Command::Accounts(args) => show::accounts(&args),
        Command::Holds(args) => show::holds(&args),
        Command::Entries(args) => show::entries(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Stat(args) => show::stat(&args),
        Command::Import(ImportCommand::Statement(args)) => import::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    let (code, message) = match outcome {
        Ok(()) | Err(Failure::OutputClosed) => return ExitCode::SUCCESS,
        Err(Failure::Ledger(message)) => (1, message),
        Err(Failure::Refused(message)) => (3, message),
        Err(Failure::Damage(message)) => (4, message),
    };
    if !message.is_empty() {
        eprintln!("longmen: {message}");
    }
    ExitCode::from(code)
}

fn init(args: &InitArgs) -> Outcome {
    let options = longmen::Options { segment_size: args.segment_size, ..Default::default() };
    let ledger = options.create(&args.dir)?;
    let id = ledger.ledger_id();
    ledger.close()?;
    println!("created ledger {id} in {}", args.dir.display());
    Ok(())
}
