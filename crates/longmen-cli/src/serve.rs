//! `longmen serve`: answers queries over HTTP, beside a live writer or without one, and never writes the ledger.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use longmen_serve::{Limits, Options, Server, Token};

use crate::ask::Kept;
use crate::lang;
use crate::{Failure, Outcome};

/// Where the token may be instead of in a file.
const TOKEN: &str = "LONGMEN_TOKEN";

#[derive(clap::Args)]
#[command(
    after_help = "Whoever shows the token may read the whole ledger. It is read from the file or, without one, \
                        from the environment variable LONGMEN_TOKEN, never from the command line."
)]
pub(crate) struct Args {
    /// The ledger's directory
    dir: PathBuf,
    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7464")]
    listen: SocketAddr,
    #[command(flatten)]
    kept: Kept,
    /// The file with the token that every client must show
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Listen beyond this machine even without a token: everybody who reaches the address can read the whole ledger
    #[arg(long)]
    insecure_listen: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let token = token(args.token_file.as_deref())?;
    let is_closed = token.is_some();
    let replica = args.kept.follow(&args.dir)?;
    let options =
        Options { listen: args.listen, token, insecure: args.insecure_listen, limits: Limits::default() };
    let server = Server::start(Arc::new(replica), options).map_err(|error| said(&error))?;
    let address = server.address();
    let mut out = io::stdout().lock();
    writeln!(out, "{}", begun(&args.dir, address, is_closed))?;
    out.flush()?;
    if !address.ip().is_loopback() {
        eprintln!(
            "longmen: {}",
            lang::pick(
                "this is plain HTTP, which others on the way can read; put a proxy with TLS in front of it",
                "这是明文 HTTP，沿途可被他人读取；请在前面放置带 TLS 的代理",
            )
        );
    }
    server.run_until_signal().map_err(|error| said(&error))
}

fn said(error: &longmen_serve::Error) -> Failure {
    Failure::Ledger(error.to_string())
}

fn begun(dir: &Path, address: SocketAddr, is_closed: bool) -> String {
    let dir = dir.display();
    match (lang::is_zh(), is_closed) {
        (false, true) => {
            format!("{dir} is served at http://{address}/ to whoever shows the token; Ctrl-C ends it")
        }
        (false, false) => {
            format!(
                "{dir} is served at http://{address}/ without a token, to whoever can reach it; Ctrl-C ends it"
            )
        }
        (true, true) => format!("{dir} 可在 http://{address}/ 查询，须出示令牌；按 Ctrl-C 结束"),
        (true, false) => {
            format!("{dir} 可在 http://{address}/ 查询，无需令牌，能连到该地址者皆可读；按 Ctrl-C 结束")
        }
    }
}

/// The token of the file, or else that of the environment.
fn token(file: Option<&Path>) -> Result<Option<Token>, Failure> {
    let (text, whence) = match file {
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|error| {
                Failure::Ledger(format!(
                    "{}: the token cannot be read: {error}; check --token-file",
                    file.display()
                ))
            })?;
            (text, file.display().to_string())
        }
        None => match std::env::var(TOKEN) {
            Ok(text) => (text, TOKEN.to_owned()),
            Err(std::env::VarError::NotPresent) => return Ok(None),
            Err(error) => {
                return Err(Failure::Ledger(format!("{TOKEN}: {error}; set it to visible ASCII characters")));
            }
        },
    };
    Token::new(&text).map(Some).map_err(|error| Failure::Ledger(format!("{whence}: {error}")))
}
