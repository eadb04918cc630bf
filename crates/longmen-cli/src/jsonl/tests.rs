//! Shows that every line is a command or says why not, and that the documentation names every way to say so.

use longmen::Reason;

use super::*;

#[track_caller]
fn check(line: &str, want: Result<&str, &str>) {
    let got = parse(line);
    match (&got, want) {
        (Ok(command), Ok(action)) => {
            let debug = format!("{:?}", command.action);
            assert!(debug.contains(action), "{line}\n{debug}");
        }
        (Err(invalid), Err(reason)) => assert_eq!(invalid.reason, reason, "{line}\n{invalid:?}"),
        _ => panic!("{line}\ngave {got:?}\nnot {want:?}"),
    }
}

#[test]
fn lines_are_commands_or_say_why_not() {
    check(r#"{"key":"k","open":{"account":"a","currency":"CNY","class":"asset"}}"#, Ok("UpTo"));
    check(
        r#"{"key":"k","open":{"account":"a","currency":"CNY","class":"asset","overdraft":"unlimited"}}"#,
        Ok("Unlimited"),
    );
    check(
        r#"{"key":"k","open":{"account":"a","currency":"CNY","class":"asset","overdraft":"12.5"}}"#,
        Ok("1250"),
    );
    check(r#"{"key":"k","transfer":{"debit":"a","credit":"b","amount":"1","currency":"JPY"}}"#, Ok("Post"));
    check(
        r#"{"key":"k","post":{"legs":[{"debit":"a","amount":"1","currency":"CNY"},{"credit":"b","amount":"1","currency":"CNY"}]}}"#,
        Ok("Post"),
    );
    check(
        r#"{"key":"k","hold":{"debit":"a","credit":"b","amount":"1","currency":"CNY","expires_after_s":2}}"#,
        Ok("2000000000"),
    );
    check(
        r#"{"key":"k","capture":{"hold":"h","amount":"1","currency":"CNY","final":true,"to":[{"credit":"b","amount":"1"}]}}"#,
        Ok("is_final: true"),
    );
    check(r#"{"key":"k","release":{"hold":"h"}}"#, Ok("part: None"));
    check(r#"{"key":"k","release":{"hold":"h","amount":"1","currency":"CNY"}}"#, Ok("part: Some"));
    check(r#"{"key":"k","release":{"hold":"h"},"memo":"m","effective":"2026-11-22"}"#, Ok("Release"));

    check("", Err("malformed_json"));
    check("[1]", Err("malformed_json"));
    check("{", Err("malformed_json"));
    check(r#"{"key":"k"}"#, Err("malformed_command"));
    check(
        r#"{"key":"k","release":{"hold":"h"},"open":{"account":"a","currency":"CNY","class":"asset"}}"#,
        Err("malformed_command"),
    );
    check(r#"{"key":"k","release":{"hold":"h"},"amuont":"1"}"#, Err("unknown_field"));
    check(r#"{"key":"k","release":{"hold":"h","amount":"1"}}"#, Err("malformed_command"));
    check(
        r#"{"key":"k","transfer":{"debit":"a","credit":"b","amount":1.5,"currency":"CNY"}}"#,
        Err("malformed_command"),
    );
    check(r#"{"key":"","release":{"hold":"h"}}"#, Err("name_empty"));
    check(r#"{"key":"a b","release":{"hold":"h"}}"#, Err("name_bad_character"));
    check(r#"{"key":"k","release":{"hold":"h"},"memo":"4111 1111 1111 1111"}"#, Err("payment_card_number"));
    check(r#"{"key":"k","release":{"hold":"h"},"effective":"22.11.2026"}"#, Err("malformed_date"));
    for (amount, reason) in [
        ("-1", "amount_negative"),
        ("1.005", "amount_excess_digits"),
        ("12345678901234567.89", "amount_too_large"),
        ("1e3", "amount_not_a_number"),
    ] {
        let line = format!(
            r#"{{"key":"k","transfer":{{"debit":"a","credit":"b","amount":"{amount}","currency":"CNY"}}}}"#
        );
        check(&line, Err(reason));
    }
    check(
        r#"{"key":"k","transfer":{"debit":"a","credit":"b","amount":"1","currency":"XYZ"}}"#,
        Err("unknown_currency"),
    );
}

#[test]
fn days_are_counted_from_1970() {
    assert_eq!(field::date("effective", "1970-01-01"), Ok(EffectiveDate::from_days(0).unwrap()));
    assert_eq!(field::date("effective", "1969-12-31"), Ok(EffectiveDate::from_days(-1).unwrap()));
    assert_eq!(field::date("effective", "2026-11-22"), Ok(EffectiveDate::from_days(20_779).unwrap()));
}

#[test]
fn an_invalid_line_still_tells_its_key_and_field() {
    let invalid =
        parse(r#"{"key":"pay-7","transfer":{"debit":"a","credit":"b","amount":"-1","currency":"CNY"}}"#)
            .unwrap_err();
    assert_eq!((invalid.key.as_deref(), invalid.field.as_deref()), (Some("pay-7"), Some("amount")));
    let invalid =
        parse(r#"{"key":"pay-7","transfer":{"debit":"a","credit":"b","amuont":"1","currency":"CNY"}}"#)
            .unwrap_err();
    assert_eq!((invalid.key.as_deref(), invalid.field.as_deref()), (Some("pay-7"), Some("amuont")));
}

#[test]
fn the_documentation_names_every_reason() {
    let documented = include_str!("../../../../docs/jsonl.md");
    let own = [
        MALFORMED_JSON,
        MALFORMED_COMMAND,
        UNKNOWN_FIELD,
        UNKNOWN_CURRENCY,
        MALFORMED_DATE,
        MALFORMED_TIME,
        MALFORMED_HEX,
        GROUP_INVALID,
        GROUP_TOO_LARGE,
    ];
    let of_the_ledger =
        Reason::ALL.iter().filter(|reason| !reason.is_journaled()).map(|reason| reason.name());
    for reason in own.into_iter().chain(of_the_ledger) {
        assert!(documented.contains(&format!("`{reason}`")), "{reason} is missing");
    }
}
