//! What an owner's wallet looks like: everything that a person at a counter would want to see, on one page.
//!
//! A view is made from the state at one position and keeps nothing. It looks at every hold and at every record once,
//! so that it costs as much as there is of them: it is for a page, not for the way of a payment.

use alloc::vec::Vec;

use longmen_core::{AccountId, AccountNo, Books, Hold, HoldState, Key, Phase, Thing};
use longmen_money::{Currency, Money, Sum};
use serde::Serialize;

use crate::{
    Card, CardId, Dispute, Owner, OwnerId, OwnerKind, Payee, Plan, PoolId, Products, Role, State, TermsRef,
};

/// A day, in nanoseconds.
const DAY_NS: u64 = 86_400_000_000_000;

/// An owner's wallet at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OwnerView {
    /// The owner.
    pub owner: OwnerId,
    /// What it is.
    pub kind: OwnerKind,
    /// The pool in which the money is safeguarded.
    pub pool: PoolId,
    /// The terms of the wallet.
    pub terms: TermsRef,
    /// Where the owner stands.
    pub phase: Phase,
    /// How far the identity is verified.
    pub tier: u8,
    /// Whether nothing new goes out.
    pub debit_frozen: bool,
    /// Whether nothing new comes in.
    pub credit_frozen: bool,
    /// Whether the owner does not see the wallet yet, because it was not activated.
    pub hidden: bool,
    /// Journal time in nanoseconds of the registration.
    pub since_ns: u64,
    /// The sub-accounts, by currency and role.
    pub accounts: Vec<AccountView>,
    /// The prepaid cards, in the order in which they were issued.
    pub cards: Vec<CardView>,
    /// The open holds on any of these accounts.
    pub holds: Vec<HoldView>,
    /// What is on its way or waits for somebody.
    pub pending: Vec<PendingView>,
    /// What the owner owes the operator, by currency and age.
    pub debts: Vec<OpenView>,
    /// What is kept for the owner as unclaimed.
    pub unclaimed: Vec<OpenView>,
    /// The payees in use: the latest versions that were not removed.
    pub payees: Vec<Payee>,
}

/// One of an owner's sub-accounts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AccountView {
    /// The account.
    pub account: AccountId,
    /// What it is for.
    pub role: Role,
    /// Its currency.
    pub currency: Currency,
    /// What is settled.
    pub posted: Money,
    /// What open holds reserve of it.
    pub held: Money,
    /// What is left of the one less the other.
    pub available: Money,
}

/// One of an owner's prepaid cards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CardView {
    /// The card.
    pub card: CardId,
    /// Where it stands.
    pub phase: Phase,
    /// Its account, with what is on it.
    pub account: AccountView,
    /// Journal time in nanoseconds at which its life ends, if ever.
    pub expires_ns: Option<u64>,
    /// How many whole days of it are left, 0 on the last one; nothing where the life has ended or never will.
    pub days_left: Option<u64>,
}

/// An open hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HoldView {
    /// Its name, which is that of what it is for.
    pub hold: Key,
    /// What it is for: a withdrawal, a payment, a quote or an authorisation.
    pub thing: Option<Thing>,
    /// The account on which it stands.
    pub account: AccountId,
    /// What is still reserved.
    pub remaining: Sum,
    /// Journal time in nanoseconds at which it was placed, where what it is for tells that.
    pub since_ns: Option<u64>,
    /// Journal time in nanoseconds at which it ends by itself, if ever.
    pub until_ns: Option<u64>,
}

/// Something that is on its way or waits for somebody.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PendingView {
    /// What it is.
    pub thing: Thing,
    /// Its name.
    pub name: Key,
    /// Where it stands.
    pub phase: Phase,
    /// How much it is about; of instalments, what is still to be paid. A batch that was not cut off has none.
    pub sum: Option<Sum>,
    /// Journal time in nanoseconds since when it is there, where its record tells that.
    pub since_ns: Option<u64>,
    /// Journal time in nanoseconds by which the next thing is to happen to it, where that is known.
    pub due_ns: Option<u64>,
}

/// An open item of an owner: a debt, or a sum that is kept as unclaimed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OpenView {
    /// Its name.
    pub name: Key,
    /// How much of it is open.
    pub sum: Sum,
    /// Journal time in nanoseconds since when.
    pub since_ns: u64,
    /// Journal time in nanoseconds by which it should be closed, if ever.
    pub due_ns: Option<u64>,
}

