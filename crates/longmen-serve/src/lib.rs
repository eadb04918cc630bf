//! Queries over HTTP, and a page in the browser: a [`Server`] answers out of a [`Replica`](longmen::Replica).
//!
//! ```text
//! connection -> gate (host, token, how many at once, how long) -> route (what is asked) -> lane (a thread)
//!                                                                          answer or problem <- replica
//! ```
//!
//! Architecture invariants:
//! nothing here can write a ledger: all it has is a replica;
//! every answer says after which entry it is true, every refusal has a code of its own and says what to do;
//! whatever is asked, how much is asked and however slowly, there is a bound on what it costs.

mod answer;
mod app;
mod error;
mod gate;
mod lanes;
mod metrics;
mod options;
mod page;
mod params;
mod problem;
mod routes;
mod server;
mod token;

pub use error::Error;
pub use options::{Limits, Options};
pub use server::Server;
pub use token::{TOKEN_BYTES_MAX, TOKEN_BYTES_MIN, Token};
