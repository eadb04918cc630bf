//! Shows on random numbers that writing and reading are inverse in every exponent, and that reading never panics.

use longmen_money::{Amount, Currency, Money};
use proptest::prelude::*;

/// Currencies of every exponent that ISO 4217 has, and of 1, which only bytes can name.
fn currency() -> impl Strategy<Value = Currency> {
    (0u8..=4).prop_map(|exponent| Currency::from_bytes([b'C', b'N', b'Y', exponent]).unwrap())
}

fn listed() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["JPY", "CNY", "USD", "KWD", "CLF"]).prop_map(|code| code.parse().unwrap())
}

proptest! {
    #[test]
    fn an_amount_reads_back_as_it_was_written(minor in 0..=Amount::MAX.minor(), currency in currency()) {
        let amount = Amount::new(minor).unwrap();
        prop_assert_eq!(Amount::parse(&amount.to_money(currency).plain(), &currency), Ok(amount));
    }

    #[test]
    fn a_total_reads_back_as_it_was_written(minor: i128, currency in listed()) {
        let total = Money::new(minor, currency);
        prop_assert_eq!(Money::parse(&total.to_string()), Ok(total));
    }

    #[test]
    fn a_total_survives_decimals(minor in -(1i128 << 96) + 1..1i128 << 96, currency in currency()) {
        let total = Money::new(minor, currency);
        let decimal = total.to_decimal().unwrap();
        prop_assert_eq!(decimal.to_string(), total.plain());
        prop_assert_eq!(Money::from_decimal(decimal, currency), Ok(total));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*", currency in currency()) {
        let read = Amount::parse(&text, &currency);
        prop_assert!(read.is_err() || text.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte)));
        let _ = Money::parse(&text);
    }

    #[test]
    fn number_like_text_is_read_as_the_grammar_says(text in "-?[0-9]{0,3}[.+e]?[0-9]{0,5}", currency in currency()) {
        let unsigned = text.strip_prefix('-').unwrap_or(&text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let well_formed = digits(whole) && digits(fraction);
        let fits = !unsigned.contains('.') || fraction.len() <= usize::from(currency.exponent());
        let below_zero = text.starts_with('-') && unsigned.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
        prop_assert_eq!(Amount::parse(&text, &currency).is_ok(), well_formed && fits && !below_zero, "{}", text);
    }

    #[test]
    fn any_four_bytes_are_a_currency_or_refused(bytes: [u8; 4]) {
        if let Ok(currency) = Currency::from_bytes(bytes) {
            prop_assert_eq!(currency.to_bytes(), bytes);
        }
    }
}
