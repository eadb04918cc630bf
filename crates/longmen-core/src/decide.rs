//! From a command to an entry or a refusal, without changing anything.

use core::fmt;

use longmen_money::{Amount, Currency};
use smallvec::smallvec;

use crate::account::Counters;
use crate::{
    Account, AccountId, AccountNo, Action, ActionKind, Books, Capture, Command, Effect, Entry, Event, Hold,
    HoldNo, HoldState, Leg, Memo, OpenAccount, Overdraft, PlaceHold, Posting, Postings, Reason, Refusal,
    Release, Side,
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
}

/// What becomes of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "almost every decision is an entry, and a box would cost an allocation"
)]
pub enum Decision {
    /// A new entry: what was wanted, or a refusal that depends on the books.
    Entry(Entry),
    /// The command was carried out before; its entry stands at this position.
    Replay(u64),
    /// A refusal that leaves no trace in the journal.
    Refuse(Refusal),
}

impl Books {
    /// Decides one command.
    ///
    /// `digest` is the digest of the command's content, `prior` what the journal holds under its key, `now_ns` the
    /// journal time that the entry would get.
    ///
    /// The order is: the shape of the command ([`Command::check`]), a repeat of what was carried out, then the rest in
    /// the order of [`Reason`]'s codes.
    #[must_use]
    pub fn decide(&self, command: Command, digest: Digest, prior: Option<Prior>, now_ns: u64) -> Decision {
        if let Err(refusal) = command.check() {
            return Decision::Refuse(refusal);
        }
        match prior {
            Some(prior) if prior.digest == digest => return Decision::Replay(prior.position),
            Some(_) => return Decision::Refuse(reused(&command.action, now_ns)),
            None => {}
        }
        let decided = match &command.action {
            Action::OpenAccount(account) => self.decide_open(account),
            Action::Post(legs) => self.decide_post(legs),
            Action::PlaceHold(hold) => self.decide_place(hold, now_ns),
            Action::Capture(capture) => self.decide_capture(capture),
            Action::Release(release) => self.decide_release(release),
        };
        let (event, postings, memo) = match decided {
            Ok((event, postings)) => (event, postings, command.memo),
            Err(refusal) if !refusal.reason.is_journaled() => return Decision::Refuse(refusal),
            Err(refusal) => {
                let action = command.action.kind();
                (Event::Refused { action, refusal }, Postings::new(), Memo::EMPTY)
            }
        };
        let effective = command.effective;
        Decision::Entry(Entry { key: Some(command.key), digest, effective, memo, event, postings })
    }

    /// The entry that ends the next hold whose time has come by `now_ns`, in the order of (expiry, placing).
    #[must_use]
    pub fn decide_expiry(&self, now_ns: u64) -> Option<Entry> {
        let no = self.next_expired(now_ns)?;
        let hold = self.hold_at(no)?;
        Some(Entry {
            key: None,
            digest: Digest::ZERO,
            effective: None,
            memo: Memo::EMPTY,
            event: Event::HoldExpired { hold: no },
            postings: held(hold, Effect::Unhold, hold.remaining),
        })
    }

    fn decide_open(&self, account: &OpenAccount) -> Result<(Event, Postings), Refusal> {
        if self.account_no(&account.id).is_some() {
            return Err(Reason::AccountExists.into());
        }
        if u32::try_from(self.accounts.len()).map_or(true, |count| count == u32::MAX) {
            return Err(Reason::TooManyAccounts.into());
        }
        Ok((Event::AccountOpened(*account), Postings::new()))
    }

    fn decide_post(&self, legs: &[Leg]) -> Result<(Event, Postings), Refusal> {
        let mut postings = Postings::with_capacity(legs.len());
        for (at, leg) in legs.iter().enumerate() {
            let no = self.find(&leg.account).map_err(|refusal| refusal.at_leg(at))?;
            postings.push(Posting { account: no, side: leg.side, effect: Effect::Post, amount: leg.amount });
        }
        for (at, (leg, posting)) in legs.iter().zip(&postings).enumerate() {
            self.same_currency(posting.account, leg.currency).map_err(|refusal| refusal.at_leg(at))?;
        }
        self.check_limits(&postings)?;
        Ok((Event::Posted, postings))
    }

