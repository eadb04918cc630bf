//! Tables over accounts that belong to products: the ledger's own commands do not touch them, compound entries do.

use crate::dsl::check;

/// `card` and `till` belong to products, `bank` and `bob` to nobody; two holds are open on managed accounts, one of
/// them of zero, and one beside them.
#[track_caller]
fn check_managed(rows: &str) {
    check(&format!(
        "
        open bank CNY asset unlimited
        open bob CNY liability unlimited
        product open-card | open card CNY liability unlimited managed
        product open-till | open till CNY liability none managed
        access card -> open managed
        open purse CNY liability none managed -> account_managed
        product p1 | xfer - bank card 50.00 CNY | xfer - bank till 5.00 CNY
        product h1 | hold - card bob 9.00 CNY for 10
        product h2 | hold - bob till 0 CNY
        hold own bob bank 9.00 CNY
        xfer k1 bank bob 20.00 CNY
        {rows}
        balance card -> posted 50.00 held 9.00 available 41.00
        balance till -> posted 5.00 held 0.00 available 5.00
        at 10
        expire -> h1 # the writer ends a hold, whoever its accounts belong to
        "
    ));
}

#[test]
fn no_posting_and_no_move_touches_it() {
    check_managed(
        "
        xfer a1 card bob 1.00 CNY                         -> account_managed leg 0
        xfer a2 bob card 1.00 CNY                         -> account_managed leg 1
        post a3 D bank 2.00 CNY C bob 1.00 CNY C till 1.00 CNY -> account_managed leg 2
        xfer a4 card bob 1.00 CNY forced                  -> account_managed leg 0
        move m1 upto:card bob 1.00 CNY                    -> account_managed leg 0
        move m2 upto:bob till 1.00 CNY                    -> account_managed leg 1
        move m3 order:bob,card bank 99.00 CNY             -> account_managed leg 1
        move m4 order:bob,card bank 1.00 CNY              -> moved 1.00 # it came to bob alone
        linked xfer g1 bank bob 1.00 CNY                  -> group_fell by 1
        xfer g2 bob card 1.00 CNY                         -> account_managed leg 1
        ",
    );
}

#[test]
fn no_hold_is_placed_or_changed_on_it() {
    check_managed(
        "
        hold b1 card bob 1.00 CNY                         -> account_managed leg 0
        hold b2 bob till 1.00 CNY                         -> account_managed leg 1
        hold b3 card bob 0 CNY                            -> account_managed
        hold b4 bob till 0 CNY                            -> account_managed
        increment i1 h1 by 1.00                           -> account_managed leg 0
        increment i2 h1 to 9.00                           -> account_managed
        increment i3 h2 by 1.00                           -> account_managed leg 1
        capture c1 h1 1.00                                -> account_managed leg 0
        capture c2 h1 9.00 final forced                   -> account_managed leg 0
        capture c3 h2 1.00 forced                         -> account_managed leg 1
        capture c4 own 2.00 to bank 1.00 till 1.00        -> account_managed leg 1
        capture c5 h1 1.00 to bob 1.00                    -> account_managed
        release r1 h1 1.00                                -> account_managed
        release r2 h1                                     -> account_managed
        release r3 h2                                     -> account_managed
        capture c6 own 2.00
        release r4 own
        ",
    );
}

#[test]
fn nobody_changes_it_and_no_compound_entry_is_reversed() {
    check_managed(
        "
        change c1 card freeze both                        -> account_managed
        change c2 card overdraft none                     -> account_managed
        change c3 card hide                               -> account_managed
        change c4 till details code 2010                  -> account_managed
        change c5 card close                              -> account_managed
        change c6 till reopen                             -> account_managed
        reverse v1 p1                                     -> not_reversible
        reverse v2 h1                                     -> not_reversible
        reverse v3 p1 forced                              -> not_reversible
        ",
    );
}

#[test]
fn what_does_not_touch_it_may_name_it() {
    check_managed(
        "
        set s1 all
        join j1 all card
        leave j2 all card
        limit l1 daily card CNY out amount 5.00 lifetime
        drop l2 daily
        xfer k2 bank bob 1.00 CNY if posted card equal 50.00
        ",
    );
}

/// Its reason stands behind those about names, holds and time, and before those about access, funds and limits.
#[test]
fn of_several_reasons_the_lowest_is_told() {
    check_managed(
        "
        change f1 bob freeze both
        xfer o1 bob card 1.00 CNY                         -> account_managed leg 1
        xfer o2 till bob 9.00 CNY                         -> account_managed leg 0
        xfer o3 card bob 1.00 CNY if posted bob equal 0   -> account_managed leg 0
        capture o4 h1 10.00                               -> exceeds_hold short 1.00
        release o5 h1 10.00                               -> exceeds_hold short 1.00
        xfer o6 card ghost 1.00 CNY                       -> account_not_found leg 1
        capture o7 h1 1.00 USD                            -> currency_mismatch
        ",
    );
}
