//! Snapshots: what the entries below a position add up to, in a file of its own, so that an opening need not read
//! them all. What a snapshot's body says is the caller's business; here it is bytes with a digest.
//!
//! A snapshot counts only once an entry of the journal vouches for its digest ([`SnapshotMark`](crate::record::SnapshotMark)):
//! whoever rewrites the file cannot rewrite the chain. It names the [`Runs`] that belong to it, with their digests.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | magic `LMSNAP\0\2` |
//! | 8 | 16 | ledger id |
//! | 24 | 8 | position: every entry below it is in |
//! | 32 | 32 | hash of the entry before that position |
//! | 64 | 8 | time of that entry, in nanoseconds |
//! | 72 | 8 | bytes of the body |
//! | 80 | 8 | count of key runs |
//! | 88 | 8 | count of meta runs |
//! | 96 | 48 each | key runs, then meta runs: from (8), until (8), digest (32) |
//! | | | body |
//! | end-32 | 32 | BLAKE3 of all before: the snapshot's digest |

use crate::append::Head;
use crate::config::LedgerId;
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::{self, Hash};
use crate::layout::{SNAP_DIR as DIR, array_at, put, to_u64, to_usize, u64_at};
use crate::run::Runs;
use crate::storage::{ReadStorage, Storage};

const MAGIC: &[u8; 8] = b"LMSNAP\0\x02";
const HEADER_LEN: usize = 96;
const DIGEST_LEN: usize = 32;

/// A snapshot that was read and whose digest is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// It covers every entry below this position.
    pub position: u64,
    /// The hash of the entry before that position.
    pub hash: Hash,
    /// The time of that entry, in nanoseconds.
    pub time_ns: u64,
    /// The file's own digest, which an entry of the journal must confirm.
    pub digest: Hash,
    /// The runs that belong to it.
    pub runs: Runs,
    /// What its maker wrote.
    pub body: Vec<u8>,
}

impl Snapshot {
    /// A snapshot that is just being written, or was interrupted.
    pub(crate) const TEMPORARY: &str = "snap/next.tmp";

    /// The positions of the snapshots there are, in order. Whether they are whole is not looked at.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`].
    pub fn list(storage: &dyn ReadStorage) -> Result<Vec<u64>, JournalError> {
        let names = storage.list(DIR).map_err(JournalError::io("list", DIR))?;
        let mut positions: Vec<u64> = names.iter().filter_map(|name| Snapshot::position_of(name)).collect();
        positions.sort_unstable();
        Ok(positions)
    }

    /// Reads the snapshot at `position` of the ledger with this id.
    ///
    /// # Errors
    ///
    /// [`JournalError::Corrupt`] where the file is not what [`write`](Self::write) made, and [`JournalError::Io`].
    pub fn read(
        storage: &dyn ReadStorage,
        ledger_id: LedgerId,
        position: u64,
    ) -> Result<Snapshot, JournalError> {
        let path = file_of(position);
        let file = storage.open_read(&path).map_err(JournalError::io("open", &path))?;
        let len = file.len().map_err(JournalError::io("measure", &path))?;
        let damaged = |offset, detail: &str| {
            JournalError::Corrupt(
                Damage::new(DamageClass::Snapshot, &path, offset, detail).at_position(position),
            )
        };
        let mut bytes = vec![0; to_usize(len)];
        file.read_exact_at(&mut bytes, 0).map_err(JournalError::io("read", &path))?;
        let Some(end) = bytes.len().checked_sub(DIGEST_LEN).filter(|end| *end >= HEADER_LEN) else {
            return Err(damaged(len, "the file ends inside its header"));
        };
        let digest = hash::digest(&bytes[..end]);
        if digest.as_bytes() != &bytes[end..] {
            return Err(damaged(0, "the file's digest is not that of its bytes"));
        }
        let body_at = body_at(&bytes, ledger_id, position)
            .filter(|body_at| end.checked_sub(*body_at).is_some_and(|len| u64_at(&bytes, 72) == to_u64(len)));
        let Some(body_at) = body_at else {
            return Err(damaged(0, "the header is not that of this ledger's snapshot at this position"));
        };
        let (hash, time_ns) = (Hash::from_bytes(array_at(&bytes, 32)), u64_at(&bytes, 64));
        let runs = runs_in(&bytes[..body_at]);
        bytes.truncate(end);
        bytes.drain(..body_at);
        Ok(Snapshot { position, hash, time_ns, digest, runs, body: bytes })
    }