    fn decide_place(&self, hold: &PlaceHold, now_ns: u64) -> Result<(Event, Postings), Refusal> {
        let expires_ns = expires_ns(hold, now_ns)?;
        let debit = self.find(&hold.debit).map_err(|refusal| refusal.at_leg(0))?;
        let credit = self.find(&hold.credit).map_err(|refusal| refusal.at_leg(1))?;
        self.same_currency(debit, hold.currency).map_err(|refusal| refusal.at_leg(0))?;
        self.same_currency(credit, hold.currency).map_err(|refusal| refusal.at_leg(1))?;
        let postings = pair(debit, credit, Effect::Hold, hold.amount);
        self.check_limits(&postings)?;
        Ok((Event::HoldPlaced { expires_ns }, postings))
    }

    fn decide_capture(&self, capture: &Capture) -> Result<(Event, Postings), Refusal> {
        let mut credits = smallvec::SmallVec::<[AccountNo; 2]>::new();
        for (at, portion) in capture.to.iter().enumerate() {
            credits.push(self.find(&portion.credit).map_err(|refusal| refusal.at_leg(at))?);
        }
        for (at, no) in credits.iter().enumerate() {
            self.same_currency(*no, capture.currency).map_err(|refusal| refusal.at_leg(at))?;
        }
        let (no, hold) = self.find_hold(&capture.hold, Some(capture.currency))?;
        left_after(hold, capture.amount)?;
        let freed = if capture.is_final { hold.remaining } else { capture.amount };
        let mut postings = held(hold, Effect::Unhold, freed);
        postings.push(Posting {
            account: hold.debit,
            side: Side::Debit,
            effect: Effect::Post,
            amount: capture.amount,
        });
        let credit = |account, amount| Posting { account, side: Side::Credit, effect: Effect::Post, amount };
        if capture.to.is_empty() {
            postings.push(credit(hold.credit, capture.amount));
        }
        for (portion, account) in capture.to.iter().zip(&credits) {
            postings.push(credit(*account, portion.amount));
        }
        // The debit is leg 0; portions follow it and are counted among themselves.
        let before = u8::from(!capture.to.is_empty());
        let portion = |leg: u8| leg.checked_sub(before);
        self.check_limits(&postings)
            .map_err(|refusal| Refusal { leg: refusal.leg.and_then(portion), ..refusal })?;
        let event = Event::HoldCaptured { hold: no, amount: capture.amount, is_final: capture.is_final };
        Ok((event, postings))
    }

    fn decide_release(&self, release: &Release) -> Result<(Event, Postings), Refusal> {
        let (no, hold) = self.find_hold(&release.hold, release.part.map(|(_, currency)| currency))?;
        let amount = release.part.map_or(hold.remaining, |(amount, _)| amount);
        left_after(hold, amount)?;
        Ok((Event::HoldReleased { hold: no, amount }, held(hold, Effect::Unhold, amount)))
    }

    fn find(&self, id: &AccountId) -> Result<AccountNo, Refusal> {
        self.account_no(id).ok_or(Reason::AccountNotFound.into())
    }

    fn same_currency(&self, no: AccountNo, currency: Currency) -> Result<(), Refusal> {
        match self.account_at(no) {
            Some(account) if account.currency == currency => Ok(()),
            _ => Err(Reason::CurrencyMismatch.into()),
        }
    }

    /// The open hold of this key, which must be of this currency where one is given.
    fn find_hold(&self, key: &crate::Key, currency: Option<Currency>) -> Result<(HoldNo, &Hold), Refusal> {
        let no = self.hold_no(key).ok_or(Reason::HoldNotFound)?;
        let hold = self.hold_at(no).ok_or(Reason::HoldNotFound)?;
        if currency.is_some_and(|currency| currency != hold.currency) {
            return Err(Reason::CurrencyMismatch.into());
        }
        match hold.state {
            HoldState::Open => Ok((no, hold)),
            HoldState::Captured => Err(Reason::HoldCaptured.into()),
            HoldState::Released => Err(Reason::HoldReleased.into()),
            HoldState::Expired => Err(Reason::HoldExpired.into()),
        }
    }

