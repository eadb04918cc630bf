//! Runs: which hashes stand at which positions, in files of their own, so that nobody need read the entries for them.
//! Key runs have the hashes of keys, meta runs those of pairs of metadata. What is hashed, and how, is the caller's
//! business.
//!
//! A run covers a range of positions. A [`Snapshot`](crate::Snapshot) names the runs that belong to it, each with its
//! digest, so that the entry that vouches for the snapshot vouches for them too.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | magic `LMKEYS\0\1` or `LMMETA\0\1` |
//! | 8 | 16 | ledger id |
//! | 24 | 8 | from: the first position that it covers |
//! | 32 | 8 | until: the first position that it no longer covers |
//! | 40 | 8 | count of rows |
//! | 48 | 16 | zero |
//! | 64 | 16 each | rows: hash, position; ascending |
//! | end-32 | 32 | BLAKE3 of all before: the run's digest |

mod named;
mod search;
#[cfg(test)]
mod tests;

pub use named::Runs;

use crate::config::LedgerId;
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::{Hash, Hasher};
use crate::layout::{SNAP_DIR as DIR, array_at, put, to_u64, to_usize, u64_at};
use crate::snapshot::{Snapshot, remove_if_there};
use crate::storage::{ReadFile, ReadStorage, Storage};

const HEADER_LEN: usize = 64;
const DIGEST_LEN: usize = 32;
const ROW_LEN: usize = 16;

/// Bytes of a run's name in a snapshot.
const NAME_LEN: usize = 48;

/// Rows are read and written so many at a time: 1 MiB.
const ROWS_AT_ONCE: usize = 65_536;

/// That something with this hash, a key or a pair, stands at this position. Rows are ordered by hash, then by position.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RunRow {
    /// Its hash.
    pub hash: u64,
    /// The position of its entry.
    pub position: u64,
}

impl RunRow {
    fn from_bytes(bytes: &[u8], at: usize) -> Self {
        Self { hash: u64_at(bytes, at), position: u64_at(bytes, at + 8) }
    }

    fn to_bytes(self) -> [u8; ROW_LEN] {
        let mut bytes = [0; ROW_LEN];
        put(&mut bytes, 0, &self.hash.to_le_bytes());
        put(&mut bytes, 8, &self.position.to_le_bytes());
        bytes
    }
}

/// The name of a run, of metadata or else of keys: what it covers, and the digest of its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run<const META: bool> {
    /// The first position that it covers.
    pub from: u64,
    /// The first position that it no longer covers.
    pub until: u64,
    /// The digest of its file.
    pub digest: Hash,
}

/// A run of the hashes of keys.
pub type KeyRun = Run<false>;

/// A run of the hashes of pairs of metadata.
pub type MetaRun = Run<true>;

impl<const META: bool> Run<META> {
    const MAGIC: &[u8; 8] = if META { b"LMMETA\0\x01" } else { b"LMKEYS\0\x01" };
    const ENDING: &str = if META { ".meta" } else { ".keys" };

    /// Whether these runs cover every position below `until`, each once, in order.
    ///
    /// ```
    /// use longmen_journal::{Hash, KeyRun};
    /// let run = |from, until| KeyRun { from, until, digest: Hash::ZERO };
    /// assert!(KeyRun::cover(&[run(0, 3), run(3, 9)], 9) && KeyRun::cover(&[], 0));
    /// assert!(!KeyRun::cover(&[run(0, 3), run(4, 9)], 9));
    /// assert!(!KeyRun::cover(&[run(0, 3)], 9));
    /// ```
    #[must_use]
    pub fn cover(runs: &[Self], until: u64) -> bool {
        let end =
            runs.iter().try_fold(0, |end, run| (run.from == end && run.until > end).then_some(run.until));
        end == Some(until)
    }

    /// The ranges of the runs there are, in order. Whether they are whole is not looked at.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`].
    pub fn list(storage: &dyn ReadStorage) -> Result<Vec<(u64, u64)>, JournalError> {
        let names = storage.list(DIR).map_err(JournalError::io("list", DIR))?;
        let mut ranges: Vec<(u64, u64)> = names.iter().filter_map(|name| Self::range_of(name)).collect();
        ranges.sort_unstable();
        Ok(ranges)
    }

