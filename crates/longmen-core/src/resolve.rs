//! What a command would do: names to numbers, wishes to postings. Nothing is judged yet but what cannot be named.

use alloc::boxed::Box;
use alloc::vec::Vec;

use longmen_money::{Amount, Currency};
use smallvec::{SmallVec, smallvec};

use crate::decide::Original;
use crate::share::share;
use crate::{
    AccountChange, AccountId, AccountNo, Action, Books, Capture, ChangeAccount, Command, Detail, Effect,
    EffectiveDate, Entry, Event, Hold, HoldNo, HoldPlaced, HoldState, Increment, Key, Leg, LimitNo, Member,
    MemberNo, Membership, Move, Obstacles, Party, PlaceHold, Posting, Postings, Reason, Refusal, Release,
    Scope, SetId, SetNo, Side,
};

/// What a command would do.
pub(crate) struct Plan {
    pub(crate) event: Event,
    pub(crate) postings: Postings,
    /// Who must be open for it.
    pub(crate) access: Access,
    pub(crate) legs: Legs,
    /// A fault that must wait for others of lower codes.
    pub(crate) fault: Option<Refusal>,
}

/// Which accounts must not be closed, and which of their sides not frozen.
pub(crate) enum Access {
    /// Nobody is asked.
    Free,
    /// Every account that is posted to.
    Posted,
    /// The two accounts of a hold, also where it is of zero.
    Pair(AccountNo, AccountNo),
    /// A captured hold's own accounts need only not be closed for good; others that are credited are asked.
    Captured(AccountNo, AccountNo),
}

/// The leg of the command that a posting belongs to.
pub(crate) enum Legs {
    /// Postings are legs.
    Same,
    /// After the debit of a capture come its portions.
    Portions,
    /// As listed; what is not listed has none.
    Listed(Vec<usize>),
}

impl Legs {
    pub(crate) fn of(&self, posting: usize) -> Option<usize> {
        match self {
            Self::Same => Some(posting),
            Self::Portions => posting.checked_sub(1),
            Self::Listed(legs) => legs.get(posting).copied(),
        }
    }
}

impl Plan {
    /// A plan that moves nothing.
    fn note(event: Event) -> Self {
        Self { event, postings: Postings::new(), access: Access::Free, legs: Legs::Same, fault: None }
    }

    fn post(event: Event, postings: Postings) -> Self {
        Self { postings, access: Access::Posted, ..Self::note(event) }
    }

    fn unless(mut self, fault: Option<Reason>) -> Self {
        self.fault = fault.map(Refusal::new);
        self
    }
}

impl Books {
    pub(crate) fn resolve(
        &self,
        command: &Command,
        original: Option<&Original>,
        now_ns: u64,
    ) -> Result<Plan, Refusal> {
        match &command.action {
            Action::OpenAccount(account) => {
                if self.account_no(&account.id).is_some() {
                    return Err(Reason::AccountExists.into());
                }
                if u32::try_from(self.accounts.len()).map_or(true, |count| count == u32::MAX) {
                    return Err(Reason::TooManyAccounts.into());
                }
                Ok(Plan::note(Event::AccountOpened(account.clone())))
            }
            Action::ChangeAccount(change) => self.resolve_change(change),
            Action::Post(legs) => self.resolve_post(legs),
            Action::Move(wanted) => self.resolve_move(wanted),
            Action::Reverse(_) => self.resolve_reverse(original),
            Action::PlaceHold(hold) => self.resolve_place(hold, now_ns),
            Action::Increment(increment) => self.resolve_increment(increment),
            Action::Capture(capture) => self.resolve_capture(capture, command.force),
            Action::Release(release) => self.resolve_release(release),
            Action::OpenSet(id) => match self.set_no(id) {
                Some(_) => Err(Reason::SetExists.into()),
                None => Ok(Plan::note(Event::SetOpened(*id))),
            },
            Action::Join(membership) => self.resolve_join(membership),
            Action::Leave(membership) => {
                let (set, member) = self.find_membership(membership)?;
                match self.set_at(set) {
                    Some(own) if own.members.contains(&member) => Ok(Plan::note(Event::Left { set, member })),
                    _ => Err(Reason::NotAMember.into()),
                }
            }
            Action::SetLimit(limit) => {
                match limit.scope {
                    Scope::Account(id) => self.same_currency(self.find(&id)?, limit.currency)?,
                    Scope::Set(id) => drop(self.find_set(&id)?),
                }
                Ok(Plan::note(Event::LimitSet(limit.clone())))
            }
            Action::DropLimit(id) => {
                let is_in_force = |no: &LimitNo| self.limit_at(*no).is_some_and(|state| state.is_in_force);
                let limit = self.limit_no(id).filter(is_in_force).ok_or(Reason::LimitNotFound)?;
                Ok(Plan::note(Event::LimitDropped { limit }))
            }
            Action::SealPeriod(through) => {
                let is_past = *through < EffectiveDate::of_time(now_ns);
                let is_later = self.sealed_through.is_none_or(|sealed| sealed < *through);
                let plan = Plan::note(Event::PeriodSealed { through: *through });
                Ok(plan.unless(match (is_past, is_later) {
                    (false, _) => Some(Reason::SealNotPast),
                    (true, false) => Some(Reason::SealNotLater),
                    (true, true) => None,
                }))
            }
            Action::EraseSubject(subject) => {
                let is_erased = self.is_erased(subject);
                let plan = Plan::note(Event::SubjectErased(*subject));
                Ok(plan.unless(is_erased.then_some(Reason::SubjectErased)))
            }
        }
    }

