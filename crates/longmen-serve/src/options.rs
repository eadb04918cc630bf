//! How a server is run.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::{Error, Token};

/// How a server is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// What every client must show; without one everybody who reaches the address is answered.
    pub token: Option<Token>,
    /// Whether it may listen beyond this machine without a token.
    pub insecure: bool,
    /// How much it does for anybody.
    pub limits: Limits,
}

/// How much a server does for anybody; beyond it, it refuses with an answer that says which bound it was.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest body of a request, in bytes.
    pub body_bytes: usize,
    /// The largest head of a request, its address and all header fields, in bytes.
    pub head_bytes: usize,
    /// How long a client may take to send a head, and how long a connection may lie idle.
    pub head_time: Duration,
    /// How long an answer may take, waiting included.
    pub request_time: Duration,
    /// How long a client may ask to wait for something new.
    pub wait_time: Duration,
    /// How many connections are served at once; others wait to be accepted.
    pub connections: usize,
    /// How many requests are worked on at once; others are refused.
    pub requests: usize,
    /// How many questions about now are answered at once; others wait.
    pub questions: usize,
    /// How many questions about the past are answered at once; others wait.
    pub past_questions: usize,
    /// How many requests may be waiting for new entries at once; others wait for their turn.
    pub waiting: usize,
    /// How long the end may take for requests that are still worked on.
    pub end_time: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7464);
        Self { listen, token: None, insecure: false, limits: Limits::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 64 << 10,
            head_bytes: 16 << 10,
            head_time: Duration::from_secs(30),
            request_time: Duration::from_secs(30),
            wait_time: Duration::from_secs(20),
            connections: 1_024,
            requests: 256,
            questions: 8,
            past_questions: 2,
            waiting: 128,
            end_time: Duration::from_secs(5),
        }
    }
}

impl Options {
    /// Refuses what would show a ledger to strangers by accident.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let is_closed = self.token.is_some() || self.insecure || self.listen.ip().is_loopback();
        if is_closed { Ok(()) } else { Err(Error::Open { address: self.listen }) }
    }
}
