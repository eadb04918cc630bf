//! What no look at one directory can tell, listed to the last case: only somebody who kept a receipt elsewhere can.
//!
//! In each case the ledger opens and every byte verifies; the receipt that was kept does not fit.

use std::sync::Arc;

use longmen::{Opening, Stamp};
use longmen_sim::{Moment, SimDisk, TestClock};

use crate::support::{START_NS, create, entries, open, opening, transfer};

/// What is found when the ledger is opened again.
type Found = SimDisk;

struct Case {
    name: &'static str,
    reason: &'static str,
    /// What was done to the ledger after the receipt was given.
    make: fn(&Ledger) -> Found,
    /// Whether the opening at least says that bytes were dropped.
    told: bool,
}

const CASES: &[Case] = &[
    Case {
        name: "an older copy of the whole directory",
        reason: "it was true once, to the last byte",
        make: |ledger| ledger.older.kill(),
        told: false,
    },
    Case {
        name: "zeros over the last batch, synced so shortly before a crash that no watermark covers it",
        reason: "a batch whose write never reached the disk looks the same",
        make: |ledger| ledger.with_last_batch(|batch| batch.fill(0)),
        told: false,
    },
    Case {
        name: "rot in the last batch, synced so shortly before a crash that no watermark covers it",
        reason: "a batch that was torn by the crash looks the same; the opening keeps a copy of what it drops",
        make: |ledger| ledger.with_last_batch(|batch| batch[200] ^= 1),
        told: true,
    },
    Case {
        name: "a disk that lied about every sync since the older copy",
        reason: "what it kept is the older directory",
        make: |ledger| ledger.lying.crash(0),
        told: false,
    },
    Case {
        name: "a copy that another writer went on with",
        reason: "each of the two is a ledger by itself",
        make: |ledger| {
            let disk = ledger.older.kill();
            let other = open(&disk, &ledger.clock).unwrap();
            other.submit(transfer("other", "bob", "alice", 7)).wait().unwrap().accepted().unwrap();
            other.submit(transfer("more", "bob", "alice", 7)).wait().unwrap().accepted().unwrap();
            other.close().unwrap();
            disk
        },
        told: false,
    },
];

/// A ledger that was closed, opened again, and gave a receipt just before it ended without closing.
struct Ledger {
    clock: TestClock,
    older: Moment,
    lying: SimDisk,
    end: Moment,
    receipt: Stamp,
}

impl Ledger {
    fn new() -> Ledger {
        let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
        let ledger = create(&disk, &clock);
        ledger.submit_all(opening()).wait().unwrap();
        ledger.close().unwrap();
        let older = disk.moment();

        let lying = older.kill();
        lying.lie_about_syncs();
        let ledger = open(&lying, &clock).unwrap();
        ledger.submit(transfer("paid", "alice", "bob", 500)).wait().unwrap().accepted().unwrap();
        ledger.close().unwrap();

        let ledger = open(&disk, &clock).unwrap();
        let receipt =
            ledger.submit(transfer("paid", "alice", "bob", 500)).wait().unwrap().accepted().unwrap();
        let end = disk.moment();
        drop(ledger);
        Ledger { clock, older, lying, end, receipt }
    }

    /// The ledger as it ended, with the bytes of its last batch changed.
    fn with_last_batch(&self, change: fn(&mut [u8])) -> SimDisk {
        let disk = self.end.kill();
        let journal = longmen_journal::Journal::open(Arc::new(disk.clone())).unwrap();
        let mut entries = journal.read(self.receipt.position).unwrap();
        let entry = entries.next().unwrap().unwrap();
        assert_eq!(entry.hash, self.receipt.hash);
        let start = usize::try_from(entry.offset).unwrap() / 4_096 * 4_096;
        let file = entry.file.to_owned();
        assert!(disk.tamper(&file, |bytes| change(&mut bytes[start..start + 4_096])));
        disk
    }
}

/// Whether the entry of the receipt is where it says.
fn fits(receipt: Stamp, disk: &SimDisk) -> bool {
    let at = usize::try_from(receipt.position).unwrap();
    entries(disk).unwrap().get(at).is_some_and(|entry| entry.stamp.hash == receipt.hash)
}

#[test]
fn only_a_receipt_kept_elsewhere_tells_these() {
    for Case { name, reason, make, told } in CASES {
        let ledger = Ledger::new();
        let disk = make(&ledger);
        assert!(fits(ledger.receipt, &ledger.end.kill()), "{name}: the receipt was right");
        let opened = open(&disk, &ledger.clock).unwrap_or_else(|error| panic!("{name}: {error}"));
        let opening = opened.recovery().unwrap().opening;
        assert_eq!(matches!(opening, Opening::Torn { .. }), *told, "{name}: {opening:?}");
        opened.close().unwrap();
        let report = longmen_audit::verify(Arc::new(disk.clone()), &mut |_, _| ()).unwrap();
        assert!(report.is_clean(), "{name}: {report:?}");
        assert!(!fits(ledger.receipt, &disk), "{name} ({reason}): the receipt still fits");
    }
}
