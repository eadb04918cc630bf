//! Statement exports of Chinese banks and wallets: bytes in, checked rows out.
//!
//! Pure: nothing here opens a file, asks for the time or knows a ledger.
//! What a statement says twice is compared (running balances, header totals, refunds against their payments), and a
//! row that does not add up is refused with its line.
//! What it says in a way that is not known here is refused too: an import that guesses would put money where it is not.
//!
//! The four readers:
//!
//! | module | export | what can be checked |
//! |---|---|---|
//! | `boc` | Bank of China debit card, CSV | every step of the running balance |
//! | `jd` | JD.com orders, CSV | the header's totals, annotations of refunds |
//! | `wechat` | Weixin Pay, CSV | fees against amounts, refunds against payments |
//! | `alipay` | Alipay, CSV in GB18030 or UTF-8 | refunds against payments, closed orders |
//!
//! Times are as printed, which is China standard time; no row carries an offset.

mod alipay;
mod boc;
mod decode;
mod error;
mod header;
mod jd;
mod purse;
mod refunds;
mod table;
mod totals;
mod wechat;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
// The one place that names the money crate: everything below takes these from here.
use longmen::{Amount, Currency, Money};

pub(crate) use error::StatementError;
pub(crate) use purse::Purse;
pub(crate) use totals::Totals;

/// Which export a file is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Bank of China, debit card.
    Boc,
    /// JD.com, orders.
    Jd,
    /// Weixin Pay.
    Wechat,
    /// Alipay.
    Alipay,
}

/// One export, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Which export it was.
    pub(crate) format: Format,
    /// The currency of every row.
    pub(crate) currency: Currency,
    /// The rows in the order of the file, which is not always that of time.
    pub(crate) rows: Vec<Row>,
    /// The balance before the first row in time, where the export carries balances.
    pub(crate) opening: Option<Money>,
    /// The balance after the last row in time, where the export carries balances.
    pub(crate) closing: Option<Money>,
    /// What was noticed and not refused, as sentences for the person who imports.
    pub(crate) notes: Vec<String>,
}

/// One line of an export.
///
/// `from` loses `amount` plus `fee`, `to` gains `amount`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The line in the file, from 1.
    pub(crate) line: usize,
    /// When it happened, as printed.
    pub(crate) time: DateTime,
    /// What it is.
    pub(crate) kind: RowKind,
    /// What arrives, without the fee.
    pub(crate) amount: Amount,
    /// What the wallet kept, on top of the amount.
    pub(crate) fee: Amount,
    /// Where the money comes from.
    pub(crate) from: Purse,
    /// Where it goes.
    pub(crate) to: Purse,
    /// The other side's name as printed; empty where the export has a dash.
    pub(crate) counterparty: String,
    /// What it was for, as printed.
    pub(crate) description: String,
    /// The export's own order number; empty where it has none. Not unique: a refund may repeat it.
    pub(crate) order_id: String,
    /// The status as printed; empty where the export has none.
    pub(crate) status: String,
    /// For a refund, the index in [`Statement::rows`] of the payment it refunds, when that is in the file.
    pub(crate) refund_of: Option<usize>,
    /// Whether money moved. Rows of nothing, closed orders and deferred ones are kept and do not post.
    pub(crate) posts: bool,
}

/// What a row is. Exhaustive on purpose: whoever posts rows has to think of each.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowKind {
    /// An own purse pays somebody.
    Payment,
    /// Somebody gives a payment back, in whole or in part.
    Refund,
    /// From a bank into a wallet.
    TopUp,
    /// From a wallet to a bank.
    Withdrawal,
    /// Between own purses otherwise.
    Transfer,
    /// Somebody pays into an own purse.
    Income,
    /// Paid, and held by the wallet until the receipt of the goods is confirmed (等待确认收货).
    Escrow,
    /// Ordered now and paid later (先享后付): nothing has moved yet.
    Deferred,
    /// Closed before anything moved.
    Closed,
    /// A row of 0.00.
    Zero,
}

impl Statement {
    /// Reads one export and checks all of it that can be checked.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with its line: another format or encoding, a missing column, a cell that cannot
    /// be read, a sum that does not come out, a row of a sort that is not known.
    pub(crate) fn parse(format: Format, bytes: &[u8]) -> Result<Self, StatementError> {
        let text = decode::text(format, bytes)?;
        let mut statement = match format {
            Format::Boc => boc::parse(&text),
            Format::Jd => jd::parse(&text),
            Format::Wechat => wechat::parse(&text),
            Format::Alipay => alipay::parse(&text),
        }?;
        refunds::check(&statement.rows, statement.currency)?;
        if statement.rows.is_empty() {
            statement.notes.push("the table has no rows".to_owned());
        }
        Ok(statement)
    }

    /// Sums the rows that post, by kind and by own purse.
    pub(crate) fn totals(&self) -> Totals {
        Totals::of(self)
    }
}

impl Format {
    /// Every format, for help texts and detection.
    pub(crate) const ALL: [Self; 4] = [Self::Boc, Self::Jd, Self::Wechat, Self::Alipay];

    /// The name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Boc => "boc",
            Self::Jd => "jd",
            Self::Wechat => "wechat",
            Self::Alipay => "alipay",
        }
    }

    /// Which format a file looks like, by its title or its column names; `None` when it is like none of them.
    pub(crate) fn detect(bytes: &[u8]) -> Option<Self> {
        decode::detect(bytes)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| format!("{name} is no statement format: choose one of boc, jd, wechat, alipay"))
    }
}
