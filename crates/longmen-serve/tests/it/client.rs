//! A client of few words.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    /// The value of a header field, if it is there.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(": ")?;
            own.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of a problem.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.field("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{self:?}");
        assert_eq!(problem["type"], format!("urn:longmen:problem:{}", problem["code"].as_str().unwrap()));
        for part in ["title", "detail"] {
            assert!(problem[part].as_str().is_some_and(|text| text.len() > 10), "{self:?}");
        }
        problem["code"].as_str().unwrap().to_owned()
    }
}

/// Sends these bytes and reads until the server closes.
pub(crate) fn send(address: SocketAddr, request: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(address).unwrap();
    // The server may answer, and close, before it has read everything.
    let _ = stream.write_all(request);
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply);
    let reply = String::from_utf8(reply).unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap_or((&reply, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Reply {
        status: status.unwrap_or_else(|| panic!("no status: {reply:?}")),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

/// A request with these header fields, each `Name: value`.
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, fields: &[&str], body: &str) -> Reply {
    let host = format!("Host: {address}");
    let mut lines = vec![format!("{method} {path} HTTP/1.1"), "Connection: close".to_owned()];
    if !fields.iter().any(|field| field.starts_with("Host:")) {
        lines.push(host);
    }
    lines.extend(fields.iter().map(|field| (*field).to_owned()));
    if !body.is_empty() {
        lines.push(format!("Content-Length: {}", body.len()));
    }
    send(address, format!("{}\r\n\r\n{body}", lines.join("\r\n")).as_bytes())
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Reply {
    ask(address, "GET", path, &[], "")
}

/// The JSON of a good answer.
pub(crate) fn good(address: SocketAddr, path: &str) -> Value {
    let reply = get(address, path);
    assert_eq!(reply.status, 200, "{path}: {reply:?}");
    reply.json()
}

pub(crate) fn post(address: SocketAddr, path: &str, body: &str) -> Reply {
    ask(address, "POST", path, &["Content-Type: application/json"], body)
}
