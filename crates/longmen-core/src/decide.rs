//! From a command to an entry or a refusal, without changing anything.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use core::fmt;

use longmen_money::Amount;

use crate::account::{Counters, Flags};
use crate::resolve::{Access, Plan, held};
use crate::{
    Account, AccountNo, Books, Command, Condition, Detail, Effect, EffectiveDate, Entry, Event, Limit,
    LimitNo, LimitState, MemberNo, Most, Overdraft, Posting, Postings, Quantity, Reason, Refusal, Side,
};

/// The first 16 bytes of a hash over a command's content, its key left out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Digest(pub [u8; 16]);

impl Digest {
    /// The digest of no command.
    pub const ZERO: Self = Self([0; 16]);
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What is known of an earlier command with the same key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prior {
    /// The digest of its content.
    pub digest: Digest,
    /// The position of the entry that it became.
    pub position: u64,
    /// Whether that entry is a refusal.
    pub refused: bool,
}

/// The entry that a reversal names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Original {
    /// Its position.
    pub position: u64,
    /// What it says.
    pub entry: Box<Entry>,
}

/// What the journal says about a command, looked up before it is decided.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Known {
    /// What is known under its key.
    pub prior: Option<Prior>,
    /// For [`Action::Reverse`](crate::Action::Reverse), the entry that was made under the key of the original.
    pub original: Option<Original>,
}

/// What becomes of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision<P = ()> {
    /// A new entry: what was wanted, or a refusal that depends on the books.
    Entry(Entry<P>),
    /// The command was carried out before; its entry stands at this position.
    Replay(u64),
    /// A refusal that leaves no trace in the journal.
    Refuse(Refusal),
}

impl Decision {
    /// The same decision about an entry that has more to say to products.
    #[must_use]
    pub fn with_product<P>(self, product: P) -> Decision<P> {
        match self {
            Self::Entry(entry) => Decision::Entry(entry.with_product(product)),
            Self::Replay(position) => Decision::Replay(position),
            Self::Refuse(refusal) => Decision::Refuse(refusal),
        }
    }
}

impl Books {
    /// Decides one command that is not linked to others.
    ///
    /// `digest` is the digest of the command's content, `known` what the journal holds about it, `now_ns` the journal
    /// time that the entry would get.
    ///
    /// The order is: the shape of the command ([`Command::check`]), a repeat of what was carried out, then the rest in
    /// the order of [`Reason`]'s codes.
    #[must_use]
    pub fn decide(&self, command: Command, digest: Digest, known: &Known, now_ns: u64) -> Decision {
        if let Err(refusal) = command.check() {
            return Decision::Refuse(refusal);
        }
        if command.linked {
            return Decision::Refuse(Reason::GroupOpen.into());
        }
        match known.prior {
            Some(prior) if prior.digest == digest => Decision::Replay(prior.position),
            Some(_) => Decision::Refuse(Reason::KeyReused.into()),
            None => Decision::Entry(self.decide_new(command, digest, known, now_ns)),
        }
    }

    /// Decides a command whose shape is right and whose key is new. What is wrong now depends on the books.
    #[inline]
    pub(crate) fn decide_new(&self, command: Command, digest: Digest, known: &Known, now_ns: u64) -> Entry {
        let planned = self.plan(&command, known, now_ns, By::Anyone);
        let Command { key, action, memo, effective, linked, force, extras, .. } = command;
        match planned {
            Ok((event, postings)) => {
                let (key, forced) = (Some(key), force);
                let extras = extras.filter(|extras| !extras.is_empty());
                Entry { key, digest, effective, memo, linked, forced, event, postings, extras, product: () }
            }
            Err(refusal) => Entry::refused(key, effective, digest, action.kind(), refusal),
        }
    }

    #[inline]
    pub(crate) fn plan(
        &self,
        command: &Command,
        known: &Known,
        now_ns: u64,
        by: By,
    ) -> Result<(Event, Postings), Refusal> {
        let plan = self.resolve(command, known.original.as_ref(), now_ns)?;
        match (plan.fault, self.judge(command, &plan, now_ns, by)) {
            (None, Ok(())) => Ok((plan.event, plan.postings)),
            (Some(fault), Err(refusal)) if refusal.reason < fault.reason => Err(refusal),
            (Some(refusal), _) | (None, Err(refusal)) => Err(refusal),
        }
    }

    /// The entry that ends the next hold whose time has come by `now_ns`, in the order of (expiry, placing).
    #[must_use]
    pub fn decide_expiry(&self, now_ns: u64) -> Option<Entry> {
        let no = self.next_expired(now_ns)?;
        let hold = self.hold_at(no)?;
        let postings = held(hold, Effect::Unhold, hold.remaining);
        Some(Entry::of_writer(Event::HoldExpired { hold: no }, postings))
    }

