//! Entries as payloads of journal entries.

use core::num::NonZeroU64;

use longmen_core::{
    AccountNo, Digest, Effect, EffectiveDate, Event, Extras, Key, Memo, Posting, Postings, Secret, Side,
};
use longmen_wallet::Entry;

use crate::DecodeError;
use crate::bytes::{
    NO_DATE, amount_of, bits, bits_of, code_of, maybe_day_of, name_of, pick, put, short_len, take,
    take_slice, zero,
};
use crate::kinds::COMPOUND;
use crate::meta::{DetailsLen, put_pairs, put_secret, take_meta, take_secret};
use crate::product::{fact_bytes, product_of, put_compound, take_compound};
use crate::put_event::{put_event, put_tail};
use crate::rows::{HeadV1, NumberV1, PostingV1};
use crate::take_event::{take_event, take_tail};

/// The schema number of the rows that are written.
pub const SCHEMA: u16 = 1;

const EFFECTS: [Effect; 3] = [Effect::Post, Effect::Hold, Effect::Unhold];
const SIDES: [Side; 2] = [Side::Debit, Side::Credit];

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

/// Appends an entry's payload to `out`, whose length must be a multiple of 8.
pub fn encode_entry(entry: &Entry, out: &mut Vec<u8>) {
    let key = entry.key.as_ref().map_or(&[][..], Key::as_bytes);
    let memo = entry.memo.as_str();
    let extras = entry.extras.as_deref();
    let pairs = extras.map_or(&[][..], |extras| extras.meta.pairs());
    let happened_ns = extras.and_then(|extras| extras.happened_ns);
    let secret = extras.and_then(|extras| extras.secret.as_ref());
    // A memo has at most 256 bytes, a key 40, a secret 1,024 and an entry a few hundred postings: none saturates.
    let wide_len = |len: usize| u16::try_from(len).unwrap_or(u16::MAX);
    put(
        &HeadV1 {
            digest: entry.digest.0,
            effective: entry.effective.map_or(NO_DATE, EffectiveDate::days),
            memo_len: wide_len(memo.len()),
            postings: wide_len(entry.postings.len()),
            key_len: short_len(key.len()),
            flags: bits([entry.linked, entry.forced, happened_ns.is_some(), secret.is_some()]),
            pairs: short_len(pairs.len()),
            reserved_a: 0,
            secret_len: secret.map_or(0, |secret| wide_len(secret.bytes().len())),
            reserved_b: [0; 2],
        },
        out,
    );
    let product = fact_bytes(&entry.event, entry.product.as_deref());
    match &entry.event {
        Event::Compound(parts) => put_compound(parts, &product, out),
        event => put_event(event, out),
    }
    if let Some(value) = happened_ns.map(NonZeroU64::get) {
        put(&NumberV1 { value }, out);
    }
    entry.postings.iter().for_each(|posting| put(&row_of_posting(posting), out));
    put_tail(&entry.event, out);
    out.extend_from_slice(key);
    out.extend_from_slice(memo.as_bytes());
    put_pairs(pairs, out);
    if let Some(secret) = secret {
        put_secret(secret, out);
    }
    out.extend_from_slice(&product);
}

fn row_of_posting(posting: &Posting) -> PostingV1 {
    PostingV1 {
        account: posting.account.0,
        effect: code_of(&EFFECTS, &posting.effect),
        side: code_of(&SIDES, &posting.side),
        reserved: [0; 2],
        amount: posting.amount.minor(),
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
    zero(&[head.reserved_a], "head.reserved")?;
    zero(&head.reserved_b, "head.reserved")?;
    let [linked, forced, is_imported, has_secret] = bits_of(head.flags, "head.flags")?;
    let (mut event, lens) = take_what_happened(payload.kind, &mut bytes)?;
    let happened_ns = if is_imported { Some(take_happened(&mut bytes)?) } else { None };
    let postings = take_postings(head.postings, &mut bytes)?;
    take_tails(&mut event, &lens, &mut bytes)?;
    let key = match take_slice(&mut bytes, usize::from(head.key_len), "key")? {
        [] => None,
        key => Some(name_of(key, "key")?),
    };
    let memo = core::str::from_utf8(take_slice(&mut bytes, usize::from(head.memo_len), "memo")?);
    let memo = memo.map_err(|_| DecodeError::BadField("memo"))?;
    let meta = take_meta(&mut bytes, head.pairs)?;
    let secret = take_maybe_secret(has_secret, head.secret_len, &mut bytes)?;
    let extras = Extras { meta, happened_ns, secret };
    let product = match lens.product {
        None => None,
        Some(len) => Some(Box::new(product_of(take_slice(&mut bytes, len, "product")?)?)),
    };
    if !bytes.is_empty() {
        return Err(DecodeError::LeftOver(bytes.len()));
    }
    Ok(Entry {
        key,
        digest: Digest(head.digest),
        effective: maybe_day_of(head.effective, "head.effective")?,
        memo: Memo::new(memo).map_err(|_| DecodeError::BadField("memo"))?,
        linked,
        forced,
        event,
        postings,
        extras: (!extras.is_empty()).then(|| Box::new(extras)),
        product,
    })
}

/// The lengths of what comes behind an event's row.
#[derive(Default)]
struct Lens {
    tail: DetailsLen,
    /// Of a compound event, the tails of its parts.
    parts: Vec<DetailsLen>,
    /// Of a compound event, what products say.
    product: Option<usize>,
}

fn take_what_happened(kind: u16, bytes: &mut &[u8]) -> Result<(Event, Lens), DecodeError> {
    if kind == COMPOUND {
        let (event, parts, product) = take_compound(bytes)?;
        let lens = Lens { parts, product: Some(product), ..Lens::default() };
        return Ok((Event::Compound(event), lens));
    }
    let (event, tail) = take_event(kind, bytes)?;
    Ok((event, Lens { tail, ..Lens::default() }))
}

fn take_tails(event: &mut Event, lens: &Lens, bytes: &mut &[u8]) -> Result<(), DecodeError> {
    match event {
        Event::Compound(parts) => {
            let mut parts = parts.iter_mut().zip(&lens.parts);
            parts.try_for_each(|(part, tail)| take_tail(&mut part.event, *tail, bytes))
        }
        event => take_tail(event, lens.tail, bytes),
    }
}

fn take_maybe_secret(is_there: bool, len: u16, bytes: &mut &[u8]) -> Result<Option<Secret>, DecodeError> {
    match (is_there, len) {
        (false, 0) => Ok(None),
        (false, _) => Err(DecodeError::BadField("head.secret_len")),
        (true, len) => take_secret(bytes, len).map(Some),
    }
}

fn take_happened(bytes: &mut &[u8]) -> Result<NonZeroU64, DecodeError> {
    let NumberV1 { value } = take(bytes, "happened_ns")?;
    NonZeroU64::new(value).ok_or(DecodeError::BadField("happened_ns"))
}

fn take_postings(count: u16, bytes: &mut &[u8]) -> Result<Postings, DecodeError> {
    let mut postings = Postings::new();
    for _ in 0..count {
        postings.push(take_posting(bytes)?);
    }
    Ok(postings)
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
