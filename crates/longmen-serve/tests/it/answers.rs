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
        "/v1/accounts/alice/statement",
        "/v1/accounts/alice/curve",
        "/v1/accounts?q=a",
        "/v1/activity?account=alice",
        "/v1/entries/9",
        "/v1/holds",
        "/v1/owners/lilei/activity",
        // By the clock it may be another second when it is asked again.
        "/v1/owners/lilei?at=24",
        "/v1/cards/tour-1?at=24",
        "/v1/safeguarding?at=24",
        "/v1/open-items?at=24",
        "/v1/withdrawals/out",
        "/v1/sets/guests",
        "/v1/totals?code=none",
        "/v1/trial-balance",
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
    // Of the past ages are told at the time of the entry.
    let (now_ns, last) = (replayed.head.time_ns, replayed.head.next_position - 1);
    own.reach(own.pay("1.00", "and-on"));
    let owner = longmen::wallet::OwnerId::new("lilei").unwrap();
    let page = serde_json::to_value(replayed.state.owner_view(owner, now_ns).unwrap()).unwrap();
    assert_holds(&good(own.at, &format!("/v1/owners/lilei?at={last}")), &page);
    let items = serde_json::to_value(replayed.state.open_items(now_ns)).unwrap();
    assert_holds(&good(own.at, &format!("/v1/open-items?at={last}"))["items"], &items);
    let pools = serde_json::to_value(replayed.state.safeguarding(now_ns)).unwrap();
    assert_holds(&good(own.at, &format!("/v1/safeguarding?at={last}"))["pools"], &pools);
    let card = good(own.at, "/v1/cards/tour-1");
    assert_eq!((&card["owner"], &card["phase"]), (&json!("lilei"), &json!("issued")));
    let payout = good(own.at, "/v1/withdrawals/out");
    assert_eq!((&payout["sum"], &payout["phase"]), (&json!("200.00 CNY"), &json!("requested")));
    let guests = good(own.at, "/v1/sets/guests");
    assert_eq!(guests["currencies"][0]["credits_posted"], "102.00 CNY");
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
fn what_is_overdue_now_is_told_by_the_clock() {
    let own = Fixture::new();
    let said = good(own.at, "/v1/safeguarding");
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let seen = said["seen_ns"].as_u64().unwrap() / 1_000_000_000;
    assert!(clock.as_secs().abs_diff(seen) <= 5, "{said}");
    assert_eq!(
        good(own.at, "/v1/safeguarding?at=24")["seen_ns"],
        good(own.at, "/v1/safeguarding?at=24")["at"]["time_ns"]
    );
}

