//! Journals that break nothing.

use std::sync::Arc;

use longmen_audit::{CurrencyTotals, verify};
use longmen_core::{Class, Effect, Event, HoldNo, Overdraft, Side};
use longmen_journal::{InspectionState, MemoryStorage};
use longmen_money::Currency;

use crate::build::{
    ALICE, BANK, NEW, SHOP, amount, append, audit, create, entry, group, journal, opening, pair, placing,
    posting, release, sample,
};

#[test]
fn a_clean_journal_gives_a_clean_report_with_its_numbers() {
    let disk = journal(&sample());
    let report = audit(&disk);
    assert!(report.is_clean(), "{:?}", report.violations);
    assert_eq!(report.inspection.state, InspectionState::Clean);
    assert_eq!(Some(report.head), report.inspection.head);
    assert_eq!((report.accounts, report.holds_open, report.keys, report.entries), (7, 1, 38, 40));

    let counts = report.counts;
    assert_eq!(
        (counts.accounts_opened, counts.groups_posted, counts.refusals, counts.journal_own),
        (7, 6, 1, 1)
    );
    let holds = (counts.holds_placed, counts.holds_captured, counts.holds_released, counts.holds_expired);
    assert_eq!(holds, (5, 3, 2, 1));
    let newer = [
        counts.accounts_changed,
        counts.moved,
        counts.reversed,
        counts.holds_incremented,
        counts.chart_changed,
        counts.limits_changed,
        counts.periods_sealed,
        counts.subjects_erased,
    ];
    assert_eq!(newer, [2, 1, 1, 1, 4, 3, 1, 1]);
    assert_eq!((counts.forced, counts.imported, counts.linked), (1, 1, 1));

    let numbers = |totals: &CurrencyTotals| {
        let posted = (totals.debits_posted, totals.credits_posted);
        (totals.currency, posted, (totals.debits_held, totals.credits_held))
    };
    let totals: Vec<_> = report.totals.iter().map(numbers).collect();
    assert_eq!(totals, [(Currency::CNY, (1_907, 1_907), (25, 25)), (Currency::USD, (500, 500), (0, 0))]);
    assert_eq!(report.totals[0].posted()[0].to_string(), "19.07 CNY");
    assert_eq!(
        report.totals[0].to_string(),
        "CNY: posted 19.07 debit, 19.07 credit; held 0.25 debit, 0.25 credit"
    );
}

/// What is allowed and looks much like a broken law.
#[test]
fn what_is_allowed_breaks_nothing() {
    let credit_line = Overdraft::UpTo(amount(100));
    let split = [
        pair(Effect::Unhold, ALICE, SHOP, 20),
        vec![
            posting(Effect::Post, Side::Debit, ALICE, 20),
            posting(Effect::Post, Side::Credit, SHOP, 19),
            posting(Effect::Post, Side::Credit, BANK, 1),
        ],
    ];
    let captured =
        Event::HoldCaptured { hold: HoldNo(3), amount: amount(20), beyond: amount(0), is_final: false };
    let added = [
        ("a capture to two accounts", vec![entry("k", captured, &split.concat())]),
        ("all that is available", vec![group("k", ALICE, SHOP, 865)]),
        ("all that is available, held", vec![placing("k", 865, None)]),
        (
            "down to the limit of a credit line",
            vec![
                opening("bob.cny", Currency::CNY, Class::Liability, credit_line),
                group("k", NEW, SHOP, 100),
            ],
        ),
        (
            "an account without a limit",
            vec![
                opening("bob.cny", Currency::CNY, Class::Liability, Overdraft::Unlimited),
                group("k", NEW, SHOP, 1_000_000),
            ],
        ),
        (
            "money from a hold spent in the same group of entries",
            vec![release("k", 3, 25), group("l", ALICE, SHOP, 890)],
        ),
        (
            "an account on both sides of a group",
            vec![entry(
                "k",
                Event::Posted,
                &[pair(Effect::Post, ALICE, SHOP, 5), pair(Effect::Post, SHOP, ALICE, 5)].concat(),
            )],
        ),
    ];
    for (name, added) in added {
        let report = audit(&journal(&[sample(), added].concat()));
        assert!(report.is_clean(), "{name}: {:?}", report.violations);
    }
}

#[test]
fn beside_a_live_writer_what_is_durable_is_audited() {
    let disk = MemoryStorage::new();
    let mut appender = create(&disk);
    append(&mut appender, &sample());
    appender.note_durable(appender.head().time_ns + 2).unwrap();
    let report = audit(&disk);
    assert!(report.is_clean(), "{:?} {:?}", report.inspection, report.violations);
    assert_eq!(report.inspection.state, InspectionState::InUse);
    assert_eq!(report.head, appender.head());
}

#[test]
fn progress_only_grows_and_comes_to_its_end() {
    let mut told: Vec<(u64, u64)> = Vec::new();
    verify(Arc::new(journal(&sample())), &mut |done, total| told.push((done, total))).unwrap();
    assert!(told.is_sorted_by_key(|(done, _)| *done), "{told:?}");
    assert!(told.iter().all(|(_, total)| *total == told[0].1), "{told:?}");
    assert!(told.last().is_some_and(|(done, total)| done == total), "{told:?}");
}
