//! A command of a product in the making: what it looks at, and what it would do.

use alloc::vec::Vec;
use core::num::NonZeroU64;

use longmen_core::{
    AccountNo, Action, Books, Capture, Closes, Detail, Details, Increment, Key, Leg, Legs, OpenAccount,
    Overdraft, Phase, PlaceHold, Portion, Reason, Refusal, Release, Side, Step, Thing,
};
use longmen_money::{Amount, Currency, Sum};
use smallvec::SmallVec;

use crate::name::account_id;
use crate::terms::FindTerms;
use crate::{House, ItemChange, LotUse, Owner, OwnerId, PoolId, Products, Role, matrix};

/// The most debts that one entry pays; the next money that comes in pays the others.
const DEBTS_PAID_MAX: usize = 4;

/// What a command of a product looks at, and the actions that it would become.
///
/// Products write here what they want to happen; nothing happens until the ledger has judged all of it.
/// Amounts of zero are left out, so that a fee of nothing needs no thought.
pub(crate) struct Draft<'a> {
    /// The books as they are.
    pub(crate) books: &'a Books,
    /// The products as they are.
    pub(crate) products: &'a Products,
    /// The key of the command; the name of what it makes.
    pub(crate) key: Key,
    /// The journal time that the entry would get, in nanoseconds.
    pub(crate) now_ns: u64,
    steps: Vec<Step>,
    /// The posting in the making.
    legs: Legs,
    /// The roles of its legs' accounts, in the same order.
    roles: SmallVec<[Option<Role>; 4]>,
    items: Vec<ItemChange>,
    lots: Option<LotUse>,
    is_exempt: bool,
    fault: Option<Refusal>,
}

/// What a command of a product would do.
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    pub(crate) items: Vec<ItemChange>,
    pub(crate) lots: Option<LotUse>,
    pub(crate) is_exempt: bool,
}

/// An open item to be: its name, whose it is and by when it should be closed.
#[derive(Clone, Copy)]
pub(crate) struct ItemName {
    pub(crate) name: Key,
    pub(crate) owner: Option<OwnerId>,
    pub(crate) due_ns: Option<u64>,
}

impl ItemName {
    pub(crate) fn new(name: Key, owner: Option<OwnerId>) -> Self {
        Self { name, owner, due_ns: None }
    }

    pub(crate) fn due(mut self, due_ns: Option<u64>) -> Self {
        self.due_ns = due_ns;
        self
    }
}

impl<'a> Draft<'a> {
    pub(crate) fn new(books: &'a Books, products: &'a Products, key: Key, now_ns: u64) -> Self {
        Self {
            books,
            products,
            key,
            now_ns,
            steps: Vec::new(),
            legs: Legs::new(),
            roles: SmallVec::new(),
            items: Vec::new(),
            lots: None,
            is_exempt: false,
            fault: None,
        }
    }

    /// What was written, if all of it is permitted.
    pub(crate) fn finish(mut self) -> Result<Plan, Refusal> {
        self.end_posting();
        match self.fault {
            Some(fault) => Err(fault),
            None => {
                Ok(Plan { steps: self.steps, items: self.items, lots: self.lots, is_exempt: self.is_exempt })
            }
        }
    }

