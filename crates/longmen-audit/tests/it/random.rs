//! Whatever the core decides, the audit agrees with: two statements of the same laws, over random walks.

use longmen_core::{
    AccountId, Action, Books, Capture, Class, Command, Decision, Digest, Entry, Event, Key, OpenAccount,
    Overdraft, PlaceHold, Portion, Release,
};
use longmen_money::{Amount, Currency};
use proptest::prelude::*;

use crate::build::{audit, journal, key, time_ns};

const ACCOUNTS: usize = 6;

/// One step of a walk; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Step {
    Move { debit: usize, credit: usize, minor: u64 },
    Place { debit: usize, credit: usize, minor: u64, life: u64 },
    Capture { hold: usize, minor: u64, is_final: bool, fee: u64 },
    Release { hold: usize, minor: u64 },
    Expire,
    OpenAgain { account: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let account = 0..ACCOUNTS;
    let minor = 1..200_u64;
    let step = prop_oneof![
        4 => (account.clone(), account.clone(), minor.clone())
            .prop_map(|(debit, credit, minor)| Step::Move { debit, credit, minor }),
        3 => (account.clone(), account.clone(), minor.clone(), 0..12_u64)
            .prop_map(|(debit, credit, minor, life)| Step::Place { debit, credit, minor, life }),
        3 => (0..40_usize, minor.clone(), any::<bool>(), 0..9_u64)
            .prop_map(|(hold, minor, is_final, fee)| Step::Capture { hold, minor, is_final, fee }),
        2 => (0..40_usize, 0..200_u64).prop_map(|(hold, minor)| Step::Release { hold, minor }),
        2 => Just(Step::Expire),
        1 => account.prop_map(|account| Step::OpenAgain { account }),
    ];
    proptest::collection::vec(step, 0..120)
}

fn id(account: usize) -> AccountId {
    AccountId::new(&format!("account-{account}")).unwrap()
}

/// Two accounts are assets; the last has dollars, one a credit line and one no limit.
fn opening(account: usize) -> OpenAccount {
    let class = if account < 2 { Class::Asset } else { Class::Liability };
    let currency = if account + 1 == ACCOUNTS { Currency::USD } else { Currency::CNY };
    let overdraft = match account {
        0 => Overdraft::Unlimited,
        3 => Overdraft::UpTo(Amount::new(100).unwrap()),
        _ => Overdraft::FORBIDDEN,
    };
    OpenAccount::new(id(account), currency, class).overdraft(overdraft)
}

struct Walk {
    books: Books,
    entries: Vec<Entry>,
}

impl Walk {
    fn take(&mut self, steps: &[Step]) {
        for account in 0..ACCOUNTS {
            self.submit(&format!("open-{account}"), |name| Command::open_account(name, opening(account)));
        }
        for account in 2..5 {
            let amount = Amount::new(400).unwrap();
            self.submit(&format!("fund-{account}"), |name| {
                Command::transfer(name, id(0), id(account), amount, Currency::CNY)
            });
        }
        for (at, step) in steps.iter().enumerate() {
            let name = format!("step-{at}");
            let minor = |minor| Amount::new(minor).unwrap();
            match *step {
                Step::Move { debit, credit, minor: sum } => self.submit(&name, |name| {
                    Command::transfer(name, id(debit), id(credit), minor(sum), opening(debit).currency)
                }),
                Step::Place { debit, credit, minor: sum, life } => self.submit(&name, |name| {
                    let hold = PlaceHold {
                        debit: id(debit),
                        credit: id(credit),
                        amount: minor(sum),
                        currency: opening(debit).currency,
                        expires_after_ns: std::num::NonZeroU64::new(life * 1_000),
                    };
                    Command::place_hold(name, hold)
                }),
                Step::Capture { hold, minor: sum, is_final, fee } => {
                    let Some(hold) = self.hold(hold) else { continue };
                    let portion = |account, sum| Portion { credit: id(account), amount: minor(sum) };
                    let split = (fee > 0 && sum > fee).then(|| [portion(4, sum - fee), portion(2, fee)]);
                    let to = split.into_iter().flatten().collect();
                    let currency = Currency::CNY;
                    let capture = Capture { hold, amount: minor(sum), currency, is_final, to };
                    self.submit(&name, |name| Command::new(name, Action::Capture(capture)));
                }
                Step::Release { hold, minor: sum } => {
                    let Some(hold) = self.hold(hold) else { continue };
                    let part = (sum > 0).then(|| (minor(sum), Currency::CNY));
                    let release = Action::Release(Release { hold, part });
                    self.submit(&name, |name| Command::new(name, release));
                }
                Step::Expire => {
                    if let Some(entry) = self.books.decide_expiry(self.now_ns()) {
                        self.push(entry);
                    }
                }
                Step::OpenAgain { account } => {
                    self.submit(&name, |name| Command::open_account(name, opening(account)));
                }
            }
        }
    }

    /// A hold, or now and then a key that names none.
    fn hold(&self, hold: usize) -> Option<Key> {
        let holds = self.books.holds();
        if hold == 39 {
            Some(key("no-such-hold"))
        } else {
            holds.get(hold % holds.len().max(1)).map(|hold| hold.key)
        }
    }

    fn now_ns(&self) -> u64 {
        time_ns(u64::try_from(self.entries.len()).unwrap() + 1)
    }

    fn submit(&mut self, name: &str, command: impl FnOnce(Key) -> Command) {
        let decision = self.books.decide(command(key(name)), Digest([1; 16]), None, self.now_ns());
        if let Decision::Entry(entry) = decision {
            self.push(entry);
        }
    }

    fn push(&mut self, entry: Entry) {
        self.books.apply(0, &entry).unwrap();
        self.entries.push(entry);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_core_decides_is_clean(steps in steps()) {
        let mut walk = Walk { books: Books::new(), entries: Vec::new() };
        walk.take(&steps);
        let report = audit(&journal(&walk.entries));
        prop_assert!(report.is_clean(), "{:#?}", report.violations);
        prop_assert_eq!(report.entries, u64::try_from(walk.entries.len()).unwrap() + 1);
        let open = walk.books.holds().iter().filter(|hold| !hold.remaining.is_zero()).count();
        prop_assert_eq!(report.holds_open, u64::try_from(open).unwrap());
        let refusals = walk.entries.iter().filter(|entry| matches!(entry.event, Event::Refused { .. })).count();
        prop_assert_eq!(report.counts.refusals, u64::try_from(refusals).unwrap());
        for totals in &report.totals {
            let mine = walk.books.accounts().iter().filter(|account| account.currency() == totals.currency);
            let posted: u128 = mine.clone().map(|account| account.balance().debits_posted()).sum();
            let held: u128 = mine.map(|account| account.balance().credits_held()).sum();
            prop_assert_eq!((totals.debits_posted, totals.credits_held), (posted, held));
        }
    }
}
