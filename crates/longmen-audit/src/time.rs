//! Days and times: seals, imports, and subjects that were erased.

use std::collections::BTreeSet;

use longmen_core::{EffectiveDate, Event, HoldPlaced, Subject};

use crate::law::{Findings, Law};
use crate::shape::Turn;

const DAY_NS: u64 = 86_400_000_000_000;

/// What was sealed, imported and erased so far.
#[derive(Debug, Default)]
pub(crate) struct Times {
    pub(crate) sealed_through: Option<EffectiveDate>,
    pub(crate) imported_ns: Option<u64>,
    pub(crate) erased: BTreeSet<Subject>,
}

/// The day in UTC, counted from 1970-01-01.
fn day_of(time_ns: u64) -> i64 {
    i64::try_from(time_ns / DAY_NS).unwrap_or(i64::MAX)
}

impl Times {
    /// Judges what any entry says of days, times and subjects, and folds it in.
    pub(crate) fn judge(&mut self, turn: Turn<'_>, found: &mut Findings) {
        // A refusal may name the sealed day for which it was refused, and carries nothing else.
        if matches!(turn.entry.event, Event::Refused { .. }) {
            return;
        }
        let happened_ns = turn.entry.extras.as_ref().and_then(|extras| extras.happened_ns);
        if let Some(sealed) = self.sealed_through {
            let own = turn.entry.effective.map(|day| i64::from(day.days()));
            let day = own.unwrap_or_else(|| day_of(happened_ns.map_or(turn.time_ns, |time| time.get())));
            if day <= i64::from(sealed.days()) {
                found.add(turn.position, Law::Sealed, || {
                    format!("it counts on day {day} and the days up to {} are sealed", sealed.days())
                });
            }
        }
        if let Some(happened_ns) = happened_ns {
            self.judge_import(turn, happened_ns.get(), found);
        }
        let secret = turn.entry.extras.as_ref().and_then(|extras| extras.secret.as_ref());
        if secret.is_some_and(|secret| self.erased.contains(secret.subject())) {
            found.add(turn.position, Law::Erased, || "it keeps something for an erased subject".to_owned());
        }
    }

    fn judge_import(&mut self, turn: Turn<'_>, happened_ns: u64, found: &mut Findings) {
        let position = turn.position;
        if happened_ns >= turn.time_ns {
            found.add(position, Law::ImportOrder, || {
                format!("it happened at {happened_ns} ns and was journaled at {} ns", turn.time_ns)
            });
        }
        if let Some(last) = self.imported_ns.filter(|last| *last >= happened_ns) {
            found.add(position, Law::ImportOrder, || {
                format!("it happened at {happened_ns} ns and the import before it at {last} ns")
            });
        }
        if matches!(turn.entry.event, Event::HoldPlaced(HoldPlaced { expires_ns: Some(_), .. })) {
            found.add(position, Law::ImportOrder, || "an imported hold has an expiry".to_owned());
        }
        self.imported_ns = Some(happened_ns);
    }

    /// Every day up to this one was sealed.
    pub(crate) fn seal(&mut self, turn: Turn<'_>, through: EffectiveDate, found: &mut Findings) {
        let today = day_of(turn.time_ns);
        let is_later = self.sealed_through.is_none_or(|sealed| sealed.days() < through.days());
        if i64::from(through.days()) >= today || !is_later {
            found.add(turn.position, Law::SealOrder, || {
                let before = self.sealed_through.map_or("none".to_owned(), |day| day.days().to_string());
                format!(
                    "it seals up to day {}, on day {today}, and the seal before is {before}",
                    through.days()
                )
            });
        }
        if is_later {
            self.sealed_through = Some(through);
        }
    }

    /// The key of a subject was destroyed.
    pub(crate) fn erase(&mut self, turn: Turn<'_>, subject: Subject, found: &mut Findings) {
        if !self.erased.insert(subject) {
            found.add(turn.position, Law::Erased, || format!("{subject} was erased before"));
        }
    }
}
