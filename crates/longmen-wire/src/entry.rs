//! Entries as payloads of journal entries.

use longmen_core::{
    AccountId, AccountNo, ActionKind, Class, Digest, Effect, EffectiveDate, Entry, Event, HoldNo, Key, Memo,
    OpenAccount, Overdraft, Posting, Postings, Reason, Refusal, Side,
};
use longmen_money::{Amount, Currency};

use crate::DecodeError;
use crate::rows::{
    AccountOpenedV1, HeadV1, HoldCapturedV1, HoldExpiredV1, HoldPlacedV1, HoldReleasedV1, PostingV1,
    RefusedV1, code_of, padded, pick, put, take, unpadded, zero,
};

/// The schema number of the rows that are written.
pub const SCHEMA: u16 = 1;

/// The journal's entry kinds that carry an [`Entry`], both ends included; lower kinds are the journal's own.
pub const KINDS: core::ops::RangeInclusive<u16> = ACCOUNT_OPENED..=REFUSED;

const ACCOUNT_OPENED: u16 = 16;
const POSTED: u16 = 17;
const HOLD_PLACED: u16 = 18;
const HOLD_CAPTURED: u16 = 19;
const HOLD_RELEASED: u16 = 20;
const HOLD_EXPIRED: u16 = 21;
const REFUSED: u16 = 22;

const EFFECTS: [Effect; 3] = [Effect::Post, Effect::Hold, Effect::Unhold];
const SIDES: [Side; 2] = [Side::Debit, Side::Credit];
const NO_DATE: i32 = i32::MIN;
const NO_LEG: u8 = u8::MAX;

/// The bytes of one entry and what the journal says of them.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    /// The entry kind.
    pub kind: u16,
    /// The schema number.
    pub schema: u16,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// The kind under which the journal keeps an entry.
#[must_use]
pub fn kind_of(event: &Event) -> u16 {
    match event {
        Event::AccountOpened(_) => ACCOUNT_OPENED,
        Event::HoldPlaced { .. } => HOLD_PLACED,
        Event::HoldCaptured { .. } => HOLD_CAPTURED,
        Event::HoldReleased { .. } => HOLD_RELEASED,
        Event::HoldExpired { .. } => HOLD_EXPIRED,
        Event::Refused { .. } => REFUSED,
        Event::Posted => POSTED,
    }
}

/// Appends an entry's payload to `out`, whose length must be a multiple of 8.
pub fn encode_entry(entry: &Entry, out: &mut Vec<u8>) {
    let key = entry.key.as_ref().map_or(&[][..], longmen_core::Key::as_bytes);
    let memo = entry.memo.as_str();
    put(
        &HeadV1 {
            digest: entry.digest.0,
            effective: entry.effective.map_or(NO_DATE, EffectiveDate::days),
            // A memo has at most 256 bytes, a key 40 and a group 254 legs, so these never saturate.
            memo_len: u16::try_from(memo.len()).unwrap_or(u16::MAX),
            postings: u16::try_from(entry.postings.len()).unwrap_or(u16::MAX),
            key_len: u8::try_from(key.len()).unwrap_or(u8::MAX),
            reserved: [0; 7],
        },
        out,
    );
    put_event(&entry.event, out);
    for posting in &entry.postings {
        put(
            &PostingV1 {
                account: posting.account.0,
                effect: code_of(&EFFECTS, &posting.effect),
                side: code_of(&SIDES, &posting.side),
                reserved: [0; 2],
                amount: posting.amount.minor(),
            },
            out,
        );
    }
    out.extend_from_slice(key);
    out.extend_from_slice(memo.as_bytes());
}

fn put_event(event: &Event, out: &mut Vec<u8>) {
    match event {
        Event::AccountOpened(account) => put(&account_row(account), out),
        Event::HoldPlaced { expires_ns } => put(&HoldPlacedV1 { expires_ns: expires_ns.unwrap_or(0) }, out),
        Event::HoldCaptured { hold, amount, is_final } => put(
            &HoldCapturedV1 {
                hold: hold.0,
                amount: amount.minor(),
                is_final: u8::from(*is_final),
                reserved: [0; 7],
            },
            out,
        ),
        Event::HoldReleased { hold, amount } => {
            put(&HoldReleasedV1 { hold: hold.0, amount: amount.minor() }, out);
        }
        Event::HoldExpired { hold } => put(&HoldExpiredV1 { hold: hold.0 }, out),
        Event::Refused { action, refusal } => put(
            &RefusedV1 {
                short_by: refusal.short_by.minor(),
                reason: refusal.reason.code(),
                action: code_of(&ActionKind::ALL, action),
                leg: refusal.leg.unwrap_or(NO_LEG),
                reserved: [0; 4],
            },
            out,
        ),
        Event::Posted => {}
    }
}

pub(crate) fn account_row(account: &OpenAccount) -> AccountOpenedV1 {
    let (bounded, limit) = match account.overdraft {
        Overdraft::UpTo(limit) => (1, limit.minor()),
        Overdraft::Unlimited => (0, 0),
    };
    AccountOpenedV1 {
        id: padded(account.id.as_str()),
        currency: account.currency.to_bytes(),
        class: code_of(&Class::ALL, &account.class),
        bounded,
        reserved: [0; 2],
        limit,
    }
}

