//! Questions about balances, what they add up to, and what products keep.

use std::collections::{BTreeMap, BTreeSet};

use longmen::replica::{AccountBalance, ItemsQuestion, Of, OpenHold};
use longmen::wallet::{CardId, OwnerId};
use longmen::{AccountId, Balance, Code, Currency, HoldState, Key, Totals};
use longmen_sim::Random;

use super::judge::Judge;
use super::probe::{Ask, pages, size};

/// Debits and credits posted and held, and how many accounts there are, by currency.
pub(crate) type Sums = BTreeMap<String, (u64, [u128; 4])>;

/// Which accounts: any kind of choice that there is something for.
pub(crate) fn draw_of(judge: &Judge, random: &mut Random) -> Of {
    let books = judge.state.books();
    let owners: Vec<OwnerId> = judge.state.products().owners.iter().map(|own| own.id).collect();
    let all: Vec<AccountId> = judge.accounts().map(|(id, _)| id).collect();
    let of = match random.below(5) {
        0 => random.of(&all).map(|id| Of::Account(*id)),
        1 => random.of(books.sets()).map(|set| Of::Set(set.id)),
        2 => random.of(&owners).map(|owner| Of::Owner(*owner)),
        3 => {
            let codes = ["2010", "2010.cust", "2010.cust.3", "20", "2010.cus"];
            random.of(&codes).map(|code| Of::Code(Code::new(code).unwrap()))
        }
        _ => None,
    };
    of.unwrap_or(Of::Ledger)
}

/// The numbers of these accounts.
pub(crate) fn accounts_of(judge: &Judge, of: &Of) -> BTreeSet<usize> {
    match of {
        Of::Ledger => (0..judge.lines.len()).collect(),
        Of::Account(id) => judge.accounts().filter(|(own, _)| own == id).map(|(_, no)| no).collect(),
        Of::Set(id) => judge.in_set(judge.state.books().set_no(id).unwrap()),
        Of::Owner(id) => judge.of_owner(*id),
        Of::Code(code) => judge.at_code(code.as_str()),
    }
}

pub(crate) fn balance(judge: &Judge, no: usize) -> (AccountId, Balance) {
    let account = &judge.state.books().accounts()[no];
    (*account.id(), account.balance_with(judge.counters(no)))
}

fn told(found: Vec<AccountBalance>) -> Vec<(AccountId, Balance)> {
    found.into_iter().map(|own| (own.account, own.balance)).collect()
}

/// Some questions of each kind.
pub(crate) fn draw(judge: &Judge, random: &mut Random) -> Vec<Ask> {
    let mut asks = vec![
        balances(judge, random),
        totals(judge, random),
        trial_balance(judge),
        accounts(judge, random),
        holds(judge, random),
        found(judge, random),
        state(judge),
    ];
    let owners: Vec<OwnerId> = judge.state.products().owners.iter().map(|own| own.id).collect();
    asks.extend(random.of(&owners).map(|owner| of_owner(judge, *owner, random)));
    asks
}

fn balances(judge: &Judge, random: &mut Random) -> Ask {
    let count = judge.lines.len() as u64;
    let picked = (0..8.min(count)).map(|_| usize::try_from(random.below(count)).unwrap());
    let right: Vec<(AccountId, Balance)> = picked.map(|no| balance(judge, no)).collect();
    let ids: Vec<AccountId> = right.iter().map(|(id, _)| *id).collect();
    Box::new(move |view| {
        assert_eq!(told(view.balances(&ids)?), right, "balances at {}", view.at().position);
        Ok(right.len() as u64)
    })
}

/// What these accounts add up to.
pub(crate) fn sums(judge: &Judge, numbers: &BTreeSet<usize>) -> Sums {
    let mut sums = Sums::new();
    for no in numbers {
        let currency = judge.state.books().accounts()[*no].currency();
        let (count, sums) = sums.entry(currency.code().to_owned()).or_default();
        *count += 1;
        sums.iter_mut().zip(judge.counters(*no)).for_each(|(sum, own)| *sum += own);
    }
    sums
}

