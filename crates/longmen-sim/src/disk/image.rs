//! The whole disk at one moment: what is in its cache, and what would be there without power. Copying one is cheap.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::sync::Arc;

use super::SECTOR;

/// The number of a file, which its names point to.
pub(super) type FileNo = u64;

#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) files: BTreeMap<FileNo, SimFile>,
    pub(super) dirs: BTreeMap<String, Dir>,
    next: FileNo,
}

/// A file's bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct SimFile {
    /// What a reader sees.
    pub(super) now: Arc<Vec<u8>>,
    /// What was synced.
    pub(super) durable: Arc<Vec<u8>>,
    /// What was written since, in order.
    pub(super) pending: Vec<Pending>,
    pub(super) read_only: bool,
    pub(super) read_only_durable: bool,
}

/// A write, or the part of it in one sector, that was not synced.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) offset: usize,
    pub(super) bytes: Arc<[u8]>,
    /// A sync of it failed: the system takes it for clean, and no later sync makes it durable.
    pub(super) given_up: bool,
}

/// The names in a folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Dir {
    pub(super) now: BTreeMap<String, Node>,
    pub(super) durable: BTreeMap<String, Node>,
    pub(super) pending: Vec<NameChange>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Node {
    File(FileNo),
    Folder,
}

/// A change of names that was not synced.
#[derive(Clone, Debug)]
pub(super) enum NameChange {
    Link(String, Node),
    Unlink(String),
    /// Atomic: a crash never shows the file under both names or under none.
    Rename {
        from: String,
        to: String,
        node: Node,
    },
}

impl Default for Image {
    fn default() -> Image {
        let dirs = BTreeMap::from([(String::new(), Dir::default())]);
        Image { files: BTreeMap::new(), dirs, next: 0 }
    }
}

impl NameChange {
    pub(super) fn apply(&self, names: &mut BTreeMap<String, Node>) {
        match self {
            NameChange::Link(name, node) => drop(names.insert(name.clone(), *node)),
            NameChange::Unlink(name) => drop(names.remove(name)),
            NameChange::Rename { from, to, node } => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
        }
    }
}

impl Image {
    /// A disk that holds these files, all of them synced.
    pub(super) fn with_files(files: BTreeMap<String, Vec<u8>>) -> Image {
        let mut image = Image::default();
        for (path, bytes) in files {
            image.add_durable(&path, Arc::new(bytes));
        }
        image
    }

    /// What a reader sees.
    pub(super) fn visible(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for (dir, names) in &self.dirs {
            for (name, node) in &names.now {
                if let Node::File(no) = node
                    && let Some(file) = self.files.get(no)
                {
                    files.insert(join(dir, name), file.now.to_vec());
                }
            }
        }
        files
    }

