//! What the core refuses and what it books: tables first, then a naive model, laws and the printed list of refusals.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test helper reports")]

mod access;
mod accounts;
mod asks;
mod captures;
mod chart;
mod compound;
mod conditions;
mod counts;
mod coverage;
mod docs;
mod dsl;
mod force;
mod garbage;
mod generate;
mod groups;
mod holds;
mod increments;
mod laws;
mod limits;
mod managed;
mod model;
mod moves;
mod order;
mod pair;
mod parts;
mod precedence;
mod random;
mod reversals;
mod said;
mod secrets;
mod shape;
mod steps;
mod tables;
mod time;
mod velocity;
mod verbs;
mod windows;
mod words;

use longmen_core::{Command, Digest, Key};

/// A digest of a command's content: FNV-1a over how it prints, its key left out.
fn digest(command: &Command) -> Digest {
    let content = format!("{:?}", Command { key: Key::new("-").unwrap(), ..command.clone() });
    let hash = content.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b)
    });
    Digest(hash.to_le_bytes())
}
