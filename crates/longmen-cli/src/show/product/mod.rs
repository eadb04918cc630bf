//! What an entry means to a product: in words for a person, and as JSON.
//!
//! Both are made from what serde says of the event, so that no event can be forgotten here.

use longmen::wallet::{Fact, ItemChange, ProductEvent};
use longmen::{Currency, Money};
use serde_json::{Map, Value as Json, json};

use super::names::Names;
use super::words::{plain, side, time};
use crate::lang;

/// Fields that a person reads, in the order in which they are told. Whatever else there is, JSON has.
const TOLD: &[&str] = &[
    "owner",
    "from",
    "to",
    "payer",
    "merchant",
    "card",
    "sum",
    "sold",
    "bought",
    "rate",
    "part",
    "given",
    "came",
    "back",
    "net",
    "total",
    "by",
    "held",
    "released",
    "left",
    "owed",
    "surplus",
    "fee",
    "surcharge",
    "tax",
    "channel",
    "reference",
    "order",
    "payee",
    "rail",
    "top_up",
    "refund",
    "withdrawal",
    "quote",
    "payment",
    "authorisation",
    "receiver",
    "deposit",
    "batch",
    "cycle",
    "plan",
    "dispute",
    "case",
    "debt",
    "marketplace",
    "pool",
    "terms",
    "kind",
    "currency",
    "currencies",
    "tier",
    "parts",
    "expires_ns",
    "cut_off_ns",
    "refund_until_ns",
];

/// Objects whose fields are told as if they were the event's own.
const OPENED: &[&str] =
    &["is", "target", "on", "way", "receipt", "chargeback", "payee", "from", "to", "pinned"];

/// Fields that are counts of minor units of the event's currency.
const COUNTED: &[&str] = &["fee", "surcharge", "tax", "owed"];

/// The names of an event's room and of the event itself, and its fields.
fn named(event: &ProductEvent) -> (String, String, Map<String, Json>) {
    let one = |value: Json| match value {
        Json::Object(object) => object.into_iter().next().unwrap_or_default(),
        Json::String(name) => (name, Json::Null),
        _ => (String::new(), Json::Null),
    };
    let (room, inner) = one(serde_json::to_value(event).unwrap_or_default());
    let (event, fields) = one(inner);
    let fields = if let Json::Object(fields) = fields { fields } else { Map::new() };
    (room, event, fields)
}

/// What happened, as a title, and the facts of it.
pub(crate) fn words(event: &ProductEvent) -> (String, Vec<String>) {
    let (room, mut name, mut fields) = named(event);
    if room == "withdrawal" && name == "went" {
        let to = fields.remove("to").unwrap_or_default();
        let phase = to.as_str().unwrap_or_default();
        let title = match lang::is_zh() {
            true => format!("提现{}", lang::phase_named(phase)),
            false => format!("withdrawal {}", lang::phase_named(phase)),
        };
        return (title, told(&fields));
    }
    let is = |field: &str| fields.get(field) == Some(&Json::Bool(true));
    if room == "owner" && name == "frozen" && !is("debit") && !is("credit") {
        name = "unfrozen".to_owned();
    }
    (lang::event(&room, &name), told(&fields))
}

/// The fields that a person reads.
fn told(fields: &Map<String, Json>) -> Vec<String> {
    let mut flat = Vec::new();
    flatten(fields, &mut flat);
    let currency = flat.iter().find_map(|(_, value)| currency_of(value));
    let has = |name: &str| flat.iter().any(|(own, value)| own == name && value.is_string());
    // What follows from what is told already is left out.
    let follows = |name: &str| match name {
        "currency" => currency.is_some(),
        "pool" => has("owner") || has("merchant"),
        _ => false,
    };
    let mut told = Vec::new();
    for name in TOLD.iter().filter(|name| !follows(name)) {
        let of = flat.iter().find(|(own, _)| own == name).map(|(_, value)| value);
        if let Some(text) = of.and_then(|value| field_text(name, value, currency)) {
            told.push(format!("{} {text}", lang::field(name.trim_end_matches("_ns"))));
        }
    }
    told
}

