//! Tables over conditions; the language is described in `dsl`.

use crate::dsl::check;

#[test]
fn each_number_is_compared_in_each_way() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open bob CNY liability none
        xfer k0 bank alice 10.00 CNY
        hold h0 alice bob 2.00 CNY
        xfer a1 alice bob 0.01 CNY if posted alice at_least 10.00    -> condition_failed condition 0
        xfer a2 alice bob 1.00 CNY if posted alice at_least 9.00
        xfer a3 bank alice 1.00 CNY if posted alice at_least 9.99
        xfer b1 bob bank 0.01 CNY if posted alice at_most 9.99       -> condition_failed condition 0
        xfer b2 bob bank 0.01 CNY if posted alice at_most 10.00
        xfer b3 bob bank 0.01 CNY if posted alice at_most 10.01
        xfer c1 bob bank 0.01 CNY if posted alice equal 9.99         -> condition_failed condition 0
        xfer c2 bob bank 0.01 CNY if posted alice equal 10.01        -> condition_failed condition 0
        xfer c3 bob bank 0.01 CNY if posted alice equal 10.00
        hold d1 alice bob 1.00 CNY if held alice at_most 2.99        -> condition_failed condition 0
        hold d2 alice bob 1.00 CNY if held alice equal 3.00 if available alice equal 7.00
        xfer d3 bob bank 0.01 CNY if held bob equal 0.00
        xfer e1 alice bob 1.00 CNY if available alice at_least 6.01  -> condition_failed condition 0
        xfer e2 alice bob 1.00 CNY if available alice at_least 6.00
        xfer e3 alice bob 1.00 CNY if available alice at_most 4.99   -> condition_failed condition 0
        xfer e4 alice bob 1.00 CNY if available alice at_most 5.00
        xfer f1 alice bob 1.00 CNY if available alice equal 5.00     -> condition_failed condition 0
        xfer f2 bob bank 30.00 CNY forced if posted bob equal -27.04 if posted bank at_most -19.04 # below zero too
        xfer f3 bank bob 0.01 CNY if posted bob at_least -27.02      -> condition_failed condition 0
        xfer f4 bank bob 0.01 CNY if posted bob at_least -27.03
        ",
    );
}

#[test]
fn balances_are_those_after_the_command_and_the_version_the_one_before() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        xfer k1 bank alice 5.00 CNY if posted alice equal 5.00 if version alice equal 1
        xfer k2 bank alice 5.00 CNY if version alice equal 1          -> condition_failed condition 0
        xfer k3 bank alice 5.00 CNY if version alice at_least 3       -> condition_failed condition 0
        xfer k4 bank alice 5.00 CNY if version alice at_most 1        -> condition_failed condition 0
        xfer k5 bank alice 5.00 CNY if version alice at_least 2 if version alice at_most 2 if version alice equal 2
        hold h1 alice bank 1.00 CNY if held alice equal 1.00
        increment i1 h1 by 1.00 if held alice equal 1.00              -> condition_failed condition 0
        increment i2 h1 by 1.00 if held alice equal 2.00
        capture c1 h1 1.00 if held alice equal 2.00                   -> condition_failed condition 0
        capture c2 h1 1.00 if held alice equal 1.00 if posted alice equal 9.00
        release r1 h1 if available alice equal 8.00                   -> condition_failed condition 0
        release r2 h1 if available alice equal 9.00
        reverse v1 k1 if posted alice equal 9.00                      -> condition_failed condition 0
        reverse v2 k1 if posted alice equal 4.00
        move m1 upto:alice bank max CNY if posted alice at_least 0.01 -> condition_failed condition 0
        move m2 upto:alice bank max CNY if posted alice equal 0.00    -> moved 4.00
        balance alice -> posted 0.00 held 0.00 available 0.00
        ",
    );
}

#[test]
fn any_command_may_have_conditions_on_any_account() {
    check(
        "
        open bank CNY asset unlimited
        open usd USD asset unlimited
        open alice CNY liability none if available bank equal 0.00
        open bob CNY liability none if available bank equal 0.01 -> condition_failed condition 0
        open bob CNY liability none key b if available bob at_least 0.00 -> condition_failed condition 0 # not there yet
        change c1 alice hide if available bank at_least 0.01     -> condition_failed condition 0
        change c2 alice close if posted alice equal 0.00
        change c3 alice reopen if posted ghost equal 0.00        -> condition_failed condition 0
        set s1 family if version ghost at_least 0                -> condition_failed condition 0
        set s2 family if posted usd equal 0.00                   -> condition_failed condition 0 # of another currency
        set s3 family if posted usd equal 0.00 USD
        set s4 kids if held bank at_most 0.00 USD                -> condition_failed condition 0
        set s5 kids if available bank at_least 0.00 USD          -> condition_failed condition 0
        limit l1 x bank CNY in amount 1.00 lifetime if version bank equal 1 -> condition_failed condition 0
        at 86400000000000
        seal t1 0 if version bank equal 1                        -> condition_failed condition 0
        erase e1 bob if version bank equal 1                     -> condition_failed condition 0
        sealed     -> none
        erased bob -> no
        join j1 family bank if version bank equal 0
        ",
    );
}

#[test]
fn the_first_condition_that_does_not_hold_is_told_and_there_are_16() {
    check(
        "
        open bank CNY asset unlimited
        set a s if version bank equal 0 if version bank equal 1 if version bank equal 2 -> condition_failed condition 1
        set b s if 15 version bank equal 0 if version bank equal 1  -> condition_failed condition 15
        set c s if 17 version bank equal 0                          -> too_many_conditions
        set c s if 16 version bank equal 0
        ",
    );
}

#[test]
fn a_condition_is_asked_last() {
    check(
        "
        given full CNY liability unlimited D full-0 C full-0
        open alice CNY liability none
        open bank CNY asset unlimited
        limit l none bank CNY in amount 0 lifetime
        xfer k0 alice bank 1.00 CNY if posted ghost equal 0.00 -> insufficient_funds leg 0 short 1.00
        xfer k1 alice full 1.00 CNY if posted ghost equal 0.00 -> counter_overflow leg 1
        xfer k2 bank alice 1.00 CNY if posted ghost equal 0.00 -> limit_exceeded short 1.00 by none
        xfer k3 bank full 1.00 CNY forced if posted ghost equal 0.00 -> counter_overflow leg 1
        xfer k4 bank alice 1.00 CNY forced if posted ghost equal 0.00 -> condition_failed condition 0
        xfer k5 full alice 1.00 CNY                            -> counter_overflow leg 0
        ",
    );
}
