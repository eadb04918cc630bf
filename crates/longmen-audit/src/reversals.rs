//! Reversals: each the mirror of one entry, and each entry reversed once.

use std::collections::BTreeMap;

use longmen_core::{Effect, Entry, Event};

use crate::law::{Findings, Law};
use crate::shape::Turn;

/// Which entries were reversed, and by which.
#[derive(Debug, Default)]
pub(crate) struct Reversals(pub(crate) BTreeMap<u64, u64>);

impl Reversals {
    /// The entry at `original` was reversed; `earlier` is what stands there, if it is the entry of a command.
    pub(crate) fn judge(
        &mut self,
        turn: Turn<'_>,
        original: u64,
        earlier: Option<&Entry>,
        found: &mut Findings,
    ) {
        let position = turn.position;
        if let Some(before) = self.0.get(&original) {
            found.add(position, Law::ReversedOnce, || {
                format!("the entry at position {original} was reversed at position {before}")
            });
        }
        self.0.entry(original).or_insert(position);
        let Some(earlier) = earlier.filter(|_| original < position) else {
            found.add(position, Law::Reversible, || {
                format!("no command's entry stands at position {original} before it")
            });
            return;
        };
        let posted = || earlier.postings.iter().filter(|posting| posting.effect == Effect::Post);
        // What a product did is undone by a command of that product.
        let is_final =
            matches!(earlier.event, Event::Reversed { .. } | Event::Refused { .. } | Event::Compound(_));
        if is_final || posted().next().is_none() {
            found.add(position, Law::Reversible, || {
                format!("the entry at position {original} posted nothing, or is a reversal or a product's")
            });
        }
        let own = &turn.entry.postings;
        let is_mirror = own.len() == posted().count()
            && own.iter().zip(posted()).all(|(own, other)| {
                own.effect == Effect::Post
                    && own.side != other.side
                    && (own.account, own.amount) == (other.account, other.amount)
            });
        if !is_mirror {
            found.add(position, Law::Mirror, || {
                format!("it is not the mirror of what was posted at position {original}")
            });
        }
    }
}
