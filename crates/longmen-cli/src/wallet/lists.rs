//! Lists of what products keep.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use longmen::wallet::{Safeguarding, TermsHistory, Version};
use serde_json::{Value as Json, json};

use super::{age, due, moment, span};
use crate::Outcome;
use crate::lang::{self, pick};
use crate::show::as_of::{AsOf, last_position};
use crate::show::table::Table;
use crate::show::words::{plain, side, time, wire_word};
use crate::show::{name, print, print_lines, replay};
use crate::style::Style;

#[derive(clap::Args)]
pub(crate) struct OwnersArgs {
    /// The ledger's directory
    dir: PathBuf,
    #[command(flatten)]
    as_of: AsOf,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
#[command(after_help = "\
An account through which money is in transit, such as what a channel owes, is the sum of its open items.")]
pub(crate) struct ItemsArgs {
    /// The ledger's directory
    dir: PathBuf,
    /// Only those that should have been closed by now
    #[arg(long)]
    overdue: bool,
    #[command(flatten)]
    as_of: AsOf,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
#[command(after_help = "\
The requirement is the sum of all positive balances of client money; kept is what banks hold apart for it, in time what\n\
channels owe and will pay in time, overdue what they owe beyond their time, which covers nothing.")]
pub(crate) struct SafeguardingArgs {
    /// The ledger's directory
    dir: PathBuf,
    #[command(flatten)]
    as_of: AsOf,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct TermsArgs {
    /// The ledger's directory
    dir: PathBuf,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(crate) fn owners(args: &OwnersArgs) -> Outcome {
    let replayed = args.as_of.replay(&args.dir)?;
    let owners = &replayed.state.products().owners;
    if args.json {
        return print_lines(owners.iter().map(|own| {
            json!({
                "owner": own.id, "kind": own.kind, "pool": own.pool, "terms": own.terms, "phase": own.phase,
                "tier": own.tier, "debit_frozen": own.debit_frozen, "credit_frozen": own.credit_frozen,
                "since_ns": own.since_ns,
            })
        }));
    }
    let mut table = Table::new(&["owner", "kind", "phase", "tier", "access", "pool", "terms", "since"]);
    for own in owners {
        let frozen = [(own.debit_frozen, "debit frozen"), (own.credit_frozen, "credit frozen")];
        let frozen: Vec<&str> =
            frozen.iter().filter(|(is, _)| *is).map(|(_, word)| lang::word(word)).collect();
        let kind = wire_word(&own.kind);
        table.row(&[
            own.id.to_string(),
            lang::word(&kind).to_owned(),
            lang::phase(own.phase).to_owned(),
            own.tier.to_string(),
            lang::list(&frozen),
            own.pool.to_string(),
            format!("{} v{}", own.terms.id, own.terms.version),
            time(own.since_ns),
        ]);
    }
    print(&table.without_empty_columns())
}

pub(crate) fn items(args: &ItemsArgs) -> Outcome {
    let replayed = args.as_of.replay(&args.dir)?;
    let (books, now_ns) = (replayed.books(), moment(&replayed, &args.as_of));
    let all = replayed.state.products().items.iter();
    let chosen = all.filter(|(.., item)| !args.overdue || item.due_ns.is_some_and(|due| due < now_ns));
    if args.json {
        return print_lines(chosen.map(|(account, item_name, item)| {
            json!({
                "account": name(books, account), "item": item_name, "side": side(item.side),
                "open": plain(item.open, item.currency), "currency": item.currency, "owner": item.owner,
                "since_ns": item.since_ns, "due_ns": item.due_ns,
            })
        }));
    }
    let mut table =
        Table::new(&["account", "item", "owner", "side", "age", "due", "still open"]).right_from(6);
    for (account, item_name, item) in chosen {
        table.row(&[
            name(books, account),
            item_name.to_string(),
            item.owner.map_or(String::new(), |owner| owner.to_string()),
            lang::word(side(item.side)).to_owned(),
            age(item.since_ns, now_ns),
            item.due_ns.map_or(String::new(), |at| due(at, now_ns)),
            item.open.to_money(item.currency).to_string(),
        ]);
    }
    print(&table.without_empty_columns())
}

pub(crate) fn safeguarding(args: &SafeguardingArgs) -> Outcome {
    let replayed = args.as_of.replay(&args.dir)?;
    let all = replayed.state.safeguarding(moment(&replayed, &args.as_of));
    if args.json {
        return print_lines(all.iter().map(|own| {
            let mut value = json!(own);
            value["excess"] = json!(own.excess());
            value["position"] = json!(last_position(&replayed));
            value
        }));
    }
    print_pools(&all, Style::stdout(), &mut io::stdout().lock())
}

/// Prints what every pool must safeguard now.
pub(crate) fn print_safeguarding(dir: &Path, style: Style, out: &mut impl Write) -> Outcome {
    let replayed = replay(dir, None)?;
    print_pools(&replayed.state.safeguarding(moment(&replayed, &AsOf::default())), style, out)
}

fn print_pools(all: &[Safeguarding], style: Style, out: &mut impl Write) -> Outcome {
    let titles = ["pool", "currency", "requirement", "kept", "in time", "overdue", "excess"];
    let mut table = Table::new(&titles).right_from(2);
    for own in all {
        let amounts = [own.requirement, own.kept, own.in_time, own.overdue, own.excess()];
        let names = [own.pool.to_string(), own.requirement.currency().to_string()];
        table.row(&[&names[..], &amounts.map(|money| money.plain())].concat());
    }
    table.print(style, out)?;
    for own in all.iter().filter(|own| own.excess().minor() < 0) {
        writeln!(out, "{}", style.red(&shortfall(own)))?;
    }
    Ok(())
}

fn shortfall(own: &Safeguarding) -> String {
    let by = own.requirement.checked_sub(own.resource()).unwrap_or(own.requirement);
    match lang::is_zh() {
        true => format!("缺口：资金池 {} 少存管 {by}", own.pool),
        false => format!("shortfall: pool {} keeps {by} less than it must", own.pool),
    }
}

pub(crate) fn terms(args: &TermsArgs) -> Outcome {
    let replayed = replay(&args.dir, None)?;
    let histories = &replayed.state.products().terms;
    let all =
        histories.iter().flat_map(|own| own.versions.iter().enumerate().map(move |(no, is)| (own, no, is)));
    if args.json {
        return print_lines(all.map(
            |(own, no, is)| json!({ "terms": own.id, "version": no, "from_ns": is.from_ns, "is": is.terms }),
        ));
    }
    let style = Style::stdout();
    let mut out = io::stdout().lock();
    for (own, no, is) in all {
        print_terms(own, no, is, style, &mut out)?;
    }
    Ok(())
}

fn print_terms(
    own: &TermsHistory,
    no: usize,
    is: &Version,
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let (kind, fields) = match json!(is.terms) {
        Json::Object(terms) => terms.into_iter().next().unwrap_or_default(),
        _ => Default::default(),
    };
    let from = time(is.from_ns);
    let what = format!("{} v{no}", own.id);
    writeln!(
        out,
        "{}  {}  {}",
        style.bold(&what),
        lang::word(&kind),
        style.dim(&format!("{} {from}", pick("from", "自")))
    )?;
    for (name, value) in fields.as_object().into_iter().flatten() {
        match said(name, value) {
            Some(text) => writeln!(out, "  {name}  {text}")?,
            None => continue,
        }
    }
    Ok(())
}

/// A field of terms as it is written in a command; nothing where it says nothing.
fn said(name: &str, value: &Json) -> Option<String> {
    match value {
        Json::Null | Json::Bool(false) => None,
        Json::Array(all) if all.is_empty() => None,
        Json::Number(number) if number.as_u64() == Some(0) => None,
        Json::Number(number) if name.ends_with("_ns") => number.as_u64().map(span),
        Json::Object(fields) => {
            let said =
                fields.iter().filter_map(|(name, value)| Some(format!("{name} {}", said(name, value)?)));
            Some(said.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
        }
        Json::Array(all) => {
            let said: Vec<String> = all.iter().filter_map(|value| said("", value)).collect();
            Some(said.join("; "))
        }
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
