//! The files of the key directory: keys wrapped under the key-encryption key, as `docs/format/secret-v1.md` says.

use longmen_journal::hash::{self, Hash};

use crate::SecretError;
use crate::cipher::{self, KEY_LEN, Key, NONCE_LEN};

const MAGIC_LEN: usize = 16;
const HEAD_LEN: usize = MAGIC_LEN + KEY_LEN;
/// More than any of these files has.
const FILE_CAPACITY: usize = 256;
const KEY_MAGIC: &[u8; MAGIC_LEN] = b"longmen dek v1\n\0";
const RING_MAGIC: &[u8; MAGIC_LEN] = b"longmen ring v1\n";

const KEK_COMMITMENT: &str = "longmen 2026 kek commitment";
const KEK_WRAPPING: &str = "longmen 2026 kek wrapping key";

const SUBJECT_LEN_MAX: usize = 40;
const BAD_BODY: &str = "its content does not follow the format";

/// The file `KEYRING`: what names the key files, and which of them are in use.
pub(crate) struct Ring {
    pub(crate) name_key: Key,
    pub(crate) generation: u64,
}

impl Ring {
    pub(crate) fn wrap(&self, kek: &Key) -> Result<Vec<u8>, SecretError> {
        wrap(RING_MAGIC, kek, &[], &self.name_key, &self.generation.to_le_bytes())
    }

    pub(crate) fn unwrap(kek: &Key, file: &str, bytes: &[u8]) -> Result<Ring, SecretError> {
        let (name_key, rest) = unwrap(RING_MAGIC, kek, &[], file, bytes)?;
        let generation = rest.as_slice().try_into().map_err(|_| damaged(file, BAD_BODY))?;
        Ok(Ring { name_key, generation: u64::from_le_bytes(generation) })
    }

    /// The name of a subject's files, which shows nothing of the subject.
    pub(crate) fn name_of(&self, subject: &str) -> Result<Hash, SecretError> {
        let printable = subject.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if subject.is_empty() || subject.len() > SUBJECT_LEN_MAX || !printable {
            return Err(SecretError::BadSubject);
        }
        Ok(hash::keyed_digest(self.name_key.bytes(), subject.as_bytes()))
    }
}

/// A key file: a subject and its data key.
pub(crate) struct SubjectKey {
    pub(crate) dek: Key,
    pub(crate) subject: String,
}

impl SubjectKey {
    /// `name` is bound, so that a key file under another subject's name is refused.
    pub(crate) fn wrap(&self, kek: &Key, name: &Hash) -> Result<Vec<u8>, SecretError> {
        let len = u8::try_from(self.subject.len()).map_err(|_| SecretError::BadSubject)?;
        let mut rest = [&[len], self.subject.as_bytes()].concat();
        // The file's length must not tell the subject's.
        rest.resize(1 + SUBJECT_LEN_MAX, 0);
        wrap(KEY_MAGIC, kek, name.as_bytes(), &self.dek, &rest)
    }

    pub(crate) fn unwrap(
        kek: &Key,
        name: &Hash,
        file: &str,
        bytes: &[u8],
    ) -> Result<SubjectKey, SecretError> {
        let (dek, rest) = unwrap(KEY_MAGIC, kek, name.as_bytes(), file, bytes)?;
        let subject = rest.split_first().and_then(|(len, text)| text.get(..usize::from(*len)));
        let subject = subject.and_then(|subject| String::from_utf8(subject.to_vec()).ok());
        Ok(SubjectKey { dek, subject: subject.ok_or_else(|| damaged(file, BAD_BODY))? })
    }
}

type Magic = [u8; MAGIC_LEN];

fn wrap(magic: &Magic, kek: &Key, bound: &[u8], key: &Key, rest: &[u8]) -> Result<Vec<u8>, SecretError> {
    let mut nonce = [0; NONCE_LEN];
    cipher::draw(&mut nonce)?;
    let head = [&magic[..], &kek.commitment(KEK_COMMITMENT)].concat();
    // Large enough from the start: growing would leave a copy of the key in freed memory.
    let mut file = Vec::with_capacity(FILE_CAPACITY);
    [&head, &nonce[..], key.bytes(), rest].iter().for_each(|part| file.extend_from_slice(part));
    let bound = [&head, bound].concat();
    kek.derived(KEK_WRAPPING).encrypt(&nonce, &bound, &mut file, HEAD_LEN + NONCE_LEN)?;
    let digest = hash::digest(&file);
    file.extend_from_slice(digest.as_bytes());
    Ok(file)
}

fn unwrap(
    magic: &Magic,
    kek: &Key,
    bound: &[u8],
    file: &str,
    bytes: &[u8],
) -> Result<(Key, Vec<u8>), SecretError> {
    let parts = parts_of(bytes).ok_or_else(|| damaged(file, "it is too short"))?;
    let (sound, digest, head, nonce, body) = parts;
    // First, so that a flipped bit is never taken for a wrong key-encryption key.
    if hash::digest(sound).as_bytes() != digest {
        return Err(damaged(file, "its digest does not fit"));
    }
    let commitment = head.strip_prefix(magic).ok_or_else(|| damaged(file, "it is another kind of file"))?;
    if commitment != kek.commitment(KEK_COMMITMENT) {
        return Err(SecretError::WrongKek { file: file.to_owned() });
    }
    let body = kek.derived(KEK_WRAPPING).decrypt(nonce, &[head, bound].concat(), body);
    let body = body.ok_or_else(|| damaged(file, "its tag does not fit: it was changed or renamed"))?;
    let (key, rest) = body.split_first_chunk().ok_or_else(|| damaged(file, BAD_BODY))?;
    Ok((Key::copied(key), rest.to_vec()))
}

type Parts<'a> = (&'a [u8], &'a [u8; 32], &'a [u8], &'a [u8; NONCE_LEN], &'a [u8]);

/// What the digest covers, the digest, and of the first the head, the nonce and the body with its tag.
fn parts_of(file: &[u8]) -> Option<Parts<'_>> {
    let (sound, digest) = file.split_last_chunk()?;
    let (head, rest) = sound.split_at_checked(HEAD_LEN)?;
    let (nonce, body) = rest.split_first_chunk()?;
    Some((sound, digest, head, nonce, body))
}

pub(crate) fn damaged(file: &str, reason: &'static str) -> SecretError {
    SecretError::Damaged { file: file.to_owned(), reason }
}