    /// Refuses the group if, all of it done, an account that it draws on would pass its overdraft limit.
    ///
    /// A group that only adds to an account is never refused for it, however deep the account stands.
    /// Legs are counted without what is given back from holds, which passes no limit.
    fn check_limits(&self, postings: &[Posting]) -> Result<(), Refusal> {
        let mut overflow = None;
        let legs = postings.iter().filter(|posting| posting.effect != Effect::Unhold);
        for (at, posting) in legs.clone().enumerate() {
            if legs.clone().take(at).any(|earlier| earlier.account == posting.account) {
                continue;
            }
            let Some(account) = self.account_at(posting.account) else {
                return Err(Refusal::new(Reason::AccountNotFound).at_leg(at));
            };
            let mut mine = postings.iter().filter(|other| other.account == posting.account);
            match mine.try_fold(account.counters, |counters, posting| counters.with(posting)) {
                None => overflow = overflow.or(Some(Refusal::new(Reason::CounterOverflow).at_leg(at))),
                Some(after) => {
                    if let Some(short_by) = passed_limit(account, after) {
                        return Err(Refusal::new(Reason::InsufficientFunds).at_leg(at).short_by(short_by));
                    }
                }
            }
        }
        overflow.map_or(Ok(()), Err)
    }
}

/// A key was used before with other content; a hold's life comes before that in the order of codes.
fn reused(action: &Action, now_ns: u64) -> Refusal {
    match action {
        Action::PlaceHold(hold) => expires_ns(hold, now_ns).err().unwrap_or(Reason::KeyReused.into()),
        _ => Reason::KeyReused.into(),
    }
}

fn expires_ns(hold: &PlaceHold, now_ns: u64) -> Result<Option<u64>, Refusal> {
    let end = |life: core::num::NonZeroU64| now_ns.checked_add(life.get()).ok_or(Reason::ExpiryTooFar.into());
    hold.expires_after_ns.map(end).transpose()
}

/// By how much the account would pass its limit, if the change draws on it and it would.
fn passed_limit(account: &Account, after: Counters) -> Option<Amount> {
    let Overdraft::UpTo(limit) = account.overdraft else { return None };
    let before = account.balance().available().minor();
    let after = account.balance_of(after).available().minor();
    let floor = i128::from(limit.minor()).saturating_neg();
    if after >= before || after >= floor {
        return None;
    }
    let short = u64::try_from(floor.saturating_sub(after)).ok().and_then(Amount::new);
    Some(short.unwrap_or(Amount::MAX))
}

fn left_after(hold: &Hold, amount: Amount) -> Result<Amount, Refusal> {
    hold.remaining.checked_sub(amount).ok_or_else(|| {
        let over = amount.checked_sub(hold.remaining).unwrap_or(Amount::ZERO);
        Refusal::new(Reason::ExceedsHold).short_by(over)
    })
}

fn held(hold: &Hold, effect: Effect, amount: Amount) -> Postings {
    pair(hold.debit, hold.credit, effect, amount)
}

fn pair(debit: AccountNo, credit: AccountNo, effect: Effect, amount: Amount) -> Postings {
    let posting = |account, side| Posting { account, side, effect, amount };
    smallvec![posting(debit, Side::Debit), posting(credit, Side::Credit)]
}

impl Counters {
    /// The counters after one posting; nothing where one would leave 0 to 2^126.
    pub(crate) fn with(mut self, posting: &Posting) -> Option<Self> {
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
        Some(self)
    }
}

impl Action {
    /// The kind of the action.
    #[must_use]
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::OpenAccount(_) => ActionKind::OpenAccount,
            Self::Post(_) => ActionKind::Post,
            Self::PlaceHold(_) => ActionKind::PlaceHold,
            Self::Capture(_) => ActionKind::Capture,
            Self::Release(_) => ActionKind::Release,
        }
    }
}
