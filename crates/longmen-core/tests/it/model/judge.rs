//! What is wrong with a command on these books.

use longmen_core::{
    AccountChange, AccountId, Action, Command, Condition, Detail, EffectiveDate, HoldState, Key, LimitNo,
    Member, Most, Obstacles, Overdraft, Quantity, Reason, Relation, Scope, SetId,
};
use longmen_money::{Amount, Currency};

use super::lines::minor;
use super::{AMOUNT_MAX, Done, Fault, Line, State, faults::those};

const FULL: i128 = 1 << 126;

impl State {
    /// The books after a command and its lines, or everything that is wrong with it.
    pub(crate) fn judge(
        &self,
        command: &Command,
        original: Option<&Done>,
        position: u64,
        now: u64,
    ) -> Result<(Self, Vec<Line>), Vec<Fault>> {
        // Without its names a command cannot be carried out; all that can be wrong beside them has higher codes.
        let mut faults = self.names(command, original);
        if !faults.is_empty() {
            return Err(faults);
        }
        let lines = self.lines(command, original);
        let mut after = self.clone();
        after.change(command, &lines, original, position, now);
        faults.extend(self.times(command, now));
        faults.extend(self.life(&command.action));
        faults.extend(self.access(command, &lines));
        faults.extend(self.funds(command, &lines, &after));
        faults.extend(self.velocity(command, &lines, &after, now));
        let failed = command.conditions.iter().position(|condition| !self.is_met(condition, &after));
        faults.extend(failed.map(|at| Fault::new(Reason::ConditionFailed).at(at)));
        faults.extend(Self::counters(command, &lines, &after));
        if faults.is_empty() { Ok((after, lines)) } else { Err(faults) }
    }

    /// What names nothing, or something that cannot take the command.
    fn names(&self, command: &Command, original: Option<&Done>) -> Vec<Fault> {
        let one = |fault: Option<Fault>| fault.into_iter().collect::<Vec<_>>();
        match &command.action {
            Action::OpenAccount(open) => {
                those([(self.accounts.contains_key(&open.id), Reason::AccountExists)])
            }
            Action::ChangeAccount(change) => match self.accounts.get(&change.account) {
                None => vec![Fault::new(Reason::AccountNotFound)],
                Some(found) => those([(
                    change.currency.is_some_and(|currency| currency != found.is.currency),
                    Reason::CurrencyMismatch,
                )]),
            },
            Action::Post(legs) => self.accounts_of(legs.iter().map(|leg| (leg.account, leg.currency))),
            Action::Move(wanted) => {
                let all = wanted.debit.accounts.iter().chain(&wanted.credit.accounts);
                self.accounts_of(all.map(|id| (*id, wanted.currency)))
            }
            Action::Reverse(_) => self.reversible(original),
            Action::PlaceHold(hold) => {
                self.accounts_of([hold.debit, hold.credit].into_iter().map(|id| (id, hold.currency)))
            }
            Action::Increment(_) | Action::Capture(_) | Action::Release(_) => self.hold_of(command),
            Action::OpenSet(id) => those([(self.sets.contains_key(id), Reason::SetExists)]),
            Action::Join(membership) | Action::Leave(membership) => {
                let joins = matches!(command.action, Action::Join(_));
                self.membership(&membership.set, membership.member, joins)
            }
            Action::SetLimit(limit) => match limit.scope {
                Scope::Account(id) => {
                    let faults = self.accounts_of([(id, limit.currency)].into_iter());
                    faults.into_iter().map(|fault| fault.at(None)).collect()
                }
                Scope::Set(id) => one(self.no_set(&id)),
            },
            Action::DropLimit(id) => {
                let is_there =
                    self.limits.iter().any(|velocity| velocity.in_force && velocity.limit.id == *id);
                those([(!is_there, Reason::LimitNotFound)])
            }
            Action::SealPeriod(_) | Action::EraseSubject(_) => Vec::new(),
        }
    }

    fn no_account(&self, id: &AccountId) -> Option<Fault> {
        (!self.accounts.contains_key(id)).then(|| Fault::new(Reason::AccountNotFound))
    }

    fn no_set(&self, id: &SetId) -> Option<Fault> {
        (!self.sets.contains_key(id)).then(|| Fault::new(Reason::SetNotFound))
    }

    fn accounts_of(&self, accounts: impl Iterator<Item = (AccountId, Currency)>) -> Vec<Fault> {
        let fault = |(at, (id, currency)): (usize, (AccountId, Currency))| match self.accounts.get(&id) {
            None => Some(Fault::new(Reason::AccountNotFound).at(at)),
            Some(account) if account.is.currency != currency => {
                Some(Fault::new(Reason::CurrencyMismatch).at(at))
            }
            Some(_) => None,
        };
        accounts.enumerate().filter_map(fault).collect()
    }

