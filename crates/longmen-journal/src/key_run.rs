//! Key runs: which keys' hashes stand at which positions, in files of their own, so that an opening need not read
//! the entries for them. What is hashed, and how, is the caller's business.
//!
//! A run covers a range of positions. A [`Snapshot`](crate::Snapshot) names the runs that belong to it, each with its
//! digest, so that the entry that vouches for the snapshot vouches for them too.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | magic `LMKEYS\0\1` |
//! | 8 | 16 | ledger id |
//! | 24 | 8 | from: the first position that it covers |
//! | 32 | 8 | until: the first position that it no longer covers |
//! | 40 | 8 | count of rows |
//! | 48 | 16 | zero |
//! | 64 | 16 each | rows: hash, position; ascending |
//! | end-32 | 32 | BLAKE3 of all before: the run's digest |

use crate::config::LedgerId;
use crate::error::{Damage, DamageClass, JournalError};
use crate::hash::{Hash, Hasher};
use crate::layout::{SNAP_DIR as DIR, array_at, is_zero, put, to_u64, to_usize, u64_at};
use crate::snapshot::{Snapshot, remove_if_there};
use crate::storage::{ReadStorage, Storage};

const MAGIC: &[u8; 8] = b"LMKEYS\0\x01";
const HEADER_LEN: usize = 64;
const DIGEST_LEN: usize = 32;
const ROW_LEN: usize = 16;

/// Rows are read and written so many at a time: 1 MiB.
const ROWS_AT_ONCE: usize = 65_536;

/// That a key with this hash stands at this position. Rows are ordered by hash, then by position.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct KeyRow {
    /// The key's hash.
    pub hash: u64,
    /// The position of its entry.
    pub position: u64,
}

impl KeyRow {
    fn to_bytes(self) -> [u8; ROW_LEN] {
        let mut bytes = [0; ROW_LEN];
        put(&mut bytes, 0, &self.hash.to_le_bytes());
        put(&mut bytes, 8, &self.position.to_le_bytes());
        bytes
    }
}

/// The name of a run: what it covers, and the digest of its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyRun {
    /// The first position that it covers.
    pub from: u64,
    /// The first position that it no longer covers.
    pub until: u64,
    /// The digest of its file.
    pub digest: Hash,
}

impl KeyRun {
    /// Bytes of a run's name in a snapshot.
    pub(crate) const NAME_LEN: usize = 48;

    /// Whether these runs cover every position below `until`, each once, in order.
    ///
    /// ```
    /// use longmen_journal::{Hash, KeyRun};
    /// let run = |from, until| KeyRun { from, until, digest: Hash::ZERO };
    /// assert!(KeyRun::cover(&[run(0, 3), run(3, 9)], 9));
    /// assert!(!KeyRun::cover(&[run(0, 3), run(4, 9)], 9));
    /// assert!(!KeyRun::cover(&[run(0, 3)], 9));
    /// ```
    #[must_use]
    pub fn cover(runs: &[KeyRun], until: u64) -> bool {
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
        let mut ranges: Vec<(u64, u64)> = names.iter().filter_map(|name| KeyRun::range_of(name)).collect();
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
        rows: &mut [KeyRow],
    ) -> Result<KeyRun, JournalError> {
        rows.sort_unstable();
        let path = file_of(from, until);
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
        write(&header(ledger_id, from, until, to_u64(rows.len())))?;
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
        Ok(KeyRun { from, until, digest })
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
        take: &mut dyn FnMut(&[KeyRow]),
    ) -> Result<(), JournalError> {
        let found = read_file(storage, ledger_id, self.from, self.until, take)?;
        if found == self.digest {
            return Ok(());
        }
        Err(damage(self.from, self.until, 0, "the file is another one than the snapshot names"))
    }

    /// Takes the run of this range away; one that is not there is fine.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`].
    pub fn remove(storage: &dyn Storage, from: u64, until: u64) -> Result<(), JournalError> {
        remove_if_there(storage, &file_of(from, until))
    }

    /// The range in the name of a run's file, given without its folder.
    pub(crate) fn range_of(name: &str) -> Option<(u64, u64)> {
        let (from, until) = name.strip_suffix(".keys")?.split_once('-')?;
        let range = (from.parse().ok()?, until.parse().ok()?);
        // Comparing the name written back refuses every other spelling of the same numbers.
        (file_of(range.0, range.1).strip_prefix("snap/") == Some(name)).then_some(range)
    }

