//! Holds: amounts reserved now, to be captured or released later.

use longmen_money::{Amount, Currency};

use crate::{AccountNo, Key};

/// A hold's number in its ledger: the count of holds that were placed before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HoldNo(pub u64);

/// What became of a hold.
///
/// ```text
/// open --capture, not final--> open        open --release of a part--> open
/// open --capture, final or of all that remains--> captured (the rest is released)
/// open --release of all that remains--> released
/// open --its time comes--> expired
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HoldState {
    /// Something is still reserved.
    Open,
    /// Ended by its last capture.
    Captured,
    /// Ended by releasing all that remained.
    Released,
    /// Ended by its expiry, journaled by the writer.
    Expired,
}

impl HoldState {
    /// Every state, in the order of their codes in a snapshot.
    pub const ALL: [Self; 4] = [Self::Open, Self::Captured, Self::Released, Self::Expired];

    /// The state in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Captured => "captured",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

/// An amount that is reserved on one account in favour of another.
///
/// At every time `amount = captured + released + remaining`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hold {
    /// The key of the command that placed it: the hold's name.
    pub key: Key,
    /// The account on which the amount is reserved.
    pub debit: AccountNo,
    /// The account in whose favour it is reserved.
    pub credit: AccountNo,
    /// The currency of both.
    pub currency: Currency,
    /// What was reserved at first.
    pub amount: Amount,
    /// What was captured so far.
    pub captured: Amount,
    /// What is still reserved; zero once the hold has ended.
    pub remaining: Amount,
    /// Journal time in nanoseconds at which the writer ends it, if any.
    pub expires_ns: Option<u64>,
    /// What became of it.
    pub state: HoldState,
}

impl Hold {
    /// What was given back so far, by releases, by a final capture or by expiry.
    #[must_use]
    pub fn released(&self) -> Amount {
        let rest = self.amount.checked_sub(self.captured).and_then(|rest| rest.checked_sub(self.remaining));
        rest.unwrap_or(Amount::ZERO)
    }
}
