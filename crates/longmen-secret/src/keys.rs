//! The keys of all subjects.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use longmen_journal::{Claim, FileStorage, Hash, Storage};

use crate::SecretError;
use crate::cipher::Key;
use crate::folder::{Folder, KeyPlace, RING, TOMBSTONE, tombstone_path};
use crate::sealed;
use crate::wrap::{Ring, SubjectKey, damaged};

/// The data keys of all subjects, in a directory of their own.
///
/// Every key lies in a file, wrapped under the key-encryption key (KEK) that the caller gives.
/// The KEK is kept in memory, zeroed on drop, and never written; data keys are read anew for each call.
/// One value at a time has a directory open; it may be shared among threads.
/// After a failed write every call is refused with [`SecretError::Stopped`] until the directory is opened again.
pub struct SubjectKeys {
    state: Mutex<State>,
}

struct State {
    folder: Folder,
    claim: Box<dyn Claim>,
    kek: Key,
    ring: Ring,
    /// After a failed sync nobody knows what is on disk; only opening again finds out.
    stopped: bool,
}

impl SubjectKeys {
    /// Makes a key directory, durable on return.
    ///
    /// `kek` is 32 random bytes, for example from a key service; a password is none.
    ///
    /// ```
    /// # use longmen_secret::{SecretError, SubjectKeys};
    /// # let dir = tempfile::tempdir()?;
    /// let keys = SubjectKeys::create(dir.path().join("keys"), &[7; 32])?;
    /// assert!(keys.subjects()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SecretError::AlreadyExists`] where keys are, [`SecretError::InUse`], [`SecretError::Io`].
    pub fn create(dir: impl AsRef<Path>, kek: &[u8; 32]) -> Result<SubjectKeys, SecretError> {
        SubjectKeys::create_on(Arc::new(FileStorage::new(dir.as_ref())), kek)
    }

    /// [`SubjectKeys::create`] on any storage, for example a simulated disk.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use longmen_secret::{SecretError, SubjectKeys};
    /// let disk = longmen_journal::MemoryStorage::new();
    /// SubjectKeys::create_on(Arc::new(disk.clone()), &[7; 32])?;
    /// assert!(disk.snapshot().contains_key("KEYRING"));
    /// # Ok::<(), SecretError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`SubjectKeys::create`].
    pub fn create_on(storage: Arc<dyn Storage>, kek: &[u8; 32]) -> Result<SubjectKeys, SecretError> {
        let folder = Folder(storage);
        let claim = folder.claim()?;
        if !folder.is_fresh()? {
            return Err(SecretError::AlreadyExists);
        }
        folder.make()?;
        folder.remove_temporary()?;
        let kek = Key::copied(kek);
        let ring = Ring { name_key: Key::drawn()?, generation: 1 };
        // The last file, so that its presence says that the directory is whole.
        folder.write(RING, &ring.wrap(&kek)?)?;
        Ok(SubjectKeys { state: Mutex::new(State { folder, claim, kek, ring, stopped: false }) })
    }

    /// Opens a key directory, and finishes what a crash cut short: an erasure, a rewrap, a file half written.
    ///
    /// A key that a backup brought back beside its tombstone is removed.
    ///
    /// ```
    /// # use longmen_secret::{SecretError, SubjectKeys};
    /// # let dir = tempfile::tempdir()?;
    /// drop(SubjectKeys::create(dir.path(), &[7; 32])?);
    /// assert!(SubjectKeys::open(dir.path(), &[7; 32]).is_ok());
    /// assert!(matches!(SubjectKeys::open(dir.path(), &[8; 32]), Err(SecretError::WrongKek { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SecretError::NotKeys`], [`SecretError::WrongKek`], [`SecretError::Damaged`], [`SecretError::InUse`],
    /// [`SecretError::Io`].
    pub fn open(dir: impl AsRef<Path>, kek: &[u8; 32]) -> Result<SubjectKeys, SecretError> {
        SubjectKeys::open_on(Arc::new(FileStorage::new(dir.as_ref())), kek)
    }

