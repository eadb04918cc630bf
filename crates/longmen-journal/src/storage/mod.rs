//! Where the bytes lie: one trait for files, memory and simulated disks.
//!
//! Paths are relative to the journal's directory, with `/` between folder and file; the directory itself is `""`.
//! Readers get the half of the trait that cannot write.

mod file;
mod memory;

pub use file::FileStorage;
pub use memory::MemoryStorage;

use std::fmt::Debug;
use std::io;

/// The half of a storage that cannot change anything.
pub trait ReadStorage: Send + Sync + Debug {
    /// The names in a folder, sorted; a missing folder is an empty one.
    ///
    /// # Errors
    ///
    /// Whatever the storage reports.
    fn list(&self, dir: &str) -> io::Result<Vec<String>>;

    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] when there is none.
    fn open_read(&self, path: &str) -> io::Result<Box<dyn ReadFile>>;

    /// Whether a writer holds the claim at this moment; holds nothing afterwards.
    ///
    /// # Errors
    ///
    /// Whatever the storage reports.
    fn writer_is_live(&self) -> io::Result<bool>;
}

/// An open file, for reading at any offset from any thread.
pub trait ReadFile: Send + Sync {
    /// The file's length in bytes.
    ///
    /// # Errors
    ///
    /// Whatever the storage reports.
    fn len(&self) -> io::Result<u64>;

    /// Whether the file has no bytes.
    ///
    /// # Errors
    ///
    /// Whatever the storage reports.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Fills `buf` from `offset` on.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`] when the file ends before `buf` is full.
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()>;
}

/// A storage that one writer may change.
pub trait Storage: ReadStorage {
    /// Takes the exclusive claim, making the directory and its lock file where missing.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] when it is held already, by a writer or by a reader that is just looking for one.
    fn claim(&self) -> io::Result<Box<dyn Claim>>;

    /// Makes a new file of `len` zero bytes, really written so that no later write needs new space.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] when there is such a file, [`io::ErrorKind::StorageFull`] without space.
    fn create(&self, path: &str, len: u64) -> io::Result<Box<dyn WriteFile>>;

    /// Opens an existing file for writing.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] when there is none.
    fn open_write(&self, path: &str) -> io::Result<Box<dyn WriteFile>>;

    /// Renames a file; durable only after [`Storage::sync_dir`].
    ///
    /// # Errors
    ///
    /// Whatever the storage reports.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] when there is none.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// Makes a folder and those above it; one that exists is fine.
    ///
    /// For the journal's directory itself, `""`, its name and those of the folders above it are durable afterwards.
    ///
    /// # Errors
    ///
    /// Whatever the storage reports.
    fn create_dir(&self, path: &str) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    ///
    /// Whatever the storage reports.
    fn sync_dir(&self, path: &str) -> io::Result<()>;

    /// Takes the write permission off a file.
    ///
    /// # Errors
    ///
    /// Whatever the storage reports.
    fn make_read_only(&self, path: &str) -> io::Result<()>;
}

/// An open file, for writing.
pub trait WriteFile: ReadFile {
    /// Writes all of `buf` at `offset`.
    ///
    /// # Errors
    ///
    /// Whatever the storage reports; how much was written is then unknown.
    fn write_all_at(&self, buf: &[u8], offset: u64) -> io::Result<()>;

    /// Makes the file's bytes durable.
    ///
    /// # Errors
    ///
    /// Whatever the storage reports; trying again proves nothing.
    fn sync_data(&self) -> io::Result<()>;

    /// Makes the file's bytes and its length durable.
    ///
    /// # Errors
    ///
    /// Whatever the storage reports; trying again proves nothing.
    fn sync_all(&self) -> io::Result<()>;
}

/// The exclusive right to write, held until dropped.
pub trait Claim: Send {
    /// Whether the claim still means the directory that readers find under its path.
    ///
    /// # Errors
    ///
    /// Whatever the storage reports.
    fn still_held(&self) -> io::Result<bool>;
}
