//! Fees and exchange rates: the only places where money is rounded.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use longmen_core::{Reason, Refusal};
use longmen_money::{Amount, Currency, Sum};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A fee: a fixed part and a share of the amount, within bounds.
///
/// ```
/// use longmen_wallet::Fee;
///
/// // 0.3 %, at least 8.00 USD.
/// let fee = Fee { rate_ppm: 3_000, minimum: Some("8.00 USD".parse().unwrap()), ..Fee::NONE };
/// let of = |sum: &str| fee.of(sum.parse().unwrap()).unwrap().to_string();
/// assert_eq!((of("1000.00 USD"), of("5000.00 USD")), ("8.00 USD".into(), "15.00 USD".into()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fee {
    /// What is always paid.
    pub fixed: Option<Sum>,
    /// The share, in millionths of the amount; what is left of a minor unit counts as one from a half on.
    pub rate_ppm: u32,
    /// The least.
    pub minimum: Option<Sum>,
    /// The most.
    pub maximum: Option<Sum>,
}

impl Fee {
    /// No fee.
    pub const NONE: Self = Self { fixed: None, rate_ppm: 0, minimum: None, maximum: None };

    /// The fee of a sum, in its currency.
    ///
    /// # Errors
    ///
    /// [`Reason::CurrencyMismatch`] where the fee is in another currency, [`Reason::AmountTooLarge`] where it is no
    /// amount.
    pub fn of(&self, sum: Sum) -> Result<Sum, Refusal> {
        let own = |part: Option<Sum>| match part {
            Some(part) if part.currency != sum.currency => Err(Refusal::new(Reason::CurrencyMismatch)),
            part => Ok(part.map(|part| part.amount)),
        };
        let fixed = own(self.fixed)?.unwrap_or(Amount::ZERO);
        let scaled = u128::from(sum.amount.minor()).saturating_mul(self.rate_ppm.into());
        let share = scaled.saturating_add(500_000) / 1_000_000;
        let fee = amount_of(share.saturating_add(fixed.minor().into()))?;
        let fee = own(self.minimum)?.map_or(fee, |least| fee.max(least));
        Ok(Sum::new(own(self.maximum)?.map_or(fee, |most| fee.min(most)), sum.currency))
    }

    /// Refuses a fee whose bounds contradict each other.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let bounds = self.minimum.zip(self.maximum);
        let crossed = bounds.is_some_and(|(least, most)| least.amount > most.amount);
        if crossed || self.rate_ppm > 1_000_000 { Err(Reason::TermsMalformed.into()) } else { Ok(()) }
    }
}

/// Which way what is left of a minor unit goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// It is dropped: what the taker of a quote gets.
    Down,
    /// From a half on it counts as one: what a value is said to be.
    HalfUp,
}

/// An exchange rate: how many major units of the bought currency one major unit of the sold one gives.
///
/// Markets quote a pair of currencies one way round only. Whoever sells the other one is given the same number as
/// `1/7.1035`, and nothing is lost by writing out its inverse.
///
/// ```
/// use longmen_money::{Currency, Sum};
/// use longmen_wallet::{Rate, Rounding};
///
/// let rate: Rate = "7.0935".parse()?;
/// let sold: Sum = "1234.56 USD".parse().unwrap();
/// let bought = rate.convert(sold, Currency::CNY, Rounding::Down)?;
/// assert_eq!(bought.to_string(), "8757.35 CNY");
///
/// let rate: Rate = "1/0.00655".parse()?;
/// let yen = Currency::from_code("JPY").unwrap();
/// let bought = rate.convert("100.00 USD".parse().unwrap(), yen, Rounding::Down)?;
/// assert_eq!(bought.to_string(), "15267 JPY");
/// # Ok::<(), longmen_core::Refusal>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    mantissa: u64,
    decimals: u8,
    /// Whether one is divided by that number.
    is_inverse: bool,
}

const DECIMALS_MAX: usize = 12;

impl Rate {
    /// Converts a sum.
    ///
    /// # Errors
    ///
    /// [`Reason::AmountTooLarge`] where it is no amount.
    pub fn convert(self, sold: Sum, into: Currency, rounding: Rounding) -> Result<Sum, Refusal> {
        // Minor units of the one are powers of ten of the other; the number stands above the line or below it.
        let (into_ten, from_ten) = (u32::from(into.exponent()), u32::from(sold.currency.exponent()));
        let (above, below, up, down) = match self.is_inverse {
            false => (self.mantissa, 1, into_ten, from_ten.saturating_add(self.decimals.into())),
            true => (1, self.mantissa, into_ten.saturating_add(self.decimals.into()), from_ten),
        };
        let (up, down) = (up.saturating_sub(down.min(up)), down.saturating_sub(down.min(up)));
        // At most 60 + 60 + 14 bits above the line, which is why it is checked; at most 60 + 54 below.
        let top = u128::from(sold.amount.minor()).saturating_mul(above.into());
        let top = top.checked_mul(10_u128.saturating_pow(up)).ok_or(Reason::AmountTooLarge)?;
        let unit = u128::from(below).saturating_mul(10_u128.saturating_pow(down));
        let half = match rounding {
            Rounding::Down => 0,
            Rounding::HalfUp => unit / 2,
        };
        let bought = top.saturating_add(half).checked_div(unit).unwrap_or(0);
        Ok(Sum::new(amount_of(bought)?, into))
    }
}

impl FromStr for Rate {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let malformed = Reason::RateMalformed;
        let (is_inverse, text) = text.strip_prefix("1/").map_or((false, text), |number| (true, number));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let ends_well = !whole.is_empty() && !text.ends_with('.') && fraction.len() <= DECIMALS_MAX;
        if !ends_well || !is_number(whole) || !is_number(fraction) {
            return Err(malformed.into());
        }
        let mantissa = whole.bytes().chain(fraction.bytes()).try_fold(0_u64, |sum, digit| {
            sum.checked_mul(10)?.checked_add(u64::from(digit.checked_sub(b'0')?))
        });
        let mantissa = mantissa.filter(|mantissa| (1..=Amount::MAX.minor()).contains(mantissa));
        let decimals = u8::try_from(fraction.len()).map_err(|_| malformed)?;
        Ok(Self { mantissa: mantissa.ok_or(malformed)?, decimals, is_inverse })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u64.saturating_pow(self.decimals.into());
        let whole = self.mantissa.checked_div(unit).unwrap_or(0);
        let fraction = self.mantissa.checked_rem(unit).unwrap_or(0);
        if self.is_inverse {
            f.write_str("1/")?;
        }
        if self.decimals == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{fraction:0width$}", width = usize::from(self.decimals))
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A number of minor units as an amount.
pub(crate) fn amount_of(minor: u128) -> Result<Amount, Refusal> {
    let amount = u64::try_from(minor).ok().and_then(Amount::new);
    amount.ok_or(Reason::AmountTooLarge.into())
}

/// The share of an amount that goes with a part of a whole, rounded down; all of it with the whole.
pub(crate) fn share(amount: Amount, part: Amount, whole: Amount) -> Amount {
    let scaled = u128::from(amount.minor()).saturating_mul(part.minor().into());
    let share = scaled.checked_div(whole.minor().into()).unwrap_or(0);
    amount_of(share).unwrap_or(amount)
}
