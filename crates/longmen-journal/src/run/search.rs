//! Looking into a run without reading all of it.

use super::{ROW_LEN, Run, RunFile, RunRow, offset_of};
use crate::config::LedgerId;
use crate::error::JournalError;
use crate::layout::{to_u64, to_usize};
use crate::storage::ReadStorage;

/// So many rows are read at once where the search has come close, and while equal hashes follow: 4 KiB.
const CLOSE: u64 = 256;

impl<const META: bool> Run<META> {
    /// The positions in its rows with this hash, in order, found by a binary search in the file.
    ///
    /// The rows that are looked at are in order, and the digest at the file's end is the one that this name means;
    /// that it is the digest of all its bytes only [`read`](Self::read) finds out.
    ///
    /// # Errors
    ///
    /// [`JournalError::Corrupt`] where what is looked at is not of the file that this name means, and
    /// [`JournalError::Io`].
    pub fn positions(
        &self,
        storage: &dyn ReadStorage,
        ledger_id: LedgerId,
        hash: u64,
    ) -> Result<Vec<u64>, JournalError> {
        let file = Self::open(storage, ledger_id, self.from, self.until)?;
        if file.kept_digest()? != self.digest {
            return Err(self.another());
        }
        let (mut at, mut last) = file.search(RunRow { hash, position: 0 })?;
        let mut found = Vec::new();
        while at < file.rows {
            let rows = file.rows_at(at, CLOSE.min(file.rows - at))?;
            for row in &rows {
                if last >= Some(*row) {
                    return Err(file.misplaced(at));
                }
                if row.hash > hash {
                    return Ok(found);
                }
                if row.hash == hash {
                    found.push(row.position);
                }
                last = Some(*row);
                at += 1;
            }
        }
        Ok(found)
    }
}

impl RunFile {
    /// A place that is at or before the first row from `wanted` on and close to it, and the row before that place.
    fn search(&self, wanted: RunRow) -> Result<(u64, Option<RunRow>), JournalError> {
        let (mut from, mut until) = (0, self.rows);
        let (mut below, mut above) = (None, None);
        while until - from > CLOSE {
            let middle = from + (until - from) / 2;
            let row = *self.rows_at(middle, 1)?.first().ok_or_else(|| self.misplaced(middle))?;
            if below >= Some(row) || above.is_some_and(|above| row >= above) {
                return Err(self.misplaced(middle));
            }
            if row < wanted {
                (from, below) = (middle + 1, Some(row));
            } else {
                (until, above) = (middle, Some(row));
            }
        }
        Ok((from, below))
    }

    /// So many rows from one on; each is of the run's range.
    fn rows_at(&self, at: u64, count: u64) -> Result<Vec<RunRow>, JournalError> {
        let mut bytes = vec![0; to_usize(count) * ROW_LEN];
        self.read_at(&mut bytes, offset_of(at))?;
        let rows: Vec<RunRow> =
            (0..bytes.len()).step_by(ROW_LEN).map(|from| RunRow::from_bytes(&bytes, from)).collect();
        match rows.iter().position(|row| !(self.from..self.until).contains(&row.position)) {
            Some(wrong) => Err(self.misplaced(at + to_u64(wrong))),
            None => Ok(rows),
        }
    }
}
