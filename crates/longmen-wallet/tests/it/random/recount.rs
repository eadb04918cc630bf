//! What is asked of a run as a whole: what was counted on the way is counted again from its entries.

use std::collections::{BTreeMap, BTreeSet};

use longmen_core::{AccountNo, Effect, Event, Flow, Key, Limit, Most, Posting, Reason, Side, Window};
use longmen_money::{Amount, Sum};
use longmen_wallet::{
    ChannelCommand, Draw, Entry, ExchangeCommand, ExchangeEvent, HouseEvent, PoolId, Product, ProductEvent,
    Quote, RefundEvent, Role, State, TopUpEvent, Unspent, WithdrawalEvent,
};

use crate::teller::Teller;

/// 18: what the house does by itself, and what is only said, moves no client money.
pub(super) fn house_alone(before: &State, after: &Teller, product: &Product) {
    let is_alone = matches!(
        product,
        Product::House(_)
            | Product::Terms(_)
            | Product::Payee(_)
            | Product::Channel(ChannelCommand::Open { .. })
            | Product::Exchange(ExchangeCommand::Cover { .. } | ExchangeCommand::Revalue { .. })
    );
    let posts = |entry: &Entry| {
        let posts = entry.postings.iter().filter(|posting| posting.effect == Effect::Post);
        posts.map(|posting| posting.account).collect::<Vec<_>>()
    };
    if let Some((_, entry)) = after.entries.last().filter(|_| is_alone) {
        let roles = posts(entry).into_iter().filter_map(|no| before.products().role(no));
        let client: Vec<_> = roles.filter(|role| role.is_client_money()).collect();
        assert!(client.is_empty(), "{product:?} moves {client:?}");
    }
}

/// A limit as a run has it, and what was moved under it.
struct Counted {
    limit: Limit,
    members: BTreeSet<AccountNo>,
    moves: Vec<(u64, i128)>,
    is_in_force: bool,
}

/// 12: what limits have counted is what the entries say, each at its journal time. What is held counts too, but that is
/// the sum of open holds and is added when the ledger is asked.
pub(super) fn limits(teller: &Teller) {
    let mut all = Vec::<Counted>::new();
    for (time, entry) in &teller.entries {
        for (event, postings) in entry.parts() {
            for own in all.iter_mut().filter(|own| own.is_in_force) {
                own.count(*time, entry, postings);
            }
            match event {
                Event::LimitSet(limit) => set(teller, &mut all, limit),
                Event::LimitDropped { limit } => {
                    all[usize::try_from(limit.0).unwrap()].is_in_force = false;
                }
                _ => {}
            }
        }
    }
    let state = teller.state.books().limits();
    assert_eq!(all.len(), state.len());
    for (own, is) in all.iter().zip(state) {
        assert_eq!(own.is_in_force, is.is_in_force);
        if own.is_in_force {
            let counted = is.usage.at(own.limit.window, teller.now);
            assert_eq!(own.counted(teller.now), counted, "{:?}", own.limit);
        }
    }
}

fn set(teller: &Teller, all: &mut Vec<Counted>, limit: &Limit) {
    let name = limit.id.as_str().split(':').next().unwrap();
    let owner = teller.state.products().owners.get(crate::teller::read(name)).unwrap();
    let members = owner
        .accounts
        .iter()
        .filter(|own| own.role != Role::Escrow && own.currency == limit.currency)
        .map(|own| own.account);
    let own = Counted { limit: limit.clone(), members: members.collect(), moves: vec![], is_in_force: true };
    match all.iter_mut().find(|old| old.limit.id == limit.id) {
        // From one tier to the same, it goes on counting.
        Some(old) if old.is_in_force => old.limit = limit.clone(),
        Some(old) => *old = own,
        None => all.push(own),
    }
}

impl Counted {
    fn count(&mut self, time: u64, entry: &Entry, postings: &[Posting]) {
        let is_exempt = self
            .limit
            .exempt
            .iter()
            .any(|(key, value)| entry.meta().is_some_and(|meta| meta.has(key, value)));
        if is_exempt {
            return;
        }
        let is_in = matches!(self.limit.flow, Flow::In | Flow::NetIn);
        let is_net = matches!(self.limit.flow, Flow::NetIn | Flow::NetOut);
        let mut sum = 0;
        for posting in postings.iter().filter(|posting| posting.effect == Effect::Post) {
            if self.members.contains(&posting.account) {
                // All that an owner has is a liability: it grows on the credit side.
                let is_towards = (posting.side == Side::Credit) == is_in;
                let minor = i128::from(posting.amount.minor());
                sum += if is_towards {
                    minor
                } else if is_net {
                    -minor
                } else {
                    0
                };
            }
        }
        if sum != 0 {
            self.moves.push((time, sum));
        }
    }

