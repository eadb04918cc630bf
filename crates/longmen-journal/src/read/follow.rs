//! Reading on after an entry that is known already, from a journal that is not trusted to be the same one still.

use std::sync::{Arc, PoisonError};

use super::entries::{End, Entries, LOOKS_MAX};
use super::{Journal, Known, segment_of};
use crate::error::JournalError;
use crate::stamp::Stamp;
use crate::walk::Walk;

impl Journal {
    /// Reads the entries after `last`, if the journal holds the entry that `last` names; from the first one on without.
    ///
    /// Whoever follows a journal calls this again and again with the last entry it has taken in, and never takes in an
    /// entry that does not continue its own chain, whatever has become of the journal meanwhile.
    /// No entries are an answer too: the journal still holds `last`, and nothing more is visible yet.
    /// The hash decides; it covers the entry's time, so the stamp's own time is not looked at.
    ///
    /// Where the entries of an earlier call ended is remembered, so that a call which finds nothing new reads the manifest
    /// and one header, and none reads a batch twice; after another stamp the entry is looked up.
    ///
    /// # Errors
    ///
    /// [`JournalError::Forked`] when another entry stands at that position.
    /// [`JournalError::Cut`] when the journal ends before it, counting what verifies and is not known to be durable: an
    /// entry that was visible once is only missing when it was lost.
    /// Otherwise as [`Journal::read`].
    pub fn continue_after(&self, last: Option<Stamp>) -> Result<Entries, JournalError> {
        let Some(last) = last else { return self.read(0) };
        if let Ok(Some(entries)) = self.continue_from_end(last) {
            return Ok(entries);
        }
        // A look beside a writer is not one moment, and the directory may have been put back from a copy: what is missing
        // or damaged is looked for again, with nothing known, before it is reported.
        for _ in 1..LOOKS_MAX {
            if let Ok(entries) = self.look_up(last) {
                return Ok(entries);
            }
            *self.known() = Known::default();
        }
        self.look_up(last)
    }

    /// Continues where the entries of an earlier call ended, if that was after `last` and is there still.
    fn continue_from_end(&self, last: Stamp) -> Result<Option<Entries>, JournalError> {
        let end = *self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let reaches = |end: &End| end.state.position.checked_sub(1) == Some(last.position);
        let Some(end) = end.filter(|end| reaches(end) && end.state.hash == last.hash) else {
            return Ok(None);
        };
        let (live, manifest, segments) = self.look_again()?;
        let at = segment_of(&segments, end.state.position);
        if segments[at].header.segno != end.segno {
            return Ok(None);
        }
        let mut walk = Walk::start(self.storage.as_ref(), &segments[at], &self.keys)?;
        if walk.digest_before(end.offset)? != Some(end.digest) {
            return Ok(None);
        }
        walk.resume(end.offset, end.state);
        let entries = self.entries(live, manifest, segments, at, walk, end.state.position);
        Ok(Some(Entries { judged: end.judged, ..entries }))
    }

    /// Looks up the entry that `last` names, and reads on after it.
    fn look_up(&self, last: Stamp) -> Result<Entries, JournalError> {
        let (live, manifest, segments) = self.look()?;
        let next = last.position.saturating_add(1);
        let at = segment_of(&segments, next);
        let is_open = at + 1 == segments.len() && !live;
        let mut walk = if is_open {
            // Everything that verifies counts here, so nothing that nobody vouches for is passed over unverified.
            self.walk_to_durable(&segments[at], &manifest)?
        } else {
            self.walk_to(&segments[at], next)?
        };
        if walk.state.position > next {
            walk = self.walk_to(&segments[at], next)?;
        }
        // Where a batch or a segment begins, its header names the hash before it.
        if (walk.state.position, walk.state.hash) == (next, last.hash) {
            return Ok(self.entries(live, manifest, segments, at, walk, next));
        }
        let mut entries = if walk.state.position <= last.position {
            self.entries(live, manifest, segments, at, walk, next)
        } else {
            // It names another one; what the entry itself says, counts.
            let at = segment_of(&segments, last.position);
            let walk = self.walk_to(&segments[at], last.position)?;
            self.entries(live, manifest, Arc::clone(&segments), at, walk, next)
        };
        entries.pass(last)?;
        Ok(entries)
    }
}
