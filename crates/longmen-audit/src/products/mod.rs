//! What products say in their entries, against laws of its own: items, lots, the matrix, and the phases of things.

mod compare;
mod events;
mod items;
mod lots;
mod matrix;
mod phases;

use longmen_core::{Effect, Entry, Posting, Side};
use longmen_wallet::Fact;

use crate::keys::{Fingerprint, Keys};
use crate::law::{Findings, Law};
use crate::tables::{Profile, Tables};
use items::Items;
use lots::Lots;
use matrix::Kind;
use phases::Phases;

pub(crate) use compare::compare;

/// What the entries so far say of products.
#[derive(Debug, Default)]
pub(crate) struct Products {
    codes: Codes,
    items: Items,
    lots: Lots,
    phases: Phases,
}

/// The code in the chart of every account that belongs to a product, and what its balance is made of, by the account's
/// number; zero for others.
#[derive(Debug, Default)]
struct Codes(Vec<(u16, Option<Kind>)>);

impl Products {
    /// Judges what an entry means to a product, after it was folded into the tables.
    pub(crate) fn judge(
        &mut self,
        (position, time_ns): (u64, u64),
        (entry, fact): (&Entry, &Fact),
        tables: &Tables,
        keys: &Keys,
        found: &mut Findings,
    ) {
        for (_, postings) in entry.parts() {
            judge_pairs(position, postings, &self.codes, tables, found);
        }
        self.items.judge((position, time_ns), (entry, &fact.items), &self.codes, tables, found);
        self.lots.judge(position, entry, fact.lots.unwrap_or_default(), &self.codes, found);
        phases::Walk { phases: &mut self.phases, keys, key: entry.key, position, found }.event(&fact.event);
    }

    /// Takes in the accounts that were opened since it was last told.
    pub(crate) fn opened(&mut self, position: u64, tables: &Tables, found: &mut Findings) {
        for profile in tables.profiles.iter().skip(self.codes.0.len()) {
            self.codes.push(position, profile, found);
        }
    }

    /// A hold has ended by itself: what waited for it ends with it.
    pub(crate) fn hold_ended(&mut self, hold: Option<Fingerprint>, position: u64, found: &mut Findings) {
        if let Some(hold) = hold {
            self.phases.hold_ended(hold, position, found);
        }
    }

    /// Judges what can only be judged at the end.
    pub(crate) fn finish(&self, last_position: u64, tables: &Tables, found: &mut Findings) {
        self.items.finish(last_position, &self.codes, tables, found);
    }
}

impl Codes {
    /// Takes in the account that comes next.
    fn push(&mut self, position: u64, profile: &Profile, found: &mut Findings) {
        let code = profile.details.code.as_ref().filter(|_| profile.managed);
        let code: u16 = code.and_then(|code| code.as_str().parse().ok()).unwrap_or(0);
        let row = matrix::charted(code);
        if profile.managed && row.map(|(class, _)| class) != Some(profile.class) {
            found.add(position, Law::Charted, || format!("{} is not of the chart", profile.id));
        }
        self.0.push((code, row.map(|(_, kind)| kind)));
    }

    fn get(&self, no: u32) -> (u16, Option<Kind>) {
        usize::try_from(no).ok().and_then(|no| self.0.get(no)).copied().unwrap_or_default()
    }

    fn kind(&self, no: u32) -> Option<Kind> {
        self.get(no).1
    }
}

/// Judges what one part of an entry posts or reserves: each of its debits with each credit of the same currency.
fn judge_pairs(position: u64, postings: &[Posting], codes: &Codes, tables: &Tables, found: &mut Findings) {
    let debits = postings.iter().filter(|own| own.side == Side::Debit && own.effect != Effect::Unhold);
    for debit in debits {
        let currency = tables.currency_of(debit.account.0);
        let meets = |own: &&Posting| {
            own.side == Side::Credit
                && own.effect == debit.effect
                && tables.currency_of(own.account.0) == currency
        };
        for credit in postings.iter().filter(meets) {
            let pair = [debit.account.0, credit.account.0];
            let [from, to] = pair.map(|no| codes.get(no).0);
            if !matrix::is_permitted(from, to) {
                found.add(position, Law::Permitted, || {
                    let [debit, credit] = pair.map(|no| tables.name(no));
                    format!("{debit} is debited and {credit} credited")
                });
            }
        }
    }
}
