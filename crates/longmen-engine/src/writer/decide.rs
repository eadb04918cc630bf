//! Deciding: one command, or a group of linked ones, with what the journal knows about them.

use std::sync::Arc;

use longmen_core::{Action, Decision, Event, GroupDecision, Key, Known, Original, Prior, fell_with};
use longmen_wallet::{Command, Entry, Fact, Wish};

use super::{Place, Writer, misled};
use crate::Error;
use crate::entries::{Content, decode};
use crate::key_index::{KeyIndex, POSITIONS_MAX};
use crate::work::{Answer, Marks, Told};

impl Writer {
    /// Decides one command. An error means that nothing was decided: what its key stands for is not known just now.
    pub(super) fn decide(&mut self, command: Command, marks: Marks) -> Result<Answer, Error> {
        let time_ns = self.next_time_ns();
        let known = self.known(&command, marks)?;
        let decision = self.state.decide(command, marks.digest, &known, self.next_position, time_ns);
        self.carry_out(decision, marks)
    }

    /// Decides commands that stand in one slice: the linked ones together, the others each by itself.
    ///
    /// After an error nothing more of the slice is decided; what was is journaled, and its caller asks again.
    pub(super) fn decide_slice(
        &mut self,
        commands: impl Iterator<Item = (Command, Marks)>,
    ) -> Result<Vec<Answer>, Error> {
        let mut answers = Vec::with_capacity(commands.size_hint().0);
        let mut group = Vec::new();
        for (command, marks) in commands {
            let is_linked = command.linked;
            if group.is_empty() && !is_linked {
                answers.push(self.decide(command, marks)?);
                continue;
            }
            group.push((command, marks));
            if !is_linked {
                self.decide_group(std::mem::take(&mut group), &mut answers)?;
            }
        }
        // What is left is linked to a command that is not there; the core says so.
        if !group.is_empty() {
            self.decide_group(group, &mut answers)?;
        }
        Ok(answers)
    }

    fn decide_group(&mut self, group: Vec<(Command, Marks)>, answers: &mut Vec<Answer>) -> Result<(), Error> {
        let marks: Vec<Marks> = group.iter().map(|(_, marks)| *marks).collect();
        let mut members = Vec::with_capacity(group.len());
        for (command, marks) in group {
            let known = self.known(&command, marks)?;
            members.push((command, marks.digest, known));
        }
        let time_ns = self.next_time_ns();
        match self.state.decide_group(members, self.next_position, time_ns) {
            GroupDecision::Entries(entries) => {
                let end = self.next_position.saturating_add(u64::try_from(entries.len()).unwrap_or(u64::MAX));
                if end > POSITIONS_MAX {
                    return Err(Error::Full);
                }
                for (entry, marks) in entries.into_iter().zip(marks) {
                    answers.push(self.carry_out(Decision::Entry(entry), marks)?);
                }
            }
            GroupDecision::Replay(positions) => {
                answers.extend(positions.into_iter().map(|position| Answer::Replay { position }));
            }
            GroupDecision::Fell { culprit, decision } => {
                let mut decision = Some(*decision);
                for (at, marks) in marks.into_iter().enumerate() {
                    answers.push(match decision.take_if(|_| at == culprit) {
                        Some(decision) => self.carry_out(decision, marks)?,
                        None => Answer::Refused(fell_with(culprit)),
                    });
                }
            }
        }
        Ok(())
    }

    /// Journals what was decided, if it is to be journaled.
    fn carry_out(&mut self, decision: Decision<Option<Box<Fact>>>, marks: Marks) -> Result<Answer, Error> {
        Ok(match decision {
            Decision::Refuse(refusal) => Answer::Refused(refusal),
            Decision::Replay(position) => Answer::Replay { position },
            Decision::Entry(_) if self.next_position >= POSITIONS_MAX => return Err(Error::Full),
            Decision::Entry(entry) => {
                let told = Told::of(&entry.event);
                let (index, position) = (self.work.batch.entry_count(), self.next_position);
                let time_ns = self.next_time_ns();
                self.journal(entry, Some(marks.key), time_ns);
                Answer::Entry { index, position, time_ns, told }
            }
        })
    }

    /// What the journal says about a command: what was made under its key, and what it would reverse.
    fn known(&mut self, command: &Command, marks: Marks) -> Result<Known, Error> {
        let prior = self.find(&command.key, marks.key)?.map(|(position, entry)| Prior {
            digest: entry.digest,
            position,
            refused: matches!(entry.event, Event::Refused { .. }),
        });
        let Wish::Ledger(Action::Reverse(original)) = &command.action else {
            return Ok(Known { prior, original: None });
        };
        let hash = self.key_hasher.hash(original);
        let original = self.find(original, hash)?;
        let original =
            original.map(|(position, entry)| Original { position, entry: Box::new(entry.with_product(())) });
        Ok(Known { prior, original })
    }

    /// The entry with this key, whose hash is `hash`, and its position.
    ///
    /// # Errors
    ///
    /// [`Error::OutcomeUnknown`] where an entry that may be it cannot be read.
    fn find(&mut self, key: &Key, hash: u64) -> Result<Option<(u64, Entry)>, Error> {
        for position in self.keys.positions(hash) {
            let entry = self.entry(position)?;
            let Some((other, entry)) = entry.and_then(|entry| Some((entry.key?, entry))) else {
                return Err(misled(position));
            };
            if other == *key {
                return Ok(Some((position, entry)));
            }
            if !KeyIndex::same(self.key_hasher.hash(&other), hash) {
                return Err(misled(position));
            }
        }
        Ok(None)
    }

    /// The entry at `position`; nothing for one of the journal's own, and for one that is not there yet.
    ///
    /// # Errors
    ///
    /// [`Error::OutcomeUnknown`] where it cannot be read.
    fn entry(&mut self, position: u64) -> Result<Option<Entry>, Error> {
        if let Ok(at) = self.work.entries.binary_search_by_key(&position, |journaled| journaled.position) {
            return Ok(self.work.entries.get(at).map(|journaled| journaled.entry.clone()));
        }
        if position >= self.readable {
            // It is in the batch that the sync thread has, which may also have been the end of it.
            self.wait_for_committer();
        }
        if let Place::Poisoned(cause) = &self.committer {
            return Err(Error::OutcomeUnknown { cause: Arc::clone(cause) });
        }
        if position >= self.readable {
            return Ok(None);
        }
        let found = self.past.look(position, self.readable, |raw| match decode(raw)? {
            Content::Ledger(entry) => Ok(Some(entry)),
            Content::Journal(_) => Ok(None),
        });
        found.map_err(Error::unknown)
    }
}
