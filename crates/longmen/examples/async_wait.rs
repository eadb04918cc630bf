//! Awaits receipts in tasks. A ticket is a future of the standard library, so any runtime will do; this one is 20 lines.
//!
//! `cargo run -p longmen --example async_wait`

use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use longmen::{AccountId, Amount, Class, Command, Currency, Key, Ledger, OpenAccount, Stamp};

/// Wakes a thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs one future on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}

async fn open(ledger: &Ledger, account: AccountId, class: Class) -> Result<Stamp, Box<dyn Error>> {
    let open = OpenAccount::new(account, Currency::CNY, class);
    Ok(ledger.submit(Command::open_account(Key::new(&format!("open-{account}"))?, open)).await?.accepted()?)
}

async fn story(ledger: &Ledger) -> Result<(), Box<dyn Error>> {
    let (bank, alice) = (AccountId::new("bank:cny")?, AccountId::new("alice:cny")?);
    open(ledger, bank, Class::Asset).await?;
    open(ledger, alice, Class::Liability).await?;

    // Both are submitted before either is awaited, so that they can share a sync.
    let amount = Amount::parse("10.00", &Currency::CNY)?;
    let first = ledger.submit(Command::transfer(Key::new("top-up-1")?, bank, alice, amount, Currency::CNY));
    let second = ledger.submit(Command::transfer(Key::new("top-up-2")?, bank, alice, amount, Currency::CNY));
    let (first, second) = (first.await?.accepted()?, second.await?.accepted()?);
    println!("awaited entry {} and entry {}", first.position, second.position);
    assert_eq!(second.position, first.position + 1);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let ledger = Ledger::create(dir.path())?;
    block_on(story(&ledger))?;
    let balance = ledger.balance(&AccountId::new("alice:cny")?).ok_or("her account is open")?;
    println!("Alice has {}", balance.available());
    assert_eq!(balance.available().to_string(), "20.00 CNY");
    ledger.close()?;
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
