//! Exchange: quotes locked and executed, positions covered, and conversions given back.
//!
//! Every currency balances by itself, so a conversion goes through the pool's position accounts: the sold currency
//! comes to one and the bought one leaves another, until the operator has covered both at a bank.

mod convert;
mod position;
mod refund;

use longmen_core::{Key, Phase, Refusal, Thing};
use longmen_money::{Amount, Currency, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, not_found};
use crate::machine::step;
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::terms::TermsRef;
use crate::{OwnerId, PoolId, Products, Rate, Role, TermsId};

/// A quote, and the conversion that it becomes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Quote {
    /// Its name: the key of the command that locked it, and of its hold.
    pub name: Key,
    /// Whose money is converted.
    pub owner: OwnerId,
    /// What is sold.
    pub sold: Sum,
    /// What is bought: rounded down, against whoever takes the quote.
    pub bought: Sum,
    /// What is paid on top, in minor units of the sold currency.
    pub fee: Amount,
    /// What the sold sum is worth at the middle rate, in minor units of the bought currency; the margin is the
    /// difference to what is bought.
    pub worth: Amount,
    /// The rate that the owner gets.
    pub rate: Rate,
    /// The middle rate.
    pub mid: Rate,
    /// The terms that it was made under.
    pub terms: TermsRef,
    /// Where it stands: locked, executed, cancelled, expired, refunded.
    pub phase: Phase,
    /// Journal time in nanoseconds at which it ends by itself, if it was not executed.
    pub expires_ns: u64,
    /// How much of what was bought was given back, in minor units.
    pub refunded: Amount,
    /// Journal time in nanoseconds at which it was locked.
    pub since_ns: u64,
}

impl Named for Quote {
    type Name = Key;

    fn name(&self) -> Key {
        self.name
    }
}

/// All quotes.
pub type Quotes = Table<Quote>;

/// What can be done with exchange.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ExchangeCommand {
    /// Locks a rate: what is sold, and the fee, are held until then.
    Quote {
        /// Whose money is converted.
        owner: OwnerId,
        /// What is sold.
        sell: Sum,
        /// What is bought.
        into: Currency,
        /// The rate that the owner gets: how many of what is bought for one of what is sold.
        rate: Rate,
        /// The middle rate, the same way round.
        mid: Rate,
        /// The terms.
        terms: TermsId,
        /// Journal time in nanoseconds until which it can be executed.
        expires_ns: u64,
    },
    /// Executes a quote: the conversion is done, and the margin is earned.
    Execute {
        /// The quote.
        quote: Key,
    },
    /// Gives a quote up; nothing is held any more.
    Cancel {
        /// The quote.
        quote: Key,
    },
    /// Covers positions at a bank: what customers sold is sold there, and what they bought is bought.
    Cover {
        /// Whose positions.
        pool: PoolId,
        /// What is sold, at most what the pool does not need for its customers in that currency.
        sold: Sum,
        /// Out of which of its accounts: `reserve`, `cross_border` or `nostro`.
        from: Role,
        /// What is bought.
        bought: Sum,
        /// Into which of its accounts.
        into: Role,
    },
    /// Takes what a position has gained or lost, by revaluation or by rounding, out of it.
    Revalue {
        /// Whose position.
        pool: PoolId,
        /// How much.
        sum: Sum,
        /// As what: `margin` or `rounding_gain` is a gain, `exchange_loss` or `rounding_loss` a loss.
        as_role: Role,
    },
    /// Converts part or all of what a conversion has bought back into what was sold: for a refund.
    Refund {
        /// The conversion.
        quote: Key,
        /// How much of what was bought comes back.
        part: Sum,
        /// The rate of the day, where the terms want it: how many of what was sold for one of what was bought.
        #[serde(default)]
        rate: Option<Rate>,
        /// The merchant who bears the difference to the original rate, where the terms want that.
        #[serde(default)]
        merchant: Option<OwnerId>,
    },
}

