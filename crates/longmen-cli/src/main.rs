//! The `longmen` command: keeps, reads and checks ledgers from a shell, on the same facade that an embedder uses.

mod ask;
mod bench;
mod demo;
mod exec;
mod failure;
mod follow;
mod import;
mod jsonl;
mod lang;
mod progress;
mod serve;
mod show;
mod statement;
mod style;
mod verify;
mod wallet;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use failure::{Failure, Outcome};

/// A double-entry wallet ledger in one directory.
///
/// Begin with `longmen demo`.
#[derive(Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done; 1 the ledger could not be read or written; 2 wrong usage; \
                  3 a line or a file was refused; 4 damage was found.\n\
                  Set LONGMEN_LOG=info, or debug, to see what the engine does."
)]
struct Cli {
    #[arg(
        long,
        global = true,
        value_enum,
        help = "The language of pages and messages; without it that of LC_ALL, LC_MESSAGES or LANG"
    )]
    lang: Option<lang::Lang>,
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
    Balance(show::accounts::BalanceArgs),
    /// List the accounts
    Accounts(show::accounts::AccountsArgs),
    /// List the holds
    Holds(show::HoldsArgs),
    /// List the entries of the journal
    Entries(show::EntriesArgs),
    /// List the velocity limits, with what is used of each
    Limits(show::limits::Args),
    /// Look at what products keep: owners and their wallets, open items, safeguarding, terms
    #[command(subcommand)]
    Wallet(wallet::Command),
    /// Show an account's statement: the lines of a period between its opening and its closing balance
    Statement(ask::statement::Args),
    /// List what happened on an account, in a set, to an owner or in the whole ledger, the newest first
    Activity(Box<ask::activity::Args>),
    /// Print every entry with the balances that it changed, one JSON object a line, and go on as more come
    Changes(ask::changes::Args),
    /// List the sets of accounts
    Sets(show::chart::SetsArgs),
    /// Prove that debits equal credits, in each currency and on each layer
    TrialBalance(show::chart::TrialBalanceArgs),
    /// Check every byte, every hash and the laws of double entry
    Verify(verify::Args),
    /// Follow a ledger as it grows, and verify every entry
    Follow(follow::Args),
    /// Tell the size and shape of a ledger
    Stat(show::stat::Args),
    /// Answer queries over HTTP, and show a page in the browser
    Serve(serve::Args),
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

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LONGMEN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).without_time().init();
    let cli = Cli::parse();
    lang::choose(cli.lang);
    let outcome = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Init(args) => init(&args),
        Command::Exec(args) => exec::run(&args),
        Command::Balance(args) => show::accounts::balance(&args),
        Command::Accounts(args) => show::accounts::accounts(&args),
        Command::Holds(args) => show::holds(&args),
        Command::Entries(args) => show::entries(&args),
        Command::Limits(args) => show::limits::limits(&args),
        Command::Wallet(command) => wallet::run(&command),
        Command::Statement(args) => ask::statement::run(&args),
        Command::Activity(args) => ask::activity::run(&args),
        Command::Changes(args) => ask::changes::run(&args),
        Command::Sets(args) => show::chart::sets(&args),
        Command::TrialBalance(args) => show::chart::trial_balance(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Follow(args) => follow::run(&args),
        Command::Stat(args) => show::stat::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Import(ImportCommand::Statement(args)) => import::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    let Err(failure) = outcome else { return ExitCode::SUCCESS };
    let (code, message) = failure.verdict();
    if !message.is_empty() {
        eprintln!("longmen: {message}");
    }
    ExitCode::from(code)
}

fn init(args: &InitArgs) -> Outcome {
    let options = longmen::Options { segment_size: args.segment_size, ..Default::default() };
    let ledger = options.create(&args.dir).map_err(Failure::of_ledger(&args.dir))?;
    let id = ledger.ledger_id();
    ledger.close()?;
    Ok(writeln!(io::stdout(), "created ledger {id} in {}", args.dir.display())?)
}
