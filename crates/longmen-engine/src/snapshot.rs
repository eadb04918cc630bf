//! Writing snapshots, away from the commit path: a reader of the journal does it, not the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use longmen_journal::record::SnapshotMark;
use longmen_journal::{Journal, ReadStorage, Snapshot, Storage};
use longmen_wire::encode_snapshot;

use crate::Error;
use crate::restore::restore;
use crate::work::Job;

/// Replays the journal up to what is known to be durable, writes the state down and returns what the writer must
/// journal before the snapshot counts. Nothing where `stop` was set meanwhile.
pub(crate) fn take(storage: &Arc<dyn Storage>, stop: &AtomicBool) -> Result<Option<Job>, Error> {
    let reading: Arc<dyn ReadStorage> = Arc::<dyn Storage>::clone(storage);
    let journal = Journal::open(reading)?;
    let restored = restore(storage.as_ref(), &journal, None, &mut |_, _| !stop.load(Ordering::Relaxed))?;
    if stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let mut body = Vec::new();
    encode_snapshot(&restored.books, restored.keys.rows().into_iter(), &mut body);
    let digest = Snapshot::write(storage.as_ref(), journal.ledger_id(), restored.head, &body)?;
    let (position, entry_hash) = (restored.head.next_position, restored.head.hash);
    Ok(Some(Job::SnapshotTaken(SnapshotMark { position, entry_hash, digest })))
}
