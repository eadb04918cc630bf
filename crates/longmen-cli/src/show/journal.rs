//! The journal as a person reads it.

use std::io::{self, Write};

use longmen::{
    AccountChange, AccountNo, Content, Detail, Details, Effect, Entry, Event, Extras, HoldPlaced,
    JournalEntry, Limit, Money, Obstacle, Obstacles, OpenAccount, Reason, Refusal, Scope, Side,
};

use super::names::Names;
use super::product;
use super::words::{date, flow, meta_text, money, most, overdraft, pair_text, sides, time, window};
use crate::lang::{self, pick};
use crate::style::{PAGE_COLUMNS, Style, columns, left, right};

impl Names {
    /// One entry as a person reads it: what and when, what it is about, and a line for each posting.
    pub(crate) fn print(&self, entry: &JournalEntry, style: Style, out: &mut impl Write) -> io::Result<()> {
        let hash = entry.stamp.hash.to_string();
        let when = format!("{}  {}", time(entry.stamp.time_ns), hash.get(..12).unwrap_or(&hash));
        let position = right(&entry.stamp.position.to_string(), 6);
        let (what, remarks) = match &entry.content {
            Content::Journal(record) => (lang::word("journal").to_owned(), vec![record.to_string()]),
            Content::Ledger(entry) => match &entry.product {
                Some(fact) => {
                    let (what, facts) = product::words(&fact.event);
                    (what, [self.remarks(entry), facts].concat())
                }
                None => (lang::word(&title(&entry.event)).to_owned(), self.remarks(entry)),
            },
        };
        let refused = matches!(&entry.content, Content::Ledger(Entry { event: Event::Refused { .. }, .. }));
        let title = if refused { style.red(&what) } else { style.bold(&what) };
        let room = PAGE_COLUMNS.saturating_sub(columns(&position) + columns(&what) + columns(&when) + 4);
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

    /// The key, what the event is about, the memo, the day, and what else the command carried.
    fn remarks(&self, entry: &Entry) -> Vec<String> {
        let key = entry.key.map(|key| key.to_string());
        let memo = Some(entry.memo.as_str()).filter(|memo| !memo.is_empty()).map(|memo| format!("“{memo}”"));
        let day = entry.effective.map(|day| format!("counts on {}", date(day)));
        let extras = entry.extras.as_deref();
        let happened = entry.happened_ns().map(|ns| format!("happened {}", time(ns)));
        let meta = entry.meta().filter(|meta| !meta.is_empty()).map(meta_text);
        let forced = entry.forced.then(|| "forced".to_owned());
        let linked = entry.linked.then(|| "linked to the next".to_owned());
        let remarks =
            [key, forced, linked, self.about(&entry.event), memo, day, happened, meta, secret(extras)];
        remarks.into_iter().flatten().filter(|remark| !remark.is_empty()).collect()
    }

    /// What is not in the postings.
    fn about(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::Posted => return None,
            Event::AccountOpened(account) => opened(account),
            Event::AccountChanged { account, change } => {
                format!("{}  {}", self.account_name(*account), self.changed(*account, change))
            }
            Event::Moved { amount } if amount.is_zero() => "nothing: there was no room".to_owned(),
            Event::Moved { .. } => return None,
            Event::Reversed { original } => format!("entry {original}"),
            Event::HoldPlaced(hold) => self.placed(hold),
            Event::HoldIncremented { hold, amount } => {
                let by = self.hold_currency(*hold).map(|currency| money(*amount, currency));
                format!("of {}, by {}", self.hold_name(*hold), by.unwrap_or_default())
            }
            Event::HoldCaptured { hold, beyond, is_final, .. } => {
                let end = if *is_final { ", to its end" } else { "" };
                let beyond = self
                    .hold_currency(*hold)
                    .filter(|_| !beyond.is_zero())
                    .map_or_else(String::new, |currency| format!(", {} beyond it", money(*beyond, currency)));
                format!("of {}{end}{beyond}", self.hold_name(*hold))
            }
            Event::HoldReleased { hold, .. } | Event::HoldExpired { hold } => {
                format!("of {}", self.hold_name(*hold))
            }
            Event::SetOpened(set) => set.to_string(),
            Event::Joined { set, member } => {
                format!("{} into {}", self.member_name(*member), self.set_name(*set))
            }
            Event::Left { set, member } => {
                format!("{} out of {}", self.member_name(*member), self.set_name(*set))
            }
            Event::LimitSet(limit) => limit_text(limit),
            Event::LimitDropped { limit } => self.limit_name(*limit),
            Event::PeriodSealed { through } => format!("through {}", date(*through)),
            Event::SubjectErased(subject) => subject.to_string(),
            // The product says what it means.
            Event::Compound(_) => return None,
            Event::Refused { action, refusal } => format!("{}: {}", action.as_str(), self.reason(refusal)),
        })
    }

    fn changed(&self, account: AccountNo, change: &AccountChange) -> String {
        match (change, self.account(account)) {
            (AccountChange::Overdraft(limit), Some((_, currency))) => {
                format!("overdraft {}", overdraft(*limit, *currency))
            }
            (other, _) => changed(other),
        }
    }

    fn placed(&self, hold: &HoldPlaced) -> String {
        let name = |no| self.account_name(no);
        let nothing = hold
            .amount
            .is_zero()
            .then(|| format!("nothing yet, {} for {}", name(hold.debit), name(hold.credit)));
        let kept = [(hold.closes.debit, hold.debit), (hold.closes.credit, hold.credit)]
            .into_iter()
            .filter(|(closed, _)| *closed)
            .map(|(_, no)| format!("keeps {} closed", name(no)));
        let expires = hold.expires_ns.map(|ns| format!("expires {}", time(ns)));
        nothing.into_iter().chain(kept).chain(expires).collect::<Vec<_>>().join(", ")
    }

    /// A refusal in a line, without what to do: the entry is history.
    fn reason(&self, refusal: &Refusal) -> String {
        let mut text = refusal.reason.name().to_owned();
        let what = if refusal.reason == Reason::ConditionFailed { "condition" } else { "leg" };
        if let Some(at) = refusal.leg {
            text = format!("{text}, {what} {at}");
        }
        let limit = match refusal.detail {
            Detail::Limit(no) => {
                text = format!("{text}, {}", self.limit_name(no));
                self.limit(no)
            }
            Detail::Obstacles(Obstacles { posted, holds }) => {
                let named = [(posted, "a balance"), (holds, "open holds")];
                let named: Vec<&str> =
                    named.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect();
                text = format!("{text}, {}", named.join(" and "));
                None
            }
            Detail::None | Detail::Culprit(_) => None,
            Detail::Thing(thing) => {
                text = format!("{text}, {}", lang::thing(thing));
                None
            }
            Detail::Phase(thing, phase) => {
                let is = pick(" is ", "");
                text =
                    format!("{text}, {}{}{is}{}", pick("the ", ""), lang::thing(thing), lang::phase(phase));
                None
            }
            Detail::Open(things) => {
                let open: Vec<_> = Obstacle::ALL.iter().filter(|one| things.has(**one)).collect();
                let open: Vec<_> = open.into_iter().map(|one| lang::obstacle(*one)).collect();
                text = format!("{text}, {}", lang::list(&open));
                None
            }
        };
        match (refusal.short_by.minor(), limit) {
            (0, _) => {}
            (_, Some((_, currency))) => {
                text = format!("{text}, {}{}", money(refusal.short_by, *currency), pick(" short", " 不足"));
            }
            (minor, None) => {
                text = format!("{text}, {minor}{}", pick(" minor units short", " 个最小单位不足"));
            }
        }
        format!("{text}{}", pick(": nothing was posted", "：未过账"))
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

fn opened(account: &OpenAccount) -> String {
    let OpenAccount { id, currency, class, overdraft: limit, hidden, managed: _, details } = account;
    let limit = overdraft(*limit, *currency);
    let hidden = if *hidden { ", hidden" } else { "" };
    let details = Some(details_text(details)).filter(|details| !details.is_empty());
    let details = details.map_or_else(String::new, |details| format!("  {details}"));
    format!("{id}  {class}, {currency}, overdraft {limit}{hidden}{details}")
}

fn details_text(details: &Details) -> String {
    let code = details.code.map(|code| format!("code {code}"));
    let meta = Some(meta_text(&details.meta)).filter(|meta| !meta.is_empty());
    code.into_iter().chain(meta).collect::<Vec<_>>().join("  ")
}

fn changed(change: &AccountChange) -> String {
    match change {
        AccountChange::Overdraft(_) => "overdraft".to_owned(),
        AccountChange::Freeze { debit: false, credit: false } => "freeze lifted".to_owned(),
        AccountChange::Freeze { debit, credit } => format!("{} frozen", sides(*debit, *credit).join(" and ")),
        AccountChange::Hidden(true) => "hidden".to_owned(),
        AccountChange::Hidden(false) => "shown".to_owned(),
        AccountChange::Close => "closed".to_owned(),
        AccountChange::Reopen => "reopened".to_owned(),
        AccountChange::Details(details) if *details == Details::default() => {
            "no code, no metadata".to_owned()
        }
        AccountChange::Details(details) => details_text(details),
    }
}

fn limit_text(limit: &Limit) -> String {
    let on = match limit.scope {
        Scope::Account(id) => id.to_string(),
        Scope::Set(id) => format!("set {id}"),
    };
    let exempt: Vec<String> =
        limit.exempt.iter().map(|(key, value)| pair_text(key.as_str(), value)).collect();
    let exempt = if exempt.is_empty() { String::new() } else { format!(", not {}", exempt.join(", ")) };
    let (id, way, most, window) = (limit.id, flow(limit.flow), most(limit), window(limit.window));
    format!("{id}  {on}: at most {most} {way}, {window}{exempt}")
}

fn secret(extras: Option<&Extras>) -> Option<String> {
    let secret = extras?.secret.as_ref()?;
    Some(format!("a secret of {}, {} bytes", secret.subject(), secret.bytes().len()))
}

/// The name of an event as people read it.
pub(crate) fn title(event: &Event) -> String {
    event.name().replace('_', " ")
}

pub(super) fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Post => "post",
        Effect::Hold => "hold",
        Effect::Unhold => "unhold",
    }
}
