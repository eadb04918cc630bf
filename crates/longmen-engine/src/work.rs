//! What travels between the caller, the writer and the committer.

use std::sync::Arc;

use longmen_core::{
    AccountChange, Action, Changed, Details, Digest, Event, LEGS_MAX, MetaKey, Refusal, Value,
};
use longmen_journal::Batch;
use longmen_journal::record::SnapshotMark;
use longmen_money::Amount;
use longmen_wallet::{
    CardCommand, CaseCommand, ChannelCommand, Command, Entry, HouseCommand, OwnerCommand, Product, Wish,
};
use oneshot::Sender;

use crate::{Error, Outcome, Receipt, Stamp};

/// More bytes than any entry needs beside its row, postings, memo and what else varies: the journal's header and hash,
/// head, key, padding.
const ENTRY_BYTES_MAX: usize = 64 + 32 + 40 + 8;
/// The largest row of what moves money, and of a refusal.
const ROW_BYTES_MAX: usize = 40;
/// The largest row with a name in it; a limit's has two.
const NAMED_ROW_BYTES_MAX: usize = 80;
/// A code with its length.
const DETAILS_BYTES_MAX: usize = 48;
/// The body of the entry that confirms a snapshot.
const SNAPSHOT_MARK_BYTES: usize = 128;
const POSTING_BYTES: usize = 16;

/// The most bytes that an entry may need that the writer makes by itself.
pub(crate) const DUE_BYTES_MAX: usize = PRODUCT_BYTES_MAX;
/// The most bytes that most commands of products may need.
const PRODUCT_BYTES_MAX: usize = 2_048;

/// What is worked out of a command on the caller's thread, because the writer's time is scarcer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    /// The digest of its content.
    pub(crate) digest: Digest,
    /// The hash of its key.
    pub(crate) key: u64,
}

/// What waits in the queue.
#[derive(Debug)]
pub(crate) enum Job {
    One(Command, Marks, Sender<Result<Receipt, Error>>),
    /// Commands that come into one batch, with the most bytes that they may need there.
    Many {
        commands: Vec<Command>,
        /// Their marks, in the same order.
        marks: Vec<Marks>,
        bytes_max: usize,
        reply: Sender<Result<Vec<Receipt>, Error>>,
    },
    SnapshotTaken(SnapshotMark),
    Close(Sender<Result<(), Error>>),
}

/// What the writer knows of a command's answer before it is synced.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// The entry at this place of the batch.
    Entry { index: usize, position: u64, time_ns: u64, told: Told },
    /// An entry that was journaled before, here or in an earlier batch.
    Replay { position: u64 },
    /// Refused without a trace.
    Refused(Refusal),
}

/// What an entry tells the caller of its command.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    pub(crate) refusal: Option<Refusal>,
    pub(crate) moved: Option<Amount>,
}

impl Told {
    pub(crate) fn of(event: &Event) -> Self {
        let (refusal, moved) = match event {
            Event::Refused { refusal, .. } => (Some(*refusal), None),
            Event::Moved { amount } => (None, Some(*amount)),
            _ => (None, None),
        };
        Self { refusal, moved }
    }

    /// The receipt of the entry at this place.
    pub(crate) fn receipt(self, stamp: Option<Stamp>, replayed: bool) -> Receipt {
        let outcome = self.refusal.map_or(Outcome::Done, Outcome::Refused);
        Receipt { outcome, stamp, moved: self.moved, replayed }
    }
}

/// An entry of the ledger, and where it was journaled.
#[derive(Debug)]
pub(crate) struct Journaled {
    pub(crate) position: u64,
    pub(crate) entry: Entry,
}

/// Who waits for which answers.
#[derive(Debug)]
pub(crate) enum Waiter {
    One(Answer, Sender<Result<Receipt, Error>>),
    Many(Vec<Answer>, Sender<Result<Vec<Receipt>, Error>>),
}

impl Waiter {
    /// Tells of the first error. It came before a byte of the batch was written, unless `is_unknown`; whoever tried
    /// an earlier command again knows nothing in either case, because the batch of the first may have been written.
    pub(crate) fn fail(self, cause: &Arc<str>, is_unknown: bool) {
        let error = |is_unknown: bool| {
            let cause = Arc::clone(cause);
            if is_unknown { Error::OutcomeUnknown { cause } } else { Error::Poisoned { cause } }
        };
        let is_replay = |answer: &Answer| matches!(answer, Answer::Replay { .. });
        match self {
            Self::One(answer, reply) => drop(reply.send(Err(error(is_unknown || is_replay(&answer))))),
            Self::Many(answers, reply) => {
                drop(reply.send(Err(error(is_unknown || answers.iter().any(is_replay)))));
            }
        }
    }
}

/// One batch in the making: its bytes, its entries and those who wait for them.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) batch: Batch,
    /// The ledger's entries of the batch; the journal's own are not among them.
    pub(crate) entries: Vec<Journaled>,
    /// The accounts and holds that they changed, once no more entries come.
    pub(crate) changed: Changed,
    pub(crate) waiters: Vec<Waiter>,
    /// How many answers they wait for.
    pub(crate) answers: usize,
}

impl Work {
    /// Nothing to write and nobody to answer.
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.entry_count() == 0 && self.waiters.is_empty()
    }

    /// The batch's size so far, rounded up to whole sectors.
    pub(crate) fn bytes(&self) -> usize {
        usize::try_from(self.batch.len_bytes()).unwrap_or(usize::MAX)
    }

    pub(crate) fn clear(&mut self) {
        self.batch.clear();
        self.entries.clear();
        self.changed = Changed::default();
        self.waiters.clear();
        self.answers = 0;
    }
}

