//! The change feed: nothing twice, nothing left out, across restarts and forks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use longmen_core::{AccountId, Balance};
use longmen_engine::Content;
use longmen_journal::{JournalError, MemoryStorage};
use longmen_replica::{Changes, ChangesFrom, Error, Options, Replica};

use crate::world::{World, add};

const SOON: Duration = Duration::from_secs(20);
const NOW: Duration = Duration::from_millis(1);

fn feed(replica: &Replica, cursor: &str) -> Result<Changes, Error> {
    replica.changes(&ChangesFrom::Cursor(cursor.to_owned()))
}

#[test]
fn every_change_comes_once_and_in_order_across_restarts() {
    let world = World::new(21, 400);
    let books = world.state_at(world.last());
    let mut want: HashMap<AccountId, Balance> = HashMap::new();
    let mut replica = &world.replica;
    let mut changes = replica.changes(&ChangesFrom::Start).unwrap();
    let mut other;
    for (n, entry) in world.entries.iter().enumerate() {
        if n % 37 == 5 {
            // The reader begins again, with another replica that is still far behind.
            let cursor = changes.cursor();
            other = Replica::follow(world.storage.clone(), Options::default()).unwrap();
            changes = feed(&other, &cursor).unwrap();
            replica = &world.replica;
        }
        let change = changes.next(SOON).unwrap().expect("there is one more");
        assert_eq!((change.entry.position, change.entry.hash), (entry.stamp.position, entry.stamp.hash));
        let mut touched: Vec<(AccountId, Balance, Balance)> = Vec::new();
        if let Content::Ledger(content) = &entry.content {
            for posting in &content.postings {
                let account = books.books().account_at(posting.account).unwrap();
                let before = *want.entry(*account.id()).or_insert(account.balance_with([0; 4]));
                let mut counters = before.counters();
                add(&mut counters, posting);
                let after = account.balance_with(counters);
                want.insert(*account.id(), after);
                match touched.iter_mut().find(|(own, ..)| own == account.id()) {
                    Some((.., own)) => *own = after,
                    None => touched.push((*account.id(), before, after)),
                }
            }
        }
        let got: Vec<_> = change.balances.iter().map(|own| (own.account, own.before, own.after)).collect();
        assert_eq!(got, touched, "at {n}");
    }
    assert_eq!(changes.next(NOW).unwrap(), None);
    let mut fresh = replica.changes(&ChangesFrom::Now).unwrap();
    assert_eq!(fresh.next(NOW).unwrap(), None);
    assert_eq!(fresh.cursor(), changes.cursor());
}

#[test]
fn a_feed_may_begin_at_any_position() {
    let world = World::new(25, 60);
    let from = |position| world.replica.changes(&ChangesFrom::Position(position));
    for position in [0, 1, 2, world.last() / 2, world.last()] {
        let mut changes = from(position).unwrap();
        for expected in position..=world.last() {
            assert_eq!(changes.next(NOW).unwrap().unwrap().entry.position, expected);
        }
        assert_eq!(changes.next(NOW).unwrap(), None);
    }
    assert_eq!(from(world.last() + 1).unwrap().next(NOW).unwrap(), None);
    let future = from(world.last() + 2).unwrap_err();
    assert!(
        matches!(future, Error::Future { wanted, at } if (wanted, at) == (world.last() + 2, world.last()))
    );
}

#[test]
fn a_cursor_of_another_history_is_refused() {
    let world = World::new(22, 120);
    let mut changes = world.replica.changes(&ChangesFrom::Start).unwrap();
    let mut cursors = Vec::new();
    while let Some(change) = changes.next(NOW).unwrap() {
        cursors.push((change.entry.position, changes.cursor()));
    }
    let (_, last) = cursors.last().unwrap().clone();
    // Another ledger.
    let other = World::new(22, 120);
    assert!(matches!(feed(&other.replica, &last), Err(Error::Cursor { what: "it is of another ledger" })));
    // A damaged text.
    let damaged = format!("{}{}", &last[..50], last[50..].replace('1', "2"));
    assert!(matches!(
        feed(&world.replica, &damaged),
        Err(Error::Cursor { what: "it was changed on its way" })
    ));
    assert!(matches!(feed(&world.replica, &last[2..]), Err(Error::Cursor { .. })));
    // A copy of the ledger that was taken early, and went another way.
    let storage = Arc::new(MemoryStorage::new());
    let ledger = longmen_engine::Options::default().create_on(storage.clone()).unwrap();
    ledger.close().unwrap();
    let copy = Arc::new(MemoryStorage::with_files(storage.snapshot()));
    let grow = |storage: &Arc<MemoryStorage>, name: &str, count: usize| {
        let ledger = longmen_engine::Options::default().open_on(storage.clone()).unwrap();
        for n in 0..count {
            let id = AccountId::new(&format!("{name}{n}")).unwrap();
            let open =
                longmen_core::OpenAccount::new(id, longmen_money::Currency::CNY, longmen_core::Class::Asset);
            let key = longmen_core::Key::new(&format!("{name}{n}")).unwrap();
            ledger.submit(longmen_core::Command::open_account(key, open)).wait().unwrap().accepted().unwrap();
        }
        ledger.close().unwrap();
        Replica::follow(storage.clone(), Options::default()).unwrap()
    };
    let (long, short) = (grow(&storage, "a", 9), grow(&copy, "b", 3));
    let mut changes = long.changes(&ChangesFrom::Start).unwrap();
    let mut cursors = Vec::new();
    while let Some(change) = changes.next(Duration::from_millis(200)).unwrap() {
        cursors.push((change.entry.position, changes.cursor()));
    }
    assert!(cursors.len() >= 10);
    let head = short.status().head.unwrap().position;
    for (position, cursor) in &cursors {
        match feed(&short, cursor) {
            Ok(_) => assert!(*position <= 1, "{position}"),
            Err(Error::Journal(JournalError::Forked { position: at, .. })) => assert_eq!(at, *position),
            Err(Error::Journal(JournalError::Cut { .. })) => assert!(*position > head, "{position} {head}"),
            Err(other) => panic!("{other}"),
        }
    }
}