    /// Judges what a command would do, in the order of the reasons' codes.
    fn judge(&self, command: &Command, plan: &Plan, now_ns: u64, by: By) -> Result<(), Refusal> {
        self.judge_time(command, now_ns)?;
        if by == By::Anyone {
            self.judge_managed(plan)?;
        }
        self.judge_access(plan, command.force)?;
        self.judge_funds(plan, command.force)?;
        self.judge_limits(command, plan, now_ns)?;
        self.judge_conditions(&command.conditions, &plan.postings)
    }

    pub(crate) fn judge_time(&self, command: &Command, now_ns: u64) -> Result<(), Refusal> {
        let happened_ns = command.happened_ns();
        let day = command.effective.or_else(|| happened_ns.map(EffectiveDate::of_time));
        // Whatever names no day counts on the day of the journal time, which cannot be sealed.
        if day.is_some_and(|day| self.sealed_through.is_some_and(|sealed| day <= sealed)) {
            return Err(Reason::PeriodSealed.into());
        }
        if let Some(happened_ns) = happened_ns {
            if happened_ns >= now_ns {
                return Err(Reason::ImportNotPast.into());
            }
            if self.imported_ns.is_some_and(|last| happened_ns <= last) {
                return Err(Reason::ImportNotLater.into());
            }
        }
        let secret = command.extras.as_ref().and_then(|extras| extras.secret.as_ref());
        if secret.is_some_and(|secret| self.is_erased(secret.subject())) {
            return Err(Reason::SubjectErased.into());
        }
        Ok(())
    }

    /// Refuses what would touch what belongs to products.
    fn judge_managed(&self, plan: &Plan) -> Result<(), Refusal> {
        let is_managed = |no: AccountNo| self.account_at(no).is_some_and(|own| own.flags.has(Flags::MANAGED));
        let at = legs(&plan.postings).position(|posting| is_managed(posting.account));
        if let Some(at) = at {
            return Err(plan.at_leg(Reason::AccountManaged, at));
        }
        // What moves nothing names its accounts elsewhere.
        let is_touched = match &plan.event {
            Event::AccountOpened(opened) => opened.managed,
            Event::AccountChanged { account, .. } => is_managed(*account),
            Event::HoldPlaced(placed) => is_managed(placed.debit) || is_managed(placed.credit),
            Event::HoldIncremented { hold, .. }
            | Event::HoldReleased { hold, .. }
            | Event::HoldCaptured { hold, .. } => {
                self.hold_at(*hold).is_some_and(|hold| is_managed(hold.debit) || is_managed(hold.credit))
            }
            _ => false,
        };
        if is_touched { Err(Reason::AccountManaged.into()) } else { Ok(()) }
    }

    /// Refuses what would touch a closed account or, unless it is forced, a frozen side.
    ///
    /// A capture is asked nothing about the hold's own accounts but whether they were closed for good: what was
    /// reserved before a freeze or a closing is still paid.
    fn judge_access(&self, plan: &Plan, force: bool) -> Result<(), Refusal> {
        let pair;
        let (postings, own): (&[Posting], _) = match plan.access {
            Access::Free => return Ok(()),
            Access::Posted => (&plan.postings, [None; 2]),
            Access::Captured(debit, credit) => (&plan.postings, [Some(debit), Some(credit)]),
            Access::Pair(debit, credit) => {
                pair = crate::resolve::pair(debit, credit, Effect::Hold, Amount::MAX);
                (&pair, [None; 2])
            }
        };
        let mut frozen = None;
        for (at, posting) in legs(postings).enumerate() {
            let Some(account) = self.account_at(posting.account) else { continue };
            let is_own = own.contains(&Some(posting.account));
            let is_closed = if is_own { account.flags.has(Flags::CLOSED) } else { account.is_closed() };
            if is_closed {
                return Err(plan.at_leg(Reason::AccountClosed, at));
            }
            if !force && !is_own && account.is_frozen(posting.side) {
                frozen = frozen.or_else(|| Some(plan.at_leg(Reason::AccountFrozen, at)));
            }
        }
        frozen.map_or(Ok(()), Err)
    }

    /// Refuses what would overflow a counter or, unless it is forced, draw an account below its overdraft limit, all of
    /// it done.
    ///
    /// What only adds to an account is never refused for its limit, however deep the account stands.
    /// Legs are counted without what is given back from holds, which passes no limit.
    fn judge_funds(&self, plan: &Plan, force: bool) -> Result<(), Refusal> {
        let mut short = None;
        for (at, posting) in legs(&plan.postings).enumerate() {
            if legs(&plan.postings).take(at).any(|earlier| earlier.account == posting.account) {
                continue;
            }
            let Some(account) = self.account_at(posting.account) else { continue };
            let Some(after) = after(account, posting.account, &plan.postings) else {
                return Err(plan.at_leg(Reason::CounterOverflow, at));
            };
            if !force && short.is_none() && draws(account, posting.account, &plan.postings) {
                let passed = passed_limit(account, after);
                short = passed.map(|by| plan.at_leg(Reason::InsufficientFunds, at).short_by(by));
            }
        }
        short.map_or(Ok(()), Err)
    }

