//! One entry after another against the laws.

use longmen_core::{Entry, Event, HoldNo, Part, Refusal};
use longmen_money::Currency;
use longmen_wallet::Fact;

use crate::accounts;
use crate::chart::Chart;
use crate::groups::Groups;
use crate::holds::{Captured, Holds};
use crate::keys::Keys;
use crate::law::{Findings, Law};
use crate::moves;
use crate::products::Products;
use crate::report::{CurrencyTotals, EntryCounts};
use crate::reversals::Reversals;
use crate::shape::{Shape, Turn};
use crate::tables::Tables;
use crate::time::Times;
use crate::velocity::Velocity;

/// The audit's own books: what the entries so far add up to.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    pub(crate) tables: Tables,
    pub(crate) holds: Holds,
    pub(crate) chart: Chart,
    pub(crate) velocity: Velocity,
    pub(crate) reversals: Reversals,
    pub(crate) times: Times,
    pub(crate) groups: Groups,
    pub(crate) keys: Keys,
    pub(crate) products: Products,
    pub(crate) counts: EntryCounts,
    pub(crate) found: Findings,
}

impl Checker {
    /// Judges the next entry and folds it in, broken or not.
    ///
    /// `fact` is what it means to a product, where it does; `original`, where the entry is a reversal, the entry at the
    /// position that it names.
    pub(crate) fn entry(
        &mut self,
        (position, time_ns): (u64, u64),
        entry: &Entry,
        fact: Option<&Fact>,
        original: Option<&Entry>,
    ) {
        self.head(position, entry);
        match &entry.event {
            Event::Compound(parts) => self.compound(position, time_ns, entry, parts),
            _ => {
                self.happened(position, time_ns, entry, original);
                self.managed(position, entry);
            }
        }
        let Self { products, holds, tables, keys, found, .. } = self;
        products.opened(position, tables, found);
        if let Event::HoldExpired { hold } = entry.event {
            let key = holds.get(hold).and_then(|hold| hold.key);
            products.hold_ended(key, position, found);
        }
        // By the format an entry is compound if, and only if, it means something to a product.
        if let Some(fact) = fact {
            products.judge((position, time_ns), (entry, fact), tables, keys, found);
        }
    }

    /// Judges the parts of a compound entry one after the other.
    fn compound(&mut self, position: u64, time_ns: u64, entry: &Entry, parts: &[Part]) {
        self.counts.compound += 1;
        let own: usize = parts.iter().map(|part| usize::from(part.postings)).sum();
        if own != entry.postings.len() {
            let all = entry.postings.len();
            self.found.add(position, Law::PartsPost, || format!("its parts have {own} of {all} postings"));
        }
        for (event, postings) in entry.parts() {
            let part = Entry { event: event.clone(), postings: postings.into(), ..entry.clone() };
            self.happened(position, time_ns, &part, None);
        }
    }

    /// Judges that an entry which is not of a product touches no account of one.
    fn managed(&mut self, position: u64, entry: &Entry) {
        // What has no postings names its accounts in its event.
        let named = match entry.event {
            Event::HoldExpired { .. } => return,
            Event::AccountChanged { account, .. } => [Some(account.0), None],
            Event::HoldPlaced(placed) => [Some(placed.debit.0), Some(placed.credit.0)],
            _ => [None; 2],
        };
        let Self { tables, found, .. } = self;
        let touched = tables.touched.iter().map(|touched| touched.account).chain(named.into_iter().flatten());
        let managed = |no: &u32| tables.profile(*no).is_some_and(|profile| profile.managed);
        if let Some(no) = touched.into_iter().find(managed) {
            found.add(position, Law::Managed, || format!("it touches {}", tables.name(no)));
        }
    }

    /// Judges one thing that happened: an entry, or one part of several.
    fn happened(&mut self, position: u64, time_ns: u64, entry: &Entry, original: Option<&Entry>) {
        self.tables.next_turn(position);
        let (shape, all_open) = self.postings(position, entry);
        let turn = Turn { position, time_ns, entry, shape: &shape };
        self.times.judge(turn, &mut self.found);
        accounts::judge_access(turn, &self.tables, &self.holds, &mut self.found);
        self.velocity.judge(turn, &self.tables, &mut self.found);
        self.event(turn, original);
        // Where an account is not known neither is the currency of what was posted to it.
        if all_open {
            self.balance(position);
        }
        for touched in &self.tables.touched {
            accounts::judge_after(turn, touched, &self.tables, &mut self.found);
        }
    }