    /// Sorts `rows` and writes them as the run of the positions from `from` to before `until`.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`]; the journal itself is not touched.
    pub fn write(
        storage: &dyn Storage,
        ledger_id: LedgerId,
        from: u64,
        until: u64,
        rows: &mut [RunRow],
    ) -> Result<Self, JournalError> {
        rows.sort_unstable();
        let path = Self::file_of(from, until);
        storage.create_dir(DIR).map_err(JournalError::io("create", DIR))?;
        // One that was interrupted may have left half a file.
        remove_if_there(storage, Snapshot::TEMPORARY)?;
        let file = storage
            .create(Snapshot::TEMPORARY, file_len(rows.len()))
            .map_err(JournalError::io("create", Snapshot::TEMPORARY))?;
        let (mut hasher, mut offset) = (Hasher::new(), 0);
        let mut write = |bytes: &[u8]| {
            hasher.update(bytes);
            file.write_all_at(bytes, offset).map_err(JournalError::io("write", Snapshot::TEMPORARY))?;
            offset += to_u64(bytes.len());
            Ok(())
        };
        write(&Self::header(ledger_id, from, until, to_u64(rows.len())))?;
        let mut bytes = Vec::with_capacity(ROWS_AT_ONCE.min(rows.len()) * ROW_LEN);
        for some in rows.chunks(ROWS_AT_ONCE) {
            bytes.clear();
            some.iter().for_each(|row| bytes.extend_from_slice(&row.to_bytes()));
            write(&bytes)?;
        }
        let digest = hasher.finalize();
        let end = file_len(rows.len()) - to_u64(DIGEST_LEN);
        file.write_all_at(digest.as_bytes(), end).map_err(JournalError::io("write", Snapshot::TEMPORARY))?;
        file.sync_all().map_err(JournalError::io("sync", Snapshot::TEMPORARY))?;
        drop(file);
        storage.rename(Snapshot::TEMPORARY, &path).map_err(JournalError::io("rename", &path))?;
        storage.sync_dir(DIR).map_err(JournalError::io("sync", DIR))?;
        Ok(Self { from, until, digest })
    }

    /// Reads this run and gives its rows to `take`, some at a time.
    ///
    /// What `take` was given counts only once this function has returned without an error: the digest stands at the
    /// end.
    ///
    /// # Errors
    ///
    /// [`JournalError::Corrupt`] where the file is not the one that this name means, and [`JournalError::Io`].
    pub fn read(
        &self,
        storage: &dyn ReadStorage,
        ledger_id: LedgerId,
        take: &mut dyn FnMut(&[RunRow]),
    ) -> Result<(), JournalError> {
        let found = Self::open(storage, ledger_id, self.from, self.until)?.read(take)?;
        if found == self.digest {
            return Ok(());
        }
        Err(self.another())
    }

    /// Takes the run of this range away; one that is not there is fine.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`].
    pub fn remove(storage: &dyn Storage, from: u64, until: u64) -> Result<(), JournalError> {
        remove_if_there(storage, &Self::file_of(from, until))
    }

    /// The range in the name of a run's file, given without its folder.
    pub(crate) fn range_of(name: &str) -> Option<(u64, u64)> {
        let (from, until) = name.strip_suffix(Self::ENDING)?.split_once('-')?;
        let range = (from.parse().ok()?, until.parse().ok()?);
        // Comparing the name written back refuses every other spelling of the same numbers.
        (Self::file_of(range.0, range.1).strip_prefix("snap/") == Some(name)).then_some(range)
    }

    /// Checks the file of the run of this range against its own digest, and gives its length.
    pub(crate) fn inspect(
        storage: &dyn ReadStorage,
        ledger_id: LedgerId,
        (from, until): (u64, u64),
    ) -> Result<u64, JournalError> {
        let file = Self::open(storage, ledger_id, from, until)?;
        file.read(&mut |_| ())?;
        Ok(file_len(to_usize(file.rows)))
    }

    /// Its name as a snapshot writes it.
    fn to_bytes(self) -> [u8; NAME_LEN] {
        let mut bytes = [0; NAME_LEN];
        put(&mut bytes, 0, &self.from.to_le_bytes());
        put(&mut bytes, 8, &self.until.to_le_bytes());
        put(&mut bytes, 16, self.digest.as_bytes());
        bytes
    }

