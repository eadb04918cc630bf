//! What is said while the replica is not at the journal's end, or will never come there.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use longmen::replica::Phase;
use serde_json::json;

use crate::browser::shown;
use crate::client::{Reply, get, good, post};
use crate::held::{Held, Who};
use crate::ledger::{Fixture, pay};

/// Every file below a directory.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What a monitor reads of this name.
fn metric(of: &Held, name: &str) -> String {
    let metrics = get(of.at, "/metrics");
    assert_eq!(metrics.status, 200, "{metrics:?}");
    let line = metrics.body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name}: {}", metrics.body)).to_owned()
}

/// What a probe hears: the status, the phase, why, and after how many seconds to ask again.
fn health(of: &Held) -> (u16, String, String, Option<String>) {
    let reply = get(of.at, "/healthz");
    let said = reply.json();
    let [phase, why] = ["phase", "why"].map(|name| said[name].as_str().unwrap_or_default().to_owned());
    (reply.status, phase, why, reply.field("retry-after").map(str::to_owned))
}

/// Checks that a person who looks at the first page sees these words, where there is a browser.
fn sees(of: &Held, wanted: &[&str]) {
    let Some(page) = shown(of.at, "#/", "en") else { return };
    let missing: Vec<_> = wanted.iter().filter(|text| !page.contains(**text)).collect();
    assert!(missing.is_empty(), "there is no {missing:?}: {page}");
}

fn refused(reply: &Reply, status: u16, code: &str, retry: Option<&str>) {
    assert_eq!((reply.status, reply.code().as_str()), (status, code), "{reply:?}");
    assert_eq!(reply.field("retry-after"), retry, "{reply:?}");
}

/// Every route that looks into the ledger, with something that is there.
const LOOKS: &[&str] = &[
    "/v1/accounts?q=a",
    "/v1/accounts/alice",
    "/v1/accounts/alice?at=9",
    "/v1/accounts/alice?at_time=2100-01-01T00:00:00Z",
    "/v1/accounts/alice?at_least=9&wait_ms=1000",
    "/v1/accounts/alice?effective=2100-01-01",
    "/v1/accounts/alice/statement",
    "/v1/accounts/alice/curve",
    "/v1/totals?owner=lilei",
    "/v1/sets/guests",
    "/v1/trial-balance",
    "/v1/safeguarding",
    "/v1/open-items",
    "/v1/owners?q=li",
    "/v1/owners/lilei",
    "/v1/owners/lilei/activity",
    "/v1/owners/lilei/withdrawals",
    "/v1/cards/tour-1",
    "/v1/withdrawals/out",
    "/v1/activity",
    "/v1/holds",
    "/v1/entries/9",
    "/v1/changes?from=start&limit=3",
    "/v1/changes?from=now",
];

