//! Every pair of reasons that one command can give: the lower code is given, whichever fault stands first.

use crate::dsl::check;

/// Books with an account for each fault: `ghost` is not there, `usd` is of another currency, `poor` has nothing and
/// `full` has counters that are at their end. The key `used` is taken; the holds are named for their state.
fn check_with_faults(rows: &str) {
    check(&format!(
        "
        given full CNY liability unlimited D full-0 C full-0
        open bank CNY asset unlimited
        open shop CNY liability unlimited
        open poor CNY liability none
        open till CNY asset none
        open usd USD liability unlimited
        xfer used bank shop 1.00 CNY
        hold open bank shop 1.00 CNY
        hold captured bank shop 1.00 CNY
        hold released bank shop 1.00 CNY
        hold expired bank shop 1.00 CNY for 1
        capture c captured 1.00
        release r released
        at 1
        expire -> expired
        {rows}
        balance poor -> posted 0.00 held 0.00 available 0.00
        balance usd  -> posted 0.00 held 0.00 available 0.00
        balance till -> posted 0.00 held 0.00 available 0.00
        state open   -> open captured 0.00 released 0.00 remaining 1.00
        "
    ));
}

/// The reason of `step` wins over a used key and over any fault of any of `values` in the place of `_`.
fn check_wins(step: &str, values: &[&str], want: &str) {
    for key in ["free", "used"] {
        for value in values {
            let row = step.replace("KEY", key).replace('_', value);
            check_with_faults(&format!("at 18446744073709551615\n {row} -> {want}"));
        }
    }
}

const ACCOUNTS: &[&str] = &["bank", "ghost", "usd", "poor", "full"];
const HOLDS: &[&str] = &["open", "missing", "captured", "released", "expired"];

#[test]
fn the_shape_of_a_group_comes_before_its_key_and_the_books() {
    let many = |first: &str| format!("post KEY {first} {}", "D bank 0.01 CNY ".repeat(254));
    let cases = [
        ("xfer KEY shop _ 0 CNY", "amount_zero leg 0"),
        ("xfer KEY _ _ 0 CNY", "amount_zero leg 0"),
        ("post KEY D _ 1.00 CNY C shop 0 CNY", "amount_zero leg 1"),
        ("post KEY D _ 0 CNY", "amount_zero leg 0"),
        ("post KEY D _ 1.00 CNY", "too_few_legs"),
        (&many("C _ 0 CNY"), "amount_zero leg 0"),
        (&many("C _ 1.00 CNY"), "too_many_legs"),
        (&many("C _ 2.54 CNY"), "too_many_legs"),
        ("post KEY D _ 1.00 CNY C shop 2.00 CNY", "unbalanced leg 0"),
        ("post KEY C _ 1.00 CNY D _ 2.00 CNY", "unbalanced leg 0"),
        ("xfer KEY _ _ 1.00 CNY", "same_account"),
    ];
    for (step, want) in cases {
        check_wins(step, ACCOUNTS, want);
    }
}

#[test]
fn the_shape_of_a_hold_comes_before_its_key_and_the_books() {
    let cases = [
        ("hold KEY _ _ 0 CNY for 1", "same_account"),
        ("hold KEY _ _ 1.00 CNY for 1", "same_account"),
        ("hold KEY _ shop 1.00 CNY for 4611686018427387905", "expiry_too_far"),
        ("hold KEY shop _ 1.00 CNY for 4611686018427387905", "expiry_too_far"),
    ];
    for (step, want) in cases {
        check_wins(step, ACCOUNTS, want);
    }
}

#[test]
fn the_shape_of_a_capture_or_release_comes_before_its_key_and_the_books() {
    let many = format!("{} ghost 0.01 usd 0.01 till 0.01", "bank 0.01 ".repeat(251));
    let many_and_zero = format!("capture KEY _ 0.02 to {many} shop 0");
    let many = format!("capture KEY _ 0.02 to {many}");
    let cases = [
        ("capture KEY _ 0", "amount_zero"),
        ("capture KEY _ 0 to shop 0", "amount_zero"),
        ("capture KEY _ 9.00 to shop 5.00 ghost 0", "amount_zero leg 1"),
        (&many_and_zero, "amount_zero leg 254"),
        (&many, "too_many_legs"),
        ("capture KEY _ 9.00 to ghost 5.00", "portions_differ"),
        ("capture KEY _ 9.00 to usd 10.00", "portions_differ"),
        ("capture KEY _ 1.00 to till 0.99", "portions_differ"),
        ("capture KEY _ 1.00 to full 0.99", "portions_differ"),
        ("release KEY _ 0", "amount_zero"),
    ];
    for (step, want) in cases {
        check_wins(step, HOLDS, want);
    }
}

