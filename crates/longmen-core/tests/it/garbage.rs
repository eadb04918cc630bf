//! Entries that do not follow from the books: each is refused by name, and none makes the core panic.

use core::num::NonZeroU64;

use longmen_core::{
    AccountId, AccountNo, ActionKind, Books, Class, Command, Decision, Digest, Effect, EffectiveDate, Entry,
    Event, HoldNo, Key, Memo, OpenAccount, Overdraft, PlaceHold, Posting, Postings, Reason, Refusal, Side,
};
use longmen_money::{Amount, Currency};
use proptest::prelude::*;

use crate::generate::{Generator, NAMES, Random, Step};
use crate::random::episode;

/// Accounts 0 `bank`, 1 `alice`, 2 `usd`; hold 0 `open` with 5.00 of 10.00 left, holds 1 to 3 ended in each way.
fn books() -> Books {
    let mut books = Books::new();
    let key = |text: &str| Key::new(text).unwrap();
    let id = |text: &str| AccountId::new(text).unwrap();
    let open = |name, currency| {
        let account = OpenAccount::new(id(name), currency, Class::Liability).overdraft(Overdraft::Unlimited);
        Command::open_account(key(name), account)
    };
    let hold = PlaceHold {
        debit: id("bank"),
        credit: id("alice"),
        amount: amount(1000),
        currency: Currency::CNY,
        expires_after_ns: None,
    };
    let commands = [
        open("bank", Currency::CNY),
        open("alice", Currency::CNY),
        open("usd", Currency::USD),
        Command::place_hold(key("open"), hold),
        Command::place_hold(key("released"), hold),
        Command::place_hold(key("captured"), hold),
        Command::place_hold(key("expired"), PlaceHold { expires_after_ns: NonZeroU64::new(1), ..hold }),
        Command::capture(key("c1"), key("open"), amount(500), Currency::CNY),
        Command::release(key("r1"), key("released")),
        Command::capture(key("c2"), key("captured"), amount(1000), Currency::CNY),
    ];
    for (position, command) in (0..).zip(commands) {
        let Decision::Entry(entry) = books.decide(command, Digest::ZERO, None, 0) else { panic!("refused") };
        books.apply(position, &entry).unwrap();
    }
    let entry = books.decide_expiry(1).unwrap();
    books.apply(76, &entry).unwrap();
    books
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn posting(account: u32, side: Side, effect: Effect, minor: u64) -> Posting {
    Posting { account: AccountNo(account), side, effect, amount: amount(minor) }
}

fn check(key: Option<&str>, event: Event, postings: &[Posting], want: Result<(), &str>) {
    let key = key.map(|key| Key::new(key).unwrap());
    let postings = Postings::from_slice(postings);
    let entry = Entry { key, digest: Digest::ZERO, effective: None, memo: Memo::EMPTY, event, postings };
    let got = books().apply(77, &entry);
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
        Event::AccountOpened(OpenAccount::new(id, Currency::CNY, Class::Asset))
    };
    check(None, open("new"), &[], Ok(()));
    check(None, open("alice"), &[], Err("it opens an account that is open"));
}

#[test]
fn a_hold_is_placed_by_two_postings_under_a_fresh_key() {
    use Effect::{Hold, Post};
    use Side::{Credit, Debit};
    let shape = Err("a hold's postings are not a debit and a credit of one amount on the held layer");
    let (debit, credit) = (posting(0, Debit, Hold, 5), posting(1, Credit, Hold, 5));
    let cases: [(&[Posting], _); 8] = [
        (&[debit, credit], Ok(())),
        (&[credit, debit], shape),
        (&[debit, posting(1, Credit, Hold, 6)], shape),
        (&[debit, posting(1, Credit, Post, 5)], shape),
        (&[posting(0, Debit, Post, 5), credit], shape),
        (&[debit, posting(1, Debit, Hold, 5)], shape),
        (&[debit], Err("a hold has not two postings")),
        (&[debit, credit, debit], Err("a hold has not two postings")),
    ];
    let event = Event::HoldPlaced { expires_ns: None };
    for (postings, want) in cases {
        check(Some("h"), event.clone(), postings, want);
    }
    check(None, event.clone(), &[debit, credit], Err("a hold has no key"));
    check(Some("open"), event.clone(), &[debit, credit], Err("a hold's key was used before"));
    check(Some("expired"), event, &[debit, credit], Err("a hold's key was used before"));
}

#[test]
fn an_open_hold_gives_what_it_has() {
    let captured =
        |hold, minor, is_final| Event::HoldCaptured { hold: HoldNo(hold), amount: amount(minor), is_final };
    let released = |hold, minor| Event::HoldReleased { hold: HoldNo(hold), amount: amount(minor) };
    let expired = |hold| Event::HoldExpired { hold: HoldNo(hold) };
    let (never, ended) =
        (Err("it names a hold that was never placed"), Err("it names a hold that has ended"));
    let cases = [
        (captured(0, 500, false), Ok(())),
        (captured(0, 501, false), Err("a capture exceeds its hold")),
        (captured(0, 501, true), Err("a capture exceeds its hold")),
        (captured(0, Amount::MAX.minor(), true), Err("a capture leaves the range of amounts")),
        (captured(1, 1, false), ended),
        (captured(2, 1, false), ended),
        (captured(3, 1, false), ended),
        (captured(4, 1, false), never),
        (released(0, 500), Ok(())),
        (released(0, 501), Err("a release exceeds its hold")),
        (released(1, 1), ended),
        (released(2, 1), ended),
        (released(3, 1), ended),
        (released(u64::MAX, 1), never),
        (expired(0), Ok(())),
        (expired(1), ended),
        (expired(2), ended),
        (expired(3), ended),
        (expired(4), never),
    ];
    for (event, want) in cases {
        check(None, event, &[], want);
    }
}

