//! A workload for the benches: transfers between accounts that a mixed counter picks.

pub mod products;

use longmen::{
    AccountId, Amount, Class, Command, Currency, Key, Ledger, Money, OpenAccount, Overdraft, Refusal,
};

/// Makes transfers between accounts; the same counter gives the same command on every machine.
#[derive(Debug)]
pub struct Workload {
    accounts: Vec<AccountId>,
    next: u64,
}

impl Workload {
    /// A workload over so many accounts, at least two.
    ///
    /// # Errors
    ///
    /// Never in practice: the names are made to fit.
    pub fn new(accounts: usize) -> Result<Self, Refusal> {
        let ids: Result<Vec<_>, _> =
            (0..accounts.max(2)).map(|n| AccountId::new(&format!("customer.{n:06}.cny"))).collect();
        Ok(Self { accounts: ids?, next: 1 })
    }

    /// The commands that open its accounts.
    ///
    /// # Errors
    ///
    /// Never in practice.
    pub fn open(&self) -> Result<Vec<Command>, Refusal> {
        let open = |id: &AccountId| {
            let account =
                OpenAccount::new(*id, Currency::CNY, Class::Liability).overdraft(Overdraft::Unlimited);
            Ok(Command::open_account(Key::new(&format!("open.{id}"))?, account))
        };
        self.accounts.iter().map(open).collect()
    }

    /// The next so many transfers; their keys grow as ULIDs do.
    ///
    /// # Errors
    ///
    /// Never in practice.
    pub fn transfers(&mut self, count: usize) -> Result<Vec<Command>, Refusal> {
        (0..count).map(|_| self.transfer()).collect()
    }

    /// The next transfer.
    ///
    /// # Errors
    ///
    /// Never in practice.
    pub fn transfer(&mut self) -> Result<Command, Refusal> {
        let n = self.next;
        self.next += 1;
        let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let pick = |bits: u64| usize::try_from(bits % self.accounts.len() as u64).unwrap_or(0);
        let (from, to) = (pick(mixed >> 32), pick((mixed >> 32) + 1));
        let amount = Amount::new(1 + mixed % 10_000).unwrap_or(Amount::ZERO);
        let key = Key::new(&format!("01K{n:023}"))?;
        Ok(Command::transfer(key, self.accounts[from], self.accounts[to], amount, Currency::CNY))
    }

    /// Whether the books are what they should be: every account together is worth nothing.
    #[must_use]
    pub fn balances_to_zero(&self, ledger: &Ledger) -> bool {
        let total: i128 =
            self.accounts.iter().filter_map(|id| ledger.balance(id)).map(|b| Money::minor(&b.posted())).sum();
        total == 0
    }
}