#[test]
fn a_used_key_comes_before_the_books() {
    check_with_faults(
        "
        open bank CNY asset unlimited key used    -> key_reused # account_exists
        xfer used bank ghost 1.00 CNY             -> key_reused # account_not_found
        xfer used bank usd 1.00 CNY               -> key_reused # currency_mismatch
        xfer used poor bank 1.00 CNY              -> key_reused # insufficient_funds
        xfer used full bank 1.00 CNY              -> key_reused # counter_overflow
        hold used ghost bank 1.00 CNY             -> key_reused # account_not_found
        hold used usd bank 1.00 CNY               -> key_reused # currency_mismatch
        hold used poor bank 1.00 CNY              -> key_reused # insufficient_funds
        capture used missing 1.00                 -> key_reused # hold_not_found
        capture used captured 1.00                -> key_reused # hold_captured
        capture used released 1.00                -> key_reused # hold_released
        capture used expired 1.00                 -> key_reused # hold_expired
        capture used open 1.01                    -> key_reused # exceeds_hold
        capture used open 1.00 USD                -> key_reused # currency_mismatch
        release used open 1.00 USD                -> key_reused # currency_mismatch
        capture used open 1.00 to ghost 1.00      -> key_reused # account_not_found
        capture used open 1.00 to usd 1.00        -> key_reused # currency_mismatch
        capture used open 1.00 to till 1.00       -> key_reused # insufficient_funds
        capture used open 1.00 to full 1.00       -> key_reused # counter_overflow
        release used missing                      -> key_reused # hold_not_found
        release used captured                     -> key_reused # hold_captured
        release used released                     -> key_reused # hold_released
        release used expired                      -> key_reused # hold_expired
        release used open 1.01                    -> key_reused # exceeds_hold
        ",
    );
}

#[test]
fn a_group_meets_the_books_in_the_order_of_codes() {
    check_with_faults(
        "
        post 1 D usd 1.00 CNY C ghost 1.00 CNY   -> account_not_found leg 1  # currency_mismatch leg 0
        post 2 D poor 1.00 CNY C ghost 1.00 CNY  -> account_not_found leg 1  # insufficient_funds leg 0
        post 3 D full 1.00 CNY C ghost 1.00 CNY  -> account_not_found leg 1  # counter_overflow leg 0
        post 4 D poor 1.00 CNY C usd 1.00 CNY    -> currency_mismatch leg 1  # insufficient_funds leg 0
        post 5 D full 1.00 CNY C usd 1.00 CNY    -> currency_mismatch leg 1  # counter_overflow leg 0
        post 6 C full 1.00 CNY D poor 1.00 CNY   -> counter_overflow leg 0 # insufficient_funds leg 1
        post 7 D poor 1.00 CNY C full 1.00 CNY   -> counter_overflow leg 1 # insufficient_funds leg 0
        post 8 D ghost 1.00 CNY C phantom 1.00 CNY -> account_not_found leg 0 # account_not_found leg 1
        post 9 D usd 1.00 CNY C usd2 1.00 CNY D usd 1.00 CNY C bank 1.00 CNY -> account_not_found leg 1
        post 10 D bank 2.00 CNY C usd 1.00 CNY C usd 1.00 CNY     -> currency_mismatch leg 1 # leg 2
        post 11 C till 1.00 CNY D poor 1.00 CNY  -> insufficient_funds leg 0 short 1.00 # leg 1
        ",
    );
}

#[test]
fn a_hold_meets_the_books_in_the_order_of_codes() {
    check_with_faults(
        "
        hold 1 usd ghost 1.00 CNY   -> account_not_found leg 1  # currency_mismatch leg 0
        hold 2 poor ghost 1.00 CNY  -> account_not_found leg 1  # insufficient_funds leg 0
        hold 3 ghost phantom 1.00 CNY -> account_not_found leg 0 # account_not_found leg 1
        hold 4 poor usd 1.00 CNY    -> currency_mismatch leg 1  # insufficient_funds leg 0
        hold 5 poor bank 1.00 USD   -> currency_mismatch leg 0  # leg 1
        hold 6 poor till 1.00 CNY   -> insufficient_funds leg 0 short 1.00 # leg 1
        ",
    );
}

