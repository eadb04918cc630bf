//! In which phase every thing of a product is.

use std::collections::HashMap;

use longmen_core::{Key, Phase, Thing};

use crate::keys::{Fingerprint, Keys};
use crate::law::{Findings, Law};

/// A thing, by what it is and the fingerprint of its name.
pub(super) type Name = (Thing, Fingerprint);

/// Where every thing stands, and which follow others.
#[derive(Debug, Default)]
pub(super) struct Phases {
    pub(super) at: HashMap<Name, Phase>,
    /// What a refund gives back, and what a top-up loads: they go on with it.
    pub(super) followers: HashMap<Name, (Name, Key)>,
}

/// One entry's walk over the phases.
pub(super) struct Walk<'a> {
    pub(super) phases: &'a mut Phases,
    pub(super) keys: &'a Keys,
    /// The key of the entry, which names what its command has made.
    pub(super) key: Option<Key>,
    pub(super) position: u64,
    pub(super) found: &'a mut Findings,
}

impl Phases {
    /// The hold of this key has ended by itself; a payment and a quote last no longer than their holds.
    pub(super) fn hold_ended(&mut self, hold: Fingerprint, position: u64, found: &mut Findings) {
        for (thing, from) in [(Thing::Payment, Phase::Authorised), (Thing::Quote, Phase::Locked)] {
            let Some(phase) = self.at.get_mut(&(thing, hold)) else { continue };
            if *phase != from {
                found.add(position, Law::PhaseFollows, || {
                    format!("the hold of a {thing} ends, which is {phase}")
                });
            }
            *phase = Phase::Expired;
        }
    }
}

impl Walk<'_> {
    pub(super) fn name(&self, thing: Thing, name: Key) -> Name {
        (thing, self.keys.fingerprint(&name))
    }

    /// Where a thing stands, if it is there.
    pub(super) fn phase(&self, thing: Thing, name: Key) -> Option<Phase> {
        self.phases.at.get(&self.name(thing, name)).copied()
    }

    /// A thing is new, in one of the phases in which it may begin.
    pub(super) fn begins(&mut self, thing: Thing, name: Key, may: &[Phase], phase: Phase) {
        if !may.contains(&phase) {
            self.breaks(|| format!("{thing} {name} begins as {phase}"));
        }
        let at = self.name(thing, name);
        if self.phases.at.insert(at, phase).is_some() {
            self.breaks(|| format!("{thing} {name} is there already"));
        }
    }

    /// A thing is new and named after the command.
    pub(super) fn made(&mut self, thing: Thing, phase: Phase) {
        match self.key {
            Some(key) => self.begins(thing, key, &[phase], phase),
            None => self.breaks(|| format!("a {thing} is made without a command")),
        }
    }

    /// Something happens to a thing that may happen in these phases only, and leaves it in this one.
    pub(super) fn goes(&mut self, thing: Thing, name: Key, from: &[Phase], to: Phase) {
        let at = self.name(thing, name);
        match self.phases.at.insert(at, to) {
            Some(phase) if from.contains(&phase) => {}
            Some(phase) => self.breaks(|| format!("{thing} {name} is {phase} and becomes {to}")),
            None => self.breaks(|| format!("{thing} {name} is not there and becomes {to}")),
        }
    }

    /// Something happens to a thing that may happen in these phases only, and leaves it where it is.
    pub(super) fn stays(&mut self, thing: Thing, name: Key, within: &[Phase]) {
        match self.phase(thing, name) {
            Some(phase) if within.contains(&phase) => {}
            Some(phase) => self.breaks(|| format!("{thing} {name} is {phase}")),
            None => self.breaks(|| format!("{thing} {name} is not there")),
        }
    }

    /// From now on one thing goes on with another.
    pub(super) fn follows(&mut self, leader: (Thing, Key), follower: (Thing, Key)) {
        let leader = self.name(leader.0, leader.1);
        let own = self.name(follower.0, follower.1);
        self.phases.followers.insert(leader, (own, follower.1));
    }

    /// What goes on with a thing, if anything does.
    pub(super) fn follower(&self, thing: Thing, name: Key) -> Option<(Thing, Key)> {
        let ((thing, _), name) = self.phases.followers.get(&self.name(thing, name))?;
        Some((*thing, *name))
    }

    pub(super) fn breaks(&mut self, detail: impl FnOnce() -> String) {
        self.found.add(self.position, Law::PhaseFollows, detail);
    }
}
