//! The rows.

use rkyv::{Archive, Deserialize, Serialize};

/// The rows in words: its hash stands in every segment's header, so that a reader knows which layouts it meets.
pub const SCHEMA_TEXT: &str = "\
longmen rows 1; little-endian; no padding; reserved is zero; names 40 are zero-padded
head: digest 16, effective i32 (days since 1970-01-01, i32::MIN none), memo_len u16, postings u16, key_len u8, flags u8 (1 linked, 2 forced, 4 imported, 8 secret), pairs u8, reserved 1, secret_len u16, reserved 2
posting: account u32, effect u8 (0 post, 1 hold, 2 unhold), side u8 (0 debit, 1 credit), reserved 2, amount u64
16 account opened: id 40, currency 4 (code 3, exponent 1), class u8 (0 asset, 1 liability, 2 equity, 3 income, 4 expense), flags u8 (1 bounded, 2 hidden, 4 managed), code_len u8, pairs u8, limit u64; tail: code, pairs
17 posted: nothing
18 hold placed: debit u32, credit u32, amount u64, expires_ns u64 (0 never), flags u8 (1 closes debit, 2 closes credit), reserved 7
19 hold captured: hold u64, amount u64, flags u8 (1 final, 2 forced beyond), reserved 7; with flag 2: beyond u64
20 hold released: hold u64, amount u64
21 hold expired: hold u64
22 refused: short_by u64, reason u16, action u8, leg u8 (255 none), detail u8 (0 none, 1 limit, 2 obstacles, 3 culprit, 4 thing, 5 phase, 6 open things), reserved 3; with a detail: value u64 (limit number; 1 posted, 2 holds; command number; thing; thing + 256 x phase; a bit for each)
23 account changed: account u32, change u8 (0 overdraft, 1 freeze, 2 hidden, 3 close, 4 reopen, 5 details), flags u8 (overdraft: 1 bounded; freeze: 1 debit, 2 credit; hidden: 1 yes), code_len u8, pairs u8, limit u64; tail: code, pairs
24 moved: amount u64
25 reversed: original u64
26 hold incremented: hold u64, amount u64
27 set opened: id 40
28 joined, 29 left: set u32, member u32, kind u8 (0 account, 1 set), reserved 7
30 limit set: id 40, scope id 40, currency 4, scope u8 (0 account, 1 set), flow u8 (0 in, 1 out, 2 net in, 3 net out), measure u8 (0 amount, 1 count), window u8 (0 lifetime, 1 every, 2 month, 3 year, 4 last), most u64, length_ns u64, from_ns u64, utc_offset_min i16, pairs u8, reserved 5; tail: pairs
31 limit dropped: limit u32, reserved 4
32 period sealed: through i32, reserved 4
33 subject erased: subject 40
34 compound: parts u32, product_len u32; then for each part: kind u16, postings u16, reserved 4, and its row; tail: the tails of the parts
actions: 0 open account, 1 change account, 2 post, 3 move, 4 reverse, 5 place hold, 6 increment, 7 capture, 8 release, 9 open set, 10 join, 11 leave, 12 set limit, 13 drop limit, 14 seal period, 15 erase subject, 16 product
pair: key_len u8, key, type u8 (0 text, 1 whole number, 2 yes or no, 3 reference), value (len u8 and UTF-8; i64; u8; u128); in the order of keys, a limit's as given
secret: subject_len u8, subject, bytes
payload: head, the kind's row, imported: happened_ns u64, postings, the kind's tail, key, memo, pairs, secret, product (postcard of what the products say)
";

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct HeadV1 {
    pub(crate) digest: [u8; 16],
    pub(crate) effective: i32,
    pub(crate) memo_len: u16,
    pub(crate) postings: u16,
    pub(crate) key_len: u8,
    pub(crate) flags: u8,
    pub(crate) pairs: u8,
    pub(crate) reserved_a: u8,
    pub(crate) secret_len: u16,
    pub(crate) reserved_b: [u8; 2],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct PostingV1 {
    pub(crate) account: u32,
    pub(crate) effect: u8,
    pub(crate) side: u8,
    pub(crate) reserved: [u8; 2],
    pub(crate) amount: u64,
}

/// One number: some kinds have nothing else, and what is seldom there follows a row in one.
#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct NumberV1 {
    pub(crate) value: u64,
}

