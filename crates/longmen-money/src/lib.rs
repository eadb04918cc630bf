//! Money as checked integers of minor units; decimals only at the edge.
//!
//! Four types carry every sum of Longmen:
//!
//! - [`Currency`]: three letters and an exponent in four bytes;
//! - [`Amount`]: a non-negative count of minor units, what a posting moves;
//! - [`Sum`]: an amount with its currency, what a command of a product names;
//! - [`Money`]: a signed total with its currency, what a balance shows.
//!
//! ```
//! use longmen_money::{Amount, Currency, Money};
//!
//! let price = Amount::parse("12.5", &Currency::CNY)?;
//! assert_eq!(price.minor(), 1250);
//! assert_eq!(price.to_money(Currency::CNY).to_string(), "12.50 CNY");
//! assert_eq!(Money::parse("-0.07 USD")?.minor(), -7);
//! # Ok::<(), longmen_money::AmountError>(())
//! ```
//!
//! # What this crate is not
//!
//! It does no arithmetic that rounds: no interest, no division, no exchange rates.
//! It has no way in or out for a binary floating-point number.
//! It carries no wire format of its own: with `serde` its types are text in formats for people and numbers in compact
//! ones, and what is stored is laid out elsewhere.
//!
//! # Text
//!
//! One grammar is read everywhere, `-?[0-9]+(\.[0-9]+)?` in ASCII, and nothing around it.
//! More fraction digits than the currency has are refused even when they are zeros, because what was written claims
//! a precision that the currency does not have; fewer are padded.

#![no_std]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

mod amount;
mod currency;
mod error;
mod money;
mod serial;
mod sum;
mod text;

pub use amount::Amount;
pub use currency::Currency;
pub use error::{AmountError, CurrencyError};
pub use money::Money;
pub use rust_decimal::Decimal;
pub use sum::Sum;
