//! Groups stand whole.

use longmen_core::{Entry, Event};

use crate::law::{Findings, Law};

/// Whether the entry before is linked to the one that comes.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    linked: Option<u64>,
}

impl Groups {
    /// The next entry is that of a command or an expiry.
    pub(crate) fn entry(&mut self, position: u64, entry: &Entry, found: &mut Findings) {
        let was_carried_out = !matches!(entry.event, Event::Refused { .. } | Event::HoldExpired { .. });
        if self.linked.is_some() && !was_carried_out {
            self.break_off("a refusal or an expiry", found);
        }
        self.linked = None;
        if entry.linked {
            if was_carried_out {
                self.linked = Some(position);
            } else {
                found.add(position, Law::GroupWhole, || "a refusal or an expiry is linked".to_owned());
            }
        }
    }

    /// What comes next is something else: the journal's own entry, or its end.
    pub(crate) fn break_off(&mut self, by: &str, found: &mut Findings) {
        if let Some(position) = self.linked.take() {
            found.add(position, Law::GroupWhole, || format!("it is linked, and what comes after it is {by}"));
        }
    }
}
