//! Reads at positions.

use std::sync::Arc;
use std::time::Duration;

use longmen_core::{AccountId, Class, Command, Key, OpenAccount};
use longmen_engine::Ledger;
use longmen_journal::FileStorage;
use longmen_money::{Amount, Currency};
use longmen_replica::{Error, Options, Replica, Want};

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

#[test]
fn a_replica_reads_what_was_written_and_what_was_before() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path()).unwrap();
    let replica = Replica::follow(Arc::new(FileStorage::new(dir.path())), Options::default()).unwrap();
    let (bank, alice) = (account("bank"), account("alice"));
    for (name, class) in [("bank", Class::Asset), ("alice", Class::Liability)] {
        let opened = OpenAccount::new(account(name), Currency::CNY, class);
        ledger
            .submit(Command::open_account(Key::new(name).unwrap(), opened))
            .wait()
            .unwrap()
            .accepted()
            .unwrap();
    }
    let mut stamps = Vec::new();
    for n in 1..=500_u64 {
        let key = Key::new(&format!("t{n}")).unwrap();
        let paid = Command::transfer(key, bank, alice, Amount::new(n).unwrap(), Currency::CNY);
        stamps.push(ledger.submit(paid).wait().unwrap().accepted().unwrap());
    }
    let last = *stamps.last().unwrap();
    let patience = Duration::from_secs(10);
    let latest = replica.read(Want::AtLeast(last.position, patience), |view| view.balance(&alice)).unwrap();
    assert_eq!(latest.at, last);
    assert_eq!(latest.value.balance.posted().minor(), 500 * 501 / 2);
    for (n, stamp) in (1_i128..).zip(&stamps).step_by(37) {
        let then = replica.read(Want::Exactly(stamp.position), |view| view.balance(&alice)).unwrap();
        assert_eq!((then.at, then.value.balance.posted().minor()), (*stamp, n * (n + 1) / 2));
        let by_time = replica.read(Want::AtTime(stamp.time_ns), |view| view.balance(&alice)).unwrap();
        assert_eq!(by_time, then);
    }
    let future = replica.read(Want::Exactly(last.position + 1), |view| view.balance(&alice));
    assert!(matches!(future, Err(Error::Future { wanted, at }) if wanted == at + 1));
    let early = replica.read(Want::Exactly(1), |view| view.balance(&alice));
    assert!(matches!(early, Err(Error::Unknown { what: "account", .. })));
}
