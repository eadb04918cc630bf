//! Entries and what they are made of, at random.

use core::num::NonZeroU64;

use longmen_core::{
    AccountChange, AccountId, AccountNo, ActionKind, Class, Closes, Details, Digest, Effect, EffectiveDate,
    Entry, Event, Extras, Flow, HoldNo, HoldPlaced, Key, Limit, LimitId, LimitNo, MemberNo, Memo, Meta, Most,
    OpenAccount, Overdraft, Posting, Reason, Refusal, Scope, SetId, SetNo, Side, Subject, Window,
};
use longmen_money::{Amount, Currency};
use proptest::prelude::*;

use super::{amount, limit};
use crate::generate::{NAMES, pairs};

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

fn any_hold() -> impl Strategy<Value = HoldNo> {
    prop_oneof![9 => 0..90_u64, 1 => any::<u64>()].prop_map(HoldNo)
}

fn any_day() -> impl Strategy<Value = EffectiveDate> {
    (0..30_000).prop_map(|days| EffectiveDate::from_days(days).unwrap())
}

fn any_overdraft() -> impl Strategy<Value = Overdraft> {
    prop::option::of(any_amount()).prop_map(|limit| limit.map_or(Overdraft::Unlimited, Overdraft::UpTo))
}

/// Events on accounts and holds.
fn any_money_event() -> impl Strategy<Value = Event> {
    let opened = (any_name(), any::<bool>(), prop::sample::select(&Class::ALL[..]), any_overdraft());
    let opened = opened.prop_map(|(name, usd, class, overdraft)| {
        let currency = if usd { Currency::USD } else { Currency::CNY };
        let account = OpenAccount::new(AccountId::new(name).unwrap(), currency, class);
        Event::AccountOpened(Box::new(account.overdraft(overdraft)))
    });
    let placed = (0..12_u32, 0..12_u32, any_amount(), prop::option::of(any::<u64>()), any::<[bool; 2]>());
    let placed = placed.prop_map(|(debit, credit, amount, expires_ns, [own, other])| {
        let (debit, credit) = (AccountNo(debit), AccountNo(credit));
        let closes = Closes { debit: own, credit: other };
        Event::HoldPlaced(HoldPlaced { debit, credit, amount, expires_ns, closes })
    });
    let captured = (any_hold(), any_amount(), any_amount(), any::<bool>());
    prop_oneof![
        opened,
        placed,
        Just(Event::Posted),
        any_amount().prop_map(|amount| Event::Moved { amount }),
        (0..200_u64).prop_map(|original| Event::Reversed { original }),
        (any_hold(), any_amount()).prop_map(|(hold, amount)| Event::HoldIncremented { hold, amount }),
        captured.prop_map(|(hold, amount, beyond, is_final)| Event::HoldCaptured {
            hold,
            amount,
            beyond,
            is_final
        }),
        (any_hold(), any_amount()).prop_map(|(hold, amount)| Event::HoldReleased { hold, amount }),
        any_hold().prop_map(|hold| Event::HoldExpired { hold }),
    ]
}

fn any_limit() -> impl Strategy<Value = Limit> {
    let any_window = prop_oneof![
        Just(Window::Lifetime),
        (0..3_u64, any::<u64>()).prop_map(|(length_ns, from_ns)| Window::Every { length_ns, from_ns }),
        any::<i16>().prop_map(|utc_offset_min| Window::Month { utc_offset_min }),
        any::<i16>().prop_map(|utc_offset_min| Window::Year { utc_offset_min }),
        any::<u64>().prop_map(|length_ns| Window::Last { length_ns }),
    ];
    let most = prop_oneof![any_amount().prop_map(Most::Amount), any::<u64>().prop_map(Most::Count)];
    let flow = prop::sample::select(&Flow::ALL[..]);
    (any_name(), any_name(), any::<bool>(), flow, most, any_window).prop_map(
        |(id, scope, is_set, flow, most, window)| {
            let scope = match is_set {
                true => Scope::Set(SetId::new(scope).unwrap()),
                false => Scope::Account(AccountId::new(scope).unwrap()),
            };
            Limit { id: LimitId::new(id).unwrap(), scope, flow, most, window, ..limit("daily") }
        },
    )
}

/// Events on the chart, on limits and on days.
fn any_other_event() -> impl Strategy<Value = Event> {
    let account = || (0..12_u32).prop_map(AccountNo);
    let set = || (0..6_u32).prop_map(SetNo);
    let member = || prop_oneof![account().prop_map(MemberNo::Account), set().prop_map(MemberNo::Set)];
    let details = prop::sample::select(pairs().to_vec())
        .prop_map(|pair| AccountChange::Details(Details { code: None, meta: Meta::new([pair]).unwrap() }));
    let change = prop_oneof![
        any_overdraft().prop_map(AccountChange::Overdraft),
        any::<[bool; 2]>().prop_map(|[debit, credit]| AccountChange::Freeze { debit, credit }),
        prop::sample::select(vec![AccountChange::Close, AccountChange::Reopen, AccountChange::Hidden(true)]),
        details,
    ];
    let refused = (prop::sample::select(ActionKind::ALL), prop::sample::select(Reason::ALL), any::<u8>());
    prop_oneof![
        (account(), change)
            .prop_map(|(account, change)| Event::AccountChanged { account, change: Box::new(change) }),
        any_name().prop_map(|name| Event::SetOpened(SetId::new(name).unwrap())),
        (set(), member()).prop_map(|(set, member)| Event::Joined { set, member }),
        (set(), member()).prop_map(|(set, member)| Event::Left { set, member }),
        any_limit().prop_map(|limit| Event::LimitSet(Box::new(limit))),
        (0..6_u32).prop_map(|no| Event::LimitDropped { limit: LimitNo(no) }),
        any_day().prop_map(|through| Event::PeriodSealed { through }),
        any_name().prop_map(|name| Event::SubjectErased(Subject::new(name).unwrap())),
        refused.prop_map(|(action, reason, leg)| {
            Event::Refused { action, refusal: Refusal::new(reason).at_leg(leg.into()) }
        }),
    ]
}

pub(super) fn any_entry() -> impl Strategy<Value = Entry> {
    let memo = prop::sample::select(vec!["", "order 7731"]);
    let head = (prop::option::of(any_name()), any::<[u8; 16]>(), prop::option::of(any::<i32>()), memo);
    let event = prop_oneof![any_money_event(), any_other_event()];
    let rest = (any::<bool>(), any::<bool>(), prop::option::of(any::<Option<NonZeroU64>>()));
    (head, event, any_postings(), rest).prop_map(|((key, digest, day, memo), event, postings, rest)| {
        let (linked, forced, happened) = rest;
        let extras = happened.map(|happened_ns| Box::new(Extras { happened_ns, ..Extras::default() }));
        Entry {
            key: key.map(|key| Key::new(key).unwrap()),
            digest: Digest(digest),
            effective: day.and_then(EffectiveDate::from_days),
            memo: Memo::new(memo).unwrap(),
            linked,
            forced,
            event,
            postings: postings.into(),
            extras,
            product: (),
        }
    })
}
