//! The runs that belong to one snapshot, and their names in it.

use super::{KeyRun, MetaRun, NAME_LEN, Run};

/// The runs that belong to a snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Runs {
    /// Those of keys, in the order of what they cover.
    pub keys: Vec<KeyRun>,
    /// Those of metadata, in the order of what they cover.
    pub meta: Vec<MetaRun>,
}

impl Runs {
    /// Whether both kinds cover every position below `until`, each once, in order.
    #[must_use]
    pub fn cover(&self, until: u64) -> bool {
        KeyRun::cover(&self.keys, until) && MetaRun::cover(&self.meta, until)
    }

    /// Whether `other` names nothing else than the first of these, of both kinds.
    #[must_use]
    pub fn starts_with(&self, other: &Self) -> bool {
        self.keys.starts_with(&other.keys) && self.meta.starts_with(&other.meta)
    }

    /// Bytes of so many names; nothing where they are too many to count.
    pub(crate) fn names_len(keys: u64, meta: u64) -> Option<usize> {
        usize::try_from(keys.checked_add(meta)?).ok()?.checked_mul(NAME_LEN)
    }

    /// Their names as a snapshot writes them.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let keys = self.keys.iter().map(|run| run.to_bytes());
        keys.chain(self.meta.iter().map(|run| run.to_bytes())).flatten().collect()
    }

    /// The inverse of [`to_bytes`](Self::to_bytes), where so many of them are of keys.
    pub(crate) fn from_bytes(bytes: &[u8], keys: usize) -> Self {
        let mut names = bytes.chunks_exact(NAME_LEN);
        let keys = names.by_ref().take(keys).map(Run::from_bytes).collect();
        Self { keys, meta: names.map(Run::from_bytes).collect() }
    }
}