    /// The house of a pool in a currency.
    pub(crate) fn house(&self, pool: PoolId, currency: Currency) -> Result<&'a House, Refusal> {
        self.products.houses.get(pool, currency).ok_or_else(|| not_found(Thing::Pool))
    }

    /// An owner, closed or not.
    pub(crate) fn owner(&self, owner: OwnerId) -> Result<&'a Owner, Refusal> {
        self.products.owners.get(owner).ok_or_else(|| not_found(Thing::Owner))
    }

    /// What can be spent of an account now; nothing where it is below zero.
    pub(crate) fn available(&self, account: AccountNo) -> Amount {
        self.balance(account, |balance| balance.available().minor())
    }

    /// What is posted on an account now; nothing where it is below zero.
    pub(crate) fn posted(&self, account: AccountNo) -> Amount {
        self.balance(account, |balance| balance.posted().minor())
    }

    /// What open holds reserve of an account now.
    pub(crate) fn held(&self, account: AccountNo) -> Amount {
        self.balance(account, |balance| balance.held().minor())
    }

    fn balance(&self, account: AccountNo, of: impl Fn(longmen_core::Balance) -> i128) -> Amount {
        let minor = self.books.account_at(account).map_or(0, |own| of(own.balance()));
        u64::try_from(minor.max(0)).ok().and_then(Amount::new).unwrap_or(Amount::MAX)
    }

    /// Opens an account of a role.
    pub(crate) fn open_account(
        &mut self,
        of: &str,
        currency: Currency,
        role: Role,
        hidden: bool,
    ) -> Result<(), Refusal> {
        let id = account_id(of, currency, role.word())?;
        let mut opened = OpenAccount::new(id, currency, role.class()).overdraft(role.overdraft());
        let code = longmen_core::Code::new(role.code())?;
        (opened.hidden, opened.managed) = (hidden, true);
        opened.details = Details { code: Some(code), ..Details::default() };
        self.step(Action::OpenAccount(opened.into()));
        Ok(())
    }

    /// Adds a debit to the posting in the making.
    pub(crate) fn debit(&mut self, account: AccountNo, amount: Amount) {
        self.leg(account, Side::Debit, amount);
    }

    /// Adds a credit to the posting in the making.
    pub(crate) fn credit(&mut self, account: AccountNo, amount: Amount) {
        self.leg(account, Side::Credit, amount);
    }

    /// Adds a debit and a credit to the posting in the making.
    pub(crate) fn transfer(&mut self, debit: AccountNo, credit: AccountNo, amount: Amount) {
        self.debit(debit, amount);
        self.credit(credit, amount);
    }

    fn leg(&mut self, account: AccountNo, side: Side, amount: Amount) {
        let Some(own) = self.books.account_at(account).filter(|_| !amount.is_zero()) else { return };
        self.legs.push(Leg { account: *own.id(), side, amount, currency: own.currency() });
        self.roles.push(self.products.role(account));
    }

    /// Adds a leg to the posting in the making and notes it on an item of its control account: an item of this name
    /// that stands on the other side is cleared by so much, and otherwise opened or increased.
    pub(crate) fn item(
        &mut self,
        account: AccountNo,
        side: Side,
        item: ItemName,
        amount: Amount,
    ) -> Result<(), Refusal> {
        self.leg(account, side, amount);
        self.note_item(account, side, item, amount)
    }

    /// Notes on an item what is posted to its control account elsewhere, such as by a capture.
    pub(crate) fn note_item(
        &mut self,
        account: AccountNo,
        side: Side,
        item: ItemName,
        amount: Amount,
    ) -> Result<(), Refusal> {
        if amount.is_zero() {
            return Ok(());
        }
        let ItemName { name, owner, due_ns } = item;
        self.items.push(match self.item_now(account, &name) {
            Some((own, open, _)) if own != side => {
                if amount > open {
                    return Err(exceeds(Thing::Item, amount, open));
                }
                ItemChange::Clear { account, name, amount }
            }
            Some((.., of)) if of != owner => return Err(exists(Thing::Item)),
            // What others have there would pay for it.
            None if !self.may_begin_on(account, side) => return Err(not_found(Thing::Item)),
            _ => {
                let due_ns = due_ns.or_else(|| self.settles_by_ns(account));
                ItemChange::Open { account, name, side, amount, owner, due_ns }
            }
        });
        Ok(())
    }

    /// Whether an item of a control account may stand on this side: the normal one, or either where the account may.
    fn may_begin_on(&self, account: AccountNo, side: Side) -> bool {
        let own = self.books.account_at(account);
        let is_normal = own.is_some_and(|own| own.class().normal_side() == side);
        is_normal || own.is_some_and(|own| own.overdraft() == Overdraft::Unlimited)
    }

    /// The side, the open amount and the owner of an item, with what was noted on it so far.
    pub(crate) fn item_now(&self, account: AccountNo, name: &Key) -> Option<(Side, Amount, Option<OwnerId>)> {
        let now = self.products.items.get(account, name).map(|item| (item.side, item.open, item.owner));
        self.items.iter().fold(now, |now, change| match *change {
            ItemChange::Open { account: on, name: of, side, amount, owner, .. }
                if (on, &of) == (account, name) =>
            {
                let before = now.map_or(Amount::ZERO, |(_, open, _)| open);
                Some((side, before.checked_add(amount).unwrap_or(Amount::MAX), owner))
            }
            ItemChange::Clear { account: on, name: of, amount } if (on, &of) == (account, name) => {
                let (side, open, owner) = now?;
                let left = open.checked_sub(amount).filter(|left| !left.is_zero())?;
                Some((side, left, owner))
            }
            _ => now,
        })
    }

    /// What is open of an item, on this side of its account.
    pub(crate) fn open_item(&self, account: AccountNo, side: Side, name: &Key) -> Result<Amount, Refusal> {
        let item = self.products.items.get(account, name).filter(|item| item.side == side);
        item.map(|item| item.open).ok_or_else(|| not_found(Thing::Item))
    }

    /// Reserves a sum, under the key of the command, until a journal time if there is one.
    pub(crate) fn hold(
        &mut self,
        debit: AccountNo,
        credit: AccountNo,
        sum: Sum,
        expires_ns: Option<u64>,
    ) -> Result<(), Refusal> {
        self.hold_with(debit, credit, sum, expires_ns, false)
    }

    /// As [`Draft::hold`], or with force where the outside world has promised it already.
    pub(crate) fn hold_with(
        &mut self,
        debit: AccountNo,
        credit: AccountNo,
        sum: Sum,
        expires_ns: Option<u64>,
        force: bool,
    ) -> Result<(), Refusal> {
        let (Some(from), Some(to)) = (self.books.account_at(debit), self.books.account_at(credit)) else {
            return Err(not_found(Thing::SubAccount));
        };
        let expires_after_ns = match expires_ns {
            None => None,
            Some(at) => {
                let life = at.checked_sub(self.now_ns).and_then(NonZeroU64::new);
                Some(life.ok_or(Reason::TooLate)?)
            }
        };
        self.permit(debit, credit)?;
        let Sum { amount, currency } = sum;
        let closes = Closes::default();
        let hold =
            PlaceHold { debit: *from.id(), credit: *to.id(), amount, currency, closes, expires_after_ns };
        self.step(Step { action: Action::PlaceHold(hold), force });
        Ok(())
    }

    /// Reserves more on a hold, or so much in all.
    pub(crate) fn increment(&mut self, hold: Key, sum: Sum, is_total: bool, force: bool) {
        let Sum { amount, currency } = sum;
        let action = Action::Increment(Increment { hold, amount, currency, is_total });
        self.step(Step { action, force });
    }

    /// Captures part of a hold, or with force more than it. Without portions all goes to where the hold names.
    pub(crate) fn capture(
        &mut self,
        hold: Key,
        sum: Sum,
        is_final: bool,
        to: &[(AccountNo, Amount)],
        force: bool,
    ) -> Result<(), Refusal> {
        let own = self.books.hold(&hold).ok_or(Reason::HoldNotFound)?;
        let mut portions = SmallVec::new();
        for (account, amount) in to.iter().filter(|(_, amount)| !amount.is_zero()) {
            self.permit(own.debit, *account)?;
            let credit = self.books.account_at(*account).ok_or_else(|| not_found(Thing::SubAccount))?;
            portions.push(Portion { credit: *credit.id(), amount: *amount });
        }
        let Sum { amount, currency } = sum;
        let action = Action::Capture(Capture { hold, amount, currency, is_final, to: portions });
        self.step(Step { action, force });
        Ok(())
    }

    /// Gives back part of a hold, or all that remains of it.
    pub(crate) fn release(&mut self, hold: Key, part: Option<Sum>) {
        let part = part.map(|sum| (sum.amount, sum.currency));
        self.step(Action::Release(Release { hold, part }));
    }

    /// Adds an action, after the posting in the making.
    pub(crate) fn step(&mut self, step: impl Into<Step>) {
        self.end_posting();
        self.steps.push(step.into());
    }

    /// Ends the posting in the making; what is written after it is another one.
    pub(crate) fn end_posting(&mut self) {
        self.end_posting_with(false);
    }

    /// Ends the posting in the making as one that the outside world has made already.
    pub(crate) fn end_posting_forced(&mut self) {
        self.end_posting_with(true);
    }

    fn end_posting_with(&mut self, force: bool) {
        if self.legs.is_empty() {
            return;
        }
        let (legs, roles) = (core::mem::take(&mut self.legs), core::mem::take(&mut self.roles));
        if let Err(refusal) = permit_legs(&legs, &roles) {
            self.fault = self.fault.or(Some(refusal));
        }
        self.steps.push(Step { action: Action::Post(legs), force });
    }

    fn permit(&self, debit: AccountNo, credit: AccountNo) -> Result<(), Refusal> {
        permit(self.products.role(debit), self.products.role(credit))
    }

    /// Says from which lots money goes out, and where what comes in is from.
    pub(crate) fn lots(&mut self, lots: LotUse) {
        self.lots = Some(lots);
    }

    /// The entry is not counted by limits that exempt withdrawals.
    pub(crate) fn exempt(&mut self) {
        self.is_exempt = true;
    }

    /// Pays what an owner owes to a pool in a currency with what has just come into an account, the oldest debt first.
    ///
    /// Neither a freeze nor a velocity limit stands in the way: they are against spending, and what came in would
    /// otherwise be refused with them.
    pub(crate) fn recover_in(
        &mut self,
        pool: PoolId,
        owner: &Owner,
        account: AccountNo,
        came: Sum,
    ) -> Result<(), Refusal> {
        let Some(house) = self.products.houses.get(pool, came.currency) else { return Ok(()) };
        let debts = house.account(Role::Debts);
        let mut left = came.amount;
        self.end_posting();
        let products = self.products;
        for (name, item) in products.items.of(debts, owner.id).take(DEBTS_PAID_MAX) {
            if left.is_zero() {
                break;
            }
            let part = left.min(item.open);
            left = left.checked_sub(part).unwrap_or(Amount::ZERO);
            self.debit(account, part);
            self.item(debts, Side::Credit, ItemName::new(*name, Some(owner.id)), part)?;
        }
        self.end_posting_forced();
        Ok(())
    }

    /// The same in the wallet's pool, where the terms of the wallet want it.
    pub(crate) fn recover_by_terms(
        &mut self,
        owner: &Owner,
        account: AccountNo,
        came: Sum,
    ) -> Result<(), Refusal> {
        self.recover_by_terms_in(owner.pool, owner, account, came)
    }

    /// The same in any pool: what is owed to the issuer of a card is paid out of the card. Out of a wallet that is frozen
    /// nothing is taken: what comes in there stays there.
    pub(crate) fn recover_by_terms_in(
        &mut self,
        pool: PoolId,
        owner: &Owner,
        account: AccountNo,
        came: Sum,
    ) -> Result<(), Refusal> {
        let terms = self.products.terms.wallet_terms_at(owner.terms);
        let wanted = terms.is_some_and(|terms| terms.recovers_debts) && !owner.debit_frozen;
        if wanted { self.recover_in(pool, owner, account, came) } else { Ok(()) }
    }

    /// Refuses two owners whose money is in different pools: what is owed would move at once, and what covers it not
    /// before a bank has moved it.
    pub(crate) fn one_pool(&self, own: &Owner, other: &Owner) -> Result<(), Refusal> {
        if own.pool == other.pool { Ok(()) } else { Err(about(Reason::WrongKind, Thing::Pool)) }
    }

    /// Refuses a sum of nothing: it would leave an entry without a posting.
    pub(crate) fn not_zero(&self, sum: Sum) -> Result<(), Refusal> {
        if sum.is_zero() { Err(Reason::AmountZero.into()) } else { Ok(()) }
    }

    /// Credits an owner's account, or what is kept for the owner where that was closed; and pays debts with it where the
    /// terms of the wallet say so. The debit is left to whoever calls, and comes first.
    pub(crate) fn credit_owner(
        &mut self,
        owner: &Owner,
        account: AccountNo,
        sum: Sum,
    ) -> Result<(), Refusal> {
        if owner.phase == Phase::Closed {
            let unclaimed = self.house(owner.pool, sum.currency)?.account(Role::Unclaimed);
            let item = ItemName::new(owner.id.to_key(), Some(owner.id));
            return self.item(unclaimed, Side::Credit, item, sum.amount);
        }
        self.credit(account, sum.amount);
        self.recover_by_terms(owner, account, sum)
    }

    /// Debits an account by as much as is available and the owner's debts by the rest, for what the outside world has
    /// done already; the credit is left to whoever calls.
    pub(crate) fn debit_or_owe(
        &mut self,
        owner: OwnerId,
        pool: PoolId,
        account: AccountNo,
        sum: Sum,
        debt: Key,
    ) -> Result<(), Refusal> {
        let own = sum.amount.min(self.available(account));
        let rest = sum.amount.checked_sub(own).unwrap_or(Amount::ZERO);
        self.debit(account, own);
        if !rest.is_zero() {
            let debts = self.house(pool, sum.currency)?.account(Role::Debts);
            self.item(debts, Side::Debit, ItemName::new(debt, Some(owner)), rest)?;
        }
        Ok(())
    }
}

