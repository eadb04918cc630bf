//! Decides and applies so many plain transfers and nothing else, for a tool that counts instructions:
//!
//! ```sh
//! cargo build --release -p longmen-bench --example plain_transfer
//! for n in 1000 11000; do
//!     valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/examples/plain_transfer $n
//! done
//! ```
//!
//! The difference of the two counts is what 10,000 transfers cost, their making included.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failing unwrap fails the count")]

use longmen::{
    AccountId, Amount, Books, Class, Command, Currency, Decision, Digest, Key, Known, OpenAccount, Overdraft,
};

const ACCOUNTS: u64 = 1_000;

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|count| count.parse().ok()).expect("how many");
    let account = |no: u64| AccountId::new(&format!("account-{no}.cny")).unwrap();
    let key = |no: u64| Key::new(&format!("01J{no:023}")).unwrap();
    let mut books = Books::new();
    for no in 0..ACCOUNTS {
        let opened = OpenAccount::new(account(no), Currency::CNY, Class::Liability);
        carry_out(
            &mut books,
            no,
            Command::open_account(key(no), opened.overdraft(Overdraft::UpTo(Amount::MAX))),
        );
    }
    for no in 0..count {
        let spread = no.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (debit, credit) = (spread % ACCOUNTS, (spread % ACCOUNTS + 1 + spread % 97) % ACCOUNTS);
        let amount = Amount::new(1 + spread % 4_096).unwrap();
        let command =
            Command::transfer(key(ACCOUNTS + no), account(debit), account(credit), amount, Currency::CNY);
        carry_out(&mut books, ACCOUNTS + no, command);
    }
    let totals = books.trial_balance();
    assert!(totals.iter().all(|row| row.debits_posted == row.credits_posted));
}

fn carry_out(books: &mut Books, position: u64, command: Command) {
    let now_ns = 1_000 + position;
    match books.decide(command, Digest::ZERO, &Known::default(), now_ns) {
        Decision::Entry(entry) => books.apply(position, now_ns, &entry).unwrap(),
        other => panic!("{other:?}"),
    }
}
