//! Statements, activity, changes, and looking at a position, at a time and at a day.

use serde_json::{Value, json};

use crate::common::{OPENING, exec, longmen, str_of, text};
use crate::verify;

const HOLD: &str = r#"{"key":"hold-1","hold":{"debit":"alice:cny","credit":"shop:cny","amount":"50.00","currency":"CNY"},"meta":{"channel":"app"}}"#;
const DATED: &str = r#"{"key":"late-1","transfer":{"debit":"bank:cny","credit":"alice:cny","amount":"7.00","currency":"CNY"},"effective":"2020-02-29"}"#;

/// A ledger with the opening at positions 1 to 4, a hold at 5 and a transfer of long ago at 6.
fn ledger() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), &format!("{OPENING}{HOLD}\n{DATED}\n"));
    dir
}

fn json_of(args: &[&str]) -> Value {
    longmen(args).expect(0).lines().remove(0)
}

#[test]
fn at_is_right_after_an_entry_and_at_time_after_the_last_one_by_then() {
    let dir = ledger();
    let dir = text(dir.path());
    let entries = longmen(&["entries", dir, "--json"]).expect(0).lines();
    for entry in &entries[2..] {
        let position = entry["position"].as_u64().unwrap();
        let time = stamp(entry["time_ns"].as_u64().unwrap());
        let by_position =
            longmen(&["balance", dir, "--json", "--at", &position.to_string()]).expect(0).lines();
        assert_eq!(by_position[0]["position"], position);
        assert_eq!(longmen(&["balance", dir, "--json", "--at-time", &time]).expect(0).lines(), by_position);
        for args in [&["trial-balance"][..], &["accounts"], &["holds"], &["wallet", "owners"]] {
            let ask = |at: &[&str]| longmen(&[args, &[dir, "--json"], at].concat()).expect(0).stdout;
            assert_eq!(ask(&["--at", &position.to_string()]), ask(&["--at-time", &time]), "{args:?}");
        }
    }
    let held = |at: &str| longmen(&["holds", dir, "--json", "--at", at]).expect(0).lines().len();
    assert_eq!((held("4"), held("5")), (0, 1));
    let early = longmen(&["balance", dir, "--at-time", "2001-01-01T00:00:00Z"]).expect(3).stderr;
    assert!(early.contains("younger"), "{early}");
    longmen(&["balance", dir, "--at", "4", "--at-time", "2001-01-01T00:00:00Z"]).expect(2);
    longmen(&["balance", dir, "--at-time", "yesterday"]).expect(2);
}

