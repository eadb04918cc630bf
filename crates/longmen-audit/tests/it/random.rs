//! Whatever the core decides, the audit agrees with: two statements of the same rules, over random walks.

use longmen_core::{Entry, Event, HoldState};
use longmen_journal::record::SnapshotMark;
use longmen_journal::{Batch, KeyRun, MemoryStorage, MetaRun, RunRow, Runs, Snapshot};
use longmen_wallet::{Products, State};
use longmen_wire::{SCHEMA, encode_entry, encode_snapshot, kind_of};
use proptest::prelude::*;
use siphasher::sip::SipHasher13;

use crate::build::{REFUND, audit, commit, create, refunds};
use crate::walk::{Step, Walk};

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0..56_u8, any::<u64>(), any::<u64>());
    proptest::collection::vec(step.prop_map(|(kind, bits, more)| Step { kind, bits, more }), 0..most)
}

/// The walk's entries, and a snapshot of its books that the journal confirms.
fn journal(walk: &Walk) -> MemoryStorage {
    let disk = MemoryStorage::new();
    let mut appender = create(&disk);
    let (epoch, id) = (appender.epoch(), appender.ledger_id());
    let (mut batch, mut keys, mut pairs) = (Batch::new(), Vec::new(), Vec::new());
    let hash = |bytes: &[u8]| SipHasher13::new_with_key(id.as_bytes()).hash(bytes);
    for (position, (time_ns, entry)) in (1..).zip(&walk.entries) {
        batch.push(kind_of(&entry.event), SCHEMA, position, *time_ns, epoch, |out| {
            encode_entry(&entry.clone().with_product(None), out);
        });
        let row = |entry: &Entry| {
            let key = entry.key?;
            Some(RunRow { hash: hash(key.as_str().as_bytes()), position })
        };
        keys.extend(row(entry));
        pairs.extend(vec![RunRow { hash: hash(REFUND), position }; refunds(entry)]);
    }
    commit(&mut appender, &mut batch);
    let head = appender.head();
    let runs = Runs {
        keys: vec![KeyRun::write(&disk, id, 0, head.next_position, &mut keys).unwrap()],
        meta: vec![MetaRun::write(&disk, id, 0, head.next_position, &mut pairs).unwrap()],
    };
    let mut body = Vec::new();
    encode_snapshot(&State::restore(walk.books.clone(), Products::default()), &mut body);
    let digest = Snapshot::write(&disk, id, head, &runs, &body).unwrap();
    let mark = SnapshotMark { position: head.next_position, entry_hash: head.hash, digest };
    let mut batch = Batch::new();
    batch.push_snapshot(head.next_position, head.time_ns + 1, epoch, &mark);
    commit(&mut appender, &mut batch);
    appender.close(head.time_ns + 2).unwrap();
    disk
}

fn check(walk: &Walk) -> Result<(), TestCaseError> {
    let report = audit(&journal(walk));
    prop_assert!(report.is_clean(), "{:#?} {:#?}", report.violations, report.inspection.damages);
    prop_assert_eq!(report.snapshots, 1);
    let open = walk.books.holds().iter().filter(|hold| hold.state == HoldState::Open).count();
    prop_assert_eq!(report.holds_open, u64::try_from(open).unwrap());
    prop_assert_eq!(report.counts.refusals, walk.count(|event| matches!(event, Event::Refused { .. })));
    let totals = walk.books.trial_balance();
    prop_assert_eq!(report.totals.len(), totals.len());
    for (own, kept) in report.totals.iter().zip(totals) {
        let own = (own.debits_posted, own.credits_posted, own.debits_held, own.credits_held);
        prop_assert_eq!(own, (kept.debits_posted, kept.credits_posted, kept.debits_held, kept.credits_held));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_core_decides_is_clean(steps in steps(160)) {
        check(&Walk::take(&steps))?;
    }
}

/// The walks do come by everything that is judged.
#[test]
fn the_walks_meet_every_kind_of_entry() {
    let mut seed = 7_u64;
    let mut bits = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed.rotate_left(31)
    };
    let steps: Vec<Step> = (0..1_500)
        .map(|_| Step { kind: u8::try_from(bits() % 56).unwrap(), bits: bits(), more: bits() })
        .collect();
    let walk = Walk::take(&steps);
    check(&walk).unwrap();
    let counts = audit(&journal(&walk)).counts;
    let met = [
        counts.accounts_opened,
        counts.accounts_changed,
        counts.groups_posted,
        counts.moved,
        counts.reversed,
        counts.holds_placed,
        counts.holds_incremented,
        counts.holds_captured,
        counts.holds_released,
        counts.holds_expired,
        counts.chart_changed,
        counts.limits_changed,
        counts.periods_sealed,
        counts.subjects_erased,
        counts.refusals,
        counts.forced,
        counts.imported,
        counts.linked,
    ];
    assert!(met.iter().all(|count| *count > 0), "{counts:?}");
}
