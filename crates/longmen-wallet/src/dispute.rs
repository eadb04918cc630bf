//! Disputes: a customer says that a payment was not theirs, or not as agreed, and wants the money back.
//!
//! The customer may be credited before anybody knows who is right (Regulation E, §1005.11 and §1005.18). What is
//! credited so is claimed from the network or the channel; if the claim is lost it is taken back, and what is not there
//! any more becomes the customer's debt. When the credit is due by law is for the caller to say.

use alloc::collections::BTreeSet;

use longmen_core::{AccountNo, Key, Phase, Reason, Refusal, Side, Thing};
use longmen_money::Sum;
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, ItemName, about, not_found};
use crate::machine::{go, step};
use crate::state::Applied;
use crate::table::{Named, Table};
use crate::{CardId, Counterparty, Draw, LotUse, OwnerId, PoolId, Products, Role};

/// The account that a disputed payment was made from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DisputedOn {
    /// One of a customer's sub-accounts.
    Owner {
        /// Whose.
        owner: OwnerId,
        /// `wallet` or `purse`.
        role: Role,
    },
    /// A prepaid card.
    Card {
        /// Which.
        card: CardId,
    },
}

/// A dispute.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Dispute {
    /// The key of the command that opened it.
    pub name: Key,
    /// The account that the payment was made from.
    pub on: DisputedOn,
    /// Whose account that is.
    pub owner: OwnerId,
    /// The pool that it belongs to.
    pub pool: PoolId,
    /// How much is disputed.
    pub sum: Sum,
    /// What is disputed: the network's or the channel's reference of the payment.
    pub reference: Key,
    /// Journal time in nanoseconds by which the customer must have an answer or a credit.
    pub answer_by_ns: Option<u64>,
    /// The version of the calendar by which that was found.
    pub calendar: Option<Key>,
    /// Where it stands: open, credited, won, lost.
    pub phase: Phase,
    /// Journal time in nanoseconds at which it was opened.
    pub since_ns: u64,
}

impl Named for Dispute {
    type Name = Key;

    fn name(&self) -> Key {
        self.name
    }
}

/// All disputes, and what was ever disputed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Disputes {
    disputes: Table<Dispute>,
    references: BTreeSet<Key>,
}

impl Disputes {
    /// The dispute of this name.
    #[must_use]
    pub fn get(&self, name: Key) -> Option<&Dispute> {
        self.disputes.get(name)
    }

    /// Every dispute, in the order in which they were opened.
    pub fn iter(&self) -> impl Iterator<Item = &Dispute> {
        self.disputes.iter()
    }
}

/// What can be done with disputes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DisputeCommand {
    /// Notes that a payment is disputed. It is named by the key of this command, and a payment is disputed once.
    Open {
        /// The account that the payment was made from.
        on: DisputedOn,
        /// How much is disputed.
        sum: Sum,
        /// The network's or the channel's reference of the payment.
        reference: Key,
        /// Journal time in nanoseconds by which the customer must have an answer or a credit.
        #[serde(default)]
        answer_by_ns: Option<u64>,
        /// The version of the calendar by which that was found.
        #[serde(default)]
        calendar: Option<Key>,
    },
    /// Credits the customer until it is known who is right.
    Credit {
        /// The dispute.
        dispute: Key,
    },
    /// The claim was won: whoever took the money owes it; a customer who has no credit yet gets it.
    Win {
        /// The dispute.
        dispute: Key,
        /// Who pays.
        from: Counterparty,
    },
    /// The claim was lost: a credit is taken back, and what is not there any more is owed.
    Lose {
        /// The dispute.
        dispute: Key,
        /// Whether the operator bears the credit instead, as a loss by fraud.
        #[serde(default)]
        absorbs: bool,
    },
}

/// What happened to a dispute.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeEvent {
    /// It was opened.
    Opened {
        /// The account that the payment was made from.
        on: DisputedOn,
        /// Whose account that is.
        owner: OwnerId,
        /// The pool.
        pool: PoolId,
        /// How much.
        sum: Sum,
        /// What is disputed.
        reference: Key,
        /// By when there must be an answer or a credit.
        answer_by_ns: Option<u64>,
        /// The version of the calendar.
        calendar: Option<Key>,
    },
    /// The customer was credited.
    Credited {
        /// The dispute.
        dispute: Key,
    },
    /// It was won.
    Won {
        /// The dispute.
        dispute: Key,
        /// Who pays.
        from: Counterparty,
    },
    /// It was lost.
    Lost {
        /// The dispute.
        dispute: Key,
    },
}

/// The account that a dispute is about.
struct Place {
    owner: OwnerId,
    pool: PoolId,
    account: AccountNo,
}

fn place(draft: &Draft<'_>, on: DisputedOn, sum: Sum) -> Result<Place, Refusal> {
    match on {
        DisputedOn::Owner { owner, role } => {
            if !matches!(role, Role::Wallet | Role::Purse) {
                return Err(about(Reason::WrongKind, Thing::SubAccount));
            }
            let owner = draft.owner(owner)?;
            Ok(Place { owner: owner.id, pool: owner.pool, account: owner.need(role, sum.currency)? })
        }
        DisputedOn::Card { card } => {
            let card = draft.card(card)?;
            if card.currency != sum.currency {
                return Err(Reason::CurrencyMismatch.into());
            }
            Ok(Place { owner: card.owner, pool: card.pool, account: card.account })
        }
    }
}

