//! Postings, moves and reversals.

use longmen_core::{AccountChange, AccountId, Action, Command, Key, Leg, Move, Party, Refusal, Side};
use longmen_money::{Amount, Currency};

use super::{CUSTOMERS, Workload, account, minor};

impl Workload {
    pub(super) fn transfer(&mut self, currency: Currency) -> Result<Action, Refusal> {
        let from = self.random.below(CUSTOMERS);
        let to = (from + 1 + self.random.below(CUSTOMERS - 1)) % CUSTOMERS;
        let credit = match self.random.below(16) {
            0 => account("spare", 0, currency)?,
            _ => account("user", to, currency)?,
        };
        let amount = 1 + self.random.below(5_000);
        Ok(pair(account("user", from, currency)?, credit, amount, currency))
    }

    /// Several legs, one of them the bank's.
    pub(super) fn legs(&mut self, currency: Currency) -> Result<Action, Refusal> {
        let mut legs = Vec::new();
        let mut sum = 0;
        for no in 0..2 + self.random.below(CUSTOMERS - 1) {
            let amount = 1 + self.random.below(500);
            sum += amount;
            let account = account("user", no, currency)?;
            legs.push(Leg { account, side: Side::Debit, amount: minor(amount), currency });
        }
        let account = account("bank", 0, currency)?;
        legs.push(Leg { account, side: Side::Credit, amount: minor(sum), currency });
        Ok(Action::Post(legs.into_iter().collect()))
    }

    /// A move: of one account, in order, in proportion, into a receivable.
    pub(super) fn balancing(&mut self, currency: Currency) -> Result<Action, Refusal> {
        let first = self.random.below(CUSTOMERS);
        let users = [0, 1, 2].map(|no| account("user", (first + no) % CUSTOMERS, currency));
        let [one, two, three] = users;
        let (users, last) = ([one?, two?], three?);
        let bank = account("bank", 0, currency)?;
        let (debit, credit) = match self.random.below(5) {
            0 => (Party::up_to(users[0]), Party::any(last)),
            1 => (Party::in_order(&users), Party::any(last)),
            2 => (Party::in_proportion(&users), Party::any(bank)),
            3 => (Party::any(last), Party::in_order(&[bank, account("spare", 0, currency)?])),
            _ => (Party::up_to(account("spare", 0, currency)?), Party::any(last)),
        };
        let most = match self.random.below(8) {
            // More than one of them has, so that the next one has to give too.
            0 => 1_500_000,
            _ => 1 + self.random.below(5_000),
        };
        let at_least = if self.random.once_in(4) { minor(most) } else { Amount::ZERO };
        Ok(Action::Move(Box::new(Move { debit, credit, at_most: minor(most), at_least, currency })))
    }

    pub(super) fn reversal(&mut self) -> Result<Action, Refusal> {
        Ok(Action::Reverse(self.original()?))
    }

    fn original(&mut self) -> Result<Key, Refusal> {
        match self.random.of(&self.posted) {
            Some(key) => Ok(*key),
            None => Key::new("no-such-posting"),
        }
    }

    /// A reversal and the right posting.
    pub(super) fn correction(&mut self) -> Result<Vec<Command>, Refusal> {
        let reverse = Command::reverse(self.next_key()?, self.original()?);
        let currency = self.currency();
        let right = Command::new(self.next_key()?, self.transfer(currency)?);
        Ok(vec![reverse, right])
    }

    /// All that an account has goes elsewhere, and it is closed; now and then it opens again at once.
    pub(super) fn sweep_and_close(&mut self) -> Result<Vec<Command>, Refusal> {
        let currency = self.currency();
        let (spare, to) = (account("spare", 0, currency)?, self.customer(currency)?);
        let sweep = Move {
            debit: Party::up_to(spare),
            credit: Party::any(to),
            at_most: Amount::MAX,
            at_least: Amount::ZERO,
            currency,
        };
        let mut commands = vec![
            Command::move_up_to(self.next_key()?, sweep),
            Command::change_account(self.next_key()?, spare, AccountChange::Close),
        ];
        if self.random.once_in(2) {
            commands.push(Command::change_account(self.next_key()?, spare, AccountChange::Reopen));
        }
        Ok(commands)
    }

    /// What is refused: there is no such account, there is not so much, nothing is moved.
    pub(super) fn refused(&mut self, currency: Currency) -> Result<Action, Refusal> {
        let (from, to) = (account("user", 1, currency)?, account("user", 2, currency)?);
        Ok(match self.random.below(5) {
            0 | 1 => pair(account("ghost", 0, currency)?, to, 5, currency),
            2 | 3 => pair(from, to, 1 << 50, currency),
            // Refused without a trace.
            _ => pair(from, to, 0, currency),
        })
    }
}

fn pair(debit: AccountId, credit: AccountId, amount: u64, currency: Currency) -> Action {
    let amount = minor(amount);
    let leg = |account, side| Leg { account, side, amount, currency };
    Action::Post([leg(debit, Side::Debit), leg(credit, Side::Credit)].into_iter().collect())
}
