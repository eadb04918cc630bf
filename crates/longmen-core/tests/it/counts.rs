//! Tables over limits on how often, and over limits that are set again, dropped, several or malformed.

use crate::velocity::check_with_family;

#[test]
fn a_count_counts_what_is_made_one_a_command() {
    check_with_family(
        "
        limit l few alice CNY out count 4 lifetime
        xfer k1 bank alice 1.00 CNY        # not in its direction
        usage few                          -> 0
        post k2 D alice 1.00 CNY D alice 1.00 CNY C bank 2.00 CNY
        usage few                          -> 1
        move m1 upto:alice bank 1.00 CNY   -> moved 1.00
        usage few                          -> 2
        move m2 alice upto:bob 1.00 CNY    -> moved 0.00 # moves nothing
        usage few                          -> 2
        hold h1 alice bank 3.00 CNY
        usage few                          -> 3
        used few                           -> 3
        hold h2 alice bank 0 CNY           # holds nothing
        hold h3 bank alice 1.00 CNY
        usage few                          -> 3
        increment i1 h1 by 1.00
        capture c1 h1 1.00
        release r1 h1 1.00
        capture c2 h1 9.00 forced
        usage few                          -> 3
        reverse v1 k1
        usage few                          -> 4
        xfer k3 alice bank 0.01 CNY        -> limit_exceeded by few
        hold h4 alice bank 0.01 CNY        -> limit_exceeded by few
        move m3 upto:alice bank 1.00 CNY   -> limit_exceeded by few
        xfer k4 bank alice 1.00 CNY
        hold h5 alice bank 1.00 CNY        -> limit_exceeded by few
        hold h6 alice bank 0 CNY
        reverse v2 k2                      # comes in
        usage few                          -> 4
        limit l2 none alice CNY in count 0 lifetime
        xfer k5 bank alice 0.01 CNY        -> limit_exceeded by none
        capture c3 h3 1.00                 # captures do not count
        usage none                         -> 0
        ",
    );
}

#[test]
fn a_limit_that_is_set_again_goes_on_counting_if_little_changed() {
    let changes = [
        ("alice CNY out amount 1.00 lifetime", "5.00"),
        ("alice CNY out amount 9.00 lifetime exempt n=1", "5.00"),
        ("alice CNY out count 9 lifetime", "0"),
        ("bob CNY out amount 5.00 lifetime", "0.00"),
        ("set:family CNY out amount 5.00 lifetime", "0.00"),
        ("alice CNY in amount 5.00 lifetime", "0.00"),
        ("alice CNY net_out amount 5.00 lifetime", "0.00"),
        ("alice CNY out amount 5.00 every 100", "0.00"),
        ("alice CNY out amount 5.00 last 100", "0.00 in 0"),
    ];
    for (change, usage) in changes {
        check_with_family(&format!(
            "
            limit l1 daily alice CNY out amount 5.00 lifetime
            xfer k1 alice bank 5.00 CNY
            limit l2 daily {change}
            usage daily -> {usage}
            "
        ));
    }
    check_with_family(
        "
        limit l1 daily set:family CNY out amount 5.00 lifetime
        xfer k1 alice bank 5.00 CNY
        limit l2 daily set:family USD out amount 5.00 lifetime
        usage daily                        -> 0.00
        xfer k2 alice bank 5.00 CNY
        limit l3 daily set:family CNY out amount 5.00 lifetime
        usage daily                        -> 0.00
        limit l4 daily ghost USD out amount 5.00 lifetime -> account_not_found
        limit l5 daily alice USD out amount 5.00 lifetime -> currency_mismatch
        ",
    );
    check_with_family(
        "
        limit l1 daily alice CNY out amount 5.00 lifetime
        xfer k1 alice bank 5.00 CNY
        limit l2 daily alice CNY out amount 1.00 lifetime
        xfer k2 alice bank 0.01 CNY        -> limit_exceeded short 4.01 by daily
        xfer k3 bank alice 1.00 CNY
        limit l3 daily bob CNY out amount 1.00 lifetime
        xfer k4 alice bank 2.00 CNY        # it looks at bob now
        xfer k5 bob bank 1.01 CNY          -> limit_exceeded short 0.01 by daily
        limit l4 daily set:family CNY out count 1 every 10
        xfer k6 bob bank 5.00 CNY
        xfer k7 alice bank 0.01 CNY        -> limit_exceeded by daily
        limit l5 daily set:family CNY out count 2 every 10
        xfer k8 alice bank 0.01 CNY
        xfer k9 alice bank 0.01 CNY        -> limit_exceeded by daily
        at 10
        xfer k10 alice bank 0.01 CNY
        ",
    );
}