impl Job {
    /// The most bytes that the job's entries may need in a batch.
    pub(crate) fn bytes_max(&self) -> usize {
        match self {
            Self::One(command, ..) => bytes_max(command),
            Self::Many { bytes_max, .. } => *bytes_max,
            Self::SnapshotTaken(_) => ENTRY_BYTES_MAX + SNAPSHOT_MARK_BYTES,
            Self::Close(_) => 0,
        }
    }

    /// The marks of the job's commands.
    pub(crate) fn marks(&self) -> &[Marks] {
        match self {
            Self::One(_, marks, _) => std::slice::from_ref(marks),
            Self::Many { marks, .. } => marks,
            Self::SnapshotTaken(_) | Self::Close(_) => &[],
        }
    }

    /// Answers a job that nothing was done for.
    pub(crate) fn fail(self, error: impl FnOnce() -> Error) {
        match self {
            Self::One(_, _, reply) => drop(reply.send(Err(error()))),
            Self::Many { reply, .. } => drop(reply.send(Err(error()))),
            Self::Close(reply) => drop(reply.send(Err(error()))),
            Self::SnapshotTaken(_) => {}
        }
    }
}

/// The most bytes that a command's entry may need in a batch.
pub(crate) fn bytes_max(command: &Command) -> usize {
    let event = match &command.action {
        Wish::Ledger(action) => action_bytes_max(action),
        Wish::Product(product) => product_bytes_max(product),
    };
    let extras = command.extras.as_ref().map_or(0, |extras| {
        let secret = extras.secret.as_ref().map_or(0, |secret| 48 + secret.bytes().len());
        8 + pairs_bytes_max(extras.meta.pairs()) + secret
    });
    ENTRY_BYTES_MAX + event + command.memo.as_str().len() + extras
}

/// The most bytes that the actions and the fact of a product's command may need.
fn product_bytes_max(product: &Product) -> usize {
    match product {
        Product::House(HouseCommand::Open { .. }) => 2 * PRODUCT_BYTES_MAX,
        // An account and its place in the owner's set, twice, and the limits of the tier.
        Product::Owner(OwnerCommand::Register { currencies, .. }) => {
            4 * PRODUCT_BYTES_MAX + 256 * currencies.len()
        }
        // A change of every sub-account; there are fewer than 200 currencies.
        Product::Owner(_) => 10 * PRODUCT_BYTES_MAX,
        Product::Terms(_) => 4 * PRODUCT_BYTES_MAX,
        Product::Channel(ChannelCommand::Open { currencies, .. }) => {
            PRODUCT_BYTES_MAX + 96 * currencies.len()
        }
        Product::Channel(ChannelCommand::Settle { items, .. }) => PRODUCT_BYTES_MAX + 160 * items.len(),
        // A refund for each of up to 100 loads and for the rest, each with its item.
        Product::Card(CardCommand::ReturnRemainder { .. }) => PRODUCT_BYTES_MAX + 101 * 512,
        // A step, its postings and its items for each move.
        Product::Case(CaseCommand::Open { moves, .. } | CaseCommand::Clear { moves, .. }) => {
            PRODUCT_BYTES_MAX + 320 * moves.len()
        }
        Product::Case(CaseCommand::Correct { reverse, right, .. }) => {
            PRODUCT_BYTES_MAX + 320 * (reverse.len() + right.len())
        }
        _ => PRODUCT_BYTES_MAX,
    }
}

/// The most bytes that an action of the ledger may need.
fn action_bytes_max(action: &Action) -> usize {
    let postings = |count: usize| ROW_BYTES_MAX + count * POSTING_BYTES;
    let details = |details: &Details| DETAILS_BYTES_MAX + pairs_bytes_max(details.meta.pairs());
    match action {
        Action::Post(legs) => postings(legs.len()),
        Action::Move(wanted) => postings(wanted.debit.accounts.len() + wanted.credit.accounts.len()),
        // What it reverses is not known yet.
        Action::Reverse(_) => postings(LEGS_MAX),
        Action::PlaceHold(_) | Action::Increment(_) | Action::Release(_) => postings(2),
        Action::Capture(capture) => postings(4 + capture.to.len()),
        Action::OpenAccount(account) => NAMED_ROW_BYTES_MAX + details(&account.details),
        Action::ChangeAccount(change) => match &change.change {
            AccountChange::Details(new) => ROW_BYTES_MAX + details(new),
            _ => ROW_BYTES_MAX,
        },
        Action::SetLimit(limit) => 2 * NAMED_ROW_BYTES_MAX + pairs_bytes_max(&limit.exempt),
        Action::OpenSet(_)
        | Action::Join(_)
        | Action::Leave(_)
        | Action::DropLimit(_)
        | Action::SealPeriod(_)
        | Action::EraseSubject(_) => NAMED_ROW_BYTES_MAX,
    }
}

/// The most bytes that metadata may need.
fn pairs_bytes_max(pairs: &[(MetaKey, Value)]) -> usize {
    let text = |value: &Value| if let Value::Text(text) = value { text.len() } else { 0 };
    pairs.iter().map(|(key, value)| 32 + key.len() + text(value)).sum()
}

#[cfg(test)]
mod tests;
