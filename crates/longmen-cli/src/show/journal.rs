//! The journal as a person reads it, and as JSON.

use std::io::{self, Write};

use longmen::{
    AccountId, AccountNo, Content, Currency, Effect, EffectiveDate, Entry, Event, HoldNo, JournalEntry, Key,
    Money, OpenAccount, Overdraft, Refusal, Side,
};
use serde_json::{Value, json};

use crate::style::{PAGE_COLUMNS, Style, columns, left, right};

/// What entries name by number: accounts and holds, learnt from the entries that opened and placed them.
#[derive(Default)]
pub(crate) struct Names {
    accounts: Vec<(AccountId, Currency)>,
    holds: Vec<Option<Key>>,
}

impl Names {
    /// Takes the next entry of the journal; every entry must pass here, from the first one on.
    pub(crate) fn learn(&mut self, entry: &JournalEntry) {
        let Content::Ledger(Entry { event, key, .. }) = &entry.content else { return };
        match event {
            Event::AccountOpened(account) => self.accounts.push((account.id, account.currency)),
            Event::HoldPlaced { .. } => self.holds.push(*key),
            _ => {}
        }
    }

    fn account(&self, no: AccountNo) -> Option<&(AccountId, Currency)> {
        self.accounts.get(usize::try_from(no.0).ok()?)
    }

    fn hold(&self, no: HoldNo) -> Option<Key> {
        self.holds.get(usize::try_from(no.0).ok()?).copied().flatten()
    }

    /// Whether an entry posts to the account, or opened it, and is of the key, where these are given.
    pub(crate) fn wanted(
        &self,
        entry: &JournalEntry,
        account: Option<&AccountId>,
        key: Option<&str>,
    ) -> bool {
        let Content::Ledger(entry) = &entry.content else { return account.is_none() && key.is_none() };
        let about = |id: &AccountId| {
            let opened = matches!(&entry.event, Event::AccountOpened(account) if account.id == *id);
            let posts = |no: AccountNo| self.account(no).is_some_and(|(name, _)| name == id);
            opened || entry.postings.iter().any(|posting| posts(posting.account))
        };
        let keyed = |key: &str| entry.key.is_some_and(|other| other.as_str() == key);
        account.is_none_or(about) && key.is_none_or(keyed)
    }

    /// One entry as a JSON object.
    pub(crate) fn json(&self, entry: &JournalEntry) -> Value {
        let mut value = json!({
            "position": entry.stamp.position,
            "hash": entry.stamp.hash.to_string(),
            "time_ns": entry.stamp.time_ns,
            "epoch": entry.epoch,
        });
        match &entry.content {
            Content::Journal(record) => {
                value["event"] = json!("journal");
                value["detail"] = json!(record.to_string());
            }
            Content::Ledger(entry) => {
                value["event"] = json!(slug(&entry.event));
                value["key"] = json!(entry.key.map(|key| key.to_string()));
                value["memo"] = json!(entry.memo.as_str());
                value["effective"] = json!(entry.effective.map(date));
                self.json_of(&entry.event, &mut value);
                value["postings"] = self.postings_json(entry);
            }
        }
        value
    }

    fn json_of(&self, event: &Event, value: &mut Value) {
        match event {
            Event::AccountOpened(account) => {
                value["account"] = json!(account.id.as_str());
                value["class"] = json!(account.class.as_str());
                value["currency"] = json!(account.currency.code());
                value["overdraft"] = json!(overdraft(account.overdraft, account.currency));
            }
            Event::HoldPlaced { expires_ns } => value["expires_ns"] = json!(expires_ns),
            Event::HoldCaptured { hold, is_final, .. } => {
                value["hold"] = json!(self.hold(*hold).map(|key| key.to_string()));
                value["final"] = json!(is_final);
            }
            Event::HoldReleased { hold, .. } | Event::HoldExpired { hold } => {
                value["hold"] = json!(self.hold(*hold).map(|key| key.to_string()));
            }
            Event::Refused { refusal, .. } => {
                value["reason"] = json!(refusal.reason.name());
                value["code"] = json!(refusal.reason.code());
                value["leg"] = json!(refusal.leg);
                value["short_by_minor"] = json!(refusal.short_by.minor());
            }
            Event::Posted => {}
        }
    }

    fn postings_json(&self, entry: &Entry) -> Value {
        let postings = entry.postings.iter().map(|posting| {
            let account = self.account(posting.account);
            let money = |currency| Money::new(i128::from(posting.amount.minor()), currency).plain();
            json!({
                "account": account.map(|(id, _)| id.as_str()),
                "side": side(posting.side),
                "effect": effect(posting.effect),
                "amount": account.map(|(_, currency)| money(*currency)),
                "currency": account.map(|(_, currency)| currency.code()),
            })
        });
        postings.collect()
    }

