//! Snapshots and their runs against what the entries before them add up to.
//!
//! Only one that an entry of the journal confirms is judged: an opening passes over the others, and so does the audit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use longmen_journal::record::SnapshotMark;
use longmen_journal::{Hash, Head, Journal, JournalError, KeyRun, MetaRun, ReadStorage, Run, Snapshot};
use longmen_wire::decode_snapshot;

use crate::check::Checker;
use crate::compare::compare;
use crate::keys::Verdict;
use crate::law::Law;
use crate::products;

/// The snapshots of one journal.
pub(crate) struct Snapshots {
    storage: Arc<dyn ReadStorage>,
    /// Positions of those that the walk has not come to.
    ahead: BTreeSet<u64>,
    compared: BTreeMap<u64, Compared>,
    /// The runs that were judged, and what is wrong with them: most belong to several snapshots.
    key_runs: Judged<false>,
    meta_runs: Judged<true>,
    /// How many of them an entry confirms.
    pub(crate) confirmed: BTreeSet<u64>,
}

/// Runs, and what is wrong with each.
type Judged<const META: bool> = Vec<(Run<META>, Option<String>)>;

/// One snapshot, compared.
struct Compared {
    digest: Option<Hash>,
    /// What is wrong with it.
    fault: Option<String>,
}

impl Snapshots {
    pub(crate) fn list(storage: Arc<dyn ReadStorage>) -> Result<Self, JournalError> {
        let ahead = Snapshot::list(storage.as_ref())?.into_iter().collect();
        let (compared, confirmed) = (BTreeMap::new(), BTreeSet::new());
        Ok(Self { storage, ahead, compared, key_runs: Vec::new(), meta_runs: Vec::new(), confirmed })
    }

    /// Compares the snapshot at the head that the walk has come to, if there is one.
    pub(crate) fn compare_at(
        &mut self,
        journal: &Journal,
        head: Head,
        checker: &Checker,
    ) -> Result<(), JournalError> {
        let position = head.next_position;
        if self.ahead.first().is_none_or(|next| *next > position) || !self.ahead.remove(&position) {
            return Ok(());
        }
        let compared = match Snapshot::read(self.storage.as_ref(), journal.ledger_id(), position) {
            Ok(snapshot) => {
                let of_head = (snapshot.hash, snapshot.time_ns) == (head.hash, head.time_ns);
                let fault = if of_head {
                    let runs = self.fault_of_runs(journal, &snapshot, checker)?;
                    difference(&snapshot.body, checker).err().or(runs)
                } else {
                    Some("it was taken of another journal's entries".to_owned())
                };
                if fault.is_some() && self.is_gone(position)? {
                    // Its writer has moved on meanwhile, and removed it and what belonged to it.
                    return Ok(());
                }
                Compared { digest: Some(snapshot.digest), fault }
            }
            Err(JournalError::Corrupt(damage)) => Compared { digest: None, fault: Some(damage.to_string()) },
            // A writer removes old snapshots; one that went meanwhile is one that is not there.
            Err(JournalError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.compared.insert(position, compared);
        Ok(())
    }

    /// What is wrong with a snapshot's runs, if anything is.
    fn fault_of_runs(
        &mut self,
        journal: &Journal,
        snapshot: &Snapshot,
        checker: &Checker,
    ) -> Result<Option<String>, JournalError> {
        let (storage, id) = (self.storage.as_ref(), journal.ledger_id());
        let keys = &mut |run: &KeyRun| checker.keys.judge(storage, id, run);
        let fault = fault_of("key", &snapshot.runs.keys, snapshot.position, &mut self.key_runs, keys)?;
        if fault.is_some() {
            return Ok(fault);
        }
        let pairs = &mut |run: &MetaRun| checker.keys.judge_pairs(storage, id, run);
        fault_of("meta", &snapshot.runs.meta, snapshot.position, &mut self.meta_runs, pairs)
    }

    fn is_gone(&self, position: u64) -> Result<bool, JournalError> {
        Ok(!Snapshot::list(self.storage.as_ref())?.contains(&position))
    }

    /// Judges the entry at `position` that confirms a snapshot.
    pub(crate) fn confirm(
        &mut self,
        journal: &Journal,
        position: u64,
        mark: &SnapshotMark,
        checker: &mut Checker,
    ) -> Result<(), JournalError> {
        let found = &mut checker.found;
        if mark.position > position || hash_before(journal, mark.position)? != Some(mark.entry_hash) {
            found.add(position, Law::SnapshotAgrees, || {
                format!("it names a hash that is not that of the entry before position {}", mark.position)
            });
        }
        let Some(compared) = self.compared.get(&mark.position) else { return Ok(()) };
        self.confirmed.insert(mark.position);
        if let Some(fault) = &compared.fault {
            found
                .add(position, Law::SnapshotAgrees, || format!("the snapshot at {}: {fault}", mark.position));
        } else if compared.digest != Some(mark.digest) {
            found.add(position, Law::SnapshotAgrees, || {
                format!("the snapshot at {} has another digest than the journal says", mark.position)
            });
        }
        Ok(())
    }
}

/// What is wrong with the runs of one kind that a snapshot names, if anything is.
fn fault_of<const META: bool>(
    kind: &str,
    runs: &[Run<META>],
    position: u64,
    judged: &mut Judged<META>,
    judge: &mut dyn FnMut(&Run<META>) -> Result<Verdict, JournalError>,
) -> Result<Option<String>, JournalError> {
    let mut next = 0;
    for run in runs {
        if run.from != next || run.until <= run.from {
            return Ok(Some(format!("its {kind} runs do not go on at position {next}")));
        }
        next = run.until;
        if !judged.iter().any(|(judged, _)| judged == run) {
            judged.push((*run, judge(run)?.err()));
        }
        if let Some((_, Some(fault))) = judged.iter().find(|(judged, _)| judged == run) {
            return Ok(Some(format!("the {kind} run from {} to {} {fault}", run.from, run.until)));
        }
    }
    Ok((next != position).then(|| format!("its {kind} runs end at position {next}")))
}

fn hash_before(journal: &Journal, position: u64) -> Result<Option<Hash>, JournalError> {
    let Some(before) = position.checked_sub(1) else { return Ok(Some(Hash::ZERO)) };
    let mut entries = journal.read(before)?;
    let entry = entries.next().transpose()?;
    Ok(entry.filter(|entry| entry.position == before).map(|entry| entry.hash))
}

/// Whether a snapshot's body says what the entries so far add up to, and what differs first where it does not.
fn difference(body: &[u8], checker: &Checker) -> Result<(), String> {
    let state = decode_snapshot(body).map_err(|error| error.to_string())?;
    compare(&state.books().parts(), checker)?;
    products::compare(state.products(), checker)
}
