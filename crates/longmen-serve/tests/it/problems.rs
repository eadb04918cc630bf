//! Whatever is asked wrongly has an answer of its own.

use longmen_serve::{Options, Token};

use crate::client::{ask, get, post};
use crate::ledger::Fixture;

#[test]
fn every_wrong_question_has_its_own_answer() {
    let own = Fixture::new();
    let long = format!("/v1/accounts/{}", "x".repeat(41));
    let cases = [
        ("/v2", 404, "unknown_route"),
        ("/v1/account", 404, "unknown_route"),
        ("/v1/accounts/nobody", 404, "unknown_account"),
        ("/v1/accounts/a%20b", 400, "bad_name"),
        ("/v1/accounts/%ff", 400, "bad_name"),
        (&long, 400, "bad_name"),
        ("/v1/accounts/alice?at=x", 400, "bad_position"),
        ("/v1/accounts/alice?at=-1", 400, "bad_position"),
        ("/v1/accounts/alice?at=18446744073709551616", 400, "bad_position"),
        ("/v1/accounts/alice?at=99999", 404, "future_position"),
        ("/v1/accounts/alice?at=0", 404, "unknown_account"),
        ("/v1/accounts/alice?at_least=99999&wait_ms=1", 503, "not_yet"),
        ("/v1/accounts/alice?at_least=1&wait_ms=3600000", 400, "bad_number"),
        ("/v1/accounts/alice?at_time=yesterday", 400, "bad_time"),
        ("/v1/accounts/alice?at_time=1999-01-01T00:00:00Z", 404, "before_first"),
        ("/v1/accounts/alice?at=3&at_time=2026-01-01T00:00:00Z", 400, "conflicting_parameters"),
        ("/v1/accounts/alice?at=3&at=4", 400, "repeated_parameter"),
        ("/v1/accounts/alice?a=3", 400, "unknown_parameter"),
        ("/v1/accounts/alice?wait_ms=3", 400, "unknown_parameter"),
        ("/v1/accounts/alice?effective=2026-02-30", 400, "bad_day"),
        ("/v1/accounts/nobody/statement", 404, "unknown_account"),
        ("/v1/accounts/alice/statement?limit=0", 400, "page_size"),
        ("/v1/accounts/alice/statement?limit=1001", 400, "page_size"),
        ("/v1/accounts/alice/statement?limit=many", 400, "page_size"),
        ("/v1/accounts/alice/statement?order=up", 400, "bad_word"),
        ("/v1/accounts/alice/statement?posted_only=maybe", 400, "bad_word"),
        ("/v1/accounts/alice/statement?from=9&through=3", 400, "bad_question"),
        ("/v1/accounts/alice/statement?from=2026-02-01&through=2026-01-01", 400, "bad_question"),
        ("/v1/accounts/alice/statement?through=99999", 404, "future_position"),
        ("/v1/accounts/alice/statement?from=x", 400, "bad_period"),
        ("/v1/accounts/alice/statement?from=2026-02-30", 400, "bad_period"),
        ("/v1/accounts/alice/statement?cursor=abc", 400, "bad_cursor"),
        ("/v1/accounts/alice/curve?points=1", 400, "page_size"),
        ("/v1/accounts?q=a&limit=0", 400, "page_size"),
        ("/v1/activity?account=alice&owner=lilei", 400, "conflicting_parameters"),
        ("/v1/activity?owner=nobody", 404, "unknown_owner"),
        ("/v1/activity?account=alice&kind=gift", 400, "bad_word"),
        ("/v1/activity?account=alice&product=nothing", 400, "bad_word"),
        ("/v1/activity?account=alice&least=1", 400, "bad_amount"),
        ("/v1/activity?account=alice&most=-1.00%20CNY", 400, "bad_amount"),
        ("/v1/activity?account=alice&other=nobody", 404, "unknown_account"),
        ("/v1/activity?account=alice&meta=x", 400, "bad_word"),
        ("/v1/activity?cursor=%21", 400, "bad_cursor"),
        ("/v1/entries/x", 400, "bad_position"),
        ("/v1/entries/99999", 404, "future_position"),
        ("/v1/changes?cursor=abc", 400, "bad_cursor"),
        ("/v1/changes?cursor=abc&from=start", 400, "conflicting_parameters"),
        ("/v1/changes?from=never", 400, "bad_word"),
        ("/v1/changes?from=-1", 400, "bad_word"),
        ("/v1/changes?from=99999", 404, "future_position"),
        ("/v1/changes?wait_ms=soon", 400, "bad_number"),
        ("/v1/owners/nobody", 404, "unknown_owner"),
        ("/v1/owners/nobody/withdrawals", 404, "unknown_owner"),
        ("/v1/cards/none", 404, "unknown_card"),
        ("/v1/withdrawals/none", 404, "unknown_withdrawal"),
        ("/v1/sets/none", 404, "unknown_set"),
    ];
    for (path, status, code) in cases {
        let reply = get(own.at, path);
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{path}: {reply:?}");
    }
}

