//! Every bit of a small ledger's directory is flipped and every file is cut off, one at a time: a look at the bytes
//! reports each, and no opening goes on as if nothing were wrong.
//!
//! `LONGMEN_FLIP_STRIDE=1` takes every bit; an ordinary run takes one in many, spread over all files.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use longmen::{Damage, DamageClass, Error, InspectionState, JournalError, Opening, State};
use longmen_sim::{Fault, OpKind, SimDisk, TestClock, When, Workload};

use crate::laws::{check_audit, check_state};
use crate::support::{START_NS, any, create, open, options, replay, setting, state_of};

/// A ledger whose directory is small and has a file of every kind.
struct Specimen {
    name: &'static str,
    disk: SimDisk,
    clock: TestClock,
    state: State,
    closed: bool,
    has_snapshot: bool,
    /// Where in each segment but the last the bytes end that anybody reads.
    ends: BTreeMap<String, usize>,
    /// Where in each segment its bytes end.
    used: BTreeMap<String, usize>,
}

/// Three segments: one cut off by a power cut, with what was torn in quarantine, one sealed, one that goes on.
fn specimen(name: &'static str, snapshot_every: u64, closed: bool) -> Specimen {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
    let mut workload = Workload::new("rot", 5);
    let mut work = |ledger: &longmen::Ledger, count| {
        for _ in 0..count {
            any(ledger.submit(workload.command().unwrap()).wait().unwrap());
        }
    };
    work(&ledger, 5);
    disk.plan(When::NthOf(OpKind::Sync, 0), Fault::Crash);
    let slice = (0..30).map(|no| crate::support::transfer(&format!("t{no}"), "x", "y", 1)).collect();
    assert!(ledger.submit_all(slice).wait().is_err());
    drop(ledger);
    // The first seed at which a part of the slice survives, so that there is something to put in quarantine.
    let torn = |disk: &SimDisk| {
        matches!(
            open(&disk.moment().kill(), &clock).unwrap().recovery().unwrap().opening,
            Opening::Torn { .. }
        )
    };
    let disk = (2..).map(|seed| disk.crash(seed)).find(torn).unwrap();

    let options = longmen::Options { snapshot_every, ..options(&clock) };
    let ledger = options.open_on(Arc::new(disk.clone())).unwrap();
    while longmen_journal::Journal::open(Arc::new(disk.clone())).unwrap().segments().unwrap().len() < 3 {
        work(&ledger, 5);
    }
    work(&ledger, 3);
    while snapshot_every > 0 && !disk.files().keys().any(|path| path.ends_with(".snap")) {
        work(&ledger, 1);
        std::thread::sleep(Duration::from_millis(5));
    }
    // Long enough for the heartbeat: all of it is known to be synced.
    std::thread::sleep(Duration::from_millis(200));
    let left = disk.moment().kill();
    ledger.close().unwrap();
    let disk = if closed { disk } else { left };
    let state = replay(&disk).unwrap().state;
    check_state(&disk);
    check_audit(&disk);
    let found = inspect(&disk).unwrap();
    assert!(found.0.is_empty(), "{name}: {:?}", found.0);
    let files = disk.files();
    let mut ends: BTreeMap<String, usize> = files
        .iter()
        .filter(|(path, _)| path.starts_with("seg/"))
        .map(|(path, bytes)| (path.clone(), bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1))
        .map(|(path, end)| (path, end.next_multiple_of(4_096)))
        .collect();
    let used = ends.clone();
    ends.pop_last();
    Specimen { name, disk, clock, state, closed, has_snapshot: snapshot_every > 0, ends, used }
}

fn inspect(disk: &SimDisk) -> Option<(Vec<Damage>, InspectionState)> {
    let found = longmen_journal::inspect(disk, &mut |_, _| ()).ok()?;
    Some((found.damages, found.state))
}

/// What an opening made of it.
#[derive(Debug, PartialEq, Eq)]
enum Opened {
    Refused,
    /// It opened and said what it had found.
    Told,
    /// It opened, said nothing and has the right books: what is wrong is in bytes that it does not read.
    Unread,
}

impl Specimen {
    fn open(&self, disk: &SimDisk, label: &str) -> Opened {
        let ledger = match open(disk, &self.clock) {
            Ok(ledger) => ledger,
            Err(Error::Journal(JournalError::Corrupt(_))) => return Opened::Refused,
            Err(error) => panic!("{label}: {error}"),
        };
        let recovery = ledger.recovery().unwrap();
        if (recovery.opening == Opening::Clean) != self.closed || recovery.manifest_rewritten.is_some() {
            return Opened::Told;
        }
        if let Opening::Torn { .. } = recovery.opening {
            return Opened::Told;
        }
        assert!(state_of(&ledger) == self.state, "{label}: opened with other books");
        Opened::Unread
    }