    /// The runs that the snapshot at `position` names, without a look at the rest of the file: only good for
    /// keeping what may still be needed.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`], also where the file ends too early.
    pub fn runs_named(
        storage: &dyn ReadStorage,
        ledger_id: LedgerId,
        position: u64,
    ) -> Result<Runs, JournalError> {
        let path = file_of(position);
        let file = storage.open_read(&path).map_err(JournalError::io("open", &path))?;
        let len = file.len().map_err(JournalError::io("measure", &path))?;
        let read = |buf: &mut [u8]| file.read_exact_at(buf, 0).map_err(JournalError::io("read", &path));
        let mut header = [0; HEADER_LEN];
        read(&mut header)?;
        let Some(body_at) = body_at(&header, ledger_id, position).filter(|at| to_u64(*at) <= len) else {
            return Ok(Runs::default());
        };
        let mut bytes = vec![0; body_at];
        read(&mut bytes)?;
        Ok(runs_in(&bytes))
    }

    /// Writes a snapshot of what the entries up to `head` add up to, to which `runs` belong, and returns its digest.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`]; the journal itself is not touched.
    pub fn write(
        storage: &dyn Storage,
        ledger_id: LedgerId,
        head: Head,
        runs: &Runs,
        body: &[u8],
    ) -> Result<Hash, JournalError> {
        let names = runs.to_bytes();
        let mut bytes = vec![0; HEADER_LEN];
        bytes.reserve_exact(names.len() + body.len() + DIGEST_LEN);
        put(&mut bytes, 0, MAGIC);
        put(&mut bytes, 8, ledger_id.as_bytes());
        put(&mut bytes, 24, &head.next_position.to_le_bytes());
        put(&mut bytes, 32, head.hash.as_bytes());
        put(&mut bytes, 64, &head.time_ns.to_le_bytes());
        put(&mut bytes, 72, &to_u64(body.len()).to_le_bytes());
        put(&mut bytes, 80, &to_u64(runs.keys.len()).to_le_bytes());
        put(&mut bytes, 88, &to_u64(runs.meta.len()).to_le_bytes());
        bytes.extend_from_slice(&names);
        bytes.extend_from_slice(body);
        let digest = hash::digest(&bytes);
        bytes.extend_from_slice(digest.as_bytes());

        let path = file_of(head.next_position);
        storage.create_dir(DIR).map_err(JournalError::io("create", DIR))?;
        // One that was interrupted may have left half a file.
        remove_if_there(storage, Snapshot::TEMPORARY)?;
        let file = storage
            .create(Snapshot::TEMPORARY, to_u64(bytes.len()))
            .map_err(JournalError::io("create", Snapshot::TEMPORARY))?;
        file.write_all_at(&bytes, 0).map_err(JournalError::io("write", Snapshot::TEMPORARY))?;
        file.sync_all().map_err(JournalError::io("sync", Snapshot::TEMPORARY))?;
        drop(file);
        storage.rename(Snapshot::TEMPORARY, &path).map_err(JournalError::io("rename", &path))?;
        storage.sync_dir(DIR).map_err(JournalError::io("sync", DIR))?;
        Ok(digest)
    }

    /// Takes the snapshot at `position` away; one that is not there is fine.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`].
    pub fn remove(storage: &dyn Storage, position: u64) -> Result<(), JournalError> {
        remove_if_there(storage, &file_of(position))
    }

