//! What the four stories share: a ledger with a clock that can be set, and the telling of what it books.

use std::error::Error;
use std::fmt::Debug;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use longmen::wallet::{CardEvent, Product, ProductEvent, State, TopUpEvent};
use longmen::{
    Command, Content, Durability, Effect, Event, JournalEntry, Ledger, Options, Outcome, Posting, Reason,
    Receipt, Side, Sum,
};

/// What may go wrong while a story is told.
pub(crate) type Told<T = ()> = Result<T, Box<dyn Error>>;

/// 2026-09-01T00:00:00Z, in nanoseconds.
const START_NS: u64 = 1_788_220_800_000_000_000;
/// A day, in nanoseconds.
pub(crate) const DAY_NS: u64 = 86_400_000_000_000;

/// Reads a name, a sum or a rate; a story's texts are constants, so a wrong one is a mistake in the story.
pub(crate) fn n<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// A ledger in a directory of its own, and how far it has been told.
pub(crate) struct Story {
    dir: tempfile::TempDir,
    ledger: Ledger,
    clock: Arc<AtomicU64>,
    told: u64,
    made_up: u32,
}

impl Story {
    /// Creates the ledger and prints the title.
    pub(crate) fn begin(title: &str) -> Told<Self> {
        let (dir, clock) = (tempfile::tempdir()?, Arc::new(AtomicU64::new(START_NS)));
        let ledger = options(&clock).create(dir.path())?;
        println!("{title}");
        Ok(Self { dir, ledger, clock, told: 0, made_up: 0 })
    }

    /// Prints a heading, with the day.
    pub(crate) fn chapter(&self, text: &str) {
        println!("\nDay {}. {text}", (self.in_days(0) - START_NS) / DAY_NS);
    }

    /// Lets days pass; what has come due meanwhile is told with the next step.
    pub(crate) fn wait_days(&self, days: u64) {
        self.clock.fetch_add(days * DAY_NS, Ordering::SeqCst);
    }

    /// The journal time so many days from now, in nanoseconds.
    pub(crate) fn in_days(&self, days: u64) -> u64 {
        self.clock.load(Ordering::SeqCst) + days * DAY_NS
    }

    /// Does what is not worth telling.
    pub(crate) fn set_up(&mut self, what: impl Into<Product>) -> Told {
        self.made_up += 1;
        let stamp = self.submit(&format!("set-up-{}", self.made_up), what)?.accepted()?;
        self.told = stamp.position + 1;
        Ok(())
    }

    /// Does something under a key, and tells what was booked.
    pub(crate) fn tell(&mut self, key: &str, says: &str, what: impl Into<Product>) -> Told {
        let receipt = self.submit(key, what)?;
        if let Outcome::Refused(refusal) = receipt.outcome {
            return Err(format!("{says}: {refusal}").into());
        }
        self.say(says, receipt)
    }

    /// Asks for something that is refused, for this reason.
    pub(crate) fn refused(&mut self, key: &str, says: &str, what: impl Into<Product>, why: Reason) -> Told {
        let receipt = self.submit(key, what)?;
        self.say(says, receipt)?;
        let Outcome::Refused(refusal) = receipt.outcome else {
            return Err(format!("{says}: it was carried out").into());
        };
        println!("      refused, {}: {}", refusal.reason.name(), refusal.reason.cause());
        assert_eq!(refusal.reason, why, "{says}");
        Ok(())
    }

    /// Does something twice under one key, as whoever got no answer does; the second answer is the first again.
    pub(crate) fn twice(&mut self, key: &str, says: &str, what: impl Into<Product> + Clone) -> Told {
        self.tell(key, says, what.clone())?;
        let again = self.submit(key, what)?;
        assert!(again.replayed && again.outcome == Outcome::Done, "{says}");
        println!("      sent again under its key {key}: the same receipt, nothing is booked twice");
        Ok(())
    }

    /// The state that all entries so far make.
    pub(crate) fn state(&self) -> Told<State> {
        let mut state = State::new();
        for entry in self.ledger.entries(0)? {
            let JournalEntry { stamp, content, .. } = entry?;
            if let Content::Ledger(fact) = content {
                state.apply(stamp.position, stamp.time_ns, &fact)?;
            }
        }
        Ok(state)
    }

    /// Checks what is available on an account such as `alice:CNY:wallet`.
    pub(crate) fn has(&self, account: &str, want: &str) {
        let balance = self.ledger.balance(&n(account)).map(|balance| balance.available().to_string());
        assert_eq!(balance.as_deref(), Some(want), "{account}");
    }

