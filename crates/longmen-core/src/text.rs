//! Free text and days that travel with a command.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::ToString;
use core::fmt;
use core::str::FromStr;

use serde::{Serialize, Serializer};

use crate::calendar::{date_of_day, day_of_date};
use crate::{Reason, Refusal};

/// The longest memo, in bytes of UTF-8.
pub const MEMO_BYTES_MAX: usize = 256;

pub(crate) const NS_PER_DAY: u64 = 86_400_000_000_000;

/// Free text beside an entry, possibly empty.
///
/// The journal can never forget, so text that looks like a payment card number is refused: 13 to 19 digits that pass
/// the Luhn check, also when written with spaces or hyphens (PCI DSS 3.5 allows no stored number that can be read).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Memo(Option<Box<str>>);

impl Memo {
    /// No text.
    pub const EMPTY: Self = Self(None);

    /// Takes `text` as a memo.
    ///
    /// # Errors
    ///
    /// [`Reason::MemoTooLong`], [`Reason::TextControlCharacter`] or [`Reason::PaymentCardNumber`].
    pub fn new(text: &str) -> Result<Self, Refusal> {
        if text.is_empty() {
            return Ok(Self::EMPTY);
        }
        if text.len() > MEMO_BYTES_MAX {
            return Err(Refusal::new(Reason::MemoTooLong));
        }
        check_text(text)?;
        Ok(Self(Some(text.into())))
    }

    /// The text, empty where there is none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// What free text may not have.
pub(crate) fn check_text(text: &str) -> Result<(), Refusal> {
    if text.chars().any(char::is_control) {
        return Err(Refusal::new(Reason::TextControlCharacter));
    }
    if contains_payment_card_number(text) {
        return Err(Refusal::new(Reason::PaymentCardNumber));
    }
    Ok(())
}

/// A calendar day, as days since 1970-01-01: when a fact counts, beside the journal time at which it was written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EffectiveDate(i32);

impl EffectiveDate {
    /// The first day that can be named, 0001-01-01, and the last, 9999-12-31.
    const RANGE: core::ops::RangeInclusive<i32> = -719_162..=2_932_896;

    /// The day that many days after 1970-01-01, within the years 1 to 9999.
    #[must_use]
    pub fn from_days(days: i32) -> Option<Self> {
        Self::RANGE.contains(&days).then_some(Self(days))
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> i32 {
        self.0
    }

    /// The day, in UTC, of a journal time in nanoseconds since 1970-01-01T00:00:00Z; a `u64` of them ends in 2554.
    #[must_use]
    pub fn of_time(time_ns: u64) -> Self {
        Self(i32::try_from(time_ns / NS_PER_DAY).unwrap_or(i32::MAX))
    }
}

impl fmt::Display for EffectiveDate {
    /// The day as `2026-11-22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of_day(self.0.into());
        f.pad(&format!("{year:04}-{month:02}-{day:02}"))
    }
}

/// A text that names no day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotADay;

impl fmt::Display for NotADay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no such day; a day is written as 2026-11-22, within the years 1 to 9999")
    }
}

impl core::error::Error for NotADay {}

impl FromStr for EffectiveDate {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = text.get(from..to)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
        };
        let parts = (number(0, 4), number(5, 7), number(8, 10));
        let (Some(year), Some(month), Some(day)) = parts else { return Err(NotADay) };
        let days = i32::try_from(day_of_date(year, month, day)).ok().and_then(Self::from_days);
        // Written again it is the same text only if there is such a day.
        days.filter(|own| own.to_string() == text).ok_or(NotADay)
    }
}

