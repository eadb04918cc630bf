//! What a number means in each currency, and what is refused: tables first, then random numbers.

#![expect(clippy::unwrap_used, reason = "a panic is how a test helper reports")]

mod amounts;
mod currencies;
mod random;
