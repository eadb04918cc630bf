//! Shows that every bad input gets its own refusal, that nothing is posted, and that the process goes on.

use serde_json::Value;

use crate::common::{OPENING, Session, available, exec, longmen, longmen_with, str_of, text};

const HOLD: &str = concat!(
    r#"{"key":"hold-1","hold":{"debit":"alice:cny","credit":"shop:cny","amount":"50.00","currency":"CNY"}}"#,
    "\n",
);

/// Sends one bad line between good ones and expects its outcome and reason, and the balances unmoved.
#[track_caller]
fn check(bad: &str, outcome: &str, reason: &str) {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), &format!("{OPENING}{HOLD}"));
    let before = available(dir.path());
    let good = r#"{"key":"good","open":{"account":"later:cny","currency":"CNY","class":"income"}}"#;

    let ran = longmen_with(&["exec", text(dir.path())], format!("{bad}\n{good}\n").as_bytes()).expect(3);
    let results = ran.lines();
    assert_eq!(results.len(), 2, "{}", ran.stdout);
    assert_eq!(str_of(&results[0], "outcome"), outcome, "{}", results[0]);
    assert_eq!(str_of(&results[0], "reason"), reason, "{}", results[0]);
    assert!(str_of(&results[0], "message").len() > 20, "it says what to do: {}", results[0]);
    assert_eq!(str_of(&results[1], "outcome"), "done", "the process went on");
    assert_eq!(results[1]["line"], 2);

    let mut after = available(dir.path());
    assert_eq!(after.pop().unwrap().0, "later:cny");
    assert_eq!(after, before, "nothing was posted");
}

fn transfer(amount: &str, extra: &str) -> String {
    format!(
        r#"{{"key":"bad","transfer":{{"debit":"alice:cny","credit":"shop:cny","amount":"{amount}","currency":"CNY"}}{extra}}}"#
    )
}

