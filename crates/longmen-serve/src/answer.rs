//! Answers: what was found, and the entry after which it is true, in the body and in the head.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use longmen::Stamp;
use serde_json::{Map, Value, json};

/// The parts of an answer, by name.
pub(crate) type Parts = Map<String, Value>;

const POSITION: HeaderName = HeaderName::from_static("longmen-position");
const HASH: HeaderName = HeaderName::from_static("longmen-hash");
const TIME: HeaderName = HeaderName::from_static("longmen-time");

/// An answer that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) at: Stamp,
    /// Nothing where the client has it already.
    pub(crate) body: Option<String>,
    /// By what the same answer to the same question is known.
    pub(crate) tag: Option<String>,
}

impl Sheet {
    /// Writes an answer down; `now_ns` is the moment at which ages are told, where there are any.
    pub(crate) fn new(at: Stamp, now_ns: Option<u64>, mut parts: Parts) -> Self {
        parts.insert("at".to_owned(), stamp(at));
        if let Some(now_ns) = now_ns {
            parts.insert("seen_ns".to_owned(), json!(now_ns));
        }
        let mut body = Value::Object(parts);
        say_times(&mut body);
        Self { at, body: Some(body.to_string()), tag: Some(tag(at, now_ns)) }
    }

    /// Says that the client has the answer already.
    pub(crate) fn known(at: Stamp, now_ns: Option<u64>) -> Self {
        Self { at, body: None, tag: Some(tag(at, now_ns)) }
    }
}

impl IntoResponse for Sheet {
    fn into_response(self) -> Response {
        let mut response = match self.body {
            Some(body) => {
                let json = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, json)], body).into_response()
            }
            None => StatusCode::NOT_MODIFIED.into_response(),
        };
        let headers = response.headers_mut();
        name(headers, self.at);
        if let Some(tag) = self.tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

/// Names the entry after which an answer is true in its head.
pub(crate) fn name(headers: &mut HeaderMap, at: Stamp) {
    let (position, hash) = (at.position.to_string(), at.hash.to_string());
    for (name, value) in [(POSITION, Some(position)), (HASH, Some(hash)), (TIME, time(at.time_ns))] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
}

/// The tag of every answer at a position, and a moment: the entry's hash is in it, because another ledger has such a
/// position too.
pub(crate) fn tag(at: Stamp, now_ns: Option<u64>) -> String {
    let hash = at.hash.to_string();
    let moment = now_ns.map_or(String::new(), |now_ns| format!("-{now_ns}"));
    format!("\"{}-{}{moment}\"", at.position, hash.get(..8).unwrap_or(&hash))
}

/// Whether a client knows this tag.
pub(crate) fn is_known(known: Option<&str>, tag: &str) -> bool {
    let mut all = known.into_iter().flat_map(|known| known.split(','));
    all.any(|known| known.trim().trim_start_matches("W/") == tag)
}

/// Position, hash and time of an entry.
pub(crate) fn stamp(at: Stamp) -> Value {
    json!({ "position": at.position, "hash": at.hash.to_string(), "time_ns": at.time_ns })
}

/// A time as RFC 3339 writes it, with nanoseconds, in UTC.
pub(crate) fn time(time_ns: u64) -> Option<String> {
    let time = Timestamp::from_nanosecond(i128::from(time_ns)).ok()?;
    Some(format!("{time:.9}"))
}

/// Puts a time in words beside each that is in nanoseconds, which is more than many a reader of JSON can count.
pub(crate) fn say_times(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(say_times),
        Value::Object(parts) => {
            parts.values_mut().for_each(say_times);
            let said = |(name, value): (&String, &Value)| {
                let name = name.strip_suffix("_ns").filter(|name| !is_span(name))?;
                Some((name.to_owned(), time(value.as_u64()?)?))
            };
            let times: Vec<_> = parts.iter().filter_map(said).collect();
            for (name, time) in times {
                parts.entry(name).or_insert(Value::String(time));
            }
        }
        _ => {}
    }
}

/// What is in nanoseconds and is no time of the calendar.
fn is_span(name: &str) -> bool {
    ["age", "lag"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_beside_their_numbers() {
        let mut value = json!({"a": [{"since_ns": 1_500_000_000_u64, "age_ns": 5, "due_ns": null}], "ns": 1});
        say_times(&mut value);
        let said = json!({
            "a": [{"since_ns": 1_500_000_000_u64, "since": "1970-01-01T00:00:01.500000000Z", "age_ns": 5, "due_ns": null}],
            "ns": 1,
        });
        assert_eq!(value, said);
    }
}
