//! Terms of products: versioned, with the time from which each version is in force.
//!
//! A card, a top-up or a withdrawal keeps the version that it was made under, whatever comes later.

use alloc::vec::Vec;
use core::num::NonZeroU64;

use longmen_core::{Detail, Flow, Reason, Refusal, Thing, Window};
use longmen_money::{Currency, Sum};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::{ChannelId, Fee, PoolId, Products, TermsId, Unspent};

/// The most limits that terms of wallets may have, over all tiers.
pub const LIMITS_MAX: usize = 24;

/// What a version of terms says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terms {
    /// Of wallets.
    Wallet(WalletTerms),
    /// Of top-ups.
    TopUp(TopUpTerms),
    /// Of prepaid cards.
    Card(CardTerms),
    /// Of withdrawals.
    Withdrawal(WithdrawalTerms),
    /// Of exchange.
    Exchange(ExchangeTerms),
    /// Of payments to merchants.
    Payment(PaymentTerms),
    /// Of credit in instalments.
    Credit(CreditTerms),
}

/// Terms of wallets, of customers or of merchants.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WalletTerms {
    /// What kinds of outside accounts may be bound to withdraw to.
    pub binds: Vec<Rail>,
    /// Whether wallets may pay one another.
    pub transfers: bool,
    /// Whether anyone may pay straight into the wallet; if not, such receipts are kept apart and sent back.
    pub direct_receipts: bool,
    /// What "unspent" means.
    pub unspent: Unspent,
    /// Whether what comes in pays debts first.
    pub recovers_debts: bool,
    /// The least tier of identity that is needed to pay, transfer and withdraw.
    pub spend_tier: u8,
    /// Limits over all that an owner has, for each tier.
    pub limits: Vec<TierLimit>,
}

/// A velocity limit of a tier.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierLimit {
    /// The tier for which it is in force, from 0.
    pub tier: u8,
    /// What counts.
    pub flow: Flow,
    /// How much.
    pub most: Sum,
    /// In which stretch of time.
    pub window: Window,
    /// Whether withdrawals to the owner's own accounts count.
    pub counts_withdrawals: bool,
}

/// A kind of outside account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rail {
    /// A bank account in mainland China.
    BankCn,
    /// A bank account elsewhere.
    BankAbroad,
    /// A domestic Alipay account.
    AlipayCn,
    /// An international Alipay account.
    AlipayIntl,
    /// A payment card, by its token.
    PaymentCard,
}

/// Terms of top-ups.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TopUpTerms {
    /// The channels that are offered.
    pub channels: Vec<ChannelId>,
    /// The least for each.
    pub minimum: Option<Sum>,
    /// The most for each.
    pub maximum: Option<Sum>,
    /// What is charged on top.
    pub fee: Fee,
    /// Whether the fee comes back when the top-up is refunded.
    pub returns_fee: bool,
    /// Whether an unspent top-up can be refunded at all.
    pub refundable: bool,
    /// What is done with a success that comes after the top-up was given up.
    pub late_success: LateSuccess,
    /// Whether the invoice is issued for the top-up, so that none is for what is bought with it.
    pub invoiced_at_load: bool,
    /// Whether a top-up that could not be sent back may be refunded again later.
    pub recredit_refundable: bool,
}

/// What is done with a success that comes too late.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateSuccess {
    /// It goes back.
    #[default]
    Refund,
    /// It is applied.
    Apply,
}

/// Terms of prepaid cards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardTerms {
    /// The pool of whoever issues the card: what is on it is the issuer's debt, and safeguarded there.
    pub pool: PoolId,
    /// The currency.
    pub currency: Currency,
    /// The channels that it may be loaded through.
    pub channels: Vec<ChannelId>,
    /// The least for each load.
    pub minimum_load: Sum,
    /// The most for each load.
    pub maximum_load: Sum,
    /// The most that may be on it, with what is on its way.
    pub cap: Option<Sum>,
    /// How often it may be loaded.
    pub loads_max: Option<u32>,
    /// What is charged on top of a load.
    pub fee: Fee,
    /// How long it is valid, from its issue, in nanoseconds; the command that issues it may say when exactly.
    pub life_ns: Option<NonZeroU64>,
    /// What becomes of what is left when it expires.
    pub at_expiry: AtExpiry,
    /// How what is left is shared among the loads that it came from.
    pub returns: Returns,
    /// Whether it can be made valid again.
    pub reactivation: bool,
}

/// What becomes of what is left on a card when it expires.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtExpiry {
    /// It is set aside at once, to go back to where it came from.
    Return,
    /// It stays on the card until the holder asks for it back, or for more time.
    Freeze,
}

/// How what is left on a card is shared among its loads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returns {
    /// To the newest loads first, each up to what it brought.
    NewestFirst,
    /// To every load in proportion to what it brought.
    ProRata,
}

