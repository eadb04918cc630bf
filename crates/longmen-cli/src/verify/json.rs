//! The report as JSON.

use longmen::{EntryCounts, Report};
use serde_json::{Value, json};

use super::{Expected, Unmet, advice, damages};

/// The whole report as one object.
pub(super) fn report(report: &Report, expected: &[Expected], unmet: &[Unmet]) -> Value {
    let inspection = &report.inspection;
    let slug = |text: String| text.replace(' ', "_");
    let totals = report.totals.iter().map(|totals| {
        let ([debits, credits], [held_debits, held_credits]) = (totals.posted(), totals.held());
        json!({
            "currency": totals.currency.code(), "debits": debits.plain(), "credits": credits.plain(),
            "held_debits": held_debits.plain(), "held_credits": held_credits.plain(),
        })
    });
    let damages = damages(report).into_iter().map(|damage| {
        json!({
            "class": slug(damage.class.to_string()), "file": damage.file, "offset": damage.offset,
            "position": damage.position, "detail": damage.detail, "advice": advice(damage.class),
        })
    });
    let violations = report.violations.iter().map(|violation| {
        json!({"law": violation.law.name(), "position": violation.position, "detail": violation.detail})
    });
    let expected = expected.iter().map(|expected| {
        let found = unmet.iter().find(|unmet| unmet.expected == *expected).map(|unmet| unmet.found.as_str());
        json!({"position": expected.position, "hash": expected.hash, "met": found.is_none(), "found": found})
    });
    json!({
        "clean": report.is_clean() && unmet.is_empty(),
        "state": slug(format!("{:?}", inspection.state).to_lowercase()),
        "entries": report.entries, "segments": inspection.segments, "bytes": inspection.bytes,
        "head": {"position": report.head.next_position.checked_sub(1), "hash": report.head.hash.to_string(), "time_ns": report.head.time_ns},
        "accounts": report.accounts, "holds_open": report.holds_open, "keys": report.keys, "snapshots": report.snapshots,
        "counts": counts(&report.counts),
        "totals": totals.collect::<Value>(), "damages": damages.collect::<Value>(),
        "violations": violations.collect::<Value>(), "violations_count": report.violations_count,
        "expected": expected.collect::<Value>(), "notes": inspection.notes,
    })
}

/// How many entries there are of each kind.
fn counts(counts: &EntryCounts) -> Value {
    json!({
        "accounts_opened": counts.accounts_opened, "accounts_changed": counts.accounts_changed,
        "posted": counts.groups_posted, "moved": counts.moved, "reversed": counts.reversed,
        "holds_placed": counts.holds_placed, "holds_incremented": counts.holds_incremented,
        "holds_captured": counts.holds_captured, "holds_released": counts.holds_released,
        "holds_expired": counts.holds_expired, "chart_changed": counts.chart_changed,
        "limits_changed": counts.limits_changed, "periods_sealed": counts.periods_sealed,
        "subjects_erased": counts.subjects_erased, "refused": counts.refusals,
        "journal_own": counts.journal_own, "forced": counts.forced, "imported": counts.imported,
        "linked": counts.linked,
    })
}
