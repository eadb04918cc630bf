//! Commands as JSON Lines. The schema is documented in `docs/jsonl.md`; unknown fields are refused.

mod field;
mod money;
mod product;
mod rules;
mod schema;
mod value;

use longmen::wallet::Command;
use longmen::{Action, EffectiveDate, Memo, MetaKey, Refusal, Value, Wish};
use serde::de::IgnoredAny;
use serde_json::Value as Json;

use self::schema::Line;
use self::value::MetaValue;
use crate::lang;

/// The reasons of this schema's own; every other reason for an invalid line is one of the ledger's reasons.
pub(crate) const MALFORMED_JSON: &str = "malformed_json";
/// See [`MALFORMED_JSON`].
pub(crate) const MALFORMED_COMMAND: &str = "malformed_command";
/// See [`MALFORMED_JSON`].
pub(crate) const UNKNOWN_FIELD: &str = "unknown_field";
/// See [`MALFORMED_JSON`].
pub(crate) const UNKNOWN_CURRENCY: &str = "unknown_currency";
/// See [`MALFORMED_JSON`].
pub(crate) const MALFORMED_DATE: &str = "malformed_date";
/// See [`MALFORMED_JSON`].
pub(crate) const MALFORMED_TIME: &str = "malformed_time";
/// See [`MALFORMED_JSON`].
pub(crate) const MALFORMED_HEX: &str = "malformed_hex";
/// See [`MALFORMED_JSON`].
pub(crate) const GROUP_INVALID: &str = "group_invalid";
/// See [`MALFORMED_JSON`].
pub(crate) const GROUP_TOO_LARGE: &str = "group_too_large";

/// Why a line is not a command. Nothing of it was submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invalid {
    /// The command's key, as far as the line has one.
    pub(crate) key: Option<String>,
    /// A stable name.
    pub(crate) reason: &'static str,
    /// The reason's number, for those that have one.
    pub(crate) code: Option<u16>,
    /// The field that is at fault, as far as it is known.
    pub(crate) field: Option<String>,
    /// What is wrong and what to do.
    pub(crate) message: String,
    /// Whether the line is linked to the next one; nothing where that cannot be read.
    pub(crate) linked: Option<bool>,
}

impl Invalid {
    /// A line that cannot be read as JSON.
    pub(crate) fn malformed_json(message: impl Into<String>) -> Self {
        own(MALFORMED_JSON, message.into())
    }

    /// The same, of a line that is no JSON: that it speaks of a link is the best sign of one.
    pub(crate) fn unread(self, line: &str) -> Self {
        Self { linked: line.contains("\"linked\"").then_some(true), ..self }
    }

    /// The same, laid on a field.
    fn of(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..self }
    }
}

/// Reads one line as a command.
///
/// # Errors
///
/// [`Invalid`] where it is none.
pub(crate) fn parse(line: &str) -> Result<Command, Invalid> {
    let line = line.trim();
    read(line).map_err(|invalid| {
        let object: Option<Json> = serde_json::from_str(line).ok().filter(Json::is_object);
        let Some(object) = object else { return invalid.unread(line) };
        let key = object["key"].as_str().map(str::to_owned);
        // What is neither true nor false was hardly written for a command that stands alone.
        let linked = Some(!matches!(object["linked"], Json::Null | Json::Bool(false)));
        Invalid { key, linked, ..invalid }
    })
}

/// Reads a pair such as `tier=gold`, `points=12`, `vip=true` or `owner={"ref":"…"}`.
///
/// # Errors
///
/// [`Invalid`] where it is none.
pub(crate) fn pair(text: &str) -> Result<(MetaKey, Value), Invalid> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| malformed(format!("{text:?} is not a pair; write it like tier=gold")))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| MetaValue::Text(value.to_owned()));
    field::pair("meta", name, &value)
}

