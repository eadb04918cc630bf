//! Eight threads pay out of one wallet at once: each sees only done or refused, and not a fen is lost.
//!
//! `cargo run -p longmen --example many_threads`

use std::error::Error;

use longmen::{
    AccountId, Amount, Class, Command, Currency, Error as LedgerError, Key, Ledger, OpenAccount, Outcome,
};

const THREADS: u64 = 8;
const PAYMENTS_EACH: u64 = 50;
const CNY: Currency = Currency::CNY;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let dir = tempfile::tempdir()?;
    let ledger = Ledger::create(dir.path())?;
    let (bank, wallet) = (AccountId::new("bank:cny")?, AccountId::new("wallet:cny")?);
    for (account, class) in [(bank, Class::Asset), (wallet, Class::Liability)] {
        let open = Command::open_account(
            Key::new(&format!("open-{account}"))?,
            OpenAccount::new(account, CNY, class),
        );
        ledger.submit(open).wait()?.accepted()?;
    }
    // Enough for 300 of the 400 payments.
    let top_up = Command::transfer(Key::new("top-up")?, bank, wallet, Amount::parse("300.00", &CNY)?, CNY);
    ledger.submit(top_up).wait()?.accepted()?;

    // The handle is shared as it is; commands that wait at the same time share one sync of the disk.
    let pay = |thread: u64| -> Result<u64, Box<dyn Error + Send + Sync>> {
        let one_yuan = Amount::parse("1.00", &CNY)?;
        let tickets: Vec<_> = (0..PAYMENTS_EACH)
            .map(|number| {
                let key = Key::new(&format!("pay-{thread}-{number}"))?;
                Ok(ledger.submit(Command::transfer(key, wallet, bank, one_yuan, CNY)))
            })
            .collect::<Result<_, longmen::Refusal>>()?;
        let answers = tickets.into_iter().map(|ticket| ticket.wait());
        let answers = answers.collect::<Result<Vec<_>, LedgerError>>()?;
        Ok(answers.iter().filter(|receipt| receipt.outcome == Outcome::Done).count().try_into()?)
    };
    let paid = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || pay(thread))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".into())))
            .sum::<Result<u64, _>>()
    })?;

    let balance = ledger.balance(&wallet).ok_or("it is open")?;
    println!(
        "{THREADS} threads asked for {} payments: {paid} done, {} refused",
        THREADS * PAYMENTS_EACH,
        THREADS * PAYMENTS_EACH - paid
    );
    println!("the wallet has {}", balance.available());
    assert_eq!((paid, balance.available().minor()), (300, 0));
    ledger.close()?;

    let report = longmen::verify(dir.path(), &mut |_, _| ())?;
    println!("verified: {} entries, nothing is wrong", report.entries);
    assert!(report.is_clean());
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