    /// [`SubjectKeys::open`] on any storage.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use longmen_secret::{SecretError, SubjectKeys};
    /// let disk = Arc::new(longmen_journal::MemoryStorage::new());
    /// drop(SubjectKeys::create_on(disk.clone(), &[7; 32])?);
    /// SubjectKeys::open_on(disk, &[7; 32])?;
    /// # Ok::<(), SecretError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`SubjectKeys::open`].
    pub fn open_on(storage: Arc<dyn Storage>, kek: &[u8; 32]) -> Result<SubjectKeys, SecretError> {
        let folder = Folder(storage);
        // Looked for before claiming, because claiming makes the directory.
        folder.read(RING)?.ok_or(SecretError::NotKeys)?;
        let claim = folder.claim()?;
        let bytes = folder.read(RING)?.ok_or(SecretError::NotKeys)?;
        let kek = Key::copied(kek);
        let ring = Ring::unwrap(&kek, RING, &bytes)?;
        let mut state = State { folder, claim, kek, ring, stopped: false };
        state.tidy_up()?;
        Ok(SubjectKeys { state: Mutex::new(state) })
    }

    /// Seals at most [`PLAINTEXT_BYTES_MAX`](crate::PLAINTEXT_BYTES_MAX) bytes for a subject and a context.
    ///
    /// `context` is the command's idempotency key: the bytes open with no other.
    /// The same arguments give the same bytes.
    /// A subject without a key gets one, which is durable before the bytes are returned.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use longmen_secret::{SecretError, SubjectKeys};
    /// # let keys = SubjectKeys::create_on(Arc::new(longmen_journal::MemoryStorage::new()), &[7; 32])?;
    /// let sealed = keys.seal("customer-7", b"pay-1", b"13800000000")?;
    /// assert_eq!(sealed, keys.seal("customer-7", b"pay-1", b"13800000000")?);
    /// assert_ne!(sealed, keys.seal("customer-7", b"pay-2", b"13800000000")?);
    /// # Ok::<(), SecretError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SecretError::Erased`], [`SecretError::TooLong`], [`SecretError::BadSubject`], [`SecretError::WrongKek`],
    /// [`SecretError::Damaged`], [`SecretError::Stopped`], [`SecretError::Io`].
    pub fn seal(&self, subject: &str, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SecretError> {
        sealed::check_len(plaintext)?;
        let mut state = self.state()?;
        let name = state.name_of_living(subject)?;
        let dek = match state.find(&name)? {
            Some(found) => found.dek,
            None => state.change(|state| state.make_key(subject, &name))?,
        };
        sealed::seal(&dek, context, plaintext)
    }

    /// Opens what [`SubjectKeys::seal`] made.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use longmen_secret::{SecretError, SubjectKeys};
    /// # let keys = SubjectKeys::create_on(Arc::new(longmen_journal::MemoryStorage::new()), &[7; 32])?;
    /// let sealed = keys.seal("customer-7", b"pay-1", b"13800000000")?;
    /// assert_eq!(keys.unseal("customer-7", b"pay-1", &sealed)?, b"13800000000");
    /// let moved = keys.unseal("customer-7", b"pay-2", &sealed);
    /// assert!(matches!(moved, Err(SecretError::WrongContext)));
    /// # Ok::<(), SecretError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SecretError::UnknownSubject`], [`SecretError::Erased`], [`SecretError::OtherKey`],
    /// [`SecretError::WrongContext`], [`SecretError::Tampered`], [`SecretError::Malformed`],
    /// [`SecretError::BadSubject`], [`SecretError::WrongKek`], [`SecretError::Damaged`], [`SecretError::Stopped`],
    /// [`SecretError::Io`].
    pub fn unseal(&self, subject: &str, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
        let state = self.state()?;
        let name = state.name_of_living(subject)?;
        let found = state.find(&name)?.ok_or(SecretError::UnknownSubject)?;
        sealed::unseal(&found.dek, context, sealed)
    }

    /// Destroys a subject's key, durable on return; the subject never gets another.
    ///
    /// A subject without a key is erased too, and one that is erased already stays so.
    /// Erase first and journal it after; if the process ends between the two, do both again.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use longmen_secret::{SecretError, SubjectKeys};
    /// # let keys = SubjectKeys::create_on(Arc::new(longmen_journal::MemoryStorage::new()), &[7; 32])?;
    /// keys.seal("customer-7", b"pay-1", b"13800000000")?;
    /// keys.erase("customer-7")?;
    /// assert!(matches!(keys.seal("customer-7", b"pay-2", b""), Err(SecretError::Erased)));
    /// # Ok::<(), SecretError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SecretError::BadSubject`], [`SecretError::Stopped`], [`SecretError::Io`]; after the last, open the keys again
    /// and erase again.
    pub fn erase(&self, subject: &str) -> Result<(), SecretError> {
        let mut state = self.state()?;
        let name = state.ring.name_of(subject)?;
        state.change(|state| state.bury(&name))
    }

    /// The subjects that have a key, sorted.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use longmen_secret::{SecretError, SubjectKeys};
    /// # let keys = SubjectKeys::create_on(Arc::new(longmen_journal::MemoryStorage::new()), &[7; 32])?;
    /// keys.seal("customer-7", b"pay-1", b"13800000000")?;
    /// assert_eq!(keys.subjects()?, ["customer-7"]);
    /// # Ok::<(), SecretError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SecretError::WrongKek`], [`SecretError::Damaged`], [`SecretError::Stopped`], [`SecretError::Io`].
    pub fn subjects(&self) -> Result<Vec<String>, SecretError> {
        let state = self.state()?;
        let mut subjects = Vec::new();
        for name in state.names()? {
            subjects.extend(state.find(&name)?.map(|found| found.subject));
        }
        subjects.sort_unstable();
        Ok(subjects)
    }

    /// Whether the subject was erased here.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use longmen_secret::{SecretError, SubjectKeys};
    /// # let keys = SubjectKeys::create_on(Arc::new(longmen_journal::MemoryStorage::new()), &[7; 32])?;
    /// assert!(!keys.is_erased("customer-7")?);
    /// keys.erase("customer-7")?;
    /// assert!(keys.is_erased("customer-7")?);
    /// # Ok::<(), SecretError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SecretError::BadSubject`], [`SecretError::Stopped`], [`SecretError::Io`].
    pub fn is_erased(&self, subject: &str) -> Result<bool, SecretError> {
        let state = self.state()?;
        let name = state.ring.name_of(subject)?;
        state.folder.is_erased(&name)
    }

    /// Wraps every key under a new key-encryption key, all of them or none.
    ///
    /// Keep both KEKs until this returns: after a crash exactly one of them opens the directory.
    /// Sealed bytes do not change.
    /// Backups still open with the old KEK, so destroy it when the last of them is gone.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use longmen_secret::{SecretError, SubjectKeys};
    /// # let disk = Arc::new(longmen_journal::MemoryStorage::new());
    /// # let keys = SubjectKeys::create_on(disk.clone(), &[7; 32])?;
    /// keys.rewrap(&[8; 32])?;
    /// drop(keys);
    /// SubjectKeys::open_on(disk, &[8; 32])?;
    /// # Ok::<(), SecretError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SecretError::WrongKek`] or [`SecretError::Damaged`] when one of the keys cannot be read,
    /// [`SecretError::Stopped`], [`SecretError::Io`].
    /// After any of them open the keys again, with the new KEK or else with the old one.
    pub fn rewrap(&self, new_kek: &[u8; 32]) -> Result<(), SecretError> {
        self.state()?.change(|state| state.rewrap(Key::copied(new_kek)))
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, SecretError> {
        // Whoever panicked inside may have been writing.
        let state = self.state.lock().map_err(|_| SecretError::Stopped)?;
        let held = state.claim.still_held().map_err(SecretError::io("look at", "LOCK"))?;
        if state.stopped || !held { Err(SecretError::Stopped) } else { Ok(state) }
    }
}

impl fmt::Debug for SubjectKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectKeys").finish_non_exhaustive()
    }
}

