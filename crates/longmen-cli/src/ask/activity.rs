//! What happened, the newest first.

use std::path::PathBuf;

use longmen::replica::{Activity, ActivityQuestion, Filter, LineKind, Of};
use longmen::wallet::{OwnerId, ProductKind};
use longmen::{AmountError, Code, SetId, Sum};

use super::{Asked, Ends, Kept, Part, show, sides, what};
use crate::show::as_of::AsOf;
use crate::show::table::Table;
use crate::show::words::time;
use crate::show::{account_id, named, print, say};
use crate::{Failure, Outcome, jsonl};

#[derive(clap::Args)]
#[command(after_help = "\
Without an account, a set, an owner or a code it is that of the whole ledger.\n\
A page looks only so far: it may be short, or empty, and still end with a cursor to go on with.")]
pub(crate) struct Args {
    /// The ledger's directory
    dir: PathBuf,
    /// On this account
    #[arg(long, value_name = "NAME", group = "of")]
    account: Option<String>,
    /// On the accounts of this set, at whatever depth
    #[arg(long, value_name = "NAME", group = "of")]
    set: Option<String>,
    /// On the sub-accounts and cards of this owner
    #[arg(long, value_name = "NAME", group = "of")]
    owner: Option<String>,
    /// On the accounts at or below this place in the chart
    #[arg(long, group = "of")]
    code: Option<String>,
    #[command(flatten)]
    ends: Ends,
    /// Only of this kind, such as post, hold or capture; may be given several times
    #[arg(long, value_parser = kind)]
    kind: Vec<LineKind>,
    /// Only of this product, such as payment or card; may be given several times
    #[arg(long, value_parser = product)]
    product: Vec<ProductKind>,
    /// Only of this much or more, such as "12.50 CNY"
    #[arg(long, value_name = "SUM", value_parser = sum)]
    least: Option<Sum>,
    /// Only of this much or less
    #[arg(long, value_name = "SUM", value_parser = sum)]
    most: Option<Sum>,
    /// Only with this account on the other side
    #[arg(long, value_name = "NAME")]
    other: Option<String>,
    /// Only of entries with this pair of metadata, such as channel=app
    #[arg(long, value_name = "KEY=VALUE")]
    meta: Option<String>,
    /// Only what was settled, without holds
    #[arg(long)]
    posted: bool,
    /// With each line its entry, in JSON
    #[arg(long, requires = "json")]
    entries: bool,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    as_of: AsOf,
    #[command(flatten)]
    kept: Kept,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

fn kind(text: &str) -> Result<LineKind, String> {
    let names: Vec<&str> = LineKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let found = LineKind::ALL.iter().find(|kind| kind.as_str() == text);
    found.copied().ok_or_else(|| format!("the kinds are {}", names.join(", ")))
}

fn product(text: &str) -> Result<ProductKind, String> {
    let names: Vec<&str> = ProductKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let found = ProductKind::ALL.iter().find(|kind| kind.as_str() == text);
    found.copied().ok_or_else(|| format!("the products are {}", names.join(", ")))
}

fn sum(text: &str) -> Result<Sum, AmountError> {
    text.parse()
}

pub(crate) fn run(args: &Args) -> Outcome {
    let question = ActivityQuestion {
        of: of(args)?,
        filter: Filter {
            period: args.ends.period()?,
            kinds: args.kind.clone(),
            products: args.product.clone(),
            least: args.least,
            most: args.most,
            other: args.other.as_deref().map(account_id).transpose()?,
            meta: args
                .meta
                .as_deref()
                .map(jsonl::pair)
                .transpose()
                .map_err(|invalid| Failure::Refused(invalid.message))?,
            posted_only: args.posted,
        },
        with_entries: args.entries,
        paging: args.part.paging(),
    };
    let answer = Asked::of(&args.dir, &args.as_of, &args.kept)?.read(|view| view.activity(&question))?;
    show(&answer, args.json, page)
}

fn of(args: &Args) -> Result<Of, Failure> {
    Ok(match (&args.account, &args.set, &args.owner, &args.code) {
        (Some(name), ..) => Of::Account(account_id(name)?),
        (_, Some(name), ..) => Of::Set(named(name, SetId::new(name))?),
        (_, _, Some(name), _) => Of::Owner(named(name, OwnerId::new(name))?),
        (.., Some(code)) => Of::Code(named(code, Code::new(code))?),
        _ => Of::Ledger,
    })
}

fn page(activity: &Activity) -> Outcome {
    let titles = ["when", "entry", "account", "what", "with", "debit", "credit", "currency", "available"];
    let mut table = Table::new(&titles);
    for own in &activity.items {
        let line = &own.line;
        let other = line.other.map_or(String::new(), |other| other.to_string());
        let first =
            [time(line.time_ns), line.position.to_string(), line.account.to_string(), what(line), other];
        let after = [line.amount.currency.to_string(), line.balance.available().plain()];
        table.row(&[&first[..], &sides(line), &after].concat());
    }
    print(&table.right_from(5).without_empty_columns())?;
    activity.next.as_ref().map_or(Ok(()), |next| {
        say(&format!("\nlooked back to entry {}; more with --cursor {next}", activity.looked_from))
    })
}
