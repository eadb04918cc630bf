//! How a row is put into bytes and taken out of them, and what the rows share.

use core::convert::Infallible;
use core::str::FromStr;

use longmen_core::{AccountNo, EffectiveDate, MemberNo, Overdraft, SetNo};
use longmen_money::{Amount, Currency};
use rkyv::api::high::HighValidator;
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor::{Failure, Strategy};
use rkyv::util::Align;
use rkyv::{Archive, Deserialize, Portable, Serialize};

use crate::DecodeError;

/// Stands for no day.
pub(crate) const NO_DATE: i32 = i32::MIN;

/// The largest row, for the buffer on the stack from which rows are read.
const ROW_BYTES_MAX: usize = 128;

/// Appends a row. Every row's size is a multiple of 8 and so is where it starts, so nothing is padded.
pub(crate) fn put<R>(row: &R, out: &mut Vec<u8>)
where
    R: Serialize<Strategy<Vec<u8>, Infallible>>,
{
    debug_assert!(out.len().is_multiple_of(8), "a row starts at a multiple of 8");
    let Ok(_) = rkyv::api::serialize_using::<Vec<u8>, Infallible>(row, out);
}

/// Takes a row off the front of `bytes`.
pub(crate) fn take<R>(bytes: &mut &[u8], what: &'static str) -> Result<R, DecodeError>
where
    R: Archive,
    R::Archived:
        Portable + Deserialize<R, Strategy<(), Failure>> + for<'a> CheckBytes<HighValidator<'a, Failure>>,
{
    let size = size_of::<R::Archived>();
    let (row, rest) = bytes.split_at_checked(size).ok_or(DecodeError::Short(what))?;
    *bytes = rest;
    // Bytes from a file may start anywhere; the copy gives the alignment that checked access asks for.
    let mut aligned = Align([0_u8; ROW_BYTES_MAX]);
    let place = aligned.get_mut(..size).ok_or(DecodeError::Short(what))?;
    place.copy_from_slice(row);
    let archived = rkyv::access::<R::Archived, Failure>(place).map_err(|_| DecodeError::BadField(what))?;
    rkyv::api::deserialize_using(archived, &mut ()).map_err(|_: Failure| DecodeError::BadField(what))
}

/// Fails unless every reserved byte is zero.
pub(crate) fn zero(reserved: &[u8], what: &'static str) -> Result<(), DecodeError> {
    if reserved.iter().all(|byte| *byte == 0) { Ok(()) } else { Err(DecodeError::BadField(what)) }
}

/// The one of `all` with this code, which is its place.
pub(crate) fn pick<T: Copy>(all: &[T], code: u8, what: &'static str) -> Result<T, DecodeError> {
    all.get(usize::from(code)).copied().ok_or(DecodeError::BadField(what))
}

/// The code of `value`: its place in `all`.
pub(crate) fn code_of<T: PartialEq>(all: &[T], value: &T) -> u8 {
    let place = all.iter().position(|other| other == value);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

/// A name, zero-padded to 40 bytes.
pub(crate) fn padded(name: &str) -> [u8; 40] {
    let mut bytes = [0; 40];
    for (place, byte) in bytes.iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    bytes
}

/// A zero-padded name.
pub(crate) fn unpadded<T: FromStr>(bytes: &[u8; 40], what: &'static str) -> Result<T, DecodeError> {
    let len = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (text, padding) = bytes.split_at(len);
    zero(padding, what)?;
    name_of(text, what)
}

/// A name.
pub(crate) fn name_of<T: FromStr>(bytes: &[u8], what: &'static str) -> Result<T, DecodeError> {
    let text = core::str::from_utf8(bytes).map_err(|_| DecodeError::BadField(what))?;
    text.parse().map_err(|_| DecodeError::BadField(what))
}

/// Takes so many bytes off the front of `bytes`.
pub(crate) fn take_slice<'a>(
    bytes: &mut &'a [u8],
    len: usize,
    what: &'static str,
) -> Result<&'a [u8], DecodeError> {
    let (slice, rest) = bytes.split_at_checked(len).ok_or(DecodeError::Short(what))?;
    *bytes = rest;
    Ok(slice)
}

/// Takes an array off the front of `bytes`.
pub(crate) fn take_array<const N: usize>(
    bytes: &mut &[u8],
    what: &'static str,
) -> Result<[u8; N], DecodeError> {
    let (array, rest) = bytes.split_first_chunk::<N>().ok_or(DecodeError::Short(what))?;
    *bytes = rest;
    Ok(*array)
}

/// The length of something that a rule keeps below 256: it never saturates.
pub(crate) fn short_len(len: usize) -> u8 {
    u8::try_from(len).unwrap_or(u8::MAX)
}

/// Yes for the first bit of a byte, the second bit, and so on.
pub(crate) fn bits<const N: usize>(yes: [bool; N]) -> u8 {
    yes.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit))
}

/// Whether each of the lowest bits of a byte is set; no other may be.
pub(crate) fn bits_of<const N: usize>(byte: u8, what: &'static str) -> Result<[bool; N], DecodeError> {
    let mut rest = byte;
    let yes = core::array::from_fn(|_| {
        let bit = rest & 1 == 1;
        rest >>= 1;
        bit
    });
    if rest == 0 { Ok(yes) } else { Err(DecodeError::BadField(what)) }
}

pub(crate) fn amount_of(minor: u64) -> Result<Amount, DecodeError> {
    Amount::new(minor).ok_or(DecodeError::BadField("amount"))
}

pub(crate) fn currency_of(bytes: [u8; 4]) -> Result<Currency, DecodeError> {
    Currency::from_bytes(bytes).map_err(|_| DecodeError::BadField("currency"))
}

pub(crate) fn day_of(days: i32, what: &'static str) -> Result<EffectiveDate, DecodeError> {
    EffectiveDate::from_days(days).ok_or(DecodeError::BadField(what))
}

pub(crate) fn maybe_day_of(days: i32, what: &'static str) -> Result<Option<EffectiveDate>, DecodeError> {
    if days == NO_DATE { Ok(None) } else { day_of(days, what).map(Some) }
}

/// Whether an overdraft has a limit, and that limit.
pub(crate) fn overdraft_parts(overdraft: Overdraft) -> (bool, u64) {
    match overdraft {
        Overdraft::UpTo(limit) => (true, limit.minor()),
        Overdraft::Unlimited => (false, 0),
    }
}

pub(crate) fn overdraft_of(bounded: bool, limit: u64) -> Result<Overdraft, DecodeError> {
    match (bounded, limit) {
        (false, 0) => Ok(Overdraft::Unlimited),
        (false, _) => Err(DecodeError::BadField("overdraft")),
        (true, limit) => Ok(Overdraft::UpTo(amount_of(limit)?)),
    }
}

/// A member's kind and number.
pub(crate) fn member_parts(member: MemberNo) -> (u8, u32) {
    match member {
        MemberNo::Account(no) => (0, no.0),
        MemberNo::Set(no) => (1, no.0),
    }
}

pub(crate) fn member_of(kind: u8, no: u32) -> Result<MemberNo, DecodeError> {
    match kind {
        0 => Ok(MemberNo::Account(AccountNo(no))),
        1 => Ok(MemberNo::Set(SetNo(no))),
        _ => Err(DecodeError::BadField("member")),
    }
}