/// Reads an entry's payload.
///
/// # Errors
///
/// [`DecodeError`] where the bytes are not exactly what [`encode_entry`] writes for some entry.
pub fn decode_entry(payload: Payload<'_>) -> Result<Entry, DecodeError> {
    if payload.schema != SCHEMA {
        return Err(DecodeError::UnknownSchema(payload.schema));
    }
    let mut bytes = payload.bytes;
    let head: HeadV1 = take(&mut bytes, "head")?;
    zero(&head.reserved, "head.reserved")?;
    let event = take_event(payload.kind, &mut bytes)?;
    let mut postings = Postings::with_capacity(usize::from(head.postings));
    for _ in 0..head.postings {
        postings.push(take_posting(&mut bytes)?);
    }
    let key = take_text(&mut bytes, usize::from(head.key_len), "key")?;
    let memo = take_text(&mut bytes, usize::from(head.memo_len), "memo")?;
    if !bytes.is_empty() {
        return Err(DecodeError::LeftOver(bytes.len()));
    }
    Ok(Entry {
        key: if key.is_empty() {
            None
        } else {
            Some(Key::new(key).map_err(|_| DecodeError::BadField("key"))?)
        },
        digest: Digest(head.digest),
        effective: match head.effective {
            NO_DATE => None,
            days => Some(EffectiveDate::from_days(days).ok_or(DecodeError::BadField("head.effective"))?),
        },
        memo: Memo::new(memo).map_err(|_| DecodeError::BadField("memo"))?,
        event,
        postings,
    })
}

fn take_event(kind: u16, bytes: &mut &[u8]) -> Result<Event, DecodeError> {
    Ok(match kind {
        ACCOUNT_OPENED => Event::AccountOpened(account_of(&take(bytes, "account opened")?)?),
        POSTED => Event::Posted,
        HOLD_PLACED => {
            let row: HoldPlacedV1 = take(bytes, "hold placed")?;
            Event::HoldPlaced { expires_ns: (row.expires_ns != 0).then_some(row.expires_ns) }
        }
        HOLD_CAPTURED => {
            let row: HoldCapturedV1 = take(bytes, "hold captured")?;
            zero(&row.reserved, "hold captured.reserved")?;
            let is_final = pick(&[false, true], row.is_final, "hold captured.final")?;
            Event::HoldCaptured { hold: HoldNo(row.hold), amount: amount_of(row.amount)?, is_final }
        }
        HOLD_RELEASED => {
            let row: HoldReleasedV1 = take(bytes, "hold released")?;
            Event::HoldReleased { hold: HoldNo(row.hold), amount: amount_of(row.amount)? }
        }
        HOLD_EXPIRED => {
            let row: HoldExpiredV1 = take(bytes, "hold expired")?;
            Event::HoldExpired { hold: HoldNo(row.hold) }
        }
        REFUSED => {
            let row: RefusedV1 = take(bytes, "refused")?;
            zero(&row.reserved, "refused.reserved")?;
            let reason = Reason::from_code(row.reason).ok_or(DecodeError::BadField("refused.reason"))?;
            let leg = (row.leg != NO_LEG).then_some(row.leg);
            let refusal = Refusal { reason, leg, short_by: amount_of(row.short_by)? };
            Event::Refused { action: pick(&ActionKind::ALL, row.action, "refused.action")?, refusal }
        }
        other => return Err(DecodeError::UnknownKind(other)),
    })
}

pub(crate) fn account_of(row: &AccountOpenedV1) -> Result<OpenAccount, DecodeError> {
    zero(&row.reserved, "account.reserved")?;
    let id = unpadded(&row.id, "account.id")?;
    let overdraft = match (row.bounded, row.limit) {
        (0, 0) => Overdraft::Unlimited,
        (1, limit) => Overdraft::UpTo(amount_of(limit)?),
        _ => return Err(DecodeError::BadField("account.bounded")),
    };
    Ok(OpenAccount {
        id: AccountId::new(id).map_err(|_| DecodeError::BadField("account.id"))?,
        currency: currency_of(row.currency)?,
        class: pick(&Class::ALL, row.class, "account.class")?,
        overdraft,
    })
}

fn take_posting(bytes: &mut &[u8]) -> Result<Posting, DecodeError> {
    let row: PostingV1 = take(bytes, "posting")?;
    zero(&row.reserved, "posting.reserved")?;
    Ok(Posting {
        account: AccountNo(row.account),
        side: pick(&SIDES, row.side, "posting.side")?,
        effect: pick(&EFFECTS, row.effect, "posting.effect")?,
        amount: amount_of(row.amount)?,
    })
}

fn take_text<'a>(bytes: &mut &'a [u8], len: usize, what: &'static str) -> Result<&'a str, DecodeError> {
    let (text, rest) = bytes.split_at_checked(len).ok_or(DecodeError::Short(what))?;
    *bytes = rest;
    core::str::from_utf8(text).map_err(|_| DecodeError::BadField(what))
}

pub(crate) fn amount_of(minor: u64) -> Result<Amount, DecodeError> {
    Amount::new(minor).ok_or(DecodeError::BadField("amount"))
}

pub(crate) fn currency_of(bytes: [u8; 4]) -> Result<Currency, DecodeError> {
    Currency::from_bytes(bytes).map_err(|_| DecodeError::BadField("currency"))
}
