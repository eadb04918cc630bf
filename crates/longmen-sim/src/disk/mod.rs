//! A disk that does what disks do when things go wrong.

mod crash;
mod fault;
mod gate;
mod handle;
mod image;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use longmen_journal::{Claim, ReadFile, ReadStorage, Storage, WriteFile};

pub use crash::Moment;
use fault::Plan;
pub use fault::{Fault, Op, OpKind, When};
use gate::Gate;
use handle::{SimClaim, SimFileHandle};
use image::{FileNo, Image};

/// Bytes that a disk writes whole or not at all.
pub const SECTOR: usize = 512;

const LOCK: &str = "LOCK";

/// A simulated disk that holds one directory; a clone is the same disk.
#[derive(Clone, Default)]
pub struct SimDisk {
    shared: Arc<Mutex<Shared>>,
    claimed: Arc<AtomicBool>,
    gate: Arc<Gate>,
}

#[derive(Debug, Default)]
struct Shared {
    image: Image,
    plan: Plan,
    ops: Vec<Op>,
    /// The disk after each change, when that is wanted.
    history: Option<Vec<Moment>>,
    lies: bool,
}

impl SimDisk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> SimDisk {
        SimDisk::default()
    }

    /// A disk that holds these files, all of them synced.
    #[must_use]
    pub fn with_files(files: BTreeMap<String, Vec<u8>>) -> SimDisk {
        SimDisk::from_image(Image::with_files(files))
    }

    fn from_image(image: Image) -> SimDisk {
        let shared = Shared { image, ..Shared::default() };
        SimDisk { shared: Arc::new(Mutex::new(shared)), ..SimDisk::default() }
    }

    /// Every file as a reader sees it.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().image.visible()
    }

    /// The disk as it is now.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment(self.lock().image.clone())
    }

    /// The disk after a power cut now, as [`Moment::crash`].
    #[must_use]
    pub fn crash(&self, seed: u64) -> SimDisk {
        self.moment().crash(seed)
    }

    /// Changes a file in place, as rot or an attacker would; says whether there is such a file.
    pub fn tamper(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        self.lock().image.tamper(path, change)
    }

    /// Keeps the disk after every change from now on.
    pub fn keep_history(&self) {
        let mut shared = self.lock();
        let now = Moment(shared.image.clone());
        shared.history = Some(vec![now]);
    }

    /// How many moments were kept; the last of them is now.
    #[must_use]
    pub fn moments(&self) -> usize {
        self.lock().history.as_ref().map_or(0, Vec::len)
    }

    /// The moments that were kept.
    #[must_use]
    pub fn history(&self) -> Vec<Moment> {
        self.lock().history.clone().unwrap_or_default()
    }

    /// Plans a fault.
    pub fn plan(&self, when: When, fault: Fault) {
        self.lock().plan.add(when, fault);
    }

    /// Forgets every fault that was planned; power stays off.
    pub fn mend(&self) {
        self.lock().plan.clear();
    }

    /// What was asked of the disk, reading left out.
    #[must_use]
    pub fn ops(&self) -> Vec<Op> {
        self.lock().ops.clone()
    }

    /// How many things of this kind were asked of the disk.
    #[must_use]
    pub fn count(&self, kind: OpKind) -> u64 {
        self.lock().plan.counts.get(&kind).copied().unwrap_or(0)
    }

    /// How many things of any kind but reading were asked of the disk.
    #[must_use]
    pub fn count_all(&self) -> u64 {
        self.lock().plan.total
    }

    /// From now on every sync says that it was done, and does nothing.
    pub fn lie_about_syncs(&self) {
        self.lock().lies = true;
    }

    /// Every sync waits from now on, until the gate is opened again.
    pub fn close_gate(&self) {
        self.gate.close();
    }

    /// Lets every sync that waits go on.
    pub fn open_gate(&self) {
        self.gate.open();
    }

    /// Returns once a sync waits at the closed gate.
    pub fn wait_at_gate(&self) {
        self.gate.wait_for_one();
    }

    /// A number that two disks share when a reader sees the same on both.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.lock().image.fingerprint()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, no: FileNo, path: &str) -> SimFileHandle {
        SimFileHandle { disk: self.clone(), no, path: path.to_owned() }
    }
}

