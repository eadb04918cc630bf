//! The result line of a command; its fields are documented in `docs/jsonl.md`.

use longmen::{Outcome as Decided, Receipt};
use serde::Serialize;

use crate::jsonl::Invalid;

/// What is printed for a line.
#[derive(Serialize)]
pub(super) struct ResultLine<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_ns: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replayed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leg: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_by_minor: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl<'a> ResultLine<'a> {
    fn new(line: u64, outcome: &'static str) -> ResultLine<'a> {
        ResultLine {
            line,
            key: None,
            outcome,
            position: None,
            hash: None,
            time_ns: None,
            replayed: false,
            code: None,
            reason: None,
            field: None,
            leg: None,
            short_by_minor: None,
            message: None,
        }
    }
}

/// The result of a line that is no command.
pub(super) fn invalid(line: u64, invalid: &Invalid) -> ResultLine<'_> {
    ResultLine {
        key: invalid.key.as_deref(),
        code: invalid.code,
        reason: Some(invalid.reason),
        field: invalid.field.as_deref(),
        message: Some(invalid.message.clone()),
        ..ResultLine::new(line, "invalid")
    }
}

/// The result of a command.
pub(super) fn decided(line: u64, key: &str, receipt: Receipt) -> ResultLine<'_> {
    let mut result =
        ResultLine { key: Some(key), replayed: receipt.replayed, ..ResultLine::new(line, "done") };
    if let Some(stamp) = receipt.stamp {
        result.position = Some(stamp.position);
        result.hash = Some(stamp.hash.to_string());
        result.time_ns = Some(stamp.time_ns);
    }
    if let Decided::Refused(refusal) = receipt.outcome {
        result.outcome = "refused";
        result.code = Some(refusal.reason.code());
        result.reason = Some(refusal.reason.name());
        result.leg = refusal.leg;
        result.short_by_minor = Some(refusal.short_by.minor()).filter(|minor| *minor > 0);
        result.message = Some(format!("{} {}", refusal.reason.cause(), refusal.reason.remedy()));
    }
    result
}