#[test]
fn catching_up_is_no_future_and_what_is_not_there_yet_is_said_with_its_entry() {
    let own = Fixture::new();
    let last = own.replica.status().last.unwrap();
    let held = Held::new(own.dir.path(), None, Who::Everybody);
    let (status, phase, why, retry) = health(&held);
    assert_eq!((status, phase.as_str(), retry.as_deref()), (503, "catching_up", Some("1")), "{why}");
    assert_eq!(metric(&held, "longmen_replica_phase{phase=\"catching_up\"}"), "1");
    assert_eq!(metric(&held, "longmen_replica_phase{phase=\"following\"}"), "0");
    assert_eq!(metric(&held, "longmen_replica_position"), "0");
    assert_eq!(metric(&held, "longmen_replica_head"), last.position.to_string());
    assert_eq!(metric(&held, "longmen_replica_lag_entries"), last.position.to_string());
    let said = good(held.at, "/v1/status");
    assert_eq!((&said["phase"], &said["at"]["position"]), (&json!("catching_up"), &json!(0)));
    assert_eq!(said["lag_entries"], last.position);
    // She has an account in this ledger: that there is none is true of the first entry only, so it is said of which.
    let nobody = get(held.at, "/v1/accounts/alice");
    refused(&nobody, 404, "unknown_account", None);
    assert_eq!((&nobody.json()["at"]["position"], nobody.field("longmen-position")), (&json!(0), Some("0")));
    // The ledger has come to that entry, and the replica will.
    refused(&get(held.at, "/v1/accounts/alice?at=9"), 503, "not_yet", Some("1"));
    refused(&get(held.at, "/v1/entries/9?at=9"), 503, "not_yet", Some("1"));
    refused(&get(held.at, "/v1/accounts/alice?at_time=2100-01-01T00:00:00Z"), 503, "not_yet", Some("1"));
    refused(&get(held.at, "/v1/accounts/alice?at_least=9&wait_ms=1"), 503, "not_yet", Some("1"));
    refused(&get(held.at, "/v1/changes?from=9"), 503, "not_yet", Some("1"));
    // Nobody has come to that one.
    refused(&get(held.at, "/v1/changes?from=99999"), 404, "future_position", None);
    refused(&get(held.at, "/v1/accounts/alice?at=99999"), 404, "future_position", None);
    let feed = good(held.at, "/v1/changes?from=start");
    assert_eq!(feed["changes"].as_array().unwrap().len(), 1);
    sees(&held, &["<b>catching up</b>", "entries</b>", "Trial balance"]);
    held.hold(Who::Nobody);
    held.comes_to(Phase::Following);
    let (status, phase, why, retry) = health(&held);
    assert_eq!((status, phase.as_str(), why.as_str(), retry), (200, "following", "", None));
    for path in LOOKS {
        assert_eq!(get(held.at, path).status, 200, "{path}");
    }
    let cursor = feed["cursor"].as_str().unwrap();
    let more = good(held.at, &format!("/v1/changes?cursor={cursor}&limit=1000"));
    assert_eq!(more["changes"].as_array().unwrap().len() as u64, last.position);
}

/// Rows of the fixture's ledger, and cursors of a statement and of the feed.
fn rows_and_cursors(own: &Fixture, rows: &Path) -> [String; 2] {
    let held = Held::new(own.dir.path(), Some(rows), Who::Nobody);
    held.comes_to(Phase::Following);
    let statement = good(held.at, "/v1/accounts/alice/statement?limit=1");
    let feed = good(held.at, "/v1/changes?from=start&limit=5");
    [&statement["next"], &feed["cursor"]].map(|cursor| cursor.as_str().unwrap().to_owned())
}

