//! The replica beside real ledgers.
#![expect(clippy::unwrap_used, reason = "a test's helpers may stop it too")]

mod feed;
mod full_disk;
mod queries;
mod reads;
mod rebuild;
mod speed;
mod store;
mod support;
mod world;
