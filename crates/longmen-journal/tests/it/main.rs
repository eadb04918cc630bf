//! The journal's tests, as one binary.
#![expect(clippy::unwrap_used, reason = "a test's helpers may stop it too")]

mod attacks;
mod basic;
mod clock;
mod common;
mod failed_sync;
mod files;
mod flips;
mod follow;
mod follow_killed;
mod golden;
mod histories;
mod hooked;
mod judge;
mod slots;
mod snapshots;
mod space;
mod tail;
mod torn;
mod vectors;
mod writers;