/// One name.
#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct NameV1 {
    pub(crate) name: [u8; 40],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct AccountOpenedV1 {
    pub(crate) id: [u8; 40],
    pub(crate) currency: [u8; 4],
    pub(crate) class: u8,
    pub(crate) flags: u8,
    pub(crate) code_len: u8,
    pub(crate) pairs: u8,
    pub(crate) limit: u64,
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct AccountChangedV1 {
    pub(crate) account: u32,
    pub(crate) change: u8,
    pub(crate) flags: u8,
    pub(crate) code_len: u8,
    pub(crate) pairs: u8,
    pub(crate) limit: u64,
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct HoldPlacedV1 {
    pub(crate) debit: u32,
    pub(crate) credit: u32,
    pub(crate) amount: u64,
    pub(crate) expires_ns: u64,
    pub(crate) flags: u8,
    pub(crate) reserved: [u8; 7],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct HoldCapturedV1 {
    pub(crate) hold: u64,
    pub(crate) amount: u64,
    pub(crate) flags: u8,
    pub(crate) reserved: [u8; 7],
}

/// A part of a hold: released, or added.
#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct HoldPartV1 {
    pub(crate) hold: u64,
    pub(crate) amount: u64,
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct RefusedV1 {
    pub(crate) short_by: u64,
    pub(crate) reason: u16,
    pub(crate) action: u8,
    pub(crate) leg: u8,
    pub(crate) detail: u8,
    pub(crate) reserved: [u8; 3],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct MembershipV1 {
    pub(crate) set: u32,
    pub(crate) member: u32,
    pub(crate) kind: u8,
    pub(crate) reserved: [u8; 7],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct LimitV1 {
    pub(crate) id: [u8; 40],
    pub(crate) scope_id: [u8; 40],
    pub(crate) currency: [u8; 4],
    pub(crate) scope: u8,
    pub(crate) flow: u8,
    pub(crate) measure: u8,
    pub(crate) window: u8,
    pub(crate) most: u64,
    pub(crate) length_ns: u64,
    pub(crate) from_ns: u64,
    pub(crate) utc_offset_min: i16,
    pub(crate) pairs: u8,
    pub(crate) reserved: [u8; 5],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct LimitDroppedV1 {
    pub(crate) limit: u32,
    pub(crate) reserved: [u8; 4],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct PeriodSealedV1 {
    pub(crate) through: i32,
    pub(crate) reserved: [u8; 4],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct CompoundV1 {
    pub(crate) parts: u32,
    pub(crate) product_len: u32,
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct PartV1 {
    pub(crate) kind: u16,
    pub(crate) postings: u16,
    pub(crate) reserved: [u8; 4],
}

/// The sizes that the format document states; a row that grew padding would not compile.
const _: () = {
    assert!(size_of::<ArchivedHeadV1>() == 32 && align_of::<ArchivedHeadV1>() <= 8);
    assert!(size_of::<ArchivedPostingV1>() == 16 && align_of::<ArchivedPostingV1>() <= 8);
    assert!(size_of::<ArchivedNumberV1>() == 8);
    assert!(size_of::<ArchivedNameV1>() == 40);
    assert!(size_of::<ArchivedAccountOpenedV1>() == 56);
    assert!(size_of::<ArchivedAccountChangedV1>() == 16);
    assert!(size_of::<ArchivedHoldPlacedV1>() == 32);
    assert!(size_of::<ArchivedHoldCapturedV1>() == 24);
    assert!(size_of::<ArchivedHoldPartV1>() == 16);
    assert!(size_of::<ArchivedRefusedV1>() == 16);
    assert!(size_of::<ArchivedMembershipV1>() == 16);
    assert!(size_of::<ArchivedLimitV1>() == 120);
    assert!(size_of::<ArchivedLimitDroppedV1>() == 8);
    assert!(size_of::<ArchivedPeriodSealedV1>() == 8);
    assert!(size_of::<ArchivedCompoundV1>() == 8 && size_of::<ArchivedPartV1>() == 8);
};