impl State {
    /// An owner's wallet as it is at a journal time in nanoseconds; nothing where nobody of this name is registered.
    #[must_use]
    pub fn owner_view(&self, owner: OwnerId, now_ns: u64) -> Option<OwnerView> {
        let (books, products) = (self.books(), self.products());
        let own = products.owners.get(owner)?;
        Some(OwnerView {
            owner,
            kind: own.kind,
            pool: own.pool,
            terms: own.terms,
            phase: own.phase,
            tier: own.tier,
            debit_frozen: own.debit_frozen,
            credit_frozen: own.credit_frozen,
            hidden: own.phase == Phase::Registered,
            since_ns: own.since_ns,
            accounts: accounts(books, own),
            cards: cards(books, products, owner, now_ns),
            holds: holds(books, products, own),
            pending: pending(products, owner),
            debts: items(products, owner, Role::Debts),
            unclaimed: items(products, owner, Role::Unclaimed),
            payees: payees(own),
        })
    }

    /// The prepaid cards of an owner, in the order in which they were issued, at a journal time in nanoseconds.
    #[must_use]
    pub fn cards_of(&self, owner: OwnerId, now_ns: u64) -> Vec<CardView> {
        cards(self.books(), self.products(), owner, now_ns)
    }

    /// A prepaid card at a journal time in nanoseconds; nothing where none of this name was issued.
    #[must_use]
    pub fn card_view(&self, card: CardId, now_ns: u64) -> Option<CardView> {
        card_view(self.books(), self.products().cards.cards.get(card)?, now_ns)
    }

    /// The accounts of an owner: the sub-accounts and those of the cards.
    #[must_use]
    pub fn accounts_of(&self, owner: OwnerId) -> Vec<AccountNo> {
        let products = self.products();
        let subs = products.owners.get(owner).into_iter().flat_map(|own| own.accounts.iter());
        let cards = products.cards.cards.iter().filter(|card| card.owner == owner);
        subs.map(|own| own.account).chain(cards.map(|card| card.account)).collect()
    }
}

fn account(books: &Books, no: AccountNo, role: Role) -> Option<AccountView> {
    let own = books.account_at(no)?;
    let balance = own.balance();
    Some(AccountView {
        account: *own.id(),
        role,
        currency: own.currency(),
        posted: balance.posted(),
        held: balance.held(),
        available: balance.available(),
    })
}

fn accounts(books: &Books, owner: &Owner) -> Vec<AccountView> {
    let all = owner.accounts.iter().filter_map(|own| account(books, own.account, own.role));
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|own| (own.currency.to_bytes(), own.role));
    all
}

fn cards(books: &Books, products: &Products, owner: OwnerId, now_ns: u64) -> Vec<CardView> {
    let own = products.cards.cards.iter().filter(|card| card.owner == owner);
    own.filter_map(|card| card_view(books, card, now_ns)).collect()
}

fn card_view(books: &Books, card: &Card, now_ns: u64) -> Option<CardView> {
    let lives = card.expires_ns.filter(|_| !card.is_over());
    let days_left = lives.map(|at| at.saturating_sub(now_ns).checked_div(DAY_NS).unwrap_or(0));
    Some(CardView {
        card: card.id,
        phase: card.phase,
        account: account(books, card.account, Role::Card)?,
        expires_ns: card.expires_ns,
        days_left,
    })
}

fn holds(books: &Books, products: &Products, owner: &Owner) -> Vec<HoldView> {
    let is_card = |no| products.cards.cards.iter().any(|card| card.owner == owner.id && card.account == no);
    let is_own = |hold: &&Hold| {
        hold.state == HoldState::Open
            && (owner.accounts.iter().any(|own| own.account == hold.debit) || is_card(hold.debit))
    };
    books.holds().iter().filter(is_own).filter_map(|hold| hold_view(books, products, hold)).collect()
}

fn hold_view(books: &Books, products: &Products, hold: &Hold) -> Option<HoldView> {
    let key = hold.key;
    let since = |thing, since_ns| (Some(thing), since_ns);
    let withdrawal = products.withdrawals.get(key).map(|own| since(Thing::Withdrawal, Some(own.since_ns)));
    let payment = || products.payments.get(key).map(|own| since(Thing::Payment, Some(own.since_ns)));
    let quote = || products.quotes.get(key).map(|own| since(Thing::Quote, Some(own.since_ns)));
    let card = || products.cards.authorisations.get(key).map(|_| since(Thing::Authorisation, None));
    let of = withdrawal.or_else(payment).or_else(quote).or_else(card);
    let (thing, since_ns) = of.unwrap_or_default();
    Some(HoldView {
        hold: key,
        thing,
        account: *books.account_at(hold.debit)?.id(),
        remaining: Sum::new(hold.remaining, hold.currency),
        since_ns,
        until_ns: hold.expires_ns,
    })
}

fn pending(products: &Products, owner: OwnerId) -> Vec<PendingView> {
    let mut all = Vec::new();
    all.extend(money_in(products, owner));
    all.extend(money_out(products, owner));
    all.extend(agreed(products, owner));
    // The oldest first; what does not tell its age comes last.
    all.sort_by_key(|own| (own.since_ns.unwrap_or(u64::MAX), own.name));
    all
}

