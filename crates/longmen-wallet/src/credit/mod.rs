//! Credit in instalments, lent by the operator (花呗 where the operator itself is the lender).
//!
//! The merchant's order is paid at once out of the operator's own money; the owner pays it back in parts. Fees are
//! earned part by part. Somebody else may pay the fee in the owner's place (免息): then it is paid at once, by the
//! merchant out of the order's money or by the operator as an expense, and earned part by part all the same.

mod plan;
mod post;

use alloc::vec::Vec;

use longmen_core::{Key, Phase, Refusal, Thing};
use longmen_money::{Amount, Currency, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::due::Due;
use crate::machine::step;
use crate::state::Applied;
use crate::{OwnerId, Products, TermsId, TermsRef};

pub use plan::{Part, PartState, Plan, Plans};

/// What can be done with credit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CreditCommand {
    /// Pays an order for an owner, who pays it back in parts. The plan is named by the key of this command.
    Grant {
        /// Who will owe it.
        owner: OwnerId,
        /// Whose order it is.
        merchant: OwnerId,
        /// The order.
        order: Key,
        /// How much is lent.
        principal: Sum,
        /// Journal time in nanoseconds by which each part is to be paid; there are as many parts as times.
        due_ns: Vec<u64>,
        /// The version of the calendar by which the days were found.
        #[serde(default)]
        calendar: Option<Key>,
        /// The terms.
        terms: TermsId,
    },
    /// Releases the order's money to the merchant.
    Release {
        /// The plan.
        plan: Key,
    },
    /// Pays the next parts out of the owner's wallet, each with its fee.
    PayPart {
        /// The plan.
        plan: Key,
        /// How many parts.
        parts: u8,
    },
    /// Pays all the rest out of the owner's wallet. The fees of parts that are not overdue are not asked for.
    PayEarly {
        /// The plan.
        plan: Key,
    },
    /// The merchant gives back part or all of the order: it is owed no more, and what was paid already goes to the
    /// owner's wallet.
    Refund {
        /// The plan.
        plan: Key,
        /// How much.
        sum: Sum,
    },
    /// Gives up what is open.
    WriteOff {
        /// The plan.
        plan: Key,
    },
}

/// What happened to credit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditEvent {
    /// It was granted.
    Granted {
        /// Who owes it.
        owner: OwnerId,
        /// Whom it has paid.
        merchant: OwnerId,
        /// The order.
        order: Key,
        /// Its currency.
        currency: Currency,
        /// The terms.
        terms: TermsRef,
        /// Its parts.
        parts: Vec<Part>,
        /// The version of the calendar.
        calendar: Option<Key>,
        /// Whether the merchant has paid the subsidy.
        merchant_subsidises: bool,
    },
    /// The order's money was released.
    Released {
        /// The plan.
        plan: Key,
        /// How much.
        sum: Sum,
    },
    /// Parts were paid.
    Paid {
        /// The plan.
        plan: Key,
        /// How many.
        parts: u8,
        /// Whether without the fees of those that were not overdue.
        early: bool,
        /// How much the owner paid.
        sum: Sum,
    },
    /// The day of a part has come, and it was not paid.
    FellDue {
        /// The plan.
        plan: Key,
        /// When its time came, in nanoseconds of journal time.
        at: u64,
    },
    /// The merchant gave something back.
    Refunded {
        /// The plan.
        plan: Key,
        /// How much.
        sum: Sum,
        /// How much of each part is not owed any more, in minor units.
        of_each: Vec<Amount>,
        /// How much was paid already and went to the owner.
        surplus: Sum,
    },
    /// What was open was given up.
    WrittenOff {
        /// The plan.
        plan: Key,
    },
}

/// The day of a part has come.
pub(crate) fn plan_due(plan: Key, at: u64, _: &mut Draft<'_>) -> Result<CreditEvent, Refusal> {
    Ok(CreditEvent::FellDue { plan, at })
}

impl CreditEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        match self {
            Self::Granted {
                owner,
                merchant,
                order,
                currency,
                terms,
                parts,
                calendar,
                merchant_subsidises,
            } => {
                let plan = Plan {
                    name: at.key()?,
                    owner: *owner,
                    merchant: *merchant,
                    order: *order,
                    currency: *currency,
                    terms: *terms,
                    parts: parts.clone(),
                    calendar: *calendar,
                    merchant_subsidises: *merchant_subsidises,
                    refunded: Amount::ZERO,
                    phase: Phase::Active,
                    since_ns: at.time_ns,
                };
                for part in &plan.parts {
                    products.schedule(part.due_ns, Due::Instalment(plan.name));
                }
                products.plans.push(plan);
                Ok(())
            }
            Self::Released { .. } => Ok(()),
            Self::Paid { plan, parts, early, .. } => products.change_plan(*plan, |plan| {
                plan.pay(usize::from(*parts), *early);
                plan.go_on()
            }),
            Self::FellDue { plan, at } => {
                products.unschedule(*at, Due::Instalment(*plan));
                products.change_plan(*plan, |plan| {
                    let due = plan.parts.iter_mut().filter(|part| part.due_ns == *at);
                    due.filter(|part| part.state == PartState::Open)
                        .for_each(|part| part.state = PartState::Overdue);
                    plan.go_on()
                })
            }
            Self::Refunded { plan, sum, of_each, .. } => products.change_plan(*plan, |plan| {
                plan.give_back(of_each)?;
                plan.refunded = plan::sum([plan.refunded, sum.amount]);
                plan.go_on()
            }),
            Self::WrittenOff { plan } => products.change_plan(*plan, |plan| {
                plan.write_off();
                step(Thing::Plan, &mut plan.phase, Phase::WrittenOff)
            }),
        }
    }
}

impl Products {
    /// Changes a plan, and takes the parts that are not open any more off the list of what comes due.
    fn change_plan(
        &mut self,
        name: Key,
        change: impl FnOnce(&mut Plan) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        let plan = self.plans.get_mut(name).ok_or("it names a plan that was not granted")?;
        change(plan)?;
        let ended: Vec<u64> =
            plan.parts.iter().filter(|part| !part.is_open()).map(|part| part.due_ns).collect();
        for due_ns in ended {
            self.unschedule(due_ns, Due::Instalment(name));
        }
        Ok(())
    }
}
