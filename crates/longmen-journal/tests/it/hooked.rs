//! A storage in memory whose every step can be watched, and made to fail.

use std::fmt;
use std::io;
use std::sync::Arc;

use longmen_journal::{Claim, MemoryStorage, ReadFile, ReadStorage, Storage, WriteFile};

/// What is about to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Create,
    OpenWrite,
    Write,
    Sync,
    Rename,
    Remove,
    SyncDir,
    /// Reading so many bytes.
    Read(usize),
}

type Hook = dyn Fn(Step, &str) -> io::Result<()> + Send + Sync;

/// Asks `hook` before each step; an error takes the step's place.
#[derive(Clone)]
pub(crate) struct Hooked {
    inner: MemoryStorage,
    hook: Arc<Hook>,
}

impl Hooked {
    pub(crate) fn new(
        inner: MemoryStorage,
        hook: impl Fn(Step, &str) -> io::Result<()> + Send + Sync + 'static,
    ) -> Hooked {
        Hooked { inner, hook: Arc::new(hook) }
    }

    fn wrap<F>(&self, file: F, path: &str) -> Box<HookedFile<F>> {
        Box::new(HookedFile { file, path: path.to_owned(), hook: Arc::clone(&self.hook) })
    }
}

impl fmt::Debug for Hooked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl ReadStorage for Hooked {
    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.inner.list(dir)
    }
    fn open_read(&self, path: &str) -> io::Result<Box<dyn ReadFile>> {
        Ok(self.wrap(self.inner.open_read(path)?, path))
    }
    fn writer_is_live(&self) -> io::Result<bool> {
        self.inner.writer_is_live()
    }
}

impl Storage for Hooked {
    fn claim(&self) -> io::Result<Box<dyn Claim>> {
        self.inner.claim()
    }
    fn create(&self, path: &str, len: u64) -> io::Result<Box<dyn WriteFile>> {
        (self.hook)(Step::Create, path)?;
        Ok(self.wrap(self.inner.create(path, len)?, path))
    }
    fn open_write(&self, path: &str) -> io::Result<Box<dyn WriteFile>> {
        (self.hook)(Step::OpenWrite, path)?;
        Ok(self.wrap(self.inner.open_write(path)?, path))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        (self.hook)(Step::Rename, to)?;
        self.inner.rename(from, to)
    }
    fn remove(&self, path: &str) -> io::Result<()> {
        (self.hook)(Step::Remove, path)?;
        self.inner.remove(path)
    }
    fn create_dir(&self, path: &str) -> io::Result<()> {
        self.inner.create_dir(path)
    }
    fn sync_dir(&self, path: &str) -> io::Result<()> {
        (self.hook)(Step::SyncDir, path)?;
        self.inner.sync_dir(path)
    }
    fn make_read_only(&self, path: &str) -> io::Result<()> {
        self.inner.make_read_only(path)
    }
}

struct HookedFile<F> {
    file: F,
    path: String,
    hook: Arc<Hook>,
}

impl ReadFile for HookedFile<Box<dyn ReadFile>> {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        (self.hook)(Step::Read(buf.len()), &self.path)?;
        self.file.read_exact_at(buf, offset)
    }
}

impl ReadFile for HookedFile<Box<dyn WriteFile>> {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        (self.hook)(Step::Read(buf.len()), &self.path)?;
        self.file.read_exact_at(buf, offset)
    }
}

impl WriteFile for HookedFile<Box<dyn WriteFile>> {
    fn write_all_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        (self.hook)(Step::Write, &self.path)?;
        self.file.write_all_at(buf, offset)
    }
    fn sync_data(&self) -> io::Result<()> {
        (self.hook)(Step::Sync, &self.path)?;
        self.file.sync_data()
    }
    fn sync_all(&self) -> io::Result<()> {
        (self.hook)(Step::Sync, &self.path)?;
        self.file.sync_all()
    }
}
