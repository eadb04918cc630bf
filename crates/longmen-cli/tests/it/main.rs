//! Shows that the `longmen` binary does what its documents say, by running it as a stranger would.

#![expect(clippy::unwrap_used, reason = "a test's helpers may stop it too")]

mod ask;
mod common;
mod demo;
mod docs;
mod exec;
mod follow;
mod groups;
mod import;
mod look;
mod refusals;
mod serve;
mod verify;
mod wallet;
