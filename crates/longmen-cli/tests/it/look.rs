//! Shows that looking works, beside a live writer too, and writes nothing.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::common::{OPENING, Session, available, exec, longmen, str_of, text};

const HOLD: &str = r#"{"key":"hold-1","hold":{"debit":"alice:cny","credit":"shop:cny","amount":"50.00","currency":"CNY"},"memo":"货款"}"#;

/// Every file under a directory, with its content.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for item in std::fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(text(&path).to_owned(), std::fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn balances_entries_and_verify_work_beside_a_live_writer() {
    let dir = tempfile::tempdir().unwrap();
    let mut session = Session::start(dir.path());
    for line in OPENING.lines() {
        session.ask(line);
    }
    // A reader in another process sees what is known to be durable, which the writer says with its next batch.
    for number in 0..3 {
        let open = OPENING.lines().next().unwrap();
        session.ask(
            &open
                .replace("open-bank", &format!("open-{number}"))
                .replace("bank:cny", &format!("other:{number}")),
        );
    }
    assert_eq!(available(dir.path())[1], ("alice:cny".to_owned(), "300.00".to_owned()));
    let entries = longmen(&["entries", text(dir.path()), "--json"]).expect(0).lines();
    assert!(entries.len() >= 5, "the genesis entry and what was asked first: {entries:?}");
    let verified = longmen(&["verify", text(dir.path())]).expect(0).stdout;
    assert!(verified.contains("open in a writer now"), "{verified}");
    longmen(&["stat", text(dir.path())]).expect(0);
    longmen(&["holds", text(dir.path())]).expect(0);

    assert_eq!(session.ask(HOLD)["outcome"], "done", "the writer was not disturbed");
    assert_eq!(session.end(), 0);
    assert_eq!(available(dir.path())[1].1, "250.00");
}

#[test]
fn looking_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), &format!("{OPENING}{HOLD}\n"));
    let before = files(dir.path());
    for args in [
        &["balance"][..],
        &["balance", "--json"],
        &["accounts"],
        &["holds", "--all"],
        &["entries"],
        &["entries", "--json"],
        &["verify"],
        &["verify", "--json"],
        &["stat"],
        &["stat", "--json"],
        &["limits"],
        &["sets"],
        &["trial-balance"],
        &["trial-balance", "--json"],
        &["accounts", "--json"],
    ] {
        let args: Vec<&str> = [&args[..1], &[text(dir.path())], &args[1..]].concat();
        let ran = longmen(&args).expect(0);
        assert!(!ran.stdout.is_empty(), "{args:?}");
    }
    assert_eq!(files(dir.path()), before);
}

#[test]
fn balances_of_the_past_and_of_the_future() {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), &format!("{OPENING}{HOLD}\n"));
    let then = longmen(&["balance", text(dir.path()), "alice:cny", "--at", "4", "--json"]).expect(0).lines();
    assert_eq!((str_of(&then[0], "available"), str_of(&then[0], "held")), ("300.00".into(), "0.00".into()));
    let never = longmen(&["balance", text(dir.path()), "--at", "99"]).expect(3);
    assert!(never.stderr.contains("the last entry is at 5"), "{}", never.stderr);
}

#[test]
fn entries_are_chosen_by_account_key_and_position() {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), &format!("{OPENING}{HOLD}\n"));
    let check = |args: &[&str], positions: &[u64]| {
        let args: Vec<&str> = [&["entries", text(dir.path()), "--json"], args].concat();
        let entries = longmen(&args).expect(0).lines();
        let got: Vec<u64> = entries.iter().map(|entry| entry["position"].as_u64().unwrap()).collect();
        assert_eq!(got, positions, "{args:?}");
    };
    check(&["--account", "alice:cny"], &[2, 4, 5]);
    check(&["--key", "hold-1"], &[5]);
    check(&["--from", "3"], &[3, 4, 5]);
    check(&["--from", "3", "--limit", "1"], &[3]);
    let page = longmen(&["entries", text(dir.path()), "--key", "hold-1"]).expect(0).stdout;
    assert!(page.contains("“货款”") && page.contains("hold placed"), "{page}");
}

#[test]
fn what_is_not_there_is_said_with_a_way_on() {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), OPENING);
    let ran = longmen(&["balance", text(dir.path()), "nobody:cny"]).expect(3);
    assert!(ran.stderr.contains("longmen accounts"), "{}", ran.stderr);
    longmen(&["entries", text(dir.path()), "--account", "no body"]).expect(3);
    for command in
        ["balance", "accounts", "holds", "entries", "limits", "sets", "trial-balance", "verify", "stat"]
    {
        let ran = longmen(&[command, text(&dir.path().join("nowhere"))]).expect(1);
        assert!(ran.stderr.contains("no ledger is here"), "{command}: {}", ran.stderr);
    }
    assert!(!dir.path().join("nowhere").exists());
}

