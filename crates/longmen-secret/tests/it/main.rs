//! The tests of erasable payloads, as one binary.
#![expect(clippy::unwrap_used, reason = "a test's helpers may stop it too")]

mod basic;
mod common;
mod crashes;
mod directory;
mod flips;
mod python;
