//! Where a report cannot say everything: an entry that cannot be read, and more violations than are listed.

use longmen_audit::Law;
use longmen_core::Entry;
use longmen_journal::{Batch, MemoryStorage};
use longmen_wire::{SCHEMA, encode_entry};

use crate::build::{
    ADDED, ALICE, BANK, SHOP, append, audit, commit, create, findings, group, journal, linked, sample,
    time_ns,
};

#[test]
fn an_entry_that_cannot_be_read_ends_the_audit_and_is_named() {
    let mut whole = Vec::new();
    encode_entry(&group("k", BANK, ALICE, 5).with_product(None), &mut whole);
    let mut longer = whole.clone();
    longer.push(0);
    let cases: [(&str, u16, u16, &[u8]); 4] = [
        ("a kind from later", 9_999, SCHEMA, &whole),
        ("a schema from later", 17, SCHEMA + 1, &whole),
        ("a short payload", 17, SCHEMA, &whole[..40]),
        ("a long payload", 17, SCHEMA, &longer),
    ];
    for (name, kind, schema, payload) in cases {
        let disk = MemoryStorage::new();
        let mut appender = create(&disk);
        append(&mut appender, &sample());
        let mut batch = Batch::new();
        let epoch = appender.epoch();
        batch.push(kind, schema, ADDED, time_ns(ADDED), epoch, |out| out.extend_from_slice(payload));
        commit(&mut appender, &mut batch);
        append(&mut appender, &[group("l", ALICE, SHOP, 1_000_000)]);
        drop(appender);

        let report = audit(&disk);
        assert_eq!(findings(&report), [(ADDED, Law::Readable)], "{name}");
        assert_eq!(report.head.next_position, ADDED, "{name}");
        assert_eq!(report.inspection.entries, ADDED + 2, "{name}");
    }
}

#[test]
fn a_group_ends_in_its_batch() {
    let two = [linked(group("k", BANK, ALICE, 5)), group("l", BANK, ALICE, 5)];
    let in_batches = |batches: &[&[Entry]]| {
        let disk = MemoryStorage::new();
        let mut appender = create(&disk);
        append(&mut appender, &sample());
        batches.iter().for_each(|batch| append(&mut appender, batch));
        drop(appender);
        findings(&audit(&disk))
    };
    assert_eq!(in_batches(&[&two]), []);
    assert_eq!(in_batches(&[&two[..1], &two[1..]]), [(ADDED, Law::GroupWhole)]);
    let own = [two[0].clone(), two[1].clone(), linked(group("m", BANK, ALICE, 5))];
    assert_eq!(in_batches(&[&own]), [(ADDED + 2, Law::GroupWhole)]);
}

#[test]
fn of_many_violations_the_first_are_listed_and_all_are_counted() {
    let mut entries = sample();
    entries.extend((0..1_200).map(|at| group(&format!("k{at}"), ALICE, ALICE, 1)));
    let report = audit(&journal(&entries));
    assert_eq!(report.violations.len(), longmen_audit::VIOLATIONS_MAX);
    assert_eq!(report.violations_count, 1_200);
    assert_eq!(
        report.violations[0].to_string(),
        "entry 40 breaks legs: its two legs are on one account \
         (A posting has 2 to 254 legs, two of them on two accounts, and touches no held layer.)"
    );
}
