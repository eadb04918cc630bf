//! `longmen demo`: a day of a small wallet business, and its books at the end of it.

mod close;
mod day;
mod products;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use longmen::{AccountId, Content, Event, Options, Receipt, Replayed, Stamp};

use crate::lang::{self, pick};
use crate::show::names::Names;
use crate::show::table::Table;
use crate::style::{PAGE_COLUMNS, Style, columns, left};
use crate::{Failure, Outcome, verify};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A new or empty directory, in which the ledger stays; without it a new one among the temporary files
    dir: Option<PathBuf>,
}

/// The paper that the demo writes on.
struct Page<W> {
    out: W,
    style: Style,
}

impl<W: Write> Page<W> {
    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", text.trim_end())
    }

    /// A chapter's title with its Chinese name, and a rule to the page's edge.
    fn chapter(&mut self, title: &str, chinese: &str) -> io::Result<()> {
        let (title, beside) =
            if lang::is_zh() { (chinese, String::new()) } else { (title, format!("{chinese} ")) };
        let rule = "─".repeat(PAGE_COLUMNS.saturating_sub(columns(title) + columns(&beside) + 2));
        writeln!(self.out, "\n{} {beside}{}\n", self.style.bold(title), self.style.dim(&rule))
    }

    /// What somebody does.
    fn act(&mut self, chinese: &str, sentence: &str) -> io::Result<()> {
        writeln!(self.out, "  {}  {sentence}", self.style.yellow(&left(chinese, 8)))
    }

    fn answer(&mut self, mark: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "            {mark} {text}")
    }

    /// The ledger's answer to a command that it carried out.
    fn receipt(&mut self, receipt: Receipt, what: &str) -> Result<Stamp, Failure> {
        let stamp = receipt.accepted().map_err(unexpected)?;
        let (mark, text) = (
            self.style.green("✓"),
            format!("{} {:<3} {}  {what}", pick("entry", "分录"), stamp.position, short(stamp)),
        );
        self.answer(&mark, &self.style.dim(&text))?;
        Ok(stamp)
    }
}

pub(crate) fn run(args: &Args) -> Outcome {
    let dir = match &args.dir {
        Some(dir) => dir.clone(),
        None => fresh_dir()?,
    };
    let occupied = std::fs::read_dir(&dir).is_ok_and(|mut items| items.next().is_some());
    if occupied {
        return Err(Failure::Ledger(format!(
            "{} is not empty; name an empty or a new directory",
            dir.display()
        )));
    }
    // A demo needs no room for millions of entries.
    let options = Options { segment_size: 1 << 20, ..Options::default() };
    let ledger = options.create(&dir).map_err(Failure::of_ledger(&dir))?;
    let mut page = Page { out: io::stdout().lock(), style: Style::stdout() };
    let title = page.style.bold(pick("Longmen 龙门", "龙门 Longmen"));
    let what =
        pick(": a day of a small wallet business, in one directory.", "：小钱包生意的一天，都在一个目录里。");
    page.line(&format!("{title}{what}"))?;
    page.line(pick(
        "Every ✓ is an entry that is on disk, with the hash that chains it to all entries before it.",
        "每个 ✓ 都是一笔已经落盘的分录，其后的哈希把它与之前的全部分录连成一链。",
    ))?;

    page.chapter("The day", "流水")?;
    let of_day = day::play(&ledger, &mut page)?;
    page.chapter("The products", "产品")?;
    let last = products::play(&ledger, &mut page, of_day)?;
    ledger.close()?;

    let replayed = crate::show::replay(&dir, None)?;
    page.chapter("Balances", "余额")?;
    balances(&replayed, &mut page)?;
    page.chapter("The journal", "日记账")?;
    journal(&dir, of_day.position, &mut page)?;
    page.chapter("Trial balance", "试算平衡")?;
    close::trial_balance(replayed.books(), &mut page)?;
    page.chapter("Closing the gate", "合龙门")?;
    close::gate(replayed.books(), &mut page)?;
    page.chapter("Li Lei's wallet", "李雷的钱包")?;
    products::shown(&dir, &mut page)?;
    page.chapter("Verification", "查账")?;
    verified(&dir, last, &mut page)?;
    page.chapter("Your turn", "请")?;
    next(&dir, last, &mut page)?;
    Ok(page.out.flush()?)
}

/// The first free `longmen-demo-…` among the temporary files.
fn fresh_dir() -> Result<PathBuf, Failure> {
    let temporary = std::env::temp_dir();
    for number in 1..10_000 {
        let dir = temporary.join(format!("longmen-demo-{number}"));
        match std::fs::create_dir(&dir) {
            Ok(()) => return Ok(dir),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                let message =
                    format!("cannot make {}: {error}; name a directory: longmen demo DIR", dir.display());
                return Err(Failure::Ledger(message));
            }
        }
    }
    let message = format!("{} is full of old demos; remove them, or name a directory", temporary.display());
    Err(Failure::Ledger(message))
}

