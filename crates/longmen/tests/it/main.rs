//! The engine under attack: power cuts, I/O errors, rot, crashed processes; and what it promises while all is well.
//!
//! `docs/testing.md` says how to run the long versions.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test helper reports")]

mod crashed;
mod drawn;
mod expiry;
mod groups;
mod idempotency;
mod idle;
mod io_errors;
mod kill;
mod laws;
mod outside;
mod power_cut;
mod processes;
mod products;
mod queue;
mod replica;
mod rot;
#[path = "../../../longmen-wallet/tests/it/small_world.rs"]
mod small_world;
mod snapshots;
mod state_hash;
mod stopped;
mod support;
mod teller;
mod tidy;
mod views;