    /// Refuses what would pass a velocity limit that looks at one of its accounts.
    fn judge_limits(&self, command: &Command, plan: &Plan, now_ns: u64) -> Result<(), Refusal> {
        if command.force || !self.is_watched(&plan.postings) || command.happened_ns().is_some() {
            return Ok(());
        }
        let meta = command.extras.as_ref().map(|extras| &extras.meta);
        for no in self.watching(&plan.postings) {
            let Some(state) = self.limit_at(no).filter(|state| !state.limit.exempts(meta)) else { continue };
            let used = self.use_of(no, &state.limit, &plan.event, &plan.postings);
            let before =
                state.usage.at(state.limit.window, now_ns).saturating_add(self.held_for(&state.limit));
            let (rise, most) = (used.posted.saturating_add(used.held), state.limit.most.as_number());
            let over = before.saturating_add(rise).saturating_sub(most);
            if rise > 0 && over > 0 {
                let refusal = Refusal::new(Reason::LimitExceeded).about(Detail::Limit(no));
                return Err(match state.limit.most {
                    Most::Amount(_) => refusal.short_by(clamp(over)),
                    Most::Count(_) => refusal,
                });
            }
        }
        Ok(())
    }

    pub(crate) fn judge_conditions(
        &self,
        conditions: &[Condition],
        postings: &[Posting],
    ) -> Result<(), Refusal> {
        let failed = conditions.iter().position(|condition| !self.is_met(condition, postings));
        failed.map_or(Ok(()), |at| Err(Refusal::new(Reason::ConditionFailed).at_leg(at)))
    }

    /// Whether a condition holds; one on an account that is not there, or of another currency, does not.
    fn is_met(&self, condition: &Condition, postings: &[Posting]) -> bool {
        let Some(no) = self.account_no(&condition.account) else { return false };
        let Some(account) = self.account_at(no) else { return false };
        // What would overflow a counter was refused before.
        let balance = account.balance_of(after(account, no, postings).unwrap_or(account.counters));
        let (own, given) = match condition.to {
            Quantity::Posted(given) => (balance.posted(), given),
            Quantity::Held(given) => (balance.held(), given),
            Quantity::Available(given) => (balance.available(), given),
            Quantity::Version(given) => return condition.is.holds(&account.version, &given),
        };
        given.currency() == account.currency && condition.is.holds(&own.minor(), &given.minor())
    }

    /// Whether a limit looks at an account that is posted to.
    pub(crate) fn is_watched(&self, postings: &[Posting]) -> bool {
        postings
            .iter()
            .any(|posting| self.account_at(posting.account).is_some_and(|own| own.flags.has(Flags::WATCHED)))
    }

    /// The limits that look at an account that is posted to, each once, in the order of their numbers.
    pub(crate) fn watching(&self, postings: &[Posting]) -> BTreeSet<LimitNo> {
        let watching = postings.iter().filter_map(|posting| self.watch.get(&posting.account));
        watching.flatten().copied().collect()
    }

    /// How much of a limit an entry uses up.
    pub(crate) fn use_of(&self, no: LimitNo, limit: &Limit, event: &Event, postings: &[Posting]) -> Use {
        let mut used = Use::default();
        let looks_at = |account| self.watch.get(&account).is_some_and(|limits| limits.contains(&no));
        for posting in postings.iter().filter(|posting| looks_at(posting.account)) {
            let Some(account) = self.account_at(posting.account) else { continue };
            let is_in = posting.side == account.class.normal_side();
            let amount = i128::from(posting.amount.minor());
            match (posting.effect, is_in == limit.flow.is_in()) {
                (Effect::Post, true) => used.posted = used.posted.saturating_add(amount),
                (Effect::Post, false) if limit.flow.is_net() => {
                    used.posted = used.posted.saturating_sub(amount);
                }
                (Effect::Hold, true) => used.held = used.held.saturating_add(amount),
                (Effect::Unhold, true) => used.held = used.held.saturating_sub(amount),
                (_, false) => {}
            }
        }
        match limit.most {
            Most::Amount(_) => used,
            Most::Count(_) => {
                let makes = match event {
                    Event::Posted | Event::Moved { .. } | Event::Reversed { .. } => used.posted > 0,
                    Event::HoldPlaced(_) => used.held > 0,
                    _ => false,
                };
                Use { posted: i128::from(makes), held: 0 }
            }
        }
    }

