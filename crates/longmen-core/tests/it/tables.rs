//! Tables over accounts, groups and keys; the language is described in `dsl`.

use crate::dsl::check;

#[test]
fn an_account_is_opened_once() {
    check(
        "
        balance alice                            -> none
        open alice CNY liability none
        balance alice                            -> posted 0.00 held 0.00 available 0.00
        open alice CNY liability none key again  -> account_exists
        open alice USD asset unlimited key other -> account_exists
        xfer k1 alice bank 1.00 CNY              -> account_not_found leg 1
        xfer k2 bank alice 1.00 CNY              -> account_not_found leg 0
        xfer k3 bank bank2 1.00 CNY              -> account_not_found leg 0
        balance bank                             -> none
        ",
    );
}

#[test]
fn each_class_grows_on_its_own_side() {
    check(
        "
        open asset CNY asset unlimited
        open expense CNY expense unlimited
        open liability CNY liability unlimited
        open equity CNY equity unlimited
        open income CNY income unlimited
        xfer k1 asset liability 1.00 CNY
        xfer k2 asset equity 2.00 CNY
        xfer k3 expense income 3.00 CNY
        balance asset     -> posted 3.00 held 0.00 available 3.00
        balance expense   -> posted 3.00 held 0.00 available 3.00
        balance liability -> posted 1.00 held 0.00 available 1.00
        balance equity    -> posted 2.00 held 0.00 available 2.00
        balance income    -> posted 3.00 held 0.00 available 3.00
        xfer k4 liability asset 5.00 CNY
        balance asset     -> posted -2.00 held 0.00 available -2.00
        balance liability -> posted -4.00 held 0.00 available -4.00
        ",
    );
}

#[test]
fn a_group_posts_all_of_its_legs_or_none() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open fee CNY income none
        post k1 D bank 100.00 CNY C alice 99.00 CNY C fee 1.00 CNY
        wrote         -> post D bank 100.00, post C alice 99.00, post C fee 1.00
        balance bank  -> posted 100.00 held 0.00 available 100.00
        balance alice -> posted 99.00 held 0.00 available 99.00
        balance fee   -> posted 1.00 held 0.00 available 1.00
        post k2 D alice 50.00 CNY D fee 1.01 CNY C bank 51.01 CNY -> insufficient_funds leg 1 short 0.01
        wrote         ->
        balance alice -> posted 99.00 held 0.00 available 99.00
        post k3 D fee 1.00 CNY D alice 99.01 CNY C bank 100.01 CNY -> insufficient_funds leg 1 short 0.01
        post k4 D alice 99.02 CNY D fee 1.01 CNY C bank 100.03 CNY -> insufficient_funds leg 0 short 0.02
        post k5 D alice 99.00 CNY D fee 1.00 CNY C bank 100.00 CNY
        balance alice -> posted 0.00 held 0.00 available 0.00
        ",
    );
}

#[test]
fn each_currency_balances_by_itself() {
    check(
        "
        open fx.cny CNY asset unlimited
        open fx.usd USD asset unlimited
        open alice.cny CNY liability none
        open alice.usd USD liability limit 10.00
        post k1 D alice.usd 10.00 USD C fx.usd 10.00 USD D fx.cny 70.93 CNY C alice.cny 70.93 CNY
        balance alice.usd -> posted -10.00 held 0.00 available -10.00
        balance alice.cny -> posted 70.93 held 0.00 available 70.93
        balance fx.usd    -> posted -10.00 held 0.00 available -10.00
        balance fx.cny    -> posted 70.93 held 0.00 available 70.93
        post k2 D alice.usd 10.00 USD C alice.cny 10.00 CNY                             -> unbalanced leg 0
        post k2 D fx.cny 1.00 CNY C alice.cny 1.00 CNY D fx.usd 1.00 USD                -> unbalanced leg 2
        post k2 D fx.cny 1.00 CNY D fx.usd 1.00 USD C fx.usd 0.99 USD C alice.cny 1.00 CNY -> unbalanced leg 1
        post k2 D fx.cny 1.00 CNY D fx.usd 1.00 USD C fx.usd 1.01 USD C alice.cny 0.99 CNY -> unbalanced leg 0
        post k2 D fx.cny 1.00 CNY D alice.cny 1.00 CNY                                  -> unbalanced leg 0
        xfer k3 fx.cny alice.usd 1.00 CNY -> currency_mismatch leg 1
        xfer k4 fx.cny alice.usd 1.00 USD -> currency_mismatch leg 0
        xfer k5 fx.cny alice.cny 1.00 USD -> currency_mismatch leg 0
        ",
    );
}

#[test]
fn several_legs_on_one_account_net_out() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open bob CNY liability none
        post k1 D alice 5.00 CNY C bob 5.00 CNY D bob 5.00 CNY C alice 5.00 CNY
        balance alice -> posted 0.00 held 0.00 available 0.00
        post k2 D alice 5.00 CNY C alice 5.01 CNY D bank 0.01 CNY C bank 0.02 CNY C bob 0.01 CNY D bob 0.01 CNY -> unbalanced leg 0
        post k2 D alice 5.00 CNY C alice 5.01 CNY D bank 0.01 CNY
        balance alice -> posted 0.01 held 0.00 available 0.01
        post k3 C bob 2.00 CNY D alice 1.00 CNY D alice 1.00 CNY -> insufficient_funds leg 1 short 1.99
        post k4 D alice 0.01 CNY C alice 0.02 CNY D alice 0.01 CNY -> same_account
        post k5 D alice 0.01 CNY C alice 0.02 CNY D alice 0.01 CNY D bank 1.00 CNY C bank 1.00 CNY
        balance alice -> posted 0.01 held 0.00 available 0.01
        ",
    );
}

