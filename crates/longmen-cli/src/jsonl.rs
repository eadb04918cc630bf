//! Commands as JSON Lines. The schema is documented in `docs/jsonl.md`; unknown fields are refused.

use std::num::NonZeroU64;

use longmen::{
    AccountId, Action, Amount, Capture, Class, Command, Currency, EffectiveDate, Key, Leg, Memo, OpenAccount,
    Overdraft, PlaceHold, Portion, Reason, Refusal, Release, Side,
};
use serde::Deserialize;

/// Why a line is not a command. Nothing of it was submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invalid {
    /// A stable name: one of the [`Reason`]s, or `malformed_json`, `unknown_currency`, `malformed_date`.
    pub(crate) reason: &'static str,
    /// The reason's number, for those that have one.
    pub(crate) code: Option<u16>,
    /// The field that is at fault, as far as it is known.
    pub(crate) field: Option<&'static str>,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    key: String,
    open: Option<Open>,
    transfer: Option<Transfer>,
    post: Option<Post>,
    hold: Option<Hold>,
    capture: Option<CaptureHold>,
    release: Option<ReleaseHold>,
    memo: Option<String>,
    effective: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    account: String,
    currency: String,
    class: ClassName,
    overdraft: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ClassName {
    Asset,
    Liability,
    Equity,
    Income,
    Expense,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transfer {
    debit: String,
    credit: String,
    amount: String,
    currency: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Post {
    legs: Vec<PostLeg>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostLeg {
    debit: Option<String>,
    credit: Option<String>,
    amount: String,
    currency: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hold {
    debit: String,
    credit: String,
    amount: String,
    currency: String,
    expires_after_s: Option<NonZeroU64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaptureHold {
    hold: String,
    amount: String,
    currency: String,
    #[serde(default, rename = "final")]
    is_final: bool,
    #[serde(default)]
    to: Vec<CapturePortion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CapturePortion {
    credit: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseHold {
    hold: String,
    amount: Option<String>,
    currency: Option<String>,
}

/// Reads one line as a command.
///
/// # Errors
///
/// [`Invalid`] where it is none.
pub(crate) fn parse(line: &str) -> Result<Command, Invalid> {
    let line: Line = serde_json::from_str(line).map_err(|error| malformed(error.to_string()))?;
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
            _ => return Err(malformed("a leg needs either debit or credit, each naming an account".to_owned())),
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
        Ok(Portion { credit: account("to", &portion.credit)?, amount: amount("to", &portion.amount, currency)? })
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
        reason: "unknown_currency",
        code: None,
        field: Some("currency"),
        message: error.to_string(),
    })
}

fn date(day: &str) -> Result<EffectiveDate, Invalid> {
    let parsed: Result<jiff::civil::Date, _> = day.parse();
    parsed.map(effective).map_err(|_| Invalid {
        reason: "malformed_date",
        code: None,
        field: Some("effective"),
        message: format!("{day:?} is not a date; write it like 2026-11-22"),
    })
}

/// A civil date as the ledger counts days.
pub(crate) fn effective(date: jiff::civil::Date) -> EffectiveDate {
    let epoch = jiff::civil::date(1970, 1, 1);
    EffectiveDate(date.since(epoch).map_or(0, |span| span.get_days()))
}

fn named<T>(field: &'static str, parsed: Result<T, Refusal>) -> Result<T, Invalid> {
    parsed.map_err(|refusal| refused(field, refusal))
}

fn refused(field: &'static str, refusal: Refusal) -> Invalid {
    let reason = refusal.reason;
    Invalid {
        reason: reason.name(),
        code: Some(reason.code()),
        field: Some(field),
        message: format!("{} {}", reason.cause(), reason.remedy()),
    }
}

fn malformed(message: String) -> Invalid {
    Invalid { reason: "malformed_json", code: None, field: None, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: Result<&str, &str>) {
        let got = parse(line);
        match (&got, want) {
            (Ok(command), Ok(action)) => {
                let debug = format!("{:?}", command.action);
                assert!(debug.contains(action), "{line}\n{debug}");
            }
            (Err(invalid), Err(reason)) => assert_eq!(invalid.reason, reason, "{line}\n{invalid:?}"),
            _ => panic!("{line}\ngave {got:?}\nnot {want:?}"),
        }
    }

    #[test]
    fn lines_are_commands_or_say_why_not() {
        check(r#"{"key":"k","open":{"account":"a","currency":"CNY","class":"asset"}}"#, Ok("UpTo"));
        check(r#"{"key":"k","open":{"account":"a","currency":"CNY","class":"asset","overdraft":"unlimited"}}"#, Ok("Unlimited"));
        check(r#"{"key":"k","open":{"account":"a","currency":"CNY","class":"asset","overdraft":"12.5"}}"#, Ok("1250"));
        check(r#"{"key":"k","transfer":{"debit":"a","credit":"b","amount":"1","currency":"JPY"}}"#, Ok("Post"));
        check(r#"{"key":"k","post":{"legs":[{"debit":"a","amount":"1","currency":"CNY"},{"credit":"b","amount":"1","currency":"CNY"}]}}"#, Ok("Post"));
        check(r#"{"key":"k","hold":{"debit":"a","credit":"b","amount":"1","currency":"CNY","expires_after_s":2}}"#, Ok("2000000000"));
        check(r#"{"key":"k","capture":{"hold":"h","amount":"1","currency":"CNY","final":true,"to":[{"credit":"b","amount":"1"}]}}"#, Ok("is_final: true"));
        check(r#"{"key":"k","release":{"hold":"h"}}"#, Ok("part: None"));
        check(r#"{"key":"k","release":{"hold":"h","amount":"1","currency":"CNY"}}"#, Ok("part: Some"));
        check(r#"{"key":"k","release":{"hold":"h"},"memo":"m","effective":"2026-11-22"}"#, Ok("Release"));

        check("", Err("malformed_json"));
        check("{", Err("malformed_json"));
        check(r#"{"key":"k"}"#, Err("malformed_json"));
        check(r#"{"key":"k","release":{"hold":"h"},"open":{"account":"a","currency":"CNY","class":"asset"}}"#, Err("malformed_json"));
        check(r#"{"key":"k","release":{"hold":"h"},"amuont":"1"}"#, Err("malformed_json"));
        check(r#"{"key":"k","release":{"hold":"h","amount":"1"}}"#, Err("malformed_json"));
        check(r#"{"key":"k","transfer":{"debit":"a","credit":"b","amount":1.5,"currency":"CNY"}}"#, Err("malformed_json"));
        check(r#"{"key":"","release":{"hold":"h"}}"#, Err("name_empty"));
        check(r#"{"key":"a b","release":{"hold":"h"}}"#, Err("name_bad_character"));
        check(r#"{"key":"k","release":{"hold":"h"},"memo":"4111 1111 1111 1111"}"#, Err("payment_card_number"));
        check(r#"{"key":"k","release":{"hold":"h"},"effective":"22.11.2026"}"#, Err("malformed_date"));
        for (amount, reason) in [
            ("-1", "amount_negative"),
            ("1.005", "amount_excess_digits"),
            ("12345678901234567.89", "amount_too_large"),
            ("1e3", "amount_not_a_number"),
        ] {
            let line = format!(r#"{{"key":"k","transfer":{{"debit":"a","credit":"b","amount":"{amount}","currency":"CNY"}}}}"#);
            check(&line, Err(reason));
        }
        check(r#"{"key":"k","transfer":{"debit":"a","credit":"b","amount":"1","currency":"XYZ"}}"#, Err("unknown_currency"));
    }

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(date("1970-01-01"), Ok(EffectiveDate(0)));
        assert_eq!(date("1969-12-31"), Ok(EffectiveDate(-1)));
        assert_eq!(date("2026-11-22"), Ok(EffectiveDate(20_779)));
    }
}
