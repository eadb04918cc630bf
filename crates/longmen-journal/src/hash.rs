//! BLAKE3, the workspace's only door to it.

use std::fmt;
use std::io;
use std::str::FromStr;

/// A 32-byte BLAKE3 hash; shown as 64 hexadecimal digits.
///
/// ```
/// use longmen_journal::Hash;
/// let hash = longmen_journal::hash::digest(b"abc");
/// assert_eq!(hash.to_string().parse::<Hash>().ok(), Some(hash));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash([u8; 32]);

/// The hash of an entry: it stands for the entry and, through the chain, for every entry before it.
pub type EntryHash = Hash;

impl Hash {
    /// Thirty-two zero bytes: what stands before the first entry.
    pub const ZERO: Hash = Hash([0; 32]);

    /// Wraps 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Hash {
        Hash(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl FromStr for Hash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Hash, ParseHashError> {
        parse_hex(text).map(Hash)
    }
}

/// The text is not the right number of hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: write 64 hexadecimal digits")]
pub struct ParseHashError;

/// The BLAKE3 hash of `bytes`.
pub fn digest(bytes: &[u8]) -> Hash {
    Hash(*blake3::hash(bytes).as_bytes())
}

/// The first 16 bytes of the BLAKE3 hash of `bytes`: an identifier, too short to commit to something hostile.
pub fn digest128(bytes: &[u8]) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    out
}

/// BLAKE3 in keyed mode.
pub fn keyed_digest(key: &[u8; 32], bytes: &[u8]) -> Hash {
    Hash(*blake3::keyed_hash(key, bytes).as_bytes())
}

/// BLAKE3 in key derivation mode: `context` is a fixed text, unique to one use.
pub fn derive_key(context: &str, material: &[u8]) -> [u8; 32] {
    blake3::derive_key(context, material)
}

/// BLAKE3, a piece at a time.
///
/// ```
/// use longmen_journal::hash::{Hasher, digest};
/// let mut hasher = Hasher::new();
/// hasher.update(b"ab").update(b"c");
/// assert_eq!(hasher.finalize(), digest(b"abc"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// A hasher that has seen nothing.
    pub fn new() -> Hasher {
        Hasher::default()
    }

    /// A hasher in keyed mode.
    pub fn new_keyed(key: &[u8; 32]) -> Hasher {
        Hasher(blake3::Hasher::new_keyed(key))
    }

    /// Adds `bytes`.
    pub fn update(&mut self, bytes: &[u8]) -> &mut Hasher {
        self.0.update(bytes);
        self
    }

    /// The hash of everything added so far; more may be added after.
    pub fn finalize(&self) -> Hash {
        Hash(*self.0.finalize().as_bytes())
    }
}

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

pub(crate) fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], ParseHashError> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return Err(ParseHashError);
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Ok(out)
}

fn hex_digit(digit: u8) -> Result<u8, ParseHashError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(ParseHashError),
    }
}
