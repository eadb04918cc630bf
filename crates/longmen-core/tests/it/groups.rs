//! Tables over atomic groups; the language is described in `dsl`.

use longmen_core::{Books, Decision, GroupDecision, Reason};

use crate::dsl::check;

#[track_caller]
fn check_with_alice(rows: &str) {
    check(&format!(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open bob CNY liability none
        {rows}"
    ));
}

#[test]
fn all_are_carried_out_one_after_the_other_each_with_the_effects_of_those_before() {
    check_with_alice(
        "
        linked xfer k1 bank alice 5.00 CNY
        linked xfer k2 alice bob 5.00 CNY
        xfer k3 bob bank 4.00 CNY
        version alice -> 4
        version bob   -> 5
        balance bob   -> posted 1.00 held 0.00 available 1.00
        linked open carol CNY liability none
        linked xfer k4 bank carol 1.00 CNY
        linked hold h1 carol bob 1.00 CNY
        linked increment i1 h1 to 1.00
        linked capture c1 h1 0.40
        release r1 h1
        balance carol -> posted 0.60 held 0.00 available 0.60
        state h1      -> released captured 0.40 released 0.60 remaining 0.00
        linked xfer k5 bob bank 1.00 CNY     -> group_fell by 1
        xfer k6 bank ghost 5.00 CNY          -> account_not_found leg 1
        ",
    );
}

#[test]
fn the_first_that_is_refused_is_the_culprit() {
    check_with_alice(
        "
        linked xfer a1 alice bank 1.00 CNY   -> insufficient_funds leg 0 short 1.00
        linked xfer a2 bank alice 1.00 CNY   -> group_fell by 0
        xfer a3 bank ghost 1.00 CNY          -> group_fell by 0
        linked xfer b1 bank alice 1.00 CNY   -> group_fell by 1
        linked xfer b2 bank ghost 1.00 CNY   -> account_not_found leg 1
        xfer b3 alice bank 9.00 CNY          -> group_fell by 1
        linked xfer c1 bank alice 1.00 CNY   -> group_fell by 2
        linked xfer c2 alice bob 1.00 CNY    -> group_fell by 2
        xfer c3 bob bank 1.01 CNY            -> insufficient_funds leg 0 short 0.01
        balance alice -> posted 0.00 held 0.00 available 0.00
        balance bob   -> posted 0.00 held 0.00 available 0.00
        version bob   -> 2
        xfer c3 bob bank 1.01 CNY            -> replay 5 # only the culprit's refusal is kept
        linked xfer c1 bank alice 1.00 CNY
        xfer c2 alice bob 1.00 CNY           # the others come again with the same keys
        xfer a1 alice bank 1.00 CNY          -> key_reused # the link is part of the content
        linked xfer a1 alice bank 1.00 CNY   -> replay 3
        xfer a9 bank alice 1.00 CNY          -> group_fell by 0
        ",
    );
}

#[test]
fn a_group_that_comes_again_gets_its_first_result() {
    check_with_alice(
        "
        linked xfer k1 bank alice 5.00 CNY
        xfer k2 alice bob 5.00 CNY
        linked xfer k1 bank alice 5.00 CNY   -> replay 3
        xfer k2 alice bob 5.00 CNY           -> replay 4
        xfer k2 alice bob 5.00 CNY           -> replay 4 # the last one carries no link
        xfer k1 bank alice 5.00 CNY          -> key_reused
        linked xfer k1 bank alice 5.00 CNY   -> group_fell by 1
        xfer k3 alice bob 5.00 CNY           -> group_differs
        ",
    );
    check_with_alice(
        "
        xfer k2 bank bob 5.00 CNY
        linked xfer k1 bank alice 5.00 CNY   -> group_differs
        xfer k2 bank bob 5.00 CNY            -> group_fell by 0
        linked xfer k1 bank alice 5.00 CNY   -> group_fell by 1
        xfer k2 bank bob 5.01 CNY            -> key_reused
        linked xfer k4 bank alice 5.00 CNY   -> group_fell by 1
        linked xfer k4 bank alice 5.00 CNY   -> key_reused # twice in one group
        xfer k2 bank bob 5.00 CNY            -> group_fell by 1
        linked xfer k5 bank alice 5.00 CNY   -> group_fell by 1
        xfer k5 bank alice 5.00 CNY          -> key_reused
        xfer k5 bank alice 5.00 CNY
        linked xfer k6 alice bank 9.00 CNY   -> insufficient_funds leg 0 short 4.00
        xfer k7 bank alice 9.00 CNY          -> group_fell by 0
        xfer k8 bank alice 9.00 CNY
        linked xfer k6 alice bank 9.00 CNY   -> replay 5 # for ever
        xfer k7 bank alice 9.00 CNY          -> group_fell by 0
        linked xfer k9 ghost alice 1.00 CNY  -> group_fell by 1
        hold k8 alice bank 1.00 CNY          -> key_reused
        ",
    );
}

