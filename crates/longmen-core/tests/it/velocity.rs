//! Tables over velocity limits; their windows are in `windows`, the language is described in `dsl`.

use crate::dsl::check;

/// Alice and bob with 100.00 each and the family that both are in.
#[track_caller]
pub(crate) fn check_with_family(rows: &str) {
    check(&format!(
        "
        open bank CNY asset unlimited
        open alice CNY liability unlimited
        open bob CNY liability unlimited
        xfer k0 bank alice 100.00 CNY
        xfer k00 bank bob 100.00 CNY
        set s0 family
        join j0 family alice
        join j00 family bob
        {rows}"
    ));
}

#[test]
fn an_amount_out_is_stopped_beyond_the_limit() {
    check_with_family(
        "
        limit l daily alice CNY out amount 5.00 lifetime
        xfer k1 alice bank 5.01 CNY        -> limit_exceeded short 0.01 by daily
        usage daily                        -> 0.00
        xfer k2 alice bank 4.99 CNY
        usage daily                        -> 4.99
        xfer k3 alice bank 0.02 CNY        -> limit_exceeded short 0.01 by daily
        xfer k4 alice bank 0.01 CNY
        xfer k5 alice bank 0.01 CNY        -> limit_exceeded short 0.01 by daily
        xfer k6 bank alice 50.00 CNY       # what comes in is not looked at
        xfer k7 bob bank 50.00 CNY         # nor is bob
        usage daily                        -> 5.00
        post k8 D alice 1.00 CNY C alice 1.00 CNY D bob 1.00 CNY C bank 1.00 CNY -> limit_exceeded short 1.00 by daily
        move m1 upto:alice bank 1.00 CNY   -> limit_exceeded short 1.00 by daily
        reverse v1 k6                      -> limit_exceeded short 50.00 by daily
        xfer k9 alice bank max CNY         -> limit_exceeded short 9999999999999999.99 by daily
        ",
    );
}

#[test]
fn in_is_the_normal_side() {
    check_with_family(
        "
        limit l1 in alice CNY in amount 5.00 lifetime
        limit l2 till bank CNY in amount 7.00 lifetime
        xfer k1 bank alice 5.01 CNY        -> limit_exceeded short 0.01 by in
        xfer k2 bank alice 5.00 CNY
        usage in                           -> 5.00
        usage till                         -> 5.00 # debits of an asset
        xfer k3 alice bank 50.00 CNY
        usage in                           -> 5.00
        usage till                         -> 5.00
        xfer k4 bank bob 2.01 CNY          -> limit_exceeded short 0.01 by till
        limit l3 out bank CNY out amount 1.00 lifetime
        xfer k5 bob bank 1.01 CNY          -> limit_exceeded short 0.01 by out
        xfer k6 bob bank 1.00 CNY
        hold h1 bob bank 0.01 CNY          -> limit_exceeded short 0.01 by out # credits of an asset
        hold h2 bank bob 2.00 CNY          # debits are in
        hold h3 bank bob 0.01 CNY          -> limit_exceeded short 0.01 by till
        ",
    );
}

#[test]
fn net_flows_are_given_back_by_what_goes_the_other_way() {
    check_with_family(
        "
        limit l1 net alice CNY net_out amount 5.00 lifetime
        xfer k1 bank alice 3.00 CNY
        usage net                          -> -3.00
        xfer k2 alice bank 8.01 CNY        -> limit_exceeded short 0.01 by net
        xfer k3 alice bank 8.00 CNY
        usage net                          -> 5.00
        xfer k4 alice bank 0.01 CNY        -> limit_exceeded short 0.01 by net
        post k5 D alice 2.00 CNY C alice 2.00 CNY D bob 0.01 CNY C bob 0.01 CNY # nothing in all
        post k6 D alice 2.00 CNY C alice 1.99 CNY C bob 0.01 CNY -> limit_exceeded short 0.01 by net
        xfer k7 bank alice 0.01 CNY
        usage net                          -> 4.99
        limit l2 grow bob CNY net_in amount 5.00 lifetime
        xfer k8 bob bank 1.00 CNY
        xfer k9 bank bob 6.01 CNY          -> limit_exceeded short 0.01 by grow
        xfer k10 bank bob 6.00 CNY
        usage grow                         -> 5.00
        ",
    );
}

