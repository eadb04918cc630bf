//! Rows that are found by their name and walked in the order in which they came.

use alloc::vec::Vec;
use core::fmt;
use core::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What has a name of its own.
pub trait Named {
    /// The type of the name.
    type Name: Hash + Eq + Copy;

    /// The name.
    fn name(&self) -> Self::Name;
}

/// Rows in the order in which they came, and where each name is.
///
/// The hash table is only ever asked for one name; nothing walks it, so its order cannot show.
#[derive(Clone)]
pub struct Table<T: Named> {
    rows: Vec<T>,
    by_name: HashTable<u32>,
}

const HASHER: FixedState = FixedState::with_seed(0x7761_6c6c_6574_7321);

impl<T: Named> Table<T> {
    /// The row of this name.
    #[must_use]
    pub fn get(&self, name: T::Name) -> Option<&T> {
        self.rows.get(self.place(name)?)
    }

    /// Every row, in the order in which they came.
    pub fn iter(&self) -> core::slice::Iter<'_, T> {
        self.rows.iter()
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn get_mut(&mut self, name: T::Name) -> Option<&mut T> {
        let place = self.place(name)?;
        self.rows.get_mut(place)
    }

    /// Appends a row whose name is new.
    pub(crate) fn push(&mut self, row: T) {
        let no = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let hash = HASHER.hash_one(row.name());
        self.rows.push(row);
        let rows = &self.rows;
        self.by_name.insert_unique(hash, no, |no| {
            let row = usize::try_from(*no).ok().and_then(|at| rows.get(at));
            row.map_or(0, |row| HASHER.hash_one(row.name()))
        });
    }

    fn place(&self, name: T::Name) -> Option<usize> {
        let at = |no: &u32| usize::try_from(*no).ok();
        let same = |no: &u32| at(no).and_then(|at| self.rows.get(at)).is_some_and(|row| row.name() == name);
        self.by_name.find(HASHER.hash_one(name), same).and_then(at)
    }
}

impl<T: Named> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), by_name: HashTable::new() }
    }
}

impl<T: Named + PartialEq> PartialEq for Table<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl<T: Named + Eq> Eq for Table<T> {}

impl<T: Named + fmt::Debug> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.rows).finish()
    }
}

impl<'a, T: Named> IntoIterator for &'a Table<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Named> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        let mut table = Self::default();
        rows.into_iter().for_each(|row| table.push(row));
        table
    }
}

impl<T: Named + Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl<'de, T: Named + Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from_iter)
    }
}
