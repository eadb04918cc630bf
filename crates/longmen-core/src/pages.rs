//! A vector whose clones share everything that none of them has changed since.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::iter::once;

/// A page has as many items as fit into so many bytes, rounded down to a power of two.
const PAGE_BYTES: usize = 4_096;

/// A table has two to the power of this pages.
const TABLE_BITS: u32 = 8;
const TABLE: usize = 1 << TABLE_BITS;

/// A vector in pages: cloning it is cheap, and changing a clone copies the page in question, the table that it is in and
/// the list of tables, once, where another clone has them too.
///
/// A clone never changes with another one.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T> {
    /// All tables and pages are full but the last ones. Always so deep, so that nothing is asked on the way down.
    tables: Arc<[Table<T>]>,
    len: usize,
}

type Table<T> = Arc<[Page<T>]>;
type Page<T> = Arc<[T]>;

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { tables: Arc::default(), len: 0 }
    }
}

impl<T> Pages<T> {
    const PAGE_BITS: u32 = match PAGE_BYTES.checked_div(size_of::<T>()) {
        Some(items) if items > 0 => items.ilog2(),
        _ => 0,
    };
    const PAGE: usize = 1 << Self::PAGE_BITS;
    const PAGE_MASK: usize = Self::PAGE.wrapping_sub(1);

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The item at `at`, if there are so many.
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        let (table, page, item) = Self::place(at);
        self.tables.get(table)?.get(page)?.get(item)
    }

    /// Every item, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.tables.iter().flat_map(|table| table.iter()).flat_map(|page| page.iter())
    }

    /// Which table the item at `at` is in, which page of the table, and which item of the page it is.
    fn place(at: usize) -> (usize, usize, usize) {
        let page = at.wrapping_shr(Self::PAGE_BITS);
        (page / TABLE, page % TABLE, at & Self::PAGE_MASK)
    }
}

impl<T: Clone> Pages<T> {
    /// The item at `at`, to be changed, if there are so many.
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        if at >= self.len {
            return None;
        }
        let (table, page, item) = Self::place(at);
        let table = Arc::make_mut(&mut self.tables).get_mut(table)?;
        Arc::make_mut(Arc::make_mut(table).get_mut(page)?).get_mut(item)
    }

    /// Puts an item behind the others.
    pub(crate) fn push(&mut self, item: T) {
        let (table, page, _) = Self::place(self.len);
        if table == self.tables.len() {
            self.tables = behind(&self.tables, Arc::default());
        }
        if let Some(table) = Arc::make_mut(&mut self.tables).get_mut(table) {
            match Arc::make_mut(table).get_mut(page) {
                Some(page) => *page = behind(page, item),
                None => *table = behind(table, [item].into()),
            }
        }
        self.len = self.len.saturating_add(1);
    }
}

/// These items and one more.
fn behind<T: Clone>(items: &[T], item: T) -> Arc<[T]> {
    items.iter().cloned().chain(once(item)).collect()
}

impl<T: Clone> FromIterator<T> for Pages<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let items: Vec<T> = items.into_iter().collect();
        let pages: Vec<Page<T>> = items.chunks(Self::PAGE).map(Into::into).collect();
        Self { tables: pages.chunks(TABLE).map(Into::into).collect(), len: items.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As large as an account, so that some ten thousand of them need several tables.
    type Item = [u64; 16];

    fn item(no: usize) -> Item {
        [u64::try_from(no).unwrap(); 16]
    }

    fn same(pages: &Pages<Item>, items: &[Item]) {
        assert_eq!(pages.len(), items.len());
        assert!(pages.iter().eq(items));
        assert!((0..items.len()).all(|at| pages.get(at) == items.get(at)));
        assert_eq!(pages.get(items.len()), None);
    }

    #[test]
    fn pages_are_a_vector_at_every_length_pushed_or_collected() {
        let (mut pushed, mut items) = (Pages::default(), Vec::new());
        for no in 0..33_000 {
            if no < 300 || no % 256 < 2 || no % 1_024 < 2 {
                same(&pushed, &items);
                same(&items.iter().copied().collect(), &items);
            }
            pushed.push(item(no));
            items.push(item(no));
        }
        same(&pushed, &items);
        let mut collected: Pages<Item> = items.iter().copied().collect();
        for no in 33_000..33_600 {
            collected.push(item(no));
            items.push(item(no));
        }
        same(&collected, &items);
        assert_eq!(collected.get_mut(33_600), None);
    }

    #[test]
    fn a_clone_stays_as_it_was() {
        let mut items: Vec<Item> = (0..9_000).map(item).collect();
        let mut pages: Pages<Item> = items.iter().copied().collect();
        let mut kept = Vec::new();
        for round in 0..40 {
            kept.push((pages.clone(), items.clone()));
            for step in 0..50 {
                let at = (round * 7_919 + step * 613) % items.len();
                *pages.get_mut(at).unwrap() = item(round);
                items[at] = item(round);
            }
            pages.push(item(round));
            items.push(item(round));
        }
        kept.push((pages, items));
        for (pages, items) in &kept {
            same(pages, items);
        }
    }

    #[test]
    fn only_the_page_that_is_changed_is_copied() {
        let first: Pages<Item> = (0..9_000).map(item).collect();
        let mut second = first.clone();
        *second.get_mut(4_000).unwrap() = item(0);
        let page = |pages: &Pages<Item>, at| {
            let (table, page, _) = Pages::<Item>::place(at);
            Arc::clone(&pages.tables[table][page])
        };
        let is_shared = |at: usize| Arc::ptr_eq(&page(&first, at), &page(&second, at));
        let own = Vec::from_iter((0..9_000).filter(|at| !is_shared(*at)));
        assert_eq!(own, Vec::from_iter(4_000..4_000 + Pages::<Item>::PAGE));
    }
}
