//! Shows that every entry and every state has exactly one encoding, that the encodings are the documented ones to the
//! byte, and that a command's digest bytes tell any two commands apart.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the test")]

mod bytes;
mod digests;
mod entries;
mod products;
mod samples;
mod snapshots;
