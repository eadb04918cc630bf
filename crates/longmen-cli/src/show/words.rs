//! How single values read, for a person and as JSON; wherever a command can say the same, in the command's words.

use longmen::{
    Account, Amount, Closes, Currency, EffectiveDate, Flow, Limit, Meta, Money, Most, Overdraft, Side, Value,
    Window,
};
use serde_json::{Map, Value as Json, json};

use crate::lang;

/// A journal time for a person.
pub(crate) fn time(ns: u64) -> String {
    stamp(ns).map_or_else(|| ns.to_string(), |stamp| stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A time with all its digits.
pub(crate) fn exact_time(ns: u64) -> String {
    stamp(ns).map_or_else(|| ns.to_string(), |stamp| stamp.to_string())
}

fn stamp(ns: u64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_nanosecond(i128::from(ns)).ok()
}

/// A day as it is written in a command.
pub(crate) fn date(day: EffectiveDate) -> String {
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = epoch.checked_add(jiff::Span::new().try_days(day.days()).unwrap_or_default());
    date.map_or_else(|_| format!("day {}", day.days()), |date| date.to_string())
}

/// An overdraft rule as it is written in a command.
pub(crate) fn overdraft(limit: Overdraft, currency: Currency) -> String {
    match limit {
        Overdraft::Unlimited => "unlimited".to_owned(),
        Overdraft::UpTo(limit) if limit.is_zero() => "none".to_owned(),
        Overdraft::UpTo(limit) => plain(limit, currency),
    }
}

/// An amount as it is written in a command.
pub(crate) fn plain(amount: Amount, currency: Currency) -> String {
    amount.to_money(currency).plain()
}

/// An amount for a person.
pub(crate) fn money(amount: Amount, currency: Currency) -> String {
    amount.to_money(currency).to_string()
}

/// A counter, which stays below 2^126.
pub(crate) fn total(minor: u128, currency: Currency) -> String {
    Money::new(i128::try_from(minor).unwrap_or(i128::MAX), currency).plain()
}

/// The word that JSON has for one of a few, such as the kind of an owner.
pub(crate) fn wire_word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(crate) fn side(side: Side) -> &'static str {
    match side {
        Side::Debit => "debit",
        Side::Credit => "credit",
    }
}

/// The sides of two that are so.
pub(crate) fn sides(debit: bool, credit: bool) -> Vec<&'static str> {
    [(debit, "debit"), (credit, "credit")].into_iter().filter(|(is, _)| *is).map(|(_, side)| side).collect()
}

pub(crate) fn closes(closes: Closes) -> Vec<&'static str> {
    sides(closes.debit, closes.credit)
}

/// What may not be done with an account.
pub(crate) fn access(account: &Account) -> Vec<&'static str> {
    let access = account.access();
    [
        (access.closed, "closed"),
        (account.is_closed() && !access.closed, "closed by a hold"),
        (access.debit_frozen, "debit frozen"),
        (access.credit_frozen, "credit frozen"),
        (access.hidden, "hidden"),
    ]
    .into_iter()
    .filter(|(is, _)| *is)
    .map(|(_, word)| lang::word(word))
    .collect()
}

/// Metadata as it is written in a command.
pub(crate) fn meta_json(meta: &Meta) -> Json {
    let pairs = meta.pairs().iter().map(|(key, value)| (key.to_string(), value_json(value)));
    Json::Object(pairs.collect::<Map<_, _>>())
}

pub(crate) fn value_json(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Int(number) => json!(number),
        Value::Bool(yes) => json!(yes),
        Value::Reference(reference) => json!({ "ref": uuid(*reference) }),
    }
}

/// Metadata for a person, such as `order=7731 vip=true`.
pub(crate) fn meta_text(meta: &Meta) -> String {
    let pairs: Vec<String> = meta.pairs().iter().map(|(key, value)| pair_text(key.as_str(), value)).collect();
    pairs.join(" ")
}

