//! Tables over limits; the language is described in `dsl`.

use crate::dsl::check;

#[test]
fn without_an_overdraft_the_last_cent_goes_and_no_more() {
    check(
        "
        open bank CNY asset none
        open alice CNY liability none
        open till CNY asset none
        xfer k1 bank alice 100.00 CNY
        xfer k2 alice bank 100.01 CNY -> insufficient_funds leg 0 short 0.01
        xfer k3 till bank 1.00 CNY
        xfer k4 alice till 50.00 CNY  -> insufficient_funds leg 1 short 49.00
        balance alice                 -> posted 100.00 held 0.00 available 100.00
        balance till                  -> posted 1.00 held 0.00 available 1.00
        xfer k5 bank till 1.00 CNY
        balance till                  -> posted 0.00 held 0.00 available 0.00
        xfer k6 alice bank 100.00 CNY
        balance alice                 -> posted 0.00 held 0.00 available 0.00
        balance bank                  -> posted 0.00 held 0.00 available 0.00
        xfer k7 alice bank 0.01 CNY   -> insufficient_funds leg 0 short 0.01
        ",
    );
}

#[test]
fn a_credit_limit_is_used_up_to_its_end_on_either_side() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability limit 50.00
        open till CNY asset limit 0.50
        xfer k1 alice bank 50.01 CNY  -> insufficient_funds leg 0 short 0.01
        xfer k2 alice bank 50.00 CNY
        balance alice                 -> posted -50.00 held 0.00 available -50.00
        xfer k3 alice bank 9999999999999999.99 CNY -> insufficient_funds leg 0 short 9999999999999999.99
        xfer k4 bank till 0.51 CNY    -> insufficient_funds leg 1 short 0.01
        xfer k5 bank till 0.50 CNY
        hold h1 bank till 0.01 CNY    -> insufficient_funds leg 1 short 0.01
        hold h2 alice bank 0.01 CNY   -> insufficient_funds leg 0 short 0.01
        xfer k6 bank alice 0.01 CNY
        hold h3 alice bank 0.01 CNY
        balance alice                 -> posted -49.99 held 0.01 available -50.00
        ",
    );
}

#[test]
fn without_a_bound_either_side_goes_as_deep_as_it_likes() {
    check(
        "
        open clearing CNY asset unlimited
        open position CNY liability unlimited
        xfer k1 position clearing 9999999999999999.99 CNY
        xfer k2 position clearing 9999999999999999.99 CNY
        hold h1 position clearing 9999999999999999.99 CNY
        balance position -> posted -19999999999999999.98 held 9999999999999999.99 available -29999999999999999.97
        balance clearing -> posted -19999999999999999.98 held 9999999999999999.99 available -29999999999999999.97
        ",
    );
}

#[test]
fn a_deep_account_may_rise_and_stand_but_not_sink() {
    check(
        "
        given deep CNY liability limit 5.00 D 9.00 C 0
        given pit CNY asset none D 0 C 9.00
        given bank CNY asset unlimited D 9.00 C 0
        open bob CNY liability unlimited
        balance deep -> posted -9.00 held 0.00 available -9.00
        xfer k1 bank deep 0.01 CNY
        xfer k2 pit bob 1.00 CNY
        balance deep -> posted -8.99 held 0.00 available -8.99
        balance pit  -> posted -8.00 held 0.00 available -8.00
        post k3 D deep 1.00 CNY C bob 1.00 CNY D bob 1.00 CNY C deep 1.00 CNY
        xfer k4 deep bob 0.01 CNY  -> insufficient_funds leg 0 short 4.00
        xfer k5 bob pit 0.01 CNY   -> insufficient_funds leg 1 short 8.01
        hold h1 deep bob 0.01 CNY  -> insufficient_funds leg 0 short 4.00
        hold h2 bob deep 0.01 CNY
        balance deep -> posted -8.99 held 0.00 available -8.99
        release r2 h2
        post k6 D deep 1.00 CNY C deep 1.01 CNY D bank 0.01 CNY
        balance deep -> posted -8.98 held 0.00 available -8.98
        ",
    );
}

#[test]
fn a_deep_account_that_holds_may_rise_too() {
    check(
        "
        given deep CNY liability limit 5.00 D 9.00 C 0 held 2.00
        given pit CNY asset none D 0 C 9.00 held 2.00
        open bob CNY liability unlimited
        balance deep -> posted -9.00 held 2.00 available -11.00
        balance pit  -> posted -9.00 held 2.00 available -11.00
        xfer k1 bob deep 0.01 CNY
        xfer k2 pit bob 0.01 CNY
        xfer k3 deep bob 0.01 CNY -> insufficient_funds leg 0 short 6.00
        xfer k4 bob pit 0.01 CNY  -> insufficient_funds leg 1 short 11.00
        ",
    );
}

#[test]
fn a_counter_stays_below_two_to_the_126() {
    check(
        "
        given full CNY liability unlimited D full-100 C full-1
        given brim CNY liability unlimited D full-0 C full-0
        given bank CNY asset unlimited D 0 C 0
        xfer k1 full bank 1.01 CNY -> counter_overflow leg 0
        xfer k2 bank full 0.02 CNY -> counter_overflow leg 1
        post k3 C bank 1.00 CNY C bank 0.01 CNY D full 1.00 CNY D full 0.01 CNY -> counter_overflow leg 2
        xfer k0 full brim 1.01 CNY -> counter_overflow leg 0
        post k9 C brim 1.01 CNY D full 1.01 CNY -> counter_overflow leg 0
        xfer k4 full bank 1.00 CNY
        xfer k5 bank full 0.01 CNY
        xfer k6 bank full 0.01 CNY -> counter_overflow leg 1
        xfer k7 full bank 0.01 CNY -> counter_overflow leg 0
        hold h1 full bank 5.00 CNY
        capture c1 h1 1.00         -> counter_overflow leg 0
        hold h2 bank full 5.00 CNY
        capture c2 h2 1.00         -> counter_overflow leg 1
        state h2                   -> open captured 0.00 released 0.00 remaining 5.00
        release r2 h2
        ",
    );
}

#[test]
fn what_is_short_beyond_an_amount_is_the_largest_amount() {
    check(
        "
        given abyss CNY liability none D full-100 C 0
        given bank CNY asset unlimited D 0 C 0
        xfer k1 abyss bank 0.01 CNY -> insufficient_funds leg 0 short 9999999999999999.99
        ",
    );
}
