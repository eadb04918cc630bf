//! Shows what each text is worth in currencies of 0, 2, 3 and 4 decimals, and which refusal the others meet.

use longmen_money::{Amount, AmountError, Currency, Decimal, Money};

/// The text as an amount of the currency, or the stable code of the refusal.
fn check(code: &str, text: &str, expect: Result<u64, &str>) {
    let currency = Currency::from_code(code).unwrap();
    let read = Amount::parse(text, &currency);
    assert_eq!(read.map(Amount::minor).map_err(|refused| refused.code()), expect, "{text:?} as {code}");
}

#[test]
fn no_decimals() {
    check("JPY", "0", Ok(0));
    check("JPY", "1250", Ok(1250));
    check("JPY", "999999999999999999", Ok(999_999_999_999_999_999));
    check("JPY", "1000000000000000000", Err("amount_too_large"));
    check("JPY", "1.0", Err("amount_excess_digits"));
    check("JPY", "1.", Err("amount_not_a_number"));
}

#[test]
fn two_decimals() {
    check("CNY", "0.01", Ok(1));
    check("CNY", "0.1", Ok(10));
    check("CNY", "12.5", Ok(1250));
    check("CNY", "12.50", Ok(1250));
    check("CNY", "12", Ok(1200));
    check("CNY", "007.50", Ok(750));
    check("CNY", "9999999999999999.99", Ok(999_999_999_999_999_999));
    check("CNY", "10000000000000000", Err("amount_too_large"));
    check("CNY", "10000000000000000.00", Err("amount_too_large"));
    check("CNY", "12.500", Err("amount_excess_digits"));
    check("CNY", "12.505", Err("amount_excess_digits"));
}

#[test]
fn three_decimals() {
    check("KWD", "12.5", Ok(12_500));
    check("KWD", "0.001", Ok(1));
    check("KWD", "999999999999999.999", Ok(999_999_999_999_999_999));
    check("KWD", "1000000000000000", Err("amount_too_large"));
    check("KWD", "0.0001", Err("amount_excess_digits"));
}

#[test]
fn four_decimals() {
    check("CLF", "12.5", Ok(125_000));
    check("CLF", "0.0001", Ok(1));
    check("CLF", "99999999999999.9999", Ok(999_999_999_999_999_999));
    check("CLF", "100000000000000", Err("amount_too_large"));
    check("CLF", "0.00001", Err("amount_excess_digits"));
}

#[test]
fn the_grammar_is_strict() {
    let texts = [
        "", "-", ".", "-.", "+1", "1.", ".5", "-.5", "1..2", "1.2.3", "--1", "1-", "1e3", "1E3", "0x10",
        "1_000", "1,000", "1,5", " 1", "1 ", "1\n", "1\0", "٣", "1２", "１", "一", "¥1", "NaN", "inf",
        "-1.-1", "1.+1",
    ];
    for text in texts {
        check("CNY", text, Err("amount_not_a_number"));
    }
}

#[test]
fn an_amount_is_never_below_zero_and_minus_zero_is_zero() {
    check("CNY", "-0.01", Err("amount_negative"));
    check("CNY", "-99999999999999999999999999999", Err("amount_negative"));
    check("CNY", "-0", Ok(0));
    check("CNY", "-0.00", Ok(0));
}

#[test]
fn numbers_beyond_every_integer_are_too_large_and_no_panic() {
    check("CNY", &"9".repeat(38), Err("amount_too_large"));
    check("CNY", &"9".repeat(5000), Err("amount_too_large"));
    check("CNY", &format!("{}1.00", "0".repeat(5000)), Ok(100));
}

#[test]
fn arithmetic_stops_at_both_ends() {
    let one = Amount::new(1).unwrap();
    assert_eq!(Amount::new(1_000_000_000_000_000_000), None);
    assert_eq!(Amount::MAX.checked_add(one), None);
    assert_eq!(Amount::MAX.checked_sub(one).and_then(|less| less.checked_add(one)), Some(Amount::MAX));
    assert_eq!(Amount::ZERO.checked_sub(one), None);
    assert_eq!(Amount::default(), Amount::ZERO);
}

#[test]
fn totals_are_written_with_exactly_the_decimals_of_their_currency() {
    let check = |code: &str, minor: i128, expect: &str| {
        let total = Money::new(minor, Currency::from_code(code).unwrap());
        assert_eq!(total.plain(), expect);
        assert_eq!(total.to_string(), format!("{expect} {code}"));
        assert_eq!(total.to_string().parse(), Ok(total));
    };
    check("JPY", 0, "0");
    check("JPY", -7, "-7");
    check("CNY", 0, "0.00");
    check("CNY", 7, "0.07");
    check("CNY", -7, "-0.07");
    check("CNY", 1250, "12.50");
    check("CNY", -1250, "-12.50");
    check("KWD", 1, "0.001");
    check("CLF", -10_000, "-1.0000");
    check("CNY", i128::MAX, "1701411834604692317316873037158841057.27");
    check("CNY", i128::MIN, "-1701411834604692317316873037158841057.28");
    assert_eq!(format!("[{:>10}]", Money::new(7, Currency::CNY)), "[  0.07 CNY]");
}