    /// The inverse of [`to_bytes`](Self::to_bytes).
    fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            from: u64_at(bytes, 0),
            until: u64_at(bytes, 8),
            digest: Hash::from_bytes(array_at(bytes, 16)),
        }
    }

    /// Opens the file of the run of this range; its header and its length are looked at.
    fn open(
        storage: &dyn ReadStorage,
        ledger_id: LedgerId,
        from: u64,
        until: u64,
    ) -> Result<RunFile, JournalError> {
        let path = Self::file_of(from, until);
        let file = storage.open_read(&path).map_err(JournalError::io("open", &path))?;
        let len = file.len().map_err(JournalError::io("measure", &path))?;
        let body_len = len.checked_sub(to_u64(HEADER_LEN + DIGEST_LEN));
        let rows = body_len.map(|body_len| body_len / to_u64(ROW_LEN)).unwrap_or_default();
        let file = RunFile { file, path, from, until, rows };
        if body_len != Some(rows * to_u64(ROW_LEN)) {
            return Err(file.damaged(len, "the file ends inside its header or a row"));
        }
        let mut head = [0; HEADER_LEN];
        file.read_at(&mut head, 0)?;
        if head != Self::header(ledger_id, from, until, rows) {
            let detail = "the header is not that of this ledger's run of this kind, range and length";
            return Err(file.damaged(0, detail));
        }
        Ok(file)
    }

    fn header(ledger_id: LedgerId, from: u64, until: u64, rows: u64) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        put(&mut bytes, 0, Self::MAGIC);
        put(&mut bytes, 8, ledger_id.as_bytes());
        put(&mut bytes, 24, &from.to_le_bytes());
        put(&mut bytes, 32, &until.to_le_bytes());
        put(&mut bytes, 40, &rows.to_le_bytes());
        bytes
    }

    fn file_of(from: u64, until: u64) -> String {
        format!("{DIR}/{from:020}-{until:020}{}", Self::ENDING)
    }

    fn another(&self) -> JournalError {
        let path = Self::file_of(self.from, self.until);
        damage(&path, self.from, 0, "the file is another one than the snapshot names")
    }
}

/// The open file of a run whose header is right.
struct RunFile {
    file: Box<dyn ReadFile>,
    path: String,
    from: u64,
    until: u64,
    rows: u64,
}

impl RunFile {
    /// Gives its rows to `take`, and returns its digest, which is that of its bytes.
    fn read(&self, take: &mut dyn FnMut(&[RunRow])) -> Result<Hash, JournalError> {
        let mut head = [0; HEADER_LEN];
        self.read_at(&mut head, 0)?;
        let mut hasher = Hasher::new();
        hasher.update(&head);
        let mut bytes = vec![0; to_usize(self.rows).min(ROWS_AT_ONCE) * ROW_LEN];
        let (mut rows, mut last) = (Vec::with_capacity(bytes.len() / ROW_LEN), None);
        let mut at = 0;
        while at < self.rows {
            let some = to_usize(self.rows - at).min(ROWS_AT_ONCE) * ROW_LEN;
            self.read_at(&mut bytes[..some], offset_of(at))?;
            hasher.update(&bytes[..some]);
            rows.clear();
            for from in (0..some).step_by(ROW_LEN) {
                let row = RunRow::from_bytes(&bytes, from);
                if last >= Some(row) || !(self.from..self.until).contains(&row.position) {
                    return Err(self.misplaced(at + to_u64(from / ROW_LEN)));
                }
                last = Some(row);
                rows.push(row);
            }
            take(&rows);
            at += to_u64(some / ROW_LEN);
        }
        let digest = hasher.finalize();
        if digest == self.kept_digest()? {
            Ok(digest)
        } else {
            Err(self.damaged(0, "the file's digest is not that of its bytes"))
        }
    }

    /// The digest that stands at its end.
    fn kept_digest(&self) -> Result<Hash, JournalError> {
        let mut kept = [0; DIGEST_LEN];
        self.read_at(&mut kept, offset_of(self.rows))?;
        Ok(Hash::from_bytes(kept))
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> Result<(), JournalError> {
        self.file.read_exact_at(buf, offset).map_err(JournalError::io("read", &self.path))
    }

    fn misplaced(&self, row: u64) -> JournalError {
        self.damaged(offset_of(row), "a row is out of order or out of range")
    }

    fn damaged(&self, offset: u64, detail: &str) -> JournalError {
        damage(&self.path, self.from, offset, detail)
    }
}

/// Where a row stands.
fn offset_of(row: u64) -> u64 {
    to_u64(HEADER_LEN) + row * to_u64(ROW_LEN)
}

fn file_len(rows: usize) -> u64 {
    to_u64(HEADER_LEN + rows * ROW_LEN + DIGEST_LEN)
}

fn damage(path: &str, position: u64, offset: u64, detail: &str) -> JournalError {
    JournalError::Corrupt(Damage::new(DamageClass::Snapshot, path, offset, detail).at_position(position))
}
