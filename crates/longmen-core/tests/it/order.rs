//! Commands with several faults at once: the lowest code is told, whichever fault stands first.

use crate::dsl::check;

/// Accounts with a fault each, day 0 sealed, the key `used` taken.
#[track_caller]
fn check_with_faults(rows: &str) {
    check(&format!(
        "
        given full CNY liability unlimited D full-0 C full-0
        open bank CNY asset unlimited
        open shut CNY liability unlimited
        open cold CNY liability unlimited
        open poor CNY liability none
        open till CNY asset none
        open capped CNY liability unlimited
        open usd USD liability unlimited
        change f cold freeze debit
        change z shut close
        limit l cap capped CNY out amount 0 lifetime
        set s family
        xfer used bank cold 5.00 CNY
        at 86400000000000
        seal t 0
        {rows}"
    ));
}

#[test]
fn what_is_wrong_in_itself_in_the_order_of_codes() {
    check_with_faults(
        "
        move used nobody cold 0 CNY at_least 1.00                -> amount_zero
        move used nobody loose:a,a 1.00 CNY at_least 2.00        -> too_few_legs
        move used loose:a,a*254 bank 1.00 CNY at_least 2.00      -> too_many_legs
        move used loose:a,a bank 1.00 CNY at_least 2.00          -> same_account leg 1
        move used a a 1.00 CNY at_least 2.00                     -> same_account leg 1
        move used loose:a,b c 1.00 CNY at_least 2.00             -> side_unbounded
        move used upto:a c 1.00 CNY at_least 2.00 if 17 version a equal 1 -> at_least_too_much
        move used upto:a c 1.00 CNY if 17 version a equal 1      -> too_many_conditions
        xfer used a b 0 CNY if 17 version a equal 1              -> amount_zero leg 0
        capture used h 0 if 17 version a equal 1                 -> amount_zero
        capture used h 1.00 to a 0.99 if 17 version a equal 1    -> portions_differ
        increment used h by 0 if 17 version a equal 1            -> amount_zero
        release used h 0 forced                                  -> amount_zero
        release used h forced if 17 version a equal 1            -> too_many_conditions
        hold used a a 1.00 CNY if 17 version a equal 1           -> same_account
        hold used a a 1.00 CNY for 1 happened 5                  -> same_account
        hold used a b 1.00 CNY for 1 happened 5 if 17 version a equal 1 -> too_many_conditions
        hold used a b 1.00 CNY for 1 happened 5 forced           -> import_with_life
        limit used x a CNY out count 1 every 0 forced            -> limit_malformed
        linked set used x forced                                 -> not_forcible
        end
        linked set used x                                        -> group_open
        end
        set used x                                               -> key_reused
        ",
    );
}

#[test]
fn a_posting_meets_the_books_in_the_order_of_codes() {
    const UNMET: &str = "if version bank equal 999";
    check_with_faults(&format!(
        "
        post 1 D shut 1 CNY D cold 1 CNY D poor 1 CNY D capped 1 CNY D full 1 CNY C bank 5 CNY on 0 {UNMET} -> period_sealed
        post 2 D shut 1 CNY D cold 1 CNY D poor 1 CNY D capped 1 CNY D full 1 CNY C bank 5 CNY {UNMET} -> account_closed leg 0
        post 3 D full 1 CNY D capped 1 CNY D poor 1 CNY D cold 1 CNY D shut 1 CNY C bank 5 CNY {UNMET} -> account_closed leg 4
        post 4 D full 1 CNY D capped 1 CNY D poor 1 CNY D cold 1 CNY C bank 4 CNY {UNMET} -> account_frozen leg 3
        post 5 D capped 1 CNY D poor 1 CNY D full 1 CNY C bank 3 CNY {UNMET} -> counter_overflow leg 2
        post 6 D capped 1 CNY D poor 1 CNY C bank 2 CNY {UNMET} -> insufficient_funds leg 1 short 1.00
        post 7 D capped 1 CNY C bank 1 CNY {UNMET} -> limit_exceeded short 1.00 by cap
        post 8 D bank 1 CNY C cold 1 CNY forced {UNMET} -> condition_failed condition 0
        post 9 D ghost 1 CNY C usd 1 CNY on 0    -> account_not_found leg 0
        post 10 D shut 1 CNY C usd 1 CNY on 0    -> currency_mismatch leg 1
        post 11 D bank 1 CNY C shut 1 CNY happened 86400000000000 -> import_not_past
        "
    ));
}

#[test]
fn every_other_command_meets_the_books_in_the_order_of_codes() {
    check_with_faults(
        "
        open bank CNY asset none key 1 on 0                      -> account_exists
        set 2 family on 0                                        -> set_exists
        join 3 family ghost on 0                                 -> account_not_found
        join 4 family set:family on 0                            -> set_cycle
        leave 5 family bank on 0                                 -> not_a_member
        drop 6 x on 0                                            -> limit_not_found
        limit 7 x ghost CNY out count 1 lifetime on 0            -> account_not_found
        reverse 8 x on 0                                         -> original_not_found
        reverse 9 bank on 0                                      -> not_reversible
        reverse v used forced
        reverse 10 used on 0                                     -> reversed_already
        xfer k bank cold 1.00 CNY
        hold h bank poor 5.00 CNY
        hold c bank cold 5.00 CNY closes credit
        increment 11 h to 4.99 on 0                              -> total_below_hold
        increment 12 h to 4.99 USD                               -> currency_mismatch
        capture 13 h 5.01 on 0                                   -> exceeds_hold short 0.01
        capture 14 c 5.01 on 0                                   -> hold_closing
        capture 15 h 1.00 to shut 1.00 on 0                      -> period_sealed
        capture 16 h 1.00 to shut 1.00 if version bank equal 999 -> account_closed leg 0
        release 17 h 5.01 on 0                                   -> exceeds_hold short 0.01
        release 18 h 5.00 on 0                                   -> period_sealed
        release 19 h 5.00 if version bank equal 999              -> condition_failed condition 0
        change 20 bank close on 0                                -> period_sealed
        change 21 bank close if version bank equal 999           -> account_not_empty posted holds
        change 22 shut close if version bank equal 999           -> account_closed
        change 23 bank reopen if version bank equal 999          -> account_not_closed
        change 24 ghost reopen on 0                              -> account_not_found
        seal 25 1 if version bank equal 999                      -> seal_not_past
        seal 26 0 if version bank equal 999                      -> seal_not_later
        erase e peter
        erase 27 peter if version bank equal 999                 -> subject_erased
        move 28 upto:poor till 1.00 CNY at_least 1.00 if version bank equal 999 -> insufficient_funds short 1.00
        xfer k2 bank capped 0.50 CNY
        move 29 upto:capped till 1.00 CNY at_least 0.51          -> insufficient_funds short 0.01 # and leg 1 as well
        move 30 upto:capped till 1.00 CNY at_least 0.50          -> insufficient_funds leg 1 short 0.50
        move 31 upto:capped bank 1.00 CNY at_least 0.50          -> limit_exceeded short 0.50 by cap
        move 32 upto:capped shut 1.00 CNY at_least 0.51          -> account_closed leg 1
        increment 33 h by max if version bank equal 999          -> counter_overflow
        increment 34 h by max                                    -> counter_overflow
        increment 35 h by max on 0                               -> period_sealed
        ",
    );
}
