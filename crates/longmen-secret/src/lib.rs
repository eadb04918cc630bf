//! Payloads that can be erased: sealed under a key of their subject, erased with it.
//!
//! A hash-chained journal can never forget.
//! Personal data that must travel with an entry is therefore sealed under a key of its subject, a person, and the
//! journal takes the sealed bytes only.
//! Whoever destroys the key erases the data, and the chain over the sealed bytes stays whole.
//!
//! ```
//! use longmen_secret::{SecretError, SubjectKeys};
//!
//! let dir = tempfile::tempdir()?;
//! let kek = [7; 32]; // 32 random bytes from a key service, never a password
//! let keys = SubjectKeys::create(dir.path(), &kek)?;
//!
//! let sealed = keys.seal("customer-7", b"pay-1", b"Zhang San, Nanjing Road 1")?;
//! assert_eq!(keys.unseal("customer-7", b"pay-1", &sealed)?, b"Zhang San, Nanjing Road 1");
//!
//! keys.erase("customer-7")?;
//! assert!(matches!(keys.unseal("customer-7", b"pay-1", &sealed), Err(SecretError::Erased)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The bytes are documented in `docs/format/secret-v1.md`; `docs/format/open_secret.py` is a second reader.
//!
//! # Words
//!
//! *Subject*: whose data it is, named by 1 to 40 printable ASCII characters.
//! *Data key* (DEK): 32 random bytes for each subject.
//! *Key-encryption key* (KEK): 32 bytes that the caller gives and that are never written to disk; every data key is
//! wrapped under it.
//! *Context*: the idempotency key of the command that the sealed bytes travel with.
//! *Tombstone*: a file that says that a subject's key was destroyed.
//!
//! # Sealing is deterministic
//!
//! The same subject, context and plaintext give the same bytes, so that a retry of a command has the digest of the
//! first try.
//! What that gives away: two sealed bytes of one subject under the same context are equal if and only if their
//! plaintexts are.
//! Nothing shows about plaintexts under different contexts.
//! The length shows up to 32 bytes, and all sealed bytes of one subject begin alike, also after its erasure.
//!
//! # What erasing means
//!
//! This crate supports erasure by key destruction.
//! Whether that is enough for a law is for a lawyer to say.
//!
//! - The key file is removed, not overwritten: on flash disks and copy-on-write file systems an overwrite lands
//!   elsewhere.
//!   What may remain of it on the medium is wrapped under the KEK; destroying old KEKs after
//!   [`rewrap`](SubjectKeys::rewrap) makes it worthless.
//! - Backups of the key directory fall under the same rule: a backup in which the key lives, and a KEK that opens it,
//!   undo the erasure.
//!   Keep backups of keys for a short time and apart from those of the journal.
//! - After restoring the key directory, erase again every subject that the journal says was erased: the tombstones are
//!   only as new as the backup.
//! - A key that is restored next to its tombstone counts as erased, and the next opening removes it.
//! - Plaintexts that were handed out are the caller's to forget.
//!
//! # What this crate is not
//!
//! It knows no entry and no command: it makes and opens bytes.
//! It does not hide who a subject is, only what was said: the journal names the subject in clear, so name it by a
//! token.
//! It keeps keys out of freed memory as well as it can, which is not a promise: the hash function's and the compiler's
//! own copies are out of its reach.
//! It is no defence against one who can write to the key directory, except that no data can be forged there without the
//! KEK.

mod cipher;
mod error;
mod folder;
mod keys;
mod sealed;
mod wrap;

pub use error::SecretError;
pub use keys::SubjectKeys;
pub use sealed::{PLAINTEXT_BYTES_MAX, SEALED_BYTES_MAX};
