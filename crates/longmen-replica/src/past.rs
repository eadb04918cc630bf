//! States of the past, replayed from the journal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use longmen_journal::{Record, Snapshot, Stamp};
use longmen_wallet::State;
use longmen_wire::decode_snapshot;

use crate::Error;
use crate::shared::Shared;
use crate::tail::decode;

/// How many replayed states are kept: each has the size of the present one.
const KEPT: usize = 2;

/// An entry that confirms a snapshot comes soon after the snapshot; behind the state that is wanted it is looked for among so
/// many entries.
const CONFIRMED_WITHIN: u64 = 1 << 16;

/// The states that were replayed last.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// Each with the position of its last entry, the one that was asked for last at the end.
    kept: Mutex<Vec<(u64, Arc<State>)>>,
    /// One replay at a time: who waits for his turn may find that his state was just made.
    turn: Mutex<()>,
}

impl Past {
    fn kept(&self) -> MutexGuard<'_, Vec<(u64, Arc<State>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state after the entry at this position, if it is kept.
    fn find(&self, position: u64) -> Option<Arc<State>> {
        let mut kept = self.kept();
        let at = kept.iter().position(|(own, _)| *own == position)?;
        let found = kept.remove(at);
        let state = Arc::clone(&found.1);
        kept.push(found);
        Some(state)
    }

    fn keep(&self, position: u64, state: &Arc<State>) {
        let mut kept = self.kept();
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((position, Arc::clone(state)));
    }

    /// The last kept state before this position.
    fn before(&self, position: u64) -> Option<(u64, Arc<State>)> {
        let kept = self.kept();
        let before = kept.iter().filter(|(own, _)| *own < position);
        before.max_by_key(|(own, _)| *own).cloned()
    }
}

impl Shared {
    /// Looks at the state as it was after the entry of this stamp.
    pub(crate) fn past_state<T>(&self, at: Stamp, look: impl FnOnce(&State) -> T) -> Result<T, Error> {
        let state = match self.past.find(at.position) {
            Some(state) => state,
            None => {
                let _turn = self.past.turn.lock().unwrap_or_else(PoisonError::into_inner);
                match self.past.find(at.position) {
                    Some(state) => state,
                    None => {
                        let state = Arc::new(self.replay(at.position)?);
                        self.past.keep(at.position, &state);
                        state
                    }
                }
            }
        };
        Ok(look(&state))
    }

    /// The state after the entry at this position: from a kept state or a snapshot before it, whichever is nearer, or from the
    /// first entry.
    fn replay(&self, position: u64) -> Result<State, Error> {
        let end = position.saturating_add(1);
        // It was visible once, so it is durable.
        self.journal.note_durable_below(end);
        let kept = self.past.before(position).map(|(own, state)| (own.saturating_add(1), state));
        let nearest = kept.as_ref().map_or(1, |(next, _)| (*next).max(1));
        let snapshots = Snapshot::list(self.journal.storage().as_ref())?;
        for from in snapshots.into_iter().rev().filter(|from| (nearest..=end).contains(from)) {
            match self.replay_snapshot(from, end) {
                Ok(Some(state)) => return Ok(state),
                Ok(None) => {
                    tracing::warn!(snapshot = from, "no entry confirms this snapshot; passing over it");
                }
                Err(error) => {
                    tracing::warn!(snapshot = from, %error, "this snapshot cannot be used; passing over it");
                }
            }
        }
        let (from, mut state) = kept.map_or((0, State::new()), |(from, state)| (from, State::clone(&state)));
        let mut entries = self.journal.read(from)?;
        while let Some(raw) = entries.next().transpose()? {
            if let Some(entry) = decode(&raw)? {
                state.apply(raw.position, raw.time_ns, &entry)?;
            }
            if raw.position == position {
                break;
            }
        }
        Ok(state)
    }

    /// The state before `end`, from the snapshot at `from`; nothing where no entry confirms that.
    fn replay_snapshot(&self, from: u64, end: u64) -> Result<Option<State>, Error> {
        let snapshot = Snapshot::read(self.journal.storage().as_ref(), self.journal.ledger_id(), from)?;
        let decoded = decode_snapshot(&snapshot.body);
        let mut state = decoded.map_err(|source| Error::Decode { position: from, source })?;
        let mut is_confirmed = false;
        let mut entries = self.journal.read(from)?;
        while let Some(raw) = entries.next().transpose()? {
            let is_done = raw.position >= end;
            if is_done && (is_confirmed || raw.position >= end.saturating_add(CONFIRMED_WITHIN)) {
                break;
            }
            if let Some(Record::Snapshot(mark)) = Record::from_entry(&raw) {
                is_confirmed |= (mark.position, mark.digest) == (from, snapshot.digest);
            }
            if !is_done && let Some(entry) = decode(&raw)? {
                state.apply(raw.position, raw.time_ns, &entry)?;
            }
        }
        Ok(is_confirmed.then_some(state))
    }
}
