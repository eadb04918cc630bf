//! Why a command was not carried out.

use core::fmt;

use longmen_money::{Amount, AmountError};

use crate::{LimitNo, OpenThings, Phase, Thing};

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
    NameEmpty = 101, "name_empty", "A name or a key is empty.", "Give it 1 to 40 characters.";
    NameTooLong = 102, "name_too_long", "A name or a key is longer than 40 bytes.", "Shorten it; a UUID fits.";
    NameBadCharacter = 103, "name_bad_character",
        "A name or a key has a character that is not printable ASCII, or a space, a quote or a backslash.",
        "Use letters, digits and signs such as . _ : / -";
    MemoTooLong = 111, "memo_too_long", "The memo is longer than 256 bytes.", "Keep long text elsewhere and name it here.";
    TextControlCharacter = 112, "text_control_character", "A text has a control character.", "Write it on one line of plain text.";
    PaymentCardNumber = 113, "payment_card_number",
        "A text holds 13 to 19 digits that pass the Luhn check, as a payment card number does.",
        "Store a token instead: what the journal takes it keeps for ever.";
    MetaTextTooLong = 114, "meta_text_too_long", "A metadata text is longer than 128 bytes.", "Keep long text elsewhere and name it here.";
    MetaTooMany = 115, "meta_too_many", "There are more than 16 metadata pairs.", "Keep what is seldom asked for elsewhere.";
    MetaKeyTwice = 116, "meta_key_twice", "A metadata key is given twice.", "Give each key once.";
    SecretLength = 117, "secret_length", "A secret is empty or longer than 1,024 bytes.", "Keep it elsewhere and name it here.";
    AmountNotANumber = 121, "amount_not_a_number", "The amount is not digits with at most one decimal point.", "Write it like 12.50.";
    AmountNegative = 122, "amount_negative", "The amount is negative.", "Swap the debit and the credit account.";
    AmountExcessDigits = 123, "amount_excess_digits",
        "The amount has more decimal digits than its currency.", "Round it before: the ledger never does.";
    AmountTooLarge = 124, "amount_too_large", "The amount has more than 18 digits of minor units.", "Split it into several postings.";
    AmountZero = 125, "amount_zero", "The amount is zero.", "Leave the leg or the command out.";
    TooFewLegs = 131, "too_few_legs", "A posting has fewer than two legs, or a side of a move names no account.", "Give every debit its credit.";
    TooManyLegs = 132, "too_many_legs", "There are more than 254 legs.", "Split it into several commands.";
    Unbalanced = 133, "unbalanced", "Debits and credits differ in at least one currency.", "Make each currency sum to zero by itself.";
    SameAccount = 134, "same_account", "The same account is named twice where two are needed.", "Name two accounts.";
    PortionsDiffer = 135, "portions_differ", "The portions of a capture do not sum to its amount.", "Make them sum to the captured amount.";
    ExpiryTooFar = 136, "expiry_too_far", "The life of the hold is longer than 2^62 nanoseconds, which is 146 years.", "Give a shorter life or none.";
    SideUnbounded = 137, "side_unbounded",
        "A side of a move names several accounts and is not bounded by what they have, or neither side is bounded.",
        "Bound it, or name one account.";
    AtLeastTooMuch = 138, "at_least_too_much", "A move wants at least more than at most.", "Ask for at least what it may move at most.";
    LimitMalformed = 141, "limit_malformed",
        "A velocity limit has a window without length or an offset of a day or more, counts a net flow, or has more than 8 exempt pairs.",
        "Give the window a length and the offset of a place on Earth; count in or out; exempt fewer.";
    TooManyConditions = 142, "too_many_conditions", "There are more than 16 conditions.", "Split the command.";
    ImportWithLife = 143, "import_with_life", "An imported hold has a life.", "Leave the life out: it would have passed.";
    NotForcible = 144, "not_forcible", "The command moves no money, so it cannot be forced.", "Leave the force out.";
    GroupOpen = 145, "group_open", "The last command submitted is linked to a next one.", "Send the rest of the group with it.";
    ProductLinked = 146, "product_linked", "A command of a product is linked to another one.", "Send it by itself: it is all or nothing already.";
    ProductImported = 147, "product_imported", "A command of a product carries a time in the past.", "Import balances with commands of the ledger, into accounts of their own.";
    OwnerNameTooLong = 148, "owner_name_too_long", "The name of an owner, a channel, a pool or a card is longer than 24 bytes.", "Shorten it: accounts are named after it.";
    TermsMalformed = 149, "terms_malformed", "Terms contradict themselves: a minimum above its maximum, a share above the whole, or nothing allowed.", "Correct the terms.";
    RateMalformed = 150, "rate_malformed", "An exchange rate is zero, has more than 12 decimals, or has more than 18 digits.", "Write it like 7.0935.";
    TooManyItems = 151, "too_many_items", "More than 120 items are named at once, or none.", "Split the command.";
    ItemTwice = 152, "item_twice", "An item is named twice.", "Name each once.";
    KeyReused = 201, "key_reused", "The key was used before, with other content.", "Use a new key for a new command; repeat the first content to retry.";
    GroupDiffers = 202, "group_differs", "Some commands of the group were carried out before and some were not.", "Retry a group as it was; use new keys for another one.";
    GroupFell = 203, "group_fell", "Another command of its group was refused.", "See that command's refusal.";
    AccountExists = 301, "account_exists", "An account of this name is open already.", "Use the open account or another name.";
    AccountNotFound = 302, "account_not_found", "No account has this name.", "Open the account first, or correct the name.";
    CurrencyMismatch = 303, "currency_mismatch", "The currency is not the account's or the hold's.", "Post to the sub-account of that currency.";
    TooManyAccounts = 304, "too_many_accounts", "The ledger has 4,294,967,295 accounts.", "Start another ledger.";
    SetExists = 305, "set_exists", "A set of this name is open already.", "Use the open set or another name.";
    SetNotFound = 306, "set_not_found", "No set has this name.", "Open the set first, or correct the name.";
    SetCycle = 307, "set_cycle", "The set would be within itself.", "Let sets contain one another one way only.";
    MemberAlready = 308, "member_already", "It is a member of the set already.", "Nothing needs to be done.";
    NotAMember = 309, "not_a_member", "It is not itself a member of the set.", "Name the set that it was put into.";
    LimitNotFound = 310, "limit_not_found", "No limit of this name is in force.", "Correct the name.";
    HoldNotFound = 311, "hold_not_found", "No hold has this key.", "Name the key of the command that placed the hold.";
    HoldCaptured = 312, "hold_captured", "The hold was captured to its end.", "Force the capture if the outside world has made it; otherwise nothing remains.";
    HoldReleased = 313, "hold_released", "The hold was released.", "Force the capture if the outside world has made it; otherwise place a new hold.";
    HoldExpired = 314, "hold_expired", "The hold has expired.", "Force the capture if the outside world has made it; otherwise place a new hold.";
    HoldClosing = 315, "hold_closing", "The hold keeps an account closed and cannot be captured.", "Release it, and the account opens again.";
    ExceedsHold = 316, "exceeds_hold", "More than what remains of the hold was asked for.", "Ask for at most what remains; force the capture if the outside world has made it.";
    TotalBelowHold = 317, "total_below_hold", "The new total is less than all that was reserved on the hold so far.", "Release the difference.";
    OriginalNotFound = 318, "original_not_found", "No entry was made under the key of the original.", "Name the key of the command to reverse.";
    NotReversible = 319, "not_reversible", "The original posted nothing, or is a reversal itself.", "Post the right entry by itself.";
    ReversedAlready = 320, "reversed_already", "The original was reversed before.", "An entry is reversed at most once.";
    PeriodSealed = 321, "period_sealed", "The effective date lies in a sealed period.", "Give a date after the seal; the memo may name the day that was meant.";
    SealNotPast = 322, "seal_not_past", "The day to seal has not ended in UTC.", "Seal a day once it is over.";
    SealNotLater = 323, "seal_not_later", "The period up to that day is sealed already.", "Nothing needs to be done.";
    ImportNotPast = 324, "import_not_past", "The imported time is not before the journal time.", "Import only what has happened.";
    ImportNotLater = 325, "import_not_later", "The imported time is not after that of the last import.", "Import in the order of time.";
    SubjectErased = 326, "subject_erased", "The subject was erased.", "Nothing can be kept for it any more; use another subject for another person.";
    AccountManaged = 330, "account_managed", "The account belongs to a product, and only commands of products touch it.", "Use the product's command, or an adjustment with a case.";
    AccountClosed = 331, "account_closed", "The account is closed.", "Reopen it, or release the hold that keeps it closed.";
    AccountFrozen = 332, "account_frozen", "This side of the account is frozen.", "Lift the freeze, or force the command if it may pass.";
    AccountNotClosed = 333, "account_not_closed", "The account was not closed for good.", "Nothing needs to be done; a hold that closes it is released instead.";
    AccountNotEmpty = 334, "account_not_empty", "The account cannot be closed: it has a balance, or holds are open on it.", "Clear what stands in the way, then close it.";
    CounterOverflow = 340, "counter_overflow", "A counter of the account would pass 2^126.", "Continue on a new account.";
    InsufficientFunds = 341, "insufficient_funds",
        "The account's available balance would fall below its overdraft limit, or a move finds less than it wants at least.",
        "Fund the account first, or ask for less.";
    LimitExceeded = 342, "limit_exceeded", "A velocity limit would be passed.", "Move less, or wait until its window has passed.";
    ConditionFailed = 343, "condition_failed", "A condition of the command does not hold, or its account is not there or of another currency.", "Look at the account again and decide anew.";
    ThingExists = 401, "thing_exists", "There is one of this name already.", "Use the one that is there or another name.";
    ThingNotFound = 402, "thing_not_found", "There is none of this name.", "Correct the name, or open it first.";
    ReferenceUsed = 403, "reference_used", "The outside reference was seen before on this channel.", "Nothing needs to be done if it is the same event; otherwise use the reference that the channel gave.";
    StateForbids = 404, "state_forbids", "Its state does not allow that.", "Look at it again: what is wanted may have been done, or another way is needed.";
    WrongOwner = 405, "wrong_owner", "It belongs to another owner.", "Name the owner that it belongs to.";
    WrongKind = 406, "wrong_kind", "It is of a kind that this is not meant for.", "Name one of the right kind.";
    OwnerNotActivated = 407, "owner_not_activated", "The owner has not activated the wallet.", "Activate it first; what it received is safe there.";
    TierTooLow = 408, "tier_too_low", "The owner's identity is not verified far enough.", "Verify the owner first.";
    NotOffered = 409, "not_offered", "The terms do not offer that.", "Use a way that they offer.";
    BindingNotAllowed = 410, "binding_not_allowed", "The terms do not let this wallet be bound to an account of that kind.", "Bind it from the other side, or another account.";
    PayeeNotUsable = 411, "payee_not_usable", "The payee is not verified, was replaced or was removed.", "Name a payee in use.";
    PostingNotPermitted = 412, "posting_not_permitted", "Money may not go between accounts of these kinds.", "Use the way that the matrix of permitted postings shows.";
    TermsNotLater = 413, "terms_not_later", "A version of terms begins before the one that is there.", "Let it begin later.";
    BelowMinimum = 421, "below_minimum", "The amount is below the least that the terms allow.", "Ask for more.";
    AboveMaximum = 422, "above_maximum", "The amount is above the most that the terms allow.", "Ask for less.";
    CapExceeded = 423, "cap_exceeded", "The balance, with all that is on its way, would pass the cap of the terms.", "Ask for less, or spend some first.";
    TooManyTimes = 424, "too_many_times", "It was done as often as the terms allow.", "It cannot be done again under these terms.";
    BelowFee = 425, "below_fee", "The amount does not cover its fee.", "Ask for more.";
    ConvertsToNothing = 426, "converts_to_nothing", "The amount is too small to give one minor unit of the other currency.", "Convert more.";
    AmountDiffers = 427, "amount_differs", "The amounts do not add up to what they should.", "Correct the amounts.";
    NotWhole = 431, "not_whole", "Only the whole amount can be given back.", "Ask for the whole amount.";
    NotUnspent = 432, "not_unspent", "Something was spent of it, or is held against it.", "It stays in the wallet; withdraw or spend it.";
    TooLate = 433, "too_late", "Its time has passed.", "Ask for an exception outside the ledger, and adjust.";
    TooEarly = 434, "too_early", "Its time has not come.", "Wait until then.";
    ExceedsRemainder = 435, "exceeds_remainder", "More than what remains of it was asked for.", "Ask for at most what remains.";
    OwnerNotEmpty = 436, "owner_not_empty", "The owner cannot be closed: things are open.", "Clear what stands in the way, then close.";
    PoolShort = 437, "pool_short", "The pool's resource would fall below what it must safeguard.", "Move less, or fund the pool first.";
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
    /// The leg, portion or condition that is at fault, counted from 0, where one is.
    pub leg: Option<u8>,
    /// By how much a limit would be passed, in minor units; zero where the reason is not about an amount.
    pub short_by: Amount,
    /// What else there is to say.
    pub detail: Detail,
}

