//! One entry after another against the laws.

use longmen_core::{Effect, Entry, Event, Refusal};
use longmen_money::Currency;

use crate::holds::{Holds, Shape, Turn};
use crate::keys::Keys;
use crate::law::{Findings, Law};
use crate::report::{CurrencyTotals, EntryCounts};
use crate::tables::{Account, Tables, Touched};

/// The audit's own books: what the entries so far add up to.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    pub(crate) tables: Tables,
    pub(crate) holds: Holds,
    pub(crate) keys: Keys,
    pub(crate) counts: EntryCounts,
    pub(crate) found: Findings,
}

impl Checker {
    /// Judges the next entry and folds it in, broken or not.
    pub(crate) fn entry(&mut self, position: u64, time_ns: u64, entry: &Entry) {
        self.key(position, entry);
        self.tables.next_turn();
        let (shape, all_open) = self.postings(position, entry);
        self.event(Turn { position, time_ns, shape: &shape }, entry);
        // Where an account is not known neither is the currency of what was posted to it.
        if all_open {
            self.balance(position);
        }
        for touched in &self.tables.touched {
            if let Some(account) =
                usize::try_from(touched.account).ok().and_then(|no| self.tables.accounts.get(no))
            {
                judge_account(position, touched, account, &mut self.found);
            }
        }
    }

    fn key(&mut self, position: u64, entry: &Entry) {
        if let Some(key) = &entry.key {
            self.keys.note(position, key, &entry.digest);
        }
        let by_writer = matches!(entry.event, Event::HoldExpired { .. });
        if entry.key.is_some() == by_writer {
            let what = if by_writer { "an expiry has a key" } else { "the entry of a command has no key" };
            self.found.add(position, Law::KeyPresent, || what.to_owned());
        }
    }

    /// Folds the postings in; gives their shape and whether all their accounts are open.
    fn postings(&mut self, position: u64, entry: &Entry) -> (Shape, bool) {
        let mut shape = Shape::default();
        let mut all_open = true;
        for (at, posting) in entry.postings.iter().enumerate() {
            if posting.amount.is_zero() {
                self.found.add(position, Law::NotZero, || format!("posting {at} is of zero"));
            }
            if !self.tables.fold(posting) {
                all_open = false;
                let no = posting.account.0;
                self.found.add(position, Law::AccountOpen, || {
                    format!("posting {at} names account {no}, which is not open")
                });
            }
            shape.add(posting);
        }
        (shape, all_open)
    }

    fn event(&mut self, turn: Turn<'_>, entry: &Entry) {
        let Self { tables, holds, keys, counts, found } = self;
        let position = turn.position;
        let postings = entry.postings.len();
        match &entry.event {
            Event::AccountOpened(opened) => {
                counts.accounts_opened += 1;
                if postings > 0 {
                    found.add(position, Law::OpeningMovesNothing, || {
                        format!("the opening has {postings} postings")
                    });
                }
                if let Some(no) = tables.open(opened) {
                    found.add(position, Law::OpenedOnce, || format!("{} is account {no} already", opened.id));
                }
            }
            Event::Posted => {
                counts.groups_posted += 1;
                let first = entry.postings.first().map(|posting| posting.account);
                if entry.postings.iter().all(|posting| Some(posting.account) == first) {
                    found.add(position, Law::GroupPostings, || "the group has not two accounts".to_owned());
                }
                if !turn.shape.has_no(Effect::Hold) || !turn.shape.has_no(Effect::Unhold) {
                    found.add(position, Law::GroupPostings, || {
                        "the group has postings on the held layer".to_owned()
                    });
                }
            }
            Event::HoldPlaced { expires_ns } => {
                counts.holds_placed += 1;
                let key = entry.key.as_ref().map(|key| keys.fingerprint(key));
                holds.place(turn, key, *expires_ns, tables, found);
            }
            Event::HoldCaptured { .. } => {
                counts.holds_captured += 1;
                holds.change(turn, &entry.event, tables, found);
            }
            Event::HoldReleased { .. } => {
                counts.holds_released += 1;
                holds.change(turn, &entry.event, tables, found);
            }
            Event::HoldExpired { .. } => {
                counts.holds_expired += 1;
                holds.change(turn, &entry.event, tables, found);
            }
            Event::Refused { refusal, .. } => {
                counts.refusals += 1;
                judge_refusal(position, refusal, postings, found);
            }
        }
    }

