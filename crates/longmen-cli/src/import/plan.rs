//! From a statement to commands, without a ledger.

use std::collections::BTreeMap;

use longmen::{
    AccountId, Action, Amount, Class, Command, Currency, EffectiveDate, Key, Leg, Memo, Money, OpenAccount,
    Overdraft, Reason, Refusal, Side,
};

use super::hash::fnv128;
use super::names;
use crate::jsonl::effective;
use crate::statement::{Format, Purse, Row, RowKind, Statement};

/// Everything that a statement asks of a ledger.
pub(super) struct Plan {
    /// The accounts that it posts to, with the name that each is printed under.
    pub(super) accounts: BTreeMap<AccountId, (OpenAccount, String)>,
    /// The purse whose balances the statement shows, and the entry that it opens with.
    pub(super) balanced: Option<Balanced>,
    /// The rows that move money, oldest first, with their lines.
    pub(super) rows: Vec<(usize, Command)>,
}

/// A purse whose balance the statement knows.
pub(super) struct Balanced {
    pub(super) account: AccountId,
    pub(super) opening: Option<Command>,
    pub(super) closing: Money,
}

impl Plan {
    /// Plans a statement.
    ///
    /// # Errors
    ///
    /// A refusal of a command that is wrong in itself, with its line; 0 for the file as a whole.
    pub(super) fn of(statement: &Statement) -> Result<Self, (usize, Refusal)> {
        let mut plan = Self { accounts: BTreeMap::new(), balanced: None, rows: Vec::new() };
        let mut seen: BTreeMap<u128, u32> = BTreeMap::new();
        for row in oldest_first(&statement.rows) {
            let identity = identity(row);
            let nth = seen.entry(identity).or_default();
            let name = row_key(statement.format, identity, *nth);
            *nth = nth.saturating_add(1);
            if !row.posts {
                continue;
            }
            let command = plan.row(statement, row, &name).map_err(|refusal| (row.line, refusal))?;
            plan.rows.push((row.line, command));
        }
        plan.balanced = plan.balanced(statement).map_err(|refusal| (0, refusal))?;
        Ok(plan)
    }

    fn row(&mut self, statement: &Statement, row: &Row, name: &str) -> Result<Command, Refusal> {
        let Statement { format, currency, .. } = *statement;
        let other = |plan: &mut Self| match (row.kind, &row.from) {
            (RowKind::Escrow, _) => plan.escrow(format, currency),
            (RowKind::Refund, _) => {
                let paid = row.refund_of.and_then(|paid| statement.rows.get(paid));
                if paid.is_some_and(|paid| paid.kind == RowKind::Escrow) {
                    return plan.escrow(format, currency);
                }
                plan.collected("expenses", format, Class::Expense, currency)
            }
            (_, Purse::Counterparty(_)) => plan.collected("income", format, Class::Income, currency),
            (_, Purse::Account(_)) => plan.collected("expenses", format, Class::Expense, currency),
        };
        let mut side = |purse: &Purse| match purse {
            Purse::Account(printed) => self.purse(format, printed, currency),
            Purse::Counterparty(_) => other(self),
        };
        let (from, to) = (side(&row.from)?, side(&row.to)?);
        let gross = row.amount.checked_add(row.fee).ok_or(Reason::AmountTooLarge)?;
        let mut legs = vec![(to, Side::Debit, row.amount), (from, Side::Credit, gross)];
        if !row.fee.is_zero() {
            let of = if matches!(row.from, Purse::Account(_)) { from } else { to };
            let fees = names::fees(&of)?;
            self.open(fees, Class::Expense, currency, format!("{of} 手续费"));
            legs.insert(1, (fees, Side::Debit, row.fee));
        }
        legs.retain(|(_, _, amount)| !amount.is_zero());
        let legs = legs.into_iter().map(|(account, side, amount)| Leg { account, side, amount, currency });
        let command = Command::new(Key::new(name)?, Action::Post(legs.collect()));
        command.check()?;
        Ok(Command { effective: day(row), ..command.with_memo(memo(row)) })
    }

    fn purse(&mut self, format: Format, printed: &str, currency: Currency) -> Result<AccountId, Refusal> {
        let (id, class) = names::purse(format, printed, currency)?;
        Ok(self.open(id, class, currency, printed.to_owned()))
    }

    fn escrow(&mut self, format: Format, currency: Currency) -> Result<AccountId, Refusal> {
        let id = names::named(&format!("assets:escrow:{format}"), currency)?;
        Ok(self.open(id, Class::Asset, currency, "待确认收货 paid, not yet confirmed".to_owned()))
    }