#[test]
fn while_rows_are_built_again_nothing_is_answered_and_afterwards_cursors_go_on() {
    let (own, rows) = (Fixture::new(), tempfile::tempdir().unwrap());
    let last = own.replica.status().last.unwrap();
    let [statement, feed] = rows_and_cursors(&own, rows.path());
    let conf = files(rows.path()).into_iter().find(|file| file.ends_with("conf")).unwrap();
    fs::write(conf, "nothing of sled's").unwrap();
    let held = Held::new(own.dir.path(), Some(rows.path()), Who::Everybody);
    let (status, phase, why, retry) = health(&held);
    assert_eq!((status, phase.as_str(), retry.as_deref()), (503, "rebuilding", Some("5")), "{why}");
    assert!(why.contains("built again"), "{why}");
    assert_eq!(metric(&held, "longmen_replica_phase{phase=\"rebuilding\"}"), "1");
    assert_eq!(metric(&held, "longmen_replica_rebuilt"), "1");
    assert_eq!(metric(&held, "longmen_replica_lag_entries"), last.position.to_string());
    assert_eq!(good(held.at, "/v1/status")["phase"], "rebuilding");
    for path in LOOKS {
        refused(&get(held.at, path), 503, "rebuilding", Some("5"));
    }
    refused(&post(held.at, "/v1/balances", r#"{"accounts":["alice"]}"#), 503, "rebuilding", Some("5"));
    let detail = get(held.at, "/v1/holds").json()["detail"].as_str().unwrap().to_owned();
    let done = format!("built again: 1 of {} entries; ask again later", last.position + 1);
    assert!(detail.contains(&done), "{detail}");
    sees(&held, &["<b>rebuilding</b>", "The replica is being built again", &done]);
    held.hold(Who::Nobody);
    held.comes_to(Phase::Following);
    for path in LOOKS {
        assert_eq!(get(held.at, path).status, 200, "{path}");
    }
    let page = good(held.at, &format!("/v1/accounts/alice/statement?cursor={statement}"));
    let positions = |list: &serde_json::Value| -> Vec<u64> {
        list.as_array().unwrap().iter().map(|own| own["position"].as_u64().unwrap()).collect()
    };
    assert_eq!(positions(&page["lines"]), [7, last.position]);
    let page = good(held.at, &format!("/v1/changes?cursor={feed}&limit=1000"));
    assert_eq!(positions(&page["changes"]), (5..=last.position).collect::<Vec<_>>());
}

#[test]
fn rows_that_are_found_damaged_over_http_are_built_again() {
    let (own, rows) = (Fixture::new(), tempfile::tempdir().unwrap());
    // Enough for rows on many pages.
    for round in 0..2_000 {
        own.pay("0.01", &format!("many-{round}"));
    }
    let last = own.replica.status().last.unwrap().position;
    rows_and_cursors(&own, rows.path());
    let held = Held::new(own.dir.path(), Some(rows.path()), Who::Nobody);
    held.comes_to(Phase::Following);
    held.hold(Who::New);
    let db = files(rows.path()).into_iter().find(|file| file.ends_with("db")).unwrap();
    let len = usize::try_from(fs::metadata(&db).unwrap().len()).unwrap();
    // In place: sled has the file open.
    let file = fs::OpenOptions::new().write(true).open(&db).unwrap();
    file.write_all_at(&vec![0; len], 0).unwrap();
    let replies = (30..last).step_by(50).map(|at| get(held.at, &format!("/v1/accounts/alice?at={at}")));
    let reply = replies.into_iter().find(|reply| reply.status != 200).expect("all of it is in memory");
    refused(&reply, 503, "rebuilding", Some("5"));
    held.comes_to(Phase::Rebuilding);
    // Nothing is folded in again as yet.
    refused(&get(held.at, "/v1/status"), 503, "rebuilding", Some("5"));
    assert_eq!(health(&held).1, "rebuilding");
    held.hold(Who::Nobody);
    held.comes_to(Phase::Following);
    assert_eq!(metric(&held, "longmen_replica_rebuilt"), "1");
    assert_eq!(good(held.at, "/v1/accounts/alice?at=29")["posted"], "101.04 CNY");
}

/// Copies what is in one directory into another one, in the place of all that is there.
fn copy(from: &Path, to: &Path) {
    drop(fs::remove_dir_all(to));
    for file in files(from) {
        let copy = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(file, copy).unwrap();
    }
}

/// Checks what is said by a replica that has stopped behind the entry at `last`, of so many.
fn check_stopped(held: &Held, last: u64, head: u64, cause: &str) {
    held.comes_to(Phase::Stopped);
    let (status, phase, why, retry) = health(held);
    assert_eq!((status, phase.as_str(), retry), (503, "stopped", None));
    assert!(why.contains(cause), "{why}");
    assert_eq!(metric(held, "longmen_replica_phase{phase=\"stopped\"}"), "1");
    assert_eq!(metric(held, "longmen_replica_position"), last.to_string());
    assert_eq!(metric(held, "longmen_replica_lag_entries"), (head - last).to_string());
    let said = good(held.at, "/v1/status");
    assert_eq!((&said["phase"], &said["at"]["position"]), (&json!("stopped"), &json!(last)));
    assert!(said["stopped"].as_str().unwrap().contains(cause), "{said}");
    sees(held, &["<b>stopped</b>", cause, "Trial balance"]);
    // What it has is right, and says of which entry it is.
    assert_eq!(good(held.at, "/v1/trial-balance")["at"]["position"], last);
    // What is behind it will never come, so that nobody is told to ask again.
    let next = last + 1;
    refused(&get(held.at, &format!("/v1/holds?at_least={next}&wait_ms=9000")), 503, "stopped", None);
    // All changes that there are, and then why there are no more.
    let changes = good(held.at, "/v1/changes?from=start&limit=1000");
    assert_eq!(changes["changes"].as_array().unwrap().len() as u64, next);
    let reply = get(held.at, &format!("/v1/changes?cursor={}", changes["cursor"].as_str().unwrap()));
    refused(&reply, 503, "stopped", None);
    assert!(reply.json()["detail"].as_str().unwrap().contains(cause), "{reply:?}");
}

#[test]
fn over_a_damaged_journal_what_is_before_the_damage_is_answered_and_what_stops_it_is_said() {
    let own = Fixture::new();
    let head = own.replica.status().last.unwrap().position;
    let held = Held::new(own.dir.path(), None, Who::Everybody);
    // The memo of an entry in the middle.
    let (file, bytes, place) = files(own.dir.path())
        .into_iter()
        .find_map(|file| {
            let bytes = fs::read(&file).unwrap();
            let place = bytes.windows(8).position(|bytes| bytes == b"activate")?;
            Some((file, bytes, place))
        })
        .unwrap();
    let file = fs::OpenOptions::new().write(true).open(file).unwrap();
    file.write_all_at(&[bytes[place] ^ 1], place as u64).unwrap();
    held.hold(Who::Nobody);
    held.comes_to(Phase::Stopped);
    let last = held.replica.status().last.unwrap().position;
    assert!(last > 7 && last < head, "{last}");
    check_stopped(&held, last, head, "the journal is damaged");
    // The ledger has come to this one, and this replica never will.
    refused(&get(held.at, &format!("/v1/holds?at={}", last + 1)), 503, "stopped", None);
    refused(&get(held.at, "/v1/holds?at_time=2100-01-01T00:00:00Z"), 503, "stopped", None);
    refused(&get(held.at, "/v1/holds?at=99999"), 404, "future_position", None);
}

#[test]
fn a_journal_that_goes_another_way_or_ends_early_stops_the_replica_and_its_cursors_are_refused() {
    let cases = [(true, "its past was replaced", 409, "forked"), (false, "ends before", 500, "damaged")];
    for (is_longer, cause, status, code) in cases {
        let own = Fixture::new();
        let early = tempfile::tempdir().unwrap();
        copy(own.dir.path(), early.path());
        let last = own.pay("1.00", "as-it-was");
        let held = Held::new(own.dir.path(), None, Who::Nobody);
        held.has(last.position);
        let cursor = good(held.at, "/v1/changes?from=now")["cursor"].as_str().unwrap().to_owned();
        assert_eq!(held.replica.status().last, Some(last));
        held.hold(Who::Everybody);
        if is_longer {
            let ledger = longmen::Ledger::open(early.path()).unwrap();
            for name in ["another-way", "and-on"] {
                pay(&ledger, "1.00", name);
            }
            ledger.close().unwrap();
        }
        copy(early.path(), own.dir.path());
        held.hold(Who::Nobody);
        held.comes_to(Phase::Stopped);
        let (_, _, why, _) = health(&held);
        assert!(why.contains(cause), "{why}");
        // One who has seen the end of what is cut off calls that damage.
        refused(&get(held.at, &format!("/v1/changes?cursor={cursor}")), status, code, None);
        // A replica that begins now follows the other journal, and refuses that cursor too.
        let other = Held::new(own.dir.path(), None, Who::Nobody);
        other.comes_to(Phase::Following);
        refused(&get(other.at, &format!("/v1/changes?cursor={cursor}")), 409, "forked", None);
    }
}
