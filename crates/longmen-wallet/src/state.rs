//! The one state machine that the engine runs: the ledger, and the products on it.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use longmen_core::{
    AccountNo, ActionKind, ApplyError, Books, CONDITIONS_MAX, Changed, Decision, Digest, Effect, Event,
    GroupDecision, Hold, Key, Known, Reason, Refusal, Side,
};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::draft::{Draft, Plan};
use crate::due::Due;
use crate::owner::withdrawal_pair;
use crate::{
    Batches, Cards, Cases, Channels, Command, Disputes, Entry, Fact, GiftCards, Houses, ItemChange, Items,
    LotUse, Lots, Owners, Payments, Plans, Product, ProductEvent, Quotes, Refunds, Role, TermsTable, TopUps,
    Wish, Withdrawals,
};

/// Everything: the books and the products.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    books: Books,
    products: Products,
}

/// Everything that products know beside the balances of their accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Products {
    /// The operator's own accounts.
    pub houses: Houses,
    /// Versioned terms.
    pub terms: TermsTable,
    /// Customers and merchants.
    pub owners: Owners,
    /// Channels.
    pub channels: Channels,
    /// What the balances of control accounts are made of.
    pub items: Items,
    /// Where the money on wallets and cards came from.
    pub lots: Lots,
    /// Top-ups and card loads.
    pub top_ups: TopUps,
    /// Refunds.
    pub refunds: Refunds,
    /// Gift cards.
    pub gift_cards: GiftCards,
    /// Payments for orders.
    pub payments: Payments,
    /// Prepaid cards and their authorisations.
    pub cards: Cards,
    /// Withdrawals and payouts.
    pub withdrawals: Withdrawals,
    /// Quotes and conversions.
    pub quotes: Quotes,
    /// Receiving accounts, deposits and settlement batches.
    pub batches: Batches,
    /// Credit in instalments.
    pub plans: Plans,
    /// Disputes.
    pub disputes: Disputes,
    /// Cases.
    pub cases: Cases,
    /// What the writer does by itself when its time has come.
    pub(crate) due: BTreeSet<(u64, Due)>,
    /// The role of every account that belongs to a product, by its number: an index over the books.
    #[serde(skip)]
    roles: Vec<Option<Role>>,
}

impl Products {
    /// The role of an account, if it belongs to a product.
    #[must_use]
    pub fn role(&self, account: AccountNo) -> Option<Role> {
        self.roles.get(usize::try_from(account.0).ok()?).copied().flatten()
    }

    /// Finds the roles of accounts that were opened since it was last looked.
    fn note_roles(&mut self, books: &Books) {
        for no in self.roles.len()..books.accounts().len() {
            let no = AccountNo(u32::try_from(no).unwrap_or(u32::MAX));
            let is_managed = books.account_at(no).is_some_and(|own| own.access().managed);
            let code = books.details_at(no).and_then(|details| details.code.as_ref()).filter(|_| is_managed);
            self.roles.push(code.and_then(Role::from_code));
        }
    }
}

/// Where and when an entry is applied, and what it opened.
pub(crate) struct Applied<'a> {
    pub(crate) books: &'a Books,
    pub(crate) time_ns: u64,
    /// The key of its command; the writer's own entries have none.
    pub(crate) key: Option<Key>,
    /// How many accounts it opened; they are the last ones of the books.
    opened: usize,
}

impl Applied<'_> {
    /// The account that it opened after `before` others.
    pub(crate) fn opened(&self, before: usize) -> Option<AccountNo> {
        let first = self.books.accounts().len().checked_sub(self.opened)?;
        let no = first.checked_add(before).filter(|_| before < self.opened)?;
        u32::try_from(no).ok().map(AccountNo)
    }

    /// The key of its command, where only a command can have made it.
    pub(crate) fn key(&self) -> Result<Key, &'static str> {
        self.key.ok_or("an entry that a command made has no key")
    }
}

impl State {
    /// A state with neither an account nor a product.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A state of these books and products, as a snapshot kept them.
    #[must_use]
    pub fn restore(books: Books, mut products: Products) -> Self {
        products.note_roles(&books);
        let role = |no| products.roles.get(usize::try_from(no).ok()?).copied().flatten();
        products.items.index_owners(|no| role(no.0).is_some_and(Role::is_asked_by_owner));
        Self { books, products }
    }

    /// The books.
    #[must_use]
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// The products.
    #[must_use]
    pub fn products(&self) -> &Products {
        &self.products
    }

    /// From now on notes which accounts and holds change; as [`Books::note_changed`].
    pub fn note_changed(&mut self) {
        self.books.note_changed();
    }

    /// Every account and hold that may have changed since this was last called; as [`Books::take_changed`].
    #[must_use]
    pub fn take_changed(&mut self) -> Changed {
        self.books.take_changed()
    }