pub(crate) fn pair_text(key: &str, value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{key}={text}"),
        Value::Int(number) => format!("{key}={number}"),
        Value::Bool(yes) => format!("{key}={yes}"),
        Value::Reference(reference) => format!("{key}={}", uuid(*reference)),
    }
}

fn uuid(reference: u128) -> String {
    let digits = format!("{reference:032x}");
    let part = |from, to| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// The bound of a limit for a person.
pub(crate) fn most(limit: &Limit) -> String {
    match limit.most {
        Most::Amount(amount) => money(amount, limit.currency),
        Most::Count(1) => "once".to_owned(),
        Most::Count(count) => format!("{count} times"),
    }
}

/// A direction for a person.
pub(crate) fn flow(flow: Flow) -> &'static str {
    match flow {
        Flow::In => "in",
        Flow::Out => "out",
        Flow::NetIn => "net in",
        Flow::NetOut => "net out",
    }
}

/// A window for a person.
pub(crate) fn window(window: Window) -> String {
    match window {
        Window::Lifetime => "ever".to_owned(),
        Window::Every { length_ns, from_ns } => format!("every {} from {}", span(length_ns), time(from_ns)),
        Window::Month { utc_offset_min } => format!("a month of UTC{}", offset(utc_offset_min)),
        Window::Year { utc_offset_min } => format!("a year of UTC{}", offset(utc_offset_min)),
        Window::Last { length_ns } => format!("the last {}", span(length_ns)),
    }
}

/// A window as it is written in a command; lengths that no command can say are in nanoseconds.
pub(crate) fn window_json(window: Window) -> Json {
    let length = |ns: u64| match ns % 1_000_000_000 {
        0 => ("seconds".to_owned(), json!(ns / 1_000_000_000)),
        _ => ("length_ns".to_owned(), json!(ns)),
    };
    let of = |pairs: Vec<(String, Json)>| Json::Object(pairs.into_iter().collect());
    match window {
        Window::Lifetime => json!("lifetime"),
        Window::Every { length_ns, from_ns } => {
            json!({ "every": of(vec![length(length_ns), ("from".to_owned(), json!(exact_time(from_ns)))]) })
        }
        Window::Month { utc_offset_min } => json!({ "month": { "utc_offset": offset(utc_offset_min) } }),
        Window::Year { utc_offset_min } => json!({ "year": { "utc_offset": offset(utc_offset_min) } }),
        Window::Last { length_ns } => json!({ "last": of(vec![length(length_ns)]) }),
    }
}

/// A length in the largest unit that it is whole in.
fn span(ns: u64) -> String {
    let units = [(86_400_000_000_000, "day"), (3_600_000_000_000, "hour"), (60_000_000_000, "minute")];
    let units = units.into_iter().chain([(1_000_000_000, "second"), (1, "nanosecond")]);
    let whole = units.into_iter().find(|(unit, _)| ns.is_multiple_of(*unit));
    let (unit, name) = whole.unwrap_or((1, "nanosecond"));
    match ns / unit {
        1 => name.to_owned(),
        count => format!("{count} {name}s"),
    }
}

fn offset(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_read_in_whole_units() {
        let every = |length_ns| window(Window::Every { length_ns, from_ns: 0 });
        assert_eq!(every(86_400_000_000_000), "every day from 1970-01-01T00:00:00Z");
        assert_eq!(every(7 * 86_400_000_000_000), "every 7 days from 1970-01-01T00:00:00Z");
        assert_eq!(window(Window::Last { length_ns: 90_000_000_000 }), "the last 90 seconds");
        assert_eq!(window(Window::Month { utc_offset_min: 480 }), "a month of UTC+08:00");
        assert_eq!(window(Window::Year { utc_offset_min: -210 }), "a year of UTC-03:30");
        let half = window_json(Window::Last { length_ns: 500_000_000 });
        assert_eq!(half, json!({"last": {"length_ns": 500_000_000}}));
    }

    #[test]
    fn a_reference_reads_as_a_uuid() {
        assert_eq!(uuid(0x0123_4567_89ab_cdef), "00000000-0000-0000-0123-456789abcdef");
    }
}