/// What happened to exchange.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeEvent {
    /// A rate was locked.
    Quoted {
        /// Whose money is converted.
        owner: OwnerId,
        /// What is sold.
        sold: Sum,
        /// What is bought.
        bought: Sum,
        /// What is paid on top, in minor units of the sold currency.
        fee: Amount,
        /// What is sold at the middle rate, in minor units of the bought currency.
        worth: Amount,
        /// The rate.
        rate: Rate,
        /// The middle rate.
        mid: Rate,
        /// The terms.
        terms: TermsRef,
        /// When it ends.
        expires_ns: u64,
    },
    /// A quote was executed.
    Executed {
        /// The quote.
        quote: Key,
    },
    /// A quote was given up.
    Cancelled {
        /// The quote.
        quote: Key,
    },
    /// Positions were covered.
    Covered {
        /// Whose.
        pool: PoolId,
        /// What was sold.
        sold: Sum,
        /// What was bought.
        bought: Sum,
    },
    /// A position was revalued.
    Revalued {
        /// Whose.
        pool: PoolId,
        /// By how much.
        sum: Sum,
    },
    /// A conversion was given back, in part or all that was left of it.
    Refunded {
        /// The conversion.
        quote: Key,
        /// What came back of what was bought.
        part: Sum,
        /// What the owner got for it.
        given: Sum,
        /// What that was at the original rate, in minor units of the same currency.
        original: Amount,
    },
}

impl ExchangeCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<ExchangeEvent, Refusal> {
        match *self {
            Self::Quote { owner, sell, into, rate, mid, terms, expires_ns } => {
                let wanted = convert::Wanted { owner, sell, into, rate, mid, terms, expires_ns };
                convert::plan_quote(draft, &wanted)
            }
            Self::Execute { quote } => convert::plan_execute(draft, quote),
            Self::Cancel { quote } => convert::plan_cancel(draft, quote),
            Self::Cover { pool, sold, from, bought, into } => {
                position::plan_cover(draft, pool, (sold, from), (bought, into))
            }
            Self::Revalue { pool, sum, as_role } => position::plan_revalue(draft, pool, sum, as_role),
            Self::Refund { quote, part, rate, merchant } => {
                refund::plan_refund(draft, quote, part, rate, merchant)
            }
        }
    }
}

impl ExchangeEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        match *self {
            Self::Quoted { owner, sold, bought, fee, worth, rate, mid, terms, expires_ns } => {
                let (name, since_ns) = (at.key()?, at.time_ns);
                if products.quotes.get(name).is_some() {
                    return Err("it locks a quote that is there");
                }
                let (phase, refunded) = (Phase::Locked, Amount::ZERO);
                products.quotes.push(Quote {
                    name,
                    owner,
                    sold,
                    bought,
                    fee,
                    worth,
                    rate,
                    mid,
                    terms,
                    phase,
                    expires_ns,
                    refunded,
                    since_ns,
                });
                Ok(())
            }
            Self::Executed { quote } => products.move_quote(quote, Phase::Executed),
            Self::Cancelled { quote } => products.move_quote(quote, Phase::Cancelled),
            Self::Refunded { quote, part, .. } => {
                let own = products.quotes.get_mut(quote).ok_or(NO_QUOTE)?;
                let refunded = own.refunded.checked_add(part.amount);
                let refunded = refunded.filter(|sum| *sum <= own.bought.amount);
                own.refunded = refunded.ok_or("more comes back than was bought")?;
                if own.refunded == own.bought.amount {
                    return step(Thing::Quote, &mut own.phase, Phase::Refunded);
                }
                Ok(())
            }
            Self::Covered { .. } | Self::Revalued { .. } => Ok(()),
        }
    }
}

const NO_QUOTE: &str = "it names a quote that is not there";

impl Products {
    fn move_quote(&mut self, quote: Key, to: Phase) -> Result<(), &'static str> {
        let own = self.quotes.get_mut(quote).ok_or(NO_QUOTE)?;
        step(Thing::Quote, &mut own.phase, to)
    }

    /// The hold of a quote has ended by itself, if it is one's.
    pub(crate) fn quote_hold_expired(&mut self, hold: &Key) -> Result<(), &'static str> {
        match self.quotes.get(*hold) {
            Some(_) => self.move_quote(*hold, Phase::Expired),
            None => Ok(()),
        }
    }
}

impl<'a> Draft<'a> {
    fn quote(&self, quote: Key) -> Result<&'a Quote, Refusal> {
        self.products.quotes.get(quote).ok_or_else(|| not_found(Thing::Quote))
    }
}
