//! Changes of accounts, sets, limits, seals, erasures.

use longmen_core::{
    AccountChange, AccountId, Action, Class, Code, Command, Details, EffectiveDate, Flow, Key, Limit,
    LimitId, Member, Membership, Meta, MetaKey, Most, OpenAccount, Overdraft, Refusal, Scope, SetId, Subject,
    Value, Window,
};
use longmen_money::Currency;

use super::{Workload, account, minor};

impl Workload {
    pub(super) fn rule(&mut self, key: Key, currency: Currency) -> Result<Action, Refusal> {
        let user = self.customer(currency)?;
        let spare = account("spare", 0, currency)?;
        let change = |account, change| Command::change_account(key, account, change).action;
        Ok(match self.random.below(16) {
            0 => change(user, AccountChange::Overdraft(Overdraft::UpTo(minor(self.random.below(50_000))))),
            1 => {
                let (debit, credit) = (self.random.once_in(4), self.random.once_in(8));
                change(user, AccountChange::Freeze { debit, credit })
            }
            // More often than it is frozen, so that most of the work goes on.
            2 | 3 => change(user, AccountChange::Freeze { debit: false, credit: false }),
            4 => change(user, AccountChange::Hidden(self.random.once_in(2))),
            5 => change(user, AccountChange::Details(self.details()?)),
            6 => change(spare, AccountChange::Close),
            7 => change(spare, AccountChange::Reopen),
            8 => self.open(currency)?,
            9 => Action::Join(Box::new(self.membership(user)?)),
            10 => Action::Leave(Box::new(self.membership(user)?)),
            11 | 12 => self.limit(currency)?,
            13 => Action::DropLimit(self.limit_id()?),
            14 => Action::OpenSet(SetId::new(&format!("owner{}", self.random.below(5)))?),
            _ => self.end()?,
        })
    }

    fn details(&mut self) -> Result<Details, Refusal> {
        let code = Code::new(&format!("2010.cust.{}", self.random.below(9)))?;
        Ok(Details { code: Some(code), meta: self.pairs()? })
    }

    /// Some pairs of metadata, one of which limits exempt.
    pub(super) fn pairs(&mut self) -> Result<Meta, Refusal> {
        let reference = u128::from(self.random.draw());
        let kind = if self.random.once_in(2) { "refund" } else { "order" };
        Meta::new([
            (MetaKey::new("order")?, Value::Reference(reference)),
            (MetaKey::new("count")?, Value::Int(-7)),
            (MetaKey::new("first")?, Value::Bool(self.random.once_in(2))),
            (MetaKey::new("kind")?, Value::text(kind)?),
        ])
    }

    /// An account that is opened for its own sake.
    fn open(&mut self, currency: Currency) -> Result<Action, Refusal> {
        let id = AccountId::new(&format!("more-{}-{}", self.name, self.at))?;
        let details = self.details()?;
        let open = OpenAccount { hidden: true, details, ..OpenAccount::new(id, currency, Class::Expense) };
        Ok(Action::OpenAccount(Box::new(open)))
    }

    fn set_id(&mut self) -> Result<SetId, Refusal> {
        match self.random.below(3) {
            0 => SetId::new("owners"),
            no => SetId::new(&format!("owner{}", no - 1)),
        }
    }

    fn membership(&mut self, user: AccountId) -> Result<Membership, Refusal> {
        let set = self.set_id()?;
        let member = if self.random.once_in(3) { Member::Set(self.set_id()?) } else { Member::Account(user) };
        Ok(Membership { set, member })
    }

    fn limit_id(&mut self) -> Result<LimitId, Refusal> {
        LimitId::new(&format!("lim{}", self.random.below(6)))
    }

    fn limit(&mut self, currency: Currency) -> Result<Action, Refusal> {
        let flow = *self.random.of(&Flow::ALL).unwrap_or(&Flow::Out);
        let is_net = matches!(flow, Flow::NetIn | Flow::NetOut);
        let (window, times) = self.window();
        let most = match self.random.below(3) {
            0 if !is_net => Most::Count(times * (3 + self.random.below(20))),
            _ => Most::Amount(minor(times * (2_000 + self.random.below(20_000)))),
        };
        let scope = match self.random.below(2) {
            0 => Scope::Set(self.set_id()?),
            _ => Scope::Account(self.customer(currency)?),
        };
        let exempt = match self.random.below(3) {
            0 => vec![(MetaKey::new("kind")?, Value::text("refund")?)],
            _ => Vec::new(),
        };
        let id = self.limit_id()?;
        Ok(Action::SetLimit(Box::new(Limit { id, scope, currency, flow, most, window, exempt })))
    }

    /// A window, and how many times as much as in the shortest one may move in it.
    fn window(&mut self) -> (Window, u64) {
        match self.random.below(7) {
            0 => (Window::Lifetime, 50),
            1 => (Window::Month { utc_offset_min: 480 }, 50),
            2 => (Window::Year { utc_offset_min: -300 }, 50),
            3 => (Window::Every { length_ns: 20_000, from_ns: 7 }, 5),
            4 => (Window::Every { length_ns: 3_000, from_ns: 0 }, 1),
            5 => (Window::Last { length_ns: 1_000_000_000 }, 50),
            _ => (Window::Last { length_ns: 3_000 }, 1),
        }
    }

    /// A period or a subject comes to its end.
    fn end(&mut self) -> Result<Action, Refusal> {
        // These days are all long over, and before those of what is imported.
        let day = i32::try_from(self.at % 500).ok().and_then(|day| EffectiveDate::from_days(17_000 + day));
        match day {
            Some(day) if self.random.once_in(2) => Ok(Action::SealPeriod(day)),
            _ => Ok(Action::EraseSubject(self.subject(true)?)),
        }
    }

    /// Somebody about whom there are secrets; some of them are forgotten.
    pub(super) fn subject(&mut self, goes: bool) -> Result<Subject, Refusal> {
        let no = self.random.below(4);
        if goes || no == 0 {
            Subject::new(&format!("goes-{}", self.name))
        } else {
            Subject::new(&format!("stays-{no}"))
        }
    }
}
