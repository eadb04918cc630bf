//! Shows that the demo plays to its end, plain when piped, and that what it proposes works.

use crate::common::{longmen, text};

#[test]
fn the_demo_runs_closes_the_gate_and_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let shown = longmen(&["demo", text(dir.path())]).expect(0).stdout;
    for said in [
        "insufficient_funds: 50.00 CNY short",
        "nothing was paid twice",
        "合龙门！",
        "recent activity",
        "nothing is wrong",
    ] {
        assert!(shown.contains(said), "{said} is missing in\n{shown}");
    }
    assert!(!shown.contains('\x1b'), "colour in a pipe");
    longmen(&["verify", text(dir.path())]).expect(0);
    longmen(&["balance", text(dir.path()), "--at", "20"]).expect(0);

    let proposed = shown.split_once("--expect ").unwrap().1.split_whitespace().next().unwrap();
    longmen(&["verify", text(dir.path()), "--expect", proposed]).expect(0);
}

#[test]
fn the_demo_tells_the_day_in_chinese() {
    let dir = tempfile::tempdir().unwrap();
    let shown = longmen(&["demo", text(dir.path()), "--lang", "zh"]).expect(0).stdout;
    for said in ["没有重复付款", "合龙门！", "李雷的钱包", "提现已提交银行", "子账户"]
    {
        assert!(shown.contains(said), "{said} is missing in\n{shown}");
    }
    for line in shown.lines() {
        let wide: usize = line.chars().map(|c| if c > '\u{2e80}' { 2 } else { 1 }).sum();
        assert!(wide <= 100, "too wide: {line}");
    }
}

#[test]
fn the_demo_leaves_a_directory_in_use_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("letter.txt"), "dear").unwrap();
    let ran = longmen(&["demo", text(dir.path())]).expect(1);
    assert!(ran.stderr.contains("not empty"), "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}
