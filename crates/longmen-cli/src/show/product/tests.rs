//! Shows how events read.

use longmen::wallet::ProductEvent;
use serde_json::{Value, json};

use super::{names_owner, words};

fn read(event: Value) -> (String, String) {
    let event: ProductEvent = serde_json::from_value(event).expect("an event");
    let (title, facts) = words(&event);
    (title, facts.join("  "))
}

#[test]
fn events_read_as_titles_with_their_facts() {
    let cases = [
        (
            json!({"transfer": {"sent": {"from": "alice", "to": "bob", "sum": "12.50 CNY"}}}),
            ("transfer sent", "from alice  to bob  sum 12.50 CNY"),
        ),
        (
            json!({"owner": {"registered": {"owner": "alice", "kind": "customer", "pool": "emoney",
                "terms": {"id": "consumer", "version": 1}, "currencies": ["CNY", "USD"]}}}),
            ("owner registered", "owner alice  terms consumer v1  kind customer  currencies CNY USD"),
        ),
        (
            json!({"owner": {"frozen": {"owner": "alice", "debit": false, "credit": false}}}),
            ("wallet unfrozen", "owner alice"),
        ),
        (
            json!({"withdrawal": {"went": {"withdrawal": "w1", "to": "settled"}}}),
            ("withdrawal settled", "withdrawal w1"),
        ),
        (json!({"house": "moved"}), ("own money moved", "")),
    ];
    for (event, (title, facts)) in cases {
        let read = read(event.clone());
        assert_eq!((read.0.as_str(), read.1.as_str()), (title, facts), "{event}");
    }
}

#[test]
fn an_event_names_the_owners_that_it_is_about() {
    let event = json!({"transfer": {"sent": {"from": "alice", "to": "bob", "sum": "12.50 CNY"}}});
    let event: ProductEvent = serde_json::from_value(event).expect("an event");
    assert!(names_owner(&event, "alice") && names_owner(&event, "bob") && !names_owner(&event, "CNY"));
}
