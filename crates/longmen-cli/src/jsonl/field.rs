//! Single fields, from text to what the ledger means by it.

use std::num::NonZeroU64;

use jiff::{Timestamp, civil};
use longmen::{
    AccountId, Amount, Code, Condition, Currency, EffectiveDate, Key, LimitId, Meta, MetaKey, Money,
    Quantity, Reason, Refusal, Relation, Secret, SetId, Subject, Value,
};

use super::schema::{Compared, Must, Sealed};
use super::value::{MetaValue, Pairs, Time};
use super::{
    Invalid, MALFORMED_DATE, MALFORMED_HEX, MALFORMED_TIME, UNKNOWN_CURRENCY, malformed, own, refused,
};

/// The nanoseconds of a second.
const NS_PER_S: u64 = 1_000_000_000;

pub(super) fn named<T>(field: &'static str, parsed: Result<T, Refusal>) -> Result<T, Invalid> {
    parsed.map_err(|refusal| refused(field, refusal))
}

pub(super) fn account(field: &'static str, name: &str) -> Result<AccountId, Invalid> {
    named(field, AccountId::new(name))
}

pub(super) fn key(field: &'static str, name: &str) -> Result<Key, Invalid> {
    named(field, Key::new(name))
}

pub(super) fn set(field: &'static str, name: &str) -> Result<SetId, Invalid> {
    named(field, SetId::new(name))
}

pub(super) fn limit(name: &str) -> Result<LimitId, Invalid> {
    named("limit", LimitId::new(name))
}

pub(super) fn subject(name: &str) -> Result<Subject, Invalid> {
    named("subject", Subject::new(name))
}

pub(super) fn code(name: &str) -> Result<Code, Invalid> {
    named("code", Code::new(name))
}

pub(super) fn amount(field: &'static str, text: &str, currency: Currency) -> Result<Amount, Invalid> {
    Amount::parse(text, &currency).map_err(|error| {
        let refusal = Refusal::new(error.into());
        Invalid { message: format!("{text:?} {currency}: {error}"), ..refused(field, refusal) }
    })
}

/// A balance, which may be below zero.
fn money(text: &str, currency: Currency) -> Result<Money, Invalid> {
    let (digits, sign) = text.strip_prefix('-').map_or((text, 1), |digits| (digits, -1));
    let minor = i128::from(amount("if", digits, currency)?.minor());
    Ok(Money::new(sign * minor, currency))
}

pub(super) fn currency(code: &str) -> Result<Currency, Invalid> {
    let parsed = Currency::from_code(code);
    parsed.map_err(|error| own(UNKNOWN_CURRENCY, error.to_string()).of("currency"))
}

pub(super) fn date(field: &'static str, day: &str) -> Result<EffectiveDate, Invalid> {
    let parsed: Option<civil::Date> = day.parse().ok();
    parsed.and_then(super::effective).ok_or_else(|| {
        own(MALFORMED_DATE, format!("{day:?} is not a date; write it like 2026-11-22")).of(field)
    })
}

/// A time that the ledger can count: from 1970 to 2554.
pub(super) fn time_ns(field: &'static str, time: &Time) -> Result<u64, Invalid> {
    let text = match time {
        Time::Ns(ns) => return Ok(*ns),
        Time::Text(text) => text,
    };
    let parsed: Option<Timestamp> = text.parse().ok();
    parsed.and_then(|time| u64::try_from(time.as_nanosecond()).ok()).ok_or_else(|| {
        let message = format!(
            "{text:?} is not a time from 1970 to 2554 with an offset; write it like 2026-11-22T09:30:00+08:00"
        );
        own(MALFORMED_TIME, message).of(field)
    })
}

pub(super) fn happened(time: &Time) -> Result<NonZeroU64, Invalid> {
    NonZeroU64::new(time_ns("happened", time)?).ok_or_else(|| {
        own(MALFORMED_TIME, "what is imported happened after the first moment of 1970".to_owned())
            .of("happened")
    })
}

pub(super) fn length_ns(seconds: u64) -> Result<u64, Invalid> {
    let ns = seconds.checked_mul(NS_PER_S);
    ns.ok_or_else(|| malformed("a window is at most 18,446,744,073 seconds long".to_owned()).of("window"))
}

