//! A hotel reserves 500.00, captures the bill in two parts with a fee, and the rest is the guest's again.
//!
//! `cargo run -p longmen --example holds`

use std::error::Error;

use longmen::{
    AccountId, Action, Amount, Capture, Class, Command, Currency, Key, Ledger, OpenAccount, Outcome,
    PlaceHold, Portion, Reason,
};

const CNY: Currency = Currency::CNY;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let ledger = Ledger::create(dir.path())?;
    let yuan = |text: &str| Amount::parse(text, &CNY);
    let [bank, guest, hotel, fees] = ["bank:cny", "guest:cny", "hotel:cny", "fees:cny"].map(AccountId::new);
    let (bank, guest, hotel, fees) = (bank?, guest?, hotel?, fees?);
    for (account, class) in
        [(bank, Class::Asset), (guest, Class::Liability), (hotel, Class::Liability), (fees, Class::Income)]
    {
        let open = Command::open_account(
            Key::new(&format!("open-{account}"))?,
            OpenAccount::new(account, CNY, class),
        );
        ledger.submit(open).wait()?.accepted()?;
    }
    ledger
        .submit(Command::transfer(Key::new("top-up")?, bank, guest, yuan("600.00")?, CNY))
        .wait()?
        .accepted()?;
    let show = |what: &str| {
        if let Some(balance) = ledger.balance(&guest) {
            println!(
                "{what:<34} posted {}, held {}, available {}",
                balance.posted(),
                balance.held(),
                balance.available()
            );
        }
    };
    show("before the journey");

    // The hold is named by the key of its command.
    let stay = Key::new("stay-1")?;
    let reserve = PlaceHold::new(guest, hotel, yuan("500.00")?, CNY);
    ledger.submit(Command::place_hold(stay, reserve)).wait()?.accepted()?;
    show("the hotel has reserved 500.00");

    // What is held cannot be spent. A refusal is a value, with a reason to decide by.
    let shopping = Command::transfer(Key::new("shopping")?, guest, bank, yuan("100.01")?, CNY);
    match ledger.submit(shopping).wait()?.outcome {
        Outcome::Refused(refusal) => {
            println!("  refused: {refusal}");
            assert_eq!((refusal.reason, refusal.short_by), (Reason::InsufficientFunds, yuan("0.01")?));
        }
        Outcome::Done => return Err("the hold should have kept that money".into()),
    }

    ledger.submit(Command::capture(Key::new("breakfast")?, stay, yuan("60.00")?, CNY)).wait()?.accepted()?;
    show("breakfast, 60.00, is captured");

    // The room is captured with the platform's fee, and the rest of the hold is released with it.
    let room = Capture {
        hold: stay,
        amount: yuan("300.00")?,
        currency: CNY,
        is_final: true,
        to: [
            Portion { credit: hotel, amount: yuan("294.00")? },
            Portion { credit: fees, amount: yuan("6.00")? },
        ]
        .into_iter()
        .collect(),
    };
    ledger.submit(Command::new(Key::new("room")?, Action::Capture(room))).wait()?.accepted()?;
    show("the room, 300.00, ends the hold");

    let hold = ledger.hold(&stay).ok_or("the hold is remembered")?;
    println!(
        "the hold is {}: {} fen captured, {} fen released",
        hold.state.as_str(),
        hold.captured.minor(),
        hold.released().minor()
    );
    assert_eq!((hold.captured, hold.released()), (yuan("360.00")?, yuan("140.00")?));
    for (account, want) in [(guest, "240.00 CNY"), (hotel, "354.00 CNY"), (fees, "6.00 CNY")] {
        let balance = ledger.balance(&account).ok_or("it is open")?;
        assert_eq!(balance.available().to_string(), want, "{account}");
    }
    ledger.close()?;
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("the example runs to its end");
}