#[test]
fn a_statement_is_read_to_its_end_page_by_page() {
    let own = Fixture::new();
    for round in 0..25 {
        own.pay("1.00", &format!("line-{round}"));
    }
    own.reach(own.pay("1.00", "last-line"));
    for order in ["oldest", "newest"] {
        let path = format!("/v1/accounts/alice/statement?order={order}");
        let whole = good(own.at, &path);
        let lines = whole["lines"].as_array().unwrap();
        assert_eq!(lines.len(), 29);
        let (mut paged, mut next) = (Vec::new(), String::new());
        loop {
            let page = good(own.at, &format!("{path}&limit=4{next}"));
            assert_eq!((&page["opening"], &page["closing"]), (&whole["opening"], &whole["closing"]));
            paged.extend(page["lines"].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(&paged, lines, "{order}");
        assert_eq!(whole["closing"]["posted"], "127.00 CNY");
        // What was settled adds up to the closing balance; what is held changes nothing of it.
        let cents = |money: &Value| {
            money.as_str().map(|money| money.replace([' ', '.', 'C', 'N', 'Y'], "").parse::<i64>().unwrap())
        };
        let sum: i64 = lines.iter().filter_map(|line| cents(&line["change"])).sum();
        assert_eq!(Some(sum), cents(&whole["closing"]["posted"]));
        assert_eq!(lines.iter().filter(|line| line["change"].is_null()).count(), 1);
    }
    let bank = good(own.at, "/v1/accounts/bank/statement?limit=1");
    assert_eq!(bank["lines"][0]["change"], "100.00 CNY", "an asset grows on the debit side");
}

#[test]
fn a_curve_has_every_balance_where_they_are_few_and_true_ones_where_they_are_many() {
    let own = Fixture::new();
    for round in 0..40 {
        own.pay("1.00", &format!("step-{round}"));
    }
    own.reach(own.pay("1.00", "last-step"));
    let all = good(own.at, "/v1/accounts/alice/curve");
    let all = all["points"].as_array().unwrap();
    assert_eq!(all.len(), 44);
    let few = good(own.at, "/v1/accounts/alice/curve?points=10");
    let few = few["points"].as_array().unwrap();
    // At equal distances two may be after the same line.
    assert!((7..=10).contains(&few.len()), "{few:#?}");
    assert!(few.iter().all(|point| all.contains(point)), "{few:#?}");
    assert_eq!((few.first(), few.last()), (all.first(), all.last()));
}

#[test]
fn names_are_found_by_a_piece_of_them() {
    let own = Fixture::new();
    let names = |path: &str, list: &str, name: &str| -> Vec<String> {
        let page = good(own.at, path);
        page[list].as_array().unwrap().iter().map(|own| own[name].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("/v1/accounts?q=ali", "accounts", "account"), ["alice", "alipay:CNY:clearing"]);
    assert_eq!(names("/v1/owners?q=lei", "owners", "owner"), ["lilei"]);
    assert!(names("/v1/owners?q=nobody", "owners", "owner").is_empty());
    assert_eq!(names("/v1/accounts?limit=2", "accounts", "account"), ["bank", "alice"]);
}

#[test]
fn activity_is_filtered() {
    let own = Fixture::new();
    let count = |path: &str| good(own.at, path)["items"].as_array().unwrap().len();
    let whole = count("/v1/activity?limit=1000");
    assert!(whole > 10);
    assert_eq!(count("/v1/activity?account=alice"), 3);
    assert_eq!(count("/v1/activity?account=alice&kind=hold"), 1);
    assert_eq!(count("/v1/activity?account=alice&kind=hold,post"), 3);
    assert_eq!(count("/v1/activity?account=alice&posted_only=true"), 2);
    assert_eq!(count("/v1/activity?account=alice&least=50.00%20CNY"), 1);
    assert_eq!(count("/v1/activity?account=alice&other=bank&most=50.00%20CNY"), 1);
    assert_eq!(
        count("/v1/owners/lilei/activity?product=withdrawal"),
        count("/v1/activity?owner=lilei&product=withdrawal")
    );
    let holds = good(own.at, "/v1/holds?account=alice");
    assert_eq!(
        (&holds["holds"][0]["hold"], &holds["holds"][0]["remaining"]),
        (&json!("stay"), &json!("30.00 CNY"))
    );
    let item = &good(own.at, "/v1/activity?account=alice&kind=hold&entries=true")["items"][0];
    assert_eq!((&item["entry"]["key"], &item["entry"]["event"]), (&json!("stay"), &json!("hold_placed")));
}

#[test]
fn the_feed_gives_every_entry_once_and_waits_for_more() {
    let own = Fixture::new();
    let (mut positions, mut next) = (Vec::new(), "from=start".to_owned());
    loop {
        let page = good(own.at, &format!("/v1/changes?limit=7&{next}"));
        let changes = page["changes"].as_array().unwrap();
        positions.extend(changes.iter().map(|change| change["position"].as_u64().unwrap()));
        next = format!("cursor={}", page["cursor"].as_str().unwrap());
        if changes.is_empty() {
            break;
        }
    }
    let last = own.replica.status().last.unwrap().position;
    assert_eq!(positions, (0..=last).collect::<Vec<_>>());
    let page = good(own.at, "/v1/changes?limit=2&from=3");
    assert_eq!([&page["changes"][0]["position"], &page["changes"][1]["position"]], [&json!(3), &json!(4)]);
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| good(own.at, &format!("/v1/changes?{next}&wait_ms=10000")));
        std::thread::sleep(std::time::Duration::from_millis(50));
        own.pay("2.00", "news");
        let page = waits.join().unwrap();
        let change = &page["changes"][0];
        assert_eq!((&change["position"], &change["key"]), (&json!(last + 1), &json!("news")));
        let alice =
            change["balances"].as_array().unwrap().iter().find(|own| own["account"] == "alice").unwrap();
        assert_eq!(
            (&alice["before"]["posted"], &alice["after"]["posted"]),
            (&json!("101.00 CNY"), &json!("103.00 CNY"))
        );
    });
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