impl DisputeCommand {
    pub(crate) fn plan(&self, draft: &mut Draft<'_>) -> Result<DisputeEvent, Refusal> {
        match *self {
            Self::Open { on, sum, reference, answer_by_ns, calendar } => {
                if sum.is_zero() {
                    return Err(Reason::AmountZero.into());
                }
                let Place { owner, pool, .. } = place(draft, on, sum)?;
                draft.owner(owner)?.must_be_open()?;
                draft.house(pool, sum.currency)?;
                if draft.products.disputes.references.contains(&reference) {
                    return Err(about(Reason::ReferenceUsed, Thing::Dispute));
                }
                Ok(DisputeEvent::Opened { on, owner, pool, sum, reference, answer_by_ns, calendar })
            }
            Self::Credit { dispute } => {
                let own = find(draft, dispute)?;
                go(Thing::Dispute, own.phase, Phase::Credited)?;
                draft.owner(own.owner)?.must_be_open()?;
                let disputed = draft.house(own.pool, own.sum.currency)?.account(Role::Disputed);
                draft.item(disputed, Side::Debit, own.item(), own.sum.amount)?;
                own.credit(draft)?;
                Ok(DisputeEvent::Credited { dispute })
            }
            Self::Win { dispute, from } => {
                let own = find(draft, dispute)?;
                go(Thing::Dispute, own.phase, Phase::Won)?;
                win(draft, own, from)?;
                Ok(DisputeEvent::Won { dispute, from })
            }
            Self::Lose { dispute, absorbs } => {
                let own = find(draft, dispute)?;
                go(Thing::Dispute, own.phase, Phase::Lost)?;
                if own.phase == Phase::Credited {
                    lose(draft, own, absorbs)?;
                }
                Ok(DisputeEvent::Lost { dispute })
            }
        }
    }
}

fn find<'a>(draft: &Draft<'a>, name: Key) -> Result<&'a Dispute, Refusal> {
    draft.products.disputes.get(name).ok_or_else(|| not_found(Thing::Dispute))
}

fn win(draft: &mut Draft<'_>, own: &Dispute, from: Counterparty) -> Result<(), Refusal> {
    let disputed = draft.house(own.pool, own.sum.currency)?.account(Role::Disputed);
    let was_credited = own.phase == Phase::Credited;
    if !was_credited {
        // Claimed and paid in one: no item is left open in between.
        draft.debit(disputed, own.sum.amount);
        own.credit(draft)?;
        draft.end_posting();
    }
    draft.counterparty(from, own.pool, Side::Debit, own.sum)?;
    draft.credit(disputed, own.sum.amount);
    if was_credited {
        draft.note_item(disputed, Side::Credit, own.item(), own.sum.amount)?;
    }
    Ok(())
}

fn lose(draft: &mut Draft<'_>, own: &Dispute, absorbs: bool) -> Result<(), Refusal> {
    let house = draft.house(own.pool, own.sum.currency)?;
    let disputed = house.account(Role::Disputed);
    if absorbs {
        draft.debit(house.account(Role::FraudLoss), own.sum.amount);
    } else {
        // Nobody spends here, and a freeze does not stand in the way.
        draft.lots(LotUse { source: None, draw: Draw::Take });
        let account = place(draft, own.on, own.sum)?.account;
        draft.debit_or_owe(own.owner, own.pool, account, own.sum, own.name)?;
    }
    draft.item(disputed, Side::Credit, own.item(), own.sum.amount)?;
    draft.end_posting_forced();
    Ok(())
}

impl Dispute {
    /// What is claimed, as an open item.
    fn item(&self) -> ItemName {
        ItemName::new(self.name, Some(self.owner)).due(self.answer_by_ns)
    }

    /// Credits the customer. A card whose life is over has no use for it: it goes with what is left of the card. Where
    /// the wallet was closed it is kept for its owner. No debts are paid with it, because it may be taken back.
    fn credit(&self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        if let DisputedOn::Card { card } = self.on {
            let card = draft.card(card)?;
            return draft.credit_card(card, self.sum.amount);
        }
        if draft.owner(self.owner)?.phase == Phase::Closed {
            let unclaimed = draft.house(self.pool, self.sum.currency)?.account(Role::Unclaimed);
            let item = ItemName::new(self.owner.to_key(), Some(self.owner));
            return draft.item(unclaimed, Side::Credit, item, self.sum.amount);
        }
        let account = place(draft, self.on, self.sum)?.account;
        draft.credit(account, self.sum.amount);
        Ok(())
    }
}

impl DisputeEvent {
    pub(crate) fn apply(&self, products: &mut Products, at: &Applied<'_>) -> Result<(), &'static str> {
        let mut go_on = |dispute: Key, to: Phase| {
            let own = products.disputes.disputes.get_mut(dispute);
            step(Thing::Dispute, &mut own.ok_or("it names a dispute that was not opened")?.phase, to)
        };
        match *self {
            Self::Opened { on, owner, pool, sum, reference, answer_by_ns, calendar } => {
                if !products.disputes.references.insert(reference) {
                    return Err("it disputes what was disputed");
                }
                products.disputes.disputes.push(Dispute {
                    name: at.key()?,
                    on,
                    owner,
                    pool,
                    sum,
                    reference,
                    answer_by_ns,
                    calendar,
                    phase: Phase::Open,
                    since_ns: at.time_ns,
                });
                Ok(())
            }
            Self::Credited { dispute } => go_on(dispute, Phase::Credited),
            Self::Won { dispute, from } => {
                go_on(dispute, Phase::Won)?;
                products.saw_counterparty(from)
            }
            Self::Lost { dispute } => go_on(dispute, Phase::Lost),
        }
    }
}
