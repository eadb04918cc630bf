//! Commands as JSON Lines. The schema is documented in `docs/jsonl.md`; unknown fields are refused.

mod schema;

use std::num::NonZeroU64;

use longmen::{
    AccountId, Action, Amount, Capture, Class, Command, Currency, EffectiveDate, Key, Leg, Memo, OpenAccount,
    Overdraft, PlaceHold, Portion, Reason, Refusal, Release, Side,
};
use serde::Deserialize;

use self::schema::{CaptureHold, ClassName, Hold, Line, Open, Post, ReleaseHold, Transfer};

/// The reasons of this schema's own; every other reason for an invalid line is one of the ledger's [`Reason`]s.
pub(crate) const MALFORMED_JSON: &str = "malformed_json";
/// See [`MALFORMED_JSON`].
pub(crate) const MALFORMED_COMMAND: &str = "malformed_command";
/// See [`MALFORMED_JSON`].
pub(crate) const UNKNOWN_FIELD: &str = "unknown_field";
/// See [`MALFORMED_JSON`].
pub(crate) const UNKNOWN_CURRENCY: &str = "unknown_currency";
/// See [`MALFORMED_JSON`].
pub(crate) const MALFORMED_DATE: &str = "malformed_date";

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
}

impl Invalid {
    /// A line that cannot be read as JSON.
    pub(crate) fn malformed_json(message: impl Into<String>) -> Self {
        Self { key: None, reason: MALFORMED_JSON, code: None, field: None, message: message.into() }
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
        let Named { key } = serde_json::from_str(line).unwrap_or_default();
        Invalid { key, ..invalid }
    })
}

/// As much of a line as is wanted of one that is no command.
#[derive(Default, Deserialize)]
struct Named {
    key: Option<String>,
}

fn read(line: &str) -> Result<Command, Invalid> {
    if !line.starts_with('{') {
        return Err(Invalid::malformed_json("a line is one JSON object, from { to }"));
    }
    let line: Line = serde_json::from_str(line).map_err(|error| unreadable(&error))?;
    let key = named("key", Key::new(&line.key))?;
    let mut actions = [
        line.open.map(open),
        line.transfer.map(transfer),
        line.post.map(post),
        line.hold.map(hold),
        line.capture.map(capture),
        line.release.map(release),
    ]
    .into_iter()
    .flatten();
    let (Some(action), None) = (actions.next(), actions.next()) else {
        return Err(malformed(
            "a line needs exactly one of open, transfer, post, hold, capture, release".to_owned(),
        ));
    };
    let mut command = Command::new(key, action?);
    if let Some(memo) = &line.memo {
        command = command.with_memo(named("memo", Memo::new(memo))?);
    }
    if let Some(day) = &line.effective {
        command = command.with_effective(date(day)?);
    }
    Ok(command)
}

fn open(open: Open) -> Result<Action, Invalid> {
    let currency = currency(&open.currency)?;
    let class = match open.class {
        ClassName::Asset => Class::Asset,
        ClassName::Liability => Class::Liability,
        ClassName::Equity => Class::Equity,
        ClassName::Income => Class::Income,
        ClassName::Expense => Class::Expense,
    };
    let overdraft = match open.overdraft.as_deref() {
        None | Some("none") => Overdraft::FORBIDDEN,
        Some("unlimited") => Overdraft::Unlimited,
        Some(limit) => Overdraft::UpTo(amount("overdraft", limit, currency)?),
    };
    let account = OpenAccount::new(account("account", &open.account)?, currency, class).overdraft(overdraft);
    Ok(Action::OpenAccount(account))
}

fn transfer(transfer: Transfer) -> Result<Action, Invalid> {
    let currency = currency(&transfer.currency)?;
    let amount = amount("amount", &transfer.amount, currency)?;
    let leg = |account, side| Leg { account, side, amount, currency };
    let debit = leg(account("debit", &transfer.debit)?, Side::Debit);
    let credit = leg(account("credit", &transfer.credit)?, Side::Credit);
    Ok(Action::Post([debit, credit].into_iter().collect()))
}

fn post(post: Post) -> Result<Action, Invalid> {
    let legs = post.legs.into_iter().map(|leg| {
        let (side, name) = match (&leg.debit, &leg.credit) {
            (Some(name), None) => (Side::Debit, name),
            (None, Some(name)) => (Side::Credit, name),
            _ => {
                return Err(malformed(
                    "a leg needs either debit or credit, each naming an account".to_owned(),
                ));
            }
        };
        let currency = currency(&leg.currency)?;
        let amount = amount("amount", &leg.amount, currency)?;
        Ok(Leg { account: account("legs", name)?, side, amount, currency })
    });
    Ok(Action::Post(legs.collect::<Result<_, _>>()?))
}