    fn counted(&self, now: u64) -> i128 {
        let counts = |then: u64| match self.limit.window {
            Window::Lifetime => true,
            Window::Every { length_ns, from_ns } => {
                (then - from_ns) / length_ns == (now - from_ns) / length_ns
            }
            Window::Last { length_ns } => now - then < length_ns,
            Window::Month { utc_offset_min } | Window::Year { utc_offset_min } => {
                month(then, utc_offset_min) == month(now, utc_offset_min)
            }
        };
        assert!(matches!(self.limit.most, Most::Amount(_)));
        self.moves.iter().filter(|(then, _)| counts(*then)).map(|(_, minor)| minor).sum()
    }
}

/// The month that a time lies in, counted from some month, for times of this century.
fn month(time: u64, utc_offset_min: i16) -> u64 {
    let ns = time.checked_add_signed(i64::from(utc_offset_min) * 60_000_000_000).unwrap();
    let mut day = ns / 86_400_000_000_000;
    let mut month = 0;
    loop {
        let year = 1970 + month / 12;
        let leap = u64::from(year % 4 == 0);
        let length =
            [31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][usize::try_from(month % 12).unwrap()];
        if day < length {
            return month;
        }
        (day, month) = (day - length, month + 1);
    }
}

/// 8: a position is what conversions, covers and revaluations have left of it, and each conversion was valued to within
/// half a minor unit.
pub(super) fn positions(teller: &Teller) {
    let mut explained = BTreeMap::<AccountNo, i128>::new();
    let mut refunded = BTreeMap::<Key, u128>::new();
    let products = teller.state.products();
    for (_, entry) in &teller.entries {
        let Some(fact) = &entry.product else { continue };
        let ProductEvent::Exchange(event) = &fact.event else {
            let free = entry.postings.iter().filter(|own| own.effect == Effect::Post);
            let free = free.filter(|own| products.role(own.account) == Some(Role::Position));
            assert_eq!(free.count(), 0, "a position is moved by {:?}", fact.event);
            continue;
        };
        for (pool, sum, credit) in moved(teller, event, &mut refunded) {
            let house = products.houses.get(pool, sum.currency).unwrap();
            let minor = i128::from(sum.amount.minor());
            *explained.entry(house.account(Role::Position)).or_default() +=
                if credit { minor } else { -minor };
        }
    }
    for (.., house) in products.houses.iter() {
        let no = house.account(Role::Position);
        let balance = teller.state.books().account_at(no).unwrap().balance();
        let posted = balance.credits_posted().cast_signed() - balance.debits_posted().cast_signed();
        assert_eq!(posted, explained.get(&no).copied().unwrap_or(0), "a position is not explained");
    }
    products.quotes.iter().for_each(valued);
}

/// What an event moves on positions: of which pool, how much, and whether it is credited.
fn moved(
    teller: &Teller,
    event: &ExchangeEvent,
    refunded: &mut BTreeMap<Key, u128>,
) -> Vec<(PoolId, Sum, bool)> {
    let products = teller.state.products();
    let quote = |name| products.quotes.get(name).unwrap();
    let pool = |quote: &Quote| products.owners.get(quote.owner).unwrap().pool;
    match *event {
        ExchangeEvent::Executed { quote: name } => {
            let own = quote(name);
            let worth = Sum::new(own.worth, own.bought.currency);
            vec![(pool(own), own.sold, true), (pool(own), worth, false)]
        }
        ExchangeEvent::Covered { pool, sold, bought } => vec![(pool, sold, false), (pool, bought, true)],
        ExchangeEvent::Refunded { quote: name, part, given, original } => {
            let own = quote(name);
            let original = Sum::new(original, given.currency);
            let (gain, loss) = margin_back(own, part, refunded.entry(name).or_default());
            let pool = pool(own);
            vec![(pool, part, true), (pool, original, false), (pool, gain, true), (pool, loss, false)]
        }
        // Which way it goes is not said by the event: the posting tells.
        ExchangeEvent::Revalued { .. } => revalued(teller, event),
        ExchangeEvent::Quoted { .. } | ExchangeEvent::Cancelled { .. } => vec![],
    }
}

