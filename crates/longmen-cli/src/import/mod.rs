//! `longmen import statement`: a bank's or a wallet's export, posted to a ledger.

mod hash;
mod names;
mod plan;
mod report;

use std::path::PathBuf;

use longmen::{AccountId, Command, Ledger, Outcome as Decided, Reason, Receipt, Refusal, Ticket};

use self::plan::Plan;
use self::report::Imported;
use crate::exec::open_or_create;
use crate::progress::bar;
use crate::statement::{Format, Statement};
use crate::{Failure, Outcome};

#[derive(clap::Args)]
#[command(after_help = "\
Every own purse becomes an account, such as assets:wechat:lingqian or assets:bank:boc-3167; what was paid is collected \
in expenses:FORMAT, what came in in income:FORMAT, fees in expenses:fee:PURSE. A refund is credited to the expense. \
Importing the same file again, or one that overlaps with it, posts no row twice. Rows of two formats are not matched \
with each other: a withdrawal that both the wallet and the bank export is booked by each, so keep each format in a \
ledger of its own.")]
pub(crate) struct Args {
    /// What made the file; found out from its first lines without this
    #[arg(long, value_name = "boc|jd|wechat|alipay")]
    format: Option<Format>,
    /// The export, as it was downloaded
    file: PathBuf,
    /// The ledger's directory
    dir: PathBuf,
    /// Create the ledger if there is none
    #[arg(long)]
    create: bool,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let name = args.file.display();
    let bytes = std::fs::read(&args.file)
        .map_err(|error| Failure::Ledger(format!("cannot read {name}: {error}; check the path")))?;
    let format = args.format.or_else(|| Format::detect(&bytes)).ok_or_else(|| {
        Failure::Refused(format!(
            "{name}: this is like none of the known exports; name its kind with --format"
        ))
    })?;
    let statement = Statement::parse(format, &bytes)
        .map_err(|error| Failure::Refused(format!("{name}: {error}. Nothing was posted.")))?;
    let plan = Plan::of(&statement).map_err(|(line, refusal)| {
        Failure::Refused(format!("{name}: line {line}: {refusal} Nothing was posted."))
    })?;
    let ledger = open_or_create(&args.dir, args.create)?;
    fits(&ledger, &plan)?;
    let imported = post(&ledger, &plan)?;
    report::print(&statement, &plan, &ledger, &imported, args.json)?;
    ledger.close()?;
    match imported.refused.len() {
        0 => Ok(()),
        rows => Err(Failure::Refused(format!("{rows} rows were refused; every other row is posted"))),
    }
}

/// Refuses a ledger in which one of the names is taken by another sort of account, before anything is posted.
fn fits(ledger: &Ledger, plan: &Plan) -> Outcome {
    let view = ledger.view();
    let other = |id: &AccountId| {
        let (planned, there) = (plan.accounts.get(id)?, view.account(id)?);
        let same = there.class() == planned.0.class && there.currency() == planned.0.currency;
        (!same).then(|| format!("{id} is a {} account in {}", there.class(), there.currency()))
    };
    plan.accounts.keys().find_map(other).map_or(Ok(()), |taken| {
        Err(Failure::Refused(format!(
            "{taken} in this ledger; import into a ledger of its own. Nothing was posted."
        )))
    })
}

/// Submits what is not there yet, then every row, and waits for all of it.
fn post(ledger: &Ledger, plan: &Plan) -> Result<Imported, Failure> {
    for command in preparations(ledger, plan).map_err(|refusal| Failure::Refused(refusal.to_string()))? {
        let key = command.key;
        let receipt = ledger.submit(command).wait()?;
        receipt.accepted().map_err(|refusal| Failure::Refused(format!("{key}: {refusal}")))?;
    }
    let bar = bar("posting");
    bar.set_length(u64::try_from(plan.rows.len()).unwrap_or(u64::MAX));
    // The queue holds back whoever submits faster than the disk syncs.
    let tickets: Vec<(usize, Ticket<Receipt>)> =
        plan.rows.iter().map(|(line, command)| (*line, ledger.submit(command.clone()))).collect();
    let mut imported = Imported::default();
    for (line, ticket) in tickets {
        let receipt = ticket.wait()?;
        bar.inc(1);
        match receipt.outcome {
            Decided::Refused(refusal) => imported.refused.push((line, refusal, explained(refusal))),
            Decided::Done if receipt.replayed => imported.known += 1,
            Decided::Done => imported.posted += 1,
        }
    }
    bar.finish_and_clear();
    Ok(imported)
}

/// Opens the accounts that are missing, and the purse with what the statement opens with, unless it has been used.
fn preparations(ledger: &Ledger, plan: &Plan) -> Result<Vec<Command>, Refusal> {
    let mut commands = Vec::new();
    for (id, (account, printed)) in &plan.accounts {
        if ledger.balance(id).is_none() {
            let memo = longmen::Memo::new(printed).unwrap_or_default();
            commands.push(Command::open_account(plan::open_key(id)?, account.clone()).with_memo(memo));
        }
    }
    if let Some(balanced) = &plan.balanced {
        let used = ledger
            .balance(&balanced.account)
            .is_some_and(|balance| balance.debits_posted() > 0 || balance.credits_posted() > 0);
        commands.extend(balanced.opening.clone().filter(|_| !used));
    }
    Ok(commands)
}

fn explained(refusal: Refusal) -> String {
    match refusal.reason {
        Reason::KeyReused => {
            "the row was imported before and has changed since, as an escrow does when its receipt is \
            confirmed; compare both and post the difference by hand"
                .to_owned()
        }
        _ => refusal.to_string(),
    }
}
