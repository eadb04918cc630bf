//! Tables over who is asked whether it is closed or frozen; the language is described in `dsl`.

use crate::dsl::check;

/// An account `x` with 50.00, one posting in and one out of it, and holds from it, in its favour and beside it.
#[track_caller]
fn check_asked(state: &str, rows: &str) {
    check(&format!(
        "
        open bank CNY asset unlimited
        open other CNY liability unlimited
        open x CNY liability unlimited
        open fund CNY liability unlimited
        xfer k1 bank x 50.00 CNY
        xfer k2 bank fund 50.00 CNY
        xfer in other x 1.00 CNY
        xfer out x other 1.00 CNY
        hold mine x other 9.00 CNY for 10
        hold theirs other x 9.00 CNY
        hold third other bank 9.00 CNY
        {state}
        {rows}
        release r1 mine 1.00
        release r2 theirs 1.00
        at 10
        expire -> mine
        release r3 theirs
        "
    ));
}

const ALL_TAKEN: &str = "
    xfer p1 x other 1.00 CNY
    xfer p2 other x 1.00 CNY
    move m1 upto:x other 1.00 CNY      -> moved 1.00
    move m2 upto:fund x 1.00 CNY       -> moved 1.00
    reverse v1 in
    reverse v2 out
    hold h0 x other 0 CNY
    hold h1 x other 1.00 CNY
    hold h2 other x 1.00 CNY
    increment i1 mine by 1.00
    increment i2 theirs by 1.00
    capture c1 mine 1.00
    capture c2 theirs 1.00
    capture c3 third 1.00 to x 1.00
    capture c4 third 2.00 to other 1.00 x 1.00
    capture c5 theirs 2.00 to bank 1.00 x 1.00
    capture c6 mine 1.00 to x 1.00
    ";

#[test]
fn an_open_account_takes_everything() {
    check_asked("access x -> open holds 2", ALL_TAKEN);
}

#[test]
fn a_frozen_debit_side_takes_no_new_debit() {
    check_asked(
        "change z x freeze debit",
        "
        xfer p1 x other 1.00 CNY           -> account_frozen leg 0
        xfer p2 other x 1.00 CNY
        move m1 upto:x other 1.00 CNY      -> account_frozen leg 0
        move m2 upto:fund x 1.00 CNY       -> moved 1.00
        reverse v1 in                      -> account_frozen leg 1
        reverse v2 out
        hold h0 x other 0 CNY              -> account_frozen leg 0
        hold h1 x other 1.00 CNY           -> account_frozen leg 0
        hold h2 other x 1.00 CNY
        increment i0 mine to 9.00          -> account_frozen leg 0
        increment i1 mine by 1.00          -> account_frozen leg 0
        increment i2 theirs by 1.00
        capture c1 mine 1.00               # what was reserved is still paid
        capture c2 theirs 1.00
        capture c3 third 1.00 to x 1.00
        capture c6 mine 1.00 to x 1.00
        ",
    );
}

#[test]
fn a_frozen_credit_side_takes_no_new_credit() {
    check_asked(
        "change z x freeze credit",
        "
        xfer p1 x other 1.00 CNY
        xfer p2 other x 1.00 CNY           -> account_frozen leg 1
        move m1 upto:x other 1.00 CNY      -> moved 1.00
        move m2 upto:fund x 1.00 CNY       -> account_frozen leg 1
        reverse v1 in
        reverse v2 out                     -> account_frozen leg 0
        hold h1 x other 1.00 CNY
        hold h0 other x 0 CNY              -> account_frozen leg 1
        hold h2 other x 1.00 CNY           -> account_frozen leg 1
        increment i1 mine by 1.00
        increment i2 theirs by 1.00        -> account_frozen leg 1
        capture c1 mine 1.00
        capture c2 theirs 1.00
        capture c3 third 1.00 to x 1.00    -> account_frozen leg 0
        capture c4 third 2.00 to other 1.00 x 1.00 -> account_frozen leg 1
        capture c5 theirs 2.00 to bank 1.00 x 1.00
        capture c6 mine 1.00 to x 1.00
        ",
    );
}

#[test]
fn an_account_that_a_hold_keeps_closed_takes_nothing_but_captures() {
    let keeps =
        [("hold keep x other 0 CNY closes debit", 0), ("hold keep other x 1.00 CNY closes credit", 1)];
    for (keep, leg) in keeps {
        check_asked(
            &format!("{keep}\n access x -> kept holds 3\n access other -> open holds 4"),
            &format!(
                "
                xfer p1 x other 1.00 CNY           -> account_closed leg 0
                xfer p2 other x 1.00 CNY           -> account_closed leg 1
                xfer p3 x other 1.00 CNY forced    -> account_closed leg 0
                move m1 upto:x other 1.00 CNY      -> account_closed leg 0
                move m2 upto:fund x 1.00 CNY       -> account_closed leg 1
                reverse v1 in                      -> account_closed leg 1
                reverse v2 out                     -> account_closed leg 0
                hold h0 x other 0 CNY              -> account_closed leg 0
                hold h1 x other 1.00 CNY           -> account_closed leg 0
                hold h2 other x 1.00 CNY           -> account_closed leg 1
                increment i1 mine by 1.00          -> account_closed leg 0
                increment i2 theirs by 1.00        -> account_closed leg 1
                increment i3 keep by 1.00          -> account_closed leg {leg}
                capture c1 mine 1.00
                capture c2 theirs 1.00
                capture c3 third 1.00 to x 1.00    -> account_closed leg 0
                capture c4 third 2.00 to other 1.00 x 1.00 -> account_closed leg 1
                capture c5 theirs 2.00 to bank 1.00 x 1.00
                capture c6 mine 1.00 to x 1.00
                change z1 x reopen                 -> account_not_closed
                "
            ),
        );
    }
}

