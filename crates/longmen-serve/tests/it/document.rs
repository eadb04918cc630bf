//! The documents: every route is in both of them, answers are as they say, and the examples run.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Map, Value};

use crate::client::{Reply, ask, get, good, post};
use crate::ledger::Fixture;

const PAGE: &str = include_str!("../../../../docs/serve.md");

fn document() -> Value {
    serde_json::from_str(include_str!("../../openapi.json")).unwrap()
}

/// What is at a reference.
fn found<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => document.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name}")),
        None => schema,
    }
}

/// Every property that a schema knows, with its schema, and those that must be there.
fn properties<'a>(document: &'a Value, schema: &'a Value) -> (Map<String, Value>, BTreeSet<String>) {
    let schema = found(document, schema);
    let mut known = schema["properties"].as_object().cloned().unwrap_or_default();
    let names = |value: &Value| {
        value.as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let mut needed: BTreeSet<String> = names(&schema["required"]);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, also) = properties(document, part);
        known.extend(more);
        needed.extend(also);
    }
    (known, needed)
}

/// What of a value is not as a schema says.
fn faults(document: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let schema = found(document, schema);
    for any in ["oneOf", "anyOf"] {
        if let Some(options) = schema[any].as_array() {
            let each: Vec<_> = options.iter().map(|option| faults(document, option, value, place)).collect();
            return if each.iter().any(Vec::is_empty) {
                Vec::new()
            } else {
                each.into_iter().flatten().collect()
            };
        }
    }
    if let Some(parts) =
        schema["allOf"].as_array().filter(|parts| parts.iter().any(|part| !part["anyOf"].is_null()))
    {
        return parts
            .iter()
            .filter(|part| part["anyOf"].is_null())
            .flat_map(|part| missing(document, part, value, place))
            .collect();
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
        _ => vec!["object"],
    };
    let own = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.contains(&own) {
        return vec![format!("{place}: {own} instead of {types:?}")];
    }
    if let Some(words) = schema["enum"].as_array().filter(|words| !words.contains(value)) {
        return vec![format!("{place}: {value} is none of {words:?}")];
    }
    let mut all = Vec::new();
    for (at, item) in value.as_array().into_iter().flatten().enumerate() {
        if !schema["items"].is_null() {
            all.extend(faults(document, &schema["items"], item, &format!("{place}[{at}]")));
        }
    }
    let (known, _) = properties(document, schema);
    if let Some(parts) = value.as_object().filter(|_| !known.is_empty()) {
        all.extend(missing(document, schema, value, place));
        for (name, part) in parts {
            match known.get(name) {
                None => all.push(format!("{place}.{name} is not in the document")),
                Some(schema) => all.extend(faults(document, schema, part, &format!("{place}.{name}"))),
            }
        }
    }
    all
}

fn missing(document: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let (_, needed) = properties(document, schema);
    needed
        .iter()
        .filter(|name| value.get(name.as_str()).is_none())
        .map(|name| format!("{place}.{name} is missing"))
        .collect()
}

/// A question for every route that answers a GET with JSON, beside the document itself.
const QUESTIONS: &[(&str, &str)] = &[
    ("/healthz", "/healthz"),
    ("/v1/status", "/v1/status"),
    ("/v1/accounts", "/v1/accounts?q=a"),
    ("/v1/accounts/{account}", "/v1/accounts/alice"),
    ("/v1/accounts/{account}/statement", "/v1/accounts/alice/statement?limit=2"),
    ("/v1/accounts/{account}/curve", "/v1/accounts/alice/curve"),
    ("/v1/totals", "/v1/totals?owner=lilei"),
    ("/v1/sets/{set}", "/v1/sets/guests"),
    ("/v1/trial-balance", "/v1/trial-balance"),
    ("/v1/safeguarding", "/v1/safeguarding"),
    ("/v1/open-items", "/v1/open-items"),
    ("/v1/owners", "/v1/owners?q=li"),
    ("/v1/owners/{owner}", "/v1/owners/lilei"),
    ("/v1/owners/{owner}/activity", "/v1/owners/lilei/activity?entries=true"),
    ("/v1/owners/{owner}/withdrawals", "/v1/owners/lilei/withdrawals"),
    ("/v1/cards/{card}", "/v1/cards/tour-1"),
    ("/v1/withdrawals/{withdrawal}", "/v1/withdrawals/out"),
    ("/v1/activity", "/v1/activity"),
    ("/v1/holds", "/v1/holds"),
    ("/v1/entries/{position}", "/v1/entries/9"),
    ("/v1/changes", "/v1/changes?from=start"),
];

