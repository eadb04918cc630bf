//! What each source brought to a wallet or a card, and was not given back to it yet.

use std::collections::HashMap;

use longmen_core::{Effect, Entry, Key, Side};
use longmen_wallet::{Draw, LotUse};

use super::{Codes, Kind};
use crate::law::{Findings, Law};

/// By account and source, in minor units.
///
/// Spending is not followed, because whose money is spent first is a term of the wallet. So this is the most that can
/// go back, and less may be left.
#[derive(Debug, Default)]
pub(super) struct Lots(HashMap<(u32, Key), u64>);

impl Lots {
    pub(super) fn judge(
        &mut self,
        position: u64,
        entry: &Entry,
        usage: LotUse,
        codes: &Codes,
        found: &mut Findings,
    ) {
        for posting in entry.postings.iter().filter(|posting| posting.effect == Effect::Post) {
            let (no, minor) = (posting.account.0, posting.amount.minor());
            if codes.kind(no) != Some(Kind::Lots) {
                continue;
            }
            match (posting.side, usage.source, usage.draw) {
                (Side::Credit, Some(source), _) => {
                    let brought = self.0.entry((no, source)).or_default();
                    *brought = brought.saturating_add(minor);
                }
                (Side::Debit, _, Draw::Back(source)) => {
                    let brought = self.0.get(&(no, source)).copied().unwrap_or(0);
                    if minor > brought {
                        found.add(position, Law::GivenBack, || {
                            format!("{minor} minor units go back to {source}, which brought {brought}")
                        });
                    }
                    match brought.saturating_sub(minor) {
                        0 => drop(self.0.remove(&(no, source))),
                        left => drop(self.0.insert((no, source), left)),
                    }
                }
                _ => {}
            }
        }
    }
}
