//! What entries name by number: accounts, holds, sets and limits, learnt from the entries that made them.

use longmen::{
    AccountId, AccountNo, Content, Currency, Entry, Event, HoldNo, JournalEntry, Key, LimitId, LimitNo,
    MemberNo, Scope, SetId, SetNo,
};

/// The names of one journal so far.
#[derive(Default)]
pub(crate) struct Names {
    accounts: Vec<(AccountId, Currency)>,
    holds: Vec<(Option<Key>, [AccountNo; 2])>,
    sets: Vec<SetId>,
    limits: Vec<(LimitId, Currency)>,
}

/// The item with this number.
fn at<T>(items: &[T], no: impl TryInto<usize>) -> Option<&T> {
    items.get(no.try_into().ok()?)
}

impl Names {
    /// Takes the next entry of the journal; every entry must pass here, from the first one on.
    pub(crate) fn learn(&mut self, entry: &JournalEntry) {
        let Content::Ledger(entry) = &entry.content else { return };
        entry.parts().for_each(|(event, _)| self.learn_event(event, entry.key));
    }

    fn learn_event(&mut self, event: &Event, key: Option<Key>) {
        match event {
            Event::AccountOpened(account) => self.accounts.push((account.id, account.currency)),
            Event::HoldPlaced(hold) => self.holds.push((key, [hold.debit, hold.credit])),
            Event::SetOpened(set) => self.sets.push(*set),
            // A limit that is set again keeps its number.
            Event::LimitSet(limit) if !self.limits.iter().any(|(name, _)| *name == limit.id) => {
                self.limits.push((limit.id, limit.currency));
            }
            _ => {}
        }
    }

    pub(super) fn account(&self, no: AccountNo) -> Option<&(AccountId, Currency)> {
        at(&self.accounts, no.0)
    }

    pub(super) fn account_name(&self, no: AccountNo) -> String {
        self.account(no).map_or_else(|| format!("#{}", no.0), |(id, _)| id.to_string())
    }

    pub(super) fn hold(&self, no: HoldNo) -> Option<Key> {
        at(&self.holds, no.0).and_then(|(key, _)| *key)
    }

    pub(super) fn hold_name(&self, no: HoldNo) -> String {
        self.hold(no).map_or_else(|| format!("#{}", no.0), |key| key.to_string())
    }

    /// The currency of a hold is that of its accounts.
    pub(super) fn hold_currency(&self, no: HoldNo) -> Option<Currency> {
        at(&self.holds, no.0).and_then(|(_, [debit, _])| self.account(*debit)).map(|(_, currency)| *currency)
    }

    pub(super) fn set_name(&self, no: SetNo) -> String {
        at(&self.sets, no.0).map_or_else(|| format!("#{}", no.0), SetId::to_string)
    }

    pub(super) fn member_name(&self, member: MemberNo) -> String {
        match member {
            MemberNo::Account(no) => self.account_name(no),
            MemberNo::Set(no) => self.set_name(no),
        }
    }

    pub(super) fn limit(&self, no: LimitNo) -> Option<&(LimitId, Currency)> {
        at(&self.limits, no.0)
    }

    pub(super) fn limit_name(&self, no: LimitNo) -> String {
        self.limit(no).map_or_else(|| format!("#{}", no.0), |(name, _)| name.to_string())
    }

    /// Whether an entry is about the account and of the key, where these are given.
    pub(crate) fn wanted(
        &self,
        entry: &JournalEntry,
        account: Option<&AccountId>,
        key: Option<&str>,
    ) -> bool {
        let Content::Ledger(entry) = &entry.content else { return account.is_none() && key.is_none() };
        let keyed = |key: &str| entry.key.is_some_and(|other| other.as_str() == key);
        account.is_none_or(|id| self.is_about(entry, id)) && key.is_none_or(keyed)
    }

    /// Whether an entry posts to an account, or says something of it.
    fn is_about(&self, entry: &Entry, id: &AccountId) -> bool {
        let is = |no: AccountNo| self.account(no).is_some_and(|(name, _)| name == id);
        let said = |event: &Event| match event {
            Event::AccountOpened(account) => account.id == *id,
            Event::AccountChanged { account, .. } => is(*account),
            Event::HoldPlaced(hold) => is(hold.debit) || is(hold.credit),
            Event::Joined { member: MemberNo::Account(no), .. }
            | Event::Left { member: MemberNo::Account(no), .. } => is(*no),
            Event::LimitSet(limit) => limit.scope == Scope::Account(*id),
            Event::HoldIncremented { hold, .. }
            | Event::HoldCaptured { hold, .. }
            | Event::HoldReleased { hold, .. }
            | Event::HoldExpired { hold } => {
                at(&self.holds, hold.0).is_some_and(|(_, accounts)| accounts.iter().any(|no| is(*no)))
            }
            _ => false,
        };
        entry.parts().any(|(event, _)| said(event))
            || entry.postings.iter().any(|posting| is(posting.account))
    }
}
