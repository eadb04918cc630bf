//! What the tests of this binary share: small ledgers on simulated disks, and the laws that hold of every journal.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use longmen::{
    Account, AccountId, Amount, Class, Command, Content, Currency, Error, JournalEntry, Key, Ledger,
    OpenAccount, Options, Outcome, Overdraft, ReadStorage, Receipt, State,
};
use longmen_sim::{SimDisk, TestClock};

pub(crate) const START_NS: u64 = 1_700_000_000_000_000_000;

/// Small segments, no snapshots, a clock that a test sets.
pub(crate) fn options(clock: &TestClock) -> Options {
    Options {
        segment_size: 64 << 10,
        snapshot_every: 0,
        space_patience: Duration::ZERO,
        clock: clock.reader(),
        ..Options::default()
    }
}

pub(crate) fn create(disk: &SimDisk, clock: &TestClock) -> Ledger {
    options(clock).create_on(Arc::new(disk.clone())).unwrap()
}

pub(crate) fn open(disk: &SimDisk, clock: &TestClock) -> Result<Ledger, Error> {
    options(clock).open_on(Arc::new(disk.clone()))
}

/// The number in this variable of the environment, or `default`.
pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

pub(crate) fn entries(storage: &(impl ReadStorage + Clone + 'static)) -> Result<Vec<JournalEntry>, Error> {
    longmen_engine::entries(Arc::new(storage.clone()), 0)?.collect()
}

pub(crate) fn replay(storage: &(impl ReadStorage + Clone + 'static)) -> Result<longmen::Replayed, Error> {
    longmen_engine::replay(Arc::new(storage.clone()), None, &mut |_, _| ())
}

pub(crate) fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

pub(crate) fn cny(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

/// Opens `bank`, which may go below zero, and `alice` and `bob`, which may not, and gives each of them 1,000.00.
pub(crate) fn opening() -> Vec<Command> {
    let mut commands = Vec::new();
    let mut open = |name: &str, class, overdraft| {
        let account = OpenAccount::new(account(name), Currency::CNY, class).overdraft(overdraft);
        commands.push(Command::open_account(key(&format!("open-{name}")), account));
    };
    open("bank", Class::Asset, Overdraft::Unlimited);
    open("alice", Class::Liability, Overdraft::FORBIDDEN);
    open("bob", Class::Liability, Overdraft::FORBIDDEN);
    for name in ["alice", "bob"] {
        commands.push(transfer(&format!("fund-{name}"), "bank", name, 100_000));
    }
    commands
}

pub(crate) fn transfer(name: &str, debit: &str, credit: &str, minor: u64) -> Command {
    Command::transfer(key(name), account(debit), account(credit), cny(minor), Currency::CNY)
}

/// The command was carried out.
pub(crate) fn done(receipt: Receipt) {
    assert_eq!(receipt.outcome, Outcome::Done);
}

/// Whatever became of the command.
pub(crate) fn any(_receipt: Receipt) {}

/// The state that a ledger has published: its journal replayed, with the accounts and the holds that its view has.
///
/// What is not vouched for yet cannot be seen in the journal, so it is waited for.
pub(crate) fn state_of(ledger: &Ledger) -> State {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let view = ledger.view();
        let replayed = longmen_engine::replay(ledger.storage(), None, &mut |_, _| ()).unwrap();
        if replayed.head.last() == Some(view.at()) {
            assert!(view.accounts().eq(replayed.books().accounts()), "other accounts");
            assert!(view.holds().eq(replayed.books().holds()), "other holds");
            return replayed.state;
        }
        assert!(Instant::now() < deadline, "the journal stays behind the view");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Debits are credits, for each currency and on each layer.
pub(crate) fn check_balanced<'a>(accounts: impl IntoIterator<Item = &'a Account>) {
    let mut sums: BTreeMap<String, [u128; 4]> = BTreeMap::new();
    for found in accounts {
        let balance = found.balance();
        let sums = sums.entry(found.currency().code().to_owned()).or_default();
        sums[0] += balance.debits_posted();
        sums[1] += balance.credits_posted();
        sums[2] += balance.debits_held();
        sums[3] += balance.credits_held();
    }
    for (currency, [debits, credits, debits_held, credits_held]) in sums {
        assert_eq!((debits, debits_held), (credits, credits_held), "{currency}");
    }
}

/// No key has two entries.
pub(crate) fn check_keys(entries: &[JournalEntry]) -> HashMap<Key, usize> {
    let mut seen = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if let Content::Ledger(ledger_entry) = &entry.content
            && let Some(key) = ledger_entry.key
        {
            assert_eq!(seen.insert(key, at), None, "{key} has two entries");
        }
    }
    seen
}