/// A journal time with all its digits.
fn stamp(time_ns: u64) -> String {
    let (days, of_day) = (time_ns / 86_400_000_000_000, time_ns % 86_400_000_000_000);
    let day = longmen::EffectiveDate::from_days(i32::try_from(days).unwrap()).unwrap();
    let (seconds, ns) = (of_day / 1_000_000_000, of_day % 1_000_000_000);
    format!("{day}T{:02}:{:02}:{:02}.{ns:09}Z", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[test]
fn an_effective_balance_counts_each_posting_on_its_day() {
    let dir = ledger();
    let dir = text(dir.path());
    let on = |day: &str| {
        let own = json_of(&["balance", dir, "alice:cny", "--effective", day, "--json"]);
        assert_eq!((str_of(&own, "effective"), &own["position"]), (day.to_owned(), &json!(6)));
        str_of(&own, "posted")
    };
    assert_eq!(
        (on("2020-02-28"), on("2020-02-29"), on("9999-12-31")),
        ("0.00".into(), "7.00".into(), "307.00".into())
    );
    let before = json_of(&["balance", dir, "alice:cny", "--effective", "9999-12-31", "--at", "5", "--json"]);
    assert_eq!(str_of(&before, "posted"), "300.00");
    let none = longmen(&["balance", dir, "--effective", "2023-02-29"]).expect(2).stderr;
    assert!(none.contains("there is no such day"), "{none}");
    let page = longmen(&["balance", dir, "--effective", "2020-02-29", "--lang", "zh"]).expect(0).stdout;
    assert!(page.contains("7.00 CNY") && page.contains("借方发生额"), "{page}");
}

#[test]
fn a_statement_is_paged_and_says_what_is_wrong() {
    let dir = ledger();
    let dir = text(dir.path());
    let all = json_of(&["statement", dir, "alice:cny", "--json"]);
    assert_eq!(
        (str_of(&all["opening"], "posted"), str_of(&all["closing"], "available")),
        ("0.00 CNY".into(), "257.00 CNY".into())
    );
    let positions = |page: &Value| -> Vec<u64> {
        page["lines"].as_array().unwrap().iter().map(|line| line["position"].as_u64().unwrap()).collect()
    };
    assert_eq!(positions(&all), [4, 5, 6]);
    assert_eq!((&all["lines"][2]["effective"], &all["at"]["position"]), (&json!("2020-02-29"), &json!(6)));
    let first = json_of(&["statement", dir, "alice:cny", "--json", "--limit", "2", "--newest-first"]);
    assert_eq!(positions(&first), [6, 5]);
    let next = str_of(&first, "next");
    let ask = |more: &[&str]| longmen(&[&["statement", dir, "alice:cny", "--json"][..], more].concat());
    let page = |more: &[&str]| ask(more).expect(0).lines().remove(0);
    let second = page(&["--newest-first", "--cursor", &next]);
    assert_eq!((positions(&second), &second["next"]), (vec![4], &Value::Null));
    assert_eq!(positions(&page(&["--posted", "--from", "5"])), [6]);
    assert_eq!(positions(&page(&["--through", "4"])), [4]);
    assert_eq!(positions(&page(&["--through", "2000-01-01"])), Vec::<u64>::new());
    let wrong: &[(&[&str], i32, &str)] = &[
        (&["--cursor", &next], 3, "of another question"),
        (&["--cursor", "00"], 3, "not the text of a cursor"),
        (&["--limit", "0"], 3, "ask for 1 to 1 000"),
        (&["--limit", "1001"], 3, "ask for 1 to 1 000"),
        (&["--from", "5", "--through", "4"], 3, "ends before it begins"),
        (&["--from", "99"], 3, "in the future"),
        (&["--at", "99"], 3, "in the future"),
        (&["--from", "2023-02-29"], 2, "there is no such day"),
    ];
    for (args, code, said) in wrong {
        let ran = ask(args).expect(*code);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
    let nobody = longmen(&["statement", dir, "nobody"]).expect(3).stderr;
    assert!(nobody.contains("there is no account nobody"), "{nobody}");
    let paper = longmen(&["statement", dir, "alice:cny", "--lang", "zh"]).expect(0).stdout;
    assert!(
        paper.contains("期初余额") && paper.contains("held 50.00") && paper.contains("2020-02-29"),
        "{paper}"
    );
}

#[test]
fn activity_is_filtered() {
    let dir = ledger();
    let dir = text(dir.path());
    let positions = |args: &[&str]| -> Vec<u64> {
        let page = json_of(&[&["activity", dir, "--json"], args].concat());
        page["items"].as_array().unwrap().iter().map(|item| item["position"].as_u64().unwrap()).collect()
    };
    assert_eq!(positions(&[]), [6, 6, 5, 5, 4, 4]);
    assert_eq!(positions(&["--account", "alice:cny"]), [6, 5, 4]);
    assert_eq!(positions(&["--account", "alice:cny", "--kind", "hold"]), [5]);
    assert_eq!(positions(&["--meta", "channel=app"]), [5, 5]);
    assert_eq!(positions(&["--account", "alice:cny", "--least", "7.01 CNY", "--most", "60.00 CNY"]), [5]);
    assert_eq!(positions(&["--other", "shop:cny"]), [5]);
    let page = json_of(&["activity", dir, "--json", "--entries", "--limit", "1"]);
    assert_eq!((&page["items"][0]["entry"]["key"], page["next"].is_string()), (&json!("late-1"), true));
    let kinds = longmen(&["activity", dir, "--kind", "theft"]).expect(2).stderr;
    assert!(kinds.contains("the kinds are post, move"), "{kinds}");
    longmen(&["activity", dir, "--account", "a", "--set", "b"]).expect(2);
    assert!(longmen(&["activity", dir]).expect(0).stdout.contains("alice:cny"));
}

#[test]
fn over_a_damaged_journal_nothing_is_told() {
    let dir = ledger();
    verify::flip(&verify::segment(dir.path()), "open-alice");
    let dir = text(dir.path());
    for args in [&["statement", dir, "bank:cny"][..], &["activity", dir], &["changes", dir, "--from", "0"]] {
        let told = longmen(args).expect(4);
        assert_eq!(told.stdout, "", "{args:?}");
        assert!(told.stderr.contains("longmen verify"), "{}", told.stderr);
    }
    assert!(longmen(&["follow", dir, "--once"]).expect(4).stderr.contains("longmen verify"));
}

#[test]
fn rows_that_are_kept_give_the_same_answers() {
    let (dir, rows) = (ledger(), tempfile::tempdir().unwrap());
    let (dir, rows) = (text(dir.path()), rows.path().join("kept"));
    let plain = longmen(&["statement", dir, "alice:cny"]).expect(0).stdout;
    for _ in 0..2 {
        let kept = longmen(&["statement", dir, "alice:cny", "--replica", text(&rows)]).expect(0).stdout;
        assert_eq!(kept, plain);
        assert!(rows.join("rows-1").is_dir());
    }
    let activity = |rest: &[&str]| longmen(&[&["activity", dir], rest].concat()).expect(0).stdout;
    assert_eq!(activity(&["--replica", text(&rows)]), activity(&[]));
}

#[test]
fn changes_go_on_where_they_ended() {
    let dir = ledger();
    let cursor = dir.path().join("feed.cursor");
    let (dir, cursor) = (text(dir.path()), text(&cursor));
    let all = longmen(&["changes", dir, "--from-start"]).expect(0).lines();
    assert_eq!(all.len(), 7);
    assert_eq!(
        (&all[4]["balances"][1]["before"]["posted"], &all[4]["balances"][1]["after"]["posted"]),
        (&json!("0.00 CNY"), &json!("300.00 CNY"))
    );
    assert_eq!(longmen(&["changes", dir, "--cursor-file", cursor]).expect(0).lines(), all);
    assert_eq!(longmen(&["changes", dir, "--cursor-file", cursor]).expect(0).stdout, "");
    std::fs::write(cursor, str_of(&all[4], "cursor")).unwrap();
    assert_eq!(longmen(&["changes", dir, "--cursor-file", cursor]).expect(0).lines(), all[5..]);
    let other = ledger();
    let refused = longmen(&["changes", text(other.path()), "--cursor-file", cursor]).expect(3).stderr;
    assert!(refused.contains("it is of another ledger"), "{refused}");
    assert_eq!(longmen(&["changes", dir, "--from", "5"]).expect(0).lines(), all[5..]);
    let future = longmen(&["changes", dir, "--from", "9"]).expect(3).stderr;
    assert!(future.contains("position 9"), "{future}");
    let lost = longmen(&["changes", dir]).expect(3).stderr;
    assert!(lost.contains("--from-start"), "{lost}");
}
