//! Tables over the life of a hold; the language is described in `dsl`.

use crate::dsl::check;

#[test]
fn a_hold_reserves_and_posts_nothing() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open shop CNY liability none
        xfer k1 bank alice 100.00 CNY
        hold h1 alice shop 60.00 CNY
        wrote         -> hold D alice 60.00, hold C shop 60.00
        balance alice -> posted 100.00 held 60.00 available 40.00
        balance shop  -> posted 0.00 held 0.00 available 0.00
        state h1      -> open captured 0.00 released 0.00 remaining 60.00
        next          -> none
        xfer k2 alice bank 40.01 CNY -> insufficient_funds leg 0 short 0.01
        hold h2 alice shop 40.01 CNY -> insufficient_funds leg 0 short 0.01
        state h2      -> none
        hold h3 alice shop 40.00 CNY
        balance alice -> posted 100.00 held 100.00 available 0.00
        xfer k3 shop bank 0.01 CNY   -> insufficient_funds leg 0 short 0.01
        ",
    );
}

#[test]
fn a_hold_reserves_on_whichever_side_shrinks() {
    check(
        "
        open bank CNY asset none
        open till CNY asset none
        open alice CNY liability none
        xfer k1 bank alice 100.00 CNY
        hold h1 alice bank 60.00 CNY
        balance alice -> posted 100.00 held 60.00 available 40.00
        balance bank  -> posted 100.00 held 60.00 available 40.00
        hold h2 till bank 40.00 CNY
        balance bank  -> posted 100.00 held 100.00 available 0.00
        balance till  -> posted 0.00 held 0.00 available 0.00
        hold h3 till bank 0.01 CNY   -> insufficient_funds leg 1 short 0.01
        hold h4 till alice 5.00 CNY
        balance alice -> posted 100.00 held 60.00 available 40.00
        capture c2 h2 40.00
        balance bank  -> posted 60.00 held 60.00 available 0.00
        balance till  -> posted 40.00 held 0.00 available 40.00
        ",
    );
}

#[test]
fn a_hold_names_two_open_accounts_of_one_currency() {
    check(
        "
        open alice CNY liability unlimited
        open shop CNY liability unlimited
        open usd USD liability unlimited
        hold h1 alice alice 1.00 CNY -> same_account
        hold h1 ghost shop 1.00 CNY  -> account_not_found leg 0
        hold h2 alice ghost 1.00 CNY -> account_not_found leg 1
        hold h3 alice usd 1.00 CNY   -> currency_mismatch leg 1
        hold h4 alice usd 1.00 USD   -> currency_mismatch leg 0
        hold h5 alice shop 1.00 USD  -> currency_mismatch leg 0
        hold h6 ghost ghost 0 CNY    -> same_account
        state h5                     -> none
        capture c1 h5 1.00           -> hold_not_found
        release r1 h5                -> hold_not_found
        capture c2 alice 1.00        -> hold_not_found
        ",
    );
}

/// One hold of 100.00 from alice to shop, alice having no more than that.
#[track_caller]
pub(crate) fn check_hold_of_100(rest: &str) {
    check(&format!(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open shop CNY liability none
        open fee CNY income none
        open usd USD liability none
        open till CNY asset none
        xfer k0 bank alice 100.00 CNY
        hold h1 alice shop 100.00 CNY for 60
        next -> 60
        {rest}"
    ));
}

#[test]
fn releases_in_parts_until_nothing_remains() {
    check_hold_of_100(
        "
        release r0 h1 0 -> amount_zero
        release r1 h1 30.00
        wrote         -> unhold D alice 30.00, unhold C shop 30.00
        state h1      -> open captured 0.00 released 30.00 remaining 70.00
        balance alice -> posted 100.00 held 70.00 available 30.00
        release r2 h1 70.01 -> exceeds_hold short 0.01
        release r3 h1 70.00
        state h1      -> released captured 0.00 released 100.00 remaining 0.00
        balance alice -> posted 100.00 held 0.00 available 100.00
        next          -> none
        capture c1 h1 1.00 -> hold_released
        release r4 h1      -> hold_released
        ",
    );
    check_hold_of_100(
        "
        capture c1 h1 60.00
        release r1 h1
        wrote         -> unhold D alice 40.00, unhold C shop 40.00
        state h1      -> released captured 60.00 released 40.00 remaining 0.00
        balance alice -> posted 40.00 held 0.00 available 40.00
        ",
    );
}

#[test]
fn a_hold_expires_at_its_instant_by_an_entry_of_its_own() {
    check_hold_of_100(
        "
        capture c1 h1 60.00
        at 59
        expire        -> none
        at 60
        state h1      -> open captured 60.00 released 0.00 remaining 40.00
        expire        -> h1
        wrote         -> unhold D alice 40.00, unhold C shop 40.00
        state h1      -> expired captured 60.00 released 40.00 remaining 0.00
        balance alice -> posted 40.00 held 0.00 available 40.00
        next          -> none
        expire        -> none
        capture c2 h1 1.00 -> hold_expired
        release r1 h1      -> hold_expired
        hold h1 alice shop 100.00 CNY for 60 -> replay 7
        ",
    );
}

#[test]
fn only_the_writer_ends_a_hold_whose_time_has_come() {
    check_hold_of_100(
        "
        at 1000
        capture c1 h1 60.00
        state h1 -> open captured 60.00 released 0.00 remaining 40.00
        release r1 h1 1.00
        expire   -> h1
        state h1 -> expired captured 60.00 released 40.00 remaining 0.00
        ",
    );
}

#[test]
fn holds_expire_by_time_and_then_by_placing() {
    check(
        "
        open alice CNY liability unlimited
        open shop CNY liability unlimited
        at 100
        hold late alice shop 1.00 CNY for 50
        hold z alice shop 2.00 CNY for 20
        hold forever alice shop 4.00 CNY
        hold a alice shop 8.00 CNY for 20
        hold soon alice shop 16.00 CNY for 1
        hold gone alice shop 32.00 CNY for 10
        at 110
        hold m alice shop 64.00 CNY for 10
        release r1 gone
        balance alice -> posted 0.00 held 95.00 available -95.00
        next   -> 101
        at 149
        expire -> soon
        next   -> 120
        expire -> z
        expire -> a
        expire -> m
        next   -> 150
        expire -> none
        at 18446744073709551615
        expire -> late
        expire -> none
        next   -> none
        balance alice -> posted 0.00 held 4.00 available -4.00
        state forever -> open captured 0.00 released 0.00 remaining 4.00
        ",
    );
}

#[test]
fn a_life_is_at_most_146_years() {
    check(
        "
        open alice CNY liability unlimited
        open shop CNY liability unlimited
        at 18446744073709551605
        hold h1 alice shop 1.00 CNY for 10
        next     -> 18446744073709551615
        hold h2 alice shop 1.00 CNY for 4611686018427387905 -> expiry_too_far
        state h2 -> none
        release r1 h1
        hold h3 alice shop 1.00 CNY for 4611686018427387904
        next     -> 18446744073709551615 # the clock ends first
        ",
    );
}