#[test]
fn a_capture_or_release_meets_the_books_in_the_order_of_codes() {
    check_with_faults(
        "
        capture 1 missing 1.00 to ghost 1.00          -> account_not_found leg 0 # hold_not_found
        capture 2 captured 1.00 to ghost 1.00         -> account_not_found leg 0 # hold_captured
        capture 3 released 1.00 to ghost 1.00         -> account_not_found leg 0 # hold_released
        capture 4 expired 1.00 to ghost 1.00          -> account_not_found leg 0 # hold_expired
        capture 5 open 2.00 to ghost 2.00             -> account_not_found leg 0 # exceeds_hold
        capture 6 open 1.00 to usd 0.50 ghost 0.50    -> account_not_found leg 1 # currency_mismatch leg 0
        capture 7 open 1.00 to till 0.50 ghost 0.50   -> account_not_found leg 1 # insufficient_funds leg 0
        capture 8 open 1.00 to full 0.50 ghost 0.50   -> account_not_found leg 1 # counter_overflow leg 0
        capture 9 missing 1.00 to usd 1.00            -> currency_mismatch leg 0 # hold_not_found
        capture 10 captured 1.00 to usd 1.00          -> currency_mismatch leg 0 # hold_captured
        capture 11 released 1.00 to usd 1.00          -> currency_mismatch leg 0 # hold_released
        capture 12 expired 1.00 to usd 1.00           -> currency_mismatch leg 0 # hold_expired
        capture 13 open 2.00 to usd 2.00              -> currency_mismatch leg 0 # exceeds_hold
        capture 14 open 1.00 to till 0.50 usd 0.50    -> currency_mismatch leg 1 # insufficient_funds leg 0
        capture 15 open 1.00 to full 0.50 usd 0.50    -> currency_mismatch leg 1 # counter_overflow leg 0
        capture 16 missing 1.00 to till 1.00          -> hold_not_found # insufficient_funds
        capture 17 captured 2.00 to till 2.00         -> hold_captured  # exceeds_hold, insufficient_funds
        capture 18 released 2.00 to full 2.00         -> hold_released  # exceeds_hold, counter_overflow
        capture 19 expired 2.00 to till 1.00 full 1.00 -> hold_expired  # exceeds_hold, insufficient_funds
        capture 20 open 2.00 to till 2.00             -> exceeds_hold short 1.00 # insufficient_funds
        capture 21 open 2.00 to full 2.00             -> exceeds_hold short 1.00 # counter_overflow
        capture 22 open 1.00 to full 0.50 till 0.50   -> counter_overflow leg 0 # insufficient_funds leg 1
        capture 23 open 1.00 to till 0.50 full 0.50   -> counter_overflow leg 1 # insufficient_funds leg 0
        capture 28 open 1.00 USD to usd 1.00          -> currency_mismatch # the hold's
        capture 29 open 1.00 USD to usd 0.50 bank 0.50 -> currency_mismatch leg 1 # the hold's
        capture 30 open 1.00 USD to ghost 1.00        -> account_not_found leg 0 # currency_mismatch
        capture 31 missing 1.00 USD                   -> hold_not_found # whose currency is not known
        capture 32 captured 1.00 USD                  -> currency_mismatch # hold_captured
        capture 33 released 1.00 USD                  -> currency_mismatch # hold_released
        capture 34 expired 1.00 USD                   -> currency_mismatch # hold_expired
        capture 35 open 2.00 USD                      -> currency_mismatch # exceeds_hold
        release 36 missing 1.00 USD                   -> hold_not_found # whose currency is not known
        release 37 captured 1.00 USD                  -> currency_mismatch # hold_captured
        release 38 released 1.00 USD                  -> currency_mismatch # hold_released
        release 39 expired 1.00 USD                   -> currency_mismatch # hold_expired
        release 40 open 2.00 USD                      -> currency_mismatch # exceeds_hold
        release 24 captured 2.00                      -> hold_captured  # exceeds_hold
        release 25 released 2.00                      -> hold_released  # exceeds_hold
        release 26 expired 2.00                       -> hold_expired   # exceeds_hold
        release 27 open 1.01                          -> exceeds_hold short 0.01
        ",
    );
}