#[test]
fn answers_are_as_the_document_says() {
    let (own, document) = (Fixture::new(), document());
    let mut asked: BTreeSet<&str> = BTreeSet::from(["/", "/openapi.json", "/metrics"]);
    let mut all = Vec::new();
    let mut judge = |route, method: &str, value: &Value| {
        let schema =
            &document["paths"][route][method]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(!schema.is_null(), "{route}");
        all.extend(faults(&document, schema, value, route));
    };
    for (route, path) in QUESTIONS {
        judge(route, "get", &good(own.at, path));
        asked.insert(route);
    }
    judge("/v1/balances", "post", &post(own.at, "/v1/balances", r#"{"accounts":["alice"]}"#).json());
    asked.insert("/v1/balances");
    assert!(all.is_empty(), "{all:#?}");
    let documented: BTreeSet<&str> =
        document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(asked, documented);
    // The judge can say no.
    let line = &document["components"]["schemas"]["Money"];
    assert_eq!(faults(&document, line, &Value::Null, "x").len(), 1);
    let at = &document["components"]["schemas"]["At"];
    assert_eq!(faults(&document, at, &serde_json::json!({"position": "1", "more": 1}), "x").len(), 5);
}

#[test]
fn refusals_are_as_the_document_says() {
    let (own, document) = (Fixture::new(), document());
    let (mut all, mut codes) = (Vec::new(), BTreeSet::new());
    let mut judge = |route: &str, method: &str, reply: &Reply| {
        let responses = &document["paths"][route][method]["responses"];
        assert!(responses[reply.status.to_string()].is_null(), "{route}: {reply:?}");
        let schema = &responses["default"]["content"]["application/problem+json"]["schema"];
        assert!(!schema.is_null(), "{route}");
        codes.insert(reply.code());
        all.extend(faults(&document, schema, &reply.json(), route));
        let at = reply.json()["at"]["position"].as_u64().map(|position| position.to_string());
        assert_eq!(reply.field("longmen-position"), at.as_deref(), "{route}: {reply:?}");
    };
    for (route, path) in QUESTIONS {
        let plain = path.split('?').next().unwrap();
        judge(route, "get", &get(own.at, &format!("{plain}?nothing=1")));
        judge(route, "get", &ask(own.at, "GET", plain, &["Host: elsewhere"], ""));
        judge(route, "get", &ask(own.at, "DELETE", plain, &[], ""));
        if route.contains('{') {
            // Another name, number or position: one that nothing has.
            let (before, rest) = route.split_once('{').unwrap();
            let after = rest.split_once('}').unwrap().1;
            judge(route, "get", &get(own.at, &format!("{before}999{after}")));
            judge(route, "get", &get(own.at, &format!("{before}%20{after}")));
        }
    }
    judge("/v1/balances", "post", &post(own.at, "/v1/balances", r#"{"accounts":["nobody"]}"#));
    judge("/v1/balances", "post", &post(own.at, "/v1/balances", r#"{"accounts":3}"#));
    assert!(all.is_empty(), "{all:#?}");
    assert!(codes.len() >= 9, "{codes:?}");
}

#[test]
fn every_parameter_of_the_document_is_taken_and_no_other() {
    let (own, document) = (Fixture::new(), document());
    let paths = document["paths"].as_object().unwrap();
    for (route, path) in QUESTIONS {
        let listed = paths[*route]["get"]["parameters"].as_array().cloned().unwrap_or_default();
        let plain = path.split('?').next().unwrap();
        let mut names: BTreeSet<String> = BTreeSet::new();
        for parameter in &listed {
            let parameter = found(&document, parameter);
            if parameter["in"] == "query" {
                names.insert(parameter["name"].as_str().unwrap().to_owned());
            }
        }
        for name in &names {
            // Waiting is a part of `at_least`, and of the feed.
            let before = if name == "wait_ms" && *route != "/v1/changes" { "at_least=1&" } else { "" };
            let reply = get(own.at, &format!("{plain}?{before}{name}=%00"));
            if reply.status != 200 {
                assert_ne!(reply.code(), "unknown_parameter", "{route}: {name}");
            }
        }
        for name in ["at", "cursor", "limit", "q", "from", "order", "kind", "owner", "day"]
            .iter()
            .filter(|name| !names.contains(**name))
        {
            assert_eq!(
                get(own.at, &format!("{plain}?{name}=1")).code(),
                "unknown_parameter",
                "{route}: {name}"
            );
        }
    }
}

#[test]
fn the_examples_of_the_page_run() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: there is no curl");
        return;
    }
    let own = Fixture::new();
    let examples: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("curl ")).collect();
    assert!(examples.len() > 12, "{examples:?}");
    for example in examples {
        let run = Command::new("sh")
            .arg("-c")
            .arg(example)
            .env("LONGMEN", format!("http://{}", own.at))
            .output()
            .unwrap();
        let said: Value =
            serde_json::from_slice(&run.stdout).unwrap_or_else(|error| panic!("{example}: {error}: {run:?}"));
        let is_refused = example.ends_with("/nobody");
        assert_eq!(said["code"].is_string(), is_refused, "{example}: {said}");
        assert!(said["at"]["position"].is_u64(), "{example}: {said}");
    }
}

#[test]
fn the_document_is_served_and_the_page_needs_nothing_from_elsewhere() {
    let own = Fixture::new();
    assert_eq!(get(own.at, "/openapi.json").json(), document());
    let page = get(own.at, "/");
    let policy = page.field("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'nonce-"), "{policy}");
    let nonce = policy.split('\'').nth(3).unwrap().trim_start_matches("nonce-").to_owned();
    assert_eq!(page.body.matches(&format!("nonce=\"{nonce}\"")).count(), 2);
    assert!(!policy.contains("unsafe") && !page.body.contains("{{"));
    for outside in ["<link rel=\"stylesheet", "src=\"http", "@import", "url(", "innerHTML"] {
        assert!(!page.body.contains(outside), "{outside}");
    }
    assert_ne!(get(own.at, "/").field("content-security-policy"), Some(policy), "a nonce is used once");
    assert_eq!(ask(own.at, "HEAD", "/", &[], "").status, 200);
}
