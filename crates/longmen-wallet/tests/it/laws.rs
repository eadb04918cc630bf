//! What must be true after every entry, said a second time and without the code that makes it so.

use std::collections::BTreeMap;

use longmen_core::{AccountNo, Effect, HoldState, Overdraft, Phase, Side};
use longmen_wallet::{
    CardEvent, Entry, Part, Plan, ProductEvent, Role, State, Terms, TopUpEvent, is_permitted,
};

/// Checks every law on the state before and after an entry.
pub(crate) fn check(before: &State, after: &State, entry: &Entry, now: u64) {
    balanced(after, entry);
    ledger_wide(after);
    not_overdrawn(before, after, entry);
    holds(after);
    items(after);
    lots(after);
    permitted(after, entry);
    cards(before, after, entry);
    refunded(before, after, entry);
    plans(after);
    safeguarding(after, now);
    crate::phases::check(before, after);
    crate::records::check(after);
}

fn signed(side: Side, minor: i128) -> i128 {
    if side == Side::Debit { minor } else { -minor }
}

/// 1: every entry is balanced in every currency on every layer, and has no leg of zero.
fn balanced(state: &State, entry: &Entry) {
    let mut sums = BTreeMap::<(String, bool), i128>::new();
    for posting in &entry.postings {
        assert!(!posting.amount.is_zero(), "a leg of zero: {entry:?}");
        let currency = state.books().account_at(posting.account).unwrap().currency().to_string();
        let minor = signed(posting.side, posting.amount.minor().into());
        let minor = if posting.effect == Effect::Unhold { -minor } else { minor };
        *sums.entry((currency, posting.effect == Effect::Post)).or_default() += minor;
    }
    assert!(sums.values().all(|sum| *sum == 0), "not balanced: {entry:?}");
}

/// 2: over the whole ledger every currency sums to zero on both layers.
fn ledger_wide(state: &State) {
    let mut posted = BTreeMap::<String, i128>::new();
    let mut held = BTreeMap::<String, i128>::new();
    for account in state.books().accounts() {
        let (balance, currency) = (account.balance(), account.currency().to_string());
        *posted.entry(currency.clone()).or_default() +=
            balance.debits_posted().cast_signed() - balance.credits_posted().cast_signed();
        *held.entry(currency).or_default() +=
            balance.debits_held().cast_signed() - balance.credits_held().cast_signed();
    }
    assert!(posted.values().chain(held.values()).all(|sum| *sum == 0));
}

/// 3: what may not be overdrawn is not: posted never below zero, and available only where the outside world has forced it.
fn not_overdrawn(before: &State, after: &State, entry: &Entry) {
    for (no, account) in (0..).map(AccountNo).zip(after.books().accounts()) {
        if account.overdraft() == Overdraft::Unlimited {
            continue;
        }
        let balance = account.balance();
        assert!(balance.posted().minor() >= 0, "{} stands at {}", account.id(), balance.posted());
        let was = before.books().account_at(no).map_or(0, |own| own.balance().available().minor());
        let is = balance.available().minor();
        assert!(is >= 0 || is >= was || entry.forced, "{} has {is} available", account.id());
    }
}

/// 4 and 5: what is held is the sum of what remains of open holds, and no hold gives more than it had.
fn holds(state: &State) {
    let mut held = BTreeMap::<AccountNo, (u128, u128)>::new();
    for hold in state.books().holds() {
        let parts = [hold.captured, hold.released(), hold.remaining].map(|part| u128::from(part.minor()));
        assert_eq!(u128::from(hold.amount.minor()), parts.iter().sum::<u128>(), "{hold:?}");
        if hold.state == HoldState::Open {
            let remaining = u128::from(hold.remaining.minor());
            held.entry(hold.debit).or_default().0 += remaining;
            held.entry(hold.credit).or_default().1 += remaining;
        } else {
            assert!(hold.remaining.is_zero(), "{hold:?}");
        }
    }
    for (no, account) in (0..).map(AccountNo).zip(state.books().accounts()) {
        let (debits, credits) = held.get(&no).copied().unwrap_or_default();
        assert_eq!((account.balance().debits_held(), account.balance().credits_held()), (debits, credits));
    }
}

/// 7: a control account is the sum of its open items, and nothing on it is without one.
fn items(state: &State) {
    let mut sums = BTreeMap::<AccountNo, i128>::new();
    for (account, name, item) in state.products().items.iter() {
        assert!(!item.open.is_zero(), "an item of nothing: {name}");
        let control = state.books().account_at(account).unwrap();
        let is_normal = item.side == control.class().normal_side();
        let may_flip = control.overdraft() == Overdraft::Unlimited;
        assert!(is_normal || may_flip, "the item {name} of {} stands on the wrong side", control.id());
        *sums.entry(account).or_default() += signed(item.side, item.open.minor().into());
    }
    for (no, account) in (0..).map(AccountNo).zip(state.books().accounts()) {
        let has_items = state.products().role(no).is_some_and(Role::has_items);
        assert!(has_items || !sums.contains_key(&no), "{} has items", account.id());
        if has_items {
            let balance = account.balance();
            let posted = balance.debits_posted().cast_signed() - balance.credits_posted().cast_signed();
            assert_eq!(posted, sums.get(&no).copied().unwrap_or(0), "{} is not its items", account.id());
        }
    }
}

