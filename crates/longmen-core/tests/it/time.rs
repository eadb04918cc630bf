//! Tables over effective dates, seals and imported history; the language is described in `dsl`.

use crate::dsl::check;

const DAY_NS: u64 = 86_400_000_000_000;

#[track_caller]
fn check_on_day_10(rows: &str) {
    check(&format!(
        "
        open bank CNY asset unlimited
        open alice CNY liability unlimited
        at {}
        {rows}",
        10 * DAY_NS
    ));
}

#[test]
fn a_day_is_sealed_once_it_is_over_and_later_than_the_last() {
    check_on_day_10(
        "
        sealed                             -> none
        seal s1 10                         -> seal_not_past # it has just begun
        seal s2 11                         -> seal_not_past
        at 863999999999999
        seal s3 9                          -> seal_not_past
        at 864000000000000
        seal s4 9
        sealed                             -> 9
        seal s5 9                          -> seal_not_later
        seal s6 8                          -> seal_not_later
        seal s7 10                         -> seal_not_past
        at 950399999999999
        seal s8 10                         -> seal_not_past
        at 950400000000000
        seal s9 10
        sealed                             -> 10
        seal s4 9                          -> replay 5
        ",
    );
    check_on_day_10(
        "seal s1 -719162\n sealed -> -719162\n seal s2 -719161\n seal s3 2932896 -> seal_not_past",
    );
}

#[test]
fn no_effective_date_lies_in_a_sealed_period() {
    check_on_day_10(
        "
        xfer k1 bank alice 1.00 CNY on 8
        seal s1 8
        xfer k1 bank alice 1.00 CNY on 8   -> replay 2
        xfer k2 bank alice 1.00 CNY on 7   -> period_sealed
        xfer k3 bank alice 1.00 CNY on 8   -> period_sealed
        xfer k4 bank alice 1.00 CNY on 9
        xfer k5 bank alice 1.00 CNY on 11
        xfer k6 bank alice 1.00 CNY
        xfer k7 bank alice 1.00 CNY on 8 forced -> period_sealed
        open bob CNY liability none on 8   -> period_sealed
        set s2 family on 8                 -> period_sealed
        seal s3 9 on 8                     -> period_sealed
        seal s4 9 on 9                     # it is not sealed yet
        xfer k8 bank alice 1.00 CNY on 9   -> period_sealed
        xfer k9 bank alice 1.00 CNY on 10
        ",
    );
    check_on_day_10(
        "xfer k1 bank alice 1.00 CNY on -719162\n seal s1 0\n xfer k2 bank alice 1.00 CNY on 0 -> period_sealed",
    );
}

#[test]
fn imported_commands_come_in_the_order_of_time_and_have_happened() {
    check_on_day_10(
        "
        imported                           -> none
        xfer k1 bank alice 1.00 CNY happened 864000000000001 -> import_not_past
        xfer k2 bank alice 1.00 CNY happened 864000000000000 -> import_not_past
        imported                           -> none
        xfer k3 bank alice 1.00 CNY happened 500
        imported                           -> 500
        xfer k4 bank alice 1.00 CNY happened 499 -> import_not_later
        xfer k5 bank alice 1.00 CNY happened 500 -> import_not_later
        xfer k6 bank alice 1.00 CNY happened 501
        imported                           -> 501
        xfer k3 bank alice 1.00 CNY happened 500 -> replay 4 # a retry is seen before any of this
        xfer k3 bank alice 1.00 CNY        -> key_reused
        xfer k7 bank alice 1.00 CNY        # the others need not wait
        open bob CNY liability none happened 600
        imported                           -> 600
        hold h1 alice bob 1.00 CNY for 5 happened 700 -> import_with_life
        xfer k8 bank ghost 1.00 CNY happened 800 -> account_not_found leg 1
        imported                           -> 600 # a refusal did not happen
        xfer k9 bank alice 1.00 CNY happened 863999999999999
        imported                           -> 863999999999999
        ",
    );
    check_on_day_10(
        "
        hold h1 alice bank 1.00 CNY happened 1
        capture c1 h1 0.50 happened 2
        release r1 h1 happened 3
        change a1 alice hide happened 4
        state h1                           -> released captured 0.50 released 0.50 remaining 0.00
        imported                           -> 4
        ",
    );
}

#[test]
fn an_imported_command_counts_on_its_own_day_unless_it_names_one() {
    check_on_day_10(
        "
        seal s1 3
        xfer k1 bank alice 1.00 CNY happened 345599999999999 -> period_sealed # the last moment of day 3
        xfer k2 bank alice 1.00 CNY happened 345599999999998 on 4
        xfer k3 bank alice 1.00 CNY happened 345600000000000
        xfer k4 bank alice 1.00 CNY happened 345600000000001 on 3 -> period_sealed
        imported                           -> 345600000000000
        ",
    );
}

#[test]
fn time_is_judged_in_the_order_of_codes() {
    check_on_day_10(
        "
        seal s1 3
        erase e1 peter
        xfer k0 bank alice 1.00 CNY happened 863999999999999
        change f1 alice freeze both
        xfer k1 bank alice 1.00 CNY happened 864000000000000 on 3 secret peter 1 -> period_sealed
        xfer k2 bank alice 1.00 CNY happened 864000000000000 secret peter 1 -> import_not_past
        xfer k3 bank alice 1.00 CNY happened 863999999999999 secret peter 1 -> import_not_later
        xfer k4 bank alice 1.00 CNY secret peter 1     -> subject_erased
        xfer k5 bank alice 1.00 CNY secret paul 1      -> account_frozen leg 1
        seal s2 3 on 3                                 -> period_sealed
        seal s3 10 on 3                                -> period_sealed
        seal s4 10 happened 863999999999999            -> seal_not_past
        seal s5 3 happened 863999999999999             -> seal_not_later
        seal s6 4 happened 863999999999999             -> import_not_later
        erase e2 peter happened 863999999999999        -> import_not_later
        erase e3 peter happened 864000000000000        -> import_not_past
        change c1 alice close on 3                     -> period_sealed
        change c2 alice reopen happened 863999999999999 secret peter 1 -> import_not_later
        change c3 alice reopen secret peter 1          -> subject_erased
        change c4 alice reopen if version bank equal 0 -> account_not_closed
        move m1 upto:bank alice 1.00 CNY at_least 1.00 on 3 -> period_sealed
        move m2 upto:alice bank 9.00 CNY at_least 5.00 -> account_frozen leg 0
        ",
    );
}