    /// Decides one command that is not linked to others; as [`Books::decide`], for commands of products too.
    ///
    /// `position` and `now_ns` are those that its entry would get. The state is as before when this returns.
    #[must_use]
    pub fn decide(
        &mut self,
        command: Command,
        digest: Digest,
        known: &Known,
        position: u64,
        now_ns: u64,
    ) -> Decision<Option<Box<Fact>>> {
        let (wish, command) = command.take_action();
        match wish {
            Wish::Ledger(action) => {
                self.books.decide(command.with_action(action), digest, known, now_ns).with_product(None)
            }
            Wish::Product(product) => self.decide_product(&product, command, digest, known, position, now_ns),
        }
    }

    /// Decides a group, as [`Books::decide_group`]; commands of products are groups already and cannot be in one.
    #[must_use]
    pub fn decide_group(
        &mut self,
        group: Vec<(Command, Digest, Known)>,
        position: u64,
        now_ns: u64,
    ) -> GroupDecision<Option<Box<Fact>>> {
        let mut members = Vec::with_capacity(group.len());
        for (at, (command, digest, known)) in group.into_iter().enumerate() {
            let (Wish::Ledger(action), command) = command.take_action() else {
                let decision = Decision::Refuse(Reason::ProductLinked.into());
                return GroupDecision::Fell { culprit: at, decision: decision.into() };
            };
            members.push((command.with_action(action), digest, known));
        }
        self.books.decide_group(members, position, now_ns).with_product(None)
    }

    /// The journal time in nanoseconds at which the writer has something to do by itself, if ever.
    #[must_use]
    pub fn next_due_ns(&self) -> Option<u64> {
        let own = self.products.due.first().map(|(at, _)| *at);
        [self.books.next_expiry_ns(), own].into_iter().flatten().min()
    }

    /// The entry of the next thing whose time has come by `now_ns`: a hold that ends, or something of a product.
    #[must_use]
    pub fn decide_due(&mut self, position: u64, now_ns: u64) -> Option<Entry> {
        let own = self.products.due.first().copied().filter(|(at, _)| *at <= now_ns);
        let hold_ns = self.books.next_expiry_ns().filter(|at| *at <= now_ns);
        let Some((at, due)) = own.filter(|(at, _)| hold_ns.is_none_or(|hold_ns| *at < hold_ns)) else {
            return self.books.decide_expiry(now_ns).map(|entry| entry.with_product(None));
        };
        let key = due.key();
        let mut draft = Draft::new(&self.books, &self.products, key, now_ns);
        let planned = due.plan(at, &mut draft).and_then(|event| Ok((event, draft.finish()?)));
        let decided = planned.and_then(|(event, plan)| {
            let command = longmen_core::Command::new(key, ());
            self.decide_plan(command, plan, event, Digest::ZERO, position, now_ns)
        });
        let entry = decided.unwrap_or_else(|refusal| due.dropped(at, refusal));
        Some(Entry { key: None, ..entry })
    }

    fn decide_product(
        &mut self,
        product: &Product,
        command: longmen_core::Command<()>,
        digest: Digest,
        known: &Known,
        position: u64,
        now_ns: u64,
    ) -> Decision<Option<Box<Fact>>> {
        if let Err(refusal) = check(&command) {
            return Decision::Refuse(refusal);
        }
        match known.prior {
            Some(prior) if prior.digest == digest => return Decision::Replay(prior.position),
            Some(_) => return Decision::Refuse(Reason::KeyReused.into()),
            None => {}
        }
        let (key, effective) = (command.key, command.effective);
        let mut draft = Draft::new(&self.books, &self.products, key, now_ns);
        let planned = product.plan(&mut draft).and_then(|event| Ok((event, draft.finish()?)));
        let decided = planned
            .and_then(|(event, plan)| self.decide_plan(command, plan, event, digest, position, now_ns));
        match decided {
            Ok(entry) => Decision::Entry(entry),
            Err(refusal) if refusal.reason.is_journaled() => {
                let entry =
                    longmen_core::Entry::refused(key, effective, digest, ActionKind::Product, refusal);
                Decision::Entry(entry.with_product(None))
            }
            Err(refusal) => Decision::Refuse(refusal),
        }
    }

    /// Lets the ledger judge a plan; the entry carries what it means to the product.
    fn decide_plan(
        &mut self,
        command: longmen_core::Command<()>,
        plan: Plan,
        event: ProductEvent,
        digest: Digest,
        position: u64,
        now_ns: u64,
    ) -> Result<Entry, Refusal> {
        let Plan { steps, items, lots, is_exempt } = plan;
        let mut command = command.with_action(steps);
        if is_exempt {
            let extras = command.extras.get_or_insert_default();
            let (key, value) = withdrawal_pair()?;
            extras.meta = extras.meta.clone().with(key, value)?;
        }
        let entry = self.books.decide_compound(command, digest, position, now_ns)?;
        Ok(entry.with_product(Some(Box::new(Fact { event, items, lots }))))
    }