/// Terms of withdrawals.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WithdrawalTerms {
    /// The ways out that are offered.
    pub rails: Vec<Rail>,
    /// The least that may be withdrawn.
    pub minimum: Option<Sum>,
    /// The most at once.
    pub maximum: Option<Sum>,
    /// The fee.
    pub fee: Fee,
    /// Whether the fee is part of the amount asked for rather than on top of it.
    pub fee_included: bool,
    /// Whether less is withdrawn where the fee on top does not fit; if not it is refused.
    pub reduces_to_fit: bool,
    /// Whether the fee comes back when the bank rejects or returns the payout.
    pub returns_fee: bool,
    /// Whether a payee that was removed after the request is paid all the same, as it was then.
    pub pays_removed_payee: bool,
    /// Whether the owner bears what banks take off a payout that comes back; if not the operator does.
    pub owner_bears_bank_fee: bool,
}

/// Terms of exchange.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExchangeTerms {
    /// The fee, in the sold currency, on top.
    pub fee: Fee,
    /// At which rate a refund is converted back.
    pub refund_rate: RefundRate,
    /// Whether the merchant bears the difference to the original rate; if not the operator does.
    pub merchant_bears_difference: bool,
}

/// At which rate a refund is converted back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundRate {
    /// At that of the conversion.
    #[default]
    Original,
    /// At that of the day of the refund.
    RefundDay,
    /// At that of the day after.
    NextDay,
}

/// Terms of payments to merchants.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PaymentTerms {
    /// The channels that are offered beside the wallet.
    pub channels: Vec<ChannelId>,
    /// What a buyer pays on top, by the channel; channels that are not named have none.
    pub surcharges: Vec<(ChannelId, Fee)>,
    /// The tax within a surcharge, in millionths of it.
    pub surcharge_tax_ppm: u32,
    /// Whether a surcharge comes back with a refund of the whole.
    pub returns_surcharge: bool,
    /// What the merchant pays when the money is released.
    pub merchant_fee: Fee,
    /// Whether a refund that the merchant cannot cover becomes its debt; if not it is refused.
    pub refunds_on_credit: bool,
}

/// Terms of credit in instalments.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CreditTerms {
    /// Into how many parts a credit may be split.
    pub parts: Vec<u8>,
    /// The fee for the whole time, as a share of the principal in millionths.
    pub fee_ppm: u32,
    /// How much of the fee somebody else pays in the buyer's place, in millionths of it: all of it is interest-free.
    pub subsidy_ppm: u32,
    /// Whether the merchant pays that; if not the operator does.
    pub merchant_subsidises: bool,
    /// The most principal that one owner may owe.
    pub maximum: Option<Sum>,
    /// Which parts a partial refund takes away.
    pub refund: RefundParts,
}

/// Which parts of a plan a partial refund takes away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundParts {
    /// The last ones.
    #[default]
    LastFirst,
    /// A share of every one that is open.
    EveryOne,
}

/// A version of terms.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Version {
    /// Journal time in nanoseconds from which it is in force.
    pub from_ns: u64,
    /// What it says.
    pub terms: Terms,
}

/// Terms with all their versions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TermsHistory {
    /// Their name.
    pub id: TermsId,
    /// Every version, in the order in which they come into force.
    pub versions: Vec<Version>,
}

impl Named for TermsHistory {
    type Name = TermsId;

    fn name(&self) -> TermsId {
        self.id
    }
}

/// Which version of which terms something was made under.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TermsRef {
    /// The terms.
    pub id: TermsId,
    /// The version, counted from 0.
    pub version: u32,
}

/// All terms.
pub type TermsTable = Table<TermsHistory>;

/// What can be done with terms.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TermsCommand {
    /// Writes a version of terms, the first or another.
    Set {
        /// The terms.
        terms: TermsId,
        /// Journal time in nanoseconds from which it is in force; without it, from now on.
        #[serde(default)]
        from_ns: Option<u64>,
        /// What it says.
        is: Terms,
    },
}

/// What happened to terms.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermsEvent {
    /// A version was written.
    Set {
        /// The terms.
        terms: TermsId,
        /// From when it is in force.
        from_ns: u64,
        /// What it says.
        is: Terms,
    },
}

impl TermsCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<TermsEvent, Refusal> {
        let Self::Set { terms, from_ns, is } = self;
        is.check()?;
        let from_ns = from_ns.unwrap_or(draft.now_ns);
        if let Some(last) = draft.products.terms.get(*terms).and_then(|own| own.versions.last()) {
            if from_ns <= last.from_ns {
                return Err(Refusal::new(Reason::TermsNotLater).about(Detail::Thing(Thing::Terms)));
            }
            if core::mem::discriminant(&last.terms) != core::mem::discriminant(is) {
                return Err(wrong_kind());
            }
        }
        Ok(TermsEvent::Set { terms: *terms, from_ns, is: is.clone() })
    }
}