#[test]
fn totals_that_are_refused() {
    let check = |text: &str, expect: &str| {
        assert_eq!(Money::parse(text).map_err(|refused| refused.code()), Err(expect), "{text:?}");
    };
    check("12.50", "amount_no_currency");
    check("12.50CNY", "amount_no_currency");
    check("", "amount_no_currency");
    check("12.50  CNY", "currency_malformed");
    check(" 12.50 CNY", "currency_malformed");
    check("12.50 CNY ", "currency_malformed");
    check("CNY 12.50", "currency_malformed");
    check("12.50 ZZZ", "currency_unknown");
    check("1 XAU", "currency_no_minor_unit");
    check("12.505 CNY", "amount_excess_digits");
    check("1,000.00 CNY", "amount_not_a_number");
    check("1701411834604692317316873037158841057.28 CNY", "amount_too_large");
    check("-1701411834604692317316873037158841057.29 CNY", "amount_too_large");
    assert_eq!(Money::parse("-0.00 CNY"), Ok(Money::new(0, Currency::CNY)));
}

#[test]
fn sums_of_two_currencies_and_beyond_the_range_are_nothing() {
    let top = Money::new(i128::MAX, Currency::CNY);
    let one = Money::new(1, Currency::CNY);
    assert_eq!(top.checked_add(one), None);
    assert_eq!(Money::new(i128::MIN, Currency::CNY).checked_sub(one), None);
    assert_eq!(one.checked_sub(Money::new(1, Currency::USD)), None);
    assert_eq!(one.checked_sub(one), Some(Money::new(0, Currency::CNY)));
}

#[test]
fn decimals_are_taken_by_value_and_never_rounded() {
    let check = |decimal: &str, expect: Result<i128, AmountError>| {
        let decimal: Decimal = decimal.parse().unwrap();
        let read = Money::from_decimal(decimal, Currency::CNY);
        assert_eq!(read.map(|total| total.minor()), expect, "{decimal}");
    };
    check("12.5", Ok(1250));
    check("12.500000", Ok(1250));
    check("-12.50", Ok(-1250));
    check("-0", Ok(0));
    check("-0.000", Ok(0));
    check("12.505", Err(AmountError::ExcessDigits { allowed: 2 }));
    check("0.0000000000000000000000000001", Err(AmountError::ExcessDigits { allowed: 2 }));
    check("79228162514264337593543950335", Ok(7_922_816_251_426_433_759_354_395_033_500));

    let amount = |decimal: &str| Amount::from_decimal(decimal.parse().unwrap(), Currency::CNY);
    assert_eq!(amount("-0"), Ok(Amount::ZERO));
    assert_eq!(amount("-0.01"), Err(AmountError::Negative));
    assert_eq!(amount("9999999999999999.99"), Ok(Amount::MAX));
    assert_eq!(amount("10000000000000000"), Err(AmountError::TooLarge));
}

#[test]
fn decimals_carry_the_scale_of_the_currency() {
    let decimal = Money::new(1250, Currency::CNY).to_decimal().unwrap();
    assert_eq!((decimal.mantissa(), decimal.scale()), (1250, 2));
    assert_eq!(Money::new(i128::MAX, Currency::CNY).to_decimal(), Err(AmountError::TooLarge));
    assert_eq!(Money::new(i128::MIN, Currency::CNY).to_decimal(), Err(AmountError::TooLarge));
}

#[test]
fn every_refusal_says_what_to_do() {
    use longmen_money::CurrencyError::{BadExponent, Malformed, NoMinorUnit, Unknown};
    let code = *b"XAU";
    let refusals = [
        AmountError::NotANumber,
        AmountError::Negative,
        AmountError::ExcessDigits { allowed: 2 },
        AmountError::TooLarge,
        AmountError::NoCurrency,
        AmountError::Currency(Malformed),
        AmountError::Currency(Unknown { code }),
        AmountError::Currency(NoMinorUnit { code }),
        AmountError::Currency(BadExponent { code }),
    ];
    let mut names: Vec<&str> = refusals.iter().map(|refusal| refusal.code()).collect();
    for (refusal, name) in refusals.iter().zip(&names) {
        let text = refusal.to_string();
        assert!(text.contains(": "), "cause, colon, remedy: {text}");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), refusals.len(), "each refusal has a name of its own");
}

#[test]
fn being_negative_comes_before_having_too_many_digits() {
    let amount = |text: &str| Amount::parse(text, &Currency::CNY);
    assert_eq!(amount("-1.001"), Err(AmountError::Negative));
    assert_eq!(amount("-12345678901234567890"), Err(AmountError::Negative));
    assert_eq!(amount("-0.000"), Err(AmountError::ExcessDigits { allowed: 2 }), "it is zero");
    assert_eq!(amount("-1.x"), Err(AmountError::NotANumber));
}
