//! Keys, and the one cipher.

use std::io;

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use longmen_journal::hash::{self, Hash, Hasher};
use zeroize::Zeroizing;

use crate::{PLAINTEXT_BYTES_MAX, SecretError};

pub(crate) const KEY_LEN: usize = 32;
pub(crate) const NONCE_LEN: usize = 24;
pub(crate) const TAG_LEN: usize = 16;

pub(crate) type Nonce = [u8; NONCE_LEN];

/// 32 secret bytes, zeroed when dropped.
pub(crate) struct Key(Zeroizing<[u8; KEY_LEN]>);

impl Key {
    pub(crate) fn copied(bytes: &[u8; KEY_LEN]) -> Key {
        Key(Zeroizing::new(*bytes))
    }

    pub(crate) fn drawn() -> Result<Key, SecretError> {
        let mut key = Key(Zeroizing::new([0; KEY_LEN]));
        draw(key.0.as_mut_slice())?;
        Ok(key)
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }

    /// A key for one use, so that no two uses ever share one.
    pub(crate) fn derived(&self, purpose: &str) -> Key {
        Key(Zeroizing::new(hash::derive_key(purpose, self.bytes())))
    }

    /// What shows which key it is and nothing else of it.
    pub(crate) fn commitment(&self, purpose: &str) -> [u8; KEY_LEN] {
        hash::derive_key(purpose, self.bytes())
    }

    /// The keyed hash of some parts, each after its length, so that no two lists of parts are hashed alike.
    pub(crate) fn digest(&self, parts: &[&[u8]]) -> Hash {
        let mut hasher = Hasher::new_keyed(self.bytes());
        for part in parts {
            // A slice in memory is never longer than 64 bits can say.
            let len = u64::try_from(part.len()).unwrap_or(u64::MAX);
            hasher.update(&len.to_le_bytes()).update(part);
        }
        hasher.finalize()
    }

    /// Encrypts what stands from `start` on, in place, and puts the tag behind it.
    pub(crate) fn encrypt(
        &self,
        nonce: &Nonce,
        bound: &[u8],
        bytes: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), SecretError> {
        // The cipher's own limit is 256 GiB, so nobody will see this refusal.
        let refusal = SecretError::TooLong { bytes: bytes.len(), max: PLAINTEXT_BYTES_MAX };
        let text = (&mut bytes[start..]).into();
        let tag = self.cipher().encrypt_inout_detached(&XNonce::from(*nonce), bound, text);
        bytes.extend_from_slice(&tag.map_err(|_| refusal)?);
        Ok(())
    }

    /// Decrypts a text with its tag; `None` where the tag does not fit.
    pub(crate) fn decrypt(&self, nonce: &Nonce, bound: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (text, tag) = sealed.split_last_chunk::<TAG_LEN>()?;
        let (mut text, tag) = (Zeroizing::new(text.to_vec()), Tag::from(*tag));
        let bytes = text.as_mut_slice().into();
        self.cipher().decrypt_inout_detached(&XNonce::from(*nonce), bound, bytes, &tag).ok()?;
        Some(text)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.bytes().into())
    }
}

/// Fills `bytes` from the operating system's randomness.
pub(crate) fn draw(bytes: &mut [u8]) -> Result<(), SecretError> {
    let failed = SecretError::io("draw randomness for", "a key");
    getrandom::fill(bytes).map_err(|error| failed(io::Error::other(error.to_string())))
}