    fn resolve_change(&self, change: &ChangeAccount) -> Result<Plan, Refusal> {
        let no = self.find(&change.account)?;
        change.currency.map_or(Ok(()), |currency| self.same_currency(no, currency))?;
        let account = self.account_at(no).ok_or(Reason::AccountNotFound)?;
        let event = Event::AccountChanged { account: no, change: Box::new(change.change.clone()) };
        let mut plan = Plan::note(event);
        plan.fault = match change.change {
            AccountChange::Close if account.access().closed => Some(Reason::AccountClosed.into()),
            AccountChange::Close => {
                let obstacles = Obstacles {
                    posted: account.balance().posted().minor() != 0,
                    holds: self.open_holds_of(no) > 0,
                };
                let refusal = Refusal::new(Reason::AccountNotEmpty).about(Detail::Obstacles(obstacles));
                (obstacles != Obstacles::default()).then_some(refusal)
            }
            AccountChange::Reopen if !account.access().closed => Some(Reason::AccountNotClosed.into()),
            _ => None,
        };
        Ok(plan)
    }

    fn resolve_post(&self, legs: &[Leg]) -> Result<Plan, Refusal> {
        let mut postings = Postings::new();
        let mut mismatch = None;
        for (at, leg) in legs.iter().enumerate() {
            let Some(account) = self.account_no(&leg.account) else {
                return Err(Refusal::new(Reason::AccountNotFound).at_leg(at));
            };
            if mismatch.is_none() && self.account_at(account).is_none_or(|own| own.currency != leg.currency) {
                mismatch = Some(at);
            }
            postings.push(Posting { account, side: leg.side, effect: Effect::Post, amount: leg.amount });
        }
        if let Some(at) = mismatch {
            return Err(Refusal::new(Reason::CurrencyMismatch).at_leg(at));
        }
        Ok(Plan::post(Event::Posted, postings))
    }

    fn resolve_move(&self, wanted: &Move) -> Result<Plan, Refusal> {
        let ids = || wanted.debit.accounts.iter().chain(&wanted.credit.accounts);
        let mut accounts = SmallVec::<[AccountNo; 4]>::new();
        for (at, id) in ids().enumerate() {
            accounts.push(self.find(id).map_err(|refusal| refusal.at_leg(at))?);
        }
        for (at, no) in accounts.iter().enumerate() {
            self.same_currency(*no, wanted.currency).map_err(|refusal| refusal.at_leg(at))?;
        }
        let (debits, credits) = accounts.split_at(wanted.debit.accounts.len().min(accounts.len()));
        let debit_rooms = self.rooms(&wanted.debit, debits, Side::Debit);
        let credit_rooms = self.rooms(&wanted.credit, credits, Side::Credit);
        let most = u128::from(wanted.at_most.minor());
        let least = most.min(sum(&debit_rooms)).min(sum(&credit_rooms));
        // It is at most `at_most`, so it is an amount.
        let amount = u64::try_from(least).ok().and_then(Amount::new).unwrap_or(wanted.at_most);

        let (mut postings, mut legs) = (Postings::new(), Vec::new());
        let sides = [
            (&wanted.debit, debits, &debit_rooms, Side::Debit),
            (&wanted.credit, credits, &credit_rooms, Side::Credit),
        ];
        let mut leg = 0_usize;
        for (party, accounts, rooms, side) in sides {
            let parts = share(amount.minor(), rooms, party.share);
            for (account, part) in accounts.iter().zip(parts) {
                if let Some(amount) = Amount::new(part).filter(|amount| !amount.is_zero()) {
                    postings.push(Posting { account: *account, side, effect: Effect::Post, amount });
                    legs.push(leg);
                }
                leg = leg.saturating_add(1);
            }
        }
        let short_by = wanted.at_least.checked_sub(amount).filter(|short| !short.is_zero());
        Ok(Plan {
            legs: Legs::Listed(legs),
            fault: short_by.map(|short| Refusal::new(Reason::InsufficientFunds).short_by(short)),
            ..Plan::post(Event::Moved { amount }, postings)
        })
    }