#[test]
fn an_account_closed_for_good_refuses_even_a_late_capture() {
    check(
        "
        open bank CNY asset unlimited
        open other CNY liability unlimited
        open x CNY liability unlimited
        xfer in other x 1.00 CNY
        xfer out x other 1.00 CNY
        hold mine x other 9.00 CNY
        hold theirs other x 9.00 CNY
        hold third other bank 9.00 CNY
        release r1 mine
        release r2 theirs
        change z x close
        xfer p1 x other 1.00 CNY                  -> account_closed leg 0
        xfer p2 other x 1.00 CNY forced           -> account_closed leg 1
        reverse v1 in                             -> account_closed leg 1
        hold h1 x other 0 CNY                     -> account_closed leg 0
        hold h2 other x 1.00 CNY forced           -> account_closed leg 1
        capture c1 mine 1.00 forced               -> account_closed leg 0
        capture c2 theirs 1.00 forced             -> account_closed leg 1
        capture c3 mine 1.00 to other 1.00 forced -> account_closed
        capture c4 theirs 1.00 to bank 1.00 forced
        capture c5 third 1.00 to x 1.00           -> account_closed leg 0
        capture c6 third 1.00 to x 1.00 forced    -> account_closed leg 0
        move m1 upto:x other 1.00 CNY             -> moved 0.00 # it posts to nobody
        change y x reopen
        capture c7 mine 1.00 forced
        ",
    );
}

#[test]
fn a_closed_account_anywhere_comes_before_a_frozen_one() {
    check(
        "
        open cold CNY liability unlimited
        open ice CNY liability unlimited
        open shut CNY liability unlimited
        open bank CNY asset unlimited
        change c1 cold freeze debit
        change c2 ice freeze credit
        change c3 shut close
        xfer k1 cold shut 1.00 CNY         -> account_closed leg 1
        xfer k2 cold ice 1.00 CNY          -> account_frozen leg 0
        post k3 C ice 1.00 CNY D cold 1.00 CNY -> account_frozen leg 0
        post k4 C ice 2.00 CNY D cold 1.00 CNY D shut 1.00 CNY -> account_closed leg 2
        post k5 D bank 1.00 CNY C shut 0.50 CNY C shut 0.50 CNY -> account_closed leg 1
        post k6 D bank 1.00 CNY C cold 1.00 CNY
        post k7 D ice 1.00 CNY C bank 1.00 CNY
        xfer k8 cold ice 1.00 CNY forced
        xfer k9 cold shut 1.00 CNY forced  -> account_closed leg 1
        hold h1 cold shut 1.00 CNY         -> account_closed leg 1
        ",
    );
}

#[test]
fn a_hold_keeps_accounts_closed_until_it_ends() {
    check(
        "
        open a CNY liability unlimited
        open b CNY liability unlimited
        hold h1 a b 1.00 CNY for 5 closes both
        access a           -> kept holds 1
        access b           -> kept holds 1
        capture c1 h1 1.00 -> hold_closing
        capture c2 h1 1.00 forced -> hold_closing
        capture c3 h1 1.00 final -> hold_closing
        capture c4 h1 1.01 -> hold_closing
        change c5 a close  -> account_not_empty holds
        change c6 a reopen -> account_not_closed
        release r1 h1 0.40
        access a           -> kept holds 1
        state h1           -> open captured 0.00 released 0.40 remaining 0.60
        at 5
        expire             -> h1
        access a           -> open
        access b           -> open
        capture c7 h1 1.00 -> hold_expired
        capture c8 h1 1.00 forced -> hold_closing
        hold h2 a b 0 CNY closes debit
        access a           -> kept holds 1
        access b           -> open holds 1
        hold h3 b a 0 CNY  -> account_closed leg 1
        release r2 h2
        access a           -> open
        hold h4 a b 0 CNY closes credit
        access a           -> open holds 1
        access b           -> kept holds 1
        hold h5 a b 0 CNY closes credit -> account_closed leg 1
        release r3 h4
        hold h6 a b 1.00 CNY closes none
        access a           -> open holds 1
        hold h7 a b 1.00 CNY closes both
        access a           -> kept holds 2
        capture c9 h6 1.00
        access a           -> kept holds 1
        release r4 h7
        access a           -> open
        ",
    );
}