    /// Checks one change of one file, from byte `at` on.
    fn check(&self, path: &str, at: usize, change: impl FnOnce(&mut Vec<u8>), label: &str) -> Opened {
        let label = format!("{}: {path} {label}", self.name);
        let disk = self.disk.moment().kill();
        assert!(disk.tamper(path, change));
        if path.starts_with("snap/") {
            self.check_snapshot(&disk, &label);
        } else {
            let (damages, state) = inspect(&disk).unwrap_or_else(|| panic!("{label}: no journal"));
            assert!(!damages.is_empty() || state == InspectionState::Torn, "{label}: nothing was reported");
            if !damages.is_empty() {
                check_place(&damages, path, at, &label);
            }
        }
        let opened = self.open(&disk, &label);
        // All that was acknowledged is known to be synced here, so nothing of it may pass for a torn write.
        let acknowledged = path.starts_with("seg/") && at < self.used.get(path).copied().unwrap_or(0);
        assert!(!(acknowledged && opened == Opened::Told), "{label}: acknowledged bytes were dropped");
        if opened == Opened::Unread {
            assert!(self.is_unread(path, at), "{label}: opened as if nothing were wrong");
        }
        opened
    }

    /// What an opening does not read, and why. Everything else it reads.
    fn is_unread(&self, path: &str, at: usize) -> bool {
        // A copy kept as evidence: the bytes themselves are still in their segment.
        let evidence = path.starts_with("quarantine/");
        // Passed over where it is damaged: the journal holds the same and more.
        let cache = path.starts_with("snap/");
        // Behind the end of a segment that another one follows stand zeros that nobody reads.
        let behind = self.ends.get(path).is_some_and(|end| at >= *end);
        // Below a confirmed snapshot an opening trusts the snapshot; the audit reads it all.
        let covered = self.has_snapshot && self.ends.contains_key(path);
        evidence || cache || behind || covered
    }

    /// Flips one bit in every `stride`, over all files, and cuts every file off, here and there.
    fn check_all(&self, stride: usize) {
        let mut told = BTreeMap::new();
        let (mut flips, mut cuts, mut next) = (0, 0, 0);
        for (path, bytes) in self.disk.files() {
            let bits = bytes.len() * 8;
            while next < bits {
                let (at, mask) = (next / 8, 1 << (next % 8));
                let opened = self.check(&path, at, |bytes| bytes[at] ^= mask, &format!("bit {next}"));
                *told.entry(format!("{opened:?}")).or_insert(0) += 1;
                flips += 1;
                next += stride;
            }
            next -= bits;
            for len in (0..bytes.len()).step_by((stride * 8).next_multiple_of(64) - 1) {
                let opened =
                    self.check(&path, usize::MAX, |bytes| bytes.truncate(len), &format!("cut at {len}"));
                *told.entry(format!("{opened:?}")).or_insert(0) += 1;
                cuts += 1;
            }
        }
        println!("{}: {flips} flips and {cuts} cuts, openings: {told:?}", self.name);
    }

    fn check_snapshot(&self, disk: &SimDisk, label: &str) {
        let report = longmen_audit::verify(Arc::new(disk.clone()), &mut |_, _| ()).unwrap();
        assert!(!report.is_clean(), "{label}: the audit says that all is well");
    }
}

/// The damage is reported where it is, and as what it is.
fn check_place(damages: &[Damage], path: &str, at: usize, label: &str) {
    let classes: &[DamageClass] = match path.split('/').next().unwrap() {
        "MANIFEST.a" | "MANIFEST.b" => &[DamageClass::Manifest],
        "quarantine" => &[DamageClass::Quarantine],
        "seg" if at < 4_096 => &[DamageClass::SegmentHeader],
        _ => &[
            DamageClass::SegmentHeader,
            DamageClass::FileLength,
            DamageClass::Batch,
            DamageClass::Chain,
            DamageClass::Entry,
            DamageClass::Seal,
            DamageClass::LostTail,
            DamageClass::StrayBytes,
            DamageClass::Recovery,
        ],
    };
    let here = |damage: &&Damage| damage.file == path && usize::try_from(damage.offset).unwrap() <= at;
    let found =
        damages.iter().find(here).unwrap_or_else(|| panic!("{label}: reported elsewhere: {damages:?}"));
    assert!(classes.contains(&found.class), "{label}: {found}");
}

/// About 20,000 flips in an ordinary run of all three tests.
fn stride() -> usize {
    usize::try_from(setting("LONGMEN_FLIP_STRIDE", 251)).unwrap()
}

#[test]
fn rot_in_a_closed_ledger_is_reported_and_never_ignored() {
    specimen("closed", 0, true).check_all(stride());
}

#[test]
fn rot_in_a_ledger_that_was_not_closed_is_reported_and_never_ignored() {
    specimen("not closed", 0, false).check_all(stride());
}

#[test]
fn rot_in_a_ledger_with_a_snapshot_is_reported_and_never_believed() {
    specimen("snapshot", 40, true).check_all(stride());
}
