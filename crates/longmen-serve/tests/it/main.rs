//! The server, asked over HTTP as any client would.

#![expect(clippy::unwrap_used, reason = "a panic is how a test helper reports")]

mod client;
mod ledger;

mod answers;
mod bounds;
mod browser;
mod document;
mod held;
mod problems;
mod trouble;
