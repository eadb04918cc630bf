//! The key directory: which files there are, and how one of them is made durable.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use longmen_journal::{Claim, Hash, Storage};

use crate::SecretError;

pub(crate) const RING: &str = "KEYRING";
const ROOT: &str = "";
const KEYS: &str = "keys";
const ERASED: &str = "erased";
const FOLDERS: [&str; 3] = [ROOT, KEYS, ERASED];

pub(crate) const TOMBSTONE: &[u8] = b"longmen erased v1\n";
const TEMPORARY: &str = ".tmp";
/// More than any file here has; what is longer is damaged, and not read to its end.
const FILE_LEN_MAX: u64 = 4096;

pub(crate) struct Folder(pub(crate) Arc<dyn Storage>);

impl Folder {
    pub(crate) fn claim(&self) -> Result<Box<dyn Claim>, SecretError> {
        self.0.claim().map_err(|source| match source.kind() {
            io::ErrorKind::WouldBlock => SecretError::InUse,
            _ => SecretError::io("claim", "LOCK")(source),
        })
    }

    /// Makes the folders, durable with all folders above them.
    pub(crate) fn make(&self) -> Result<(), SecretError> {
        for folder in FOLDERS {
            self.0.create_dir(folder).map_err(SecretError::io("make", folder))?;
        }
        self.sync()
    }

    /// Makes all names durable that this process or an earlier one wrote.
    pub(crate) fn sync(&self) -> Result<(), SecretError> {
        FOLDERS.iter().try_for_each(|folder| self.sync_folder(folder))
    }

    /// Whether nothing was ever kept here.
    pub(crate) fn is_fresh(&self) -> Result<bool, SecretError> {
        let none = |names: Vec<String>| names.iter().all(|name| name.ends_with(TEMPORARY));
        Ok(none(self.list(KEYS)?) && none(self.list(ERASED)?) && self.read(RING)?.is_none())
    }

    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SecretError> {
        let file = match self.0.open_read(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SecretError::io("open", path)(error)),
        };
        let len = file.len().map_err(SecretError::io("read", path))?.min(FILE_LEN_MAX);
        let mut bytes = vec![0; usize::try_from(len).unwrap_or_default()];
        file.read_exact_at(&mut bytes, 0).map_err(SecretError::io("read", path))?;
        Ok(Some(bytes))
    }

    pub(crate) fn keys(&self) -> Result<BTreeSet<KeyPlace>, SecretError> {
        Ok(self.list(KEYS)?.iter().filter_map(|name| KeyPlace::parse(name)).collect())
    }

    pub(crate) fn is_erased(&self, name: &Hash) -> Result<bool, SecretError> {
        // A tombstone counts by its name alone, so that no damage to it brings anyone back.
        self.read(&tombstone_path(name)).map(|found| found.is_some())
    }

    /// Removes what a crash left of files that were never in use; durable only after [`Folder::sync`].
    pub(crate) fn remove_temporary(&self) -> Result<(), SecretError> {
        self.remove(&format!("{RING}{TEMPORARY}"))?;
        // Not in the directory itself, which may hold files of others.
        for folder in [KEYS, ERASED] {
            for name in self.list(folder)?.iter().filter(|name| name.ends_with(TEMPORARY)) {
                self.remove(&format!("{folder}/{name}"))?;
            }
        }
        Ok(())
    }

    /// Makes a file that is there whole or not at all, durable on return: written aside, synced, renamed.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), SecretError> {
        let aside = format!("{path}{TEMPORARY}");
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let file = self.0.create(&aside, len).map_err(SecretError::io("make", &aside))?;
        file.write_all_at(bytes, 0).map_err(SecretError::io("write", &aside))?;
        file.sync_all().map_err(SecretError::io("sync", &aside))?;
        self.0.rename(&aside, path).map_err(SecretError::io("rename a new file to", path))?;
        self.sync_folder(path.split_once('/').map_or(ROOT, |(folder, _)| folder))
    }

    /// Durable only after [`Folder::sync`]; a file that is not there is fine.
    pub(crate) fn remove(&self, path: &str) -> Result<(), SecretError> {
        match self.0.remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(SecretError::io("remove", path)(error))
            }
            _ => Ok(()),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, SecretError> {
        self.0.list(folder).map_err(SecretError::io("list", folder))
    }

    fn sync_folder(&self, folder: &str) -> Result<(), SecretError> {
        self.0.sync_dir(folder).map_err(SecretError::io("sync the names in", folder))
    }
}

/// Where a key file lies: which subject's it is, and of which generation of wrappings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyPlace {
    pub(crate) generation: u64,
    pub(crate) name: Hash,
}

impl KeyPlace {
    pub(crate) fn path(&self) -> String {
        format!("{KEYS}/{:016x}-{}.key", self.generation, self.name)
    }

    fn parse(file: &str) -> Option<KeyPlace> {
        let (generation, name) = file.strip_suffix(".key")?.split_once('-')?;
        let generation = u64::from_str_radix(generation, 16).ok()?;
        let place = KeyPlace { generation, name: name.parse().ok()? };
        // One place has one spelling; any other file is none of ours.
        (format!("{KEYS}/{file}") == place.path()).then_some(place)
    }
}

pub(crate) fn tombstone_path(name: &Hash) -> String {
    format!("{ERASED}/{name}")
}
