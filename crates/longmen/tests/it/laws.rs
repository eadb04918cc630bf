//! The laws that hold of every journal whatever the core can do: groups are whole, a retry gives the first receipts,
//! the audit finds nothing, and the state does not depend on where a replay started.

use std::collections::HashMap;
use std::sync::Arc;

use longmen::{
    Command, Content, Detail, Hash, Head, JournalEntry, Key, Ledger, Outcome, ReadStorage, Reason, Receipt,
    Replayed, State,
};
use longmen_sim::SimDisk;

use crate::support::{entries, replay};

/// Runs of linked commands, each with the one that ends it, and single commands.
pub(crate) fn groups(commands: &[Command]) -> impl Iterator<Item = &[Command]> {
    commands.split_inclusive(|command| !command.linked)
}

/// The same commands in slices of a few that this ledger takes, no group torn apart.
pub(crate) fn in_slices(ledger: &Ledger, commands: &[Command]) -> Vec<Vec<Command>> {
    let one = |command: &Command| Ledger::command_bytes_max(&command.clone().widen());
    let bytes = |commands: &[Command]| commands.iter().map(one).sum::<usize>();
    let mut slices: Vec<Vec<Command>> = Vec::new();
    for group in groups(commands) {
        match slices.last_mut() {
            Some(last) if last.len() < 8 && bytes(last) + bytes(group) <= ledger.slice_bytes_max() => {
                last.extend_from_slice(group);
            }
            _ => slices.push(group.to_vec()),
        }
    }
    slices
}

/// What each group and each single command was answered when it came first.
#[derive(Default)]
pub(crate) struct Firsts(HashMap<Key, (Vec<Command>, Vec<Receipt>)>);

impl Firsts {
    /// Checks what a slice was answered: each group is carried out whole or not at all, and one that left a trace is
    /// answered as it was the first time.
    pub(crate) fn check(&mut self, commands: &[Command], mut receipts: &[Receipt]) {
        for group in groups(commands) {
            let own;
            (own, receipts) = receipts.split_at(group.len());
            check_whole(group, own);
            let left_a_trace = |receipts: &[Receipt]| receipts.iter().any(|receipt| receipt.stamp.is_some());
            match self.0.get(&group[0].key) {
                Some((commands, first)) if left_a_trace(first) => {
                    assert!(commands != group || own == again(first), "{group:?}: {first:?}, then {own:?}");
                }
                _ => drop(self.0.insert(group[0].key, (group.to_vec(), own.to_vec()))),
            }
        }
        assert!(receipts.is_empty());
    }
}

/// The first receipts as they are given again.
pub(crate) fn again(first: &[Receipt]) -> Vec<Receipt> {
    let once_more = |receipt: &Receipt| Receipt { replayed: receipt.stamp.is_some(), ..*receipt };
    first.iter().map(once_more).collect()
}

/// All of a group was carried out, one right after the other, or it fell with one of them.
fn check_whole(group: &[Command], receipts: &[Receipt]) {
    if group.len() < 2 {
        return;
    }
    let refusals: Vec<_> = receipts
        .iter()
        .filter_map(|receipt| match receipt.outcome {
            Outcome::Refused(refusal) => Some(refusal),
            Outcome::Done => None,
        })
        .collect();
    if refusals.is_empty() {
        let positions: Vec<u64> =
            receipts.iter().filter_map(|receipt| receipt.stamp).map(|stamp| stamp.position).collect();
        let follow = positions.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        assert!(follow && positions.len() == group.len(), "{group:?}: {positions:?}");
        return;
    }
    assert_eq!(refusals.len(), group.len(), "a part of a group was carried out: {group:?} {receipts:?}");
    let culprits: Vec<usize> =
        (0..group.len()).filter(|at| refusals[*at].reason != Reason::GroupFell).collect();
    let [culprit] = culprits[..] else { panic!("{group:?} fell with {culprits:?}: {receipts:?}") };
    for (at, receipt) in receipts.iter().enumerate().filter(|(at, _)| *at != culprit) {
        assert_eq!(receipt.stamp, None, "{group:?}");
        assert_eq!(refusals[at].detail, Detail::Culprit(u32::try_from(culprit).unwrap()), "{group:?}");
    }
}

/// A linked entry is followed by the next one of its group. That both are in one batch is for the audit to say.
pub(crate) fn check_groups(entries: &[JournalEntry]) {
    let is_linked = |entry: &JournalEntry| matches!(&entry.content, Content::Ledger(own) if own.linked);
    for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| is_linked(entry)) {
        let next = entries.get(at + 1).map(|next| &next.content);
        let goes_on = matches!(next, Some(Content::Ledger(next)) if next.key.is_some());
        assert!(goes_on, "a part of a group is in the journal: {entry:?}, then {next:?}");
    }
}

/// The audit finds no damage and no broken law.
pub(crate) fn check_audit(storage: &(impl ReadStorage + Clone + 'static)) {
    let report = longmen_audit::verify(Arc::new(storage.clone()), &mut |_, _| ()).unwrap();
    assert!(report.is_clean(), "{:?} {:?}", report.violations, report.inspection.damages);
}

/// The hash of the books that the entries add up to, from the first one on.
pub(crate) fn folded(entries: &[JournalEntry]) -> Hash {
    let mut state = State::new();
    for entry in entries {
        if let Content::Ledger(own) = &entry.content {
            state.apply(entry.stamp.position, entry.stamp.time_ns, own).unwrap();
        }
    }
    Replayed { state, head: Head { next_position: 0, hash: Hash::ZERO, time_ns: 0 } }.state_hash()
}

/// From a snapshot and the rest comes the same state as from the first entry on, with and without the snapshots.
pub(crate) fn check_state(disk: &SimDisk) {
    let state = folded(&entries(disk).unwrap());
    assert_eq!(replay(disk).unwrap().state_hash(), state);
    let mut files = disk.files();
    let count = files.len();
    files.retain(|path, _| !path.starts_with("snap/"));
    if files.len() < count {
        assert_eq!(replay(&SimDisk::with_files(files)).unwrap().state_hash(), state);
    }
}