/// What of the margin goes back with a part of a conversion: of all parts so far together, rounded down.
fn margin_back(quote: &Quote, part: Sum, refunded: &mut u128) -> (Sum, Sum) {
    let minor = |sum: Amount| u128::from(sum.minor());
    let (worth, bought) = (minor(quote.worth), minor(quote.bought.amount));
    let before = *refunded;
    *refunded += minor(part.amount);
    let share = |whole: u128| {
        let now = whole * *refunded / bought - whole * before / bought;
        Sum::new(Amount::new(u64::try_from(now).unwrap()).unwrap(), part.currency)
    };
    (share(worth.saturating_sub(bought)), share(bought.saturating_sub(worth)))
}

fn revalued(teller: &Teller, event: &ExchangeEvent) -> Vec<(PoolId, Sum, bool)> {
    let is_own = |entry: &&Entry| {
        let fact = entry.product.as_ref();
        fact.is_some_and(
            |fact| matches!(&fact.event, ProductEvent::Exchange(own) if std::ptr::eq(own, event)),
        )
    };
    let entry = teller.entries.iter().map(|(_, entry)| entry).find(is_own).unwrap();
    let ExchangeEvent::Revalued { pool, sum } = *event else { unreachable!() };
    let is_position = |own: &&Posting| teller.state.products().role(own.account) == Some(Role::Position);
    let own = entry.postings.iter().find(is_position).unwrap();
    assert_eq!(own.amount, sum.amount);
    vec![(pool, sum, own.side == Side::Credit)]
}

/// What was sold is worth what the middle rate says, to within half a minor unit. Both currencies of a run have two
/// decimals.
fn valued(quote: &Quote) {
    let text = quote.mid.to_string();
    let (is_inverse, number) = text.strip_prefix("1/").map_or((false, &text[..]), |number| (true, number));
    let decimals = number.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let mantissa: i128 = number.replace('.', "").parse().unwrap();
    let scale = 10_i128.pow(u32::try_from(decimals).unwrap());
    let (above, below) = if is_inverse { (scale, mantissa) } else { (mantissa, scale) };
    let [sold, worth] = [quote.sold.amount, quote.worth].map(|amount| i128::from(amount.minor()));
    let off = sold * above - worth * below;
    assert!(2 * off.abs() <= below, "{quote:?} is off by more than half a unit");
}

/// 9: where "unspent" means that nothing was spent since, nothing was spent between a top-up and its refund.
pub(super) fn unspent(teller: &Teller) {
    let products = teller.state.products();
    let mut spent = BTreeMap::<AccountNo, usize>::new();
    let mut applied = BTreeMap::<Key, usize>::new();
    for (at, (_, entry)) in teller.entries.iter().enumerate() {
        let Some(fact) = &entry.product else { continue };
        let draw = fact.lots.unwrap_or_default().draw;
        let debits =
            entry.postings.iter().filter(|own| own.effect == Effect::Post && own.side == Side::Debit);
        debits.filter(|_| draw == Draw::Spend).for_each(|own| _ = spent.insert(own.account, at));
        match &fact.event {
            ProductEvent::TopUp(TopUpEvent::Applied { top_up, .. }) => _ = applied.insert(*top_up, at),
            // What goes back before it was applied, or after it was credited again, has no such time.
            ProductEvent::Refund(RefundEvent::Recredited { .. }) => applied.clear(),
            ProductEvent::TopUp(TopUpEvent::Refunding { top_up, .. }) => {
                let own = products.top_ups.get(*top_up).unwrap();
                // Onto a card there may never have come anything.
                let Some(lots) = products.lots.of(own.account) else { continue };
                let (since, last) = (applied.get(top_up), spent.get(&own.account));
                let is_spent = since.zip(last).is_some_and(|(since, last)| last > since);
                assert!(lots.unspent != Unspent::NothingSince || !is_spent, "{own:?} was not unspent");
            }
            _ => {}
        }
    }
}

/// What the writer does by itself is never too late for its thing, and withdrawals are told to limits as such.
pub(super) fn writer(teller: &Teller) {
    for (_, entry) in &teller.entries {
        match entry.product.as_ref().map(|fact| &fact.event) {
            Some(ProductEvent::House(HouseEvent::DueDropped { reason, due, .. })) => {
                assert_ne!(*reason, Reason::StateForbids.code(), "{due:?} was on the list for nothing");
            }
            Some(ProductEvent::Withdrawal(WithdrawalEvent::Made { is })) if is.terms.is_some() => {
                assert!(entry.meta().is_some(), "{is:?} is counted");
            }
            _ => {}
        }
    }
}
