//! Payments for orders: by the wallet or by a channel, into escrow, released to the merchant, refunded.
//!
//! A merchant is never paid straight: what a buyer pays is an open item of the merchant's escrow, under the payment's
//! name, until it is released. How much of a payment is still there is said by that item and nowhere else.

mod pay;
mod refund;
mod release;

use longmen_core::{AccountNo, Key, Phase, Refusal, Thing};
use longmen_money::{Amount, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, not_found};
use crate::machine::step;
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::terms::TermsRef;
use crate::{ChannelId, OwnerId, Products, Refund, Role, TermsId};

/// How a payment is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentWay {
    /// Out of what the payer has here.
    Balance {
        /// `wallet` or `purse`.
        from: Role,
    },
    /// By a channel, which has taken the money outside: a bank card, another wallet, a lender, a card from abroad.
    Channel {
        /// The channel.
        channel: ChannelId,
        /// Its reference, which is the name of the open item on its clearing account.
        reference: Key,
    },
}

/// A payment for an order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Payment {
    /// Its name: the key of the command that made it, and of its hold and its item in escrow.
    pub name: Key,
    /// The merchant's order, for which there may be several payments.
    pub order: Key,
    /// Who pays, where the payer has a wallet here.
    pub payer: Option<OwnerId>,
    /// Who is paid.
    pub merchant: OwnerId,
    /// How much, without surcharge.
    pub sum: Sum,
    /// What the payer paid on top, in minor units of the same currency, with the tax in it.
    pub surcharge: Amount,
    /// The tax in that.
    pub tax: Amount,
    /// How.
    pub way: PaymentWay,
    /// The terms that it was made under.
    pub terms: TermsRef,
    /// Where it stands: authorised, paid, released (nothing of it is in escrow), refunded (whole), cancelled, expired.
    pub phase: Phase,
    /// How much was released to the merchant so far, its fee included.
    pub released: Amount,
    /// The merchant's fee so far.
    pub fee: Amount,
    /// How much was refunded so far, without surcharge.
    pub refunded: Amount,
    /// Journal time in nanoseconds at which it was made.
    pub since_ns: u64,
}

impl Named for Payment {
    type Name = Key;

    fn name(&self) -> Key {
        self.name
    }
}

/// All payments.
pub type Payments = Table<Payment>;

/// What can be done with payments.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PaymentCommand {
    /// Reserves what an order costs on the payer's wallet or purse.
    Authorise {
        /// Who pays.
        payer: OwnerId,
        /// Who is paid.
        merchant: OwnerId,
        /// The merchant's order.
        order: Key,
        /// How much.
        sum: Sum,
        /// Out of what: `wallet` or `purse`.
        from: Role,
        /// The terms.
        terms: TermsId,
        /// Journal time in nanoseconds at which it ends by itself, if it was not confirmed.
        #[serde(default)]
        expires_ns: Option<u64>,
    },
    /// Pays what was authorised, into escrow.
    Confirm {
        /// The payment.
        payment: Key,
    },
    /// Gives up what was authorised.
    Cancel {
        /// The payment.
        payment: Key,
    },
    /// Authorises and confirms in one: online, by a code that is scanned, or a bill.
    Pay {
        /// Who pays.
        payer: OwnerId,
        /// Who is paid.
        merchant: OwnerId,
        /// The merchant's order.
        order: Key,
        /// How much.
        sum: Sum,
        /// Out of what: `wallet` or `purse`.
        from: Role,
        /// The terms.
        terms: TermsId,
    },
    /// Books what a channel says it has taken for an order.
    PayByChannel {
        /// The channel.
        channel: ChannelId,
        /// Its reference: the same is not booked twice.
        reference: Key,
        /// Who pays, where the payer has a wallet here.
        #[serde(default)]
        payer: Option<OwnerId>,
        /// Who is paid.
        merchant: OwnerId,
        /// The merchant's order.
        order: Key,
        /// How much, without surcharge.
        sum: Sum,
        /// How much the channel took in all, where it says so: it is refused if that is another sum.
        #[serde(default)]
        charged: Option<Sum>,
        /// The terms.
        terms: TermsId,
        /// Journal time in nanoseconds by which the channel should have paid over.
        #[serde(default)]
        due_ns: Option<u64>,
    },
    /// Releases what is in escrow to the merchant, less its fee.
    Release {
        /// The payment.
        payment: Key,
        /// Only so much of it.
        #[serde(default)]
        part: Option<Sum>,
    },
    /// Gives part or all of a payment back the way it came: out of escrow first, then from what the merchant has.
    Refund {
        /// The payment.
        payment: Key,
        /// How much, without surcharge.
        sum: Sum,
    },
}

