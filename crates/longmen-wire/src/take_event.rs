//! Rows into events.

use longmen_core::{
    AccountChange, AccountNo, ActionKind, Class, Closes, Detail, Details, Event, HoldNo, HoldPlaced, LimitNo,
    Obstacles, OpenAccount, OpenThings, Phase, Reason, Refusal, SetNo, Thing,
};

use crate::DecodeError;
use crate::bytes::{
    amount_of, bits_of, currency_of, day_of, member_of, overdraft_of, pick, take, unpadded, zero,
};
use crate::kinds::{
    ACCOUNT_CHANGED, ACCOUNT_OPENED, HOLD_CAPTURED, HOLD_EXPIRED, HOLD_INCREMENTED, HOLD_PLACED,
    HOLD_RELEASED, JOINED, LEFT, LIMIT_DROPPED, LIMIT_SET, MOVED, NO_LEG, PERIOD_SEALED, POSTED, REFUSED,
    REVERSED, SET_OPENED, SUBJECT_ERASED,
};
use crate::limit::limit_of;
use crate::meta::{DetailsLen, take_details, take_pairs};
use crate::rows::{
    AccountChangedV1, AccountOpenedV1, HoldCapturedV1, HoldPartV1, HoldPlacedV1, LimitDroppedV1, LimitV1,
    MembershipV1, NameV1, NumberV1, PeriodSealedV1, RefusedV1,
};

/// Takes the row of an event, and says how long its tail is, which comes later.
pub(crate) fn take_event(kind: u16, bytes: &mut &[u8]) -> Result<(Event, DetailsLen), DecodeError> {
    let event = match kind {
        POSTED => Event::Posted,
        MOVED => Event::Moved { amount: amount_of(take_number(bytes, "moved")?)? },
        REVERSED => Event::Reversed { original: take_number(bytes, "reversed")? },
        HOLD_PLACED => Event::HoldPlaced(placed_of(&take(bytes, "hold placed")?)?),
        HOLD_CAPTURED => take_captured(bytes)?,
        HOLD_INCREMENTED | HOLD_RELEASED => take_part(kind, bytes)?,
        HOLD_EXPIRED => Event::HoldExpired { hold: HoldNo(take_number(bytes, "hold expired")?) },
        REFUSED => take_refused(bytes)?,
        ACCOUNT_OPENED | ACCOUNT_CHANGED | LIMIT_SET => {
            return take_tailed(kind, bytes);
        }
        _ => take_registry(kind, bytes)?,
    };
    Ok((event, DetailsLen::default()))
}

fn take_number(bytes: &mut &[u8], what: &'static str) -> Result<u64, DecodeError> {
    take(bytes, what).map(|NumberV1 { value }| value)
}

/// The kinds whose rows have a tail.
fn take_tailed(kind: u16, bytes: &mut &[u8]) -> Result<(Event, DetailsLen), DecodeError> {
    Ok(match kind {
        ACCOUNT_OPENED => {
            let row: AccountOpenedV1 = take(bytes, "account opened")?;
            let tail = DetailsLen { code: row.code_len, pairs: row.pairs };
            let [bounded, hidden, managed] = bits_of(row.flags, "account.flags")?;
            (Event::AccountOpened(Box::new(account_of(&row, [bounded, hidden, managed])?)), tail)
        }
        ACCOUNT_CHANGED => {
            let row: AccountChangedV1 = take(bytes, "account changed")?;
            let tail = DetailsLen { code: row.code_len, pairs: row.pairs };
            let change = Box::new(change_of(&row, tail)?);
            (Event::AccountChanged { account: AccountNo(row.account), change }, tail)
        }
        _ => {
            let row: LimitV1 = take(bytes, "limit set")?;
            let tail = DetailsLen { code: 0, pairs: row.pairs };
            (Event::LimitSet(Box::new(limit_of(&row)?)), tail)
        }
    })
}

