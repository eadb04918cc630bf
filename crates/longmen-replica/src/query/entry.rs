//! Single entries, with names in place of numbers.

use longmen_core::{AccountId, AccountNo, Effect, EffectiveDate, Event, HoldNo, Key, Meta, Side};
use longmen_journal::{Hash, Stamp};
use longmen_money::Sum;
use longmen_wallet::{Entry, Fact};
use serde::{Serialize, Serializer};

use crate::projection::Projection;
use crate::{Error, View};

/// An entry of the journal, as it can be shown.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct EntryView {
    /// Its position.
    pub position: u64,
    /// Its hash.
    #[serde(serialize_with = "hash_text")]
    pub hash: Hash,
    /// Its journal time, in nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: u64,
    /// What happened, such as `posted` or `hold_placed`; `product` for what a product did, `journal` for the journal's own.
    pub event: &'static str,
    /// The key of its command; what the writer and the journal make by themselves has none.
    pub key: Option<Key>,
    /// The day on which it counts.
    pub effective: EffectiveDate,
    /// Free text, possibly empty.
    pub memo: String,
    /// Whether the next entry is of the same group.
    pub linked: bool,
    /// Whether it passed over freezes and limits.
    pub forced: bool,
    /// For imported history, when it happened, in nanoseconds since 1970-01-01T00:00:00Z.
    pub happened_ns: Option<u64>,
    /// Its metadata.
    pub meta: Meta,
    /// The account that it opened or changed.
    pub account: Option<AccountId>,
    /// The hold that it placed, changed or ended.
    pub hold: Option<Key>,
    /// Why its command was refused: the name of the reason.
    pub refused: Option<&'static str>,
    /// What it means to a product.
    pub product: Option<Box<Fact>>,
    /// What was posted.
    pub postings: Vec<PostingView>,
    /// The whole entry, with numbers for accounts and holds; the journal's own have none.
    #[serde(skip)]
    pub entry: Option<Entry>,
}

/// One posting of an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct PostingView {
    /// The account.
    pub account: AccountId,
    /// The side.
    pub side: Side,
    /// The layer, and whether it grows or shrinks.
    pub effect: Effect,
    /// How much.
    pub amount: Sum,
}

fn hash_text<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(hash)
}

impl View<'_> {
    /// The entry at a position, which is not behind this view's.
    ///
    /// # Errors
    ///
    /// [`Error::Future`] where the ledger has not come to it, [`Error::Journal`] where it cannot be read.
    pub fn entry(&self, position: u64) -> Result<EntryView, Error> {
        if position > self.at().position {
            return Err(self.beyond(position));
        }
        let (stamp, entry) = self.shared().entry(position)?;
        Ok(self.projection(|now| entry_view(now, stamp, entry)))
    }
}

/// An entry with the names that the projection, which has it, knows.
pub(crate) fn entry_view(now: &Projection, stamp: Stamp, entry: Option<Entry>) -> EntryView {
    let mut view = EntryView {
        position: stamp.position,
        hash: stamp.hash,
        time_ns: stamp.time_ns,
        event: "journal",
        key: None,
        effective: EffectiveDate::of_time(stamp.time_ns),
        memo: String::new(),
        linked: false,
        forced: false,
        happened_ns: None,
        meta: Meta::default(),
        account: None,
        hold: None,
        refused: None,
        product: None,
        postings: Vec::new(),
        entry: None,
    };
    let Some(entry) = entry else { return view };
    let books = now.state.books();
    let name = |no: AccountNo| books.account_at(no).map(|own| *own.id());
    let hold = |no: HoldNo| books.hold_at(no).map(|own| own.key);
    view.event = entry.event.name();
    view.key = entry.key;
    view.effective = entry.effective.unwrap_or(view.effective);
    entry.memo.as_str().clone_into(&mut view.memo);
    (view.linked, view.forced) = (entry.linked, entry.forced);
    view.happened_ns = entry.happened_ns();
    view.meta = entry.meta().cloned().unwrap_or_default();
    view.product.clone_from(&entry.product);
    match &entry.event {
        Event::AccountOpened(account) => view.account = Some(account.id),
        Event::AccountChanged { account, .. } => view.account = name(*account),
        Event::HoldPlaced(_) => view.hold = entry.key,
        Event::HoldIncremented { hold: no, .. }
        | Event::HoldCaptured { hold: no, .. }
        | Event::HoldReleased { hold: no, .. }
        | Event::HoldExpired { hold: no } => view.hold = hold(*no),
        Event::Refused { refusal, .. } => view.refused = Some(refusal.reason.name()),
        _ => {}
    }
    let postings = entry.postings.iter().filter_map(|posting| {
        let account = books.account_at(posting.account)?;
        let amount = Sum::new(posting.amount, account.currency());
        Some(PostingView { account: *account.id(), side: posting.side, effect: posting.effect, amount })
    });
    view.postings = postings.collect();
    view.entry = Some(entry);
    view
}
