//! A vector whose clones share everything that none of them has changed since.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::iter::once;

/// A page has as many items as fit into so many bytes, rounded down to a power of two.
const PAGE_BYTES: usize = 4_096;

/// A table has two to the power of this nodes below it.
const FAN_BITS: u32 = 5;
const FAN: usize = 1 << FAN_BITS;

/// A vector in pages: cloning it is cheap, and changing a clone copies the page in question and the few tables above
/// it, once, where another clone has them too.
///
/// A clone never changes with another one.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T> {
    root: Node<T>,
    len: usize,
    /// There is room for two to the power of this items below the root.
    bits: u32,
}

/// A page of items, or a table of what lies below it. All are full but the last on each level.
#[derive(Debug)]
enum Node<T> {
    Table(Arc<[Node<T>]>),
    Page(Arc<[T]>),
}

impl<T> Clone for Node<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Table(below) => Self::Table(Arc::clone(below)),
            Self::Page(items) => Self::Page(Arc::clone(items)),
        }
    }
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { root: Node::Page(Arc::default()), len: 0, bits: Self::PAGE_BITS }
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
        self.page(at).get(at & Self::PAGE_MASK)
    }

    /// Every item, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        (0..self.len).step_by(Self::PAGE).flat_map(|at| self.page(at))
    }

    /// The page that the item at `at` is in, or none.
    fn page(&self, at: usize) -> &[T] {
        if at >= self.len {
            return &[];
        }
        let (mut node, mut bits) = (&self.root, self.bits);
        loop {
            match node {
                Node::Page(items) => return items,
                Node::Table(below) => {
                    bits = bits.saturating_sub(FAN_BITS);
                    let Some(lower) = below.get(slot(at, bits)) else { return &[] };
                    node = lower;
                }
            }
        }
    }
}

impl<T: Clone> Pages<T> {
    /// The item at `at`, to be changed, if there are so many.
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        if at >= self.len {
            return None;
        }
        let (mut node, mut bits) = (&mut self.root, self.bits);
        loop {
            match node {
                Node::Page(items) => return Arc::make_mut(items).get_mut(at & Self::PAGE_MASK),
                Node::Table(below) => {
                    bits = bits.saturating_sub(FAN_BITS);
                    node = Arc::make_mut(below).get_mut(slot(at, bits))?;
                }
            }
        }
    }

    /// Puts an item behind the others.
    pub(crate) fn push(&mut self, item: T) {
        if self.len.wrapping_shr(self.bits) > 0 {
            let full = core::mem::replace(&mut self.root, Node::Page(Arc::default()));
            self.root = Node::Table([full].into());
            self.bits = self.bits.saturating_add(FAN_BITS);
        }
        Self::push_below(&mut self.root, self.bits, self.len, item);
        self.len = self.len.saturating_add(1);
    }

    /// Puts the item at `at`, which is to be the last, below a node with room for it.
    fn push_below(node: &mut Node<T>, bits: u32, at: usize, item: T) {
        match node {
            Node::Page(items) => *items = items.iter().cloned().chain(once(item)).collect(),
            Node::Table(below) => {
                let bits = bits.saturating_sub(FAN_BITS);
                if slot(at, bits) < below.len() {
                    if let Some(last) = Arc::make_mut(below).last_mut() {
                        Self::push_below(last, bits, at, item);
                    }
                } else {
                    *below = below.iter().cloned().chain(once(Self::branch(bits, item))).collect();
                }
            }
        }
    }

    /// A node with room for two to the power of `bits` items, and this one in it.
    fn branch(bits: u32, item: T) -> Node<T> {
        if bits <= Self::PAGE_BITS {
            return Node::Page([item].into());
        }
        Node::Table([Self::branch(bits.saturating_sub(FAN_BITS), item)].into())
    }
}

impl<T: Clone> FromIterator<T> for Pages<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let items: Vec<T> = items.into_iter().collect();
        let mut bits = Self::PAGE_BITS;
        let mut nodes: Vec<Node<T>> = items.chunks(Self::PAGE).map(|page| Node::Page(page.into())).collect();
        while nodes.len() > 1 {
            nodes = nodes.chunks(FAN).map(|below| Node::Table(below.into())).collect();
            bits = bits.saturating_add(FAN_BITS);
        }
        let root = nodes.pop().unwrap_or_else(|| Node::Page(Arc::default()));
        Self { root, len: items.len(), bits }
    }
}

/// Which node of a table the item at `at` is below, where each has room for two to the power of `bits`.
fn slot(at: usize, bits: u32) -> usize {
    at.wrapping_shr(bits) & (FAN - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As large as an account, so that a few thousand of them need tables of tables.
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
        let is_shared = |at: usize| core::ptr::eq(first.page(at), second.page(at));
        let own = Vec::from_iter((0..9_000).filter(|at| !is_shared(*at)));
        assert_eq!(own, Vec::from_iter(4_000..4_000 + Pages::<Item>::PAGE));
    }
}