    pub(super) fn tamper(&mut self, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        let found = self.find(path).ok().and_then(|no| self.files.get_mut(&no));
        found.is_some_and(|file| {
            change(Arc::make_mut(&mut file.now));
            file.durable = Arc::clone(&file.now);
            file.pending.clear();
            true
        })
    }

    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (dir, names) in &self.dirs {
            for (name, node) in &names.now {
                hasher.write(dir.as_bytes());
                hasher.write(name.as_bytes());
                if let Node::File(no) = node
                    && let Some(file) = self.files.get(no)
                {
                    hasher.write_usize(file.now.len());
                    hasher.write(&file.now);
                    hasher.write_u8(file.read_only.into());
                }
            }
        }
        hasher.finish()
    }

    pub(super) fn add_durable(&mut self, path: &str, bytes: Arc<Vec<u8>>) -> FileNo {
        let (dir, name) = split(path);
        if !dir.is_empty() {
            self.add_durable_dir(dir);
        }
        let file = SimFile { now: Arc::clone(&bytes), durable: bytes, ..SimFile::default() };
        let no = self.add(file);
        let names = self.dirs.entry(dir.to_owned()).or_default();
        names.now.insert(name.to_owned(), Node::File(no));
        names.durable.insert(name.to_owned(), Node::File(no));
        no
    }

    pub(super) fn add_durable_dir(&mut self, path: &str) {
        let (parent, name) = split(path);
        self.dirs.entry(path.to_owned()).or_default();
        let names = self.dirs.entry(parent.to_owned()).or_default();
        names.now.insert(name.to_owned(), Node::Folder);
        names.durable.insert(name.to_owned(), Node::Folder);
    }

    pub(super) fn list(&self, dir: &str) -> Vec<String> {
        self.dirs.get(dir).map(|names| names.now.keys().cloned().collect()).unwrap_or_default()
    }

    pub(super) fn find(&self, path: &str) -> io::Result<FileNo> {
        let (dir, name) = split(path);
        match self.dirs.get(dir).and_then(|names| names.now.get(name)) {
            Some(Node::File(no)) => Ok(*no),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub(super) fn file(&self, no: FileNo) -> io::Result<&SimFile> {
        self.files.get(&no).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn file_mut(&mut self, no: FileNo) -> io::Result<&mut SimFile> {
        self.files.get_mut(&no).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn create(&mut self, path: &str, len: usize) -> io::Result<FileNo> {
        if self.find(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if !self.dirs.contains_key(split(path).0) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let no = self.add(SimFile { now: Arc::new(vec![0; len]), ..SimFile::default() });
        self.change(path, |name| NameChange::Link(name, Node::File(no)));
        Ok(no)
    }

    pub(super) fn create_dir(&mut self, path: &str) {
        if !self.dirs.contains_key(path) {
            self.dirs.insert(path.to_owned(), Dir::default());
            self.change(path, |name| NameChange::Link(name, Node::Folder));
        }
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let node = Node::File(self.find(from)?);
        let ((from_dir, from_name), (to_dir, to_name)) = (split(from), split(to));
        if from_dir != to_dir {
            return Err(io::Error::other("the simulated disk renames inside one folder only"));
        }
        let (from, to) = (from_name.to_owned(), to_name.to_owned());
        self.change_in(from_dir, NameChange::Rename { from, to, node });
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &str) -> io::Result<()> {
        self.find(path)?;
        self.change(path, NameChange::Unlink);
        Ok(())
    }

    pub(super) fn sync_dir(&mut self, path: &str) -> io::Result<()> {
        let names = self.dirs.get_mut(path).ok_or(io::ErrorKind::NotFound)?;
        names.durable = names.now.clone();
        names.pending.clear();
        Ok(())
    }

    fn change(&mut self, path: &str, change: impl FnOnce(String) -> NameChange) {
        let (dir, name) = split(path);
        self.change_in(dir, change(name.to_owned()));
    }

    fn change_in(&mut self, dir: &str, change: NameChange) {
        let names = self.dirs.entry(dir.to_owned()).or_default();
        change.apply(&mut names.now);
        names.pending.push(change);
    }

    fn add(&mut self, file: SimFile) -> FileNo {
        let no = self.next;
        self.next += 1;
        self.files.insert(no, file);
        no
    }
}

impl Pending {
    fn end(&self) -> usize {
        self.offset + self.bytes.len()
    }
}

impl SimFile {
    pub(super) fn write(&mut self, bytes: &[u8], offset: usize) {
        place(Arc::make_mut(&mut self.now), bytes, offset);
        // One piece for each sector: each survives by itself.
        let mut at = 0;
        while at < bytes.len() {
            let len = (SECTOR - (offset + at) % SECTOR).min(bytes.len() - at);
            let bytes = bytes[at..at + len].into();
            self.pending.push(Pending { offset: offset + at, bytes, given_up: false });
            at += len;
        }
    }

    pub(super) fn sync(&mut self, with_metadata: bool) {
        if self.pending.iter().any(|write| write.given_up) {
            let mut durable = self.durable.to_vec();
            durable.resize(self.now.len(), 0);
            let (given_up, synced): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.pending).into_iter().partition(|write| write.given_up);
            synced.iter().for_each(|write| place(&mut durable, &write.bytes, write.offset));
            // What was written again is no longer in doubt.
            let is_newer =
                |old: &Pending| synced.iter().any(|new| new.offset <= old.offset && old.end() <= new.end());
            self.pending = given_up.into_iter().filter(|old| !is_newer(old)).collect();
            self.durable = Arc::new(durable);
        } else {
            self.durable = Arc::clone(&self.now);
            self.pending.clear();
        }
        if with_metadata {
            self.read_only_durable = self.read_only;
        }
    }

    /// As Linux does after a failed writeback: the pages count as clean, and what was written may never reach the disk.
    pub(super) fn fail_sync(&mut self) {
        for write in &mut self.pending {
            write.given_up = true;
        }
    }
}

/// Writes `bytes` at `offset`, growing the file if need be.
pub(super) fn place(file: &mut Vec<u8>, bytes: &[u8], offset: usize) {
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}

/// Folder and name.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

pub(super) fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}