impl TermsEvent {
    pub(crate) fn apply(&self, products: &mut Products, _: &Applied<'_>) -> Result<(), &'static str> {
        let table = &mut products.terms;
        let Self::Set { terms, from_ns, is } = self;
        let version = Version { from_ns: *from_ns, terms: is.clone() };
        match table.get_mut(*terms) {
            Some(own) if own.versions.last().is_some_and(|last| last.from_ns >= *from_ns) => {
                Err("a version of terms begins before the one that is there")
            }
            Some(own) => {
                own.versions.push(version);
                Ok(())
            }
            None => {
                table.push(TermsHistory { id: *terms, versions: alloc::vec![version] });
                Ok(())
            }
        }
    }
}

fn wrong_kind() -> Refusal {
    Refusal::new(Reason::WrongKind).about(Detail::Thing(Thing::Terms))
}

impl Terms {
    /// Refuses terms that contradict themselves.
    fn check(&self) -> Result<(), Refusal> {
        let crossed = |least: Option<Sum>, most: Option<Sum>| {
            least
                .zip(most)
                .is_some_and(|(least, most)| least.currency != most.currency || least.amount > most.amount)
        };
        let malformed = |is_wrong: bool| {
            if is_wrong { Err(Refusal::new(Reason::TermsMalformed)) } else { Ok(()) }
        };
        match self {
            // A registration sets them all in one entry.
            Self::Wallet(terms) => malformed(terms.limits.len() > LIMITS_MAX),
            Self::TopUp(terms) => {
                terms.fee.check()?;
                malformed(crossed(terms.minimum, terms.maximum))
            }
            Self::Card(terms) => {
                terms.fee.check()?;
                let sums = [Some(terms.minimum_load), Some(terms.maximum_load), terms.cap];
                let foreign = sums.into_iter().flatten().any(|sum| sum.currency != terms.currency);
                let nothing = terms.maximum_load.is_zero() || terms.loads_max == Some(0);
                malformed(foreign || nothing || crossed(Some(terms.minimum_load), Some(terms.maximum_load)))
            }
            Self::Withdrawal(terms) => {
                terms.fee.check()?;
                malformed(crossed(terms.minimum, terms.maximum))
            }
            Self::Exchange(terms) => terms.fee.check(),
            Self::Payment(terms) => {
                terms.merchant_fee.check()?;
                terms.surcharges.iter().try_for_each(|(_, fee)| fee.check())?;
                malformed(terms.surcharge_tax_ppm > 1_000_000)
            }
            Self::Credit(terms) => {
                let no_parts = terms.parts.is_empty() || terms.parts.contains(&0);
                malformed(no_parts || terms.subsidy_ppm > 1_000_000 || terms.fee_ppm > 1_000_000)
            }
        }
    }
}

macro_rules! kinds_of_terms {
    ($($name:ident, $name_at:ident => $variant:ident($type:ident);)+) => {
        impl TermsHistory {
            /// The number of the version that is in force at a journal time.
            #[must_use]
            pub fn in_force(&self, now_ns: u64) -> Option<u32> {
                let at = self.versions.iter().rposition(|version| version.from_ns <= now_ns)?;
                u32::try_from(at).ok()
            }
        }

        /// Finding terms: those in force now, for something new, and those that something was made under.
        pub(crate) trait FindTerms {
            fn history(&self, id: TermsId) -> Option<&TermsHistory>;

            fn version(&self, of: TermsRef) -> Option<&Terms> {
                let version = usize::try_from(of.version).ok()?;
                self.history(of.id)?.versions.get(version).map(|version| &version.terms)
            }

            $(
                fn $name(&self, id: TermsId, now_ns: u64) -> Result<(TermsRef, &$type), Refusal> {
                    let missing = Refusal::new(Reason::ThingNotFound).about(Detail::Thing(Thing::Terms));
                    let version = self.history(id).and_then(|own| own.in_force(now_ns)).ok_or(missing)?;
                    let of = TermsRef { id, version };
                    self.$name_at(of).map(|terms| (of, terms)).ok_or_else(wrong_kind)
                }

                fn $name_at(&self, of: TermsRef) -> Option<&$type> {
                    match self.version(of)? {
                        Terms::$variant(terms) => Some(terms),
                        _ => None,
                    }
                }
            )+
        }
    };
}

kinds_of_terms! {
    wallet_terms, wallet_terms_at => Wallet(WalletTerms);
    top_up_terms, top_up_terms_at => TopUp(TopUpTerms);
    card_terms, card_terms_at => Card(CardTerms);
    withdrawal_terms, withdrawal_terms_at => Withdrawal(WithdrawalTerms);
    exchange_terms, exchange_terms_at => Exchange(ExchangeTerms);
    payment_terms, payment_terms_at => Payment(PaymentTerms);
    credit_terms, credit_terms_at => Credit(CreditTerms);
}

impl FindTerms for TermsTable {
    fn history(&self, id: TermsId) -> Option<&TermsHistory> {
        self.get(id)
    }
}
