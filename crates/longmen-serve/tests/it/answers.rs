//! Good answers, beside what the library says.

use longmen::replica::Want;
use serde_json::{Value, json};

use crate::client::{ask, get, good, post};
use crate::ledger::{Fixture, account};

#[test]
fn a_balance_is_that_of_the_library_at_any_position() {
    let own = Fixture::new();
    let last = own.replica.status().last.unwrap().position;
    for position in 8..=last {
        let balance =
            own.replica.read(Want::Exactly(position), |view| view.balance(&account("alice"))).unwrap();
        let (at, own_balance) = (balance.at, balance.value.balance);
        let said = good(own.at, &format!("/v1/accounts/alice?at={position}"));
        assert_eq!(said["at"]["position"], at.position);
        assert_eq!(said["at"]["hash"], at.hash.to_string());
        assert_eq!(said["at"]["time_ns"], at.time_ns);
        assert_eq!(said["posted"], own_balance.posted().to_string());
        assert_eq!(said["held"], own_balance.held().to_string());
        assert_eq!(said["available"], own_balance.available().to_string());
    }
    let now = good(own.at, "/v1/accounts/alice");
    assert_eq!(now["available"], "71.00 CNY");
    assert_eq!(now["credits_posted"], "101.00 CNY");
    // The time of an entry leads to the same answer as its position.
    let time = good(own.at, "/v1/accounts/alice?at=10")["at"]["time"].as_str().unwrap().to_owned();
    assert_eq!(good(own.at, &format!("/v1/accounts/alice?at_time={time}"))["at"]["position"], 10);
}

