//! Atomic groups: linked commands of which all are carried out or none.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::{Books, Command, Decision, Detail, Digest, Entry, Event, Known, Prior, Reason, Refusal};

/// What becomes of a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupDecision<P = ()> {
    /// All are carried out: their entries, in order, to be journaled one right after the other.
    Entries(Vec<Entry<P>>),
    /// All were carried out before: the positions of their entries, in order.
    Replay(Vec<u64>),
    /// None is carried out, because of one of them.
    Fell {
        /// Which one, counted from 0. The others were refused with [`Reason::GroupFell`].
        culprit: usize,
        /// What becomes of that one: a refusal that is journaled, one that was journaled before, or one that is not.
        decision: alloc::boxed::Box<Decision<P>>,
    },
}

impl GroupDecision {
    /// The same decision about entries that have more to say to products.
    #[must_use]
    pub fn with_product<P: Clone>(self, product: P) -> GroupDecision<P> {
        match self {
            Self::Entries(entries) => {
                let with = |entry: Entry| entry.with_product(product.clone());
                GroupDecision::Entries(entries.into_iter().map(with).collect())
            }
            Self::Replay(positions) => GroupDecision::Replay(positions),
            Self::Fell { culprit, decision } => {
                GroupDecision::Fell { culprit, decision: decision.with_product(product).into() }
            }
        }
    }
}

/// A command of a group, with its digest and what the journal says about it.
pub type GroupMember = (Command, Digest, Known);

impl Books {
    /// Decides a group: a run of linked commands and the one after it that is not.
    ///
    /// `position` and `now_ns` are the position and the journal time that its first entry would get; the others get
    /// the next ones. Each command is decided with the effects of those before it. The books are as before when this
    /// returns: whoever journals the entries applies them.
    ///
    /// A group that comes again as it was gives its first result again. Only the culprit's refusal is kept, if it
    /// depends on the books: the others may come again with the same keys in another group.
    #[must_use]
    pub fn decide_group(&mut self, group: Vec<GroupMember>, position: u64, now_ns: u64) -> GroupDecision {
        if let Some(decision) = settled(&group) {
            return decision;
        }
        self.undo = Some(Vec::new());
        let mut decision = self.try_group(group, position, now_ns);
        self.roll_back();
        if let GroupDecision::Fell { decision, .. } = &mut decision
            && let Decision::Entry(Entry { event: Event::Refused { refusal, .. }, .. }) = &mut **decision
        {
            self.forget_unset_limit(refusal);
        }
        decision
    }

    /// A limit that the group itself has set is gone with it, so a refusal cannot name it.
    pub(crate) fn forget_unset_limit(&self, refusal: &mut Refusal) {
        if let Detail::Limit(no) = refusal.detail
            && self.limit_at(no).is_none()
        {
            refusal.detail = Detail::None;
        }
    }

    fn try_group(&mut self, group: Vec<GroupMember>, position: u64, now_ns: u64) -> GroupDecision {
        let mut entries = Vec::with_capacity(group.len());
        for (at, (command, digest, known)) in group.into_iter().enumerate() {
            let step = u64::try_from(at).unwrap_or(u64::MAX);
            let (position, now_ns) = (position.saturating_add(step), now_ns.saturating_add(step));
            let entry = self.decide_new(command, digest, &known, now_ns);
            if matches!(entry.event, Event::Refused { .. }) {
                return fell(at, Decision::Entry(entry));
            }
            // What was just decided on these books follows from them.
            let _ = self.apply(position, now_ns, &entry);
            entries.push(entry);
        }
        GroupDecision::Entries(entries)
    }
}

fn fell(culprit: usize, decision: Decision) -> GroupDecision {
    GroupDecision::Fell { culprit, decision: decision.into() }
}

/// What can be said of a group without the books: a fault of shape, a retry, a key that was used before.
fn settled(group: &[GroupMember]) -> Option<GroupDecision> {
    let refuse = |at: usize, refusal: Refusal| Some(fell(at, Decision::Refuse(refusal)));
    for (at, (command, ..)) in group.iter().enumerate() {
        if let Err(refusal) = command.check() {
            return refuse(at, refusal);
        }
    }
    let last = group.len().saturating_sub(1);
    if group.last().is_none_or(|(command, ..)| command.linked) {
        return refuse(last, Reason::GroupOpen.into());
    }
    let mut keys = BTreeSet::new();
    for (at, (command, digest, known)) in group.iter().enumerate() {
        let is_other = known.prior.is_some_and(|prior| prior.digest != *digest);
        if is_other || !keys.insert(command.key) {
            return refuse(at, Reason::KeyReused.into());
        }
    }
    let priors = || group.iter().map(|(.., known)| known.prior);
    let refused = |prior: Option<Prior>| prior.is_some_and(|prior| prior.refused);
    if let Some((at, Some(prior))) = priors().enumerate().find(|(_, prior)| refused(*prior)) {
        return Some(fell(at, Decision::Replay(prior.position)));
    }
    match priors().flatten().count() {
        0 => None,
        known if known == group.len() => {
            Some(GroupDecision::Replay(priors().flatten().map(|prior| prior.position).collect()))
        }
        _ => {
            let new = priors().position(|prior| prior.is_none()).unwrap_or(0);
            refuse(new, Reason::GroupDiffers.into())
        }
    }
}

/// What the other commands of a group are told when one of them was refused.
#[must_use]
pub fn fell_with(culprit: usize) -> Refusal {
    let at = u32::try_from(culprit).unwrap_or(u32::MAX);
    Refusal::new(Reason::GroupFell).about(Detail::Culprit(at))
}
