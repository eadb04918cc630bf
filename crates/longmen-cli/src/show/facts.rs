//! The journal as JSON.

use longmen::{
    AccountChange, AccountNo, Content, Detail, Details, Entry, Event, HoldNo, JournalEntry, Limit, MemberNo,
    Money, Most, Obstacle, Obstacles, Reason, Refusal, Scope,
};
use serde_json::{Value as Json, json};

use super::journal::effect;
use super::names::Names;
use super::words::{
    closes, date, exact_time, meta_json, overdraft, plain, side, sides, value_json, window_json,
};

impl Names {
    /// One entry as a JSON object.
    pub(crate) fn json(&self, entry: &JournalEntry) -> Json {
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
                value["event"] = json!(entry.event.name());
                value["key"] = json!(entry.key.map(|key| key.to_string()));
                value["memo"] = json!(entry.memo.as_str());
                value["effective"] = json!(entry.effective.map(date));
                value["linked"] = json!(entry.linked);
                value["forced"] = json!(entry.forced);
                put_extras(entry, &mut value);
                self.put_event(entry, &mut value);
                if let Some(fact) = &entry.product {
                    self.put_product(fact, &mut value);
                }
                value["postings"] = self.postings_json(entry);
            }
        }
        value
    }

    fn put_event(&self, entry: &Entry, value: &mut Json) {
        match &entry.event {
            Event::Posted => {}
            Event::AccountOpened(account) => {
                value["account"] = json!(account.id.as_str());
                value["class"] = json!(account.class.as_str());
                value["currency"] = json!(account.currency.code());
                value["overdraft"] = json!(overdraft(account.overdraft, account.currency));
                value["hidden"] = json!(account.hidden);
                value["details"] = details_json(&account.details);
            }
            Event::AccountChanged { account, change } => self.put_change(*account, change, value),
            Event::Moved { amount } => {
                // What moved nothing has no posting that would tell its currency.
                let of = entry.postings.first().and_then(|posting| self.account(posting.account));
                value["moved"] = json!(of.map_or("0".to_owned(), |(_, currency)| plain(*amount, *currency)));
            }
            Event::Reversed { original } => value["original"] = json!(original),
            Event::SetOpened(set) => value["set"] = json!(set.as_str()),
            Event::Joined { set, member } | Event::Left { set, member } => {
                value["set"] = json!(self.set_name(*set));
                let kind = if matches!(member, MemberNo::Account(_)) { "account" } else { "member_set" };
                value[kind] = json!(self.member_name(*member));
            }
            Event::LimitSet(limit) => merge(value, limit_json(limit)),
            Event::LimitDropped { limit } => value["limit"] = json!(self.limit_name(*limit)),
            Event::PeriodSealed { through } => value["through"] = json!(date(*through)),
            Event::SubjectErased(subject) => value["subject"] = json!(subject.as_str()),
            Event::Compound(parts) => {
                let parts = parts.iter().map(|part| part.event.name());
                value["parts"] = parts.collect();
            }
            Event::Refused { action, refusal } => {
                value["action"] = json!(action.as_str());
                self.put_refusal(refusal, value);
            }
            of_hold => self.put_hold(of_hold, value),
        }
    }

    fn put_change(&self, account: AccountNo, change: &AccountChange, value: &mut Json) {
        value["account"] = json!(self.account_name(account));
        let of = self.account(account).map(|(_, currency)| *currency);
        match change {
            AccountChange::Overdraft(limit) => {
                value["overdraft"] = json!(of.map(|currency| overdraft(*limit, currency)));
            }
            AccountChange::Freeze { debit, credit } => value["freeze"] = json!(sides(*debit, *credit)),
            AccountChange::Hidden(hidden) => value["hidden"] = json!(hidden),
            AccountChange::Close => value["close"] = json!(true),
            AccountChange::Reopen => value["reopen"] = json!(true),
            AccountChange::Details(details) => value["details"] = details_json(details),
        }
    }

    fn put_hold(&self, event: &Event, value: &mut Json) {
        let mut of = |hold: HoldNo| value["hold"] = json!(self.hold(hold).map(|key| key.to_string()));
        match event {
            Event::HoldPlaced(hold) => {
                value["debit"] = json!(self.account_name(hold.debit));
                value["credit"] = json!(self.account_name(hold.credit));
                value["closes"] = json!(closes(hold.closes));
                value["expires_ns"] = json!(hold.expires_ns);
            }
            Event::HoldIncremented { hold, .. }
            | Event::HoldReleased { hold, .. }
            | Event::HoldExpired { hold } => of(*hold),
            Event::HoldCaptured { hold, beyond, is_final, .. } => {
                of(*hold);
                value["final"] = json!(is_final);
                value["beyond"] = json!(self.hold_currency(*hold).map(|currency| plain(*beyond, currency)));
            }
            _ => {}
        }
    }

    fn put_refusal(&self, refusal: &Refusal, value: &mut Json) {
        value["reason"] = json!(refusal.reason.name());
        value["code"] = json!(refusal.reason.code());
        let at = if refusal.reason == Reason::ConditionFailed { "condition" } else { "leg" };
        value[at] = json!(refusal.leg);
        value["short_by_minor"] = json!(refusal.short_by.minor());
        match refusal.detail {
            Detail::None | Detail::Culprit(_) => {}
            Detail::Thing(thing) => value["thing"] = json!(thing.as_str()),
            Detail::Phase(thing, phase) => {
                value["thing"] = json!(thing.as_str());
                value["phase"] = json!(phase.as_str());
            }
            Detail::Open(things) => {
                let open = Obstacle::ALL.iter().filter(|one| things.has(**one));
                value["obstacles"] = open.map(|one| one.as_str()).collect();
            }
            Detail::Limit(no) => value["limit"] = json!(self.limit_name(no)),
            Detail::Obstacles(Obstacles { posted, holds }) => {
                let named = [(posted, "posted"), (holds, "holds")];
                let named = named.into_iter().filter(|(is, _)| *is).map(|(_, name)| name);
                value["obstacles"] = named.collect();
            }
        }
    }

    fn postings_json(&self, entry: &Entry) -> Json {
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
}

