//! Shows that `verify` names damage by file, offset and position, and finds rollback by a receipt.

use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::common::{OPENING, exec, longmen, str_of, text};

/// The journal's first file.
pub(crate) fn segment(dir: &Path) -> PathBuf {
    let names = longmen(&["verify", text(dir), "--json"]);
    assert_eq!(names.code, 0);
    let mut found: Vec<PathBuf> =
        walk(dir).into_iter().filter(|path| path.metadata().unwrap().len() > 60_000).collect();
    found.sort();
    found.into_iter().next().expect("a segment")
}

fn walk(dir: &Path) -> Vec<PathBuf> {
    let items = std::fs::read_dir(dir).unwrap().map(|item| item.unwrap().path());
    items.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// Flips one bit where a text stands in the file.
pub(crate) fn flip(file: &Path, text: &str) -> u64 {
    let bytes = std::fs::read(file).unwrap();
    let at =
        bytes.windows(text.len()).position(|window| window == text.as_bytes()).expect("it is in the file");
    let mut permissions = file.metadata().unwrap().permissions();
    #[expect(
        clippy::permissions_set_readonly_false,
        reason = "a full segment is read-only, and this is a test's own file"
    )]
    permissions.set_readonly(false);
    std::fs::set_permissions(file, permissions).unwrap();
    let written = std::fs::OpenOptions::new().write(true).open(file).unwrap();
    written.write_all_at(&[bytes[at] ^ 1], at as u64).unwrap();
    at as u64
}

#[test]
fn a_flipped_bit_is_named_by_file_offset_and_position() {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), OPENING);
    let file = segment(dir.path());
    let at = flip(&file, "open-alice");

    let report = longmen(&["verify", text(dir.path()), "--json"]).expect(4).lines().remove(0);
    assert_eq!(report["clean"], false);
    let damage = &report["damages"][0];
    assert!(text(&file).ends_with(&str_of(damage, "file")), "{damage}");
    let offset = damage["offset"].as_u64().unwrap();
    assert!(offset <= at && at - offset < 4_096, "{offset} is not near {at}");
    assert!(damage["position"].as_u64().is_some_and(|position| position <= 2), "{damage}");
    assert!(!str_of(damage, "advice").is_empty());

    let ran = longmen(&["verify", text(dir.path())]).expect(4);
    for said in
        [str_of(damage, "file"), format!("offset {offset}"), format!("position {}", damage["position"])]
    {
        assert!(ran.stdout.contains(&said), "{said} is missing in\n{}", ran.stdout);
    }
    assert!(ran.stderr.contains("restore from a verified copy"), "{}", ran.stderr);
    // Neither reading nor writing takes it for whole.
    longmen(&["balance", text(dir.path())]).expect(4);
    let ran = longmen(&["exec", text(dir.path())]).expect(4);
    assert!(ran.stderr.contains("longmen verify"), "{}", ran.stderr);
}

#[test]
fn a_kept_receipt_finds_rollback_and_rewriting() {
    let dir = tempfile::tempdir().unwrap();
    let (books, older) = (dir.path().join("books"), dir.path().join("older"));
    exec(&books, OPENING);
    // A copy of a closed ledger verifies by itself: it is whole, and too old.
    std::fs::create_dir(&older).unwrap();
    for path in walk(&books) {
        let target = older.join(path.strip_prefix(&books).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&path, target).unwrap();
    }
    let pay = r#"{"key":"pay","transfer":{"debit":"alice:cny","credit":"shop:cny","amount":"1.00","currency":"CNY"}}"#;
    let receipt = exec(&books, pay).remove(0);
    let kept = format!("{}:{}", receipt["position"], str_of(&receipt, "hash"));
    longmen(&["verify", text(&books), "--expect", &kept]).expect(0);
    longmen(&["verify", text(&older)]).expect(0);
    let ran = longmen(&["verify", text(&older), "--expect", &kept]).expect(4);
    assert!(ran.stdout.contains("rolled back or rewritten"), "{}", ran.stdout);

    exec(&older, &pay.replace("1.00", "2.00"));
    let report = longmen(&["verify", text(&older), "--expect", &kept, "--json"]).expect(4).lines().remove(0);
    assert_eq!((&report["clean"], &report["expected"][0]["met"]), (&false.into(), &false.into()));
    longmen(&["verify", text(&books), "--expect", "five"]).expect(2);
}

#[test]
fn a_clean_report_has_the_totals() {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), OPENING);
    let report = longmen(&["verify", text(dir.path()), "--json"]).expect(0).lines().remove(0);
    assert_eq!(report["clean"], true);
    assert_eq!(report["entries"], 5);
    assert_eq!(report["totals"][0]["debits"], "300.00");
    assert_eq!(report["totals"][0]["credits"], "300.00");
    assert_eq!(report["state"], "clean");
}