impl Serialize for EffectiveDate {
    /// For people as `2026-11-22`, for machines as days since 1970-01-01.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

/// Whether `text` holds 13 to 19 digits that pass the Luhn check (ISO/IEC 7812-1, annex B).
///
/// Groups of digits that only a single space or hyphen parts are read together, and full-width digits count as digits.
#[must_use]
pub fn contains_payment_card_number(text: &str) -> bool {
    // Digits of the current run of groups; `starts` marks where each group begins.
    let mut digits = [0_u8; MEMO_BYTES_MAX];
    let mut starts = [0_usize; MEMO_BYTES_MAX];
    let (mut count, mut groups) = (0_usize, 0_usize);
    let mut gap = true;
    let mut parted = false;
    for c in text.chars().chain(core::iter::once('\0')) {
        if let Some(digit) = digit_of(c) {
            if gap {
                if let Some(start) = starts.get_mut(groups) {
                    *start = count;
                }
                groups = groups.saturating_add(1);
                gap = false;
            }
            if let Some(place) = digits.get_mut(count) {
                *place = digit;
            }
            count = count.saturating_add(1);
            parted = false;
        } else if matches!(c, ' ' | '-' | '\u{a0}' | '\u{3000}') && !parted && count > 0 {
            gap = true;
            parted = true;
        } else {
            if any_group_run_is_card(&digits, count, &starts, groups) {
                return true;
            }
            (count, groups, gap, parted) = (0, 0, true, false);
        }
    }
    false
}

fn digit_of(c: char) -> Option<u8> {
    let value = match c {
        '0'..='9' => u32::from(c).checked_sub(u32::from('0')),
        '\u{ff10}'..='\u{ff19}' => u32::from(c).checked_sub(0xff10),
        _ => None,
    };
    value.and_then(|value| u8::try_from(value).ok())
}

/// Every run of whole groups with 13 to 19 digits together is tried.
fn any_group_run_is_card(digits: &[u8], count: usize, starts: &[usize], groups: usize) -> bool {
    let starts = starts.get(..groups).unwrap_or_default();
    let ends = || starts.iter().skip(1).copied().chain(core::iter::once(count));
    starts.iter().enumerate().any(|(first, start)| {
        ends().skip(first).any(|end| {
            digits.get(*start..end).is_some_and(|run| (13..=19).contains(&run.len()) && passes_luhn(run))
        })
    })
}

fn passes_luhn(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().fold(0_u32, |sum, (place, digit)| {
        let digit = u32::from(*digit);
        let doubled = digit.saturating_mul(2);
        let value = match (place % 2 == 1, doubled > 9) {
            (false, _) => digit,
            (true, false) => doubled,
            (true, true) => doubled.saturating_sub(9),
        };
        sum.saturating_add(value)
    });
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn payment_card_numbers_are_seen_and_other_digits_are_not() {
        let cases: &[(&str, bool)] = &[
            ("4111111111111111", true),
            ("card 4111 1111 1111 1111 exp 12/25", true),
            ("4111-1111-1111-1111", true),
            ("4111 1111 1111 1111 12/25", true),
            ("2024 4111111111111111", true),
            ("卡号４１１１１１１１１１１１１１１１谢谢", true),
            ("6222020000000000003", false),
            ("378282246310005", true),
            ("4111111111111112", false),
            ("411111111111111", false),
            ("order 2024093022001234567890", false),
            ("2023-02-12 21:32:14", false),
            ("4111  1111 1111 1111", false),
            ("4111\u{a0}1111\u{3000}1111 1111", true),
            ("4111 - 1111 1111 1111", false),
            ("x-4111111111111111-x", true),
            ("4111111111111111/7", true),
            ("000000000000", false),
            ("0000000000000", true),
            ("0000000000000000000", true),
            ("00000000000000000000", false),
            ("0000000000 0000000000", false),
            ("12 0000000000000", true),
            ("", false),
            ("no digits", false),
        ];
        for (text, want) in cases {
            assert_eq!(contains_payment_card_number(text), *want, "{text:?}");
        }
    }

    #[test]
    fn memos_are_short_plain_and_carry_no_card() {
        let long = "x".repeat(MEMO_BYTES_MAX);
        let longer = "x".repeat(MEMO_BYTES_MAX.saturating_add(1));
        let cases: &[(&str, Result<(), Reason>)] = &[
            ("", Ok(())),
            ("货款 order 7731", Ok(())),
            (&long, Ok(())),
            (&longer, Err(Reason::MemoTooLong)),
            ("two\nlines", Err(Reason::TextControlCharacter)),
            ("pay 4111 1111 1111 1111", Err(Reason::PaymentCardNumber)),
        ];
        for (text, want) in cases {
            let got = Memo::new(text);
            assert_eq!(got.as_ref().map(|_| ()).map_err(|refusal| refusal.reason), *want, "{text:?}");
            if let Ok(memo) = got {
                assert_eq!(memo.as_str(), *text);
            }
        }
    }

    #[test]
    fn days_lie_within_the_years_1_to_9999() {
        let cases =
            [(-719_163, None), (-719_162, Some(-719_162)), (2_932_896, Some(2_932_896)), (2_932_897, None)];
        for (days, want) in cases {
            assert_eq!(EffectiveDate::from_days(days).map(EffectiveDate::days), want, "{days}");
        }
    }

    #[test]
    fn a_day_is_written_and_read() {
        let days =
            [("1970-01-01", 0), ("2024-02-29", 19_782), ("0001-01-01", -719_162), ("9999-12-31", 2_932_896)];
        for (text, day) in days {
            assert_eq!(EffectiveDate::from_days(day).map(|day| day.to_string()).as_deref(), Some(text));
            assert_eq!(text.parse().map(EffectiveDate::days), Ok(day), "{text}");
        }
        for day in (-719_162..=2_932_896).step_by(97) {
            let own = EffectiveDate::from_days(day);
            assert_eq!(own.map(|own| own.to_string().parse()), own.map(Ok), "{day}");
        }
        let none = [
            "",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-04-31",
            "0000-12-31",
            "2024-1-01",
            "+024-01-01",
        ];
        for text in none.into_iter().chain(["2024-01-01 ", "2024/01/01", "20240101", "２０24-01-01"]) {
            assert_eq!(text.parse::<EffectiveDate>(), Err(NotADay), "{text:?}");
        }
    }

    #[test]
    fn a_time_lies_on_its_day_in_utc() {
        let cases = [(0, 0), (NS_PER_DAY - 1, 0), (NS_PER_DAY, 1), (u64::MAX, 213_503)];
        for (time_ns, day) in cases {
            assert_eq!(EffectiveDate::of_time(time_ns).days(), day, "{time_ns}");
        }
    }
}
