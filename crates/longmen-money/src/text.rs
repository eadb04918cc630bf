//! The one grammar for numbers, and its inverse.

use alloc::format;
use alloc::string::{String, ToString};

use rust_decimal::Decimal;

use crate::AmountError;

/// A number in minor units as it was written: sign and magnitude apart, so that `-0` is nobody's special case.
pub(crate) struct Scaled {
    pub(crate) negative: bool,
    pub(crate) magnitude: u128,
}

impl Scaled {
    /// Reads `-?[0-9]+(\.[0-9]+)?` with at most `exponent` fraction digits.
    pub(crate) fn parse(text: &str, exponent: u8) -> Result<Self, AmountError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(AmountError::NotANumber),
            Some(parts) => parts,
            None => (unsigned, ""),
        };
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits_only(whole) || !digits_only(fraction) {
            return Err(AmountError::NotANumber);
        }
        let padding = usize::from(exponent)
            .checked_sub(fraction.len())
            .ok_or(AmountError::ExcessDigits { allowed: exponent })?;

        let digits = whole.bytes().chain(fraction.bytes()).chain(core::iter::repeat_n(b'0', padding));
        let mut magnitude: u128 = 0;
        for digit in digits {
            magnitude = magnitude
                .checked_mul(10)
                .and_then(|shifted| shifted.checked_add(u128::from(digit.checked_sub(b'0')?)))
                .ok_or(AmountError::TooLarge)?;
        }
        Ok(Self { negative, magnitude })
    }

    /// Takes a decimal by its value: `12.500` is `12.50`, and what would have to be rounded is refused.
    pub(crate) fn from_decimal(value: Decimal, exponent: u8) -> Result<Self, AmountError> {
        // Normalizing drops zeros after the point only, so what is left beyond the exponent is worth something.
        let value = value.normalize();
        let raise = u32::from(exponent)
            .checked_sub(value.scale())
            .ok_or(AmountError::ExcessDigits { allowed: exponent })?;
        let magnitude = 10u128
            .checked_pow(raise)
            .and_then(|factor| value.mantissa().unsigned_abs().checked_mul(factor))
            .ok_or(AmountError::TooLarge)?;
        Ok(Self { negative: value.is_sign_negative(), magnitude })
    }
}

/// Writes a number of minor units with exactly `exponent` digits after the point.
pub(crate) fn plain(minor: i128, exponent: u8) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let digits = minor.unsigned_abs().to_string();
    let exponent = usize::from(exponent);
    if exponent == 0 {
        return format!("{sign}{digits}");
    }
    // One digit more than the fraction, so that there is always one before the point.
    let padded = format!("{digits:0>width$}", width = exponent.saturating_add(1));
    let (whole, fraction) = padded.split_at(padded.len().saturating_sub(exponent));
    format!("{sign}{whole}.{fraction}")
}
