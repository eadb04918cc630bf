//! The replica against a judge that reckons everything from the journal by itself.
//!
//! `docs/testing.md` says how to run it for longer.

mod children;
mod edges;
mod feed;
mod history;
mod judge;
mod kills;
mod lines;
mod load;
mod positions;
mod probe;
mod refused;
mod sums;