#[test]
fn a_group_whose_last_command_is_linked_is_open() {
    check_with_alice(
        "
        linked xfer k1 bank alice 5.00 CNY   -> group_open
        end
        linked xfer k1 bank alice 5.00 CNY   -> group_fell by 1
        linked xfer k2 ghost alice 5.00 CNY  -> group_open
        end
        linked xfer k1 bank alice 5.00 CNY   -> group_fell by 1
        linked xfer k2 bank alice 0 CNY      -> amount_zero leg 0 # of a lower code
        end
        linked xfer k1 bank alice 5.00 CNY
        xfer k2 alice bob 5.00 CNY
        linked xfer k1 bank alice 5.00 CNY   -> group_open # comes before the key
        end
        ",
    );
    let decision = Books::new().decide_group(Vec::new(), 0, 0);
    let open = Decision::Refuse(Reason::GroupOpen.into());
    assert_eq!(decision, GroupDecision::Fell { culprit: 0, decision: Box::new(open) });
}

#[test]
fn what_is_wrong_in_itself_is_found_before_anything_is_evaluated() {
    check_with_alice(
        "
        linked xfer k1 alice bank 5.00 CNY   -> group_fell by 2 # short
        linked xfer k2 bank alice 5.00 CNY   -> group_fell by 2
        xfer k3 bank bank 5.00 CNY           -> same_account
        linked xfer k1 bank ghost 5.00 CNY   -> group_fell by 1
        xfer alice bank bob 5.00 CNY         -> key_reused
        xfer k1 bank bob 5.00 CNY            # nothing was journaled
        xfer k3 bank bob 5.00 CNY
        ",
    );
}

#[test]
fn a_limit_is_enforced_inside_the_group_that_would_pass_it() {
    check_with_alice(
        "
        xfer k0 bank alice 50.00 CNY
        limit l1 daily alice CNY out amount 5.00 lifetime
        linked xfer k1 alice bank 3.00 CNY   -> group_fell by 1
        xfer k2 alice bank 2.01 CNY          -> limit_exceeded short 0.01 by daily
        usage daily   -> 0.00
        linked limit l2 daily alice CNY out amount 6.00 lifetime -> group_fell by 2
        linked xfer k3 alice bank 3.00 CNY   -> group_fell by 2
        xfer k4 alice bank 3.01 CNY          -> limit_exceeded short 0.01 by daily
        linked drop l3 daily
        xfer k5 alice bank 5.01 CNY
        ",
    );
}

#[test]
fn a_limit_that_fell_with_its_group_is_not_named() {
    check_with_alice(
        "
        xfer k1 bank alice 10.00 CNY
        linked limit l1 often alice CNY out count 1 lifetime -> group_fell by 2
        linked xfer k2 alice bob 1.00 CNY    -> group_fell by 2
        xfer k3 alice bob 1.00 CNY           -> limit_exceeded
        limit l2 other bob CNY out count 1 lifetime
        linked limit l3 often alice CNY out count 1 lifetime -> group_fell by 2
        linked xfer k4 alice bob 1.00 CNY    -> group_fell by 2
        xfer k5 alice bob 1.00 CNY           -> limit_exceeded
        ",
    );
}

#[test]
fn what_is_wrong_with_a_later_life_is_found_before_anything_is_evaluated() {
    check_with_alice(
        "
        linked xfer k1 alice bob 1.00 CNY -> group_fell by 1
        hold k2 alice bob 1.00 CNY for 4611686018427387905 -> expiry_too_far
        ",
    );
}

#[test]
fn conditions_seals_and_names_are_those_inside_the_group() {
    check_with_alice(
        "
        linked xfer k1 bank alice 5.00 CNY if version alice equal 1
        xfer k2 bank alice 5.00 CNY if version alice equal 3 if posted alice equal 10.00
        linked xfer k3 bank alice 5.00 CNY   -> group_fell by 1
        xfer k4 bank alice 5.00 CNY if version alice equal 4 -> condition_failed condition 0
        at 86400000000000
        linked seal t1 0
        xfer k5 bank alice 5.00 CNY on 1
        linked seal t2 0                     -> seal_not_later
        xfer k6 bank alice 5.00 CNY          -> group_fell by 0
        at 172799999999999
        linked xfer k7 bank alice 5.00 CNY   # each has a nanosecond of its own
        seal t3 1
        sealed        -> 1
        at 172800000000100
        linked xfer k8 bank alice 5.00 CNY   -> group_fell by 1
        xfer k9 bank alice 5.00 CNY happened 172800000000101 -> import_not_past
        linked xfer k8 bank alice 5.00 CNY
        xfer k10 bank alice 5.00 CNY happened 172800000000100
        ",
    );
}

