//! The laws of double entry, one sentence each, and what breaks them.

use std::fmt;

macro_rules! laws {
    ($($variant:ident = $name:literal, $sentence:literal;)+) => {
        /// What must hold of every journal.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        pub enum Law {
            $(#[doc = concat!("`", $name, "`: ", $sentence)] $variant,)+
        }

        impl Law {
            /// Every law.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The law in one sentence.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),+ }
            }
        }
    };
}

laws! {
    Readable = "readable", "Every entry's bytes are those of an entry that this version knows.";
    Balanced = "balanced", "In every entry, on each layer and in each currency, debits equal credits.";
    NotZero = "not_zero", "Every posting moves something.";
    AccountOpen = "account_open", "Every posting names an account that was opened before.";
    OpenedOnce = "opened_once", "An account's name is opened once.";
    KeyOnce = "key_once", "An idempotency key is used once in the whole journal.";
    KeyPresent = "key_present", "Every entry has an idempotency key, except that the expiry of a hold has none.";
    HeldNotNegative = "held_not_negative", "What an account holds never falls below zero.";
    HeldIsReserved = "held_is_reserved", "What an account holds is what remains of the open holds that name it.";
    HoldConserved = "hold_conserved", "No more is captured and released of a hold than was placed.";
    HoldOpen = "hold_open", "A hold is captured, released or expired only after it was placed and before it has ended.";
    ExpiryDue = "expiry_due", "A hold expires only if it has an expiry and that time has come.";
    HoldPostings = "hold_postings", "The postings of a hold's entry are those that its event asks for.";
    GroupPostings = "group_postings", "A posted group has two accounts or more and touches no held layer.";
    Overdraft = "overdraft", "No entry that draws on an account leaves it below its overdraft limit.";
    RefusalMovesNothing = "refusal_moves_nothing", "A refusal has no postings.";
    RefusalJournaled = "refusal_journaled", "A refusal stands in the journal only where its reason depends on the books.";
    OpeningMovesNothing = "opening_moves_nothing", "The opening of an account has no postings.";
    BooksBalanced = "books_balanced",
        "Over all accounts of a currency, debits equal credits, those posted and those held.";
    SnapshotAgrees = "snapshot_agrees",
        "A snapshot that the journal confirms says what the entries before it add up to.";
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A law that is broken, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Violation {
    /// The entry that breaks it; for a law over the whole books the last entry.
    pub position: u64,
    /// The law.
    pub law: Law,
    /// What was found.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} breaks {}: {} ({})", self.position, self.law, self.detail, self.law.sentence())
    }
}

/// How many violations a report lists; the rest are only counted.
pub const VIOLATIONS_MAX: usize = 1_000;

/// Violations as they are found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    listed: Vec<Violation>,
    count: u64,
}

impl Findings {
    pub(crate) fn add(&mut self, position: u64, law: Law, detail: impl FnOnce() -> String) {
        self.count += 1;
        if self.listed.len() < VIOLATIONS_MAX {
            self.listed.push(Violation { position, law, detail: detail() });
        }
    }

    /// The violations in the order of their positions, and how many there are.
    pub(crate) fn finish(mut self) -> (Vec<Violation>, u64) {
        self.listed.sort_by_key(|violation| violation.position);
        (self.listed, self.count)
    }
}
