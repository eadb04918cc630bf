//! Shows that the examples of `docs/jsonl.md` and `README.md` give the results that stand beside them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::common::{exec, longmen, text};

const PAGE: &str = include_str!("../../../../docs/jsonl.md");
const README: &str = include_str!("../../../../README.md");
const README_ZH: &str = include_str!("../../../../README.zh-CN.md");
const SESSION: &str = include_str!("../../../../docs/products/session.md");

/// The lines of every fenced block with this info string, in order.
fn blocks(page: &'static str, info: &str) -> Vec<&'static str> {
    let fence = format!("```{info}");
    let mut inside = false;
    let mut lines = Vec::new();
    for line in page.lines() {
        match (inside, line) {
            (false, line) if line == fence => inside = true,
            (true, "```") => inside = false,
            (true, line) => lines.push(line),
            _ => {}
        }
    }
    lines
}

/// Hashes and times are of one run only.
fn timeless(mut result: Value) -> Value {
    for field in ["hash", "time_ns"] {
        if result.get(field).is_some() {
            result[field] = Value::from("…");
        }
    }
    result
}

#[test]
fn every_example_of_the_page_gives_its_result() {
    let commands = blocks(PAGE, "json in");
    let documented: Vec<Value> =
        blocks(PAGE, "json out").iter().map(|line| timeless(serde_json::from_str(line).unwrap())).collect();
    assert!(commands.len() > 20, "the page lost its examples");
    let dir = tempfile::tempdir().unwrap();
    let got: Vec<Value> = exec(dir.path(), &commands.join("\n")).into_iter().map(timeless).collect();
    if std::env::var_os("LONGMEN_PRINT").is_some() {
        for result in &got {
            println!("{result}");
        }
    }
    assert_eq!(got.len(), documented.len());
    for (got, documented) in got.iter().zip(&documented) {
        assert_eq!(got, documented, "\ngot        {got}\ndocumented {documented}");
    }
}

#[test]
fn the_page_names_every_field_of_a_result() {
    let dir = tempfile::tempdir().unwrap();
    for result in exec(dir.path(), &blocks(PAGE, "json in").join("\n")) {
        for field in result.as_object().unwrap().keys() {
            assert!(PAGE.contains(&format!("| `{field}` |")), "{field} is not documented");
        }
    }
}

#[test]
fn the_readme_shows_what_is_answered() {
    let lines = blocks(README, "json");
    let (shown, commands) = lines.split_last().unwrap();
    let shown: Value = serde_json::from_str(shown).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let results = exec(dir.path(), &commands.join("\n"));
    let last = results.last().unwrap();
    assert_eq!(last["outcome"], "refused");
    for (field, value) in shown.as_object().unwrap() {
        assert_eq!(&last[field], value, "{field}");
    }
}

/// The names that would have been read in the place of one that nobody knows.
fn accepted(line: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let result = exec(dir.path(), line).remove(0);
    let message = result["message"].as_str().unwrap();
    let (_, expected) = message.split_once("expected ").expect(message);
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_command_of_every_product_is_in_the_session_and_is_done() {
    let commands = blocks(SESSION, "json in");
    let dir = tempfile::tempdir().unwrap();
    for result in exec(dir.path(), &commands.join("\n")) {
        assert_eq!(result["outcome"], "done", "{result}");
    }
    longmen(&["verify", text(dir.path())]).expect(0);

    let mut shown = BTreeSet::new();
    for line in commands {
        let line: Value = serde_json::from_str(line).unwrap();
        let (room, command) = line["product"].as_object().unwrap().iter().next().unwrap();
        let command = command.as_object().unwrap().keys().next().unwrap();
        shown.insert((room.clone(), command.clone()));
    }
    let rooms = accepted(r#"{"key":"k","product":{"nothing":{}}}"#);
    assert_eq!(rooms.len(), 17, "{rooms:?}");
    for room in rooms {
        for command in accepted(&format!(r#"{{"key":"k","product":{{"{room}":{{"nothing":{{}}}}}}}}"#)) {
            assert!(shown.contains(&(room.clone(), command.clone())), "{room} {command} is not shown");
        }
    }
}

#[test]
fn the_chinese_readme_runs() {
    let dir = tempfile::tempdir().unwrap();
    for result in exec(dir.path(), &blocks(README_ZH, "json").join("\n")) {
        assert_eq!(result["outcome"], "done", "{result}");
    }
    let page = longmen(&["wallet", "show", text(dir.path()), "lilei", "--lang", "zh"]).expect(0).stdout;
    assert!(page.contains("子账户"), "{page}");
}
