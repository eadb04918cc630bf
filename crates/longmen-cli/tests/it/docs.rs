//! Shows that the examples of `docs/jsonl.md` and `README.md` give the results that stand beside them.

use serde_json::Value;

use crate::common::exec;

const PAGE: &str = include_str!("../../../../docs/jsonl.md");
const README: &str = include_str!("../../../../README.md");

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
