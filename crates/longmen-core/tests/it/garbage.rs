//! Entries that do not follow from the books: each is refused by name, and none makes the core panic.

mod any;

use core::num::NonZeroU64;

use longmen_core::{
    AccountChange, AccountId, AccountNo, Action, Books, Class, Closes, Command, Decision, Digest, Effect,
    EffectiveDate, Entry, Event, Flow, HoldNo, HoldPlaced, Key, Known, Limit, LimitId, LimitNo, Member,
    MemberNo, Membership, Memo, Most, OpenAccount, Overdraft, PlaceHold, Posting, Postings, Scope, SetId,
    SetNo, Side, Subject, Window,
};
use longmen_money::{Amount, Currency};
use proptest::prelude::*;

use any::any_entry;

use crate::generate::{Generator, Random, Step};
use crate::random::episode;

/// Accounts 0 `bank`, 1 `alice`, 2 `usd`; hold 0 `open` with 5.00 of 10.00 left, holds 1 to 3 ended in each way;
/// set 0 `all` with set 1 `inner` and `alice` in it; limit 0 in force and limit 1 dropped; all up to day 10 sealed.
fn books() -> Books {
    let mut books = Books::new();
    let key = |text: &str| Key::new(text).unwrap();
    let id = |text: &str| AccountId::new(text).unwrap();
    let open = |name, currency| {
        let account = OpenAccount::new(id(name), currency, Class::Liability).overdraft(Overdraft::Unlimited);
        Command::open_account(key(name), account)
    };
    let hold = PlaceHold::new(id("bank"), id("alice"), amount(1000), Currency::CNY);
    let commands = [
        open("bank", Currency::CNY),
        open("alice", Currency::CNY),
        open("usd", Currency::USD),
        Command::place_hold(key("open"), hold),
        Command::place_hold(key("released"), hold),
        Command::place_hold(key("captured"), hold),
        Command::place_hold(key("expired"), hold.expires_after_ns(NonZeroU64::MIN)),
        Command::capture(key("c1"), key("open"), amount(500), Currency::CNY),
        Command::release(key("r1"), key("released")),
        Command::capture(key("c2"), key("captured"), amount(1000), Currency::CNY),
    ];
    let actions = (0..).zip(actions()).map(|(at, action)| Command::new(key(&format!("a{at}")), action));
    for (position, command) in (0..).zip(commands.into_iter().chain(actions)) {
        let decision = books.decide(command, Digest::ZERO, &Known::default(), NOW);
        let Decision::Entry(entry) = decision else { panic!("refused") };
        assert!(!matches!(entry.event, Event::Refused { .. }), "{entry:?}");
        books.apply(position, NOW, &entry).unwrap();
    }
    let entry = books.decide_expiry(NOW + 1).unwrap();
    books.apply(75, NOW + 1, &entry).unwrap();
    let reversed = entry_of(None, Event::Reversed { original: 7 }, &[]);
    books.apply(76, NOW + 2, &reversed).unwrap();
    books
}

/// What is done beside accounts and holds.
fn actions() -> [Action; 9] {
    let set = |text: &str| SetId::new(text).unwrap();
    let join = |member| Action::Join(Box::new(Membership { set: set("all"), member }));
    [
        Action::OpenSet(set("all")),
        Action::OpenSet(set("inner")),
        join(Member::Set(set("inner"))),
        join(Member::Account(AccountId::new("alice").unwrap())),
        Action::SetLimit(Box::new(limit("daily"))),
        Action::SetLimit(Box::new(limit("gone"))),
        Action::DropLimit(LimitId::new("gone").unwrap()),
        Action::SealPeriod(EffectiveDate::from_days(10).unwrap()),
        Action::EraseSubject(Subject::new("p0").unwrap()),
    ]
}

/// On day 20.
const NOW: u64 = 20 * 86_400_000_000_000;

