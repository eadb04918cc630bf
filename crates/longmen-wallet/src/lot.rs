//! Lots: from which source the money on a wallet or a card came, and what of it is unspent.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use longmen_core::{AccountNo, Key};
use longmen_money::Amount;
use serde::{Deserialize, Serialize};

/// What "unspent" means for a top-up when there are several.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unspent {
    /// Spending takes the oldest money first; a top-up is unspent while its own lot is whole.
    OldestFirst,
    /// Spending takes the newest money first; a top-up is unspent while its own lot is whole.
    NewestFirst,
    /// A top-up is unspent while nothing at all was spent since it was applied: 尚未进行任何消费.
    #[default]
    NothingSince,
}

/// Money from one source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lot {
    /// The top-up, gift card or refund that it came from; nothing where nobody will ask.
    pub source: Option<Key>,
    /// How much came.
    pub amount: Amount,
    /// How much of it is left.
    pub remaining: Amount,
    /// The position of the entry that brought it.
    pub position: u64,
}

/// How an entry uses the lots of the accounts that it posts to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct LotUse {
    /// Where money that comes in is from.
    pub source: Option<Key>,
    /// From which lots money goes out.
    pub draw: Draw,
}

/// From which lots money goes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Draw {
    /// It is spent: in the order of the account's [`Unspent`], and nothing before it is untouched any more.
    #[default]
    Spend,
    /// It is taken in the same order, but nobody has spent anything: a chargeback, a recovery, a correction.
    Take,
    /// It goes back to where it came from: out of this lot.
    Back(Key),
}

/// The lots of one account, the oldest first; what is used up is gone.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AccountLots {
    /// What "unspent" means here.
    pub unspent: Unspent,
    /// What is left, the oldest first.
    pub lots: Vec<Lot>,
    /// The position of the last entry that spent something.
    pub spent_at: Option<u64>,
}

impl AccountLots {
    /// What is left of the lot from this source.
    #[must_use]
    pub fn lot(&self, source: &Key) -> Option<&Lot> {
        self.lots.iter().find(|lot| lot.source.as_ref() == Some(source))
    }

    /// Whether the lot from this source is unspent, with so much held on the account.
    ///
    /// What is held counts as if it were spent: in the order in which it would be.
    #[must_use]
    pub fn is_unspent(&self, source: &Key, held: Amount) -> bool {
        let Some(at) = self.lots.iter().position(|lot| lot.source.as_ref() == Some(source)) else {
            return false;
        };
        let (before, rest) = self.lots.split_at(at);
        let Some((own, after)) = rest.split_first() else { return false };
        let sum =
            |lots: &[Lot]| lots.iter().fold(0_u64, |sum, lot| sum.saturating_add(lot.remaining.minor()));
        let is_whole = own.remaining == own.amount;
        is_whole
            && match self.unspent {
                Unspent::OldestFirst => held.minor() <= sum(before),
                Unspent::NewestFirst => held.minor() <= sum(after),
                Unspent::NothingSince => {
                    held.is_zero() && self.spent_at.is_none_or(|spent| spent < own.position)
                }
            }
    }

    /// Money came in.
    fn bring(&mut self, source: Option<Key>, amount: Amount, position: u64) {
        if source.is_none()
            && let Some(last) = self.lots.last_mut().filter(|last| last.source.is_none())
            && let Some(sum) = last.remaining.checked_add(amount)
        {
            // Money that nobody will ask about need not be told apart.
            (last.amount, last.remaining) = (sum, sum);
            return;
        }
        self.lots.push(Lot { source, amount, remaining: amount, position });
    }

    /// Money went out.
    fn draw(&mut self, draw: Draw, amount: Amount, position: u64) -> Result<(), &'static str> {
        let mut left = amount;
        if let Draw::Back(source) = draw {
            let own = self.lots.iter_mut().find(|lot| lot.source == Some(source));
            take(own.ok_or("it gives back a lot that is used up")?, &mut left);
        } else if self.unspent == Unspent::NewestFirst {
            self.lots.iter_mut().rev().for_each(|lot| take(lot, &mut left));
        } else {
            self.lots.iter_mut().for_each(|lot| take(lot, &mut left));
        }
        if !left.is_zero() {
            return Err("more goes out than there is in lots");
        }
        self.lots.retain(|lot| !lot.remaining.is_zero());
        if draw == Draw::Spend {
            self.spent_at = Some(position);
        }
        Ok(())
    }
}

fn take(lot: &mut Lot, left: &mut Amount) {
    let taken = lot.remaining.min(*left);
    lot.remaining = lot.remaining.checked_sub(taken).unwrap_or(Amount::ZERO);
    *left = left.checked_sub(taken).unwrap_or(Amount::ZERO);
}

/// The lots of every account that has them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Lots(BTreeMap<AccountNo, AccountLots>);

impl Lots {
    /// The lots of an account.
    #[must_use]
    pub fn of(&self, account: AccountNo) -> Option<&AccountLots> {
        self.0.get(&account)
    }

    /// The lots of every account that has any, by account.
    pub fn iter(&self) -> impl Iterator<Item = (AccountNo, &AccountLots)> {
        self.0.iter().map(|(account, lots)| (*account, lots))
    }

    /// Says what "unspent" means on an account, before anything comes in.
    pub(crate) fn open(&mut self, account: AccountNo, unspent: Unspent) {
        self.0.insert(account, AccountLots { unspent, ..AccountLots::default() });
    }

    pub(crate) fn bring(&mut self, account: AccountNo, source: Option<Key>, amount: Amount, position: u64) {
        self.0.entry(account).or_default().bring(source, amount, position);
    }

    pub(crate) fn draw(
        &mut self,
        account: AccountNo,
        draw: Draw,
        amount: Amount,
        position: u64,
    ) -> Result<(), &'static str> {
        self.0.entry(account).or_default().draw(draw, amount, position)
    }
}
