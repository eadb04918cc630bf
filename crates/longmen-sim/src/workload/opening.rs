//! What every workload starts from.

use longmen_core::{
    Action, Class, Command, Flow, Key, Limit, LimitId, Member, Membership, Most, OpenAccount, Overdraft,
    Refusal, Scope, SetId, Window,
};
use longmen_money::Currency;

use super::{CURRENCIES, CUSTOMERS, Workload, account, minor};

impl Workload {
    /// Opens the accounts that every workload uses, and funds them; puts some into sets and sets two limits: one slice.
    ///
    /// # Errors
    ///
    /// Never: every name and amount is right.
    pub fn opening() -> Result<Vec<Command>, Refusal> {
        let mut commands = Vec::new();
        for currency in CURRENCIES {
            let bank = account("bank", 0, currency)?;
            let open = OpenAccount::new(bank, currency, Class::Asset).overdraft(Overdraft::Unlimited);
            commands.push(Command::open_account(Key::new(&format!("open-{bank}"))?, open));
            let spare = account("spare", 0, currency)?;
            let open = OpenAccount::new(spare, currency, Class::Liability);
            commands.push(Command::open_account(Key::new(&format!("open-{spare}"))?, open));
            for no in 0..CUSTOMERS {
                let id = account("user", no, currency)?;
                let open = OpenAccount::new(id, currency, Class::Liability);
                commands.push(Command::open_account(Key::new(&format!("open-{id}"))?, open));
                let key = Key::new(&format!("fund-{id}"))?;
                commands.push(Command::transfer(key, bank, id, minor(1_000_000), currency));
            }
        }
        for name in ["owners", "owner0", "owner1"] {
            let key = Key::new(&format!("open-{name}"))?;
            commands.push(Command::new(key, Action::OpenSet(SetId::new(name)?)));
        }
        for (set, member) in memberships()? {
            let key = Key::new(&format!("join-{}", commands.len()))?;
            commands.push(Command::new(key, Action::Join(Box::new(Membership { set, member }))));
        }
        for limit in [limit_on_an_account()?, limit_on_a_set()?] {
            commands.push(Command::set_limit(Key::new(&format!("limit-{}", limit.id))?, limit));
        }
        Ok(commands)
    }
}

fn memberships() -> Result<Vec<(SetId, Member)>, Refusal> {
    let (all, first) = (SetId::new("owners")?, SetId::new("owner0")?);
    Ok(vec![
        (all, Member::Set(first)),
        (first, Member::Account(account("user", 0, Currency::USD)?)),
        (first, Member::Account(account("user", 1, Currency::USD)?)),
    ])
}

fn limit_on_an_account() -> Result<Limit, Refusal> {
    Ok(Limit {
        id: LimitId::new("lim0")?,
        scope: Scope::Account(account("user", 0, Currency::CNY)?),
        currency: Currency::CNY,
        flow: Flow::Out,
        most: Most::Amount(minor(20_000)),
        window: Window::Last { length_ns: 4_000 },
        exempt: Vec::new(),
    })
}

fn limit_on_a_set() -> Result<Limit, Refusal> {
    Ok(Limit {
        id: LimitId::new("lim1")?,
        scope: Scope::Set(SetId::new("owners")?),
        currency: Currency::USD,
        flow: Flow::NetOut,
        most: Most::Amount(minor(10_000)),
        window: Window::Every { length_ns: 9_000, from_ns: 0 },
        exempt: Vec::new(),
    })
}
