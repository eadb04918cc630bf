//! Tables over captures; the language is described in `dsl`.

use crate::dsl::check;
use crate::holds::check_hold_of_100;

#[test]
fn a_capture_credits_its_portions() {
    check_hold_of_100(
        "
        capture c1 h1 60.00 to shop 50.00 fee 9.99 bank 0.01
        wrote         -> unhold D alice 60.00, unhold C shop 60.00, post D alice 60.00, post C shop 50.00, post C fee 9.99, post C bank 0.01
        state h1      -> open captured 60.00 released 0.00 remaining 40.00
        balance shop  -> posted 50.00 held 0.00 available 50.00
        balance fee   -> posted 9.99 held 0.00 available 9.99
        balance bank  -> posted 99.99 held 0.00 available 99.99
        capture c2 h1 10.00 final to alice 10.00
        wrote         -> unhold D alice 40.00, unhold C shop 40.00, post D alice 10.00, post C alice 10.00
        balance alice -> posted 40.00 held 0.00 available 40.00
        state h1      -> captured captured 70.00 released 30.00 remaining 0.00
        ",
    );
    check_hold_of_100(
        "
        capture c1 h1 60.00 to shop 50.00 fee 9.99                -> portions_differ
        capture c1 h1 60.00 to shop 50.00 fee 10.01               -> portions_differ
        capture c1 h1 60.00 to shop 9999999999999999.99 fee 60.01 -> portions_differ
        capture c1 h1 60.00 to shop 60.00 fee 0                   -> amount_zero leg 1
        capture c1 h1 0                                           -> amount_zero
        split c1 h1 254 shop                                      -> too_many_legs
        capture c1 h1 60.00 to shop 50.00 ghost 10.00             -> account_not_found leg 1
        capture c2 h1 60.00 to usd 50.00 shop 10.00               -> currency_mismatch leg 0
        capture c3 h1 60.00 to shop 50.00 usd 10.00               -> currency_mismatch leg 1
        balance alice -> posted 100.00 held 100.00 available 0.00
        split c4 h1 253 shop
        balance alice -> posted 97.47 held 97.47 available 0.00
        balance shop  -> posted 2.53 held 0.00 available 2.53
        ",
    );
}

#[test]
fn a_capture_is_refused_for_a_portion_that_a_limit_forbids() {
    check_hold_of_100(
        "
        capture c1 h1 60.00 to till 60.00              -> insufficient_funds leg 0 short 60.00
        capture c2 h1 60.00 to shop 50.00 till 10.00   -> insufficient_funds leg 1 short 10.00
        capture c3 h1 60.00 to shop 50.00 till 4.00 till 6.00 -> insufficient_funds leg 1 short 10.00
        state h1      -> open captured 0.00 released 0.00 remaining 100.00
        xfer k1 till bank 9.99 CNY
        capture c4 h1 60.00 to till 10.00 shop 50.00   -> insufficient_funds leg 0 short 0.01
        capture c5 h1 60.00 to till 9.99 shop 50.01
        balance till  -> posted 0.00 held 0.00 available 0.00
        ",
    );
    check(
        "
        given full CNY liability unlimited D 0 C full-0
        open alice CNY liability unlimited
        open shop CNY liability unlimited
        hold h1 alice shop 1.00 CNY
        capture c1 h1 1.00 to shop 0.50 full 0.50 -> counter_overflow leg 1
        hold h2 alice full 1.00 CNY
        capture c2 h2 1.00 to shop 0.50 full 0.50 -> counter_overflow leg 1
        capture c3 h2 1.00 to full 0.50 shop 0.50 -> counter_overflow leg 0
        capture c4 h2 1.00                        -> counter_overflow leg 1
        capture c5 h2 1.00 to shop 1.00
        ",
    );
    check(
        "
        given full CNY liability unlimited D full-0 C 0
        open shop CNY liability unlimited
        hold h1 full shop 1.00 CNY
        capture c1 h1 1.00                        -> counter_overflow leg 0
        capture c2 h1 1.00 to shop 1.00           -> counter_overflow
        release r1 h1
        ",
    );
}

#[test]
fn a_capture_that_its_hold_has_covered_is_never_short() {
    check_hold_of_100(
        "
        capture c1 h1 100.00
        balance alice -> posted 0.00 held 0.00 available 0.00
        hold h2 alice shop 1.00 CNY -> insufficient_funds leg 0 short 1.00
        ",
    );
    check(
        "
        open bank CNY asset none
        open alice CNY liability none
        xfer k1 bank alice 10.00 CNY
        hold h1 alice bank 10.00 CNY
        capture c1 h1 4.00
        balance bank  -> posted 6.00 held 6.00 available 0.00
        capture c2 h1 6.00 final to bank 5.00 bank 1.00
        balance bank  -> posted 0.00 held 0.00 available 0.00
        ",
    );
}

#[test]
fn captures_in_parts_until_nothing_remains() {
    check_hold_of_100(
        "
        capture c1 h1 60.00
        wrote         -> unhold D alice 60.00, unhold C shop 60.00, post D alice 60.00, post C shop 60.00
        state h1      -> open captured 60.00 released 0.00 remaining 40.00
        balance alice -> posted 40.00 held 40.00 available 0.00
        balance shop  -> posted 60.00 held 0.00 available 60.00
        capture c2 h1 40.01 -> exceeds_hold short 0.01
        state h1      -> open captured 60.00 released 0.00 remaining 40.00
        capture c3 h1 40.00
        state h1      -> captured captured 100.00 released 0.00 remaining 0.00
        balance alice -> posted 0.00 held 0.00 available 0.00
        balance shop  -> posted 100.00 held 0.00 available 100.00
        next          -> none
        at 60
        expire        -> none
        capture c4 h1 0.01 -> hold_captured
        release r1 h1      -> hold_captured
        release r2 h1 0.01 -> hold_captured
        ",
    );
}

#[test]
fn a_final_capture_releases_the_rest() {
    check_hold_of_100(
        "
        capture c1 h1 100.01 final -> exceeds_hold short 0.01
        capture c2 h1 60.00 final
        wrote         -> unhold D alice 100.00, unhold C shop 100.00, post D alice 60.00, post C shop 60.00
        state h1      -> captured captured 60.00 released 40.00 remaining 0.00
        balance alice -> posted 40.00 held 0.00 available 40.00
        balance shop  -> posted 60.00 held 0.00 available 60.00
        next          -> none
        capture c3 h1 40.00 -> hold_captured
        ",
    );
    check_hold_of_100(
        "
        capture c1 h1 60.00
        release r1 h1 10.00
        capture c2 h1 20.00 final
        wrote    -> unhold D alice 30.00, unhold C shop 30.00, post D alice 20.00, post C shop 20.00
        state h1 -> captured captured 80.00 released 20.00 remaining 0.00
        ",
    );
    check_hold_of_100(
        "capture c1 h1 100.00 final\n state h1 -> captured captured 100.00 released 0.00 remaining 0.00",
    );
}
