//! Shows that linked lines are carried out all or none, whatever comes between them.

use serde_json::Value;

use crate::common::{OPENING, Session, available, exec, longmen, str_of, text};

fn pay(key: &str, amount: &str, linked: bool) -> String {
    let link = if linked { r#","linked":true"# } else { "" };
    format!(
        r#"{{"key":"{key}","transfer":{{"debit":"alice:cny","credit":"shop:cny","amount":"{amount}","currency":"CNY"}}{link}}}"#
    )
}

/// Sends lines to a ledger where Alice has 300.00; gives back each line's outcome or reason, and what she has then.
fn check(lines: &[String], want: &[&str], left: &str) {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), OPENING);
    let results = exec(dir.path(), &lines.join("\n"));
    let said: Vec<String> = results.iter().map(told).collect();
    assert_eq!(said, want, "{lines:#?}");
    let order: Vec<u64> = results.iter().map(|result| result["line"].as_u64().unwrap()).collect();
    assert_eq!(order, (1..).take(lines.len()).collect::<Vec<u64>>());
    assert_eq!(available(dir.path())[1].1, left);
}

fn told(result: &Value) -> String {
    if result["outcome"] == "done" { "done".to_owned() } else { str_of(result, "reason") }
}

#[test]
fn all_are_carried_out_or_none() {
    check(
        &[
            pay("1", "100.00", true),
            pay("2", "100.00", true),
            pay("3", "100.00", false),
            pay("4", "0.01", false),
        ],
        &["done", "done", "done", "insufficient_funds"],
        "0.00",
    );
    check(
        &[pay("1", "200.00", true), pay("2", "200.00", false), pay("3", "1.00", false)],
        &["group_fell", "insufficient_funds", "done"],
        "299.00",
    );
}

#[test]
fn the_culprit_is_named_by_its_line() {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), OPENING);
    let lines = [pay("1", "1.00", false), String::new(), pay("2", "1.00", true), pay("3", "900.00", false)];
    let results = exec(dir.path(), &lines.join("\n"));
    assert_eq!((&results[1]["line"], &results[1]["culprit_line"]), (&3.into(), &4.into()));
    assert!(results[2].get("culprit_line").is_none());
}

#[test]
fn an_invalid_line_fells_its_whole_group() {
    let bad = |linked: bool| pay("bad", "one", linked);
    let fell = "group_invalid";
    check(
        &[pay("1", "1.00", true), bad(true), pay("2", "1.00", false), pay("3", "1.00", false)],
        &[fell, "amount_not_a_number", fell, "done"],
        "299.00",
    );
    // As the first and as the last line of its group.
    check(&[bad(true), pay("1", "1.00", false)], &["amount_not_a_number", fell], "300.00");
    check(
        &[pay("1", "1.00", true), bad(false), pay("2", "1.00", false)],
        &[fell, "amount_not_a_number", "done"],
        "299.00",
    );
    // Twice in one group: each tells of itself.
    check(
        &[pay("1", "1.00", true), bad(true), bad(true), pay("2", "1.00", false)],
        &[fell, "amount_not_a_number", "amount_not_a_number", fell],
        "300.00",
    );
}