fn limit(id: &str) -> Limit {
    Limit {
        id: LimitId::new(id).unwrap(),
        scope: Scope::Set(SetId::new("all").unwrap()),
        currency: Currency::CNY,
        flow: Flow::Out,
        most: Most::Amount(amount(1)),
        window: Window::Lifetime,
        exempt: Vec::new(),
    }
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn posting(account: u32, side: Side, effect: Effect, minor: u64) -> Posting {
    Posting { account: AccountNo(account), side, effect, amount: amount(minor) }
}

fn entry_of(key: Option<&str>, event: Event, postings: &[Posting]) -> Entry {
    Entry {
        key: key.map(|key| Key::new(key).unwrap()),
        digest: Digest::ZERO,
        effective: None,
        memo: Memo::EMPTY,
        linked: false,
        forced: false,
        event,
        postings: Postings::from_slice(postings),
        extras: None,
        product: (),
    }
}

fn check(key: Option<&str>, event: Event, postings: &[Posting], want: Result<(), &str>) {
    let entry = entry_of(key, event, postings);
    let got = books().apply(77, NOW + 3, &entry);
    assert_eq!(got.map_err(|error| error.what), want, "{entry:?}");
    if let Err(error) = got {
        let text = error.to_string();
        assert!(error.position == 77 && text.contains("position 77") && text.ends_with(error.what), "{text}");
    }
}

#[test]
fn a_posting_must_fit_its_account() {
    use Effect::{Hold, Post, Unhold};
    use Side::{Credit, Debit};
    let missing = Err("a posting names an account that is not open");
    let range = Err("a counter would leave its range");
    check(None, Event::Posted, &[], Ok(()));
    check(None, Event::Posted, &[posting(0, Debit, Post, 1), posting(1, Credit, Post, 1)], Ok(()));
    check(None, Event::Posted, &[posting(0, Debit, Post, 1), posting(3, Credit, Post, 1)], missing);
    check(None, Event::Posted, &[posting(u32::MAX, Debit, Hold, 1)], missing);
    check(None, Event::Posted, &[posting(0, Debit, Unhold, 500)], Ok(()));
    check(None, Event::Posted, &[posting(0, Debit, Unhold, 501)], range);
    check(None, Event::Posted, &[posting(0, Credit, Unhold, 1)], range);
}

#[test]
fn an_account_is_opened_once() {
    let open = |name| {
        let id = AccountId::new(name).unwrap();
        Event::AccountOpened(Box::new(OpenAccount::new(id, Currency::CNY, Class::Asset)))
    };
    check(None, open("new"), &[], Ok(()));
    check(None, open("alice"), &[], Err("it opens an account that is open"));
}

#[test]
fn a_hold_is_placed_by_two_postings_under_a_fresh_key() {
    use Effect::{Hold, Post};
    use Side::{Credit, Debit};
    let shape = Err("a hold's postings are not a debit and a credit of its amount on the held layer");
    let (debit, credit) = (posting(0, Debit, Hold, 5), posting(1, Credit, Hold, 5));
    let cases: [(&[Posting], _); 9] = [
        (&[debit, credit], Ok(())),
        (&[credit, debit], shape),
        (&[debit, posting(1, Credit, Hold, 6)], shape),
        (&[debit, posting(1, Credit, Post, 5)], shape),
        (&[posting(0, Debit, Post, 5), credit], shape),
        (&[debit, posting(1, Debit, Hold, 5)], shape),
        (&[debit], shape),
        (&[debit, credit, debit], shape),
        (&[], shape),
    ];
    for (postings, want) in cases {
        check(Some("h"), placed(1, 5), postings, want);
    }
    check(None, placed(1, 5), &[debit, credit], Err("a hold has no key"));
    check(Some("open"), placed(1, 5), &[debit, credit], Err("a hold's key was used before"));
    check(Some("expired"), placed(1, 5), &[debit, credit], Err("a hold's key was used before"));
    check(Some("h"), placed(1, 0), &[], Ok(()));
    check(Some("h"), placed(1, 0), &[debit, credit], shape);
}

/// A hold from account 0 to another one.
fn placed(credit: u32, minor: u64) -> Event {
    Event::HoldPlaced(HoldPlaced {
        debit: AccountNo(0),
        credit: AccountNo(credit),
        amount: amount(minor),
        expires_ns: None,
        closes: Closes::default(),
    })
}

const NEVER: Result<(), &str> = Err("it names a hold that was never placed");
const ENDED: Result<(), &str> = Err("it names a hold that has ended");

#[test]
fn an_open_hold_gives_what_it_has() {
    let released = |hold, minor| Event::HoldReleased { hold: HoldNo(hold), amount: amount(minor) };
    let expired = |hold| Event::HoldExpired { hold: HoldNo(hold) };
    let more = |hold, minor| Event::HoldIncremented { hold: HoldNo(hold), amount: amount(minor) };
    let range = Err("a hold leaves the range of amounts");
    let cases = [
        (released(0, 500), Ok(())),
        (released(0, 501), Err("a release exceeds its hold")),
        (released(1, 1), ENDED),
        (released(2, 1), ENDED),
        (released(3, 1), ENDED),
        (released(u64::MAX, 1), NEVER),
        (expired(0), Ok(())),
        (expired(1), ENDED),
        (expired(2), ENDED),
        (expired(3), ENDED),
        (expired(4), NEVER),
        (more(0, 0), Ok(())),
        (more(0, Amount::MAX.minor() - 1000), Ok(())),
        (more(0, Amount::MAX.minor() - 999), range),
        (more(1, 1), ENDED),
        (more(4, 1), NEVER),
    ];
    for (event, want) in cases {
        check(None, event, &[], want);
    }
}

#[test]
fn a_capture_takes_what_its_hold_has_and_the_rest_beyond_it() {
    let captured = |hold, minor, beyond, is_final| {
        let (hold, amount, beyond) = (HoldNo(hold), amount(minor), amount(beyond));
        Event::HoldCaptured { hold, amount, beyond, is_final }
    };
    let exceeds = Err("a capture exceeds its hold");
    let max = Amount::MAX.minor();
    let cases = [
        (captured(0, 500, 0, false), Ok(())),
        (captured(0, 501, 0, false), exceeds),
        (captured(0, 501, 0, true), exceeds),
        (captured(0, 501, 1, true), Ok(())),
        (captured(0, 1, 2, true), Err("a capture is beyond its hold by more than its amount")),
        (captured(0, max, 0, true), Err("a capture leaves the range of amounts")),
        (captured(1, 1, 0, false), exceeds),
        (captured(1, 1, 1, false), Ok(())),
        (captured(2, max, max, true), Ok(())),
        (captured(3, 1, 1, false), Ok(())),
        (captured(4, 1, 1, false), NEVER),
    ];
    for (event, want) in cases {
        check(None, event, &[], want);
    }
}

#[test]
fn the_rest_must_fit_what_the_books_have() {
    let changed =
        |no| Event::AccountChanged { account: AccountNo(no), change: Box::new(AccountChange::Close) };
    let opened = |name| Event::SetOpened(SetId::new(name).unwrap());
    let (alice, inner) = (MemberNo::Account(AccountNo(1)), MemberNo::Set(SetNo(1)));
    let joined = |set, member| Event::Joined { set: SetNo(set), member };
    let left = |set, member| Event::Left { set: SetNo(set), member };
    let dropped = |no| Event::LimitDropped { limit: LimitNo(no) };
    let sealed = |days| Event::PeriodSealed { through: EffectiveDate::from_days(days).unwrap() };
    let erased = |name| Event::SubjectErased(Subject::new(name).unwrap());
    let no_set = Err("it names a set that is not open");
    let member = Err("it puts in what is in, or takes out what is not");
    let no_limit = Err("it drops a limit that is not in force");
    let reversed = Err("it reverses an entry that was reversed, or is not there yet");
    let cases = [
        (changed(2), Ok(())),
        (changed(3), Err("it changes an account that is not open")),
        (opened("new"), Ok(())),
        (opened("inner"), Err("it opens a set that is open")),
        (joined(1, alice), Ok(())),
        (joined(0, alice), member),
        (joined(0, inner), member),
        (joined(2, alice), no_set),
        (left(0, alice), Ok(())),
        (left(0, inner), Ok(())),
        (left(1, alice), member),
        (left(2, alice), no_set),
        (dropped(0), Ok(())),
        (dropped(1), no_limit),
        (dropped(2), no_limit),
        (sealed(11), Ok(())),
        (sealed(10), Err("it seals what is sealed")),
        (erased("p1"), Ok(())),
        (erased("p0"), Err("it erases a subject that was erased")),
        (Event::Reversed { original: 76 }, Ok(())),
        (Event::Reversed { original: 77 }, reversed),
        (Event::Reversed { original: 7 }, reversed),
    ];
    for (event, want) in cases {
        check(None, event, &[], want);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Damaged entries, one after the other, and commands on what they leave: errors and refusals, but no panic.
    #[test]
    fn no_entry_makes_the_core_panic(entries in prop::collection::vec(any_entry(), 1..30), seed in 1..20_u64) {
        let pair = episode(seed, 60).unwrap();
        let (mut books, mut random) = (pair.books, Random(seed));
        for (at, entry) in (0..).zip(&entries) {
            if let Err(error) = books.apply(at, pair.now, entry) {
                prop_assert!(error.position == at && !error.what.is_empty());
            }
            let at = 1000 + usize::try_from(at).unwrap();
            let mut generator = Generator { random, model: &pair.model, now: pair.now, at };
            match generator.step() {
                Step::Command(command) => {
                    let decision = books.decide(*command, Digest::ZERO, &Known::default(), pair.now);
                    if let Decision::Entry(entry) = decision {
                        let _ = books.apply(0, pair.now, &entry);
                    }
                }
                Step::Group(group) => {
                    let group = group.into_iter().map(|command| (command, Digest::ZERO, Known::default()));
                    let _ = books.decide_group(group.collect(), 0, pair.now);
                }
                _ => {}
            }
            random = generator.random;
            let _ = books.decide_expiry(u64::MAX).map(|entry| books.apply(0, pair.now, &entry));
            ask(&books);
        }
    }
}

/// Asks for everything that can be asked for.
fn ask(books: &Books) {
    for account in books.accounts() {
        let balance = account.balance();
        let _ = (balance.posted(), balance.held(), balance.available());
    }
    let _ = books.holds().iter().map(longmen_core::Hold::released).count();
    let _ = books.limits().iter().fold(0, |_, state| state.usage.at(state.limit.window, u64::MAX));
    let _ = crate::laws::looks(books);
    let _ = (books.trial_balance(), Books::restore(books.parts()));
}
