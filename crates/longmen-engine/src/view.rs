//! What readers in the writer's process see.

use longmen_core::{
    Account, AccountId, AccountNo, Balance, Hold, HoldNo, HoldState, Key, LimitId, LimitNo, Rows,
};
use longmen_journal::{Head, Stamp};

/// Every account and every hold as they were at one position that was durable.
///
/// It never changes: whoever asks it several things gets answers that go together, and whoever keeps it keeps the memory
/// of what has changed since.
///
/// ```
/// use longmen_core::{AccountId, Class, Command, Key, OpenAccount};
/// use longmen_engine::Options;
/// use longmen_money::Currency;
///
/// let ledger = Options::default().in_memory()?;
/// let before = ledger.view();
/// let alice = AccountId::new("alice.cny")?;
/// let open = OpenAccount::new(alice, Currency::CNY, Class::Liability);
/// let stamp = ledger.submit(Command::open_account(Key::new("open-alice")?, open)).wait()?.accepted()?;
/// let now = ledger.view();
/// assert!(now.at().position >= stamp.position);
/// assert_eq!((before.account(&alice), now.balance(&alice).is_some()), (None, true));
/// assert_eq!(now.balances(&[AccountId::new("bob.cny")?, alice]), [None, now.balance(&alice)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct View {
    pub(crate) rows: Rows,
    pub(crate) head: Head,
}

impl View {
    /// The last entry that went into it.
    #[must_use]
    pub fn at(&self) -> Stamp {
        let Head { next_position, hash, time_ns } = self.head;
        // A journal begins with an entry of its own, so there always is one.
        Stamp { position: next_position.saturating_sub(1), hash, time_ns }
    }

    /// The balance of an account, if there is such an account.
    #[must_use]
    pub fn balance(&self, account: &AccountId) -> Option<Balance> {
        self.account(account).map(Account::balance)
    }

    /// The balances of these accounts, each where its name is, or nothing there: the same as asking for one after the
    /// other, and faster where there are very many accounts.
    #[must_use]
    pub fn balances(&self, accounts: &[AccountId]) -> Vec<Option<Balance>> {
        self.rows.accounts_named(accounts).into_iter().map(|account| account.map(Account::balance)).collect()
    }

    /// The account of this name.
    #[must_use]
    pub fn account(&self, account: &AccountId) -> Option<&Account> {
        self.rows.account(account)
    }

    /// The account with this number.
    #[must_use]
    pub fn account_at(&self, no: AccountNo) -> Option<&Account> {
        self.rows.account_at(no)
    }

    /// Every account, in the order in which they were opened.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.rows.accounts()
    }

    /// The hold that the command with this key placed, if there is one.
    #[must_use]
    pub fn hold(&self, key: &Key) -> Option<&Hold> {
        self.rows.hold(key)
    }

    /// The hold with this number.
    #[must_use]
    pub fn hold_at(&self, no: HoldNo) -> Option<&Hold> {
        self.rows.hold_at(no)
    }

    /// Every hold that was ever placed, in that order.
    pub fn holds(&self) -> impl Iterator<Item = &Hold> {
        self.rows.holds()
    }

    /// Every hold that is open, in the order in which they were placed.
    pub fn open_holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds().filter(|hold| hold.state == HoldState::Open)
    }

    /// The name of the limit with this number, as a refusal gives it.
    #[must_use]
    pub fn limit_id(&self, no: LimitNo) -> Option<&LimitId> {
        self.rows.limit_id(no)
    }
}