    /// The position in the name of a snapshot's file, given without its folder.
    pub(crate) fn position_of(name: &str) -> Option<u64> {
        let position = name.strip_suffix(".snap")?.parse().ok()?;
        // Comparing the name written back refuses every other spelling of the same number.
        (file_of(position).strip_prefix("snap/") == Some(name)).then_some(position)
    }

    /// Bytes of its file.
    pub(crate) fn file_len(&self) -> u64 {
        to_u64(HEADER_LEN + self.runs.to_bytes().len() + self.body.len() + DIGEST_LEN)
    }
}

/// Where the body starts, says the header; nothing where it is not that of this ledger's snapshot at this position.
fn body_at(header: &[u8], ledger_id: LedgerId, position: u64) -> Option<usize> {
    let fits = &header[..8] == MAGIC
        && LedgerId::from_bytes(array_at(header, 8)) == ledger_id
        && u64_at(header, 24) == position;
    Runs::names_len(u64_at(header, 80), u64_at(header, 88)).filter(|_| fits)?.checked_add(HEADER_LEN)
}

/// The runs that are named before the body.
fn runs_in(before_body: &[u8]) -> Runs {
    Runs::from_bytes(&before_body[HEADER_LEN..], to_usize(u64_at(before_body, 80)))
}

pub(crate) fn remove_if_there(storage: &dyn Storage, path: &str) -> Result<(), JournalError> {
    match storage.remove(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(JournalError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

fn file_of(position: u64) -> String {
    format!("{DIR}/{position:020}.snap")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{KeyRun, MetaRun};
    use crate::storage::MemoryStorage;

    #[test]
    fn a_snapshot_comes_back_and_every_flipped_bit_and_cut_shows() {
        let disk = MemoryStorage::new();
        let id = LedgerId::from_bytes([7; 16]);
        let head = Head { next_position: 42, hash: Hash::from_bytes([9; 32]), time_ns: 1_000 };
        let digest = Hash::from_bytes([3; 32]);
        let runs = Runs {
            keys: vec![KeyRun { from: 0, until: 40, digest }, KeyRun { from: 40, until: 42, digest }],
            meta: vec![MetaRun { from: 0, until: 42, digest: Hash::from_bytes([4; 32]) }],
        };
        assert!(runs.cover(42) && !runs.cover(40) && !Runs::default().cover(1) && Runs::default().cover(0));
        let digest = Snapshot::write(&disk, id, head, &runs, b"the books").unwrap();
        let snapshot = Snapshot::read(&disk, id, 42).unwrap();
        assert_eq!((snapshot.digest, snapshot.body.as_slice()), (digest, b"the books".as_slice()));
        assert_eq!((&snapshot.runs, Snapshot::runs_named(&disk, id, 42).unwrap()), (&runs, runs.clone()));
        assert_eq!(
            Some(snapshot.file_len()),
            disk.snapshot().get(&file_of(42)).map(|bytes| to_u64(bytes.len()))
        );
        assert_eq!(Snapshot::list(&disk).unwrap(), [42]);
        assert!(Snapshot::read(&disk, LedgerId::from_bytes([8; 16]), 42).is_err());

        let image = disk.snapshot();
        let path = file_of(42);
        for bit in 0..image[&path].len() * 8 {
            let mut damaged = image.clone();
            damaged.get_mut(&path).unwrap()[bit / 8] ^= 1 << (bit % 8);
            assert!(Snapshot::read(&MemoryStorage::with_files(damaged), id, 42).is_err(), "bit {bit}");
        }
        for len in 0..image[&path].len() {
            let mut cut = image.clone();
            cut.get_mut(&path).unwrap().truncate(len);
            assert!(Snapshot::read(&MemoryStorage::with_files(cut), id, 42).is_err(), "cut at {len}");
        }
    }
}
