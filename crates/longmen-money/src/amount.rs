//! [`Amount`]: what one posting moves.

use rust_decimal::Decimal;

use crate::text::Scaled;
use crate::{AmountError, Currency, Money};

/// A non-negative count of minor units, at most 18 decimal digits.
///
/// Eighteen is the `totalDigits` of ISO 20022's `ActiveCurrencyAndAmount`.
/// It also bounds every sum: 2^56 entries of 254 such postings stay below 2^127, so a total kept in `i128` or `u128`
/// cannot overflow in the life of a journal.
///
/// An amount has no sign, the side of the posting gives the direction, and no currency, the account gives it.
///
/// # Example: what does not fit is refused, never wrapped or rounded
///
/// ```
/// use longmen_money::{Amount, AmountError, Currency};
///
/// let fen = Amount::parse("12.5", &Currency::CNY)?;
/// assert_eq!(fen.minor(), 1250);
/// assert_eq!(Amount::MAX.checked_add(fen), None);
/// assert_eq!(Amount::parse("12.505", &Currency::CNY), Err(AmountError::ExcessDigits { allowed: 2 }));
/// # Ok::<(), AmountError>(())
/// ```
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Amount(u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount, 18 nines of minor units.
    pub const MAX: Self = Self(999_999_999_999_999_999);

    /// Makes an amount of a number of minor units, `None` above [`Amount::MAX`].
    ///
    /// ```
    /// use longmen_money::Amount;
    ///
    /// assert_eq!(Amount::new(1250).map(Amount::minor), Some(1250));
    /// assert_eq!(Amount::new(u64::MAX), None);
    /// ```
    #[must_use]
    pub const fn new(minor: u64) -> Option<Self> {
        if minor <= Self::MAX.0 { Some(Self(minor)) } else { None }
    }

    /// The number of minor units, at most 999,999,999,999,999,999.
    ///
    /// ```
    /// assert_eq!(longmen_money::Amount::MAX.minor(), 999_999_999_999_999_999);
    /// ```
    #[must_use]
    pub const fn minor(self) -> u64 {
        self.0
    }

    /// Whether this is nothing.
    ///
    /// ```
    /// assert!(longmen_money::Amount::ZERO.is_zero());
    /// ```
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, `None` above [`Amount::MAX`].
    ///
    /// ```
    /// use longmen_money::Amount;
    ///
    /// assert_eq!(Amount::MAX.checked_add(Amount::ZERO), Some(Amount::MAX));
    /// assert_eq!(Amount::MAX.checked_add(Amount::MAX), None);
    /// ```
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Self::new(sum),
            None => None,
        }
    }

    /// The difference, `None` below zero.
    ///
    /// ```
    /// use longmen_money::Amount;
    ///
    /// assert_eq!(Amount::MAX.checked_sub(Amount::MAX), Some(Amount::ZERO));
    /// assert_eq!(Amount::ZERO.checked_sub(Amount::MAX), None);
    /// ```
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }

    /// Reads a number in major units, for example `12.5` as 1250 fen.
    ///
    /// The grammar is strict, see the [crate](crate#text); `-0` is zero.
    ///
    /// # Errors
    ///
    /// In this order: [`AmountError::NotANumber`], [`AmountError::ExcessDigits`], [`AmountError::Negative`],
    /// [`AmountError::TooLarge`].
    ///
    /// # Example
    ///
    /// ```
    /// use longmen_money::{Amount, AmountError, Currency};
    ///
    /// assert_eq!(Amount::parse("0.07", &Currency::USD)?.minor(), 7);
    /// assert_eq!(Amount::parse("1,000", &Currency::USD), Err(AmountError::NotANumber));
    /// # Ok::<(), AmountError>(())
    /// ```
    pub fn parse(text: &str, currency: &Currency) -> Result<Self, AmountError> {
        let below_zero = || text.starts_with('-') && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
        match Scaled::parse(text, currency.exponent()) {
            // Being negative comes before having too many digits, as in the list of refusals.
            Err(AmountError::ExcessDigits { .. } | AmountError::TooLarge) if below_zero() => {
                Err(AmountError::Negative)
            }
            parsed => parsed?.try_into(),
        }
    }

    /// Takes a decimal in major units by its value: `12.500` is 1250 fen, `-0` is zero.
    ///
    /// # Errors
    ///
    /// [`AmountError::ExcessDigits`] when it would have to be rounded, [`AmountError::Negative`],
    /// [`AmountError::TooLarge`].
    ///
    /// # Example
    ///
    /// ```
    /// use longmen_money::{Amount, AmountError, Currency, Decimal};
    ///
    /// assert_eq!(Amount::from_decimal(Decimal::new(12_500, 3), Currency::CNY)?.minor(), 1250);
    /// assert_eq!(Amount::from_decimal(Decimal::NEGATIVE_ONE, Currency::CNY), Err(AmountError::Negative));
    /// # Ok::<(), AmountError>(())
    /// ```
    pub fn from_decimal(value: Decimal, currency: Currency) -> Result<Self, AmountError> {
        Scaled::from_decimal(value, currency.exponent())?.try_into()
    }

    /// The same sum as a total with its currency, for display or arithmetic below zero.
    ///
    /// ```
    /// use longmen_money::{Amount, Currency};
    ///
    /// assert_eq!(Amount::MAX.to_money(Currency::CNY).to_string(), "9999999999999999.99 CNY");
    /// ```
    #[must_use]
    pub fn to_money(self, currency: Currency) -> Money {
        Money::new(i128::from(self.0), currency)
    }
}

impl TryFrom<Scaled> for Amount {
    type Error = AmountError;

    fn try_from(scaled: Scaled) -> Result<Self, AmountError> {
        if scaled.negative && scaled.magnitude != 0 {
            return Err(AmountError::Negative);
        }
        u64::try_from(scaled.magnitude).ok().and_then(Self::new).ok_or(AmountError::TooLarge)
    }
}