/// What happened to payments. It is also what a merchant is told: which order was paid, released or refunded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentEvent {
    /// A payment was authorised.
    Authorised {
        /// Who pays.
        payer: OwnerId,
        /// Who is paid.
        merchant: OwnerId,
        /// The merchant's order.
        order: Key,
        /// How much.
        sum: Sum,
        /// Out of what.
        from: Role,
        /// The terms.
        terms: TermsRef,
    },
    /// What was authorised is paid.
    Confirmed {
        /// The payment.
        payment: Key,
    },
    /// What was authorised was given up.
    Cancelled {
        /// The payment.
        payment: Key,
    },
    /// An order was paid.
    Paid {
        /// Who paid, where the payer has a wallet here.
        payer: Option<OwnerId>,
        /// Who is paid.
        merchant: OwnerId,
        /// The merchant's order.
        order: Key,
        /// How much, without surcharge.
        sum: Sum,
        /// What was paid on top, with tax, in minor units.
        surcharge: Amount,
        /// The tax in that.
        tax: Amount,
        /// How.
        way: PaymentWay,
        /// The terms.
        terms: TermsRef,
    },
    /// Money was released to the merchant.
    Released {
        /// The payment.
        payment: Key,
        /// How much, the fee included.
        part: Sum,
        /// The merchant's fee in it, in minor units.
        fee: Amount,
        /// Where the payment then stands.
        to: Phase,
    },
    /// Money was given back.
    Refunded {
        /// The payment.
        payment: Key,
        /// How much, without surcharge.
        sum: Sum,
        /// How much of it the merchant did not have and now owes, in minor units.
        owed: Amount,
        /// What is on its way back to the channel, with the surcharge if that comes back too.
        refund: Option<Refund>,
        /// Where the payment then stands.
        to: Phase,
    },
}

impl PaymentCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<PaymentEvent, Refusal> {
        match *self {
            Self::Authorise { payer, merchant, order, sum, from, terms, expires_ns } => {
                let own = pay::Buy { payer, merchant, order, sum, from, terms };
                pay::plan_authorise(draft, &own, expires_ns)
            }
            Self::Confirm { payment } => pay::plan_confirm(draft, payment),
            Self::Cancel { payment } => pay::plan_cancel(draft, payment),
            Self::Pay { payer, merchant, order, sum, from, terms } => {
                let own = pay::Buy { payer, merchant, order, sum, from, terms };
                pay::plan_pay(draft, &own)
            }
            Self::PayByChannel {
                channel,
                reference,
                payer,
                merchant,
                order,
                sum,
                charged,
                terms,
                due_ns,
            } => {
                let own =
                    pay::Took { channel, reference, payer, merchant, order, sum, charged, terms, due_ns };
                pay::plan_by_channel(draft, &own)
            }
            Self::Release { payment, part } => release::plan_release(draft, payment, part),
            Self::Refund { payment, sum } => refund::plan_refund(draft, payment, sum),
        }
    }
}