fn any_amount() -> impl Strategy<Value = Amount> {
    prop_oneof![0..4_u64, 0..2000_u64, 0..=Amount::MAX.minor(), Just(Amount::MAX.minor())].prop_map(amount)
}

fn any_name() -> impl Strategy<Value = &'static str> {
    prop_oneof![prop::sample::select(&NAMES[..]), Just("k20"), Just("k21"), Just("k22"), Just("other")]
}

fn any_posting() -> impl Strategy<Value = Posting> {
    let account = prop_oneof![9 => 0..12_u32, 1 => any::<u32>()].prop_map(AccountNo);
    let side = prop::sample::select(vec![Side::Debit, Side::Credit]);
    let effect = prop::sample::select(vec![Effect::Post, Effect::Hold, Effect::Unhold]);
    (account, side, effect, any_amount()).prop_map(|(account, side, effect, amount)| Posting {
        account,
        side,
        effect,
        amount,
    })
}

/// Two postings that could place a hold, or any.
fn any_postings() -> impl Strategy<Value = Vec<Posting>> {
    let hold = (0..12_u32, 0..12_u32, any_amount()).prop_map(|(debit, credit, amount)| {
        let posting =
            |account, side| Posting { account: AccountNo(account), side, effect: Effect::Hold, amount };
        vec![posting(debit, Side::Debit), posting(credit, Side::Credit)]
    });
    prop_oneof![hold, prop::collection::vec(any_posting(), 0..6)]
}

fn any_event() -> impl Strategy<Value = Event> {
    let hold = || prop_oneof![9 => 0..90_u64, 1 => any::<u64>()].prop_map(HoldNo);
    let opened =
        (any_name(), any::<bool>(), prop::sample::select(&Class::ALL[..]), prop::option::of(any_amount()));
    prop_oneof![
        opened.prop_map(|(name, usd, class, limit)| {
            let currency = if usd { Currency::USD } else { Currency::CNY };
            let overdraft = limit.map_or(Overdraft::Unlimited, Overdraft::UpTo);
            let id = AccountId::new(name).unwrap();
            Event::AccountOpened(OpenAccount::new(id, currency, class).overdraft(overdraft))
        }),
        Just(Event::Posted),
        prop::option::of(any::<u64>()).prop_map(|expires_ns| Event::HoldPlaced { expires_ns }),
        (hold(), any_amount(), any::<bool>()).prop_map(|(hold, amount, is_final)| Event::HoldCaptured {
            hold,
            amount,
            is_final
        }),
        (hold(), any_amount()).prop_map(|(hold, amount)| Event::HoldReleased { hold, amount }),
        hold().prop_map(|hold| Event::HoldExpired { hold }),
        (prop::sample::select(&ActionKind::ALL[..]), prop::sample::select(Reason::ALL), any::<u8>())
            .prop_map(|(action, reason, leg)| {
                Event::Refused { action, refusal: Refusal::new(reason).at_leg(leg.into()) }
            }),
    ]
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let memo = prop::sample::select(vec!["", "order 7731"]);
    let head = (prop::option::of(any_name()), any::<[u8; 16]>(), prop::option::of(any::<i32>()), memo);
    (head, any_event(), any_postings()).prop_map(|((key, digest, day, memo), event, postings)| Entry {
        key: key.map(|key| Key::new(key).unwrap()),
        digest: Digest(digest),
        effective: day.and_then(EffectiveDate::from_days),
        memo: Memo::new(memo).unwrap(),
        event,
        postings: postings.into(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Damaged entries, one after the other, and commands on what they leave: errors and refusals, but no panic.
    #[test]
    fn no_entry_makes_the_core_panic(entries in prop::collection::vec(any_entry(), 1..30), seed in 1..20_u64) {
        let pair = episode(seed, 60).unwrap();
        let (mut books, mut random) = (pair.books, Random(seed));
        for (at, entry) in (0..).zip(&entries) {
            if let Err(error) = books.apply(at, entry) {
                prop_assert!(error.position == at && !error.what.is_empty());
            }
            let at = 1000 + usize::try_from(at).unwrap();
            let mut generator = Generator { random, model: &pair.model, now: pair.now, at };
            if let Step::Command(command) = generator.step()
                && let Decision::Entry(entry) = books.decide(command, Digest::ZERO, None, pair.now)
            {
                let _ = books.apply(0, &entry);
            }
            random = generator.random;
            let _ = books.decide_expiry(u64::MAX).map(|entry| books.apply(0, &entry));
            for account in books.accounts() {
                let balance = account.balance();
                let _ = (balance.posted(), balance.held(), balance.available());
            }
            let _ = books.holds().iter().map(longmen_core::Hold::released).count();
        }
    }
}
