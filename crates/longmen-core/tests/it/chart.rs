//! Tables over sets, codes, totals and metadata; the language is described in `dsl`.

use crate::dsl::check;

#[test]
fn sets_contain_accounts_and_sets_but_never_themselves() {
    check(
        "
        open alice CNY liability none
        open bob CNY liability none
        who family                         -> none
        set s1 family
        set s2 family                      -> set_exists
        set s3 kids
        set s4 babies
        join j1 family alice
        join j2 family alice               -> member_already
        join j3 family ghost               -> account_not_found
        join j4 ghosts alice               -> set_not_found
        join j5 ghosts ghost               -> account_not_found # of the lower code
        join j6 family set:ghosts          -> set_not_found
        join j7 ghosts set:family          -> set_not_found
        join j8 family set:family          -> set_cycle
        join j9 family set:kids
        join j10 family set:kids           -> member_already
        join j11 kids set:family           -> set_cycle
        join j12 kids set:babies
        join j13 babies set:family         -> set_cycle
        join j14 babies set:kids           -> set_cycle
        join j15 family set:babies         # a second way is no cycle
        join j16 babies bob
        who family                         -> alice bob
        who kids                           -> bob
        leave v1 family bob                -> not_a_member # he is in it, but was not put there
        leave v2 family set:babies
        who family                         -> alice bob
        leave v3 family set:babies         -> not_a_member
        leave v4 family ghost              -> account_not_found
        leave v5 ghosts alice              -> set_not_found
        leave v6 family set:ghosts         -> set_not_found
        leave v7 kids set:babies
        who family                         -> alice
        join j17 babies set:family
        who babies                         -> alice bob
        leave v8 family alice
        who family                         ->
        ",
    );
}

#[test]
fn totals_add_up_each_account_once() {
    check(
        "
        open bank CNY asset unlimited
        open usd.bank USD asset unlimited
        open alice CNY liability none
        open bob CNY liability none
        open usd USD liability none
        xfer k1 bank alice 5.00 CNY
        xfer k2 bank bob 2.00 CNY
        xfer k3 usd.bank usd 3.00 USD
        hold h1 alice bob 1.00 CNY
        xfer k4 alice bank 1.00 CNY
        total set:family                   -> none
        set s1 family
        total set:family                   ->
        set s2 kids
        join j1 family alice
        join j2 family set:kids
        join j3 kids alice
        join j4 kids bob
        join j5 kids usd
        total set:family                   -> CNY 2 accounts posted D 1.00 C 7.00 held D 1.00 C 1.00; USD 1 accounts posted D 0.00 C 3.00 held D 0.00 C 0.00
        total set:kids                     -> CNY 2 accounts posted D 1.00 C 7.00 held D 1.00 C 1.00; USD 1 accounts posted D 0.00 C 3.00 held D 0.00 C 0.00
        leave v1 kids bob
        total set:family                   -> CNY 1 accounts posted D 1.00 C 5.00 held D 1.00 C 0.00; USD 1 accounts posted D 0.00 C 3.00 held D 0.00 C 0.00
        trial                              -> CNY 3 accounts posted D 8.00 C 8.00 held D 1.00 C 1.00; USD 2 accounts posted D 3.00 C 3.00 held D 0.00 C 0.00
        ",
    );
    check("trial ->");
}

#[test]
fn a_code_has_all_that_is_below_it() {
    check(
        "
        open bank CNY asset unlimited code 1010
        open alice CNY liability none code 2010.cust
        open bob CNY liability none code 2010.cust.bob
        open duty CNY liability none code 2010.customs
        open bare CNY liability none
        xfer k1 bank alice 1.00 CNY
        xfer k2 bank bob 2.00 CNY
        xfer k3 bank duty 4.00 CNY
        xfer k4 bank bare 8.00 CNY
        total code:2010.cust               -> CNY 2 accounts posted D 0.00 C 3.00 held D 0.00 C 0.00
        total code:2010.cust.bob           -> CNY 1 accounts posted D 0.00 C 2.00 held D 0.00 C 0.00
        total code:2010                    -> CNY 3 accounts posted D 0.00 C 7.00 held D 0.00 C 0.00
        total code:20                      ->
        total code:2010.cust.b             ->
        change c1 bob details code 2010.cust.b
        total code:2010.cust.b             -> CNY 1 accounts posted D 0.00 C 2.00 held D 0.00 C 0.00
        total code:2010.cust.bob           ->
        change c2 bob details code <space> -> name_bad_character
        change c3 bob details code <empty> -> name_empty
        set s1 <empty>                     -> name_empty
        limit l1 <empty> bob CNY in count 1 lifetime -> name_empty
        ",
    );
}

#[test]
fn metadata_are_up_to_16_typed_pairs() {
    check(
        "
        open alice CNY liability none about 17*k=1               -> meta_too_many
        open alice CNY liability none about 16*k=1 l=1           -> meta_too_many
        open alice CNY liability none about k=1 k=2              -> meta_key_twice
        open alice CNY liability none about k=1 a=1 k=1          -> meta_key_twice
        open alice CNY liability none about 16*k=1 k0=1          -> meta_too_many # of the lower code
        open alice CNY liability none about k=text:a*129         -> meta_text_too_long
        open alice CNY liability none about 17*k=raw:a*129       -> meta_text_too_long
        open alice CNY liability none about k=text:\u{7}         -> text_control_character
        open alice CNY liability none about k=raw:\u{7}          -> text_control_character
        open alice CNY liability none about k=text:4111111111111111 -> payment_card_number
        open alice CNY liability none about k=raw:4111111111111111  -> payment_card_number
        open alice CNY liability none about k=4111111111111111   # a number is no text
        open bob CNY liability none about 16*k=1
        open carol CNY liability none about =1                   -> name_empty
        open carol CNY liability none about k=text:a*128
        ",
    );
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none about k=text:a*128
        xfer k1 bank alice 1.00 CNY meta b=no a=yes
        xfer k1 bank alice 1.00 CNY meta a=yes b=no              -> replay 2 # their order is that of their keys
        xfer k1 bank alice 1.00 CNY meta a=yes                   -> key_reused
        xfer k1 bank alice 1.00 CNY                              -> key_reused
        xfer k2 bank alice 1.00 CNY meta 17*k=1                  -> meta_too_many
        xfer k2 bank alice 1.00 CNY meta
        xfer k3 bank ghost 1.00 CNY meta a=yes                   -> account_not_found leg 1
        ",
    );
}
