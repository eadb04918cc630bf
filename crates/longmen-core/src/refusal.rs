//! Why a command was not carried out.

use core::fmt;

use longmen_money::{Amount, AmountError};

macro_rules! reasons {
    ($($(#[$attr:meta])* $variant:ident = $code:literal, $name:literal, $cause:literal, $remedy:literal;)+) => {
        /// Why a command was refused: one list for the whole ledger, in order of precedence.
        ///
        /// Where several hold at once the lowest code is given.
        /// Codes below 300 are wrong in themselves or reuse a key: nothing is journaled, and a corrected command may
        /// use the same key.
        /// Codes from 300 on depend on the state of the books: the refusal is journaled under the command's key, and a
        /// retry with that key gets the same refusal for ever.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Reason {
            $(
                #[doc = concat!("`", $name, "`: ", $cause, " Remedy: ", $remedy)]
                $(#[$attr])*
                $variant = $code,
            )+
        }

        impl Reason {
            /// Every reason, in order of precedence.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable number.
            #[must_use]
            pub fn code(self) -> u16 {
                match self { $(Self::$variant => $code),+ }
            }

            /// The reason with this number.
            #[must_use]
            pub fn from_code(code: u16) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// The stable name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What is the case, in one sentence.
            #[must_use]
            pub fn cause(self) -> &'static str {
                match self { $(Self::$variant => $cause),+ }
            }

            /// What to do about it, in one sentence.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy),+ }
            }
        }
    };
}

reasons! {
    NameEmpty = 101, "name_empty", "An account id or a key is empty.", "Give it 1 to 40 characters.";
    NameTooLong = 102, "name_too_long", "An account id or a key is longer than 40 bytes.", "Shorten it; a UUID fits.";
    NameBadCharacter = 103, "name_bad_character",
        "An account id or a key has a character that is not printable ASCII, or a space, a quote or a backslash.",
        "Use letters, digits and signs such as . _ : / -";
    MemoTooLong = 111, "memo_too_long", "The memo is longer than 256 bytes.", "Keep long text elsewhere and name it here.";
    MemoControlCharacter = 112, "memo_control_character", "The memo has a control character.", "Write it on one line of plain text.";
    PaymentCardNumber = 113, "payment_card_number",
        "The memo holds 13 to 19 digits that pass the Luhn check, as a payment card number does.",
        "Store a token instead: what the journal takes it keeps for ever.";
    AmountNotANumber = 121, "amount_not_a_number", "The amount is not digits with at most one decimal point.", "Write it like 12.50.";
    AmountNegative = 122, "amount_negative", "The amount is negative.", "Swap the debit and the credit account.";
    AmountExcessDigits = 123, "amount_excess_digits",
        "The amount has more decimal digits than its currency.", "Round it before: the ledger never does.";
    AmountTooLarge = 124, "amount_too_large", "The amount has more than 18 digits of minor units.", "Split it into several postings.";
    AmountZero = 125, "amount_zero", "The amount is zero.", "Leave the leg out.";
    TooFewLegs = 131, "too_few_legs", "The group has fewer than two legs.", "Give every debit its credit.";
    TooManyLegs = 132, "too_many_legs", "The group has more than 254 legs.", "Split it into several groups.";
    Unbalanced = 133, "unbalanced", "Debits and credits differ in at least one currency.", "Make each currency sum to zero by itself.";
    SameAccount = 134, "same_account", "Debit and credit are the same account.", "Name two accounts.";
    PortionsDiffer = 135, "portions_differ", "The portions of a capture do not sum to its amount.", "Make them sum to the captured amount.";
    ExpiryTooFar = 136, "expiry_too_far", "The hold would expire beyond the year 2554.", "Give a shorter life or none.";
    KeyReused = 201, "key_reused", "The key was used before, with other content.", "Use a new key for a new command; repeat the first content to retry.";
    AccountExists = 301, "account_exists", "An account of this name is open already.", "Use the open account or another name.";
    AccountNotFound = 302, "account_not_found", "No account has this name.", "Open the account first, or correct the name.";
    CurrencyMismatch = 303, "currency_mismatch", "The leg's currency is not the account's.", "Post to the sub-account of that currency.";
    TooManyAccounts = 304, "too_many_accounts", "The ledger has 4,294,967,295 accounts.", "Start another ledger.";
    HoldNotFound = 311, "hold_not_found", "No hold has this key.", "Name the key of the command that placed the hold.";
    HoldCaptured = 312, "hold_captured", "The hold was captured to its end.", "Nothing remains to capture or release.";
    HoldReleased = 313, "hold_released", "The hold was released.", "Place a new hold.";
    HoldExpired = 314, "hold_expired", "The hold has expired.", "Place a new hold.";
    ExceedsHold = 315, "exceeds_hold", "More than what remains of the hold was asked for.", "Ask for at most what remains.";
    InsufficientFunds = 321, "insufficient_funds",
        "The account's available balance would fall below its overdraft limit.", "Fund the account first, or post less.";
    CounterOverflow = 331, "counter_overflow", "A counter of the account would pass 2^126.", "Continue on a new account.";
}

impl Reason {
    /// Whether it depends on the books, so that it is journaled and returned again to every retry.
    #[must_use]
    pub fn is_journaled(self) -> bool {
        self.code() >= 300
    }
}

impl From<AmountError> for Reason {
    fn from(error: AmountError) -> Self {
        match error {
            AmountError::Negative => Self::AmountNegative,
            AmountError::ExcessDigits { .. } => Self::AmountExcessDigits,
            AmountError::TooLarge => Self::AmountTooLarge,
            _ => Self::AmountNotANumber,
        }
    }
}

/// A command that was not carried out: nothing was posted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The leg or portion that is at fault, counted from 0, where one is.
    pub leg: Option<u8>,
    /// By how much a limit would be passed, in minor units; zero where the reason is not about an amount.
    pub short_by: Amount,
}

impl Refusal {
    /// A refusal of the command as a whole.
    #[must_use]
    pub fn new(reason: Reason) -> Self {
        Self { reason, leg: None, short_by: Amount::ZERO }
    }

    /// The same refusal, laid on one leg.
    #[must_use]
    pub fn at_leg(mut self, leg: usize) -> Self {
        self.leg = u8::try_from(leg).ok();
        self
    }

    /// The same refusal, with the amount by which a limit would be passed.
    #[must_use]
    pub fn short_by(mut self, amount: Amount) -> Self {
        self.short_by = amount;
        self
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.reason.name())?;
        if let Some(leg) = self.leg {
            write!(f, "leg {leg}: ")?;
        }
        write!(f, "{}", self.reason.cause())?;
        if !self.short_by.is_zero() {
            write!(f, " It is {} minor units short.", self.short_by.minor())?;
        }
        write!(f, " {}", self.reason.remedy())
    }
}

impl core::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn reasons_are_in_order_and_have_one_name_each() {
        for pair in Reason::ALL.windows(2) {
            assert!(pair[0].code() < pair[1].code(), "{:?} before {:?}", pair[0], pair[1]);
        }
        let names: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
        }
    }
}