/// A group of everything that changes books, and a culprit at its end: `dsl` compares the books down to their indexes.
#[test]
fn a_group_that_fell_leaves_no_trace_of_anything() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none code 2010 about owner=7
        open bob CNY liability none about owner=8
        xfer k0 bank alice 50.00 CNY
        hold h1 alice bob 5.00 CNY for 50
        hold h2 alice bob 5.00 CNY for 50 closes credit
        hold h3 alice bank 5.00 CNY for 90
        set s1 family
        set s2 kids
        join j1 family alice
        join j2 family set:kids
        limit l1 fixed set:family CNY out amount 40.00 every 100
        limit l2 slide alice CNY out amount 40.00 last 10
        limit l3 once alice CNY out count 40 lifetime
        xfer k1 alice bank 1.00 CNY
        at 1
        xfer k11 alice bank 1.00 CNY
        at 9
        xfer k2 alice bank 1.00 CNY
        at 14
        linked open carol CNY liability none code 2011 about owner=7   -> group_fell by 26
        linked change c1 alice details about owner=8        -> group_fell by 26
        linked change c2 alice overdraft unlimited          -> group_fell by 26
        linked change c3 carol close                        -> group_fell by 26
        linked change c4 carol reopen                       -> group_fell by 26
        linked change c5 alice freeze none                  -> group_fell by 26
        linked xfer k3 alice bank 2.00 CNY                  -> group_fell by 26
        linked xfer k12 alice bank 2.00 CNY                 -> group_fell by 26
        linked hold h4 alice carol 2.00 CNY for 5 closes credit -> group_fell by 26
        linked release r1 h2                                -> group_fell by 26
        linked increment i1 h1 by 1.00                      -> group_fell by 26
        linked capture c6 h1 6.00                           -> group_fell by 26
        linked release r2 h3 1.00                           -> group_fell by 26
        linked set s3 new                                   -> group_fell by 26
        linked join j3 kids set:new                         -> group_fell by 26
        linked join j4 new bob                              -> group_fell by 26
        linked leave j5 family alice                        -> group_fell by 26
        linked limit l4 fresh set:new CNY in amount 40.00 last 10 -> group_fell by 26
        linked limit l5 slide bob CNY in amount 30.00 month 0     -> group_fell by 26
        linked drop l6 once                                 -> group_fell by 26
        linked xfer k4 bank bob 2.00 CNY                    -> group_fell by 26
        linked limit l7 fixed set:family CNY out amount 41.00 every 100 -> group_fell by 26
        linked reverse v1 k2 forced                         -> group_fell by 26
        linked erase e1 peter                               -> group_fell by 26
        linked xfer k5 bank bob 1.00 CNY happened 5         -> group_fell by 26
        linked move m1 upto:bob bank 1.00 CNY               -> group_fell by 26
        xfer k6 bank ghost 1.00 CNY                         -> account_not_found leg 1
        with owner=8  -> bob
        next          -> 50
        usage slide   -> 1.00 in 3
        who family    -> alice
        usage fresh   -> none
        imported      -> none
        erased peter  -> no
        access bob    -> kept holds 2
        linked change c5 alice freeze none
        xfer k7 bank alice 1.00 CNY
        ",
    );
}

#[test]
fn holds_that_are_captured_together_are_a_group_of_captures() {
    check_with_alice(
        "
        xfer k0 bank alice 9.00 CNY
        hold h1 alice bob 4.00 CNY for 5
        hold h2 alice bob 5.00 CNY for 6
        linked capture c1 h1 4.00            -> group_fell by 1
        capture c2 h2 5.01                   -> exceeds_hold short 0.01
        next          -> 5
        state h1      -> open captured 0.00 released 0.00 remaining 4.00
        linked capture c1 h1 4.00
        capture c3 h2 5.00
        next          -> none
        balance bob   -> posted 9.00 held 0.00 available 9.00
        linked capture c1 h1 4.00            -> replay 7
        capture c3 h2 5.00                   -> replay 8
        ",
    );
}
