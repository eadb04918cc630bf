//! What travels with a command beside its action.

use std::num::NonZeroU64;

use longmen_core::{
    Action, Command, Condition, EffectiveDate, Memo, PlaceHold, Quantity, Refusal, Relation, Secret,
};
use longmen_money::Money;

use super::{Workload, minor};

impl Workload {
    /// Now and then a memo, a day, metadata, a secret, a time in the past, a condition, force.
    pub(super) fn dress(&mut self, command: Command) -> Result<Command, Refusal> {
        let command = if self.is_to_be_forced(&command) { command.forced() } else { command };
        Ok(match self.random.below(24) {
            0 => command.with_memo(Memo::new("order 7731, 货款")?),
            1 => Command { effective: EffectiveDate::from_days(20_000), ..command },
            2 => {
                // Some of these days are sealed.
                let day = i32::try_from(17_000 + self.random.below(700)).unwrap_or(17_000);
                Command { effective: EffectiveDate::from_days(day), ..command }
            }
            3..=5 => {
                let meta = self.pairs()?;
                command.with_meta(meta)
            }
            6 => {
                let len = usize::try_from(1 + self.random.below(90)).unwrap_or(1);
                let byte = u8::try_from(self.random.below(256)).unwrap_or(0);
                let subject = self.subject(false)?;
                command.with_secret(Secret::new(subject, &vec![byte; len])?)
            }
            7 | 8 => self.import(command),
            9 => {
                let condition = self.condition()?;
                command.only_if(condition)
            }
            _ => command,
        })
    }

    /// What moves ordinary amounts may be forced, a capture most often: it comes late, or for more than was held.
    fn is_to_be_forced(&mut self, command: &Command) -> bool {
        let most = minor(1 << 40);
        match &command.action {
            Action::Capture(_) => self.random.once_in(3),
            Action::Post(legs) => legs.iter().all(|leg| leg.amount < most) && self.random.once_in(24),
            Action::Move(_) | Action::Reverse(_) | Action::PlaceHold(_) | Action::Increment(_) => {
                self.random.once_in(12)
            }
            // Refused without a trace: it cannot be forced.
            _ => self.random.once_in(64),
        }
    }

    /// History that is brought in, now and then not in its order.
    fn import(&mut self, mut command: Command) -> Command {
        if let Action::PlaceHold(PlaceHold { expires_after_ns, .. }) = &mut command.action {
            *expires_after_ns = None;
        }
        if !self.random.once_in(8) {
            self.happened_ns += 1 + self.random.below(3_600_000_000_000);
        }
        match NonZeroU64::new(self.happened_ns) {
            Some(time_ns) => command.happened_at(time_ns),
            None => command,
        }
    }

    fn condition(&mut self) -> Result<Condition, Refusal> {
        let currency = self.currency();
        let account = self.customer(currency)?;
        let amount = Money::new(i128::from(self.random.below(3) * 500_000), currency);
        let is = *self
            .random
            .of(&[Relation::AtLeast, Relation::AtLeast, Relation::AtMost])
            .unwrap_or(&Relation::Equal);
        let to = match self.random.below(4) {
            0 => Quantity::Posted(amount),
            1 => Quantity::Held(amount),
            2 => Quantity::Available(amount),
            _ => Quantity::Version(self.random.below(200)),
        };
        Ok(Condition { account, is, to })
    }
}
