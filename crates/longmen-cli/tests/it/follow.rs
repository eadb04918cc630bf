//! Shows that `follow` follows a live writer, and refuses a journal that is not the one it followed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::common::{OPENING, Session, exec, longmen, text};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let (path, target) = {
            let item = item.unwrap();
            (item.path(), to.join(item.file_name()))
        };
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

fn transfer(key: &str, amount: &str) -> String {
    format!(
        r#"{{"key":"{key}","transfer":{{"debit":"bank:cny","credit":"alice:cny","amount":"{amount}","currency":"CNY"}}}}"#
    ) + "\n"
}

/// A follower in a process of its own, ended when it is dropped.
struct Follower(Child);

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn follow_once_comes_to_the_end_and_says_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), OPENING);
    let head = longmen(&["entries", text(dir.path()), "--json"]).expect(0).lines().pop().unwrap();
    let ran = longmen(&["follow", text(dir.path()), "--once", "--json"]).expect(0);
    let lines = ran.lines();
    assert_eq!(lines.len(), 1, "{}", ran.stdout);
    assert_eq!(lines[0]["position"], head["position"]);
    assert_eq!(lines[0]["hash"], head["hash"]);
    assert_eq!((&lines[0]["lag_entries"], &lines[0]["lag_ns"]), (&Value::from(0), &Value::from(0)));
    assert!(ran.stderr.contains("verified and folded in"), "{}", ran.stderr);
    let page = longmen(&["follow", text(dir.path()), "--once"]).expect(0).stdout;
    assert!(page.starts_with(&format!("position {}  ", head["position"])), "{page}");
}

#[test]
fn follow_says_a_line_when_a_live_writer_moves_on() {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), OPENING);
    let mut session = Session::start(dir.path());
    let child = Command::new(env!("CARGO_BIN_EXE_longmen"))
        .args(["follow", text(dir.path()), "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut follower = Follower(child);
    let mut lines = BufReader::new(follower.0.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let first = next()["position"].as_u64().unwrap();
    let done = session.ask(transfer("t1", "1.00").trim_end());
    let told = next();
    assert!(told["position"].as_u64().unwrap() > first, "{told}");
    assert_eq!((&told["position"], &told["hash"]), (&done["position"], &done["hash"]));
    drop(follower);
    assert_eq!(session.end(), 0);
}

#[test]
fn follow_refuses_a_fork_and_a_cut_of_what_its_rows_are_of() {
    let home = tempfile::tempdir().unwrap();
    let [dir, shorter, fork, rows] = ["dir", "shorter", "fork", "rows"].map(|name| home.path().join(name));
    exec(&dir, OPENING);
    copy(&dir, &shorter);
    copy(&dir, &fork);
    exec(&dir, &transfer("t1", "1.00"));
    exec(&fork, &(transfer("other", "2.00") + &transfer("another", "3.00")));
    let once = |dir: &Path| longmen(&["follow", text(dir), "--replica", text(&rows), "--once"]);
    once(&dir).expect(0);
    let cut = once(&shorter).expect(4);
    assert!(cut.stderr.contains("the journal ends before position"), "{}", cut.stderr);
    let forked = once(&fork).expect(4);
    assert!(forked.stderr.contains("this is another journal, or its past was replaced"), "{}", forked.stderr);
    // Neither has harmed the rows.
    once(&dir).expect(0);
}

#[test]
fn follow_where_there_is_no_ledger_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let ran = longmen(&["follow", text(dir.path()), "--once"]).expect(1);
    assert!(ran.stderr.contains("no ledger is here"), "{}", ran.stderr);
}
