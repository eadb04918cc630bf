//! The rows, and how one is put into bytes and taken out of them.

use core::convert::Infallible;

use rkyv::api::high::HighValidator;
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor::{Failure, Strategy};
use rkyv::util::Align;
use rkyv::{Archive, Deserialize, Portable, Serialize};

use crate::DecodeError;

/// The rows in words: its hash stands in every segment's header, so that a reader knows which layouts it meets.
pub const SCHEMA_TEXT: &str = "\
longmen rows 1; little-endian; no padding; reserved is zero
head: digest 16, effective i32 (days since 1970-01-01, i32::MIN none), memo_len u16, postings u16, key_len u8, reserved 7
posting: account u32, effect u8 (0 post, 1 hold, 2 unhold), side u8 (0 debit, 1 credit), reserved 2, amount u64
16 account opened: id 40 (zero-padded), currency 4 (code 3, exponent 1), class u8 (0 asset, 1 liability, 2 equity, 3 income, 4 expense), bounded u8, reserved 2, limit u64
17 posted: nothing
18 hold placed: expires_ns u64 (0 never)
19 hold captured: hold u64, amount u64, final u8, reserved 7
20 hold released: hold u64, amount u64
21 hold expired: hold u64
22 refused: short_by u64, reason u16, action u8 (0 open account, 1 post, 2 place hold, 3 capture, 4 release), leg u8 (255 none), reserved 4
payload: head, the kind's row, postings, key, memo
";

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct HeadV1 {
    pub(crate) digest: [u8; 16],
    pub(crate) effective: i32,
    pub(crate) memo_len: u16,
    pub(crate) postings: u16,
    pub(crate) key_len: u8,
    pub(crate) reserved: [u8; 7],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct PostingV1 {
    pub(crate) account: u32,
    pub(crate) effect: u8,
    pub(crate) side: u8,
    pub(crate) reserved: [u8; 2],
    pub(crate) amount: u64,
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct AccountOpenedV1 {
    pub(crate) id: [u8; 40],
    pub(crate) currency: [u8; 4],
    pub(crate) class: u8,
    pub(crate) bounded: u8,
    pub(crate) reserved: [u8; 2],
    pub(crate) limit: u64,
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct HoldPlacedV1 {
    pub(crate) expires_ns: u64,
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct HoldCapturedV1 {
    pub(crate) hold: u64,
    pub(crate) amount: u64,
    pub(crate) is_final: u8,
    pub(crate) reserved: [u8; 7],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct HoldReleasedV1 {
    pub(crate) hold: u64,
    pub(crate) amount: u64,
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct HoldExpiredV1 {
    pub(crate) hold: u64,
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct RefusedV1 {
    pub(crate) short_by: u64,
    pub(crate) reason: u16,
    pub(crate) action: u8,
    pub(crate) leg: u8,
    pub(crate) reserved: [u8; 4],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct SnapshotHeadV1 {
    pub(crate) accounts: u64,
    pub(crate) holds: u64,
    pub(crate) reserved: [u8; 16],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct AccountV1 {
    pub(crate) opened: AccountOpenedV1,
    /// Debits and credits posted, debits and credits held, each an unsigned 128-bit number.
    pub(crate) counters: [[u8; 16]; 4],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct HoldV1 {
    pub(crate) key: [u8; 40],
    pub(crate) debit: u32,
    pub(crate) credit: u32,
    pub(crate) amount: u64,
    pub(crate) captured: u64,
    pub(crate) remaining: u64,
    pub(crate) expires_ns: u64,
    pub(crate) currency: [u8; 4],
    pub(crate) state: u8,
    pub(crate) reserved: [u8; 3],
}

/// The sizes that the format document states; a row that grew padding would not compile.
const _: () = {
    assert!(size_of::<ArchivedHeadV1>() == 32 && align_of::<ArchivedHeadV1>() <= 8);
    assert!(size_of::<ArchivedPostingV1>() == 16 && align_of::<ArchivedPostingV1>() <= 8);
    assert!(size_of::<ArchivedAccountOpenedV1>() == 56);
    assert!(size_of::<ArchivedHoldPlacedV1>() == 8);
    assert!(size_of::<ArchivedHoldCapturedV1>() == 24);
    assert!(size_of::<ArchivedHoldReleasedV1>() == 16);
    assert!(size_of::<ArchivedHoldExpiredV1>() == 8);
    assert!(size_of::<ArchivedRefusedV1>() == 16);
    assert!(size_of::<ArchivedSnapshotHeadV1>() == 32);
    assert!(size_of::<ArchivedAccountV1>() == 120);
    assert!(size_of::<ArchivedHoldV1>() == 88);
};

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

/// The text of a zero-padded name.
pub(crate) fn unpadded<'a>(bytes: &'a [u8; 40], what: &'static str) -> Result<&'a str, DecodeError> {
    let len = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (text, padding) = bytes.split_at(len);
    zero(padding, what)?;
    core::str::from_utf8(text).map_err(|_| DecodeError::BadField(what))
}
