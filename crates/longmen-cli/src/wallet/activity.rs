//! What happened last on an owner's accounts, found by walking the journal once.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use longmen::wallet::{OwnerId, OwnerView, Role};
use longmen::{
    AccountNo, Books, Class, Content, Currency, Effect, Entry, Event, JournalEntry, Key, Money, Side,
};
use serde::Serialize;

use crate::lang::{self, pick};
use crate::show::product;
use crate::{Failure, show};

/// How many entries are told.
const TOLD_MAX: usize = 10;

/// An entry that touched the owner.
#[derive(Serialize)]
pub(super) struct Activity {
    /// The position of the entry.
    pub(super) position: u64,
    /// Its journal time in nanoseconds.
    pub(super) time_ns: u64,
    /// The key of its command.
    pub(super) key: Option<Key>,
    /// What happened, in words.
    pub(super) what: String,
    /// What changed on the owner's accounts.
    pub(super) changes: Vec<Change>,
}

/// What an entry changed on one account.
#[derive(Serialize)]
pub(super) struct Change {
    /// The name of the account.
    pub(super) account: String,
    /// By how much what is settled grew.
    pub(super) posted: Money,
    /// By how much what is held grew.
    pub(super) held: Money,
    #[serde(skip)]
    role: Option<Role>,
}

impl Change {
    /// Such as `wallet +100.00 CNY`, or `wallet 50.00 CNY held`.
    pub(super) fn text(&self) -> String {
        let signed = |money: Money| if money.minor() > 0 { format!("+{money}") } else { money.to_string() };
        let role = self.role.map_or_else(|| self.account.clone(), |role| lang::role(role).to_owned());
        let mut parts = Vec::new();
        if self.posted.minor() != 0 {
            parts.push(signed(self.posted));
        }
        if self.held.minor() != 0 {
            parts.push(format!("{} {}", pick("held", "冻结"), signed(self.held)));
        }
        format!("{role} {}", parts.join(pick(", ", "，")))
    }
}

/// The last entries before `until` that touch an owner, the newest first. What the view could not tell of its age is
/// filled in: a thing is as old as the entry of its name.
pub(super) fn last(
    dir: &Path,
    until: u64,
    books: &Books,
    accounts: &HashMap<AccountNo, Option<Role>>,
    view: &mut OwnerView,
) -> Result<Vec<Activity>, Failure> {
    let mut last = VecDeque::with_capacity(TOLD_MAX);
    for entry in longmen::entries(dir, 0).map_err(Failure::of_ledger(dir))? {
        let entry = entry.map_err(Failure::of_ledger(dir))?;
        if entry.stamp.position >= until {
            break;
        }
        let Content::Ledger(content) = &entry.content else { continue };
        date(view, content, entry.stamp.time_ns);
        if touches(content, view.owner, accounts) {
            if last.len() == TOLD_MAX {
                last.pop_front();
            }
            last.push_back(activity(&entry, content, books, accounts));
        }
    }
    Ok(last.into_iter().rev().collect())
}

fn date(view: &mut OwnerView, entry: &Entry, time_ns: u64) {
    let Some(key) = entry.key.filter(|_| !matches!(entry.event, Event::Refused { .. })) else { return };
    let holds = view.holds.iter_mut().map(|own| (own.hold, &mut own.since_ns));
    let pending = view.pending.iter_mut().map(|own| (own.name, &mut own.since_ns));
    for (name, since_ns) in holds.chain(pending) {
        if name == key && since_ns.is_none() {
            *since_ns = Some(time_ns);
        }
    }
}

fn touches(entry: &Entry, owner: OwnerId, accounts: &HashMap<AccountNo, Option<Role>>) -> bool {
    let named = entry.product.as_ref().is_some_and(|fact| product::names_owner(&fact.event, owner.as_str()));
    named || entry.postings.iter().any(|posting| accounts.contains_key(&posting.account))
}

fn activity(
    entry: &JournalEntry,
    content: &Entry,
    books: &Books,
    accounts: &HashMap<AccountNo, Option<Role>>,
) -> Activity {
    let what = match &content.product {
        Some(fact) => product::words(&fact.event).0,
        None => show::title(&content.event),
    };
    let longmen::Stamp { position, time_ns, .. } = entry.stamp;
    let mut changes: Vec<Change> = Vec::new();
    for posting in content.postings.iter().filter(|posting| accounts.contains_key(&posting.account)) {
        let Some(account) = books.account_at(posting.account) else { continue };
        let currency = account.currency();
        let grows = match posting.side {
            Side::Credit => account.class() != Class::Asset,
            Side::Debit => account.class() == Class::Asset,
        };
        let by = i128::from(posting.amount.minor()) * if grows { 1 } else { -1 };
        let change = change_of(&mut changes, account.id().as_str(), currency);
        change.role = accounts.get(&posting.account).copied().flatten();
        match posting.effect {
            Effect::Post => change.posted = plus(change.posted, by),
            // What is reserved of a balance is held in the direction in which it will go out.
            Effect::Hold => change.held = plus(change.held, -by),
            Effect::Unhold => change.held = plus(change.held, by),
        }
    }
    changes.retain(|change| change.posted.minor() != 0 || change.held.minor() != 0);
    Activity { position, time_ns, key: content.key, what, changes }
}

fn change_of<'a>(changes: &'a mut Vec<Change>, account: &str, currency: Currency) -> &'a mut Change {
    let at = changes.iter().position(|change| change.account == account).unwrap_or_else(|| {
        let zero = Money::new(0, currency);
        changes.push(Change { account: account.to_owned(), posted: zero, held: zero, role: None });
        changes.len() - 1
    });
    &mut changes[at]
}

fn plus(money: Money, minor: i128) -> Money {
    Money::new(money.minor().saturating_add(minor), money.currency())
}