#[test]
fn open_holds_count_against_an_amount_until_they_end() {
    check_with_family(
        "
        limit l daily alice CNY out amount 5.00 lifetime
        hold h1 alice bank 3.00 CNY for 5
        usage daily                        -> 0.00 # held, not posted
        used daily                         -> 3.00
        used nightly                       -> none
        hold h2 alice bank 2.01 CNY        -> limit_exceeded short 0.01 by daily
        xfer k1 alice bank 2.01 CNY        -> limit_exceeded short 0.01 by daily
        hold h3 alice bank 2.00 CNY
        increment i1 h3 by 0.01            -> limit_exceeded short 0.01 by daily
        increment i2 h3 to 2.01            -> limit_exceeded short 0.01 by daily
        increment i3 h3 to 2.00
        hold h4 bank alice 50.00 CNY       # it is only expected
        hold h5 alice bank 0 CNY           # it raises nothing
        capture c1 h3 0.50                 # a capture within its hold raises nothing either
        usage daily                        -> 0.50
        used daily                         -> 5.00
        capture c2 h3 0.50 final
        usage daily                        -> 1.00
        used daily                         -> 4.00
        xfer k2 alice bank 1.01 CNY        -> limit_exceeded short 0.01 by daily
        xfer k3 alice bank 1.00 CNY
        release r1 h1 1.00
        xfer k4 alice bank 1.01 CNY        -> limit_exceeded short 0.01 by daily
        xfer k5 alice bank 1.00 CNY
        at 5
        expire                             -> h1
        xfer k6 alice bank 2.01 CNY        -> limit_exceeded short 0.01 by daily
        xfer k7 alice bank 2.00 CNY
        usage daily                        -> 5.00
        ",
    );
    check_with_family(
        "
        hold h0 alice bank 4.00 CNY        # open when the limit is set
        limit l daily alice CNY out amount 5.00 lifetime
        hold h1 alice bank 1.01 CNY        -> limit_exceeded short 0.01 by daily
        capture c0 h0 4.00
        usage daily                        -> 4.00
        capture c1 h0 1.01 forced
        usage daily                        -> 5.01
        ",
    );
}

#[test]
fn for_net_flows_holds_count_in_their_own_direction_only() {
    check_with_family(
        "
        limit l1 out alice CNY net_out amount 5.00 lifetime
        limit l2 in bob CNY net_in amount 5.00 lifetime
        hold h1 bank alice 3.00 CNY        # incoming: does not count for net out
        hold h2 alice bank 5.01 CNY        -> limit_exceeded short 0.01 by out
        hold h3 alice bank 5.00 CNY
        hold h4 bob bank 3.00 CNY          # outgoing: does not count for net in
        hold h5 bank bob 5.01 CNY          -> limit_exceeded short 0.01 by in
        hold h6 bank bob 5.00 CNY
        capture c1 h1 3.00                 # now it has come in
        usage out                          -> -3.00
        hold h7 alice bank 3.01 CNY        -> limit_exceeded short 0.01 by out
        hold h8 alice bank 3.00 CNY
        capture c2 h4 3.00
        usage in                           -> -3.00
        hold h9 bank bob 3.00 CNY
        hold h10 bank bob 0.01 CNY         -> limit_exceeded short 0.01 by in
        ",
    );
}

#[test]
fn a_capture_with_portions_is_counted_where_its_money_goes() {
    check_with_family(
        "
        limit l bobs bob CNY in amount 5.00 lifetime
        hold h1 alice bob 5.00 CNY
        hold h2 alice bank 9.00 CNY
        capture c1 h2 1.00 to bob 1.00     -> limit_exceeded short 1.00 by bobs # beside what is held for him
        capture c2 h1 2.00 to bank 2.00    # gives back what it held
        usage bobs                         -> 0.00
        capture c3 h2 2.01 to bob 2.01     -> limit_exceeded short 0.01 by bobs
        capture c4 h2 2.00 to bob 2.00
        usage bobs                         -> 2.00
        ",
    );
}

#[test]
fn a_set_counts_every_account_in_it() {
    check_with_family(
        "
        limit l out set:family CNY out amount 5.00 lifetime
        limit l2 net set:family CNY net_out amount 2.00 lifetime
        xfer k1 alice bank 1.00 CNY
        xfer k2 bob bank 1.00 CNY
        usage out                          -> 2.00
        xfer k3 alice bob 3.01 CNY         -> limit_exceeded short 0.01 by out # within the set it is out of the one
        xfer k4 alice bob 3.00 CNY
        usage out                          -> 5.00
        usage net                          -> 2.00 # and into the other
        hold h1 bob bank 0.01 CNY          -> limit_exceeded short 0.01 by out
        ",
    );
    check_with_family(
        "
        open carol CNY liability unlimited
        open usd USD liability unlimited
        open usd2 USD asset unlimited
        xfer k1 bank carol 50.00 CNY
        limit l out set:family CNY out amount 5.00 lifetime
        set s1 kids
        join j1 family set:kids
        xfer k2 carol bank 9.00 CNY        # not in it yet
        usage out                          -> 0.00
        join j2 kids carol
        join j3 family carol               # in two ways, counted once
        join j4 family usd                 # of a currency that the limit does not look at
        xfer k3 usd usd2 50.00 USD
        hold h0 usd usd2 50.00 USD
        xfer k4 carol bank 4.00 CNY
        usage out                          -> 4.00
        hold h1 carol bank 1.01 CNY        -> limit_exceeded short 0.01 by out
        hold h2 carol bank 1.00 CNY
        xfer k5 alice bank 0.01 CNY        -> limit_exceeded short 0.01 by out # what carol holds
        leave j5 family set:kids
        xfer k6 carol bank 0.01 CNY        -> limit_exceeded short 0.01 by out # she is in it still
        leave j6 family carol
        xfer k7 carol bank 9.00 CNY
        usage out                          -> 4.00 # what was counted stays
        xfer k8 alice bank 1.00 CNY
        xfer k9 alice bank 0.01 CNY        -> limit_exceeded short 0.01 by out
        join j7 kids alice
        leave j8 family alice
        xfer k10 alice bank 1.00 CNY
        join j9 family set:kids
        xfer k11 alice bank 0.01 CNY       -> limit_exceeded short 1.01 by out # with what carol holds
        ",
    );
}

