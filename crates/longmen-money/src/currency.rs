//! [`Currency`]: what is counted, and in which unit.

use core::fmt;
use core::str::FromStr;

use crate::CurrencyError;

/// The largest exponent that four bytes read back may carry: that of CLF and UYW, the largest in ISO 4217.
const EXPONENT_MAX: u8 = 4;

/// An ISO 4217 currency: three letters and its exponent, packed in 4 bytes so that a journal entry carries both
/// and a replay never asks a table.
///
/// Two values are equal when both parts are: a journal written when a currency had two decimals never mixes with
/// one written after a redenomination under the same letters.
/// The order is that of the letters, then of the exponent.
///
/// # Example: the number of minor units in one major unit
///
/// ```
/// use longmen_money::Currency;
///
/// assert_eq!(Currency::from_code("CNY")?.exponent(), 2); // 1 CNY = 10^2 fen
/// assert_eq!(Currency::from_code("JPY")?.exponent(), 0);
/// assert_eq!(Currency::from_code("KWD")?.exponent(), 3);
/// # Ok::<(), longmen_money::CurrencyError>(())
/// ```
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

impl Currency {
    /// Renminbi, two decimals: the minor unit is the fen.
    pub const CNY: Self = Self { code: *b"CNY", exponent: 2 };
    /// United States dollar, two decimals: the minor unit is the cent.
    pub const USD: Self = Self { code: *b"USD", exponent: 2 };

    /// Looks up a currency by its ISO 4217 letters, with the exponent of the table this crate was built with.
    ///
    /// The letters are upper case: `cny` is not a code.
    ///
    /// # Errors
    ///
    /// [`CurrencyError::Malformed`] for anything but three letters A–Z, [`CurrencyError::Unknown`] for letters that
    /// are not in the table, [`CurrencyError::NoMinorUnit`] for codes such as XAU that ISO 4217 gives no minor unit
    /// ("N.A."), so that nothing says what an integer of it would count.
    ///
    /// # Example
    ///
    /// ```
    /// use longmen_money::{Currency, CurrencyError};
    ///
    /// assert_eq!(Currency::from_code("USD")?, Currency::USD);
    /// assert_eq!(Currency::from_code("XAU"), Err(CurrencyError::NoMinorUnit { code: *b"XAU" }));
    /// # Ok::<(), CurrencyError>(())
    /// ```
    pub fn from_code(code: &str) -> Result<Self, CurrencyError> {
        let letters = letters(code.as_bytes()).ok_or(CurrencyError::Malformed)?;
        let listed =
            iso_currency::Currency::from_code(code).ok_or(CurrencyError::Unknown { code: letters })?;
        // The table says 0 for the special drawing right; ISO 4217 itself says N.A.
        let exponent = if letters == *b"XDR" { None } else { listed.exponent() };
        let exponent = exponent.ok_or(CurrencyError::NoMinorUnit { code: letters })?;
        match u8::try_from(exponent) {
            Ok(exponent) if exponent <= EXPONENT_MAX => Ok(Self { code: letters, exponent }),
            _ => Err(CurrencyError::BadExponent { code: letters }),
        }
    }

    /// The three letters, for example `CNY`.
    ///
    /// ```
    /// assert_eq!(longmen_money::Currency::CNY.code(), "CNY");
    /// ```
    #[must_use]
    pub fn code(&self) -> &str {
        // Every constructor checked for A–Z, so the fallback is never taken.
        core::str::from_utf8(&self.code).unwrap_or("???")
    }

    /// The number of decimal digits of the minor unit, 0 to 4.
    ///
    /// ```
    /// assert_eq!(longmen_money::Currency::CNY.exponent(), 2);
    /// ```
    #[must_use]
    pub const fn exponent(&self) -> u8 {
        self.exponent
    }

    /// The four bytes of a journal: the letters, then the exponent as a number.
    ///
    /// ```
    /// assert_eq!(longmen_money::Currency::CNY.to_bytes(), [b'C', b'N', b'Y', 2]);
    /// ```
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        let [first, second, third] = self.code;
        [first, second, third, self.exponent]
    }

    /// Reads the four bytes of a journal back.
    ///
    /// Only their shape is checked, never the table: an old journal replays the same under any table, even after its
    /// currency was withdrawn or got another exponent.
    ///
    /// # Errors
    ///
    /// [`CurrencyError::Malformed`] unless the first three bytes are A–Z, [`CurrencyError::BadExponent`] when the
    /// fourth is above 4.
    ///
    /// # Example
    ///
    /// ```
    /// use longmen_money::Currency;
    ///
    /// let read = Currency::from_bytes([b'U', b'S', b'D', 2])?;
    /// assert_eq!(read, Currency::USD);
    /// # Ok::<(), longmen_money::CurrencyError>(())
    /// ```
    pub fn from_bytes(bytes: [u8; 4]) -> Result<Self, CurrencyError> {
        let [first, second, third, exponent] = bytes;
        let code = letters(&[first, second, third]).ok_or(CurrencyError::Malformed)?;
        if exponent > EXPONENT_MAX {
            return Err(CurrencyError::BadExponent { code });
        }
        Ok(Self { code, exponent })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.code(), self.exponent)
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(code: &str) -> Result<Self, CurrencyError> {
        Self::from_code(code)
    }
}

fn letters(bytes: &[u8]) -> Option<[u8; 3]> {
    let code = <[u8; 3]>::try_from(bytes).ok()?;
    code.iter().all(u8::is_ascii_uppercase).then_some(code)
}