    fn collected(
        &mut self,
        root: &str,
        format: Format,
        class: Class,
        currency: Currency,
    ) -> Result<AccountId, Refusal> {
        let id = names::named(&format!("{root}:{format}"), currency)?;
        Ok(self.open(id, class, currency, format!("{root} of {format} statements")))
    }

    fn open(&mut self, id: AccountId, class: Class, currency: Currency, printed: String) -> AccountId {
        // A statement begins anywhere, so what it leaves may be below zero.
        let account = OpenAccount::new(id, currency, class).overdraft(Overdraft::Unlimited);
        self.accounts.entry(id).or_insert((account, printed));
        id
    }

    /// The purse that is in every row is the one whose balances are printed.
    fn balanced(&mut self, statement: &Statement) -> Result<Option<Balanced>, Refusal> {
        let (Some(opening), Some(closing), Some(first)) =
            (statement.opening, statement.closing, statement.rows.first())
        else {
            return Ok(None);
        };
        let everywhere =
            |purse: &&Purse| statement.rows.iter().all(|row| row.from == **purse || row.to == **purse);
        let Some(Purse::Account(printed)) = [&first.from, &first.to].into_iter().find(everywhere) else {
            return Ok(None);
        };
        let account = self.purse(statement.format, printed, statement.currency)?;
        let currency = statement.currency;
        let amount = u64::try_from(opening.minor().unsigned_abs()).ok().and_then(Amount::new);
        let amount = amount.ok_or(Reason::AmountTooLarge)?;
        if amount.is_zero() {
            return Ok(Some(Balanced { account, opening: None, closing }));
        }
        let equity = names::named("equity:opening", currency)?;
        self.open(equity, Class::Equity, currency, "opening balances 期初余额".to_owned());
        // What is owed is printed as a negative balance.
        let (debit, credit) = if opening.minor() > 0 { (account, equity) } else { (equity, account) };
        let key = format!("opening:{account}");
        let opening = Command::transfer(Key::new(&key)?, debit, credit, amount, currency);
        let memo = Memo::new(&format!("期初余额 opening balance, {printed}")).unwrap_or_default();
        let day = statement.rows.iter().filter_map(day).min();
        let opening = Command { effective: day, ..opening.with_memo(memo) };
        Ok(Some(Balanced { account, opening: Some(opening), closing }))
    }
}

/// The key of the command that opens an account.
pub(super) fn open_key(id: &AccountId) -> Result<Key, Refusal> {
    Key::new(&format!("open:{id}"))
}

fn row_key(format: Format, identity: u128, nth: u32) -> String {
    let name = fnv128(format!("{identity:032x}#{nth}").as_bytes());
    format!("{format}:{name:032x}")
}

/// What makes a row this row in every export that has it: not its status, which changes, and not its line.
fn identity(row: &Row) -> u128 {
    let purse = |purse: &Purse| match purse {
        Purse::Account(name) => format!("own {name}"),
        Purse::Counterparty(name) => format!("other {name}"),
    };
    let parts = [
        row.order_id.clone(),
        row.time.to_string(),
        row.amount.minor().to_string(),
        row.fee.minor().to_string(),
        purse(&row.from),
        purse(&row.to),
        row.description.clone(),
    ];
    fnv128(parts.join("\u{1f}").as_bytes())
}

/// Most exports have the newest row first; rows of one second keep the order of time too.
fn oldest_first(rows: &[Row]) -> Vec<&Row> {
    let newest_first = rows.first().map(|row| row.time) > rows.last().map(|row| row.time);
    let mut ordered: Vec<&Row> =
        if newest_first { rows.iter().rev().collect() } else { rows.iter().collect() };
    ordered.sort_by_key(|row| row.time);
    ordered
}

fn day(row: &Row) -> Option<EffectiveDate> {
    effective(row.time.date())
}

/// What it is and with whom; where the name may not be kept, what it is alone.
fn memo(row: &Row) -> Memo {
    let kind = match row.kind {
        RowKind::Payment => "付款 payment",
        RowKind::Refund => "退款 refund",
        RowKind::TopUp => "充值 top-up",
        RowKind::Withdrawal => "提现 withdrawal",
        RowKind::Transfer => "转账 transfer",
        RowKind::Income => "收款 income",
        RowKind::Escrow => "待确认收货 escrow",
        RowKind::Deferred => "先享后付 deferred",
        RowKind::Closed => "关闭 closed",
        RowKind::Zero => "零 zero",
    };
    let with =
        if row.counterparty.is_empty() { kind.to_owned() } else { format!("{kind}, {}", row.counterparty) };
    Memo::new(&with).or_else(|_| Memo::new(kind)).unwrap_or_default()
}