    /// How much can be moved on this side of each account.
    fn rooms(&self, party: &Party, accounts: &[AccountNo], side: Side) -> Vec<u128> {
        let room = |no: &AccountNo| self.account_at(*no).map_or(0, |account| account.balance().room(side));
        accounts.iter().map(|no| if party.is_bounded { room(no) } else { u128::MAX }).collect()
    }

    fn resolve_reverse(&self, original: Option<&Original>) -> Result<Plan, Refusal> {
        let Some(Original { position, entry }) = original else {
            return Err(Reason::OriginalNotFound.into());
        };
        if let Event::Refused { .. } = entry.event {
            return Err(Reason::OriginalNotFound.into());
        }
        let postings = mirror(entry);
        if postings.is_empty() || matches!(entry.event, Event::Reversed { .. } | Event::Compound(_)) {
            return Err(Reason::NotReversible.into());
        }
        if self.reversal_of(*position).is_some() {
            return Err(Reason::ReversedAlready.into());
        }
        Ok(Plan::post(Event::Reversed { original: *position }, postings))
    }

    fn resolve_place(&self, hold: &PlaceHold, now_ns: u64) -> Result<Plan, Refusal> {
        let expires_ns = hold.expires_after_ns.map(|life| now_ns.saturating_add(life.get()));
        let debit = self.find(&hold.debit).map_err(|refusal| refusal.at_leg(0))?;
        let credit = self.find(&hold.credit).map_err(|refusal| refusal.at_leg(1))?;
        self.same_currency(debit, hold.currency).map_err(|refusal| refusal.at_leg(0))?;
        self.same_currency(credit, hold.currency).map_err(|refusal| refusal.at_leg(1))?;
        let (amount, closes) = (hold.amount, hold.closes);
        let event = Event::HoldPlaced(HoldPlaced { debit, credit, amount, expires_ns, closes });
        let postings = pair(debit, credit, Effect::Hold, amount);
        Ok(Plan { access: Access::Pair(debit, credit), ..Plan::post(event, postings) })
    }

    fn resolve_increment(&self, increment: &Increment) -> Result<Plan, Refusal> {
        let (no, hold) = self.find_hold(&increment.hold, Some(increment.currency))?;
        open(hold)?;
        let amount = if increment.is_total {
            increment.amount.checked_sub(hold.amount).ok_or(Reason::TotalBelowHold)?
        } else {
            increment.amount
        };
        let event = Event::HoldIncremented { hold: no, amount };
        let postings = held(hold, Effect::Hold, amount);
        let mut plan = Plan { access: Access::Pair(hold.debit, hold.credit), ..Plan::post(event, postings) };
        // All that was ever reserved on a hold is an amount.
        if hold.amount.checked_add(amount).is_none() {
            plan.fault = Some(Reason::CounterOverflow.into());
        }
        Ok(plan)
    }

    fn resolve_capture(&self, capture: &Capture, force: bool) -> Result<Plan, Refusal> {
        let mut credits = SmallVec::<[AccountNo; 2]>::new();
        for (at, portion) in capture.to.iter().enumerate() {
            credits.push(self.find(&portion.credit).map_err(|refusal| refusal.at_leg(at))?);
        }
        for (at, no) in credits.iter().enumerate() {
            self.same_currency(*no, capture.currency).map_err(|refusal| refusal.at_leg(at))?;
        }
        let (no, hold) = self.find_hold(&capture.hold, Some(capture.currency))?;
        if !force {
            open(hold)?;
        }
        if hold.closes.any() {
            return Err(Reason::HoldClosing.into());
        }
        let beyond = capture.amount.checked_sub(hold.remaining).unwrap_or(Amount::ZERO);
        if !force && !beyond.is_zero() {
            return Err(Refusal::new(Reason::ExceedsHold).short_by(beyond));
        }
        let taken = capture.amount.checked_sub(beyond).unwrap_or(Amount::ZERO);
        let freed = if capture.is_final { hold.remaining } else { taken };
        let mut postings = held(hold, Effect::Unhold, freed);
        let post = |account, side, amount| Posting { account, side, effect: Effect::Post, amount };
        postings.push(post(hold.debit, Side::Debit, capture.amount));
        if capture.to.is_empty() {
            postings.push(post(hold.credit, Side::Credit, capture.amount));
        }
        for (portion, account) in capture.to.iter().zip(&credits) {
            postings.push(post(*account, Side::Credit, portion.amount));
        }
        let (amount, is_final) = (capture.amount, capture.is_final);
        let mut plan = Plan {
            access: Access::Captured(hold.debit, hold.credit),
            legs: if capture.to.is_empty() { Legs::Same } else { Legs::Portions },
            ..Plan::post(Event::HoldCaptured { hold: no, amount, beyond, is_final }, postings)
        };
        if hold.forced.checked_add(beyond).is_none() {
            plan.fault = Some(Reason::CounterOverflow.into());
        }
        Ok(plan)
    }

