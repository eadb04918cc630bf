//! What goes wrong, and when.

use std::collections::BTreeMap;
use std::io;

/// The kinds of things that can be asked of a disk.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OpKind {
    /// Taking the claim.
    Claim,
    /// Listing a folder.
    List,
    /// Opening a file for reading.
    OpenRead,
    /// Reading from a file.
    Read,
    /// Making a file.
    Create,
    /// Opening a file for writing.
    OpenWrite,
    /// Writing into a file.
    Write,
    /// Syncing a file.
    Sync,
    /// Renaming a file.
    Rename,
    /// Removing a file.
    Remove,
    /// Making a folder.
    CreateDir,
    /// Syncing a folder.
    SyncDir,
    /// Taking the write permission off a file.
    MakeReadOnly,
}

impl OpKind {
    /// Whether it changes what is on disk, or what would survive.
    #[must_use]
    pub fn changes(self) -> bool {
        !matches!(self, OpKind::Claim | OpKind::List | OpKind::OpenRead | OpKind::Read | OpKind::OpenWrite)
    }
}

/// One thing that was asked of a disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Op {
    /// What it was.
    pub kind: OpKind,
    /// The file or folder.
    pub path: String,
    /// Where in the file, in bytes.
    pub offset: u64,
    /// How many bytes.
    pub len: u64,
    /// Whether a planned fault made it fail.
    pub failed: bool,
}

/// When something goes wrong, counted from 0 and from the moment at which it is planned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// At the nth thing of any kind but reading.
    Nth(u64),
    /// At the nth thing of this kind.
    NthOf(OpKind, u64),
}

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It fails. A write writes nothing, a new file is left half made, a sync may or may not have synced.
    Error(io::ErrorKind),
    /// The same, and so does everything of this kind from then on, as on a full disk.
    ErrorFromNowOn(io::ErrorKind),
    /// A write stops after so many bytes and fails.
    ShortWrite(usize),
    /// The power goes: this and everything after it fails.
    Crash,
}

#[derive(Debug, Default)]
pub(super) struct Plan {
    faults: Vec<Planned>,
    pub(super) counts: BTreeMap<OpKind, u64>,
    pub(super) total: u64,
    pub(super) power_is_off: bool,
    full: Vec<(OpKind, io::ErrorKind)>,
}

#[derive(Debug)]
struct Planned {
    fault: Fault,
    kind: Option<OpKind>,
    left: u64,
}

impl Plan {
    pub(super) fn add(&mut self, when: When, fault: Fault) {
        let (kind, left) = match when {
            When::Nth(nth) => (None, nth),
            When::NthOf(kind, nth) => (Some(kind), nth),
        };
        self.faults.push(Planned { fault, kind, left });
    }

    pub(super) fn clear(&mut self) {
        self.faults.clear();
        self.full.clear();
    }

    /// Counts one thing and says what goes wrong with it.
    pub(super) fn next(&mut self, kind: OpKind) -> Option<Fault> {
        *self.counts.entry(kind).or_default() += 1;
        let reading = matches!(kind, OpKind::List | OpKind::OpenRead | OpKind::Read);
        self.total += u64::from(!reading);
        if self.power_is_off {
            return Some(Fault::Crash);
        }
        let mut found = None;
        for planned in &mut self.faults {
            if planned.kind.map_or(!reading, |wanted| wanted == kind) {
                if planned.left == 0 {
                    found = found.or(Some(planned.fault));
                }
                planned.left = planned.left.checked_sub(1).unwrap_or(u64::MAX);
            }
        }
        match found {
            Some(Fault::Crash) => self.power_is_off = true,
            Some(Fault::ErrorFromNowOn(error)) => self.full.push((kind, error)),
            Some(_) => {}
            None => {
                let full = self.full.iter().find(|(full, _)| *full == kind);
                return full.map(|(_, error)| Fault::Error(*error));
            }
        }
        found
    }
}

impl Fault {
    pub(super) fn error(self) -> io::Error {
        match self {
            Fault::Error(kind) | Fault::ErrorFromNowOn(kind) => io::Error::new(kind, "simulated"),
            Fault::ShortWrite(_) => io::Error::new(io::ErrorKind::WriteZero, "simulated short write"),
            Fault::Crash => io::Error::other("simulated power cut"),
        }
    }
}