    /// Judges what any entry says beside its event: its key, its group, its force.
    fn head(&mut self, position: u64, entry: &Entry) {
        if let Some(key) = &entry.key {
            self.keys.note(position, key);
        }
        self.keys.note_pairs(position, entry);
        let found = &mut self.found;
        let by_writer = matches!(entry.event, Event::HoldExpired { .. });
        // Products have entries of both kinds: of commands, and of what came due.
        let by_either = matches!(entry.event, Event::Compound(_));
        if entry.key.is_some() == by_writer && !by_either {
            let what = if by_writer { "an expiry has a key" } else { "the entry of a command has no key" };
            found.add(position, Law::KeyPresent, || what.to_owned());
        }
        self.groups.entry(position, entry, found);
        let is_bare = entry.memo.is_empty() && entry.extras.is_none();
        if !is_bare && (by_writer || matches!(entry.event, Event::Refused { .. })) {
            found.add(position, Law::Bare, || "a refusal or an expiry carries more than that".to_owned());
        }
        if entry.forced {
            self.counts.forced += 1;
            if !can_be_forced(&entry.event) {
                found.add(position, Law::ForcedKind, || "it posts and reserves nothing".to_owned());
            }
        }
        self.counts.imported += u64::from(entry.happened_ns().is_some());
        self.counts.linked += u64::from(entry.linked);
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

    fn event(&mut self, turn: Turn<'_>, original: Option<&Entry>) {
        let Self { tables, counts, found, .. } = self;
        match &turn.entry.event {
            Event::Posted => {
                counts.groups_posted += 1;
                moves::judge_legs(turn, found);
            }
            Event::Moved { amount } => {
                counts.moved += 1;
                moves::judge_move(turn, *amount, tables, found);
            }
            Event::Reversed { original: position } => {
                counts.reversed += 1;
                self.reversals.judge(turn, *position, original, found);
            }
            Event::Refused { refusal, .. } => {
                counts.refusals += 1;
                judge_refusal(turn, refusal, found);
            }
            _ => {
                if !self.hold_event(turn) {
                    self.note_event(turn);
                }
            }
        }
    }

    /// What becomes of a hold; `false` where the entry is about something else.
    fn hold_event(&mut self, turn: Turn<'_>) -> bool {
        let Self { tables, holds, keys, counts, found, .. } = self;
        match &turn.entry.event {
            Event::HoldPlaced(placed) => {
                counts.holds_placed += 1;
                let key = turn.entry.key.as_ref().map(|key| keys.fingerprint(key));
                holds.place(turn, key, placed, tables, found);
            }
            Event::HoldIncremented { hold, amount } => {
                counts.holds_incremented += 1;
                holds.increment(turn, *hold, amount.minor(), tables, found);
            }
            Event::HoldCaptured { hold, amount, beyond, is_final } => {
                counts.holds_captured += 1;
                let (amount, beyond) = (amount.minor(), beyond.minor());
                holds.capture(turn, *hold, Captured { amount, beyond, is_final: *is_final }, tables, found);
            }
            Event::HoldReleased { hold, amount } => {
                counts.holds_released += 1;
                holds.release(turn, *hold, amount.minor(), tables, found);
            }
            Event::HoldExpired { hold } => {
                counts.holds_expired += 1;
                let hold: HoldNo = *hold;
                holds.expire(turn, hold, tables, found);
            }
            _ => return false,
        }
        true
    }

    /// What opens or changes something, seals or erases.
    fn note_event(&mut self, turn: Turn<'_>) {
        let Self { tables, chart, velocity, times, counts, found, .. } = self;
        let (position, postings) = (turn.position, turn.entry.postings.len());
        if postings > 0 {
            found.add(position, Law::NoteMovesNothing, || format!("it has {postings} postings"));
        }
        match &turn.entry.event {
            Event::AccountOpened(opened) => {
                counts.accounts_opened += 1;
                if let Some(no) = tables.open(opened) {
                    found.add(position, Law::OpenedOnce, || format!("{} is account {no} already", opened.id));
                }
            }
            Event::AccountChanged { account, change } => {
                counts.accounts_changed += 1;
                accounts::change(position, account.0, change, tables, found);
            }
            Event::SetOpened(id) => {
                counts.chart_changed += 1;
                chart.open(position, *id, found);
            }
            Event::Joined { set, member } => {
                counts.chart_changed += 1;
                chart.join(position, *set, *member, tables, found);
                velocity.look_again(*member, tables, chart);
            }
            Event::Left { set, member } => {
                counts.chart_changed += 1;
                chart.leave(position, *set, *member, found);
                velocity.look_again(*member, tables, chart);
            }
            Event::LimitSet(limit) => {
                counts.limits_changed += 1;
                velocity.set(position, limit, tables, chart, found);
            }
            Event::LimitDropped { limit } => {
                counts.limits_changed += 1;
                velocity.drop_limit(position, *limit, tables, chart, found);
            }
            Event::PeriodSealed { through } => {
                counts.periods_sealed += 1;
                times.seal(turn, *through, found);
            }
            Event::SubjectErased(subject) => {
                counts.subjects_erased += 1;
                times.erase(turn, *subject, found);
            }
            Event::Posted
            | Event::Moved { .. }
            | Event::Reversed { .. }
            | Event::Refused { .. }
            | Event::HoldPlaced(_)
            | Event::HoldIncremented { .. }
            | Event::HoldCaptured { .. }
            | Event::HoldReleased { .. }
            | Event::HoldExpired { .. } => {}
            Event::Compound(_) => {
                found.add(position, Law::PartsPost, || "a part has parts of its own".to_owned());
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
        let Self { products, tables, found, .. } = self;
        products.finish(last_position, tables, found);
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

/// Whether something of this kind can have been done by the outside world already.
fn can_be_forced(event: &Event) -> bool {
    match event {
        Event::Posted
        | Event::Moved { .. }
        | Event::Reversed { .. }
        | Event::HoldPlaced(_)
        | Event::HoldIncremented { .. }
        | Event::HoldCaptured { .. }
        | Event::Compound(_) => true,
        Event::AccountOpened(_)
        | Event::AccountChanged { .. }
        | Event::HoldReleased { .. }
        | Event::HoldExpired { .. }
        | Event::SetOpened(_)
        | Event::Joined { .. }
        | Event::Left { .. }
        | Event::LimitSet(_)
        | Event::LimitDropped { .. }
        | Event::PeriodSealed { .. }
        | Event::SubjectErased(_)
        | Event::Refused { .. } => false,
    }
}

fn judge_refusal(turn: Turn<'_>, refusal: &Refusal, found: &mut Findings) {
    let (position, postings) = (turn.position, turn.entry.postings.len());
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