    fn resolve_release(&self, release: &Release) -> Result<Plan, Refusal> {
        let (no, hold) = self.find_hold(&release.hold, release.part.map(|(_, currency)| currency))?;
        open(hold)?;
        let amount = release.part.map_or(hold.remaining, |(amount, _)| amount);
        if let Some(over) = amount.checked_sub(hold.remaining).filter(|over| !over.is_zero()) {
            return Err(Refusal::new(Reason::ExceedsHold).short_by(over));
        }
        let postings = held(hold, Effect::Unhold, amount);
        // What is given back is no leg, so nobody is asked for access.
        Ok(Plan::post(Event::HoldReleased { hold: no, amount }, postings))
    }

    fn resolve_join(&self, membership: &Membership) -> Result<Plan, Refusal> {
        let (set, member) = self.find_membership(membership)?;
        if let MemberNo::Set(inner) = member
            && (inner == set || self.sets_around(MemberNo::Set(set)).contains(&inner))
        {
            return Err(Reason::SetCycle.into());
        }
        if self.set_at(set).is_some_and(|own| own.members.contains(&member)) {
            return Err(Reason::MemberAlready.into());
        }
        Ok(Plan::note(Event::Joined { set, member }))
    }

    fn find_membership(&self, membership: &Membership) -> Result<(SetNo, MemberNo), Refusal> {
        let account = match membership.member {
            Member::Account(id) => Some(self.find(&id)?),
            Member::Set(_) => None,
        };
        let set = self.find_set(&membership.set)?;
        let member = match (account, membership.member) {
            (Some(no), _) => MemberNo::Account(no),
            (None, Member::Set(id)) => MemberNo::Set(self.find_set(&id)?),
            (None, Member::Account(_)) => return Err(Reason::AccountNotFound.into()),
        };
        Ok((set, member))
    }

    fn find(&self, id: &AccountId) -> Result<AccountNo, Refusal> {
        self.account_no(id).ok_or(Reason::AccountNotFound.into())
    }

    fn find_set(&self, id: &SetId) -> Result<SetNo, Refusal> {
        self.set_no(id).ok_or(Reason::SetNotFound.into())
    }

    fn same_currency(&self, no: AccountNo, currency: Currency) -> Result<(), Refusal> {
        match self.account_at(no) {
            Some(account) if account.currency == currency => Ok(()),
            _ => Err(Reason::CurrencyMismatch.into()),
        }
    }

    /// The hold of this key, which must be of this currency where one is given.
    fn find_hold(&self, key: &Key, currency: Option<Currency>) -> Result<(HoldNo, &Hold), Refusal> {
        let no = self.hold_no(key).ok_or(Reason::HoldNotFound)?;
        let hold = self.hold_at(no).ok_or(Reason::HoldNotFound)?;
        if currency.is_some_and(|currency| currency != hold.currency) {
            return Err(Reason::CurrencyMismatch.into());
        }
        Ok((no, hold))
    }
}

fn sum(rooms: &[u128]) -> u128 {
    rooms.iter().fold(0, |sum: u128, room| sum.saturating_add(*room))
}

/// What was posted, each posting on the other side.
fn mirror(entry: &Entry) -> Postings {
    let posted = entry.postings.iter().filter(|posting| posting.effect == Effect::Post);
    posted.map(|posting| Posting { side: posting.side.opposite(), ..*posting }).collect()
}

fn open(hold: &Hold) -> Result<(), Refusal> {
    match hold.state {
        HoldState::Open => Ok(()),
        HoldState::Captured => Err(Reason::HoldCaptured.into()),
        HoldState::Released => Err(Reason::HoldReleased.into()),
        HoldState::Expired => Err(Reason::HoldExpired.into()),
    }
}

pub(crate) fn held(hold: &Hold, effect: Effect, amount: Amount) -> Postings {
    pair(hold.debit, hold.credit, effect, amount)
}

/// A debit and a credit of one amount, or nothing where it is zero.
pub(crate) fn pair(debit: AccountNo, credit: AccountNo, effect: Effect, amount: Amount) -> Postings {
    if amount.is_zero() {
        return Postings::new();
    }
    let posting = |account, side| Posting { account, side, effect, amount };
    smallvec![posting(debit, Side::Debit), posting(credit, Side::Credit)]
}
