//! Holds: amounts reserved now, to be captured or released later.

use longmen_money::{Amount, Currency};

use crate::{AccountNo, Key};

/// A hold's number in its ledger: the count of holds that were placed before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HoldNo(pub u64);

/// What became of a hold.
///
/// The table says what each command makes of a hold in each state; a dash is a refusal that names the state.
///
/// | command | open | captured | released | expired |
/// |---|---|---|---|---|
/// | increment | open | - | - | - |
/// | capture of less than what remains | open | - | - | - |
/// | capture of all that remains, or a final one | captured | - | - | - |
/// | forced capture, of however much | open, or captured if nothing remains or it is final | captured | released | expired |
/// | release of less than what remains | open | - | - | - |
/// | release of all that remains | released | - | - | - |
/// | its time comes | expired | | | |
///
/// A hold of zero is open as any other until one of these ends it.
/// A hold that keeps an account closed is never captured.
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
/// At every time `amount = captured + released + remaining`. What forced captures took beyond that is in `forced`.
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
    /// What was reserved at first, and all increments.
    pub amount: Amount,
    /// What was captured so far of what was reserved.
    pub captured: Amount,
    /// What forced captures posted beyond it.
    pub forced: Amount,
    /// What is still reserved; zero once the hold has ended.
    pub remaining: Amount,
    /// Journal time in nanoseconds at which the writer ends it, if any.
    pub expires_ns: Option<u64>,
    /// Which accounts it keeps closed while it is open.
    pub closes: Closes,
    /// What became of it.
    pub state: HoldState,
}

/// Which accounts of a hold are closed while it is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Closes {
    /// The account on which it is reserved.
    pub debit: bool,
    /// The account in whose favour it is reserved.
    pub credit: bool,
}

impl Closes {
    /// Whether it closes any.
    #[must_use]
    pub fn any(self) -> bool {
        self.debit || self.credit
    }
}

impl Hold {
    /// What was given back so far, by releases, by a final capture or by expiry.
    #[must_use]
    pub fn released(&self) -> Amount {
        let rest = self.amount.checked_sub(self.captured).and_then(|rest| rest.checked_sub(self.remaining));
        rest.unwrap_or(Amount::ZERO)
    }
}
