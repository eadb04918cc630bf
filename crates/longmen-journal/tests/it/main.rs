//! The journal's tests, as one binary.
#![expect(clippy::unwrap_used, reason = "a test's helpers may stop it too")]

mod basic;
mod common;
mod flips;
mod judge;
mod torn;