    /// Prints what everybody has and how it is safeguarded, and shows that a replay gives the same.
    pub(crate) fn end(self) -> Told {
        let now_ns = self.in_days(0);
        let state = self.state()?;
        totals(&state, now_ns);
        self.ledger.close()?;
        let again = options(&self.clock).open(self.dir.path())?;
        assert!(again.view().accounts().eq(state.books().accounts()), "opened again, it is the same");
        again.close()?;
        assert!(longmen::replay(self.dir.path(), None)?.state == state, "replayed, it is the same");
        let report = longmen::verify(self.dir.path(), &mut |_, _| ())?;
        assert!(report.is_clean(), "{:?}", report.violations);
        println!("\nOpened again and replayed: the same. Verified: {} entries, clean.", report.entries);
        Ok(())
    }

    fn submit(&self, key: &str, what: impl Into<Product>) -> Told<Receipt> {
        let product: Product = what.into();
        Ok(self.ledger.submit(Command::new(n(key), product)).wait()?)
    }

    /// Tells what the writer did by itself meanwhile, and then this.
    fn say(&mut self, says: &str, receipt: Receipt) -> Told {
        let stamp = receipt.stamp.ok_or_else(|| format!("{says}: it has no entry"))?;
        for entry in self.ledger.entries(self.told)? {
            let entry = entry?;
            if entry.stamp.position > stamp.position {
                break;
            }
            let Content::Ledger(fact) = &entry.content else { continue };
            if fact.key.is_none() {
                println!("  - by itself: {}", by_itself(fact));
            } else {
                println!("  * {says}");
            }
            self.postings(&fact.postings);
        }
        self.told = stamp.position + 1;
        Ok(())
    }

    /// Prints postings, two on a line.
    fn postings(&self, postings: &[Posting]) {
        let view = self.ledger.view();
        let line = |posting: &Posting| {
            let account = view.account_at(posting.account)?;
            let side = if posting.side == Side::Debit { 'D' } else { 'C' };
            let mark = match posting.effect {
                Effect::Post => "",
                Effect::Hold => "hold ",
                Effect::Unhold => "free ",
            };
            let sum = Sum::new(posting.amount, account.currency());
            Some(format!("{mark}{side} {} {sum}", account.id()))
        };
        let lines: Vec<String> = postings.iter().filter_map(line).collect();
        for pair in lines.chunks(2) {
            match pair {
                [one, other] => println!("      {one:<44} {other}"),
                _ => println!("      {}", pair.concat()),
            }
        }
    }
}

fn options(clock: &Arc<AtomicU64>) -> Options {
    let clock = Arc::clone(clock);
    // A story is not worth waiting for a disk.
    let durability = Durability::Unsynced;
    Options { clock: Arc::new(move || clock.load(Ordering::SeqCst)), durability, ..Options::default() }
}

/// What the writer did because its time had come.
fn by_itself(entry: &longmen::wallet::Entry) -> String {
    match (&entry.event, entry.product.as_ref().map(|fact| &fact.event)) {
        (Event::HoldExpired { .. }, _) => "a hold has ended".into(),
        (_, Some(ProductEvent::TopUp(TopUpEvent::Expired { top_up, .. }))) => {
            format!("the top-up {top_up} is given up")
        }
        (_, Some(ProductEvent::Card(CardEvent::Expired { .. }))) => {
            "the card's life is over, and what is not reserved is set aside".into()
        }
        (_, Some(ProductEvent::Card(_))) => "what is not reserved any more is set aside".into(),
        (_, Some(ProductEvent::Credit(_))) => "the day of an instalment has passed".into(),
        (event, _) => format!("{event:?}"),
    }
}

/// Prints what every owner and card has, and what every pool owes and keeps.
fn totals(state: &State, now_ns: u64) {
    println!("\nIn the end");
    let (books, products) = (state.books(), state.products());
    for account in books.accounts() {
        let no = books.account_no(account.id());
        let role = no.and_then(|no| products.role(no));
        let is_theirs = role.is_some_and(|role| role.is_client_money());
        if is_theirs && account.balance().posted().minor() != 0 {
            println!("  {:<30} {:>16}", account.id().to_string(), account.balance().posted().to_string());
        }
    }
    let columns = ["pool", "owed to customers", "kept", "owed by channels", "excess"];
    let row = |[pool, owed, kept, in_time, excess]: [String; 5]| {
        println!("  {pool:<10} {owed:>18} {kept:>14} {in_time:>18} {excess:>14}");
    };
    println!("\nSafeguarding");
    row(columns.map(String::from));
    for own in state.safeguarding(now_ns) {
        let [owed, kept, in_time] = [own.requirement, own.kept, own.in_time].map(|sum| sum.to_string());
        row([own.pool.to_string(), owed, kept, in_time, own.excess().to_string()]);
        assert!(own.excess().minor() >= 0, "the pool is short");
    }
}