    /// Folds in the entry at `position`, journaled at `time_ns`.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] where the entry does not follow from this state, which is then of no further use.
    pub fn apply(&mut self, position: u64, time_ns: u64, entry: &Entry) -> Result<(), ApplyError> {
        self.books.apply(position, time_ns, entry)?;
        self.apply_product(position, time_ns, entry).map_err(|what| ApplyError { position, what })
    }

    fn apply_product(&mut self, position: u64, time_ns: u64, entry: &Entry) -> Result<(), &'static str> {
        let (books, products) = (&self.books, &mut self.products);
        products.note_roles(books);
        if let Event::HoldExpired { hold } = entry.event {
            return books
                .hold_at(hold)
                .map_or(Ok(()), |hold| products.apply_expired_hold(books, time_ns, hold));
        }
        let Some(fact) = &entry.product else {
            let is_managed = matches!(entry.event, Event::Compound(_));
            return if is_managed { Err("a compound entry means nothing to any product") } else { Ok(()) };
        };
        products.apply_items(time_ns, entry, fact, books)?;
        products.apply_lots(position, entry, fact.lots.unwrap_or_default())?;
        let opened = entry.parts().filter(|(event, _)| matches!(event, Event::AccountOpened(_))).count();
        let at = Applied { books, time_ns, key: entry.key, opened };
        fact.event.apply(products, &at)
    }
}

impl Products {
    /// Folds in the changes of items, which must be what was posted to their control accounts.
    fn apply_items(
        &mut self,
        time_ns: u64,
        entry: &Entry,
        fact: &Fact,
        books: &Books,
    ) -> Result<(), &'static str> {
        let itemised = |no: AccountNo| self.role(no).is_some_and(Role::has_items);
        let signed = |side: Side, minor: u64| match side {
            Side::Debit => i128::from(minor),
            Side::Credit => i128::from(minor).saturating_neg(),
        };
        // A handful of control accounts at most.
        let mut net = SmallVec::<[(AccountNo, i128); 4]>::new();
        let add = |net: &mut SmallVec<_>, account, change: i128| match net
            .iter_mut()
            .find(|(own, _): &&mut (AccountNo, i128)| *own == account)
        {
            Some((_, sum)) => *sum = sum.saturating_add(change),
            None => net.push((account, change)),
        };
        for posting in entry.postings.iter().filter(|posting| posting.effect == Effect::Post) {
            if itemised(posting.account) {
                add(&mut net, posting.account, signed(posting.side, posting.amount.minor()));
            }
        }
        for change in &fact.items {
            let (account, sum) = match *change {
                ItemChange::Open { account, side, amount, .. } => (account, signed(side, amount.minor())),
                ItemChange::Clear { account, name, amount } => {
                    let item = self.items.get(account, &name).ok_or("it clears an item that is not open")?;
                    (account, signed(item.side.opposite(), amount.minor()))
                }
            };
            add(&mut net, account, sum.saturating_neg());
            let by_owner = self.role(account).is_some_and(Role::is_asked_by_owner);
            let account = books.account_at(account).ok_or("an item names an account that is not open")?;
            self.items.apply(change, account.currency(), time_ns, by_owner)?;
        }
        if net.iter().any(|(_, left)| *left != 0) {
            return Err("what is posted to a control account is not what its items say");
        }
        Ok(())
    }

    /// A hold has ended by itself, and whatever was waiting for it is told.
    fn apply_expired_hold(&mut self, books: &Books, time_ns: u64, hold: &Hold) -> Result<(), &'static str> {
        match self.role(hold.debit) {
            Some(Role::Card) => self.card_hold_ended(books, time_ns, hold),
            _ => {
                self.payment_hold_expired(&hold.key)?;
                self.quote_hold_expired(&hold.key)
            }
        }
    }

    /// Folds what was posted to wallets and cards into their lots.
    fn apply_lots(&mut self, position: u64, entry: &Entry, usage: LotUse) -> Result<(), &'static str> {
        for posting in entry.postings.iter().filter(|posting| posting.effect == Effect::Post) {
            if !self.role(posting.account).is_some_and(Role::has_lots) {
                continue;
            }
            match posting.side {
                Side::Credit => self.lots.bring(posting.account, usage.source, posting.amount, position),
                Side::Debit => self.lots.draw(posting.account, usage.draw, posting.amount, position)?,
            }
        }
        Ok(())
    }
}

/// What is wrong with a command of a product in itself.
fn check(command: &longmen_core::Command<()>) -> Result<(), Refusal> {
    // Products alone say what limits do not count: a caller's pair would pass every limit that has the exemption.
    let says_what_counts = match &command.extras {
        Some(extras) => extras.meta.get(&withdrawal_pair()?.0).is_some(),
        None => false,
    };
    let reason = if says_what_counts {
        Reason::MetaKeyTwice
    } else if command.conditions.len() > CONDITIONS_MAX {
        Reason::TooManyConditions
    } else if command.force {
        Reason::NotForcible
    } else if command.linked {
        Reason::ProductLinked
    } else if command.happened_ns().is_some() {
        Reason::ProductImported
    } else {
        return Ok(());
    };
    Err(reason.into())
}
