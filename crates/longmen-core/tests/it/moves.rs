//! Tables over moves of as much as there is; the language is described in `dsl`.

use crate::dsl::check;

#[test]
fn a_move_takes_what_there_is_up_to_an_amount() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        open shop CNY liability none
        xfer k1 bank alice 10.00 CNY
        move m1 upto:alice shop 4.00 CNY               -> moved 4.00
        wrote                                          -> post D alice 4.00, post C shop 4.00
        move m2 upto:alice shop 6.01 CNY               -> moved 6.00
        balance alice                                  -> posted 0.00 held 0.00 available 0.00
        move m3 upto:alice shop max CNY                -> moved 0.00
        wrote                                          ->
        move m4 upto:shop alice max CNY                -> moved 10.00
        move m5 upto:alice shop 10.01 CNY at_least 10.01 -> insufficient_funds short 0.01
        move m6 upto:alice shop 20.00 CNY at_least 10.00 -> moved 10.00
        move m7 upto:alice shop 1.00 CNY at_least 0.01 -> insufficient_funds short 0.01
        ",
    );
}

#[test]
fn the_shape_of_a_move() {
    check(
        "
        open a0 CNY liability none
        open b CNY liability none
        move m upto:a0 b 0 CNY                         -> amount_zero
        move m nobody b 0 CNY                          -> amount_zero
        move m nobody b 1.00 CNY                       -> too_few_legs
        move m upto:a0 nobody 1.00 CNY                 -> too_few_legs
        move m order:a*254 nobody 1.00 CNY             -> too_few_legs
        move m order:a*254 b 1.00 CNY                  -> too_many_legs
        move m order:a*254 a0 1.00 CNY                 -> too_many_legs
        move m b order:a*254 1.00 CNY                  -> too_many_legs
        move m upto:a0 a0 1.00 CNY                     -> same_account leg 1
        move m order:a0,b,a0 c 1.00 CNY                -> same_account leg 2
        move m a0 loose:b,c,b 1.00 CNY                 -> same_account leg 3
        move m a0 b 1.00 CNY                           -> side_unbounded
        move m a0 b 1.00 CNY at_least 1.01             -> side_unbounded
        move m loose:a0,b upto:c 1.00 CNY              -> side_unbounded
        move m upto:c loose:a0,b 1.00 CNY              -> side_unbounded
        move m upto:a0 b 1.00 CNY at_least 1.01        -> at_least_too_much
        move m upto:ghost b 1.00 CNY at_least 1.01     -> at_least_too_much
        move m upto:ghost b 1.00 CNY at_least 1.00     -> account_not_found leg 0
        ",
    );
    check(
        "
        open bank CNY asset unlimited
        open b CNY liability none
        crowd 253 a CNY liability none
        xfer k bank a252 0.05 CNY
        move m order:a*253 b 1.00 CNY                  -> moved 0.05
        wrote                                          -> post D a252 0.05, post C b 0.05
        ",
    );
}

#[test]
fn a_move_names_open_accounts_of_its_currency() {
    check(
        "
        open a CNY liability none
        open b CNY liability none
        open usd USD liability none
        move m1 upto:ghost b 1.00 CNY                  -> account_not_found leg 0
        move m2 order:a,ghost b 1.00 CNY               -> account_not_found leg 1
        move m3 order:usd,a ghost 1.00 CNY             -> account_not_found leg 2
        move m4 order:a,usd b 1.00 CNY                 -> currency_mismatch leg 1
        move m5 order:a,b upto:usd 1.00 CNY            -> currency_mismatch leg 2
        move m6 upto:a b 1.00 USD                      -> currency_mismatch leg 0
        move m7 upto:a usd 1.00 CNY at_least 1.00      -> currency_mismatch leg 1
        ",
    );
}

#[test]
fn room_is_what_was_posted_less_what_is_held_and_never_an_overdraft() {
    check(
        "
        open bank CNY asset unlimited
        open shop CNY liability unlimited
        open wallet CNY liability limit 100.00
        open debtor CNY asset none
        xfer k1 bank wallet 10.00 CNY
        hold h1 wallet shop 3.00 CNY
        hold h2 shop wallet 2.00 CNY                   # what is only expected makes no room
        move m1 upto:wallet shop max CNY               -> moved 7.00
        balance wallet                                 -> posted 3.00 held 3.00 available 0.00
        xfer k2 wallet shop 5.00 CNY
        move m2 upto:wallet shop max CNY               -> moved 0.00 # below zero there is none
        xfer k3 debtor shop 9.00 CNY
        hold h3 shop debtor 4.00 CNY
        move m3 shop upto:debtor max CNY               -> moved 5.00 # no receivable is overpaid
        balance debtor                                 -> posted 4.00 held 4.00 available 0.00
        hold h4 debtor shop 1.00 CNY
        move m4 shop upto:debtor max CNY               -> moved 0.00
        xfer k4 bank wallet 20.00 CNY
        move m5 upto:debtor shop max CNY               -> moved 0.00 # an asset has no room for debits
        move m6 shop upto:wallet max CNY               -> moved 0.00 # a wallet none for credits
        ",
    );
}

#[test]
fn what_moves_is_the_least_of_the_amount_and_the_rooms() {
    check(
        "
        open bank CNY asset unlimited
        open shop CNY liability unlimited
        open wallet CNY liability none
        open debt CNY asset none
        xfer k1 bank wallet 10.00 CNY
        xfer k2 debt shop 6.00 CNY
        move m1 upto:wallet upto:debt 5.00 CNY         -> moved 5.00
        move m2 upto:wallet upto:debt 5.00 CNY         -> moved 1.00 # the debt's room
        xfer k3 debt shop 50.00 CNY
        move m3 upto:wallet upto:debt 9.00 CNY         -> moved 4.00 # the wallet's
        move m4 wallet upto:debt 9.00 CNY              -> insufficient_funds leg 0 short 9.00
        move m5 upto:debt wallet 9.00 CNY              -> moved 0.00
        move m6 wallet upto:debt max CNY at_least 46.00 -> insufficient_funds leg 0 short 46.00
        move m7 wallet upto:debt max CNY at_least 46.01 -> insufficient_funds short 0.01
        ",
    );
}

