//! What deciding and applying one command costs, without a journal: a plain transfer first, then what each feature
//! adds to it.
//!
//! `cargo bench -p longmen-bench --bench core`. The books balance at the end of each.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the bench")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use longmen::{
    AccountId, Amount, Books, Class, Command, Condition, Currency, Decision, Digest, Flow, GroupDecision,
    Key, Known, Limit, LimitId, Money, Most, Move, OpenAccount, Overdraft, Party, PlaceHold, Quantity,
    Relation, Scope, Window,
};

const ACCOUNTS: u64 = 1_000;
const CURRENCY: Currency = Currency::CNY;

/// Books, and where the next entry comes.
struct World {
    books: Books,
    position: u64,
}

impl World {
    fn new() -> Self {
        let mut world = Self { books: Books::new(), position: 0 };
        for no in 0..ACCOUNTS {
            let account = OpenAccount::new(account(no), CURRENCY, Class::Liability);
            let account = account.overdraft(Overdraft::UpTo(Amount::MAX));
            let key = world.key();
            world.carry_out(Command::open_account(key, account));
        }
        world
    }

    fn now_ns(&self) -> u64 {
        1_000 + self.position
    }

    fn key(&self) -> Key {
        Key::new(&format!("01J{:023}", self.position)).unwrap()
    }

    fn pair(&self) -> (AccountId, AccountId) {
        let spread = self.position.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (account(spread % ACCOUNTS), account((spread % ACCOUNTS + 1 + spread % 97) % ACCOUNTS))
    }

    fn transfer(&self) -> Command {
        let (debit, credit) = self.pair();
        Command::transfer(self.key(), debit, credit, Amount::new(100).unwrap(), CURRENCY)
    }

    fn carry_out(&mut self, command: Command) {
        let now_ns = self.now_ns();
        match self.books.decide(command, Digest::ZERO, &Known::default(), now_ns) {
            Decision::Entry(entry) => self.books.apply(self.position, now_ns, &entry).unwrap(),
            other => panic!("{other:?}"),
        }
        self.position += 1;
    }

    fn carry_out_group(&mut self, group: Vec<Command>) {
        let members = group.into_iter().map(|command| (command, Digest::ZERO, Known::default())).collect();
        let now_ns = self.now_ns();
        match self.books.decide_group(members, self.position, now_ns) {
            GroupDecision::Entries(entries) => {
                for entry in entries {
                    self.books.apply(self.position, self.now_ns(), &entry).unwrap();
                    self.position += 1;
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn check(&self) {
        let totals = self.books.trial_balance();
        assert!(totals.iter().all(|row| row.debits_posted == row.credits_posted));
    }
}

fn account(no: u64) -> AccountId {
    AccountId::new(&format!("account-{no}.cny")).unwrap()
}

fn decide_and_apply(c: &mut Criterion) {
    let mut group = c.benchmark_group("decide_and_apply");
    let mut bench = |name: &str, prepare: &dyn Fn(&mut World), make: &dyn Fn(&World) -> Command| {
        let mut world = World::new();
        prepare(&mut world);
        // A key may come again here: whether one was used is not the books' business.
        let world = std::cell::RefCell::new(world);
        group.bench_function(name, |b| {
            let command = || make(&world.borrow());
            b.iter_batched(command, |command| world.borrow_mut().carry_out(command), BatchSize::PerIteration);
        });
        world.into_inner().check();
    };
    let nothing = |_: &mut World| ();
    bench("plain_transfer", &nothing, &World::transfer);
    bench("forced", &nothing, &|world| world.transfer().forced());
    bench("with_a_condition", &nothing, &|world| {
        let at_least = Quantity::Available(Money::new(i128::MIN / 2, CURRENCY));
        let (account, is) = (world.pair().0, Relation::AtLeast);
        world.transfer().only_if(Condition { account, is, to: at_least })
    });
    bench("move_up_to", &nothing, &|world| {
        let (debit, credit) = world.pair();
        let (debit, credit) = (Party::up_to(debit), Party::any(credit));
        let (at_most, at_least) = (Amount::new(100).unwrap(), Amount::ZERO);
        Command::move_up_to(world.key(), Move { debit, credit, at_most, at_least, currency: CURRENCY })
    });
    bench("hold", &nothing, &|world| {
        let (debit, credit) = world.pair();
        Command::place_hold(world.key(), PlaceHold::new(debit, credit, Amount::new(1).unwrap(), CURRENCY))
    });
    bench("under_a_daily_limit", &|world| limit_all(world, DAY), &World::transfer);
    group.bench_function("group_of_two", |b| {
        let world = std::cell::RefCell::new(World::new());
        let make = || vec![world.borrow().transfer().linked(), twin(&world.borrow())];
        b.iter_batched(make, |group| world.borrow_mut().carry_out_group(group), BatchSize::PerIteration);
        world.borrow().check();
    });
    group.finish();
}

const DAY: Window = Window::Every { length_ns: 86_400_000_000_000, from_ns: 0 };

/// The same transfer again, under a key of its own.
fn twin(world: &World) -> Command {
    Command { key: Key::new(&format!("twin-{}", world.position)).unwrap(), ..world.transfer() }
}

/// A limit that is never reached on every account.
fn limit_all(world: &mut World, window: Window) {
    for no in 0..ACCOUNTS {
        let limit = Limit {
            id: LimitId::new(&format!("limit-{no}")).unwrap(),
            scope: Scope::Account(account(no)),
            currency: CURRENCY,
            flow: Flow::Out,
            most: Most::Amount(Amount::MAX),
            window,
            exempt: Vec::new(),
        };
        let key = world.key();
        world.carry_out(Command::set_limit(key, limit));
    }
}

criterion_group!(benches, decide_and_apply);
criterion_main!(benches);
