//! Why a currency or an amount was refused.

use core::error::Error;
use core::fmt;

/// Why something is not a currency of this ledger.
///
/// [`code`](Self::code) is for programs and does not change; the text is for people and may.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CurrencyError {
    /// Not three letters A–Z.
    Malformed,
    /// Three letters that are not in the ISO 4217 table.
    Unknown {
        /// The letters, in ASCII.
        code: [u8; 3],
    },
    /// A code that ISO 4217 lists without a minor unit: metals, bond units, test codes, the special drawing right.
    NoMinorUnit {
        /// The letters, in ASCII.
        code: [u8; 3],
    },
    /// An exponent above 4, which no currency has: the bytes were not written by this crate.
    BadExponent {
        /// The letters, in ASCII.
        code: [u8; 3],
    },
}

impl CurrencyError {
    /// A stable name in snake case, for programs and logs.
    ///
    /// ```
    /// use longmen_money::{Currency, CurrencyError};
    ///
    /// assert_eq!(Currency::from_code("ZZZ").map_err(|e| e.code()), Err("currency_unknown"));
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "currency_malformed",
            Self::Unknown { .. } => "currency_unknown",
            Self::NoMinorUnit { .. } => "currency_no_minor_unit",
            Self::BadExponent { .. } => "currency_bad_exponent",
        }
    }
}

impl fmt::Display for CurrencyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => {
                write!(f, "not a currency code: write its three capital letters, for example CNY")
            }
            Self::Unknown { code } => write!(
                f,
                "{} is not an ISO 4217 currency: check the letters, or update the table",
                show(code)
            ),
            Self::NoMinorUnit { code } => write!(
                f,
                "{} has no minor unit in ISO 4217, so it cannot be counted in integers: keep it outside the ledger",
                show(code)
            ),
            Self::BadExponent { code } => write!(
                f,
                "{} comes with an exponent above 4, which no currency has: check where the bytes come from",
                show(code)
            ),
        }
    }
}

impl Error for CurrencyError {}

/// Why a text or a decimal is not an amount.
///
/// [`code`](Self::code) is for programs and does not change; the text is for people and may.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AmountError {
    /// The text does not follow `-?[0-9]+(\.[0-9]+)?`.
    NotANumber,
    /// Below zero, where only a count can stand.
    Negative,
    /// More fraction digits than the currency has.
    ExcessDigits {
        /// How many fraction digits the currency has.
        allowed: u8,
    },
    /// More than the type can carry: 18 digits for an amount, 2^127 for a total, 2^96 for a decimal.
    TooLarge,
    /// A total is written with its currency after one space, and there is none.
    NoCurrency,
    /// The currency after the number was refused.
    Currency(CurrencyError),
}

impl AmountError {
    /// A stable name in snake case, for programs and logs.
    ///
    /// ```
    /// use longmen_money::{Amount, Currency};
    ///
    /// let refused = Amount::parse("1.005", &Currency::CNY);
    /// assert_eq!(refused.map_err(|e| e.code()), Err("amount_excess_digits"));
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotANumber => "amount_not_a_number",
            Self::Negative => "amount_negative",
            Self::ExcessDigits { .. } => "amount_excess_digits",
            Self::TooLarge => "amount_too_large",
            Self::NoCurrency => "amount_no_currency",
            Self::Currency(refused) => refused.code(),
        }
    }
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => {
                write!(
                    f,
                    "not a number: write plain digits with at most one point between them, for example 12.50"
                )
            }
            Self::Negative => {
                write!(f, "below zero: an amount is a count, the side of the posting says its direction")
            }
            Self::ExcessDigits { allowed } => {
                write!(
                    f,
                    "too many digits after the point, the currency has {allowed}: round it yourself first"
                )
            }
            Self::TooLarge => {
                write!(f, "too large: split it, an amount has at most 18 digits in minor units")
            }
            Self::NoCurrency => write!(f, "no currency: write it after one space, for example 12.50 CNY"),
            Self::Currency(refused) => refused.fmt(f),
        }
    }
}

impl Error for AmountError {}

impl From<CurrencyError> for AmountError {
    fn from(refused: CurrencyError) -> Self {
        Self::Currency(refused)
    }
}

/// Every constructor of the errors checked for A–Z; an embedder that makes one up sees question marks.
fn show(code: &[u8; 3]) -> &str {
    core::str::from_utf8(code).unwrap_or("???")
}