    /// What counts against a limit at `now_ns`: what was posted in its window and what is held, or how many commands.
    ///
    /// ```
    /// use longmen_core::{Books, LimitNo};
    ///
    /// assert_eq!(Books::new().used(LimitNo(0), 1_000), None);
    /// ```
    #[must_use]
    pub fn used(&self, no: LimitNo, now_ns: u64) -> Option<i128> {
        let LimitState { limit, usage, .. } = self.limit_at(no)?;
        Some(usage.at(limit.window, now_ns).saturating_add(self.held_for(limit)))
    }

    /// What is held now in the direction of a limit on amounts.
    fn held_for(&self, limit: &Limit) -> i128 {
        let Most::Amount(_) = limit.most else { return 0 };
        let held = |no: AccountNo| {
            let account = self.account_at(no).filter(|account| account.currency == limit.currency)?;
            let normal = account.class.normal_side();
            let side = if limit.flow.is_in() { normal } else { normal.opposite() };
            i128::try_from(account.balance().held_on(side)).ok()
        };
        match self.scope_no(limit.scope) {
            Some(MemberNo::Account(no)) => held(no).unwrap_or(0),
            Some(MemberNo::Set(no)) => {
                let accounts = self.accounts_in(no).into_iter().filter_map(held);
                accounts.fold(0, |sum: i128, held| sum.saturating_add(held))
            }
            None => 0,
        }
    }
}

/// On whose behalf something is decided.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A command of the ledger.
    Anyone,
    /// A product, whose accounts nobody else touches.
    Product,
}

/// How much of a limit an entry uses up, in minor units or commands.
#[derive(Clone, Copy, Default)]
pub(crate) struct Use {
    pub(crate) posted: i128,
    pub(crate) held: i128,
}

impl Most {
    fn as_number(self) -> i128 {
        match self {
            Self::Amount(amount) => amount.minor().into(),
            Self::Count(count) => count.into(),
        }
    }
}

impl Plan {
    fn at_leg(&self, reason: Reason, at: usize) -> Refusal {
        let refusal = Refusal::new(reason);
        self.legs.of(at).map_or(refusal, |leg| refusal.at_leg(leg))
    }
}

/// The postings that are legs: all but what is given back from holds.
fn legs(postings: &[Posting]) -> impl Iterator<Item = &Posting> + Clone {
    postings.iter().filter(|posting| posting.effect != Effect::Unhold)
}

/// Whether any of these postings makes less available on an account.
fn draws(account: &Account, no: AccountNo, postings: &[Posting]) -> bool {
    let shrinks = account.class.normal_side().opposite();
    legs(postings).any(|posting| posting.side == shrinks && posting.account == no)
}

/// An account's counters after the postings that are its own; nothing where one would overflow.
#[inline]
fn after(account: &Account, no: AccountNo, postings: &[Posting]) -> Option<Counters> {
    let mut counters = account.counters;
    for posting in postings.iter().filter(|posting| posting.account == no) {
        counters.add(posting)?;
    }
    Some(counters)
}

/// By how much the account would pass its limit, if the change draws on it and it would.
#[inline]
fn passed_limit(account: &Account, after: Counters) -> Option<Amount> {
    let Overdraft::UpTo(limit) = account.overdraft() else { return None };
    let before = account.balance().available().minor();
    let after = account.balance_of(after).available().minor();
    let floor = i128::from(limit.minor()).saturating_neg();
    if after >= before || after >= floor {
        return None;
    }
    Some(clamp(floor.saturating_sub(after)))
}

/// A shortage as an amount, the largest one where it is more.
fn clamp(short: i128) -> Amount {
    u64::try_from(short).ok().and_then(Amount::new).unwrap_or(Amount::MAX)
}

impl Counters {
    /// Counts one posting; nothing where its counter would leave 0 to 2^126, and then nothing is counted.
    #[inline]
    pub(crate) fn add(&mut self, posting: &Posting) -> Option<()> {
        let counter = match (posting.effect, posting.side) {
            (Effect::Post, Side::Debit) => &mut self.debits_posted,
            (Effect::Post, Side::Credit) => &mut self.credits_posted,
            (Effect::Hold | Effect::Unhold, Side::Debit) => &mut self.debits_held,
            (Effect::Hold | Effect::Unhold, Side::Credit) => &mut self.credits_held,
        };
        let amount = u128::from(posting.amount.minor());
        *counter = match posting.effect {
            Effect::Post | Effect::Hold => counter.checked_add(amount).filter(|sum| *sum < 1 << 126)?,
            Effect::Unhold => counter.checked_sub(amount)?,
        };
        Some(())
    }
}
