//! `longmen serve`: what it refuses, what it says, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::common::longmen;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn what_would_show_a_ledger_to_strangers_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (books, token) = (dir.path().join("books"), dir.path().join("token"));
    let (books, token) = (books.to_str().unwrap(), token.to_str().unwrap());
    longmen(&["init", books]).expect(0);
    std::fs::write(token, "secret\n").unwrap();
    let missing = format!("{token}-none");
    let cases: [(&[&str], i32, &str); 6] = [
        (&["serve", books, "--listen", "0.0.0.0:0"], 1, "anybody there could read the whole ledger"),
        (&["serve", books, "--token-file", token], 1, "it has not between 32 and 256 characters"),
        (&["serve", books, "--token-file", &missing], 1, "the token cannot be read"),
        (&["serve", books, "--token", TOKEN], 2, "unexpected argument '--token'"),
        (&["serve", books, "--listen", "here"], 2, "invalid socket address"),
        (&["serve", dir.path().to_str().unwrap()], 1, "no ledger is here"),
    ];
    for (args, code, said) in cases {
        let ran = longmen(args).expect(code);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
}

struct Serving {
    child: Child,
    said: String,
    address: String,
}

fn serving(args: &[&str], token: Option<&str>) -> Serving {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longmen"));
    command.arg("serve").args(args).args(["--listen", "127.0.0.1:0"]);
    command.env("LC_ALL", "C").env_remove("LONGMEN_TOKEN").stdout(Stdio::piped());
    if let Some(token) = token {
        command.env("LONGMEN_TOKEN", token);
    }
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    let address = said.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    Serving { address: address.to_owned(), said, child }
}

impl Serving {
    fn ask(&self, path: &str, field: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{field}\r\n", self.address)
            .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    /// Asks it to end as a system does, and gives its exit code.
    fn end(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

#[test]
fn it_says_where_it_is_answers_and_ends_in_peace() {
    let dir = tempfile::tempdir().unwrap();
    let (books, rows) = (dir.path().join("books"), dir.path().join("rows"));
    let books = books.to_str().unwrap();
    longmen(&["init", books]).expect(0);
    let open = serving(&[books, "--replica", rows.to_str().unwrap()], None);
    assert!(open.said.contains("without a token, to whoever can reach it; Ctrl-C ends it"), "{}", open.said);
    assert!(open.ask("/v1/status", "").starts_with("HTTP/1.1 200 OK"));
    assert_eq!(open.end(), Some(0));
    let closed = serving(&[books, "--replica", rows.to_str().unwrap()], Some(TOKEN));
    assert!(closed.said.contains("to whoever shows the token"), "{}", closed.said);
    assert!(!closed.said.contains(TOKEN));
    assert!(closed.ask("/v1/status", "").starts_with("HTTP/1.1 401"));
    let shown = format!("Authorization: Bearer {TOKEN}\r\n");
    assert!(closed.ask("/v1/status", &shown).starts_with("HTTP/1.1 200 OK"));
    assert_eq!(closed.end(), Some(0));
}
