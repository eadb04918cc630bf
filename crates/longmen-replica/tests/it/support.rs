//! Ledgers and replicas for tests.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use longmen_core::{AccountId, Class, Command, Key, OpenAccount, Overdraft};
use longmen_engine::Ledger;
use longmen_journal::FileStorage;
use longmen_money::{Amount, Currency};
use longmen_replica::{Keep, Options, Replica, Status};
use longmen_sim::Random;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A number from the environment, or this one.
pub(crate) fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect("a number"))
}

pub(crate) fn account(no: u64) -> AccountId {
    AccountId::new(&format!("a{no}")).unwrap()
}

/// A ledger in `dir` with so many accounts.
pub(crate) fn ledger(dir: &Path, accounts: u64) -> Ledger {
    let ledger = Ledger::create(dir).unwrap();
    let opened = (0..accounts).map(|no| {
        let open = OpenAccount::new(account(no), Currency::CNY, Class::Asset).overdraft(Overdraft::Unlimited);
        Command::open_account(Key::new(&format!("open-{no}")).unwrap(), open)
    });
    submit(&ledger, opened);
    ledger
}

/// Plain transfers between random accounts, the first of this number; gives the position of the last one.
pub(crate) fn pay(ledger: &Ledger, accounts: u64, first: u64, count: u64) -> u64 {
    let mut random = Random::new(first);
    let transfers = (first..first + count).map(|no| {
        let debit = random.below(accounts);
        let credit = (debit + 1 + random.below(accounts - 1)) % accounts;
        let amount = Amount::new(1 + random.below(100_000)).unwrap();
        let key = Key::new(&format!("t-{no}")).unwrap();
        Command::transfer(key, account(debit), account(credit), amount, Currency::CNY)
    });
    submit(ledger, transfers)
}

fn submit(ledger: &Ledger, commands: impl Iterator<Item = Command>) -> u64 {
    let mut last = 0;
    let commands: Vec<Command> = commands.collect();
    let tickets: Vec<_> = commands.chunks(1_000).map(|slice| ledger.submit_all(slice.to_vec())).collect();
    for ticket in tickets {
        for receipt in ticket.wait().unwrap() {
            last = receipt.accepted().unwrap().position;
        }
    }
    last
}

/// Options that keep rows in `dir`, with a checkpoint every so many entries.
pub(crate) fn kept(dir: &Path, checkpoint_entries: u64) -> Options {
    Options { keep: Keep::Dir(dir.to_owned()), checkpoint_entries, ..Options::default() }
}

pub(crate) fn follow(journal: &Path, options: Options) -> Replica {
    Replica::follow(Arc::new(FileStorage::new(journal)), options).unwrap()
}

/// Waits until the status is such.
pub(crate) fn wait_until(replica: &Replica, is_so: impl Fn(&Status) -> bool) -> Status {
    let start = Instant::now();
    loop {
        let status = replica.status();
        if is_so(&status) {
            return status;
        }
        assert!(start.elapsed() < PATIENCE, "{status:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