pub(crate) fn told_sums(rows: &[Totals]) -> Sums {
    let row = |row: &Totals| {
        let sums = [row.debits_posted, row.credits_posted, row.debits_held, row.credits_held];
        (row.currency.code().to_owned(), (row.accounts, sums))
    };
    let sums: Sums = rows.iter().map(row).collect();
    assert_eq!(sums.len(), rows.len(), "a row a currency");
    sums
}

fn totals(judge: &Judge, random: &mut Random) -> Ask {
    let of = draw_of(judge, random);
    let right = sums(judge, &accounts_of(judge, &of));
    Box::new(move |view| {
        assert_eq!(told_sums(&view.totals(&of)?), right, "{of:?} at {}", view.at().position);
        Ok(1 + right.len() as u64)
    })
}

fn trial_balance(judge: &Judge) -> Ask {
    let right = sums(judge, &(0..judge.lines.len()).collect());
    Box::new(move |view| {
        let found = view.trial_balance()?;
        assert!(found.is_equal);
        assert_eq!(told_sums(&found.totals), right, "trial balance at {}", view.at().position);
        Ok(1 + right.len() as u64)
    })
}

fn accounts(judge: &Judge, random: &mut Random) -> Ask {
    let of = draw_of(judge, random);
    let right: Vec<_> = accounts_of(judge, &of).into_iter().map(|no| balance(judge, no)).collect();
    let size = size(random).max(7);
    Box::new(move |view| {
        let found = pages(size, |paging| view.accounts(&of, paging).map(|page| (page.accounts, page.next)))?;
        assert_eq!(told(found), right, "{of:?} at {}", view.at().position);
        Ok(1 + right.len() as u64)
    })
}

type PlainHold = (Key, AccountId, AccountId, [u64; 4], Option<u64>, Currency);

fn told_hold(own: &OpenHold) -> PlainHold {
    let sums = [own.amount, own.captured, own.forced, own.remaining].map(|sum| sum.amount.minor());
    (own.hold, own.debit, own.credit, sums, own.expires_ns, own.amount.currency)
}

fn holds(judge: &Judge, random: &mut Random) -> Ask {
    let of = draw_of(judge, random);
    let numbers = accounts_of(judge, &of);
    let mut right: Vec<(usize, PlainHold)> = Vec::new();
    for own in judge.state.books().holds().iter().filter(|own| own.state == HoldState::Open) {
        let [debit, credit] = [own.debit, own.credit].map(|no| usize::try_from(no.0).unwrap());
        let sums = [own.amount, own.captured, own.forced, own.remaining].map(longmen::Amount::minor);
        let plain = (own.key, judge.name(debit), judge.name(credit), sums, own.expires_ns, own.currency);
        right.extend(numbers.contains(&debit).then_some((debit, plain)));
    }
    // By account, and on each as they were placed.
    right.sort_by_key(|(debit, _)| *debit);
    let right: Vec<PlainHold> = right.into_iter().map(|(_, own)| own).collect();
    let size = size(random);
    Box::new(move |view| {
        let found = pages(size, |paging| view.open_holds(&of, paging).map(|page| (page.holds, page.next)))?;
        let found: Vec<PlainHold> = found.iter().map(told_hold).collect();
        assert_eq!(found, right, "{of:?} at {}", view.at().position);
        Ok(1 + right.len() as u64)
    })
}

