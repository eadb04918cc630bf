//! Tables over force: what the outside world has done already; the language is described in `dsl`.

use crate::dsl::check;

#[test]
fn only_what_moves_or_reserves_money_can_be_forced() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none forced    -> not_forcible
        open alice CNY liability none
        change c alice close forced             -> not_forcible
        change c ghost hide forced              -> not_forcible
        release r h1 forced                     -> not_forcible
        set s family forced                     -> not_forcible
        join j family alice forced              -> not_forcible
        leave j family alice forced             -> not_forcible
        limit l x alice CNY in count 1 lifetime forced -> not_forcible
        drop l x forced                         -> not_forcible
        seal t 0 forced                         -> not_forcible
        erase e peter forced                    -> not_forcible
        xfer k1 alice bank 1.00 CNY forced
        move m1 bank upto:alice 0.50 CNY forced -> moved 0.50
        hold h1 alice bank 1.00 CNY forced
        increment i1 h1 by 1.00 forced
        capture p1 h1 1.00 forced
        reverse v1 k1 forced
        xfer k1 alice bank 1.00 CNY             -> key_reused # force is part of the content
        ",
    );
}

#[test]
fn force_passes_over_overdrafts_freezes_and_velocity() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability limit 1.00
        open cold CNY liability none
        open usd USD liability none
        limit l1 never alice CNY out amount 0 lifetime
        change f cold freeze both
        xfer k1 alice cold 5.00 CNY             -> account_frozen leg 1
        xfer k2 alice bank 5.00 CNY             -> insufficient_funds leg 0 short 4.00
        xfer k3 alice bank 0.50 CNY             -> limit_exceeded short 0.50 by never
        xfer k4 alice cold 5.00 CNY forced
        balance alice                           -> posted -5.00 held 0.00 available -5.00
        usage never                             -> 5.00
        hold h1 cold alice 9.00 CNY forced
        balance cold                            -> posted 5.00 held 9.00 available -4.00
        increment i1 h1 by 1.00                 -> account_frozen leg 0
        increment i2 h1 by 1.00 forced
        capture c1 h1 10.00 to bank 9.00 cold 1.00
        xfer k5 ghost alice 1.00 CNY forced     -> account_not_found leg 0
        xfer k6 usd alice 1.00 CNY forced       -> currency_mismatch leg 0
        xfer k7 alice bank 1.00 CNY forced if posted alice at_least 0.00 -> condition_failed condition 0
        hold h2 alice bank 1.00 CNY forced if held alice equal 0.00      -> condition_failed condition 0
        ",
    );
    check(
        "
        given full CNY liability none D full-0 C full-0
        open bank CNY asset unlimited
        xfer k1 full bank 0.01 CNY forced       -> counter_overflow leg 0
        hold h1 full bank 1.00 CNY forced
        capture c1 h1 1.00 forced               -> counter_overflow leg 0
        ",
    );
}

/// One hold of 5.00 from alice to shop, who has 100.00, and one whose state is `h`'s.
#[track_caller]
fn check_with_hold(rows: &str) {
    check(&format!(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open shop CNY liability none
        open usd USD liability none
        xfer k0 bank alice 20.00 CNY
        hold h alice shop 5.00 CNY for 10
        {rows}"
    ));
}

#[test]
fn a_forced_capture_takes_what_remains_and_posts_the_rest_beyond() {
    check_with_hold(
        "
        capture c1 h 4.99 forced
        state h       -> open captured 4.99 released 0.00 remaining 0.01
        capture c2 h 0.03 forced
        wrote         -> unhold D alice 0.01, unhold C shop 0.01, post D alice 0.03, post C shop 0.03
        state h       -> captured captured 5.00 released 0.00 remaining 0.00 forced 0.02
        next          -> none
        capture c3 h 1.00 -> hold_captured
        capture c4 h 1.00 forced
        wrote         -> post D alice 1.00, post C shop 1.00
        state h       -> captured captured 5.00 released 0.00 remaining 0.00 forced 1.02
        balance shop  -> posted 6.02 held 0.00 available 6.02
        capture c5 h 15.00 final to shop 14.00 bank 1.00 forced
        balance alice -> posted -1.02 held 0.00 available -1.02
        ",
    );
    check_with_hold(
        "
        capture c1 h 5.00 forced
        state h       -> captured captured 5.00 released 0.00 remaining 0.00
        ",
    );
    check_with_hold(
        "
        capture c1 h 2.00 final forced
        wrote         -> unhold D alice 5.00, unhold C shop 5.00, post D alice 2.00, post C shop 2.00
        state h       -> captured captured 2.00 released 3.00 remaining 0.00
        ",
    );
}

#[test]
fn a_hold_that_has_ended_has_nothing_left_so_all_is_beyond() {
    check_with_hold(
        "
        capture c1 h 1.00
        release r1 h
        capture c2 h 2.00           -> hold_released
        capture c3 h 2.00 forced
        state h       -> released captured 1.00 released 4.00 remaining 0.00 forced 2.00
        capture c4 h 2.00 USD forced -> currency_mismatch
        capture c5 h 2.00 to usd 2.00 forced -> currency_mismatch leg 0
        capture c6 h 2.00 to shop 1.00 forced -> portions_differ
        capture c7 ghost 2.00 forced -> hold_not_found
        ",
    );
    check_with_hold(
        "
        at 10
        expire        -> h
        capture c1 h 2.00           -> hold_expired
        capture c2 h 2.00 final forced
        state h       -> expired captured 0.00 released 5.00 remaining 0.00 forced 2.00
        expire        -> none
        ",
    );
}

#[test]
fn what_was_forced_is_an_amount() {
    check_with_hold(
        "
        release r1 h
        capture c1 h max forced
        capture c2 h 0.01 forced    -> counter_overflow
        state h       -> released captured 0.00 released 5.00 remaining 0.00 forced 9999999999999999.99
        ",
    );
}
