//! Tables over reversals; the language is described in `dsl`.

use crate::dsl::check;

#[test]
fn a_reversal_posts_the_mirror_once() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open fee CNY income none
        post k1 D bank 10.00 CNY C alice 9.00 CNY C fee 1.00 CNY
        reversal k1       -> none
        reverse v1 k1
        wrote             -> post C bank 10.00, post D alice 9.00, post D fee 1.00
        reversal k1       -> 4
        balance alice     -> posted 0.00 held 0.00 available 0.00
        reverse v2 k1     -> reversed_already
        reverse v3 v1     -> not_reversible
        reverse v1 k1     -> replay 4
        reverse v1 v1     -> key_reused
        reverse v4 ghost  -> original_not_found
        reverse v5 v4     -> original_not_found # a refusal
        reverse v6 v6     -> original_not_found
        ",
    );
}

#[test]
fn a_reversal_is_judged_like_any_posting() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        xfer k1 bank alice 10.00 CNY
        xfer k2 alice bank 0.01 CNY
        reverse v1 k1     -> insufficient_funds leg 1 short 0.01
        reversal k1       -> none
        reverse v2 k1 forced
        balance alice     -> posted -0.01 held 0.00 available -0.01
        reverse v3 k2
        balance alice     -> posted 0.00 held 0.00 available 0.00
        ",
    );
}

#[test]
fn what_posted_nothing_cannot_be_reversed() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        xfer k1 bank alice 10.00 CNY
        hold h1 alice bank 5.00 CNY
        increment i1 h1 by 1.00
        release r1 h1 1.00
        move m1 upto:alice bank 0.50 CNY           -> moved 0.50
        move m2 bank upto:alice 0.50 CNY           -> moved 0.00
        change c1 alice hide
        set s1 family
        join j1 family alice
        leave j2 family alice
        limit l1 daily alice CNY in amount 100.00 lifetime
        drop l2 daily
        erase e1 bob
        at 172800000000000
        seal t1 0
        reverse v1 alice  -> not_reversible
        reverse v2 h1     -> not_reversible
        reverse v3 i1     -> not_reversible
        reverse v4 r1     -> not_reversible
        reverse v5 m2     -> not_reversible
        reverse v6 c1     -> not_reversible
        reverse v7 s1     -> not_reversible
        reverse v8 j1     -> not_reversible
        reverse v9 j2     -> not_reversible
        reverse v10 l1    -> not_reversible
        reverse v11 l2    -> not_reversible
        reverse v12 e1    -> not_reversible
        reverse v13 t1    -> not_reversible
        reverse v14 m1
        wrote             -> post C alice 0.50, post D bank 0.50
        ",
    );
}

#[test]
fn of_a_capture_what_was_posted_is_reversed_and_the_hold_stays() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open shop CNY liability none
        open fee CNY income none
        xfer k1 bank alice 10.00 CNY
        hold h1 alice shop 10.00 CNY
        capture c1 h1 4.00 to shop 3.00 fee 1.00
        reverse v1 c1
        wrote             -> post C alice 4.00, post D shop 3.00, post D fee 1.00
        state h1          -> open captured 4.00 released 0.00 remaining 6.00
        balance alice     -> posted 10.00 held 6.00 available 4.00
        capture c2 h1 6.00 final
        reverse v2 c2
        state h1          -> captured captured 10.00 released 0.00 remaining 0.00
        reverse v3 c2     -> reversed_already
        ",
    );
}

#[test]
fn a_correction_is_a_reversal_and_the_right_posting_linked() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open bob CNY liability none
        xfer k1 bank alice 10.00 CNY
        linked reverse v1 k1
        xfer k2 bank bob 10.00 CNY
        balance bob       -> posted 10.00 held 0.00 available 10.00
        linked reverse v2 k2 -> group_fell by 1
        reverse v3 k2     -> reversed_already
        reversal k2       -> none
        ",
    );
}
