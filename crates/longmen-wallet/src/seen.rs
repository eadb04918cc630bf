//! References that were seen, for ever: callbacks come again for more than a day, and refunds for a year.

use alloc::vec::Vec;

use foldhash::quality::FixedState;
use hashbrown::HashSet;
use longmen_core::Key;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A set of references. It is only ever asked for one; whoever writes it down sorts it first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seen(HashSet<Key, FixedState>);

impl Seen {
    /// Whether a reference was seen.
    #[must_use]
    pub fn contains(&self, reference: &Key) -> bool {
        self.0.contains(reference)
    }

    /// How many were seen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn insert(&mut self, reference: Key) {
        self.0.insert(reference);
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all: Vec<&Key> = self.0.iter().collect();
        all.sort_unstable();
        all.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|all| Self(all.into_iter().collect()))
    }
}