#[test]
fn many_balances_are_of_one_position() {
    let own = Fixture::new();
    let said = post(own.at, "/v1/balances?at=9", r#"{"accounts":["bank","alice","bank"]}"#).json();
    let balances = said["balances"].as_array().unwrap();
    let names: Vec<&str> = balances.iter().map(|own| own["account"].as_str().unwrap()).collect();
    assert_eq!((names, &said["at"]["position"]), (vec!["bank", "alice", "bank"], &json!(9)));
    assert_eq!(balances[0]["posted"], balances[1]["posted"]);
}

#[test]
fn ones_own_write_is_read_with_the_position_of_its_receipt() {
    let own = Fixture::new();
    for round in 0..5 {
        let stamp = own.pay("1.00", &format!("round-{round}"));
        let said = good(own.at, &format!("/v1/accounts/alice?at_least={}&wait_ms=10000", stamp.position));
        assert_eq!(said["posted"], format!("{}.00 CNY", 102 + round));
        assert!(said["at"]["position"].as_u64().unwrap() >= stamp.position);
    }
}

#[test]
fn every_answer_names_its_entry_in_the_head_and_is_not_sent_twice() {
    let own = Fixture::new();
    for path in [
        "/v1/accounts/alice",
        "/v1/owners/lilei",
        "/v1/cards/tour-1",
        "/v1/withdrawals/out",
        "/v1/sets/guests",
        "/v1/trial-balance",
        "/v1/safeguarding",
        "/v1/open-items",
    ] {
        let reply = get(own.at, path);
        let at = &reply.json()["at"];
        assert_eq!(reply.field("longmen-position"), Some(at["position"].to_string().as_str()), "{path}");
        assert_eq!(reply.field("longmen-hash"), at["hash"].as_str());
        assert_eq!(reply.field("longmen-time"), at["time"].as_str());
        let tag = reply.field("etag").unwrap();
        assert!(tag.starts_with(&format!("\"{}", at["position"])), "{tag}");
        for known in [tag.to_owned(), format!("\"1-00000000\", W/{tag}")] {
            let again = ask(own.at, "GET", path, &[&format!("If-None-Match: {known}")], "");
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
            assert_eq!(again.field("etag"), Some(tag));
        }
    }
    let tag = get(own.at, "/v1/accounts/alice").field("etag").unwrap().to_owned();
    own.reach(own.pay("1.00", "more"));
    let moved = ask(own.at, "GET", "/v1/accounts/alice", &[&format!("If-None-Match: {tag}")], "");
    assert_eq!((moved.status, &moved.json()["posted"]), (200, &json!("102.00 CNY")));
}

#[test]
fn what_products_keep_is_that_of_a_replay() {
    let own = Fixture::new();
    let replayed = longmen::replay(own.dir.path(), None).unwrap();
    let now_ns = replayed.head.time_ns;
    let owner = longmen::wallet::OwnerId::new("lilei").unwrap();
    let page = serde_json::to_value(replayed.state.owner_view(owner, now_ns).unwrap()).unwrap();
    assert_holds(&good(own.at, "/v1/owners/lilei"), &page);
    let items = serde_json::to_value(replayed.state.open_items(now_ns)).unwrap();
    assert_holds(&good(own.at, "/v1/open-items")["items"], &items);
    let pools = serde_json::to_value(replayed.state.safeguarding(now_ns)).unwrap();
    assert_holds(&good(own.at, "/v1/safeguarding")["pools"], &pools);
    let card = good(own.at, "/v1/cards/tour-1");
    assert_eq!((&card["owner"], &card["phase"]), (&json!("lilei"), &json!("issued")));
    let payout = good(own.at, "/v1/withdrawals/out");
    assert_eq!((&payout["sum"], &payout["phase"]), (&json!("200.00 CNY"), &json!("requested")));
    let guests = good(own.at, "/v1/sets/guests");
    assert_eq!(guests["currencies"][0]["credits_posted"], "101.00 CNY");
    for row in good(own.at, "/v1/trial-balance")["currencies"].as_array().unwrap() {
        assert_eq!((&row["equal"], &row["debits_posted"]), (&json!(true), &row["credits_posted"]));
    }
}

/// That one value has everything of another, and perhaps more.
fn assert_holds(all: &Value, some: &Value) {
    match some {
        Value::Object(parts) => parts.iter().for_each(|(name, part)| assert_holds(&all[name], part)),
        Value::Array(items) => {
            assert_eq!(all.as_array().map(Vec::len), Some(items.len()), "{all} beside {some}");
            items.iter().enumerate().for_each(|(at, item)| assert_holds(&all[at], item));
        }
        other => assert_eq!(all, other),
    }
}

#[test]
fn two_clients_see_the_writer_go_on() {
    let own = Fixture::new();
    let first = own.replica.status().last.unwrap().position;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let (mut seen, mut balance) = (first, 0);
                while seen < first + 50 {
                    let said = good(own.at, "/v1/accounts/alice");
                    let position = said["at"]["position"].as_u64().unwrap();
                    let posted: u64 =
                        said["posted"].as_str().unwrap().split('.').next().unwrap().parse().unwrap();
                    assert!(position >= seen && posted >= balance);
                    // One yuan an entry since the first.
                    assert_eq!(posted, 101 + position - first);
                    (seen, balance) = (position, posted);
                }
            });
        }
        for round in 0..50 {
            own.pay("1.00", &format!("two-{round}"));
        }
    });
}

#[test]
fn the_state_of_the_replica_is_told() {
    let own = Fixture::new();
    let status = good(own.at, "/v1/status");
    assert_eq!(status["ledger"], own.replica.ledger_id().to_string());
    assert_eq!(status["at"]["position"], status["verified_to"]);
    let health = get(own.at, "/healthz");
    assert_eq!((health.status, &health.json()["phase"]), (200, &json!("following")));
    let metrics = get(own.at, "/metrics");
    let position = own.replica.status().last.unwrap().position;
    for line in [
        format!("longmen_replica_position {position}"),
        "longmen_replica_phase{phase=\"following\"} 1".to_owned(),
        "longmen_replica_phase{phase=\"stopped\"} 0".to_owned(),
        "longmen_replica_lag_entries 0".to_owned(),
        "longmen_replica_lag_seconds 0.0".to_owned(),
        "longmen_http_requests_total{route=\"/v1/status\",status=\"200\"} 1".to_owned(),
        "longmen_http_request_seconds_count{route=\"/v1/status\"} 1".to_owned(),
        "longmen_http_in_flight 1".to_owned(),
    ] {
        assert!(metrics.body.lines().any(|own| own == line), "{line}: {}", metrics.body);
    }
}