    /// Checks the file of the run of this range against its own digest, and gives its length.
    pub(crate) fn inspect(
        storage: &dyn ReadStorage,
        ledger_id: LedgerId,
        (from, until): (u64, u64),
    ) -> Result<u64, JournalError> {
        let mut rows = 0;
        read_file(storage, ledger_id, from, until, &mut |some| rows += some.len())?;
        Ok(file_len(rows))
    }

    /// Its name as a snapshot writes it.
    pub(crate) fn to_bytes(self) -> [u8; KeyRun::NAME_LEN] {
        let mut bytes = [0; KeyRun::NAME_LEN];
        put(&mut bytes, 0, &self.from.to_le_bytes());
        put(&mut bytes, 8, &self.until.to_le_bytes());
        put(&mut bytes, 16, self.digest.as_bytes());
        bytes
    }

    /// The inverse of [`to_bytes`](Self::to_bytes).
    pub(crate) fn from_bytes(bytes: &[u8]) -> KeyRun {
        KeyRun {
            from: u64_at(bytes, 0),
            until: u64_at(bytes, 8),
            digest: Hash::from_bytes(array_at(bytes, 16)),
        }
    }
}

/// Reads the run of this range, gives its rows to `take`, and returns its digest, which is that of its bytes.
fn read_file(
    storage: &dyn ReadStorage,
    ledger_id: LedgerId,
    from: u64,
    until: u64,
    take: &mut dyn FnMut(&[KeyRow]),
) -> Result<Hash, JournalError> {
    let path = file_of(from, until);
    let file = storage.open_read(&path).map_err(JournalError::io("open", &path))?;
    let len = file.len().map_err(JournalError::io("measure", &path))?;
    let damaged = |offset, detail: &str| damage(from, until, offset, detail);
    let read =
        |buf: &mut [u8], offset| file.read_exact_at(buf, offset).map_err(JournalError::io("read", &path));
    let body_len = len.checked_sub(to_u64(HEADER_LEN + DIGEST_LEN));
    let Some(body_len) = body_len.filter(|body_len| body_len.is_multiple_of(to_u64(ROW_LEN))) else {
        return Err(damaged(len, "the file ends inside its header or a row"));
    };
    let mut head = [0; HEADER_LEN];
    read(&mut head, 0)?;
    if head != header(ledger_id, from, until, body_len / to_u64(ROW_LEN)) || !is_zero(&head[48..]) {
        return Err(damaged(0, "the header is not that of this ledger's key run of this range and length"));
    }
    let mut hasher = Hasher::new();
    hasher.update(&head);
    let (mut offset, end) = (to_u64(HEADER_LEN), to_u64(HEADER_LEN) + body_len);
    let mut bytes = vec![0; to_usize(body_len.min(to_u64(ROWS_AT_ONCE * ROW_LEN)))];
    let (mut rows, mut last) = (Vec::with_capacity(bytes.len() / ROW_LEN), None);
    while offset < end {
        let some = to_usize((end - offset).min(to_u64(bytes.len())));
        read(&mut bytes[..some], offset)?;
        hasher.update(&bytes[..some]);
        rows.clear();
        for at in (0..some).step_by(ROW_LEN) {
            let row = KeyRow { hash: u64_at(&bytes, at), position: u64_at(&bytes, at + 8) };
            if last >= Some(row) || !(from..until).contains(&row.position) {
                return Err(damaged(offset + to_u64(at), "a row is out of order or out of range"));
            }
            last = Some(row);
            rows.push(row);
        }
        take(&rows);
        offset += to_u64(some);
    }
    let mut kept = [0; DIGEST_LEN];
    read(&mut kept, end)?;
    let digest = hasher.finalize();
    if digest.as_bytes() == &kept {
        Ok(digest)
    } else {
        Err(damaged(0, "the file's digest is not that of its bytes"))
    }
}

fn header(ledger_id: LedgerId, from: u64, until: u64, rows: u64) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    put(&mut bytes, 0, MAGIC);
    put(&mut bytes, 8, ledger_id.as_bytes());
    put(&mut bytes, 24, &from.to_le_bytes());
    put(&mut bytes, 32, &until.to_le_bytes());
    put(&mut bytes, 40, &rows.to_le_bytes());
    bytes
}

