//! Last year's books are brought over with their own times, the year is sealed, and a correction that comes late counts
//! in the new one.
//!
//! `cargo run -p longmen --example corrections_and_periods`

use std::error::Error;
use std::num::NonZeroU64;

use longmen::{
    AccountId, Action, Amount, Class, Command, Currency, EffectiveDate, Key, Ledger, Memo, OpenAccount,
    Outcome, Reason,
};

const CNY: Currency = Currency::CNY;
/// 2023-12-31 and 2024-01-02, as days since 1970-01-01.
const YEARS_END: i32 = 19_722;
const NEW_YEAR: i32 = 19_724;
/// 2023-11-04T09:00:00Z, and the nanoseconds of a day.
const NOVEMBER_NS: NonZeroU64 = NonZeroU64::MIN.saturating_add(1_699_088_400_000_000_000 - 1);
const DAY_NS: u64 = 86_400_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let ledger = Ledger::create(dir.path())?;
    let (bank, sales) = (AccountId::new("bank:cny")?, AccountId::new("sales:cny")?);
    for (account, class) in [(bank, Class::Asset), (sales, Class::Income)] {
        let open = OpenAccount::new(account, CNY, class);
        ledger
            .submit(Command::open_account(Key::new(&format!("open-{account}"))?, open))
            .wait()?
            .accepted()?;
    }
    let sale = |name: &str, amount: &str| -> Result<Command, Box<dyn Error>> {
        Ok(Command::transfer(Key::new(name)?, bank, sales, Amount::parse(amount, &CNY)?, CNY))
    };
    let show = |what: &str| {
        let sold = ledger.balance(&sales).map(|balance| balance.posted().to_string());
        println!("{what:<46} sales {}", sold.unwrap_or_default());
    };

    // History comes in the order of its times, and each command keeps its own.
    let mut happened = NOVEMBER_NS;
    for (name, amount) in [("old-1", "120.00"), ("old-2", "80.00"), ("old-3", "45.00")] {
        ledger.submit(sale(name, amount)?.happened_at(happened)).wait()?.accepted()?;
        happened = happened.saturating_add(DAY_NS);
    }
    show("three sales of last November are imported");
    // An import that broke off is simply sent again.
    let again = ledger.submit(sale("old-1", "120.00")?.happened_at(NOVEMBER_NS)).wait()?;
    assert!(again.replayed);

    let years_end = EffectiveDate::from_days(YEARS_END).ok_or("it is a day")?;
    ledger.submit(Command::new(Key::new("seal-2023")?, Action::SealPeriod(years_end))).wait()?.accepted()?;
    println!("  the year is sealed");

    // Nothing can be dated back into it any more.
    let late = ledger.submit(sale("late-1", "10.00")?.with_effective(years_end)).wait()?;
    let Outcome::Refused(refusal) = late.outcome else { return Err("the year is sealed".into()) };
    println!("  refused: {refusal}");
    assert_eq!(refusal.reason, Reason::PeriodSealed);

    // The second sale was 88.00. Its correction counts in the new year, and the memo says what it is about.
    let new_year = EffectiveDate::from_days(NEW_YEAR).ok_or("it is a day")?;
    let memo = Memo::new("old-2 of 2023 was 88.00")?;
    let wrong = Command::reverse(Key::new("fix-1a")?, Key::new("old-2")?);
    let right = sale("fix-1b", "88.00")?;
    let fix = [wrong.linked(), right]
        .map(|command| command.with_effective(new_year).with_memo(memo.clone()))
        .to_vec();
    for receipt in ledger.submit_all(fix).wait()? {
        receipt.accepted()?;
    }
    show("a sale is corrected, in the new year's books");

    let sold = ledger.balance(&sales).ok_or("it is open")?.posted().to_string();
    assert_eq!(sold, "253.00 CNY");
    ledger.close()?;
    for totals in longmen::replay(dir.path(), None)?.books().trial_balance() {
        println!("trial balance in fen: debits {} = credits {}", totals.debits_posted, totals.credits_posted);
        assert_eq!(totals.debits_posted, totals.credits_posted);
    }
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
