//! Reads at positions.

use std::sync::Arc;
use std::time::Duration;

use longmen_core::{AccountId, Class, Code, Command, Key, OpenAccount, Overdraft};
use longmen_engine::Ledger;
use longmen_journal::hash::digest;
use longmen_journal::{FileStorage, MemoryStorage};
use longmen_money::{Amount, Currency};
use longmen_replica::{ActivityQuestion, Error, Of, Options, Paging, Replica, Want};
use longmen_sim::Random;
use longmen_wallet::State;
use longmen_wire::encode_snapshot;

use crate::world::World;

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

#[test]
fn the_state_of_every_position_is_that_of_a_replay_in_whatever_order_they_are_asked() {
    let world = World::new(9, 400);
    let hash = |state: &State| {
        let mut bytes = Vec::new();
        encode_snapshot(state, &mut bytes);
        digest(&bytes)
    };
    let replays: Vec<_> = (0..=world.last()).map(|position| hash(&world.state_at(position).state)).collect();
    let check = |position: u64| {
        let said = world.replica.read(Want::Exactly(position), |view| view.state(hash)).unwrap().value;
        assert!(said == replays[usize::try_from(position).unwrap()], "at {position}");
    };
    // From the last to the first one every state that is kept is too late, and each snapshot is passed from behind.
    (0..=world.last()).rev().for_each(check);
    let mut random = Random::new(3);
    (0..100).map(|_| random.below(world.last())).for_each(check);
}

#[test]
fn lines_of_one_entry_come_together_wherever_their_accounts_have_others() {
    let storage = Arc::new(MemoryStorage::new());
    let ledger = longmen_engine::Options::default().create_on(storage.clone()).unwrap();
    let code = Code::new("wallets").unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|name| AccountId::new(name).unwrap());
    for id in [a, b, c] {
        let mut open = OpenAccount::new(id, Currency::CNY, Class::Asset);
        (open.overdraft, open.details.code) = (Overdraft::Unlimited, Some(code));
        let open = Command::open_account(Key::new(id.as_str()).unwrap(), open);
        ledger.submit(open).wait().unwrap().accepted().unwrap();
    }
    // Each has its last line in another entry, and the others have lines before and after it.
    let pays = [(a, b), (a, c), (c, a)].map(|(debit, credit)| {
        let key = Key::new(&format!("{debit}-{credit}")).unwrap();
        let pay = Command::transfer(key, debit, credit, Amount::new(5).unwrap(), Currency::CNY);
        ledger.submit(pay).wait().unwrap().accepted().unwrap().position
    });
    ledger.close().unwrap();
    let world = World::of(storage);
    let mut question = ActivityQuestion::of(Of::Code(code));
    for size in [1, 2, 100] {
        question.paging = Paging::first(size);
        let mut lines = Vec::new();
        loop {
            let page = world.replica.read(Want::Latest, |view| view.activity(&question)).unwrap().value;
            lines.extend(page.items.iter().map(|item| (item.line.position, item.line.account)));
            let Some(next) = page.next else { break };
            question.paging = question.paging.after(&next);
        }
        let [first, second, third] = pays;
        assert_eq!(
            lines,
            [(third, c), (third, a), (second, c), (second, a), (first, b), (first, a)],
            "pages of {size}"
        );
    }
}