impl Shared {
    /// Counts one thing, lets it go wrong where that is planned, does it otherwise, and keeps what came of it.
    fn run<T>(
        &mut self,
        kind: OpKind,
        path: &str,
        (offset, len): (u64, u64),
        act: impl FnOnce(&mut Image, Option<Fault>) -> io::Result<T>,
    ) -> io::Result<T> {
        let fault = self.plan.next(kind);
        let result = match fault {
            Some(Fault::Crash) => Err(Fault::Crash.error()),
            fault => act(&mut self.image, fault),
        };
        if !matches!(kind, OpKind::Read | OpKind::OpenRead | OpKind::List) {
            self.ops.push(Op { kind, path: path.to_owned(), offset, len, failed: fault.is_some() });
        }
        if kind.changes()
            && !self.plan.power_is_off
            && let Some(history) = &mut self.history
        {
            history.push(Moment(self.image.clone()));
        }
        result
    }

    fn simple<T>(
        &mut self,
        kind: OpKind,
        path: &str,
        act: impl FnOnce(&mut Image) -> io::Result<T>,
    ) -> io::Result<T> {
        self.run(kind, path, (0, 0), |image, fault| match fault {
            Some(fault) => Err(fault.error()),
            None => act(image),
        })
    }
}

impl fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.files().keys()).finish()
    }
}

impl ReadStorage for SimDisk {
    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.lock().simple(OpKind::List, dir, |image| Ok(image.list(dir)))
    }

    fn open_read(&self, path: &str) -> io::Result<Box<dyn ReadFile>> {
        let no = self.lock().simple(OpKind::OpenRead, path, |image| image.find(path))?;
        Ok(Box::new(self.open(no, path)))
    }

    fn writer_is_live(&self) -> io::Result<bool> {
        Ok(self.claimed.load(Ordering::SeqCst))
    }
}

impl Storage for SimDisk {
    fn claim(&self) -> io::Result<Box<dyn Claim>> {
        self.lock().simple(OpKind::Claim, LOCK, |image| {
            if image.find(LOCK).is_err() {
                image.add_durable(LOCK, Arc::default());
            }
            Ok(())
        })?;
        if self.claimed.swap(true, Ordering::SeqCst) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimClaim(Arc::clone(&self.claimed))))
    }

    fn create(&self, path: &str, len: u64) -> io::Result<Box<dyn WriteFile>> {
        let size = usize::try_from(len).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let made = self.lock().run(OpKind::Create, path, (0, len), |image, fault| match fault {
            Some(fault) => image.create(path, size / 2).and(Err(fault.error())),
            None => image.create(path, size),
        });
        Ok(Box::new(self.open(made?, path)))
    }

    fn open_write(&self, path: &str) -> io::Result<Box<dyn WriteFile>> {
        let no = self.lock().simple(OpKind::OpenWrite, path, |image| {
            let no = image.find(path)?;
            if image.file(no)?.read_only { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(no) }
        })?;
        Ok(Box::new(self.open(no, path)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.lock().simple(OpKind::Rename, to, |image| image.rename(from, to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.lock().simple(OpKind::Remove, path, |image| image.remove(path))
    }

    fn create_dir(&self, path: &str) -> io::Result<()> {
        self.lock().simple(OpKind::CreateDir, path, |image| {
            image.create_dir(path);
            Ok(())
        })
    }

    fn sync_dir(&self, path: &str) -> io::Result<()> {
        self.lock().simple(OpKind::SyncDir, path, |image| image.sync_dir(path))
    }

    fn make_read_only(&self, path: &str) -> io::Result<()> {
        self.lock().simple(OpKind::MakeReadOnly, path, |image| {
            let no = image.find(path)?;
            image.file_mut(no)?.read_only = true;
            Ok(())
        })
    }
}
