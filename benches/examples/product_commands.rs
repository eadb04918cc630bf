//! Decides and applies so many commands of one kind, for a tool that counts instructions:
//!
//! ```sh
//! cargo build --release -p longmen-bench --example product_commands
//! for n in 1000 11000; do
//!     valgrind --tool=callgrind --callgrind-out-file=/dev/null \
//!         target/release/examples/product_commands two_postings product $n
//! done
//! ```
//!
//! The difference of the two counts is what 10,000 commands cost, their making included. With `made_plain` and
//! `made_product` they are only made; with `ledger_plain` and `ledger_product` they go through a ledger in memory,
//! from the digest to the receipt.

#![expect(clippy::expect_used, reason = "a wrong argument ends it")]

use longmen::wallet::Command;
use longmen::{MemoryStorage, Options};
use longmen_bench::products::{Make, PAIRS, World, beginnings, key};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [pair, kind, count] = args.as_slice() else { panic!("a pair, plain or product, and how many") };
    let (_, plain, product) = PAIRS.iter().find(|(name, ..)| name == pair).expect("a pair of that name");
    let count: u64 = count.parse().expect("how many");
    if let Some(kind) = kind.strip_prefix("ledger_") {
        return through_a_ledger(if kind == "plain" { *plain } else { *product }, count);
    }
    let mut world = World::default();
    let first = world.position;
    for no in first..first + count {
        match kind.as_str() {
            "plain" => world.carry_out(Command::new(key(no), plain(no))),
            "product" => world.carry_out(Command::new(key(no), product(no))),
            "made_plain" => drop(std::hint::black_box(Command::new(key(no), plain(no)))),
            _ => drop(std::hint::black_box(Command::new(key(no), product(no)))),
        }
    }
    let totals = world.state.books().trial_balance();
    assert!(totals.iter().all(|row| row.debits_posted == row.credits_posted));
}

/// The same through a ledger in memory, in slices.
fn through_a_ledger(make: Make, count: u64) {
    let ledger = Options::default().create_on(std::sync::Arc::new(MemoryStorage::new())).expect("a ledger");
    let submit = |commands: Vec<Command>| {
        for receipt in ledger.submit_all(commands).wait().expect("an answer") {
            receipt.accepted().expect("it is carried out");
        }
    };
    beginnings().chunks(64).for_each(|part| submit(part.to_vec()));
    for from in (0..count).step_by(250) {
        submit((from..count.min(from + 250)).map(|no| Command::new(key(no), make(no))).collect());
    }
    ledger.close().expect("it closes");
}
