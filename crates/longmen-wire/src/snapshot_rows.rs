//! The rows that only snapshots have.

use rkyv::{Archive, Deserialize, Serialize};

use crate::rows::AccountOpenedV1;

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct SnapshotHeadV1 {
    pub(crate) accounts: u64,
    pub(crate) holds: u64,
    pub(crate) sets: u64,
    pub(crate) limits: u64,
    pub(crate) reversals: u64,
    pub(crate) erased: u64,
    pub(crate) imported_ns: u64,
    pub(crate) sealed_through: i32,
    pub(crate) reserved: [u8; 4],
    pub(crate) products_len: u64,
}

/// An account: its flags tell more here than in the entry that opened it.
#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct AccountV1 {
    pub(crate) opened: AccountOpenedV1,
    pub(crate) version: u64,
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
    pub(crate) forced: u64,
    pub(crate) remaining: u64,
    pub(crate) expires_ns: u64,
    pub(crate) currency: [u8; 4],
    pub(crate) state: u8,
    pub(crate) closes: u8,
    pub(crate) reserved: [u8; 2],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct SetV1 {
    pub(crate) id: [u8; 40],
    pub(crate) members: u64,
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct MemberV1 {
    pub(crate) member: u32,
    pub(crate) kind: u8,
    pub(crate) reserved: [u8; 3],
}

/// What was counted for a limit; it follows the limit's row.
#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct UsageV1 {
    pub(crate) window: i64,
    /// A signed 128-bit number.
    pub(crate) sum: [u8; 16],
    pub(crate) recent: u64,
    pub(crate) in_force: u8,
    pub(crate) reserved: [u8; 7],
}

/// A change that a sliding window still counts.
#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct RecentV1 {
    pub(crate) time_ns: u64,
    /// A signed 128-bit number.
    pub(crate) change: [u8; 16],
}

#[derive(Archive, Serialize, Deserialize)]
pub(crate) struct ReversalV1 {
    pub(crate) original: u64,
    pub(crate) reversal: u64,
}

/// The sizes that the format document states; a row that grew padding would not compile.
const _: () = {
    assert!(size_of::<ArchivedSnapshotHeadV1>() == 72);
    assert!(size_of::<ArchivedAccountV1>() == 128);
    assert!(size_of::<ArchivedHoldV1>() == 96);
    assert!(size_of::<ArchivedSetV1>() == 48);
    assert!(size_of::<ArchivedMemberV1>() == 8);
    assert!(size_of::<ArchivedUsageV1>() == 40);
    assert!(size_of::<ArchivedRecentV1>() == 24);
    assert!(size_of::<ArchivedReversalV1>() == 16);
};
