//! The audit's own chart: which sets there are, and what is in them.

use std::collections::{BTreeMap, BTreeSet};

use longmen_core::{MemberNo, SetId, SetNo};

use crate::law::{Findings, Law};
use crate::tables::Tables;

/// Every set in the order of opening.
#[derive(Debug, Default)]
pub(crate) struct Chart {
    pub(crate) sets: Vec<(SetId, BTreeSet<MemberNo>)>,
    by_id: BTreeMap<SetId, u32>,
    /// The sets that each member is directly in.
    holders: BTreeMap<MemberNo, BTreeSet<u32>>,
}

impl Chart {
    /// The number of the set of this name.
    pub(crate) fn number(&self, id: &SetId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    fn members(&self, set: u32) -> Option<&BTreeSet<MemberNo>> {
        self.sets.get(usize::try_from(set).ok()?).map(|(_, members)| members)
    }

    /// A set was opened.
    pub(crate) fn open(&mut self, position: u64, id: SetId, found: &mut Findings) {
        let no = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.sets.push((id, BTreeSet::new()));
        if let Some(no) = self.by_id.insert(id, no) {
            found.add(position, Law::SetOnce, || format!("{id} is set {no} already"));
        }
    }

    /// Something was put into a set.
    pub(crate) fn join(
        &mut self,
        position: u64,
        set: SetNo,
        member: MemberNo,
        tables: &Tables,
        found: &mut Findings,
    ) {
        let is_there = match member {
            MemberNo::Account(no) => tables.account(no.0).is_some(),
            MemberNo::Set(no) => self.members(no.0).is_some(),
        };
        if self.above(MemberNo::Set(set)).contains(&member) {
            found.add(position, Law::SetCycle, || format!("{member:?} would be within itself"));
        }
        let is_new = match usize::try_from(set.0).ok().and_then(|at| self.sets.get_mut(at)) {
            Some((_, members)) => members.insert(member),
            None => false,
        };
        if !is_there || !is_new {
            found.add(position, Law::SetMember, || {
                format!("{member:?} joins set {}: one of them is not there, or it is in already", set.0)
            });
        }
        if is_new {
            self.holders.entry(member).or_default().insert(set.0);
        }
    }

    /// Something was taken out of a set.
    pub(crate) fn leave(&mut self, position: u64, set: SetNo, member: MemberNo, found: &mut Findings) {
        let was_in = match usize::try_from(set.0).ok().and_then(|at| self.sets.get_mut(at)) {
            Some((_, members)) => members.remove(&member),
            None => false,
        };
        if !was_in {
            found.add(position, Law::SetMember, || {
                format!("{member:?} leaves set {} and is not in it", set.0)
            });
        } else if let Some(holders) = self.holders.get_mut(&member) {
            holders.remove(&set.0);
        }
    }

    /// The member itself and every set that it is in, at whatever distance.
    pub(crate) fn above(&self, member: MemberNo) -> BTreeSet<MemberNo> {
        self.closure(member, |member, next| {
            let holders = self.holders.get(&member).into_iter().flatten();
            next.extend(holders.map(|set| MemberNo::Set(SetNo(*set))));
        })
    }

    /// The numbers of the accounts that a member stands for: itself, or those in it at whatever depth.
    pub(crate) fn accounts(&self, member: MemberNo) -> Vec<u32> {
        let all = self.closure(member, |member, next| {
            if let MemberNo::Set(set) = member {
                next.extend(self.members(set.0).into_iter().flatten());
            }
        });
        let accounts = all.into_iter().filter_map(|member| match member {
            MemberNo::Account(no) => Some(no.0),
            MemberNo::Set(_) => None,
        });
        accounts.collect()
    }

    /// All that can be reached in steps, the beginning included; a circle ends where it began.
    fn closure(&self, from: MemberNo, step: impl Fn(MemberNo, &mut Vec<MemberNo>)) -> BTreeSet<MemberNo> {
        let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(member) = next.pop() {
            if reached.insert(member) {
                step(member, &mut next);
            }
        }
        reached
    }
}
