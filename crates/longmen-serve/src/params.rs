//! What a request says beside its path: each parameter is read once, and what nobody read is refused.

use std::time::Duration;

use axum::extract::{FromRequestParts, Query};
use axum::http::header::IF_NONE_MATCH;
use axum::http::request::Parts;
use jiff::Timestamp;
use longmen::EffectiveDate;
use longmen::replica::{Edge, Paging, Period, Want};

use crate::problem::{Code, Problem};

/// A page has at most so many items.
pub(crate) const PAGE_MAX: usize = 1_000;

/// A page has so many items where nothing is said.
const PAGE_DEFAULT: usize = 100;

/// The parameters of a request.
#[derive(Debug, Default)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    /// The tags of answers that the client has already.
    pub(crate) known: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::try_from_uri(&parts.uri)
            .map_err(|error| Problem::new(Code::BadQuestion, format!("the query cannot be read: {error}")))?;
        let known = parts.headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        Ok(Self { pairs, known: known.map(str::to_owned) })
    }
}

impl Params {
    /// A parameter as it was given.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        let mut found = None;
        while let Some(at) = self.pairs.iter().position(|(own, _)| own == name) {
            if found.is_some() {
                return Err(Problem::new(Code::RepeatedParameter, format!("give {name} once")));
            }
            found = Some(self.pairs.swap_remove(at).1);
        }
        Ok(found)
    }

    /// A parameter that is read by `read`, which says what it should have been.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        code: Code,
        should: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let bad = || Problem::new(code, format!("{name} is {text:?}; it should be {should}"));
        read(&text).map(Some).ok_or_else(bad)
    }

    pub(crate) fn position(&mut self, name: &str) -> Result<Option<u64>, Problem> {
        let should = "the position of an entry, as its receipt names it: a whole number from 0";
        self.read(name, Code::BadPosition, should, number)
    }

    /// A time, in nanoseconds.
    pub(crate) fn time(&mut self, name: &str) -> Result<Option<u64>, Problem> {
        let should = "a time as in 2026-01-31T23:59:59.5Z, or with %2B08:00 in the place of Z";
        self.read(name, Code::BadTime, should, time)
    }

    pub(crate) fn day(&mut self, name: &str) -> Result<Option<EffectiveDate>, Problem> {
        self.read(name, Code::BadDay, "a day of the calendar as in 2026-01-31", |text| text.parse().ok())
    }

    /// How many items a page should have.
    pub(crate) fn page_size(&mut self) -> Result<usize, Problem> {
        let should = "a whole number from 1 to 1000";
        let size = self.read("limit", Code::PageSize, should, |text| {
            number(text).filter(|size| (1..=PAGE_MAX).contains(size))
        })?;
        Ok(size.unwrap_or(PAGE_DEFAULT))
    }

    /// Which part of a long answer is wanted.
    pub(crate) fn paging(&mut self) -> Result<Paging, Problem> {
        Ok(Paging { size: self.page_size()?, cursor: self.text("cursor")? })
    }

    /// From when to when: `from` and `through`, each an entry, a day or a time.
    pub(crate) fn period(&mut self) -> Result<Period, Problem> {
        let should = "the position of an entry, a day as in 2026-01-31, or a time as in 2026-01-31T23:59:59Z";
        let edge = |text: &str| {
            let day = || text.parse().ok().map(Edge::Day);
            number(text).map(Edge::Position).or_else(day).or_else(|| time(text).map(Edge::Time))
        };
        let from = self.read("from", Code::BadPeriod, should, edge)?;
        Ok(Period { from, through: self.read("through", Code::BadPeriod, should, edge)? })
    }

    /// Whether something is wanted; nothing is no.
    pub(crate) fn yes(&mut self, name: &str) -> Result<bool, Problem> {
        let yes = self.read(name, Code::BadWord, "true or false", |text| text.parse().ok())?;
        Ok(yes.unwrap_or(false))
    }

    /// Some of these words, with commas between them.
    pub(crate) fn words<T: Copy>(
        &mut self,
        name: &str,
        all: &[T],
        of: fn(T) -> &'static str,
    ) -> Result<Vec<T>, Problem> {
        let names: Vec<&str> = all.iter().map(|one| of(*one)).collect();
        let should = format!("one or more, with commas between them, of {}", names.join(", "));
        let words = self.read(name, Code::BadWord, &should, |text| {
            text.split(',').map(|word| all.iter().copied().find(|one| of(*one) == word)).collect()
        })?;
        Ok(words.unwrap_or_default())
    }

    /// How long the client wants to wait.
    pub(crate) fn wait(&mut self, longest: Duration, default: Duration) -> Result<Duration, Problem> {
        let should = format!("milliseconds, at most {}", longest.as_millis());
        let wait = self.read("wait_ms", Code::BadNumber, &should, |text| {
            number(text).map(Duration::from_millis).filter(|wait| *wait <= longest)
        })?;
        Ok(wait.unwrap_or(default))
    }

    /// At which position the answer is wanted: `at`, `at_time`, or `at_least` with `wait_ms`.
    pub(crate) fn want(&mut self, longest: Duration) -> Result<Want, Problem> {
        let (at, at_time, at_least) =
            (self.position("at")?, self.time("at_time")?, self.position("at_least")?);
        let wait = match at_least {
            Some(_) => self.wait(longest, longest.min(Duration::from_secs(5)))?,
            None => Duration::ZERO,
        };
        match (at, at_time, at_least) {
            (None, None, None) => Ok(Want::Latest),
            (Some(position), None, None) => Ok(Want::Exactly(position)),
            (None, Some(time_ns), None) => Ok(Want::AtTime(time_ns)),
            (None, None, Some(position)) => Ok(Want::AtLeast(position, wait)),
            _ => Err(Problem::new(Code::OneOf, "give one of at, at_time and at_least")),
        }
    }

    /// Refuses what nobody has read: a misspelt filter must not look like an answer without it.
    pub(crate) fn finish(&self) -> Result<(), Problem> {
        match self.pairs.first() {
            None => Ok(()),
            Some((name, _)) => {
                let detail =
                    format!("this route has no parameter {name:?}; /openapi.json lists those it has");
                Err(Problem::new(Code::UnknownParameter, detail))
            }
        }
    }
}

/// A name in a path or a parameter.
pub(crate) fn name<T>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, longmen::Refusal>,
) -> Result<T, Problem> {
    parse(text).map_err(|refusal| Problem::new(Code::BadName, format!("{text:?} is no name: {refusal}")))
}

/// A number in decimal digits and nothing else.
pub(crate) fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn time(text: &str) -> Option<u64> {
    u64::try_from(text.parse::<Timestamp>().ok()?.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits() {
        let cases =
            [("0", Some(0)), ("18446744073709551615", Some(u64::MAX)), ("18446744073709551616", None)];
        let others = ["", "-1", "+1", "1.0", "1e3", " 1", "１"].map(|text| (text, None));
        for (text, read) in cases.into_iter().chain(others) {
            assert_eq!(number::<u64>(text), read, "{text:?}");
        }
    }
}