/// 9: a wallet, a purse and a card are the sum of their lots, and no lot has more than it brought.
fn lots(state: &State) {
    for (no, account) in (0..).map(AccountNo).zip(state.books().accounts()) {
        let Some(role) = state.products().role(no) else { continue };
        let lots = state.products().lots.of(no);
        if !role.has_lots() {
            assert!(lots.is_none(), "{} has lots", account.id());
            continue;
        }
        let sum: i128 = lots.map_or(0, |own| {
            assert!(own.lots.iter().all(|lot| !lot.remaining.is_zero() && lot.remaining <= lot.amount));
            own.lots.iter().map(|lot| i128::from(lot.remaining.minor())).sum()
        });
        assert_eq!(account.balance().posted().minor(), sum, "{} is not its lots", account.id());
    }
}

/// 10: no card has more or other loads than its terms allow, and none is authorised after its end but by the network.
fn cards(before: &State, after: &State, entry: &Entry) {
    for card in after.products().cards.cards.iter() {
        let terms = after.products().terms.get(card.terms.id).unwrap();
        let Terms::Card(terms) = &terms.versions[usize::try_from(card.terms.version).unwrap()].terms else {
            panic!()
        };
        assert!(
            terms.loads_max.is_none_or(|most| card.loads.len() <= usize::try_from(most).unwrap()),
            "{card:?}"
        );
        let bounds = terms.minimum_load.amount..=terms.maximum_load.amount;
        assert!(card.loads.iter().all(|load| bounds.contains(&load.amount) && load.returned <= load.amount));
        let was = before.products().cards.cards.get(card.id);
        if let Some(cap) = terms.cap.filter(|_| was.is_some_and(|was| was.loads.len() < card.loads.len())) {
            let loads = card.loads.iter().filter(|load| !load.is_applied);
            let pending: i128 = loads.map(|load| i128::from(load.amount.minor())).sum();
            let posted = after.books().account_at(card.account).unwrap().balance().posted().minor();
            assert!(posted + pending <= i128::from(cap.amount.minor()), "{card:?} passes its cap");
        }
    }
    let event = entry.product.as_ref().map(|fact| &fact.event);
    if let Some(ProductEvent::Card(CardEvent::Authorised { card, advice: false, .. })) = event {
        let card = before.products().cards.cards.get(*card).unwrap();
        assert!(matches!(card.phase, Phase::Issued | Phase::Active), "{card:?} is authorised");
    }
}

/// 9: a top-up that goes back after it was applied was whole, and goes back whole.
fn refunded(before: &State, after: &State, entry: &Entry) {
    let event = entry.product.as_ref().map(|fact| &fact.event);
    let Some(ProductEvent::TopUp(TopUpEvent::Refunding { top_up, .. })) = event else { return };
    let own = before.products().top_ups.get(*top_up).unwrap();
    if own.phase == Phase::Applied {
        let lot = before.products().lots.of(own.account).and_then(|lots| lots.lot(top_up)).unwrap();
        assert_eq!((lot.remaining, lot.amount), (own.sum.amount, own.sum.amount), "{own:?} is not whole");
        let lots = after.products().lots.of(own.account);
        assert!(lots.and_then(|lots| lots.lot(top_up)).is_none(), "its lot is still there");
    }
}

/// 11: what is owed of a plan is what its parts say, and its fees are earned as they are paid.
fn plans(state: &State) {
    let products = state.products();
    for plan in products.plans.iter() {
        let pool = products.owners.get(plan.owner).unwrap().pool;
        let house = products.houses.get(pool, plan.currency).unwrap();
        let open = |role| {
            let item = products.items.get(house.account(role), &plan.name);
            item.map_or(0, |item| item.open.minor())
        };
        let sum = |plan: &Plan, of: fn(&Part) -> u64| plan.open_parts().map(of).sum::<u64>();
        assert_eq!(open(Role::Instalments), sum(plan, |part| part.outstanding().minor()), "{plan:?}");
        assert_eq!(open(Role::InstalmentFees), sum(plan, |part| part.fee.minor()), "{plan:?}");
        let unearned = sum(plan, |part| part.fee.minor() + part.subsidy.minor());
        assert_eq!(open(Role::Unearned), unearned, "{plan:?}");
    }
}

/// Every posting is between accounts that it may be between.
fn permitted(state: &State, entry: &Entry) {
    for (_, postings) in entry.parts() {
        let posts = postings.iter().filter(|posting| posting.effect == Effect::Post);
        let role = |no| state.products().role(no);
        let currency = |no| state.books().account_at(no).unwrap().currency();
        for debit in posts.clone().filter(|posting| posting.side == Side::Debit) {
            for credit in posts.clone().filter(|posting| posting.side == Side::Credit) {
                if currency(debit.account) == currency(credit.account) {
                    let (debit, credit) = (role(debit.account).unwrap(), role(credit.account).unwrap());
                    assert!(is_permitted(debit, credit), "{debit:?} to {credit:?}");
                }
            }
        }
    }
}

/// 6: the requirement is the sum of what is owed to customers, nobody's debt set against it.
fn safeguarding(state: &State, now: u64) {
    let mut requirement = BTreeMap::<String, i128>::new();
    for (no, account) in (0..).map(AccountNo).zip(state.books().accounts()) {
        if state.products().role(no).is_some_and(Role::is_client_money) {
            *requirement.entry(account.currency().to_string()).or_default() +=
                account.balance().posted().minor().max(0);
        }
    }
    let mut told = BTreeMap::<String, i128>::new();
    for own in state.safeguarding(now) {
        *told.entry(own.requirement.currency().to_string()).or_default() += own.requirement.minor();
    }
    requirement.retain(|_, sum| *sum != 0);
    told.retain(|_, sum| *sum != 0);
    assert_eq!(requirement, told, "the requirement is what is owed to customers");
}