/// The account of a row, its details left out.
pub(crate) fn account_of(
    row: &AccountOpenedV1,
    [bounded, hidden, managed]: [bool; 3],
) -> Result<OpenAccount, DecodeError> {
    Ok(OpenAccount {
        id: unpadded(&row.id, "account.id")?,
        currency: currency_of(row.currency)?,
        class: pick(&Class::ALL, row.class, "account.class")?,
        overdraft: overdraft_of(bounded, row.limit)?,
        hidden,
        managed,
        details: Details::default(),
    })
}

fn change_of(row: &AccountChangedV1, tail: DetailsLen) -> Result<AccountChange, DecodeError> {
    const FLAGS: &str = "account changed.flags";
    let change = match row.change {
        0 => {
            let [bounded] = bits_of(row.flags, FLAGS)?;
            AccountChange::Overdraft(overdraft_of(bounded, row.limit)?)
        }
        1 => {
            let [debit, credit] = bits_of(row.flags, FLAGS)?;
            AccountChange::Freeze { debit, credit }
        }
        2 => {
            let [hidden] = bits_of(row.flags, FLAGS)?;
            AccountChange::Hidden(hidden)
        }
        3 => AccountChange::Close,
        4 => AccountChange::Reopen,
        5 => AccountChange::Details(Details::default()),
        _ => return Err(DecodeError::BadField("account changed.change")),
    };
    let has_unused = match change {
        AccountChange::Overdraft(_) => tail != DetailsLen::default(),
        AccountChange::Freeze { .. } | AccountChange::Hidden(_) => {
            row.limit != 0 || tail != DetailsLen::default()
        }
        AccountChange::Close | AccountChange::Reopen => {
            row.flags != 0 || row.limit != 0 || tail != DetailsLen::default()
        }
        AccountChange::Details(_) => row.flags != 0 || row.limit != 0,
    };
    if has_unused { Err(DecodeError::BadField("account changed")) } else { Ok(change) }
}

fn placed_of(row: &HoldPlacedV1) -> Result<HoldPlaced, DecodeError> {
    zero(&row.reserved, "hold placed.reserved")?;
    let [debit, credit] = bits_of(row.flags, "hold placed.flags")?;
    Ok(HoldPlaced {
        debit: AccountNo(row.debit),
        credit: AccountNo(row.credit),
        amount: amount_of(row.amount)?,
        expires_ns: (row.expires_ns != 0).then_some(row.expires_ns),
        closes: Closes { debit, credit },
    })
}

fn take_captured(bytes: &mut &[u8]) -> Result<Event, DecodeError> {
    let row: HoldCapturedV1 = take(bytes, "hold captured")?;
    zero(&row.reserved, "hold captured.reserved")?;
    let [is_final, is_beyond] = bits_of(row.flags, "hold captured.flags")?;
    let beyond = if is_beyond { take_number(bytes, "hold captured.beyond")? } else { 0 };
    if is_beyond && beyond == 0 {
        return Err(DecodeError::BadField("hold captured.beyond"));
    }
    let (amount, beyond) = (amount_of(row.amount)?, amount_of(beyond)?);
    Ok(Event::HoldCaptured { hold: HoldNo(row.hold), amount, beyond, is_final })
}

fn take_part(kind: u16, bytes: &mut &[u8]) -> Result<Event, DecodeError> {
    let row: HoldPartV1 = take(bytes, "hold")?;
    let (hold, amount) = (HoldNo(row.hold), amount_of(row.amount)?);
    Ok(match kind {
        HOLD_INCREMENTED => Event::HoldIncremented { hold, amount },
        _ => Event::HoldReleased { hold, amount },
    })
}

