//! A directory of files.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Claim, ReadFile, ReadStorage, Storage, WriteFile};
use crate::layout::LOCK;

const CLAIM_TRIES: u32 = 5;
const CLAIM_PAUSE: Duration = Duration::from_millis(50);
const ZEROS_LEN: usize = 256 << 10;
/// A ledger is its owner's business.
const DIR_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A journal's directory on a local file system.
///
/// Directories and files that it makes are open to their owner only; sealed files are read-only.
/// Network and overlay file systems, and disks that do not honour a flush, are not supported.
#[derive(Clone, Debug)]
pub struct FileStorage {
    root: PathBuf,
}

impl FileStorage {
    /// Names the directory; touches nothing yet.
    pub fn new(root: impl Into<PathBuf>) -> FileStorage {
        FileStorage { root: root.into() }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(path) }
    }

    /// Takes the lock, which the claim holds.
    fn lock(&self) -> io::Result<FileClaim> {
        let path = self.path(LOCK);
        if !path.exists() {
            make_dirs(&self.root)?;
            OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(&path)?.sync_all()?;
            self.sync_dir("")?;
        }
        let lock = OpenOptions::new().read(true).write(true).open(&path)?;
        // A reader's probe holds the lock for a moment, and so may a writer that is just going.
        for tries_left in (0..CLAIM_TRIES).rev() {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries_left == 0 => {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(CLAIM_PAUSE),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        let found = lock.metadata()?;
        Ok(FileClaim { identity: (found.dev(), found.ino()), pid: std::process::id(), path, lock })
    }
}

impl ReadStorage for FileStorage {
    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(self.path(dir)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = entries
            .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<String>>>()?;
        names.sort_unstable();
        Ok(names)
    }

    fn open_read(&self, path: &str) -> io::Result<Box<dyn ReadFile>> {
        Ok(Box::new(DiskFile(File::open(self.path(path))?)))
    }

    fn writer_is_live(&self) -> io::Result<bool> {
        let lock = match File::open(self.path(LOCK)) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        match lock.try_lock_shared() {
            // Said out loud, because a child that was forked just now has the file open too.
            Ok(()) => lock.unlock().map(|()| false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Storage for FileStorage {
    fn claim(&self) -> io::Result<Box<dyn Claim>> {
        Ok(Box::new(self.lock()?))
    }

    fn create(&self, path: &str, len: u64) -> io::Result<Box<dyn WriteFile>> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).mode(FILE_MODE).open(self.path(path))?;
        let zeros = vec![0; ZEROS_LEN];
        let mut offset = 0;
        while offset < len {
            let left = usize::try_from(len - offset).unwrap_or(usize::MAX);
            let piece = &zeros[..left.min(ZEROS_LEN)];
            file.write_all_at(piece, offset)?;
            offset += crate::layout::to_u64(piece.len());
        }
        Ok(Box::new(DiskFile(file)))
    }

    fn open_write(&self, path: &str) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(DiskFile(OpenOptions::new().read(true).write(true).open(self.path(path))?)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        std::fs::remove_file(self.path(path))
    }

    fn create_dir(&self, path: &str) -> io::Result<()> {
        make_dirs(&self.path(path))?;
        if path.is_empty() { sync_names_above(&self.root, &mut sync_folder) } else { Ok(()) }
    }

    fn sync_dir(&self, path: &str) -> io::Result<()> {
        sync_folder(&self.path(path))
    }

    fn make_read_only(&self, path: &str) -> io::Result<()> {
        let path = self.path(path);
        let mut permissions = std::fs::metadata(&path)?.permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(path, permissions)
    }
}

fn make_dirs(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(DIR_MODE).create(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes the folder's own name durable, and those of all folders above it on the same file system: which of them an
/// earlier creation made and did not come to sync, nobody knows any more.
fn sync_names_above(folder: &Path, sync: &mut dyn FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    let folder = folder.canonicalize()?;
    let device = folder.metadata()?.dev();
    for above in folder.ancestors().skip(1) {
        // Where another file system begins, a name was there before: it is a mount point.
        if above.metadata()?.dev() != device {
            break;
        }
        match sync(above) {
            // A folder that may not even be listed: who may not look into `/home` made nothing there.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            done => done?,
        }
    }
    Ok(())
}

struct DiskFile(File);

impl ReadFile for DiskFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buf, offset)
    }
}

impl WriteFile for DiskFile {
    fn write_all_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(buf, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}

/// The right to write: the lock on a file that stays open.
struct FileClaim {
    path: PathBuf,
    identity: (u64, u64),
    pid: u32,
    lock: File,
}

impl Drop for FileClaim {
    fn drop(&mut self) {
        // Closing alone would leave the lock with a child that was forked meanwhile, until that child ends or becomes
        // another program. A child that drops its copy of the claim must leave the lock where it is.
        if std::process::id() == self.pid {
            let _ = self.lock.unlock();
        }
    }
}

impl Claim for FileClaim {
    fn still_held(&self) -> io::Result<bool> {
        // A forked child shares the lock, and must not write.
        if std::process::id() != self.pid {
            return Ok(false);
        }
        match std::fs::metadata(&self.path) {
            Ok(found) => Ok((found.dev(), found.ino()) == self.identity),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_all_folders_above_are_synced_from_the_inside_out() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let storage = FileStorage::new(top.join("x/y/z"));
        storage.create_dir("").unwrap();
        let mut synced = Vec::new();
        sync_names_above(&storage.root, &mut |path| {
            synced.push(path.to_path_buf());
            Ok(())
        })
        .unwrap();
        assert_eq!(synced[..3], [top.join("x/y"), top.join("x"), top]);
        assert!(sync_names_above(&storage.root, &mut |_| Err(io::Error::other("a disk"))).is_err());
        assert!(
            sync_names_above(&storage.root, &mut |_| Err(io::ErrorKind::PermissionDenied.into())).is_ok()
        );
    }

    #[test]
    fn a_claim_that_ends_leaves_no_lock_with_whoever_has_inherited_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let storage = FileStorage::new(dir.path());
        let claim = storage.lock().unwrap();
        assert!(storage.writer_is_live().unwrap());
        // What a forked child has: another descriptor of the same open file.
        let inherited = claim.lock.try_clone().unwrap();
        drop(claim);
        assert!(!storage.writer_is_live().unwrap());
        drop(storage.lock().unwrap());
        drop(inherited);
    }
}
