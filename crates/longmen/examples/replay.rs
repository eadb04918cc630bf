//! Reads a ledger without opening it: the books as they are, as they were, and the journal entry by entry.
//!
//! `cargo run -p longmen --example replay`

use std::error::Error;

use longmen::{AccountId, Amount, Class, Command, Content, Currency, Event, Key, Ledger, OpenAccount};

const CNY: Currency = Currency::CNY;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let (bank, alice) = (AccountId::new("bank:cny")?, AccountId::new("alice:cny")?);
    let ledger = Ledger::create(dir.path())?;
    for (account, class) in [(bank, Class::Asset), (alice, Class::Liability)] {
        let open = Command::open_account(
            Key::new(&format!("open-{account}"))?,
            OpenAccount::new(account, CNY, class),
        );
        ledger.submit(open).wait()?.accepted()?;
    }
    let mut stamps = Vec::new();
    for day in 1..=3 {
        let amount = Amount::parse("10.00", &CNY)?;
        let top_up = Command::transfer(Key::new(&format!("top-up-{day}"))?, bank, alice, amount, CNY);
        stamps.push(ledger.submit(top_up).wait()?.accepted()?);
    }
    ledger.close()?;

    // The balances before each top-up: the journal is the truth, balances are what it adds up to.
    let available = |until: Option<u64>| -> Result<String, Box<dyn Error>> {
        let replayed = longmen::replay(dir.path(), until)?;
        let account = replayed.books().account(&alice).ok_or("her account is open")?;
        Ok(account.balance().available().to_string())
    };
    for stamp in &stamps {
        println!("before entry {}: Alice had {}", stamp.position, available(Some(stamp.position))?);
    }
    println!("now: Alice has {}", available(None)?);
    assert_eq!(available(stamps.last().map(|stamp| stamp.position))?, "20.00 CNY");
    assert_eq!(available(None)?, "30.00 CNY");

    // Every entry's hash is checked on the way.
    let mut posted = 0;
    for entry in longmen::entries(dir.path(), 0)? {
        let entry = entry?;
        match &entry.content {
            Content::Journal(record) => println!("{:>3}  {record}", entry.stamp.position),
            Content::Ledger(fact) => {
                posted += u32::from(fact.event == Event::Posted);
                let key = fact.key.map_or_else(String::new, |key| key.to_string());
                println!("{:>3}  {key:<16} {} postings", entry.stamp.position, fact.postings.len());
            }
        }
    }
    assert_eq!(posted, 3);
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
