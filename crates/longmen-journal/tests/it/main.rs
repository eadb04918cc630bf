//! The journal's tests, as one binary.
#![expect(clippy::unwrap_used, reason = "a test's helpers may stop it too")]

mod attacks;
mod basic;
mod common;
mod flips;
mod golden;
mod histories;
mod judge;
mod torn;
mod vectors;
mod writers;
