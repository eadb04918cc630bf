//! The document of the routes.

use crate::client::get;
use crate::ledger::Fixture;

#[test]
fn it_is_served() {
    let own = Fixture::new();
    assert!(get(own.at, "/openapi.json").json().is_object());
}