/// There is none of this name.
pub(crate) fn not_found(thing: Thing) -> Refusal {
    Refusal::new(Reason::ThingNotFound).about(Detail::Thing(thing))
}

/// There is one of this name.
pub(crate) fn exists(thing: Thing) -> Refusal {
    Refusal::new(Reason::ThingExists).about(Detail::Thing(thing))
}

/// More than what remains was asked for.
pub(crate) fn exceeds(thing: Thing, asked: Amount, remains: Amount) -> Refusal {
    let over = asked.checked_sub(remains).unwrap_or(Amount::ZERO);
    Refusal::new(Reason::ExceedsRemainder).about(Detail::Thing(thing)).short_by(over)
}

/// A refusal about a thing.
pub(crate) fn about(reason: Reason, thing: Thing) -> Refusal {
    Refusal::new(reason).about(Detail::Thing(thing))
}

/// Refuses a posting of which one leg may not be against another of the same currency.
fn permit_legs(legs: &[Leg], roles: &[Option<Role>]) -> Result<(), Refusal> {
    let of = |side: Side| legs.iter().zip(roles).filter(move |(leg, _)| leg.side == side);
    for (debit, debited) in of(Side::Debit) {
        for (_, credited) in of(Side::Credit).filter(|(credit, _)| credit.currency == debit.currency) {
            permit(*debited, *credited)?;
        }
    }
    Ok(())
}

fn permit(debit: Option<Role>, credit: Option<Role>) -> Result<(), Refusal> {
    match (debit, credit) {
        (Some(debit), Some(credit)) => matrix::permit(debit, credit),
        _ => Err(Reason::PostingNotPermitted.into()),
    }
}
