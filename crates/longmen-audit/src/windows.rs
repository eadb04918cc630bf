//! Windows of time: which one a moment lies in, and what was counted in it.

use std::collections::VecDeque;

use longmen_core::Window;

const MINUTE_NS: i128 = 60_000_000_000;
const DAY_NS: i128 = 1_440 * MINUTE_NS;
/// From 0001-01-01 to 1970-01-01.
const DAYS_TO_1970: i128 = 719_162;

/// What was counted for a limit.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    /// The fixed window in which was counted last.
    pub(crate) window: i128,
    /// What was counted in it, or all of `recent`.
    pub(crate) sum: i128,
    /// For a sliding window every change with its time, oldest first.
    pub(crate) recent: VecDeque<(u64, i128)>,
}

impl Spent {
    /// What counts at this time.
    pub(crate) fn at(&self, window: Window, now_ns: u64) -> i128 {
        match window {
            Window::Last { length_ns } => {
                let old = self.recent.iter().take_while(|(then_ns, _)| now_ns - then_ns >= length_ns);
                self.sum - old.map(|(_, change)| change).sum::<i128>()
            }
            _ if number(window, now_ns) == self.window => self.sum,
            _ => 0,
        }
    }

    /// Counts a change.
    pub(crate) fn add(&mut self, window: Window, now_ns: u64, change: i128) {
        self.sum = self.at(window, now_ns) + change;
        self.window = number(window, now_ns);
        if let Window::Last { length_ns } = window {
            let old = self.recent.iter().take_while(|(then_ns, _)| now_ns - then_ns >= length_ns).count();
            self.recent.drain(..old);
            self.recent.push_back((now_ns, change));
        }
    }
}

/// The number of the fixed window that a time lies in: of a year that year, of a month those since January of year 0.
fn number(window: Window, time_ns: u64) -> i128 {
    let time_ns = i128::from(time_ns);
    let local_day = |offset_min: i16| (time_ns + i128::from(offset_min) * MINUTE_NS).div_euclid(DAY_NS);
    match window {
        Window::Lifetime | Window::Last { .. } => 0,
        Window::Every { length_ns, from_ns } => {
            (time_ns - i128::from(from_ns)).div_euclid(i128::from(length_ns.max(1)))
        }
        Window::Month { utc_offset_min } => {
            let (year, month) = civil(local_day(utc_offset_min));
            year * 12 + month
        }
        Window::Year { utc_offset_min } => civil(local_day(utc_offset_min)).0,
    }
}

/// The year, and the months before this one in it, of a day counted from 1970-01-01.
///
/// Whole cycles of 400, 100, 4 and 1 years are taken off; the last day of a cycle that ends with a leap year is not
/// the first of another one.
fn civil(days: i128) -> (i128, i128) {
    let mut rest = days + DAYS_TO_1970;
    let mut year = 1 + 400 * rest.div_euclid(146_097);
    rest = rest.rem_euclid(146_097);
    for (cycle_days, cycle_years, most) in [(36_524, 100, 3), (1_461, 4, 24), (365, 1, 3)] {
        let cycles = (rest / cycle_days).min(most);
        year += cycles * cycle_years;
        rest -= cycles * cycle_days;
    }
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if is_leap { 29 } else { 28 };
    let mut month = 0;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_years_and_months() {
        let cases: &[(i128, i128, i128)] = &[
            (-719_162, 1, 0),
            (-719_163, 0, 11),
            (-1, 1969, 11),
            (0, 1970, 0),
            (58, 1970, 1),
            (59, 1970, 2),
            (364, 1970, 11),
            (365, 1971, 0),
            (10_956, 1999, 11),
            (10_957, 2000, 0),
            (11_016, 2000, 1),
            (11_017, 2000, 2),
            (11_322, 2000, 11),
            (11_323, 2001, 0),
            (20_779, 2026, 10),
            (47_540, 2100, 1),
            (47_541, 2100, 2),
        ];
        for (days, year, month) in cases {
            assert_eq!(civil(*days), (*year, *month), "day {days}");
        }
        // Over 800 years every month begins after the one before it, and no day is left out.
        let mut last = civil(-300_000);
        for day in -299_999..0 {
            let next = civil(day);
            let step = next.0 * 12 + next.1 - last.0 * 12 - last.1;
            assert!(step == 0 || step == 1, "day {day}");
            last = next;
        }
    }

    #[test]
    fn a_window_counts_what_lies_in_it() {
        let sliding = Window::Last { length_ns: 10 };
        let mut spent = Spent::default();
        spent.add(sliding, 100, 5);
        spent.add(sliding, 105, 7);
        assert_eq!([109, 110, 114, 115].map(|now| spent.at(sliding, now)), [12, 7, 7, 0]);
        spent.add(sliding, 112, 1);
        assert_eq!((spent.sum, spent.recent.len()), (8, 2));

        let fixed = Window::Every { length_ns: 10, from_ns: 103 };
        let mut spent = Spent::default();
        spent.add(fixed, 102, 5);
        assert_eq!([92, 93, 102, 103].map(|now| spent.at(fixed, now)), [0, 5, 5, 0]);
        spent.add(fixed, 104, 7);
        assert_eq!((spent.sum, spent.window), (7, 0));
        let year = Window::Year { utc_offset_min: 480 };
        assert_eq!(number(year, 1_767_196_800_000_000_000), 2026);
        assert_eq!(number(year, 1_767_196_799_999_999_999), 2025);
    }
}