/// Accounts and owners by a piece of their name.
fn found(judge: &Judge, random: &mut Random) -> Ask {
    let piece = *random.of(&["user", "CNY", "o1", "al", "nobody", ".USD", "card"]).unwrap();
    let accounts = judge.accounts().map(|(id, _)| id).filter(|id| id.as_str().contains(piece));
    let accounts: Vec<AccountId> = accounts.collect();
    let owners = judge.state.products().owners.iter().map(|own| own.id);
    let owners: Vec<OwnerId> = owners.filter(|id| id.as_str().contains(piece)).collect();
    let size = size(random).max(7);
    Box::new(move |view| {
        let found =
            pages(size, |paging| view.find_accounts(piece, paging).map(|page| (page.found, page.next)))?;
        let found: Vec<AccountId> = found.into_iter().map(|own| own.account).collect();
        assert_eq!(found, accounts, "{piece} at {}", view.at().position);
        let found =
            pages(size, |paging| view.find_owners(piece, paging).map(|page| (page.found, page.next)))?;
        let found: Vec<OwnerId> = found.into_iter().map(|own| own.owner).collect();
        assert_eq!(found, owners, "{piece} at {}", view.at().position);
        Ok(2)
    })
}

/// What is asked of the whole state, at the time of the entry.
fn state(judge: &Judge) -> Ask {
    let (state, now_ns) = (&judge.state, judge.at().time_ns);
    let (safeguarding, roles) = (state.safeguarding(now_ns), state.role_totals());
    let items = state.open_items(now_ns);
    Box::new(move |view| {
        assert_eq!(view.safeguarding(now_ns)?, safeguarding, "safeguarding at {}", view.at().position);
        assert_eq!(view.role_totals()?, roles, "roles at {}", view.at().position);
        let found = view.open_items(ItemsQuestion::default(), now_ns)?;
        assert_eq!(found, items, "items at {}", view.at().position);
        let found = view.open_items(ItemsQuestion { overdue: true, ..ItemsQuestion::default() }, now_ns)?;
        assert!(found.iter().eq(items.iter().filter(|item| item.is_overdue)));
        Ok((safeguarding.len() + roles.len() + items.len()) as u64)
    })
}

/// An owner's wallet, cards and withdrawals.
fn of_owner(judge: &Judge, owner: OwnerId, random: &mut Random) -> Ask {
    let (state, now_ns) = (&judge.state, judge.at().time_ns);
    let wallet = state.owner_view(owner, now_ns);
    let products = state.products();
    let cards = products.cards.cards.iter().filter(|card| card.owner == owner);
    let cards: Vec<(CardId, i128)> = cards
        .map(|card| (card.id, balance(judge, usize::try_from(card.account.0).unwrap()).1.posted().minor()))
        .collect();
    let mut withdrawals: Vec<_> =
        products.withdrawals.iter().filter(|own| own.owner == owner).copied().collect();
    withdrawals.reverse();
    let items = state.open_items(now_ns).into_iter().filter(|item| item.owner == Some(owner));
    let items: Vec<_> = items.collect();
    let size = size(random);
    Box::new(move |view| {
        let at = view.at().position;
        assert_eq!(Some(view.owner(owner, now_ns)?), wallet, "{owner} at {at}");
        let found = view.cards(owner, now_ns)?;
        let found: Vec<(CardId, i128)> =
            found.iter().map(|own| (own.card, own.account.posted.minor())).collect();
        assert_eq!(found, cards, "{owner} at {at}");
        for (card, posted) in &cards {
            let (own, found) = view.card(*card, now_ns)?;
            assert_eq!((own, found.account.posted.minor()), (owner, *posted), "{card} at {at}");
        }
        let found =
            pages(size, |paging| view.withdrawals(owner, paging).map(|page| (page.withdrawals, page.next)))?;
        assert_eq!(found, withdrawals, "{owner} at {at}");
        for own in &withdrawals {
            assert_eq!(view.withdrawal(own.name)?, *own);
        }
        let asked = ItemsQuestion { owner: Some(owner), ..ItemsQuestion::default() };
        assert_eq!(view.open_items(asked, now_ns)?, items, "{owner} at {at}");
        Ok((1 + 2 * cards.len() + 2 * withdrawals.len() + items.len()) as u64)
    })
}