impl State {
    /// Does what writes; after an error nothing more is done.
    fn change<T>(
        &mut self,
        act: impl FnOnce(&mut State) -> Result<T, SecretError>,
    ) -> Result<T, SecretError> {
        let done = act(self);
        self.stopped = done.is_err();
        done
    }

    fn name_of_living(&self, subject: &str) -> Result<Hash, SecretError> {
        let name = self.ring.name_of(subject)?;
        // Before any key is looked for: a restored key beside its tombstone stays destroyed.
        if self.folder.is_erased(&name)? { Err(SecretError::Erased) } else { Ok(name) }
    }

    fn place(&self, name: &Hash) -> KeyPlace {
        KeyPlace { generation: self.ring.generation, name: *name }
    }

    fn find(&self, name: &Hash) -> Result<Option<SubjectKey>, SecretError> {
        let path = self.place(name).path();
        let bytes = self.folder.read(&path)?;
        bytes.map(|bytes| SubjectKey::unwrap(&self.kek, name, &path, &bytes)).transpose()
    }

    /// The names of the subjects that have a key and no tombstone.
    fn names(&self) -> Result<Vec<Hash>, SecretError> {
        let mut names = Vec::new();
        for place in self.folder.keys()? {
            if place.generation == self.ring.generation && !self.folder.is_erased(&place.name)? {
                names.push(place.name);
            }
        }
        Ok(names)
    }