#[test]
fn a_side_shares_in_order_or_in_proportion() {
    check(
        "
        open bank CNY asset unlimited
        open a CNY liability none
        open b CNY liability none
        open c CNY liability none
        open shop CNY liability none
        xfer k1 bank a 1.00 CNY
        xfer k2 bank b 2.00 CNY
        xfer k3 bank c 3.00 CNY
        move m1 order:b,a,c shop 2.50 CNY              -> moved 2.50
        wrote -> post D b 2.00, post D a 0.50, post C shop 2.50
        reverse v1 m1
        move m2 order:b,a,c shop 2.00 CNY              -> moved 2.00
        wrote -> post D b 2.00, post C shop 2.00
        reverse v2 m2
        move m3 share:a,b,c shop 0.05 CNY              -> moved 0.05
        wrote -> post D a 0.01, post D b 0.02, post D c 0.02, post C shop 0.05
        reverse v3 m3
        move m4 share:a,b,c shop 0.03 CNY              -> moved 0.03
        wrote -> post D a 0.01, post D b 0.01, post D c 0.01, post C shop 0.03
        reverse v4 m4
        move m5 share:a,b,c shop 0.01 CNY              -> moved 0.01
        wrote -> post D c 0.01, post C shop 0.01
        reverse v5 m5
        move m6 share:a,b,c shop max CNY               -> moved 6.00
        wrote -> post D a 1.00, post D b 2.00, post D c 3.00, post C shop 6.00
        move m7 share:a,b,c shop max CNY               -> moved 0.00
        ",
    );
    check(
        "
        open shop CNY liability unlimited
        open a CNY asset none
        open b CNY asset none
        open c CNY asset none
        xfer k1 a shop 1.00 CNY
        xfer k2 c shop 1.00 CNY
        move m1 shop share:a,b,c 0.03 CNY              -> moved 0.03 # of equals the earlier one gets the rest
        wrote -> post D shop 0.03, post C a 0.02, post C c 0.01
        move m2 shop order:a,b,c 1.00 CNY              -> moved 1.00
        wrote -> post D shop 1.00, post C a 0.98, post C c 0.02
        change f c freeze credit
        move m3 shop order:a,b,c 1.00 CNY              -> account_frozen leg 3
        change g c freeze none
        move m4 shop share:a,b,c max CNY at_least 0.98 -> insufficient_funds short 0.01
        move m5 shop share:a,b,c max CNY at_least 0.97 -> moved 0.97
        ",
    );
}

#[test]
fn each_side_shares_in_its_own_way() {
    let rooms = "
        open bank CNY asset unlimited
        open a CNY liability none
        open b CNY liability none
        open c CNY asset none
        open d CNY asset none
        xfer k1 bank a 2.00 CNY
        xfer k2 bank b 6.00 CNY
        xfer k3 c bank 2.00 CNY
        xfer k4 d bank 6.00 CNY
        ";
    let cases = [
        ("order:a,b share:c,d", "D a 2.00, post D b 2.00, post C c 1.00, post C d 3.00"),
        ("share:a,b order:d,c", "D a 1.00, post D b 3.00, post C d 4.00"),
        ("share:b,a share:c,d", "D b 3.00, post D a 1.00, post C c 1.00, post C d 3.00"),
        ("order:b,a order:c,d", "D b 4.00, post C c 2.00, post C d 2.00"),
    ];
    for (sides, wrote) in cases {
        check(&format!("{rooms}\n move m {sides} 4.00 CNY -> moved 4.00\n wrote -> post {wrote}"));
    }
}

#[test]
fn legs_of_a_move_are_counted_over_both_sides() {
    check(
        "
        open bank CNY asset unlimited
        open a CNY liability none
        open b CNY liability none
        open till CNY asset none
        open shop CNY liability none
        xfer k1 bank b 1.00 CNY
        move m1 order:a,b till 1.00 CNY                -> insufficient_funds leg 2 short 1.00
        change f b freeze debit
        move m2 order:a,b shop 1.00 CNY                -> account_frozen leg 1
        ",
    );
    check(
        "
        given full CNY liability unlimited D full-0 C full-0
        given wallet CNY liability none D 0 C 1.00
        open bank CNY asset unlimited
        move m1 upto:wallet full 1.00 CNY              -> counter_overflow leg 1
        move m2 upto:full bank 1.00 CNY                -> moved 0.00
        ",
    );
    check(
        "
        given deep CNY liability unlimited D 0 C full-0
        given pit CNY liability unlimited D 0 C full-0
        open bank CNY asset unlimited
        move m1 order:deep,pit bank max CNY            -> moved 9999999999999999.99 # of what an amount can be
        ",
    );
}

#[test]
fn force_makes_no_room_but_passes_the_overdraft_of_an_unbounded_side() {
    check(
        "
        open bank CNY asset unlimited
        open wallet CNY liability none
        open till CNY asset none
        xfer k1 bank wallet 5.00 CNY
        move m1 upto:wallet till 9.00 CNY                    -> insufficient_funds leg 1 short 5.00
        move m2 upto:wallet till 9.00 CNY forced             -> moved 5.00
        balance till                                         -> posted -5.00 held 0.00 available -5.00
        move m3 upto:wallet till 9.00 CNY at_least 0.01 forced -> insufficient_funds short 0.01
        ",
    );
}