/// What a reason is about, where that is not a leg or an amount.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// The limit that would be passed.
    Limit(LimitNo),
    /// What stands in the way of closing the account.
    Obstacles(Obstacles),
    /// The command of the group that was refused, counted from the group's first.
    Culprit(u32),
    /// What is there already, is not there, or belongs to another.
    Thing(Thing),
    /// What is in a state that does not allow what is wanted.
    Phase(Thing, Phase),
    /// What stands in the way of closing an owner.
    Open(OpenThings),
}

/// What stands in the way of closing an account for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Obstacles {
    /// Its settled balance is not zero.
    pub posted: bool,
    /// Holds that name it are open, those of zero included.
    pub holds: bool,
}

impl Refusal {
    /// A refusal of the command as a whole.
    #[must_use]
    pub fn new(reason: Reason) -> Self {
        Self { reason, leg: None, short_by: Amount::ZERO, detail: Detail::None }
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

    /// The same refusal, with what else there is to say.
    #[must_use]
    pub fn about(mut self, detail: Detail) -> Self {
        self.detail = detail;
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
            let what = if self.reason == Reason::ConditionFailed { "condition" } else { "leg" };
            write!(f, "{what} {leg}: ")?;
        }
        write!(f, "{}", self.reason.cause())?;
        match self.detail {
            Detail::None => {}
            Detail::Limit(no) => write!(f, " It is limit {}.", no.0)?,
            Detail::Obstacles(Obstacles { posted: true, holds: true }) => {
                write!(f, " It has a balance and open holds.")?;
            }
            Detail::Obstacles(Obstacles { posted: true, .. }) => write!(f, " It has a balance.")?,
            Detail::Obstacles(_) => write!(f, " It has open holds.")?,
            Detail::Culprit(at) => write!(f, " It is command {at} of the group.")?,
            Detail::Thing(thing) => write!(f, " It is about: {thing}.")?,
            Detail::Phase(thing, phase) => write!(f, " The {thing} is {phase}.")?,
            Detail::Open(things) => write!(f, " Open: {things}.")?,
        }
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