fn hold(hold: Hold) -> Result<Action, Invalid> {
    let currency = currency(&hold.currency)?;
    let expires_after_ns = match hold.expires_after_s {
        None => None,
        Some(seconds) => {
            let ns = seconds.checked_mul(NonZeroU64::MIN.saturating_add(999_999_999));
            Some(ns.ok_or_else(|| refused("expires_after_s", Refusal::new(Reason::ExpiryTooFar)))?)
        }
    };
    Ok(Action::PlaceHold(PlaceHold {
        debit: account("debit", &hold.debit)?,
        credit: account("credit", &hold.credit)?,
        amount: amount("amount", &hold.amount, currency)?,
        currency,
        expires_after_ns,
    }))
}

fn capture(capture: CaptureHold) -> Result<Action, Invalid> {
    let currency = currency(&capture.currency)?;
    let portions = capture.to.iter().map(|portion| {
        Ok(Portion {
            credit: account("to", &portion.credit)?,
            amount: amount("to", &portion.amount, currency)?,
        })
    });
    Ok(Action::Capture(Capture {
        hold: named("hold", Key::new(&capture.hold))?,
        amount: amount("amount", &capture.amount, currency)?,
        currency,
        is_final: capture.is_final,
        to: portions.collect::<Result<_, _>>()?,
    }))
}

fn release(release: ReleaseHold) -> Result<Action, Invalid> {
    let part = match (&release.amount, &release.currency) {
        (None, None) => None,
        (Some(text), Some(code)) => {
            let currency = currency(code)?;
            Some((amount("amount", text, currency)?, currency))
        }
        _ => return Err(malformed("a release of a part needs both amount and currency".to_owned())),
    };
    Ok(Action::Release(Release { hold: named("hold", Key::new(&release.hold))?, part }))
}

fn account(field: &'static str, name: &str) -> Result<AccountId, Invalid> {
    named(field, AccountId::new(name))
}

fn amount(field: &'static str, text: &str, currency: Currency) -> Result<Amount, Invalid> {
    Amount::parse(text, &currency).map_err(|error| {
        let refusal = Refusal::new(error.into());
        Invalid { message: format!("{text:?} {currency}: {error}"), ..refused(field, refusal) }
    })
}

fn currency(code: &str) -> Result<Currency, Invalid> {
    Currency::from_code(code).map_err(|error| Invalid {
        field: Some("currency".to_owned()),
        ..own(UNKNOWN_CURRENCY, error.to_string())
    })
}

fn date(day: &str) -> Result<EffectiveDate, Invalid> {
    let parsed: Option<jiff::civil::Date> = day.parse().ok();
    parsed.and_then(effective).ok_or_else(|| Invalid {
        field: Some("effective".to_owned()),
        ..own(MALFORMED_DATE, format!("{day:?} is not a date; write it like 2026-11-22"))
    })
}

/// A civil date as the ledger counts days, from the year 1 on.
pub(crate) fn effective(date: jiff::civil::Date) -> Option<EffectiveDate> {
    let since = date.since(jiff::civil::date(1970, 1, 1)).ok()?;
    EffectiveDate::from_days(since.get_days())
}

fn named<T>(field: &'static str, parsed: Result<T, Refusal>) -> Result<T, Invalid> {
    parsed.map_err(|refusal| refused(field, refusal))
}

fn refused(field: &'static str, refusal: Refusal) -> Invalid {
    let reason = refusal.reason;
    Invalid {
        key: None,
        reason: reason.name(),
        code: Some(reason.code()),
        field: Some(field.to_owned()),
        message: format!("{} {}", reason.cause(), reason.remedy()),
    }
}

/// A line that is JSON and no command.
fn malformed(message: String) -> Invalid {
    own(MALFORMED_COMMAND, message)
}

fn own(reason: &'static str, message: String) -> Invalid {
    Invalid { key: None, reason, code: None, field: None, message }
}

/// What `serde_json` has to say, in the words of a file of lines: it always counts one line only.
fn unreadable(error: &serde_json::Error) -> Invalid {
    let said = error.to_string();
    let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
    let column = error.column();
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