fn read(line: &str) -> Result<Command, Invalid> {
    if !line.starts_with('{') {
        return Err(Invalid::malformed_json("a line is one JSON object, from { to }"));
    }
    let line: Line = serde_json::from_str(line).map_err(|error| unreadable(line, &error))?;
    let key = field::key("key", &line.key)?;
    let mut command = Command { linked: line.linked, force: line.force, ..Command::new(key, action(&line)?) };
    for must in &line.conditions {
        command = command.only_if(field::condition(must)?);
    }
    if let Some(pairs) = &line.meta {
        command = command.with_meta(field::meta(pairs)?);
    }
    if let Some(time) = &line.happened {
        command = command.happened_at(field::happened(time)?);
    }
    if let Some(sealed) = &line.secret {
        command = command.with_secret(field::secret(sealed)?);
    }
    if let Some(memo) = &line.memo {
        command = command.with_memo(field::named("memo", Memo::new(memo))?);
    }
    if let Some(day) = &line.effective {
        command = command.with_effective(field::date("effective", day)?);
    }
    Ok(command)
}

/// The one action of a line.
fn action(line: &Line) -> Result<Wish, Invalid> {
    let mut actions = [
        line.open.as_ref().map(rules::open),
        line.change.as_ref().map(rules::change),
        line.transfer.as_ref().map(money::transfer),
        line.post.as_ref().map(money::post),
        line.move_up_to.as_ref().map(money::move_up_to),
        line.reverse.as_ref().map(money::reverse),
        line.hold.as_ref().map(money::hold),
        line.increment.as_ref().map(money::increment),
        line.capture.as_ref().map(money::capture),
        line.release.as_ref().map(money::release),
        line.open_set.as_ref().map(rules::open_set),
        line.join.as_ref().map(|join| rules::membership(join).map(Action::Join)),
        line.leave.as_ref().map(|leave| rules::membership(leave).map(Action::Leave)),
        line.limit.as_ref().map(rules::set_limit),
        line.drop_limit.as_ref().map(rules::drop_limit),
        line.seal.as_ref().map(rules::seal),
        line.erase.as_ref().map(rules::erase),
    ]
    .into_iter()
    .flatten();
    if let Some(wanted) = &line.product {
        let alone = actions.next().is_none();
        return if alone { product::product(wanted).map(Wish::from) } else { Err(not_one()) };
    }
    match (actions.next(), actions.next()) {
        (Some(action), None) => action.map(Wish::Ledger),
        _ => Err(not_one()),
    }
}

fn not_one() -> Invalid {
    malformed(
        "a line needs exactly one of open, change, transfer, post, move, reverse, hold, increment, capture, \
         release, open_set, join, leave, limit, drop_limit, seal, erase, product"
            .to_owned(),
    )
}

/// A civil date as the ledger counts days, from the year 1 on.
pub(crate) fn effective(date: jiff::civil::Date) -> Option<EffectiveDate> {
    let since = date.since(jiff::civil::date(1970, 1, 1)).ok()?;
    EffectiveDate::from_days(since.get_days())
}

fn refused(field: &'static str, refusal: Refusal) -> Invalid {
    let reason = refusal.reason;
    let message = format!("{} {}", lang::cause(reason), lang::remedy(reason));
    Invalid { code: Some(reason.code()), ..own(reason.name(), message).of(field) }
}

/// A line that is JSON and no command.
fn malformed(message: String) -> Invalid {
    own(MALFORMED_COMMAND, message)
}

/// A reason of this schema's own.
pub(crate) fn own(reason: &'static str, message: String) -> Invalid {
    Invalid { key: None, reason, code: None, field: None, message, linked: None }
}

/// What `serde_json` has to say, in the words of a file of lines: it always counts one line only.
fn unreadable(line: &str, error: &serde_json::Error) -> Invalid {
    let said = error.to_string();
    let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
    let column = error.column();
    if !error.is_data() && serde_json::from_str::<IgnoredAny>(line).is_ok() {
        // Where one field is to be chosen, the reader stops at the next one as if the text were torn there.
        return malformed(format!("at column {column}: one field too many here; see docs/jsonl.md"));
    }
    if !error.is_data() {
        return Invalid::malformed_json(format!(
            "not JSON at column {column}: {what}; write one JSON object a line"
        ));
    }
    let unknown = what.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    let reason = if unknown.is_some() { UNKNOWN_FIELD } else { MALFORMED_COMMAND };
    Invalid {
        field: unknown.map(str::to_owned),
        ..own(reason, format!("at column {column}: {what}; see docs/jsonl.md"))
    }
}

#[cfg(test)]
mod tests;
