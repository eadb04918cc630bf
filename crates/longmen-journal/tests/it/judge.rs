//! The recovery decision over its whole input space, against the table of the format document.

use longmen_journal::{Refusal, TailFacts, Verdict, judge};

const SECTOR: u64 = 4096;

/// Every order of the offsets and every combination of the flags; six sectors show every relation there is.
fn all_facts() -> impl Iterator<Item = TailFacts> {
    let flags = (0_u8..8).map(|bits| (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0));
    flags.flat_map(|(closed_clean, misfit, sealed)| {
        (1..7_u64.pow(5)).filter_map(move |mut code| {
            let mut digit = || {
                let digit = code % 7;
                code /= 7;
                digit * SECTOR
            };
            let facts = TailFacts {
                valid_end: digit(),
                watermark: digit(),
                nonzero_end: digit(),
                durable_beyond: digit(),
                in_flight_max: digit(),
                closed_clean,
                misfit,
                sealed,
            };
            // By definition, what stands behind the end does not end before it.
            (facts.nonzero_end >= facts.valid_end).then_some(facts)
        })
    })
}

/// The table in the format document, each row by itself: no row says the same of one set of facts as another.
fn rows(f: &TailFacts) -> Vec<Verdict> {
    let behind = f.nonzero_end > f.valid_end;
    let lost = f.valid_end < f.watermark;
    let past_close = f.closed_clean && (f.sealed || behind || f.valid_end > f.watermark);
    let stray = past_close || f.sealed && behind;
    let sound = !f.misfit && !lost && !stray;
    let torn = sound && !f.closed_clean && behind;
    let acknowledged = f.durable_beyond > f.valid_end;
    let too_much = f.nonzero_end - f.valid_end > f.in_flight_max;
    let rows = [
        (f.misfit, Verdict::Corrupt(Refusal::Misfit)),
        (!f.misfit && lost, Verdict::Corrupt(Refusal::BelowWatermark)),
        (!f.misfit && !lost && stray, Verdict::Corrupt(Refusal::StrayBytes)),
        (sound && f.closed_clean, Verdict::Clean),
        (sound && !f.closed_clean && !behind, Verdict::Unclean),
        (torn && acknowledged, Verdict::Corrupt(Refusal::AcknowledgedBeyond)),
        (torn && !acknowledged && too_much, Verdict::Corrupt(Refusal::MoreThanInFlight)),
        (torn && !acknowledged && !too_much, Verdict::Torn { dropped_len: f.nonzero_end - f.valid_end }),
    ];
    rows.into_iter().filter_map(|(applies, verdict)| applies.then_some(verdict)).collect()
}

#[test]
fn every_input_has_exactly_the_verdict_of_its_row() {
    let mut count = 0;
    for facts in all_facts() {
        assert_eq!(rows(&facts), [judge(&facts)], "{facts:?}");
        count += 1;
    }
    assert!(count > 70_000, "{count}");
}

#[test]
fn nothing_below_the_watermark_is_ever_dropped() {
    for facts in all_facts() {
        if let Verdict::Torn { dropped_len } = judge(&facts) {
            assert!(
                facts.valid_end >= facts.watermark && facts.valid_end >= facts.durable_beyond,
                "{facts:?}"
            );
            assert!(dropped_len > 0 && dropped_len <= facts.in_flight_max, "{facts:?}");
        }
    }
}
