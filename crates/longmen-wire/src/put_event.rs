//! Events into rows.

use longmen_core::{
    AccountChange, AccountNo, ActionKind, Class, Detail, Event, HoldPlaced, Obstacles, OpenAccount, Phase,
    Refusal, Thing,
};

use crate::bytes::{bits, code_of, member_parts, overdraft_parts, padded, put};
use crate::kinds::NO_LEG;
use crate::limit::limit_row;
use crate::meta::{DetailsLen, details_len, put_details, put_pairs};
use crate::rows::{
    AccountChangedV1, AccountOpenedV1, HoldCapturedV1, HoldPartV1, HoldPlacedV1, LimitDroppedV1,
    MembershipV1, NameV1, NumberV1, PeriodSealedV1, RefusedV1,
};

/// Appends the row of an event.
pub(crate) fn put_event(event: &Event, out: &mut Vec<u8>) {
    match event {
        Event::AccountOpened(account) => put(&account_row(account), out),
        Event::AccountChanged { account, change } => put(&change_row(*account, change), out),
        Event::Posted => {}
        Event::Moved { amount } => put(&NumberV1 { value: amount.minor() }, out),
        Event::Reversed { original } => put(&NumberV1 { value: *original }, out),
        Event::HoldPlaced(placed) => put(&placed_row(placed), out),
        Event::HoldIncremented { hold, amount } | Event::HoldReleased { hold, amount } => {
            put(&HoldPartV1 { hold: hold.0, amount: amount.minor() }, out);
        }
        Event::HoldCaptured { hold, amount, beyond, is_final } => {
            let flags = bits([*is_final, !beyond.is_zero()]);
            put(&HoldCapturedV1 { hold: hold.0, amount: amount.minor(), flags, reserved: [0; 7] }, out);
            if !beyond.is_zero() {
                put(&NumberV1 { value: beyond.minor() }, out);
            }
        }
        Event::HoldExpired { hold } => put(&NumberV1 { value: hold.0 }, out),
        Event::SetOpened(id) => put(&NameV1 { name: padded(id.as_str()) }, out),
        Event::Joined { set, member } | Event::Left { set, member } => {
            let (kind, member) = member_parts(*member);
            put(&MembershipV1 { set: set.0, member, kind, reserved: [0; 7] }, out);
        }
        Event::LimitSet(limit) => put(&limit_row(limit), out),
        Event::LimitDropped { limit } => put(&LimitDroppedV1 { limit: limit.0, reserved: [0; 4] }, out),
        Event::PeriodSealed { through } => {
            put(&PeriodSealedV1 { through: through.days(), reserved: [0; 4] }, out);
        }
        Event::SubjectErased(subject) => put(&NameV1 { name: padded(subject.as_str()) }, out),
        // Its parts are put by whoever puts the product too.
        Event::Compound(_) => {}
        Event::Refused { action, refusal } => put_refused(*action, refusal, out),
    }
}

pub(crate) fn account_row(account: &OpenAccount) -> AccountOpenedV1 {
    let (bounded, limit) = overdraft_parts(account.overdraft);
    let len = details_len(&account.details);
    AccountOpenedV1 {
        id: padded(account.id.as_str()),
        currency: account.currency.to_bytes(),
        class: code_of(&Class::ALL, &account.class),
        flags: bits([bounded, account.hidden, account.managed]),
        code_len: len.code,
        pairs: len.pairs,
        limit,
    }
}

fn change_row(account: AccountNo, change: &AccountChange) -> AccountChangedV1 {
    let (code, flags, limit) = match change {
        AccountChange::Overdraft(overdraft) => {
            let (bounded, limit) = overdraft_parts(*overdraft);
            (0, bits([bounded]), limit)
        }
        AccountChange::Freeze { debit, credit } => (1, bits([*debit, *credit]), 0),
        AccountChange::Hidden(hidden) => (2, bits([*hidden]), 0),
        AccountChange::Close => (3, 0, 0),
        AccountChange::Reopen => (4, 0, 0),
        AccountChange::Details(_) => (5, 0, 0),
    };
    let len = match change {
        AccountChange::Details(details) => details_len(details),
        _ => DetailsLen::default(),
    };
    AccountChangedV1 { account: account.0, change: code, flags, code_len: len.code, pairs: len.pairs, limit }
}

fn placed_row(placed: &HoldPlaced) -> HoldPlacedV1 {
    HoldPlacedV1 {
        debit: placed.debit.0,
        credit: placed.credit.0,
        amount: placed.amount.minor(),
        expires_ns: placed.expires_ns.unwrap_or(0),
        flags: bits([placed.closes.debit, placed.closes.credit]),
        reserved: [0; 7],
    }
}

fn put_refused(action: ActionKind, refusal: &Refusal, out: &mut Vec<u8>) {
    let (detail, value) = match refusal.detail {
        Detail::None => (0, 0),
        Detail::Limit(no) => (1, no.0),
        Detail::Obstacles(Obstacles { posted, holds }) => (2, bits([posted, holds]).into()),
        Detail::Culprit(at) => (3, at),
        Detail::Thing(thing) => (4, code_of(Thing::ALL, &thing).into()),
        Detail::Phase(thing, phase) => {
            let (thing, phase) = (code_of(Thing::ALL, &thing), code_of(Phase::ALL, &phase));
            (5, u32::from(u16::from_le_bytes([thing, phase])))
        }
        Detail::Open(things) => (6, things.bits()),
    };
    put(
        &RefusedV1 {
            short_by: refusal.short_by.minor(),
            reason: refusal.reason.code(),
            action: code_of(ActionKind::ALL, &action),
            leg: refusal.leg.unwrap_or(NO_LEG),
            detail,
            reserved: [0; 3],
        },
        out,
    );
    if detail != 0 {
        put(&NumberV1 { value: value.into() }, out);
    }
}

/// Appends what has no fixed width of an event.
pub(crate) fn put_tail(event: &Event, out: &mut Vec<u8>) {
    match event {
        Event::AccountOpened(account) => put_details(&account.details, out),
        Event::AccountChanged { change, .. } => {
            if let AccountChange::Details(details) = &**change {
                put_details(details, out);
            }
        }
        Event::LimitSet(limit) => put_pairs(&limit.exempt, out),
        Event::Compound(parts) => parts.iter().for_each(|part| put_tail(&part.event, out)),
        _ => {}
    }
}
