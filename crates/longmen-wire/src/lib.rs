//! Entries and snapshots as bytes.
//!
//! The domain types carry no wire format; this crate mirrors them in versioned rows of fixed layout.
//! Every row is a little-endian `repr(C)` struct without padding, written and read through rkyv with checked access;
//! reserved bytes are zero and checked to be zero, so that an entry has exactly one encoding.
//! The journal has verified the bytes' hash before anything here reads them.
//!
//! A layout is never edited: a change is a new row type, a new schema number and a decoder beside the old one.

mod bytes;
mod command;
mod entry;
mod error;
mod kinds;
mod limit;
mod meta;
mod product;
mod put_event;
mod rows;
mod snapshot;
mod snapshot_rows;
mod take_event;

pub use command::put_command;
pub use entry::{Payload, SCHEMA, decode_entry, encode_entry};
pub use error::DecodeError;
pub use kinds::{KINDS, kind_of};
pub use rows::SCHEMA_TEXT;
pub use snapshot::{decode_snapshot, encode_snapshot};
