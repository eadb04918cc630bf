//! How much anybody gets.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use longmen_serve::{Error, Limits, Options, Server};

use crate::client::get;
use crate::ledger::Fixture;

fn with(limits: Limits) -> Fixture {
    Fixture::with(Options { limits, ..Options::default() })
}

#[test]
fn strangers_are_not_let_in_by_accident() {
    let own = Fixture::new();
    let listen = "0.0.0.0:0".parse().unwrap();
    let refused = Server::start(own.replica.clone(), Options { listen, ..Options::default() });
    let said = refused.unwrap_err();
    assert!(matches!(said, Error::Open { .. }) && said.to_string().contains("give it a token"), "{said}");
    let open = Server::start(own.replica.clone(), Options { listen, insecure: true, ..Options::default() });
    open.unwrap().end();
    let taken = Server::start(own.replica.clone(), Options { listen: own.at, ..Options::default() });
    assert!(matches!(taken, Err(Error::Listen { .. })));
}

#[test]
fn too_many_requests_at_once_are_told_so() {
    let own = with(Limits { requests: 1, ..Limits::default() });
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| get(own.at, "/v1/accounts/alice?at_least=99999&wait_ms=2000"));
        let begun = Instant::now();
        let refused = loop {
            let reply = get(own.at, "/v1/status");
            if reply.status != 200 {
                break reply;
            }
            assert!(begun.elapsed() < Duration::from_secs(2), "nothing was refused");
        };
        assert_eq!((refused.status, refused.code().as_str()), (503, "busy"));
        assert_eq!(refused.field("retry-after"), Some("1"));
        assert_eq!(waits.join().unwrap().code(), "not_yet");
    });
    assert_eq!(get(own.at, "/v1/status").status, 200);
}

#[test]
fn what_takes_too_long_is_given_up_and_other_lanes_are_free() {
    let time = Duration::from_millis(300);
    let own = with(Limits {
        request_time: time,
        waiting: 1,
        wait_time: Duration::from_secs(2),
        ..Limits::default()
    });
    let begun = Instant::now();
    let reply = get(own.at, "/v1/accounts/alice?at_least=99999&wait_ms=1500");
    assert_eq!((reply.status, reply.code().as_str()), (504, "too_slow"));
    assert!(begun.elapsed() >= time);
    // Its thread is still waiting, so that the next of that lane has to wait; others have not.
    assert_eq!(get(own.at, "/v1/accounts/alice?at_least=1").code(), "too_slow");
    assert_eq!(get(own.at, "/v1/accounts/alice").status, 200);
    assert_eq!(get(own.at, "/v1/accounts/alice?at=9").status, 200);
    let deadline = Instant::now() + Duration::from_secs(10);
    while get(own.at, "/v1/accounts/alice?at_least=1").status != 200 {
        assert!(Instant::now() < deadline, "the lane was never free again");
    }
}

#[test]
fn a_client_that_says_nothing_is_let_go() {
    let own = with(Limits { head_time: Duration::from_millis(200), connections: 1, ..Limits::default() });
    let mut silent = TcpStream::connect(own.at).unwrap();
    silent.write_all(b"GET /v1/status HTTP/1.1\r\nHost: loc").unwrap();
    let begun = Instant::now();
    assert_eq!(get(own.at, "/v1/status").status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(100), "the silent one did not hold the only place");
}

#[test]
fn the_end_waits_for_answers_but_not_for_ever() {
    let own = with(Limits { end_time: Duration::from_millis(600), ..Limits::default() });
    let (at, ask) = (own.at, |wait: u32| format!("/v1/accounts/alice?at_least=99999&wait_ms={wait}"));
    let waits = std::thread::spawn(move || get(at, &ask(300)));
    std::thread::sleep(Duration::from_millis(100));
    let begun = Instant::now();
    own.server.end();
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert_eq!(waits.join().unwrap().code(), "not_yet");
    assert!(TcpStream::connect(at).is_err());
}