#[test]
fn a_line_that_cannot_be_read_never_ends_a_group() {
    let torn = r#"{"key":"torn","transfer":{"debit":"alice:cny","#.to_owned();
    let fell = "group_invalid";
    check(
        &[pay("1", "1.00", true), torn.clone(), pay("2", "1.00", false), pay("3", "1.00", false)],
        &[fell, "malformed_json", fell, "done"],
        "299.00",
    );
    // Alone it stands for itself; with a link in its text it takes the next with it.
    check(&[torn, pay("1", "1.00", false)], &["malformed_json", "done"], "299.00");
    check(
        &[r#"{"key":"torn","linked":true,"#.to_owned(), pay("1", "1.00", false)],
        &["malformed_json", fell],
        "300.00",
    );
    // What is neither true nor false is no link that could be trusted to be absent.
    let odd = pay("odd", "1.00", true).replace("true", r#""yes""#);
    check(&[odd, pay("1", "1.00", false)], &["malformed_command", fell], "300.00");
}

#[test]
fn the_input_may_not_end_within_a_group() {
    check(&[pay("1", "1.00", true), pay("2", "1.00", true)], &["group_fell", "group_open"], "300.00");
    check(&[pay("1", "1.00", true)], &["group_open"], "300.00");
}

#[test]
fn a_group_comes_again_with_its_first_results() {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), OPENING);
    let group = [pay("1", "1.00", true), pay("2", "2.00", false)].join("\n");
    let first = exec(dir.path(), &group);
    for result in exec(dir.path(), &group).iter().zip(&first) {
        let (again, first) = result;
        assert_eq!((&again["position"], &again["hash"]), (&first["position"], &first["hash"]));
        assert_eq!(again["replayed"], true);
    }
    // The refusal of a culprit is kept, and its group falls with it again.
    let fallen = [pay("3", "1.00", true), pay("4", "900.00", false)].join("\n");
    let first: Vec<String> = exec(dir.path(), &fallen).iter().map(told).collect();
    let again: Vec<String> = exec(dir.path(), &fallen).iter().map(told).collect();
    assert_eq!((&first, &again), (&vec!["group_fell".to_owned(), "insufficient_funds".to_owned()], &first));
    // The one that fell with it left no trace.
    assert_eq!(told(&exec(dir.path(), &pay("3", "1.00", false))[0]), "done");
    // Without its link a command is another one.
    assert_eq!(told(&exec(dir.path(), &pay("1", "1.00", false))[0]), "key_reused");
    assert_eq!(available(dir.path())[1].1, "296.00");
}

#[test]
fn a_group_larger_than_a_batch_is_its_own_answer() {
    let dir = tempfile::tempdir().unwrap();
    // A journal of small files has small batches.
    longmen(&["init", text(dir.path()), "--segment-size", "1048576"]).expect(0);
    exec(dir.path(), OPENING);
    let count = 4_000;
    let mut lines: Vec<String> = (0..count).map(|no| pay(&format!("g-{no}"), "0.01", true)).collect();
    lines.push(pay("last", "0.01", false));
    lines.push(pay("after", "0.01", false));
    let results = exec(dir.path(), &lines.join("\n"));
    assert_eq!(results.len(), count + 2);
    let (after, group) = results.split_last().unwrap();
    assert!(group.iter().all(|result| result["reason"] == "group_too_large"), "{}", group[0]);
    assert_eq!(after["outcome"], "done");
    assert_eq!(available(dir.path())[1].1, "299.99");
}

#[test]
fn whoever_waits_gets_a_groups_answers_at_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut session = Session::start(dir.path());
    for line in OPENING.lines() {
        session.ask(line);
    }
    // Nothing is answered before the last line; then both are.
    session.tell(&pay("1", "1.00", true));
    let first = session.ask(&pay("2", "1.00", false));
    assert_eq!((&first["key"], &first["outcome"]), (&"1".into(), &"done".into()));
    assert_eq!(session.answer()["key"], "2");
    assert_eq!(session.ask(&pay("3", "1.00", false))["outcome"], "done");
    assert_eq!(session.end(), 0);
}

#[test]
fn entries_show_what_was_linked_and_forced() {
    let dir = tempfile::tempdir().unwrap();
    let forced = pay("2", "900.00", false).replace(r#""CNY"}"#, r#""CNY"},"force":true"#);
    exec(dir.path(), &format!("{OPENING}{}\n{forced}", pay("1", "1.00", true)));
    let page = longmen(&["entries", text(dir.path())]).expect(0).stdout;
    assert!(page.contains("posted  1  linked to the next") && page.contains("posted  2  forced"), "{page}");
    let entries = longmen(&["entries", text(dir.path()), "--json"]).expect(0).lines();
    let marks = |entry: &Value| (entry["linked"] == true, entry["forced"] == true);
    assert_eq!(entries.iter().rev().take(2).map(marks).collect::<Vec<_>>(), [(false, true), (true, false)]);
    longmen(&["verify", text(dir.path())]).expect(0);
}
