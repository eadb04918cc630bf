//! The bytes of which a command's digest is made.

use core::num::NonZeroU64;

use longmen_core::{
    AccountChange, AccountId, Action, Capture, ChangeAccount, Class, Closes, Command, Condition, Details,
    EffectiveDate, Extras, Increment, Key, Leg, LimitId, Member, Membership, Memo, Meta, Move, OpenAccount,
    Overdraft, Party, PlaceHold, Portion, Quantity, Relation, Release, SetId, Side, Subject,
};
use longmen_money::{Amount, Currency, Money};
use longmen_wallet::Wish;
use longmen_wire::put_command;

use crate::samples::{amount, details, extras, limits, pairs, secret};

fn bytes<A: Clone>(command: &Command<A>) -> Vec<u8>
where
    Wish: From<A>,
{
    let mut bytes = Vec::new();
    put_command(&command.clone().widen(), &mut bytes);
    bytes
}

fn id(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

fn transfer() -> Command {
    Command::transfer(key("k"), id("a"), id("b"), amount(5), Currency::CNY)
}

fn openings() -> Vec<Action> {
    let open = OpenAccount::new(id("a"), Currency::CNY, Class::Asset);
    let code = |meta| Details { code: details().code, meta };
    let all = [
        open.clone(),
        open.clone().overdraft(Overdraft::Unlimited),
        open.clone().overdraft(Overdraft::UpTo(Amount::MAX)),
        OpenAccount { id: id("b"), ..open.clone() },
        OpenAccount { class: Class::Equity, ..open.clone() },
        OpenAccount { currency: Currency::USD, ..open.clone() },
        OpenAccount { hidden: true, ..open.clone() },
        OpenAccount { managed: true, ..open.clone() },
        OpenAccount { details: code(Meta::default()), ..open.clone() },
        OpenAccount { details: details(), ..open },
    ];
    all.into_iter().map(|account| Action::OpenAccount(Box::new(account))).collect()
}

fn changes() -> Vec<Action> {
    let all = [
        AccountChange::Overdraft(Overdraft::FORBIDDEN),
        AccountChange::Overdraft(Overdraft::Unlimited),
        AccountChange::Freeze { debit: false, credit: false },
        AccountChange::Freeze { debit: true, credit: false },
        AccountChange::Freeze { debit: false, credit: true },
        AccountChange::Hidden(false),
        AccountChange::Hidden(true),
        AccountChange::Close,
        AccountChange::Reopen,
        AccountChange::Details(Details::default()),
        AccountChange::Details(details()),
    ];
    let change =
        |account, change| Action::ChangeAccount(Box::new(ChangeAccount { account, currency: None, change }));
    let change_in = |currency| {
        let change = AccountChange::Overdraft(Overdraft::UpTo(amount(9)));
        Action::ChangeAccount(Box::new(ChangeAccount { account: id("a"), currency: Some(currency), change }))
    };
    let in_currency = [change_in(Currency::CNY), change_in(Currency::USD)];
    let of_b = change(id("b"), AccountChange::Close);
    all.into_iter().map(|one| change(id("a"), one)).chain([of_b]).chain(in_currency).collect()
}

fn postings() -> Vec<Action> {
    let leg =
        |name, side, minor| Leg { account: id(name), side, amount: amount(minor), currency: Currency::CNY };
    let (debit, credit) = (leg("a", Side::Debit, 5), leg("b", Side::Credit, 5));
    let wanted = Move {
        debit: Party::up_to(id("a")),
        credit: Party::any(id("b")),
        at_most: amount(5),
        at_least: amount(0),
        currency: Currency::CNY,
    };
    let several = [id("a"), id("c")];
    let moves = [
        wanted.clone(),
        Move { debit: Party::any(id("a")), ..wanted.clone() },
        Move { credit: Party::up_to(id("b")), ..wanted.clone() },
        Move { debit: Party::in_order(&several), ..wanted.clone() },
        Move { debit: Party::in_proportion(&several), ..wanted.clone() },
        // The same three accounts, parted otherwise.
        Move { debit: Party::up_to(id("a")), credit: Party::in_order(&[id("c"), id("b")]), ..wanted.clone() },
        Move { at_most: amount(6), ..wanted.clone() },
        Move { at_least: amount(1), ..wanted.clone() },
        Move { currency: Currency::USD, ..wanted },
    ];
    let posts = [
        vec![debit, credit],
        vec![credit, debit],
        vec![Leg { amount: amount(6), ..debit }, credit],
        vec![Leg { currency: Currency::USD, ..debit }, credit],
        vec![Leg { side: Side::Credit, ..debit }, credit],
        vec![debit, leg("b", Side::Credit, 4), leg("c", Side::Credit, 1)],
    ];
    let posts = posts.into_iter().map(|legs| Action::Post(legs.into()));
    let moves = moves.into_iter().map(|wanted| Action::Move(Box::new(wanted)));
    posts.chain(moves).chain([Action::Reverse(key("h")), Action::Reverse(key("i"))]).collect()
}

fn holds() -> Vec<Action> {
    let hold = PlaceHold::new(id("a"), id("b"), amount(5), Currency::CNY);
    let closes = |debit, credit| PlaceHold { closes: Closes { debit, credit }, ..hold };
    let more = Increment { hold: key("h"), amount: amount(5), currency: Currency::CNY, is_total: false };
    let capture = Capture {
        hold: key("h"),
        amount: amount(5),
        currency: Currency::CNY,
        is_final: false,
        to: Default::default(),
    };
    let portion = Portion { credit: id("b"), amount: amount(5) };
    let release = |part| Action::Release(Release { hold: key("h"), part });
    vec![
        Action::PlaceHold(hold),
        Action::PlaceHold(PlaceHold { debit: id("b"), credit: id("a"), ..hold }),
        Action::PlaceHold(PlaceHold { amount: amount(0), ..hold }),
        Action::PlaceHold(PlaceHold { currency: Currency::USD, ..hold }),
        Action::PlaceHold(hold.expires_after_ns(NonZeroU64::MAX)),
        Action::PlaceHold(closes(true, false)),
        Action::PlaceHold(closes(false, true)),
        Action::Increment(more),
        Action::Increment(Increment { hold: key("i"), ..more }),
        Action::Increment(Increment { amount: amount(6), ..more }),
        Action::Increment(Increment { currency: Currency::USD, ..more }),
        Action::Increment(Increment { is_total: true, ..more }),
        Action::Capture(capture.clone()),
        Action::Capture(Capture { hold: key("i"), ..capture.clone() }),
        Action::Capture(Capture { amount: amount(6), ..capture.clone() }),
        Action::Capture(Capture { is_final: true, ..capture.clone() }),
        Action::Capture(Capture { to: [portion].into_iter().collect(), ..capture }),
        release(None),
        release(Some((amount(5), Currency::CNY))),
        release(Some((amount(5), Currency::USD))),
    ]
}

fn registry() -> Vec<Action> {
    let set = |name| SetId::new(name).unwrap();
    let members = [Member::Account(id("a")), Member::Set(set("a"))];
    let memberships = || members.map(|member| Box::new(Membership { set: set("s"), member }));
    let day = |days| EffectiveDate::from_days(days).unwrap();
    let limit = limits().pop().unwrap();
    let mut all = vec![
        Action::OpenSet(set("s")),
        Action::OpenSet(set("t")),
        Action::DropLimit(LimitId::new("s").unwrap()),
        Action::SealPeriod(day(0)),
        Action::SealPeriod(day(1)),
        Action::EraseSubject(Subject::new("s").unwrap()),
    ];
    all.extend(memberships().map(Action::Join));
    all.extend(memberships().map(Action::Leave));
    let mut limits = limits();
    let other = LimitId::new("other").unwrap();
    limits.push(longmen_core::Limit { id: other, ..limit.clone() });
    limits.push(longmen_core::Limit { currency: Currency::USD, ..limit });
    all.extend(limits.into_iter().map(|limit| Action::SetLimit(Box::new(limit))));
    all
}

/// The same transfer with everything that can be said beside it.
fn transfers() -> Vec<Command> {
    let money = |minor| Money::new(minor, Currency::CNY);
    let at_least = |to| Condition { account: id("a"), is: Relation::AtLeast, to };
    let posted = at_least(Quantity::Posted(money(1)));
    let mut all = vec![
        transfer().with_memo(Memo::new("m").unwrap()),
        transfer().with_effective(EffectiveDate::from_days(0).unwrap()),
        transfer().linked(),
        transfer().forced(),
        transfer().only_if(posted),
        transfer().only_if(posted).only_if(posted),
        transfer().only_if(Condition { account: id("b"), ..posted }),
        transfer().only_if(Condition { is: Relation::AtMost, ..posted }),
        transfer().only_if(Condition { is: Relation::Equal, ..posted }),
        transfer().only_if(at_least(Quantity::Posted(money(-1)))),
        transfer().only_if(at_least(Quantity::Posted(Money::new(1, Currency::USD)))),
        transfer().only_if(at_least(Quantity::Held(money(1)))),
        transfer().only_if(at_least(Quantity::Available(money(1)))),
        transfer().only_if(at_least(Quantity::Version(1))),
        transfer().only_if(at_least(Quantity::Version(2))),
    ];
    let with = |extras| Command { extras, ..transfer() };
    all.extend(extras().into_iter().skip(1).map(with));
    all.extend(pairs().into_iter().map(|pair| transfer().with_meta(Meta::new([pair]).unwrap())));
    all
}

#[test]
fn the_digest_bytes_tell_commands_apart() {
    let actions = [openings(), changes(), postings(), holds(), registry()].concat();
    let kinds: std::collections::BTreeSet<_> = actions.iter().map(Action::kind).collect();
    // One kind is not of the ledger; `products` is about it.
    assert_eq!(kinds.len() + 1, longmen_core::ActionKind::ALL.len(), "an action of every kind");
    let commands: Vec<Command> =
        actions.into_iter().map(|action| Command::new(key("k"), action)).chain(transfers()).collect();
    let mut seen = std::collections::BTreeMap::new();
    for command in &commands {
        if let Some(other) = seen.insert(bytes(command), command) {
            panic!("{other:?} and {command:?} have the same digest");
        }
        let other_key = Command { key: key("another"), ..command.clone() };
        assert!(seen.contains_key(&bytes(&other_key)), "the key is no part of the content");
    }
}

#[test]
fn an_empty_box_says_what_no_box_says() {
    let empty = Command { extras: Some(Box::<Extras>::default()), ..transfer() };
    assert_eq!(bytes(&empty), bytes(&transfer()));
}

#[test]
fn the_digest_bytes_are_the_documented_ones() {
    let leg = |name: u8, side: u8| [&[1, 0, name, side, 5][..], &[0; 7], b"CNY\x02"].concat();
    let post = [&[2, 2][..], &[0; 7], &leg(b'a', 0), &leg(b'b', 1)].concat();
    let plain = [&post[..], &[0, 0, 0, 0x80, 0, 0, 0]].concat();
    assert_eq!(bytes(&transfer()), plain);

    let version = Condition { account: id("a"), is: Relation::Equal, to: Quantity::Version(9) };
    let number = |number: u8| [&[number][..], &[0; 7]].concat();
    let everything = Command {
        linked: true,
        force: true,
        extras: Some(Box::new(Extras {
            meta: Meta::new([pairs().swap_remove(3)]).unwrap(),
            happened_ns: NonZeroU64::new(7),
            secret: Some(secret()),
        })),
        ..transfer().only_if(version)
    };
    let want = [
        &post[..],
        &[0, 0, 0, 0x80, 0, 0, 63],
        &number(1),
        &[1, 0, b'a', 2, 3],
        &number(9),
        &number(1),
        b"\x06d.bool\x02\x01",
        &number(7),
        &number(3),
        b"\x09subject-9\xd0\x00\xff",
    ];
    assert_eq!(bytes(&everything), want.concat());
}