/// Top-ups, and refunds to whoever paid.
fn money_in(products: &Products, owner: OwnerId) -> impl Iterator<Item = PendingView> {
    let top_ups = products.top_ups.iter().filter(move |own| {
        use Phase::{Initiated, Pending, ReceivedLate, RefundFailed, Refunding, Suspended};
        let waits = [Initiated, Pending, Suspended, ReceivedLate, Refunding, RefundFailed];
        own.owner == owner && waits.contains(&own.phase)
    });
    let top_ups = top_ups.map(|own| PendingView {
        thing: Thing::TopUp,
        name: own.name,
        phase: own.phase,
        sum: Some(own.sum),
        since_ns: Some(own.since_ns),
        due_ns: own.expires_ns.filter(|_| own.phase == Phase::Initiated),
    });
    let refunds = products.refunds.iter().filter(move |own| {
        let waits = [Phase::Accepted, Phase::InTransit, Phase::Failed, Phase::Rerouted];
        own.owner == Some(owner) && waits.contains(&own.phase)
    });
    top_ups.chain(refunds.map(|own| PendingView {
        thing: Thing::Refund,
        name: own.name,
        phase: own.phase,
        sum: Some(own.sum),
        since_ns: Some(own.since_ns),
        due_ns: None,
    }))
}

/// Withdrawals and settlement batches.
fn money_out(products: &Products, owner: OwnerId) -> impl Iterator<Item = PendingView> {
    let withdrawals = products.withdrawals.iter().filter(move |own| {
        let waits = [Phase::Requested, Phase::Submitted, Phase::Unknown, Phase::Sent];
        own.owner == owner && waits.contains(&own.phase)
    });
    let withdrawals = withdrawals.map(|own| PendingView {
        thing: Thing::Withdrawal,
        name: own.name,
        phase: own.phase,
        sum: Some(own.sum),
        since_ns: Some(own.since_ns),
        due_ns: Some(own.due_ns),
    });
    let batches = products.batches.batches.iter().filter(move |own| {
        own.merchant == owner && [Phase::Open, Phase::CutOff, Phase::Sent].contains(&own.phase)
    });
    withdrawals.chain(batches.map(|own| PendingView {
        thing: Thing::Batch,
        name: own.name,
        phase: own.phase,
        sum: own.pinned.map(|pinned| pinned.sum),
        since_ns: None,
        due_ns: Some(own.pinned.map_or(own.cut_off_ns, |pinned| pinned.due_ns)),
    }))
}

/// Quotes, instalments and disputes.
fn agreed(products: &Products, owner: OwnerId) -> impl Iterator<Item = PendingView> {
    let quotes = products.quotes.iter().filter(move |own| own.owner == owner && own.phase == Phase::Locked);
    let quotes = quotes.map(|own| PendingView {
        thing: Thing::Quote,
        name: own.name,
        phase: own.phase,
        sum: Some(own.sold),
        since_ns: Some(own.since_ns),
        due_ns: Some(own.expires_ns),
    });
    let plans = products.plans.iter().filter(move |own| own.owner == owner);
    let plans = plans.filter(|own| [Phase::Active, Phase::Overdue].contains(&own.phase));
    let open = [Phase::Open, Phase::Credited];
    let disputes =
        products.disputes.iter().filter(move |own| own.owner == owner && open.contains(&own.phase));
    quotes.chain(plans.map(plan_view)).chain(disputes.map(dispute_view))
}

fn plan_view(plan: &Plan) -> PendingView {
    PendingView {
        thing: Thing::Plan,
        name: plan.name,
        phase: plan.phase,
        sum: Some(Sum::new(plan.outstanding(), plan.currency)),
        since_ns: Some(plan.since_ns),
        due_ns: plan.open_parts().map(|part| part.due_ns).min(),
    }
}

fn dispute_view(dispute: &Dispute) -> PendingView {
    PendingView {
        thing: Thing::Dispute,
        name: dispute.name,
        phase: dispute.phase,
        sum: Some(dispute.sum),
        since_ns: Some(dispute.since_ns),
        due_ns: dispute.answer_by_ns,
    }
}

/// The open items of an owner on the accounts of a role, in every pool: a card may be in that of another issuer.
fn items(products: &Products, owner: OwnerId, role: Role) -> Vec<OpenView> {
    let houses = products.houses.iter();
    let all = houses.flat_map(|(.., house)| products.items.of(house.account(role), owner));
    let view = |(name, item): (&Key, &crate::Item)| OpenView {
        name: *name,
        sum: Sum::new(item.open, item.currency),
        since_ns: item.since_ns,
        due_ns: item.due_ns,
    };
    all.map(view).collect()
}

fn payees(owner: &Owner) -> Vec<Payee> {
    let in_use = owner.payees.iter().filter(|own| matches!(own.phase, Phase::Added | Phase::Verified));
    in_use.copied().collect()
}