fn file_len(rows: usize) -> u64 {
    to_u64(HEADER_LEN + rows * ROW_LEN + DIGEST_LEN)
}

fn file_of(from: u64, until: u64) -> String {
    format!("{DIR}/{from:020}-{until:020}.keys")
}

fn damage(from: u64, until: u64, offset: u64, detail: &str) -> JournalError {
    let file = file_of(from, until);
    JournalError::Corrupt(Damage::new(DamageClass::Snapshot, &file, offset, detail).at_position(from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::MemoryStorage;

    const ID: LedgerId = LedgerId::from_bytes([7; 16]);

    fn row(hash: u64, position: u64) -> KeyRow {
        KeyRow { hash, position }
    }

    fn rows_of(run: KeyRun, disk: &MemoryStorage) -> Result<Vec<KeyRow>, JournalError> {
        let mut rows = Vec::new();
        run.read(disk, ID, &mut |some| rows.extend_from_slice(some)).map(|()| rows)
    }

    #[test]
    fn a_run_comes_back_sorted_and_every_flipped_bit_and_cut_shows() {
        let disk = MemoryStorage::new();
        let mut rows = [row(9, 5), row(2, 7), row(9, 3), row(u64::MAX, 4)];
        let run = KeyRun::write(&disk, ID, 3, 8, &mut rows).unwrap();
        assert_eq!(rows_of(run, &disk).unwrap(), [row(2, 7), row(9, 3), row(9, 5), row(u64::MAX, 4)]);
        assert_eq!(KeyRun::list(&disk).unwrap(), [(3, 8)]);
        assert!(run.read(&disk, LedgerId::from_bytes([8; 16]), &mut |_| ()).is_err());
        assert!(KeyRun { digest: Hash::ZERO, ..run }.read(&disk, ID, &mut |_| ()).is_err());

        let (image, path) = (disk.snapshot(), file_of(3, 8));
        assert_eq!(KeyRun::inspect(&disk, ID, (3, 8)).unwrap(), to_u64(image[&path].len()));
        for bit in 0..image[&path].len() * 8 {
            let mut damaged = image.clone();
            damaged.get_mut(&path).unwrap()[bit / 8] ^= 1 << (bit % 8);
            assert!(rows_of(run, &MemoryStorage::with_files(damaged)).is_err(), "bit {bit}");
        }
        for len in 0..image[&path].len() {
            let mut cut = image.clone();
            cut.get_mut(&path).unwrap().truncate(len);
            assert!(rows_of(run, &MemoryStorage::with_files(cut)).is_err(), "cut at {len}");
        }
    }

    #[test]
    fn a_run_of_many_rows_comes_in_pieces_and_an_empty_one_in_none() {
        let disk = MemoryStorage::new();
        let count = to_u64(2 * ROWS_AT_ONCE + 3);
        let mut rows: Vec<KeyRow> = (0..count).rev().map(|n| row(n / 2, n)).collect();
        let run = KeyRun::write(&disk, ID, 0, count, &mut rows).unwrap();
        assert_eq!(rows_of(run, &disk).unwrap(), rows);
        let empty = KeyRun::write(&disk, ID, count, count + 1, &mut []).unwrap();
        assert_eq!(rows_of(empty, &disk).unwrap(), []);
        KeyRun::remove(&disk, 0, count).unwrap();
        KeyRun::remove(&disk, 0, count).unwrap();
        assert_eq!(KeyRun::list(&disk).unwrap(), [(count, count + 1)]);
    }

    #[test]
    fn rows_out_of_order_out_of_range_or_twice_are_refused_also_under_a_right_digest() {
        for rows in [vec![row(2, 5), row(1, 4)], vec![row(1, 8)], vec![row(1, 2)], vec![row(1, 4), row(1, 4)]]
        {
            let mut bytes = header(ID, 3, 8, to_u64(rows.len())).to_vec();
            rows.iter().for_each(|row| bytes.extend_from_slice(&row.to_bytes()));
            let digest = crate::hash::digest(&bytes);
            bytes.extend_from_slice(digest.as_bytes());
            let disk = MemoryStorage::with_files([(file_of(3, 8), bytes)].into());
            let run = KeyRun { from: 3, until: 8, digest };
            assert!(matches!(rows_of(run, &disk), Err(JournalError::Corrupt(_))), "{rows:?}");
        }
    }
}