    fn reversible(&self, original: Option<&Done>) -> Vec<Fault> {
        let Some(done) = original.filter(|done| !done.refused) else {
            return vec![Fault::new(Reason::OriginalNotFound)];
        };
        let is_reversal = matches!(done.command.action, Action::Reverse(_));
        those([
            (done.posted.is_empty() || is_reversal, Reason::NotReversible),
            (self.reversed.contains(&done.position), Reason::ReversedAlready),
        ])
    }

    fn membership(&self, set: &SetId, member: Member, joins: bool) -> Vec<Fault> {
        let unknown = match member {
            Member::Account(id) => self.no_account(&id),
            Member::Set(id) => self.no_set(&id),
        };
        let faults: Vec<_> = unknown.into_iter().chain(self.no_set(set)).collect();
        if !faults.is_empty() {
            return faults;
        }
        let is_in = self.sets[set].contains(&member);
        let is_cycle = matches!(member, Member::Set(id) if id == *set || self.contains(&id, set));
        those([
            (joins && is_cycle, Reason::SetCycle),
            (joins && is_in, Reason::MemberAlready),
            (!joins && !is_in, Reason::NotAMember),
        ])
    }

    /// Whether a set contains another one, at whatever depth.
    fn contains(&self, outer: &SetId, inner: &SetId) -> bool {
        self.sets[outer].iter().any(|member| match member {
            Member::Set(id) => id == inner || self.contains(id, inner),
            Member::Account(_) => false,
        })
    }

    /// What is wrong with the hold that a command names, and with those whom a capture credits.
    fn hold_of(&self, command: &Command) -> Vec<Fault> {
        match &command.action {
            Action::Increment(increment) => {
                let mut faults = self.hold(&increment.hold, Some(increment.currency), false);
                let below =
                    |hold: &super::ModelHold| increment.is_total && minor(increment.amount) < hold.amount;
                let is_below = self.holds.get(&increment.hold).is_some_and(below);
                faults.extend(those([(is_below, Reason::TotalBelowHold)]));
                faults
            }
            Action::Capture(capture) => {
                let mut faults = self.accounts_of(capture.to.iter().map(|to| (to.credit, capture.currency)));
                faults.extend(self.hold(&capture.hold, Some(capture.currency), command.force));
                let Some(hold) = self.holds.get(&capture.hold) else { return faults };
                faults.extend(those([(hold.closes.any(), Reason::HoldClosing)]));
                faults.extend(self.exceeds(&capture.hold, capture.amount).filter(|_| !command.force));
                faults
            }
            Action::Release(release) => {
                let part = release.part;
                let mut faults = self.hold(&release.hold, part.map(|(_, currency)| currency), false);
                faults.extend(part.and_then(|(amount, _)| self.exceeds(&release.hold, amount)));
                faults
            }
            _ => Vec::new(),
        }
    }

    fn hold(&self, key: &Key, currency: Option<Currency>, force: bool) -> Vec<Fault> {
        let Some(hold) = self.holds.get(key) else { return vec![Fault::new(Reason::HoldNotFound)] };
        those([
            (currency.is_some_and(|currency| currency != hold.currency), Reason::CurrencyMismatch),
            (hold.state == HoldState::Captured && !force, Reason::HoldCaptured),
            (hold.state == HoldState::Released && !force, Reason::HoldReleased),
            (hold.state == HoldState::Expired && !force, Reason::HoldExpired),
        ])
    }

    fn exceeds(&self, key: &Key, amount: Amount) -> Option<Fault> {
        let over = minor(amount) - self.holds.get(key)?.remaining;
        (over > 0).then(|| Fault::new(Reason::ExceedsHold).short(over))
    }

    fn times(&self, command: &Command, now: u64) -> Vec<Fault> {
        let extras = command.extras.as_deref();
        let happened = extras.and_then(|extras| extras.happened_ns).map(core::num::NonZeroU64::get);
        let secret = extras.and_then(|extras| extras.secret.as_ref());
        let (today, day) = (EffectiveDate::of_time(now), EffectiveDate::of_time(happened.unwrap_or(now)));
        let day = command.effective.unwrap_or(day);
        let is_sealed = |day| self.sealed.is_some_and(|sealed| day <= sealed);
        let seal = match command.action {
            Action::SealPeriod(through) => Some(through),
            _ => None,
        };
        let erased = |subject| self.erased.contains(subject);
        let erases_again = matches!(&command.action, Action::EraseSubject(subject) if erased(subject));
        those([
            (is_sealed(day), Reason::PeriodSealed),
            (seal.is_some_and(|through| through >= today), Reason::SealNotPast),
            (seal.is_some_and(is_sealed), Reason::SealNotLater),
            (happened.is_some_and(|happened| happened >= now), Reason::ImportNotPast),
            (happened.is_some() && happened <= self.imported, Reason::ImportNotLater),
            (erases_again || secret.is_some_and(|secret| erased(secret.subject())), Reason::SubjectErased),
        ])
    }