#[test]
fn cursors_of_elsewhere_are_refused() {
    let (own, other) = (Fixture::new(), Fixture::new());
    let next = |own: &Fixture, path: &str, name: &str| {
        get(own.at, path).json()[name].as_str().unwrap_or_else(|| panic!("{path} has no {name}")).to_owned()
    };
    let cursor = next(&own, "/v1/accounts/alice/statement?limit=1", "next");
    let feed = next(&own, "/v1/changes?from=start&limit=3", "cursor");
    let cases = [
        (&own, format!("/v1/accounts/alice/statement?limit=1&cursor={cursor}"), None),
        // A page of another size goes on at the same place.
        (&own, format!("/v1/accounts/alice/statement?limit=5&cursor={cursor}"), None),
        (&own, format!("/v1/accounts/bank/statement?limit=1&cursor={cursor}"), Some("bad_cursor")),
        (&own, format!("/v1/accounts/alice/statement?order=newest&cursor={cursor}"), Some("bad_cursor")),
        (&own, format!("/v1/activity?account=alice&cursor={cursor}"), Some("bad_cursor")),
        (&other, format!("/v1/accounts/alice/statement?limit=1&cursor={cursor}"), Some("bad_cursor")),
        (&own, format!("/v1/changes?cursor={feed}"), None),
        (&other, format!("/v1/changes?cursor={feed}"), Some("bad_cursor")),
        (&own, format!("/v1/changes?cursor={}", &feed[1..]), Some("bad_cursor")),
    ];
    for (of, path, code) in cases {
        let reply = get(of.at, &path);
        match code {
            None => assert_eq!(reply.status, 200, "{path}: {reply:?}"),
            Some(code) => assert_eq!(reply.code(), code, "{path}"),
        }
    }
}

#[test]
fn a_problem_says_what_to_do() {
    let own = Fixture::new();
    let cases = [
        ("/v1/accounts/nobody", "no account nobody at this position; check the name"),
        ("/v1/accounts/alice?at=99999", "position 99999 is in the future; the last entry is at "),
        ("/v1/accounts/alice?at=x", "at is \"x\"; it should be the position of an entry"),
        ("/v1/accounts/alice?tme=1", "no parameter \"tme\"; /openapi.json lists those it has"),
    ];
    for (path, said) in cases {
        let detail = get(own.at, path).json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(said), "{path}: {detail}");
    }
    let late = get(own.at, "/v1/accounts/alice?at_least=99999&wait_ms=1");
    assert_eq!(late.field("retry-after"), Some("1"));
}

#[test]
fn bodies_and_methods_that_do_not_fit_are_refused() {
    let own = Fixture::new();
    let json = "Content-Type: application/json";
    let many = format!("{{\"accounts\":[{}\"a\"]}}", "\"a\",".repeat(1_000));
    let large = format!("{{\"accounts\":[\"{}\"]}}", "x".repeat(70_000));
    let cases = [
        ("{", json, 400, "bad_body"),
        ("{}", json, 400, "bad_body"),
        (r#"{"accounts":["alice"],"at":3}"#, json, 400, "bad_body"),
        (r#"{"accounts":["a b"]}"#, json, 400, "bad_name"),
        (r#"{"accounts":["alice","nobody"]}"#, json, 404, "unknown_account"),
        (r#"{"accounts":["alice"]}"#, "Content-Type: text/plain", 415, "not_json"),
        (&many, json, 400, "page_size"),
        (&large, json, 413, "body_too_large"),
    ];
    for (body, kind, status, code) in cases {
        let reply = ask(own.at, "POST", "/v1/balances", &[kind], body);
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{reply:?}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let reply = ask(own.at, method, "/v1/accounts/alice", &[], "");
        assert_eq!((reply.status, reply.code().as_str()), (405, "method_not_allowed"));
        assert_eq!(reply.field("allow"), Some("GET,HEAD"));
    }
    let reply = get(own.at, "/v1/balances");
    assert_eq!((reply.code().as_str(), reply.field("allow")), ("method_not_allowed", Some("POST")));
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let own = Fixture::new();
    let field = format!("X-Long: {}", "x".repeat(17_000));
    let reply = ask(own.at, "GET", "/v1/status", &[&field], "");
    assert_eq!((reply.status, reply.code().as_str()), (431, "head_too_large"));
    // Beyond that nothing is looked at any more.
    let field = format!("X-Long: {}", "x".repeat(200_000));
    assert_eq!(ask(own.at, "GET", "/v1/status", &[&field], "").status, 431);
}

#[test]
fn without_a_token_only_this_machine_is_answered_by_its_own_names() {
    let own = Fixture::new();
    let port = own.at.port();
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
        assert_eq!(ask(own.at, "GET", "/v1/status", &[&format!("Host: {host}")], "").status, 200, "{host}");
    }
    for host in [format!("evil.example:{port}"), "127.0.0.1.evil.example".to_owned(), String::new()] {
        let reply = ask(own.at, "GET", "/v1/status", &[&format!("Host: {host}")], "");
        assert_eq!((reply.status, reply.code().as_str()), (421, "foreign_host"), "{host}");
    }
}

#[test]
fn a_token_is_asked_for_and_compared() {
    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
    let own = Fixture::with(Options { token: Some(Token::new(TOKEN).unwrap()), ..Options::default() });
    let right = format!("Authorization: Bearer {TOKEN}");
    let wrong = format!("Authorization: Bearer {}0", &TOKEN[1..]);
    let basic = format!("Authorization: Basic {TOKEN}");
    for path in ["/v1/status", "/v1/accounts/alice", "/v1/accounts/nobody", "/v1/none", "/metrics"] {
        for (fields, code) in
            [(vec![], "no_token"), (vec![basic.as_str()], "no_token"), (vec![&*wrong], "wrong_token")]
        {
            let reply = ask(own.at, "GET", path, &fields, "");
            assert_eq!((reply.status, reply.code().as_str()), (401, code), "{path}");
            assert_eq!(reply.field("www-authenticate"), Some("Bearer realm=\"longmen\""));
        }
    }
    assert_eq!(ask(own.at, "GET", "/v1/accounts/alice", &[&right], "").status, 200);
    assert_eq!(post(own.at, "/v1/balances", "{\"accounts\":[\"alice\"]}").status, 401);
    // The page has nothing of the ledger in it, and its reader enters the token there; a probe has none.
    for path in ["/", "/openapi.json", "/healthz"] {
        assert_eq!(get(own.at, path).status, 200, "{path}");
    }
}
