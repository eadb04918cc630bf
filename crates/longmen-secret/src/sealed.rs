//! Sealed bytes: what travels with an entry. `docs/format/secret-v1.md` describes every byte.

use crate::SecretError;
use crate::cipher::{KEY_LEN, Key, NONCE_LEN, Nonce, TAG_LEN};

/// The most bytes that a secret takes in an entry.
pub const SEALED_BYTES_MAX: usize = 1024;
/// The longest plaintext that can be sealed, 927 bytes: it fills its last block but for the byte that padding needs.
pub const PLAINTEXT_BYTES_MAX: usize = (SEALED_BYTES_MAX - HEAD_LEN - TAG_LEN) / BLOCK * BLOCK - 1;

/// Plaintexts are padded to a multiple of this.
const BLOCK: usize = 32;
/// The first byte of the padding; zeros follow.
const PAD: u8 = 0x80;
const MARK_LEN: usize = 8;
const HEAD_LEN: usize = KEY_LEN + MARK_LEN + NONCE_LEN;

const COMMITMENT: &str = "longmen 2026 dek commitment";
const CIPHER_KEY: &str = "longmen 2026 secret cipher key";
const NONCE_KEY: &str = "longmen 2026 secret nonce key";
const MARK_KEY: &str = "longmen 2026 secret context mark";

pub(crate) fn check_len(plaintext: &[u8]) -> Result<(), SecretError> {
    let bytes = plaintext.len();
    if bytes > PLAINTEXT_BYTES_MAX {
        return Err(SecretError::TooLong { bytes, max: PLAINTEXT_BYTES_MAX });
    }
    Ok(())
}

pub(crate) fn seal(dek: &Key, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SecretError> {
    check_len(plaintext)?;
    let nonce = nonce_of(dek, context, plaintext);
    let mut sealed = Vec::with_capacity(SEALED_BYTES_MAX);
    let parts = [&dek.commitment(COMMITMENT)[..], &mark_of(dek, context), &nonce, plaintext, &[PAD]];
    parts.iter().for_each(|part| sealed.extend_from_slice(part));
    sealed.resize(HEAD_LEN + padded_len(plaintext.len()), 0);
    dek.derived(CIPHER_KEY).encrypt(&nonce, context, &mut sealed, HEAD_LEN)?;
    Ok(sealed)
}

pub(crate) fn unseal(dek: &Key, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
    let parts = Parts::of(sealed).ok_or(SecretError::Malformed { len: sealed.len() })?;
    // Before anything is decrypted: this cipher alone lets one text have a valid tag under two keys.
    if parts.commitment != dek.commitment(COMMITMENT) {
        return Err(SecretError::OtherKey);
    }
    let opened = dek.derived(CIPHER_KEY).decrypt(&parts.nonce, context, parts.text);
    let padded = match (opened, parts.mark == mark_of(dek, context)) {
        (Some(padded), true) => padded,
        // The tag alone cannot tell a wrong context from changed bytes; the mark can.
        (None, false) => return Err(SecretError::WrongContext),
        _ => return Err(SecretError::Tampered),
    };
    let text = unpadded(&padded).ok_or(SecretError::Tampered)?;
    // A holder of the key could make one text that has one tag in two contexts; the nonce is a hash, and settles it.
    if nonce_of(dek, context, text) != parts.nonce {
        return Err(SecretError::Tampered);
    }
    Ok(text.to_vec())
}

struct Parts<'a> {
    commitment: [u8; KEY_LEN],
    mark: [u8; MARK_LEN],
    nonce: Nonce,
    /// With its tag.
    text: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(sealed: &'a [u8]) -> Option<Parts<'a>> {
        let (commitment, rest) = sealed.split_first_chunk()?;
        let (mark, rest) = rest.split_first_chunk()?;
        let (nonce, text) = rest.split_first_chunk()?;
        let len = text.len().checked_sub(TAG_LEN)?;
        let sound = len > 0 && len.is_multiple_of(BLOCK) && sealed.len() <= SEALED_BYTES_MAX;
        sound.then_some(Parts { commitment: *commitment, mark: *mark, nonce: *nonce, text })
    }
}

/// A synthetic nonce: it repeats only where context and plaintext do, and then the whole text does.
fn nonce_of(dek: &Key, context: &[u8], plaintext: &[u8]) -> Nonce {
    first(dek.derived(NONCE_KEY).digest(&[context, plaintext]).as_bytes())
}

fn mark_of(dek: &Key, context: &[u8]) -> [u8; MARK_LEN] {
    first(dek.derived(MARK_KEY).digest(&[context]).as_bytes())
}

fn first<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    std::array::from_fn(|at| bytes[at])
}

fn padded_len(len: usize) -> usize {
    (len / BLOCK + 1) * BLOCK
}

/// The text without its padding; `None` unless that is the one padding that the text can have.
fn unpadded(padded: &[u8]) -> Option<&[u8]> {
    let len = padded.iter().rposition(|&byte| byte != 0)?;
    let sound = padded[len] == PAD && padded_len(len) == padded.len();
    sound.then_some(&padded[..len])
}

#[cfg(test)]
mod tests;
