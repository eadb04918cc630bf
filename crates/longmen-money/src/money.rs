//! [`Money`]: what a balance shows.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use rust_decimal::Decimal;

use crate::text::{self, Scaled};
use crate::{AmountError, Currency};

/// A signed total with its currency, for balances and display.
///
/// The sign is that of the number alone; whether a debit or a credit is positive is for the account to say.
/// Totals have no order, because those of two currencies have none.
///
/// # Example
///
/// ```
/// use longmen_money::{Currency, Money};
///
/// let overdrawn = Money::new(-1250, Currency::CNY);
/// assert_eq!(overdrawn.to_string(), "-12.50 CNY");
/// assert_eq!(Money::parse("-12.5 CNY")?, overdrawn);
/// # Ok::<(), longmen_money::AmountError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i128,
    currency: Currency,
}

impl Money {
    /// Makes a total of a number of minor units.
    ///
    /// ```
    /// use longmen_money::{Currency, Money};
    ///
    /// assert_eq!(Money::new(7, Currency::USD).to_string(), "0.07 USD");
    /// ```
    #[must_use]
    pub const fn new(minor: i128, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The signed number of minor units.
    ///
    /// ```
    /// use longmen_money::{Currency, Money};
    ///
    /// assert_eq!(Money::new(-7, Currency::USD).minor(), -7);
    /// ```
    #[must_use]
    pub const fn minor(&self) -> i128 {
        self.minor
    }

    /// The currency.
    ///
    /// ```
    /// use longmen_money::{Currency, Money};
    ///
    /// assert_eq!(Money::new(-7, Currency::USD).currency(), Currency::USD);
    /// ```
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The number alone, in major units, with exactly as many fraction digits as the currency has.
    ///
    /// ```
    /// use longmen_money::{Currency, Money};
    ///
    /// assert_eq!(Money::new(-1250, Currency::CNY).plain(), "-12.50");
    /// ```
    #[must_use]
    pub fn plain(&self) -> String {
        text::plain(self.minor, self.currency.exponent())
    }

    /// The sum, `None` for two currencies or beyond 2^127 minor units.
    ///
    /// ```
    /// use longmen_money::{Currency, Money};
    ///
    /// let one = Money::new(100, Currency::CNY);
    /// assert_eq!(one.checked_add(one), Some(Money::new(200, Currency::CNY)));
    /// assert_eq!(one.checked_add(Money::new(100, Currency::USD)), None);
    /// ```
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_add(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }

    /// The difference, `None` for two currencies or beyond 2^127 minor units.
    ///
    /// ```
    /// use longmen_money::{Currency, Money};
    ///
    /// let one = Money::new(100, Currency::CNY);
    /// assert_eq!(one.checked_sub(Money::new(150, Currency::CNY)), Some(Money::new(-50, Currency::CNY)));
    /// ```
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_sub(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }

    /// Reads a number in major units and its currency after one space, for example `-12.5 CNY`.
    ///
    /// The grammar is strict, see the [crate](crate#text); the currency is looked up in the table.
    ///
    /// # Errors
    ///
    /// In this order: [`AmountError::NoCurrency`], [`AmountError::Currency`], [`AmountError::NotANumber`],
    /// [`AmountError::ExcessDigits`], [`AmountError::TooLarge`].
    ///
    /// # Example
    ///
    /// ```
    /// use longmen_money::{AmountError, Money};
    ///
    /// assert_eq!(Money::parse("-12.5 CNY")?.minor(), -1250);
    /// assert_eq!(Money::parse("-12.5"), Err(AmountError::NoCurrency));
    /// # Ok::<(), AmountError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let (number, code) = text.split_once(' ').ok_or(AmountError::NoCurrency)?;
        let currency = Currency::from_code(code)?;
        Self::from_scaled(&Scaled::parse(number, currency.exponent())?, currency)
    }

    /// The same value as a decimal in major units, with the currency's exponent as its scale.
    ///
    /// # Errors
    ///
    /// [`AmountError::TooLarge`] beyond 2^96 minor units, the range of a decimal.
    ///
    /// # Example
    ///
    /// ```
    /// use longmen_money::{Currency, Money};
    ///
    /// let decimal = Money::new(-1250, Currency::CNY).to_decimal()?;
    /// assert_eq!(decimal.to_string(), "-12.50");
    /// # Ok::<(), longmen_money::AmountError>(())
    /// ```
    pub fn to_decimal(&self) -> Result<Decimal, AmountError> {
        Decimal::try_from_i128_with_scale(self.minor, u32::from(self.currency.exponent()))
            .map_err(|_| AmountError::TooLarge)
    }

    /// Takes a decimal in major units by its value: `12.500` is 1250 fen, `-0` is zero.
    ///
    /// # Errors
    ///
    /// [`AmountError::ExcessDigits`] when it would have to be rounded, [`AmountError::TooLarge`].
    ///
    /// # Example
    ///
    /// ```
    /// use longmen_money::{AmountError, Currency, Decimal, Money};
    ///
    /// assert_eq!(Money::from_decimal(Decimal::new(-125, 1), Currency::CNY)?.minor(), -1250);
    /// let half_a_fen = Money::from_decimal(Decimal::new(5, 3), Currency::CNY);
    /// assert_eq!(half_a_fen, Err(AmountError::ExcessDigits { allowed: 2 }));
    /// # Ok::<(), AmountError>(())
    /// ```
    pub fn from_decimal(value: Decimal, currency: Currency) -> Result<Self, AmountError> {
        Self::from_scaled(&Scaled::from_decimal(value, currency.exponent())?, currency)
    }

    fn from_scaled(scaled: &Scaled, currency: Currency) -> Result<Self, AmountError> {
        let minor = if scaled.negative {
            0i128.checked_sub_unsigned(scaled.magnitude)
        } else {
            0i128.checked_add_unsigned(scaled.magnitude)
        };
        Ok(Self { minor: minor.ok_or(AmountError::TooLarge)?, currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.plain(), self.currency))
    }
}

impl FromStr for Money {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        Self::parse(text)
    }
}
