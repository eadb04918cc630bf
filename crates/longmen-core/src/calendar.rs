//! The proleptic Gregorian calendar, as far as windows need it.

const DAYS_FROM_MARCH_0000_TO_1970: i64 = 719_468;
const DAYS_PER_ERA: i64 = 146_097;

/// Months since January of the year 0, of a day counted from 1970-01-01.
///
/// The way of counting is Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day comes last.
pub(crate) fn month_of_day(days: i64) -> i64 {
    let days = days.saturating_add(DAYS_FROM_MARCH_0000_TO_1970);
    let (era, day) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let leap_days = |day: i64| (day / 1_460).saturating_sub(day / 36_524).saturating_add(day / 146_096);
    let year = day.saturating_sub(leap_days(day)) / 365;
    let begun = year.saturating_mul(365).saturating_add(year / 4).saturating_sub(year / 100);
    let month = day.saturating_sub(begun).saturating_mul(5).saturating_add(2) / 153;
    let years = era.saturating_mul(400).saturating_add(year);
    // March is month 2 of the civil year, counted from 0.
    years.saturating_mul(12).saturating_add(month).saturating_add(2)
}

/// Year, month and day of a day counted from 1970-01-01.
pub(crate) fn date_of_day(days: i64) -> (i64, i64, i64) {
    let month = month_of_day(days);
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12).saturating_add(1));
    (year, month, days.saturating_sub(day_of_date(year, month, 1)).saturating_add(1))
}

/// The day, counted from 1970-01-01, of a date; one that does not exist gives the day of another.
pub(crate) fn day_of_date(year: i64, month: i64, day: i64) -> i64 {
    let (year, from_march) = if month > 2 {
        (year, month.saturating_sub(3))
    } else {
        (year.saturating_sub(1), month.saturating_add(9))
    };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let begun = year.saturating_mul(365).saturating_add(year / 4).saturating_sub(year / 100);
    let months = from_march.saturating_mul(153).saturating_add(2) / 5;
    let days = era.saturating_mul(DAYS_PER_ERA).saturating_add(begun).saturating_add(months);
    days.saturating_add(day).saturating_sub(1).saturating_sub(DAYS_FROM_MARCH_0000_TO_1970)
}

#[cfg(test)]
mod tests {
    use super::month_of_day;

    #[test]
    fn days_fall_into_their_months() {
        let cases: &[(i64, i64, i64)] = &[
            (0, 1970, 1),
            (30, 1970, 1),
            (31, 1970, 2),
            (58, 1970, 2),
            (59, 1970, 3),
            (-1, 1969, 12),
            (364, 1970, 12),
            (365, 1971, 1),
            (11_016, 2000, 2),
            (11_017, 2000, 3),
            (20_779, 2026, 11),
            (-25_509, 1900, 2),
            (-25_508, 1900, 3),
            (47_540, 2100, 2),
            (47_541, 2100, 3),
            (-719_162, 1, 1),
        ];
        for (days, year, month) in cases {
            assert_eq!(month_of_day(*days), year * 12 + month - 1, "day {days}");
        }
    }
}