/// What an entry has beside its event, where it has it.
fn put_extras(entry: &Entry, value: &mut Json) {
    let Some(extras) = entry.extras.as_deref() else { return };
    if !extras.meta.is_empty() {
        value["meta"] = meta_json(&extras.meta);
    }
    if let Some(ns) = extras.happened_ns {
        value["happened"] = json!(exact_time(ns.get()));
    }
    if let Some(secret) = &extras.secret {
        let hex: String = secret.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        value["secret"] = json!({ "subject": secret.subject().as_str(), "hex": hex });
    }
}

fn details_json(details: &Details) -> Json {
    json!({ "code": details.code.map(|code| code.to_string()), "meta": meta_json(&details.meta) })
}

/// A limit in the words of the command that sets it.
pub(super) fn limit_json(limit: &Limit) -> Json {
    let mut value = json!({
        "limit": limit.id.as_str(),
        "currency": limit.currency.code(),
        "flow": limit.flow.as_str(),
        "window": window_json(limit.window),
    });
    match limit.scope {
        Scope::Account(id) => value["account"] = json!(id.as_str()),
        Scope::Set(id) => value["set"] = json!(id.as_str()),
    }
    match limit.most {
        Most::Amount(amount) => value["amount"] = json!(plain(amount, limit.currency)),
        Most::Count(count) => value["count"] = json!(count),
    }
    let exempt = limit.exempt.iter().map(|(key, of)| {
        let mut pair = json!({});
        pair[key.as_str()] = value_json(of);
        pair
    });
    value["exempt"] = exempt.collect();
    value
}

fn merge(value: &mut Json, more: Json) {
    if let (Json::Object(value), Json::Object(more)) = (value, more) {
        value.extend(more);
    }
}