    fn balance(&mut self, position: u64) {
        for currency in &self.tables.touched_currencies {
            let row = &self.tables.currencies[*currency];
            for (net, layer) in row.net.into_iter().zip(["posted", "held"]) {
                if net != 0 {
                    self.found.add(position, Law::Balanced, || {
                        format!("{layer}, {}: debits less credits are {net} minor units", row.currency)
                    });
                }
            }
        }
    }

    /// For each currency, in the order of its letters, debits and credits posted and held over all accounts.
    fn sums(&self) -> Vec<(Currency, [i128; 4])> {
        let mut sums = vec![[0_i128; 4]; self.tables.currencies.len()];
        for account in &self.tables.accounts {
            let counters = account.posted.into_iter().chain(account.held);
            for (sum, counter) in sums[account.currency].iter_mut().zip(counters) {
                *sum += counter;
            }
        }
        let rows = self.tables.currencies.iter().zip(sums);
        let mut sums: Vec<_> = rows.map(|(row, sums)| (row.currency, sums)).collect();
        sums.sort_unstable_by_key(|(currency, _)| *currency);
        sums
    }

    /// The laws that can only be judged at the end: those over the whole books and the whole journal. Gives the totals.
    pub(crate) fn finish(&mut self, last_position: u64) -> Vec<CurrencyTotals> {
        let sums = self.sums();
        for (currency, sums) in &sums {
            let [debits, credits, debits_held, credits_held] = sums;
            if debits != credits || debits_held != credits_held {
                self.found.add(last_position, Law::BooksBalanced, || {
                    format!(
                        "{currency}: {debits} debit and {credits} credit posted, \
                         {debits_held} debit and {credits_held} credit held, in minor units"
                    )
                });
            }
        }
        for (earlier, later) in std::mem::take(&mut self.keys).repeats() {
            self.found
                .add(later, Law::KeyOnce, || format!("its key is that of the entry at position {earlier}"));
        }
        sums.into_iter().map(|(currency, sums)| CurrencyTotals::new(currency, sums)).collect()
    }
}

fn judge_account(position: u64, before: &Touched, account: &Account, found: &mut Findings) {
    let available = account.available();
    if let Some(floor) = account.floor
        && available < before.available
        && available < floor
    {
        found.add(position, Law::Overdraft, || {
            format!(
                "{} falls from {} to {available} minor units, below its limit of {floor}",
                account.opened.id, before.available
            )
        });
    }
    for (side, name) in ["debits", "credits"].into_iter().enumerate() {
        let held = account.held[side];
        if held < 0 && held < before.held[side] {
            found.add(position, Law::HeldNotNegative, || {
                format!("{} holds {held} minor units of {name}", account.opened.id)
            });
        }
        let (drift, drift_before) = (account.drift()[side], before.drift[side]);
        if drift != drift_before {
            found.add(position, Law::HeldIsReserved, || {
                let reserved = account.reserved[side];
                format!(
                    "{} holds {held} minor units of {name} and its open holds come to {reserved}",
                    account.opened.id
                )
            });
        }
    }
}

fn judge_refusal(position: u64, refusal: &Refusal, postings: usize, found: &mut Findings) {
    if postings > 0 {
        found.add(position, Law::RefusalMovesNothing, || format!("the refusal has {postings} postings"));
    }
    // From 300 on a reason depends on the books; one below is wrong in itself and leaves no trace.
    if refusal.reason.code() < 300 {
        found.add(position, Law::RefusalJournaled, || {
            format!("{} is refused without a trace", refusal.reason.name())
        });
    }
}