#[test]
fn a_dropped_limit_forgets() {
    check_with_family(
        "
        limit l1 daily alice CNY out amount 5.00 lifetime
        xfer k1 alice bank 5.00 CNY
        xfer k2 alice bank 0.01 CNY        -> limit_exceeded short 0.01 by daily
        drop d1 daily
        usage daily                        -> dropped
        drop d2 daily                      -> limit_not_found
        drop d3 ghost                      -> limit_not_found
        xfer k3 alice bank 9.00 CNY
        limit l2 daily alice CNY out amount 5.00 lifetime
        usage daily                        -> 0.00
        xfer k4 alice bank 5.01 CNY        -> limit_exceeded short 0.01 by daily
        xfer k5 alice bank 5.00 CNY
        drop d4 daily
        limit l3 daily bob CNY out amount 5.00 lifetime
        xfer k6 alice bank 9.00 CNY
        xfer k7 bob bank 5.01 CNY          -> limit_exceeded short 0.01 by daily
        ",
    );
}

#[test]
fn of_several_limits_the_one_that_was_set_first_is_told() {
    check_with_family(
        "
        limit l1 zebra bob CNY in amount 5.00 lifetime
        limit l2 ant alice CNY out amount 5.00 lifetime
        limit l3 cat alice CNY out count 0 lifetime
        xfer k1 alice bob 6.00 CNY         -> limit_exceeded short 1.00 by zebra
        xfer k2 alice bank 6.00 CNY        -> limit_exceeded short 1.00 by ant
        xfer k3 alice bank 5.00 CNY        -> limit_exceeded by cat
        limit l4 zebra bob CNY in amount 5.50 lifetime
        xfer k4 alice bob 6.00 CNY         -> limit_exceeded short 0.50 by zebra
        limit l5 zebra bob CNY in amount 6.00 lifetime
        xfer k5 alice bob 6.00 CNY         -> limit_exceeded short 1.00 by ant
        ",
    );
}

#[test]
fn the_shape_of_a_limit_and_what_it_names() {
    check_with_family(
        "
        limit l x alice CNY out amount 1.00 every 0              -> limit_malformed
        limit l x alice CNY out amount 1.00 last 0               -> limit_malformed
        limit l x alice CNY out amount 1.00 month 1440           -> limit_malformed
        limit l x alice CNY out amount 1.00 month -1440          -> limit_malformed
        limit l x alice CNY out amount 1.00 year 1440            -> limit_malformed
        limit l x alice CNY out amount 1.00 year -1440           -> limit_malformed
        limit l x alice CNY net_out count 1 lifetime             -> limit_malformed
        limit l x alice CNY net_in count 1 lifetime              -> limit_malformed
        limit l x alice CNY out count 1 lifetime exempt 9*k=1    -> limit_malformed
        limit l x ghost CNY out count 1 lifetime exempt 9*k=1    -> limit_malformed
        limit l x alice CNY out count 1 lifetime exempt k=raw:a*129 -> meta_text_too_long
        limit l x alice CNY out count 1 lifetime exempt k=raw:\u{7} -> text_control_character
        limit l x alice CNY out count 1 lifetime exempt k=raw:4111111111111111 -> payment_card_number
        limit l1 x ghost CNY out count 1 lifetime                -> account_not_found
        limit l2 x set:ghost CNY out count 1 lifetime            -> set_not_found
        usage x                                                  -> none
        limit l3 x alice CNY out count 1 every 1 -> limit_malformed
        limit l4 x alice CNY out count 1 last 1
        limit l5 x alice CNY out amount 0 month 1439
        limit l6 x alice CNY net_out amount 1.00 month -1439
        limit l7 x alice CNY out amount 1.00 year 1439
        limit l8 x alice CNY out amount 1.00 year -1439
        limit l9 x alice CNY out count 1 lifetime exempt 8*k=1
        limit l10 x alice CNY out count 1 lifetime exempt k=raw:a*128
        limit l11 x alice USD out count 0 lifetime               -> currency_mismatch
        limit l12 x set:family USD out count 0 lifetime
        xfer k1 alice bank 1.00 CNY                              # it looks at no CNY
        ",
    );
}
