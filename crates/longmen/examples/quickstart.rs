//! Opens two accounts, moves money once, and shows that a retry moves nothing.
//!
//! `cargo run -p longmen --example quickstart`

use std::error::Error;

use longmen::{AccountId, Amount, Class, Command, Currency, Key, Ledger, OpenAccount};

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let ledger = Ledger::create(dir.path())?;

    // The bank account is what the operator owns; Alice's wallet is what the operator owes her.
    let (bank, alice) = (AccountId::new("bank:cny")?, AccountId::new("alice:cny")?);
    let opened = ledger.submit_all(vec![
        Command::open_account(Key::new("open-bank")?, OpenAccount::new(bank, Currency::CNY, Class::Asset)),
        Command::open_account(
            Key::new("open-alice")?,
            OpenAccount::new(alice, Currency::CNY, Class::Liability),
        ),
    ]);
    for receipt in opened.wait()? {
        receipt.accepted()?;
    }

    let amount = Amount::parse("100.00", &Currency::CNY)?;
    let top_up = Command::transfer(Key::new("top-up-1")?, bank, alice, amount, Currency::CNY);
    let stamp = ledger.submit(top_up.clone()).wait()?.accepted()?;
    println!("on disk as entry {}, with the hash {}", stamp.position, stamp.hash);

    // The answer was lost on its way, so the caller asks again.
    let again = ledger.submit(top_up).wait()?;
    println!("asked again: replayed is {}, the entry is the same one", again.replayed);
    assert_eq!((again.replayed, again.accepted()?), (true, stamp));

    let balance = ledger.balance(&alice).ok_or("her account is open")?;
    println!("Alice can spend {}", balance.available());
    assert_eq!(balance.available().to_string(), "100.00 CNY");
    ledger.close()?;
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
