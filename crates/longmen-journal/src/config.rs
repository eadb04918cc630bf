//! What the caller chooses: the ledger's identity, the size of a file, whether to sync.

use std::fmt;
use std::str::FromStr;

use crate::error::JournalError;
use crate::hash::{self, Hash, ParseHashError};
use crate::layout::is_segment_size;

/// The random 128-bit name of a ledger, chosen at creation; it keys every hash, so nothing of one ledger fits another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerId([u8; 16]);

impl LedgerId {
    /// A new random id from the system's randomness.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`] when the system has no randomness to give.
    pub fn random() -> Result<LedgerId, JournalError> {
        Entropy::System.draw("ledger", 0, 0).map(LedgerId)
    }

    /// Wraps 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> LedgerId {
        LedgerId(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for LedgerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hash::write_hex(f, &self.0)
    }
}

impl fmt::Debug for LedgerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hash::write_hex(f, &self.0)
    }
}

impl FromStr for LedgerId {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<LedgerId, ParseHashError> {
        hash::parse_hex(text).map(LedgerId)
    }
}

/// Where the ledger id and the salts of segments come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entropy {
    /// The operating system's randomness.
    System,
    /// A function of this seed, the segment number and the epoch: the same inputs give the same bytes on disk.
    /// For tests and simulations only.
    Seeded(u64),
}

impl Entropy {
    pub(crate) fn draw(self, label: &str, segno: u64, epoch: u32) -> Result<[u8; 16], JournalError> {
        match self {
            Entropy::System => {
                let mut bytes = [0; 16];
                getrandom::fill(&mut bytes).map_err(|source| JournalError::Io {
                    op: "draw randomness",
                    file: String::new(),
                    source: std::io::Error::other(source.to_string()),
                })?;
                Ok(bytes)
            }
            Entropy::Seeded(seed) => {
                let mut message = Vec::with_capacity(32);
                message.extend_from_slice(&seed.to_le_bytes());
                message.extend_from_slice(&segno.to_le_bytes());
                message.extend_from_slice(&epoch.to_le_bytes());
                message.extend_from_slice(label.as_bytes());
                Ok(hash::digest128(&message))
            }
        }
    }
}

/// How to write a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Bytes of one segment file: a multiple of 64 KiB from 64 KiB to 1 GiB, fixed when the journal is created.
    /// Opening an existing journal ignores it.
    pub segment_size: u64,
    /// The hash of the caller's payload schema, stamped on every segment this writer creates.
    pub schema_fingerprint: Hash,
    /// Whether every append ends in a sync.
    /// Without it an append acknowledges nothing until [`Appender::sync`](crate::Appender::sync) has returned.
    pub sync: bool,
    /// Where the ledger id and the salts come from.
    pub entropy: Entropy,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            segment_size: 64 << 20,
            schema_fingerprint: Hash::ZERO,
            sync: true,
            entropy: Entropy::System,
        }
    }
}

impl Config {
    pub(crate) fn check(&self) -> Result<(), JournalError> {
        let bytes = self.segment_size;
        if is_segment_size(bytes) { Ok(()) } else { Err(JournalError::SegmentSize { bytes }) }
    }
}