fn take_refused(bytes: &mut &[u8]) -> Result<Event, DecodeError> {
    let row: RefusedV1 = take(bytes, "refused")?;
    zero(&row.reserved, "refused.reserved")?;
    let refusal = Refusal {
        reason: Reason::from_code(row.reason).ok_or(DecodeError::BadField("refused.reason"))?,
        leg: (row.leg != NO_LEG).then_some(row.leg),
        short_by: amount_of(row.short_by)?,
        detail: take_detail(row.detail, bytes)?,
    };
    Ok(Event::Refused { action: pick(ActionKind::ALL, row.action, "refused.action")?, refusal })
}

fn take_detail(kind: u8, bytes: &mut &[u8]) -> Result<Detail, DecodeError> {
    const WHAT: &str = "refused.detail";
    if kind == 0 {
        return Ok(Detail::None);
    }
    let value = u32::try_from(take_number(bytes, WHAT)?).map_err(|_| DecodeError::BadField(WHAT))?;
    match kind {
        1 => Ok(Detail::Limit(LimitNo(value))),
        2 => {
            let flags = u8::try_from(value).map_err(|_| DecodeError::BadField(WHAT))?;
            let [posted, holds] = bits_of(flags, WHAT)?;
            Ok(Detail::Obstacles(Obstacles { posted, holds }))
        }
        3 => Ok(Detail::Culprit(value)),
        4 => {
            let thing = u8::try_from(value).map_err(|_| DecodeError::BadField(WHAT))?;
            Ok(Detail::Thing(pick(Thing::ALL, thing, WHAT)?))
        }
        5 => {
            let both = u16::try_from(value).map_err(|_| DecodeError::BadField(WHAT))?;
            let [thing, phase] = both.to_le_bytes();
            Ok(Detail::Phase(pick(Thing::ALL, thing, WHAT)?, pick(Phase::ALL, phase, WHAT)?))
        }
        6 => OpenThings::from_bits(value).map(Detail::Open).ok_or(DecodeError::BadField(WHAT)),
        _ => Err(DecodeError::BadField(WHAT)),
    }
}

/// The kinds that change no account: sets, limits, seals, subjects.
fn take_registry(kind: u16, bytes: &mut &[u8]) -> Result<Event, DecodeError> {
    Ok(match kind {
        SET_OPENED => {
            let row: NameV1 = take(bytes, "set opened")?;
            Event::SetOpened(unpadded(&row.name, "set opened.id")?)
        }
        JOINED | LEFT => {
            let row: MembershipV1 = take(bytes, "membership")?;
            zero(&row.reserved, "membership.reserved")?;
            let (set, member) = (SetNo(row.set), member_of(row.kind, row.member)?);
            if kind == JOINED { Event::Joined { set, member } } else { Event::Left { set, member } }
        }
        LIMIT_DROPPED => {
            let row: LimitDroppedV1 = take(bytes, "limit dropped")?;
            zero(&row.reserved, "limit dropped.reserved")?;
            Event::LimitDropped { limit: LimitNo(row.limit) }
        }
        PERIOD_SEALED => {
            let row: PeriodSealedV1 = take(bytes, "period sealed")?;
            zero(&row.reserved, "period sealed.reserved")?;
            Event::PeriodSealed { through: day_of(row.through, "period sealed.through")? }
        }
        SUBJECT_ERASED => {
            let row: NameV1 = take(bytes, "subject erased")?;
            Event::SubjectErased(unpadded(&row.name, "subject erased.subject")?)
        }
        other => return Err(DecodeError::UnknownKind(other)),
    })
}

/// Takes the tail of an event.
pub(crate) fn take_tail(event: &mut Event, len: DetailsLen, bytes: &mut &[u8]) -> Result<(), DecodeError> {
    match event {
        Event::AccountOpened(account) => account.details = take_details(bytes, len)?,
        Event::AccountChanged { change, .. } => {
            if let AccountChange::Details(details) = &mut **change {
                *details = take_details(bytes, len)?;
            }
        }
        Event::LimitSet(limit) => limit.exempt = take_pairs(bytes, len.pairs)?,
        _ => {}
    }
    Ok(())
}
