//! Asks a replica beside the ledger: one's own write, a statement, the past, and what changed.
//!
//! `cargo run -p longmen --example reading`

use std::error::Error;
use std::time::Duration;

use longmen::replica::{ChangesFrom, Options, StatementQuestion, Want};
use longmen::{AccountId, Amount, Class, Command, Currency, Key, Ledger, OpenAccount, Stamp};

const CNY: Currency = Currency::CNY;
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let ledger = Ledger::create(dir.path())?;
    let (bank, alice) = (AccountId::new("bank:cny")?, AccountId::new("alice:cny")?);
    for (account, class) in [(bank, Class::Asset), (alice, Class::Liability)] {
        let key = Key::new(&format!("open-{account}"))?;
        ledger
            .submit(Command::open_account(key, OpenAccount::new(account, CNY, class)))
            .wait()?
            .accepted()?;
    }

    // It could as well run in another process, on the same directory: it reads the journal, never the writer's memory.
    let replica = longmen::follow(dir.path(), Options { watch: Some(ledger.watch()), ..Options::default() })?;
    let mut feed = replica.changes(&ChangesFrom::Now)?;

    let mut stamps: Vec<Stamp> = Vec::new();
    for (key, amount) in [("top-up-1", "80.00"), ("top-up-2", "20.00"), ("top-up-3", "5.50")] {
        let amount = Amount::parse(amount, &CNY)?;
        let top_up = Command::transfer(Key::new(key)?, bank, alice, amount, CNY);
        stamps.push(ledger.submit(top_up).wait()?.accepted()?);
    }
    let last = stamps.last().ok_or("three were posted")?.position;

    // Whoever has a receipt asks for no less than its position, and so reads what he wrote.
    let statement =
        replica.read(Want::AtLeast(last, PATIENCE), |view| view.statement(&StatementQuestion::of(alice)))?;
    println!("Alice's statement, true after entry {}, {}", statement.at.position, statement.at.hash);
    println!("  opening {:>16}", statement.value.opening.posted().to_string());
    for line in &statement.value.lines {
        println!(
            "  entry {} {:<6} {:>8}",
            line.position,
            line.kind.as_str(),
            line.balance.posted().to_string()
        );
    }
    println!("  closing {:>16}", statement.value.closing.posted().to_string());
    assert_eq!(statement.value.closing.posted().to_string(), "105.50 CNY");

    // The past is as it was, for ever.
    for stamp in &stamps {
        let then = replica.read(Want::Exactly(stamp.position), |view| view.balance(&alice))?;
        println!("after entry {}: {}", then.at.position, then.value.balance.available());
        assert_eq!(then.at, *stamp);
    }

    // Every change since the feed began, none left out; the cursor goes on after a restart.
    let mut count = 0;
    while let Some(change) = feed.next(Duration::ZERO)? {
        for own in &change.balances {
            println!("{}: from {} to {}", own.account, own.before.posted(), own.after.posted());
        }
        count += 1;
    }
    println!("a reader that stops here goes on with {}", feed.cursor());
    assert!(count >= 3);

    ledger.close()?;
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