    /// One entry as a person reads it: what and when, what it is about, and a line for each posting.
    pub(crate) fn print(&self, entry: &JournalEntry, style: Style, out: &mut impl Write) -> io::Result<()> {
        let hash = entry.stamp.hash.to_string();
        let when = format!("{}  {}", time(entry.stamp.time_ns), hash.get(..12).unwrap_or(&hash));
        let position = right(&entry.stamp.position.to_string(), 6);
        let (what, remarks) = match &entry.content {
            Content::Journal(record) => ("journal", vec![record.to_string()]),
            Content::Ledger(entry) => (title(&entry.event), self.remarks(entry)),
        };
        let refused = matches!(&entry.content, Content::Ledger(Entry { event: Event::Refused { .. }, .. }));
        let title = if refused { style.red(what) } else { style.bold(what) };
        let room = PAGE_COLUMNS.saturating_sub(columns(&position) + columns(what) + columns(&when) + 4);
        // As many remarks as fit stand beside the title, the others below it.
        let mut beside = String::new();
        let mut below = Vec::new();
        for remark in remarks {
            if below.is_empty() && columns(&beside) + columns(&remark) + 4 <= room {
                beside = format!("{beside}  {remark}");
            } else {
                below.push(remark);
            }
        }
        writeln!(out, "{position}  {title}{}  {}", left(&beside, room), style.dim(&when))?;
        if !below.is_empty() {
            writeln!(out, "        {}", below.join("  "))?;
        }
        match &entry.content {
            Content::Journal(_) => Ok(()),
            Content::Ledger(entry) => self.print_postings(entry, style, out),
        }
    }

    /// The key, what the event is about, the memo and the day.
    fn remarks(&self, entry: &Entry) -> Vec<String> {
        let key = entry.key.map(|key| key.to_string());
        let memo = Some(entry.memo.as_str()).filter(|memo| !memo.is_empty()).map(|memo| format!("“{memo}”"));
        let day = entry.effective.map(|day| format!("counts on {}", date(day)));
        [key, self.about(&entry.event), memo, day].into_iter().flatten().collect()
    }

    /// What is not in the postings.
    fn about(&self, event: &Event) -> Option<String> {
        let name = |no: HoldNo| self.hold(no).map_or_else(|| format!("#{}", no.0), |key| key.to_string());
        match event {
            Event::AccountOpened(OpenAccount { id, currency, class, overdraft: limit }) => {
                Some(format!("{id}  {class}, {currency}, overdraft {}", overdraft(*limit, *currency)))
            }
            Event::HoldPlaced { expires_ns } => expires_ns.map(|ns| format!("expires {}", time(ns))),
            Event::HoldCaptured { hold, is_final: true, .. } => {
                Some(format!("of {}, to its end", name(*hold)))
            }
            Event::HoldCaptured { hold, .. }
            | Event::HoldReleased { hold, .. }
            | Event::HoldExpired { hold } => Some(format!("of {}", name(*hold))),
            Event::Refused { refusal, .. } => Some(reason(refusal)),
            Event::Posted => None,
        }
    }

    fn print_postings(&self, entry: &Entry, style: Style, out: &mut impl Write) -> io::Result<()> {
        for posting in &entry.postings {
            let Some((id, currency)) = self.account(posting.account) else { continue };
            let money = Money::new(i128::from(posting.amount.minor()), *currency).to_string();
            let (account, debit, credit) = match posting.side {
                Side::Debit => (id.to_string(), money.as_str(), ""),
                Side::Credit => (format!("  {id}"), "", money.as_str()),
            };
            let layer = match posting.effect {
                Effect::Post => "",
                other => effect(other),
            };
            let money = format!("{}{}", right(debit, 23), right(credit, 23));
            let line = format!("        {}{}{}", left(layer, 8), left(&account, 34), money.trim_end());
            writeln!(out, "{}", if layer.is_empty() { line } else { style.dim(&line) })?;
        }
        Ok(())
    }
}

/// A refusal in a line, without what to do: the entry is history.
fn reason(refusal: &Refusal) -> String {
    let leg = refusal.leg.map_or_else(String::new, |leg| format!(", leg {leg}"));
    let short = match refusal.short_by.minor() {
        0 => String::new(),
        minor => format!(", {minor} minor units short"),
    };
    format!("{}{leg}{short}: nothing was posted", refusal.reason.name())
}

/// A journal time for a person.
pub(crate) fn time(ns: u64) -> String {
    let stamp = jiff::Timestamp::from_nanosecond(i128::from(ns));
    stamp.map_or_else(|_| ns.to_string(), |stamp| stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A day as it is written in a command.
fn date(day: EffectiveDate) -> String {
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = epoch.checked_add(jiff::Span::new().try_days(day.days()).unwrap_or_default());
    date.map_or_else(|_| format!("day {}", day.days()), |date| date.to_string())
}

/// An overdraft rule as it is written in a command.
pub(crate) fn overdraft(limit: Overdraft, currency: Currency) -> String {
    match limit {
        Overdraft::Unlimited => "unlimited".to_owned(),
        Overdraft::UpTo(limit) if limit.is_zero() => "none".to_owned(),
        Overdraft::UpTo(limit) => Money::new(i128::from(limit.minor()), currency).plain(),
    }
}

fn title(event: &Event) -> &'static str {
    match event {
        Event::AccountOpened(_) => "account opened",
        Event::Posted => "posted",
        Event::HoldPlaced { .. } => "hold placed",
        Event::HoldCaptured { .. } => "hold captured",
        Event::HoldReleased { .. } => "hold released",
        Event::HoldExpired { .. } => "hold expired",
        Event::Refused { .. } => "refused",
    }
}

fn slug(event: &Event) -> String {
    title(event).replace(' ', "_")
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Debit => "debit",
        Side::Credit => "credit",
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Post => "post",
        Effect::Hold => "hold",
        Effect::Unhold => "unhold",
    }
}
