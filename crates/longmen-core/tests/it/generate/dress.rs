//! What random commands carry beside their action.

use core::num::NonZeroU64;

use longmen_core::{Action, Command, Condition, Memo, Quantity, Relation, Secret};
use longmen_money::Money;

use super::Generator;

impl Generator<'_> {
    pub(super) fn dressed(&mut self, mut command: Command) -> Command {
        let moves = !matches!(
            command.action,
            Action::OpenAccount(_)
                | Action::ChangeAccount(_)
                | Action::Release(_)
                | Action::OpenSet(_)
                | Action::Join(_)
                | Action::Leave(_)
                | Action::SetLimit(_)
                | Action::DropLimit(_)
                | Action::SealPeriod(_)
                | Action::EraseSubject(_)
        );
        let force_once_in = if matches!(command.action, Action::Capture(_)) { 4 } else { 12 };
        command.force = self.random.once_in(if moves { force_once_in } else { 150 });
        if self.random.once_in(20) {
            command.memo = Memo::new("order 7731").unwrap();
        }
        if self.random.once_in(20) {
            command.effective = Some(self.day());
        }
        if self.random.once_in(8) {
            command = command.with_meta(self.meta());
        }
        if self.random.once_in(25) {
            let has_life =
                matches!(command.action, Action::PlaceHold(hold) if hold.expires_after_ns.is_some());
            if !has_life || self.random.once_in(4) {
                command = command.happened_at(self.happened());
            }
        }
        if self.random.once_in(30) {
            command = command.with_secret(Secret::new(self.subject(), b"encrypted").unwrap());
        }
        if self.random.once_in(8) {
            self.condition(&mut command);
        }
        command
    }

    /// A time just after the last import, mostly, or about now.
    fn happened(&mut self) -> NonZeroU64 {
        let days_ns = self.random.below(4) * 86_400_000_000_000;
        let happened = match self.model.state.imported {
            _ if self.random.once_in(12) => self.now - 1 + self.random.below(2),
            Some(last) => last + self.random.below(4),
            None => self.now - 1 - days_ns,
        };
        NonZeroU64::new(happened).unwrap()
    }

    /// Conditions that hold after the command, or nearly so.
    fn condition(&mut self, command: &mut Command) {
        let count = match self.random.below(60) {
            0 => 17,
            1 => 16,
            _ => 1 + self.random.below(2),
        };
        let mut after = self.model.clone();
        after.run(command, self.now);
        for _ in 0..count {
            let account = self.account(None);
            let (version, posted, held) = match self.model.state.accounts.get(&account) {
                Some(found) => (found.version, after.state.posted(&account), after.state.held(&account)),
                None => (0, 0, 0),
            };
            let own = self.model.state.accounts.get(&account).map(|account| account.is.currency);
            let currency = self.other_currency(own.unwrap_or(longmen_money::Currency::CNY));
            let mut near = |own: i128| {
                let off = if self.random.once_in(3) { i128::from(self.random.below(3)) - 1 } else { 0 };
                Money::new(own + off, currency)
            };
            let to = match count % 7 + version % 4 {
                0 | 4 => Quantity::Posted(near(posted)),
                1 | 5 => Quantity::Held(near(held)),
                2 | 6 | 9 => Quantity::Available(near(posted - held)),
                _ => Quantity::Version((version + self.random.below(3)).saturating_sub(1)),
            };
            let is = *self.random.of(&Relation::ALL);
            command.conditions.push(Condition { account, is, to });
        }
    }
}
