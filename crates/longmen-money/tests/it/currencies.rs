//! Shows that every code of the table comes with the exponent that ISO 4217 gives it, and that four bytes carry both.
//! The exponents are stated here a second time, so that an update of the table cannot change one unseen.

use longmen_money::{Currency, CurrencyError};

const EXPONENT_0: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF", "XPF",
];
const EXPONENT_3: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
const EXPONENT_4: [&str; 2] = ["CLF", "UYW"];
const NO_MINOR_UNIT: [&str; 13] =
    ["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"];

/// All three-letter codes there could be; the table is found by asking for each.
fn codes() -> impl Iterator<Item = String> {
    let letters = || 'A'..='Z';
    letters()
        .flat_map(move |a| letters().flat_map(move |b| letters().map(move |c| String::from_iter([a, b, c]))))
}

#[test]
fn every_listed_currency_has_the_exponent_of_the_standard_and_survives_its_bytes() {
    let mut accepted = 0;
    for code in codes() {
        let Ok(currency) = Currency::from_code(&code) else { continue };
        let expected = match code.as_str() {
            code if EXPONENT_0.contains(&code) => 0,
            code if EXPONENT_3.contains(&code) => 3,
            code if EXPONENT_4.contains(&code) => 4,
            _ => 2,
        };
        assert_eq!(currency.exponent(), expected, "{code}");
        assert_eq!(currency.code(), code);
        assert_eq!(currency.to_string(), code);
        assert_eq!(Currency::from_bytes(currency.to_bytes()), Ok(currency), "{code}");
        assert_eq!(code.parse(), Ok(currency));
        accepted += 1;
    }
    assert!(accepted > 150, "only {accepted} currencies: the table is not what it was");
}

#[test]
fn only_what_has_no_minor_unit_is_listed_and_refused() {
    let refused: Vec<String> = codes()
        .filter(|code| {
            let [a, b, c] = <[u8; 3]>::try_from(code.as_bytes()).unwrap();
            Currency::from_code(code) == Err(CurrencyError::NoMinorUnit { code: [a, b, c] })
        })
        .collect();
    assert_eq!(refused, NO_MINOR_UNIT);
    let text = Currency::from_code("XAU").unwrap_err().to_string();
    assert!(text.starts_with("XAU "), "the refusal names the currency: {text}");
}

#[test]
fn constants_agree_with_the_table() {
    assert_eq!(Currency::from_code("CNY"), Ok(Currency::CNY));
    assert_eq!(Currency::from_code("USD"), Ok(Currency::USD));
}

#[test]
fn what_is_not_three_capital_letters_is_malformed() {
    for text in ["", "C", "CN", "CNYY", "cny", "Cny", " CNY", "CN ", "C1Y", "人民币", "人", "¥"] {
        assert_eq!(Currency::from_code(text), Err(CurrencyError::Malformed), "{text:?}");
    }
    assert_eq!(Currency::from_code("ZZZ"), Err(CurrencyError::Unknown { code: *b"ZZZ" }));
}

#[test]
fn bytes_are_checked_for_shape_and_not_against_the_table() {
    let check = |bytes: [u8; 4], expect: Result<&str, &str>| {
        let read = Currency::from_bytes(bytes);
        assert_eq!(read.as_ref().map(Currency::code).map_err(|refused| refused.code()), expect, "{bytes:?}");
    };
    check(*b"CNY\x02", Ok("CNY"));
    check(*b"DEM\x02", Ok("DEM")); // withdrawn long ago
    check(*b"CNY\x04", Ok("CNY")); // another exponent than today's
    check(*b"CNY\x05", Err("currency_bad_exponent"));
    check(*b"CNY\xff", Err("currency_bad_exponent"));
    check(*b"cny\x02", Err("currency_malformed"));
    check([0, 0, 0, 0], Err("currency_malformed"));
    check([0xe4, 0xba, 0xba, 2], Err("currency_malformed"));
}

#[test]
fn a_currency_is_four_bytes() {
    assert_eq!(size_of::<Currency>(), 4);
}