    fn life(&self, action: &Action) -> Vec<Fault> {
        let Action::ChangeAccount(change) = action else { return Vec::new() };
        let is_closed = self.accounts[&change.account].closed;
        let obstacles = Obstacles {
            posted: self.posted(&change.account) != 0,
            holds: self.open_holds(&change.account) > 0,
        };
        match change.change {
            AccountChange::Close if obstacles != Obstacles::default() => {
                let not_empty = Fault::new(Reason::AccountNotEmpty).about(Detail::Obstacles(obstacles));
                [those([(is_closed, Reason::AccountClosed)]), vec![not_empty]].concat()
            }
            AccountChange::Close => those([(is_closed, Reason::AccountClosed)]),
            AccountChange::Reopen => those([(!is_closed, Reason::AccountNotClosed)]),
            _ => Vec::new(),
        }
    }

    /// Who takes nothing, or nothing on this side.
    fn access(&self, command: &Command, lines: &[Line]) -> Vec<Fault> {
        let own = match &command.action {
            Action::Capture(capture) => {
                let hold = &self.holds[&capture.hold];
                vec![hold.debit, hold.credit]
            }
            _ => Vec::new(),
        };
        let mut faults = Vec::new();
        for line in lines {
            let (account, is_own) = (&self.accounts[&line.account], own.contains(&line.account));
            let is_closed = account.closed || !is_own && self.is_kept_closed(&line.account);
            let is_frozen = account.frozen[usize::from(line.side == longmen_core::Side::Credit)];
            let is_frozen = is_frozen && !is_own && !command.force;
            let found = those([(is_closed, Reason::AccountClosed), (is_frozen, Reason::AccountFrozen)]);
            faults.extend(found.into_iter().map(|fault| fault.at(line.leg)));
        }
        faults
    }

    /// Who would be drawn below his limit.
    fn funds(&self, command: &Command, lines: &[Line], after: &Self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if let Action::Move(wanted) = &command.action {
            let short = minor(wanted.at_least) - self.movable(wanted);
            faults.extend((short > 0).then(|| Fault::new(Reason::InsufficientFunds).short(short)));
        }
        for line in lines.iter().filter(|_| !command.force) {
            let Overdraft::UpTo(limit) = self.accounts[&line.account].is.overdraft else { continue };
            let (before, after) = (self.available(&line.account), after.available(&line.account));
            let short = -minor(limit) - after;
            if after < before && short > 0 {
                faults.push(Fault::new(Reason::InsufficientFunds).at(line.leg).short(short));
            }
        }
        faults
    }

    /// Which limits would be passed.
    fn velocity(&self, command: &Command, lines: &[Line], after: &Self, now: u64) -> Vec<Fault> {
        let is_import = command.extras.as_ref().is_some_and(|extras| extras.happened_ns.is_some());
        if command.force || is_import || lines.is_empty() {
            return Vec::new();
        }
        let passed = |(no, velocity): (usize, &super::Velocity)| {
            let most = match velocity.limit.most {
                Most::Amount(most) => minor(most),
                Most::Count(most) => most.into(),
            };
            let (before, after) = (self.usage(no, now), after.usage(no, now));
            let is_passed = velocity.in_force && !velocity.exempts(command) && after > before && after > most;
            let short = if matches!(velocity.limit.most, Most::Amount(_)) { after - most } else { 0 };
            let limit = Detail::Limit(LimitNo(u32::try_from(no).unwrap()));
            is_passed.then(|| Fault::new(Reason::LimitExceeded).about(limit).short(short))
        };
        self.limits.iter().enumerate().filter_map(passed).collect()
    }

    fn is_met(&self, condition: &Condition, after: &Self) -> bool {
        let Some(account) = self.accounts.get(&condition.account) else { return false };
        let (own, given) = match condition.to {
            Quantity::Posted(given) => (after.posted(&condition.account), given),
            Quantity::Held(given) => (after.held(&condition.account), given),
            Quantity::Available(given) => (after.available(&condition.account), given),
            Quantity::Version(given) => return compare(condition.is, account.version.into(), given.into()),
        };
        given.currency() == account.is.currency && compare(condition.is, own, given.minor())
    }

    /// Which counters would be passed.
    fn counters(command: &Command, lines: &[Line], after: &Self) -> Vec<Fault> {
        let hold = match &command.action {
            Action::Increment(increment) => after.holds.get(&increment.hold),
            Action::Capture(capture) => after.holds.get(&capture.hold),
            _ => None,
        };
        // What was ever reserved on a hold, and what was posted beyond it, are amounts.
        let is_too_much = hold.is_some_and(|hold| hold.amount > AMOUNT_MAX || hold.forced > AMOUNT_MAX);
        let mut faults = those([(is_too_much, Reason::CounterOverflow)]);
        for line in lines {
            let account = &after.accounts[&line.account];
            if account.debits.max(account.credits) >= FULL {
                faults.push(Fault::new(Reason::CounterOverflow).at(line.leg));
            }
        }
        faults
    }
}

fn compare(is: Relation, own: i128, given: i128) -> bool {
    match is {
        Relation::AtLeast => own >= given,
        Relation::AtMost => own <= given,
        Relation::Equal => own == given,
    }
}