#[test]
fn a_group_has_2_to_254_legs() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        post k1                                     -> too_few_legs
        post k1 D bank 1.00 CNY                     -> too_few_legs
        spread k1 255 bank alice                    -> too_many_legs
        spread k1 600 bank alice                    -> too_many_legs
        xfer k1 alice alice 1.00 CNY                -> same_account
        xfer k1 ghost ghost 1.00 CNY                -> same_account
        xfer k1 bank alice 0 CNY                    -> amount_zero leg 0
        post k1 D bank 1.00 CNY C alice 1.00 CNY C bank 0 CNY -> amount_zero leg 2
        spread k1 254 bank alice
        spread k2 2 bank alice
        balance alice -> posted 2.54 held 0.00 available 2.54
        ",
    );
}

#[test]
fn the_same_key_gives_the_same_answer() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        xfer k1 bank alice 100.00 CNY
        xfer k1 bank alice 100.00 CNY             -> replay 2
        xfer k1 bank alice 100.01 CNY             -> key_reused
        xfer k1 bank alice 100.00 CNY memo thanks -> key_reused
        xfer k1 bank alice 100.00 CNY on 20000    -> key_reused
        xfer k1 alice bank 100.00 CNY             -> key_reused
        open alice CNY liability none             -> replay 1
        open k1 CNY liability none                -> key_reused
        balance alice                             -> posted 100.00 held 0.00 available 100.00

        xfer k2 alice bank 100.01 CNY             -> insufficient_funds leg 0 short 0.01
        xfer k4 alice bank 100.01 CNY on 7 memo rent -> insufficient_funds leg 0 short 0.01
        xfer k3 bank alice 50.00 CNY on -1 memo top-up
        xfer k2 alice bank 100.01 CNY             -> replay 3
        xfer k3 bank alice 50.00 CNY on -1 memo top-up -> replay 5
        xfer k4 alice bank 100.01 CNY on 7 memo rent -> replay 4
        xfer k4 alice bank 100.01 CNY on 7        -> key_reused
        xfer k2 alice bank 1.00 CNY               -> key_reused

        hold h1 alice bank 10.00 CNY for 5
        hold h1 alice bank 10.00 CNY for 5        -> replay 6
        hold h1 alice bank 10.00 CNY for 6        -> key_reused
        capture c1 h1 4.00
        capture c1 h1 4.00                        -> replay 7
        capture c1 h1 4.00 final                  -> key_reused
        release r1 h1
        release r1 h1                             -> replay 8
        capture c1 h1 4.00                        -> replay 7
        balance alice                             -> posted 146.00 held 0.00 available 146.00
        ",
    );
}

#[test]
fn a_refusal_of_the_shape_leaves_its_key_free() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        xfer k1 bank alice 0.00 CNY -> amount_zero leg 0
        xfer k1 bank bank 1.00 CNY  -> same_account
        hold k1 bank alice 1.00 CNY for 4611686018427387905 -> expiry_too_far
        xfer k1 bank alice 1.00 CNY
        ",
    );
}

#[test]
fn texts_are_refused_before_they_become_a_command() {
    check(
        "
        open <empty> CNY liability none -> name_empty
        open 01234567890123456789012345678901234567890 CNY liability none -> name_too_long
        open 0123456789012345678901234567890123456789 CNY liability none
        open <space> CNY liability none -> name_bad_character
        open 爱丽丝 CNY liability none  -> name_bad_character
        open 爱丽丝爱丽丝爱丽丝爱丽丝爱丽丝 CNY liability none  -> name_too_long
        xfer <empty> a b 1.00 CNY -> name_empty
        xfer k1 a b -1 CNY        -> amount_negative
        xfer k1 a b 1.001 CNY     -> amount_excess_digits
        xfer k1 a b 1e3 CNY       -> amount_not_a_number
        xfer k1 a b 10000000000000000.00 CNY -> amount_too_large
        xfer k1 a b 10000000000000000.001 CNY -> amount_excess_digits
        xfer k1 a b 1.00 CNY memo \u{7}       -> text_control_character
        xfer k1 a b 1.00 CNY memo card 4111 1111 1111 1111     -> payment_card_number
        xfer k1 a b 1.00 CNY memo 400000000002         -> account_not_found leg 0 # 12 digits
        xfer k2 a b 1.00 CNY memo 4000000000006        -> payment_card_number
        xfer k2 a b 1.00 CNY memo 4000000000000000006  -> payment_card_number
        xfer k2 a b 1.00 CNY memo 40000000000000000002 -> account_not_found leg 0 # 20 digits
        xfer k1 a b 1.00 CNY memo card\u{7}4111 1111 1111 1111 -> text_control_character
        ",
    );
    let long = "货".repeat(86);
    check(&format!("xfer k1 a b 1.00 CNY memo {long} -> memo_too_long"));
    check(&format!("xfer k1 a b 1.00 CNY memo {long}\u{7} -> memo_too_long"));
}
