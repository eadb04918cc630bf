//! Compound entries: several actions under one key, as one entry, for products.

use alloc::vec::Vec;

use crate::apply::Fact;
use crate::decide::By;
use crate::{Action, Books, Command, Digest, Entry, Event, Known, Part, Posting, Postings, Reason, Refusal};

/// One of the actions of a compound entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What is done. It is never a reversal.
    pub action: Action,
    /// Whether the outside world has done it already, as [`Command::force`] says.
    pub force: bool,
}

impl From<Action> for Step {
    fn from(action: Action) -> Self {
        Self { action, force: false }
    }
}

impl Books {
    /// Decides several actions that become one entry: all of them or none, each with the effects of those before it.
    ///
    /// `position` and `now_ns` are those that the entry would get. The books are as before when this returns.
    /// At most one of the actions may place a hold, because it is named by the command's key: a second one is
    /// [`Reason::KeyReused`]. Accounts that belong to
    /// products are open to these actions and no others.
    ///
    /// # Errors
    ///
    /// The refusal of the first action that is refused, without its leg; the books alone cannot say what it means to
    /// the product.
    pub fn decide_compound(
        &mut self,
        command: Command<Vec<Step>>,
        digest: Digest,
        position: u64,
        now_ns: u64,
    ) -> Result<Entry, Refusal> {
        let Command { key, action: steps, memo, effective, conditions, extras, .. } = command;
        let forced = steps.iter().any(|step| step.force);
        let mut step = Command::new(key, Action::Post(crate::Legs::new()));
        (step.effective, step.extras) = (effective, extras);
        if steps.is_empty() {
            // What moves nothing has a day and may have a secret all the same.
            self.judge_time(&step, now_ns)?;
        }
        let (event, postings) = if let [_] = steps.as_slice() {
            let parts = steps.into_iter().map(|one| self.plan_step(&mut step, one, now_ns));
            compound(parts.collect::<Result<_, _>>()?)
        } else {
            self.undo = Some(Vec::new());
            let parts = self.try_steps(&mut step, steps, position, now_ns);
            self.roll_back();
            compound(parts.map_err(|mut refusal| {
                self.forget_unset_limit(&mut refusal);
                refusal
            })?)
        };
        self.judge_conditions(&conditions, &postings)?;
        let extras = step.extras.filter(|extras| !extras.is_empty());
        let entry = Entry::of_writer(event, postings);
        Ok(Entry { key: Some(key), digest, effective, memo, forced, extras, ..entry })
    }

    fn try_steps(
        &mut self,
        step: &mut Command,
        steps: Vec<Step>,
        position: u64,
        now_ns: u64,
    ) -> Result<Vec<(Event, Postings)>, Refusal> {
        let mut parts = Vec::with_capacity(steps.len());
        for one in steps {
            let (event, postings) = self.plan_step(step, one, now_ns)?;
            let meta = step.extras.as_ref().map(|extras| &extras.meta);
            let is_imported = step.happened_ns().is_some();
            let fact = Fact { key: Some(&step.key), meta, is_imported, event: &event, postings: &postings };
            // What was just decided on these books follows from them.
            let _ = self.apply_fact(position, now_ns, &fact);
            parts.push((event, postings));
        }
        Ok(parts)
    }

    fn plan_step(&self, step: &mut Command, one: Step, now_ns: u64) -> Result<(Event, Postings), Refusal> {
        (step.action, step.force) = (one.action, one.force);
        if matches!(step.action, Action::PlaceHold(_)) && self.hold_no(&step.key).is_some() {
            return Err(Reason::KeyReused.into());
        }
        step.check()
            .and_then(|()| self.plan(step, &Known::default(), now_ns, By::Product))
            .map_err(|refusal| Refusal { leg: None, ..refusal })
    }
}

fn compound(parts: Vec<(Event, Postings)>) -> (Event, Postings) {
    let mut all = Postings::new();
    let part = |(event, postings): (Event, Postings)| {
        all.extend_from_slice(&postings);
        Part { event, postings: count(&postings) }
    };
    (Event::Compound(parts.into_iter().map(part).collect()), all)
}

/// A step has at most 254 legs and a few postings more.
fn count(postings: &[Posting]) -> u16 {
    u16::try_from(postings.len()).unwrap_or(u16::MAX)
}
