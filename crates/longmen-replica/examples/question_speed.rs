//! How long questions take on a long ledger: `cargo run --release -p longmen-replica --example question_speed -- 1000000`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use longmen_core::{AccountId, Class, Command, EffectiveDate, Key, OpenAccount, Overdraft};
use longmen_engine::{Durability, Options as LedgerOptions};
use longmen_journal::FileStorage;
use longmen_money::{Amount, Currency};
use longmen_replica::{
    ActivityQuestion, ChangesFrom, Edge, Filter, LineKind, Of, Options, Order, Paging, Period, Replica,
    StatementQuestion, View, Want,
};
use longmen_sim::Random;

const ACCOUNTS: u64 = 1_000;
const TIMES: u64 = 400;

fn id(no: u64) -> AccountId {
    AccountId::new(&format!("user{no}")).expect("a name")
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let entries: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let dir = tempfile::tempdir()?;
    let options = LedgerOptions { durability: Durability::Unsynced, ..Default::default() };
    let ledger = options.create(dir.path())?;
    let open = |no| {
        let open = OpenAccount::new(id(no), Currency::CNY, Class::Liability).overdraft(Overdraft::Unlimited);
        Ok::<_, longmen_core::Refusal>(Command::open_account(Key::new(&format!("open{no}"))?, open))
    };
    ledger.submit_all((0..ACCOUNTS).map(open).collect::<Result<Vec<_>, _>>()?).wait()?;
    let mut random = Random::new(7);
    let start = Instant::now();
    let mut tickets = Vec::new();
    for slice in 0..entries.div_ceil(1_000) {
        let mut transfer = |n: u64| {
            // One account has a share in every fourth transfer.
            let from = if n.is_multiple_of(4) { 0 } else { 1 + random.below(ACCOUNTS / 2 - 1) };
            let to = ACCOUNTS / 2 + random.below(ACCOUNTS / 2);
            let key = Key::new(&format!("{slice}-{n}"))?;
            let amount = Amount::new(1 + random.below(10_000)).unwrap_or(Amount::ZERO);
            let mut command = Command::transfer(key, id(from), id(to), amount, Currency::CNY);
            if n.is_multiple_of(500) {
                command.effective = EffectiveDate::from_days(20_000);
            }
            Ok::<_, longmen_core::Refusal>(command)
        };
        tickets.push(ledger.submit_all((0..1_000).map(&mut transfer).collect::<Result<Vec<_>, _>>()?));
        if tickets.len() > 8 {
            tickets.remove(0).wait()?;
        }
    }
    for ticket in tickets {
        ticket.wait()?;
    }
    let last = ledger.head().next_position - 1;
    ledger.close()?;
    println!("{last} entries made in {:?}", start.elapsed());
    let start = Instant::now();
    let replica = Replica::follow(Arc::new(FileStorage::new(dir.path())), Options::default())?;
    replica.read(Want::AtLeast(last, Duration::from_secs(3_600)), |_| Ok(()))?;
    let took = start.elapsed();
    println!("followed in {took:?}");

    let mut random = Random::new(8);
    let mut measure = |what: &str, times: u64, ask: &mut dyn FnMut(&View<'_>, u64, u64)| {
        let mut took: Vec<Duration> = (0..times)
            .map(|n| {
                let (no, position) =
                    (if n % 4 == 0 { 0 } else { random.below(ACCOUNTS) }, 2_000 + random.below(last - 2_000));
                let start = Instant::now();
                let asked = replica.read(Want::Latest, |view| {
                    ask(view, no, position);
                    Ok(())
                });
                asked.expect("it answers");
                start.elapsed()
            })
            .collect();
        took.sort_unstable();
        let at = |share: usize| took[(took.len() - 1) * share / 100];
        println!("{what}: median {:?}, 99 % {:?}, worst {:?}", at(50), at(99), at(100));
    };
    let statement =
        |no, period| StatementQuestion { period, order: Order::NewestFirst, ..StatementQuestion::of(id(no)) };
    measure("statement, the last page", TIMES, &mut |view, no, _| {
        view.statement(&statement(no, Period::default())).map(drop).expect("an answer");
    });
    measure("statement, a page of the middle", TIMES, &mut |view, no, position| {
        let period = Period { from: None, through: Some(Edge::Position(position)) };
        view.statement(&statement(no, period)).map(drop).expect("an answer");
    });
    let times: Vec<u64> = (0..64)
        .map(|n| {
            replica
                .read(Want::Latest, |view| Ok(view.entry(2_000 + (last - 2_000) * n / 64)?.time_ns))
                .map(|own| own.value)
        })
        .collect::<Result<_, _>>()?;
    measure("statement, a page before a time", TIMES, &mut |view, no, position| {
        let time = times[usize::try_from(position % 64).unwrap_or_default()];
        let period = Period { from: None, through: Some(Edge::Time(time)) };
        view.statement(&statement(no, period)).map(drop).expect("an answer");
    });
    measure("balance by the end of a day", TIMES, &mut |view, no, _| {
        let day = EffectiveDate::from_days(20_500).expect("a day");
        view.balance_effective(&id(no), day).map(drop).expect("an answer");
    });
    measure("activity of an account, of little of it", TIMES, &mut |view, no, _| {
        let mut question = ActivityQuestion::of(Of::Account(id(no)));
        question.filter = Filter { kinds: vec![LineKind::Hold], ..Filter::default() };
        view.activity(&question).map(drop).expect("an answer");
    });
    measure("activity of the whole ledger", TIMES, &mut |view, _, _| {
        let mut question = ActivityQuestion::of(Of::Ledger);
        question.paging = Paging::first(100);
        view.activity(&question).map(drop).expect("an answer");
    });
    measure("an entry", TIMES, &mut |view, _, position| view.entry(position).map(drop).expect("an answer"));

    let start = Instant::now();
    let mut changes = replica.changes(&ChangesFrom::Start)?;
    let (mut count, many) = (0_u64, entries.min(1_000_000));
    while count < many && changes.next(Duration::ZERO)?.is_some() {
        count += 1;
    }
    println!("feed: {count} changes in {:?}", start.elapsed());
    for position in [last / 2, last / 2, last / 2 + 1_000] {
        let start = Instant::now();
        replica.read(Want::Exactly(position), |view| view.trial_balance())?;
        println!("trial balance of the past, at {position}: {:?}", start.elapsed());
    }
    Ok(())
}
