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
    AccountOpen = "account_open", "Every entry names only accounts that were opened before.";
    OpenedOnce = "opened_once", "An account's name is opened once.";
    KeyOnce = "key_once", "An idempotency key is used once in the whole journal.";
    KeyPresent = "key_present",
        "Every entry has an idempotency key, except that the expiry of a hold has none, and what came due for a product.";
    Bare = "bare", "A refusal and an expiry carry no memo, no metadata, no imported time and no secret.";
    ForcedKind = "forced_kind", "Only what posts or reserves can be forced.";
    PartsPost = "parts_post",
        "The parts of a compound entry have each of its postings once, and no parts of their own.";
    Managed = "managed", "Accounts of products are touched only by compound entries and by the end of holds.";
    GroupWhole = "group_whole",
        "After a linked entry comes, in the same batch, that of the next command of its group, which was carried out.";
    Legs = "legs", "A posting has 2 to 254 legs, two of them on two accounts, and touches no held layer.";
    MoveAmount = "move_amount",
        "A move posts its amount on each side, in one currency, to each account once, and nothing on the held layer.";
    MoveRoom = "move_room", "On one side at least, a move takes no more than its accounts have room for.";
    Reversible = "reversible", "What is reversed is an earlier entry that posted something, and is neither a reversal nor of a product.";
    Mirror = "mirror", "A reversal posts what its original posted, in the same order, each on the other side.";
    ReversedOnce = "reversed_once", "An entry is reversed at most once.";
    HeldNotNegative = "held_not_negative", "What an account holds never falls below zero.";
    HeldIsReserved = "held_is_reserved", "What an account holds is what remains of the open holds that name it.";
    HoldConserved = "hold_conserved",
        "No more is captured and released of a hold than was reserved, and all that was reserved is an amount.";
    HoldOpen = "hold_open",
        "A hold changes only after it was placed and before it has ended, except by a forced capture.";
    HoldBeyond = "hold_beyond",
        "Only a forced capture posts beyond its hold, and only once nothing remains of that.";
    HoldClosing = "hold_closing", "A hold that keeps an account closed is never captured.";
    HoldPostings = "hold_postings", "The postings of a hold's entry are those that its event asks for.";
    ExpiryDue = "expiry_due", "A hold expires only if it has an expiry and that time has come.";
    ExpiryOrder = "expiry_order", "Holds expire in the order of their times, and of their placing.";
    Overdraft = "overdraft", "No entry that draws on an account leaves it below its limit, unless it is forced.";
    AccountClosed = "account_closed", "A closed account takes nothing new.";
    AccountFrozen = "account_frozen", "A frozen side of an account takes nothing new, unless it is forced.";
    AccountLife = "account_life",
        "An account is closed only while it is open and empty, and reopened only after it was closed for good.";
    RefusalMovesNothing = "refusal_moves_nothing", "A refusal has no postings.";
    RefusalJournaled = "refusal_journaled", "A refusal stands in the journal only where its reason depends on the books.";
    NoteMovesNothing = "note_moves_nothing",
        "What opens or changes an account, a set or a limit, seals or erases has no postings.";
    Sealed = "sealed", "No entry counts on a day that was sealed before it.";
    SealOrder = "seal_order", "A seal ends a day that is over in UTC, and later than the seal before it.";
    ImportOrder = "import_order",
        "Imported entries happened before they were journaled, one after the other, and no hold among them expires.";
    Erased = "erased", "An erased subject is not erased again, and nothing is kept for it any more.";
    SetOnce = "set_once", "A set's name is opened once.";
    SetMember = "set_member", "What joins a set is there and not yet in it; what leaves it is in it.";
    SetCycle = "set_cycle", "No set is within itself.";
    LimitKnown = "limit_known",
        "A limit is sound, looks at an account or a set that is there, and is dropped while it is in force.";
    LimitKept = "limit_kept",
        "No entry raises what a limit counts beyond its bound, unless it is forced, exempt or imported.";
    Charted = "charted", "An account of a product has a code of the chart, and the class that goes with it.";
    Permitted = "permitted",
        "A product debits and credits, and reserves, only between kinds of accounts between which money may go.";
    Itemised = "itemised", "What an entry posts to a control account is what its items say.";
    ItemOpen = "item_open",
        "An item grows on its own side and for its own owner, and no more is cleared of it than is open.";
    GivenBack = "given_back",
        "No more goes back to a source than it brought to that account and was not given back.";
    PhaseFollows = "phase_follows",
        "What happens to a thing of a product happens once it is there, and in a phase in which it may.";
    ControlIsItems = "control_is_items", "The balance of a control account is the sum of its open items.";
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
