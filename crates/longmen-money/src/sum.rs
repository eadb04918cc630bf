//! [`Sum`]: an amount and its currency, as commands of products name them.

use core::fmt;
use core::str::FromStr;

use crate::{Amount, AmountError, Currency, Money};

/// A non-negative amount and its currency.
///
/// # Example
///
/// ```
/// use longmen_money::{Currency, Sum};
///
/// let sum: Sum = "12.5 CNY".parse()?;
/// assert_eq!((sum.amount.minor(), sum.currency), (1250, Currency::CNY));
/// assert_eq!(sum.to_string(), "12.50 CNY");
/// # Ok::<(), longmen_money::AmountError>(())
/// ```
#[derive(Copy, Clone, PartialEq, Eq, Hash)]
pub struct Sum {
    /// How much, in minor units.
    pub amount: Amount,
    /// Of which currency.
    pub currency: Currency,
}

impl Sum {
    /// So much of a currency.
    ///
    /// ```
    /// use longmen_money::{Amount, Currency, Sum};
    ///
    /// assert!(Sum::new(Amount::ZERO, Currency::USD).is_zero());
    /// ```
    #[must_use]
    pub const fn new(amount: Amount, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Whether this is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    /// The same as a signed total.
    #[must_use]
    pub fn to_money(self) -> Money {
        self.amount.to_money(self.currency)
    }
}

impl FromStr for Sum {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let money = Money::parse(text)?;
        if money.minor() < 0 || text.starts_with('-') {
            return Err(AmountError::Negative);
        }
        let amount = u64::try_from(money.minor()).ok().and_then(Amount::new).ok_or(AmountError::TooLarge)?;
        Ok(Self { amount, currency: money.currency() })
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_money().fmt(f)
    }
}

impl fmt::Debug for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
