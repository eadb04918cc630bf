//! Why a server does not start, or ends.

use std::io;
use std::net::SocketAddr;

/// Why a server does not start, or ends.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The token is none.
    #[error("the token cannot be used: {what}; make one with `openssl rand -hex 32`")]
    Token {
        /// What is wrong with it.
        what: &'static str,
    },
    /// Whoever can reach this address could read the whole ledger.
    #[error(
        "{address} can be reached from other machines, and there is no token, so anybody there could read the whole \
         ledger; give it a token, or listen on 127.0.0.1"
    )]
    Open {
        /// Where it should have listened.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another address or port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// Threads could not be started.
    #[error("the server's threads could not be started: {0}; free resources and try again")]
    Threads(io::Error),
}