#[test]
fn a_limit_reaches_through_sets_within_sets() {
    check_with_family(
        "
        open carol CNY liability unlimited
        set s1 kids
        set s2 babies
        join j1 kids set:babies
        join j2 babies carol
        limit l out set:family CNY out amount 5.00 lifetime
        xfer k1 carol bank 1.00 CNY
        join j3 family set:kids            # all that is in it, at whatever depth
        usage out                          -> 0.00 # what was before is not counted
        xfer k2 carol bank 5.01 CNY        -> limit_exceeded short 0.01 by out
        hold h1 carol bank 4.00 CNY
        xfer k3 bob bank 1.01 CNY          -> limit_exceeded short 0.01 by out
        xfer k4 bob bank 1.00 CNY
        leave j4 kids set:babies
        xfer k5 carol bank 9.00 CNY
        usage out                          -> 1.00
        xfer k6 bob bank 4.01 CNY          -> limit_exceeded short 0.01 by out
        xfer k7 bob bank 4.00 CNY          # what carol holds counts no more
        drop d1 out
        join j5 kids set:babies
        xfer k8 carol bank 9.00 CNY
        limit l2 out set:family CNY out amount 5.00 lifetime
        xfer k9 carol bank 1.01 CNY        -> limit_exceeded short 0.01 by out
        ",
    );
}

#[test]
fn exempt_commands_are_neither_stopped_nor_counted_but_hold() {
    check_with_family(
        "
        limit l daily alice CNY out amount 5.00 lifetime exempt kind=salary n=5
        xfer k1 alice bank 9.00 CNY meta kind=salary
        usage daily                        -> 0.00
        xfer k2 alice bank 9.00 CNY meta a=1 n=5
        xfer k3 alice bank 5.01 CNY meta kind=rent -> limit_exceeded short 0.01 by daily
        xfer k4 alice bank 5.01 CNY meta n=6       -> limit_exceeded short 0.01 by daily
        xfer k5 alice bank 5.01 CNY meta n=text:5  -> limit_exceeded short 0.01 by daily # of another type
        xfer k6 alice bank 5.01 CNY meta m=5       -> limit_exceeded short 0.01 by daily
        hold h1 alice bank 9.00 CNY meta n=5
        xfer k7 alice bank 0.01 CNY        -> limit_exceeded short 4.01 by daily # what it holds is held
        capture c1 h1 1.00                 # raises nothing
        usage daily                        -> 1.00
        capture c2 h1 1.00 meta n=5
        usage daily                        -> 1.00
        release r1 h1
        xfer k8 alice bank 4.01 CNY        -> limit_exceeded short 0.01 by daily
        xfer k9 alice bank 4.00 CNY
        limit l2 few alice CNY out count 0 lifetime exempt n=5
        xfer k10 alice bank 1.00 CNY meta n=5
        usage few                          -> 0
        ",
    );
}

#[test]
fn forced_commands_are_counted_and_imported_ones_are_not_and_neither_is_stopped() {
    check_with_family(
        "
        at 100
        limit l daily alice CNY out amount 5.00 lifetime
        limit l2 few alice CNY out count 2 lifetime
        xfer k1 alice bank 4.00 CNY forced
        xfer k2 alice bank 4.00 CNY forced
        xfer k3 alice bank 4.00 CNY forced
        usage daily                        -> 12.00
        usage few                          -> 3
        xfer k4 alice bank 0.01 CNY        -> limit_exceeded short 7.01 by daily
        xfer k5 alice bank 9.00 CNY happened 5
        usage daily                        -> 12.00
        usage few                          -> 3
        hold h1 alice bank 1.00 CNY happened 6
        xfer k6 alice bank 0.01 CNY        -> limit_exceeded short 8.01 by daily # what it holds is held
        ",
    );
}