#[test]
fn malformed_json() {
    check(r#"{"key":"bad","transfer":{"#, "invalid", "malformed_json");
    check("SELECT 1", "invalid", "malformed_json");
}

#[test]
fn missing_fields_and_wrong_types() {
    check(r#"{"key":"bad"}"#, "invalid", "malformed_command");
    check(
        r#"{"key":"bad","transfer":{"debit":"alice:cny","credit":"shop:cny","currency":"CNY"}}"#,
        "invalid",
        "malformed_command",
    );
    check(
        r#"{"key":"bad","transfer":{"debit":"alice:cny","credit":"shop:cny","amount":1.5,"currency":"CNY"}}"#,
        "invalid",
        "malformed_command",
    );
}

#[test]
fn unknown_fields() {
    check(&transfer("1.00", r#","colour":"red""#), "invalid", "unknown_field");
}

#[test]
fn unknown_accounts() {
    let bad = r#"{"key":"bad","transfer":{"debit":"alice:cny","credit":"nobody:cny","amount":"1.00","currency":"CNY"}}"#;
    check(bad, "refused", "account_not_found");
}

#[test]
fn wrong_currencies() {
    let bad = r#"{"key":"bad","transfer":{"debit":"alice:cny","credit":"shop:cny","amount":"1.00","currency":"USD"}}"#;
    check(bad, "refused", "currency_mismatch");
    check(&bad.replace("USD", "QQQ"), "invalid", "unknown_currency");
}

#[test]
fn amounts_that_are_none() {
    check(&transfer("12345678901234567.89", ""), "invalid", "amount_too_large");
    check(&transfer("-1.00", ""), "invalid", "amount_negative");
    check(&transfer("1.005", ""), "invalid", "amount_excess_digits");
    check(&transfer("1e3", ""), "invalid", "amount_not_a_number");
    check(&transfer("0.00", ""), "refused", "amount_zero");
}

#[test]
fn overdrafts() {
    // 300.00 are there, 50.00 of them are held.
    check(&transfer("250.01", ""), "refused", "insufficient_funds");
}

#[test]
fn captures_beyond_the_hold() {
    check(
        r#"{"key":"bad","capture":{"hold":"hold-1","amount":"50.01","currency":"CNY"}}"#,
        "refused",
        "exceeds_hold",
    );
}

#[test]
fn reused_keys() {
    let bad = transfer("1.00", "").replace(r#""bad""#, r#""top-up""#);
    check(&bad, "refused", "key_reused");
}

#[test]
fn payment_card_numbers() {
    check(&transfer("1.00", r#","memo":"paid with 4111 1111 1111 1111""#), "invalid", "payment_card_number");
}

#[test]
fn lines_that_are_no_text_or_too_long() {
    let dir = tempfile::tempdir().unwrap();
    let mut input = OPENING.as_bytes().to_vec();
    input.extend_from_slice(b"\xff\xfe\n");
    input.extend(std::iter::repeat_n(b'x', 3 << 20));
    input.extend_from_slice(b"\n\n");
    input.extend_from_slice(transfer("1.00", "").as_bytes());
    let results = longmen_with(&["exec", text(dir.path()), "--create"], &input).expect(3).lines();
    let said: Vec<(u64, String)> =
        results.iter().map(|result| (result["line"].as_u64().unwrap(), str_of(result, "outcome"))).collect();
    let invalid = "invalid".to_owned();
    assert_eq!(said[4..], [(5, invalid.clone()), (6, invalid), (8, "done".to_owned())]);
}

#[test]
fn results_come_in_the_order_of_the_lines() {
    let dir = tempfile::tempdir().unwrap();
    let mut lines = OPENING.to_owned();
    for number in 0..2_000 {
        // Every third line is decided without the ledger, and must wait for its turn all the same.
        lines += &if number % 3 == 0 {
            "nonsense\n".to_owned()
        } else {
            transfer("0.01", "").replace(r#""bad""#, &format!(r#""pay-{number}""#)) + "\n"
        };
    }
    let results = exec(dir.path(), &lines);
    let order: Vec<u64> = results.iter().map(|result| result["line"].as_u64().unwrap()).collect();
    assert_eq!(order, (1..=2_004).collect::<Vec<u64>>());
    let positions: Vec<u64> = results.iter().filter_map(|result| result["position"].as_u64()).collect();
    assert!(positions.is_sorted());
}

#[test]
fn whoever_waits_for_each_answer_gets_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut session = Session::start(dir.path());
    let first: Vec<Value> = OPENING.lines().map(|line| session.ask(line)).collect();
    assert!(first.iter().all(|answer| answer["outcome"] == "done"));
    assert_eq!(session.ask("nonsense")["reason"], "malformed_json");
    let paid = session.ask(&transfer("1.00", ""));
    let again = session.ask(&transfer("1.00", ""));
    assert_eq!((&again["hash"], &again["replayed"]), (&paid["hash"], &Value::Bool(true)));
    assert_eq!(session.end(), 3, "one line was invalid");
}

#[test]
fn a_second_process_is_told_that_the_ledger_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let mut session = Session::start(dir.path());
    session.ask(OPENING.lines().next().unwrap());
    let second = longmen_with(&["exec", text(dir.path())], b"").expect(1);
    assert!(second.stderr.contains("another process has this ledger open"), "{}", second.stderr);
    assert_eq!(session.end(), 0);
    longmen_with(&["exec", text(dir.path())], b"").expect(0);
}

#[test]
fn a_file_does_the_same_as_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("commands.jsonl");
    std::fs::write(&file, OPENING).unwrap();
    let books = dir.path().join("books");
    let ran = longmen(&["exec", text(&books), text(&file), "--create"]).expect(0);
    assert_eq!(ran.lines().len(), 4);
    assert_eq!(available(&books)[1], ("alice:cny".to_owned(), "300.00".to_owned()));
}

#[test]
fn exit_codes_of_what_cannot_begin() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere");
    let ran = longmen(&["exec", text(&nowhere)]).expect(1);
    assert!(ran.stderr.contains("longmen init"), "{}", ran.stderr);
    assert!(!nowhere.exists(), "nothing was made");
    longmen(&["exec", text(&nowhere), "no-such-file.jsonl", "--create"]).expect(1);
    assert!(!nowhere.exists(), "nothing was made");
    longmen(&["exec"]).expect(2);
    longmen(&["fly"]).expect(2);
    longmen(&["init", text(&nowhere)]).expect(0);
    longmen(&["init", text(&nowhere)]).expect(1);
}
