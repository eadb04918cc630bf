//! Tables over the life of an account; the language is described in `dsl`.

use crate::dsl::check;

#[test]
fn an_overdraft_is_changed_at_any_time_and_asks_nothing() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        xfer k1 alice bank 5.00 CNY              -> insufficient_funds leg 0 short 5.00
        change c1 alice overdraft limit 5.00
        overdraft alice                          -> limit 5.00
        xfer k2 alice bank 5.01 CNY              -> insufficient_funds leg 0 short 0.01
        xfer k3 alice bank 5.00 CNY
        change c2 alice overdraft none           # where the account stands is not asked
        overdraft alice                          -> limit 0.00
        balance alice                            -> posted -5.00 held 0.00 available -5.00
        xfer k4 alice bank 0.01 CNY              -> insufficient_funds leg 0 short 5.01
        xfer k5 bank alice 0.01 CNY
        change c3 alice overdraft unlimited
        overdraft alice                          -> unlimited
        xfer k6 alice bank 1000000.00 CNY
        change c4 ghost overdraft none           -> account_not_found
        change c5 alice overdraft unlimited      # the same again
        change c6 alice in CNY overdraft limit 7.00
        change c7 alice in USD overdraft limit 8.00 -> currency_mismatch
        change c8 ghost in USD overdraft none    -> account_not_found
        overdraft alice                          -> limit 7.00
        ",
    );
}

#[test]
fn freezing_sets_the_sides_that_take_nothing_new() {
    check(
        "
        open alice CNY liability unlimited
        access alice              -> open
        change c1 alice freeze debit
        access alice              -> open debit_frozen
        change c2 alice freeze credit
        access alice              -> open credit_frozen
        change c3 alice freeze both
        access alice              -> open debit_frozen credit_frozen
        change c4 alice freeze both
        change c5 alice freeze none
        access alice              -> open
        change c6 ghost freeze none -> account_not_found
        ",
    );
}

#[test]
fn hiding_is_a_mark_and_no_rule() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none hidden
        access alice              -> open hidden
        xfer k1 bank alice 1.00 CNY
        change c1 alice show
        access alice              -> open
        change c2 alice show
        change c3 alice hide
        access alice              -> open hidden
        xfer k2 alice bank 1.00 CNY
        change c4 ghost hide      -> account_not_found
        change c5 ghost show      -> account_not_found
        ",
    );
}

#[test]
fn an_account_is_closed_when_it_is_empty_and_reopened() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability unlimited
        open shop CNY liability none
        change c0 alice reopen    -> account_not_closed
        xfer k1 bank alice 0.01 CNY
        change c1 alice close     -> account_not_empty posted
        hold h1 alice shop 0.01 CNY
        change c2 alice close     -> account_not_empty posted holds
        change c3 shop close      -> account_not_empty holds
        xfer k2 alice bank 0.01 CNY
        change c4 alice close     -> account_not_empty holds
        release r1 h1
        change c5 alice close
        access alice              -> closed
        change c6 alice close     -> account_closed
        xfer k3 bank alice 1.00 CNY -> account_closed leg 1
        change c7 alice reopen
        access alice              -> open
        change c8 alice reopen    -> account_not_closed
        xfer k4 alice bank 0.01 CNY
        change c9 alice close     -> account_not_empty posted # below zero
        change c10 ghost close    -> account_not_found
        change c11 ghost reopen   -> account_not_found
        ",
    );
}

#[test]
fn a_hold_of_zero_is_open_and_stands_in_the_way() {
    check(
        "
        open alice CNY liability none
        open shop CNY liability none
        hold h1 alice shop 0 CNY
        hold h2 alice shop 0 CNY for 5
        access alice              -> open holds 2
        change c1 alice close     -> account_not_empty holds
        change c2 shop close      -> account_not_empty holds
        release r1 h1
        access shop               -> open holds 1
        change c3 alice close     -> account_not_empty holds
        at 5
        expire                    -> h2
        change c4 alice close
        change c5 shop close
        ",
    );
}

#[test]
fn a_closed_account_may_still_be_changed_otherwise() {
    check(
        "
        open alice CNY liability none
        change c1 alice close
        change c2 alice freeze both
        change c3 alice hide
        change c4 alice overdraft unlimited
        change c5 alice details code 2010
        access alice              -> closed debit_frozen credit_frozen hidden
        change c6 alice reopen
        access alice              -> open debit_frozen credit_frozen hidden
        ",
    );
}

#[test]
fn details_take_the_place_of_those_before() {
    check(
        "
        open alice CNY liability none code 2010.cust about owner=7 vip=yes
        open bob CNY liability none about owner=7 ref=#ff note=blue
        details alice             -> code 2010.cust owner=7 vip=yes
        details bob               -> note=blue owner=7 ref=#ff
        with owner=7              -> alice bob
        with owner=text:7         ->
        with vip=yes              -> alice
        with ref=#ff              -> bob
        change c1 alice details about owner=8
        details alice             -> owner=8
        with owner=7              -> bob
        with owner=8              -> alice
        with vip=yes              ->
        change c2 alice details code 2020
        details alice             -> code 2020
        with owner=8              ->
        change c3 alice details
        details alice             ->
        change c4 ghost details   -> account_not_found
        details ghost             -> none
        ",
    );
}

#[test]
fn the_version_is_the_position_of_the_last_change() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open shop CNY liability none
        version alice             -> 1
        xfer k1 bank alice 10.00 CNY
        version bank              -> 3
        version alice             -> 3
        version shop              -> 2
        xfer k2 alice bank 10.01 CNY -> insufficient_funds leg 0 short 0.01
        version alice             -> 3
        hold h1 alice shop 5.00 CNY for 9
        version alice             -> 5
        version shop              -> 5
        increment i1 h1 by 1.00
        version shop              -> 6
        increment i2 h1 to 6.00
        version shop              -> 6 # it changed nothing
        capture p1 h1 1.00 to bank 1.00
        version alice             -> 8
        version bank              -> 8
        version shop              -> 8 # its expectation shrank
        release r1 h1 1.00
        version alice             -> 9
        version bank              -> 8
        at 9
        expire                    -> h1
        version shop              -> 10
        hold h2 alice shop 0 CNY
        version alice             -> 10 # no counter changed
        change c1 alice hide
        version alice             -> 12
        change c2 alice details code 1
        version alice             -> 13
        change c3 shop close      -> account_not_empty holds
        version shop              -> 10
        set s1 family
        join j1 family alice
        limit l1 daily alice CNY out amount 5.00 lifetime
        version alice             -> 13 # sets and limits only look at it
        leave j2 family alice
        drop l2 daily
        version alice             -> 13
        move m1 upto:alice shop 1.00 CNY -> moved 1.00
        version alice             -> 20
        move m2 upto:bank upto:shop 1.00 CNY -> moved 0.00
        version shop              -> 20
        reverse v1 m1
        version shop              -> 22
        ",
    );
}