/// An offset from UTC such as `+08:00`, in minutes.
pub(super) fn utc_offset(text: &str) -> Result<i16, Invalid> {
    let minutes = || {
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let number = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<i16>().ok()).flatten()
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
    };
    minutes().ok_or_else(|| {
        own(MALFORMED_TIME, format!("{text:?} is not an offset from UTC; write it like +08:00"))
            .of("utc_offset")
    })
}

pub(super) fn meta(pairs: &Pairs) -> Result<Meta, Invalid> {
    let pairs = pairs.0.iter().map(|(name, value)| pair("meta", name, value));
    named("meta", Meta::new(pairs.collect::<Result<Vec<_>, _>>()?))
}

pub(super) fn pair(field: &'static str, name: &str, value: &MetaValue) -> Result<(MetaKey, Value), Invalid> {
    let value = match value {
        MetaValue::Text(text) => named(field, Value::text(text))?,
        MetaValue::Int(number) => Value::Int(*number),
        MetaValue::Bool(yes) => Value::Bool(*yes),
        MetaValue::Reference(text) => Value::Reference(reference(field, text)?),
    };
    Ok((named(field, MetaKey::new(name))?, value))
}

/// A UUID, or 32 hexadecimal digits.
pub(super) fn reference(field: &'static str, text: &str) -> Result<u128, Invalid> {
    let is_uuid =
        text.len() == 36 && [8, 13, 18, 23].iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'));
    let digits = if is_uuid { text.replace('-', "") } else { text.to_owned() };
    let is_hex = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = is_hex.then(|| u128::from_str_radix(&digits, 16).ok()).flatten();
    number.ok_or_else(|| {
        own(MALFORMED_HEX, format!("{text:?} is not a UUID and not 32 hexadecimal digits")).of(field)
    })
}

pub(super) fn secret(sealed: &Sealed) -> Result<Secret, Invalid> {
    let bytes = hex(&sealed.hex).ok_or_else(|| {
        own(MALFORMED_HEX, "a secret is written in hexadecimal digits, two a byte".to_owned()).of("hex")
    })?;
    named("secret", Secret::new(subject(&sealed.subject)?, &bytes))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

pub(super) fn condition(must: &Must) -> Result<Condition, Invalid> {
    let account = account("if", &must.account)?;
    let given = (&must.available, &must.posted, &must.held, &must.version, &must.currency);
    let (is, to) = match given {
        (Some(available), None, None, None, Some(code)) => balance(available, code, Quantity::Available)?,
        (None, Some(posted), None, None, Some(code)) => balance(posted, code, Quantity::Posted)?,
        (None, None, Some(held), None, Some(code)) => balance(held, code, Quantity::Held)?,
        (None, None, None, Some(compared), None) => {
            let (is, version) = relation(compared);
            (is, Quantity::Version(*version))
        }
        _ => {
            let needs = "a condition needs available, posted or held, with a currency, or else version";
            return Err(malformed(needs.to_owned()).of("if"));
        }
    };
    Ok(Condition { account, is, to })
}

fn balance(
    compared: &Compared<String>,
    code: &str,
    of: impl Fn(Money) -> Quantity,
) -> Result<(Relation, Quantity), Invalid> {
    let (is, text) = relation(compared);
    Ok((is, of(money(text, currency(code)?)?)))
}

fn relation<T>(compared: &Compared<T>) -> (Relation, &T) {
    match compared {
        Compared::AtLeast(to) => (Relation::AtLeast, to),
        Compared::AtMost(to) => (Relation::AtMost, to),
        Compared::Equal(to) => (Relation::Equal, to),
    }
}

/// The life of a hold.
pub(super) fn life_ns(seconds: NonZeroU64) -> Result<NonZeroU64, Invalid> {
    let ns = seconds.checked_mul(NonZeroU64::MIN.saturating_add(NS_PER_S - 1));
    ns.ok_or_else(|| refused("expires_after_s", Refusal::new(Reason::ExpiryTooFar)))
}