    /// Durable on return: sealed bytes whose key could be lost would be an entry that nobody can read.
    fn make_key(&mut self, subject: &str, name: &Hash) -> Result<Key, SecretError> {
        let made = SubjectKey { dek: Key::drawn()?, subject: subject.to_owned() };
        self.folder.write(&self.place(name).path(), &made.wrap(&self.kek, name)?)?;
        Ok(made.dek)
    }

    /// The tombstone comes first, so that a crash leaves an erased subject and never an unknown one.
    fn bury(&mut self, name: &Hash) -> Result<(), SecretError> {
        if !self.folder.is_erased(name)? {
            self.folder.write(&tombstone_path(name), TOMBSTONE)?;
        }
        self.folder.remove(&self.place(name).path())?;
        self.folder.sync()
    }

    /// Writes a second generation of key files beside the first; the ring's rename makes it the one that counts.
    fn rewrap(&mut self, kek: Key) -> Result<(), SecretError> {
        // As many rewraps as 64 bits count take longer than any disk lasts.
        let generation = self.ring.generation.saturating_add(1);
        for name in self.names()? {
            if let Some(found) = self.find(&name)? {
                let path = KeyPlace { generation, name }.path();
                self.folder.write(&path, &found.wrap(&kek, &name)?)?;
            }
        }
        let ring = Ring { name_key: Key::copied(self.ring.name_key.bytes()), generation };
        self.folder.write(RING, &ring.wrap(&kek)?)?;
        self.kek = kek;
        self.ring = ring;
        self.tidy_up()
    }

    /// Removes what no longer counts: files half written, keys of the erased, wrappings of another generation.
    fn tidy_up(&mut self) -> Result<(), SecretError> {
        let places = self.folder.keys()?;
        let mut stale = Vec::new();
        for place in &places {
            let current = self.place(&place.name);
            let is_erased = self.folder.is_erased(&place.name)?;
            if !is_erased && !places.contains(&current) {
                // The only wrapping of a living key: then the ring is the stale file, and nothing may be removed.
                return Err(damaged(RING, "it is of another time than the key files"));
            }
            if is_erased || *place != current {
                stale.push(place);
            }
        }
        self.folder.remove_temporary()?;
        // Before anything that was in use goes: the names in its place may be those of a process that ended unsynced.
        self.folder.sync()?;
        stale.into_iter().try_for_each(|place| self.folder.remove(&place.path()))?;
        self.folder.sync()
    }
}