/// Alice has two accounts in a set, a limit of 100.00 a day on it, 40.00 spent and 30.00 held.
const CHART: &str = concat!(
    r#"{"key":"open-bonus","open":{"account":"alice:bonus","currency":"CNY","class":"liability","hidden":true,"code":"2010.cust","meta":{"tier":"gold","points":12}}}"#,
    "\n",
    r#"{"key":"details","change":{"account":"alice:cny","details":{"code":"2010.cust.alice","meta":{"tier":"gold","points":"12"}}}}"#,
    "\n",
    r#"{"key":"s1","open_set":{"set":"owner"}}"#,
    "\n",
    r#"{"key":"s2","open_set":{"set":"all"}}"#,
    "\n",
    r#"{"key":"j1","join":{"set":"owner","account":"alice:cny"}}"#,
    "\n",
    r#"{"key":"j2","join":{"set":"owner","account":"alice:bonus"}}"#,
    "\n",
    r#"{"key":"j3","join":{"set":"all","member_set":"owner"}}"#,
    "\n",
    r#"{"key":"l1","limit":{"limit":"daily","set":"all","currency":"CNY","flow":"out","amount":"100.00","window":{"last":{"seconds":86400}}}}"#,
    "\n",
    r#"{"key":"l2","limit":{"limit":"often","account":"alice:cny","currency":"CNY","flow":"out","count":9,"window":"lifetime"}}"#,
    "\n",
    r#"{"key":"p1","transfer":{"debit":"alice:cny","credit":"shop:cny","amount":"40.00","currency":"CNY"}}"#,
    "\n",
    r#"{"key":"h1","hold":{"debit":"alice:cny","credit":"shop:cny","amount":"30.00","currency":"CNY"}}"#,
    "\n",
    r#"{"key":"p2","transfer":{"debit":"alice:cny","credit":"shop:cny","amount":"30.01","currency":"CNY"}}"#,
    "\n",
    r#"{"key":"f1","change":{"account":"shop:cny","freeze":["debit"]}}"#,
    "\n",
    r#"{"key":"d2","drop_limit":{"limit":"often"}}"#,
);

#[test]
fn limits_sets_and_totals_are_shown() {
    let dir = tempfile::tempdir().unwrap();
    exec(dir.path(), &format!("{OPENING}{CHART}"));
    let json = |args: &[&str]| {
        let args: Vec<&str> = [&args[..1], &[text(dir.path()), "--json"], &args[1..]].concat();
        longmen(&args).expect(0).lines()
    };
    let limits = json(&["limits", "--all"]);
    let daily = (str_of(&limits[0], "used"), str_of(&limits[0], "left"));
    assert_eq!(daily, ("70.00".into(), "30.00".into()), "{}", limits[0]);
    assert_eq!((&limits[1]["used"], &limits[1]["in_force"]), (&Value::Null, &false.into()));
    assert_eq!(json(&["limits"]).len(), 1);

    let sets = json(&["sets"]);
    assert_eq!((&sets[1]["sets"][0], &sets[1]["accounts_in_all"]), (&"owner".into(), &2.into()));
    for chosen in [["--set", "all"], ["--code", "2010"]] {
        let totals = json(&["balance", chosen[0], chosen[1]]).remove(0);
        assert_eq!((&totals["accounts"], str_of(&totals, "net_debit")), (&2.into(), "-260.00".into()));
    }
    let trial = json(&["trial-balance"]).remove(0);
    assert_eq!((str_of(&trial, "debits"), str_of(&trial, "credits_held")), ("340.00".into(), "30.00".into()));
    assert_eq!(trial["equal"], true);

    let named = |args: &[&str]| -> Vec<String> {
        json(args).iter().map(|account| str_of(account, "account")).collect()
    };
    assert_eq!(named(&["accounts", "--meta", "tier=gold"]), ["alice:cny", "alice:bonus"]);
    assert_eq!(named(&["accounts", "--meta", "points=12"]), ["alice:bonus"]);
    assert_eq!(named(&["accounts", "--meta", r#"points="12""#]), ["alice:cny"]);
    assert_eq!(named(&["accounts", "--code", "2010.cust.alice"]), ["alice:cny"]);
    assert_eq!(named(&["accounts", "--set", "all"]), ["alice:cny", "alice:bonus"]);
    longmen(&["balance", text(dir.path()), "--set", "nobody"]).expect(3);
    longmen(&["accounts", text(dir.path()), "--meta", "tier"]).expect(3);

    let page = longmen(&["balance", text(dir.path())]).expect(0).stdout;
    assert!(page.contains("hidden") && page.contains("debit frozen"), "{page}");
    let page = longmen(&["entries", text(dir.path()), "--key", "p2"]).expect(0).stdout;
    assert!(page.contains("limit_exceeded, daily, 0.01 CNY short"), "{page}");
}
