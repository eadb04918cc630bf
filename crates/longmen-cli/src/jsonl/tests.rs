//! Shows that every line is a command or says why not, and that the documentation names every way to say so.

use longmen::{Currency, Reason};

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

/// A line with this action, and this beside it.
fn with(action: &str, beside: &str) -> String {
    format!(r#"{{"key":"k",{action}{beside}}}"#)
}

#[test]
fn every_action_is_read() {
    let cny = r#""currency":"CNY""#;
    let actions = [
        (
            r#""open":{"account":"a","class":"asset",%,"hidden":true,"code":"1.2","meta":{"k":1}}"#,
            "hidden: true",
        ),
        (r#""change":{"account":"a","overdraft":"5",%}"#, "UpTo(Amount(500))"),
        (r#""change":{"account":"a","overdraft":"unlimited"}"#, "Unlimited"),
        (r#""change":{"account":"a","freeze":["credit"]}"#, "debit: false, credit: true"),
        (r#""change":{"account":"a","hidden":false}"#, "Hidden(false)"),
        (r#""change":{"account":"a","close":true}"#, "Close"),
        (r#""change":{"account":"a","reopen":true}"#, "Reopen"),
        (r#""change":{"account":"a","details":{}}"#, "code: None"),
        (r#""move":{"debit":{"up_to":"a"},"credit":"b","at_most":"all",%}"#, "at_least: Amount(0)"),
        (r#""move":{"debit":{"in_order":["a","b"]},"credit":"c","at_most":"1",%}"#, "InOrder"),
        (r#""move":{"debit":"c","credit":{"in_proportion":["a","b"]},"at_most":"1",%}"#, "InProportion"),
        (r#""reverse":{"original":"o"}"#, "Reverse(\"o\")"),
        (
            r#""hold":{"debit":"a","credit":"b","amount":"0",%,"closes":["debit"]}"#,
            "debit: true, credit: false",
        ),
        (r#""increment":{"hold":"h","by":"1",%}"#, "is_total: false"),
        (r#""increment":{"hold":"h","total":"1",%}"#, "is_total: true"),
        (r#""open_set":{"set":"s"}"#, "OpenSet"),
        (r#""join":{"set":"s","account":"a"}"#, "Account(\"a\")"),
        (r#""leave":{"set":"s","member_set":"t"}"#, "Set(\"t\")"),
        (r#""limit":{"limit":"l","set":"s",%,"flow":"net_out","amount":"1","window":"lifetime"}"#, "NetOut"),
        (
            r#""limit":{"limit":"l","account":"a",%,"flow":"in","count":3,"window":{"every":{"seconds":60,"from":0}}}"#,
            "length_ns: 60000000000, from_ns: 0",
        ),
        (
            r#""limit":{"limit":"l","set":"s",%,"flow":"in","count":3,"window":{"year":{"utc_offset":"-03:30"}}}"#,
            "utc_offset_min: -210",
        ),
        (
            r#""limit":{"limit":"l","set":"s",%,"flow":"in","count":3,"window":{"last":{"seconds":1}},"exempt":[{"k":true}]}"#,
            "Bool(true)",
        ),
        (r#""drop_limit":{"limit":"l"}"#, "DropLimit"),
        (r#""seal":{"through":"1970-01-02"}"#, "EffectiveDate(1)"),
        (r#""erase":{"subject":"s"}"#, "EraseSubject"),
    ];
    for (action, want) in actions {
        check(&with(&action.replace('%', cny), ""), Ok(want));
    }
}

#[test]
fn what_stands_beside_an_action_is_read() {
    let beside = concat!(
        r#","linked":true,"force":true,"happened":"1970-01-01T00:00:01.000000002Z","meta":{"a":"x","b":-1,"#,
        r#""c":{"ref":"00000000-0000-0000-0000-00000000000f"}},"secret":{"subject":"s","hex":"00fF"},"#,
        r#""if":[{"account":"a","available":{"at_least":"-1.50"},"currency":"CNY"},"#,
        r#"{"account":"a","version":{"equal":7}}]"#
    );
    let command = parse(&with(r#""reverse":{"original":"o"}"#, beside)).unwrap();
    assert!(command.linked && command.force);
    let extras = command.extras.unwrap();
    assert_eq!(extras.happened_ns.map(std::num::NonZeroU64::get), Some(1_000_000_002));
    assert_eq!(extras.secret.unwrap().bytes(), [0, 255]);
    let values: Vec<_> = extras.meta.pairs().iter().map(|(_, value)| value.clone()).collect();
    assert_eq!(values, [Value::Text("x".into()), Value::Int(-1), Value::Reference(15)]);
    let conditions = format!("{:?}", command.conditions);
    assert!(conditions.contains("-150") && conditions.contains("Version(7)"), "{conditions}");
}

#[test]
fn new_fields_say_what_is_wrong_with_them() {
    let on_action = [
        r#""change":{"account":"a"}"#,
        r#""change":{"account":"a","close":true,"hidden":true}"#,
        r#""change":{"account":"a","close":false}"#,
        r#""change":{"account":"a","overdraft":"5"}"#,
        r#""change":{"account":"a","hidden":true,"currency":"CNY"}"#,
        r#""change":{"account":"a","freeze":["left"]}"#,
        r#""move":{"debit":{},"credit":"b","at_most":"1","currency":"CNY"}"#,
        r#""move":{"debit":["a"],"credit":"b","at_most":"1","currency":"CNY"}"#,
        r#""move":{"debit":{"up_to":"a","in_order":["b"]},"credit":"b","at_most":"1","currency":"CNY"}"#,
        r#""limit":{"limit":"l","set":"s","currency":"CNY","flow":"in","count":3,"window":{"last":{"seconds":1},"month":{"utc_offset":"+08:00"}}}"#,
        r#""increment":{"hold":"h","currency":"CNY"}"#,
        r#""increment":{"hold":"h","by":"1","total":"1","currency":"CNY"}"#,
        r#""join":{"set":"s"}"#,
        r#""join":{"set":"s","account":"a","member_set":"t"}"#,
        r#""limit":{"limit":"l","currency":"CNY","flow":"in","count":3,"window":"lifetime"}"#,
        r#""limit":{"limit":"l","set":"s","currency":"CNY","flow":"in","window":"lifetime"}"#,
        r#""limit":{"limit":"l","set":"s","currency":"CNY","flow":"up","count":3,"window":"lifetime"}"#,
        r#""limit":{"limit":"l","set":"s","currency":"CNY","flow":"in","count":3,"window":"day"}"#,
        r#""limit":{"limit":"l","set":"s","currency":"CNY","flow":"in","count":3,"window":{"last":{"seconds":18446744074}}}"#,
        r#""limit":{"limit":"l","set":"s","currency":"CNY","flow":"in","count":3,"window":"lifetime","exempt":[{"a":1,"b":2}]}"#,
    ];
    for action in on_action {
        check(&with(action, ""), Err("malformed_command"));
    }
    let beside = [
        (r#""linked":"yes""#, "malformed_command"),
        (r#""if":[{"account":"a"}]"#, "malformed_command"),
        (r#""if":[{"account":"a","held":{"equal":"1"}}]"#, "malformed_command"),
        (r#""if":[{"account":"a","version":{"equal":1},"currency":"CNY"}]"#, "malformed_command"),
        (r#""if":[{"account":"a","version":{"more":1}}]"#, "malformed_command"),
        (r#""if":[{"account":"a","held":{"equal":"--1"},"currency":"CNY"}]"#, "amount_negative"),
        (r#""meta":{"k":1.5}"#, "malformed_command"),
        (r#""meta":{"k":9223372036854775808}"#, "malformed_command"),
        (r#""meta":{"k":null}"#, "malformed_command"),
        (r#""meta":{"k":{"id":"x"}}"#, "unknown_field"),
        (r#""meta":{"k":{"ref":"x"}}"#, "malformed_hex"),
        (r#""meta":{"k k":1}"#, "name_bad_character"),
        (r#""meta":{"k":1,"k":2}"#, "meta_key_twice"),
        (r#""happened":0"#, "malformed_time"),
        (r#""happened":"2025-01-03T09:30:00""#, "malformed_time"),
        (r#""happened":"1969-12-31T23:59:59Z""#, "malformed_time"),
        (r#""secret":{"subject":"s","hex":"0"}"#, "malformed_hex"),
        (r#""secret":{"subject":"s","hex":"0g"}"#, "malformed_hex"),
        (r#""secret":{"subject":"s","hex":""}"#, "secret_length"),
        (r#""secret":{"subject":"s"}"#, "malformed_command"),
    ];
    for (field, reason) in beside {
        check(&with(r#""reverse":{"original":"o"},"#, field), Err(reason));
    }
    let month = r#""limit":{"limit":"l","set":"s","currency":"CNY","flow":"in","count":3,"window":{"month":{"utc_offset":"%"}}}"#;
    for offset in ["8:00", "+8:00", "+24:00", "+08:60", "+0800", "", "Z"] {
        check(&with(&month.replace('%', offset), ""), Err("malformed_time"));
    }
}

#[test]
fn an_overdraft_is_of_its_accounts_currency() {
    let meant_in = |change: &str| match parse(&with(change, "")).unwrap().action {
        Wish::Ledger(Action::ChangeAccount(change)) => change.currency,
        other => panic!("{other:?}"),
    };
    let five = r#""change":{"account":"a","overdraft":"5","currency":"CNY"}"#;
    assert_eq!(meant_in(five), Some(Currency::CNY));
    assert_eq!(meant_in(r#""change":{"account":"a","overdraft":"none"}"#), None);
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
