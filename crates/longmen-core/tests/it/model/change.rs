//! What a command makes of the books, and what they say of an account.

use longmen_core::{
    AccountChange, AccountId, Action, Capture, Command, HoldState, Key, OpenAccount, PlaceHold, Side,
};

use super::lines::minor;
use super::{Done, Line, ModelAccount, ModelHold, State};

impl State {
    /// What open holds reserve on one side of an account.
    pub(crate) fn held_on(&self, id: &AccountId, side: Side) -> i128 {
        let on = |hold: &ModelHold| if side == Side::Debit { hold.debit } else { hold.credit };
        self.holds
            .values()
            .filter(|hold| hold.remaining > 0 && on(hold) == *id)
            .map(|hold| hold.remaining)
            .sum()
    }

    /// What is reserved on the side that shrinks the account.
    pub(crate) fn held(&self, id: &AccountId) -> i128 {
        self.held_on(id, self.accounts[id].is.class.normal_side().opposite())
    }

    pub(crate) fn posted(&self, id: &AccountId) -> i128 {
        let account = &self.accounts[id];
        let net = account.debits - account.credits;
        if account.is.class.normal_side() == Side::Debit { net } else { -net }
    }

    pub(crate) fn available(&self, id: &AccountId) -> i128 {
        self.posted(id) - self.held(id)
    }

    fn open<'a>(&'a self, id: &'a AccountId) -> impl Iterator<Item = &'a ModelHold> {
        let names = move |hold: &&ModelHold| hold.debit == *id || hold.credit == *id;
        self.holds.values().filter(|hold| hold.state == HoldState::Open).filter(names)
    }

    pub(crate) fn open_holds(&self, id: &AccountId) -> usize {
        self.open(id).count()
    }

    pub(crate) fn is_kept_closed(&self, id: &AccountId) -> bool {
        let keeps = |hold: &ModelHold| {
            hold.closes.debit && hold.debit == *id || hold.closes.credit && hold.credit == *id
        };
        self.open(id).any(keeps)
    }

    /// Does what a command wants, whatever comes of it.
    pub(crate) fn change(
        &mut self,
        command: &Command,
        lines: &[Line],
        original: Option<&Done>,
        position: u64,
        now: u64,
    ) {
        self.post(lines, position);
        match &command.action {
            Action::OpenAccount(open) => self.open_account(open, position),
            Action::ChangeAccount(change) => self.change_account(&change.account, &change.change, position),
            Action::Post(_) | Action::Move(_) => {}
            Action::Reverse(_) => self.reversed.extend(original.map(|done| done.position)),
            Action::PlaceHold(hold) => self.place(command.key, hold, position, now),
            Action::Increment(increment) => {
                let hold = self.holds.get_mut(&increment.hold).unwrap();
                hold.amount += lines[0].amount;
                hold.remaining += lines[0].amount;
            }
            Action::Capture(capture) => self.capture(capture, position),
            Action::Release(release) => {
                let part = release.part.map(|(amount, _)| minor(amount));
                self.release(&release.hold, part, HoldState::Released, position);
            }
            Action::OpenSet(id) => drop(self.sets.insert(*id, Vec::new())),
            Action::Join(membership) => {
                self.sets.get_mut(&membership.set).unwrap().push(membership.member);
            }
            Action::Leave(membership) => {
                self.sets.get_mut(&membership.set).unwrap().retain(|member| *member != membership.member);
            }
            Action::SetLimit(limit) => self.set_limit(limit),
            Action::DropLimit(id) => {
                let dropped = self.limits.iter_mut().find(|velocity| velocity.limit.id == *id).unwrap();
                (dropped.in_force, dropped.moves) = (false, Vec::new());
            }
            Action::SealPeriod(through) => self.sealed = Some(*through),
            Action::EraseSubject(subject) => drop(self.erased.insert(*subject)),
        }
        match command.extras.as_ref().and_then(|extras| extras.happened_ns) {
            Some(happened) => self.imported = Some(happened.get()),
            None => self.record(command, lines, now),
        }
    }

    fn post(&mut self, lines: &[Line], position: u64) {
        for line in lines.iter().filter(|line| line.amount > 0) {
            let account = self.accounts.get_mut(&line.account).unwrap();
            account.version = position;
            match line.side {
                _ if line.held => {}
                Side::Debit => account.debits += line.amount,
                Side::Credit => account.credits += line.amount,
            }
        }
    }

    fn open_account(&mut self, open: &OpenAccount, position: u64) {
        let account = ModelAccount {
            is: open.clone(),
            debits: 0,
            credits: 0,
            frozen: [false; 2],
            closed: false,
            version: position,
        };
        self.accounts.insert(open.id, account);
    }

    fn change_account(&mut self, id: &AccountId, change: &AccountChange, position: u64) {
        let account = self.accounts.get_mut(id).unwrap();
        account.version = position;
        match change {
            AccountChange::Overdraft(overdraft) => account.is.overdraft = *overdraft,
            AccountChange::Freeze { debit, credit } => account.frozen = [*debit, *credit],
            AccountChange::Hidden(hidden) => account.is.hidden = *hidden,
            AccountChange::Close => account.closed = true,
            AccountChange::Reopen => account.closed = false,
            AccountChange::Details(details) => account.is.details = details.clone(),
        }
    }

    fn place(&mut self, key: Key, hold: &PlaceHold, position: u64, now: u64) {
        let hold = ModelHold {
            debit: hold.debit,
            credit: hold.credit,
            currency: hold.currency,
            amount: minor(hold.amount),
            captured: 0,
            forced: 0,
            released: 0,
            remaining: minor(hold.amount),
            expires: hold.expires_after_ns.map(|life| now + life.get()),
            closes: hold.closes,
            state: HoldState::Open,
            placed: position,
        };
        self.holds.insert(key, hold);
    }

    /// Takes what remains of the hold first, and the rest beyond it; a final one releases what then remains.
    fn capture(&mut self, capture: &Capture, position: u64) {
        let hold = self.holds.get_mut(&capture.hold).unwrap();
        let taken = minor(capture.amount).min(hold.remaining);
        hold.captured += taken;
        hold.forced += minor(capture.amount) - taken;
        hold.remaining -= taken;
        let rest = if capture.is_final { hold.remaining } else { 0 };
        hold.released += rest;
        hold.remaining -= rest;
        if hold.state == HoldState::Open && hold.remaining == 0 {
            hold.state = HoldState::Captured;
        }
        if taken + rest > 0 {
            let both = [hold.debit, hold.credit];
            both.iter().for_each(|id| self.accounts.get_mut(id).unwrap().version = position);
        }
    }

    /// Gives back a part of a hold, or all that remains.
    pub(crate) fn release(&mut self, key: &Key, part: Option<i128>, end: HoldState, position: u64) {
        let hold = self.holds.get_mut(key).unwrap();
        let part = part.unwrap_or(hold.remaining);
        hold.released += part;
        hold.remaining -= part;
        if hold.remaining == 0 {
            hold.state = end;
        }
        if part > 0 {
            let both = [hold.debit, hold.credit];
            both.iter().for_each(|id| self.accounts.get_mut(id).unwrap().version = position);
        }
    }
}