fn balances<W: Write>(replayed: &Replayed, page: &mut Page<W>) -> Outcome {
    let mut table = Table::new(&["account", "class", "posted", "held", "available"]).right_from(2).indent(2);
    // What belongs to products and is empty would only fill the page.
    let said = |account: &&longmen::Account| {
        !account.access().managed
            || account.balance().posted().minor() != 0
            || account.balance().held().minor() != 0
    };
    for account in replayed.books().accounts().iter().filter(said) {
        let balance = account.balance();
        table.row(&[
            account.id().to_string(),
            lang::word(account.class().as_str()).to_owned(),
            balance.posted().to_string(),
            balance.held().to_string(),
            balance.available().to_string(),
        ]);
    }
    Ok(table.print(page.style, &mut page.out)?)
}

/// The entries of the day; those of the products are on the wallet's page.
fn journal<W: Write>(dir: &Path, last: u64, page: &mut Page<W>) -> Outcome {
    let mut names = Names::default();
    let mut told = false;
    for entry in longmen::entries(dir, 0)? {
        let entry = entry?;
        if entry.stamp.position > last {
            break;
        }
        names.learn(&entry);
        match &entry.content {
            Content::Ledger(fact) if !matches!(fact.event, Event::AccountOpened(_)) => {
                if !told {
                    let before = entry.stamp.position.saturating_sub(1);
                    page.line(&match lang::is_zh() {
                        true => format!("     0 至 {before}：账本的开端，以及开户"),
                        false => {
                            format!("     0 to {before}: the ledger's beginning, and its accounts opened")
                        }
                    })?;
                    told = true;
                }
                names.print(&entry, page.style, &mut page.out)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn verified<W: Write>(dir: &Path, last: Stamp, page: &mut Page<W>) -> Outcome {
    let report = verify::look(dir)?;
    for line in pick(
        "Every byte and every hash, and the laws of double entry, stated a second time by an audit that\n\
         never asks the code that posted.",
        "逐字节、逐哈希核对，并由另一套审计代码重新陈述复式记账的法则，它从不询问过账的代码。",
    )
    .lines()
    {
        page.line(line)?;
    }
    page.line("")?;
    verify::summary(&report, page.style, &mut page.out)?;
    if !report.is_clean() || report.head.hash != last.hash {
        return Err(Failure::Damage("the demo's ledger is damaged; check this machine's disk".to_owned()));
    }
    Ok(())
}

fn next<W: Write>(dir: &Path, last: Stamp, page: &mut Page<W>) -> Outcome {
    let (me, dir) = (me(), quoted(&dir.display().to_string()));
    page.line(&match lang::is_zh() {
        true => format!("账本留在 {dir}；看完之后删除该目录即可。"),
        false => format!("The ledger stays in {dir}; remove the directory when you are done."),
    })?;
    page.line("")?;
    let Stamp { position, hash, .. } = last;
    for (what, command) in [
        (
            pick("Li Lei's wallet, as the counter sees it:", "柜台所见的李雷钱包："),
            format!("{me} wallet show {dir} lilei"),
        ),
        (
            pick("Li Lei's account, entry by entry:", "李雷的账户，逐笔："),
            format!("{me} entries {dir} --account lilei:cny"),
        ),
        (
            pick("The balances as they were before the withdrawal:", "提现之前的余额："),
            format!("{me} balance {dir} --at 20"),
        ),
        (
            pick(
                "Your receipt of the last entry: does the ledger still hold it?",
                "最后一笔分录的回执：账本里还在吗？",
            ),
            format!("{me} verify {dir} \\\n    --expect {position}:{hash}"),
        ),
    ] {
        page.line(&format!("{what}\n  {}\n", page.style.bold(&command)))?;
    }
    page.line(pick(
        "To post yourself, write commands as JSON, one a line; docs/jsonl.md describes them:",
        "自己记账：命令写成 JSON，一行一条，写法见 docs/jsonl.md：",
    ))?;
    page.line(&format!("  {}", page.style.bold(&format!("{me} exec {dir}"))))?;
    Ok(())
}

/// How this program was called, so that the commands it proposes can be copied.
fn me() -> String {
    let called = std::env::args().next().unwrap_or_else(|| "longmen".to_owned());
    let here = std::env::current_dir().unwrap_or_default();
    let path = Path::new(&called).strip_prefix(here).unwrap_or(Path::new(&called));
    quoted(&path.display().to_string())
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:+,@%=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn short(stamp: Stamp) -> String {
    stamp.hash.to_string().get(..12).unwrap_or_default().to_owned()
}

/// What a demo never sees.
fn unexpected(refusal: longmen::Refusal) -> Failure {
    Failure::Ledger(format!("the demo was refused what it should not be: {refusal}"))
}

fn account(name: &str) -> Result<AccountId, Failure> {
    AccountId::new(name).map_err(unexpected)
}