/// Every field, with those of the objects in it that are no things of their own.
fn flatten(fields: &Map<String, Json>, flat: &mut Vec<(String, Json)>) {
    for (name, value) in fields {
        match value {
            Json::Object(inner) if inner.contains_key("version") => {
                let id = inner.get("id").and_then(Json::as_str).unwrap_or_default();
                let version = inner.get("version").and_then(Json::as_u64).unwrap_or_default();
                flat.push((name.clone(), json!(format!("{id} v{version}"))));
            }
            Json::Object(inner) if OPENED.contains(&name.as_str()) => {
                // What is one of several kinds has its fields under the name of its kind.
                let of_kind = inner.values().next().and_then(Json::as_object).filter(|_| inner.len() == 1);
                flatten(of_kind.unwrap_or(inner), flat);
            }
            value => flat.push((name.clone(), value.clone())),
        }
    }
}

/// The currency of a sum such as `12.50 CNY`.
fn currency_of(value: &Json) -> Option<Currency> {
    value.as_str()?.rsplit_once(' ').and_then(|(_, code)| code.parse().ok())
}

fn field_text(name: &str, value: &Json, currency: Option<Currency>) -> Option<String> {
    match value {
        Json::String(text) if is_nothing(text) => None,
        Json::String(text) if name == "kind" || name == "rail" => Some(lang::word(text).to_owned()),
        Json::String(text) => Some(text.clone()),
        Json::Number(number) if name.ends_with("_ns") => number.as_u64().map(time),
        Json::Number(number) if COUNTED.contains(&name) => {
            let minor = number.as_u64().filter(|minor| *minor > 0)?;
            Some(Money::new(i128::from(minor), currency?).to_string())
        }
        Json::Number(number) => Some(number.to_string()),
        Json::Array(all) if name == "parts" => Some(all.len().to_string()),
        Json::Array(all) => {
            let all: Option<Vec<&str>> = all.iter().map(Json::as_str).collect();
            all.map(|all| all.join(" ")).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}

/// A sum of nothing, such as a fee that was not taken.
fn is_nothing(text: &str) -> bool {
    let amount = text.split_once(' ').map(|(amount, _)| amount);
    amount.is_some_and(|amount| amount.bytes().all(|byte| matches!(byte, b'0' | b'.')))
}

/// Whether an event names an owner.
pub(crate) fn names_owner(event: &ProductEvent, owner: &str) -> bool {
    let (.., fields) = named(event);
    let mut flat = Vec::new();
    flatten(&fields, &mut flat);
    let is_name = |name: &str| matches!(name, "owner" | "merchant" | "payer" | "from" | "to");
    flat.iter().any(|(name, value)| is_name(name) && value.as_str() == Some(owner))
}

impl Names {
    /// What serde has of the event, the open items that changed, and how lots were used.
    pub(super) fn put_product(&self, fact: &Fact, value: &mut Json) {
        value["product"] = json!(fact.event);
        value["items"] = fact.items.iter().map(|change| self.item_json(change)).collect();
        value["lots"] = json!(fact.lots);
    }

    fn item_json(&self, change: &ItemChange) -> Json {
        let (ItemChange::Open { account, name, amount, .. } | ItemChange::Clear { account, name, amount }) =
            change;
        let currency = self.account(*account).map(|(_, currency)| *currency);
        let mut value = json!({
            "account": self.account_name(*account),
            "item": name.as_str(),
            "amount": currency.map(|currency| plain(*amount, currency)),
            "currency": currency.map(|currency| currency.code().to_owned()),
        });
        match change {
            ItemChange::Open { side: of, owner, due_ns, .. } => {
                value["change"] = json!("open");
                value["side"] = json!(side(*of));
                value["owner"] = json!(owner);
                value["due_ns"] = json!(due_ns);
            }
            ItemChange::Clear { .. } => value["change"] = json!("clear"),
        }
        value
    }
}

#[cfg(test)]
mod tests;
