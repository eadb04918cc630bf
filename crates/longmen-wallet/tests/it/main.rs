//! The products, from outside: one test binary.
#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod house;
mod laws;
mod owner;
mod teller;
