//! Open items, kept a second time: what the balances of control accounts are made of.

use std::collections::HashMap;

use longmen_core::{Effect, Entry, Key, Side};
use longmen_wallet::{ItemChange, OwnerId};

use super::{Codes, Kind};
use crate::law::{Findings, Law};
use crate::tables::Tables;

/// An open item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Item {
    pub(super) side: Side,
    pub(super) owner: Option<OwnerId>,
    /// Minor units.
    pub(super) open: u64,
    pub(super) since_ns: u64,
    pub(super) due_ns: Option<u64>,
}

impl Item {
    /// What it is of the account's debits less credits.
    fn net(&self) -> i128 {
        signed(self.side, self.open)
    }
}

/// Every open item, by its account and name.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) open: HashMap<(u32, Key), Item>,
    /// For each control account of the current entry, what was posted less what its items say. Kept for its room.
    net: Vec<(u32, i128)>,
}

fn signed(side: Side, minor: u64) -> i128 {
    match side {
        Side::Debit => i128::from(minor),
        Side::Credit => -i128::from(minor),
    }
}

impl Items {
    /// Judges what an entry says of items, beside what it posts.
    pub(super) fn judge(
        &mut self,
        (position, time_ns): (u64, u64),
        (entry, changes): (&Entry, &[ItemChange]),
        codes: &Codes,
        tables: &Tables,
        found: &mut Findings,
    ) {
        self.net.clear();
        for posting in entry.postings.iter().filter(|posting| posting.effect == Effect::Post) {
            let no = posting.account.0;
            if codes.kind(no) == Some(Kind::Control) {
                self.add(no, signed(posting.side, posting.amount.minor()));
            }
        }
        for change in changes {
            let (ItemChange::Open { account, .. } | ItemChange::Clear { account, .. }) = change;
            let said = match self.change(time_ns, change) {
                Ok(said) => said,
                Err((said, fault)) => {
                    found.add(position, Law::ItemOpen, || fault);
                    said
                }
            };
            self.add(account.0, -said);
        }
        for (no, net) in self.net.iter().filter(|(_, net)| *net != 0) {
            found.add(position, Law::Itemised, || {
                let name = tables.name(*no);
                format!("{name}: {net} minor units of debit less credit are of no item")
            });
        }
    }

    fn add(&mut self, no: u32, sum: i128) {
        match self.net.iter_mut().find(|(own, _)| *own == no) {
            Some((_, net)) => *net += sum,
            None => self.net.push((no, sum)),
        }
    }

    /// Folds a change in, broken or not; gives what it says was posted, as debits less credits, and what is wrong.
    fn change(&mut self, time_ns: u64, change: &ItemChange) -> Result<i128, (i128, String)> {
        match *change {
            ItemChange::Open { account, name, side, amount, owner, due_ns } => {
                let said = signed(side, amount.minor());
                let new = Item { side, owner, open: 0, since_ns: time_ns, due_ns };
                let item = self.open.entry((account.0, name)).or_insert(new);
                let is_same = (item.side, item.owner) == (side, owner);
                item.open = item.open.saturating_add(amount.minor());
                match (is_same, amount.is_zero()) {
                    (true, false) => Ok(said),
                    (false, _) => Err((said, format!("item {name} grows on its other side, or for another"))),
                    (_, true) => Err((said, format!("item {name} is opened for nothing"))),
                }
            }
            ItemChange::Clear { account, name, amount } => {
                let at = (account.0, name);
                let Some(item) = self.open.get_mut(&at) else {
                    return Err((0, format!("item {name} is cleared and not open")));
                };
                let said = signed(item.side.opposite(), amount.minor());
                let open = item.open;
                item.open = open.saturating_sub(amount.minor());
                if item.open == 0 {
                    self.open.remove(&at);
                }
                if amount.minor() > open || amount.is_zero() {
                    let cleared = amount.minor();
                    return Err((said, format!("item {name}: {cleared} minor units are cleared of {open}")));
                }
                Ok(said)
            }
        }
    }

    /// Judges at the end that control accounts are the sums of their items.
    pub(super) fn finish(&self, last_position: u64, codes: &Codes, tables: &Tables, found: &mut Findings) {
        let mut sums: HashMap<u32, i128> = HashMap::new();
        for ((no, _), item) in &self.open {
            *sums.entry(*no).or_default() += item.net();
        }
        for (no, account) in (0_u32..).zip(&tables.accounts) {
            let sum = sums.get(&no).copied().unwrap_or(0);
            let [debits, credits] = account.posted;
            if codes.kind(no) == Some(Kind::Control) && debits - credits != sum {
                found.add(last_position, Law::ControlIsItems, || {
                    let name = tables.name(no);
                    format!("{name}: debits less credits are {}, its items {sum}", debits - credits)
                });
            }
        }
    }
}
