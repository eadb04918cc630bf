//! The lines of many accounts as one list, the newest first.

use std::collections::BinaryHeap;
use std::ops::Range;

use longmen_core::AccountNo;

use crate::StoreError;
use crate::chunk::Read;
use crate::history::Backwards;
use crate::projection::Projection;

/// The lines of many accounts in a range of positions.
pub(super) struct Merge {
    /// Where the next line of each account is, at the latest.
    next: BinaryHeap<Next>,
    sources: Vec<Source>,
}

/// The place of an account's next line, and which source has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    position: u64,
    account: AccountNo,
    /// Whether that is its very place; else it is there or before.
    is_known: bool,
    source: usize,
}

struct Source {
    lines: Backwards,
    read: Option<Read>,
}

impl Merge {
    pub(super) fn new(now: &Projection, accounts: &[AccountNo], range: Range<u64>) -> Self {
        let books = now.state.books();
        let (mut next, mut sources) = (BinaryHeap::new(), Vec::new());
        for account in accounts {
            // An account's version says, without a look at its lines, where the last of them may be.
            let version = books.account_at(*account).map_or(0, longmen_core::Account::version);
            let Some(position) = range.end.checked_sub(1).map(|last| last.min(version)) else { break };
            if position >= range.start {
                next.push(Next { position, account: *account, is_known: false, source: sources.len() });
                sources.push(Source { lines: Backwards::new(*account, range.clone()), read: None });
            }
        }
        Self { next, sources }
    }

    /// The next line and its account.
    pub(super) fn next(&mut self, now: &Projection) -> Result<Option<(AccountNo, Read)>, StoreError> {
        while let Some(Next { account, source, .. }) = self.next.pop() {
            let Some(own) = self.sources.get_mut(source) else { continue };
            let read = own.read.take();
            own.read = own.lines.next(&now.history, now.counters(account))?;
            if let Some(following) = &own.read {
                let position = following.record.position;
                self.next.push(Next { position, account, is_known: true, source });
            }
            if let Some(read) = read {
                return Ok(Some((account, read)));
            }
        }
        Ok(None)
    }

    /// Whether there is nothing more.
    pub(super) fn is_done(&self) -> bool {
        self.next.is_empty()
    }
}