impl PaymentEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        match *self {
            Self::Authorised { payer, merchant, order, sum, from, terms } => {
                let way = PaymentWay::Balance { from };
                let made = Made { payer: Some(payer), merchant, order, sum, way, terms };
                products.open_payment(made.payment(at, Phase::Authorised)?)
            }
            Self::Paid { payer, merchant, order, sum, surcharge, tax, way, terms } => {
                if let PaymentWay::Channel { channel, reference } = way {
                    products.saw(channel, reference)?;
                }
                let made = Made { payer, merchant, order, sum, way, terms };
                let payment = made.payment(at, Phase::Paid)?;
                products.open_payment(Payment { surcharge, tax, ..payment })
            }
            Self::Confirmed { payment } => products.move_payment(payment, Phase::Paid),
            Self::Cancelled { payment } => products.move_payment(payment, Phase::Cancelled),
            Self::Released { payment, part, fee, to } => {
                let own = products.payments.get_mut(payment).ok_or(NO_PAYMENT)?;
                own.released = within(own.released, part.amount, own.sum.amount)?;
                own.fee = within(own.fee, fee, own.sum.amount)?;
                products.move_payment(payment, to)
            }
            Self::Refunded { payment, sum, ref refund, to, .. } => {
                refund.as_ref().map_or(Ok(()), |refund| products.open_refund(refund))?;
                products.payment_refunded(payment, sum, to)
            }
        }
    }
}

const NO_PAYMENT: &str = "it names a payment that is not there";

/// A sum that has grown, if it is not more than it may be.
fn within(own: Amount, more: Amount, most: Amount) -> Result<Amount, &'static str> {
    let sum = own.checked_add(more).filter(|sum| *sum <= most);
    sum.ok_or("more was released or refunded than was paid")
}

/// A payment that a command has made.
struct Made {
    payer: Option<OwnerId>,
    merchant: OwnerId,
    order: Key,
    sum: Sum,
    way: PaymentWay,
    terms: TermsRef,
}

impl Made {
    /// It, named after the command.
    fn payment(self, at: &Applied<'_>, phase: Phase) -> Result<Payment, &'static str> {
        let Self { payer, merchant, order, sum, way, terms } = self;
        let nothing = Amount::ZERO;
        Ok(Payment {
            name: at.key()?,
            order,
            payer,
            merchant,
            sum,
            surcharge: nothing,
            tax: nothing,
            way,
            terms,
            phase,
            released: nothing,
            fee: nothing,
            refunded: nothing,
            since_ns: at.time_ns,
        })
    }
}

impl Products {
    /// Takes in a payment that was made.
    fn open_payment(&mut self, payment: Payment) -> Result<(), &'static str> {
        if self.payments.get(payment.name).is_some() {
            return Err("it makes a payment that is there");
        }
        self.payments.push(payment);
        Ok(())
    }

    /// Notes what was given back of a payment, and where it then stands.
    fn payment_refunded(&mut self, payment: Key, sum: Sum, to: Phase) -> Result<(), &'static str> {
        let own = self.payments.get_mut(payment).ok_or(NO_PAYMENT)?;
        own.refunded = within(own.refunded, sum.amount, own.sum.amount)?;
        self.move_payment(payment, to)
    }

    /// Moves a payment on, or leaves it where it is.
    fn move_payment(&mut self, payment: Key, to: Phase) -> Result<(), &'static str> {
        let own = self.payments.get_mut(payment).ok_or(NO_PAYMENT)?;
        if own.phase == to { Ok(()) } else { step(Thing::Payment, &mut own.phase, to) }
    }

    /// The hold of a payment has ended by itself, if it is one's.
    pub(crate) fn payment_hold_expired(&mut self, hold: &Key) -> Result<(), &'static str> {
        match self.payments.get(*hold) {
            Some(_) => self.move_payment(*hold, Phase::Expired),
            None => Ok(()),
        }
    }
}

impl<'a> Draft<'a> {
    /// A payment.
    fn payment(&self, payment: Key) -> Result<&'a Payment, Refusal> {
        self.products.payments.get(payment).ok_or_else(|| not_found(Thing::Payment))
    }

    /// The escrow in which a payment is, and how much of it is still there.
    fn in_escrow(&self, payment: &Payment) -> Result<(AccountNo, Amount), Refusal> {
        let escrow = self.owner(payment.merchant)?.need(Role::Escrow, payment.sum.currency)?;
        let item = self.products.items.get(escrow, &payment.name);
        Ok((escrow, item.map_or(Amount::ZERO, |item| item.open)))
    }
}
