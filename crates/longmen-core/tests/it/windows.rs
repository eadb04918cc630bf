//! Tables over the windows of velocity limits, a nanosecond before each border, on it and after it.

use crate::dsl::check;

#[track_caller]
fn check_limit(limit: &str, rows: &str) {
    check(&format!(
        "
        open bank CNY asset unlimited
        open alice CNY liability unlimited
        {limit}
        {rows}"
    ));
}

#[test]
fn fixed_windows_begin_at_multiples_of_their_length_from_a_given_time() {
    check_limit(
        "limit l l alice CNY out amount 5.00 every 100 from 20",
        "
        at 19
        xfer k1 alice bank 5.00 CNY
        xfer k2 alice bank 0.01 CNY -> limit_exceeded short 0.01 by l
        at 20
        usage l                     -> 0.00
        xfer k3 alice bank 3.00 CNY
        at 21
        usage l                     -> 3.00
        at 119
        xfer k4 alice bank 2.01 CNY -> limit_exceeded short 0.01 by l
        xfer k5 alice bank 2.00 CNY
        at 120
        usage l                     -> 0.00
        xfer k6 alice bank 5.00 CNY
        at 420
        xfer k7 alice bank 4.00 CNY
        usage l                     -> 4.00
        ",
    );
    check_limit(
        "at 150\n limit l l alice CNY out count 1 every 100 from 1000",
        "
        xfer k1 alice bank 1.00 CNY
        at 199
        xfer k2 alice bank 1.00 CNY -> limit_exceeded by l
        at 200
        usage l                     -> 0
        xfer k3 alice bank 1.00 CNY
        at 300
        xfer k4 alice bank 1.00 CNY
        ",
    );
}

#[test]
fn a_lifetime_has_no_end() {
    check_limit(
        "limit l l alice CNY out amount 5.00 lifetime",
        "
        xfer k1 alice bank 3.00 CNY
        at 18446744073709551615
        usage l                     -> 3.00
        xfer k2 alice bank 2.01 CNY -> limit_exceeded short 0.01 by l
        ",
    );
}

#[test]
fn a_sliding_window_forgets_each_move_when_its_length_has_passed() {
    check_limit(
        "limit l l alice CNY out amount 5.00 last 100",
        "
        at 10
        xfer k1 alice bank 3.00 CNY
        at 60
        xfer k2 alice bank 2.00 CNY
        usage l                     -> 5.00 in 2
        at 109
        usage l                     -> 5.00 in 2
        xfer k3 alice bank 0.01 CNY -> limit_exceeded short 0.01 by l
        at 110
        usage l                     -> 2.00 in 2 # one is out of sight
        xfer k4 alice bank 3.01 CNY -> limit_exceeded short 0.01 by l
        xfer k5 alice bank 1.00 CNY
        usage l                     -> 3.00 in 2 # and is forgotten now
        xfer k6 alice bank 2.00 CNY
        at 159
        usage l                     -> 5.00 in 3
        at 160
        usage l                     -> 3.00 in 3
        at 210
        usage l                     -> 0.00 in 3
        xfer k7 alice bank 5.00 CNY
        usage l                     -> 5.00 in 1
        at 1000
        xfer k8 bank alice 5.00 CNY
        usage l                     -> 0.00 in 1 # what it does not count it does not keep
        ",
    );
    check_limit(
        "limit l l alice CNY net_out amount 5.00 last 100",
        "
        at 10
        xfer k1 bank alice 3.00 CNY
        at 11
        xfer k2 alice bank 8.00 CNY
        usage l                     -> 5.00 in 2
        at 110
        usage l                     -> 8.00 in 2 # what came in is out of sight
        xfer k3 alice bank 0.01 CNY -> limit_exceeded short 3.01 by l
        at 111
        usage l                     -> 0.00 in 2
        ",
    );
    check_limit(
        "limit l l alice CNY out count 2 last 100",
        "
        at 10
        hold h1 alice bank 3.00 CNY
        at 11
        xfer k2 alice bank 8.00 CNY
        at 109
        hold h2 alice bank 3.00 CNY -> limit_exceeded by l
        at 110
        usage l                     -> 1 in 2
        hold h3 alice bank 3.00 CNY
        hold h4 alice bank 3.00 CNY -> limit_exceeded by l
        ",
    );
}

#[test]
fn months_and_years_begin_at_midnight_of_their_offset() {
    // 2026-12-01 and 2027-01-01, 00:00 UTC, in seconds.
    const DECEMBER: u64 = 1_796_083_200;
    const YEAR_2027: u64 = 1_798_761_600;
    let cases: &[(&str, u64)] = &[
        ("month 0", DECEMBER),
        ("month 480", DECEMBER - 480 * 60),
        ("month -60", DECEMBER + 60 * 60),
        ("month 1439", DECEMBER - 1439 * 60),
        ("month 0", YEAR_2027),
        ("year 0", YEAR_2027),
        ("year 480", YEAR_2027 - 480 * 60),
        ("year -480", YEAR_2027 + 480 * 60),
        ("year -1439", YEAR_2027 + 1439 * 60),
    ];
    for (window, begins_s) in cases {
        let (before, on, after) = (begins_s - 86_400, format!("{begins_s}000000000"), begins_s + 86_400);
        check_limit(
            &format!("at {before}000000000\n limit l l alice CNY out amount 5.00 {window}"),
            &format!(
                "
                xfer k1 alice bank 5.00 CNY
                at {}999999999
                usage l                     -> 5.00
                xfer k2 alice bank 0.01 CNY -> limit_exceeded short 0.01 by l
                at {on}
                usage l                     -> 0.00
                xfer k3 alice bank 5.00 CNY
                at {after}000000000
                xfer k4 alice bank 0.01 CNY -> limit_exceeded short 0.01 by l
                ",
                begins_s - 1
            ),
        );
    }
    check_limit(
        &format!("at {DECEMBER}000000000\n limit l l alice CNY out amount 5.00 year 0"),
        &format!("xfer k1 alice bank 5.00 CNY\n at {}000000000\n usage l -> 5.00", YEAR_2027 - 1),
    );
}

#[test]
fn a_month_ahead_of_the_epoch_is_of_1969() {
    check_limit(
        "limit l l alice CNY out amount 5.00 month -60",
        "
        xfer k1 alice bank 5.00 CNY
        at 3599999999999
        xfer k2 alice bank 0.01 CNY -> limit_exceeded short 0.01 by l
        at 3600000000000
        xfer k3 alice bank 5.00 CNY
        ",
    );
}
