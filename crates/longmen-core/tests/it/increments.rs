//! Tables over increments, and the table of a hold's life in `docs/rules.md` cell by cell.

use crate::dsl::check;

#[track_caller]
fn check_hold_of_5(rows: &str) {
    check(&format!(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open shop CNY liability none
        xfer k0 bank alice 20.00 CNY
        hold h alice shop 5.00 CNY for 10
        {rows}"
    ));
}

#[test]
fn an_increment_reserves_more_by_a_step_or_to_a_total() {
    check_hold_of_5(
        "
        increment i0 h by 0              -> amount_zero
        increment i0 h to 0              -> amount_zero
        increment i1 h by 1.00
        wrote         -> hold D alice 1.00, hold C shop 1.00
        state h       -> open captured 0.00 released 0.00 remaining 6.00
        balance alice -> posted 20.00 held 6.00 available 14.00
        next          -> 10
        increment i2 h to 7.00
        wrote         -> hold D alice 1.00, hold C shop 1.00
        increment i3 h to 7.00           # a repeated message does no harm
        wrote         ->
        state h       -> open captured 0.00 released 0.00 remaining 7.00
        increment i4 h to 6.99           -> total_below_hold
        increment i5 h by 13.01          -> insufficient_funds leg 0 short 0.01
        increment i6 h to 20.01          -> insufficient_funds leg 0 short 0.01
        increment i7 h by 1.00 USD       -> currency_mismatch
        increment i8 ghost by 1.00       -> hold_not_found
        capture c1 h 3.00
        release r1 h 1.00
        increment i9 h to 6.99           -> total_below_hold # the total is all that was ever reserved
        increment i10 h to 7.01
        state h       -> open captured 3.00 released 1.00 remaining 3.01
        increment i11 h by 12.99
        balance alice -> posted 17.00 held 16.00 available 1.00
        increment i1 h by 1.00           -> replay 5
        ",
    );
}

#[test]
fn all_that_was_ever_reserved_is_an_amount() {
    check(
        "
        open a CNY liability unlimited
        open b CNY liability unlimited
        hold h a b 9999999999999999.98 CNY
        increment i1 h by 0.02     -> counter_overflow
        increment i2 h by max      -> counter_overflow
        increment i3 h by 0.01
        increment i4 h by 0.01     -> counter_overflow
        release r1 h 5.00
        increment i5 h by 0.01     -> counter_overflow
        increment i6 h to max
        change f a freeze debit
        increment i7 h by 0.01     -> account_frozen leg 0
        ",
    );
    check(
        "
        given full CNY liability unlimited D 0 C 0 held full-100
        open b CNY liability unlimited
        hold h full b 1.00 CNY
        increment i1 h by 0.01     -> counter_overflow leg 0
        hold h2 b full 1.00 CNY
        ",
    );
}

#[test]
fn a_hold_of_zero_notes_what_is_expected() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open shop CNY liability none
        hold h alice shop 0 CNY for 10
        wrote         ->
        state h       -> open captured 0.00 released 0.00 remaining 0.00
        capture c1 h 0.01                -> exceeds_hold short 0.01
        release r1 h 0.01                -> exceeds_hold short 0.01
        increment i1 h by 0.01           -> insufficient_funds leg 0 short 0.01
        xfer k1 bank alice 1.00 CNY
        increment i2 h to 1.00
        state h       -> open captured 0.00 released 0.00 remaining 1.00
        hold h2 alice shop 0 CNY
        release r2 h2
        state h2      -> released captured 0.00 released 0.00 remaining 0.00
        hold h3 alice shop 0 CNY for 10
        hold h4 alice shop 0 CNY
        capture c2 h4 1.00 forced        # beyond it at once
        state h4      -> captured captured 0.00 released 0.00 remaining 0.00 forced 1.00
        at 10
        expire        -> h
        expire        -> h3
        state h3      -> expired captured 0.00 released 0.00 remaining 0.00
        expire        -> none
        ",
    );
}

/// Each row of the table, for each state: what the command gives, and the state after it.
#[test]
fn the_life_of_a_hold_cell_by_cell() {
    let states = [
        ("open", "capture c0 h 1.00"),
        ("captured", "capture c0 h 1.00 final"),
        ("released", "release r0 h"),
        ("expired", "at 10\n expire -> h"),
    ];
    let ended = ["", "-> hold_captured", "-> hold_released", "-> hold_expired"];
    let rows: &[(&str, &str, &str)] = &[
        ("increment x h by 1.00", "", "open"),
        ("increment x h to 6.00", "", "open"),
        ("increment x h to 4.99", "-> total_below_hold", "open"),
        ("capture x h 3.99", "", "open"),
        ("capture x h 4.00", "", "captured"),
        ("capture x h 3.99 final", "", "captured"),
        ("capture x h 4.00 final", "", "captured"),
        ("capture x h 4.01", "-> exceeds_hold short 0.01", "open"),
        ("release x h 3.99", "", "open"),
        ("release x h 4.00", "", "released"),
        ("release x h", "", "released"),
        ("release x h 4.01", "-> exceeds_hold short 0.01", "open"),
    ];
    for ((state, before), ended) in states.into_iter().zip(ended) {
        for (step, want, after) in rows {
            let (want, after) = if state == "open" { (*want, *after) } else { (ended, state) };
            check_hold_of_5(&format!("{before}\n life h -> {state}\n {step} {want}\n life h -> {after}"));
        }
        let forced: &[(&str, &str)] = &[
            ("capture x h 3.99 forced", "open"),
            ("capture x h 4.00 forced", "captured"),
            ("capture x h 4.01 forced", "captured"),
            ("capture x h 0.01 final forced", "captured"),
        ];
        for (step, after) in forced {
            let after = if state == "open" { *after } else { state };
            check_hold_of_5(&format!("{before}\n {step}\n life h -> {after}"));
        }
    }
}

#[test]
fn its_time_comes_once_and_what_is_journaled_before_counts() {
    check_hold_of_5(
        "
        at 9
        expire        -> none
        at 10
        increment i1 h by 1.00           # its time has come, its entry has not
        capture c1 h 1.00
        release r1 h 1.00
        state h       -> open captured 1.00 released 1.00 remaining 4.00
        expire        -> h
        state h       -> expired captured 1.00 released 5.00 remaining 0.00
        expire        -> none
        ",
    );
}
